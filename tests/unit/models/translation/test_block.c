/* Every form of the hot path that this machine can execute gives the same, access
 * by access, for sets of all widths. What is right is tested with any one of
 * them: test_walk.c, test_mmu.c, tests/theory. */
#include "block.h"
#include "cpu_config.h"
#include "suite.h"

#include <string.h>
#include <vhm/sim/rng.h>

#define N_BLOCKS 600

/* Ways of: first TLB, second TLB, paging-structure caches, nested TLB, L1D, L2,
 * last-level cache; 0: fully associative. */
static const struct {
  uint64_t l1_tlb, l2_tlb, psc, nested, l1d, l2, llc;
} cases[] = {
  { 4, 12, 4, 0, 8, 16, 11 },  /* Skylake-SP */
  { 1, 1, 1, 1, 1, 1, 1 },     /* direct mapped */
  { 0, 16, 0, 3, 12, 20, 15 }, /* 64 of them fully associative */
  { 7, 9, 2, 24, 17, 24, 25 }, /* between whole vectors */
  { 8, 0, 32, 8, 0, 10, 16 },  /* 96 fully associative in the second TLB */
  { 5, 33, 31, 23, 15, 13, 31 },
};

struct processor {
  struct vhm_cpu_config cpu;
  vhm_llc *llc;
  struct tlb tlb;
  struct walker *walker;
};

static struct vhm_cpu_config
config_of (size_t k)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct vhm_cpu_tlb *tlbs = cpu.tlbs.items;
  for (size_t i = 0; i < cpu.tlbs.n; i++) {
    uint64_t ways = tlbs[i].level == 1 ? cases[k].l1_tlb : cases[k].l2_tlb;
    tlbs[i].ways = ways;
    tlbs[i].entries = ways == 0 ? tlbs[i].level == 1 ? 64 : 96 : 8 * ways;
  }
  for (int i = 0; i < VHM_N_PSC_LEVELS; i++) {
    uint64_t entries = cases[k].psc == 0 ? 32 : 4 * cases[k].psc;
    cpu.guest_psc[i] = cpu.host_psc[i]
        = (struct vhm_cpu_psc){ entries, cases[k].psc };
  }
  cpu.nested_tlb.entries = cases[k].nested == 0 ? 24 : 2 * cases[k].nested;
  cpu.nested_tlb.ways = cases[k].nested;
  uint64_t l1d = cases[k].l1d == 0 ? 24 : 4 * cases[k].l1d;
  cpu.l1d = (struct vhm_cpu_cache){ l1d * 64, cases[k].l1d, 4 };
  cpu.l2 = (struct vhm_cpu_cache){ 64 * cases[k].l2 * 64, cases[k].l2, 14 };
  cpu.llc = (struct vhm_cpu_cache){ 65 * cases[k].llc * 64, cases[k].llc, 54 };
  return cpu;
}

static void
processor_init (struct processor *p, size_t k)
{
  p->cpu = config_of (k);
  p->llc = vhm_llc_new (&p->cpu);
  p->walker = g_new (struct walker, 1);
  tlb_init (&p->tlb, &p->cpu);
  walker_init (p->walker, &p->cpu, p->llc);
}

static void
audit (const struct processor *p)
{
  for (size_t i = 0; i < p->tlb.n_arrays; i++)
    ck_assert_ptr_null (assoc_audit (&p->tlb.arrays[i]));
  ck_assert_ptr_null (assoc_audit (&p->walker->nested));
  ck_assert_ptr_null (assoc_audit (&p->walker->caches.l1d));
  ck_assert_ptr_null (assoc_audit (&p->walker->caches.l2.wide));
  ck_assert_ptr_null (assoc_audit (&p->llc->cache.wide));
}

static void
processor_clear (struct processor *p)
{
  audit (p);
  tlb_clear (&p->tlb);
  walker_clear (p->walker);
  g_free (p->walker);
  vhm_llc_free (p->llc);
}

static uint32_t
draw_block (struct vhm_rng *rng, struct vhm_space *space,
            struct vhm_access *accesses)
{
  uint32_t n = 1 + (uint32_t) vhm_rng_below (rng, WALK_BLOCK);
  *space = (struct vhm_space){
    .paging = (enum vhm_paging) vhm_rng_below (rng, VHM_N_PAGINGS),
    .vpid = (uint16_t) vhm_rng_below (rng, 2),
    .guest_levels = (uint8_t) (4 + vhm_rng_below (rng, 2)),
    .host_levels = (uint8_t) (4 + vhm_rng_below (rng, 2)),
  };
  for (uint32_t i = 0; i < n; i++) {
    uint64_t few = UINT64_C (1) << vhm_rng_below (rng, 24);
    uint64_t page = vhm_rng_below (rng, few);
    accesses[i] = (struct vhm_access){
      .vpn = (uint32_t) page,
      .gfn = (uint32_t) (page ^ 5),
      .guest_size = (uint8_t) vhm_rng_below (rng, VHM_N_PAGE_SIZES),
      .host_size = (uint8_t) vhm_rng_below (rng, VHM_N_PAGE_SIZES),
      .kind = (uint8_t) vhm_rng_below (rng, 3),
      .line = (uint8_t) vhm_rng_below (rng, CACHE_PAGE_LINES),
    };
  }
  return n;
}

static void
same_block (block_run *run, struct processor *p, struct processor *plain,
            struct vhm_rng *rng)
{
  struct vhm_space space;
  struct vhm_access accesses[WALK_BLOCK];
  struct timing_access wide[WALK_BLOCK], any[WALK_BLOCK];
  uint32_t n = draw_block (rng, &space, accesses);
  run (&p->tlb, 9, p->walker, &space, accesses, n, wide);
  block_run_any (&plain->tlb, 9, plain->walker, &space, accesses, n, any);
  for (uint32_t i = 0; i < n; i++) {
    ck_assert_int_eq (wide[i].is_walk, any[i].is_walk);
    for (int part = 0; part < TIMING_N_PARTS; part++)
      ck_assert_double_eq (wide[i].cyc[part], any[i].cyc[part]);
  }
}

START_TEST (all_forms_give_the_same)
{
  struct block_variant variants[BLOCK_MOST_VARIANTS], *v = variants;
  for (size_t n = block_variants (variants); n > 0; n--, v++) {
    struct processor wide, plain;
    struct vhm_rng rng;
    processor_init (&wide, (size_t) _i);
    processor_init (&plain, (size_t) _i);
    vhm_rng_init (&rng, 1, "blocks");
    for (int i = 0; i < N_BLOCKS; i++)
      same_block (v->run, &wide, &plain, &rng);
    ck_assert_msg (memcmp (&wide.walker->counts, &plain.walker->counts,
                           sizeof wide.walker->counts)
                       == 0,
                   "%s counts otherwise", v->name);
    ck_assert_uint_gt (wide.walker->counts.nested_hits, 0);
    ck_assert_uint_gt (wide.walker->counts.psc_hits, 0);
    processor_clear (&wide);
    processor_clear (&plain);
  }
}
END_TEST

START_TEST (any_machine_has_a_form)
{
  struct block_variant variants[BLOCK_MOST_VARIANTS];
  size_t n = block_variants (variants);
  ck_assert_uint_gt (n, 0);
  ck_assert_str_eq (variants[n - 1].name, "any");
}
END_TEST

SUITE ("block", tcase_add_loop_test (tc, all_forms_give_the_same, 0,
                                     G_N_ELEMENTS (cases));
       tcase_add_test (tc, any_machine_has_a_form);)
