/* What a guest does in a part of the run: parts add up to the whole, the whole is
 * what the summary says, and looking changes nothing. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define S VHM_NS_PER_S

static const char text[]
    = "duration: 40 s\n"
      "sample: 1 s\n"
      "start: \"12:00\"\n"
      "host: {memory: 1 GiB, disks: [{name: d0}], balancer: static,\n"
      "       paging: none}\n"
      "guests:\n"
      "  - name: a\n"
      "    count: 2\n"
      "    memory: {startup: 64 MiB, minimum: 64 MiB, maximum: 64 MiB}\n"
      "    os: ideal-lru\n"
      "    workloads: [{kind: pattern, size: 70 MiB, references: 1000}]\n"
      "timeline: [{at: \"12:00:20\", restart: \"a[2]\"}]\n";

static struct vhm_result *
run_window (struct vhm_host_window *window)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  const struct vhm_host_options options = { .seed = c->seed, .window = window };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  struct vhm_result *result = vhm_result_new ();
  ck_assert (vhm_host_run (host, result, NULL));
  return result;
}

START_TEST (parts_add_up)
{
  static const char *const guests[] = { "a[1]", "a[2]" };
  for (int i = 0; i < 2; i++) {
    struct vhm_host_window whole, first, rest;
    vhm_host_window_init (&whole, guests[i], 0, 40 * S);
    vhm_host_window_init (&first, guests[i], 0, 13 * S);
    vhm_host_window_init (&rest, guests[i], 12 * S + 1, 99 * S);
    struct vhm_result *r = run_window (&whole);
    vhm_result_free (run_window (&first));
    vhm_result_free (run_window (&rest));
    ck_assert_uint_gt (first.n_operations, 0);
    ck_assert_uint_gt (rest.n_operations, 0);
    ck_assert_uint_eq (first.last, 13);
    ck_assert_uint_eq (rest.first, 13);
    ck_assert_uint_eq (rest.last, 40);
    ck_assert_uint_eq (first.n_operations + rest.n_operations,
                       whole.n_operations);
    ck_assert_uint_eq (first.latency_ns.count + rest.latency_ns.count,
                       whole.latency_ns.count);
    ck_assert_double_le (
        fabs (first.n_references + rest.n_references - whole.n_references),
        1e-9 * whole.n_references);
    for (int a = 0; a < VHM_N_ACCOUNTS; a++)
      ck_assert_uint_eq (first.ledger.cyc[a] + rest.ledger.cyc[a],
                         whole.ledger.cyc[a]);
    double on_s = summary_of (r, guests[i], "time_on");
    double told = summary_of (r, guests[i], "operations_per_s") * on_s;
    ck_assert_double_le (fabs ((double) whole.n_operations - told), 0.5);
    double p95 = (double) vhm_histogram_quantile (&whole.latency_ns, 950000);
    ck_assert_double_le (
        fabs (p95 / 1e9 - summary_of (r, guests[i], "latency_p95")), 1e-12);
    vhm_host_window_clear (&whole);
    vhm_host_window_clear (&first);
    vhm_host_window_clear (&rest);
    vhm_result_free (r);
  }
}
END_TEST

START_TEST (looking_changes_nothing)
{
  struct vhm_host_window window;
  vhm_host_window_init (&window, "a[1]", 7 * S, 31 * S);
  struct vhm_result *with = run_window (&window);
  struct vhm_result *without = run_window (NULL);
  ck_assert_uint_eq (with->n_events, without->n_events);
  ck_assert_uint_eq (with->n_references, without->n_references);
  for (guint i = 0; i < with->series->len; i++) {
    const struct vhm_series *a = with->series->pdata[i];
    const struct vhm_series *b = without->series->pdata[i];
    ck_assert_mem_eq (a->values, b->values,
                      with->n_samples * sizeof *a->values);
  }
  vhm_host_window_clear (&window);
  vhm_result_free (with);
  vhm_result_free (without);
}
END_TEST

SUITE ("window", tcase_add_test (tc, parts_add_up);
       tcase_add_test (tc, looking_changes_nothing);)
