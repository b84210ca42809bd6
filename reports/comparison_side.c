/* Chosen quantities of all versions in one table, a column a version.
 *
 * A cell of the first version is its mean; of another its mean, and by how much
 * it differs from the first, or "=" where no difference is shown. A quantity that
 * was 0 in every run of two versions is not among the rows of a comparison: it is
 * 0 here. One that a version does not have, such as shared memory where nothing is
 * shared, is "-" there, and nothing differs from it. Those that were 0 wherever
 * they were come last.
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

/* Has one of the first n rows the same quantity? */
static bool
was_met (const GArray *rows, guint n, const struct vhm_comparison_row *row)
{
  for (guint k = 0; k < n; k++)
    if (is_same (&g_array_index (rows, struct vhm_comparison_row, k), row))
      return true;
  return false;
}

/* That of the quantity for a version, or NULL. */
static const struct vhm_comparison_row *
find (const GArray *rows, const struct vhm_comparison_row *like, guint other)
{
  for (guint k = 0; k < rows->len; k++) {
    const struct vhm_comparison_row *row
        = &g_array_index (rows, struct vhm_comparison_row, k);
    if (row->other == other && is_same (row, like))
      return row;
  }
  return NULL;
}

/* The means of a pair; NAN where a version has no such quantity. */
struct pair {
  const struct vhm_comparison_row *row; /* or NULL: not compared */
  double first, second;
};

static struct pair
pair_of (const struct vhm_comparison *c, const struct vhm_comparison_row *like,
         guint other)
{
  const struct vhm_comparison_row *row = find (c->rows, like, other);
  if (row)
    return (struct pair){ row, row->paired.mean[0], row->paired.mean[1] };
  double none = find (c->zeros, like, other) ? 0 : (double) NAN;
  return (struct pair){ NULL, none, none };
}

static void
add_value (vhm_grid *grid, double value, enum vhm_unit unit)
{
  g_autofree char *text = vhm_quantity_text (value, unit);
  vhm_grid_add (grid, text);
}

static void
add_first (vhm_grid *grid, const struct vhm_comparison *c,
           const struct vhm_comparison_row *like)
{
  double value = (double) NAN;
  for (guint other = 1; other < c->versions->len && isnan (value); other++)
    value = pair_of (c, like, other).first;
  add_value (grid, value, like->unit);
}

static void
add_other (vhm_grid *grid, struct pair pair, enum vhm_unit unit)
{
  add_value (grid, pair.second, unit);
  if (isnan (pair.first) || isnan (pair.second)
      || (pair.row && pair.row->n_missing > 0)) {
    vhm_grid_add (grid, "");
    return;
  }
  if (!pair.row || !pair.row->is_shown) {
    vhm_grid_add (grid, "=");
    return;
  }
  double difference = pair.row->paired.difference;
  if (pair.first == 0) { /* no part of nothing */
    vhm_grid_add (grid, difference > 0 ? "higher" : "lower");
    return;
  }
  g_autofree char *relative = vhm_quantity_relative (difference, pair.first, 1);
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

static void
add_line (vhm_grid *grid, const struct vhm_comparison *c,
          const struct vhm_comparison_row *like)
{
  vhm_grid_add (grid, like->key);
  vhm_grid_add (grid, like->instance);
  add_first (grid, c, like);
  for (guint other = 1; other < c->versions->len; other++)
    add_other (grid, pair_of (c, like, other), like->unit);
}

/* A line each quantity of `rows` that none of `before` is the same as. */
static guint
add_lines (vhm_grid *grid, const struct vhm_comparison *c, const char *key,
           const GArray *rows, const GArray *before)
{
  guint n = 0;
  for (guint i = 0; i < rows->len; i++) {
    const struct vhm_comparison_row *like
        = &g_array_index (rows, struct vhm_comparison_row, i);
    if (!is_asked_for (like, key) || was_met (rows, i, like)
        || (before && was_met (before, before->len, like)))
      continue;
    add_line (grid, c, like);
    n++;
  }
  return n;
}

static guint
add_quantities (vhm_grid *grid, const struct vhm_comparison *c, const char *key)
{
  guint n = add_lines (grid, c, key, c->rows, NULL);
  return n + add_lines (grid, c, key, c->zeros, c->rows);
}

char *
vhm_comparison_side_by_side (const struct vhm_comparison *c,
                             const char *const *keys)
{
  VHM_REQUIRE (c->versions->len > 0);
  g_autoptr (vhm_grid) grid = new_grid (c);
  GString *notes = g_string_new (NULL);
  for (; *keys; keys++)
    if (add_quantities (grid, c, *keys) == 0) {
      g_autofree char *shown = vhm_quote (*keys);
      g_string_append_printf (notes, "%s: no quantity of this comparison.\n",
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
