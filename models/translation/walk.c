/* Computes what a page walk reads, and how long that takes.
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
 * Latency: the sum of the references' (each address depends on the entry read
 * before), of one look-up in the guest's paging-structure caches, of one in the
 * nested TLB per guest table and of one in the host's per host walk, and what
 * starting and ending the walk takes (walk_cyc). Cycles.
 *
 * Where a line was found changes what a walk takes, but not what it reads next.
 * So a block of accesses is walked with L1D and L2 alone; what they lack is
 * noted, fetched ahead, and looked for in the last-level cache afterwards, in
 * the same order.
 *
 * Left out: accessed and dirty bits set by the walker; faults (the caller finds
 * out before); speculative and cancelled walks.
 */
#include "walk.h"

void
walker_init (struct walker *walker, const struct vhm_cpu_config *cpu,
             vhm_llc *llc)
{
  caches_init (&walker->caches, cpu, llc);
  psc_init (&walker->guest, cpu->guest_psc, cpu->psc_cyc);
  psc_init (&walker->host, cpu->host_psc, cpu->psc_cyc);
  assoc_init (&walker->nested, cpu->nested_tlb.entries, cpu->nested_tlb.ways);
  walker->n_far = 0;
  walker->walk_cyc = cpu->walk_cyc;
  walker->nested_cyc = assoc_exists (&walker->nested) ? cpu->nested_tlb_cyc : 0;
}

void
walker_clear (struct walker *walker)
{
  caches_clear (&walker->caches);
  psc_clear (&walker->guest);
  psc_clear (&walker->host);
  assoc_clear (&walker->nested);
}

/* A reference to a line: its latency if it is near, else 0 for now. */
__attribute__ ((always_inline)) static inline double
read_line (struct walker *walker, uint64_t line, struct cache_far from)
{
  enum cache_level level = caches_near (&walker->caches, line);
  if (level != CACHE_LLC)
    return walker->caches.latency_cyc[level];
  from.line = line;
  walker->far[walker->n_far++] = from;
  return 0;
}

static inline double
read_entry (struct walker *walker, uint64_t line, struct cache_far from,
            struct vhm_cost *cost)
{
  double latency_cyc = read_line (walker, line, from);
  cost->references++;
  cost->step_references[from.g][from.h]++;
  cost->step_cyc[from.g][from.h] += latency_cyc;
  return latency_cyc;
}

static inline struct cache_far
step (unsigned i, unsigned g, unsigned h)
{
  return (struct cache_far){ .access = (uint8_t) i,
                             .g = (uint8_t) g,
                             .h = (uint8_t) h };
}

/* --- the host's dimension ------------------------------------------------- */

static inline double
walk_host (struct walker *walker, const struct vhm_space *space, uint64_t gfn,
           enum vhm_page_size size, unsigned i, unsigned g,
           struct vhm_cost *cost)
{
  uint64_t tag = address_host_tag (space->vpid);
  unsigned leaf = (unsigned) size + 1, top = space->host_levels;
  unsigned first = psc_find (&walker->host, tag, gfn, leaf, top);
  double latency_cyc = walker->host.latency_cyc;
  cost->psc_hits += first < top;
  for (unsigned h = first; h >= leaf; h--)
    latency_cyc += read_entry (walker, address_host_entry (space->vpid, gfn, h),
                               step (i, g, h), cost);
  return latency_cyc;
}

/* Finds the machine frame of a guest table. */
static inline double
translate_table (struct walker *walker, const struct vhm_space *space,
                 uint64_t table, unsigned i, unsigned g, struct vhm_cost *cost)
{
  enum vhm_page_size size = space->table_backing;
  if (!assoc_exists (&walker->nested))
    return walk_host (walker, space, table, size, i, g, cost);
  uint64_t frame = table >> vhm_page_size_shift (size);
  uint64_t key
      = address_host_tag (space->vpid) | address_frame_tag (size, frame);
  uint32_t set = assoc_set (&walker->nested, (uint32_t) frame);
  if (assoc_access (&walker->nested, set, key)) {
    cost->nested_hits++;
    return walker->nested_cyc;
  }
  return walker->nested_cyc
         + walk_host (walker, space, table, size, i, g, cost);
}

/* --- both dimensions ------------------------------------------------------ */

static double
walk_slat (struct walker *walker, const struct vhm_space *space,
           const struct vhm_access *access, unsigned i, struct vhm_cost *cost)
{
  uint64_t tag = address_space_tag (space), vpn = access->vpn;
  unsigned leaf = access->guest_size + 1u, top = space->guest_levels;
  unsigned first = psc_find (&walker->guest, tag, vpn, leaf, top);
  double guest_cyc = walker->guest.latency_cyc, host_cyc = 0;
  cost->psc_hits += first < top;
  for (unsigned g = first; g >= leaf; g--) {
    uint64_t table = address_table (space->pcid, vpn, g);
    uint64_t entry = address_guest_entry (space->vpid, table, vpn, g);
    if (g == top || g < first)
      host_cyc += translate_table (walker, space, table, i, g, cost);
    guest_cyc += read_entry (walker, entry, step (i, g, 0), cost);
  }
  host_cyc += walk_host (walker, space, access->gfn,
                         (enum vhm_page_size) access->host_size, i, 0, cost);
  cost->guest_cyc += guest_cyc;
  cost->host_cyc += host_cyc;
  return guest_cyc + host_cyc;
}

/* --- one dimension -------------------------------------------------------- */

static inline uint64_t
flat_entry (const struct vhm_space *space, uint64_t vpn, unsigned level)
{
  if (space->paging == VHM_PAGING_SHADOW)
    return address_shadow_entry (space->vpid, space->pcid, vpn, level);
  return address_guest_entry (
      space->vpid, address_table (space->pcid, vpn, level), vpn, level);
}

static double
walk_flat (struct walker *walker, const struct vhm_space *space,
           const struct vhm_access *access, unsigned i, struct vhm_cost *cost)
{
  uint64_t tag = address_space_tag (space), vpn = access->vpn;
  unsigned leaf = (unsigned) walk_entry_size (space, access) + 1;
  unsigned top = space->guest_levels;
  unsigned first = psc_find (&walker->guest, tag, vpn, leaf, top);
  double guest_cyc = walker->guest.latency_cyc;
  cost->psc_hits += first < top;
  for (unsigned g = first; g >= leaf; g--)
    guest_cyc += read_entry (walker, flat_entry (space, vpn, g), step (i, g, 0),
                             cost);
  cost->guest_cyc += guest_cyc;
  return guest_cyc;
}

void
walker_walk (struct walker *walker, const struct vhm_space *space,
             const struct vhm_access *access, unsigned i,
             struct timing_access *timed, struct vhm_cost *cost)
{
  double latency_cyc = space->paging == VHM_PAGING_SLAT
                           ? walk_slat (walker, space, access, i, cost)
                           : walk_flat (walker, space, access, i, cost);
  timed->is_walk = true;
  timed->translation_cyc = latency_cyc + walker->walk_cyc;
  cost->guest_cyc += walker->walk_cyc;
}

/* --- data, and what is far ------------------------------------------------ */

void
walker_read_data (struct walker *walker, const struct vhm_space *space,
                  const struct vhm_access *access, unsigned i,
                  struct timing_access *timed, struct vhm_cost *cost)
{
  uint64_t line = address_data (space->vpid, access->gfn, access->line);
  timed->data_cyc = read_line (walker, line, step (i, 0, 0));
  cost->data_cyc += timed->data_cyc;
}

void
walker_finish (struct walker *walker, struct timing_access *timed,
               struct vhm_cost *cost)
{
  caches_far (&walker->caches, walker->far, walker->n_far);
  for (uint32_t k = 0; k < walker->n_far; k++) {
    const struct cache_far *far = &walker->far[k];
    enum cache_level level = far->is_in_memory ? CACHE_DRAM : CACHE_LLC;
    double latency_cyc = walker->caches.latency_cyc[level];
    if (far->g == 0 && far->h == 0) {
      timed[far->access].data_cyc += latency_cyc;
      cost->data_cyc += latency_cyc;
      continue;
    }
    timed[far->access].translation_cyc += latency_cyc;
    cost->dram += level == CACHE_DRAM;
    cost->step_cyc[far->g][far->h] += latency_cyc;
    *(far->h == 0 ? &cost->guest_cyc : &cost->host_cyc) += latency_cyc;
  }
  walker->n_far = 0;
}
