/* An operating system with nothing to do. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256

static vhm_guest *
boot_idle (struct world *w, const char *yaml, uint32_t pages)
{
  world_open (w, 2, 100000);
  world_os (w, "windows", "nonpaged_pool: 1 MiB, page_file: 64 MiB");
  world_workload (w, "idle", yaml);
  return world_boot (w, 1, pages, pages);
}

START_TEST (its_commit_is_touched_at_the_start)
{
  struct world w;
  vhm_guest *guest = boot_idle (&w, "commit: 40 MiB", 20000);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_eq (c.committed_pages, 41 * MIB_PAGES);
  ck_assert_uint_eq (c.working_set_pages, 40 * MIB_PAGES);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     41 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* A wake-up of 2000 references every 500 ms takes 4 ms: 120 s give 238 of them;
 * 4 standard errors. */
START_TEST (it_wakes_up_now_and_then)
{
  struct world w;
  vhm_guest *guest = boot_idle (&w, "commit: 16 MiB", 20000);
  world_run (&w, 1200 * S);
  ck_assert_double_eq_tol ((double) vhm_guest_operations (guest), 1200 / 0.504,
                           4 * 49);
  world_close (&w);
}
END_TEST

/* M/M/infinity with a bound: births at n/2 a life, deaths one each a life. The
 * mean number is n/2 = 8 of 16 (the bound is rarely met); a run of 600 lives
 * sampled twice a life: 4 standard errors of a correlated mean. */
START_TEST (commit_breathes_around_half)
{
  struct world w;
  vhm_guest *guest = boot_idle (
      &w, "commit: 16 MiB, breath: 1 MiB, breathing: 16 MiB, breath_every: 2 s",
      20000);
  world_run (&w, 20 * S);
  double sum = 0;
  uint64_t least = UINT64_MAX, most = 0;
  for (int i = 0; i < 1200; i++) {
    vhm_engine_run (w.engine, vhm_cycles_add (vhm_engine_now (w.engine),
                                              vhm_cycles_make (S)));
    uint64_t pages
        = vhm_guest_counters (guest).committed_pages - 17 * MIB_PAGES;
    ck_assert_uint_eq (pages % MIB_PAGES, 0);
    sum += (double) pages / MIB_PAGES;
    least = MIN (least, pages / MIB_PAGES);
    most = MAX (most, pages / MIB_PAGES);
  }
  world_audit (&w);
  ck_assert_double_eq_tol (sum / 1200, 8, 4 * 2.8 / 24.5);
  ck_assert_uint_le (most, 16);
  ck_assert_uint_ge (most, 12);
  ck_assert_uint_le (least, 3);
  world_close (&w);
}
END_TEST

START_TEST (without_its_commit_it_references_nothing)
{
  struct world w;
  vhm_guest *guest = boot_idle (&w, "commit: 600 MiB", 20000);
  world_run (&w, 60 * S);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  ck_assert_uint_eq (c.refused_commits, 1);
  ck_assert_uint_eq (c.page_faults, 0);
  world_close (&w);
}
END_TEST

SUITE ("idle", tcase_add_test (tc, its_commit_is_touched_at_the_start);
       tcase_add_test (tc, it_wakes_up_now_and_then);
       tcase_add_test (tc, commit_breathes_around_half);
       tcase_add_test (tc, without_its_commit_it_references_nothing);)
