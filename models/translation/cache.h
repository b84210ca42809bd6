/* The data caches between a processor and memory; cache.c. */
#ifndef VHM_MODELS_TRANSLATION_CACHE_H
#define VHM_MODELS_TRANSLATION_CACHE_H

#include "assoc.h"
#include "lines.h"

#include <vhm/model/translation.h>

enum cache_level { CACHE_L1D, CACHE_L2, CACHE_LLC, CACHE_DRAM, CACHE_N_LEVELS };

/* A page's lines: bits of a line number that are the same in any frame. */
#define CACHE_PAGE_LINES 64

/* L2 or last-level cache: one of the two, or none. */
struct cache {
  struct lines lines;
  struct assoc wide; /* few sets, many ways, or more regions than numbers */
};

struct vhm_llc {
  struct cache cache;
  struct lines_regions regions; /* of all caches of the package */
};

struct caches {
  struct assoc l1d;
  struct cache l2;
  vhm_llc *llc; /* the package's */
  double latency_cyc[CACHE_N_LEVELS];
};

void caches_init (struct caches *caches, const struct vhm_cpu_config *cpu,
                  vhm_llc *llc);
void caches_clear (struct caches *caches);

/* No numbers are left for regions: whole names from now on. */
void cache_widen (struct cache *cache, const struct lines_regions *regions);

/* Where a line competes: neighbours go to neighbouring sets; which pages meet
 * differs from one guest, table and stretch of memory to the next. */
static inline uint32_t
cache_index (uint64_t key)
{
  return (uint32_t) key ^ lines_colour (key);
}

#endif
