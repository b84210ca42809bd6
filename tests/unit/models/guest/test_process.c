/* A process in a closed loop: faults, thinking, sweeps, allocations. */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S

static void
open_ideal (struct world *w, uint32_t n_cpus, const char *yaml)
{
  world_open (w, n_cpus, 20000);
  world_os (w, "ideal-lru", yaml);
}

static uint64_t
account (vhm_guest *guest, enum vhm_account a)
{
  vhm_guest_sync (guest);
  return vhm_guest_ledger (guest).cyc[a];
}

/* Nine frames for ten pages: every tenth reference faults. With one thread every
 * fault stops the guest for a disk access; with four the others go on. */
START_TEST (a_fault_blocks_its_thread_alone)
{
  struct vhm_disk_counts disk;
  double references[2];
  for (int k = 0; k < 2; k++) {
    struct world w;
    open_ideal (&w, 1, "");
    struct puppet p = a_puppet (1000, 0, k ? 4 : 1, 1000000, 10, 0);
    world_puppet (&w, &p);
    vhm_guest *guest = world_boot (&w, 1, 900, 1000);
    world_run (&w, 10 * S);
    vhm_guest_sync (guest);
    double before = vhm_guest_references (guest);
    uint64_t blocked = account (guest, VHM_ACCOUNT_BLOCKED_PAGING);
    uint64_t n_reads = vhm_guest_counters (guest).page_reads;
    world_run (&w, 100 * S);
    blocked = account (guest, VHM_ACCOUNT_BLOCKED_PAGING) - blocked;
    n_reads = vhm_guest_counters (guest).page_reads - n_reads;
    references[k] = vhm_guest_references (guest) - before;
    disk = vhm_disk_counts (w.disk);
    if (k == 0) /* each read blocks the processor for its 10 ms, no more */
      ck_assert_double_eq_tol ((double) blocked,
                               (double) (n_reads * WORLD_DISK_NS),
                               (double) WORLD_DISK_NS);
    else
      ck_assert_uint_lt (blocked, n_reads * WORLD_DISK_NS / 2);
    world_close (&w);
  }
  ck_assert_uint_eq (disk.n_writes, 0); /* nothing is written */
  ck_assert_double_gt (references[1], references[0]);
}
END_TEST

/* N = X (R + Z), exactly by Little's law but for what is cut off at the ends. */
START_TEST (the_interactive_response_time_law_holds)
{
  enum { N = 8 };
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (100, 0, N, 1000, 2000, 10000000);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 1000, 1000);
  world_run (&w, 400 * S);
  double x = (double) vhm_guest_operations (guest) / (400.0 * (double) S);
  double r = vhm_histogram_mean (vhm_guest_latency_ns (guest));
  /* Z is a mean of some 190,000 exponentials: 0.23 % standard error; 4 of them
   * are exceeded once in 16,000 seeds. */
  ck_assert_double_eq_tol (x * (r + 10e6), N, N * 0.0092);
  /* ten operations of 2 ms wait for one processor at a time: it is busy */
  ck_assert_double_lt (x * 2e6, 1.0);
  ck_assert_double_gt (x * 2e6, 0.85);
  world_close (&w);
}
END_TEST

START_TEST (two_processes_on_one_processor_share_it)
{
  struct world w;
  open_ideal (&w, 4, "");
  struct puppet a = a_puppet (100, 0, 1, 1000, 100, 0),
                b = a_puppet (100, 0, 3, 1000, 100, 0);
  world_puppet (&w, &a);
  world_puppet (&w, &b);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 8 * S);
  double sum = vhm_guest_references (guest);
  double of_a = vhm_refs_clock (vhm_process_refs (a.process));
  double of_b = vhm_refs_clock (vhm_process_refs (b.process));
  ck_assert_double_eq_tol (of_a, 2e6, 10); /* one thread of four */
  ck_assert_double_eq_tol (of_b, 6e6, 30);
  ck_assert_double_eq_tol (of_a + of_b, sum, 1e-3);
  world_close (&w);
}
END_TEST

/* Kernel time of a fault comes out of the process's progress. */
START_TEST (fault_handling_is_charged)
{
  struct world w;
  open_ideal (&w, 1, "zero_fault: 1 ms");
  struct puppet p = a_puppet (200, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 200);
  ck_assert_uint_eq (account (guest, VHM_ACCOUNT_GUEST_FAULT), 200000000);
  double due = (10.0 * (double) S - 2e8) / 1000;
  ck_assert_double_eq_tol (vhm_guest_references (guest), due, due * 1e-5);
  world_close (&w);
}
END_TEST

START_TEST (a_sweep_visits_every_page_and_faults_on_those_that_trap)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (3000, 0, 1, 1000, 100, 0);
  p.regions[0].n_active = 0; /* nobody else comes here */
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 4000, 4000);
  vhm_process_allocate (p.process, 0, 100, 50); /* the first 50 are there */
  vhm_process_sweep (p.process, 0, 100, 2100, 5000, true);
  world_run (&w, 4 * S); /* half the processor: the other thread computes */
  ck_assert_int_eq (vhm_process_is_sweeping (p.process), false);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_SWEPT], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 2000);
  vhm_refs *refs = vhm_process_refs (p.process);
  for (uint32_t page = 0; page < 3000; page++) {
    bool visited = page >= 100 && page < 2100;
    ck_assert_int_eq (vhm_refs_is_mapped (refs, page), visited);
    if (visited)
      ck_assert (vhm_refs_is_dirty (refs, page));
  }
  world_close (&w);
}
END_TEST

/* The threads touch the pages that the sweep is on its way to. */
START_TEST (a_sweep_passes_pages_that_others_have_brought_in)
{
  struct world w;
  open_ideal (&w, 2, "");
  struct puppet p = a_puppet (100, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 1000, 1000);
  vhm_process_sweep (p.process, 0, 0, 100, 1e6, true);
  world_run (&w, S / 2);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_SWEPT], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_faults, 100);
  for (uint32_t page = 0; page < 100; page++)
    ck_assert (vhm_refs_is_dirty (vhm_process_refs (p.process), page));
  world_close (&w);
}
END_TEST

START_TEST (a_sweep_takes_its_cycles_a_page)
{
  struct world w;
  open_ideal (&w, 2, "");
  struct puppet p = a_puppet (1000, 0, 1, 1000, 1e9, 0);
  world_puppet (&w, &p);
  world_boot (&w, 2, 4000, 4000);
  vhm_process_allocate (p.process, 0, 0, 1000);
  vhm_process_sweep (p.process, 0, 0, 1000, 10000, false); /* 10 ms in all */
  world_run (&w, 10000000 - 100);
  ck_assert (vhm_process_is_sweeping (p.process));
  world_run (&w, 200);
  ck_assert (!vhm_process_is_sweeping (p.process));
  world_close (&w);
}
END_TEST

/* A sweep through memory that is mostly paged out reads it all back. */
START_TEST (a_sweep_waits_for_the_disk)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (2000, 0, 1, 1000, 100, 0);
  p.regions[0].n_active = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 1000, 1000);
  vhm_process_allocate (p.process, 0, 0, 2000); /* the first half is out */
  vhm_process_sweep (p.process, 0, 0, 1000, 1000, false);
  world_run (&w, S);
  ck_assert (vhm_process_is_sweeping (p.process));
  ck_assert_uint_gt (account (guest, VHM_ACCOUNT_BLOCKED_PAGING), S * 9 / 10);
  world_run (&w, 40 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, 1000);
  world_close (&w);
}
END_TEST

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
  ck_assert_uint_gt (account (guest, VHM_ACCOUNT_BLOCKED_PAGING), S / 20);
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
  open_ideal (&w, 1, "");
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

START_TEST (the_timer_and_the_alarm_ring_once_and_on_time)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (100, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  world_boot (&w, 1, 1000, 1000);
  vhm_process_set_timer (p.process, 5000);
  vhm_process_set_timer (p.process, S); /* replaces it */
  vhm_process_set_references (p.process, 2e6);
  world_run (&w, S - 1);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_TIMER], 0);
  world_run (&w, 1);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_TIMER], 1);
  world_run (&w, S - 1000);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_REFERENCES], 0);
  world_run (&w, 2000);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_REFERENCES], 1);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_REFERENCES], 1);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_TIMER], 1);
  world_close (&w);
}
END_TEST

/* References so short that the reference that traps, the end of the operation
 * and the alarm fall into one cycle all the time. */
static void
set_alarm_again (struct puppet *p, enum vhm_notice notice)
{
  if (notice == VHM_NOTICE_REFERENCES)
    vhm_process_set_references (p->process, 1);
}

START_TEST (events_of_one_cycle_do_not_get_into_each_others_way)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (1000, 0.5, 2, 1, 1, 0);
  p.notice = set_alarm_again;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 900, 1000);
  vhm_process_set_references (p.process, 1);
  for (int i = 0; i < 20; i++)
    world_run (&w, S / 10);
  ck_assert_uint_gt (vhm_guest_counters (guest).page_reads, 50);
  ck_assert_uint_gt (p.n_notices[VHM_NOTICE_REFERENCES], 500);
  world_close (&w);
}
END_TEST

/* Whatever its threads are at when it comes: faulting, thinking, sweeping. */
START_TEST (a_killed_process_does_nothing_any_more)
{
  struct world w;
  open_ideal (&w, 2, "");
  struct puppet p[2];
  for (int i = 0; i < 2; i++) {
    p[i] = a_puppet (1000, 0.5, 4, 1e6, 10, VHM_NS_PER_S / 100);
    world_puppet (&w, &p[i]);
  }
  vhm_guest *guest = world_boot (&w, 2, 900, 1000);
  world_run (&w, S + 12345678);
  vhm_process_sweep (p[0].process, 0, 0, 1000, 1000, false);
  vhm_process_set_timer (p[0].process, 2 * S);
  world_run (&w, S / 50);
  vhm_process_kill (p[0].process);
  world_audit (&w);
  double killed = vhm_refs_clock (vhm_process_refs (p[0].process));
  double other = vhm_refs_clock (vhm_process_refs (p[1].process));
  uint64_t faults = vhm_guest_counters (guest).page_faults;
  world_run (&w, 10 * S);
  ck_assert_double_eq (vhm_refs_clock (vhm_process_refs (p[0].process)),
                       killed);
  ck_assert_double_gt (vhm_refs_clock (vhm_process_refs (p[1].process)), other);
  ck_assert_uint_gt (vhm_guest_counters (guest).page_faults, faults);
  ck_assert (!vhm_process_is_sweeping (p[0].process));
  for (int notice = 0; notice < VHM_N_NOTICES; notice++)
    ck_assert_uint_eq (p[0].n_notices[notice], 0);
  world_close (&w);
}
END_TEST

START_TEST (threads_of_a_killed_process_wait_for_nothing)
{
  struct world w;
  open_ideal (&w, 2, "");
  struct puppet p = a_puppet (1000, 0.5, 2, 1e4, 10, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 500, 1000);
  world_run (&w, S);
  vhm_guest_sync (guest);
  ck_assert_uint_gt (account (guest, VHM_ACCOUNT_BLOCKED_PAGING), 0);
  uint64_t committed = vhm_guest_counters (guest).committed_pages;
  ck_assert (vhm_process_commit (p.process, 50));
  vhm_process_uncommit (p.process, 20);
  vhm_process_kill (p.process);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     committed - 1000);
  uint64_t blocked = account (guest, VHM_ACCOUNT_BLOCKED_PAGING);
  uint64_t idle = account (guest, VHM_ACCOUNT_IDLE);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (account (guest, VHM_ACCOUNT_BLOCKED_PAGING), blocked);
  ck_assert_uint_eq (account (guest, VHM_ACCOUNT_IDLE) - idle, 20 * S);
  world_close (&w);
}
END_TEST

START_TEST (the_first_operations_are_remembered_in_order)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (100, 0, 1, 1e6, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 900, 1000);
  world_run (&w, 250 * S / 1000);
  ck_assert_uint_eq (vhm_guest_operations (guest), 2);
  ck_assert_double_eq_tol ((double) vhm_guest_operation_ns (guest, 0), 1e8,
                           1e3);
  ck_assert_double_eq_tol ((double) vhm_guest_operation_ns (guest, 1), 1e8,
                           1e3);
  ck_assert_uint_eq (vhm_guest_operation_ns (guest, 2), 0);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_operation_ns (guest, VHM_FIRST_OPERATIONS - 1),
                     S / 10);
  ck_assert_uint_eq (vhm_guest_operation_ns (guest, VHM_FIRST_OPERATIONS), 0);
  world_close (&w);
}
END_TEST

START_TEST (files_lie_one_after_the_other)
{
  struct world w;
  open_ideal (&w, 1, "");
  struct puppet p = a_puppet (100, 0, 1, 1e6, 100, 0);
  world_puppet (&w, &p);
  world_boot (&w, 1, 900, 1000);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 70), 0);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 5), 70);
  ck_assert_uint_eq (vhm_process_new_file (p.process, 1), 75);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "process", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc, a_fault_blocks_its_thread_alone);
    tcase_add_test (tc, the_interactive_response_time_law_holds);
    tcase_add_test (tc, two_processes_on_one_processor_share_it);
    tcase_add_test (tc, fault_handling_is_charged);
    tcase_add_test (tc,
                    a_sweep_visits_every_page_and_faults_on_those_that_trap);
    tcase_add_test (tc, a_sweep_passes_pages_that_others_have_brought_in);
    tcase_add_test (tc, a_sweep_takes_its_cycles_a_page);
    tcase_add_test (tc, a_sweep_waits_for_the_disk);
    tcase_add_test (tc, an_allocation_stalls_and_goes_on);
    tcase_add_test (tc, an_allocation_that_fits_is_done_at_once);
    tcase_add_test (tc, the_timer_and_the_alarm_ring_once_and_on_time);
    tcase_add_test (tc, events_of_one_cycle_do_not_get_into_each_others_way);
    tcase_add_test (tc, a_killed_process_does_nothing_any_more);
    tcase_add_test (tc, threads_of_a_killed_process_wait_for_nothing);
    tcase_add_test (tc, the_first_operations_are_remembered_in_order);
    tcase_add_test (tc, files_lie_one_after_the_other);)
