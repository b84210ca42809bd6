/* Counters of processors, where virtual ones are dispatched turn by turn, against
 * what is known of turns; and the ledger's accounts beside them. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define HOST(cpus, more)                                                 \
  "duration: 30 s\nsample: 10 s\nhost: {paging: none, memory: 512 MiB, " \
  "root_reserve: 64 MiB, vm_overhead: 0 B, cpus: " cpus ", balancer: "   \
  "static, disks: [{name: d0}], clock: 1 GHz, scheduler: quantum, "      \
  "quantum: 10 ms, " more "}\nguests:\n"
#define GUEST(name, vcpus, threads, more)                                    \
  "  - {name: " name ", vcpus: " vcpus ", os: ideal-lru, memory: {startup: " \
  "64 MiB, minimum: 64 MiB, maximum: 64 MiB}, " more                         \
  "workloads: [{kind: pattern, size: 1 MiB, pattern: uniform, "              \
  "threads: " threads ", cycles_per_reference: 100000}]}\n"

static double
last_of (const struct vhm_result *r, const char *instance, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, instance, key);
  ck_assert_msg (s != NULL, "no %s.%s", instance, key);
  return s->values[r->n_samples - 1];
}

static double
seconds (const struct vhm_result *r, const char *guest,
         enum vhm_account account)
{
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    if (g_str_equal (row->guest, guest)
        && g_str_equal (row->account, vhm_account_name (account)))
      return (double) row->cycles / (double) r->clock_hz;
  }
  return 0;
}

/* Three on one processor: each waits two turns of three. */
START_TEST (who_shares_a_processor_waits_for_the_others_turns)
{
  struct vhm_result *r = host_run_text (
      HOST ("1", "switch_time: 100 us") GUEST ("a", "1", "1", "")
          GUEST ("b", "1", "3", "") GUEST ("c", "1", "1", ""));
  const char *names[] = { "a", "b", "c" };
  for (int i = 0; i < 3; i++) {
    ck_assert_double_eq_tol (last_of (r, names[i], "ready_percent"), 200 / 3.0,
                             0.1);
    ck_assert_double_eq_tol (last_of (r, names[i], "wait_per_dispatch"), 0.02,
                             1e-6);
    ck_assert_double_eq_tol (last_of (r, names[i], "cpu_percent"), 100 / 3.0,
                             0.1);
    ck_assert_double_eq_tol (seconds (r, names[i], VHM_ACCOUNT_READY), 20,
                             0.05);
    ck_assert_double_eq_tol (seconds (r, names[i], VHM_ACCOUNT_VM_SWITCH), 0.1,
                             0.001);
  }
  ck_assert_double_eq (last_of (r, "b", "processor_queue_length"), 2);
  ck_assert_double_eq (last_of (r, "a", "processor_queue_length"), 0);
  vhm_result_free (r);
}
END_TEST

START_TEST (who_has_a_processor_does_not_wait)
{
  struct vhm_result *r = host_run_text (
      HOST ("4", "speeds: [{busy: 1, speed: 100 %}, {busy: 4, speed: 70 %}]")
          GUEST ("a", "2", "2", "cpu: {affinity: [{from: 2, to: 3}]}, "));
  ck_assert_double_eq (last_of (r, "a", "ready_percent"), 0);
  ck_assert (isnan (last_of (r, "a", "wait_per_dispatch")));
  ck_assert_double_eq_tol (last_of (r, "a", "cpu_percent"), 100, 1e-3);
  /* two busy: 90 % of full speed, of 30 s on two processors */
  ck_assert_double_eq_tol (seconds (r, "a", VHM_ACCOUNT_SLOWED), 6, 0.01);
  vhm_result_free (r);
}
END_TEST

SUITE ("counters of processors",
       tcase_add_test (tc, who_shares_a_processor_waits_for_the_others_turns);
       tcase_add_test (tc, who_has_a_processor_does_not_wait);)
