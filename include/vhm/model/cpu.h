/* A processor as address translation sees it: geometry and latencies of TLBs,
 * paging-structure caches, data caches and walkers, and what events cost. The
 * parameter table (models/translation/cpu.c) fills it; the presets are data
 * (scenarios/presets/<name>.yaml), each number with its source there.
 *
 * Latencies are cycles of the processor's clock unless the name says `_ns`. A
 * structure with 0 entries (or 0 bytes) does not exist: nothing is ever found
 * in it. `ways` 0 means fully associative.
 */
#ifndef VHM_MODEL_CPU_H
#define VHM_MODEL_CPU_H

#include <vhm/sim/param.h>

enum vhm_page_size {
  VHM_PAGE_4K,
  VHM_PAGE_2M,
  VHM_PAGE_1G,
  VHM_N_PAGE_SIZES
};

/* What stands in the fields of type CHOICE. */
enum vhm_tlb_holds {
  VHM_TLB_DATA,
  VHM_TLB_INSTRUCTIONS,
  VHM_TLB_BOTH,
};

struct vhm_cpu_tlb {
  const char *name;
  uint64_t level; /* 1 or 2 */
  int holds;      /* enum vhm_tlb_holds */
  bool holds_size[VHM_N_PAGE_SIZES]; /* several share its entries */
  uint64_t entries, ways;
  uint64_t ways_2m; /* of these, that a 2 MiB page can lie in; 0: all */
};

#define VHM_LINE_BYTES 64 /* of a data cache, on every x86 since 2000 */

struct vhm_cpu_cache {
  uint64_t size_bytes, ways;
  double latency_cyc;
};

/* A paging-structure cache of one level: entries that point to a table. */
struct vhm_cpu_psc {
  uint64_t entries, ways;
};

enum vhm_psc_level {
  VHM_PSC_PML5E, /* 5-level paging only */
  VHM_PSC_PML4E,
  VHM_PSC_PDPTE,
  VHM_PSC_PDE,
  VHM_N_PSC_LEVELS
};

struct vhm_cpu_config {
  const char *preset, *title;
  uint64_t clock_hz;
  uint64_t levels;          /* most levels of a page table: 4 or 5 */
  bool has_1g;              /* can map 1 GiB pages */
  struct vhm_list tlbs;     /* struct vhm_cpu_tlb */
  double l2_tlb_cyc;        /* added by a hit in the L2 TLB */
  struct vhm_cpu_psc guest_psc[VHM_N_PSC_LEVELS]; /* also of a native walk */
  struct vhm_cpu_psc host_psc[VHM_N_PSC_LEVELS];
  struct vhm_cpu_psc nested_tlb; /* guest page -> machine page, for walks */
  double psc_cyc, nested_tlb_cyc;
  double walk_cyc; /* of a walk, besides its references and look-ups */
  uint64_t n_walkers;
  struct vhm_cpu_cache l1d, l2, llc; /* llc: of the package, shared */
  uint64_t dram_ns;
  uint64_t vpid_bits, pcid_bits; /* 0: no tag, all is flushed at a switch */
  uint64_t rob_entries;          /* instructions in flight */
  double instructions_per_cyc;   /* that it retires when nothing stalls */
  /* events */
  double vm_exit_cyc;          /* exit and entry, trivial handler */
  double slat_violation_cyc;   /* fault on the host's table, all in */
  double split_cyc;            /* large host page broken by a fault, all in */
  double shadow_sync_cyc;      /* shadow table follows a guest fault, all in */
  double invalidate_page_cyc;  /* INVLPG, INVPCID for one page */
  double shootdown_cyc, shootdown_per_cpu_cyc;
  double vm_switch_cyc; /* between guests on one processor, without refill */
};

extern const struct vhm_schema vhm_cpu_schema;

/* 4 KiB pages in a page, as a power of two: 0, 9, 18. */
static inline unsigned
vhm_page_size_shift (enum vhm_page_size size)
{
  return 9 * (unsigned) size;
}

/* Cycles of the processor's own clock that its memory takes. */
double vhm_cpu_dram_cyc (const struct vhm_cpu_config *cpu);

#endif
