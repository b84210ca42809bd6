/* Decides how far away a cache line is: L1D, L2, last-level cache, memory.
 *
 * Lines of page tables and of data are one kind. A look-up goes outward and
 * leaves the line in every cache it missed in. A line thrown out of one cache
 * stays in the others (neither inclusive nor exclusive), and a hit near by does
 * not refresh the order further out.
 *
 * So what L1D and L2 hold does not depend on where a line came from, and the
 * last-level cache may be asked later, if in the same order (walk.c).
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
cache_init (struct assoc *lines, const struct vhm_cpu_cache *config)
{
  assoc_init (lines, config->size_bytes / CACHE_LINE_BYTES, config->ways);
}

void
caches_init (struct caches *caches, const struct vhm_cpu_config *cpu,
             vhm_llc *llc)
{
  VHM_REQUIRE (llc != NULL);
  cache_init (&caches->l1d, &cpu->l1d);
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
  assoc_clear (&caches->l2);
}

/* --- the last-level cache --------------------------------------------------- */

vhm_llc *
vhm_llc_new (const struct vhm_cpu_config *cpu)
{
  vhm_llc *llc = g_new0 (vhm_llc, 1);
  uint64_t n = cpu->llc.size_bytes / CACHE_LINE_BYTES;
  uint64_t ways = cpu->llc.ways == 0 ? n : cpu->llc.ways;
  if (n == 0 || n % ways != 0 || !lines_suit (n / ways, ways)) {
    cache_init (&llc->wide, &cpu->llc);
    return llc;
  }
  lines_init (&llc->lines, (uint32_t) (n / ways), (uint32_t) ways);
  lines_regions_init (&llc->regions);
  return llc;
}

static void
drop_lines (vhm_llc *llc)
{
  lines_clear (&llc->lines);
  lines_regions_clear (&llc->regions);
}

void
vhm_llc_free (vhm_llc *llc)
{
  if (llc == NULL)
    return;
  drop_lines (llc);
  assoc_clear (&llc->wide);
  g_free (llc);
}

/* No numbers are left for regions: the same lines in the same order under their
 * whole names. */
static void
widen (vhm_llc *llc)
{
  const struct lines *lines = &llc->lines;
  assoc_init (&llc->wide, (uint64_t) lines->n_sets * lines->ways, lines->ways);
  for (uint32_t set = 0; set < lines->n_sets; set++)
    for (uint32_t place = lines->ways; place-- > 0;) {
      uint64_t key = lines_at (lines, &llc->regions, set, place);
      if (key != 0)
        assoc_access (&llc->wide, set, key);
    }
  drop_lines (llc);
}

static void
read_lines (vhm_llc *llc, struct cache_far *far, uint32_t n)
{
  const struct lines *lines = &llc->lines;
  for (uint32_t i = 0; i < n; i++) {
    lines_find (lines, &llc->regions, far[i].line, &far[i].set, &far[i].tag);
    __builtin_prefetch (lines_set (lines, far[i].set), 1);
  }
  for (uint32_t i = 0; i < n; i++)
    far[i].is_in_memory = !lines_access (lines_set (lines, far[i].set),
                                         lines->ways - 1, far[i].tag);
}

static void
read_wide (struct assoc *wide, struct cache_far *far, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    far[i].set = assoc_set (wide, cache_index (far[i].line));
    assoc_prefetch (wide, far[i].set);
  }
  for (uint32_t i = 0; i < n; i++)
    far[i].is_in_memory = !assoc_access (wide, far[i].set, far[i].line);
}

void
caches_far (struct caches *caches, struct cache_far *far, uint32_t n)
{
  vhm_llc *llc = caches->llc;
  if (llc->lines.tags && llc->regions.n + n >= LINES_MAX_REGIONS)
    widen (llc);
  if (llc->lines.tags)
    read_lines (llc, far, n);
  else if (assoc_exists (&llc->wide))
    read_wide (&llc->wide, far, n);
  else
    for (uint32_t i = 0; i < n; i++)
      far[i].is_in_memory = true;
}
