/* Keys of the pages of a guest's system, and what they do. */
#include "host_run.h"
#include "suite.h"

#define SCENARIO                                                              \
  "duration: 5 min\nsample: 30 s\n"                                           \
  "host: {memory: 512 MiB, root_reserve: 64 MiB, vm_overhead: 0 B, cpus: 2, " \
  "balancer: static, reclaim: [swap], disks: [{name: d0, model: flash}]}\n"   \
  "guests: [{name: a, memory: {startup: 256 MiB, minimum: 64 MiB, maximum: "  \
  "256 MiB, limit: 160 MiB}, %s, workloads: [{kind: pattern, size: 128 MiB, " \
  "pattern: uniform, references: 10, cycles_per_reference: 100000}]}]\n"

START_TEST (defaults)
{
  g_autofree char *text = g_strdup_printf (SCENARIO, "vcpus: 1");
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guest = c->guests.items;
  ck_assert_double_eq (guest->kernel.touches, 8);
  ck_assert_uint_eq (guest->kernel.hot_ppm, 100000);
  ck_assert_uint_eq (guest->kernel.hot_touches_ppm, 990000);
  ck_assert_uint_eq (guest->kernel.fault_hot_touches_ppm, 999000);
}
END_TEST

START_TEST (a_system_waits_for_its_own_pages)
{
  const char *const keys[]
      = { "kernel: {touches: 0}", "vcpus: 1", "kernel: {touches: 80}" };
  double faults[3];
  for (int i = 0; i < 3; i++) {
    g_autofree char *text = g_strdup_printf (SCENARIO, keys[i]);
    struct vhm_result *r = host_run_text (text);
    ck_assert_double_gt (summary_of (r, "a", "kernel_swapped_out"), 1000);
    faults[i] = summary_of (r, "a", "kernel_faults");
    vhm_result_free (r);
  }
  ck_assert_double_eq (faults[0], 0);
  ck_assert_double_gt (faults[1], 100);
  ck_assert_double_gt (faults[2], 1.2 * faults[1]);
}
END_TEST

SUITE ("keys of a guest's system", tcase_set_timeout (tc, 60);
       tcase_add_test (tc, defaults);
       tcase_add_test (tc, a_system_waits_for_its_own_pages);)
