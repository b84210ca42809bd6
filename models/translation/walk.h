/* Page walks in one and two dimensions: what a processor walks through, and
 * what was counted on the way; walk.c. The walks themselves: block.c. */
#ifndef VHM_MODELS_TRANSLATION_WALK_H
#define VHM_MODELS_TRANSLATION_WALK_H

#include "cache_read.h"
#include "psc.h"
#include "tlb.h"

/* Accesses that are simulated together. */
#define WALK_BLOCK 64
#define WALK_STEPS (VHM_WALK_LEVELS * VHM_WALK_LEVELS)
/* The longest walk and its data, of each of them. */
_Static_assert (WALK_BLOCK * WALK_STEPS <= CACHE_MOST_READS, "reads fit");

/* Step (g, h) of a walk; (0, 0) is the data. */
static inline uint8_t
walk_step (unsigned g, unsigned h)
{
  return (uint8_t) (g * VHM_WALK_LEVELS + h);
}

struct walk_counts {
  uint64_t accesses, l1_misses, l2_misses; /* l2_misses = walks */
  uint64_t nested, nested_hits;            /* look-ups in the nested TLB */
  uint64_t host_walks, psc_hits;
  uint64_t reads[WALK_STEPS][CACHE_N_LEVELS];
};

/* What a walk reads through, and what has been counted since walker_charge. */
struct walker {
  struct caches caches;
  struct psc guest, host;
  struct assoc nested;
  double nested_cyc; /* of a look-up in the nested TLB */
  double walk_cyc;   /* of a walk, besides what it looks up and reads */
  struct walk_counts counts;
  struct cache_reads reads; /* of the block at hand */
  uint8_t step[CACHE_MOST_READS], access[CACHE_MOST_READS]; /* of each */
};

void walker_init (struct walker *walker, const struct vhm_cpu_config *cpu,
                  vhm_llc *llc);
void walker_clear (struct walker *walker);
/* Adds what was counted to *cost, and begins anew. */
void walker_charge (struct walker *walker, double l2_tlb_cyc,
                    struct vhm_cost *cost);

/* The size of the TLB entry: the smaller of the two mappings. */
static inline enum vhm_page_size
walk_entry_size (const struct vhm_space *space,
                 const struct vhm_access *access)
{
  if (space->paging == VHM_PAGING_NATIVE
      || access->guest_size < access->host_size)
    return (enum vhm_page_size) access->guest_size;
  return (enum vhm_page_size) access->host_size;
}

#endif
