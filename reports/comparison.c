/* Versions side by side, as tables for a terminal, and which of their differences
 * may be called one.
 *
 * All rows, of all versions, are one family: after Holm the chance that any is
 * called a difference where there is none is at most 1 - confidence. The interval
 * is that of each row by itself. A row that lacks a value in some pair is shown,
 * and not judged: leaving pairs out could favour one side. Cost: O(rows log rows).
 */
#include <vhm/report/comparison.h>

#include <math.h>

#include <vhm/base/require.h>
#include <vhm/report/grid.h>
#include <vhm/sim/diagnostics.h>

#include "quantity.h"

static void
clear_version (gpointer data)
{
  struct vhm_comparison_version *version = data;
  g_free (version->name);
  g_free (version->inputs);
}

static void
clear_row (gpointer data)
{
  struct vhm_comparison_row *row = data;
  g_free (row->instance);
  g_free (row->key);
  g_free (row->help);
}

struct vhm_comparison *
vhm_comparison_new (void)
{
  struct vhm_comparison *c = g_new0 (struct vhm_comparison, 1);
  c->versions
      = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_version));
  c->rows = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_row));
  g_array_set_clear_func (c->versions, clear_version);
  g_array_set_clear_func (c->rows, clear_row);
  return c;
}

void
vhm_comparison_free (struct vhm_comparison *c)
{
  if (!c)
    return;
  g_array_unref (c->versions);
  g_array_unref (c->rows);
  g_free (c->scenario);
  g_free (c->question);
  g_free (c);
}

static struct vhm_comparison_row *
row_at (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

static const char *
name_at (const struct vhm_comparison *c, guint i)
{
  VHM_REQUIRE (i < c->versions->len);
  return g_array_index (c->versions, struct vhm_comparison_version, i).name;
}

void
vhm_comparison_judge (struct vhm_comparison *c)
{
  g_autofree double *p = g_new (double, c->rows->len + 1);
  size_t n = 0;
  for (guint i = 0; i < c->rows->len; i++)
    if (row_at (c, i)->n_missing == 0)
      p[n++] = row_at (c, i)->paired.p;
  vhm_holm_adjust (p, n, p);
  n = 0;
  for (guint i = 0; i < c->rows->len; i++) {
    struct vhm_comparison_row *row = row_at (c, i);
    row->p = row->n_missing == 0 ? p[n++] : (double) NAN;
    row->is_shown = row->p <= 1 - c->confidence;
  }
}

/* --- the table ---------------------------------------------------------------- */

#define ALIGNMENT "llrrrrrrl"

static void
add_heading (vhm_grid *grid, const struct vhm_comparison *c)
{
  g_autofree char *half = g_strdup_printf ("+- (%g %%)", 100 * c->confidence);
  const char *const cells[]
      = { "WHO", "QUANTITY", "FIRST", "OTHER", "DIFFERENCE",
          half,  "RELATIVE", "P",     "" };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++)
    vhm_grid_add (grid, cells[i]);
}

static void
add_quantity (vhm_grid *grid, double value, enum vhm_unit unit, bool is_signed)
{
  g_autofree char *text = vhm_quantity_text (value, unit);
  g_autofree char *whole
      = g_strconcat (is_signed && value > 0 ? "+" : "", text, NULL);
  vhm_grid_add (grid, whole);
}

static void
add_relative (vhm_grid *grid, const struct vhm_paired *paired)
{
  double percent = 100 * paired->difference / fabs (paired->mean[0]);
  if (!isfinite (percent)) { /* of nothing */
    vhm_grid_add (grid, "-");
    return;
  }
  g_autofree char *number = vhm_quantity_decimal (percent, 2);
  g_autofree char *text
      = g_strconcat (percent > 0 ? "+" : "", number, " %", NULL);
  vhm_grid_add (grid, text);
}

/* Below it the number of zeros tells nobody anything. */
#define LEAST_P 1e-4

static void
add_verdict (vhm_grid *grid, const struct vhm_comparison_row *row)
{
  g_autofree char *p = vhm_quantity_decimal (row->p, 4);
  vhm_grid_add (grid, row->p < LEAST_P ? "< 0.0001" : p);
  if (!row->is_shown)
    vhm_grid_add (grid, "no difference shown");
  else
    vhm_grid_add (grid, row->paired.difference > 0 ? "higher" : "lower");
}

static void
add_row (vhm_grid *grid, const struct vhm_comparison *c,
         const struct vhm_comparison_row *row)
{
  vhm_grid_add (grid, row->instance);
  vhm_grid_add (grid, row->key);
  if (row->n_missing > 0) {
    for (int i = 0; i < 6; i++)
      vhm_grid_add (grid, "-");
    g_autofree char *text = g_strdup_printf ("no value in %u of %u pairs",
                                             row->n_missing, c->n_runs);
    vhm_grid_add (grid, text);
    return;
  }
  add_quantity (grid, row->paired.mean[0], row->unit, false);
  add_quantity (grid, row->paired.mean[1], row->unit, false);
  add_quantity (grid, row->paired.difference, row->unit, true);
  add_quantity (grid, row->paired.half_width, row->unit, false);
  add_relative (grid, &row->paired);
  add_verdict (grid, row);
}

static void
append_pair (GString *out, const struct vhm_comparison *c, guint other)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new (ALIGNMENT);
  add_heading (grid, c);
  for (guint i = 0; i < c->rows->len; i++)
    if (row_at (c, i)->other == other)
      add_row (grid, c, row_at (c, i));
  g_autofree char *text = vhm_grid_text (grid);
  g_autofree char *first = vhm_quote (name_at (c, 0));
  g_autofree char *second = vhm_quote (name_at (c, other));
  g_string_append_printf (out, "OTHER: %s, compared with FIRST: %s\n%s\n",
                          second, first, text);
}

char *
vhm_comparison_table (const struct vhm_comparison *c)
{
  guint n = 0, n_shown = 0;
  GString *out = g_string_new (NULL);
  for (guint other = 1; other < c->versions->len; other++)
    append_pair (out, c, other);
  for (guint i = 0; i < c->rows->len; i++) {
    n += row_at (c, i)->n_missing == 0;
    n_shown += row_at (c, i)->is_shown;
  }
  g_string_append_printf (
      out,
      "%u of %u differences shown. Means of %u runs each; the runs of a pair "
      "share their\nseed, %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
      ". +-: Student's interval of the difference by itself. P: the chance\n"
      "of so much where there is no difference, adjusted (Holm) for all %u. "
      "%u more are 0\nin every run.\n",
      n_shown, n, c->n_runs, c->seed, c->seed + c->n_runs - 1, n, c->n_zero);
  return g_string_free (out, FALSE);
}
