/* The diagnosis in report.html: class, its time as a figure, who suffers, the
 * evidence, and what re-running told. Every number that decides stands beside its
 * threshold, with the arithmetic in words. */
#include "page.h"

#include <math.h>

#include "diagnosis.h"
#include "html.h"
#include "quantity.h"

/* Headings are written for a terminal. */
static void
append_cells (GString *out, const struct cells *c)
{
  g_auto (GStrv) headings = g_strdupv ((char **) c->headings);
  for (char **h = headings; *h; h++) {
    char *lower = g_ascii_strdown (*h, -1);
    g_free (*h);
    *h = lower;
  }
  guint first
      = c->end_number == g_strv_length (headings) ? c->first_number : G_MAXUINT;
  vhm_report_page_table_begin (out, first, (const char *const *) headings);
  for (guint i = 0; i < c->rows->len; i++)
    vhm_html_row (out, "td", first, c->rows->pdata[i]);
  vhm_report_page_table_end (out);
}

static void
append_part (GString *out, const char *title, const char *how,
             struct cells *part)
{
  g_autoptr (table_cells) c = part;
  if (!c)
    return;
  vhm_html_element (out, "h3", NULL, title);
  if (how)
    vhm_html_element (out, "p", "quiet", how);
  append_cells (out, c);
}

static void
append_rule (GString *out, const struct vhm_diagnosis *d)
{
  g_autofree char *interval
      = vhm_quantity_text (d->interval_s, VHM_UNIT_SECONDS);
  g_autofree char *settle = vhm_quantity_text (d->settle_s, VHM_UNIT_SECONDS);
  g_autofree char *text = g_strdup_printf (
      "Rules: %s. The run is cut into intervals of %s; a signal counts in one "
      "if "
      "it fires in %.0f %% of its samples, and the first decision of the rules "
      "that holds is its class. Intervals that begin in the first %s are not "
      "counted. Overall: over-committed from %.0f %% of the intervals on; a "
      "guest under-provisioned from %.0f %% on, those of an over-committed "
      "host "
      "included; over-provisioned from %.0f %% on; else efficient.",
      d->rules, interval, 100 * d->fires, settle,
      100 * d->needed[VHM_CLASS_OVER_COMMITTED],
      100 * d->needed[VHM_CLASS_UNDER_PROVISIONED],
      100 * d->needed[VHM_CLASS_OVER_PROVISIONED]);
  vhm_html_element (out, "p", "quiet", text);
}

static void
append_alone (GString *out, const struct vhm_result *r)
{
  const struct vhm_diagnosis *d = r->diagnosis;
  append_part (
      out, "How far each guest is from running alone",
      "Operations a second here; with no other guest on the host, same "
      "settings "
      "and same random numbers; and so, with as much memory and as many "
      "virtual "
      "processors as the host can give. Contention is the second over the "
      "first: "
      "what the others cost. Under-provision is the third over the second: "
      "what "
      "the guest's own settings cost. Guests that do no operations have none.",
      vhm_diagnosis_alone (r));
  for (guint i = 0; i < d->alone->len; i++) {
    const struct vhm_alone *a = &g_array_index (d->alone, struct vhm_alone, i);
    g_autofree char *title
        = g_strdup_printf ("Cycles an operation of %s, by account", a->guest);
    append_part (out, title,
                 i > 0
                     ? NULL
                     : "Virtual processors x clock / operations a second: the "
                       "row `all`, here over alone, is the contention of the "
                       "table above; the accounts say where it went.",
                 vhm_diagnosis_accounts (a));
  }
}

void
vhm_report_page_diagnosis (GString *out, const struct vhm_result *r,
                           const GPtrArray *drawings)
{
  const struct vhm_diagnosis *d = r->diagnosis;
  if (!d)
    return;
  g_autofree char *line = vhm_diagnosis_line (r), *why = vhm_diagnosis_why (r);
  vhm_html_element (out, "h2", NULL, "Diagnosis");
  vhm_html_element (out, "p", "glance", line);
  if (why)
    vhm_html_element (out, "p", NULL, why);
  append_rule (out, d);
  for (guint i = 0; i < drawings->len; i++) {
    const struct drawing *drawing = drawings->pdata[i];
    if (drawing->svg && drawing->figure->is_diagnosis)
      vhm_report_page_drawing (out, drawing);
  }
  append_part (out, "Class over time", NULL, vhm_diagnosis_strip (r));
  append_part (out, "Who suffers",
               "Guests that made the class of an interval, and how long.",
               vhm_diagnosis_sufferers (r));
  append_part (
      out, "Signals that fired",
      "Mean and worst value while it fired, beside the threshold and the "
      "time that it must hold unbroken.",
      vhm_diagnosis_signals (r));
  append_alone (out, r);
  g_autofree char *aim = g_strdup_printf (
      "Each was tried by running the scenario again with it. It relieves if no "
      "guest that stays is %.2f times slower or more for the others, and, "
      "where a "
      "guest's settings are changed, that guest no more for its settings.",
      d->suffers);
  append_part (out, "What would relieve it", aim, vhm_diagnosis_remedies (r));
}
