/* Samples: levels, rates and sums agree with each other; the summary and the
 * ledger cover all lives of a guest. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#include <vhm/model/ledger.h>

#define HZ 1e9
#define INTERVAL_S 5.0

/* A guest that pages, one that comes late. */
#define STEADY                                                                 \
  "start: \"10:00\"\nduration: 10 min\nsample: 5 s\n"                          \
  "host: {memory: 1 GiB, root_reserve: 64 MiB, vm_overhead: 16 MiB, cpus: 2, " \
  "clock: 1 GHz, shutdown_time: 20 s, disks: [{name: d0}]}\n"                  \
  "guests:\n"                                                                  \
  "  - {name: a, vcpus: 2, memory: {startup: 256 MiB, minimum: 128 MiB, "      \
  "maximum: 256 MiB}, os: {kind: windows, nonpaged_pool: 16 MiB}, "            \
  "workloads: [{kind: idle, commit: 64 MiB}, "                                 \
  "{kind: soaker, size: 256 MiB, rate: 8 MiB/s}]}\n"                           \
  "  - {name: b, start: 1 min, memory: {startup: 256 MiB, "                    \
  "minimum: 128 MiB, maximum: 512 MiB}, "                                      \
  "workloads: [{kind: idle, commit: 64 MiB}]}\n"
/* The same, but a is away for two minutes. */
#define LIVELY \
  STEADY       \
  "timeline: [{at: \"10:03:40\", shutdown: a}, {at: \"10:06\", start: a}]\n"

static bool
is_a_on (size_t i)
{
  double at_s = (double) i * INTERVAL_S;
  return at_s < 240 || at_s >= 360;
}

static double
value (const struct vhm_result *r, const char *who, const char *key, size_t i)
{
  return sample_at (r, who, key, (double) i * r->interval_s);
}

START_TEST (a_guest_that_is_off_shows_nothing_but_its_memory)
{
  static const char *const always[]
      = { "physical_memory", "added_memory",      "removed_memory",
          "add_operations",  "remove_operations", NULL };
  struct vhm_result *r = host_glance (LIVELY);
  for (guint k = 0; k < r->series->len; k++) {
    const struct vhm_series *s = r->series->pdata[k];
    if (strcmp (s->instance, "a") != 0)
      continue;
    bool is_kept = g_strv_contains (always, s->counter->key);
    for (size_t i = 0; i < r->n_samples; i++)
      if (!is_a_on (i))
        ck_assert_msg (isnan (s->values[i]) == !is_kept, "%s at %zu",
                       s->counter->key, i);
    ck_assert (isfinite (s->values[r->n_samples - 1]));
  }
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 235),
                       256.0 * VHM_MIB);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 240), 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (there_are_no_rates_in_the_first_sample)
{
  struct vhm_result *r = host_glance (LIVELY);
  for (guint k = 0; k < r->series->len; k++) {
    const struct vhm_series *s = r->series->pdata[k];
    if (s->counter->unit == VHM_UNIT_PER_S)
      ck_assert_msg (isnan (s->values[0]), "%s.%s", s->instance,
                     s->counter->key);
  }
  vhm_result_free (r);
}
END_TEST

START_TEST (levels_of_a_guest_add_up)
{
  struct vhm_result *r = host_glance (LIVELY);
  for (size_t i = 0; i < r->n_samples; i++) {
    if (!is_a_on (i))
      continue;
    ck_assert_double_eq (value (r, "a", "physical_memory", i),
                         value (r, "a", "visible_memory", i)
                             - value (r, "a", "balloon_bytes", i));
    ck_assert_double_eq (value (r, "a", "available_bytes", i),
                         value (r, "a", "free_bytes", i)
                             + value (r, "a", "standby_bytes", i));
    ck_assert_double_eq (value (r, "a", "commit_limit", i),
                         value (r, "a", "visible_memory", i)
                             + value (r, "a", "page_file_bytes", i));
    ck_assert_double_eq (value (r, "a", "consumed_bytes", i),
                         value (r, "a", "physical_memory", i));
  }
  vhm_result_free (r);
}
END_TEST

/* Rates are differences of counts, so their sum is the count. */
START_TEST (rates_sum_to_what_the_disk_and_the_guests_did)
{
  struct vhm_result *r = host_glance (STEADY);
  double reads = 0, bytes = 0, pages = 0, requests = 0;
  for (size_t i = 1; i < r->n_samples; i++) {
    reads += value (r, "disk.d0", "reads_per_s", i) * INTERVAL_S;
    bytes += value (r, "disk.d0", "read_bytes_per_s", i) * INTERVAL_S;
    const char *const guests[] = { "a", "b" };
    for (int g = 0; g < 2; g++) {
      double input = value (r, guests[g], "pages_input_per_s", i);
      double asked = value (r, guests[g], "page_reads_per_s", i);
      pages += isnan (input) ? 0 : input * INTERVAL_S;
      requests += isnan (asked) ? 0 : asked * INTERVAL_S;
    }
  }
  ck_assert_double_gt (reads, 0);
  /* but for a few in flight at the end */
  ck_assert_double_eq_tol (requests, reads, 4);
  ck_assert_double_eq_tol (pages * 4096, bytes, 4 * 8 * 4096);
  vhm_result_free (r);
}
END_TEST

START_TEST (processor_time_of_the_host_is_that_of_its_guests)
{
  struct vhm_result *r = host_glance (LIVELY);
  double used = 0;
  for (size_t i = 1; i < r->n_samples; i++) {
    double a = value (r, "a", "cpu_percent", i); /* of two processors */
    double b = value (r, "b", "cpu_percent", i);
    double all = 2 * (a > 0 ? a : 0) + (b > 0 ? b : 0);
    ck_assert_double_eq_tol (value (r, "host", "cpu_percent", i), all / 2,
                             1e-9);
    ck_assert_double_le (all, 200 + 1e-6);
    used += all;
  }
  ck_assert_double_gt (used, 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (the_ledger_covers_all_lives_of_a_guest)
{
  struct vhm_result *r = host_glance (LIVELY);
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 480, 1e-6);
  ck_assert_double_eq_tol (summary_of (r, "b", "time_on"), 540, 1e-6);
  uint64_t cycles[2] = { 0 };
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    cycles[strcmp (row->guest, "b") == 0] += row->cycles;
  }
  /* two accounts are those of page sharing, which this host does not do */
  ck_assert_uint_eq (r->ledger->len, 2 * (VHM_N_ACCOUNTS - 3));
  ck_assert_uint_eq (cycles[0], (uint64_t) (2 * 480 * HZ));
  ck_assert_uint_eq (cycles[1], (uint64_t) (540 * HZ));
  vhm_result_free (r);
}
END_TEST

START_TEST (operations_sum_to_the_summary)
{
  struct vhm_result *r = host_glance (LIVELY);
  double n = 0;
  for (size_t i = 1; i < r->n_samples; i++) {
    double rate = value (r, "b", "throughput_per_s", i);
    n += isnan (rate) ? 0 : rate * INTERVAL_S;
  }
  ck_assert_double_eq_tol (summary_of (r, "b", "operations_per_s"), n / 540,
                           1e-9);
  double p50 = summary_of (r, "b", "latency_p50");
  double mean = summary_of (r, "b", "latency_mean");
  ck_assert_double_ge (mean, p50 / 2); /* Markov */
  ck_assert_double_gt (p50, 0);
  ck_assert_double_le (p50, summary_of (r, "b", "latency_p95"));
  ck_assert_double_le (summary_of (r, "b", "latency_p95"),
                       summary_of (r, "b", "latency_p99"));
  vhm_result_free (r);
}
END_TEST

START_TEST (the_balancer_adds_up_its_guests)
{
  static const char *const keys[] = { "added_memory", "removed_memory",
                                      "add_operations", "remove_operations" };
  struct vhm_result *r = host_glance (LIVELY);
  double sum = 0;
  for (size_t i = 0; i < r->n_samples; i++)
    for (size_t k = 0; k < G_N_ELEMENTS (keys); k++) {
      double all = value (r, "balancer", keys[k], i);
      ck_assert_double_eq (all, value (r, "a", keys[k], i)
                                    + value (r, "b", keys[k], i));
      sum += all;
    }
  ck_assert_double_gt (sum, 0);
  vhm_result_free (r);
}
END_TEST

/* Whoever counts an operation has moved memory since the sample before. */
START_TEST (an_operation_moves_memory)
{
  static const char *const pairs[][2]
      = { { "add_operations", "added_memory" },
          { "remove_operations", "removed_memory" } };
  struct vhm_result *r = host_glance (STEADY);
  for (size_t k = 0; k < G_N_ELEMENTS (pairs); k++)
    for (size_t i = 1; i < r->n_samples; i++)
      if (value (r, "b", pairs[k][0], i) > value (r, "b", pairs[k][0], i - 1))
        ck_assert_double_gt (value (r, "b", pairs[k][1], i),
                             value (r, "b", pairs[k][1], i - 1));
  ck_assert_double_gt (sample_at (r, "b", "remove_operations", 600), 0);
  vhm_result_free (r);
}
END_TEST

SUITE ("sums of samples",
       tcase_add_test (tc, a_guest_that_is_off_shows_nothing_but_its_memory);
       tcase_add_test (tc, there_are_no_rates_in_the_first_sample);
       tcase_add_test (tc, levels_of_a_guest_add_up);
       tcase_add_test (tc, rates_sum_to_what_the_disk_and_the_guests_did);
       tcase_add_test (tc, processor_time_of_the_host_is_that_of_its_guests);
       tcase_add_test (tc, the_ledger_covers_all_lives_of_a_guest);
       tcase_add_test (tc, operations_sum_to_the_summary);
       tcase_add_test (tc, the_balancer_adds_up_its_guests);
       tcase_add_test (tc, an_operation_moves_memory);)
