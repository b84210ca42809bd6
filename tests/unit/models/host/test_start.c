/* Guests start, wait, are refused, shut down and start again. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define GIB ((double) VHM_GIB)
#define MIB ((double) VHM_MIB)

/* Two guests side by side, the second a minute later. */
#define TWO(memory, more)                                                  \
  "start: \"10:00\"\nduration: 10 min\nsample: 5 s\n"                      \
  "host: {memory: " memory ", root_reserve: 64 MiB, vm_overhead: 16 MiB, " \
  "shutdown_time: 20 s, disks: [{name: d0}]}\n"                            \
  "guests:\n"                                                              \
  "  - {name: a, memory: {startup: 512 MiB, minimum: 128 MiB, "            \
  "maximum: 512 MiB}, workloads: [{kind: idle, commit: 64 MiB}]}\n"        \
  "  - {name: b, start: 1 min, memory: {startup: 512 MiB, "                \
  "minimum: 128 MiB, maximum: 512 MiB}, "                                  \
  "workloads: [{kind: idle, commit: 64 MiB}]}\n" more

START_TEST (a_guest_starts_with_its_startup_memory)
{
  struct vhm_result *r = host_run_text (TWO ("2 GiB", ""));
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 0), 512 * MIB);
  ck_assert_double_eq (sample_at (r, "b", "physical_memory", 55), 0);
  ck_assert (isnan (sample_at (r, "b", "committed_bytes", 55)));
  ck_assert_double_eq (sample_at (r, "b", "physical_memory", 60), 512 * MIB);
  ck_assert_double_eq (sample_at (r, "host", "root_memory", 0), 80 * MIB);
  ck_assert_double_eq (sample_at (r, "host", "root_memory", 60), 96 * MIB);
  ck_assert_double_eq_tol (summary_of (r, "b", "time_on"), 540, 1e-9);
  ck_assert_uint_eq (r->incidents->len, 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_guest_waits_until_others_have_given_back)
{
  struct vhm_result *r = host_run_text (TWO ("1 GiB", ""));
  /* 1024 - 64 - 2 x 16 - 512 are 416: a must give up 96 */
  ck_assert_double_eq (sample_at (r, "b", "physical_memory", 60), 0);
  ck_assert_double_eq (sample_at (r, "b", "physical_memory", 120), 512 * MIB);
  ck_assert_double_le (sample_at (r, "a", "physical_memory", 120), 416 * MIB);
  ck_assert_uint_eq (r->incidents->len, 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_start_refused_is_an_incident_and_no_error)
{
  struct vhm_result *r = host_run_text (TWO ("720 MiB", ""));
  ck_assert_int_eq (n_incidents (r, "b", "start refused"), 1);
  const struct vhm_incident *x = r->incidents->pdata[0];
  ck_assert_double_ge (x->at_s, 180); /* a minute and the two of patience */
  ck_assert_double_le (x->at_s, 182);
  ck_assert_double_eq (sample_at (r, "b", "physical_memory", 600), 0);
  ck_assert_double_eq (summary_of (r, "b", "time_on"), 0);
  ck_assert_double_gt (summary_of (r, "a", "operations_per_s"), 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_shutdown_gives_everything_back)
{
  struct vhm_result *r = host_run_text (
      TWO ("2 GiB", "timeline:\n  - {at: \"10:03\", shutdown: a}\n"));
  ck_assert_double_gt (sample_at (r, "a", "physical_memory", 195), 0);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 200), 0);
  ck_assert_double_eq (sample_at (r, "host", "root_memory", 200), 80 * MIB);
  ck_assert_double_eq (sample_at (r, "balancer", "available_memory", 200),
                       2 * GIB - 80 * MIB
                           - sample_at (r, "b", "physical_memory", 200));
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 200, 1e-9);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_guest_may_be_started_again)
{
  struct vhm_result *r = host_run_text (
      TWO ("2 GiB", "timeline:\n  - {at: \"10:03\", shutdown: a}\n"
                    "  - {at: \"10:05\", start: a}\n"));
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 295), 0);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 300), 512 * MIB);
  ck_assert_double_gt (sample_at (r, "a", "committed_bytes", 400), 64 * MIB);
  /* both lives: 200 s and 300 s */
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 500, 1e-9);
  uint64_t cycles = 0;
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (strcmp (row->guest, "a") == 0)
      cycles += row->cycles;
  }
  ck_assert_uint_eq (cycles, 500 * r->clock_hz);
  ck_assert_uint_eq (r->incidents->len, 0);
  vhm_result_free (r);
}
END_TEST

/* Cumulative counters of the balancer never fall, whoever comes and goes. */
START_TEST (what_was_moved_stays_counted_when_a_guest_starts_again)
{
  struct vhm_result *r = host_glance (
      "start: \"10:00\"\nduration: 8 min\nsample: 5 s\n"
      "host: {memory: 2 GiB, root_reserve: 64 MiB, report_after: 5 s, "
      "disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 256 MiB, minimum: 256 MiB, "
      "maximum: 1 GiB}, workloads: [{kind: soaker, size: 400 MiB, "
      "rate: 16 MiB/s}]}\n"
      "timeline:\n  - {at: \"10:03\", shutdown: a}\n"
      "  - {at: \"10:04\", start: a}\n");
  double moved = sample_at (r, "balancer", "added_memory", 200);
  ck_assert_double_gt (moved, 0);
  ck_assert_double_eq (sample_at (r, "balancer", "added_memory", 240), moved);
  ck_assert_double_eq (sample_at (r, "a", "added_memory", 240), 0);
  ck_assert_double_gt (sample_at (r, "balancer", "added_memory", 480), moved);
  ck_assert_double_ge (sample_at (r, "balancer", "add_operations", 240), 1);
  vhm_result_free (r);
}
END_TEST

/* It is shut down in the middle of paging and started again a millisecond
 * later; its disk transfers and timers come to their ends without it. */
START_TEST (a_start_right_after_a_shutdown_in_the_middle_of_paging)
{
  struct vhm_result *r = host_glance (
      "start: \"10:00\"\nduration: 3 min\nsample: 1 s\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, shutdown_time: 999 ms, "
      "disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, vcpus: 2, memory: {startup: 256 MiB, minimum: 256 MiB, "
      "maximum: 256 MiB}, workloads: [{kind: soaker, size: 500 MiB, "
      "rate: 100 MiB/s, threads: 8, cycles_per_reference: 20000}]}\n"
      "timeline:\n  - {at: \"10:01\", shutdown: a}\n"
      "  - {at: \"10:01:01\", start: a}\n"
      "  - {at: \"10:02\", shutdown: a}\n");
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 61), 256 * MIB);
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 60.999 + 59.999,
                           1e-6);
  ck_assert_double_gt (sample_at (r, "disk.d0", "queue_length", 61), 0);
  ck_assert_double_eq (sample_at (r, "disk.d0", "queue_length", 180), 0);
  ck_assert_uint_eq (r->incidents->len, 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_guest_stopped_in_its_first_cycle_may_start_again)
{
  struct vhm_result *r = host_run_text (
      "start: \"10:00\"\nduration: 1 min\nsample: 5 s\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, shutdown_time: 0 s, "
      "disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: a, memory: {startup: 256 MiB, minimum: 256 MiB, "
      "maximum: 256 MiB}, workloads: [{kind: idle, commit: 64 MiB}]}\n"
      "timeline:\n  - {at: \"10:00\", shutdown: a}\n"
      "  - {at: \"10:00:30\", start: a}\n");
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 25), 0);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 30), 256 * MIB);
  vhm_result_free (r);
}
END_TEST

START_TEST (orders_that_make_no_sense_are_incidents)
{
  struct vhm_result *r = host_run_text (
      TWO ("720 MiB", "timeline:\n  - {at: \"10:00:30\", shutdown: b}\n"
                      "  - {at: \"10:00:40\", start: a}\n"
                      "  - {at: \"10:01:30\", shutdown: b}\n"
                      "  - {at: \"10:04:00\", shutdown: a}\n"
                      "  - {at: \"10:04:10\", shutdown: a}\n"));
  ck_assert_int_eq (n_incidents (r, "b", "it is not on"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "it is on already"), 1);
  ck_assert_int_eq (
      n_incidents (r, "b", "but it waits to start: it does not start"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "it is shutting down already"), 1);
  ck_assert_uint_eq (r->incidents->len, 4);
  vhm_result_free (r);
}
END_TEST

SUITE ("start", tcase_add_test (tc, a_guest_starts_with_its_startup_memory);
       tcase_add_test (tc, a_guest_waits_until_others_have_given_back);
       tcase_add_test (tc, a_start_refused_is_an_incident_and_no_error);
       tcase_add_test (tc, a_shutdown_gives_everything_back);
       tcase_add_test (tc, a_guest_may_be_started_again);
       tcase_add_test (tc,
                       what_was_moved_stays_counted_when_a_guest_starts_again);
       tcase_add_test (tc,
                       a_start_right_after_a_shutdown_in_the_middle_of_paging);
       tcase_add_test (tc, a_guest_stopped_in_its_first_cycle_may_start_again);
       tcase_add_test (tc, orders_that_make_no_sense_are_incidents);)
