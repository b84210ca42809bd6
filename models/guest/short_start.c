/* Starts a guest with less machine memory than it sees, and makes one like others
 * of it later.
 *
 * While it lasts, frames are given at touch within a limit (backing.c,
 * host_fault.c), and what is beyond goes to a file (swap_out.c). It is over when
 * nothing lies in the file or is on its way: frames never touched get memory then,
 * as if they had been given at the start.
 *
 * Invariant: after vhm_guest_back_all a visible frame is backed, shared,
 * compressed or ballooned. Cost: O(slots) to read back, O(visible
 * frames) to back all.
 * Source: Microsoft, Hyper-V Dynamic Memory overview (smart paging).
 */
#include "guest.h"

#include <vhm/base/require.h>
#include <vhm/model/short_start.h>

void
vhm_guest_start_short (vhm_guest *g, const struct vhm_short_start *how)
{
  VHM_REQUIRE (!g->mfn && how->limit_pages > 0);
  struct vhm_guest_config *c = &g->config;
  c->backed_at_touch = true;
  c->limit_pages = how->limit_pages;
  if (c->swap)
    return;
  c->swap = how->swap;
  c->swap_disk = how->disk;
  c->swap_at_bytes = how->at_bytes;
  c->swap_bytes = how->size_bytes;
}

uint32_t
vhm_guest_read_back (vhm_guest *g, uint32_t n)
{
  VHM_REQUIRE (g->backing.space);
  struct backing *b = &g->backing;
  uint64_t before = b->count.swapped_in;
  if (vhm_swap_space_n_used (b->space) == 0)
    return 0;
  vhm_guest_begin (g);
  uint32_t gfn = vhm_swap_space_next (b->space, 0);
  while (gfn != NO_GFN && b->count.swapped_in - before < n) {
    uint32_t slot = vhm_swap_space_slot (b->space, gfn);
    if (vhm_backing_keeps_slot (b, gfn))
      vhm_backing_wrote (g, gfn); /* it is in memory; its slot is given up */
    else if (!(b->state[gfn] & FRAME_READING))
      vhm_backing_touch (g, gfn, NULL, true);
    gfn = vhm_swap_space_next (b->space, slot + 1);
  }
  vhm_guest_end (g);
  return (uint32_t) (b->count.swapped_in - before);
}

static bool
is_untouched (const vhm_guest *g, uint32_t gfn)
{
  return g->mfn[gfn] == VHM_NO_FRAME && !vhm_compressed_has (&g->backing, gfn)
         && g->os->frame_use (g->os_state, gfn).kind != VHM_FRAME_BALLOON;
}

static void
back_untouched (vhm_guest *g)
{
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    if (is_untouched (g, gfn))
      vhm_backing_gain (g, gfn, VHM_FRAME_ACTIVE);
}

bool
vhm_guest_back_all (vhm_guest *g)
{
  struct backing *b = &g->backing;
  VHM_REQUIRE (b->space && g->running);
  if (vhm_swap_space_n_used (b->space) > 0 || b->transfers->len > 0
      || b->wants->len > 0)
    return false;
  uint64_t n = 0;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    n += is_untouched (g, gfn);
  if (n > vhm_machine_n_spare (g->around.machine))
    return false;
  vhm_guest_begin (g);
  back_untouched (g);
  g->config.backed_at_touch = false;
  vhm_guest_end (g);
  return true;
}
