/* Classifies the guests, and the host by them, from memory pressure:
 *
 *   starved           above 100 in more than half of its samples
 *   short at times    above 100 in more than 5 % of them
 *   over-provisioned  below 50 on average: holds twice what it has committed
 *   fits              all others
 *
 * A host with a starved guest is under-provisioned; one whose guests are all
 * over-provisioned is over-provisioned; all between is efficiently provisioned
 * (the three words of Friedman's posts; the thresholds are ours).
 */
#include "page.h"

#include <math.h>

#include "html.h"
#include "quantity.h"

#define STARVED_SHARE 0.5
#define SHORT_SHARE 0.05
#define OVER_PRESSURE 50
#define FULL_PRESSURE 100

enum verdict {
  VERDICT_STARVED,
  VERDICT_SHORT,
  VERDICT_FITS,
  VERDICT_OVER,
  N_VERDICTS
};

struct mean {
  double value;       /* NAN without samples */
  double share_above; /* of samples above FULL_PRESSURE */
};

static struct mean
mean_of (const struct vhm_result *result, const char *instance, const char *key)
{
  const struct vhm_series *series = vhm_result_find (result, instance, key);
  double sum = 0, n = 0, n_above = 0;
  for (size_t i = 0; series && i < result->n_samples; i++) {
    if (isnan (series->values[i]))
      continue;
    sum += series->values[i];
    n_above += series->values[i] > FULL_PRESSURE;
    n++;
  }
  return (struct mean){ sum / n, n_above / n };
}

static enum verdict
judge (struct mean pressure)
{
  if (pressure.share_above > STARVED_SHARE)
    return VERDICT_STARVED;
  if (pressure.share_above > SHORT_SHARE)
    return VERDICT_SHORT;
  return pressure.value < OVER_PRESSURE ? VERDICT_OVER : VERDICT_FITS;
}

static const char *
verdict_name (enum verdict verdict)
{
  static const char *const names[N_VERDICTS]
      = { "starved", "short at times", "fits", "over-provisioned" };
  return names[verdict];
}

/* Series of guests' pressure, in order. */
static GPtrArray *
pressures (const struct vhm_result *result)
{
  GPtrArray *list = g_ptr_array_new ();
  for (guint i = 0; i < result->series->len; i++) {
    struct vhm_series *series = result->series->pdata[i];
    if (g_str_equal (series->counter->key, "pressure")
        && !isnan (mean_of (result, series->instance, "pressure").value))
      g_ptr_array_add (list, series);
  }
  return list;
}

char *
vhm_report_page_guests_line (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) list = pressures (result);
  unsigned n[N_VERDICTS] = { 0 };
  for (guint i = 0; i < list->len; i++) {
    const struct vhm_series *series = list->pdata[i];
    n[judge (mean_of (result, series->instance, "pressure"))]++;
  }
  if (list->len == 0)
    return NULL;
  const char *host = n[VERDICT_STARVED]             ? "under-provisioned"
                     : n[VERDICT_OVER] == list->len ? "over-provisioned"
                                                    : "efficiently "
                                                      "provisioned";
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "The host is %s:", host);
  const char *separator = " ";
  for (int v = 0; v < N_VERDICTS; v++) {
    if (n[v] == 0)
      continue;
    g_string_append_printf (out, "%s%u of %u guests %s", separator, n[v],
                            list->len, verdict_name ((enum verdict)v));
    separator = ", ";
  }
  g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

static void
append_guest (GString *out, const struct vhm_result *result, const char *guest)
{
  struct mean pressure = mean_of (result, guest, "pressure");
  g_autofree char *held = vhm_quantity_text (
      mean_of (result, guest, "physical_memory").value, VHM_UNIT_BYTES);
  g_autofree char *committed = vhm_quantity_text (
      mean_of (result, guest, "committed_bytes").value, VHM_UNIT_BYTES);
  g_autofree char *mean = vhm_quantity_text (pressure.value, VHM_UNIT_PERCENT);
  g_autofree char *share
      = vhm_quantity_text (100 * pressure.share_above, VHM_UNIT_PERCENT);
  g_autofree char *input = vhm_quantity_text (
      mean_of (result, guest, "pages_input_per_s").value, VHM_UNIT_PER_S);
  const char *cells[] = { guest, verdict_name (judge (pressure)),
                          held,  committed,
                          mean,  share,
                          input, NULL };
  vhm_html_row (out, "td", 2, cells);
}

void
vhm_report_page_guests (GString *out, const struct vhm_result *result)
{
  static const char *const headings[]
      = { "guest",    "verdict",   "holds",      "has committed",
          "pressure", "above 100", "pages read", NULL };
  g_autoptr (GPtrArray) list = pressures (result);
  if (list->len == 0)
    return;
  vhm_html_element (out, "h2", NULL, "Guests");
  vhm_html_element (
      out, "p", NULL,
      "Means over all samples while the guest ran. Starved: above "
      "100 in more than half of them; short at times: in more than "
      "5 %; over-provisioned: below 50 on average.");
  vhm_report_page_table_begin (out, 2, headings);
  for (guint i = 0; i < list->len; i++) {
    const struct vhm_series *series = list->pdata[i];
    append_guest (out, result, series->instance);
  }
  vhm_report_page_table_end (out);
}
