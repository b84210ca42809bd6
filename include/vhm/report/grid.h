/* A table of text for a terminal: columns as wide as their widest cell, counted
 * in characters. Control characters of cells are shown as "?", so that a name
 * cannot steer the terminal. */
#ifndef VHM_REPORT_GRID_H
#define VHM_REPORT_GRID_H

#include <glib.h>
#include <stdbool.h>

typedef struct vhm_grid vhm_grid;

/* One letter a column: 'l' left, 'r' right. */
vhm_grid *vhm_grid_new (const char *alignment);
void vhm_grid_free (vhm_grid *grid);

/* The next cell of the row, left to right; a row ends when it is full. */
void vhm_grid_add (vhm_grid *grid, const char *text);
/* A number with so many decimals; "-" for NAN. */
void vhm_grid_add_number (vhm_grid *grid, double value, int decimals);
/* The rest of the row stays empty. */
void vhm_grid_end_row (vhm_grid *grid);

/* Rows of two blanks between columns; g_free it. */
char *vhm_grid_text (const vhm_grid *grid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_grid, vhm_grid_free)

#endif
