/* Which of a guest's frames lie in machine memory: giving them and taking them
 * back, one by one or in blocks.
 *
 * Where the host gives all memory at the start and never takes any away unseen,
 * nothing is kept but the number of backed frames. Otherwise: two bytes of flags
 * a guest frame, a slot number of four where there is a swap file, and 17 more if
 * victims are taken in turn.
 *
 * Invariant: a visible frame is backed, ballooned, swapped, compressed or
 * untouched, and only one of these, but that a frame read ahead is backed and keeps
 * its slot (swap_cache.c), and one being written has both until that is done. Cost: O(1) a frame.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <string.h>

void
vhm_backing_init (vhm_guest *g)
{
  struct backing *b = &g->backing;
  const struct vhm_guest_config *c = &g->config;
  *b = (struct backing){ .n_limit = UINT32_MAX };
  if (c->limit_pages > 0)
    b->n_limit = c->limit_pages;
  b->guest_transfers = g_ptr_array_new_with_free_func (g_free);
  if (!c->swap && !c->backed_at_touch && !g->around.shared)
    return;
  b->swap = c->swap;
  b->state = g_new0 (uint8_t, c->maximum_pages);
  b->pins = g_new0 (uint8_t, c->maximum_pages);
  b->waiters = g_array_new (FALSE, FALSE, sizeof (struct frame_waiter));
  b->wants = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  b->transfers = g_ptr_array_new_with_free_func (g_free);
  b->rng = vhm_guest_stream (g, "victims");
  if (c->backed_at_touch && c->large_at_touch)
    b->unused = g_new0 (uint64_t, c->maximum_pages / 64 + 1);
  if (!b->swap)
    return;
  b->space = vhm_swap_space_new (c->maximum_pages,
                                 (uint32_t) vhm_bytes_to_pages (c->swap_bytes));
  if (b->swap->cluster > 1)
    vhm_swap_space_set_cluster (b->space, (uint32_t) b->swap->cluster);
  b->outs = g_array_new (FALSE, FALSE, sizeof (struct frame_out));
  vhm_victims_init (g);
  vhm_compressed_init (g);
}

void
vhm_backing_clear (vhm_guest *g)
{
  struct backing *b = &g->backing;
  g_clear_pointer (&b->space, vhm_swap_space_free);
  g_clear_pointer (&b->waiters, g_array_unref);
  g_clear_pointer (&b->wants, g_array_unref);
  g_clear_pointer (&b->outs, g_array_unref);
  g_clear_pointer (&b->transfers, g_ptr_array_unref);
  g_clear_pointer (&b->guest_transfers, g_ptr_array_unref);
  g_free (b->state);
  g_free (b->pins);
  g_free (b->unused);
  vhm_victims_clear (b);
  vhm_compressed_clear (g);
  vhm_kernel_clear (&b->kernel);
}

void
vhm_backing_stop (vhm_guest *g)
{
  struct backing *b = &g->backing;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    if (g->mfn[gfn] != VHM_NO_FRAME)
      vhm_share_leave (g, gfn);
  b->n_backed = b->n_shared = b->n_writing = b->n_unused = 0;
  if (vhm_backing_is_all_there (b))
    return;
  g_array_set_size (b->waiters, 0);
  g_array_set_size (b->wants, 0);
  for (uint32_t gfn = 0; b->space && gfn < g->n_visible; gfn++)
    vhm_swap_space_drop (b->space, gfn);
  vhm_compressed_stop (g);
}

void
vhm_backing_add (vhm_guest *g, uint32_t first, uint32_t n)
{
  struct backing *b = &g->backing;
  if (g->config.backed_at_touch) {
    memset (g->mfn + first, 0xff, n * sizeof *g->mfn);
    return;
  }
  vhm_machine_take (g->around.machine, g->owner, first, n, g->mfn);
  vhm_blocks_came (&g->blocks, g->mfn, first, n);
  b->n_backed += n;
  for (uint32_t gfn = first; gfn < first + n; gfn++) {
    vhm_victims_came (b, gfn, VHM_FRAME_ACTIVE);
    vhm_dirty_mark (g, gfn);
  }
}

void
vhm_backing_gain (vhm_guest *g, uint32_t gfn, enum vhm_frame_list list)
{
  VHM_ASSERT (g->mfn[gfn] == VHM_NO_FRAME);
  vhm_machine_take (g->around.machine, g->owner, gfn, 1, g->mfn);
  struct backing *b = &g->backing;
  b->n_backed++;
  vhm_victims_came (b, gfn, list);
}

bool
vhm_backing_lose (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  bool has_entry = vhm_entries_has (&g->entries, gfn);
  VHM_ASSERT (g->mfn[gfn] != VHM_NO_FRAME);
  vhm_large_used (b, gfn);
  vhm_share_leave (g, gfn);
  g->mfn[gfn] = VHM_NO_FRAME;
  vhm_entries_lost (&g->entries, gfn);
  vhm_victims_gone (b, gfn);
  return vhm_share_broke (g, gfn) && has_entry;
}

bool
vhm_backing_release (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  if (!vhm_backing_is_all_there (b)) {
    if (b->state[gfn] & (FRAME_WRITING | FRAME_READING))
      vhm_backing_take_out (g, gfn);
    for (guint i = 0; b->state[gfn] & FRAME_WANTED && i < b->wants->len; i++)
      if (g_array_index (b->wants, uint32_t, i) == gfn)
        g_array_remove_index (b->wants, i);
    if (b->space)
      vhm_swap_space_drop (b->space, gfn);
    vhm_compressed_drop (g, gfn);
    b->state[gfn] &= FRAME_SHARED;
    vhm_guest_transfers_without (g, gfn);
    vhm_backing_wake (g, gfn, false);
  }
  return g->mfn[gfn] != VHM_NO_FRAME && vhm_backing_lose (g, gfn);
}

/* --- what is wrong ----------------------------------------------------------- */

/* Counted by walking. */
struct tally {
  uint32_t n_writing, n_unused;
};

static const char *
audit_frame (const vhm_guest *g, uint32_t gfn, struct tally *tally)
{
  const struct backing *b = &g->backing;
  uint8_t state = b->state[gfn];
  bool is_backed = g->mfn[gfn] != VHM_NO_FRAME;
  bool has_slot
      = b->space && vhm_swap_space_slot (b->space, gfn) != VHM_NO_SLOT;
  tally->n_writing += state & FRAME_WRITING ? 1 : 0;
  tally->n_unused += vhm_large_is_unused (b, gfn);
  if (!is_backed && state & FRAME_SHARED)
    return "a frame is shared without machine memory";
  bool both
      = state & (FRAME_WRITING | FRAME_READING | FRAME_READY | FRAME_KEEPS);
  if (is_backed && has_slot != both)
    return "a backed frame has a swap slot, or one under way has none";
  if (!is_backed && both)
    return "a frame is under way without machine memory";
  bool is_compressed = vhm_compressed_has (b, gfn);
  if (is_compressed && (is_backed || has_slot))
    return "a compressed frame is backed or swapped, too";
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  if (use.kind == VHM_FRAME_BALLOON && (is_backed || has_slot || is_compressed))
    return "a ballooned frame is backed, compressed or swapped";
  if (vhm_large_is_unused (b, gfn)
      && (!is_backed || state & FRAME_SHARED || use.kind == VHM_FRAME_MAPPED))
    return "a frame that nobody has touched is not there, shared or used";
  bool is_usable = is_backed && !vhm_backing_is_ahead (b, gfn)
                   && !(state & (FRAME_WRITING | FRAME_READING | FRAME_READY));
  if (use.kind == VHM_FRAME_MAPPED && !is_usable
      && !vhm_refs_traps (use.process->refs, use.page))
    return "a page in a frame that is not there does not trap";
  if (use.kind == VHM_FRAME_MAPPED && state & FRAME_SHARED
      && !vhm_refs_traps (use.process->refs, use.page)
      && !vhm_refs_is_protected (use.process->refs, use.page))
    return "a page on a shared frame can be written";
  if (use.kind == VHM_FRAME_MAPPED && state & FRAME_KEEPS
      && !vhm_refs_traps (use.process->refs, use.page)
      && !vhm_refs_is_protected (use.process->refs, use.page))
    return "a page in a frame that keeps its slot can be written";
  return NULL;
}

/* A frame under way is in one transfer, and in those is nothing else. */
static const char *
audit_transfers (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  uint32_t n = 0;
  for (guint i = 0; i < b->transfers->len; i++) {
    const struct swap_transfer *t = b->transfers->pdata[i];
    uint8_t way = t->is_write ? FRAME_WRITING : FRAME_READING;
    for (uint32_t k = 0; k < t->n; k++) {
      if (t->gfns[k] == NO_GFN)
        continue;
      n++;
      if (!(b->state[t->gfns[k]] & way))
        return "a transfer carries a frame that is not on its way";
    }
  }
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++)
    n -= b->state[gfn] & (FRAME_WRITING | FRAME_READING) ? 1 : 0;
  return n == 0 ? NULL : "a frame under way is in no transfer, or in two";
}

const char *
vhm_backing_audit (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  if (vhm_backing_is_all_there (b))
    return b->n_backed + g->ballooned->len == g->n_visible
               ? NULL
               : "backed and ballooned frames do not add up to the visible "
                 "ones";
  const char *wrong = b->space ? vhm_swap_space_audit (b->space) : NULL;
  if (!wrong)
    wrong = vhm_compressed_audit (g);
  if (!wrong)
    wrong = vhm_kernel_audit (g);
  if (!wrong)
    wrong = vhm_victims_audit (g);
  struct tally tally = { 0 };
  for (uint32_t gfn = 0; gfn < g->n_visible && !wrong; gfn++)
    wrong = audit_frame (g, gfn, &tally);
  if (!wrong)
    wrong = audit_transfers (g);
  for (uint32_t gfn = 0; gfn < g->n_visible && !wrong; gfn++)
    if (b->pins[gfn] > 0 && b->guest_transfers->len == 0)
      wrong = "a frame is pinned for a transfer that is over";
  if (!wrong && tally.n_writing != b->n_writing)
    wrong = "frames on their way to the swap file are miscounted";
  if (!wrong && tally.n_unused != b->n_unused)
    wrong = "frames that nobody has touched are miscounted";
  for (guint i = 0; i < b->wants->len && !wrong; i++)
    if (!(b->state[g_array_index (b->wants, uint32_t, i)] & FRAME_WANTED))
      wrong = "a frame is wanted and does not know it";
  for (guint i = 0; i < b->waiters->len && !wrong; i++) {
    uint32_t gfn = g_array_index (b->waiters, struct frame_waiter, i).gfn;
    if (!(b->state[gfn] & (FRAME_READING | FRAME_WANTED)))
      wrong = "somebody waits for a frame that is not on its way";
  }
  return wrong;
}

uint64_t
vhm_backing_bytes (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  if (vhm_backing_is_all_there (b))
    return 0;
  uint64_t a_frame = sizeof *b->state + sizeof *b->pins;
  uint64_t unused = b->unused ? g->config.maximum_pages / 64 * 8 + 8 : 0;
  return unused + a_frame * g->config.maximum_pages + vhm_victims_bytes (g)
         + vhm_compressed_bytes (b) + vhm_kernel_bytes (&b->kernel)
         + (b->space ? vhm_swap_space_bytes (b->space) : 0);
}

/* --- reading ------------------------------------------------------------------ */

uint32_t
vhm_guest_backed_pages (const vhm_guest *g)
{
  return g->backing.n_backed;
}

uint32_t
vhm_guest_shared_pages (const vhm_guest *g)
{
  return g->backing.n_shared;
}

/* Those read ahead are in memory, too. */
uint32_t
vhm_guest_swapped_pages (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  return b->space ? vhm_swap_space_n_used (b->space) : 0;
}

struct vhm_backing_counts
vhm_guest_backing (const vhm_guest *g)
{
  struct vhm_backing_counts count = g->backing.count;
  vhm_compressed_count (g, &count);
  count.unused = g->backing.n_unused;
  count.ahead = vhm_backing_n_ahead (&g->backing);
  return count;
}
