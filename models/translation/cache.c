/* Decides how far away a cache line is: L1D, L2, last-level cache, memory.
 *
 * Lines of page tables and of data are one kind. A look-up goes outward and
 * leaves the line in every cache it missed in. A line thrown out of one cache
 * stays in the others (neither inclusive nor exclusive), and a hit near by does
 * not refresh the order further out.
 *
 * So what a cache holds depends on the order of what it is asked alone, and a
 * block of reads may go through one cache after the other: through the next one
 * those that the one before did not have (cache_read.h).
 *
 * Cost: O(1) a look-up. The tables of the last-level cache are larger than the
 * caches of the machine that simulates; they are read ahead.
 *
 * Left out: write-backs and coherence (no latency of a load depends on them
 * here), prefetchers, instruction caches, hashing of slices beyond an even
 * spread. Memory has one latency.
 */
#include "cache.h"

#include <vhm/base/require.h>

#define NS_PER_S 1e9

static void
assoc_of_cache (struct assoc *lines, const struct vhm_cpu_cache *config)
{
  assoc_init (lines, config->size_bytes / VHM_LINE_BYTES, config->ways);
}

static void
cache_init (struct cache *cache, const struct vhm_cpu_cache *config)
{
  *cache = (struct cache){ 0 };
  uint64_t n = config->size_bytes / VHM_LINE_BYTES;
  uint64_t ways = config->ways == 0 ? n : config->ways;
  if (n == 0 || n % ways != 0 || !lines_suit (n / ways, ways))
    assoc_of_cache (&cache->wide, config);
  else
    lines_init (&cache->lines, (uint32_t) (n / ways), (uint32_t) ways);
}

static void
cache_clear (struct cache *cache)
{
  lines_clear (&cache->lines);
  assoc_clear (&cache->wide);
}

/* The same lines in the same order under their whole names. */
void
cache_widen (struct cache *cache, const struct lines_regions *regions)
{
  const struct lines *lines = &cache->lines;
  assoc_init (&cache->wide, (uint64_t) lines->n_sets * lines->ways,
              lines->ways);
  for (uint32_t set = 0; set < lines->n_sets; set++)
    for (uint32_t place = lines->ways; place-- > 0;) {
      uint64_t key = lines_at (lines, regions, set, place);
      if (key != 0)
        assoc_access (&cache->wide, set, key);
    }
  lines_clear (&cache->lines);
}

/* --- one processor's, and the package's --------------------------------------- */

void
caches_init (struct caches *caches, const struct vhm_cpu_config *cpu,
             vhm_llc *llc)
{
  VHM_REQUIRE (llc != NULL);
  assoc_of_cache (&caches->l1d, &cpu->l1d);
  cache_init (&caches->l2, &cpu->l2);
  caches->llc = llc;
  caches->latency_cyc[CACHE_L1D] = cpu->l1d.latency_cyc;
  caches->latency_cyc[CACHE_L2] = cpu->l2.latency_cyc;
  caches->latency_cyc[CACHE_LLC] = cpu->llc.latency_cyc;
  caches->latency_cyc[CACHE_DRAM]
      = (double) cpu->dram_ns * (double) cpu->clock_hz / NS_PER_S;
}

void
caches_clear (struct caches *caches)
{
  assoc_clear (&caches->l1d);
  cache_clear (&caches->l2);
}

vhm_llc *
vhm_llc_new (const struct vhm_cpu_config *cpu)
{
  vhm_llc *llc = g_new0 (vhm_llc, 1);
  cache_init (&llc->cache, &cpu->llc);
  lines_regions_init (&llc->regions);
  return llc;
}

void
vhm_llc_free (vhm_llc *llc)
{
  if (llc == NULL)
    return;
  cache_clear (&llc->cache);
  lines_regions_clear (&llc->regions);
  g_free (llc);
}
