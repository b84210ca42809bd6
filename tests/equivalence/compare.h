/* Do two samples of runs come from the same distribution? Means of many
 * quantities side by side, each by a two-sided t test of Welch's, all of them
 * together at one error after Holm (stats.h), so that with no difference anywhere
 * the chance that anything is rejected is at most FAMILY_ERROR.
 *
 * A quantity that does not vary in either sample is compared as it is. Alarms
 * are rounded up to whole cycles, and the two modes have not equally many, so
 * means that differ by less than ROUNDING of their size count as equal.
 */
#ifndef VHM_TESTS_COMPARE_H
#define VHM_TESTS_COMPARE_H

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vhm/sim/stats.h>

#define FAMILY_ERROR 0.01
#define ROUNDING 1e-5
#define POWER 0.8 /* with which the detectable difference is detected */

struct comparison {
  char *name;
  double mean[2];
  double interval;   /* half of the 99 % interval of the difference */
  double detectable; /* difference found with POWER, at the strictest level */
  double p;
  bool rejected;
};

static inline void
free_comparison (struct comparison *c)
{
  g_free (c->name);
}

static inline GArray *
comparisons_new (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (struct comparison));
  g_array_set_clear_func (all, (GDestroyNotify) free_comparison);
  return all;
}

struct moments {
  double mean, error; /* of the mean, squared */
};

static inline struct moments
moments_of (const double *x, size_t n)
{
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  double mean = sum / (double) n;
  for (size_t i = 0; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  return (struct moments){ mean, squares / (double) (n - 1) / (double) n };
}

/* n values of either sample. */
static inline void
compare (GArray *all, const char *name, const double *a, const double *b,
         size_t n)
{
  struct moments x = moments_of (a, n), y = moments_of (b, n);
  double difference = fabs (x.mean - y.mean);
  double error = sqrt (x.error + y.error);
  struct comparison c = { .name = g_strdup (name), .mean = { x.mean, y.mean } };
  bool is_equal
      = difference <= ROUNDING * fmax (fabs (x.mean), fabs (y.mean));
  c.p = is_equal ? 1 : 0;
  if (error > 0) {
    double freedom
        = (x.error + y.error) * (x.error + y.error) * (double) (n - 1)
          / (x.error * x.error + y.error * y.error);
    if (!is_equal)
      c.p = 2 * gsl_cdf_tdist_Q (difference / error, freedom);
    c.interval = error * gsl_cdf_tdist_Qinv (0.005, freedom);
    c.detectable = error; /* times a factor that knows how many there are */
  }
  g_array_append_val (all, c);
}

/* Marks what is rejected; returns how many. */
static inline guint
judge (GArray *all, size_t n_runs)
{
  guint m = all->len, n_rejected = 0;
  g_autofree double *p = g_new (double, m);
  g_autofree double *adjusted = g_new (double, m);
  for (guint i = 0; i < m; i++)
    p[i] = g_array_index (all, struct comparison, i).p;
  vhm_holm_adjust (p, m, adjusted);
  double freedom = 2 * (double) n_runs - 2;
  double factor = gsl_cdf_tdist_Qinv (FAMILY_ERROR / m / 2, freedom)
                  + gsl_cdf_tdist_Pinv (POWER, freedom);
  for (guint i = 0; i < m; i++) {
    struct comparison *c = &g_array_index (all, struct comparison, i);
    c->rejected = adjusted[i] <= FAMILY_ERROR;
    c->detectable *= factor;
    n_rejected += c->rejected;
  }
  return n_rejected;
}

static inline void
print_comparisons (const GArray *all, const char *first, const char *second)
{
  printf ("%-52s %14s %14s %11s %11s %9s %9s\n", "quantity", first, second,
          "difference", "+- (99 %)", "p", "seen from");
  for (guint i = 0; i < all->len; i++) {
    const struct comparison *c = &g_array_index (all, struct comparison, i);
    double size = fmax (fabs (c->mean[0]), fabs (c->mean[1]));
    double scale = size > 0 ? 100 / size : 0;
    printf ("%-52s %14.6g %14.6g %+9.3f %% %9.3f %% %9.2g %7.2f %%%s\n",
            c->name, c->mean[0], c->mean[1],
            scale * (c->mean[1] - c->mean[0]), scale * c->interval, c->p,
            scale * c->detectable, c->rejected ? "  REJECTED" : "");
  }
}

#endif
