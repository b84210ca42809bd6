/* The sampler draws pages in proportion to weight: chi-square against the exact
 * weights, over every page or over cells of pages where they are many. */
#include "every_reference.h"
#include "streams.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>

#define N_DRAWS 2000000u
#define LEAST_P 1e-4 /* of each of some ten tests; fixed seeds */
#define LEAST_EXPECTED 50.0

static vhm_sampler *
sampler_of (const vhm_refs *refs, uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "sampler");
  return vhm_sampler_new (refs, &rng);
}

static uint64_t *
count_draws (const vhm_refs *refs, uint64_t seed)
{
  g_autoptr (vhm_sampler) sampler = sampler_of (refs, seed);
  g_autofree struct vhm_reference *drawn
      = g_new (struct vhm_reference, N_DRAWS);
  ck_assert_uint_eq (vhm_sampler_draw (sampler, N_DRAWS, drawn), N_DRAWS);
  uint32_t n_pages = vhm_refs_n_pages (refs), n_outside = 0;
  uint64_t *count = g_new0 (uint64_t, n_pages);
  for (uint32_t i = 0; i < N_DRAWS; i++)
    if (drawn[i].page < n_pages)
      count[drawn[i].page]++;
    else
      n_outside++;
  ck_assert_uint_eq (n_outside, 0);
  return count;
}

/* p of the counts under weights that sum to 1; neighbours make a cell once they
 * expect LEAST_EXPECTED together. Pages of weight 0 must not come at all. */
static double
chi_square_p (const uint64_t *count, const double *weight, uint32_t n)
{
  double sum = 0, expected = 0, observed = 0, n_cells = 0;
  uint32_t n_never = 0;
  for (uint32_t i = 0; i < n; i++) {
    n_never += !(weight[i] > 0) && count[i] > 0;
    expected += weight[i] * N_DRAWS;
    observed += (double) count[i];
    if (expected < LEAST_EXPECTED && i + 1 < n)
      continue;
    if (expected > 0)
      sum += (observed - expected) * (observed - expected) / expected;
    n_cells++;
    expected = observed = 0;
  }
  ck_assert_uint_eq (n_never, 0);
  return gsl_cdf_chisq_Q (sum, n_cells - 1);
}

static const struct {
  const char *name;
  struct vhm_region_spec spec;
} patterns[] = {
  { "uniform", { .pattern = VHM_PATTERN_UNIFORM, .n_pages = 1000 } },
  { "one page", { .pattern = VHM_PATTERN_ZIPF, .n_pages = 1 } },
  { "zipf 0.8, few",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 0.8, .n_pages = 130 } },
  { "zipf 0.8",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 0.8, .n_pages = 100000 } },
  { "zipf 1.4",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 1.4, .n_pages = 5000 } },
  { "zipf 4, the squeeze is loose",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 4, .n_pages = 3000 } },
  { "zipf 0", { .pattern = VHM_PATTERN_ZIPF, .exponent = 0, .n_pages = 3000 } },
  { "hot/cold",
    { .pattern = VHM_PATTERN_HOT_COLD,
      .hot = 0.1,
      .hot_weight = 0.7,
      .n_pages = 1000 } },
  { "all hot",
    { .pattern = VHM_PATTERN_HOT_COLD,
      .hot = 1,
      .hot_weight = 0.7,
      .n_pages = 100 } },
};

START_TEST (pages_come_in_proportion_to_weight)
{
  struct vhm_region_spec spec = patterns[_i].spec;
  spec.n_active = spec.n_pages;
  spec.share = 3;
  bool is_uniform = spec.hot >= 1;
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  g_autofree uint64_t *count = count_draws (refs, 7);
  g_autofree double *weight = g_new (double, spec.n_pages);
  double sum = 0;
  for (uint32_t i = 0; i < spec.n_pages; i++)
    sum += weight[i] = is_uniform ? 1 : every_weight (&spec, i);
  for (uint32_t i = 0; i < spec.n_pages; i++)
    weight[i] /= sum;
  if (spec.n_pages == 1)
    ck_assert_uint_eq (count[0], N_DRAWS);
  else
    ck_assert_msg (chi_square_p (count, weight, spec.n_pages) > LEAST_P,
                   "%s: p = %g", patterns[_i].name,
                   chi_square_p (count, weight, spec.n_pages));
}
END_TEST

/* Where rank r >= 128 lies among the pages that are proposed alike: 64 parts of
 * each power of two. */
static double
place_in_bucket (uint32_t rank)
{
  if (rank < 128)
    return 0;
  uint32_t n = 1u << (31 - __builtin_clz (rank) - 6);
  return (double) (rank % n) / n;
}

/* Within a bucket the light pages come less often than the heavy ones: the mean
 * place of many draws, to four standard errors. */
START_TEST (weights_fall_within_a_bucket)
{
  enum { n_pages = 100000, n_rounds = 8 };
  struct vhm_region_spec spec = zipf_of (n_pages, 1, 0);
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  double expected = 0, square = 0, sum = 0, mean = 0;
  for (uint32_t i = 0; i < n_pages; i++) {
    double weight = every_weight (&spec, i), place = place_in_bucket (i + 1);
    sum += weight;
    expected += weight * place;
    square += weight * place * place;
  }
  expected /= sum;
  for (uint64_t round = 0; round < n_rounds; round++) {
    g_autofree uint64_t *count = count_draws (refs, 100 + round);
    for (uint32_t i = 0; i < n_pages; i++)
      mean += (double) count[i] * place_in_bucket (i + 1);
  }
  mean /= (double) n_rounds * N_DRAWS;
  double spread = sqrt (square / sum - expected * expected);
  double z = (mean - expected) / spread * sqrt ((double) n_rounds * N_DRAWS);
  ck_assert_msg (fabs (z) < 4, "z = %g", z);
}
END_TEST

/* 100 of 1000 pages active, hot ones at the end and wrapping round. */
START_TEST (active_pages_and_the_hot_start_count)
{
  g_autoptr (vhm_refs) refs = stream_of (hot_cold_of (1000, 0.2, 0.6), 1);
  vhm_refs_set_active (refs, 0, 100);
  vhm_refs_set_hot_start (refs, 0, 90);
  g_autofree uint64_t *count = count_draws (refs, 8);
  double weight[1000] = { 0 };
  for (uint32_t i = 0; i < 100; i++)
    weight[i] = i < 10 || i >= 90 ? 0.6 / 20 : 0.4 / 80;
  ck_assert (chi_square_p (count, weight, 1000) > LEAST_P);
}
END_TEST

START_TEST (regions_come_by_share_whatever_their_size)
{
  g_autoptr (vhm_refs) refs = empty_stream (1);
  struct vhm_region_spec spec[]
      = { uniform_of (10, 1, 0), zipf_of (5000, 1.1, 0), loop_of (30, 6),
          uniform_of (7, 0, 0) };
  spec[1].share = 3;
  double expected[] = { 0.1, 0.3, 0.6, 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (spec); i++)
    vhm_refs_add_region (refs, &spec[i]);
  g_autofree uint64_t *count = count_draws (refs, 9);
  double of_region[G_N_ELEMENTS (spec)] = { 0 };
  uint32_t page = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (spec); i++)
    for (uint32_t k = 0; k < spec[i].n_pages; k++)
      of_region[i] += (double) count[page++] / N_DRAWS;
  for (size_t i = 0; i < G_N_ELEMENTS (spec); i++) {
    double error = sqrt (expected[i] * (1 - expected[i]) / N_DRAWS);
    ck_assert (fabs (of_region[i] - expected[i]) <= 4 * error);
  }
}
END_TEST

START_TEST (a_scan_goes_on_from_its_cursor)
{
  struct vhm_region_spec spec = loop_of (10, 1);
  spec.stride = 3; /* pages 0, 3, 6, 9 */
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  map_range (refs, 0, 10);
  vhm_refs_advance (refs, 2.5);
  g_autoptr (vhm_sampler) sampler = sampler_of (refs, 1);
  struct vhm_reference drawn[6];
  ck_assert_uint_eq (vhm_sampler_draw (sampler, 6, drawn), 6);
  const uint32_t expected[] = { 6, 9, 0, 3, 6, 9 };
  for (int i = 0; i < 6; i++)
    ck_assert_uint_eq (drawn[i].page, expected[i]);
  ck_assert_double_eq (vhm_refs_clock (refs), 2.5);
}
END_TEST

START_TEST (a_scan_that_is_over_does_not_come)
{
  struct vhm_region_spec spec = loop_of (5, 1), rest = uniform_of (5, 1, 0);
  spec.cyclic = false;
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  map_range (refs, 0, 5);
  vhm_refs_advance (refs, 5);
  struct vhm_reference drawn[100];
  g_autoptr (vhm_sampler) none = sampler_of (refs, 1);
  ck_assert_uint_eq (vhm_sampler_draw (none, 100, drawn), 0);
  vhm_refs_add_region (refs, &rest);
  g_autoptr (vhm_sampler) others = sampler_of (refs, 1);
  ck_assert_uint_eq (vhm_sampler_draw (others, 100, drawn), 100);
  for (int i = 0; i < 100; i++)
    ck_assert_uint_ge (drawn[i].page, 5);
}
END_TEST

START_TEST (writes_come_by_the_regions_chance)
{
  g_autoptr (vhm_refs) refs = empty_stream (1);
  const double write[] = { 0, 0.25, 1 };
  for (int i = 0; i < 3; i++) {
    struct vhm_region_spec spec = uniform_of (1, 1, write[i]);
    vhm_refs_add_region (refs, &spec);
  }
  g_autoptr (vhm_sampler) sampler = sampler_of (refs, 4);
  g_autofree struct vhm_reference *drawn
      = g_new (struct vhm_reference, N_DRAWS);
  vhm_sampler_draw (sampler, N_DRAWS, drawn);
  double n[3] = { 0 }, written[3] = { 0 };
  for (uint32_t i = 0; i < N_DRAWS; i++) {
    n[drawn[i].page]++;
    written[drawn[i].page] += drawn[i].write;
  }
  ck_assert (!(written[0] > 0) && !(written[2] < n[2]));
  double error = sqrt (0.25 * 0.75 / n[1]);
  ck_assert (fabs (written[1] / n[1] - 0.25) < 4 * error);
}
END_TEST

SUITE ("draw", tcase_add_loop_test (tc, pages_come_in_proportion_to_weight, 0,
                                    G_N_ELEMENTS (patterns));
       tcase_add_test (tc, weights_fall_within_a_bucket);
       tcase_add_test (tc, active_pages_and_the_hot_start_count);
       tcase_add_test (tc, regions_come_by_share_whatever_their_size);
       tcase_add_test (tc, a_scan_goes_on_from_its_cursor);
       tcase_add_test (tc, a_scan_that_is_over_does_not_come);
       tcase_add_test (tc, writes_come_by_the_regions_chance);)
