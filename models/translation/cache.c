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
  caches->llc = &llc->lines;
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

vhm_llc *
vhm_llc_new (const struct vhm_cpu_config *cpu)
{
  vhm_llc *llc = g_new0 (vhm_llc, 1);
  cache_init (&llc->lines, &cpu->llc);
  return llc;
}

void
vhm_llc_free (vhm_llc *llc)
{
  if (llc == NULL)
    return;
  assoc_clear (&llc->lines);
  g_free (llc);
}
