/* Regions of a stream: active pages, the hot part, drift. */
#include "streams.h"
#include "suite.h"

START_TEST (pages_are_numbered_region_after_region)
{
  g_autoptr (vhm_refs) refs = empty_stream (1);
  struct vhm_region_spec a = uniform_of (70, 1, 0), b = loop_of (30, 1);
  ck_assert_uint_eq (vhm_refs_add_region (refs, &a), 0);
  ck_assert_uint_eq (vhm_refs_add_region (refs, &b), 70);
  ck_assert_uint_eq (vhm_refs_n_pages (refs), 100);
  for (uint32_t page = 0; page < 100; page++)
    ck_assert (!vhm_refs_is_mapped (refs, page));
  ck_assert (vhm_refs_is_valid (refs));
}
END_TEST

START_TEST (only_active_pages_trap)
{
  bool write;
  struct vhm_region_spec spec = zipf_of (100, 1, 0);
  spec.n_active = 10;
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  uint32_t active[] = { 10, 60, 3, 100 };
  for (size_t k = 0; k < G_N_ELEMENTS (active); k++) {
    vhm_refs_set_active (refs, 0, active[k]);
    ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 1, 1e-12);
    ck_assert (vhm_refs_is_valid (refs));
    uint32_t highest = 0;
    for (int i = 0; i < 20000; i++) {
      vhm_refs_advance (refs, vhm_refs_next (refs));
      uint32_t page = vhm_refs_trap (refs, &write);
      highest = MAX (highest, page);
    }
    ck_assert_uint_eq (highest, active[k] - 1);
  }
  vhm_refs_set_active (refs, 0, 0);
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

/* The share of traps in the hot part, wherever it is: with all pages trapping
 * but the hot ones the rate of traps is that of the cold ones. */
START_TEST (the_hot_part_moves)
{
  uint32_t starts[] = { 0, 5, 95, 40, 60, 45, 0, 203 };
  g_autoptr (vhm_refs) refs = stream_of (hot_cold_of (100, 0.2, 0.9), 1);
  for (size_t k = 0; k < G_N_ELEMENTS (starts); k++) {
    vhm_refs_set_hot_start (refs, 0, starts[k]);
    ck_assert (vhm_refs_is_valid (refs));
    for (uint32_t i = 0; i < 20; i++)
      vhm_refs_map (refs, (starts[k] + i) % 100, false, true);
    ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 0.1, 1e-6);
    for (uint32_t i = 0; i < 20; i++)
      vhm_refs_unmap (refs, (starts[k] + i) % 100);
    ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 1, 1e-6);
  }
}
END_TEST

START_TEST (hot_pages_stay_hot_as_active_pages_come_and_go)
{
  g_autoptr (vhm_refs) refs = stream_of (hot_cold_of (1000, 0.2, 0.9), 1);
  uint32_t active[] = { 500, 1000, 10, 250 };
  for (size_t k = 0; k < G_N_ELEMENTS (active); k++) {
    vhm_refs_set_active (refs, 0, active[k]);
    map_range (refs, 0, active[k] / 5);
    ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), 0.1, 1e-6);
    for (uint32_t page = 0; page < active[k] / 5; page++)
      vhm_refs_unmap (refs, page);
    ck_assert (vhm_refs_is_valid (refs));
  }
}
END_TEST

/* A drift under LRU: the old hot pages leave, the new ones come in. */
START_TEST (a_drift_turns_over_the_memory)
{
  g_autoptr (vhm_refs) refs = stream_of (hot_cold_of (1000, 0.1, 1), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 100; i++)
    lru_fault (refs, ages, 120);
  ck_assert (no_trap_within (refs, 1e5));
  vhm_refs_set_hot_start (refs, 0, 500);
  for (int i = 0; i < 100; i++)
    ck_assert_uint_ge (lru_fault (refs, ages, 120), 500);
  ck_assert (no_trap_within (refs, 1e5));
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
}
END_TEST

START_TEST (a_region_may_come_late)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (100, 1, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 90; i++)
    lru_fault (refs, ages, 100);
  struct vhm_region_spec late = zipf_of (77, 1, 0);
  ck_assert_uint_eq (vhm_refs_add_region (refs, &late), 100);
  for (int i = 0; i < 2000; i++)
    lru_fault (refs, ages, 100);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
}
END_TEST

SUITE_TWICE ("regions", "every reference", streams_every_reference,
             streams_next_fault,
             tcase_add_test (tc, pages_are_numbered_region_after_region);
             tcase_add_test (tc, only_active_pages_trap);
             tcase_add_test (tc, the_hot_part_moves);
             tcase_add_test (tc,
                             hot_pages_stay_hot_as_active_pages_come_and_go);
             tcase_add_test (tc, a_drift_turns_over_the_memory);
             tcase_add_test (tc, a_region_may_come_late);)
