/* Operations of threads: thinking, response times, the first ones. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* N = X (R + Z), exactly by Little's law but for what is cut off at the ends. */
START_TEST (the_interactive_response_time_law_holds)
{
  enum { N = 8 };
  struct world w;
  world_open_ideal (&w, 1, "");
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

START_TEST (the_first_operations_are_remembered_in_order)
{
  struct world w;
  world_open_ideal (&w, 1, "");
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

SUITE_TWICE ("operations", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, the_interactive_response_time_law_holds);
             tcase_add_test (tc, the_first_operations_are_remembered_in_order);)
