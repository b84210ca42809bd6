/* What a walk reads when something is at hand, step by step. Page 0 at frame 0
 * was walked before; which references does the next walk make? */
#include "block.h"
#include "cpu_config.h"
#include "suite.h"

enum has { HAS_GUEST = 1, HAS_HOST = 2, HAS_NESTED = 4 };

static const struct {
  const char *name;
  unsigned has;
  uint64_t vpn, gfn;
  uint64_t references, nested_hits, psc_hits;
} slat_cases[] = {
  /* one entry of the guest's table, then the host's four for the data */
  { "guest caches, same table", HAS_GUEST, 1, 1 << 20, 1 + 4, 0, 1 },
  { "guest caches, next table", HAS_GUEST, 512, 1 << 20, 1 + 4 + 1 + 4, 0, 1 },
  /* host walks are one entry each: all tables lie in 2 MiB but the data */
  { "host caches, same 2 MiB", HAS_HOST, 1, 1, 4 * 2 + 1, 0, 5 },
  { "host caches, data in the next 2 MiB", HAS_HOST, 1, 512, 4 * 2 + 2, 0, 5 },
  /* tables are translated already, the data is not */
  { "nested TLB", HAS_NESTED, 1, 1 << 20, 4 + 4, 4, 0 },
  { "nested TLB, next table", HAS_NESTED, 512, 1 << 20, 3 + 4 + 1 + 4, 3, 0 },
  { "all, same table and 2 MiB", 7, 1, 1, 1 + 1, 0, 2 },
  { "all, next table", 7, 512, 1, 1 + 1 + 1 + 1, 0, 3 },
};

static struct vhm_cpu_config
config_with (unsigned has)
{
  struct vhm_cpu_config cpu = forgetful_config (), full = skylake_config ();
  for (int i = 0; i < VHM_N_PSC_LEVELS; i++) {
    if (has & HAS_GUEST)
      cpu.guest_psc[i] = full.guest_psc[i];
    if (has & HAS_HOST)
      cpu.host_psc[i] = (struct vhm_cpu_psc){ 32, 0 };
  }
  if (has & HAS_NESTED)
    cpu.nested_tlb = full.nested_tlb;
  return cpu;
}

static double
walk (struct walker *walker, const struct vhm_space *space,
      const struct vhm_access *access, struct vhm_cost *cost)
{
  struct tlb none = { 0 };
  struct timing_access timed;
  block_run_any (&none, 0, walker, space, access, 1, &timed);
  walker_charge (walker, 0, cost);
  ck_assert (timed.is_walk);
  return timed.cyc[TIMING_TRANSLATION];
}

static struct vhm_cost
second_walk (const struct vhm_cpu_config *cpu, const struct vhm_space *space,
             const struct vhm_access *first, const struct vhm_access *second)
{
  g_autoptr (vhm_llc) llc = vhm_llc_new (cpu);
  g_autofree struct walker *walker = g_new (struct walker, 1);
  struct vhm_cost cost = { 0 }, before = { 0 };
  walker_init (walker, cpu, llc);
  walk (walker, space, first, &before);
  double latency_cyc = walk (walker, space, second, &cost);
  ck_assert_double_eq_tol (latency_cyc, cost.guest_cyc + cost.host_cyc, 1e-9);
  walker_clear (walker);
  return cost;
}

static const struct vhm_space slat = {
  .paging = VHM_PAGING_SLAT, .vpid = 1, .guest_levels = 4, .host_levels = 4
};

START_TEST (what_is_at_hand_shortens_a_walk)
{
  size_t i = (size_t) _i;
  struct vhm_cpu_config cpu = config_with (slat_cases[i].has);
  const struct vhm_access first = { 0 },
                          second = { .vpn = (uint32_t) slat_cases[i].vpn,
                                     .gfn = (uint32_t) slat_cases[i].gfn };
  struct vhm_cost cost = second_walk (&cpu, &slat, &first, &second);
  ck_assert_msg (cost.references == slat_cases[i].references
                     && cost.nested_hits == slat_cases[i].nested_hits
                     && cost.psc_hits == slat_cases[i].psc_hits,
                 "%s: %lu references, %lu nested hits, %lu hits",
                 slat_cases[i].name, cost.references, cost.nested_hits,
                 cost.psc_hits);
}
END_TEST

/* The latency is that of the references and of the look-ups before them. */
START_TEST (latencies_add_up)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.walk_cyc = 20;
  const struct vhm_access first = { 0 }, second = { .vpn = 512, .gfn = 1 };
  struct vhm_cost cost = second_walk (&cpu, &slat, &first, &second);
  /* g2 entry, h1 of the table, g1 entry, h1 of the data. The tables of page 0
   * and 512 are neighbours: their host entries share a line, and so do the
   * entries of frames 0 and 1 and of the level-2 table. Only the level-1 table
   * itself is new. */
  ck_assert_uint_eq (cost.references, 4);
  ck_assert_uint_eq (cost.dram, 1);
  ck_assert_double_eq_tol (cost.step_cyc[2][0], 4, 1e-9);
  ck_assert_double_eq_tol (cost.step_cyc[1][1], 4, 1e-9);
  ck_assert_double_eq_tol (cost.step_cyc[1][0], 189, 1e-9);
  ck_assert_double_eq_tol (cost.step_cyc[0][1], 4, 1e-9);
  ck_assert_double_eq_tol (cost.guest_cyc, 20 + 1 + 4 + 189, 1e-9);
  /* nested look-up, host caches twice, two entries */
  ck_assert_double_eq_tol (cost.host_cyc, 4 + 1 + 4 + 1 + 4, 1e-9);
}
END_TEST

/* 512 pages of one level-1 table fill 64 lines, natively and under shadow
 * paging; tables of two processes share nothing. */
START_TEST (eight_entries_share_a_line)
{
  for (int paging = 0; paging < VHM_N_PAGINGS; paging++) {
    struct vhm_cpu_config cpu = skylake_config ();
    struct vhm_space space = slat;
    space.paging = (enum vhm_paging) paging;
    g_autoptr (vhm_llc) llc = vhm_llc_new (&cpu);
    g_autofree struct walker *walker = g_new (struct walker, 1);
    walker_init (walker, &cpu, llc);
    for (uint16_t pcid = 0; pcid < 2; pcid++) {
      struct vhm_cost cost = { 0 };
      uint64_t before = 0, misses = 0;
      space.pcid = pcid;
      for (uint64_t vpn = 0; vpn < 512; vpn++) {
        struct vhm_access access
            = { .vpn = (uint32_t) vpn, .gfn = (uint32_t) vpn };
        walk (walker, &space, &access, &cost);
        misses += cost.step_cyc[1][0] - (double) before > 100;
        before = (uint64_t) cost.step_cyc[1][0];
      }
      ck_assert_uint_eq (misses, 64);
    }
    walker_clear (walker);
  }
}
END_TEST

/* Larger backing of the tables shortens their host walks and lets one nested
 * entry stand for all of them. */
START_TEST (table_pages_are_backed_as_the_space_says)
{
  struct vhm_cpu_config cpu = config_with (HAS_NESTED);
  struct vhm_space space = slat;
  space.table_backing = VHM_PAGE_2M;
  const struct vhm_access first = { .host_size = VHM_PAGE_2M },
                          second = { .vpn = 512, .host_size = VHM_PAGE_2M };
  struct vhm_cost cost = second_walk (&cpu, &space, &first, &second);
  /* the upper tables in one 2 MiB page, those of level 1 in another */
  ck_assert_uint_eq (cost.nested_hits, 4);
  ck_assert_uint_eq (cost.references, 4 + 3);
}
END_TEST

START_TEST (the_entry_is_as_large_as_the_smaller_mapping)
{
  for (uint8_t g = 0; g < VHM_N_PAGE_SIZES; g++)
    for (uint8_t h = 0; h < VHM_N_PAGE_SIZES; h++) {
      const struct vhm_access access = { .guest_size = g, .host_size = h };
      const struct vhm_space native = { .paging = VHM_PAGING_NATIVE };
      ck_assert_int_eq ((int) walk_entry_size (&slat, &access), MIN (g, h));
      ck_assert_int_eq ((int) walk_entry_size (&native, &access), g);
    }
}
END_TEST

SUITE ("walk", tcase_add_loop_test (tc, what_is_at_hand_shortens_a_walk, 0,
                                    G_N_ELEMENTS (slat_cases));
       tcase_add_test (tc, latencies_add_up);
       tcase_add_test (tc, eight_entries_share_a_line);
       tcase_add_test (tc, table_pages_are_backed_as_the_space_says);
       tcase_add_test (tc, the_entry_is_as_large_as_the_smaller_mapping);)
