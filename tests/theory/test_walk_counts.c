/* Does a walk have as many references as the tables have levels? With nothing
 * cached, g guest and h host levels make (g + 1)(h + 1) - 1; native and shadow
 * walks one a level. Each cell is measured on random addresses, by step. The
 * published: 24 for 4K on 4K with four levels, 35 with five (Bhargava et al.
 * 2008; Margaritov et al. 2019). */
#include "cpu_config.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <vhm/model/translation.h>
#include <vhm/sim/rng.h>

#define N 1000

static const struct {
  const char *name;
  struct vhm_space space;
  uint8_t guest_size, host_size;
  uint64_t references;
} cases[] = {
#define SLAT(g, h)                                                            \
  {                                                                           \
    .paging = VHM_PAGING_SLAT, .vpid = 1, .guest_levels = g, .host_levels = h \
  }
#define FLAT(kind, g)                                   \
  {                                                     \
    .paging = kind, .guest_levels = g, .host_levels = 4 \
  }
  { "SLAT 4K on 4K", SLAT (4, 4), VHM_PAGE_4K, VHM_PAGE_4K, 24 },
  { "SLAT 2M on 4K", SLAT (4, 4), VHM_PAGE_2M, VHM_PAGE_4K, 19 },
  { "SLAT 1G on 4K", SLAT (4, 4), VHM_PAGE_1G, VHM_PAGE_4K, 14 },
  { "SLAT 4K on 2M", SLAT (4, 4), VHM_PAGE_4K, VHM_PAGE_2M, 19 },
  { "SLAT 2M on 2M", SLAT (4, 4), VHM_PAGE_2M, VHM_PAGE_2M, 15 },
  { "SLAT 1G on 2M", SLAT (4, 4), VHM_PAGE_1G, VHM_PAGE_2M, 11 },
  { "SLAT 4K on 1G", SLAT (4, 4), VHM_PAGE_4K, VHM_PAGE_1G, 14 },
  { "SLAT 2M on 1G", SLAT (4, 4), VHM_PAGE_2M, VHM_PAGE_1G, 11 },
  { "SLAT 1G on 1G", SLAT (4, 4), VHM_PAGE_1G, VHM_PAGE_1G, 8 },
  { "SLAT 4K on 4K, 5 levels on 5", SLAT (5, 5), 0, 0, 35 },
  { "SLAT 4K on 4K, 5 levels on 4", SLAT (5, 4), 0, 0, 29 },
  { "SLAT 4K on 4K, 4 levels on 5", SLAT (4, 5), 0, 0, 29 },
  { "native 4K", FLAT (VHM_PAGING_NATIVE, 4), VHM_PAGE_4K, 0, 4 },
  { "native 2M", FLAT (VHM_PAGING_NATIVE, 4), VHM_PAGE_2M, 0, 3 },
  { "native 1G", FLAT (VHM_PAGING_NATIVE, 4), VHM_PAGE_1G, 0, 2 },
  { "native 4K, 5 levels", FLAT (VHM_PAGING_NATIVE, 5), VHM_PAGE_4K, 0, 5 },
  { "shadow 4K on 4K", FLAT (VHM_PAGING_SHADOW, 4), VHM_PAGE_4K, VHM_PAGE_4K,
    4 },
  { "shadow 2M on 4K", FLAT (VHM_PAGING_SHADOW, 4), VHM_PAGE_2M, VHM_PAGE_4K,
    4 },
  { "shadow 4K on 1G", FLAT (VHM_PAGING_SHADOW, 4), VHM_PAGE_4K, VHM_PAGE_1G,
    4 },
  { "shadow 2M on 1G", FLAT (VHM_PAGING_SHADOW, 4), VHM_PAGE_2M, VHM_PAGE_1G,
    3 },
  { "shadow 1G on 1G", FLAT (VHM_PAGING_SHADOW, 4), VHM_PAGE_1G, VHM_PAGE_1G,
    2 },
  { "shadow 4K on 4K, 5 levels", FLAT (VHM_PAGING_SHADOW, 5), 0, 0, 5 },
};

static struct vhm_cost
measure (struct vhm_space space, uint8_t guest_size, uint8_t host_size)
{
  struct vhm_cpu_config cpu = forgetful_config ();
  g_autoptr (vhm_llc) llc = vhm_llc_new (&cpu);
  g_autoptr (vhm_mmu) mmu = vhm_mmu_new (&cpu, llc);
  const struct vhm_pace pace = { 10, 10, true };
  struct vhm_access accesses[N];
  struct vhm_cost cost = { 0 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "walks");
  for (int i = 0; i < N; i++)
    accesses[i]
        = (struct vhm_access){ .vpn = (uint32_t) vhm_rng_below (&rng, 1 << 30),
                               .gfn = (uint32_t) vhm_rng_below (&rng, 1 << 30),
                               .guest_size = guest_size,
                               .host_size = host_size };
  space.table_backing = (enum vhm_page_size) host_size;
  vhm_mmu_run (mmu, &space, &pace, accesses, N, &cost);
  return cost;
}

/* Which steps a walk has: guest levels top..leaf, and under SLAT a host walk
 * top..leaf for each and for the data page. */
static uint64_t
expected_at (size_t i, unsigned g, unsigned h)
{
  const struct vhm_space *space = &cases[i].space;
  bool is_slat = space->paging == VHM_PAGING_SLAT;
  unsigned leaf = cases[i].guest_size + 1u;
  if (space->paging == VHM_PAGING_SHADOW)
    leaf = MIN (leaf, cases[i].host_size + 1u);
  bool in_guest = g >= leaf && g <= space->guest_levels;
  bool in_host = h > cases[i].host_size && h <= space->host_levels;
  if (h == 0)
    return in_guest ? N : 0;
  return is_slat && in_host && (in_guest || g == 0) ? N : 0;
}

START_TEST (a_walk_reads_as_many_entries_as_there_are_levels)
{
  size_t k = (size_t) _i;
  struct vhm_cost cost
      = measure (cases[k].space, cases[k].guest_size, cases[k].host_size);
  double dram_cyc = 90 * 2.1;
  printf ("%-30s %2" PRIu64 " references, published %2" PRIu64 "\n",
          cases[k].name, cost.references / N, cases[k].references);
  ck_assert_uint_eq (cost.l2_misses, N);
  ck_assert_uint_eq (cost.references, N * cases[k].references);
  ck_assert_uint_eq (cost.dram, cost.references);
  for (unsigned g = 0; g < VHM_WALK_LEVELS; g++)
    for (unsigned h = 0; h < VHM_WALK_LEVELS; h++) {
      ck_assert_msg (cost.step_references[g][h] == expected_at (k, g, h),
                     "%s: step g%u h%u", cases[k].name, g, h);
      ck_assert_double_eq_tol (cost.step_cyc[g][h],
                               (double) expected_at (k, g, h) * dram_cyc, 1e-3);
    }
  ck_assert_double_eq_tol (cost.guest_cyc + cost.host_cyc,
                           (double) cost.references * dram_cyc, 1e-3);
}
END_TEST

SUITE ("walk_counts",
       tcase_add_loop_test (tc,
                            a_walk_reads_as_many_entries_as_there_are_levels, 0,
                            G_N_ELEMENTS (cases));)
