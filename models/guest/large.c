/* Large backing for a guest that gets its memory as it touches it.
 *
 * The first touch of a frame takes a whole block of the machine, 512 frames in a
 * run, if the host gives blocks and
 *
 *   - the guest sees all of its own block, and nothing has ever been in it or all
 *     of that is gone: no frame of it is backed, swapped, compressed, ballooned or
 *     waited for;
 *   - the machine has a whole block that is free;
 *   - so many frames can be had now that those who wait get theirs as well, and
 *     that under a limit nothing has to be taken for it.
 *
 * Else it takes one frame, as ever. Whoever touches pays for zeroing 2 MiB. What
 * nobody has touched of the block by now is the waste of rounding up: of n / 512
 * blocks, k first touches at random places take
 *
 *   n / 512 (1 - C(n - 512, k) / C(n, k))      in the mean.
 *
 * The block is broken when the first of its frames is taken or shared, or when the
 * host breaks it before that; 511 small pages stay. What sharing has noted of
 * them is shared then (share.c).
 *
 * Invariant: the bit in `unused` is set for backed frames of the guest's own that came so
 * and were not touched since; n_unused counts them. Cost: O(512) a block that
 * comes; a first touch that takes one frame while the machine has whole blocks
 * looks at up to 512 frames.
 * Left out: collapsing small pages into a large one again (khugepaged, and ESX
 * when memory is plenty); compacting the machine's memory to get a whole block.
 * Source: Linux mm/huge_memory.c (do_huge_pmd_anonymous_page: the whole range must
 * be empty); ESX: Mem.AllocGuestLargePage.
 */
#include "guest.h"

#include <string.h>

#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)

/* Frames that a taking ahead of need must leave for the next touches. */
static uint32_t
spare (const struct backing *b)
{
  return b->swap && b->n_limit < UINT32_MAX ? (uint32_t) b->swap->batch : 0;
}

static bool
is_empty (const vhm_guest *g, uint32_t first)
{
  const struct backing *b = &g->backing;
  for (uint32_t gfn = first; gfn < first + BLOCK; gfn++)
    if (g->mfn[gfn] != VHM_NO_FRAME)
      return false;
  for (uint32_t gfn = first; gfn < first + BLOCK; gfn++) {
    bool is_away
        = b->state[gfn] & FRAME_BUSY || vhm_compressed_has (b, gfn)
          || (b->space && vhm_swap_space_slot (b->space, gfn) != VHM_NO_SLOT);
    if (is_away
        || g->os->frame_use (g->os_state, gfn).kind == VHM_FRAME_BALLOON)
      return false;
  }
  return true;
}

static bool
can_come (const vhm_guest *g, uint32_t first)
{
  const struct backing *b = &g->backing;
  uint64_t needs = BLOCK + (uint64_t) b->wants->len + spare (b);
  return g->config.large_at_touch && !b->holds_large
         && first + BLOCK <= g->n_visible
         && vhm_machine_has_block (g->around.machine)
         && vhm_backing_room (g) >= needs && is_empty (g, first);
}

bool
vhm_large_come (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  struct backing *b = &g->backing;
  uint32_t first = gfn / BLOCK * BLOCK;
  if (!can_come (g, first))
    return false;
  vhm_machine_take (g->around.machine, g->owner, first, BLOCK, g->mfn);
  vhm_blocks_came (&g->blocks, g->mfn, first, BLOCK);
  b->n_backed += BLOCK;
  b->count.block_touches++;
  for (uint32_t i = first; i < first + BLOCK; i++) {
    vhm_victims_came (b, i, VHM_FRAME_ACTIVE);
    vhm_dirty_mark (g, i);
  }
  memset (b->unused + first / 64, 0xff, BLOCK / 8);
  b->n_unused += BLOCK;
  vhm_large_used (b, gfn);
  if (process)
    vhm_process_charge (
        process, VHM_ACCOUNT_HOST_FAULT,
        vhm_ns_to_cycles (g->around.clock_hz, g->config.large_ns));
  return true;
}

void
vhm_large_break (vhm_guest *g, uint32_t gfn)
{
  bool has_entry = vhm_entries_has (&g->entries, gfn);
  vhm_guest_charge_splits (g, vhm_share_broke (g, gfn) && has_entry);
}

void
vhm_guest_break_blocks (vhm_guest *g)
{
  if (!g->running || g->blocks.n_large == 0)
    return;
  vhm_guest_begin (g);
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn += BLOCK)
    vhm_large_break (g, gfn);
  vhm_guest_end (g);
}

void
vhm_guest_hold_large (vhm_guest *g, bool hold)
{
  g->backing.holds_large = hold;
}
