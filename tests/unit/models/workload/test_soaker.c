/* The memory soaker. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MIB_PAGES 256

START_TEST (it_grows_at_its_rate_to_its_size)
{
  struct world w;
  world_open (&w, 2, 40000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, zero_fault: 0 ns");
  world_workload (&w, "soaker", "size: 21 MiB, chunk: 2 MiB, rate: 4 MiB/s");
  vhm_guest *guest = world_boot (&w, 1, 30000, 30000);
  for (int chunks = 0; chunks < 14; chunks++) {
    ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                       (uint64_t) (1 + MIN (2 * chunks, 21)) * MIB_PAGES);
    ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages,
                       (uint64_t) MIN (2 * chunks, 21) * MIB_PAGES);
    world_run (&w, S / 2);
  }
  world_close (&w);
}
END_TEST

START_TEST (a_refused_chunk_is_tried_again)
{
  struct world w;
  world_open (&w, 2, 40000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 0 B, "
            "page_file_maximum: 1 MiB");
  world_workload (&w, "soaker",
                  "size: 60 MiB, rate: 20 MiB/s, retry: 1 s, "
                  "cycles_per_reference: 1e6");
  vhm_guest *guest = world_boot (&w, 1, 40 * MIB_PAGES, 80 * MIB_PAGES);
  world_run (&w, 10 * S);
  uint64_t refused = vhm_guest_counters (guest).refused_commits;
  ck_assert_uint_ge (refused, 7);
  ck_assert_uint_le (refused, 9);
  vhm_guest_hot_add (guest, 40 * MIB_PAGES);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     61 * MIB_PAGES);
  world_close (&w);
}
END_TEST

/* 5 s after it has all, 8 MiB at 4 MiB/s: its frames are free in the guest, and it
 * works no more. */
START_TEST (it_ends_and_its_memory_is_free)
{
  struct world w;
  world_open (&w, 2, 40000);
  world_os (&w, "linux", "kernel: 1 MiB, zero_fault: 0 ns");
  world_workload (&w, "soaker",
                  "size: 8 MiB, chunk: 2 MiB, rate: 4 MiB/s, stay: 5 s");
  vhm_guest *guest = world_boot (&w, 1, 8192, 8192);
  uint64_t free = vhm_guest_counters (guest).free_pages;
  uint64_t committed = vhm_guest_counters (guest).committed_pages;
  world_run (&w, 69 * S / 10);
  ck_assert_uint_eq (vhm_guest_counters (guest).free_pages,
                     free - 8 * MIB_PAGES);
  world_run (&w, S / 5);
  ck_assert_uint_eq (vhm_guest_counters (guest).free_pages, free);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages, committed);
  uint64_t done = vhm_guest_operations (guest);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (vhm_guest_operations (guest), done);
  ck_assert_uint_eq (vhm_guest_counters (guest).free_pages, free);
  ck_assert_ptr_null (vhm_guest_audit (guest));
  world_close (&w);
}
END_TEST

SUITE ("soaker", tcase_add_test (tc, it_grows_at_its_rate_to_its_size);
       tcase_add_test (tc, a_refused_chunk_is_tried_again);
       tcase_add_test (tc, it_ends_and_its_memory_is_free);)
