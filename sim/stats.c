/* Histogram, moments, quantiles, confidence intervals.
 *
 * Histogram. A value of b + 8 bits (b >= 0, leading bit set) is shifted right
 * by b; the eight bits that are left are 128 + column, and the row is b + 1.
 * Row 0 holds the values below 128 themselves. A bucket of row r covers 2^(r-1)
 * values from (128 + column) 2^(r-1) on; its middle is off by at most half its
 * width, so relative to the value by at most 1 / 256.
 *
 * Moments. Welford's update; merging after Chan, Golub and LeVeque. Both are
 * free of the cancellation in "mean of squares minus square of mean".
 *
 * Interval. mean +- t(n - 1, (1 + c) / 2) s / sqrt n.
 *
 * Pairs. The differences of n pairs are one sample: |mean| / (s / sqrt n) is
 * held against t(n - 1). What chance does to both of a pair alike drops out.
 *
 * Holm. With p_1 <= ... <= p_m: adjusted p_k = max over i <= k of
 * min (1, (m - i + 1) p_i). Cost O(m log m).
 *
 * Invariant: count = sum of all buckets. Cost: record O(1), quantile O(buckets
 * in use), at most 58 KiB a histogram. Left out: values below 0, fractions.
 * Sources: B. P. Welford, Technometrics 4 (1962); T. F. Chan, G. H. Golub and
 * R. J. LeVeque, The American Statistician 37 (1983); A. M. Law, "Simulation
 * Modeling and Analysis", chapter 9, for batch means, 10.2 for pairs; S. Holm,
 * Scandinavian Journal of Statistics 6 (1979).
 */
#include <vhm/sim/stats.h>

#include <math.h>
#include <string.h>

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include <vhm/base/require.h>

/* --- histogram ---------------------------------------------------------- */

static unsigned
row_of (uint64_t value)
{
  if (value < VHM_HISTOGRAM_BUCKETS)
    return 0;
  return 64 - VHM_HISTOGRAM_BITS - (unsigned) __builtin_clzll (value);
}

static unsigned
column_of (uint64_t value, unsigned row)
{
  uint64_t leading = row == 0 ? value : value >> (row - 1);
  return (unsigned) (leading % VHM_HISTOGRAM_BUCKETS);
}

static uint64_t
low_of (unsigned row, unsigned column)
{
  if (row == 0)
    return column;
  return (uint64_t) (VHM_HISTOGRAM_BUCKETS + column) << (row - 1);
}

/* Distance from the least value of a bucket of this row to its greatest. */
static uint64_t
span_of (unsigned row)
{
  return row == 0 ? 0 : (UINT64_C (1) << (row - 1)) - 1;
}

void
vhm_histogram_init (struct vhm_histogram *histogram)
{
  *histogram = (struct vhm_histogram){ .min = UINT64_MAX };
}

void
vhm_histogram_clear (struct vhm_histogram *histogram)
{
  for (size_t row = 0; row < VHM_HISTOGRAM_ROWS; row++)
    g_free (histogram->rows[row]);
  vhm_histogram_init (histogram);
}

static uint64_t *
ensure_row (struct vhm_histogram *histogram, unsigned row)
{
  if (histogram->rows[row] == NULL)
    histogram->rows[row] = g_new0 (uint64_t, VHM_HISTOGRAM_BUCKETS);
  return histogram->rows[row];
}

void
vhm_histogram_record (struct vhm_histogram *histogram, uint64_t value,
                      uint64_t weight)
{
  if (weight == 0)
    return;
  unsigned row = row_of (value);
  ensure_row (histogram, row)[column_of (value, row)] += weight;
  histogram->count += weight;
  histogram->sum += (unsigned __int128) value * weight;
  histogram->min = MIN (histogram->min, value);
  histogram->max = MAX (histogram->max, value);
}

void
vhm_histogram_merge (struct vhm_histogram *into,
                     const struct vhm_histogram *from)
{
  for (unsigned row = 0; row < VHM_HISTOGRAM_ROWS; row++) {
    if (from->rows[row] == NULL)
      continue;
    uint64_t *buckets = ensure_row (into, row);
    for (size_t i = 0; i < VHM_HISTOGRAM_BUCKETS; i++)
      buckets[i] += from->rows[row][i];
  }
  into->count += from->count;
  into->sum += from->sum;
  into->min = MIN (into->min, from->min);
  into->max = MAX (into->max, from->max);
}

void
vhm_histogram_take_away (struct vhm_histogram *from,
                         const struct vhm_histogram *earlier)
{
  for (unsigned row = 0; row < VHM_HISTOGRAM_ROWS; row++)
    for (size_t i = 0; earlier->rows[row] && i < VHM_HISTOGRAM_BUCKETS; i++) {
      uint64_t n = earlier->rows[row][i];
      VHM_REQUIRE (n == 0 || (from->rows[row] && from->rows[row][i] >= n));
      if (n > 0)
        from->rows[row][i] -= n;
    }
  from->count -= earlier->count;
  from->sum -= earlier->sum;
}

void
vhm_histogram_each (const struct vhm_histogram *histogram, vhm_histogram_fn fn,
                    void *context)
{
  for (unsigned row = 0; row < VHM_HISTOGRAM_ROWS; row++) {
    const uint64_t *buckets = histogram->rows[row];
    for (unsigned i = 0; buckets != NULL && i < VHM_HISTOGRAM_BUCKETS; i++) {
      uint64_t low = low_of (row, i);
      if (buckets[i] > 0)
        fn (context, low, low + span_of (row), buckets[i]);
    }
  }
}

struct search {
  uint64_t n_left; /* weight still to pass; 0: found */
  uint64_t found;
};

static void
pass_bucket (void *context, uint64_t low, uint64_t high, uint64_t weight)
{
  struct search *search = context;
  if (search->n_left > 0 && search->n_left <= weight)
    search->found = low + (high - low) / 2;
  search->n_left -= MIN (search->n_left, weight);
}

uint64_t
vhm_histogram_quantile (const struct vhm_histogram *histogram, uint64_t ppm)
{
  VHM_REQUIRE (ppm <= VHM_PPM);
  if (histogram->count == 0)
    return 0;
  unsigned __int128 share = (unsigned __int128) histogram->count * ppm;
  uint64_t rank = (uint64_t) ((share + VHM_PPM - 1) / VHM_PPM);
  struct search search = { .n_left = MAX (rank, 1) };
  vhm_histogram_each (histogram, pass_bucket, &search);
  VHM_ASSERT (search.n_left == 0);
  return CLAMP (search.found, histogram->min, histogram->max);
}

double
vhm_histogram_mean (const struct vhm_histogram *histogram)
{
  if (histogram->count == 0)
    return 0.0;
  return (double) histogram->sum / (double) histogram->count;
}

/* --- moments ------------------------------------------------------------ */

void
vhm_moments_add (struct vhm_moments *moments, double value)
{
  double before = value - moments->mean;
  moments->n++;
  moments->mean += before / (double) moments->n;
  moments->m2 += before * (value - moments->mean);
}

void
vhm_moments_merge (struct vhm_moments *into, const struct vhm_moments *from)
{
  if (from->n == 0)
    return;
  double n = (double) into->n, m = (double) from->n;
  double distance = from->mean - into->mean;
  into->n += from->n;
  into->mean += distance * m / (n + m);
  into->m2 += from->m2 + distance * distance * n * m / (n + m);
}

double
vhm_moments_variance (const struct vhm_moments *moments)
{
  return moments->n < 2 ? 0.0 : moments->m2 / (double) (moments->n - 1);
}

/* --- quantiles and intervals -------------------------------------------- */

double
vhm_quantile (const double *values, size_t n, double q)
{
  VHM_REQUIRE (n > 0);
  VHM_REQUIRE (q >= 0.0 && q <= 1.0);
  g_autofree double *sorted = g_new (double, n);
  memcpy (sorted, values, n * sizeof (double));
  gsl_sort (sorted, 1, n);
  return gsl_stats_quantile_from_sorted_data (sorted, 1, n, q);
}

struct vhm_interval
vhm_interval_of (const struct vhm_moments *moments, double confidence)
{
  VHM_REQUIRE (confidence > 0.0 && confidence < 1.0);
  if (moments->n < 2)
    return (struct vhm_interval){ moments->mean, INFINITY };
  double n = (double) moments->n;
  double t = gsl_cdf_tdist_Pinv ((1.0 + confidence) / 2.0, n - 1.0);
  double error = sqrt (vhm_moments_variance (moments) / n);
  return (struct vhm_interval){ moments->mean, t * error };
}

static double
mean_of (const double *values, size_t n)
{
  struct vhm_moments moments = { 0 };
  for (size_t i = 0; i < n; i++)
    vhm_moments_add (&moments, values[i]);
  return moments.mean;
}

struct vhm_interval
vhm_batch_means (const double *values, size_t n, size_t n_warm_up,
                 size_t n_batches, double confidence)
{
  VHM_REQUIRE (n_batches > 0);
  VHM_REQUIRE (n >= n_warm_up && n - n_warm_up >= n_batches);
  size_t length = (n - n_warm_up) / n_batches;
  struct vhm_moments batches = { 0 };
  for (size_t i = 0; i < n_batches; i++)
    vhm_moments_add (&batches,
                     mean_of (values + n_warm_up + i * length, length));
  return vhm_interval_of (&batches, confidence);
}

/* --- comparisons -------------------------------------------------------- */

static double
p_of_zero (const struct vhm_moments *differences)
{
  if (differences->n < 2)
    return 1.0;
  double n = (double) differences->n;
  double error = sqrt (vhm_moments_variance (differences) / n);
  double distance = fabs (differences->mean);
  if (error > 0.0)
    return 2.0 * gsl_cdf_tdist_Q (distance / error, n - 1.0);
  return distance > 0.0 ? 0.0 : 1.0;
}

struct vhm_paired
vhm_paired_compare (const double *first, const double *second, size_t n,
                    double confidence)
{
  VHM_REQUIRE (n > 0);
  struct vhm_moments differences = { 0 };
  for (size_t i = 0; i < n; i++)
    vhm_moments_add (&differences, second[i] - first[i]);
  struct vhm_interval interval = vhm_interval_of (&differences, confidence);
  return (struct vhm_paired){
    .mean = { mean_of (first, n), mean_of (second, n) },
    .difference = interval.mean,
    .half_width = interval.half_width,
    .p = p_of_zero (&differences),
  };
}

void
vhm_holm_adjust (const double *p, size_t n, double *ret_adjusted)
{
  g_autofree size_t *order = g_new (size_t, n);
  for (size_t i = 0; i < n; i++)
    VHM_REQUIRE (p[i] >= 0.0 && p[i] <= 1.0);
  gsl_sort_index (order, p, 1, n);
  double most = 0.0;
  for (size_t k = 0; k < n; k++) {
    double times = (double) (n - k);
    most = MAX (most, MIN (1.0, times * p[order[k]]));
    ret_adjusted[order[k]] = most;
  }
}
