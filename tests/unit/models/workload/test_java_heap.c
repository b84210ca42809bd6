/* A Java heap: laps through all of it, collections, and what less memory costs. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256
#define KEEPS 64 /* frames that the system keeps from the balloon */

/* A reference is 10 us, every tenth allocates a page: 10,000 pages a second. */
#define HEAP                                                             \
  "heap: 40 MiB, live: 8 MiB, threads: 1, cycles_per_reference: 10000, " \
  "mark_cycles: 100000"

static vhm_guest *
boot_heap (struct world *w, uint32_t mib, const char *yaml)
{
  world_open_ideal (w, 2, "hard_fault: 0 s, zero_fault: 0 s");
  world_workload (w, "java_heap", yaml);
  return world_boot (w, 2, mib * MIB_PAGES, 3 * mib * MIB_PAGES);
}

/* Lap: 8192 pages at 100 us. Collection: 2048 pages at 100 us, in which nothing is
 * referenced. */
START_TEST (each_lap_ends_with_a_collection)
{
  struct world w;
  vhm_guest *guest = boot_heap (&w, 60, HEAP);
  const uint64_t lap = 32 * MIB_PAGES * 100000, mark = 8 * MIB_PAGES * 100000;
  world_run (&w, 10 * (lap + mark) + 1000);
  ck_assert_double_eq_tol (vhm_guest_references (guest),
                           10 * 32 * MIB_PAGES * 10.0, 10);
  double before = vhm_guest_references (guest);
  world_run (&w, lap);
  ck_assert_double_eq_tol (vhm_guest_references (guest) - before,
                           32 * MIB_PAGES * 10.0, 2);
  before = vhm_guest_references (guest);
  world_run (&w, mark / 2);
  ck_assert_double_eq_tol (vhm_guest_references (guest) - before, 0, 2);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     40 * MIB_PAGES);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages,
                     40 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* Pages read in a lap when the guest has so many frames less than the heap. */
static double
reads_a_lap (uint32_t less_pages)
{
  struct world w;
  vhm_guest *guest = boot_heap (&w, 40,
                                "heap: 40 MiB, live: 1 MiB, hot: 100 %, "
                                "hot_weight: 100 %, threads: 1, "
                                "cycles_per_reference: 10000");
  world_run (&w, 10 * S);
  while (vhm_guest_ballooned_pages (guest) < less_pages) {
    vhm_guest_inflate (guest, less_pages - vhm_guest_ballooned_pages (guest),
                       0);
    world_run (&w, S);
  }
  world_run (&w, 500 * S);
  double references = vhm_guest_references (guest);
  uint64_t reads = vhm_guest_counters (guest).pages_input;
  world_run (&w, 1000 * S);
  vhm_guest_sync (guest);
  references = vhm_guest_references (guest) - references;
  reads = vhm_guest_counters (guest).pages_input - reads;
  world_close (&w);
  return (double) reads / (references / 10 / (39 * MIB_PAGES));
}

/* 2 % less memory than the heap, and every page of the lap is read back; half of the
 * memory costs no more. */
START_TEST (a_little_less_memory_costs_as_much_as_a_lot)
{
  ck_assert_double_eq (reads_a_lap (0), 0);
  ck_assert_double_eq_tol (reads_a_lap (MIB_PAGES), 39 * MIB_PAGES,
                           0.03 * 39 * MIB_PAGES);
  ck_assert_double_eq_tol (reads_a_lap (20 * MIB_PAGES), 39 * MIB_PAGES,
                           0.03 * 39 * MIB_PAGES);
}
END_TEST

START_TEST (a_refused_heap_is_asked_for_again)
{
  struct world w;
  world_open (&w, 1, 100000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, page_file_maximum: 1 MiB");
  world_workload (&w, "java_heap", "heap: 40 MiB, live: 8 MiB, retry: 2 s");
  vhm_guest *guest = world_boot (&w, 1, 32 * MIB_PAGES, 64 * MIB_PAGES);
  world_run (&w, 9 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).refused_commits, 5);
  ck_assert_double_eq (vhm_guest_references (guest), 0);
  vhm_guest_hot_add (guest, 32 * MIB_PAGES);
  world_run (&w, 5 * S);
  ck_assert_double_gt (vhm_guest_references (guest), 1000);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("java heap", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, each_lap_ends_with_a_collection);
             tcase_add_test (tc, a_little_less_memory_costs_as_much_as_a_lot);
             tcase_add_test (tc, a_refused_heap_is_asked_for_again);)
