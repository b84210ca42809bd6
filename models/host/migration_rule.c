/* Decides what a migration does when a round of sending is over.
 *
 *   what was written meanwhile can be sent in the stop time    stops the guest
 *   the round left no less than it sent (the guest writes as
 *   fast as the link sends), or it was the last one allowed     forces, or gives up
 *   else                                                        another round
 *
 * With pages written at a constant rate D and a link of rate B, each round leaves
 * D / B of what it sent, so that n rounds after the first, of V, have sent
 *
 *   V (1 - (D / B)^(n + 1)) / (1 - D / B)    in that, divided by B, time.
 *
 * Cost: O(1).
 * Source: Clark et al., Live migration of virtual machines, NSDI 2005, 3 and 5
 * (rounds of pre-copy, stopped when few pages are left, when there are too many
 * rounds, or when no progress is made; from memory, unchecked).
 */
#include "migration_rule.h"

#include <vhm/base/units.h>

static bool
fits (const struct vhm_migration_facts *f)
{
  unsigned __int128 ns
      = (unsigned __int128) vhm_pages_to_bytes (f->dirty_pages) * VHM_NS_PER_S;
  return ns <= (unsigned __int128) f->stop_ns * f->bytes_per_s;
}

enum vhm_migration_answer
vhm_migration_decide (const struct vhm_migration_facts *f)
{
  if (fits (f))
    return VHM_MIGRATION_STOPS;
  if (f->dirty_pages < f->sent_pages && f->n_rounds < f->most_rounds)
    return VHM_MIGRATION_SENDS;
  return f->gives_up ? VHM_MIGRATION_GIVES_UP : VHM_MIGRATION_FORCES;
}
