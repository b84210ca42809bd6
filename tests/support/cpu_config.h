/* Processors for tests: one like Skylake-SP at 2.1 GHz, and the same without
 * any structure that could remember something. */
#ifndef VHM_TESTS_CPU_CONFIG_H
#define VHM_TESTS_CPU_CONFIG_H

#include <glib.h>
#include <vhm/base/units.h>
#include <vhm/model/cpu.h>

static inline struct vhm_list
skylake_tlbs (void)
{
  static struct vhm_cpu_tlb tlbs[] = {
    { .name = "L1D 4K", .level = 1, .holds = VHM_TLB_DATA,
      .holds_size = { true, false, false }, .entries = 64, .ways = 4 },
    { .name = "L1D 2M", .level = 1, .holds = VHM_TLB_DATA,
      .holds_size = { false, true, false }, .entries = 32, .ways = 4 },
    { .name = "L1D 1G", .level = 1, .holds = VHM_TLB_DATA,
      .holds_size = { false, false, true }, .entries = 4 },
    { .name = "L1I 4K", .level = 1, .holds = VHM_TLB_INSTRUCTIONS,
      .holds_size = { true, false, false }, .entries = 128, .ways = 8 },
    { .name = "L1I 2M", .level = 1, .holds = VHM_TLB_INSTRUCTIONS,
      .holds_size = { false, true, false }, .entries = 8 },
    { .name = "L2 4K+2M", .level = 2, .holds = VHM_TLB_BOTH,
      .holds_size = { true, true, false }, .entries = 1536, .ways = 12 },
    { .name = "L2 1G", .level = 2, .holds = VHM_TLB_BOTH,
      .holds_size = { false, false, true }, .entries = 16, .ways = 4 },
  };
  return (struct vhm_list){ tlbs, G_N_ELEMENTS (tlbs) };
}

static inline struct vhm_cpu_config
skylake_config (void)
{
  struct vhm_cpu_config cpu = {
    .preset = "skylake-sp-test",
    .title = "like Skylake-SP",
    .clock_hz = 2100000000,
    .levels = 4,
    .has_1g = true,
    .tlbs = skylake_tlbs (),
    .l2_tlb_cyc = 9,
    .nested_tlb = { .entries = 24 },
    .psc_cyc = 1,
    .nested_tlb_cyc = 4,
    .n_walkers = 2,
    .l1d = { 32 * VHM_KIB, 8, 4 },
    .l2 = { VHM_MIB, 16, 14 },
    .llc = { 11 * 53248 * 64, 11, 60 },
    .dram_ns = 90,
    .vpid_bits = 16,
    .pcid_bits = 12,
    .rob_entries = 224,
    .instructions_per_cyc = 2,
  };
  const struct vhm_cpu_psc psc[VHM_N_PSC_LEVELS]
      = { [VHM_PSC_PML4E] = { 2, 0 },
          [VHM_PSC_PDPTE] = { 4, 0 },
          [VHM_PSC_PDE] = { 32, 4 } };
  for (int i = 0; i < VHM_N_PSC_LEVELS; i++)
    cpu.guest_psc[i] = cpu.host_psc[i] = psc[i];
  return cpu;
}

/* Forgets everything: each access walks, each reference goes to memory. */
static inline struct vhm_cpu_config
forgetful_config (void)
{
  struct vhm_cpu_config cpu = skylake_config (), none = { 0 };
  cpu.tlbs = (struct vhm_list){ NULL, 0 };
  cpu.nested_tlb = none.nested_tlb;
  cpu.l1d = cpu.l2 = cpu.llc = none.llc;
  for (int i = 0; i < VHM_N_PSC_LEVELS; i++)
    cpu.guest_psc[i] = cpu.host_psc[i] = none.nested_tlb;
  return cpu;
}

#endif
