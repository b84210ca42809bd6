/* What is sampled agrees with itself: levels, rates, and the summary. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define SCENARIO                                                              \
  "duration: 5 min\nsample: 10 s\n"                                           \
  "host: {memory: 1 GiB, root_reserve: 64 MiB, cpus: 2, "                     \
  "disks: [{name: d0}]}\n"                                                    \
  "guests:\n"                                                                 \
  "  - {name: a, vcpus: 2, memory: {startup: 128 MiB, minimum: 128 MiB, "     \
  "maximum: 128 MiB}, os: {kind: windows, nonpaged_pool: 8 MiB}, workloads: " \
  "[{kind: soaker, size: 150 MiB, cycles_per_reference: 1e6, threads: 2}]}\n"

static double
sum_of (const struct vhm_result *r, const char *instance, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, instance, key);
  double sum = 0;
  for (size_t i = 1; i < r->n_samples; i++)
    sum += s->values[i];
  return sum;
}

START_TEST (rates_are_differences_over_the_interval)
{
  struct vhm_result *r = host_run_text (SCENARIO);
  ck_assert (isnan (sample_at (r, "a", "page_faults_per_s", 0)));
  double faults = 10 * sum_of (r, "a", "page_faults_per_s");
  double soft = 10 * sum_of (r, "a", "transition_faults_per_s");
  double zero = 10 * sum_of (r, "a", "demand_zero_faults_per_s");
  ck_assert_double_eq_tol (faults, (double) r->n_faults, 1e-6);
  ck_assert_double_gt (faults, soft + zero);
  ck_assert_double_eq_tol (zero, 150 * 256, 1e-6);
  double operations = 10 * sum_of (r, "a", "throughput_per_s");
  ck_assert_double_eq_tol (summary_of (r, "a", "operations_per_s") * 300,
                           operations, 1e-6);
  vhm_result_free (r);
}
END_TEST

START_TEST (levels_add_up)
{
  struct vhm_result *r = host_run_text (SCENARIO);
  for (double at = 0; at <= 300; at += 10) {
    ck_assert_double_eq (sample_at (r, "a", "available_bytes", at),
                         sample_at (r, "a", "free_bytes", at)
                             + sample_at (r, "a", "standby_bytes", at));
    ck_assert_double_eq (sample_at (r, "a", "commit_limit", at),
                         sample_at (r, "a", "visible_memory", at)
                             + sample_at (r, "a", "page_file_bytes", at));
    ck_assert_double_le (sample_at (r, "a", "working_set_bytes", at)
                             + sample_at (r, "a", "available_bytes", at)
                             + sample_at (r, "a", "modified_bytes", at)
                             + sample_at (r, "a", "pool_nonpaged_bytes", at),
                         sample_at (r, "a", "visible_memory", at));
  }
  vhm_result_free (r);
}
END_TEST

START_TEST (processor_time_agrees_with_the_ledger)
{
  struct vhm_result *r = host_run_text (SCENARIO);
  double busy = 0, all = 0;
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    bool runs = !g_str_has_prefix (row->account, "ready")
                && !g_str_has_prefix (row->account, "blocked")
                && strcmp (row->account, "idle") != 0;
    busy += runs ? (double) row->cycles : 0;
    all += (double) row->cycles;
  }
  ck_assert_double_eq (all, 300.0 * 2 * (double) r->clock_hz);
  ck_assert_double_eq_tol (sum_of (r, "a", "cpu_percent") / 30,
                           100 * busy / all, 1e-6);
  ck_assert_double_eq_tol (sum_of (r, "host", "cpu_percent") / 30,
                           100 * busy / all, 1e-6); /* two of two */
  vhm_result_free (r);
}
END_TEST

START_TEST (the_disk_reads_what_the_guest_reads)
{
  struct vhm_result *r = host_run_text (SCENARIO);
  double input = sum_of (r, "a", "pages_input_per_s") * 4096;
  double read = sum_of (r, "disk.d0", "read_bytes_per_s");
  ck_assert_double_gt (read, 0);
  /* but for what is under way at the end */
  ck_assert_double_eq_tol (read * 10, input * 10, 64 * 4096);
  for (double at = 10; at <= 300; at += 10)
    ck_assert_double_le (sample_at (r, "disk.d0", "utilization_percent", at),
                         100 + 1e-9);
  vhm_result_free (r);
}
END_TEST

SUITE ("samples", tcase_add_test (tc, rates_are_differences_over_the_interval);
       tcase_add_test (tc, levels_add_up);
       tcase_add_test (tc, processor_time_agrees_with_the_ledger);
       tcase_add_test (tc, the_disk_reads_what_the_guest_reads);)
