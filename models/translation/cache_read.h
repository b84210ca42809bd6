/* Reads of a block of accesses, through one cache after the other; cache.c.
 *
 * Each sweep leaves those that the cache did not have for the next one. Nothing
 * branches on what was found. */
#ifndef VHM_MODELS_TRANSLATION_CACHE_READ_H
#define VHM_MODELS_TRANSLATION_CACHE_READ_H

#include "cache.h"

/* Reads of a block at most. */
#define CACHE_MOST_READS 2304

struct cache_reads {
  uint32_t n;
  uint64_t line[CACHE_MOST_READS];
  uint8_t level[CACHE_MOST_READS]; /* enum cache_level: found there */
  /* those not found yet, and where they belong in the cache at hand */
  uint32_t n_far;
  uint16_t far[CACHE_MOST_READS];
  uint32_t set[CACHE_MOST_READS], tag[CACHE_MOST_READS];
};

/* All reads go through the first cache, which is one of whole names. */
static inline void
cache_sweep_first (const struct assoc *cache, struct cache_reads *reads)
{
  const struct assoc shape = *cache; /* stays in registers */
  uint32_t n_far = 0;
  for (uint32_t i = 0; i < reads->n; i++) {
    uint64_t line = reads->line[i];
    uint32_t set = assoc_set (&shape, cache_index (line));
    bool is_far = !assoc_access (&shape, set, line);
    reads->far[n_far] = (uint16_t) i;
    reads->level[i] = is_far ? CACHE_L2 : CACHE_L1D;
    n_far += is_far;
  }
  reads->n_far = n_far;
}

/* Through another one of this kind. */
static inline void
cache_sweep_wide (const struct assoc *cache, struct cache_reads *reads)
{
  const struct assoc shape = *cache; /* stays in registers */
  uint32_t n_far = 0;
  for (uint32_t k = 0; k < reads->n_far; k++) {
    uint16_t i = reads->far[k];
    uint64_t line = reads->line[i];
    uint32_t set = assoc_set (&shape, cache_index (line));
    bool is_far = !assoc_access (&shape, set, line);
    reads->far[n_far] = i;
    reads->level[i] = (uint8_t) (reads->level[i] + is_far);
    n_far += is_far;
  }
  reads->n_far = n_far;
}

/* The tables are far away themselves: all that is needed of them is fetched
 * before the first one is. */
static inline void
cache_sweep_lines (const struct lines *lines, struct lines_regions *regions,
                   struct cache_reads *reads)
{
  const struct lines shape = *lines;
  uint32_t n_far = 0;
  for (uint32_t k = 0; k < reads->n_far; k++) {
    lines_find (&shape, regions, reads->line[reads->far[k]], &reads->set[k],
                &reads->tag[k]);
    __builtin_prefetch (lines_set (&shape, reads->set[k]), 1);
  }
  for (uint32_t k = 0; k < reads->n_far; k++) {
    uint16_t i = reads->far[k];
    bool is_far = !newest_access_tag (lines_set (&shape, reads->set[k]),
                                      shape.ways, reads->tag[k]);
    reads->far[n_far] = i;
    reads->level[i] = (uint8_t) (reads->level[i] + is_far);
    n_far += is_far;
  }
  reads->n_far = n_far;
}

/* None is found in a cache that does not exist. */
static inline void
cache_pass (struct cache_reads *reads)
{
  for (uint32_t k = 0; k < reads->n_far; k++)
    reads->level[reads->far[k]]++;
}

static inline void
cache_sweep (struct cache *cache, struct lines_regions *regions,
             struct cache_reads *reads)
{
  if (cache->lines.tags && regions->n + reads->n_far >= LINES_MAX_REGIONS)
    cache_widen (cache, regions);
  if (cache->lines.tags)
    cache_sweep_lines (&cache->lines, regions, reads);
  else if (assoc_exists (&cache->wide))
    cache_sweep_wide (&cache->wide, reads);
  else
    cache_pass (reads);
}

static inline void
cache_pass_first (struct cache_reads *reads)
{
  reads->n_far = reads->n;
  for (uint32_t i = 0; i < reads->n; i++) {
    reads->far[i] = (uint16_t) i;
    reads->level[i] = CACHE_L2;
  }
}

/* Where each of the lines is: in order, as if read one by one. */
static inline void
caches_read (struct caches *caches, struct cache_reads *reads)
{
  if (assoc_exists (&caches->l1d))
    cache_sweep_first (&caches->l1d, reads);
  else
    cache_pass_first (reads);
  cache_sweep (&caches->l2, &caches->llc->regions, reads);
  cache_sweep (&caches->llc->cache, &caches->llc->regions, reads);
}

#endif
