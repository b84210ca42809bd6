/* Keys of the collector of a guest's counters. */
#include "host_run.h"
#include "suite.h"

#define SCENARIO                                                             \
  "duration: 1 min\n"                                                        \
  "host: {memory: 1 GiB, disks: [{name: d0}]}\n"                             \
  "guests: [{name: a, memory: {startup: 256 MiB, minimum: 64 MiB, maximum: " \
  "256 MiB}, %s, workloads: [{kind: idle, commit: 32 MiB}]}]\n"

static struct vhm_collector
collector_of (const char *keys)
{
  g_autofree char *text = g_strdup_printf (SCENARIO, keys);
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guest = c->guests.items;
  return guest->collector;
}

START_TEST (defaults)
{
  struct vhm_collector c = collector_of ("vcpus: 1");
  ck_assert (!c.enabled);
  ck_assert_uint_eq (c.working_set_bytes, 4 * VHM_MIB);
  ck_assert_uint_eq (c.buffers_ppm, 250000);
  ck_assert_uint_eq (c.sample_ns, 10000000);
}
END_TEST

START_TEST (all_that_can_be_said)
{
  struct vhm_collector c = collector_of (
      "collector: {enabled: true, working_set: 1 MiB, buffers: 50 %, time: 2 "
      "ms}");
  ck_assert (c.enabled);
  ck_assert_uint_eq (c.working_set_bytes, VHM_MIB);
  ck_assert_uint_eq (c.buffers_ppm, 500000);
  ck_assert_uint_eq (c.sample_ns, 2000000);
}
END_TEST

SUITE ("keys of the collector", tcase_add_test (tc, defaults);
       tcase_add_test (tc, all_that_can_be_said);)
