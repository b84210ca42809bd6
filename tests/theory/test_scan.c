/* Do scans and sweeps trap at exactly their times, and does a scan beside
 * independent references miss as often as when every reference is drawn?
 *
 * LRU is at its worst for a loop one page longer than memory: every reference
 * misses; a loop that fits never misses again. Side by side: a two-sided t test
 * of batch means for each of three memories, 99.9 % for all three (Bonferroni),
 * fixed seeds.
 */
#include "every_reference.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>

#define N_LOOP 1000

static vhm_refs *
loop_of (uint32_t n_pages, double share, uint32_t stride, bool cyclic)
{
  struct vhm_rng rng;
  struct vhm_region_spec spec = { .pattern = VHM_PATTERN_SCAN,
                                  .n_pages = n_pages,
                                  .n_active = n_pages,
                                  .share = share,
                                  .stride = stride,
                                  .cyclic = cyclic };
  vhm_rng_init (&rng, 1, "scan");
  vhm_refs *refs = vhm_refs_new (&rng);
  vhm_refs_add_region (refs, &spec);
  return refs;
}

START_TEST (a_loop_one_page_longer_than_memory_always_misses)
{
  g_autoptr (vhm_refs) refs = loop_of (N_LOOP + 1, 1, 1, true);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  uint64_t faults = next_fault_run_lru (refs, ages, N_LOOP, 10 * N_LOOP);
  ck_assert_uint_eq (faults, 10 * N_LOOP);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
}
END_TEST

START_TEST (a_loop_that_fits_misses_once_a_page)
{
  g_autoptr (vhm_refs) refs = loop_of (N_LOOP, 1, 1, true);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  uint64_t faults = next_fault_run_lru (refs, ages, N_LOOP, 10 * N_LOOP);
  ck_assert_uint_eq (faults, N_LOOP);
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

/* Memory of m pages and a loop of n under LRU of pages that were passed while
 * mapped: taking one page away makes exactly this page's next visit trap. */
START_TEST (a_page_taken_away_traps_at_its_next_visit)
{
  g_autoptr (vhm_refs) refs = loop_of (N_LOOP, 1, 1, true);
  for (uint32_t page = 0; page < N_LOOP; page++)
    vhm_refs_map (refs, page, false, false);
  for (uint32_t round = 0; round < 50; round++) {
    uint32_t page = round * 37 % N_LOOP;
    bool write;
    vhm_refs_unmap (refs, page);
    double now = vhm_refs_clock (refs), d = vhm_refs_next (refs);
    double left = fmod (page + 1 - fmod (now, N_LOOP) + N_LOOP, N_LOOP);
    ck_assert_double_eq_tol (d, left > 0 ? left : N_LOOP, 1e-6);
    vhm_refs_advance (refs, d);
    ck_assert_uint_eq (vhm_refs_trap (refs, &write), page);
    vhm_refs_map (refs, page, false, true);
    ck_assert (vhm_refs_is_valid (refs));
  }
}
END_TEST

START_TEST (a_strided_scan_visits_every_stride_th_page)
{
  g_autoptr (vhm_refs) refs = loop_of (10, 1, 3, true);
  uint32_t expected[] = { 0, 3, 6, 9 };
  for (int i = 0; i < 4; i++) {
    bool write;
    double d = vhm_refs_next (refs);
    ck_assert_double_eq_tol (d, 1, 1e-12);
    vhm_refs_advance (refs, d);
    ck_assert_uint_eq (vhm_refs_trap (refs, &write), expected[i]);
    vhm_refs_map (refs, expected[i], false, true);
  }
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

START_TEST (a_scan_once_ends)
{
  g_autoptr (vhm_refs) refs = loop_of (5, 1, 1, false);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  ck_assert_uint_eq (next_fault_run_lru (refs, ages, 2, 100), 5);
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

/* All mapped but a few; the last access of each page is its passing time. */
START_TEST (looks_back_at_the_exact_times_of_a_scan)
{
  g_autoptr (vhm_refs) refs = loop_of (N_LOOP, 1, 1, true);
  for (uint32_t page = 0; page < N_LOOP; page++)
    vhm_refs_map (refs, page, false, false);
  ck_assert (isinf (vhm_refs_next (refs)));
  double now = 3.5 * N_LOOP;
  vhm_refs_advance (refs, now);
  for (uint32_t page = 0; page < N_LOOP; page++) {
    double lap = page < N_LOOP / 2 ? 3 : 2;
    ck_assert_double_eq_tol (vhm_refs_look (refs, page),
                             lap * N_LOOP + page + 1, 1e-9);
  }
}
END_TEST

/* The pace changes in the middle of a lap; every passing keeps its own. */
START_TEST (looks_back_across_a_change_of_pace)
{
  g_autoptr (vhm_refs) refs = loop_of (N_LOOP, 1, 1, true);
  struct vhm_region_spec other = {
    .pattern = VHM_PATTERN_UNIFORM, .n_pages = 1, .n_active = 1, .share = 0
  };
  vhm_refs_add_region (refs, &other);
  for (uint32_t page = 0; page <= N_LOOP; page++)
    vhm_refs_map (refs, page, false, false);
  vhm_refs_advance (refs, 300);
  vhm_refs_set_share (refs, 1, 3); /* a quarter of the pace */
  vhm_refs_advance (refs, 4 * 500);
  for (uint32_t page = 0; page < 800; page++)
    ck_assert_double_eq_tol (vhm_refs_look (refs, page),
                             page < 300 ? page + 1 : 300 + 4.0 * (page - 299),
                             1e-9);
  ck_assert (isinf (vhm_refs_look (refs, 800)));
}
END_TEST

START_TEST (a_sweep_traps_and_ends_at_its_times)
{
  struct vhm_rng rng;
  struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM, .n_pages = 400, .n_active = 400, .share = 0
  };
  vhm_rng_init (&rng, 1, "sweep");
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  vhm_refs_add_region (refs, &spec);
  for (uint32_t page = 0; page < 400; page++)
    if (page != 150 && page != 151)
      vhm_refs_map (refs, page, false, false);
  vhm_refs_advance (refs, 1000);
  vhm_refs_sweep (refs, 0, 50, 350, 0.25, 1);
  ck_assert_double_eq_tol (vhm_refs_next_sweep_end (refs), 1200, 1e-9);
  bool write;
  for (uint32_t page = 150; page <= 151; page++) {
    double d = vhm_refs_next (refs);
    ck_assert_double_eq_tol (d, page == 150 ? 4 * 101 : 4, 1e-9);
    vhm_refs_advance (refs, d);
    ck_assert_uint_eq (vhm_refs_trap (refs, &write), page);
    ck_assert (write);
    ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), 350 - page);
    ck_assert (isinf (vhm_refs_next (refs)));
    vhm_refs_map (refs, page, write, true);
  }
  ck_assert (isinf (vhm_refs_next (refs)));
  vhm_refs_advance (refs, vhm_refs_next_sweep_end (refs));
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), 0);
  ck_assert_double_eq_tol (vhm_refs_clock (refs), 2200, 1e-9);
  for (uint32_t page = 0; page < 400; page++) {
    double last = vhm_refs_look (refs, page);
    bool swept = page >= 50 && page < 350;
    ck_assert_int_eq (vhm_refs_is_dirty (refs, page), swept);
    if (swept)
      ck_assert_double_eq_tol (last, 1000 + 4.0 * (page - 49), 1e-9);
    else
      ck_assert (isinf (last));
  }
}
END_TEST

/* --- side by side ----------------------------------------------------------
 */

#define N_BATCHES 40
#define BATCH 20000.0
#define FAMILY_ERROR 0.001

static const uint32_t memories[] = { 400, 900, 1150 };

static struct vhm_region_spec
scanned (void)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_SCAN,
                                   .n_pages = 500,
                                   .n_active = 500,
                                   .share = 1,
                                   .cyclic = true };
}

static struct vhm_region_spec
referenced (void)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_ZIPF,
                                   .n_pages = 700,
                                   .n_active = 700,
                                   .share = 2,
                                   .exponent = 0.8 };
}

static double
t_of (const double *a, const double *b, double *ret_a, double *ret_b)
{
  double sum[2] = { 0 }, squares[2] = { 0 };
  for (int i = 0; i < N_BATCHES; i++) {
    sum[0] += a[i] / N_BATCHES;
    sum[1] += b[i] / N_BATCHES;
  }
  for (int i = 0; i < N_BATCHES; i++) {
    squares[0] += (a[i] - sum[0]) * (a[i] - sum[0]);
    squares[1] += (b[i] - sum[1]) * (b[i] - sum[1]);
  }
  *ret_a = sum[0];
  *ret_b = sum[1];
  double error = sqrt ((squares[0] + squares[1]) / N_BATCHES / (N_BATCHES - 1));
  return error > 0 ? (sum[0] - sum[1]) / error : 0;
}

START_TEST (a_scan_beside_zipf_misses_like_every_reference)
{
  struct vhm_rng rng;
  struct every e;
  double next[N_BATCHES], every[N_BATCHES], a, b;
  struct vhm_region_spec scan = scanned (), zipf = referenced ();
  vhm_rng_init (&rng, (uint64_t) _i, "next-fault");
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  every_init (&e, (uint64_t) _i, "every");
  every_add_region (&e, &scan);
  every_add_region (&e, &zipf);
  vhm_refs_add_region (refs, &scan);
  vhm_refs_add_region (refs, &zipf);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = -2; i < N_BATCHES; i++) {
    double until = (i + 3) * BATCH;
    double x = (double) next_fault_run_lru (refs, ages, memories[_i], until);
    double y = (double) every_run_lru (&e, memories[_i], until);
    next[MAX (i, 0)] = x;
    every[MAX (i, 0)] = y;
  }
  double t = t_of (next, every, &a, &b);
  printf ("%4u pages in memory: %.2f faults a batch, every %.2f, t = %+.2f\n",
          memories[_i], a, b, t);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  ck_assert_double_lt (
      fabs (t),
      gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / (double) G_N_ELEMENTS (memories),
                          N_BATCHES - 1));
  every_clear (&e);
}
END_TEST

SUITE ("scan",
       tcase_add_test (tc, a_loop_one_page_longer_than_memory_always_misses);
       tcase_add_test (tc, a_loop_that_fits_misses_once_a_page);
       tcase_add_test (tc, a_page_taken_away_traps_at_its_next_visit);
       tcase_add_test (tc, a_strided_scan_visits_every_stride_th_page);
       tcase_add_test (tc, a_scan_once_ends);
       tcase_add_test (tc, looks_back_at_the_exact_times_of_a_scan);
       tcase_add_test (tc, looks_back_across_a_change_of_pace);
       tcase_add_test (tc, a_sweep_traps_and_ends_at_its_times);
       tcase_add_loop_test (tc, a_scan_beside_zipf_misses_like_every_reference,
                            0, (int) G_N_ELEMENTS (memories));)
