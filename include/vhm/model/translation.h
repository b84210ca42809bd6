/* What it costs to translate an address: TLBs, paging-structure caches, page
 * walks in one or two dimensions, shadow tables, and how much of it the
 * processor hides.
 *
 *   vhm_llc      last-level cache, shared by the processors of a package
 *   vhm_mmu      everything one logical processor has to itself
 *   vhm_space    one address space: whose it is, how its pages are translated
 *   vhm_access   one visit to a page
 *   vhm_cost     what a run of accesses cost, by account and by step of the walk
 *
 * Physical addresses are abstract: a guest frame (vpid, gfn) is one machine
 * frame, so (vpid, gfn) names a cache line's place as well as an mfn would.
 * Guest page tables lie in guest frames of their own above the guest's memory,
 * in the order of the addresses they map; host tables likewise in machine
 * memory. Table pages are backed by 4 KiB pages unless the host backs the whole
 * guest with larger ones. Limits: vpn < 2^31 (8 TiB a process), gfn < 2^32
 * (16 TiB a guest), pcid < 2^12.
 *
 * A walk is a list of references: guest level g = 5..1 (0: the data page's own
 * host walk), host level h = 5..1 (0: the guest's entry itself). A native or
 * shadow walk has only (g, 0) steps. With every cache off their number is
 * (g + 1)(h + 1) - 1 for g guest and h host levels.
 *
 * Not thread-safe. No allocation after new, but once by an llc whose lines come
 * from more than some 16000 GiB of memory and tables.
 */
#ifndef VHM_MODEL_TRANSLATION_H
#define VHM_MODEL_TRANSLATION_H

#include <glib.h>
#include <vhm/model/cpu.h>

typedef struct vhm_llc vhm_llc;
typedef struct vhm_mmu vhm_mmu;

enum vhm_paging {
  VHM_PAGING_NATIVE, /* no hypervisor: the guest's table is the machine's */
  VHM_PAGING_SLAT,   /* two dimensions: EPT, NPT */
  VHM_PAGING_SHADOW, /* the hypervisor keeps a table of its own */
  VHM_N_PAGINGS
};

enum vhm_access_kind {
  VHM_ACCESS_LOAD,
  VHM_ACCESS_STORE,
  VHM_ACCESS_FETCH,
};

struct vhm_space {
  enum vhm_paging paging;
  uint16_t vpid; /* guest; natively 0 */
  uint16_t pcid; /* process within the guest */
  uint8_t guest_levels, host_levels; /* 4 or 5 */
  enum vhm_page_size table_backing;  /* of the guest's own table pages */
};

struct vhm_access {
  uint32_t vpn; /* 4 KiB virtual page number */
  uint32_t gfn; /* 4 KiB frame that the guest's table names */
  uint8_t guest_size, host_size; /* enum vhm_page_size of the two mappings */
  uint8_t kind;                  /* enum vhm_access_kind */
  uint8_t line;                  /* first cache line of the page used, 0..63 */
};

/* How the processor spends the time between two accesses. */
struct vhm_pace {
  double cycles;       /* of computing, a visit; its own cache misses included
                          if data_exposed is false */
  double instructions; /* a visit, 1 or more */
  bool data_exposed;   /* the data access's latency counts as time, too */
};

#define VHM_WALK_LEVELS 6 /* 0..5 */

struct vhm_cost {
  uint64_t accesses;
  uint64_t l1_misses;  /* of the L1 TLBs */
  uint64_t l2_misses;  /* = walks */
  uint64_t nested_hits, psc_hits;
  uint64_t references; /* memory references of all walks */
  uint64_t dram;       /* those of them that reached memory */
  /* by step [g][h] of the walk: references, and cycles (latency) */
  uint64_t step_references[VHM_WALK_LEVELS][VHM_WALK_LEVELS];
  double step_cyc[VHM_WALK_LEVELS][VHM_WALK_LEVELS];
  /* latencies, before overlap */
  double l2_tlb_cyc;   /* L2 TLB hits */
  double guest_cyc;    /* walks: steps (g, 0), guest's paging-structure caches,
                          and walk_cyc of each walk */
  double host_cyc;     /* walks: steps (g, h > 0), nested TLB, host's caches */
  double data_cyc;     /* the data accesses themselves */
  /* time, after overlap */
  double total_cyc;    /* computing, data and translation */
  double exposed_cyc;  /* the part that perfect translation would save; below 0
                          in a short run if it had waited before */
};

vhm_llc *vhm_llc_new (const struct vhm_cpu_config *cpu);
void vhm_llc_free (vhm_llc *llc);
/* The llc outlives it. The config is kept by reference. */
vhm_mmu *vhm_mmu_new (const struct vhm_cpu_config *cpu, vhm_llc *llc);
void vhm_mmu_free (vhm_mmu *mmu);

/* Translates n accesses in order and adds to *cost. Calls of one space go on
 * where the last one ended (what was in flight still is); vhm_mmu_switch ends
 * that. Tell it of every change of space. */
void vhm_mmu_run (vhm_mmu *mmu, const struct vhm_space *space,
                  const struct vhm_pace *pace, const struct vhm_access *accesses,
                  size_t n, struct vhm_cost *cost);

/* The processor goes over to another address space: flushes what has no tag to
 * tell it apart. Returns true if there was anything to flush. */
bool vhm_mmu_switch (vhm_mmu *mmu, const struct vhm_space *from,
                     const struct vhm_space *to);
/* INVLPG: the page's TLB entries, and every paging-structure-cache entry of its
 * PCID (Intel SDM vol. 3, 4.10.4.1). */
void vhm_mmu_invalidate_page (vhm_mmu *mmu, const struct vhm_space *space,
                              uint64_t vpn);
/* INVPCID, a write to CR3: everything of one process. */
void vhm_mmu_invalidate_process (vhm_mmu *mmu, const struct vhm_space *space);
/* INVVPID: linear and combined mappings of a guest; guest-physical ones stay. */
void vhm_mmu_invalidate_linear (vhm_mmu *mmu, uint16_t vpid);
/* INVEPT: guest-physical and combined mappings of a guest. */
void vhm_mmu_invalidate_guest (vhm_mmu *mmu, uint16_t vpid);
void vhm_mmu_flush (vhm_mmu *mmu);

/* Sums up; b's counts are added to a's. */
void vhm_cost_add (struct vhm_cost *a, const struct vhm_cost *b);
const char *vhm_paging_name (enum vhm_paging paging);
const char *vhm_page_size_name (enum vhm_page_size size); /* "4K" */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_llc, vhm_llc_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_mmu, vhm_mmu_free)

#endif
