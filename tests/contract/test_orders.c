/* Any orders in any sequence: every invariant holds at every look, each order is
 * carried out or told to be refused, and a run is the same when it is repeated. */
#include "host_run.h"
#include "suite.h"

#define N_ORDERS 14
#define LAST_S 70 /* seconds after the start */

static const char *const hosts[] = {
  "reclaim: [balloon], smart_paging: {enabled: true}",
  "preset: esxi-6",
  "preset: kvm-mom",
  "reclaim: [swap], gives: at-touch, balancer: {kind: static}",
};
#define N_HOSTS ((int) G_N_ELEMENTS (hosts))

static const char *const orders[]
    = { "start", "shutdown", "restart", "pause", "resume", "migrate_out" };

/* Pauses and their ends are likelier than what ends a guest's story. */
static const char *
draw_order (struct vhm_rng *rng)
{
  uint64_t k = vhm_rng_below (rng, 20);
  return orders[k < 4    ? 0
                : k < 7  ? 1
                : k < 9  ? 2
                : k < 13 ? 3
                : k < 17 ? 4
                         : 5];
}

static char *
scenario_text (int seed, int host)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) seed, "orders");
  GString *s = g_string_new (NULL);
  g_string_append_printf (
      s,
      "start: \"10:00\"\nduration: 90 s\nsample: 3 s\nseed: %d\n"
      "host: {memory: 200 MiB, root_reserve: 16 MiB, vm_overhead: 4 MiB, "
      "vm_overhead_per_gib: 0 B, report_after: 2 s, shutdown_time: 4 s, "
      "start_timeout: 20 s, disks: [{name: d0}], "
      "migration: {bandwidth: 40 MB/s, rounds: %u, otherwise: %s, pays: %s}, "
      "%s}\nguests:\n",
      seed + 1, 1 + (unsigned) vhm_rng_below (&rng, 5),
      vhm_rng_below (&rng, 2) ? "give-up" : "stop",
      vhm_rng_below (&rng, 2) ? "guest" : "host", hosts[host]);
  for (int k = 0; k < 3; k++)
    g_string_append_printf (
        s,
        "  - {name: g%d, os: %s, memory: {startup: 64 MiB, minimum: 32 MiB, "
        "maximum: 96 MiB}, workloads: [{kind: soaker, size: 64 MiB, rate: 9 "
        "MiB/s, threads: 2, cycles_per_reference: 200000}]}\n",
        k, k == 1 ? "linux" : "windows");
  g_string_append (s, "timeline:\n");
  for (int k = 0; k < N_ORDERS; k++)
    g_string_append_printf (s, "  - {at: \"10:0%u:%02u\", %s: g%u}\n",
                            (unsigned) (k * LAST_S / N_ORDERS / 60),
                            (unsigned) (k * LAST_S / N_ORDERS % 60),
                            draw_order (&rng),
                            (unsigned) vhm_rng_below (&rng, 3));
  return g_string_free (s, FALSE);
}

static void
same (const struct vhm_result *a, const struct vhm_result *b)
{
  ck_assert_uint_eq (a->n_events, b->n_events);
  ck_assert_uint_eq (a->incidents->len, b->incidents->len);
  for (guint i = 0; i < a->incidents->len; i++) {
    const struct vhm_incident *x = a->incidents->pdata[i];
    const struct vhm_incident *y = b->incidents->pdata[i];
    ck_assert_str_eq (x->what, y->what);
    ck_assert_double_eq (x->at_s, y->at_s);
  }
  for (guint i = 0; i < a->series->len; i++) {
    const struct vhm_series *x = a->series->pdata[i], *y = b->series->pdata[i];
    ck_assert_mem_eq (x->values, y->values, a->n_samples * sizeof (double));
  }
}

START_TEST (any_sequence_of_orders_keeps_every_invariant)
{
  g_autofree char *text = scenario_text (_i, _i % N_HOSTS);
  struct vhm_result *audited = host_run_text (text);
  if (_i < N_HOSTS) {
    struct vhm_result *again = host_run_text (text);
    same (audited, again);
    vhm_result_free (again);
  }
  vhm_result_free (audited);
}
END_TEST

SUITE ("orders",
       tcase_add_loop_test (tc, any_sequence_of_orders_keeps_every_invariant, 0,
                            2 * N_HOSTS);)
