/* Data and commands of the figures of a comparison. */
#ifndef VHM_REPORTS_COMPARISON_DRAWING_H
#define VHM_REPORTS_COMPARISON_DRAWING_H

#include "comparison.h"

#define COMPARISON_DIFFERENCES "compare-differences"
#define COMPARISON_LEDGER "compare-ledger"

/* Pixels. */
struct comparison_size {
  unsigned width, height;
};
#define COMPARISON_WIDTH 900

struct comparison_size comparison_draw_ledger (const struct vhm_comparison *c,
                                               GString *data,
                                               GString *commands);
bool comparison_has_differences (const struct vhm_comparison *c);
struct comparison_size
comparison_draw_differences (const struct vhm_comparison *c, GString *data,
                             GString *commands);
bool comparison_has_curves (const struct vhm_comparison *c, guint chart);
struct comparison_size comparison_draw_curves (const struct vhm_comparison *c,
                                               const char *id, GString *data,
                                               GString *commands);

guint comparison_drawn_versions (const struct vhm_comparison *c);
char *comparison_short_name (const struct vhm_comparison *c, guint version);
/* Of all that are drawn; owns them. */
GPtrArray *comparison_short_names (const struct vhm_comparison *c);

/* VARIABLE = 'text' */
void comparison_put_text (GString *out, const char *variable, const char *text);
/* PREFIX_n, PREFIX_name[i] */
void comparison_put_names (GString *out, const char *prefix,
                           const GPtrArray *names);
/* The same for labels of an axis, which gnuplot takes as formats. */
void comparison_put_ticks (GString *out, const char *prefix,
                           const GPtrArray *names);
/* A tabulator and the number, or NaN. */
void comparison_put_number (GString *out, double value);

#endif
