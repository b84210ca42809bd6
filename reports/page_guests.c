/* Classifies guests and host from memory pressure and available memory.
 *
 * A guest, over the time it ran:
 *   starved           above 100 in more than half of its samples
 *   short at times    above 100 in more than 5 % of them
 *   over-provisioned  below 50 on average: holds twice what it has committed
 *   fits              all others
 *
 * The host, by Friedman's four classes; a sample is over-committed when
 * available memory is below 5 % of machine memory (his alarm) and at least two
 * guests are above 100:
 *   over-committed             more than 5 % of the samples are
 *   under-provisioned guest    not that, but a guest is starved or short
 *   over-provisioned           available above 40 % on average, nobody short
 *   efficiently provisioned    all others
 * Which shares of time count is ours; the limits of memory are published.
 *
 * Guests whose own counters a program inside them collects: how many samples that
 * missed, which figures show as gaps.
 */
#include "page.h"

#include <math.h>

#include "html.h"
#include "quantity.h"

#define STARVED_SHARE 0.5
#define SHORT_SHARE 0.05
#define OVER_PRESSURE 50
#define FULL_PRESSURE 100
#define SHORT_AVAILABLE 0.05
#define AMPLE_AVAILABLE 0.40
#define N_SQUEEZED 2

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

/* Over the samples in which the guest ran: a guest that is off holds 0 bytes,
 * which is no measurement of it. */
static struct mean
mean_of (const struct vhm_result *result, const char *instance, const char *key)
{
  const struct vhm_series *series = vhm_result_find (result, instance, key);
  const struct vhm_series *on
      = vhm_result_find (result, instance, "visible_memory");
  double sum = 0, n = 0, n_above = 0;
  for (size_t i = 0; series && i < result->n_samples; i++) {
    if (isnan (series->values[i]) || (on && isnan (on->values[i])))
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

/* Share of samples in which the host was over-committed, and the mean share of
 * machine memory that was available. NAN without the counters. */
static void
judge_host (const struct vhm_result *result, const GPtrArray *guests,
            double *ret_committed, double *ret_available)
{
  const struct vhm_series *available
      = vhm_result_find (result, "balancer", "available_memory");
  const struct vhm_series *machine
      = vhm_result_find (result, "host", "sum_of_memory");
  double n_committed = 0, sum = 0, n = 0;
  for (size_t i = 0; available && machine && i < result->n_samples; i++) {
    double share = available->values[i] / machine->values[i];
    unsigned n_above = 0;
    for (guint g = 0; g < guests->len; g++) {
      const struct vhm_series *pressure = guests->pdata[g];
      n_above += pressure->values[i] > FULL_PRESSURE;
    }
    if (isnan (share))
      continue;
    n_committed += share < SHORT_AVAILABLE && n_above >= N_SQUEEZED;
    sum += share;
    n++;
  }
  *ret_committed = n_committed / n;
  *ret_available = sum / n;
}

static char *
host_line (double committed, double available, bool any_short)
{
  g_autofree char *share
      = vhm_quantity_text (100 * committed, VHM_UNIT_PERCENT);
  g_autofree char *free = vhm_quantity_text (100 * available, VHM_UNIT_PERCENT);
  if (committed > SHORT_SHARE)
    return g_strdup_printf (
        "Over-committed host: during %s of the run less than 5 %% of machine "
        "memory was available while two or more guests were above pressure "
        "100; "
        "all guests may suffer.",
        share);
  if (any_short)
    return g_strdup ("Under-provisioned guest: a guest was short while the "
                     "host was not over-committed; that guest suffers.");
  if (available > AMPLE_AVAILABLE)
    return g_strdup_printf ("Over-provisioned host: on average %s of machine "
                            "memory was available; nobody suffers, hardware is "
                            "wasted.",
                            free);
  return g_strdup ("Efficiently provisioned host: nobody suffers.");
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
  double committed, available;
  judge_host (result, list, &committed, &available);
  g_autofree char *host = host_line (committed, available,
                                     n[VERDICT_STARVED] + n[VERDICT_SHORT] > 0);
  GString *out = g_string_new (host);
  const char *separator = " Guests: ";
  for (int v = 0; v < N_VERDICTS; v++) {
    if (n[v] == 0)
      continue;
    g_string_append_printf (out, "%s%u of %u %s", separator, n[v], list->len,
                            verdict_name ((enum verdict) v));
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

/* A number of the summary; NAN without it. */
static double
summary_of (const struct vhm_result *result, const char *instance,
            const char *key)
{
  for (guint i = 0; i < result->summary->len; i++) {
    const struct vhm_summary_row *row = result->summary->pdata[i];
    if (g_str_equal (row->instance, instance) && g_str_equal (row->key, key))
      return row->value;
  }
  return (double) NAN;
}

static void
append_collection (GString *out, const struct vhm_result *result,
                   const char *guest)
{
  double missed = summary_of (result, guest, "samples_missed");
  if (isnan (missed))
    return;
  g_autofree char *gap = vhm_quantity_text (
      summary_of (result, guest, "sample_gap_longest"), VHM_UNIT_SECONDS);
  g_autofree char *delay = vhm_quantity_text (
      summary_of (result, guest, "sample_delay_mean"), VHM_UNIT_SECONDS);
  g_autofree char *text = g_strdup_printf (
      "The own counters of %s are collected by a program inside it: %.0f "
      "samples are missing (gaps in its figures), the longest time without one "
      "was %s, and a sample took %s in the mean.",
      guest, missed, gap, delay);
  vhm_html_element (out, "p", NULL, text);
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
  for (guint i = 0; i < list->len; i++) {
    const struct vhm_series *series = list->pdata[i];
    append_collection (out, result, series->instance);
  }
}
