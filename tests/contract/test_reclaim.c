/* What every way to take memory back promises, under every balancer and with
 * every guest system: a whole small host, too small for its guests, audited at
 * every sample.
 *
 *   conservation        each machine frame has one owner, each guest frame one
 *                       place (the audit); memory accounted for is all there is
 *   floors, ceilings    no balloon takes a guest below its minimum; no guest has
 *                       more than its maximum, nor in the end more than its limit
 *                       (where frames read ahead count in it)
 *   determinism         the same run twice, to the last bit
 *   order               guests written in another order: the same for each; where
 *                       the host swaps, their requests meet in one queue, those of
 *                       an instant in some order, and of two pages that are alike
 *                       one gives up its frame: there it is the same but for a
 *                       twentieth of their memory; with KSM, which goes through
 *                       guests in their order, of that of both together
 */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define MINIMUM_MIB 48
#define MAXIMUM_MIB 160
#define LIMIT_MIB 64

#define FAST "guest_pages: 5000, host_pages: 20000, pass: 0 s, step: 100 ms"

#define LARGE "gives: at-touch, large_pages: at-touch, "
#define LINUX "cluster: 256, keeps_slots: true, size: 1 GiB, disk: d2"

static const char *const ways[] = {
  "reclaim: [balloon]",
  "reclaim: [swap]",
  "reclaim: [balloon, swap]",
  "gives: at-touch, reclaim: [balloon]",
  "gives: at-touch, reclaim: [swap], swap: {victims: clock, disk: d2}",
  "gives: at-touch, reclaim: [balloon, swap], swap: {victims: clock, "
  "disk: d2}",
  LARGE "reclaim: [balloon, swap], swap: {disk: d2}",
  "reclaim: [balloon], sharing: {kind: esx, " FAST "}",
  "gives: at-touch, reclaim: [balloon], sharing: {kind: ksm, pages_to_scan: "
  "2000, sleep: 50 ms, salting: group}",
  "gives: at-touch, sharing: {kind: esx, " FAST "}, reclaim: [balloon, swap]",
  "gives: at-touch, sharing: {kind: ksm, pages_to_scan: 2000, sleep: 50 ms}, "
  "swap: {victims: clock, disk: d2}, reclaim: [swap]",
  "gives: at-touch, reclaim: [balloon, swap, compression], swap: {victims: "
  "clock, disk: d2}, compression: {most: 25 %}",
  LARGE "sharing: {kind: esx, " FAST "}, swap: {disk: d2}, reclaim: [balloon, "
        "swap, compression]",
  LARGE "sharing: {kind: ksm, pages_to_scan: 2000, sleep: 50 ms}, swap: "
        "{victims: clock, disk: d2}, reclaim: [balloon, swap]",
  "gives: at-touch, reclaim: [swap], swap: {victims: clock, from: all, disk: "
  "d2}",
  "gives: at-touch, reclaim: [swap], swap: {victims: two-lists, " LINUX "}",
  "gives: at-touch, reclaim: [balloon, swap], swap: {victims: two-lists, "
  "ahead_is_free: true, " LINUX "}",
  "gives: at-touch, reclaim: [balloon, swap, compression], compression: {most: "
  "10 %}, sharing: {kind: ksm, pages_to_scan: 2000, sleep: 50 ms}, swap: "
  "{from: all, victims: two-lists, ahead_is_free: true, " LINUX "}",
};
#define N_WAYS ((int) G_N_ELEMENTS (ways))
/* Balancers have to do with the first of them; sharing and compression are the
 * same under each, so one balancer does for these. */
#define N_MOVED 7

static const struct vhm_plugin *
plugin_at (enum vhm_plugin_kind kind, int i)
{
  for (const struct vhm_plugin *const *p = vhm_all_plugins; *p; p++)
    if ((*p)->kind == kind && i-- == 0)
      return *p;
  return NULL;
}

static int
n_plugins (enum vhm_plugin_kind kind)
{
  int n = 0;
  while (plugin_at (kind, n))
    n++;
  return n;
}

static char *
guest_text (const char *name, const char *os, const char *disk, bool limited)
{
  return g_strdup_printf (
      "  - {name: %s, os: %s, disk: %s, memory: {startup: 96 MiB, minimum: %d "
      "MiB, maximum: %d MiB%s}, content: [{kind: zeros, part: 10 %%}, {kind: "
      "image, image: os, part: 60 %%}], workloads: [{kind: pattern, size: 120 "
      "MiB, exponent: 0.9, writes: 1 %%, threads: 2, cycles_per_reference: "
      "100000}, {kind: idle, commit: 16 MiB, think: 100 ms}]}\n",
      name, os, disk, MINIMUM_MIB, MAXIMUM_MIB,
      limited ? ", limit: " G_STRINGIFY (LIMIT_MIB) " MiB" : "");
}

/* Guests a and b, each with a disk of its own, in one order or the other. */
static char *
host_text (const char *way, const char *balancer, const char *os, bool swapped)
{
  bool limits = strstr (way, "swap") != NULL;
  g_autofree char *a = guest_text ("a", os, "d0", limits);
  g_autofree char *b = guest_text ("b", os, "d1", false);
  return g_strdup_printf (
      "duration: 40 s\nsample: 5 s\nhost: {paging: none, memory: 256 MiB, "
      "root_reserve: 24 MiB, vm_overhead: 4 MiB, cpus: 4, report_after: 1 s, "
      "balancer: %s, %s, disks: [{name: d0}, {name: d1}, {name: d2, model: "
      "flash}]}\nguests:\n%s%s",
      balancer, way, swapped ? b : a, swapped ? a : b);
}

static struct vhm_result *
run (const char *way, const char *balancer, const char *os, bool swapped)
{
  g_autofree char *text = host_text (way, balancer, os, swapped);
  return host_run_text (text);
}

static const struct vhm_series *
find (const struct vhm_result *r, const char *who, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, who, key);
  ck_assert_msg (s != NULL, "there is no %s.%s", who, key);
  return s;
}

static void
check_bounds (const struct vhm_result *r, const char *who, bool limited)
{
  const struct vhm_series *visible = find (r, who, "visible_memory");
  const struct vhm_series *balloon = find (r, who, "balloon_bytes");
  const struct vhm_series *consumed = find (r, who, "consumed_bytes");
  const struct vhm_series *all = find (r, "host", "sum_of_memory");
  for (size_t i = 0; i < r->n_samples; i++) {
    ck_assert_double_ge (visible->values[i] - balloon->values[i],
                         MINIMUM_MIB * (double) VHM_MIB);
    ck_assert_double_le (consumed->values[i], MAXIMUM_MIB * (double) VHM_MIB);
    ck_assert_double_eq (all->values[i], 256 * (double) VHM_MIB);
  }
  if (limited)
    ck_assert_double_le (consumed->values[r->n_samples - 1],
                         LIMIT_MIB * (double) VHM_MIB);
}

static void
check_same (const struct vhm_result *a, const struct vhm_result *b,
            const char *who)
{
  for (guint i = 0; i < a->series->len; i++) {
    const struct vhm_series *s = a->series->pdata[i];
    if (who && strcmp (s->instance, who) != 0)
      continue;
    const struct vhm_series *t = find (b, s->instance, s->counter->key);
    for (size_t k = 0; k < a->n_samples; k++)
      ck_assert_msg (s->values[k] == t->values[k]
                         || (isnan (s->values[k]) && isnan (t->values[k])),
                     "%s.%s, sample %zu: %.17g and %.17g", s->instance,
                     s->counter->key, k, s->values[k], t->values[k]);
  }
}

static double
mean_of (const struct vhm_result *r, const char *who, const char *key)
{
  const struct vhm_series *s = find (r, who, key);
  double sum = 0;
  for (size_t k = 0; k < r->n_samples; k++)
    sum += s->values[k];
  return sum / (double) r->n_samples;
}

/* Each, or both together. */
static void
check_alike (const struct vhm_result *a, const struct vhm_result *b,
             bool together)
{
  static const char *const keys[] = { "consumed_bytes", "physical_memory" };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    double x[2] = { mean_of (a, "a", keys[i]), mean_of (a, "b", keys[i]) };
    double y[2] = { mean_of (b, "a", keys[i]), mean_of (b, "b", keys[i]) };
    double sum = x[0] + x[1];
    ck_assert_double_eq_tol (y[0] + y[1], sum, sum / 20);
    for (int k = 0; k < 2 && !together; k++)
      ck_assert_double_eq_tol (y[k], x[k], x[k] / 20);
  }
}

static void
check_host (const char *way, const char *balancer, const char *os)
{
  struct vhm_result *first = run (way, balancer, os, false);
  struct vhm_result *again = run (way, balancer, os, false);
  struct vhm_result *other = run (way, balancer, os, true);
  bool is_free = strstr (way, "ahead_is_free") != NULL;
  check_bounds (first, "a", strstr (way, "swap") != NULL && !is_free);
  check_bounds (first, "b", false);
  check_same (first, again, NULL);
  bool swaps = strstr (way, "swap") != NULL;
  bool meets = swaps || strstr (way, "sharing") != NULL;
  if (meets)
    check_alike (first, other, strstr (way, "ksm") != NULL);
  else
    check_same (first, other, "a");
  if (!meets)
    check_same (first, other, "b");
  vhm_result_free (first);
  vhm_result_free (again);
  vhm_result_free (other);
}

START_TEST (every_balancer_keeps_the_promises)
{
  const char *balancer = plugin_at (VHM_PLUGIN_BALANCER, _i / N_MOVED)->name;
  check_host (ways[_i % N_MOVED], balancer, "windows");
}
END_TEST

START_TEST (every_guest_system_keeps_the_promises)
{
  const char *os = plugin_at (VHM_PLUGIN_GUEST_OS, _i / N_WAYS)->name;
  check_host (ways[_i % N_WAYS], "proportional", os);
}
END_TEST

SUITE ("reclaim", tcase_set_timeout (tc, 120);
       tcase_add_loop_test (tc, every_balancer_keeps_the_promises, 0,
                            N_MOVED *n_plugins (VHM_PLUGIN_BALANCER));
       tcase_add_loop_test (tc, every_guest_system_keeps_the_promises, 0,
                            N_WAYS *n_plugins (VHM_PLUGIN_GUEST_OS));)
