/* Decides what each of a block of accesses finds and reads.
 *
 * What TLBs, paging-structure caches and the nested TLB hold depends on the
 * order of accesses alone, not on where lines of memory are found. So a block
 * goes through three steps:
 *
 *   1  all accesses through the TLBs
 *   2  the walks of those that miss, through paging-structure caches and nested
 *      TLB: the lines they read, and the line of the data, are noted
 *   3  all lines through L1D, L2 and last-level cache (cache_read.h)
 *
 * Native and shadow: entries of one table from the top level down to the leaf
 * (4K: level 1, 2M: 2, 1G: 3), the upper ones skipped by the paging-structure
 * caches. The shadow table maps with the smaller of the two page sizes and has
 * as many levels as the guest's.
 *
 * Two dimensions: each guest table is known by its gfn, which must be
 * translated before its entry can be read; the data page's gfn last:
 *
 *     g4: h4 h3 h2 h1 | entry     host walk of the table, entry of the guest
 *     g3: h4 h3 h2 h1 | entry
 *     g2: ...
 *     g1: h4 h3 h2 h1 | entry
 *     g0: h4 h3 h2 h1 |           host walk of the data page
 *
 * (g + 1)(h + 1) - 1 references when nothing is cached. What cuts it short:
 * a guest paging-structure cache names the machine frame of the table below it,
 * so the walk begins with that table's entry, without a host walk; the nested
 * TLB translates the gfn of a table in place of its host walk; the host's
 * paging-structure caches shorten a host walk.
 *
 * The nested TLB is for the frames of guest tables. The data page's translation
 * goes to the TLB itself, and would only push out the others (as in Bhargava et
 * al., "Accelerating two-dimensional page walks", ASPLOS 2008).
 *
 * Left out: accessed and dirty bits set by the walker; faults (the caller finds
 * out before); speculative and cancelled walks.
 *
 * This file is compiled once for every kind of vector (BLOCK_RUN names it);
 * block_variants.c chooses.
 */
#include "block.h"

#ifndef BLOCK_RUN
#define BLOCK_RUN block_run_any
#endif

#define ALWAYS_INLINE __attribute__ ((always_inline)) inline

/* --- TLBs ------------------------------------------------------------------- */

static inline void
look_up_tlbs (struct tlb *tlb, const struct vhm_space *space,
              const struct vhm_access *accesses, uint32_t n, uint8_t *ret)
{
  uint64_t tag = address_space_tag (space);
  for (uint32_t i = 0; i < n; i++) {
    const struct vhm_access *access = &accesses[i];
    enum vhm_page_size size = walk_entry_size (space, access);
    uint64_t page = access->vpn >> vhm_page_size_shift (size);
    uint64_t key = tag | address_page_tag (size, page);
    ret[i] = (uint8_t) tlb_lookup (tlb, access->kind == VHM_ACCESS_FETCH, size,
                                   page, key);
  }
}

/* --- what is read ----------------------------------------------------------- */

/* One processor at work on one block. Numbers that every step changes are kept
 * out of the walker, so that they can stay in registers. */
struct work {
  struct walker *walker;
  const struct vhm_space *space;
  uint32_t i, n; /* access at hand, lines noted */
};

static ALWAYS_INLINE void
note (struct work *work, uint8_t step, uint64_t line)
{
  struct walker *walker = work->walker;
  walker->reads.line[work->n] = line;
  walker->step[work->n] = step;
  walker->access[work->n] = (uint8_t) work->i;
  work->n++;
}

/* Returns the latency of its look-ups. */
static ALWAYS_INLINE double
walk_host (struct work *work, uint64_t gfn, enum vhm_page_size size, unsigned g)
{
  struct walker *walker = work->walker;
  const struct vhm_space *space = work->space;
  uint64_t tag = address_host_tag (space->vpid);
  unsigned leaf = (unsigned) size + 1, top = space->host_levels;
  unsigned first = psc_find (&walker->host, tag, gfn, leaf, top);
  walker->counts.host_walks++;
  walker->counts.psc_hits += first < top;
  for (unsigned h = first; h >= leaf; h--)
    note (work, walk_step (g, h), address_host_entry (space->vpid, gfn, h));
  return walker->host.latency_cyc;
}

/* Finds the machine frame of a guest table. */
static ALWAYS_INLINE double
translate_table (struct work *work, uint64_t table, unsigned g)
{
  struct walker *walker = work->walker;
  const struct vhm_space *space = work->space;
  enum vhm_page_size size = space->table_backing;
  if (!assoc_exists (&walker->nested))
    return walk_host (work, table, size, g);
  uint64_t frame = table >> vhm_page_size_shift (size);
  uint64_t key
      = address_host_tag (space->vpid) | address_frame_tag (size, frame);
  uint32_t set = assoc_set (&walker->nested, (uint32_t) frame);
  walker->counts.nested++;
  if (!assoc_access (&walker->nested, set, key))
    return walker->nested_cyc + walk_host (work, table, size, g);
  walker->counts.nested_hits++;
  return walker->nested_cyc;
}

static ALWAYS_INLINE double
walk_slat (struct work *work, const struct vhm_access *access)
{
  struct walker *walker = work->walker;
  const struct vhm_space *space = work->space;
  uint64_t tag = address_space_tag (space), vpn = access->vpn;
  unsigned leaf = access->guest_size + 1u, top = space->guest_levels;
  unsigned first = psc_find (&walker->guest, tag, vpn, leaf, top);
  double latency_cyc = walker->guest.latency_cyc;
  walker->counts.psc_hits += first < top;
  for (unsigned g = first; g >= leaf; g--) {
    uint64_t table = address_table (space->pcid, vpn, g);
    if (g == top || g < first)
      latency_cyc += translate_table (work, table, g);
    note (work, walk_step (g, 0),
          address_guest_entry (space->vpid, table, vpn, g));
  }
  return latency_cyc
         + walk_host (work, access->gfn, (enum vhm_page_size) access->host_size,
                      0);
}

static inline uint64_t
flat_entry (const struct vhm_space *space, uint64_t vpn, unsigned level)
{
  if (space->paging == VHM_PAGING_SHADOW)
    return address_shadow_entry (space->vpid, space->pcid, vpn, level);
  return address_guest_entry (
      space->vpid, address_table (space->pcid, vpn, level), vpn, level);
}

static ALWAYS_INLINE double
walk_flat (struct work *work, const struct vhm_access *access)
{
  struct walker *walker = work->walker;
  const struct vhm_space *space = work->space;
  uint64_t tag = address_space_tag (space), vpn = access->vpn;
  unsigned leaf = (unsigned) walk_entry_size (space, access) + 1;
  unsigned top = space->guest_levels;
  unsigned first = psc_find (&walker->guest, tag, vpn, leaf, top);
  walker->counts.psc_hits += first < top;
  for (unsigned g = first; g >= leaf; g--)
    note (work, walk_step (g, 0), flat_entry (space, vpn, g));
  return walker->guest.latency_cyc;
}

/* --- blocks ----------------------------------------------------------------- */

static ALWAYS_INLINE double
translate (struct work *work, double l2_tlb_cyc,
           const struct vhm_access *access, enum tlb_result result)
{
  struct walker *walker = work->walker;
  if (result == TLB_HIT_L1)
    return 0;
  walker->counts.l1_misses++;
  if (result == TLB_HIT_L2)
    return l2_tlb_cyc;
  walker->counts.l2_misses++;
  return walker->walk_cyc
         + (work->space->paging == VHM_PAGING_SLAT ? walk_slat (work, access)
                                                   : walk_flat (work, access));
}

/* Latencies of the lines read go to their accesses. */
static inline void
time_reads (struct walker *walker, struct timing_access *timed)
{
  const struct cache_reads *reads = &walker->reads;
  for (uint32_t k = 0; k < reads->n; k++) {
    uint8_t step = walker->step[k], level = reads->level[k];
    struct timing_access *access = &timed[walker->access[k]];
    enum timing_part part = step == 0 ? TIMING_DATA : TIMING_TRANSLATION;
    access->cyc[part] += walker->caches.latency_cyc[level];
    walker->counts.reads[step][level]++;
  }
}

void
BLOCK_RUN (struct tlb *tlb, double l2_tlb_cyc, struct walker *walker,
           const struct vhm_space *space, const struct vhm_access *accesses,
           uint32_t n, struct timing_access *ret_timed)
{
  uint8_t results[WALK_BLOCK]; /* enum tlb_result */
  struct work work = { .walker = walker, .space = space };
  look_up_tlbs (tlb, space, accesses, n, results);
  for (; work.i < n; work.i++) {
    const struct vhm_access *access = &accesses[work.i];
    enum tlb_result result = (enum tlb_result) results[work.i];
    double latency_cyc = translate (&work, l2_tlb_cyc, access, result);
    ret_timed[work.i]
        = (struct timing_access){ .cyc[TIMING_TRANSLATION] = latency_cyc,
                                  .is_walk = result == TLB_MISS };
    note (&work, walk_step (0, 0),
          address_data (space->vpid, access->gfn, access->line));
  }
  walker->reads.n = work.n;
  caches_read (&walker->caches, &walker->reads);
  time_reads (walker, ret_timed);
  walker->counts.accesses += n;
}
