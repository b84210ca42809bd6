/* One logical processor's translation: joins TLBs, walker, caches and timing.
 *
 * Accesses are taken in blocks: what each finds and reads (block.c), then how
 * long it takes (timing.c).
 *
 * Who is dropped by what (linear: native and shadow translations; combined:
 * SLAT ones, with the guest's paging-structure caches; guest-physical: nested
 * TLB and the host's paging-structure caches):
 *
 *                          linear   combined  guest-physical
 *     invalidate_page      page     page      -     + caches of its PCID
 *     invalidate_process   PCID     PCID      -
 *     invalidate_linear    VPID     VPID      -     INVVPID
 *     invalidate_guest     -        VPID      VPID  INVEPT
 *     flush                all      all       all
 *     switch, no VPIDs     all      all       all   to another guest
 *     switch, no PCIDs     VPID     VPID      -     all but the new process's
 *
 * (Intel SDM vol. 3, chapters on paging and on VMX support for address
 * translation.) Data caches are known by machine addresses and stay.
 */
#include "block.h"

#include <vhm/base/require.h>

struct vhm_mmu {
  struct tlb tlb;
  struct walker walker;
  struct timing timing;
  block_run *run;
  double l2_tlb_cyc;
  bool has_vpids, has_pcids;
};

vhm_mmu *
vhm_mmu_new (const struct vhm_cpu_config *cpu, vhm_llc *llc)
{
  vhm_mmu *mmu = g_new0 (vhm_mmu, 1);
  struct block_variant variants[BLOCK_MOST_VARIANTS];
  tlb_init (&mmu->tlb, cpu);
  walker_init (&mmu->walker, cpu, llc);
  timing_init (&mmu->timing, cpu);
  block_variants (variants);
  mmu->run = variants[0].run;
  mmu->l2_tlb_cyc = cpu->l2_tlb_cyc;
  mmu->has_vpids = cpu->vpid_bits > 0;
  mmu->has_pcids = cpu->pcid_bits > 0;
  return mmu;
}

void
vhm_mmu_free (vhm_mmu *mmu)
{
  if (mmu == NULL)
    return;
  tlb_clear (&mmu->tlb);
  walker_clear (&mmu->walker);
  timing_clear (&mmu->timing);
  g_free (mmu);
}

/* --- accesses ------------------------------------------------------------- */

static void
require_in_limits (const struct vhm_space *space,
                   const struct vhm_access *accesses, size_t n)
{
  uint32_t vpns = 0, line = 0;
  for (size_t i = 0; i < n; i++) {
    vpns |= accesses[i].vpn;
    line |= accesses[i].line;
  }
  VHM_REQUIRE (vpns >> ADDRESS_VPN_BITS == 0);
  VHM_REQUIRE (space->pcid >> ADDRESS_PCID_BITS == 0);
  VHM_REQUIRE (line < CACHE_PAGE_LINES);
}

static void
run_block (vhm_mmu *mmu, const struct vhm_space *space,
           const struct vhm_pace *pace, const struct vhm_access *accesses,
           size_t n, struct vhm_cost *cost)
{
  struct timing_access timed[WALK_BLOCK];
  require_in_limits (space, accesses, n);
  mmu->run (&mmu->tlb, mmu->l2_tlb_cyc, &mmu->walker, space, accesses,
            (uint32_t) n, timed);
  timing_run (&mmu->timing, pace, timed, n, cost);
}

void
vhm_mmu_run (vhm_mmu *mmu, const struct vhm_space *space,
             const struct vhm_pace *pace, const struct vhm_access *accesses,
             size_t n, struct vhm_cost *cost)
{
  VHM_REQUIRE (space->guest_levels == 4 || space->guest_levels == 5);
  VHM_REQUIRE (space->paging != VHM_PAGING_SLAT || space->host_levels == 4
               || space->host_levels == 5);
  for (size_t i = 0; i < n; i += WALK_BLOCK)
    run_block (mmu, space, pace, accesses + i, MIN (n - i, WALK_BLOCK), cost);
  walker_charge (&mmu->walker, mmu->l2_tlb_cyc, cost);
}

/* --- what is dropped when ------------------------------------------------- */

/* Linear and combined translations. */
static uint64_t
drop_linear (vhm_mmu *mmu, const struct assoc_rule *rule)
{
  return tlb_drop (&mmu->tlb, rule) + psc_drop (&mmu->walker.guest, rule);
}

static uint64_t
drop_guest_physical (vhm_mmu *mmu, const struct assoc_rule *rule)
{
  return assoc_drop (&mmu->walker.nested, rule)
         + psc_drop (&mmu->walker.host, rule);
}

static uint64_t
drop_all (vhm_mmu *mmu)
{
  const struct assoc_rule all = { 0 };
  return drop_linear (mmu, &all) + drop_guest_physical (mmu, &all);
}

static struct assoc_rule
all_of_process (const struct vhm_space *space)
{
  return (struct assoc_rule){ .mask = ADDRESS_VPID_MASK | ADDRESS_PCID_MASK,
                              .value = address_vpid_tag (space->vpid)
                                       | address_pcid_tag (space->pcid) };
}

void
vhm_mmu_flush (vhm_mmu *mmu)
{
  drop_all (mmu);
}

bool
vhm_mmu_switch (vhm_mmu *mmu, const struct vhm_space *from,
                const struct vhm_space *to)
{
  uint64_t n = 0;
  if (from->vpid != to->vpid || from->pcid != to->pcid)
    timing_restart (&mmu->timing);
  if (!mmu->has_vpids && from->vpid != to->vpid)
    n += drop_all (mmu);
  if (!mmu->has_pcids) {
    struct assoc_rule others = { .mask = ADDRESS_VPID_MASK,
                                 .value = address_vpid_tag (to->vpid),
                                 .spared_mask = ADDRESS_PCID_MASK,
                                 .spared = address_pcid_tag (to->pcid) };
    n += drop_linear (mmu, &others);
  }
  return n > 0;
}

void
vhm_mmu_invalidate_page (vhm_mmu *mmu, const struct vhm_space *space,
                         uint64_t vpn)
{
  struct assoc_rule process = all_of_process (space);
  for (int i = 0; i < VHM_N_PAGE_SIZES; i++) {
    enum vhm_page_size size = (enum vhm_page_size) i;
    uint64_t page = vpn >> vhm_page_size_shift (size);
    uint64_t key = address_space_tag (space) | address_page_tag (size, page);
    tlb_remove (&mmu->tlb, size, page, key);
  }
  psc_drop (&mmu->walker.guest, &process);
}

void
vhm_mmu_invalidate_process (vhm_mmu *mmu, const struct vhm_space *space)
{
  struct assoc_rule process = all_of_process (space);
  drop_linear (mmu, &process);
}

void
vhm_mmu_invalidate_linear (vhm_mmu *mmu, uint16_t vpid)
{
  struct assoc_rule guest
      = { .mask = ADDRESS_VPID_MASK, .value = address_vpid_tag (vpid) };
  drop_linear (mmu, &guest);
}

void
vhm_mmu_invalidate_guest (vhm_mmu *mmu, uint16_t vpid)
{
  struct assoc_rule guest = { .mask = ADDRESS_VPID_MASK | ADDRESS_PAGING_MASK,
                              .value = address_vpid_tag (vpid)
                                       | address_paging_tag (VHM_PAGING_SLAT) };
  drop_linear (mmu, &guest);
  drop_guest_physical (mmu, &guest);
}
