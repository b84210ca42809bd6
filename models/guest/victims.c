/* Which of a guest's frames the host takes next.
 *
 *   random     any, with the same chance
 *   clock      from the one longest there, each that has been touched since its
 *              last turn gets another (second chance)
 *   two-lists  active and inactive ones (vhm/model/frame_lists.h): new frames are
 *              active, those read back inactive; where frames read ahead count in
 *              no limit they stand outside until they are used, and go only when
 *              the machine itself is short, then first
 *
 * A frame has been touched if it bears a mark (by the system, a fault or the disk)
 * or if references have reached its page since somebody last asked; asking clears
 * it, as KVM does that has no accessed bits in the EPT.
 *
 * Invariant: victims are backed, not pinned and not under way; a frame stands in a
 * list exactly while it is backed, its own and not on its way out. Cost: O(1) by
 * chance; else O(1) and a look at references a frame passed; 17 bytes a frame.
 * Left out: that a mapping cleared by asking is made again by a fault.
 * Source: Waldspurger 2002, 3.3 (random); Linux 3.7 mm/vmscan.c (lists).
 */
#include "guest.h"

#include <vhm/base/require.h>

void
vhm_victims_init (vhm_guest *g)
{
  struct backing *b = &g->backing;
  uint32_t n = g->config.maximum_pages;
  if (b->swap->victims == VHM_VICTIMS_RANDOM)
    return;
  b->lists = vhm_frame_lists_new (n, (uint32_t) b->swap->batch);
  b->seen = g_new0 (double, n);
}

void
vhm_victims_clear (struct backing *b)
{
  g_clear_pointer (&b->lists, vhm_frame_lists_free);
  g_free (b->seen);
}

uint64_t
vhm_victims_bytes (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  return b->lists ? vhm_frame_lists_bytes (b->lists)
                        + sizeof *b->seen * g->config.maximum_pages
                  : 0;
}

void
vhm_victims_came (struct backing *b, uint32_t gfn, enum vhm_frame_list list)
{
  if (!b->lists)
    return;
  bool is_clock = b->swap->victims == VHM_VICTIMS_CLOCK;
  if (is_clock || (list == VHM_FRAME_AHEAD && !b->swap->ahead_is_free))
    list = VHM_FRAME_INACTIVE;
  vhm_frame_lists_put (b->lists, gfn, list);
}

void
vhm_victims_gone (struct backing *b, uint32_t gfn)
{
  if (b->lists)
    vhm_frame_lists_remove (b->lists, gfn);
}

static bool
can_go (const vhm_guest *g, uint32_t gfn)
{
  const struct backing *b = &g->backing;
  return g->mfn[gfn] != VHM_NO_FRAME && b->pins[gfn] == 0
         && !(b->state[gfn] & (FRAME_BUSY | FRAME_SHARED));
}

/* --- in turn -------------------------------------------------------------------- */

/* By the system, a fault or the disk, which leave a mark, or by references. */
static bool
was_touched (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  bool touched = b->state[gfn] & FRAME_TOUCHED;
  b->state[gfn] &= (uint8_t) ~FRAME_TOUCHED;
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  if (use.kind == VHM_FRAME_KERNEL)
    return vhm_kernel_was_touched (g, gfn) || touched;
  if (use.kind != VHM_FRAME_MAPPED)
    return touched;
  vhm_refs *refs = use.process->refs;
  double seen = b->seen[gfn];
  b->seen[gfn] = vhm_refs_clock (refs);
  return vhm_refs_look (refs, use.page) > seen || touched;
}

static uint32_t
next_in_turn (vhm_guest *g, uint64_t *looks)
{
  struct backing *b = &g->backing;
  uint64_t most = 2 * (uint64_t) b->n_backed;
  for (; most > 0 && *looks > 0; most--) {
    --*looks;
    uint32_t gfn = vhm_frame_lists_oldest (b->lists, VHM_FRAME_INACTIVE);
    if (gfn == VHM_NO_LISTED)
      return NO_GFN;
    bool goes = can_go (g, gfn) && !was_touched (g, gfn);
    vhm_frame_lists_remove (b->lists, gfn);
    if (goes)
      return gfn;
    vhm_frame_lists_put (b->lists, gfn, VHM_FRAME_INACTIVE);
  }
  return NO_GFN;
}

/* --- two lists ------------------------------------------------------------------ */

/* A frame moves on thrice at most before it goes: to active, back, and out. */
#define LOOKS_A_FRAME 4

/* Where the frame that was looked at moves; VHM_N_FRAME_LISTS: out. */
static enum vhm_frame_list
judge (vhm_guest *g, uint32_t gfn)
{
  bool is_active
      = vhm_frame_lists_of (g->backing.lists, gfn) == VHM_FRAME_ACTIVE;
  if (!is_active && !can_go (g, gfn))
    return VHM_FRAME_INACTIVE;
  bool touched = was_touched (g, gfn);
  if (is_active)
    return VHM_FRAME_INACTIVE;
  return touched ? VHM_FRAME_ACTIVE : VHM_N_FRAME_LISTS;
}

/* Read ahead, for nothing up to now. */
static uint32_t
next_ahead (vhm_guest *g)
{
  vhm_frame_lists *lists = g->backing.lists;
  for (uint32_t n = vhm_frame_lists_n (lists, VHM_FRAME_AHEAD); n > 0; n--) {
    uint32_t gfn = vhm_frame_lists_oldest (lists, VHM_FRAME_AHEAD);
    if (can_go (g, gfn))
      return gfn;
    vhm_frame_lists_put (lists, gfn, VHM_FRAME_AHEAD);
  }
  return NO_GFN;
}

static uint32_t
next_of_lists (vhm_guest *g, uint64_t *looks)
{
  struct backing *b = &g->backing;
  uint32_t gfn = vhm_backing_is_short (g) ? next_ahead (g) : NO_GFN;
  *looks -= gfn != NO_GFN;
  uint64_t most = gfn == NO_GFN ? LOOKS_A_FRAME * (uint64_t) b->n_backed : 0;
  for (; most > 0 && *looks > 0; most--) {
    --*looks;
    uint32_t at = vhm_frame_lists_next (b->lists);
    if (at == VHM_NO_LISTED)
      return NO_GFN;
    enum vhm_frame_list to = judge (g, at);
    if (to != VHM_N_FRAME_LISTS) {
      vhm_frame_lists_put (b->lists, at, to);
      continue;
    }
    gfn = at;
    break;
  }
  if (gfn != NO_GFN)
    vhm_frame_lists_remove (b->lists, gfn);
  return gfn;
}

/* --- chance --------------------------------------------------------------------- */

/* Draws before it looks at all frames in order. */
#define MANY_DRAWS 1000

static uint32_t
next_by_chance (vhm_guest *g)
{
  uint32_t gfn = 0;
  for (int i = 0; i < MANY_DRAWS; i++) {
    gfn = (uint32_t) vhm_rng_below (&g->backing.rng, g->n_visible);
    if (can_go (g, gfn))
      return gfn;
  }
  for (uint32_t i = 0; i < g->n_visible; i++, gfn++)
    if (can_go (g, gfn % g->n_visible))
      return gfn % g->n_visible;
  return NO_GFN;
}

uint32_t
vhm_victims_next (vhm_guest *g, uint64_t *looks)
{
  if (*looks == 0)
    return NO_GFN;
  switch ((enum vhm_victims) g->backing.swap->victims) {
  case VHM_VICTIMS_CLOCK:
    return next_in_turn (g, looks);
  case VHM_VICTIMS_TWO_LISTS:
    return next_of_lists (g, looks);
  case VHM_VICTIMS_RANDOM:
  case VHM_N_VICTIMS:
    break;
  }
  --*looks;
  return next_by_chance (g);
}

const char *
vhm_victims_audit (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  const char *wrong = b->lists ? vhm_frame_lists_audit (b->lists) : NULL;
  for (uint32_t gfn = 0; b->lists && gfn < g->n_visible && !wrong; gfn++) {
    enum vhm_frame_list list = vhm_frame_lists_of (b->lists, gfn);
    bool can_stay = g->mfn[gfn] != VHM_NO_FRAME
                    && !(b->state[gfn] & (FRAME_WRITING | FRAME_SHARED));
    if ((list != VHM_N_FRAME_LISTS) != can_stay)
      wrong = "a frame has a turn as a victim and cannot go, or has none";
    if (list == VHM_FRAME_AHEAD
        && !(b->state[gfn] & (FRAME_READING | FRAME_READY | FRAME_WANTED)))
      wrong = "a frame in use counts in no limit";
  }
  return wrong;
}
