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

/* Each fault belongs to the operation that was under way; those before the first
 * one to none. */
START_TEST (what_befell_the_guest_is_remembered_with_them)
{
  static const struct vhm_swap_config swap = {
    .victims = VHM_VICTIMS_CLOCK, .read_ahead = 8, .batch = 8, .n_writes = 4
  };
  enum { N = 256, OPERATIONS = 3 };
  struct world w;
  world_open_ideal (&w, 1, "");
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  struct puppet p = a_puppet (N, 0, 1, 1e6, N, 0);
  p.regions[0].pattern = VHM_PATTERN_SCAN;
  p.regions[0].cyclic = true;
  p.threads.held = true;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, N, N);
  vhm_guest_set_limit (guest, N / 2);
  for (int i = 0; i < 2; i++) {
    vhm_process_sweep (p.process, 0, 0, N, 1e6, true);
    world_run (&w, 10 * S);
  }
  struct vhm_backing_counts before = vhm_guest_backing (guest), now;
  ck_assert_uint_gt (before.faults, 10);
  vhm_process_release (p.process);
  while (vhm_guest_operations (guest) < OPERATIONS)
    world_run (&w, S / 500);
  now = vhm_guest_backing (guest);
  uint64_t faults = 0, in = 0, out = 0;
  for (uint32_t k = 0; k < OPERATIONS; k++) {
    struct vhm_operation_swap swapped = vhm_guest_operation_swap (guest, k);
    ck_assert_uint_ge (swapped.faults, N / 8);
    ck_assert_uint_ge (swapped.swapped_in, N);
    faults += swapped.faults;
    in += swapped.swapped_in;
    out += swapped.swapped_out;
  }
  /* all but what the next one has done in two references */
  ck_assert_uint_le (now.faults - before.faults - faults, 2);
  ck_assert_uint_le (now.swapped_in - before.swapped_in - in, 16);
  ck_assert_uint_le (now.swapped_out - before.swapped_out - out, 16);
  ck_assert_uint_eq (vhm_guest_operation_swap (guest, OPERATIONS).faults, 0);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("operations", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, the_interactive_response_time_law_holds);
             tcase_add_test (tc, the_first_operations_are_remembered_in_order);
             tcase_add_test (tc,
                             what_befell_the_guest_is_remembered_with_them);)
