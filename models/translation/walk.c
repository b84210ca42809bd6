/* Computes what page walks cost, of how often their parts took place.
 *
 * Latency of a walk: the sum of its references' (each address depends on the
 * entry read before), of one look-up in the guest's paging-structure caches, of
 * one in the nested TLB per guest table and of one in the host's caches per host
 * walk, and what starting and ending the walk takes (walk_cyc). So over many
 * walks each account is a sum of counts times latencies, in cycles:
 *
 *     guest    walks x (look-up + walk_cyc) + references of the steps (g, 0)
 *     host     host walks x look-up + nested look-ups + references with h > 0
 *     data     reads of step (0, 0)
 *
 * Counts are exact whatever the order; nothing is rounded on the way.
 */
#include "walk.h"

void
walker_init (struct walker *walker, const struct vhm_cpu_config *cpu,
             vhm_llc *llc)
{
  *walker = (struct walker){ .walk_cyc = cpu->walk_cyc };
  caches_init (&walker->caches, cpu, llc);
  psc_init (&walker->guest, cpu->guest_psc, cpu->psc_cyc);
  psc_init (&walker->host, cpu->host_psc, cpu->psc_cyc);
  assoc_init (&walker->nested, cpu->nested_tlb.entries, cpu->nested_tlb.ways);
  walker->nested_cyc = assoc_exists (&walker->nested) ? cpu->nested_tlb_cyc : 0;
}

void
walker_clear (struct walker *walker)
{
  caches_clear (&walker->caches);
  psc_clear (&walker->guest);
  psc_clear (&walker->host);
  assoc_clear (&walker->nested);
}

/* The references of one step of all walks, or of their data. */
static void
charge_step (const struct walker *walker, unsigned g, unsigned h,
             struct vhm_cost *cost)
{
  const uint64_t *reads = walker->counts.reads[walk_step (g, h)];
  uint64_t n = 0;
  double latency_cyc = 0;
  for (int level = 0; level < CACHE_N_LEVELS; level++) {
    n += reads[level];
    latency_cyc += (double) reads[level] * walker->caches.latency_cyc[level];
  }
  if (g == 0 && h == 0) {
    cost->data_cyc += latency_cyc;
    return;
  }
  cost->references += n;
  cost->dram += reads[CACHE_DRAM];
  cost->step_references[g][h] += n;
  cost->step_cyc[g][h] += latency_cyc;
  *(h == 0 ? &cost->guest_cyc : &cost->host_cyc) += latency_cyc;
}

void
walker_charge (struct walker *walker, double l2_tlb_cyc, struct vhm_cost *cost)
{
  const struct walk_counts *n = &walker->counts;
  cost->accesses += n->accesses;
  cost->l1_misses += n->l1_misses;
  cost->l2_misses += n->l2_misses;
  cost->nested_hits += n->nested_hits;
  cost->psc_hits += n->psc_hits;
  cost->l2_tlb_cyc += (double) (n->l1_misses - n->l2_misses) * l2_tlb_cyc;
  cost->guest_cyc
      += (double) n->l2_misses * (walker->guest.latency_cyc + walker->walk_cyc);
  cost->host_cyc += (double) n->host_walks * walker->host.latency_cyc
                    + (double) n->nested * walker->nested_cyc;
  for (unsigned g = 0; g < VHM_WALK_LEVELS; g++)
    for (unsigned h = 0; h < VHM_WALK_LEVELS; h++)
      charge_step (walker, g, h, cost);
  walker->counts = (struct walk_counts){ 0 };
}
