#include "suite.h"

#include <math.h>
#include <signal.h>

#include <vhm/sim/rng.h>
#include <vhm/sim/stats.h>

#define MAX_RELATIVE_ERROR (1.0 / 256) /* as stats.h states it */

/* --- histogram ---------------------------------------------------------- */

static int
compare_u64 (const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *) a, right = *(const uint64_t *) b;
  return (left > right) - (left < right);
}

static const uint64_t ppms[]
    = { 0, 1, 10000, 250000, 500000, 900000, 990000, 995000, 999000, 1000000 };

/* Sorts the values, and compares every quantile with the exact one. */
static void
assert_quantiles (const struct vhm_histogram *histogram, uint64_t *values,
                  uint64_t n)
{
  qsort (values, n, sizeof (uint64_t), compare_u64);
  for (size_t i = 0; i < G_N_ELEMENTS (ppms); i++) {
    uint64_t rank = (n * ppms[i] + VHM_PPM - 1) / VHM_PPM;
    double exact = (double) values[MAX (rank, 1) - 1];
    double found = (double) vhm_histogram_quantile (histogram, ppms[i]);
    ck_assert_double_le (fabs (found - exact), exact * MAX_RELATIVE_ERROR);
  }
}

/* Values of every magnitude: 2^(64 u) for uniform u. */
static uint64_t
draw_any (struct vhm_rng *rng)
{
  uint64_t bits = vhm_rng_u64 (rng);
  return bits >> vhm_rng_below (rng, 64);
}

START_TEST (quantiles_keep_the_stated_error_at_every_magnitude)
{
  enum { N = 20000 };
  uint64_t *values = g_new (uint64_t, N);
  struct vhm_histogram histogram;
  vhm_histogram_init (&histogram);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "magnitudes");
  for (int i = 0; i < N; i++) {
    values[i] = draw_any (&rng);
    vhm_histogram_record (&histogram, values[i], 1);
  }
  assert_quantiles (&histogram, values, N);
  ck_assert_uint_eq (histogram.min, values[0]);
  ck_assert_uint_eq (histogram.max, values[N - 1]);
  vhm_histogram_clear (&histogram);
  g_free (values);
}
END_TEST

START_TEST (two_far_humps_keep_their_percentiles)
{
  /* 995 references of about 100 ns to 5 page-ins of about 5 ms */
  enum { N = 200000, N_SLOW = N / 1000 * 5 };
  uint64_t *values = g_new (uint64_t, N);
  struct vhm_histogram histogram;
  vhm_histogram_init (&histogram);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "humps");
  for (int i = 0; i < N; i++) {
    uint64_t middle_ns = i < N_SLOW ? 5000000 : 100;
    values[i] = middle_ns / 2 + vhm_rng_below (&rng, middle_ns);
    vhm_histogram_record (&histogram, values[i], 1);
  }
  assert_quantiles (&histogram, values, N);
  /* the very edge: the last fast one, and the first slow one */
  ck_assert_uint_lt (vhm_histogram_quantile (&histogram, 995000), 150);
  ck_assert_uint_gt (vhm_histogram_quantile (&histogram, 995001), 2000000);
  vhm_histogram_clear (&histogram);
  g_free (values);
}
END_TEST

START_TEST (small_values_are_exact)
{
  struct vhm_histogram histogram;
  vhm_histogram_init (&histogram);
  for (uint64_t value = 0; value < 256; value++) /* 256 = first width 2 */
    vhm_histogram_record (&histogram, value, 1);
  for (uint64_t value = 0; value < 256; value++)
    ck_assert_uint_eq (
        vhm_histogram_quantile (&histogram, (value + 1) * VHM_PPM / 256),
        value);
  vhm_histogram_clear (&histogram);
}
END_TEST

START_TEST (the_extremes_have_a_bucket)
{
  struct vhm_histogram histogram;
  vhm_histogram_init (&histogram);
  vhm_histogram_record (&histogram, 0, 1);
  vhm_histogram_record (&histogram, UINT64_MAX, 3);
  ck_assert_uint_eq (vhm_histogram_quantile (&histogram, 250000), 0);
  ck_assert_double_ge ((double) vhm_histogram_quantile (&histogram, 250001),
                       0x1.0p64 * (1.0 - MAX_RELATIVE_ERROR));
  ck_assert_double_eq (vhm_histogram_mean (&histogram), 0x1.8p63);
  vhm_histogram_clear (&histogram);
}
END_TEST

START_TEST (an_empty_histogram_answers_zero)
{
  struct vhm_histogram histogram;
  vhm_histogram_init (&histogram);
  vhm_histogram_record (&histogram, 5, 0); /* no weight, no value */
  ck_assert_uint_eq (vhm_histogram_quantile (&histogram, 500000), 0);
  ck_assert_double_eq (vhm_histogram_mean (&histogram), 0.0);
  ck_assert_uint_eq (histogram.count, 0);
  vhm_histogram_clear (&histogram);
}
END_TEST

static void
add_bucket (void *context, uint64_t low, uint64_t high, uint64_t weight)
{
  GArray *buckets = context;
  g_array_append_val (buckets, low);
  g_array_append_val (buckets, high);
  g_array_append_val (buckets, weight);
}

static GArray *
buckets_of (const struct vhm_histogram *histogram)
{
  GArray *buckets = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  vhm_histogram_each (histogram, add_bucket, buckets);
  return buckets;
}

START_TEST (merging_parts_equals_recording_the_whole)
{
  struct vhm_histogram whole, part[3];
  vhm_histogram_init (&whole);
  for (int i = 0; i < 3; i++)
    vhm_histogram_init (&part[i]);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "merge");
  for (int i = 0; i < 3000; i++) {
    uint64_t value = draw_any (&rng), weight = 1 + vhm_rng_below (&rng, 9);
    vhm_histogram_record (&whole, value, weight);
    vhm_histogram_record (&part[i % 2], value, weight); /* the third: empty */
  }
  vhm_histogram_merge (&part[2], &part[1]);
  vhm_histogram_merge (&part[2], &part[0]);
  g_autoptr (GArray) expected = buckets_of (&whole);
  g_autoptr (GArray) merged = buckets_of (&part[2]);
  ck_assert_uint_eq (merged->len, expected->len);
  ck_assert_mem_eq (merged->data, expected->data, expected->len * 8);
  ck_assert_uint_eq (part[2].count, whole.count);
  ck_assert_uint_eq (part[2].min, whole.min);
  ck_assert_uint_eq (part[2].max, whole.max);
  ck_assert (part[2].sum == whole.sum);
  for (int i = 0; i < 3; i++)
    vhm_histogram_clear (&part[i]);
  vhm_histogram_clear (&whole);
}
END_TEST

START_TEST (a_weight_is_that_many_records)
{
  struct vhm_histogram weighted, repeated;
  vhm_histogram_init (&weighted);
  vhm_histogram_init (&repeated);
  vhm_histogram_record (&weighted, 1000, 7);
  for (int i = 0; i < 7; i++)
    vhm_histogram_record (&repeated, 1000, 1);
  ck_assert_uint_eq (weighted.count, repeated.count);
  ck_assert (weighted.sum == repeated.sum);
  ck_assert_uint_eq (vhm_histogram_quantile (&weighted, 1), 1000);
  vhm_histogram_clear (&weighted);
  vhm_histogram_clear (&repeated);
}
END_TEST

/* --- moments, quantiles, intervals -------------------------------------- */

START_TEST (moments_survive_a_great_offset)
{
  /* 4, 7, 13, 16: mean 10, variance 30; the naive formula fails here */
  struct vhm_moments moments = { 0 };
  for (int i = 0; i < 4; i++)
    vhm_moments_add (&moments, 1e9 + (const double[]){ 4, 7, 13, 16 }[i]);
  ck_assert_double_eq (moments.mean, 1e9 + 10);
  ck_assert_double_eq (vhm_moments_variance (&moments), 30.0);
}
END_TEST

START_TEST (merged_moments_equal_those_of_the_whole)
{
  struct vhm_moments whole = { 0 }, left = { 0 }, right = { 0 }, none = { 0 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "moments");
  for (int i = 0; i < 1000; i++) {
    double value = vhm_rng_exp (&rng);
    vhm_moments_add (&whole, value);
    vhm_moments_add (i < 300 ? &left : &right, value);
  }
  vhm_moments_merge (&none, &left); /* into an empty one */
  vhm_moments_merge (&none, &right);
  vhm_moments_merge (&none, &(struct vhm_moments){ 0 });
  ck_assert_uint_eq (none.n, 1000);
  ck_assert_double_eq_tol (none.mean, whole.mean, 1e-14);
  ck_assert_double_eq_tol (none.m2, whole.m2, 1e-11);
}
END_TEST

START_TEST (quantile_interpolates_and_leaves_the_array_alone)
{
  double values[] = { 4, 1, 3, 2 };
  ck_assert_double_eq (vhm_quantile (values, 4, 0.0), 1.0);
  ck_assert_double_eq (vhm_quantile (values, 4, 0.5), 2.5);
  ck_assert_double_eq (vhm_quantile (values, 4, 1.0), 4.0);
  ck_assert_double_eq (values[0], 4.0);
}
END_TEST

START_TEST (interval_agrees_with_the_table_of_t)
{
  /* t of 4 degrees at 97.5 % is 2.776445; s = sqrt 2.5, n = 5 */
  struct vhm_moments moments = { 0 };
  for (int i = 1; i <= 5; i++)
    vhm_moments_add (&moments, i);
  struct vhm_interval interval = vhm_interval_of (&moments, 0.95);
  ck_assert_double_eq (interval.mean, 3.0);
  ck_assert_double_eq_tol (interval.half_width, 2.776445 * sqrt (0.5), 1e-6);
}
END_TEST

START_TEST (one_value_has_no_interval)
{
  struct vhm_moments moments = { 0 };
  vhm_moments_add (&moments, 8.0);
  struct vhm_interval interval = vhm_interval_of (&moments, 0.9);
  ck_assert_double_eq (interval.mean, 8.0);
  ck_assert (isinf (interval.half_width));
}
END_TEST

START_TEST (an_interval_covers_as_often_as_it_says)
{
  /* 4,000 intervals at 90 %: 3,600 +- 4 x 19 cover, but for 6 x 10^-5 */
  enum { N = 4000 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "cover");
  int n_covered = 0;
  for (int i = 0; i < N; i++) {
    struct vhm_moments moments = { 0 };
    for (int k = 0; k < 6; k++) { /* nearly normal: Irwin and Hall */
      double sum = 0.0;
      for (int u = 0; u < 12; u++)
        sum += vhm_rng_uniform (&rng);
      vhm_moments_add (&moments, sum - 6.0);
    }
    struct vhm_interval interval = vhm_interval_of (&moments, 0.9);
    n_covered += fabs (interval.mean) <= interval.half_width;
  }
  ck_assert_int_ge (n_covered, 3600 - 76);
  ck_assert_int_le (n_covered, 3600 + 76);
}
END_TEST

START_TEST (batch_means_cut_warm_up_and_rest)
{
  /* warm-up 100, 100; batches 1 3 | 2 4 | 5 3; rest 50 */
  const double values[] = { 100, 100, 1, 3, 2, 4, 5, 3, 50 };
  struct vhm_interval interval = vhm_batch_means (values, 9, 2, 3, 0.95);
  struct vhm_moments batches = { 0 };
  for (int i = 2; i <= 4; i++)
    vhm_moments_add (&batches, i);
  ck_assert_double_eq (interval.mean, 3.0);
  ck_assert_double_eq (interval.half_width,
                       vhm_interval_of (&batches, 0.95).half_width);
}
END_TEST

START_TEST (pairs_agree_with_a_calculation_by_hand)
{
  /* differences 1 2 3 4 5: mean 3, s = sqrt 2.5, error sqrt 0.5, and
   * t = 3 / sqrt 0.5 = 4.242641; t of 4 degrees at 97.5 % is 2.776445. The tail
   * of 4 degrees has a closed form: with w = 1 / (1 + t t / 4) = 2 / 11 and
   * c = sqrt (1 - w) = 3 / sqrt 11, p = 1 - c (1 + w / 2) = 1 - 36 / 11^1.5 */
  const double a[] = { 10, 30, 20, 50, 40 }, b[] = { 11, 32, 23, 54, 45 };
  struct vhm_paired paired = vhm_paired_compare (a, b, 5, 0.95);
  ck_assert_double_eq_tol (paired.mean[0], 30.0, 1e-12);
  ck_assert_double_eq_tol (paired.mean[1], 33.0, 1e-12);
  ck_assert_double_eq_tol (paired.difference, 3.0, 1e-12);
  ck_assert_double_eq_tol (paired.half_width, 2.776445 * sqrt (0.5), 1e-6);
  ck_assert_double_eq_tol (paired.p, 1 - 36 / (11 * sqrt (11)), 1e-12);
}
END_TEST

START_TEST (the_order_of_a_pair_is_the_sign_of_the_difference)
{
  const double a[] = { 1, 5, 2 }, b[] = { 3, 4, 9 };
  struct vhm_paired there = vhm_paired_compare (a, b, 3, 0.9);
  struct vhm_paired back = vhm_paired_compare (b, a, 3, 0.9);
  ck_assert_double_eq (there.difference, 8.0 / 3);
  ck_assert_double_eq (back.difference, -there.difference);
  ck_assert_double_eq (back.half_width, there.half_width);
  ck_assert_double_eq (back.p, there.p);
}
END_TEST

START_TEST (differences_that_do_not_vary_are_certain)
{
  const double a[] = { 1, 2, 4 }, b[] = { 3, 4, 6 };
  struct vhm_paired same = vhm_paired_compare (a, a, 3, 0.95);
  ck_assert_double_eq (same.difference, 0.0);
  ck_assert_double_eq (same.half_width, 0.0);
  ck_assert_double_eq (same.p, 1.0);
  struct vhm_paired apart = vhm_paired_compare (a, b, 3, 0.95);
  ck_assert_double_eq (apart.difference, 2.0);
  ck_assert_double_eq (apart.half_width, 0.0);
  ck_assert_double_eq (apart.p, 0.0);
  struct vhm_paired one = vhm_paired_compare (a, b, 1, 0.95);
  ck_assert (isinf (one.half_width));
  ck_assert_double_eq (one.p, 1.0);
}
END_TEST

START_TEST (holm_agrees_with_a_calculation_by_hand)
{
  /* sorted 0.01 0.02 0.02 0.3 0.9, times 5 4 3 2 1: 0.05 0.08 0.06 0.6 0.9, and
   * none below the one before; 0.6 doubled is no more than 1 */
  const double p[] = { 0.3, 0.02, 0.9, 0.01, 0.02 };
  const double adjusted[] = { 0.6, 0.08, 0.9, 0.05, 0.08 };
  double out[5];
  vhm_holm_adjust (p, 5, out);
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq_tol (out[i], adjusted[i], 1e-15);
  const double large[] = { 0.7, 0.6 };
  vhm_holm_adjust (large, 2, out);
  ck_assert_double_eq (out[0], 1.0);
  ck_assert_double_eq (out[1], 1.0);
}
END_TEST

/* Twenty tests of nothing at 10 %: alone, one in ten is called a difference and
 * 88 % of families have one; after Holm at most 10 % of 2,000 families have,
 * and no less than 7 % (1 - 0.995^20 = 9.5 %, +- 4 x 0.7 %). */
START_TEST (a_family_errs_as_often_as_one_test)
{
  enum { N_FAMILIES = 2000, N_TESTS = 20 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "holm");
  int n_wrong = 0;
  for (int f = 0; f < N_FAMILIES; f++) {
    double p[N_TESTS], adjusted[N_TESTS], least = 1.0;
    for (int i = 0; i < N_TESTS; i++)
      p[i] = vhm_rng_uniform (&rng);
    vhm_holm_adjust (p, N_TESTS, adjusted);
    for (int i = 0; i < N_TESTS; i++)
      least = fmin (least, adjusted[i]);
    n_wrong += least <= 0.1;
  }
  ck_assert_int_ge (n_wrong, 134);
  ck_assert_int_le (n_wrong, 246);
}
END_TEST

START_TEST (no_chance_is_above_one)
{
  double out[2];
  vhm_holm_adjust ((const double[]){ 0.5, 1.5 }, 2, out);
}
END_TEST

START_TEST (a_quantile_of_nothing_aborts)
{
  vhm_quantile (NULL, 0, 0.5);
}
END_TEST

START_TEST (more_batches_than_values_abort)
{
  vhm_batch_means ((const double[]){ 1, 2, 3 }, 3, 2, 2, 0.9);
}
END_TEST

static void
add_death_tests (TCase *tc)
{
  if (!suite_can_fork ())
    return;
  tcase_add_test_raise_signal (tc, a_quantile_of_nothing_aborts, SIGABRT);
  tcase_add_test_raise_signal (tc, more_batches_than_values_abort, SIGABRT);
  tcase_add_test_raise_signal (tc, no_chance_is_above_one, SIGABRT);
}

/* What was recorded since is what would have been recorded alone. */
START_TEST (taking_away_leaves_what_came_since)
{
  struct vhm_histogram all, earlier, since;
  vhm_histogram_init (&all);
  vhm_histogram_init (&earlier);
  vhm_histogram_init (&since);
  for (uint64_t i = 0; i < 5000; i++) {
    uint64_t value = (i * i * 2654435761u) >> (i % 40);
    vhm_histogram_record (&all, value, 1 + i % 3);
    vhm_histogram_record (i < 2000 ? &earlier : &since, value, 1 + i % 3);
  }
  vhm_histogram_take_away (&all, &earlier);
  g_autoptr (GArray) left = buckets_of (&all);
  g_autoptr (GArray) expected = buckets_of (&since);
  ck_assert_uint_eq (left->len, expected->len);
  ck_assert_mem_eq (left->data, expected->data, expected->len * 8);
  ck_assert_uint_eq (all.count, since.count);
  ck_assert (all.sum == since.sum);
  vhm_histogram_clear (&all);
  vhm_histogram_clear (&earlier);
  vhm_histogram_clear (&since);
}
END_TEST

SUITE ("stats", tcase_add_test (tc, taking_away_leaves_what_came_since);
       tcase_add_test (tc, quantiles_keep_the_stated_error_at_every_magnitude);
       tcase_add_test (tc, two_far_humps_keep_their_percentiles);
       tcase_add_test (tc, small_values_are_exact);
       tcase_add_test (tc, the_extremes_have_a_bucket);
       tcase_add_test (tc, an_empty_histogram_answers_zero);
       tcase_add_test (tc, merging_parts_equals_recording_the_whole);
       tcase_add_test (tc, a_weight_is_that_many_records);
       tcase_add_test (tc, moments_survive_a_great_offset);
       tcase_add_test (tc, merged_moments_equal_those_of_the_whole);
       tcase_add_test (tc, quantile_interpolates_and_leaves_the_array_alone);
       tcase_add_test (tc, interval_agrees_with_the_table_of_t);
       tcase_add_test (tc, one_value_has_no_interval);
       tcase_add_test (tc, an_interval_covers_as_often_as_it_says);
       tcase_add_test (tc, batch_means_cut_warm_up_and_rest);
       tcase_add_test (tc, pairs_agree_with_a_calculation_by_hand);
       tcase_add_test (tc, the_order_of_a_pair_is_the_sign_of_the_difference);
       tcase_add_test (tc, differences_that_do_not_vary_are_certain);
       tcase_add_test (tc, holm_agrees_with_a_calculation_by_hand);
       tcase_add_test (tc, a_family_errs_as_often_as_one_test);
       add_death_tests (tc);)
