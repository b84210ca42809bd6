/* Which of those who wait a magnetic disk serves next.
 *
 *   the first, if it has waited for longer than max_wait; else
 *   of the reads alone, if reads_first and there are any,
 *   the one of least rank; of equals the first
 *
 *   rank, head h:  arrival    0
 *                  elevator   at - h if at >= h, else beyond all those, at
 *                             (C-LOOK: sweeps up, then begins anew at the
 *                             lowest that waits)
 *                  nearest    0 within the sequential window, else |at - h|
 *                             (shortest seek first: a seek is the longer the
 *                             farther)
 *
 * No one starves: who is first by arrival when it has waited for max_wait is the
 * next, so nobody is passed over after that time, though by then many may have
 * waited as long and be served before it.
 *
 * With n uniform positions to choose from, each replaced when it was served, a
 * sweep up of C-LOOK serves 2 n: those before the head have waited for a whole
 * sweep and lie as dense as it serves, those just behind it are all served, so
 * the n are half of what a sweep serves. A sweep there and back is at most twice
 * the stroke, so a seek is 1 / n of it on average (theory tests).
 *
 * Cost: O(1) each.
 *
 * Source: T. Teorey and T. Pinkerton, "A comparative analysis of disk scheduling
 * policies", CACM 15(3), 1972; B. Worthington, G. Ganger, Y. Patt, "Scheduling
 * algorithms for modern disk drives", SIGMETRICS 1994 (C-LOOK, shortest seek,
 * ageing). From memory, unchecked.
 */
#include "hdd_order.h"

#define BEHIND (UINT64_C (1) << 63) /* larger than any disk */

static uint64_t
distance (const struct hdd_arm *arm, uint64_t at_bytes)
{
  if (hdd_arm_is_sequential (arm, at_bytes))
    return 0;
  return at_bytes > arm->head_bytes ? at_bytes - arm->head_bytes
                                    : arm->head_bytes - at_bytes;
}

uint64_t
hdd_order_rank (const struct hdd_arm *arm, uint64_t at_bytes)
{
  uint64_t at = MIN (at_bytes, arm->config->capacity_bytes);
  uint64_t head = arm->head_bytes;
  switch ((enum hdd_order) arm->config->order) {
  case HDD_ORDER_ELEVATOR:
    return at >= head ? at - head : BEHIND + at;
  case HDD_ORDER_NEAREST:
    return distance (arm, at);
  case HDD_ORDER_ARRIVAL:
  case HDD_N_ORDERS:
    break;
  }
  return 0;
}

static bool
is_before (const struct hdd_pick *new, const struct hdd_pick *old)
{
  if (old->index == VHM_DISK_NONE)
    return true;
  if (old->is_overdue || new->is_read != old->is_read)
    return !old->is_overdue && new->is_read;
  return new->rank < old->rank;
}

void
hdd_order_offer (struct hdd_pick *pick, const struct hdd_arm *arm,
                 const struct vhm_disk_waiting *waiting, uint64_t index,
                 uint64_t at_bytes, uint64_t now_ns)
{
  const struct hdd_config *config = arm->config;
  const struct vhm_disk_waiting *one = &waiting[index];
  const struct hdd_pick new = {
    .index = index,
    .rank = hdd_order_rank (arm, at_bytes),
    .is_read = config->is_reads_first && !one->request.is_write,
    .is_overdue = pick->index == VHM_DISK_NONE
                  && now_ns > one->since_ns + config->max_wait_ns,
  };
  if (is_before (&new, pick))
    *pick = new;
}
