/* Takes from the result of a run what is compared, so that the rest can go.
 *
 * Numbers: rows of the summary, accounts of the ledger, means over time of
 * counters; only the usual ones (measures.c) or all. Means are over the samples
 * that there are (those in which a guest is on).
 *
 * Curves: the counters of measures.c, in at most OUTCOME_MOMENTS stretches of like
 * length, each the mean of its samples. Cost: O(samples).
 */
#include "outcome.h"

#include <math.h>
#include <string.h>

#include <vhm/sim/stats.h>

#include "measures.h"

static void
clear_quantity (gpointer data)
{
  struct quantity *q = data;
  g_free (q->id);
  g_free (q->instance);
  g_free (q->key);
  g_free (q->help);
}

static void
clear_trail (gpointer data)
{
  struct trail *trail = data;
  g_free (trail->guest);
  g_array_unref (trail->values);
}

/* --- numbers -------------------------------------------------------------------- */

/* What is said before the key: it tells an account from a counter of the same
 * name. */
static const char *const prefixes[] = { [MEASURE_SUMMARY] = "",
                                        [MEASURE_MEAN] = "mean ",
                                        [MEASURE_LEDGER] = "ledger: " };

static struct quantity *
add (GArray *quantities, enum measure_kind kind, const char *instance,
     const char *key, enum vhm_unit unit, double value)
{
  struct quantity q = {
    .id = g_strdup_printf ("%s:%s:%s", prefixes[kind], instance, key),
    .instance = g_strdup (instance),
    .key = g_strconcat (prefixes[kind], key, NULL),
    .unit = unit,
    .is_usual = measure_is_usual (kind, key),
    .value = value,
  };
  g_array_append_val (quantities, q);
  return &g_array_index (quantities, struct quantity, quantities->len - 1);
}

static double
mean_of (const double *values, size_t n)
{
  struct vhm_moments moments = { 0 };
  for (size_t i = 0; i < n; i++)
    if (!isnan (values[i]))
      vhm_moments_add (&moments, values[i]);
  return moments.n > 0 ? moments.mean : (double) NAN;
}

static GArray *
quantities_of (const struct vhm_result *r, bool takes_all)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (struct quantity));
  g_array_set_clear_func (all, clear_quantity);
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    if (takes_all || measure_is_usual (MEASURE_SUMMARY, row->key))
      add (all, MEASURE_SUMMARY, row->instance, row->key, row->unit, row->value)
          ->help
          = g_strdup (row->help);
  }
  for (guint i = 0; i < r->series->len; i++) {
    const struct vhm_series *s = r->series->pdata[i];
    if (takes_all || measure_is_usual (MEASURE_MEAN, s->counter->key))
      add (all, MEASURE_MEAN, s->instance, s->counter->key, s->counter->unit,
           mean_of (s->values, r->n_samples))
          ->help
          = g_strdup (s->counter->help);
  }
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    add (all, MEASURE_LEDGER, row->guest, row->account, VHM_UNIT_CYCLES,
         (double) row->cycles)
        ->account
        = row->account;
  }
  return all;
}

/* --- curves --------------------------------------------------------------------- */

/* Means of stretches, added to those that are there. */
static void
add_series (struct trail *trail, const double *samples, size_t n, size_t length)
{
  for (size_t i = 0, at = 0; at < n; i++, at += length) {
    double mean = mean_of (samples + at, MIN (length, n - at));
    if (i == trail->values->len) {
      g_array_append_val (trail->values, mean);
      continue;
    }
    double *value = &g_array_index (trail->values, double, i);
    *value = isnan (mean) ? *value : isnan (*value) ? mean : *value + mean;
  }
}

/* The instances of the chart's first counter. */
static void
add_trails (GArray *trails, const struct vhm_result *r, guint chart)
{
  const char *const *keys = measure_charts[chart].keys;
  size_t length = (r->n_samples + OUTCOME_MOMENTS - 1) / OUTCOME_MOMENTS;
  for (guint i = 0; i < r->series->len; i++) {
    const struct vhm_series *first = r->series->pdata[i];
    if (strcmp (first->counter->key, keys[0]) != 0)
      continue;
    struct trail trail
        = { chart, g_strdup (first->instance), r->interval_s * (double) length,
            g_array_new (FALSE, FALSE, sizeof (double)) };
    for (int k = 0; k < MEASURE_N_KEYS && keys[k]; k++) {
      const struct vhm_series *s
          = vhm_result_find (r, first->instance, keys[k]);
      if (s)
        add_series (&trail, s->values, r->n_samples, MAX (length, 1));
    }
    g_array_append_val (trails, trail);
  }
}

struct outcome *
outcome_new (const struct vhm_result *result, bool takes_all)
{
  struct outcome *outcome = g_new0 (struct outcome, 1);
  outcome->quantities = quantities_of (result, takes_all);
  outcome->trails = g_array_new (FALSE, FALSE, sizeof (struct trail));
  g_array_set_clear_func (outcome->trails, clear_trail);
  for (guint i = 0; i < MEASURE_N_CHARTS; i++)
    add_trails (outcome->trails, result, i);
  return outcome;
}

void
outcome_free (gpointer data)
{
  struct outcome *outcome = data;
  if (!outcome)
    return;
  g_array_unref (outcome->quantities);
  g_array_unref (outcome->trails);
  g_free (outcome);
}
