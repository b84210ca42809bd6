/* Host faults: a touch of a guest frame that is not in machine memory.
 *
 *   untouched  a free machine frame, at once if there is one, or a whole block of
 *              them (large.c)
 *   swapped    a machine frame, and a read of its slot with those beside it;
 *              what is read ahead is there, but its first touch is still a
 *              (minor) fault
 *   compressed a machine frame, and time to decompress it
 *   on its way out   it stays, and keeps its slot or not (swap_cache.c)
 *
 * Where no frame is free, or the guest has as many as it may, the touch waits in
 * line while others are taken from it (swap_out.c). Frames that nobody touched
 * are read ahead only as far as there is room at once.
 *
 * A page mapped in such a frame is hidden in its reference stream, and shown when
 * its frame is there. Each counter is a mechanism of VSwapper's: false reads (the
 * system zeroes a swapped frame), stale reads and double paging (guest_io.c).
 *
 * Invariant: who waits, waits for a frame that is being read or is wanted.
 * Cost: O(waiters) a fault, O(read ahead) a read. Left out: a fault that finds
 * all processors of the host busy.
 * Source: VSwapper (ASPLOS 2014), 3.
 */
#include "guest.h"

#include <vhm/base/require.h>

/* The hypervisor's own touches are made by a thread of its own. */
static void
charge (const vhm_guest *g, vhm_process *process, uint64_t ns)
{
  if (process)
    vhm_process_charge (process, VHM_ACCOUNT_HOST_FAULT,
                        vhm_ns_to_cycles (g->around.clock_hz, ns));
}

uint32_t
vhm_backing_room (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  uint32_t held = vhm_backing_n_counted (b);
  uint32_t more = b->n_limit > held ? b->n_limit - held : 0;
  return MIN (more, vhm_machine_n_spare (g->around.machine));
}

static bool
is_swapped (const struct backing *b, uint32_t gfn)
{
  return b->space && vhm_swap_space_slot (b->space, gfn) != VHM_NO_SLOT;
}

/* --- who waits ----------------------------------------------------------------- */

void
vhm_backing_wait (vhm_guest *g, const struct frame_waiter *waiter)
{
  g_array_append_val (g->backing.waiters, *waiter);
}

bool
vhm_backing_waits (const vhm_guest *g, const vhm_process *process,
                   uint32_t thread)
{
  const GArray *waiters = g->backing.waiters;
  for (guint i = 0; waiters && i < waiters->len; i++) {
    const struct frame_waiter *w
        = &g_array_index (waiters, struct frame_waiter, i);
    if (w->process == process && w->thread == thread && w->kind != WAITS_IO)
      return true;
  }
  const GArray *kept = g->still.waiters; /* it will be told, one by one */
  for (guint i = 0; i < kept->len; i++) {
    const struct frame_waiter *w
        = &g_array_index (kept, struct frame_waiter, i);
    if (w->process == process && w->thread == thread)
      return true;
  }
  return false;
}

/* A thread that waits for several frames stops one processor. */
static bool
is_counted (const GArray *waiters, guint i)
{
  const struct frame_waiter *w
      = &g_array_index (waiters, struct frame_waiter, i);
  for (guint k = 0; w->process && k < i; k++) {
    const struct frame_waiter *other
        = &g_array_index (waiters, struct frame_waiter, k);
    if (other->process == w->process && other->thread == w->thread)
      return true;
  }
  return false;
}

uint32_t
vhm_backing_n_stopped (const vhm_guest *g, uint32_t *ret_alone)
{
  const struct backing *b = &g->backing;
  uint32_t n = 0;
  *ret_alone = 0;
  for (guint i = 0; b->swap && i < b->waiters->len; i++) {
    const struct frame_waiter *w
        = &g_array_index (b->waiters, struct frame_waiter, i);
    if (w->kind == WAITS_IO) {
      if (b->swap->emulator != VHM_EMULATOR_STOPS_GUEST)
        continue;
      *ret_alone = MIN (g->n_runnable, g->config.n_vps);
      return g->config.n_vps;
    }
    bool stops = b->swap->asynchronous == VHM_ASYNCHRONOUS_NEVER
                 || (b->swap->asynchronous == VHM_ASYNCHRONOUS_USER
                     && (w->in_system || w->kind != WAITS_REFERENCE));
    if (!stops || is_counted (b->waiters, i))
      continue;
    n++;
    *ret_alone += !w->process;
  }
  return MIN (n, g->config.n_vps);
}

static bool
take_waiter (struct backing *b, uint32_t gfn, struct frame_waiter *ret)
{
  for (guint i = 0; i < b->waiters->len; i++) {
    *ret = g_array_index (b->waiters, struct frame_waiter, i);
    if (ret->gfn != gfn)
      continue;
    g_array_remove_index (b->waiters, i);
    return true;
  }
  return false;
}

/* The page mapped in the frame no longer traps, or can be written now. */
static void
show (vhm_guest *g, uint32_t gfn, bool write, bool accessed)
{
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  if (use.kind != VHM_FRAME_MAPPED)
    return;
  if (vhm_refs_is_hidden (use.process->refs, use.page))
    vhm_process_show (use.process, use.page, gfn, write, accessed);
  else if (write) {
    vhm_dirty_mark (g, gfn);
    vhm_process_wrote (use.process, use.page);
  }
}

void
vhm_backing_answer (const struct frame_waiter *w)
{
  if (w->kind == WAITS_IO)
    vhm_guest_transfer_go_on (w->transfer);
  else if (w->kind == WAITS_COMPLETION)
    vhm_guest_transfer_end (w->transfer, w->left);
  else
    vhm_process_frame_came (w->process, w);
}

void
vhm_backing_wake (vhm_guest *g, uint32_t gfn, bool is_there)
{
  struct backing *b = &g->backing;
  bool write = false, accessed = false;
  for (guint i = 0; i < b->waiters->len; i++) {
    const struct frame_waiter *w
        = &g_array_index (b->waiters, struct frame_waiter, i);
    if (w->gfn != gfn || w->kind == WAITS_IO)
      continue;
    accessed = true;
    write = write || w->write;
  }
  if (is_there)
    show (g, gfn, write, accessed);
  struct frame_waiter w;
  while (take_waiter (b, gfn, &w)) {
    if (g->is_paused && w.kind != WAITS_IO)
      g_array_append_val (g->still.waiters, w);
    else
      vhm_backing_answer (&w);
  }
}

/* The frame is there and has been touched. */
static void
complete (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  b->state[gfn] |= FRAME_TOUCHED;
  if (b->space && !(b->state[gfn] & FRAME_KEEPS))
    vhm_swap_space_drop (b->space, gfn);
  vhm_kernel_came (&b->kernel, gfn);
  vhm_backing_wake (g, gfn, true);
}

static bool
has_waiter (const struct backing *b, uint32_t gfn)
{
  for (guint i = 0; i < b->waiters->len; i++)
    if (g_array_index (b->waiters, struct frame_waiter, i).gfn == gfn)
      return true;
  return false;
}

/* --- reading ------------------------------------------------------------------- */

/* The frame has been read. One read ahead that somebody waits for by now is used
 * as soon as there is room for it. */
static void
frame_came (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  b->state[gfn] &= (uint8_t) ~FRAME_READING;
  if (!has_waiter (b, gfn))
    b->state[gfn] |= FRAME_READY;
  else if (!vhm_backing_is_ahead (b, gfn))
    complete (g, gfn);
  else {
    vhm_backing_used (g, gfn, true);
    vhm_backing_want (g, gfn);
  }
}

static void
read_done (void *context, uint64_t tag)
{
  (void) tag;
  struct swap_transfer *t = context;
  vhm_guest *g = t->guest;
  struct backing *b = &g->backing;
  if (vhm_guest_is_running (g)) {
    vhm_guest_begin (g);
    for (uint32_t k = 0; k < t->n; k++) {
      uint32_t gfn = t->gfns[k];
      if (gfn == NO_GFN)
        continue;
      t->gfns[k] = NO_GFN; /* may be on its way again before this ends */
      frame_came (g, gfn);
    }
    vhm_backing_serve (g);
    vhm_guest_end (g);
  }
  g_ptr_array_remove_fast (b->transfers, t);
}

/* Those of the stretch that lie in the file alone, as far as there is room for
 * them; the frame itself comes first in line for room. */
static uint32_t
choose (const vhm_guest *g, uint32_t gfn, uint32_t n_around, uint32_t *gfns)
{
  const struct backing *b = &g->backing;
  uint32_t n = 0,
           more = b->swap->ahead_is_free
                      ? (uint32_t) vhm_machine_n_spare (g->around.machine)
                      : vhm_backing_room (g);
  more--;
  for (uint32_t i = 0; i < n_around; i++) {
    bool is_there = g->mfn[gfns[i]] != VHM_NO_FRAME;
    bool is_it = gfns[i] == gfn;
    if (!is_it && (is_there || b->state[gfns[i]] & FRAME_BUSY || more == 0))
      continue;
    more -= !is_it;
    gfns[n++] = gfns[i];
  }
  return n;
}

static void
read_frame (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  uint32_t most = (uint32_t) b->swap->read_ahead;
  struct swap_transfer *t = g_malloc (sizeof *t + most * sizeof t->gfns[0]);
  *t = (struct swap_transfer){ .guest = g };
  t->n = vhm_swap_space_around (b->space, gfn, most, t->gfns);
  t->n = choose (g, gfn, t->n, t->gfns);
  g_ptr_array_add (b->transfers, t);
  for (uint32_t k = 0; k < t->n; k++) {
    b->state[t->gfns[k]] |= FRAME_READING;
    vhm_dirty_mark (g, t->gfns[k]);
    vhm_backing_gain (g, t->gfns[k],
                      t->gfns[k] == gfn ? VHM_FRAME_INACTIVE : VHM_FRAME_AHEAD);
  }
  uint32_t first = vhm_swap_space_slot (b->space, t->gfns[0]);
  uint32_t last = vhm_swap_space_slot (b->space, t->gfns[t->n - 1]);
  b->count.swap_reads++;
  b->count.swapped_in += t->n;
  const struct vhm_disk_request request = {
    .at_bytes = g->config.swap_at_bytes + vhm_pages_to_bytes (first),
    .size_bytes = vhm_pages_to_bytes (last - first + 1),
    .stream = g->owner,
    .done = read_done,
    .context = t,
  };
  vhm_disk_submit (g->config.swap_disk, &request);
}

void
vhm_backing_take_out (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  for (guint i = 0; i < b->transfers->len; i++) {
    struct swap_transfer *t = b->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n; k++) {
      if (t->gfns[k] != gfn)
        continue;
      t->gfns[k] = NO_GFN;
      b->n_writing -= b->state[gfn] & FRAME_WRITING ? 1 : 0;
      b->state[gfn] &= (uint8_t) ~(FRAME_WRITING | FRAME_READING);
      return;
    }
  }
  VHM_REQUIRE (!"a frame under way is in a transfer");
}

/* --- touches ------------------------------------------------------------------- */

/* The frame, for which there is room, is on its way; true if there already. */
static bool
fetch (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  struct backing *b = &g->backing;
  if (is_swapped (b, gfn)) {
    read_frame (g, gfn);
    return false;
  }
  if (vhm_share_is_shared (g, gfn)) {
    vhm_share_copy (g, gfn);
    return true;
  }
  bool is_compressed = vhm_compressed_has (b, gfn);
  if (is_compressed)
    vhm_compressed_take (g, gfn, process);
  else if (vhm_large_come (g, gfn, process))
    return true;
  else {
    vhm_dirty_mark (g, gfn);
    b->count.first_touches++;
  }
  vhm_backing_gain (g, gfn,
                    is_compressed ? VHM_FRAME_INACTIVE : VHM_FRAME_ACTIVE);
  return true;
}

bool
vhm_backing_has_room (const vhm_guest *g)
{
  return g->backing.wants->len == 0 && vhm_backing_room (g) > 0;
}

void
vhm_backing_want (vhm_guest *g, uint32_t gfn)
{
  g->backing.state[gfn] |= FRAME_WANTED;
  g_array_append_val (g->backing.wants, gfn);
}

/* Makes room for others, but not with this frame before it has been used. */
void
vhm_backing_make_room_but (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  b->pins[gfn]++;
  vhm_backing_make_room (g);
  b->pins[gfn]--;
}

static bool
touch_absent (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  struct backing *b = &g->backing;
  bool reads = is_swapped (b, gfn);
  b->count.faults += reads;
  b->count.guest_faults += reads && process;
  if (b->swap)
    charge (g, process, reads ? b->swap->fault_ns : b->swap->minor_ns);
  bool now = vhm_backing_has_room (g) && fetch (g, gfn, process);
  if (!now && !(b->state[gfn] & FRAME_READING))
    vhm_backing_want (g, gfn);
  vhm_backing_make_room_but (g, gfn);
  return now;
}

/* It does not go out after all. */
static void
keep (vhm_guest *g, uint32_t gfn)
{
  vhm_backing_take_out (g, gfn);
  vhm_victims_came (&g->backing, gfn, VHM_FRAME_INACTIVE);
}

static void
charge_minor (vhm_guest *g, vhm_process *process)
{
  g->backing.count.minor_faults++;
  charge (g, process, g->backing.swap->minor_ns);
}

/* It is in memory, though perhaps on its way out, or read ahead. False: it waits
 * for room to be used. */
static bool
touch_backed (vhm_guest *g, uint32_t gfn, vhm_process *process, bool write)
{
  struct backing *b = &g->backing;
  uint8_t state = b->state[gfn];
  if (write)
    vhm_backing_write_faulted (g, gfn, process);
  if (state & FRAME_WRITING)
    keep (g, gfn);
  if (!(state & (FRAME_WRITING | FRAME_READY)))
    return true;
  charge_minor (g, process);
  vhm_backing_used (g, gfn, write);
  return !vhm_backing_is_ahead (b, gfn) || vhm_backing_admit (g, gfn);
}

void
vhm_backing_write_faulted (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  if (!vhm_backing_keeps_slot (&g->backing, gfn))
    return;
  charge_minor (g, process);
  vhm_backing_wrote (g, gfn);
}

bool
vhm_backing_touch (vhm_guest *g, uint32_t gfn, vhm_process *process, bool write)
{
  struct backing *b = &g->backing;
  if (b->state[gfn] & (FRAME_READING | FRAME_WANTED))
    return false; /* somebody was faster */
  /* What was read ahead or shrinks goes at once. The frame itself may be sent on
   * from the cache by that, and is there then. */
  if (g->mfn[gfn] == VHM_NO_FRAME && vhm_backing_room (g) == 0)
    vhm_backing_make_room (g);
  bool is_there = g->mfn[gfn] != VHM_NO_FRAME
                      ? touch_backed (g, gfn, process, write)
                      : touch_absent (g, gfn, process);
  if (!is_there)
    return false;
  b->state[gfn] |= FRAME_TOUCHED;
  vhm_large_used (b, gfn);
  vhm_kernel_came (&b->kernel, gfn);
  return true;
}

bool
vhm_backing_arrive (vhm_guest *g, uint32_t gfn, vhm_process *process,
                    enum vhm_arrival arrival)
{
  struct backing *b = &g->backing;
  if (vhm_backing_is_all_there (b))
    return true;
  bool is_backed = g->mfn[gfn] != VHM_NO_FRAME;
  vhm_large_used (b, gfn);
  if (arrival != VHM_ARRIVAL_KEPT)
    b->state[gfn] |= FRAME_FILLED;
  if (arrival != VHM_ARRIVAL_KEPT && vhm_share_is_shared (g, gfn))
    return vhm_share_break (g, gfn, process);
  if (is_backed && !(b->state[gfn] & (FRAME_BUSY | FRAME_READY))) {
    b->state[gfn] |= FRAME_TOUCHED;
    if (arrival != VHM_ARRIVAL_KEPT)
      vhm_backing_write_faulted (g, gfn, process);
    return true;
  }
  if (arrival == VHM_ARRIVAL_ZEROED && !is_backed && is_swapped (b, gfn))
    b->count.false_reads++;
  return vhm_backing_touch (g, gfn, process, arrival != VHM_ARRIVAL_KEPT);
}

/* What has been swapped is left there: the system would not pick it first. */
bool
vhm_guest_zero_frame (vhm_guest *g, uint32_t gfn)
{
  struct backing *b = &g->backing;
  vhm_dirty_mark (g, gfn);
  vhm_large_used (b, gfn);
  if (g->mfn[gfn] != VHM_NO_FRAME || b->state[gfn] & FRAME_BUSY
      || is_swapped (b, gfn) || vhm_compressed_has (b, gfn))
    return true;
  if (b->wants->len > 0 || vhm_backing_room (g) == 0)
    return false;
  fetch (g, gfn, NULL);
  b->state[gfn] |= FRAME_TOUCHED;
  return true;
}

/* A process that waits for the frame; NULL: none does. */
static vhm_process *
payer (const struct backing *b, uint32_t gfn)
{
  for (guint i = 0; i < b->waiters->len; i++) {
    const struct frame_waiter *w
        = &g_array_index (b->waiters, struct frame_waiter, i);
    if (w->gfn == gfn && w->process)
      return w->process;
  }
  return NULL;
}

void
vhm_backing_serve (vhm_guest *g)
{
  struct backing *b = &g->backing;
  if (vhm_backing_is_all_there (b))
    return;
  do {
    while (b->wants->len > 0 && vhm_backing_room (g) > 0) {
      uint32_t gfn = g_array_index (b->wants, uint32_t, 0);
      g_array_remove_index (b->wants, 0);
      b->state[gfn] &= (uint8_t) ~FRAME_WANTED;
      if (vhm_backing_is_ahead (b, gfn))
        vhm_victims_came (b, gfn, VHM_FRAME_INACTIVE);
      else if (b->state[gfn] & FRAME_WRITING)
        keep (g, gfn); /* sent on from the cache while it was wanted */
      else if (!fetch (g, gfn, payer (b, gfn)))
        continue;
      complete (g, gfn);
    }
    vhm_backing_make_room (g);
  } while (b->wants->len > 0 && vhm_backing_room (g) > 0);
}
