/* Hot pages cost nothing, and still tell the truth when somebody asks. Laws are
 * the matter of tests/theory/test_accessed_bits.c. */
#include "streams.h"
#include "suite.h"

#define N_HOT 10000
#define N_PAGES 12000

/* The hot part is referenced some 50 times between faults of the cold one.
 * Without cohorts each of its pages would be looked at once per turnover. */
static vhm_refs *
hot_stream (void)
{
  return stream_of (hot_cold_of (N_PAGES, (double) N_HOT / N_PAGES, 0.999), 1);
}

START_TEST (work_goes_with_faults_not_with_pages)
{
  g_autoptr (vhm_refs) refs = hot_stream ();
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, _i == 1);
  uint32_t n = 40000;
  for (uint32_t i = 0; i < 40000 + n; i++) {
    if (i % 500 == 0 && _i == 1)
      vhm_ages_tick (ages);
    if (i == n)
      ck_assert_uint_gt (vhm_ages_n_redraws (ages), 0);
    lru_fault (refs, ages, N_HOT + 1000);
  }
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  uint64_t before = vhm_ages_n_redraws (ages);
  for (uint32_t i = 0; i < n; i++) {
    if (i % 500 == 0 && _i == 1)
      vhm_ages_tick (ages);
    lru_fault (refs, ages, N_HOT + 1000);
  }
  /* rule 5 alone: 40 turnovers of 10,000 hot pages on top */
  ck_assert_uint_lt (vhm_ages_n_redraws (ages) - before, 4 * n);
}
END_TEST

START_TEST (a_look_a_clean_and_an_unmap_take_a_page_out)
{
  g_autoptr (vhm_refs) refs = hot_stream ();
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (uint32_t i = 0; i < 40000; i++)
    lru_fault (refs, ages, N_HOT + 1000);
  double now = vhm_refs_clock (refs), sum = 0, n = 0;
  for (uint32_t page = 0; page < N_HOT; page++) {
    if (!vhm_refs_is_mapped (refs, page))
      continue;
    if (page % 3 == 0)
      vhm_refs_unmap (refs, page);
    else if (page % 3 == 1)
      vhm_refs_clean (refs, page);
    else
      sum += now - vhm_refs_look (refs, page), n++;
  }
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  /* mean age 1 / rate, 5 standard errors: below 10^-6 by chance */
  double mean = N_HOT / 0.999;
  ck_assert_double_eq_tol (sum / n, mean, 5 * mean / sqrt (n));
}
END_TEST

/* All that is hot at first grows cold: each page comes out sooner or later. */
START_TEST (lets_go_of_pages_that_have_grown_cold)
{
  g_autoptr (vhm_refs) refs = hot_stream ();
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (uint32_t i = 0; i < 40000; i++)
    lru_fault (refs, ages, N_HOT + 1000);
  struct vhm_region_spec fresh = uniform_of (N_PAGES, 1, 0);
  vhm_refs_add_region (refs, &fresh);
  vhm_refs_set_share (refs, 0, 0);
  for (uint32_t i = 0; i < 3 * N_PAGES; i++)
    lru_fault (refs, ages, N_HOT + 1000);
  for (uint32_t page = 0; page < N_PAGES; page++)
    ck_assert (!vhm_refs_is_mapped (refs, page));
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
}
END_TEST

START_TEST (gives_its_pages_back_when_freed)
{
  g_autoptr (vhm_refs) refs = hot_stream ();
  vhm_ages *ages = vhm_ages_new (refs, false);
  for (uint32_t i = 0; i < 40000; i++)
    lru_fault (refs, ages, N_HOT + 1000);
  vhm_ages_free (ages);
  ck_assert (vhm_refs_is_valid (refs));
  g_autoptr (vhm_ages) again = vhm_ages_new (refs, false);
  for (uint32_t page = 0; page < N_PAGES; page++)
    if (vhm_refs_is_mapped (refs, page))
      vhm_ages_insert (again, page);
  ck_assert_uint_eq (vhm_ages_n (again), N_HOT + 1000);
  ck_assert (vhm_ages_is_valid (again));
}
END_TEST

SUITE ("cohort",
       tcase_add_loop_test (tc, work_goes_with_faults_not_with_pages, 0, 2);
       tcase_add_test (tc, a_look_a_clean_and_an_unmap_take_a_page_out);
       tcase_add_test (tc, lets_go_of_pages_that_have_grown_cold);
       tcase_add_test (tc, gives_its_pages_back_when_freed);)
