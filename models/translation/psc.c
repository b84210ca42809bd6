/* Decides at which level a walk may begin.
 *
 * One small array a level of entry (PDE, PDPTE, PML4E, PML5E); an entry there
 * says where the table below it lies, so a walk begins with that table. All
 * levels are asked at once, in one look-up; the deepest hit counts. A walk
 * leaves the entries it read, but no leaf: a 2M page's PDE is in the TLB.
 *
 * An entry of a guest's table under SLAT is a combined one: it names the
 * machine frame of the next table, so that this table needs no host walk (Intel
 * SDM vol. 3, "caching translation information" of VMX support).
 *
 * Left out: hits above the deepest one do not count as use.
 */
#include "psc.h"

#include <vhm/base/require.h>

void
psc_init (struct psc *psc, const struct vhm_cpu_psc *config, double latency_cyc)
{
  *psc = (struct psc){ 0 };
  for (unsigned i = 0; i < VHM_N_PSC_LEVELS; i++) {
    struct assoc *array = &psc->array[PSC_TOP_LEVEL - i];
    assoc_init (array, config[i].entries, config[i].ways);
    if (assoc_exists (array))
      psc->latency_cyc = latency_cyc;
  }
}

void
psc_clear (struct psc *psc)
{
  for (unsigned level = 0; level <= PSC_TOP_LEVEL; level++)
    assoc_clear (&psc->array[level]);
}

uint64_t
psc_drop (struct psc *psc, const struct assoc_rule *rule)
{
  uint64_t n = 0;
  for (unsigned level = 0; level <= PSC_TOP_LEVEL; level++)
    n += assoc_drop (&psc->array[level], rule);
  return n;
}
