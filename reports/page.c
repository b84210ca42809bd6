/* report.html: the question, the answer at one glance, then the evidence. One
 * file without links outward: style and drawings stand in it. */
#include "page.h"

#include <string.h>

#include "diagnosis.h"
#include "html.h"
#include "quantity.h"

#define STYLE_NAME "page.css"

void
vhm_report_page_table_begin (GString *out, unsigned first_number,
                             const char *const *headings)
{
  g_string_append (out, "<div class=\"wide\"><table><thead>");
  vhm_html_row (out, "th", first_number, headings);
  g_string_append (out, "</thead><tbody>\n");
}

void
vhm_report_page_table_end (GString *out)
{
  g_string_append (out, "</tbody></table></div>\n");
}

void
vhm_report_page_begin (GString *out, const char *title)
{
  const struct vhm_embedded *file = vhm_embedded_figures;
  while (file->name && strcmp (file->name, STYLE_NAME) != 0)
    file++;
  g_string_append (out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                        "<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" "
                        "content=\"width=device-width\">\n");
  vhm_html_element (out, "title", NULL, title);
  g_string_append_printf (out, "<style>\n%s</style></head><body>\n",
                          file->name ? file->text : "");
}

static void
append_glance (GString *out, const struct vhm_result *result)
{
  g_autofree char *expectations = vhm_report_page_expectations_line (result);
  g_autofree char *guests = result->diagnosis
                                ? vhm_diagnosis_line (result)
                                : vhm_report_page_guests_line (result);
  vhm_html_element (out, "h1", NULL,
                    result->question ? result->question : "Report");
  if (result->source)
    vhm_html_element (out, "p", "quiet", result->source);
  g_string_append (out, "<div class=\"glance\"><p><strong>");
  vhm_html_text (out, expectations);
  g_string_append (out, "</strong></p>\n");
  if (guests)
    vhm_html_element (out, "p", NULL, guests);
  g_string_append (out, "</div>\n");
}

void
vhm_report_page_drawing (GString *out, const struct drawing *drawing)
{
  g_string_append (out, "<figure>");
  vhm_html_svg (out, drawing->svg, drawing->name, drawing->title);
  g_string_append (out, "<figcaption><b>");
  vhm_html_text (out, drawing->title);
  g_string_append (out, ".</b> ");
  vhm_html_text (out, drawing->caption);
  if (drawing->mapping) {
    g_string_append (out, " <i>Published: ");
    vhm_html_text (out, drawing->mapping);
    g_string_append (out, "</i>");
  }
  g_string_append (out, "</figcaption></figure>\n");
}

/* The section that a figure stands in. */
enum place { PLACE_FIGURES, PLACE_LEDGER, PLACE_TRANSLATION, PLACE_DIAGNOSIS };

static enum place
place_of (const struct figure *figure)
{
  if (figure->is_ledger)
    return PLACE_LEDGER;
  if (figure->is_diagnosis)
    return PLACE_DIAGNOSIS;
  return figure->is_translation ? PLACE_TRANSLATION : PLACE_FIGURES;
}

static void
append_drawings (GString *out, const GPtrArray *drawings, enum place place)
{
  for (guint i = 0; i < drawings->len; i++) {
    const struct drawing *drawing = drawings->pdata[i];
    if (drawing->svg && place_of (drawing->figure) == place)
      vhm_report_page_drawing (out, drawing);
  }
}

static void
append_summary (GString *out, const struct vhm_result *result)
{
  static const char *const headings[]
      = { "who", "what", "meaning", "value", NULL };
  if (result->summary->len == 0)
    return;
  vhm_html_element (out, "h2", NULL, "Summary numbers");
  vhm_report_page_table_begin (out, 3, headings);
  for (guint i = 0; i < result->summary->len; i++) {
    const struct vhm_summary_row *row = result->summary->pdata[i];
    g_autofree char *value = vhm_quantity_text (row->value, row->unit);
    const char *cells[] = { row->instance ? row->instance : "", row->key,
                            row->help ? row->help : "", value, NULL };
    vhm_html_row (out, "td", 3, cells);
  }
  vhm_report_page_table_end (out);
}

static void
append_incidents (GString *out, const struct vhm_result *result)
{
  static const char *const headings[] = { "when", "who", "what", NULL };
  vhm_html_element (out, "h2", NULL, "Incidents");
  if (result->incidents->len == 0) {
    vhm_html_element (out, "p", NULL,
                      "None: nothing was refused, nothing ran "
                      "short.");
    return;
  }
  vhm_report_page_table_begin (out, 3, headings);
  for (guint i = 0; i < result->incidents->len; i++) {
    const struct vhm_incident *incident = result->incidents->pdata[i];
    g_autofree char *when
        = vhm_quantity_clock (result->start_s + incident->at_s);
    const char *cells[]
        = { when, incident->who ? incident->who : "", incident->what, NULL };
    vhm_html_row (out, "td", 3, cells);
  }
  vhm_report_page_table_end (out);
}

static void
append_assumptions (GString *out, const struct vhm_result *result)
{
  static const char *const headings[] = { "input", "value", "why", NULL };
  if (result->assumptions->len > 0) {
    vhm_html_element (out, "h2", NULL, "Assumptions");
    vhm_html_element (
        out, "p", NULL,
        "Inputs that the source does not give, with the reason for "
        "the value taken.");
    vhm_report_page_table_begin (out, 3, headings);
    for (guint i = 0; i < result->assumptions->len; i++) {
      const struct vhm_assumption *a = result->assumptions->pdata[i];
      const char *cells[]
          = { a->key, a->value ? a->value : "", a->why ? a->why : "", NULL };
      vhm_html_row (out, "td", 3, cells);
    }
    vhm_report_page_table_end (out);
  }
  if (result->reading) {
    vhm_html_element (out, "h2", NULL, "Which reading the run follows");
    vhm_html_element (out, "p", NULL, result->reading);
  }
}

static void
append_fact (GString *out, const char *term, const char *value)
{
  if (!value)
    return;
  vhm_html_element (out, "dt", NULL, term);
  vhm_html_element (out, "dd", NULL, value);
}

static void
append_count (GString *out, const char *term, uint64_t value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  append_fact (out, term, text);
}

static void
append_provenance (GString *out, const struct vhm_result *result,
                   const char *command)
{
  g_autofree char *version
      = g_strdup_printf ("vhm %s", result->version ? result->version : "");
  g_autofree char *duration
      = vhm_quantity_text (result->duration_s, VHM_UNIT_SECONDS);
  g_autofree char *interval
      = vhm_quantity_text (result->interval_s, VHM_UNIT_SECONDS);
  vhm_html_element (out, "h2", NULL, "Provenance");
  g_string_append (out, "<dl>");
  append_fact (out, "program", version);
  append_fact (out, "scenario", result->scenario_path);
  append_fact (out, "command", command);
  append_count (out, "seed", result->seed);
  append_fact (out, "simulated", duration);
  append_fact (out, "sampled every", interval);
  append_count (out, "events", result->n_events);
  append_count (out, "page references", result->n_references);
  append_count (out, "faults", result->n_faults);
  append_count (out, "references drawn to measure translation",
                result->n_measured);
  g_string_append (out, "</dl>\n");
  if (!result->resolved_yaml)
    return;
  g_string_append (out, "<details><summary>The scenario with every default "
                        "written out</summary><pre>");
  vhm_html_text (out, result->resolved_yaml);
  g_string_append (out, "</pre></details>\n");
}

static void
append_evidence (GString *out, const struct vhm_result *result,
                 const GPtrArray *drawings, const char *trouble)
{
  vhm_report_page_expectations (out, result);
  vhm_report_page_diagnosis (out, result, drawings);
  vhm_report_page_guests (out, result);
  vhm_html_element (out, "h2", NULL, "Figures");
  if (trouble)
    vhm_html_element (out, "p", "glance", trouble);
  append_drawings (out, drawings, PLACE_FIGURES);
  vhm_html_element (out, "h2", NULL, "Where did the time go");
  append_drawings (out, drawings, PLACE_LEDGER);
  vhm_report_page_ledger (out, result);
  if (result->translation->len > 0)
    vhm_html_element (out, "h2", NULL, "What virtualization costs here");
  append_drawings (out, drawings, PLACE_TRANSLATION);
  vhm_report_page_translation (out, result);
  vhm_report_page_by_hand (out, result);
  append_summary (out, result);
}

char *
vhm_report_page_new (const struct vhm_result *result, const GPtrArray *drawings,
                     const char *command, const char *trouble)
{
  GString *out = g_string_new (NULL);
  vhm_report_page_begin (out, result->question ? result->question : "Report");
  append_glance (out, result);
  append_evidence (out, result, drawings, trouble);
  append_incidents (out, result);
  append_assumptions (out, result);
  append_provenance (out, result, command);
  g_string_append (out, "</body></html>\n");
  return g_string_free (out, FALSE);
}
