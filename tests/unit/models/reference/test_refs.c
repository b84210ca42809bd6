/* The stream as its user meets it: clock, determinism, misuse. */
#include "streams.h"
#include "suite.h"

#include <signal.h>

START_TEST (an_advance_moves_the_clock)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (4, 1, 0), 1);
  vhm_refs_advance (refs, 2.5);
  vhm_refs_advance (refs, 0);
  ck_assert_double_eq (vhm_refs_clock (refs), 2.5);
}
END_TEST

START_TEST (the_same_seed_gives_the_same_stream)
{
  double clock[2];
  uint64_t pages[2] = { 0, 0 };
  for (int k = 0; k < 2; k++) {
    g_autoptr (vhm_refs) refs = stream_of (zipf_of (2000, 1, 0.3), 5);
    g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
    for (int i = 0; i < 5000; i++)
      pages[k] = pages[k] * 31 + lru_fault (refs, ages, 900);
    clock[k] = vhm_refs_clock (refs);
  }
  ck_assert_uint_eq (pages[0], pages[1]);
  ck_assert (!(clock[0] < clock[1]) && !(clock[0] > clock[1]));
}
END_TEST

START_TEST (mapping_a_mapped_page_aborts)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (10, 1, 0), 1);
  vhm_refs_map (refs, 3, false, true);
  vhm_refs_map (refs, 3, false, true);
}
END_TEST

START_TEST (a_trap_that_was_not_announced_aborts)
{
  bool write;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (10, 1, 0), 1);
  vhm_refs_trap (refs, &write);
}
END_TEST

SUITE_TWICE (
    "refs", "every reference", streams_every_reference, streams_next_fault,
    tcase_add_test (tc, an_advance_moves_the_clock);
    tcase_add_test (tc, the_same_seed_gives_the_same_stream);
    if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, mapping_a_mapped_page_aborts, SIGABRT);
      tcase_add_test_raise_signal (tc, a_trap_that_was_not_announced_aborts,
                                   SIGABRT);
    })
