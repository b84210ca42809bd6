/* Allocations and files of a process. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* The guest is full and its page file slow: the allocation stops a thread, and
 * goes on when frames come. */
START_TEST (an_allocation_stalls_and_goes_on)
{
  struct world w;
  world_open (&w, 1, 20000);
  world_os (&w, "windows",
            "nonpaged_pool: 1 MiB, page_file: 64 MiB, write_cluster: 16, "
            "writer_starts_at: 1");
  struct puppet p = a_puppet (8000, 0.5, 2, 100000, 100, 0);
  p.regions[0].n_active = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 5000, 5000);
  vhm_process_allocate (p.process, 0, 0, 8000);
  ck_assert (vhm_process_is_allocating (p.process));
  ck_assert (vhm_process_wants_frames (p.process));
  world_run (&w, S / 10);
  ck_assert (vhm_process_is_allocating (p.process));
  ck_assert_uint_gt (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING), S / 20);
  ck_assert_double_gt (vhm_guest_references (guest), 0); /* the other thread */
  world_run (&w, 20 * S);
  ck_assert (!vhm_process_is_allocating (p.process));
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_ALLOCATED], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 8000);
  world_close (&w);
}
END_TEST

START_TEST (an_allocation_that_fits_is_done_at_once)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_puppet (1000, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 2000, 2000);
  vhm_process_allocate (p.process, 0, 0, 700);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_ALLOCATED], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, 700);
  vhm_process_drop (p.process, 0, 100, 600);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, 100);
  vhm_process_allocate (p.process, 0, 0, 700); /* 100 are there */
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 1300);
  world_close (&w);
}
END_TEST

START_TEST (files_lie_one_after_the_other)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_puppet (100, 0, 1, 1e6, 100, 0);
  world_puppet (&w, &p);
  world_boot (&w, 1, 900, 1000);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 70), 0);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 5), 70);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 1), 75);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("regions", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, an_allocation_stalls_and_goes_on);
             tcase_add_test (tc, an_allocation_that_fits_is_done_at_once);
             tcase_add_test (tc, files_lie_one_after_the_other);)
