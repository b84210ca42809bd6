/* Decides what an order does to a guest in the state it is in.
 *
 *              start     shutdown  restart  pause  resume  migrate_out
 *   off        starts    -         -        -      -       -
 *   waits      -         withdraws -        -      -       -
 *   on         -         shuts     restarts pauses -       migrates
 *   stopping   -         -         -        -      -       -
 *   paused     -         -         -        -      resumes -
 *   migrating  -         -         -        -      -       -
 *   moved      -         -         -        -      -       -
 *
 * -: refused, which is an incident. A guest that shuts down or is migrated belongs to
 * that until it is over. A paused guest cannot shut itself down, and is not migrated.
 * Orders of one instant are carried out in the order of the file, each on what the
 * one before has left. Cost: O(1).
 * Source: the states and actions of Hyper-V Manager (start, shut down, pause,
 * resume), from memory, unchecked; that all others are refused: assumed.
 */
#include "order_rule.h"

static const char *const now[VHM_N_VM_STATES] = {
  [VHM_VM_OFF] = "it is not on",
  [VHM_VM_WAITS] = "it waits to start",
  [VHM_VM_ON] = "it is on already",
  [VHM_VM_STOPPING] = "it is shutting down already",
  [VHM_VM_PAUSED] = "it is paused",
  [VHM_VM_MIGRATING] = "it is being migrated",
  [VHM_VM_MOVED] = "it has been migrated to another host",
};

#define BIT(order) (1u << VHM_CASE_##order)
static const unsigned done[VHM_N_VM_STATES] = {
  [VHM_VM_OFF] = BIT (START),
  [VHM_VM_ON]
  = BIT (SHUTDOWN) | BIT (RESTART) | BIT (PAUSE) | BIT (MIGRATE_OUT),
  [VHM_VM_PAUSED] = BIT (RESUME),
};

enum vhm_order_answer
vhm_order_decide (enum vhm_vm_state state, enum vhm_case_order order,
                  const char **ret_why)
{
  *ret_why = NULL;
  if (done[state] & 1u << order)
    return VHM_ORDER_DONE;
  *ret_why = now[state];
  if (state == VHM_VM_ON && order == VHM_CASE_RESUME)
    *ret_why = "it is not paused";
  return state == VHM_VM_WAITS && order == VHM_CASE_SHUTDOWN
             ? VHM_ORDER_WITHDRAWS
             : VHM_ORDER_REFUSED;
}
