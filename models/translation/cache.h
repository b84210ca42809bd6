/* The data caches between a processor and memory; cache.c. */
#ifndef VHM_MODELS_TRANSLATION_CACHE_H
#define VHM_MODELS_TRANSLATION_CACHE_H

#include "assoc.h"

#include <vhm/model/translation.h>

enum cache_level { CACHE_L1D, CACHE_L2, CACHE_LLC, CACHE_DRAM, CACHE_N_LEVELS };

#define CACHE_LINE_BYTES 64
/* A page's lines: bits of a line number that are the same in any frame. */
#define CACHE_PAGE_LINES 64

struct vhm_llc {
  struct assoc lines;
};

struct caches {
  struct assoc l1d, l2;
  struct assoc *llc; /* the package's */
  double latency_cyc[CACHE_N_LEVELS];
};

void caches_init (struct caches *caches, const struct vhm_cpu_config *cpu,
                  vhm_llc *llc);
void caches_clear (struct caches *caches);

/* Where a line competes: neighbours go to neighbouring sets; which pages meet
 * differs from one guest, table and stretch of memory to the next. */
static inline uint32_t
cache_index (uint64_t key)
{
  uint64_t colour = ((key >> 31) * ASSOC_GOLDEN) >> 32;
  return (uint32_t) (key ^ (colour & ~(uint64_t) (CACHE_PAGE_LINES - 1)));
}

static inline bool
cache_find (struct assoc *cache, uint32_t index, uint64_t key)
{
  return assoc_exists (cache)
         && assoc_access (cache, assoc_set (cache, index), key);
}

/* Reads a line from the processor's own caches: L1D, L2, or further out (as
 * CACHE_LLC). It is in both now. */
__attribute__ ((always_inline)) static inline enum cache_level
caches_near (struct caches *caches, uint64_t key)
{
  uint32_t index = cache_index (key);
  if (cache_find (&caches->l1d, index, key))
    return CACHE_L1D;
  return cache_find (&caches->l2, index, key) ? CACHE_L2 : CACHE_LLC;
}

/* The set of the last-level cache in which to look for a line; is read from the
 * simulating machine's memory meanwhile. */
static inline uint32_t
caches_far_set (const struct caches *caches, uint64_t key)
{
  if (!assoc_exists (caches->llc))
    return 0;
  uint32_t set = assoc_set (caches->llc, cache_index (key));
  assoc_prefetch (caches->llc, set);
  return set;
}

/* Reads it from there or from memory. */
static inline enum cache_level
caches_far (struct caches *caches, uint32_t set, uint64_t key)
{
  return assoc_exists (caches->llc) && assoc_access (caches->llc, set, key)
             ? CACHE_LLC
             : CACHE_DRAM;
}

#endif
