/* The guests of a host that takes frames from all of them when it has too few for
 * one that waits, and not from that one alone. A guest with a swap file that is
 * given one takes part while it runs; what it has beyond a limit of its own is
 * taken from itself.
 */
#ifndef VHM_MODEL_GLOBAL_RECLAIM_H
#define VHM_MODEL_GLOBAL_RECLAIM_H

#include <vhm/model/guest.h>

vhm_global_reclaim *vhm_global_reclaim_new (vhm_engine *engine,
                                            vhm_machine *machine);
/* After its guests. */
void vhm_global_reclaim_free (vhm_global_reclaim *reclaim);
/* Frames looked at, of this guest, since it was booted. */
uint64_t vhm_global_reclaim_looks (const vhm_global_reclaim *reclaim,
                                   const vhm_guest *guest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_global_reclaim, vhm_global_reclaim_free)

#endif
