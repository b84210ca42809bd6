/* Versions side by side, as tables for a terminal: one a pair of versions. */
#include "comparison.h"

#include <vhm/report/grid.h>
#include <vhm/sim/diagnostics.h>

#include "quantity.h"

const char *
comparison_word (const struct vhm_comparison_row *row)
{
  if (!row->is_shown)
    return "no difference shown";
  return row->paired.difference > 0 ? "higher" : "lower";
}

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
  g_autofree char *text
      = vhm_quantity_relative (paired->difference, paired->mean[0], 2);
  vhm_grid_add (grid, text);
}

/* Below it the number of zeros tells nobody anything. */
#define LEAST_P 1e-4

static void
add_verdict (vhm_grid *grid, const struct vhm_comparison_row *row)
{
  g_autofree char *p = vhm_quantity_decimal (row->p, 4);
  vhm_grid_add (grid, row->p < LEAST_P ? "< 0.0001" : p);
  vhm_grid_add (grid, comparison_word (row));
}

static void
add_row (vhm_grid *grid, const struct vhm_comparison *c,
         const struct vhm_comparison_row *row)
{
  vhm_grid_add (grid, row->instance);
  g_autofree char *key
      = g_strconcat (row->key, row->is_usual ? "" : " *", NULL);
  vhm_grid_add (grid, key);
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
  add_quantity (grid, row->half_width, row->unit, false);
  add_relative (grid, &row->paired);
  add_verdict (grid, row);
}

static void
append_pair (GString *out, const struct vhm_comparison *c, guint other)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new (ALIGNMENT);
  add_heading (grid, c);
  for (guint i = 0; i < c->rows->len; i++)
    if (comparison_row (c, i)->other == other)
      add_row (grid, c, comparison_row (c, i));
  g_autofree char *text = vhm_grid_text (grid);
  g_autofree char *first = vhm_quote (comparison_name (c, 0));
  g_autofree char *second = vhm_quote (comparison_name (c, other));
  g_string_append_printf (out, "OTHER: %s, compared with FIRST: %s\n%s\n",
                          second, first, text);
}

struct count {
  guint n, n_shown;
};

static struct count
count_family (const struct vhm_comparison *c, bool is_usual)
{
  struct count count = { 0 };
  for (guint i = 0; i < c->rows->len; i++) {
    const struct vhm_comparison_row *row = comparison_row (c, i);
    if (row->is_usual != is_usual)
      continue;
    count.n += row->n_missing == 0;
    count.n_shown += row->is_shown;
  }
  return count;
}

char *
vhm_comparison_table (const struct vhm_comparison *c)
{
  GString *out = g_string_new (NULL);
  for (guint other = 1; other < c->versions->len; other++)
    append_pair (out, c, other);
  struct count usual = count_family (c, true), rest = count_family (c, false);
  g_string_append_printf (
      out,
      "%u of %u differences shown. Means of %u runs each; the runs of a pair "
      "share their\nseed, %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
      ". P: the chance of so much where there is no difference,\nadjusted for "
      "all %u (Holm). +-: Student's interval, as wide as that asks of its\n"
      "row: it leaves out 0 where a difference is shown. %u more are 0 in "
      "every run.\n",
      usual.n_shown, usual.n, c->n_runs, c->seed, c->seed + c->n_runs - 1,
      usual.n, c->n_zero);
  if (rest.n > 0)
    g_string_append_printf (
        out,
        "Of %u other numbers (*), judged by themselves, %u differences are "
        "shown.\n",
        rest.n, rest.n_shown);
  return g_string_free (out, FALSE);
}
