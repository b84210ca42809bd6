/* What calls for measuring again: what is new, what has changed since it was
 * measured, and what has changed since somebody looked. */
#include "exposure.h"
#include "exposure_world.h"
#include "suite.h"

START_TEST (what_was_never_measured_calls_once_it_has_issued)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  open_world (&w, &cpu);
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot (&w, &p);
  ck_assert (!vhm_guests_have_new (&guest, 1)); /* nothing issued yet */
  ck_assert_double_eq (vhm_guests_references_since (&guest, 1), 0);
  world_run (&w, S);
  ck_assert (vhm_guests_have_new (&guest, 1));
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2));
  ck_assert_double_eq (vhm_guests_references_since (&guest, 1),
                       vhm_guest_references (guest));
  vhm_guests_measure (&guest, 1, &asked);
  ck_assert (!vhm_guests_have_new (&guest, 1));
  ck_assert_double_eq (vhm_guests_references_since (&guest, 1), 0);
  vhm_process_sweep (p.process, 0, 0, 5000, 300, true);
  ck_assert (vhm_guests_have_new (&guest, 1));
  world_close (&w);
}
END_TEST

/* A look compares with the look before, a measurement with the measurement. */
START_TEST (a_look_remembers)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  open_world (&w, &cpu);
  struct puppet p = a_puppet (8000, 0, 1, 500, 1e6, 0);
  vhm_guest *guest = boot (&w, &p);
  world_run (&w, S);
  vhm_guests_measure (&guest, 1, &asked);
  ck_assert (vhm_guests_look (&guest, 1, 0.2)); /* from nothing to 8000 */
  ck_assert (!vhm_guests_look (&guest, 1, 0.2));
  world_run (&w, S);                           /* else it would not count */
  vhm_process_set_active (p.process, 0, 6500); /* by 19 % */
  ck_assert (!vhm_guests_look (&guest, 1, 0.2));
  vhm_process_set_active (p.process, 0, 5300); /* by 18 % more */
  ck_assert (!vhm_guests_look (&guest, 1, 0.2));
  ck_assert (vhm_guests_want_measure (&guest, 1, 0.2)); /* by 34 % in all */
  vhm_process_set_active (p.process, 0, 4000);
  ck_assert (vhm_guests_look (&guest, 1, 0.2));
  ck_assert (!vhm_guests_look (&guest, 1, 0.2));
  world_close (&w);
}
END_TEST

/* Beside one that issues a thousand times as much, a change is not seen. */
START_TEST (who_issues_next_to_nothing_calls_for_nothing)
{
  struct world w;
  struct vhm_cpu_config cpu = small_cpu ();
  open_world (&w, &cpu);
  struct puppet busy = a_puppet (8000, 0, 1, 500, 1e6, 0);
  struct puppet light = a_puppet (1000, 0, 1, 500, 1000, S);
  vhm_guest *guests[2] = { boot (&w, &busy), boot (&w, &light) };
  world_run (&w, S);
  vhm_guests_measure (guests, 2, &asked);
  vhm_guests_look (guests, 2, 0.2);
  world_run (&w, S);
  double busiest = vhm_guests_busiest (guests, 2);
  ck_assert (!vhm_process_is_negligible (busy.process, busiest));
  ck_assert (vhm_process_is_negligible (light.process, busiest));
  vhm_process_set_active (light.process, 0, 100);
  ck_assert (vhm_process_has_moved (light.process, 0.2));
  ck_assert (!vhm_guests_want_measure (guests, 2, 0.2));
  ck_assert (!vhm_guests_look (guests, 2, 0.2));
  vhm_process_set_active (busy.process, 0, 1000);
  ck_assert (vhm_guests_want_measure (guests, 2, 0.2));
  ck_assert (vhm_guests_look (guests, 2, 0.2));
  world_close (&w);
}
END_TEST

/* The same change of the inputs where a reference computes for 500 cycles and
 * where it does for 50000. */
START_TEST (a_small_share_of_the_time_takes_a_larger_change)
{
  for (int is_slow = 0; is_slow < 2; is_slow++) {
    struct world w;
    struct vhm_cpu_config cpu = small_cpu ();
    open_world (&w, &cpu);
    struct puppet p = a_puppet (8000, 0, 1, is_slow ? 50000 : 500, 1e6, 0);
    vhm_guest *guest = boot (&w, &p);
    world_run (&w, 10 * S);
    vhm_guests_measure (&guest, 1, &asked);
    vhm_process_set_active (p.process, 0, 4000);
    ck_assert (vhm_process_has_moved (p.process, 0.2) == !is_slow);
    vhm_process_set_active (p.process, 0, 1500); /* a fall by four fifths */
    ck_assert (vhm_process_has_moved (p.process, 0.2));
    world_close (&w);
  }
}
END_TEST

SUITE ("exposure triggers",
       tcase_add_test (tc, what_was_never_measured_calls_once_it_has_issued);
       tcase_add_test (tc, a_look_remembers);
       tcase_add_test (tc, who_issues_next_to_nothing_calls_for_nothing);
       tcase_add_test (tc, a_small_share_of_the_time_takes_a_larger_change);)
