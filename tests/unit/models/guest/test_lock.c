/* The lock of a process: one has it, the others wait in order, and who waits takes
 * no processor time. */
#include "process.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

START_TEST (it_goes_to_those_who_wait_in_the_order_they_came)
{
  struct lock l;
  vhm_lock_init (&l, 3);
  ck_assert (vhm_lock_take (&l, 2));
  ck_assert_uint_eq (vhm_lock_pass_on (&l), NOBODY);
  for (uint32_t round = 0; round < 5; round++) { /* round the ring */
    ck_assert (vhm_lock_take (&l, 1));
    ck_assert (!vhm_lock_take (&l, 2));
    ck_assert (!vhm_lock_take (&l, 0));
    ck_assert_uint_eq (vhm_lock_pass_on (&l), 2);
    ck_assert_uint_eq (vhm_lock_pass_on (&l), 0);
    ck_assert_uint_eq (vhm_lock_pass_on (&l), NOBODY);
  }
  ck_assert (vhm_lock_take (&l, 0));
  ck_assert (!vhm_lock_take (&l, 1));
  vhm_lock_forget (&l);
  ck_assert (vhm_lock_take (&l, 2));
  vhm_lock_clear (&l);
}
END_TEST

/* Operations of 1000 references, of which 400 with the lock, 1 us each: one thread
 * takes 1 ms an operation, four on four processors are held up by the lock. */
START_TEST (operations_follow_each_other_at_the_pace_of_the_lock)
{
  struct world w;
  world_open_ideal (&w, 4, "");
  struct puppet p = a_puppet (100, 0, _i == 0 ? 1 : 4, 1000, 1000, 0);
  p.threads.locked = 400;
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 4, 1000, 1000);
  world_run (&w, S);
  vhm_guest_sync (g);
  uint64_t due = _i == 0 ? 1000 : 2499; /* the first ends after 1 ms */
  ck_assert_uint_ge (vhm_guest_operations (g), due - 2);
  ck_assert_uint_le (vhm_guest_operations (g), due + 1);
  uint64_t idle = _i == 0 ? 3 * S : 4 * S - 5 * S / 2; /* 2.5 busy */
  ck_assert_double_eq_tol ((double) world_account (g, VHM_ACCOUNT_IDLE),
                           (double) idle, 2e6);
  world_close (&w);
}
END_TEST

/* Each release of a lock that others wait for wakes one of them, if processors are
 * idle. */
START_TEST (handing_it_over_wakes_an_idle_processor)
{
  static const struct vhm_overheads_config costs
      = { .enabled = true, .interrupt_cyc = 2000 };
  struct world w;
  world_open_ideal (&w, 4, "");
  w.overheads = &costs;
  struct puppet p = a_puppet (100, 0, 4, 1000, 1000, 0);
  p.threads.locked = 400;
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, (uint32_t) (_i == 0 ? 1 : 4), 1000, 1000);
  world_run (&w, S);
  uint64_t woken = vhm_guest_overheads (g, VHM_OVERHEAD_WAKE);
  if (_i == 0)
    ck_assert_uint_eq (woken, 0); /* the one processor is never idle */
  else
    ck_assert_uint_gt (woken, 2400);
  world_close (&w);
}
END_TEST

START_TEST (a_process_that_is_held_lets_go_of_it)
{
  struct world w;
  world_open_ideal (&w, 4, "");
  struct puppet p = a_puppet (100, 0, 4, 1000, 1000, 0);
  p.threads.locked = 900;
  world_puppet (&w, &p);
  vhm_guest *g = world_boot (&w, 4, 1000, 1000);
  world_run (&w, S / 2);
  vhm_process_hold (p.process);
  world_run (&w, S / 10);
  uint64_t before = vhm_guest_operations (g);
  vhm_process_release (p.process);
  world_run (&w, S / 2);
  vhm_guest_sync (g);
  ck_assert_uint_ge (vhm_guest_operations (g) - before, 553);
  vhm_process_kill (p.process);
  world_run (&w, S);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "lock", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc, it_goes_to_those_who_wait_in_the_order_they_came);
    tcase_add_loop_test (tc,
                         operations_follow_each_other_at_the_pace_of_the_lock,
                         0, 2);
    tcase_add_loop_test (tc, handing_it_over_wakes_an_idle_processor, 0, 2);
    tcase_add_test (tc, a_process_that_is_held_lets_go_of_it);)
