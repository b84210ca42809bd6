/* What translation costs in a whole host: when it is measured, that the budget
 * holds, that the ledger stays exact, and that nothing moves that should not. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

/* A processor whose caches are small, so that it is warm soon. */
#define CPU                                                               \
  "cpu: {preset: sandy-bridge, l2: {size: 32 KiB, ways: 8, cycles: 12}, " \
  "llc: {size: 256 KiB, ways: 8, cycles: 30}}"
#define GUEST(name, more, work)                                               \
  "  - {name: " name ", " more "memory: {startup: 192 MiB, minimum: 64 MiB, " \
  "maximum: 256 MiB}, os: ideal-lru, workloads: [" work "]}\n"
#define SOAKER "{kind: soaker, size: 100 MiB, rate: 20 MiB/s}"
#define IDLE "{kind: idle, commit: 60 MiB}"

/* `host` and `balancer` are further keys, each with a comma before it. */
static char *
lasting (int seconds, const char *host, const char *guests,
         const char *timeline)
{
  return g_strdup_printf (
      "start: \"09:00\"\nduration: %d s\nsample: 5 s\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, cpus: 2, report_after: 5 s, "
      "shutdown_time: 1 s, disks: [{name: d0}], " CPU "%s}\n"
      "guests:\n%s%s",
      seconds, host, guests, timeline);
}

static char *
scenario (const char *host, const char *guests, const char *timeline)
{
  return lasting (120, host, guests, timeline);
}

static struct vhm_result *
run (const char *host, const char *guests, const char *timeline)
{
  g_autofree char *text = scenario (host, guests, timeline);
  return host_run_text (text); /* audits at every sample: the ledger is exact */
}

static const struct vhm_translation_row *
find_row (const struct vhm_result *r, const char *guest, const char *paging)
{
  for (guint i = 0; i < r->translation->len; i++) {
    const struct vhm_translation_row *row = r->translation->pdata[i];
    if (strcmp (row->guest, guest) == 0 && strcmp (row->paging, paging) == 0)
      return row;
  }
  ck_abort_msg ("no row of %s under %s", guest, paging);
}

static double
cycles_of (const struct vhm_result *r, const char *guest, const char *account)
{
  double sum = 0;
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (strcmp (row->guest, guest) == 0
        && (!account || strcmp (row->account, account) == 0))
      sum += (double) row->cycles;
  }
  return sum;
}

START_TEST (every_kind_of_paging_keeps_the_ledger_exact)
{
  static const char *const keys[] = { ", paging: native", ", paging: slat",
                                      ", paging: shadow", ", paging: none" };
  static const char *const names[] = { "native", "SLAT", "shadow" };
  struct vhm_result *r
      = run (keys[_i], GUEST ("a", "", SOAKER) GUEST ("b", "", IDLE), "");
  ck_assert_double_eq (cycles_of (r, "a", NULL), 120.0 * (double) r->clock_hz);
  double walks = cycles_of (r, "a", "page walks: guest's table");
  double host = cycles_of (r, "a", "page walks: host's table");
  double shadow = cycles_of (r, "a", "shadow-table upkeep");
  ck_assert ((walks > 0) == (_i < 3));
  ck_assert ((host > 0) == (_i == 1));
  ck_assert ((shadow > 0) == (_i == 2));
  if (_i == 3) {
    ck_assert_uint_eq (r->translation->len, 0);
    ck_assert (isnan (sample_at (r, "a", "translation_per_reference", 60)));
    vhm_result_free (r);
    return;
  }
  for (int k = 0; k < 3; k++)
    ck_assert (find_row (r, "a", names[k])->is_in_force == (k == _i));
  ck_assert_double_eq (find_row (r, "a", "SLAT")->upkeep_cyc, 0);
  double upkeep = find_row (r, "a", "shadow")->upkeep_cyc;
  ck_assert_double_gt (upkeep, 0);
  const struct vhm_translation_row *row = find_row (r, "a", "native");
  ck_assert_double_eq_tol ((double) row->n_issued * row->compute_cyc,
                           cycles_of (r, "a", "compute"),
                           1e-5 * cycles_of (r, "a", "compute"));
  if (_i == 2) { /* what it would cost is what it does cost */
    double references = cycles_of (r, "a", "compute")
                        / find_row (r, "a", "shadow")->compute_cyc;
    ck_assert_double_eq_tol (upkeep * references, shadow, 0.01 * shadow);
  }
  ck_assert_double_eq (find_row (r, "a", "native")->host_walk_cyc, 0);
  ck_assert_double_eq (find_row (r, "a", "native")->vm_switch_cyc, 0);
  ck_assert_double_gt (find_row (r, "a", "SLAT")->host_walk_cyc, 0);
  ck_assert_double_gt (sample_at (r, "a", "translation_per_reference", 60), 1);
  vhm_result_free (r);
}
END_TEST

/* Of the references of the end, the counter and the row of the comparison say
 * the same. */
START_TEST (the_counter_and_the_comparison_agree)
{
  struct vhm_result *r = run ("", GUEST ("a", "", SOAKER), "");
  const struct vhm_translation_row *row = find_row (r, "a", "SLAT");
  double cost = row->l2_tlb_cyc + row->guest_walk_cyc + row->host_walk_cyc
                + row->vm_switch_cyc;
  ck_assert_double_eq_tol (sample_at (r, "a", "translation_per_reference", 120),
                           cost, 0.1 * cost);
  ck_assert_double_le (row->half_width_cyc, 0.05 * cost + 1);
  vhm_result_free (r);
}
END_TEST

START_TEST (it_is_measured_again_when_inputs_change)
{
  /* a soaker that grows from 0 to 100 MiB in 5 s: again and again */
  struct vhm_result *r = run ("", GUEST ("a", "", SOAKER), "");
  double growing = summary_of (r, "a", "measurements");
  ck_assert_double_gt (growing, 3);
  vhm_result_free (r);
  /* nothing changes after it has begun; `every` alone */
  static const char *const every[]
      = { ", measure: {every: 1 h}", ", measure: {every: 10 s, pause: 5 s}" };
  double n[2];
  for (int i = 0; i < 2; i++) {
    r = run (every[i], GUEST ("a", "", "{kind: idle, commit: 60 MiB}"), "");
    n[i] = summary_of (r, "a", "measurements");
    vhm_result_free (r);
  }
  ck_assert_double_ge (n[1] - n[0], 10);
  ck_assert_double_le (n[1] - n[0], 12);
}
END_TEST

START_TEST (a_guest_that_goes_is_missed)
{
  const char *guests = GUEST ("a", "", IDLE) GUEST ("b", "", IDLE);
  struct vhm_result *r = run ("", guests, "");
  double together = summary_of (r, "a", "measurements");
  vhm_result_free (r);
  r = run ("", guests, "timeline:\n  - {at: \"09:01\", shutdown: b}\n");
  ck_assert_double_eq (summary_of (r, "a", "measurements"), together + 1);
  /* b is compared when it goes, a at the end */
  ck_assert_uint_eq (r->translation->len, 6);
  ck_assert_str_eq (
      ((struct vhm_translation_row *) r->translation->pdata[0])->guest, "b");
  ck_assert_str_eq (
      ((struct vhm_translation_row *) r->translation->pdata[3])->guest, "a");
  vhm_result_free (r);
}
END_TEST

START_TEST (the_budget_holds)
{
  struct vhm_result *r
      = run (", measure: {references: 0, references_per_event: "
             "0, every: 1 s, pause: 1 s}",
             GUEST ("a", "", SOAKER), "");
  ck_assert_double_eq (summary_of (r, "a", "measurements"), 1);
  uint64_t once = r->n_measured;
  vhm_result_free (r);
  r = run (", measure: {references: 100_000, references_per_event: 0, every: 1 "
           "s, pause: 1 s}",
           GUEST ("a", "", SOAKER), "");
  ck_assert_double_gt (summary_of (r, "a", "measurements"), 1);
  ck_assert_uint_lt (r->n_measured, 100000 + 3 * once);
  vhm_result_free (r);
}
END_TEST

/* Measured at `every`, the cost is never older; not measured again, it is nearly
 * as old as the run. An error that cannot be met is not said to be. */
START_TEST (the_age_and_the_error_of_the_cost_in_use_are_told)
{
  static const char *const keys[]
      = { ", measure: {every: 10 s, pause: 5 s}",
          ", measure: {references: 0, references_per_event: 0}",
          ", measure: {error: 1000 ppm, most: 10_000}" };
  struct vhm_result *r
      = run (keys[_i], GUEST ("a", "", SOAKER) GUEST ("b", "", IDLE), "");
  double age = summary_of (r, "a", "measurement_age");
  double imprecise = summary_of (r, "a", "measurements_imprecise");
  if (_i == 0)
    ck_assert_double_le (age, 15);
  if (_i == 1)
    ck_assert_double_gt (age, 119);
  ck_assert_double_ge (age, 0);
  if (_i != 1)
    ck_assert_double_eq (imprecise, _i == 0 ? 0 : 1);
  vhm_result_free (r);
}
END_TEST

/* However many guests: one measurement draws no more than each needs for the
 * fewest batches, and all of them get a cost. */
START_TEST (many_guests_share_one_measurement)
{
  struct vhm_result *r = host_glance (
      "duration: 5 s\nsample: 5 s\nhost: {memory: 16 GiB, root_reserve: 64 "
      "MiB, vm_overhead: 0 B, cpus: 4, balancer: static, measure: {most: "
      "50_000, "
      "references: 0, references_per_event: 0}, disks: [{name: d0}], " CPU "}\n"
      "guests:\n  - {name: g, count: 200, os: ideal-lru, memory: {startup: 64 "
      "MiB, minimum: 64 MiB, maximum: 64 MiB}, workloads: [" IDLE "]}\n");
  /* a pass of warm-up and four slices of 4096 each */
  ck_assert_uint_le (r->n_measured, (1 + 4) * 200 * 4096);
  ck_assert_double_gt (summary_of (r, "g[200]", "translation_percent"), 0);
  ck_assert_uint_eq (r->translation->len, 3 * 200);
  vhm_result_free (r);
}
END_TEST

/* How much is measured moves no other random stream: where paging costs nothing
 * in cycles, the runs are the same to the last fault. */
START_TEST (measuring_moves_nothing_else)
{
  const char *free_cpu
      = ", paging: native, cpu: {l2_tlb_cycles: 0, psc_cycles: 0, "
        "nested_tlb_cycles: 0, invalidate_page_cycles: 0, shootdown_cycles: 0, "
        "shootdown_per_cpu_cycles: 0, l1d: {size: 32 KiB, ways: 8, cycles: 0}, "
        "l2: {size: 32 KiB, ways: 8, cycles: 1e-6}, llc: {size: 256 KiB, ways: "
        "8, "
        "cycles: 2e-6}, dram: 1 ns}";
  struct vhm_result *r[2];
  for (int i = 0; i < 2; i++) {
    g_autofree char *text = g_strdup_printf (
        "duration: 1 min\nsample: 5 s\nhost: {memory: 1 GiB, "
        "clock: 100 MHz, root_reserve: 64 MiB, cpus: 2, "
        "disks: [{name: d0}]%s}\nguests:\n%s",
        i == 0 ? free_cpu : ", paging: none",
        GUEST ("a", "", SOAKER) GUEST ("b", "", IDLE));
    r[i] = host_glance (text);
  }
  ck_assert_uint_gt (r[0]->n_measured, 0);
  ck_assert_uint_eq (r[1]->n_measured, 0);
  ck_assert_uint_eq (r[0]->n_faults, r[1]->n_faults);
  ck_assert_double_eq_tol ((double) r[0]->n_references,
                           (double) r[1]->n_references,
                           1e-3 * (double) r[1]->n_references);
  vhm_result_free (r[0]);
  vhm_result_free (r[1]);
}
END_TEST

START_TEST (large_backing_is_counted_and_broken_by_the_balloon)
{
  const char *guests = GUEST (
      "a", "", IDLE) "  - {name: c, start: 30 s, memory: {startup: "
                     "760 MiB, minimum: 760 MiB, "
                     "maximum: 760 MiB}, os: ideal-lru, workloads: [" IDLE
                     "]}\n";
  struct vhm_result *r
      = run (", balancer: {kind: hyperv, rebalance: 5 s}", guests, "");
  double startup = 192.0 * (double) VHM_MIB;
  ck_assert_double_eq (sample_at (r, "a", "large_backed_bytes", 5), startup);
  if (sample_at (r, "a", "balloon_bytes", 120) > 0) {
    ck_assert_double_lt (sample_at (r, "a", "large_backed_bytes", 120),
                         startup);
    ck_assert_double_gt (summary_of (r, "a", "broken_blocks"), 0);
    ck_assert_double_gt (cycles_of (r, "a", "VM exits and host faults"), 0);
  } else
    ck_abort_msg ("the balloon took nothing");
  vhm_result_free (r);
}
END_TEST

/* A soaker touches all of its 25600 pages, in frames that lie side by side; a
 * violation costs this processor 3400 cycles. */
START_TEST (a_host_that_maps_at_first_touch_counts_violations)
{
  static const char *const keys[]
      = { ", maps: at-start", ", maps: at-touch, backing: 4 KiB",
          ", maps: at-touch, backing: 2 MiB",
          ", maps: at-touch, paging: shadow" };
  const double expected[] = { 0, 25600, 50, 0 };
  for (int every = 0; every < 2; every++) {
    g_autofree char *text
        = lasting (10, keys[_i],
                   every ? GUEST ("a", "reference: every, ", SOAKER)
                         : GUEST ("a", "", SOAKER),
                   "");
    struct vhm_result *r = host_run_text (text);
    ck_assert_double_eq (cycles_of (r, "a", NULL), 10.0 * (double) r->clock_hz);
    ck_assert_double_eq (cycles_of (r, "a", "VM exits and host faults"),
                         3400 * expected[_i]);
    if (_i > 0)
      ck_assert_double_eq (summary_of (r, "a", "slat_violations"),
                           expected[_i]);
    vhm_result_free (r);
  }
}
END_TEST

#define HALF_TOUCHED \
  "{kind: pattern, size: 160 MiB, cycles_per_reference: 20000}"
#define N_SEEDS 10

/* The same number of violations in the mean, within four standard errors of
 * their difference, where chance says which pages are touched. */
START_TEST (both_modes_violate_alike)
{
  static const char *const guests[]
      = { GUEST ("a", "", HALF_TOUCHED),
          GUEST ("a", "reference: every, ", HALF_TOUCHED) };
  double sum[2] = { 0 }, squares[2] = { 0 };
  for (int i = 0; i < 2 * N_SEEDS; i++) {
    g_autofree char *text
        = lasting (5, ", maps: at-touch, backing: 4 KiB", guests[i % 2], "");
    g_autofree char *seeded = g_strdup_printf ("seed: %d\n%s", i + 1, text);
    struct vhm_result *r = host_run_text (seeded);
    double n = summary_of (r, "a", "slat_violations");
    ck_assert_double_lt (n, 160 * 256); /* of its pages */
    sum[i % 2] += n;
    squares[i % 2] += n * n;
    vhm_result_free (r);
  }
  double variance = 0;
  for (int m = 0; m < 2; m++)
    variance += (squares[m] - sum[m] * sum[m] / N_SEEDS) / (N_SEEDS - 1);
  ck_assert_double_gt (variance, 0);
  ck_assert_double_le (fabs (sum[0] - sum[1]) / N_SEEDS,
                       4 * sqrt (variance / N_SEEDS));
}
END_TEST

#define NO_1G                                                               \
  "cpu: {has_1g: false, tlbs: [{name: d, level: 1, holds: both, 4k: true, " \
  "2m: true, entries: 64}]}"

/* 0: neither asks for it. */
START_TEST (page_sizes_need_a_processor_that_has_them)
{
  static const char *const hosts[] = { "", "backing: 1 GiB, ", "" };
  static const char *const guests[] = { "", "", "page_size: 1 GiB, " };
  static const char *const says[]
      = { "", "the processor has no 1 GiB pages", "page_size 1 GiB" };
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules = { .schema = &vhm_case_schema,
                                            .registry = vhm_all_plugins,
                                            .presets = vhm_embedded_presets };
  g_autofree char *text = g_strdup_printf (
      "duration: 10 s\nhost: {memory: 1 GiB, root_reserve: 64 MiB, disks: "
      "[{name: d0}], %s" NO_1G "}\nguests:\n"
      "  - {name: a, %smemory: {startup: 64 MiB, minimum: 64 MiB, maximum: 1 "
      "GiB}, workloads: [{kind: idle}]}\n",
      hosts[_i], guests[_i]);
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text ("t.yaml", text, strlen (text), &rules, &error);
  if (_i == 0) {
    ck_assert_msg (s != NULL, "%s", error ? error->message : "");
    return;
  }
  ck_assert_ptr_null (s);
  ck_assert_ptr_nonnull (strstr (error->message, says[_i]));
}
END_TEST

/* Pages come and go between the references of one slice. */
START_TEST (every_reference_is_translated_while_its_page_has_a_frame)
{
  static const char *const pagings[] = { "native", "slat", "shadow" };
  static const char *const systems[] = { "windows", "ideal-lru" };
  g_autofree char *text = g_strdup_printf (
      "duration: 1 min\nreference: every\n"
      "host: {memory: 1 GiB, root_reserve: 64 MiB, cpus: 2, balancer: {kind: "
      "static}, disks: [{name: d0}], " CPU ", paging: %s}\nguests:\n"
      "  - {name: a, vcpus: 2, memory: {startup: 128 MiB, minimum: 128 MiB, "
      "maximum: 128 MiB}, os: %s, workloads: [{kind: pattern, size: 160 MiB, "
      "threads: 8}]}\n",
      pagings[_i / 2], systems[_i % 2]);
  struct vhm_result *r = host_run_text (text);
  ck_assert_double_gt (sample_at (r, "a", "pages_input_per_s", 60), 0);
  ck_assert_double_gt (cycles_of (r, "a", "page walks: guest's table"), 0);
  vhm_result_free (r);
}
END_TEST

SUITE (
    "translation",
    tcase_add_loop_test (
        tc, every_reference_is_translated_while_its_page_has_a_frame, 0, 6);
    tcase_add_loop_test (tc, every_kind_of_paging_keeps_the_ledger_exact, 0, 4);
    tcase_add_test (tc, the_counter_and_the_comparison_agree);
    tcase_add_test (tc, it_is_measured_again_when_inputs_change);
    tcase_add_test (tc, a_guest_that_goes_is_missed);
    tcase_add_test (tc, the_budget_holds);
    tcase_add_loop_test (tc, the_age_and_the_error_of_the_cost_in_use_are_told,
                         0, 3);
    tcase_add_test (tc, many_guests_share_one_measurement);
    tcase_add_test (tc, measuring_moves_nothing_else);
    tcase_add_test (tc, large_backing_is_counted_and_broken_by_the_balloon);
    tcase_add_loop_test (tc, a_host_that_maps_at_first_touch_counts_violations,
                         0, 4);
    tcase_add_test (tc, both_modes_violate_alike);
    tcase_add_loop_test (tc, page_sizes_need_a_processor_that_has_them, 0, 3);)
