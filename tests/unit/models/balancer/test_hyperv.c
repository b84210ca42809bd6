/* Hyper-V's balancer against its documented formulas. */
#include "suite.h"
#include "view.h"

/* At a time at which everything is due: redistribution and collection. */
#define DUE_S 100000

static struct balancer
hyperv (const char *yaml)
{
  return named_balancer ("hyperv", yaml);
}

START_TEST (a_demand_of_1000_with_a_buffer_of_20_percent_is_1200)
{
  uint64_t target;
  struct balancer b = hyperv ("");
  struct vhm_vm_view vm = a_vm (0, 1000, 800);
  decide (&b, DUE_S, 4000, &vm, 1, &target);
  ck_assert_uint_eq (target, 1200 * MB);
  vm.buffer_ppm = 50000;
  decide (&b, 2 * DUE_S, 4000, &vm, 1, &target);
  ck_assert_uint_eq (target, 1050 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (under_shortage_all_pressures_are_equal)
{
  uint64_t t[3];
  struct balancer b = hyperv ("");
  struct vhm_vm_view vms[]
      = { a_vm (0, 1000, 1000), a_vm (1, 2000, 3500), a_vm (2, 5000, 2500) };
  decide (&b, DUE_S, 0, vms, 3, t); /* 7000 for a demand of 8000 */
  for (int i = 0; i < 3; i++)
    ck_assert_double_eq_tol (
        100.0 * (double) vms[i].demand_bytes / (double) t[i], 800.0 / 7, 0.01);
  ck_assert_uint_le (t[0] + t[1] + t[2], 7000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (a_minimum_stops_a_guest_and_the_others_share_the_rest)
{
  uint64_t t[3];
  struct balancer b = hyperv ("");
  struct vhm_vm_view vms[]
      = { a_vm (0, 500, 2000), a_vm (1, 2000, 2000), a_vm (2, 4000, 2000) };
  vms[0].minimum_bytes = 1800 * MB;
  decide (&b, DUE_S, 0, vms, 3, t);
  ck_assert_uint_eq (t[0], 1800 * MB);
  ck_assert_double_eq_tol ((double) t[1] / MB, 1400, 0.01);
  ck_assert_double_eq_tol ((double) t[2] / MB, 2800, 0.01);
  balancer_clear (&b);
}
END_TEST

START_TEST (a_maximum_is_never_exceeded)
{
  uint64_t target;
  struct balancer b = hyperv ("");
  struct vhm_vm_view vm = a_vm (0, 5000, 1000);
  vm.maximum_bytes = 2000 * MB;
  decide (&b, DUE_S, 9000, &vm, 1, &target);
  ck_assert_uint_eq (target, 2000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (a_lower_weight_settles_at_a_higher_pressure)
{
  uint64_t t[2];
  struct balancer b = hyperv ("weight_exponent: 0.5");
  struct vhm_vm_view vms[] = { a_vm (0, 4000, 3000), a_vm (1, 4000, 3000) };
  vms[0].weight = 10000;
  vms[1].weight = 2500;
  decide (&b, DUE_S, 0, vms, 2, t); /* sqrt (4) = 2 times the pressure */
  ck_assert_double_eq_tol ((double) t[0] / (double) t[1], 2, 0.001);
  balancer_clear (&b);
}
END_TEST

START_TEST (unneeded_memory_is_collected_lazily)
{
  uint64_t target;
  struct balancer b = hyperv ("collect: 5 min, collect_share: 50 %");
  struct vhm_vm_view vm = a_vm (0, 1000, 3200);
  decide (&b, 299, 500, &vm, 1, &target);
  ck_assert_uint_eq (target, 3200 * MB);
  decide (&b, 300, 500, &vm, 1, &target);
  ck_assert_uint_eq (target, 2200 * MB);
  vm.pending_bytes = 1000 * MB; /* what was asked for stands */
  decide (&b, 301, 500, &vm, 1, &target);
  ck_assert_uint_eq (target, 2200 * MB);
  vm.pending_bytes = 0;
  vm.held_bytes = 2200 * MB;
  decide (&b, 599, 1500, &vm, 1, &target);
  ck_assert_uint_eq (target, 2200 * MB);
  decide (&b, 600, 1500, &vm, 1, &target);
  ck_assert_uint_eq (target, 1700 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (memory_moves_between_guests_only_when_a_redistribution_is_due)
{
  uint64_t t[2];
  struct balancer b = hyperv ("rebalance: 30 s");
  struct vhm_vm_view vms[] = { a_vm (0, 1000, 3000), a_vm (1, 3000, 1000) };
  decide (&b, 29, 0, vms, 2, t);
  ck_assert_uint_eq (t[0], 3000 * MB);
  ck_assert_uint_eq (t[1], 1000 * MB); /* there is nothing to give */
  decide (&b, 30, 0, vms, 2, t);
  ck_assert_uint_eq (t[0], 1000 * MB);
  ck_assert_uint_eq (t[1], 3000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (growth_is_followed_at_once_with_the_buffer)
{
  uint64_t t[3];
  struct balancer b = hyperv ("rebalance: 30 s");
  struct vhm_vm_view vms[]
      = { a_vm (0, 500, 3000), a_vm (1, 2000, 1000), a_vm (2, 2000, 1400) };
  vms[1].grown_bytes = 100 * MB;
  decide (&b, 1, 400, vms, 3, t);
  ck_assert_uint_eq (t[0], 3000 * MB);
  ck_assert_uint_eq (t[1], 1120 * MB);
  ck_assert_uint_eq (t[2], 1400 * MB); /* short, but no shorter than before */
  vms[1].grown_bytes = 1000 * MB;
  decide (&b, 2, 400, vms, 3, t);
  ck_assert_uint_eq (t[1], 1400 * MB); /* no more than is available */
  balancer_clear (&b);
}
END_TEST

START_TEST (a_guest_that_has_not_reported_is_left_alone)
{
  uint64_t t[2];
  struct balancer b = hyperv ("");
  struct vhm_vm_view vms[] = { a_vm (0, 0, 1000), a_vm (1, 9000, 1000) };
  decide (&b, DUE_S, 500, vms, 2, t);
  ck_assert_uint_eq (t[0], 1000 * MB);
  ck_assert_uint_eq (t[1], 1500 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (small_differences_are_left_alone)
{
  uint64_t target;
  struct balancer b = hyperv ("step: 2 MiB");
  struct vhm_vm_view vm = a_vm (0, 1000, 1199);
  decide (&b, DUE_S, 500, &vm, 1, &target);
  ck_assert_uint_eq (target, 1199 * MB);
  vm.held_bytes = 1201 * MB;
  decide (&b, 2 * DUE_S, 500, &vm, 1, &target);
  ck_assert_uint_eq (target, 1201 * MB);
  balancer_clear (&b);
}
END_TEST

SUITE (
    "hyperv",
    tcase_add_test (tc, a_demand_of_1000_with_a_buffer_of_20_percent_is_1200);
    tcase_add_test (tc, under_shortage_all_pressures_are_equal);
    tcase_add_test (tc, a_minimum_stops_a_guest_and_the_others_share_the_rest);
    tcase_add_test (tc, a_maximum_is_never_exceeded);
    tcase_add_test (tc, a_lower_weight_settles_at_a_higher_pressure);
    tcase_add_test (tc, unneeded_memory_is_collected_lazily); tcase_add_test (
        tc, memory_moves_between_guests_only_when_a_redistribution_is_due);
    tcase_add_test (tc, growth_is_followed_at_once_with_the_buffer);
    tcase_add_test (tc, a_guest_that_has_not_reported_is_left_alone);
    tcase_add_test (tc, small_differences_are_left_alone);)
