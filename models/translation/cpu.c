/* The parameter table of a processor, and what contradicts itself in one.
 *
 * Defaults are those of a Skylake-SP or Cascade Lake server; the presets
 * (scenarios/presets/) name the source of each number of each processor.
 *
 * Left out: TLBs for a range of page sizes by coalescing (AMD's 16 KiB entries),
 * prefetchers of translations, the other socket's cache and memory.
 */
#include "cpu_parts.h"
#include "tlb.h"

#include <vhm/base/units.h>

#include <glib.h>
#include <inttypes.h>

#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)

double
vhm_cpu_dram_cyc (const struct vhm_cpu_config *cpu)
{
  return (double) cpu->dram_ns * (double) cpu->clock_hz / (double) VHM_NS_PER_S;
}

/* --- the processor ---------------------------------------------------------- */

#define ILX "InstLatx64, CPUID dump of a Skylake-SP"
#define SKYLAKE_TLBS                                                        \
  "[{name: l1d-4k, level: 1, holds: data, 4k: true, entries: 64, ways: 4}," \
  " {name: l1d-2m, level: 1, holds: data, 2m: true, entries: 32, ways: 4}," \
  " {name: l1d-1g, level: 1, holds: data, 1g: true, entries: 4},"           \
  " {name: l1i-4k, level: 1, holds: instructions, 4k: true, entries: 128,"  \
  " ways: 8},"                                                              \
  " {name: l1i-2m, level: 1, holds: instructions, 2m: true, entries: 8},"   \
  " {name: l2, level: 2, holds: both, 4k: true, 2m: true, entries: 1536,"   \
  " ways: 12},"                                                             \
  " {name: l2-1g, level: 2, holds: both, 1g: true, entries: 16, ways: 4}]"

#define AT(field) offsetof (struct vhm_cpu_config, field)
/* What an event costs. */
#define CYCLES(key_, field, fallback_, most, help_, source_)       \
  {                                                                \
    .key = key_, .type = VHM_PARAM_NUMBER, .offset = AT (field),   \
    .fallback = fallback_, .min = "0", .max = most, .help = help_, \
    .source = source_                                              \
  }
static const struct vhm_param cpu_params[] = {
  { .key = "preset",
    .type = VHM_PARAM_NAME,
    .offset = AT (preset),
    .fallback = "",
    .help = "a processor whose keys these override, see vhm list cpus" },
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .fallback = "",
    .help = "maker, model and year" },
  { .key = "clock",
    .type = VHM_PARAM_HERTZ,
    .offset = AT (clock_hz),
    .fallback = "2.1 GHz",
    .min = "1 MHz",
    .max = "100 GHz",
    .help = "cycles of latencies are cycles of this clock",
    .source = "Intel, Xeon Gold 6252" },
  { .key = "levels",
    .type = VHM_PARAM_COUNT,
    .offset = AT (levels),
    .fallback = "4",
    .min = "4",
    .max = "5",
    .help = "most levels that a page table can have",
    .source = "Intel SDM vol. 3, 4.5; 5 levels from Ice Lake on" },
  { .key = "has_1g",
    .type = VHM_PARAM_BOOL,
    .offset = AT (has_1g),
    .fallback = "true",
    .help = "can map 1 GiB pages",
    .source = "CPUID 80000001H, EDX bit 26" },
  { .key = "tlbs",
    .type = VHM_PARAM_LIST,
    .offset = AT (tlbs),
    .fallback = SKYLAKE_TLBS,
    .min = "1",
    .max = "16",
    .help = "translation lookaside buffers; a list replaces the preset's whole "
            "list",
    .source = ILX,
    .child = &cpu_tlb_schema },
  CYCLES ("l2_tlb_cycles", l2_tlb_cyc, "9", "1000",
          "added by a hit in the L2 TLB", "7-cpu.com, Skylake: 23 - 14"),
  { .key = "guest_psc",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (guest_psc),
    .fallback = "{}",
    .help = "paging-structure caches of the guest's dimension, and of native "
            "walks",
    .child = &cpu_psc_levels_schema },
  { .key = "host_psc",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (host_psc),
    .fallback = "{}",
    .help = "paging-structure caches of the host's dimension",
    .child = &cpu_psc_levels_schema },
  { .key = "nested_tlb",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (nested_tlb),
    .fallback = "{entries: 24}",
    .help = "guest frame to machine frame, for walks",
    .source = "16 to 24 entries in studies (nested ECPT, ASPLOS 2022); vendors "
              "publish none",
    .child = &cpu_psc_schema },
  CYCLES ("psc_cycles", psc_cyc, "1", "1000",
          "to look up the paging-structure caches", "DMT, ASPLOS 2024: 1"),
  CYCLES ("nested_tlb_cycles", nested_tlb_cyc, "4", "1000",
          "to look up the nested TLB", "nested ECPT, ASPLOS 2022: 4"),
  CYCLES ("walk_cycles", walk_cyc, "18", "1000",
          "to start and end a walk, besides what it looks up and reads",
          "7-cpu.com, Westmere: 23 cycles for a walk of one reference that "
          "hits, less 4 of the cache and 1 of the look-up"),
  { .key = "walkers",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_walkers),
    .fallback = "2",
    .min = "1",
    .max = "64",
    .help = "page walks under way at once",
    .source = "vMitosis, ASPLOS 2021: Cascade Lake has 2" },
  { .key = "l1d",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (l1d),
    .fallback = "{size: 32 KiB, ways: 8, cycles: 4}",
    .help = "first-level data cache",
    .source = ILX,
    .child = &cpu_cache_schema },
  { .key = "l2",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (l2),
    .fallback = "{size: 1 MiB, ways: 16, cycles: 14}",
    .help = "second-level cache",
    .source = ILX,
    .child = &cpu_cache_schema },
  { .key = "llc",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (llc),
    .fallback = "{size: 36608 KiB, ways: 11, cycles: 54}",
    .help = "last-level cache of the package, shared by its processors",
    .source = "Intel, Xeon Gold 6252: 35.75 MiB; 54 cycles in DMT, ASPLOS 2024",
    .child = &cpu_cache_schema },
  { .key = "dram",
    .type = VHM_PARAM_TIME,
    .offset = AT (dram_ns),
    .fallback = "90 ns",
    .min = "1 ns",
    .max = "10 us",
    .help = "from a load that misses every cache to its data",
    .source = "assumed: 80 to 95 ns measured on unloaded Skylake-SP servers" },
  { .key = "vpid_bits",
    .type = VHM_PARAM_COUNT,
    .offset = AT (vpid_bits),
    .fallback = "16",
    .min = "0",
    .max = "16",
    .help = "of the tag that tells guests apart; 0: no tag",
    .source = "Intel SDM vol. 3, 28.1" },
  { .key = "pcid_bits",
    .type = VHM_PARAM_COUNT,
    .offset = AT (pcid_bits),
    .fallback = "12",
    .min = "0",
    .max = "16",
    .help = "of the tag that tells processes apart; 0: no tag",
    .source = "Intel SDM vol. 3, 4.10.1" },
  { .key = "rob_entries",
    .type = VHM_PARAM_COUNT,
    .offset = AT (rob_entries),
    .fallback = "224",
    .min = "1",
    .max = "10000",
    .help
    = "instructions in flight: how far it looks ahead of a stalled access",
    .source = "Intel optimization manual, Skylake: 224" },
  { .key = "instructions_per_cycle",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (instructions_per_cyc),
    .fallback = "4",
    .min = "0.01",
    .max = "100",
    .help = "that it retires when nothing stalls",
    .source = "Intel optimization manual, Skylake: 4 a cycle" },
  CYCLES ("vm_exit_cycles", vm_exit_cyc, "1300", "1000000",
          "VM exit and entry with a trivial handler",
          "KVM commit b7ffc44d5b2e: CPUID exit 1291 to 1313"),
  CYCLES ("slat_violation_cycles", slat_violation_cyc, "3000", "10000000",
          "fault on the host's table, all in",
          "KVM commit c4b33d28ea51: 1.27 us a 4 KiB page"),
  CYCLES ("split_cycles", split_cyc, "3150", "10000000",
          "large page of the host broken by a fault, all in",
          "KVM commit c4b33d28ea51: 1.5 us a write"),
  CYCLES ("shadow_sync_cycles", shadow_sync_cyc, "28800", "10000000",
          "shadow table follows a fault of the guest, all in",
          "vMitosis, ASPLOS 2021: initialization of GUPS, shadow less nested"),
  CYCLES ("invalidate_page_cycles", invalidate_page_cyc, "350", "1000000",
          "INVLPG or INVPCID of one page",
          "Hansen, linux-kernel 2017, Skylake"),
  CYCLES ("shootdown_cycles", shootdown_cyc, "2000", "10000000",
          "interrupt to other processors to drop a translation",
          "assumed: microseconds in published measurements"),
  CYCLES ("shootdown_per_cpu_cycles", shootdown_per_cpu_cyc, "400", "1000000",
          "the same, more for each processor that is waited for",
          "assumed: 1.6 us with 4 and 14 us with 64 processors"),
  CYCLES ("vm_switch_cycles", vm_switch_cyc, "2500", "10000000",
          "from one guest to another on a processor, without refilling caches",
          "assumed: an exit, an entry and saving registers in between"),
};

static const char *const size_names[VHM_N_PAGE_SIZES]
    = { "4 KiB", "2 MiB", "1 GiB" };

/* TLBs of a level that are asked for a page of this size. */
static unsigned
n_holders (const struct vhm_cpu_config *cpu, uint64_t level, int size,
           enum vhm_tlb_holds by)
{
  const struct vhm_cpu_tlb *tlbs = cpu->tlbs.items;
  unsigned n = 0;
  for (size_t i = 0; i < cpu->tlbs.n; i++)
    n += tlbs[i].level == level && tlbs[i].entries > 0
         && tlbs[i].holds_size[size]
         && (tlbs[i].holds == (int) by || tlbs[i].holds == VHM_TLB_BOTH);
  return n;
}

/* Code in 1 GiB pages is held in pieces by every processor we know of. */
static bool
wants_holder (const struct vhm_cpu_config *cpu, int size, enum vhm_tlb_holds by)
{
  return size != VHM_PAGE_1G || (cpu->has_1g && by == VHM_TLB_DATA);
}

static void
check_sizes (const struct vhm_cpu_config *cpu, vhm_schema_complain complain,
             void *reader)
{
  for (int by = VHM_TLB_DATA; by <= VHM_TLB_INSTRUCTIONS; by++)
    for (int size = 0; size < VHM_N_PAGE_SIZES; size++) {
      if (!wants_holder (cpu, size, (enum vhm_tlb_holds) by)
          || n_holders (cpu, 1, size, (enum vhm_tlb_holds) by) > 0)
        continue;
      g_autofree char *wrong
          = g_strdup_printf ("no level 1 TLB for %s holds %s pages",
                             cpu_tlb_holds_names[by], size_names[size]);
      complain (reader, "tlbs", wrong,
                size == VHM_PAGE_1G ? "one that does, or has_1g: false"
                                    : "one with entries that does");
    }
  const struct vhm_cpu_tlb *tlbs = cpu->tlbs.items;
  for (size_t i = 0; i < cpu->tlbs.n && !cpu->has_1g; i++)
    if (tlbs[i].holds_size[VHM_PAGE_1G]) {
      g_autofree char *wrong = g_strdup_printf (
          "%s holds 1 GiB pages, which this processor cannot map",
          tlbs[i].name);
      complain (reader, "tlbs", wrong, "1g: false there, or has_1g: true");
    }
}

static void
check_shared (const struct vhm_cpu_config *cpu, vhm_schema_complain complain,
              void *reader)
{
  for (unsigned level = 1; level <= TLB_LEVELS; level++)
    for (int by = VHM_TLB_DATA; by <= VHM_TLB_INSTRUCTIONS; by++)
      for (int size = 0; size < VHM_N_PAGE_SIZES; size++) {
        if (n_holders (cpu, level, size, (enum vhm_tlb_holds) by)
            <= TLB_MAX_SHARED)
          continue;
        g_autofree char *wrong = g_strdup_printf (
            "more than %d TLBs of level %u for %s hold %s pages",
            TLB_MAX_SHARED, level, cpu_tlb_holds_names[by], size_names[size]);
        complain (reader, "tlbs", wrong, "fewer and larger ones");
      }
}

static void
check_latencies (const struct vhm_cpu_config *cpu, vhm_schema_complain complain,
                 void *reader)
{
  const struct {
    const char *key;
    const struct vhm_cpu_cache *cache;
  } caches[]
      = { { "l1d", &cpu->l1d }, { "l2", &cpu->l2 }, { "llc", &cpu->llc } };
  const char *below = NULL;
  double cycles = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (caches); i++) {
    if (caches[i].cache->size_bytes == 0)
      continue;
    if (below && caches[i].cache->latency_cyc <= cycles) {
      g_autofree char *wrong
          = g_strdup_printf ("%g cycles are no more than the %g of %s",
                             caches[i].cache->latency_cyc, cycles, below);
      complain (reader, caches[i].key, wrong,
                "latencies that rise from level "
                "to level");
    }
    below = caches[i].key;
    cycles = caches[i].cache->latency_cyc;
  }
  if (!below || vhm_cpu_dram_cyc (cpu) > cycles)
    return;
  g_autofree char *wrong = g_strdup_printf (
      "%" PRIu64 " ns are %g cycles, no more than the %g of %s", cpu->dram_ns,
      vhm_cpu_dram_cyc (cpu), cycles, below);
  complain (reader, "dram", wrong, "memory slower than every cache");
}

static void
check_cpu (const void *config, vhm_schema_complain complain, void *reader)
{
  check_sizes (config, complain, reader);
  check_shared (config, complain, reader);
  check_latencies (config, complain, reader);
}

const struct vhm_schema vhm_cpu_schema
    = { .name = "processor",
        .help = "a processor as address translation sees it",
        .size = sizeof (struct vhm_cpu_config),
        .check = check_cpu,
        N (cpu_params) };
#undef AT
