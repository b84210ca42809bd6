/* Scans keep their place when their surroundings change. Exact times are the
 * matter of tests/theory/test_scan.c. */
#include "streams.h"
#include "suite.h"

START_TEST (a_scan_waits_at_a_trapping_page)
{
  bool write;
  g_autoptr (vhm_refs) refs = stream_of (loop_of (100, 1), 1);
  map_range (refs, 0, 40);
  vhm_refs_advance (refs, vhm_refs_next (refs));
  ck_assert_uint_eq (vhm_refs_trap (refs, &write), 40);
  ck_assert (isinf (vhm_refs_next (refs)));
  vhm_refs_advance (refs, 7);
  vhm_refs_map (refs, 41, false, false);
  ck_assert (isinf (vhm_refs_next (refs)));
  vhm_refs_map (refs, 40, false, true);
  ck_assert_double_eq_tol (vhm_refs_next (refs), 2, 1e-12);
  ck_assert_double_eq_tol (vhm_refs_look (refs, 40), 48, 1e-12);
}
END_TEST

START_TEST (a_prefetch_of_the_page_waited_for_serves_it)
{
  bool write;
  g_autoptr (vhm_refs) refs = stream_of (loop_of (100, 1), 1);
  vhm_refs_advance (refs, vhm_refs_next (refs));
  vhm_refs_map (refs, vhm_refs_trap (refs, &write), false, false);
  ck_assert_double_eq_tol (vhm_refs_look (refs, 0), 1, 1e-12);
  ck_assert_double_eq_tol (vhm_refs_next (refs), 1, 1e-12);
}
END_TEST

START_TEST (a_shorter_loop_goes_on_from_its_place)
{
  g_autoptr (vhm_refs) refs = stream_of (loop_of (100, 1), 1);
  map_range (refs, 0, 50);
  vhm_refs_advance (refs, 30);
  vhm_refs_set_active (refs, 0, 60);
  ck_assert_double_eq_tol (vhm_refs_next (refs), 21, 1e-9);
  vhm_refs_set_active (refs, 0, 20); /* its place is gone: from the start */
  vhm_refs_unmap (refs, 5);
  ck_assert_double_eq_tol (vhm_refs_next (refs), 6, 1e-9);
  vhm_refs_unmap (refs, 25); /* no longer visited */
  ck_assert_double_eq_tol (vhm_refs_next (refs), 6, 1e-9);
  ck_assert (vhm_refs_is_valid (refs));
}
END_TEST

START_TEST (a_scan_at_a_quarter_share_takes_four_references_a_page)
{
  g_autoptr (vhm_refs) refs = stream_of (loop_of (100, 1), 1);
  struct vhm_region_spec other = uniform_of (1, 3, 0);
  vhm_refs_add_region (refs, &other);
  vhm_refs_map (refs, 100, false, true);
  ck_assert_double_eq_tol (vhm_refs_next (refs), 4, 1e-12);
  vhm_refs_advance (refs, 1);
  vhm_refs_set_share (refs, 1, 0); /* a quarter of the step is done */
  ck_assert_double_eq_tol (vhm_refs_next (refs), 0.75, 1e-12);
}
END_TEST

START_TEST (a_new_sweep_replaces_the_old_one)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (1000, 0, 0), 1);
  map_range (refs, 0, 1000);
  vhm_refs_sweep (refs, 0, 0, 1000, 1, 1);
  vhm_refs_advance (refs, 300);
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), 700);
  vhm_refs_sweep (refs, 0, 900, 1000, 1, 0);
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), 100);
  vhm_refs_advance (refs, vhm_refs_next_sweep_end (refs));
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), 0);
  for (uint32_t page = 0; page < 1000; page++) {
    double expected = page < 300 ? page + 1 : page < 900 ? 0 : 300 + page - 899;
    ck_assert_double_eq_tol (vhm_refs_look (refs, page), expected, 1e-9);
    ck_assert_int_eq (vhm_refs_is_dirty (refs, page), page < 300);
  }
}
END_TEST

/* More sweeps than are remembered. */
START_TEST (every_one_of_many_sweeps_is_seen)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (128, 0, 0), 1);
  map_range (refs, 0, 128);
  for (int i = 0; i < 3000; i++) {
    vhm_refs_sweep (refs, 0, 0,
                    i == 2999    ? 70
                    : i % 2 == 0 ? 128
                                 : 64,
                    1, i == 2);
    vhm_refs_advance (refs, vhm_refs_next_sweep_end (refs));
  }
  double now = vhm_refs_clock (refs);
  for (uint32_t page = 0; page < 128; page++) {
    double expected = page < 70 ? now - 69 + page : now - 70 - 127 + page;
    ck_assert_double_eq_tol (vhm_refs_look (refs, page), expected, 1e-6);
    ck_assert (vhm_refs_is_dirty (refs, page));
  }
}
END_TEST

SUITE_TWICE (
    "cursor", "every reference", streams_every_reference, streams_next_fault,
    tcase_add_test (tc, a_scan_waits_at_a_trapping_page);
    tcase_add_test (tc, a_prefetch_of_the_page_waited_for_serves_it);
    tcase_add_test (tc, a_shorter_loop_goes_on_from_its_place);
    tcase_add_test (tc, a_scan_at_a_quarter_share_takes_four_references_a_page);
    tcase_add_test (tc, a_new_sweep_replaces_the_old_one);
    tcase_add_test (tc, every_one_of_many_sweeps_is_seen);)
