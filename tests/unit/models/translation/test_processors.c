/* Processors: each has structures of its own, all one last-level cache, and a
 * change of guest is noticed. */
#include "cpu_config.h"
#include "suite.h"

#include <vhm/model/processors.h>

static vhm_processors *
make (const struct vhm_cpu_config *cpu, uint64_t clock_hz)
{
  const struct vhm_processors_config config = {
    .cpu = cpu,
    .n_cpus = 3,
    .quantum_ns = VHM_NS_PER_S / 100,
    .clock_hz = clock_hz,
    .paging = VHM_PAGING_SLAT,
    .backing = VHM_PAGE_2M,
  };
  return vhm_processors_new (&config);
}

static struct vhm_space
space_of (uint16_t guest, uint16_t process)
{
  return (struct vhm_space){ .paging = VHM_PAGING_SLAT,
                             .vpid = guest,
                             .pcid = process,
                             .guest_levels = 4,
                             .host_levels = 4 };
}

/* Visits pages 0..n-1 once; returns the cost. */
static struct vhm_cost
visit (vhm_processors *p, uint32_t cpu, struct vhm_space space, uint32_t n,
       bool *ret_switched)
{
  const struct vhm_pace pace = { .cycles = 100, .instructions = 200 };
  struct vhm_cost cost = { 0 };
  g_autofree struct vhm_access *a = g_new0 (struct vhm_access, n);
  for (uint32_t i = 0; i < n; i++)
    a[i] = (struct vhm_access){ .vpn = i, .gfn = i };
  bool switched = vhm_processors_run (p, cpu, &space, &pace, a, n, &cost);
  if (ret_switched)
    *ret_switched = switched;
  return cost;
}

START_TEST (each_has_tlbs_of_its_own_and_all_one_cache)
{
  struct vhm_cpu_config cpu = skylake_config ();
  g_autoptr (vhm_processors) p = make (&cpu, cpu.clock_hz);
  struct vhm_cost cold = visit (p, 0, space_of (1, 1), 32, NULL);
  ck_assert_uint_eq (cold.l2_misses, 32);
  ck_assert_uint_gt (cold.dram, 0);
  ck_assert_uint_eq (visit (p, 0, space_of (1, 1), 32, NULL).l1_misses, 0);
  struct vhm_cost other = visit (p, 2, space_of (1, 1), 32, NULL);
  ck_assert_uint_eq (other.l2_misses, 32);
  ck_assert_uint_eq (other.dram, 0);
}
END_TEST

START_TEST (only_another_guest_is_a_switch)
{
  struct vhm_cpu_config cpu = skylake_config ();
  g_autoptr (vhm_processors) p = make (&cpu, cpu.clock_hz);
  bool switched;
  visit (p, 0, space_of (1, 1), 4, &switched);
  ck_assert (!switched); /* from nobody */
  visit (p, 0, space_of (1, 2), 4, &switched);
  ck_assert (!switched); /* another process */
  visit (p, 1, space_of (2, 1), 4, &switched);
  ck_assert (!switched); /* another processor */
  visit (p, 0, space_of (2, 1), 4, &switched);
  ck_assert (switched);
  visit (p, 0, space_of (2, 1), 4, &switched);
  ck_assert (!switched);
}
END_TEST

START_TEST (without_tags_a_switch_forgets)
{
  struct vhm_cpu_config cpu = skylake_config ();
  for (int tagged = 0; tagged < 2; tagged++) {
    cpu.vpid_bits = tagged ? 16 : 0;
    g_autoptr (vhm_processors) p = make (&cpu, cpu.clock_hz);
    visit (p, 0, space_of (1, 1), 16, NULL);
    visit (p, 0, space_of (2, 1), 16, NULL);
    ck_assert_uint_eq (visit (p, 0, space_of (1, 1), 16, NULL).l2_misses,
                       tagged ? 0 : 16);
  }
}
END_TEST

START_TEST (an_invalidation_reaches_every_processor)
{
  struct vhm_cpu_config cpu = skylake_config ();
  g_autoptr (vhm_processors) p = make (&cpu, cpu.clock_hz);
  struct vhm_space space = space_of (1, 1);
  visit (p, 0, space, 16, NULL);
  visit (p, 1, space, 16, NULL);
  vhm_processors_invalidate (p, &space, 3);
  for (uint32_t i = 0; i < 2; i++)
    ck_assert_uint_eq (visit (p, i, space, 16, NULL).l2_misses, 1);
}
END_TEST

/* 90 ns are 90 cycles at 1 GHz and 180 at 2 GHz, whatever the processor's own
 * clock. */
START_TEST (memory_is_as_far_as_the_hosts_clock_says)
{
  struct vhm_cpu_config cpu = forgetful_config ();
  double latency[2];
  for (int i = 0; i < 2; i++) {
    g_autoptr (vhm_processors) p
        = make (&cpu, UINT64_C (1000000000) * (uint64_t) (i + 1));
    struct vhm_cost cost = visit (p, 0, space_of (1, 1), 1, NULL);
    ck_assert_uint_eq (cost.references, 24);
    latency[i] = cost.guest_cyc + cost.host_cyc;
  }
  ck_assert_double_eq_tol (latency[1] - latency[0], 24 * 90, 1e-6);
}
END_TEST

SUITE ("processors",
       tcase_add_test (tc, each_has_tlbs_of_its_own_and_all_one_cache);
       tcase_add_test (tc, only_another_guest_is_a_switch);
       tcase_add_test (tc, without_tags_a_switch_forgets);
       tcase_add_test (tc, an_invalidation_reaches_every_processor);
       tcase_add_test (tc, memory_is_as_far_as_the_hosts_clock_says);)
