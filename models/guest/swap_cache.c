/* Frames in memory that still have their slot in the swap file.
 *
 *   READY   read ahead and not touched: the slot holds the same, so the frame can
 *           go without a write
 *   KEEPS   touched since, but not written: it is written again when it goes, to
 *           the same slot
 *
 * A frame that a fault waited for is fetched for writing and gives its slot up at
 * once; so does one that is written, and every touched one when the file is more
 * than half full, or where the host keeps no slots. With stretches of s slots read
 * at a fault, and pages used in the order of the file once a pass, each fault takes
 * one page out of its stretch, to lie with others that faulted; so stretches fall
 * apart, and
 *
 *   faults (pass k + 1) = faults (pass k) (1 + 1 / s).
 *
 * A page mapped in a frame that keeps its slot is write-protected: the first write
 * is a minor fault.
 *
 * Frames read ahead count in no limit where the host is so configured; to use one
 * then takes room like any other, and it waits for that.
 *
 * Invariant: a KEEPS frame is backed and has a slot. Cost: O(1) a touch.
 * Source: Linux 3.7 mm/memory.c (do_swap_page, reuse_swap_page), mm/swapfile.c
 * (vm_swap_full), virt/kvm/async_pf.c (get_user_pages for writing), from memory,
 * unchecked; the growth by 1/8 a pass: VSwapper (ASPLOS 2014), figure 9c, where 7
 * passes give a factor of 2.03 = 1.125^6.
 */
#include "guest.h"

#include <vhm/base/require.h>

static bool
is_half_full (const vhm_swap_space *space)
{
  return 2 * (uint64_t) vhm_swap_space_n_used (space)
         > vhm_swap_space_n_slots (space);
}

void
vhm_backing_used (vhm_guest *g, uint32_t gfn, bool write)
{
  struct backing *b = &g->backing;
  b->state[gfn] &= (uint8_t) ~FRAME_READY;
  if (b->swap->keeps_slots && !write && !is_half_full (b->space))
    b->state[gfn] |= FRAME_KEEPS;
  else
    vhm_swap_space_drop (b->space, gfn);
}

void
vhm_backing_wrote (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  if (!vhm_backing_keeps_slot (b, gfn))
    return;
  b->state[gfn] &= (uint8_t) ~FRAME_KEEPS;
  vhm_swap_space_drop (b->space, gfn);
}

bool
vhm_backing_is_ahead (const struct backing *b, uint32_t gfn)
{
  return b->lists && vhm_frame_lists_of (b->lists, gfn) == VHM_FRAME_AHEAD;
}

bool
vhm_backing_admit (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  if (!vhm_backing_has_room (g))
    vhm_backing_make_room_but (g, gfn);
  bool now = vhm_backing_has_room (g);
  if (now)
    vhm_victims_came (b, gfn, VHM_FRAME_INACTIVE);
  else
    vhm_backing_want (g, gfn);
  vhm_backing_make_room_but (g, gfn);
  return now;
}
