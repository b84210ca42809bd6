/* report.html of a comparison: the answer, the numbers, the figures, how it was
 * done. One file without links outward. */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include "html.h"
#include "page.h"
#include "quantity.h"

/* --- the table -------------------------------------------------------------------- */

enum group { GROUP_WORK, GROUP_RATES, GROUP_ACCOUNTS, GROUP_REST, N_GROUPS };

static const char *const group_titles[N_GROUPS] = {
  [GROUP_WORK] = "Work and latency",
  [GROUP_RATES] = "Faults, input and output (means over time)",
  [GROUP_ACCOUNTS] = "Cycles by account",
  [GROUP_REST] = "Other numbers, judged by themselves",
};

#define LEDGER_PREFIX "ledger: "
#define MEAN_PREFIX "mean "

static enum group
group_of (const struct vhm_comparison_row *row)
{
  if (!row->is_usual)
    return GROUP_REST;
  if (g_str_has_prefix (row->key, LEDGER_PREFIX))
    return GROUP_ACCOUNTS;
  return g_str_has_prefix (row->key, MEAN_PREFIX) ? GROUP_RATES : GROUP_WORK;
}

static const char *
shown_key (const struct vhm_comparison_row *row)
{
  static const char *const prefixes[] = { LEDGER_PREFIX, MEAN_PREFIX };
  for (size_t i = 0; i < G_N_ELEMENTS (prefixes) && row->is_usual; i++)
    if (g_str_has_prefix (row->key, prefixes[i]))
      return row->key + strlen (prefixes[i]);
  return row->key;
}

enum { N_COLUMNS = 8 };

static void
append_headings (GString *out, const struct vhm_comparison *c)
{
  g_autofree char *interval
      = g_strdup_printf ("± (%g %%, adjusted)", 100 * c->confidence);
  const char *const headings[]
      = { "who",    "what",     "version", "mean",    "difference",
          interval, "relative", "P",       "verdict", NULL };
  g_string_append (out,
                   "<div class=\"wide\"><table class=\"compare\"><thead><tr>");
  for (int i = 0; headings[i]; i++)
    vhm_html_element (out, "th", i >= 3 && i < N_COLUMNS ? "n" : NULL,
                      headings[i]);
  g_string_append (out, "</tr></thead>\n");
}

static void
append_quantity (GString *out, double value, enum vhm_unit unit, bool is_signed)
{
  g_autofree char *text = vhm_quantity_text (value, unit);
  g_autofree char *whole
      = g_strconcat (is_signed && value > 0 ? "+" : "", text, NULL);
  vhm_html_element (out, "td", "n", whole);
}

/* Who and what, once for all versions; the mean of the first. */
static void
append_first (GString *out, const struct vhm_comparison *c,
              const struct vhm_comparison_row *row, guint n_others)
{
  g_string_append_printf (out, "<tr class=\"first\"><td rowspan=\"%u\">",
                          n_others + 1);
  vhm_html_text (out, row->instance);
  g_string_append_printf (out, "</td><td rowspan=\"%u\">", n_others + 1);
  vhm_html_text (out, shown_key (row));
  if (row->help)
    vhm_html_element (out, "span", "help", row->help);
  g_string_append (out, "</td>");
  vhm_html_element (out, "td", NULL, comparison_name (c, 0));
  append_quantity (out, row->n_missing > 0 ? (double) NAN : row->paired.mean[0],
                   row->unit, false);
  g_string_append (out, "<td colspan=\"5\"></td></tr>\n");
}

#define LEAST_P 1e-4 /* below it the number of zeros tells nobody anything */

static void
append_judged (GString *out, const struct vhm_comparison_row *row)
{
  const struct vhm_paired *paired = &row->paired;
  append_quantity (out, paired->mean[1], row->unit, false);
  append_quantity (out, paired->difference, row->unit, true);
  append_quantity (out, row->half_width, row->unit, false);
  g_autofree char *relative
      = vhm_quantity_relative (paired->difference, paired->mean[0], 2);
  g_autofree char *p = vhm_quantity_decimal (row->p, 4);
  vhm_html_element (out, "td", "n", relative);
  vhm_html_element (out, "td", "n", row->p < LEAST_P ? "< 0.0001" : p);
  vhm_html_element (out, "td", row->is_shown ? "shown" : "quiet",
                    comparison_word (row));
}

/* `row` is NULL where both versions have nothing. */
static void
append_other (GString *out, const struct vhm_comparison *c, guint version,
              const struct vhm_comparison_row *row)
{
  g_string_append (out, "<tr>");
  vhm_html_element (out, "td", NULL, comparison_name (c, version));
  if (row && row->n_missing == 0)
    append_judged (out, row);
  else {
    g_autofree char *text = row ? g_strdup_printf ("no value in %u of %u pairs",
                                                   row->n_missing, c->n_runs)
                                : g_strdup ("nothing in any run");
    g_string_append (out, "<td class=\"n\">-</td><td colspan=\"4\"></td>");
    vhm_html_element (out, "td", "quiet", text);
  }
  g_string_append (out, "</tr>\n");
}

/* The first row of its quantity stands for all versions. */
static bool
is_first_of_its_kind (const struct vhm_comparison *c, guint i)
{
  const struct vhm_comparison_row *row = comparison_row (c, i);
  for (guint v = 1; v < row->other; v++)
    if (comparison_find (c, v, row->instance, row->key))
      return false;
  return true;
}

static void
append_group (GString *out, const struct vhm_comparison *c, enum group group)
{
  bool is_begun = false;
  for (guint i = 0; i < c->rows->len; i++) {
    const struct vhm_comparison_row *row = comparison_row (c, i);
    if (group_of (row) != group || !is_first_of_its_kind (c, i))
      continue;
    if (!is_begun)
      g_string_append_printf (
          out, "<tbody><tr><th colspan=\"9\" class=\"group\">%s</th></tr>\n",
          group_titles[group]);
    is_begun = true;
    append_first (out, c, row, c->versions->len - 1);
    for (guint v = 1; v < c->versions->len; v++)
      append_other (out, c, v, comparison_find (c, v, row->instance, row->key));
  }
  if (is_begun)
    g_string_append (out, "</tbody>\n");
}

static void
append_table (GString *out, const struct vhm_comparison *c)
{
  vhm_html_element (out, "h2", NULL, "The numbers");
  append_headings (out, c);
  for (int g = 0; g < N_GROUPS; g++)
    append_group (out, c, (enum group) g);
  g_string_append (out, "</table></div>\n");
}

/* --- figures ---------------------------------------------------------------------- */

static void
append_figures (GString *out, const GPtrArray *figures, const char *trouble)
{
  vhm_html_element (out, "h2", NULL, "Figures");
  if (trouble)
    vhm_html_element (out, "p", "glance", trouble);
  for (guint i = 0; i < figures->len; i++) {
    const struct comparison_figure *figure = figures->pdata[i];
    if (!figure->svg)
      continue;
    g_string_append (out, "<figure>");
    vhm_html_svg (out, figure->svg, figure->id, figure->title);
    g_string_append (out, "<figcaption><b>");
    vhm_html_text (out, figure->title);
    g_string_append (out, ".</b> ");
    vhm_html_text (out, figure->caption);
    g_string_append (out, "</figcaption></figure>\n");
  }
}

/* --- how -------------------------------------------------------------------------- */

static void
append_versions (GString *out, const struct vhm_comparison *c)
{
  vhm_html_element (out, "h2", NULL, "The versions");
  for (guint i = 0; i < c->versions->len; i++) {
    const struct vhm_comparison_version *version
        = &g_array_index (c->versions, struct vhm_comparison_version, i);
    g_string_append (out, "<details><summary>");
    vhm_html_element (out, "b", NULL, version->name);
    g_string_append (out, i == 0 ? " (the first)" : "");
    if (version->changes && *version->changes) {
      g_string_append (out, ": ");
      vhm_html_element (out, "code", NULL, version->changes);
    }
    g_string_append (out, "</summary><pre>");
    vhm_html_text (out, version->inputs);
    g_string_append (out, "</pre></details>\n");
  }
}

static void
append_method (GString *out, const struct vhm_comparison *c)
{
  guint n = 0;
  for (guint i = 0; i < c->rows->len; i++)
    n += comparison_row (c, i)->is_usual
         && comparison_row (c, i)->n_missing == 0;
  vhm_html_element (out, "h2", NULL, "How it was computed");
  g_autofree char *text = g_strdup_printf (
      "Each of %u versions was run %u times, with the seeds %" G_GUINT64_FORMAT
      " to %" G_GUINT64_FORMAT
      ". Runs of one seed share their random numbers, part by part, so that "
      "they differ by the versions and not by chance (common random numbers); "
      "the difference is the mean over such pairs. P is the chance of a "
      "difference as large where there is none, adjusted for all %u rows of "
      "this page together (Holm): the chance that any of them is called a "
      "difference and is none is at most %.4g. ± is Student's interval, as "
      "wide as that asks of its row (at least %g %% confidence): it leaves out "
      "0 exactly where a difference is shown. %u more numbers are 0 in every "
      "run of a pair of versions and left out.",
      c->versions->len, c->n_runs, c->seed, c->seed + c->n_runs - 1, n,
      1 - c->confidence, 100 * c->confidence, c->n_zero);
  vhm_html_element (out, "p", NULL, text);
  vhm_html_element (
      out, "p", NULL,
      "In the sentences at the top a guest does better if it finishes more "
      "operations a second or, where no such difference is shown, if an "
      "operation takes less time; differences below 1 % do not count there. "
      "The reason is the account of its cycles, beside computing and idling, "
      "that changed most.");
  g_autofree char *origin = g_strdup_printf ("vhm %s, scenario %s.", c->version,
                                             c->scenario ? c->scenario : "-");
  vhm_html_element (out, "p", "quiet", origin);
}

char *
comparison_page_new (const struct vhm_comparison *c, const GPtrArray *figures,
                     const char *trouble)
{
  GString *out = g_string_new (NULL);
  const char *title = c->question ? c->question : "Comparison";
  vhm_report_page_begin (out, title);
  vhm_html_element (out, "h1", NULL, title);
  g_autofree char *verdict = vhm_comparison_verdict_html (c);
  g_string_append_printf (out, "<div class=\"glance\">%s</div>\n", verdict);
  append_table (out, c);
  append_figures (out, figures, trouble);
  append_versions (out, c);
  append_method (out, c);
  g_string_append (out, "</body></html>\n");
  return g_string_free (out, FALSE);
}
