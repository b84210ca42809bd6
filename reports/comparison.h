/* What the texts, the page and the figures of a comparison share. */
#ifndef VHM_REPORTS_COMPARISON_H
#define VHM_REPORTS_COMPARISON_H

#include <vhm/report/comparison.h>

#include "gnuplot.h"

const struct vhm_comparison_row *
comparison_row (const struct vhm_comparison *c, guint i);
/* NULL if there is none. */
const struct vhm_comparison_row *
comparison_find (const struct vhm_comparison *c, guint other, const char *who,
                 const char *key);
const char *comparison_name (const struct vhm_comparison *c, guint version);

/* Mean cycles of a guest's account in a version; NULL: of all of them. */
double comparison_cycles (const struct vhm_comparison *c, guint version,
                          const char *guest, const char *account);
/* Guests with accounts, and accounts that any guest has cycles in, in order.
 * Owned arrays of borrowed names. */
GPtrArray *comparison_guests (const struct vhm_comparison *c);
GPtrArray *comparison_accounts (const struct vhm_comparison *c);

/* "higher", "lower", "no difference shown". */
const char *comparison_word (const struct vhm_comparison_row *row);

/* More have no room. */
#define COMPARISON_MAX_GUESTS 6
#define COMPARISON_MAX_VERSIONS 6

/* The guests that are drawn: those that differ most in the work they do, in
 * their own order. */
GPtrArray *comparison_drawn_guests (const struct vhm_comparison *c);

struct comparison_figure {
  char *id, *title, *caption;
  char *svg; /* NULL: not drawn */
};

/* Draws what there are data for into out_dir; all but the svg is there if that
 * fails. GPtrArray of struct comparison_figure. */
GPtrArray *comparison_figures_new (const struct vhm_comparison *c);
bool comparison_figures_draw (const struct vhm_comparison *c,
                              GPtrArray *figures, const char *out_dir,
                              GError **error);

/* The whole page; `trouble`, or NULL, says why figures are not there. */
char *comparison_page_new (const struct vhm_comparison *c,
                           const GPtrArray *figures, const char *trouble);

#endif
