/* Page walks in one and two dimensions; walk.c. */
#ifndef VHM_MODELS_TRANSLATION_WALK_H
#define VHM_MODELS_TRANSLATION_WALK_H

#include "cache.h"
#include "psc.h"

/* What a walk reads through. */
struct walker {
  struct caches caches;
  struct psc guest, host;
  struct assoc nested;
  double nested_cyc; /* of a look-up in the nested TLB */
  double walk_cyc;   /* of a walk, besides what it looks up and reads */
};

void walker_init (struct walker *walker, const struct vhm_cpu_config *cpu,
                  vhm_llc *llc);
void walker_clear (struct walker *walker);

/* Walks for one access, adds its references to *cost, returns its latency. */
double walker_walk (struct walker *walker, const struct vhm_space *space,
                    const struct vhm_access *access, struct vhm_cost *cost);
/* The cache lines of the leaf entries of such a walk will be read soon. */
void walker_prefetch (const struct walker *walker,
                      const struct vhm_space *space,
                      const struct vhm_access *access);

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
