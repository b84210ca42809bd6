/* Turns the samples of a window into one number.
 *
 * Sample i lies at i x interval and stands for the time up to the next one.
 * Missing samples (NAN) are skipped: they neither count nor break a spell.
 * Percentiles interpolate linearly between order statistics (Hyndman and Fan
 * 1996, type 7); the deviation in cv() is that of the whole population.
 * Cost: O(samples), O(n log n) for what needs their order.
 */
#include "expect_node.h"

#include <math.h>
#include <stdlib.h>

#include <vhm/base/require.h>

/* Rounding of i x interval against a window's end, in intervals. */
#define TIME_SLACK 1e-6

void
vhm_expect_gather (const struct vhm_result *result, const double *values,
                   struct samples *ret)
{
  size_t n = result->n_samples;
  double interval = result->interval_s, slack = TIME_SLACK * interval;
  ret->values = g_new (double, n);
  ret->times_s = g_new (double, n);
  ret->n = 0;
  ret->interval_s = interval;
  for (size_t i = 0; i < n; i++) {
    double t = (double) i * interval;
    if (isnan (values[i]) || t < ret->from_s - slack || t > ret->to_s + slack)
      continue;
    ret->times_s[ret->n] = t;
    ret->values[ret->n++] = values[i];
  }
}

static double
sum (const struct samples *s)
{
  double total = 0;
  for (size_t i = 0; i < s->n; i++)
    total += s->values[i];
  return total;
}

static double
variation (const struct samples *s)
{
  double mean = sum (s) / (double) s->n, squares = 0;
  for (size_t i = 0; i < s->n; i++)
    squares += (s->values[i] - mean) * (s->values[i] - mean);
  return sqrt (squares / (double) s->n) / mean;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Sorts the values. */
static double
percentile (struct samples *s, double part)
{
  qsort (s->values, s->n, sizeof *s->values, compare_doubles);
  double rank = part * (double) (s->n - 1);
  size_t below = (size_t) rank;
  if (below + 1 >= s->n)
    return s->values[s->n - 1];
  double above = rank - (double) below;
  return s->values[below] + above * (s->values[below + 1] - s->values[below]);
}

/* How long sample i holds. */
static double
span (const struct samples *s, size_t i)
{
  return fmax (0,
               fmin (s->times_s[i] + s->interval_s, s->to_s) - s->times_s[i]);
}

static double
time_held (const struct samples *s)
{
  double total = 0;
  for (size_t i = 0; i < s->n; i++)
    total += s->values[i] != 0 ? span (s, i) : 0;
  return total;
}

static double
longest_spell (const struct samples *s)
{
  double longest = 0, spell = 0;
  for (size_t i = 0; i < s->n; i++) {
    spell = s->values[i] != 0 ? spell + span (s, i) : 0;
    longest = fmax (longest, spell);
  }
  return longest;
}

static double
first_time (const struct samples *s)
{
  for (size_t i = 0; i < s->n; i++)
    if (s->values[i] != 0)
      return s->times_s[i] - s->from_s;
  return (double) INFINITY;
}

/* From one sample to the next, from the window's start to its first sample, from
 * the last one to its end. */
static double
longest_gap (const struct samples *s)
{
  double before = s->from_s, gap = 0;
  for (size_t i = 0; i < s->n; i++) {
    gap = fmax (gap, s->times_s[i] - before);
    before = s->times_s[i];
  }
  return fmax (gap, s->to_s - before);
}

/* Share of whole intervals in which the series went up: the last sample not
 * after an interval's end against the last not after its beginning. */
static double
advances (const struct samples *s, double length_s)
{
  double slack = TIME_SLACK * s->interval_s;
  size_t i = 0, n_up = 0;
  size_t n = (size_t) ((s->to_s - s->from_s + slack) / length_s);
  double before = s->values[0];
  for (size_t k = 1; k <= n; k++) {
    double end = s->from_s + (double) k * length_s + slack;
    while (i + 1 < s->n && s->times_s[i + 1] <= end)
      i++;
    n_up += s->values[i] > before;
    before = s->values[i];
  }
  return (double) n_up / (double) n;
}

double
vhm_expect_aggregate (const struct node *node, struct samples *s)
{
  double first = s->values[0], last = s->values[s->n - 1];
  switch (node->aggregate) {
  case AGGREGATE_MEAN:
    return sum (s) / (double) s->n;
  case AGGREGATE_MIN:
    return percentile (s, 0);
  case AGGREGATE_MAX:
    return percentile (s, 1);
  case AGGREGATE_FIRST:
    return first;
  case AGGREGATE_LAST:
  case AGGREGATE_AT:
    return last;
  case AGGREGATE_SUM:
    return sum (s);
  case AGGREGATE_RANGE:
    return percentile (s, 1) - percentile (s, 0);
  case AGGREGATE_RISE:
    return last - first;
  case AGGREGATE_CV:
    return variation (s);
  case AGGREGATE_PERCENTILE:
    return percentile (s, node->number);
  case AGGREGATE_TIME:
    return time_held (s);
  case AGGREGATE_LONGEST:
    return longest_spell (s);
  case AGGREGATE_FIRST_TIME:
    return first_time (s);
  case AGGREGATE_GAP:
    return longest_gap (s);
  case AGGREGATE_ADVANCES:
    return advances (s, node->number);
  case N_AGGREGATES:
    break;
  }
  VHM_REQUIRE (false && "an aggregate");
  return 0;
}
