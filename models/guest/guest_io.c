/* What a guest's system reads and writes, as the hypervisor carries it out.
 *
 * The disk reads into guest frames and writes from there, so they must be in
 * machine memory. Where one has been swapped out the hypervisor faults it in
 * first, one after the other: for nothing if the disk then overwrites it (a stale
 * read), and if the guest was paging it out, it is read from one paging file to be
 * written to another (double paging). Frames stay where they are until the
 * transfer has ended, and the guest's system has been told: that may have to wait
 * for a frame of the system's own (kernel_frames.c).
 *
 * Cost: O(frames) a transfer; nothing beside the request itself where the host
 * never takes frames. Source: VSwapper (ASPLOS 2014), 3.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <string.h>

struct guest_transfer {
  vhm_guest *guest;
  struct vhm_guest_io io;
  uint32_t next;
  uint32_t gfns[];
};

static void
submit (vhm_guest *g, const struct vhm_guest_io *io, vhm_disk_fn done,
        void *context)
{
  uint64_t at = io->file == VHM_FILE_PAGING ? g->config.disk_at_bytes
                                            : g->config.image_at_bytes;
  const struct vhm_disk_request request = {
    .at_bytes = at + vhm_pages_to_bytes (io->at),
    .size_bytes = vhm_pages_to_bytes (io->n),
    .is_write = io->is_write,
    .stream = g->owner,
    .done = done,
    .context = context,
    .tag = io->tag,
  };
  vhm_overheads_note (g, VHM_OVERHEAD_TRANSFER, 1);
  vhm_disk_submit (g->config.disk, &request);
}

/* The system's own work at the end of a transfer comes first, and may have to wait
 * for a frame of the system's. */
void
vhm_guest_transfer_end (struct guest_transfer *t, struct kernel_visit left)
{
  vhm_guest *g = t->guest;
  struct backing *b = &g->backing;
  struct frame_waiter waiter
      = { .kind = WAITS_COMPLETION, .transfer = t, .left = left };
  if (vhm_guest_is_running (g)
      && vhm_kernel_touch (g, NULL, &waiter.left, &waiter.gfn)) {
    vhm_backing_wait (g, &waiter);
    return;
  }
  for (uint32_t k = 0; k < t->io.n; k++) {
    if (t->gfns[k] == NO_GFN)
      continue;
    b->state[t->gfns[k]] |= FRAME_TOUCHED;
    if (!t->io.is_write)
      vhm_dirty_mark (g, t->gfns[k]);
  }
  t->io.done (t->io.context, t->io.tag);
  for (uint32_t k = 0; k < t->io.n; k++)
    if (t->gfns[k] != NO_GFN)
      b->pins[t->gfns[k]]--;
  g_ptr_array_remove_fast (b->guest_transfers, t);
  if (vhm_guest_is_running (g))
    vhm_backing_serve (g);
}

/* Of a guest whose frames are always there: nothing but the system's part. */
static void
end_at_once (struct guest_transfer *t)
{
  for (uint32_t k = 0; !t->io.is_write && k < t->io.n; k++)
    if (t->gfns[k] != NO_GFN)
      vhm_dirty_mark (t->guest, t->gfns[k]);
  const struct vhm_guest_io io = t->io;
  g_ptr_array_remove_fast (t->guest->backing.guest_transfers, t);
  io.done (io.context, io.tag);
}

uint32_t
vhm_guest_transfer_reads (const struct guest_transfer *t)
{
  return t->io.is_write ? 0 : t->io.n;
}

void
vhm_guest_transfer_done (struct guest_transfer *t)
{
  vhm_guest *g = t->guest;
  if (vhm_backing_is_all_there (&g->backing)) {
    end_at_once (t);
    return;
  }
  vhm_guest_begin (g);
  vhm_guest_transfer_end (t, vhm_kernel_enter (g, false));
  vhm_guest_end (g);
}

/* A guest that stands still learns of it later. */
static void
transfer_done (void *context, uint64_t tag)
{
  (void) tag;
  struct guest_transfer *t = context;
  if (vhm_guest_is_paused (t->guest))
    g_ptr_array_add (t->guest->still.transfers, t);
  else
    vhm_guest_transfer_done (t);
}

/* The system has given the frame to the balloon with a transfer under way: it no
 * longer cares for the outcome. */
void
vhm_guest_transfers_without (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  for (guint i = 0; b->pins[gfn] > 0 && i < b->guest_transfers->len; i++) {
    struct guest_transfer *t = b->guest_transfers->pdata[i];
    for (uint32_t k = 0; k < t->io.n; k++) {
      if (t->gfns[k] != gfn)
        continue;
      t->gfns[k] = NO_GFN;
      b->pins[gfn]--;
    }
  }
}

static void
count (struct backing *b, const struct vhm_guest_io *io)
{
  if (!io->is_write)
    b->count.stale_reads++;
  else if (io->file == VHM_FILE_PAGING)
    b->count.double_paging++;
}

/* What the disk reads into a frame must not be seen by others that share it. */
static bool
is_ready (const struct guest_transfer *t, uint32_t gfn)
{
  vhm_guest *g = t->guest;
  if (!t->io.is_write && vhm_share_is_shared (g, gfn))
    return vhm_share_break (g, gfn, NULL);
  if (!t->io.is_write)
    g->backing.state[gfn] |= FRAME_FILLED;
  return vhm_backing_touch (g, gfn, NULL, !t->io.is_write);
}

void
vhm_guest_transfer_go_on (struct guest_transfer *t)
{
  struct backing *b = &t->guest->backing;
  while (t->next < t->io.n) {
    uint32_t gfn = t->gfns[t->next++];
    if (gfn == NO_GFN)
      continue;
    bool is_swapped = b->space && t->guest->mfn[gfn] == VHM_NO_FRAME
                      && vhm_swap_space_slot (b->space, gfn) != VHM_NO_SLOT;
    if (is_swapped)
      count (b, &t->io);
    if (is_ready (t, gfn))
      continue;
    const struct frame_waiter waiter
        = { .gfn = gfn, .kind = WAITS_IO, .transfer = t };
    vhm_backing_wait (t->guest, &waiter);
    return;
  }
  submit (t->guest, &t->io, transfer_done, t);
}

void
vhm_guest_io (vhm_guest *g, const struct vhm_guest_io *io)
{
  struct backing *b = &g->backing;
  struct guest_transfer *t = g_malloc (sizeof *t + io->n * sizeof t->gfns[0]);
  *t = (struct guest_transfer){ .guest = g, .io = *io };
  t->io.gfns = t->gfns;
  for (uint32_t k = 0; k < io->n; k++)
    t->gfns[k] = io->gfns ? io->gfns[k] : NO_GFN;
  if (vhm_backing_is_all_there (b)) {
    g_ptr_array_add (b->guest_transfers, t);
    submit (g, &t->io, transfer_done, t);
    return;
  }
  for (uint32_t k = 0; io->gfns && k < io->n; k++) {
    VHM_REQUIRE (b->pins[t->gfns[k]] < UINT8_MAX);
    b->pins[t->gfns[k]]++;
  }
  g_ptr_array_add (b->guest_transfers, t);
  vhm_guest_transfer_go_on (t);
}
