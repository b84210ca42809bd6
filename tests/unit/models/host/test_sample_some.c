/* Counters that only some guests have. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define HOST(duration)                                               \
  "duration: " duration "\nsample: 1 s\nhost: {paging: none, "       \
  "memory: 1 GiB, root_reserve: 64 MiB, cpus: 2, balancer: static, " \
  "disks: [{name: d0}]}\nguests:\n"
#define HOST_SWAPS                                                      \
  "duration: 60 s\nsample: 1 s\nhost: {paging: none, memory: 1 GiB, "   \
  "root_reserve: 64 MiB, cpus: 2, balancer: static, gives: at-touch, "  \
  "reclaim: [swap], swap: {victims: clock}, disks: [{name: d0, model: " \
  "flash}]}\nguests:\n"
#define MEMORY "memory: {startup: 64 MiB, minimum: 64 MiB, maximum: 64 MiB}"
#define LINUX "{kind: linux, kernel: 8 MiB}"

START_TEST (lists_are_shown_of_systems_that_have_them)
{
  struct vhm_result *r = host_run_text (
      HOST ("20 s") "  - {name: a, " MEMORY ", os: " LINUX
                    ", workloads: [{kind: pattern, size: 100 MiB, file: true, "
                    "pattern: scan, threads: 2, writes: 0 %}, "
                    "{kind: pattern, size: 40 MiB}]}\n"
                    "  - {name: b, " MEMORY ", workloads: [idle]}\n");
  ck_assert (vhm_result_find (r, "b", "active_anon_bytes") == NULL);
  ck_assert (isnan (sample_at (r, "a", "pswpin_per_s", 0)));
  double stolen = 0, faults = 0;
  for (double at = 1; at <= 20; at++) {
    double anon = sample_at (r, "a", "active_anon_bytes", at)
                  + sample_at (r, "a", "inactive_anon_bytes", at);
    double file = sample_at (r, "a", "active_file_bytes", at)
                  + sample_at (r, "a", "inactive_file_bytes", at);
    ck_assert_double_eq (anon + file,
                         sample_at (r, "a", "working_set_bytes", at)
                             + sample_at (r, "a", "standby_bytes", at));
    ck_assert_double_le (sample_at (r, "a", "pswpin_per_s", at),
                         sample_at (r, "a", "pages_input_per_s", at));
    ck_assert_double_le (sample_at (r, "a", "pgsteal_per_s", at),
                         sample_at (r, "a", "pgscan_per_s", at));
    stolen += sample_at (r, "a", "pgsteal_per_s", at);
    faults += sample_at (r, "a", "pgmajfault_per_s", at);
  }
  ck_assert_double_gt (stolen, 1000);
  ck_assert_double_gt (faults, 0);
  ck_assert_double_eq (sample_at (r, "a", "oom_kills", 20), 0);
  vhm_result_free (r);
}
END_TEST

/* A pass is 256 references of 1 ms; the first one waits for the disk, too. */
START_TEST (each_of_the_first_operations_has_its_time)
{
  struct vhm_result *r = host_run_text (
      HOST ("10 s") "  - {name: a, first_operations: 3, " MEMORY ", os: " LINUX
                    ", workloads: [{kind: pattern, size: 1 MiB, file: true, "
                    "pattern: scan, writes: 0 %, references: 256, "
                    "cycles_per_reference: 2e6}]}\n");
  ck_assert (vhm_result_find (r, "a", "operation_4") == NULL);
  ck_assert (isnan (sample_at (r, "a", "operation_1", 0)));
  ck_assert_double_gt (sample_at (r, "a", "operation_1", 10), 0.257);
  ck_assert_double_eq_tol (sample_at (r, "a", "operation_2", 10), 0.256, 1e-6);
  ck_assert_double_eq_tol (sample_at (r, "a", "operation_3", 10), 0.256, 1e-6);
  vhm_result_free (r);
}
END_TEST

/* A file twice as large as the limit: each pass reads it back and writes as much. */
START_TEST (each_of_the_first_operations_has_its_swapping)
{
  struct vhm_result *r = host_run_text (
      HOST_SWAPS
      "  - {name: a, first_operations: 3, memory: {startup: 64 MiB, minimum: "
      "64 MiB, maximum: 64 MiB, limit: 24 MiB}, os: " LINUX
      ", workloads: [{kind: pattern, size: 32 MiB, file: true, pattern: scan, "
      "writes: 0 %, references: 8192, cycles_per_reference: 2e4}]}\n");
  ck_assert (vhm_result_find (r, "a", "operation_4_host_faults") == NULL);
  ck_assert (isnan (sample_at (r, "a", "operation_1_host_faults", 0)));
  double in = sample_at (r, "a", "operation_3_host_swap_in", 60);
  ck_assert_double_ge (in, 8192 * 0.9);
  ck_assert_double_ge (sample_at (r, "a", "operation_3_host_swap_out", 60),
                       8192 * 0.9);
  double faults = sample_at (r, "a", "operation_3_host_faults", 60);
  ck_assert_double_ge (faults, in / 8);
  ck_assert_double_le (faults, in / 4);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_killed_process_is_an_incident_and_a_number)
{
  struct vhm_result *r = host_run_text (HOST (
      "20 s") "  - {name: a, " MEMORY
              ", os: {kind: linux, kernel: 8 MiB, swap: 0 B}, workloads: "
              "[{kind: pattern, size: 30 MiB}, {kind: pattern, size: 60 MiB, "
              "exponent: 0}]}\n");
  ck_assert_double_eq (sample_at (r, "a", "oom_kills", 0), 0);
  ck_assert_double_eq (sample_at (r, "a", "oom_kills", 20), 1);
  ck_assert_uint_eq (r->incidents->len, 1);
  const struct vhm_incident *x = r->incidents->pdata[0];
  ck_assert_str_eq (x->who, "a");
  ck_assert_str_eq (x->what,
                    "out of memory: its process 1, pattern, was killed");
  vhm_result_free (r);
}
END_TEST

/* A file of 100 MiB gone through by guests of 64 MiB, in one of them beside a
 * soaker: what Windows has by other names adds up. */
START_TEST (standby_by_priority_is_shown_of_systems_that_have_it)
{
  struct vhm_result *r = host_run_text (HOST (
      "20 s") "  - {name: a, " MEMORY
              ", os: {kind: windows, nonpaged_pool: 4 MiB, page_file: 32 MiB, "
              "page_file_maximum: 32 MiB}, workloads: [{kind: pattern, size: "
              "100 MiB, file: true, pattern: scan, threads: 2, writes: 0 %, "
              "cycles_per_reference: 1e5}, "
              "{kind: soaker, size: 48 MiB, rate: 4 MiB/s}]}\n"
              "  - {name: b, " MEMORY ", os: " LINUX ", workloads: [idle]}\n"
              "  - {name: c, " MEMORY ", workloads: [{kind: pattern, size: 100 "
              "MiB, file: true, pattern: scan, writes: 0 %, "
              "cycles_per_reference: 1e5}]}\n");
  ck_assert (vhm_result_find (r, "b", "standby_reserve_bytes") == NULL);
  ck_assert (isnan (sample_at (r, "a", "repurposed_per_s", 0)));
  double lost = 0, faults = 0, most = 0;
  for (double at = 1; at <= 20; at++) {
    ck_assert_double_eq (sample_at (r, "a", "standby_reserve_bytes", at)
                             + sample_at (r, "a", "standby_normal_bytes", at)
                             + sample_at (r, "a", "standby_core_bytes", at),
                         sample_at (r, "a", "standby_bytes", at));
    ck_assert_double_eq_tol (sample_at (r, "a", "committed_percent", at),
                             100 * sample_at (r, "a", "committed_bytes", at)
                                 / sample_at (r, "a", "commit_limit", at),
                             1e-9);
    ck_assert_double_le (sample_at (r, "a", "cache_faults_per_s", at),
                         sample_at (r, "a", "page_faults_per_s", at));
    double low = 8 * 1024 * 1024; /* 32 MiB, at most an eighth of RAM */
    double available = sample_at (r, "c", "available_bytes", at);
    ck_assert_double_eq (sample_at (r, "c", "memory_condition", at),
                         available < low       ? 0
                         : available > 3 * low ? 2
                                               : 1);
    most = MAX (most, sample_at (r, "a", "page_file_usage", at));
    ck_assert_double_ge (sample_at (r, "a", "page_file_peak", at), most);
    lost += sample_at (r, "a", "repurposed_per_s", at);
    faults += sample_at (r, "a", "cache_faults_per_s", at);
    ck_assert_double_eq (sample_at (r, "c", "cache_faults_per_s", at),
                         sample_at (r, "c", "page_faults_per_s", at));
  }
  ck_assert_double_gt (lost, 1000);
  ck_assert_double_gt (faults, 1000);
  ck_assert_double_lt (sample_at (r, "a", "standby_lifetime", 20), 40);
  vhm_result_free (r);
}
END_TEST

/* 64 MiB and 16 MiB of page file; retried each second. */
START_TEST (a_refused_commit_is_one_incident_and_a_number)
{
  struct vhm_result *r = host_run_text (HOST (
      "30 s") "  - {name: a, " MEMORY
              ", os: {kind: windows, nonpaged_pool: 4 MiB, page_file: 16 MiB, "
              "page_file_maximum: 16 MiB}, workloads: [idle, {kind: soaker, "
              "size: 100 MiB, chunk: 1 MiB, rate: 20 MiB/s, retry: 1 s}]}\n");
  double refused = sample_at (r, "a", "refused_commits", 30);
  ck_assert_double_ge (refused, 15);
  ck_assert_uint_eq (r->incidents->len, 2);
  const struct vhm_incident *x = r->incidents->pdata[1];
  ck_assert_str_eq (x->who, "a");
  ck_assert_double_gt (x->at_s, 3.5); /* 75 MiB at 20 MiB/s */
  ck_assert_str_eq (x->what,
                    "its process 1, soaker, was refused memory for the first "
                    "time: 256 pages more, with 79 of 80 MiB committed");
  vhm_result_free (r);
}
END_TEST

SUITE ("some samples",
       tcase_add_test (tc,
                       standby_by_priority_is_shown_of_systems_that_have_it);
       tcase_add_test (tc, a_refused_commit_is_one_incident_and_a_number);
       tcase_add_test (tc, lists_are_shown_of_systems_that_have_them);
       tcase_add_test (tc, each_of_the_first_operations_has_its_time);
       tcase_add_test (tc, each_of_the_first_operations_has_its_swapping);
       tcase_add_test (tc, a_killed_process_is_an_incident_and_a_number);)
