/* Smart paging: a restart without its startup memory. Everything audited. */
#include "host_run.h"
#include "suite.h"

#define MIB ((double) VHM_MIB)
#define STARTUP (128 * MIB)
#define LEFT (80 * MIB)

/* 404 - 64 of the root - 3 x 16 of overhead: b and c, who hold their minimum,
 * leave 80 to a, of 128 to start with. a touches all but 8 of these, and frees the
 * greater part a little later. */
#define FULL(smart, order)                                                \
  "start: \"10:00\"\nduration: 12 min\nsample: 2 s\n"                     \
  "host: {memory: 404 MiB, root_reserve: 64 MiB, vm_overhead: 16 MiB, "   \
  "vm_overhead_per_gib: 0 B, shutdown_time: 5 s, paging: none, disks: "   \
  "[{name: d0}, {name: d1}], smart_paging: {" smart "}}\n"                \
  "guests:\n"                                                             \
  "  - {name: a, memory: {startup: 128 MiB, minimum: 64 MiB, maximum: "   \
  "128 MiB}, os: {kind: windows, nonpaged_pool: 8 MiB}, workloads: "      \
  "[{kind: idle, commit: 24 MiB}, {kind: soaker, size: 88 MiB, "          \
  "rate: 8 MiB/s, stay: 50 s, think: 100 ms}]}\n"                         \
  "  - {name: b, memory: {startup: 128 MiB, minimum: 128 MiB, maximum: "  \
  "128 MiB}, os: {kind: windows, nonpaged_pool: 8 MiB}, workloads: "      \
  "[{kind: idle, commit: 16 MiB}]}\n"                                     \
  "  - {name: c, start: 3 min, memory: {startup: 84 MiB, minimum: "       \
  "84 MiB, maximum: 84 MiB}, os: {kind: windows, nonpaged_pool: 8 MiB}, " \
  "workloads: [{kind: idle, commit: 16 MiB}]}\n"                          \
  "timeline:\n" order

#define RESTART "  - {at: \"10:06\", restart: a}\n"
#define BACK_ON                        \
  "  - {at: \"10:06\", shutdown: a}\n" \
  "  - {at: \"10:06:10\", start: a}\n"
#define ON "enabled: true, disk: d1"

START_TEST (a_restart_is_bridged)
{
  struct vhm_result *r = host_run_text (FULL (ON, RESTART));
  ck_assert_int_eq (n_incidents (r, "a", "smart paging begins"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "smart paging ends"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "refused"), 0);
  /* it sees its startup memory and has what is left */
  ck_assert_double_eq (sample_at (r, "a", "visible_memory", 370), STARTUP);
  ck_assert_double_gt (sample_at (r, "a", "smart_paging_working_set", 390), 0);
  for (double at = 366; at < 400; at += 2)
    ck_assert_double_le (sample_at (r, "a", "consumed_bytes", at), LEFT);
  /* afterwards it is a guest like others: all it holds is in machine memory */
  ck_assert_double_eq (sample_at (r, "a", "smart_paging_working_set", 718), 0);
  ck_assert_double_eq (sample_at (r, "a", "consumed_bytes", 718),
                       sample_at (r, "a", "physical_memory", 718));
  ck_assert_double_eq (sample_at (r, "a", "consumed_bytes", 718)
                           + sample_at (r, "a", "balloon_bytes", 718),
                       STARTUP);
  ck_assert_double_gt (summary_of (r, "a", "smart_paging_time"), 0);
  ck_assert_double_lt (summary_of (r, "a", "smart_paging_time"), 600);
  ck_assert_double_gt (summary_of (r, "a", "smart_paging_most"), 8 * MIB);
  vhm_result_free (r);
}
END_TEST

/* Frames set aside for it are neither available nor anybody's. */
START_TEST (machine_memory_adds_up_all_the_time)
{
  struct vhm_result *r = host_run_text (FULL (ON, RESTART));
  for (size_t i = 0; i < r->n_samples; i++)
    ck_assert_double_eq (sample_at (r, "host", "sum_of_memory", 2 * (double) i),
                         404 * MIB);
  ck_assert_double_eq (sample_at (r, "balancer", "available_memory", 370), 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_start_from_off_is_refused)
{
  struct vhm_result *r = host_run_text (FULL (ON, BACK_ON));
  ck_assert_int_eq (n_incidents (r, "a", "start refused"), 1);
  ck_assert_int_eq (n_incidents (r, "a", "smart paging"), 0);
  ck_assert_double_eq (summary_of (r, "a", "smart_paging_time"), 0);
  ck_assert_double_eq (sample_at (r, "a", "physical_memory", 700), 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (a_restart_without_smart_paging_is_refused)
{
  struct vhm_result *r = host_run_text (FULL ("enabled: false", RESTART));
  ck_assert_int_eq (n_incidents (r, "a", "start refused"), 1);
  vhm_result_free (r);
}
END_TEST

/* It was short before it restarted, and after its file has gone: its own system
 * pages, the host does not. */
START_TEST (a_running_guest_is_not_bridged)
{
  struct vhm_result *r = host_run_text (FULL (ON, RESTART));
  for (double at = 0; at < 364; at += 2)
    for (const char *const *who = (const char *const[]){ "a", "b", "c", NULL };
         *who; who++) {
      double v = sample_at (r, *who, "smart_paging_working_set", at);
      ck_assert (!(v > 0));
    }
  vhm_result_free (r);
}
END_TEST

START_TEST (a_restart_with_memory_to_spare_is_just_that)
{
  struct vhm_result *r
      = host_run_text (FULL (ON, "  - {at: \"10:02\", restart: a}\n"
                                 "  - {at: \"10:02:01\", restart: a}\n"));
  ck_assert_int_eq (n_incidents (r, "a", "smart paging"), 0);
  ck_assert_int_eq (n_incidents (r, "a", "told to restart"), 1);
  ck_assert_double_eq_tol (summary_of (r, "a", "time_on"), 720, 1e-6);
  vhm_result_free (r);
}
END_TEST

START_TEST (it_may_shut_down_or_restart_in_the_middle)
{
  struct vhm_result *r = host_run_text (
      FULL (ON, RESTART "  - {at: \"10:06:20\", restart: a}\n"
                        "  - {at: \"10:06:40\", shutdown: a}\n"));
  ck_assert_int_eq (n_incidents (r, "a", "smart paging begins"), 2);
  ck_assert_int_eq (n_incidents (r, "a", "as the guest shuts down"), 2);
  ck_assert_double_eq (sample_at (r, "balancer", "available_memory", 500),
                       LEFT + 16 * MIB);
  vhm_result_free (r);
}
END_TEST

/* Memory that comes free raises what it is granted; its balloon need not take
 * what the host can give. */
START_TEST (memory_that_comes_free_ends_it)
{
  struct vhm_result *r = host_run_text (
      FULL (ON, RESTART "  - {at: \"10:06:20\", shutdown: b}\n"));
  ck_assert_int_eq (n_incidents (r, "a", "smart paging ends"), 1);
  ck_assert_double_eq (sample_at (r, "a", "smart_paging_working_set", 480), 0);
  ck_assert_double_gt (sample_at (r, "a", "consumed_bytes", 480), LEFT);
  vhm_result_free (r);
}
END_TEST

/* What others hold beyond their minimum is waited for. */
START_TEST (others_give_first)
{
  GString *text = g_string_new (FULL (ON, RESTART));
  g_string_replace (text, "{startup: 128 MiB, minimum: 128 MiB",
                    "{startup: 128 MiB, minimum: 64 MiB", 0);
  struct vhm_result *r = host_run_text (text->str);
  ck_assert_int_eq (n_incidents (r, "a", "smart paging"), 0);
  ck_assert_double_eq (sample_at (r, "a", "visible_memory", 718), STARTUP);
  g_string_free (text, TRUE);
  vhm_result_free (r);
}
END_TEST

SUITE ("smart paging", tcase_set_timeout (tc, 60);
       tcase_add_test (tc, a_restart_is_bridged);
       tcase_add_test (tc, machine_memory_adds_up_all_the_time);
       tcase_add_test (tc, a_start_from_off_is_refused);
       tcase_add_test (tc, a_restart_without_smart_paging_is_refused);
       tcase_add_test (tc, a_running_guest_is_not_bridged);
       tcase_add_test (tc, a_restart_with_memory_to_spare_is_just_that);
       tcase_add_test (tc, it_may_shut_down_or_restart_in_the_middle);
       tcase_add_test (tc, memory_that_comes_free_ends_it);
       tcase_add_test (tc, others_give_first);)
