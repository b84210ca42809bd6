/* Decides whether a guest starts now.
 *
 *   enough available                                      boots
 *   a restart on a host with smart paging, its minimum
 *   available, nothing to be had from others any more     boots with smart paging
 *   has waited as long as a start may                     refused
 *   else                                                  waits
 *
 * What has not come by the end of the wait is not to be had. A start from off is
 * never bridged. A minimum as large as the startup memory leaves nothing to
 * bridge. Cost: O(1).
 * Source: Microsoft, Hyper-V Dynamic Memory overview: smart paging only if the
 * guest is restarting, no physical memory is available and none can be reclaimed
 * from other guests.
 */
#include "start_rule.h"

static bool
is_bridged (const struct vhm_start_facts *f)
{
  return f->is_restart && f->has_smart_paging && f->least < f->needs
         && f->least <= f->available && (f->reclaimable == 0 || f->is_late);
}

enum vhm_start_answer
vhm_start_decide (const struct vhm_start_facts *f)
{
  if (f->needs <= f->available)
    return VHM_START_BOOTS;
  if (is_bridged (f))
    return VHM_START_BRIDGES;
  return f->is_late ? VHM_START_REFUSED : VHM_START_WAITS;
}
