/* Reports, decisions, and how they are carried out. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define MIB ((double) VHM_MIB)

/* One guest of `commit` on a roomy host. */
#define ONE(commit, host)                                                      \
  "duration: 6 min\nsample: 1 s\n"                                             \
  "host: {memory: 2 GiB, root_reserve: 64 MiB, vm_overhead: 0 B, " host        \
  "disks: [{name: d0}]}\n"                                                     \
  "guests:\n"                                                                  \
  "  - {name: a, memory: {startup: 512 MiB, minimum: 64 MiB, "                 \
  "maximum: 1 GiB, buffer: 20 %}, os: {kind: windows, nonpaged_pool: 36 MiB}," \
  " workloads: [{kind: idle, commit: " commit "}]}\n"

START_TEST (demand_is_reported_after_a_delay)
{
  struct vhm_result *r = host_glance (ONE ("464 MiB", "report_after: 45 s, "));
  ck_assert (isnan (sample_at (r, "a", "memory_demand", 44)));
  ck_assert (isnan (sample_at (r, "a", "pressure", 44)));
  ck_assert_double_eq (sample_at (r, "a", "memory_demand", 45), 500 * MIB);
  ck_assert_double_eq_tol (sample_at (r, "a", "pressure", 45), 100 * 500 / 512.,
                           1e-9);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 45), 512 * MIB);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_guest_gets_its_demand_and_its_buffer)
{
  struct vhm_result *r = host_glance (ONE ("464 MiB", ""));
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 60), 600 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "visible_memory", 60), 600 * MIB);
  ck_assert_double_eq_tol (sample_at (r, "a", "pressure", 60), 100 / 1.2, 1e-9);
  ck_assert_double_eq (sample_at (r, "a", "added_memory", 60), 88 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "add_operations", 60), 1);
  vhm_result_free (r);
}
END_TEST

/* 512 are held, 200 demanded, 240 ideal: half of the difference is collected
 * every five minutes. What the balloon holds is no demand. */
START_TEST (the_balloon_is_taken_off_the_demand)
{
  struct vhm_result *r = host_glance (ONE ("164 MiB", ""));
  double balloon = sample_at (r, "a", "balloon_bytes", 320);
  ck_assert_double_eq (balloon, 136 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 320), 376 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "visible_memory", 320), 512 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "committed_bytes", 320),
                       (200 + 136) * MIB);
  ck_assert_double_eq (sample_at (r, "a", "memory_demand", 320), 200 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "pool_nonpaged_bytes", 320),
                       (36 + 136) * MIB);
  ck_assert_double_eq (sample_at (r, "a", "removed_memory", 320), balloon);
  ck_assert_double_eq (sample_at (r, "a", "consumed_bytes", 320), 376 * MIB);
  vhm_result_free (r);
}
END_TEST

START_TEST (average_pressure_follows_with_its_time_constant)
{
  struct vhm_result *r
      = host_glance (ONE ("464 MiB", "pressure_average: 20 s, "));
  double now = sample_at (r, "a", "pressure", 70);
  double before = sample_at (r, "a", "average_pressure", 70);
  double after = sample_at (r, "a", "average_pressure", 90);
  ck_assert_double_gt (before, now);
  ck_assert_double_eq_tol (after - now, (before - now) * exp (-1), 1e-6);
  vhm_result_free (r);
}
END_TEST

/* 536 and 500 MB are wanted of 512; reported at 46, 48 ... 360 s. */
START_TEST (time_over_pressure_100_is_counted)
{
  struct vhm_result *r
      = host_glance (ONE ("500 MiB", "balancer: static, report: 2 s, "));
  ck_assert_double_eq (summary_of (r, "a", "time_over_pressure"), 316);
  vhm_result_free (r);
  r = host_glance (ONE ("464 MiB", "balancer: static, "));
  ck_assert_double_eq (summary_of (r, "a", "time_over_pressure"), 0);
  vhm_result_free (r);
}
END_TEST

/* Any balancer on a host that is short: memory always adds up (audited). */
static const char *const balancers[]
    = { "static", "equal", "proportional", "hyperv", "esx", "mom", "squeezed" };

START_TEST (every_balancer_can_be_carried_out)
{
  g_autofree char *text = g_strdup_printf (
      "duration: 5 min\nsample: 10 s\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, report_after: 2 s, "
      "balancer: {kind: %s, period: 2 s}, disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 300 MiB, minimum: 64 MiB, maximum: 1 "
      "GiB}, workloads: [{kind: idle, commit: 80 MiB}]}\n"
      "  - {name: b, memory: {startup: 256 MiB, minimum: 64 MiB, maximum: 1 "
      "GiB}, workloads: [{kind: soaker, size: 500 MiB, cycles_per_reference: "
      "200000}]}\n"
      "  - {name: c, start: 1 min, memory: {startup: 256 MiB, minimum: 64 "
      "MiB, maximum: 1 GiB}, workloads: [{kind: idle, commit: 80 MiB}]}\n",
      balancers[_i]);
  struct vhm_result *r = host_run_text (text);
  for (double at = 0; at < 300; at += 10)
    ck_assert_double_eq (sample_at (r, "host", "sum_of_memory", at),
                         1024 * MIB);
  vhm_result_free (r);
}
END_TEST

/* 1000 MB, 100 of them the root's, 60 to be free: 840 for two guests that use
 * 100 and 300 of theirs: with k = 4 and 75 + x / 4 + 225 + x / 4 = 840, x = 1080,
 * they get 345 and 495. Each uses all of its own in a period, and a part of it
 * in a second. The same after a restart. */
START_TEST (esx_gives_what_sampled_activity_entitles_to)
{
  struct vhm_result *r = host_glance (
      "duration: 20 min\nsample: 10 s\n"
      "host: {memory: 1000 MiB, root_reserve: 100 MiB, vm_overhead: 0 B, "
      "paging: none, shutdown_time: 1 s, balancer: {kind: esx, states: "
      "percent, samples: 10000, balloon_cap: 90 %}, disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 400 MiB, minimum: 64 MiB, maximum: 1 "
      "GiB}, os: ideal-lru, workloads: [{kind: pattern, size: 100 MiB, "
      "pattern: uniform, cycles_per_reference: 100000}]}\n"
      "  - {name: b, memory: {startup: 400 MiB, minimum: 64 MiB, maximum: 1 "
      "GiB}, os: ideal-lru, workloads: [{kind: pattern, size: 300 MiB, "
      "pattern: uniform, cycles_per_reference: 100000}]}\n"
      "timeline:\n"
      "  - {at: \"00:10\", shutdown: a}\n"
      "  - {at: \"00:11\", start: a}\n");
  for (double at = 590; at < 1200; at += 600) {
    ck_assert_double_eq_tol (sample_at (r, "a", "physical_memory", at) / MIB,
                             345, 6);
    ck_assert_double_eq_tol (sample_at (r, "b", "physical_memory", at) / MIB,
                             495, 6);
  }
  vhm_result_free (r);
}
END_TEST

/* 72 % of the host are free: no pressure. A guest of 512 MB is to have 20 % of
 * that unused, in whole units of 2 MB. */
/* A host that swaps and has no balloons: what a balancer leaves as it is may grow,
 * one that is to have less is swapped down to that. */
#define SWAPPING(balancer)                                         \
  "duration: 2 min\nsample: 1 s\n"                                 \
  "host: {memory: 1 GiB, root_reserve: 64 MiB, vm_overhead: 0 B, " \
  "gives: at-touch, reclaim: [swap], balancer: " balancer          \
  ", disks: [{name: d0}]}\n"                                       \
  "guests:\n"                                                      \
  "  - {name: a, memory: {startup: 800 MiB, minimum: 64 MiB, "     \
  "maximum: 800 MiB}, os: {kind: windows, nonpaged_pool: 4 MiB}, " \
  "workloads: [{kind: soaker, size: 700 MiB, rate: 16 MiB/s}]}\n"  \
  "  - {name: b, memory: {startup: 512 MiB, minimum: 64 MiB, "     \
  "maximum: 512 MiB}, os: {kind: windows, nonpaged_pool: 4 MiB}, " \
  "workloads: [{kind: idle, commit: 16 MiB}]}\n"

START_TEST (what_is_left_as_it_is_is_not_swapped)
{
  struct vhm_result *r = host_glance (SWAPPING ("static"));
  ck_assert_double_ge (sample_at (r, "a", "consumed_bytes", 110), 700 * MIB);
  ck_assert_double_eq (sample_at (r, "a", "host_swapped_bytes", 110), 0);
  vhm_result_free (r);
  r = host_glance (SWAPPING ("equal"));
  ck_assert_double_gt (sample_at (r, "a", "host_swapped_bytes", 110),
                       100 * MIB);
  vhm_result_free (r);
}
END_TEST

/* Sizes and machine memory differ where it is given at touch: of 800 MB that the
 * guest sees it has touched 604, so of 768 - 64 are 100 free, 13 %. That part of its
 * size it may keep unused: x = 604 + 0.13 x. */
START_TEST (mom_goes_by_what_guests_see)
{
  struct vhm_result *r = host_glance (
      "duration: 4 min\nsample: 1 s\n"
      "host: {memory: 768 MiB, root_reserve: 64 MiB, vm_overhead: 0 B, "
      "report_after: 1 s, gives: at-touch, balancer: mom, disks: [{name: "
      "d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 800 MiB, minimum: 64 MiB, "
      "maximum: 800 MiB}, os: {kind: windows, nonpaged_pool: 4 MiB}, "
      "workloads: [{kind: soaker, size: 600 MiB, rate: 32 MiB/s}]}\n");
  double touched = sample_at (r, "a", "consumed_bytes", 230);
  double size = sample_at (r, "a", "visible_memory", 230)
                - sample_at (r, "a", "balloon_bytes", 230);
  ck_assert_double_eq_tol (touched, 604 * MIB, MIB);
  ck_assert_double_eq_tol (size, touched / (1 - 100 / 768.), 4 * MIB);
  vhm_result_free (r);
}
END_TEST

START_TEST (mom_grows_a_guest_by_what_it_reports_unused)
{
  static const struct {
    const char *counter, *text;
  } cases[] = {
    { "free_bytes",
      ONE ("464 MiB", "balancer: {kind: mom, samples: 1, unused: free}, ") },
    { "available_bytes",
      ONE ("464 MiB", "balancer: {kind: mom, samples: 1}, ") },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    struct vhm_result *r = host_glance (cases[i].text);
    double unused = sample_at (r, "a", cases[i].counter, 50) / MIB;
    ck_assert (i == 0 ? unused == 12 : unused > 13); /* standby lists */
    ck_assert_double_eq (sample_at (r, "a", "physical_memory", 49), 512 * MIB);
    double wants = 512 - unused + .2 * 512;
    ck_assert_double_eq (sample_at (r, "a", "physical_memory", 55) / MIB,
                         2 * floor (wants / 2));
    vhm_result_free (r);
  }
}
END_TEST

/* Pressure below 90 %: of 512 MB 312 are unused, a step of 5 % is taken. */
START_TEST (mom_shrinks_a_guest_by_what_it_reports_unused)
{
  struct vhm_result *r = host_glance (
      ONE ("164 MiB", "balancer: {kind: mom, samples: 1, pressure: 90 %}, "));
  ck_assert_double_eq_tol (sample_at (r, "a", "physical_memory", 55) / MIB,
                           .95 * 512, .01);
  vhm_result_free (r);
}
END_TEST

/* 1024 MB, 64 of them the root's and 9 kept free: 951. The least are 416; of the
 * ranges of 400 and 468 MB each gets 535 / 868. */
START_TEST (squeezed_puts_all_at_the_same_part_of_their_range)
{
  struct vhm_result *r = host_glance (
      "duration: 3 min\nsample: 10 s\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, vm_overhead: 0 B, paging: "
      "none, balancer: squeezed, balloon: {unit: 4 KiB}, disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 400 MiB, minimum: 384 MiB, maximum: 784 "
      "MiB}, workloads: [{kind: idle, commit: 80 MiB}]}\n"
      "  - {name: b, memory: {startup: 500 MiB, minimum: 32 MiB, maximum: 500 "
      "MiB}, workloads: [{kind: idle, commit: 80 MiB}]}\n");
  double a = 384 + 400 * (951. - 416) / 868, b = 32 + 468 * (951. - 416) / 868;
  ck_assert_double_eq_tol (sample_at (r, "a", "physical_memory", 90) / MIB, a,
                           .01);
  ck_assert_double_eq_tol (sample_at (r, "b", "physical_memory", 90) / MIB, b,
                           .01);
  ck_assert_double_eq_tol (
      sample_at (r, "balancer", "available_memory", 90) / MIB, 9, .01);
  vhm_result_free (r);
}
END_TEST

SUITE ("dynamic memory", tcase_add_test (tc, demand_is_reported_after_a_delay);
       tcase_add_test (tc, a_guest_gets_its_demand_and_its_buffer);
       tcase_add_test (tc, the_balloon_is_taken_off_the_demand);
       tcase_add_test (tc, average_pressure_follows_with_its_time_constant);
       tcase_add_test (tc, time_over_pressure_100_is_counted);
       tcase_add_loop_test (tc, every_balancer_can_be_carried_out, 0,
                            G_N_ELEMENTS (balancers));
       tcase_add_test (tc, what_is_left_as_it_is_is_not_swapped);
       tcase_add_test (tc, mom_goes_by_what_guests_see);
       tcase_add_test (tc, mom_grows_a_guest_by_what_it_reports_unused);
       tcase_add_test (tc, mom_shrinks_a_guest_by_what_it_reports_unused);
       tcase_add_test (tc, squeezed_puts_all_at_the_same_part_of_their_range);
       tcase_add_test (tc, esx_gives_what_sampled_activity_entitles_to);)
