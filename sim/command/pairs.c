/* Puts the runs of versions side by side: quantities pair by pair, curves and
 * accounts as means of the runs.
 *
 * Runs are taken in their order, so sums do not depend on which ended first.
 * Cost: O(runs x quantities), and O(runs x guests) a moment of a curve.
 */
#include "replications.h"

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

#include "measures.h"
#include "outcome.h"

/* Of the values that there are. */
static double
mean_of (const double *values, guint n)
{
  struct vhm_moments moments = { 0 };
  for (guint i = 0; i < n; i++)
    if (!isnan (values[i]))
      vhm_moments_add (&moments, values[i]);
  return moments.n > 0 ? moments.mean : (double) NAN;
}

/* --- quantities ----------------------------------------------------------------- */

/* The value of each quantity in each run, NAN where there is none. */
struct values {
  GPtrArray *quantities; /* const struct quantity *, as first met */
  GHashTable *places;    /* id -> number in there + 1; for look-up only */
  double *values;        /* by run, then quantity */
};

static void
add_quantities (struct values *all, const GArray *run)
{
  for (guint i = 0; i < run->len; i++) {
    struct quantity *q = &g_array_index (run, struct quantity, i);
    if (g_hash_table_contains (all->places, q->id))
      continue;
    g_ptr_array_add (all->quantities, q);
    g_hash_table_insert (all->places, q->id,
                         GUINT_TO_POINTER (all->quantities->len));
  }
}

static void
values_init (struct values *all, const GPtrArray *runs)
{
  all->quantities = g_ptr_array_new ();
  all->places = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint r = 0; r < runs->len; r++)
    add_quantities (all, ((struct outcome *) runs->pdata[r])->quantities);
  guint n = all->quantities->len;
  all->values = g_new (double, (size_t) runs->len *n + 1);
  for (size_t i = 0; i < (size_t) runs->len * n; i++)
    all->values[i] = (double) NAN;
  for (guint r = 0; r < runs->len; r++) {
    const GArray *run = ((struct outcome *) runs->pdata[r])->quantities;
    for (guint i = 0; i < run->len; i++) {
      const struct quantity *q = &g_array_index (run, struct quantity, i);
      guint place
          = GPOINTER_TO_UINT (g_hash_table_lookup (all->places, q->id)) - 1;
      all->values[(size_t) r * n + place] = q->value;
    }
  }
}

static void
values_clear (struct values *all)
{
  g_ptr_array_unref (all->quantities);
  g_hash_table_unref (all->places);
  g_free (all->values);
}

/* The runs of one version, of one quantity. */
static void
take_values (const struct values *all, guint n_versions, guint version,
             guint quantity, double *ret_values, guint n_runs)
{
  for (guint r = 0; r < n_runs; r++) {
    size_t run = (size_t) r * n_versions + version;
    ret_values[r] = all->values[run * all->quantities->len + quantity];
  }
}

static void
compare_quantity (struct vhm_comparison *c, const struct quantity *q,
                  guint other, const double *a, const double *b)
{
  guint n_missing = 0, n_zero = 0, n_without = 0;
  for (guint r = 0; r < c->n_runs; r++) {
    n_missing += isnan (a[r]) || isnan (b[r]);
    n_without += isnan (a[r]) && isnan (b[r]);
    n_zero += a[r] == 0 && b[r] == 0;
  }
  if (n_without == c->n_runs)
    return;
  struct vhm_comparison_row row = {
    .other = other,
    .instance = g_strdup (q->instance),
    .key = g_strdup (q->key),
    .help = g_strdup (q->help),
    .unit = q->unit,
    .is_usual = q->is_usual,
    .n_missing = n_missing,
  };
  if (n_zero == c->n_runs) {
    c->n_zero++;
    g_array_append_val (c->zeros, row);
    return;
  }
  if (n_missing == 0)
    row.paired = vhm_paired_compare (a, b, c->n_runs, c->confidence);
  else
    row.paired = (struct vhm_paired){
      .mean = { mean_of (a, c->n_runs), mean_of (b, c->n_runs) }, .p = 1
    };
  g_array_append_val (c->rows, row);
}

/* Means of the runs; an account of a guest that no run of the version had is 0. */
static void
add_accounts (struct vhm_comparison *c, const struct values *all, double *runs)
{
  guint n_versions = c->versions->len;
  for (guint v = 0; v < n_versions; v++)
    for (guint i = 0; i < all->quantities->len; i++) {
      const struct quantity *q = all->quantities->pdata[i];
      if (!q->account)
        continue;
      take_values (all, n_versions, v, i, runs, c->n_runs);
      double mean = mean_of (runs, c->n_runs);
      struct vhm_comparison_account account = {
        .version = v,
        .guest = g_strdup (q->instance),
        .account = q->account,
        .cyc = isnan (mean) ? 0 : mean,
      };
      g_array_append_val (c->accounts, account);
    }
}

/* --- curves --------------------------------------------------------------------- */

static const struct trail *
find_trail (const GPtrArray *runs, guint run, const struct trail *like)
{
  const GArray *trails = ((struct outcome *) runs->pdata[run])->trails;
  for (guint i = 0; i < trails->len; i++) {
    const struct trail *trail = &g_array_index (trails, struct trail, i);
    if (trail->chart == like->chart && strcmp (trail->guest, like->guest) == 0)
      return trail;
  }
  return NULL;
}

/* The mean of the runs of a version, moment by moment. */
static void
add_curve (struct vhm_comparison *c, const GPtrArray *runs, guint version,
           const struct trail *like)
{
  guint n_versions = c->versions->len;
  struct vhm_comparison_curve curve
      = { like->chart, version, g_strdup (like->guest), like->step_s,
          g_array_new (FALSE, FALSE, sizeof (double)) };
  g_autofree double *values = g_new (double, c->n_runs);
  g_autofree const struct trail **trails
      = g_new (const struct trail *, c->n_runs);
  for (guint r = 0; r < c->n_runs; r++)
    trails[r] = find_trail (runs, r * n_versions + version, like);
  for (guint i = 0; i < like->values->len; i++) {
    for (guint r = 0; r < c->n_runs; r++)
      values[r] = trails[r] && i < trails[r]->values->len
                      ? g_array_index (trails[r]->values, double, i)
                      : (double) NAN;
    double mean = mean_of (values, c->n_runs);
    g_array_append_val (curve.values, mean);
  }
  g_array_append_val (c->curves, curve);
}

static void
add_curves (struct vhm_comparison *c, const GPtrArray *runs)
{
  for (guint i = 0; i < MEASURE_N_CHARTS; i++)
    g_array_append_val (c->charts, measure_charts[i].chart);
  for (guint v = 0; v < c->versions->len; v++) {
    const GArray *trails = ((struct outcome *) runs->pdata[v])->trails;
    for (guint i = 0; i < trails->len; i++)
      add_curve (c, runs, v, &g_array_index (trails, struct trail, i));
  }
}

void
replications_compare (const GPtrArray *runs, struct vhm_comparison *c)
{
  guint n_versions = c->versions->len;
  VHM_REQUIRE (runs->len == n_versions * c->n_runs);
  struct values all;
  values_init (&all, runs);
  g_autofree double *a = g_new (double, c->n_runs);
  g_autofree double *b = g_new (double, c->n_runs);
  for (guint other = 1; other < n_versions; other++)
    for (guint q = 0; q < all.quantities->len; q++) {
      take_values (&all, n_versions, 0, q, a, c->n_runs);
      take_values (&all, n_versions, other, q, b, c->n_runs);
      compare_quantity (c, all.quantities->pdata[q], other, a, b);
    }
  add_accounts (c, &all, a);
  add_curves (c, runs);
  values_clear (&all);
}
