/* Hypervisor swap: which of a guest's frames are taken away, and when.
 *
 * Frames go when the guest has more than its limit or others wait for machine
 * memory: a batch at a time, so that one batch is always free for the next
 * touches; at most n_writes batches are on their way to the disk at once. The
 * host knows nothing of what lies in a frame; which ones it takes, victims.c says.
 *
 * What is taken is written to the slots that come next, so what goes together
 * lies together, but for what kept its slot (swap_cache.c). Requests of a batch that
 * adjoin are one, as the block layer of Linux merges them, and of all batches taken
 * at a time where the host takes them until frames are free. A frame is free when
 * its write has ended; a touch before that keeps it. Frames read ahead and not
 * touched are simply given up, the file still has them. What shrinks enough stays
 * in memory (compressed.c) and its frame is free at once; what has to make way for it
 * is written in its place. Where all guests are to give, global_reclaim.c says who
 * does when the machine has too few.
 *
 * Invariant: victims are backed, not pinned and not under way, and lie in no large
 * block, which is broken first. Cost: O(1) a victim; O(n log n) a burst of n where
 * slots are kept. Left out: knowing that a frame has not changed since it was read:
 * each is written (under KVM on processors without dirty bits in the EPT, before
 * Haswell, every page that was mapped counts as written; so does VSwapper find).
 * Source: Waldspurger 2002, 3.3 (clustered); VSwapper (ASPLOS 2014), 3 (silent
 * writes).
 */
#include "guest.h"

#include <vhm/base/require.h>

/* --- taking --------------------------------------------------------------------- */

static void
tell_full (vhm_guest *g)
{
  if (g->backing.is_full)
    return;
  g->backing.is_full = true;
  if (g->around.out_of_swap)
    g->around.out_of_swap (g->around.host, g);
}

/* Its guest can no longer use the frame. */
static void
put_away (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  b->count.kernel_out += use.kind == VHM_FRAME_KERNEL;
  b->count.free_out += use.kind == VHM_FRAME_FREE;
  if (use.kind == VHM_FRAME_KERNEL)
    vhm_kernel_went (&b->kernel, gfn);
  if (use.kind == VHM_FRAME_MAPPED) /* has it been written meanwhile? */
    vhm_refs_look (use.process->refs, use.page);
  if (use.kind == VHM_FRAME_MAPPED
      && !vhm_refs_traps (use.process->refs, use.page))
    vhm_process_hide (use.process, use.page);
}

/* The victim's frame is free, and another one perhaps to be written. */
static void
keep_compressed (vhm_guest *g, uint32_t gfn, const struct frame_out *out)
{
  put_away (g, gfn);
  vhm_backing_wrote (g, gfn); /* its slot is of no more use */
  g->backing.state[gfn] &= (uint8_t) ~FRAME_TOUCHED;
  vhm_guest_charge_splits (g, vhm_backing_lose (g, gfn));
  if (out->gfn != NO_GFN)
    vhm_compressed_evict (g);
  vhm_compressed_put (g, gfn);
}

/* A slot for what must be written; false: all are in use. */
static bool
find_slot (struct backing *b, struct frame_out *out)
{
  if (!(b->state[out->gfn] & FRAME_KEEPS))
    return vhm_swap_space_put (b->space, out->gfn, &out->slot);
  b->state[out->gfn] &= (uint8_t) ~FRAME_KEEPS;
  out->slot = vhm_swap_space_slot (b->space, out->gfn);
  return true;
}

/* Takes one frame; false: none can be taken. If one must be written, that one or
 * another, it is *ret, else ret->gfn is NO_GFN. */
static bool
take_one (vhm_guest *g, struct frame_out *ret, uint64_t *looks)
{
  struct backing *b = &g->backing;
  uint32_t gfn = vhm_victims_next (g, looks);
  *ret = (struct frame_out){ NO_GFN, VHM_NO_SLOT };
  if (gfn == NO_GFN)
    return false;
  if (b->state[gfn] & FRAME_READY) {
    b->state[gfn] &= (uint8_t) ~FRAME_READY;
    vhm_guest_charge_splits (g, vhm_backing_lose (g, gfn));
    return true;
  }
  vhm_large_break (g, gfn);
  if (vhm_share_instead (g, gfn))
    return true;
  bool stays = vhm_compressed_accepts (g, gfn);
  if (!stays)
    ret->gfn = gfn;
  else if (vhm_compressed_is_full (g))
    ret->gfn = vhm_compressed_oldest (g);
  if (ret->gfn != NO_GFN && !find_slot (b, ret)) {
    vhm_victims_came (b, gfn, VHM_FRAME_INACTIVE);
    tell_full (g);
    return false;
  }
  if (stays)
    keep_compressed (g, gfn, ret);
  else
    put_away (g, gfn);
  return true;
}

static void
write_done (void *context, uint64_t tag)
{
  (void) tag;
  struct swap_transfer *t = context;
  vhm_guest *g = t->guest;
  struct backing *b = &g->backing;
  b->n_submitted -= t->n;
  if (vhm_guest_is_running (g)) {
    vhm_guest_begin (g);
    uint32_t n_split = 0;
    for (uint32_t k = 0; k < t->n; k++) {
      uint32_t gfn = t->gfns[k];
      if (gfn == NO_GFN)
        continue;
      b->state[gfn] &= (uint8_t) ~(FRAME_WRITING | FRAME_TOUCHED);
      b->n_writing--;
      t->gfns[k] = NO_GFN; /* may be on its way again before this ends */
      n_split += vhm_backing_lose (g, gfn);
    }
    vhm_guest_charge_splits (g, n_split);
    vhm_backing_serve (g);
    vhm_guest_end (g);
    if (g->around.reclaim)
      vhm_global_freed (g->around.reclaim);
  }
  g_ptr_array_remove_fast (b->transfers, t);
}

/* Frames in slots that follow one another. */
struct run {
  uint32_t *gfns;
  uint32_t n, first_slot;
};

static void
write_run (vhm_guest *g, struct run *run)
{
  struct backing *b = &g->backing;
  uint32_t n = run->n;
  if (n == 0)
    return;
  struct swap_transfer *t = g_malloc (sizeof *t + n * sizeof t->gfns[0]);
  *t = (struct swap_transfer){ .guest = g, .is_write = true, .n = n };
  for (uint32_t k = 0; k < n; k++)
    t->gfns[k] = run->gfns[k];
  g_ptr_array_add (b->transfers, t);
  b->n_submitted += n;
  b->count.swap_writes++;
  const struct vhm_disk_request request = {
    .at_bytes = g->config.swap_at_bytes + vhm_pages_to_bytes (run->first_slot),
    .size_bytes = vhm_pages_to_bytes (n),
    .is_write = true,
    .stream = g->owner,
    .done = write_done,
    .context = t,
  };
  vhm_disk_submit (g->config.swap_disk, &request);
  run->n = 0;
}

static void
go_out (vhm_guest *g, const struct frame_out *out)
{
  struct backing *b = &g->backing;
  b->count.swapped_out++;
  b->count.silent_writes += g->os->frame_use (g->os_state, out->gfn).on_disk;
  b->state[out->gfn] |= FRAME_WRITING;
  b->n_writing++;
}

static void
add_to_run (vhm_guest *g, struct run *run, const struct frame_out *out)
{
  if (out->slot != run->first_slot + run->n)
    write_run (g, run);
  if (run->n == 0)
    run->first_slot = out->slot;
  run->gfns[run->n++] = out->gfn;
}

static int
compare_slots (const void *a, const void *b)
{
  uint32_t x = ((const struct frame_out *) a)->slot;
  uint32_t y = ((const struct frame_out *) b)->slot;
  return (x > y) - (x < y);
}

/* New slots are in order as they are; among them come those that were kept. */
static void
write_all (vhm_guest *g, GArray *outs)
{
  uint32_t batch = (uint32_t) g->backing.swap->batch;
  if (outs->len == 0)
    return;
  g_autofree uint32_t *gfns = g_new (uint32_t, batch);
  struct run run = { .gfns = gfns };
  if (g->backing.swap->keeps_slots)
    g_array_sort (outs, compare_slots);
  for (guint i = 0; i < outs->len; i++) {
    add_to_run (g, &run, &g_array_index (outs, struct frame_out, i));
    if (run.n == batch)
      write_run (g, &run);
  }
  write_run (g, &run);
  g_array_set_size (outs, 0);
}

/* Takes a batch; what must be written is put down for write_all. Returns how many
 * went, or are on their way. */
static uint32_t
take_batch (vhm_guest *g, uint64_t *looks)
{
  uint32_t most = (uint32_t) g->backing.swap->batch, n_taken = 0;
  struct frame_out out;
  for (; n_taken < most && take_one (g, &out, looks); n_taken++) {
    if (out.gfn == NO_GFN)
      continue;
    go_out (g, &out);
    g_array_append_val (g->backing.outs, out);
  }
  return n_taken;
}

uint32_t
vhm_backing_take (vhm_guest *g, uint64_t *looks)
{
  uint32_t n_taken = take_batch (g, looks);
  write_all (g, g->backing.outs);
  return n_taken;
}

/* Sends on what compressed pages are there beyond the limit of their cache. */
static void
shrink_cache (vhm_guest *g)
{
  struct backing *b = &g->backing;
  vhm_compressed_follow_limit (g);
  if (!vhm_compressed_is_over (g))
    return;
  uint32_t batch = (uint32_t) b->swap->batch;
  uint64_t most = b->swap->n_writes * b->swap->batch;
  g_autofree uint32_t *gfns = g_new (uint32_t, batch);
  struct run run = { .gfns = gfns };
  struct frame_out out;
  while (vhm_compressed_is_over (g) && b->n_submitted + run.n < most
         && vhm_machine_n_free (g->around.machine) > 0) {
    out.gfn = vhm_compressed_oldest (g);
    if (!vhm_swap_space_put (b->space, out.gfn, &out.slot)) {
      tell_full (g);
      break;
    }
    vhm_compressed_evict (g);
    go_out (g, &out);
    add_to_run (g, &run, &out);
    if (run.n == batch)
      write_run (g, &run);
  }
  write_run (g, &run);
}

/* The machine has too few frames for those who wait. */
bool
vhm_backing_is_short (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  if (g->around.reclaim)
    return vhm_global_is_short (g->around.reclaim);
  uint64_t free = (uint64_t) vhm_machine_n_spare (g->around.machine);
  return b->wants->len > free + vhm_backing_n_going (b);
}

/* Frames too many: beyond the limit, or that others wait for. */
static bool
has_too_many (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  uint64_t wanted = b->wants->len;
  uint64_t stay = vhm_backing_n_counted (b) - vhm_backing_n_going (b);
  uint64_t spare = MIN (b->swap->batch, b->n_limit / 4);
  if (b->n_limit < UINT32_MAX && stay + MAX (wanted, spare) > b->n_limit)
    return true;
  return !g->around.reclaim && vhm_backing_is_short (g);
}

void
vhm_backing_make_room (vhm_guest *g)
{
  struct backing *b = &g->backing;
  if (!b->swap)
    return;
  shrink_cache (g);
  uint64_t most = b->swap->n_writes * b->swap->batch, looks = UINT64_MAX;
  while (has_too_many (g) && b->n_submitted + b->outs->len < most) {
    uint32_t n_taken = take_batch (g, &looks);
    if (!b->swap->until_free) /* each batch by itself */
      write_all (g, b->outs);
    if (n_taken == 0)
      break;
  }
  write_all (g, b->outs);
  if (g->around.reclaim && b->wants->len > 0)
    vhm_global_take (g->around.reclaim);
}

void
vhm_guest_set_limit (vhm_guest *g, uint32_t n_pages)
{
  VHM_REQUIRE (g->backing.swap);
  vhm_guest_begin (g);
  g->backing.n_limit = n_pages;
  vhm_backing_serve (g);
  vhm_guest_end (g);
}
