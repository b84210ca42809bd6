/* Paging-structure caches of one dimension; psc.c. */
#ifndef VHM_MODELS_TRANSLATION_PSC_H
#define VHM_MODELS_TRANSLATION_PSC_H

#include "address.h"
#include "assoc.h"

#define PSC_TOP_LEVEL 5

struct psc {
  struct assoc array[PSC_TOP_LEVEL + 1]; /* by level of the entry: 5..2 */
  double latency_cyc;                    /* of a look-up; 0 if there is none */
};

void psc_init (struct psc *psc, const struct vhm_cpu_psc *config,
               double latency_cyc);
void psc_clear (struct psc *psc);
uint64_t psc_drop (struct psc *psc, const struct assoc_rule *rule);

/* The level at which a walk to a leaf of level `leaf` begins to read: below the
 * deepest entry at hand, else `top`. `number` is the page or frame number, `tag`
 * whose it is. The entries that the walk reads from there on are at hand now:
 * nothing asks for them before it ends. */
static inline unsigned
psc_find (struct psc *psc, uint64_t tag, uint64_t number, unsigned leaf,
          unsigned top)
{
  for (unsigned level = leaf + 1; level <= top; level++) {
    struct assoc *array = &psc->array[level];
    uint64_t entry = address_entry (number, level);
    if (assoc_exists (array)
        && assoc_access (array, assoc_set (array, (uint32_t) entry),
                         tag | entry))
      return level - 1;
  }
  return top;
}

#endif
