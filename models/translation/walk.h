/* Page walks in one and two dimensions; walk.c. */
#ifndef VHM_MODELS_TRANSLATION_WALK_H
#define VHM_MODELS_TRANSLATION_WALK_H

#include "cache.h"
#include "psc.h"
#include "timing.h"

/* Accesses that are simulated together. */
#define WALK_BLOCK 64
/* References of an access: the longest walk, and its data. */
#define WALK_REFERENCES (VHM_WALK_LEVELS * VHM_WALK_LEVELS)

/* What a walk reads through. */
struct walker {
  struct caches caches;
  struct psc guest, host;
  struct assoc nested;
  double nested_cyc; /* of a look-up in the nested TLB */
  double walk_cyc;   /* of a walk, besides what it looks up and reads */
  uint32_t n_far;
  struct cache_far far[WALK_BLOCK * WALK_REFERENCES];
};

void walker_init (struct walker *walker, const struct vhm_cpu_config *cpu,
                  vhm_llc *llc);
void walker_clear (struct walker *walker);

/* Walks for the access, or reads its data; number i of a block. Latencies go to
 * *timed and *cost, but those of far reads only with walker_finish. */
void walker_walk (struct walker *walker, const struct vhm_space *space,
                  const struct vhm_access *access, unsigned i,
                  struct timing_access *timed, struct vhm_cost *cost);
void walker_read_data (struct walker *walker, const struct vhm_space *space,
                       const struct vhm_access *access, unsigned i,
                       struct timing_access *timed, struct vhm_cost *cost);
/* The far reads of a block; `timed` is the array of its accesses. */
void walker_finish (struct walker *walker, struct timing_access *timed,
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
