/* A process: its alarms, and that it can be killed. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

START_TEST (the_timer_and_the_alarm_ring_once_and_on_time)
{
  struct world w;
  world_open_ideal (&w, 1, "");
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

/* Whatever its threads are at when it comes: faulting, thinking, sweeping. */
START_TEST (a_killed_process_does_nothing_any_more)
{
  struct world w;
  world_open_ideal (&w, 2, "");
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
  world_open_ideal (&w, 2, "");
  struct puppet p = a_puppet (1000, 0.5, 2, 1e4, 10, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 500, 1000);
  world_run (&w, S);
  vhm_guest_sync (guest);
  ck_assert_uint_gt (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING), 0);
  uint64_t committed = vhm_guest_counters (guest).committed_pages;
  ck_assert (vhm_process_commit (p.process, 50));
  vhm_process_uncommit (p.process, 20);
  vhm_process_kill (p.process);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages,
                     committed - 1000);
  uint64_t blocked = world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING);
  uint64_t idle = world_account (guest, VHM_ACCOUNT_IDLE);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING),
                     blocked);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_IDLE) - idle, 20 * S);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("process", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, the_timer_and_the_alarm_ring_once_and_on_time);
             tcase_add_test (tc, a_killed_process_does_nothing_any_more);
             tcase_add_test (tc, threads_of_a_killed_process_wait_for_nothing);)
