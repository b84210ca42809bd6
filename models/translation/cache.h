/* The data caches between a processor and memory; cache.c. */
#ifndef VHM_MODELS_TRANSLATION_CACHE_H
#define VHM_MODELS_TRANSLATION_CACHE_H

#include "assoc.h"
#include "lines.h"

#include <vhm/model/translation.h>

enum cache_level { CACHE_L1D, CACHE_L2, CACHE_LLC, CACHE_DRAM, CACHE_N_LEVELS };

#define CACHE_LINE_BYTES 64
/* A page's lines: bits of a line number that are the same in any frame. */
#define CACHE_PAGE_LINES 64

/* Either of the two, or none. */
struct vhm_llc {
  struct lines lines;
  struct lines_regions regions;
  struct assoc wide; /* few sets, many ways, or more regions than numbers */
};

struct caches {
  struct assoc l1d, l2;
  vhm_llc *llc; /* the package's */
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
  return (uint32_t) key ^ lines_colour (key);
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

/* A read that missed L1D and L2. */
struct cache_far {
  uint64_t line;
  uint32_t set, tag;    /* in the last-level cache */
  uint8_t access, g, h; /* the reader's: of which access, in which step */
  uint8_t is_in_memory; /* found in no cache */
};

/* Reads n lines from the last-level cache or from memory, in order: says which.
 * They are read from the simulating machine's memory all at once. */
void caches_far (struct caches *caches, struct cache_far *far, uint32_t n);

#endif
