/* The statistical tests fail a right generator with a chance of 10^-4 each;
 * with the fixed seeds below they passed, and so always will. */
#include "suite.h"

#include <math.h>
#include <signal.h>

#include <vhm/sim/rng.h>
#include <vhm/sim/rng_gsl.h>

#define NORMAL_9999 3.719 /* quantile of the normal at 1 - 10^-4 */
#define MIN_EXPECTED 8.0  /* cells below this are pooled with the next */

static struct vhm_rng
stream (uint64_t seed, const char *name)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, name);
  return rng;
}

/* --- the generator ------------------------------------------------------ */

START_TEST (repeats_the_published_sequence)
{
  /* of xoshiro256++ from the state 1, 2, 3, 4 */
  const uint64_t expected[] = { 41943041, 58720359, UINT64_C (3588806011781223),
                                UINT64_C (3591011842654386) };
  struct vhm_rng rng = { { 1, 2, 3, 4 } };
  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert_uint_eq (vhm_rng_u64 (&rng), expected[i]);
}
END_TEST

START_TEST (one_seed_and_name_give_one_stream)
{
  struct vhm_rng a = stream (7, "disk"), b = stream (7, "disk");
  for (int i = 0; i < 100; i++)
    ck_assert_uint_eq (vhm_rng_u64 (&a), vhm_rng_u64 (&b));
}
END_TEST

START_TEST (seeding_is_as_it_always_was)
{
  /* every recorded result depends on it: change it knowingly */
  struct vhm_rng rng = stream (1, "a");
  ck_assert_uint_eq (vhm_rng_u64 (&rng), UINT64_C (0x7667bd73e52dc30e));
}
END_TEST

START_TEST (streams_differ_by_name_and_by_seed)
{
  static const char *const names[]
      = { "", "a", "b", "ab", "ba", "guest1", "guest2", "guest10" };
  enum { N_SEEDS = 4, N = N_SEEDS * G_N_ELEMENTS (names) };
  uint64_t first[N];
  for (size_t i = 0; i < N; i++) {
    struct vhm_rng rng = stream (i % N_SEEDS, names[i / N_SEEDS]);
    first[i] = vhm_rng_u64 (&rng);
    for (size_t k = 0; k < i; k++)
      ck_assert_uint_ne (first[i], first[k]);
  }
}
END_TEST

START_TEST (neighbouring_streams_are_uncorrelated)
{
  enum { N = 100000 };
  struct vhm_rng a = stream (1, "guest1"), b = stream (1, "guest2");
  double sum = 0.0;
  for (int i = 0; i < N; i++)
    sum += (vhm_rng_uniform (&a) - 0.5) * (vhm_rng_uniform (&b) - 0.5);
  /* each product has variance 1 / 144 */
  ck_assert_double_le (fabs (sum) * 12.0 / sqrt (N), NORMAL_9999);
}
END_TEST

START_TEST (gsl_and_inline_draws_take_turns_on_one_sequence)
{
  struct vhm_rng alone = stream (3, "x"), shared = stream (3, "x");
  gsl_rng wrapped = vhm_rng_gsl (&shared);
  for (int i = 0; i < 50; i++) {
    ck_assert_uint_eq (gsl_rng_get (&wrapped), vhm_rng_u64 (&alone));
    ck_assert_uint_eq (vhm_rng_u64 (&shared), vhm_rng_u64 (&alone));
    ck_assert_double_eq (gsl_rng_uniform (&wrapped), vhm_rng_uniform (&alone));
  }
}
END_TEST

START_TEST (gsl_may_own_a_stream)
{
  gsl_rng *owned = gsl_rng_alloc (vhm_rng_gsl_type ());
  gsl_rng_set (owned, 5);
  struct vhm_rng same = stream (5, "");
  ck_assert_uint_eq (gsl_rng_get (owned), vhm_rng_u64 (&same));
  gsl_rng_free (owned);
}
END_TEST

/* --- distributions ------------------------------------------------------ */

/* Wilson and Hilferty's approximation, good to 1 % from 3 degrees on. */
static double
chi_square_limit (int degrees)
{
  double v = 2.0 / (9.0 * degrees);
  return degrees * pow (1.0 - v + NORMAL_9999 * sqrt (v), 3.0);
}

static void
assert_fits (const uint64_t *observed, const double *expected, size_t n)
{
  double chi_square = 0.0, pooled_expected = 0.0, pooled_observed = 0.0;
  int n_cells = 0;
  for (size_t i = 0; i < n; i++) {
    pooled_expected += expected[i];
    pooled_observed += (double) observed[i];
    if (pooled_expected < MIN_EXPECTED)
      continue;
    double distance = pooled_observed - pooled_expected;
    chi_square += distance * distance / pooled_expected;
    n_cells++;
    pooled_expected = pooled_observed = 0.0;
  }
  ck_assert_int_ge (n_cells, 4);
  ck_assert_double_le (chi_square, chi_square_limit (n_cells - 1));
}

START_TEST (below_is_uniform)
{
  enum { N = 700000, SIDES = 7 };
  uint64_t observed[SIDES] = { 0 };
  double expected[SIDES];
  struct vhm_rng rng = stream (1, "below");
  for (int i = 0; i < N; i++)
    observed[vhm_rng_below (&rng, SIDES)]++;
  for (int i = 0; i < SIDES; i++)
    expected[i] = (double) N / SIDES;
  assert_fits (observed, expected, SIDES);
}
END_TEST

static int
compare_doubles (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

START_TEST (exponential_has_its_distribution)
{
  /* Kolmogorov and Smirnov: P(sqrt n D > x) <= 2 exp (-2 x^2) */
  enum { N = 1000000 };
  g_autofree double *x = g_new (double, N);
  struct vhm_rng rng = stream (1, "exp");
  for (int i = 0; i < N; i++)
    x[i] = vhm_rng_exp (&rng);
  qsort (x, N, sizeof (double), compare_doubles);
  ck_assert_double_gt (x[0], 0.0);
  double distance = 0.0;
  for (int i = 0; i < N; i++) {
    double cdf = -expm1 (-x[i]);
    distance
        = fmax (distance, fmax ((i + 1.0) / N - cdf, cdf - (double) i / N));
  }
  ck_assert_double_le (distance * sqrt (N), sqrt (log (2.0 / 1e-4) / 2.0));
}
END_TEST

START_TEST (exponential_is_right_in_fine_cells_and_in_the_tail)
{
  /* equally likely cells; the last lie beyond the ziggurat's r = 7.697 */
  enum { N = 4000000, CELLS = 5000 };
  g_autofree uint64_t *observed = g_new0 (uint64_t, CELLS);
  g_autofree double *expected = g_new (double, CELLS);
  struct vhm_rng rng = stream (2, "exp");
  uint64_t n_tail = 0;
  for (int i = 0; i < N; i++) {
    double x = vhm_rng_exp (&rng);
    observed[(size_t) (exp (-x) * CELLS)]++;
    n_tail += x > 10.0;
  }
  for (int i = 0; i < CELLS; i++)
    expected[i] = (double) N / CELLS;
  assert_fits (observed, expected, CELLS);
  double mean = N * exp (-10.0); /* Poisson */
  ck_assert_double_le (fabs ((double) n_tail - mean),
                       NORMAL_9999 * sqrt (mean));
}
END_TEST

static const struct {
  uint64_t n;
  double p;
} binomials[] = {
  { 4, 0.5 },
  { 10, 0.1 },
  { 10, 0.9 },
  { 1000, 0.003 },
  { 1000000, 5e-6 },
  { 27, 0.5 },
  { 29, 0.5 },
  { 100, 0.3 },
  { 100000, 0.01 },
  { 1000, 0.97 },
  { UINT64_C (5000000000), 1e-9 },
  { UINT64_C (5000000000), 6e-9 },
};

static double
binomial_chance (uint64_t n, double p, uint64_t k)
{
  double dn = (double) n, dk = (double) k;
  return exp (lgamma (dn + 1.0) - lgamma (dk + 1.0) - lgamma (dn - dk + 1.0)
              + dk * log (p) + (dn - dk) * log1p (-p));
}

START_TEST (binomial_has_its_distribution)
{
  enum { N = 200000, CELLS = 4000 };
  uint64_t n = binomials[_i].n;
  double p = binomials[_i].p;
  double mean = (double) n * p, width = 12.0 * sqrt (mean * (1.0 - p)) + 12.0;
  uint64_t low = mean > width ? (uint64_t) (mean - width) : 0;
  g_autofree uint64_t *observed = g_new0 (uint64_t, CELLS);
  g_autofree double *expected = g_new0 (double, CELLS);
  struct vhm_rng rng = stream (1, "binomial");
  bool is_in_range = true; /* asserted once: ck_assert is slow in a loop */
  for (int i = 0; i < N; i++) {
    uint64_t k = vhm_rng_binomial (&rng, n, p);
    is_in_range = is_in_range && k >= low && k <= n;
    observed[k < low ? 0 : MIN (k - low, CELLS - 1)]++;
  }
  ck_assert (is_in_range);
  for (uint64_t k = low; k <= n && k - low < CELLS; k++)
    expected[k - low] = N * binomial_chance (n, p, k);
  assert_fits (observed, expected, CELLS);
}
END_TEST

START_TEST (binomial_with_a_great_n_has_mean_and_variance)
{
  /* more trials than GSL counts; chance of failing 2 x 10^-4 */
  enum { N = 2000 };
  const double n = 1e10, p = 0.25, variance = n * p * (1.0 - p);
  struct vhm_rng rng = stream (1, "great");
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < N; i++) {
    double z = ((double) vhm_rng_binomial (&rng, (uint64_t) n, p) - n * p)
               / sqrt (variance);
    sum += z;
    squares += z * z;
  }
  ck_assert_double_le (fabs (sum) / sqrt (N), NORMAL_9999);
  ck_assert_double_le (fabs (squares - N) / sqrt (2.0 * N), NORMAL_9999);
}
END_TEST

START_TEST (binomial_is_sure_where_it_is_sure)
{
  struct vhm_rng rng = stream (1, "sure");
  ck_assert_uint_eq (vhm_rng_binomial (&rng, 0, 0.5), 0);
  ck_assert_uint_eq (vhm_rng_binomial (&rng, 9, 0.0), 0);
  ck_assert_uint_eq (vhm_rng_binomial (&rng, 9, 1.0), 9);
  ck_assert_uint_eq (vhm_rng_binomial (&rng, UINT64_MAX, 1e-300), 0);
}
END_TEST

START_TEST (a_chance_above_one_aborts)
{
  struct vhm_rng rng = stream (1, "bug");
  vhm_rng_binomial (&rng, 1, 1.5);
}
END_TEST

static void
add_death_tests (TCase *tc)
{
  if (suite_can_fork ())
    tcase_add_test_raise_signal (tc, a_chance_above_one_aborts, SIGABRT);
}

SUITE ("rng", tcase_add_test (tc, repeats_the_published_sequence);
       tcase_add_test (tc, one_seed_and_name_give_one_stream);
       tcase_add_test (tc, seeding_is_as_it_always_was);
       tcase_add_test (tc, streams_differ_by_name_and_by_seed);
       tcase_add_test (tc, neighbouring_streams_are_uncorrelated);
       tcase_add_test (tc, gsl_and_inline_draws_take_turns_on_one_sequence);
       tcase_add_test (tc, gsl_may_own_a_stream);
       tcase_add_test (tc, below_is_uniform);
       tcase_add_test (tc, exponential_has_its_distribution);
       tcase_add_test (tc, exponential_is_right_in_fine_cells_and_in_the_tail);
       tcase_add_loop_test (tc, binomial_has_its_distribution, 0,
                            G_N_ELEMENTS (binomials));
       tcase_add_test (tc, binomial_with_a_great_n_has_mean_and_variance);
       tcase_add_test (tc, binomial_is_sure_where_it_is_sure);
       add_death_tests (tc);)
