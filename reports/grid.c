/* Lays out a table of text. Cost: O(cells), twice. */
#include <vhm/report/grid.h>

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

#include "quantity.h"

struct vhm_grid {
  char *alignment;
  size_t n_columns;
  GPtrArray *cells; /* char *, row by row */
};

vhm_grid *
vhm_grid_new (const char *alignment)
{
  VHM_REQUIRE (*alignment);
  vhm_grid *grid = g_new0 (vhm_grid, 1);
  grid->alignment = g_strdup (alignment);
  grid->n_columns = strlen (alignment);
  grid->cells = g_ptr_array_new_with_free_func (g_free);
  return grid;
}

void
vhm_grid_free (vhm_grid *grid)
{
  if (!grid)
    return;
  g_free (grid->alignment);
  g_ptr_array_unref (grid->cells);
  g_free (grid);
}

void
vhm_grid_add (vhm_grid *grid, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  GString *out = g_string_new (NULL);
  for (const char *c = valid; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);
    g_string_append_unichar (out,
                             g_unichar_isprint (character) ? character : '?');
  }
  g_ptr_array_add (grid->cells, g_string_free (out, FALSE));
}

void
vhm_grid_add_number (vhm_grid *grid, double value, int decimals)
{
  g_autofree char *text
      = isnan (value) ? g_strdup ("-") : vhm_quantity_decimal (value, decimals);
  vhm_grid_add (grid, text);
}

void
vhm_grid_end_row (vhm_grid *grid)
{
  while (grid->cells->len % grid->n_columns != 0)
    vhm_grid_add (grid, "");
}

static glong
width_of (const vhm_grid *grid, size_t column)
{
  glong width = 0;
  for (guint i = (guint) column; i < grid->cells->len;
       i += (guint) grid->n_columns)
    width = MAX (width, g_utf8_strlen (grid->cells->pdata[i], -1));
  return width;
}

char *
vhm_grid_text (const vhm_grid *grid)
{
  VHM_REQUIRE (grid->cells->len % grid->n_columns == 0);
  GString *out = g_string_new (NULL);
  g_autofree glong *widths = g_new (glong, grid->n_columns);
  for (size_t c = 0; c < grid->n_columns; c++)
    widths[c] = width_of (grid, c);
  for (guint i = 0; i < grid->cells->len; i++) {
    size_t c = i % grid->n_columns;
    const char *text = grid->cells->pdata[i];
    int pad = (int) (widths[c] - g_utf8_strlen (text, -1));
    bool is_right = grid->alignment[c] == 'r';
    g_string_append_printf (out, "%*s%s%*s", is_right ? pad : 0, "", text,
                            is_right ? 0 : pad, "");
    if (c + 1 < grid->n_columns) {
      g_string_append (out, "  ");
      continue;
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
      g_string_truncate (out, out->len - 1);
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}
