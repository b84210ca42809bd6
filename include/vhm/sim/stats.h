/* Numbers about numbers: what a run has measured, in summary.
 *
 *   histogram   of whole numbers, logarithmic buckets; for latencies
 *   moments     running mean and variance
 *   quantile    of an array
 *   interval    of a mean, by Student's t; by batch means for one long run
 *   paired      two samples whose values belong together, run by run
 *   holm        many tests at once, one chance of error for all
 *
 * Counters need no functions: they are plain uint64_t.
 */
#ifndef VHM_SIM_STATS_H
#define VHM_SIM_STATS_H

#include <stddef.h>
#include <stdint.h>

#include <vhm/base/units.h>

/* --- histogram ---------------------------------------------------------- */

/* Values below 2^7 are kept exactly; above, each power of two is cut in 2^7
 * buckets, and a bucket answers with its middle. So a quantile is a number
 * whose distance from the exact one is at most 1/256 of it (0.4 %). Count, sum,
 * minimum and maximum are exact. A row of 128 buckets (1 KiB) is allocated when
 * the first value falls into it. */
#define VHM_HISTOGRAM_BITS 7
#define VHM_HISTOGRAM_BUCKETS (1 << VHM_HISTOGRAM_BITS)
#define VHM_HISTOGRAM_ROWS (64 - VHM_HISTOGRAM_BITS + 1)

struct vhm_histogram {
  uint64_t *rows[VHM_HISTOGRAM_ROWS];
  uint64_t count; /* sum of weights */
  uint64_t min, max;
  unsigned __int128 sum;
};

void vhm_histogram_init (struct vhm_histogram *histogram);
void vhm_histogram_clear (struct vhm_histogram *histogram);
void vhm_histogram_record (struct vhm_histogram *histogram, uint64_t value,
                           uint64_t weight);
/* As if all that `from` has recorded had been recorded in `into`, exactly. */
void vhm_histogram_merge (struct vhm_histogram *into,
                          const struct vhm_histogram *from);
/* Takes away what `earlier`, the same histogram some time ago, had recorded. min
 * and max stay, as bounds. */
void vhm_histogram_take_away (struct vhm_histogram *from,
                              const struct vhm_histogram *earlier);
/* The smallest value that at least ppm / 10^6 of the weight does not exceed,
 * within the stated error; 0 when empty. */
uint64_t vhm_histogram_quantile (const struct vhm_histogram *histogram,
                                 uint64_t ppm);
double vhm_histogram_mean (const struct vhm_histogram *histogram);

/* Calls fn for every bucket in use, in ascending order, with the values it
 * covers: low <= value <= high. */
typedef void (*vhm_histogram_fn) (void *context, uint64_t low, uint64_t high,
                                  uint64_t weight);
void vhm_histogram_each (const struct vhm_histogram *histogram,
                         vhm_histogram_fn fn, void *context);

/* --- moments ------------------------------------------------------------ */

/* Zero-initialized is empty. */
struct vhm_moments {
  uint64_t n;
  double mean;
  double m2; /* sum of squared distances from the mean */
};

void vhm_moments_add (struct vhm_moments *moments, double value);
void vhm_moments_merge (struct vhm_moments *into,
                        const struct vhm_moments *from);
/* Of the sample (n - 1 below the line); 0 for fewer than two values. */
double vhm_moments_variance (const struct vhm_moments *moments);

/* --- quantiles and intervals -------------------------------------------- */

/* Quantile q in [0, 1] of n > 0 values in any order, interpolated linearly
 * between the neighbours of position q (n - 1). */
double vhm_quantile (const double *values, size_t n, double q);

/* The mean lies in mean +- half_width with the asked confidence. */
struct vhm_interval {
  double mean;
  double half_width; /* INFINITY for fewer than two values */
};

/* Of independent values, nearly normal; confidence such as 0.95. */
struct vhm_interval vhm_interval_of (const struct vhm_moments *moments,
                                     double confidence);

/* Of one long run whose neighbouring values depend on each other: drops the
 * first n_warm_up values, averages n_batches stretches of equal length (a rest
 * that does not fill them is dropped too), and takes the batches as
 * independent. That holds when a batch is much longer than the dependence. */
struct vhm_interval vhm_batch_means (const double *values, size_t n,
                                     size_t n_warm_up, size_t n_batches,
                                     double confidence);

/* --- comparisons -------------------------------------------------------- */

/* second[i] - first[i], where both share what chance did in run i. */
struct vhm_paired {
  double mean[2];     /* of first, of second */
  double difference;  /* mean of the differences */
  double half_width;  /* of its interval; INFINITY for one pair */
  double p;           /* two-sided, of a difference of 0; 1 for one pair */
};

/* Of n > 0 pairs whose differences are independent and nearly normal. Where
 * all differences are the same number, p is 1 if it is 0, else 0. */
struct vhm_paired vhm_paired_compare (const double *first,
                                      const double *second, size_t n,
                                      double confidence);

/* Adjusts the p of n tests after Holm: those at or below e afterwards may be
 * called differences, and if there is none at all the chance that any is called
 * so is at most e, however the tests depend on each other. ret_adjusted may be p. */
void vhm_holm_adjust (const double *p, size_t n, double *ret_adjusted);

#endif
