/* Rows that a collector fills in, late or not at all. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

/* A collection takes `time`; the soaker grows by 1 MiB a second. */
#define SCENARIO(os, collector, more)                                         \
  "duration: 5 min\nsample: 10 s\n"                                           \
  "host: {memory: 1 GiB, root_reserve: 64 MiB, cpus: 4, balancer: static, "   \
  "disks: [{name: d0}]}\n"                                                    \
  "guests:\n"                                                                 \
  "  - {name: a, vcpus: 4, memory: {startup: 512 MiB, minimum: 128 MiB, "     \
  "maximum: 512 MiB}, os: {kind: " os "}, collector: {" collector             \
  "}, workloads: [{kind: soaker, rate: 1 MiB/s, size: 300 MiB, think: 1 s}]}" \
  "\n" more

#define SLOW "enabled: true, time: 25 s"
#define N_ROWS 31

static bool
is_there (const struct vhm_result *r, const char *key, int row)
{
  return !isnan (sample_at (r, "a", key, 10.0 * row));
}

/* 25 s from row 0 on end in row 2; from row 3 on in row 5. */
START_TEST (rows_that_a_collection_takes_too_long_for_are_empty)
{
  struct vhm_result *r = host_run_text (SCENARIO ("windows", SLOW, ""));
  for (int row = 0; row < N_ROWS; row++) {
    ck_assert_int_eq (is_there (r, "committed_bytes", row), row % 3 == 2);
    ck_assert_int_eq (is_there (r, "refused_commits", row), row % 3 == 2);
    ck_assert_int_eq (is_there (r, "page_faults_per_s", row),
                      row % 3 == 2 && row > 2); /* a rate needs two */
    /* what is seen from outside is there */
    ck_assert (is_there (r, "visible_memory", row));
    ck_assert (is_there (r, "consumed_bytes", row));
    ck_assert (is_there (r, "throughput_per_s", row) || row == 0);
    ck_assert (!isnan (sample_at (r, "host", "root_memory", 10.0 * row)));
  }
  vhm_result_free (r);
}
END_TEST

START_TEST (a_sample_has_the_values_of_its_moment)
{
  struct vhm_result *r = host_run_text (SCENARIO ("windows", SLOW, ""));
  double before = sample_at (r, "a", "committed_bytes", 20);
  for (int at = 50; at < 300; at += 30) {
    double now = sample_at (r, "a", "committed_bytes", at);
    ck_assert_double_eq_tol (now - before, 30.0 * VHM_MIB, VHM_MIB);
    ck_assert_double_eq_tol (sample_at (r, "a", "demand_zero_faults_per_s", at),
                             256, 10); /* of 30 s, not of 10 */
    before = now;
  }
  /* 25 s of growth, not 20 */
  struct vhm_result *q
      = host_run_text (SCENARIO ("windows", "working_set: 4 MiB", ""));
  ck_assert_double_eq_tol (sample_at (r, "a", "committed_bytes", 20),
                           sample_at (q, "a", "committed_bytes", 20)
                               + (5.0 + 4) * VHM_MIB, /* its own commit */
                           VHM_MIB);
  vhm_result_free (q);
  vhm_result_free (r);
}
END_TEST

START_TEST (the_summary_counts_what_is_missing)
{
  struct vhm_result *r = host_run_text (SCENARIO ("windows", SLOW, ""));
  ck_assert_double_eq (summary_of (r, "a", "samples_missed"), 20);
  ck_assert_double_eq_tol (summary_of (r, "a", "sample_gap_longest"), 30, 0.1);
  ck_assert_double_eq_tol (summary_of (r, "a", "sample_delay_mean"), 25, 0.1);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_quick_one_misses_nothing)
{
  struct vhm_result *r
      = host_run_text (SCENARIO ("windows", "enabled: true", ""));
  for (int row = 0; row < N_ROWS - 1; row++)
    ck_assert (is_there (r, "committed_bytes", row));
  ck_assert_double_eq (summary_of (r, "a", "samples_missed"), 0);
  ck_assert_double_eq_tol (summary_of (r, "a", "sample_gap_longest"), 10, 0.1);
  ck_assert_double_eq_tol (summary_of (r, "a", "sample_delay_mean"), 0.010,
                           0.005);
  vhm_result_free (r);
}
END_TEST

START_TEST (lists_of_the_system_come_with_it)
{
  struct vhm_result *r = host_run_text (SCENARIO ("linux", SLOW, ""));
  for (int row = 0; row < N_ROWS; row++) {
    ck_assert_int_eq (is_there (r, "active_anon_bytes", row), row % 3 == 2);
    ck_assert_int_eq (is_there (r, "pgscan_per_s", row),
                      row % 3 == 2 && row > 2);
  }
  ck_assert_double_gt (sample_at (r, "a", "inactive_anon_bytes", 290)
                           + sample_at (r, "a", "active_anon_bytes", 290),
                       200.0 * VHM_MIB);
  vhm_result_free (r);
}
END_TEST

/* Off from 100 to 200 s: nothing is due, and the first sample after it has no
 * rates. */
START_TEST (a_guest_that_is_off_misses_nothing)
{
  struct vhm_result *r = host_run_text (
      "start: \"12:00\"\n" SCENARIO ("windows", "enabled: true",
                                     "timeline: [{at: \"12:01:10\", shutdown: "
                                     "a}, {at: \"12:03:15\", start: a}]\n"));
  ck_assert (!is_there (r, "committed_bytes", 15));
  ck_assert (is_there (r, "committed_bytes", 20));
  ck_assert (!is_there (r, "page_faults_per_s", 20));
  ck_assert (is_there (r, "page_faults_per_s", 21));
  ck_assert_double_eq (summary_of (r, "a", "samples_missed"), 0);
  ck_assert_double_le (summary_of (r, "a", "sample_gap_longest"), 10.1);
  vhm_result_free (r);
}
END_TEST

/* What the guest commits goes into what the balancer sees. */
START_TEST (the_collector_is_a_process_of_the_guest)
{
  struct vhm_result *with
      = host_run_text (SCENARIO ("windows", "enabled: true", ""));
  struct vhm_result *without = host_run_text (SCENARIO ("windows", "", ""));
  for (int at = 60; at < 300; at += 60)
    ck_assert_double_eq (sample_at (with, "a", "memory_demand", at)
                             - sample_at (without, "a", "memory_demand", at),
                         4.0 * VHM_MIB);
  vhm_result_free (with);
  vhm_result_free (without);
}
END_TEST

SUITE ("collect", tcase_set_timeout (tc, 60);
       tcase_add_test (tc, rows_that_a_collection_takes_too_long_for_are_empty);
       tcase_add_test (tc, a_sample_has_the_values_of_its_moment);
       tcase_add_test (tc, the_summary_counts_what_is_missing);
       tcase_add_test (tc, a_quick_one_misses_nothing);
       tcase_add_test (tc, lists_of_the_system_come_with_it);
       tcase_add_test (tc, a_guest_that_is_off_misses_nothing);
       tcase_add_test (tc, the_collector_is_a_process_of_the_guest);)
