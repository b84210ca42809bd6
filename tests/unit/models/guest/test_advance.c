/* Time passes for several processes, and for several things in one cycle. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

START_TEST (two_processes_on_one_processor_share_it)
{
  struct world w;
  world_open_ideal (&w, 4, "");
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
  world_open_ideal (&w, 1, "");
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

SUITE_TWICE (
    "advance", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc, two_processes_on_one_processor_share_it);
    tcase_add_test (tc, events_of_one_cycle_do_not_get_into_each_others_way);)
