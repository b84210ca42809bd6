/* Orders of the timeline, one after the other and at the same time. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define MIB ((double) VHM_MIB)

#define TWO(timeline)                                                   \
  "start: \"10:00\"\nduration: 3 min\nsample: 5 s\n"                    \
  "host: {memory: 260 MiB, root_reserve: 32 MiB, vm_overhead: 8 MiB, "  \
  "report_after: 5 s, shutdown_time: 10 s, disks: [{name: d0}]}\n"      \
  "guests:\n"                                                           \
  "  - {name: a, vcpus: 2, memory: {startup: 96 MiB, minimum: 32 MiB, " \
  "maximum: 160 MiB}, workloads: [{kind: idle, commit: 40 MiB}]}\n"     \
  "  - {name: b, memory: {startup: 96 MiB, minimum: 32 MiB, "           \
  "maximum: 160 MiB}, workloads: [{kind: soaker, size: 130 MiB, "       \
  "rate: 4 MiB/s, threads: 1, cycles_per_reference: 20000}]}\n"         \
  "timeline:\n" timeline

static double
ledger_of (const struct vhm_result *r, const char *guest, const char *account)
{
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (strcmp (row->guest, guest) == 0 && strcmp (row->account, account) == 0)
      return (double) row->cycles / (double) r->clock_hz;
  }
  return NAN;
}

START_TEST (a_paused_guest_keeps_its_memory_and_does_nothing)
{
  struct vhm_result *r = host_run_text (
      TWO ("  - {at: \"10:01\", pause: a}\n  - {at: \"10:02\", resume: a}\n"));
  double held = sample_at (r, "a", "physical_memory", 60);
  for (double t = 65; t < 120; t += 5) {
    ck_assert_double_eq (sample_at (r, "a", "physical_memory", t), held);
    ck_assert_double_eq (sample_at (r, "a", "throughput_per_s", t), 0);
  }
  ck_assert_double_gt (sample_at (r, "a", "throughput_per_s", 170), 0);
  ck_assert_double_eq_tol (ledger_of (r, "a", "paused"), 2 * 60, 1e-9);
  ck_assert (isnan (ledger_of (r, "b", "paused")));
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 180, 1e-9);
  ck_assert_int_eq (n_incidents (r, "a", "paused"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "goes on"), 1);
  vhm_result_free (r);
}
END_TEST

/* Without the pause the balancer takes from a for b. */
START_TEST (the_balancer_takes_nothing_from_a_paused_guest)
{
  struct vhm_result *paused
      = host_run_text (TWO ("  - {at: \"10:00:02\", pause: a}\n"));
  struct vhm_result *runs = host_glance (TWO ("  []\n"));
  double before = sample_at (paused, "a", "physical_memory", 0);
  ck_assert_double_eq (sample_at (paused, "a", "physical_memory", 180), before);
  ck_assert_double_lt (sample_at (runs, "a", "physical_memory", 180),
                       before - 10 * MIB);
  ck_assert_double_gt (sample_at (runs, "b", "physical_memory", 180),
                       sample_at (paused, "b", "physical_memory", 180));
  vhm_result_free (paused);
  vhm_result_free (runs);
}
END_TEST

/* Each refusal is told, and changes nothing. */
START_TEST (orders_that_make_no_sense_are_incidents)
{
  struct vhm_result *r = host_run_text (TWO (
      "  - {at: \"10:00:20\", start: a}\n  - {at: \"10:00:20\", resume: a}\n"
      "  - {at: \"10:00:30\", pause: a}\n  - {at: \"10:00:40\", pause: a}\n"
      "  - {at: \"10:00:40\", start: a}\n"
      "  - {at: \"10:00:40\", shutdown: a}\n"
      "  - {at: \"10:00:40\", restart: a}\n"
      "  - {at: \"10:00:50\", resume: a}\n"
      "  - {at: \"10:01\", shutdown: a}\n  - {at: \"10:01:05\", pause: a}\n"
      "  - {at: \"10:01:05\", shutdown: a}\n"
      "  - {at: \"10:01:20\", pause: a}\n"
      "  - {at: \"10:01:20\", shutdown: a}\n"
      "  - {at: \"10:02\", start: a}\n"));
  static const char *const told[]
      = { "start, but it is on",         "resume, but it is not",
          "pause, but it is paused",     "start, but it is paused",
          "shut down, but it is paused", "restart, but it is paused",
          "pause, but it is shutting",   "shut down, but it is shutting",
          "pause, but it is not on",     "shut down, but it is not on" };
  for (size_t i = 0; i < G_N_ELEMENTS (told); i++) {
    g_autofree char *what = g_strconcat ("told to ", told[i], NULL);
    ck_assert_msg (n_incidents (r, "a", what) == 1, "%s", what);
  }
  /* beside these the pause, and that it goes on */
  ck_assert_uint_eq (r->incidents->len, G_N_ELEMENTS (told) + 2);
  /* it may have to wait for memory when it starts again */
  ck_assert_double_le (summary_of (r, "a", "time_on"), 70 + 60);
  ck_assert_double_ge (summary_of (r, "a", "time_on"), 70 + 50);
  vhm_result_free (r);
}
END_TEST

/* One after the other, in the order of the file, each on what the last left. */
START_TEST (orders_of_one_instant_come_in_the_order_of_the_file)
{
  struct vhm_result *r = host_glance (
      TWO ("  - {at: \"10:01\", pause: a}\n  - {at: \"10:01\", resume: a}\n"
           "  - {at: \"10:01\", shutdown: a}\n"));
  ck_assert_uint_eq (r->incidents->len, 2);
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 70, 1e-9);
  vhm_result_free (r);
}
END_TEST

SUITE ("orders",
       tcase_add_test (tc, a_paused_guest_keeps_its_memory_and_does_nothing);
       tcase_add_test (tc, the_balancer_takes_nothing_from_a_paused_guest);
       tcase_add_test (tc, orders_that_make_no_sense_are_incidents);
       tcase_add_test (tc,
                       orders_of_one_instant_come_in_the_order_of_the_file);)
