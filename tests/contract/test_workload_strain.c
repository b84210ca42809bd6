/* Every workload on every guest operating system, ten minutes under strain
 * (tests/support/strain.h): what its guest's counters and accounts must say. */
#include "strain.h"
#include "suite.h"

#define MAX_RUNS 64

struct pair {
  const char *os, *workload;
};

/* The i-th pair of operating system and workload; false beyond the last. */
static bool
find_pair (int i, struct pair *ret_pair)
{
  uint32_t n = 0;
  while (strain_nth (VHM_PLUGIN_WORKLOAD, n))
    n++;
  const struct vhm_plugin *os
      = strain_nth (VHM_PLUGIN_GUEST_OS, (uint32_t) i / n);
  if (!os)
    return false;
  ret_pair->os = os->name;
  ret_pair->workload = strain_nth (VHM_PLUGIN_WORKLOAD, (uint32_t) i % n)->name;
  return true;
}

START_TEST (holds_no_more_than_it_has_committed)
{
  struct pair pair;
  if (!find_pair (_i, &pair))
    return;
  struct strain_look looks[STRAIN_STEPS];
  strain_run (pair.os, pair.workload, looks);
  for (int i = 0; i < STRAIN_STEPS; i++) {
    const struct vhm_guest_counters *c = &looks[i].counters;
    ck_assert_msg (c->working_set_pages + looks[i].ballooned_pages
                       <= c->committed_pages,
                   "%s on %s touches what it has not committed, step %d",
                   pair.workload, pair.os, i);
  }
}
END_TEST

START_TEST (goes_on_working_to_the_end)
{
  struct pair pair;
  if (!find_pair (_i, &pair))
    return;
  struct strain_look looks[STRAIN_STEPS];
  strain_run (pair.os, pair.workload, looks);
  for (int i = STRAIN_ROUND; i < STRAIN_STEPS; i += STRAIN_ROUND)
    ck_assert_msg (looks[i].references > looks[i - STRAIN_ROUND].references,
                   "%s on %s stands still before step %d", pair.workload,
                   pair.os, i);
  ck_assert_uint_gt (looks[STRAIN_STEPS - 1].operations, 0);
}
END_TEST

START_TEST (has_an_account_for_every_cycle)
{
  struct pair pair;
  if (!find_pair (_i, &pair))
    return;
  struct strain_look looks[STRAIN_STEPS];
  strain_run (pair.os, pair.workload, looks);
  for (uint64_t i = 0; i < STRAIN_STEPS; i++) /* 2 processors, 1 cycle a ns */
    ck_assert_uint_eq (vhm_ledger_sum (&looks[i].ledger),
                       2 * (i + 1) * STRAIN_STEP_NS);
}
END_TEST

/* Otherwise the tests above were no strain. */
START_TEST (is_really_short_of_memory)
{
  struct pair pair;
  if (!find_pair (_i, &pair))
    return;
  struct strain_look looks[STRAIN_STEPS];
  strain_run (pair.os, pair.workload, looks);
  const struct strain_look *last = &looks[STRAIN_STEPS - 1];
  ck_assert_msg (last->counters.page_reads > 0, "%s on %s reads no page",
                 pair.workload, pair.os);
  ck_assert_uint_eq (last->visible_pages,
                     STRAIN_STARTUP
                         + STRAIN_STEPS / STRAIN_ROUND * STRAIN_HOT_ADD);
  ck_assert_uint_gt (looks[1].ballooned_pages, 0);
}
END_TEST

SUITE ("every workload under strain",
       tcase_add_loop_test (tc, holds_no_more_than_it_has_committed, 0,
                            MAX_RUNS);
       tcase_add_loop_test (tc, goes_on_working_to_the_end, 0, MAX_RUNS);
       tcase_add_loop_test (tc, has_an_account_for_every_cycle, 0, MAX_RUNS);
       tcase_add_loop_test (tc, is_really_short_of_memory, 0, MAX_RUNS);)
