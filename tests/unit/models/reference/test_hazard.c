/* Histories keep the rates of their time, however often shares change. */
#include "streams.h"
#include "suite.h"

static vhm_refs *
two_regions (void)
{
  vhm_refs *refs = stream_of (uniform_of (10, 1, 0), 1);
  struct vhm_region_spec other = uniform_of (1, 1, 0);
  vhm_refs_add_region (refs, &other);
  return refs;
}

START_TEST (trap_rates_follow_the_shares)
{
  g_autoptr (vhm_refs) refs = two_regions ();
  vhm_refs_map (refs, 10, false, true);
  ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 0.5, 1e-15);
  vhm_refs_set_share (refs, 1, 3);
  ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 0.25, 1e-15);
  vhm_refs_set_share (refs, 0, 0);
  ck_assert (isinf (vhm_refs_next (refs)));
  vhm_refs_set_share (refs, 1, 0);
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

/* Every other interval of length 1 the region is silent; far more changes than
 * are remembered, and the latest remembered exactly. */
START_TEST (no_access_falls_into_a_silent_interval)
{
  g_autoptr (vhm_refs) refs = two_regions ();
  map_range (refs, 0, 11);
  for (int i = 0; i < 20000; i++) {
    vhm_refs_set_share (refs, 0, i % 2 == 0 ? 0 : 1);
    vhm_refs_advance (refs, 1);
    if (i % 100 != 99)
      continue;
    double last = vhm_refs_look (refs, (uint32_t) (i / 100) % 10);
    ck_assert (fmod (floor (last), 2) == 1 || last <= 0);
    ck_assert_double_gt (last, vhm_refs_clock (refs) - 2000);
  }
}
END_TEST

/* The mean age of a page of rate r is 1 / r, also when half of its last 1 / r
 * went by at another rate: ages from the change of rate on are exponential of
 * the new rate, those before it of the old. 40,000 looks; chance of failure
 * below 10^-6. */
START_TEST (ages_keep_the_rate_of_their_time)
{
  int before = 0, n = 40000;
  for (int i = 0; i < n; i++) {
    g_autoptr (vhm_refs) refs = empty_stream ((uint64_t) i);
    struct vhm_region_spec one = uniform_of (1, 1, 0);
    vhm_refs_add_region (refs, &one);
    vhm_refs_add_region (refs, &one);
    map_range (refs, 0, 2);
    vhm_refs_advance (refs, 100);
    vhm_refs_set_share (refs, 1, 9); /* rate 1/2 becomes 1/10 */
    vhm_refs_advance (refs, 5);
    before += vhm_refs_look (refs, 0) < 100;
  }
  double expected = exp (-0.5), error = sqrt (expected * (1 - expected) / n);
  ck_assert_double_eq_tol ((double) before / n, expected, 5 * error);
}
END_TEST

SUITE ("hazard", tcase_add_test (tc, trap_rates_follow_the_shares);
       tcase_add_test (tc, no_access_falls_into_a_silent_interval);
       tcase_add_test (tc, ages_keep_the_rate_of_their_time);)
