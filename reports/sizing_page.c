/* report.html of a sizing: the answer, the figure, the numbers, how it was done.
 * One file without links outward. */
#include "sizing.h"

#include <math.h>

#include "html.h"
#include "page.h"
#include "quantity.h"

#include <vhm/base/units.h>

/* Lines of a text as paragraphs of a class (or NULL). Sentences end with a full
 * stop; other ends of lines are for terminals. */
static void
append_sentences (GString *out, const char *text, const char *class)
{
  g_auto (GStrv) lines = g_strsplit (text, ".\n", -1);
  for (char **line = lines; *line; line++) {
    if (**line == '\0')
      continue;
    g_autofree char *sentence
        = g_strconcat (g_strdelimit (*line, "\n", ' '), ".", NULL);
    vhm_html_element (out, "p", class, sentence);
  }
}

static void
append_cell (GString *out, double value, enum vhm_unit unit, bool is_marked)
{
  g_autofree char *text = vhm_quantity_text (value, unit);
  vhm_html_element (out, "td", is_marked ? "n shown" : "n", text);
}

static void
append_row (GString *out, const struct vhm_sizing *s, guint i)
{
  const struct vhm_sizing_row *row = sizing_row (s, i);
  const struct vhm_sizing_answer *a = &s->answer;
  bool is_answer = a->has_answer && row->bytes == a->bytes;
  bool is_knee = a->has_knee && row->bytes == a->knee_bytes;
  g_autofree char *size = sizing_bytes_text (row->bytes);
  g_autofree char *runs = g_strdup_printf ("%u", row->n_runs);
  g_autofree char *refused = g_strdup_printf ("%.0f", row->n_refused);
  g_string_append (out, "<tr>");
  vhm_html_element (out, "td", is_answer || is_knee ? "n shown" : "n", size);
  vhm_html_element (out, "td", "n", runs);
  append_cell (out, row->paging_per_s.mean, VHM_UNIT_PER_S, is_knee);
  append_cell (out, row->paging_per_s.half_width, VHM_UNIT_PER_S, false);
  append_cell (out, row->worst_hour_per_s.mean, VHM_UNIT_PER_S, false);
  append_cell (out, 100 * row->slowdown.mean, VHM_UNIT_PERCENT, is_answer);
  append_cell (out, 100 * row->slowdown.half_width, VHM_UNIT_PERCENT, false);
  append_cell (out, row->operations_per_s.mean, VHM_UNIT_PER_S, false);
  append_cell (out, row->operations_per_s.half_width, VHM_UNIT_PER_S, false);
  append_cell (out, row->latency_p95_s.mean, VHM_UNIT_SECONDS, false);
  append_cell (out, 100 * row->blocked_share, VHM_UNIT_PERCENT, false);
  vhm_html_element (out, "td", "n", refused);
  append_cell (out, 100 * vhm_sizing_distance (&s->asked, s->points, i),
               VHM_UNIT_PERCENT, is_knee);
  vhm_html_element (out, "td", NULL,
                    is_answer && is_knee ? "answer, knee"
                    : is_answer          ? "answer"
                    : is_knee            ? "knee"
                                         : "");
  g_string_append (out, "</tr>\n");
}

static void
append_table (GString *out, const struct vhm_sizing *s)
{
  g_autofree char *interval
      = g_strdup_printf ("± (%g %%)", 100 * s->confidence);
  const char *const titles[] = { "size",
                                 "runs",
                                 "Pages Input/s",
                                 interval,
                                 "worst hour",
                                 "slow-down",
                                 interval,
                                 "operations/s",
                                 interval,
                                 "latency, 95 %",
                                 "waiting for pages",
                                 "refused",
                                 "below line",
                                 "" };
  vhm_html_element (out, "h2", NULL, "The numbers");
  g_string_append (out,
                   "<div class=\"wide\"><table class=\"compare\"><thead><tr>");
  for (size_t i = 0; i < G_N_ELEMENTS (titles); i++)
    vhm_html_element (out, "th", "n", titles[i]);
  g_string_append (out, "</tr></thead><tbody>\n");
  for (guint i = 0; i < s->rows->len; i++)
    append_row (out, s, i);
  g_string_append (out, "</tbody></table></div>\n");
}

static void
append_figure (GString *out, const char *svg, const char *trouble)
{
  vhm_html_element (out, "h2", NULL, "The curve");
  if (trouble)
    vhm_html_element (out, "p", "glance", trouble);
  if (!svg)
    return;
  g_string_append (out, "<figure>");
  vhm_html_svg (out, svg, SIZING_FIGURE, "Paging rate and slow-down by size");
  g_string_append (
      out, "<figcaption><b>Paging rate and slow-down by size.</b> Whiskers are "
           "intervals; shaded: the sizes that the runs leave open. Slow-downs "
           "beyond the axis are not shown.</figcaption></figure>\n");
}

static void
append_method (GString *out, const struct vhm_sizing *s)
{
  g_autofree char *method = vhm_sizing_method (s);
  g_autofree char *origin = g_strdup_printf ("vhm %s, scenario %s.", s->version,
                                             s->scenario ? s->scenario : "-");
  vhm_html_element (out, "h2", NULL, "How it was computed");
  append_sentences (out, method, NULL);
  vhm_html_element (
      out, "p", NULL,
      "Coarse sizes first, then halves of the stretch in which the slow-down "
      "crosses its bound, and of every stretch in which the knee can still "
      "lie. "
      "That finds what looking at every size would, as long as paging and "
      "slow-down do not rise with memory. The answer is the smallest size such "
      "that it and all larger ones looked at are within the bound. The knee is "
      "that of Satopaa, Albrecht, Irwin and Raghavan (Finding a “Kneedle” in a "
      "Haystack, 2011): the size of greatest distance, “below line”, between "
      "the curve and the straight line through its two ends, in percent of "
      "what paging falls from end to end. It depends on where the ends are: "
      "the curve is taken from the size on that the guest is usable with, "
      "since below it the disk decides how much is read in a second, not the "
      "memory.");
  vhm_html_element (out, "p", "quiet", origin);
}

char *
sizing_page (const struct vhm_sizing *s, const char *svg, const char *trouble)
{
  GString *out = g_string_new (NULL);
  g_autofree char *title
      = g_strdup_printf ("How much memory does %s need?", s->guest);
  g_autofree char *words = vhm_sizing_words (s);
  g_autofree char *doubts = vhm_sizing_doubts (s);
  vhm_report_page_begin (out, title);
  vhm_html_element (out, "h1", NULL, title);
  if (s->question)
    vhm_html_element (out, "p", "quiet", s->question);
  g_string_append (out, "<div class=\"glance\">");
  append_sentences (out, words, NULL);
  append_sentences (out, doubts, "quiet");
  g_string_append (out, "</div>\n");
  append_figure (out, svg, trouble);
  append_table (out, s);
  append_method (out, s);
  g_string_append (out, "</body></html>\n");
  return g_string_free (out, FALSE);
}
