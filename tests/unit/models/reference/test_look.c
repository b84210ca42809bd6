/* What a look shows: last accesses and dirty bits of the right law, and the
 * same answer to who asks twice. */
#include "streams.h"
#include "suite.h"

#define N_TRIES 40000

static void
assert_chance (int hits, double expected)
{
  double error = sqrt (expected * (1 - expected) / N_TRIES);
  /* 5 standard deviations: fails by chance less than once in 10^6 */
  ck_assert_double_eq_tol ((double) hits / N_TRIES, expected, 5 * error);
}

START_TEST (looking_twice_shows_the_same)
{
  g_autoptr (vhm_refs) refs = stream_of (zipf_of (100, 0.9, 0.3), 1);
  map_range (refs, 0, 100);
  vhm_refs_advance (refs, 50);
  for (uint32_t page = 0; page < 100; page++) {
    double last = vhm_refs_look (refs, page);
    bool dirty = vhm_refs_is_dirty (refs, page);
    double again = vhm_refs_look (refs, page);
    ck_assert (!(again < last) && !(again > last));
    ck_assert_int_eq (vhm_refs_is_dirty (refs, page), dirty);
    ck_assert_double_le (last, 50);
    ck_assert_double_ge (last, 0);
  }
}
END_TEST

/* Rate 1/2 for 3 references, in one look or in `_i` looks on the way. */
START_TEST (a_page_is_clean_as_often_as_nobody_wrote)
{
  int dirty = 0, untouched = 0, both = 0;
  for (uint64_t i = 0; i < N_TRIES; i++) {
    g_autoptr (vhm_refs) refs = stream_of (uniform_of (2, 1, 0.3), i);
    map_range (refs, 0, 2);
    for (int k = 0; k < _i; k++) {
      vhm_refs_advance (refs, 3.0 / _i);
      vhm_refs_look (refs, 0);
    }
    bool is_old = vhm_refs_look (refs, 0) <= 0;
    dirty += vhm_refs_is_dirty (refs, 0);
    untouched += is_old;
    both += is_old && vhm_refs_is_dirty (refs, 0);
  }
  ck_assert_int_eq (both, 0);
  assert_chance (dirty, 1 - exp (-1.5 * 0.3));
  assert_chance (untouched, exp (-1.5));
}
END_TEST

/* Last access in the first half and dirty: (1 - (1 - q) e^(-q w a)) integrated
 * over the law of the last access a. */
START_TEST (dirty_and_age_are_drawn_together)
{
  int hits = 0;
  double q = 0.4, w = 0.5, t = 4, expected = 0;
  for (uint64_t i = 0; i < N_TRIES; i++) {
    g_autoptr (vhm_refs) refs = stream_of (uniform_of (2, 1, q), i);
    map_range (refs, 0, 2);
    vhm_refs_advance (refs, t);
    hits += vhm_refs_look (refs, 0) < t / 2 && vhm_refs_is_dirty (refs, 0);
  }
  for (double a = 0.0005; a < t / 2; a += 0.001)
    expected
        += 0.001 * w * exp (-w * (t - a)) * (1 - (1 - q) * exp (-q * w * a));
  assert_chance (hits, expected);
}
END_TEST

START_TEST (dirty_stays_until_cleaned)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (2, 1, 1), 1);
  vhm_refs_map (refs, 0, false, true);
  ck_assert (!vhm_refs_is_dirty (refs, 0));
  vhm_refs_advance (refs, 1000);
  vhm_refs_look (refs, 0);
  ck_assert (vhm_refs_is_dirty (refs, 0));
  vhm_refs_unmap (refs, 0);
  vhm_refs_map (refs, 0, false, true);
  ck_assert (vhm_refs_is_dirty (refs, 0));
  vhm_refs_look (refs, 0);
  vhm_refs_clean (refs, 0);
  ck_assert (!vhm_refs_is_dirty (refs, 0));
  vhm_refs_soil (refs, 0);
  ck_assert (vhm_refs_is_dirty (refs, 0));
}
END_TEST

START_TEST (a_prefetched_page_was_never_accessed)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (1000, 1, 0), 1);
  for (uint32_t page = 0; page < 1000; page++)
    vhm_refs_map (refs, page, false, false);
  vhm_refs_advance (refs, 500);
  int never = 0;
  for (uint32_t page = 0; page < 1000; page++) {
    double last = vhm_refs_look (refs, page);
    never += isinf (last) != 0;
    ck_assert (last > 0 || isinf (last));
  }
  ck_assert_double_eq_tol (never, 1000 * exp (-0.5), 5 * sqrt (250));
}
END_TEST

START_TEST (an_inactive_page_is_not_accessed)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (10, 1, 0), 1);
  map_range (refs, 0, 10);
  vhm_refs_advance (refs, 1000);
  vhm_refs_set_active (refs, 0, 5);
  double left = vhm_refs_look (refs, 7);
  vhm_refs_advance (refs, 1e6);
  double now = vhm_refs_look (refs, 7);
  ck_assert (!(now > left) && !(now < left));
  vhm_refs_set_active (refs, 0, 10);
  vhm_refs_advance (refs, 1000);
  ck_assert_double_gt (vhm_refs_look (refs, 7), 1.001e6);
}
END_TEST

SUITE ("look", tcase_add_test (tc, looking_twice_shows_the_same);
       tcase_add_loop_test (tc, a_page_is_clean_as_often_as_nobody_wrote, 1, 4);
       tcase_add_test (tc, dirty_and_age_are_drawn_together);
       tcase_add_test (tc, dirty_stays_until_cleaned);
       tcase_add_test (tc, a_prefetched_page_was_never_accessed);
       tcase_add_test (tc, an_inactive_page_is_not_accessed);)
