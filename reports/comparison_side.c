/* Chosen quantities of all versions in one table, a column a version.
 *
 * A cell of the first version is its mean; of another its mean, and by how much
 * it differs from the first, or "=" where no difference is shown. A quantity that
 * was 0 in every run of two versions is not among the rows of a comparison: if it
 * is with a third one, it is 0 here.
 *
 * Cost: O(keys x rows x versions). Left out: intervals, which are in the tables
 * of pairs and in the files.
 */
#include <vhm/report/comparison.h>

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>
#include <vhm/report/grid.h>
#include <vhm/sim/diagnostics.h>

#include "quantity.h"

#define MEAN "mean " /* of a counter over time; may be left out when asking */

static const struct vhm_comparison_row *
row_at (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

static bool
is_asked_for (const struct vhm_comparison_row *row, const char *key)
{
  return strcmp (row->key, key) == 0
         || (g_str_has_prefix (row->key, MEAN)
             && strcmp (row->key + strlen (MEAN), key) == 0);
}

static bool
is_same (const struct vhm_comparison_row *a, const struct vhm_comparison_row *b)
{
  return strcmp (a->key, b->key) == 0 && strcmp (a->instance, b->instance) == 0;
}

/* Has an earlier row the same quantity? */
static bool
was_met (const struct vhm_comparison *c, guint i)
{
  for (guint k = 0; k < i; k++)
    if (is_same (row_at (c, k), row_at (c, i)))
      return true;
  return false;
}

/* The row of the quantity for a version, or NULL. */
static const struct vhm_comparison_row *
row_of (const struct vhm_comparison *c, const struct vhm_comparison_row *like,
        guint other)
{
  for (guint i = 0; i < c->rows->len; i++)
    if (row_at (c, i)->other == other && is_same (row_at (c, i), like))
      return row_at (c, i);
  return NULL;
}

static void
add_first (vhm_grid *grid, const struct vhm_comparison *c,
           const struct vhm_comparison_row *like)
{
  double value = (double) NAN;
  for (guint other = 1; other < c->versions->len && isnan (value); other++) {
    const struct vhm_comparison_row *row = row_of (c, like, other);
    if (!row || row->n_missing == 0)
      value = row ? row->paired.mean[0] : 0;
  }
  g_autofree char *text = vhm_quantity_text (value, like->unit);
  vhm_grid_add (grid, text);
}

static void
add_other (vhm_grid *grid, const struct vhm_comparison_row *like,
           const struct vhm_comparison_row *row)
{
  double value = !row                 ? 0
                 : row->n_missing > 0 ? (double) NAN
                                      : row->paired.mean[1];
  g_autofree char *text = vhm_quantity_text (value, like->unit);
  vhm_grid_add (grid, text);
  if (!row || row->n_missing > 0 || !row->is_shown) {
    vhm_grid_add (grid, row && row->n_missing > 0 ? "" : "=");
    return;
  }
  double first = row->paired.mean[0];
  if (first == 0) { /* no part of nothing */
    vhm_grid_add (grid, row->paired.difference > 0 ? "higher" : "lower");
    return;
  }
  g_autofree char *relative
      = vhm_quantity_relative (row->paired.difference, first, 1);
  vhm_grid_add (grid, relative);
}

static vhm_grid *
new_grid (const struct vhm_comparison *c)
{
  g_autoptr (GString) alignment = g_string_new ("llr");
  for (guint v = 1; v < c->versions->len; v++)
    g_string_append (alignment, "rr");
  vhm_grid *grid = vhm_grid_new (alignment->str);
  vhm_grid_add (grid, "QUANTITY");
  vhm_grid_add (grid, "WHO");
  for (guint v = 0; v < c->versions->len; v++) {
    vhm_grid_add (
        grid,
        g_array_index (c->versions, struct vhm_comparison_version, v).name);
    if (v > 0)
      vhm_grid_add (grid, "");
  }
  return grid;
}

static guint
add_rows (vhm_grid *grid, const struct vhm_comparison *c, const char *key)
{
  guint n = 0;
  for (guint i = 0; i < c->rows->len; i++) {
    const struct vhm_comparison_row *like = row_at (c, i);
    if (!is_asked_for (like, key) || was_met (c, i))
      continue;
    n++;
    vhm_grid_add (grid, like->key);
    vhm_grid_add (grid, like->instance);
    add_first (grid, c, like);
    for (guint other = 1; other < c->versions->len; other++)
      add_other (grid, like, row_of (c, like, other));
  }
  return n;
}

char *
vhm_comparison_side_by_side (const struct vhm_comparison *c,
                             const char *const *keys)
{
  VHM_REQUIRE (c->versions->len > 0);
  g_autoptr (vhm_grid) grid = new_grid (c);
  GString *notes = g_string_new (NULL);
  for (; *keys; keys++)
    if (add_rows (grid, c, *keys) == 0) {
      g_autofree char *shown = vhm_quote (*keys);
      g_string_append_printf (
          notes, "%s: 0 in every run, or no quantity of this comparison.\n",
          shown);
    }
  g_autofree char *table = vhm_grid_text (grid);
  g_string_prepend (notes, table);
  g_string_append_printf (
      notes,
      "Means of %u runs each, and the difference from the first version; =: no "
      "difference\nshown (Holm, %g %%, together with all quantities compared "
      "unasked, or with all\nothers).\n",
      c->n_runs, 100 * c->confidence);
  return g_string_free (notes, FALSE);
}
