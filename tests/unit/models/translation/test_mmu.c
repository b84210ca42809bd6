/* Who is dropped by what, and that it does not matter in how many calls a
 * stream is run. */
#include "cpu_config.h"
#include "suite.h"

#include <string.h>
#include <vhm/model/translation.h>
#include <vhm/sim/rng.h>

static const struct vhm_pace pace = { 10, 10, true };

static struct vhm_space
space_of (enum vhm_paging paging, uint16_t vpid, uint16_t pcid)
{
  return (struct vhm_space){ .paging = paging,
                             .vpid = vpid,
                             .pcid = pcid,
                             .guest_levels = 4,
                             .host_levels = 4 };
}

struct world {
  struct vhm_cpu_config cpu;
  vhm_llc *llc;
  vhm_mmu *mmu;
};

static void
world_init (struct world *world, struct vhm_cpu_config cpu)
{
  world->cpu = cpu;
  world->llc = vhm_llc_new (&world->cpu);
  world->mmu = vhm_mmu_new (&world->cpu, world->llc);
}

static void
world_clear (struct world *world)
{
  vhm_mmu_free (world->mmu);
  vhm_llc_free (world->llc);
}

static struct vhm_cost
visit (struct world *world, struct vhm_space space, uint64_t vpn)
{
  const struct vhm_access access
      = { .vpn = (uint32_t) vpn, .gfn = (uint32_t) vpn };
  struct vhm_cost cost = { 0 };
  vhm_mmu_run (world->mmu, &space, &pace, &access, 1, &cost);
  return cost;
}

/* --- what is dropped ------------------------------------------------------ */

enum event {
  NOTHING,
  PAGE,
  PROCESS,
  LINEAR,
  GUEST,
  FLUSH,
  TO_OTHER_PROCESS,
  TO_OTHER_GUEST,
};

/* What remains of three spaces' translations: this guest's process 1, its
 * process 2, the other guest. t: the page's TLB entry, s: the guest's
 * paging-structure caches, p: guest-physical ones. */
struct remains {
  const char *process, *sibling, *other;
};

static const struct {
  const char *name;
  enum event event;
  enum vhm_paging paging;
  uint64_t vpid_bits, pcid_bits;
  struct remains left;
} cases[] = {
  { "nothing", NOTHING, VHM_PAGING_SLAT, 16, 12, { "tsp", "tsp", "tsp" } },
  { "INVLPG", PAGE, VHM_PAGING_SLAT, 16, 12, { "p", "tsp", "tsp" } },
  { "INVLPG, shadow", PAGE, VHM_PAGING_SHADOW, 16, 12, { "", "ts", "ts" } },
  { "INVPCID", PROCESS, VHM_PAGING_SLAT, 16, 12, { "p", "tsp", "tsp" } },
  { "INVVPID", LINEAR, VHM_PAGING_SLAT, 16, 12, { "p", "p", "tsp" } },
  { "INVVPID, shadow", LINEAR, VHM_PAGING_SHADOW, 16, 12, { "", "", "ts" } },
  { "INVEPT", GUEST, VHM_PAGING_SLAT, 16, 12, { "", "", "tsp" } },
  { "INVEPT, shadow", GUEST, VHM_PAGING_SHADOW, 16, 12, { "ts", "ts", "ts" } },
  { "flush", FLUSH, VHM_PAGING_SLAT, 16, 12, { "", "", "" } },
  { "process switch, PCIDs",
    TO_OTHER_PROCESS,
    VHM_PAGING_SLAT,
    16,
    12,
    { "tsp", "tsp", "tsp" } },
  { "process switch, no PCIDs",
    TO_OTHER_PROCESS,
    VHM_PAGING_SLAT,
    16,
    0,
    { "p", "tsp", "tsp" } },
  { "guest switch, VPIDs",
    TO_OTHER_GUEST,
    VHM_PAGING_SLAT,
    16,
    12,
    { "tsp", "tsp", "tsp" } },
  { "guest switch, VPIDs, no PCIDs",
    TO_OTHER_GUEST,
    VHM_PAGING_SLAT,
    16,
    0,
    { "tsp", "tsp", "tsp" } },
  { "guest switch, no VPIDs",
    TO_OTHER_GUEST,
    VHM_PAGING_SLAT,
    0,
    0,
    { "", "", "" } },
};

static void
cause (struct world *world, enum event event, const struct vhm_space *process,
       const struct vhm_space *sibling, const struct vhm_space *other)
{
  switch (event) {
  case NOTHING:
    return;
  case PAGE:
    vhm_mmu_invalidate_page (world->mmu, process, 0);
    return;
  case PROCESS:
    vhm_mmu_invalidate_process (world->mmu, process);
    return;
  case LINEAR:
    vhm_mmu_invalidate_linear (world->mmu, process->vpid);
    return;
  case GUEST:
    vhm_mmu_invalidate_guest (world->mmu, process->vpid);
    return;
  case FLUSH:
    vhm_mmu_flush (world->mmu);
    return;
  case TO_OTHER_PROCESS:
    vhm_mmu_switch (world->mmu, process, sibling);
    return;
  case TO_OTHER_GUEST:
    vhm_mmu_switch (world->mmu, process, other);
    return;
  }
}

/* Page 0 tells of the TLB. Page 1 shares all tables with it, so a walk of it
 * tells of the rest: hits of the caches for the guest, and whether the host
 * walk of its frame begins below the top. */
static void
check_remains (struct world *world, struct vhm_space space, const char *left,
               const char *name, const char *who)
{
  bool in_tlb = visit (world, space, 0).l2_misses == 0;
  ck_assert_msg (in_tlb == (strchr (left, 't') != NULL), "%s: TLB of %s", name,
                 who);
}

static void
check_walk (struct world *world, struct vhm_space space, const char *left,
            const char *name, const char *who)
{
  struct vhm_cost cost = visit (world, space, 1);
  ck_assert_uint_eq (cost.l2_misses, 1);
  bool has_guest = cost.step_references[4][0] == 0;
  ck_assert_msg (has_guest == (strchr (left, 's') != NULL),
                 "%s: guest's caches of %s", name, who);
  bool has_host
      = space.paging == VHM_PAGING_SLAT && cost.step_references[0][4] == 0;
  ck_assert_msg (has_host == (strchr (left, 'p') != NULL),
                 "%s: guest-physical of %s", name, who);
}

START_TEST (drops_what_it_should_and_nothing_else)
{
  struct vhm_cpu_config cpu = skylake_config ();
  const char *name = cases[_i].name;
  cpu.vpid_bits = cases[_i].vpid_bits;
  cpu.pcid_bits = cases[_i].pcid_bits;
  for (int i = 0; i < VHM_N_PSC_LEVELS; i++) /* room for all three */
    cpu.guest_psc[i] = cpu.host_psc[i] = (struct vhm_cpu_psc){ 32, 0 };
  struct vhm_space spaces[]
      = { space_of (cases[_i].paging, 1, 1), space_of (cases[_i].paging, 1, 2),
          space_of (cases[_i].paging, 2, 1) };
  const char *left[] = { cases[_i].left.process, cases[_i].left.sibling,
                         cases[_i].left.other };
  const char *who[] = { "the process", "its sibling", "the other guest" };
  for (int i = 0; i < 3; i++) { /* one at a time: a check fills again */
    for (int part = 0; part < 2; part++) {
      struct world world;
      world_init (&world, cpu);
      for (int j = 0; j < 3; j++)
        visit (&world, spaces[j], 0);
      cause (&world, cases[_i].event, &spaces[0], &spaces[1], &spaces[2]);
      if (part == 0)
        check_remains (&world, spaces[i], left[i], name, who[i]);
      else
        check_walk (&world, spaces[i], left[i], name, who[i]);
      world_clear (&world);
    }
  }
}
END_TEST

START_TEST (a_switch_says_whether_it_flushed)
{
  struct world world;
  struct vhm_cpu_config cpu = skylake_config ();
  struct vhm_space a = space_of (VHM_PAGING_SLAT, 1, 1);
  struct vhm_space b = space_of (VHM_PAGING_SLAT, 2, 1);
  world_init (&world, cpu);
  visit (&world, a, 0);
  ck_assert (!vhm_mmu_switch (world.mmu, &a, &b));
  world_clear (&world);
  cpu.vpid_bits = 0;
  world_init (&world, cpu);
  ck_assert (!vhm_mmu_switch (world.mmu, &a, &b)); /* it was empty */
  visit (&world, b, 0);
  ck_assert (!vhm_mmu_switch (world.mmu, &b, &b)); /* it is the same */
  ck_assert (vhm_mmu_switch (world.mmu, &b, &a));
  world_clear (&world);
}
END_TEST

/* INVLPG of a page drops the caches of its process for all pages, but the TLB
 * entry of that page alone, whatever its size. */
START_TEST (a_page_of_any_size_is_invalidated)
{
  struct vhm_space space = space_of (VHM_PAGING_SLAT, 1, 1);
  for (uint8_t size = 0; size < VHM_N_PAGE_SIZES; size++) {
    struct world world;
    struct vhm_cost cost = { 0 };
    world_init (&world, skylake_config ());
    struct vhm_access accesses[2] = {
      { .vpn = 5, .guest_size = size, .host_size = size },
      { .vpn = UINT64_C (3) << 18, .guest_size = size, .host_size = size },
    };
    vhm_mmu_run (world.mmu, &space, &pace, accesses, 2, &cost);
    vhm_mmu_invalidate_page (world.mmu, &space, 5);
    cost = (struct vhm_cost){ 0 };
    vhm_mmu_run (world.mmu, &space, &pace, accesses, 2, &cost);
    ck_assert_uint_eq (cost.l2_misses, 1);
    world_clear (&world);
  }
}
END_TEST

/* --- runs ----------------------------------------------------------------- */

#define N 5000

static struct vhm_access *
draw_accesses (void)
{
  struct vhm_access *accesses = g_new (struct vhm_access, N);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "mmu");
  for (int i = 0; i < N; i++) {
    uint64_t page = vhm_rng_below (&rng, 5000);
    uint8_t size = (uint8_t) (page % 7 == 0);
    accesses[i] = (struct vhm_access){ .vpn = (uint32_t) (page * 601),
                                       .gfn = (uint32_t) (page * 599),
                                       .guest_size = size,
                                       .host_size = size,
                                       .kind = (uint8_t) (i % 3),
                                       .line = (uint8_t) (page % 64) };
  }
  return accesses;
}

static struct vhm_cost
run_in_parts (const struct vhm_access *accesses, enum vhm_paging paging,
              size_t part)
{
  struct world world;
  struct vhm_cost cost = { 0 };
  struct vhm_space space = space_of (paging, 1, 1);
  world_init (&world, skylake_config ());
  for (size_t i = 0; i < N; i += part)
    vhm_mmu_run (world.mmu, &space, &pace, accesses + i, MIN (part, N - i),
                 &cost);
  world_clear (&world);
  return cost;
}

START_TEST (the_same_in_one_call_or_many)
{
  g_autofree struct vhm_access *accesses = draw_accesses ();
  for (int paging = 0; paging < VHM_N_PAGINGS; paging++) {
    struct vhm_cost all = run_in_parts (accesses, (enum vhm_paging) paging, N);
    for (size_t part = 1; part < 200; part += 31) {
      struct vhm_cost parts
          = run_in_parts (accesses, (enum vhm_paging) paging, part);
      ck_assert_double_eq_tol (all.total_cyc, parts.total_cyc, 1e-3);
      ck_assert_double_eq_tol (all.exposed_cyc, parts.exposed_cyc, 1e-3);
      parts.total_cyc = all.total_cyc;
      parts.exposed_cyc = all.exposed_cyc;
      ck_assert_mem_eq (&all, &parts, sizeof all);
    }
  }
}
END_TEST

START_TEST (accounts_agree_with_each_other)
{
  g_autofree struct vhm_access *accesses = draw_accesses ();
  for (int paging = 0; paging < VHM_N_PAGINGS; paging++) {
    struct vhm_cost cost = run_in_parts (accesses, (enum vhm_paging) paging, N);
    uint64_t references = 0;
    double guest_cyc = 0, host_cyc = 0, walks = (double) cost.l2_misses;
    for (int g = 0; g < VHM_WALK_LEVELS; g++)
      for (int h = 0; h < VHM_WALK_LEVELS; h++) {
        references += cost.step_references[g][h];
        *(h == 0 ? &guest_cyc : &host_cyc) += cost.step_cyc[g][h];
      }
    ck_assert_uint_eq (cost.accesses, N);
    ck_assert_uint_eq (cost.references, references);
    ck_assert_uint_gt (cost.l1_misses, cost.l2_misses);
    ck_assert_double_eq_tol (cost.l2_tlb_cyc,
                             9.0 * (double) (cost.l1_misses - cost.l2_misses),
                             1e-6);
    ck_assert_double_eq_tol (cost.guest_cyc, guest_cyc + walks, 1e-3);
    if (paging == VHM_PAGING_SLAT)
      ck_assert_double_gt (cost.host_cyc, host_cyc + walks);
    else
      ck_assert_double_eq (cost.host_cyc, 0);
    ck_assert_double_gt (cost.exposed_cyc, 0);
    ck_assert_double_gt (cost.total_cyc, 10 * N + cost.exposed_cyc - 1);
  }
}
END_TEST

START_TEST (refuses_a_page_beyond_the_limit)
{
  struct world world;
  world_init (&world, skylake_config ());
  visit (&world, space_of (VHM_PAGING_NATIVE, 0, 0), UINT64_C (1) << 31);
}
END_TEST

SUITE ("mmu", tcase_add_loop_test (tc, drops_what_it_should_and_nothing_else, 0,
                                   G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_switch_says_whether_it_flushed);
       tcase_add_test (tc, a_page_of_any_size_is_invalidated);
       tcase_add_test (tc, the_same_in_one_call_or_many);
       tcase_add_test (tc, accounts_agree_with_each_other);
       if (suite_can_fork ())
           tcase_add_test_raise_signal (tc, refuses_a_page_beyond_the_limit,
                                        SIGABRT);)
