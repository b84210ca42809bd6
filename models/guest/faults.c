/* Faults of a process: who serves them, and what their thread waits for.
 *
 *   hidden page      the host: its frame is not there (host_fault.c)
 *   protected page   a write that must be known of, or to a shared frame
 *   other            the guest's system, which may map it to a frame that the
 *                    host has taken: the thread then waits for that as well
 *
 * The reference that traps belongs to any running thread alike, because they
 * draw from one stream. Entering the system touches frames of its own, which the
 * host may have taken, too (kernel_frames.c).
 *
 * Invariant: a thread that waits is in the guest's or the host's list of waiters.
 * Cost: that of the system's fault.
 */
#include "process.h"

#include <vhm/base/require.h>

static uint32_t
frame_of (const vhm_process *p, uint32_t page)
{
  const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
  uint32_t gfn;
  p->guest->os->frames (p->guest->os_state, p, 1, &r, &gfn);
  return gfn;
}

/* The page is mapped, and its frame is not there. */
static enum vhm_after
host_fault (vhm_process *p, const struct vhm_fault *fault)
{
  uint32_t gfn = frame_of (p, fault->page);
  if (vhm_backing_touch (p->guest, gfn, p, fault->write)) {
    vhm_process_show (p, fault->page, gfn, fault->write, true);
    return GOES_ON;
  }
  const struct frame_waiter waiter = {
    .gfn = gfn,
    .kind = WAITS_REFERENCE,
    .process = p,
    .page = fault->page,
    .thread = fault->thread,
    .write = fault->write,
  };
  vhm_backing_wait (p->guest, &waiter);
  return WAITS_FOR_HOST;
}

/* A write to a page that is write-protected: its frame is shared or keeps its
 * slot, or somebody wants to know. */
static enum vhm_after
write_fault (vhm_process *p, const struct vhm_fault *fault)
{
  uint32_t gfn = frame_of (p, fault->page);
  vhm_dirty_write_faulted (p->guest, gfn, p);
  vhm_share_rewritten (p, fault->page); /* else it might be shared again */
  if (!vhm_share_is_shared (p->guest, gfn)
      || vhm_share_break (p->guest, gfn, p)) {
    vhm_backing_write_faulted (p->guest, gfn, p);
    vhm_process_wrote (p, fault->page);
    return GOES_ON;
  }
  const struct frame_waiter waiter = {
    .gfn = gfn,
    .kind = WAITS_REFERENCE,
    .process = p,
    .page = fault->page,
    .thread = fault->thread,
    .write = true,
  };
  vhm_backing_wait (p->guest, &waiter);
  return WAITS_FOR_HOST;
}

/* The thread waits for the frames of pages that the system has mapped for it, if
 * some are not there. */
bool
vhm_process_wait_for_frames (vhm_process *p, uint32_t thread,
                             enum waiter_kind kind, bool rewrites)
{
  for (guint i = 0; i < p->unbacked->len; i++) {
    const struct unbacked *u = &g_array_index (p->unbacked, struct unbacked, i);
    const struct frame_waiter waiter = {
      .gfn = u->gfn,
      .kind = kind,
      .process = p,
      .page = u->page,
      .thread = thread,
      .write = rewrites,
      .in_system = true, /* it zeroes or copies the page */
    };
    vhm_backing_wait (p->guest, &waiter);
  }
  bool waits = p->unbacked->len > 0;
  g_array_set_size (p->unbacked, 0);
  return waits;
}

/* Somebody in the system waits for a frame of the system's own, if one that it
 * touches is not there. */
bool
vhm_process_wait_for_kernel (vhm_process *p, struct frame_waiter waiter)
{
  if (!vhm_kernel_touch (p->guest, p, &waiter.left, &waiter.gfn))
    return false;
  vhm_backing_wait (p->guest, &waiter);
  return true;
}

/* `left` of the system's touches of its own frames remain. */
static enum vhm_after
serve_guest_fault (vhm_process *p, const struct vhm_fault *fault,
                   struct kernel_visit left)
{
  const struct frame_waiter waiter = {
    .kind = WAITS_KERNEL,
    .process = p,
    .page = fault->page,
    .thread = fault->thread,
    .write = fault->write,
    .left = left,
  };
  if (vhm_process_wait_for_kernel (p, waiter))
    return WAITS_FOR_HOST;
  if (p->guest->os->fault (p->guest->os_state, fault) == VHM_FAULT_WAITS)
    return WAITS_FOR_GUEST;
  bool rewrites = fault->write && p->content.arrival == VHM_ARRIVAL_KEPT;
  if (vhm_process_wait_for_frames (p, fault->thread, WAITS_REFERENCE, rewrites))
    return WAITS_FOR_HOST;
  if (rewrites && vhm_refs_is_protected (p->refs, fault->page))
    return write_fault (p, fault);
  return GOES_ON;
}

enum vhm_after
vhm_process_serve_fault (vhm_process *p, const struct vhm_fault *fault)
{
  if (vhm_refs_is_hidden (p->refs, fault->page))
    return host_fault (p, fault);
  if (vhm_refs_is_protected (p->refs, fault->page))
    return write_fault (p, fault);
  if (vhm_loads_begin (p, fault))
    return WAITS_FOR_GUEST;
  return serve_guest_fault (p, fault, vhm_kernel_enter (p->guest, true));
}

void
vhm_process_trap (vhm_process *p)
{
  vhm_process_issue (p, p->trap_left);
  p->trap_stale = true;
  struct vhm_fault fault = { .process = p };
  fault.page = vhm_refs_trap (p->refs, &fault.write);
  if (fault.page == VHM_NO_PAGE) {
    vhm_process_go_on_issuing (p);
    return;
  }
  struct thread *t = vhm_thread_any_running (p);
  fault.thread = t->index;
  enum vhm_after after = vhm_process_serve_fault (p, &fault);
  if (after == GOES_ON)
    return;
  vhm_thread_stop (p, t,
                   after == WAITS_FOR_HOST ? THREAD_SWAPPED : THREAD_FAULTED);
  t->page = fault.page;
}

static void
go_on (vhm_process *p, uint32_t thread)
{
  p->trap_stale = true;
  if (thread >= SWEEPER) {
    vhm_sweep_go_on (p, thread - SWEEPER);
    return;
  }
  VHM_REQUIRE (p->threads[thread].state == THREAD_FAULTED
               || p->threads[thread].state == THREAD_SWAPPED);
  vhm_thread_go_on (p, &p->threads[thread]);
}

/* It waits on, for the host or for the guest's system. */
static void
wait_on (vhm_process *p, uint32_t thread, bool for_host)
{
  if (thread >= SWEEPER)
    p->sweeps[thread - SWEEPER].is_swapped = for_host;
  else
    p->threads[thread].state = for_host ? THREAD_SWAPPED : THREAD_FAULTED;
}

void
vhm_process_fault_served (vhm_process *p, uint32_t thread)
{
  if (p->killed)
    return;
  vhm_guest_begin (p->guest);
  if (!vhm_process_wait_for_frames (p, thread, WAITS_REFERENCE, false))
    go_on (p, thread);
  else
    wait_on (p, thread, true);
  vhm_guest_end (p->guest);
}

/* A fault that has waited in the system goes on, if nobody else has brought the
 * page in meanwhile. */
static void
go_on_with_fault (vhm_process *p, const struct frame_waiter *w)
{
  bool is_sweep = w->thread >= SWEEPER && w->thread != FILLER;
  const struct vhm_fault fault = {
    .process = p,
    .page = w->page,
    .thread = w->thread,
    .write = w->write,
    .overwrites = is_sweep && p->sweeps[w->thread - SWEEPER].overwrites,
  };
  enum vhm_after after = GOES_ON;
  p->trap_stale = true;
  if (w->write && vhm_refs_is_protected (p->refs, w->page))
    after = write_fault (p, &fault);
  else if (!vhm_refs_traps (p->refs, w->page)) {
    vhm_refs_touch (p->refs, w->page, w->page + 1, w->write);
    vhm_process_translate (p);
  } else if (vhm_refs_is_hidden (p->refs, w->page))
    after = host_fault (p, &fault);
  else
    after = serve_guest_fault (p, &fault, w->left);
  if (p->killed)
    return;
  if (after == GOES_ON)
    go_on (p, w->thread);
  else
    wait_on (p, w->thread, after == WAITS_FOR_HOST);
}

void
vhm_process_frame_came (vhm_process *p, const struct frame_waiter *waiter)
{
  if (p->killed || vhm_backing_waits (p->guest, p, waiter->thread))
    return; /* for nothing, or for another one, too */
  switch (waiter->kind) {
  case WAITS_FILL:
    vhm_process_fill (p);
    break;
  case WAITS_KERNEL:
    go_on_with_fault (p, waiter);
    break;
  case WAITS_CALL:
    vhm_process_go_on_leaving (p, waiter);
    break;
  case WAITS_REFERENCE:
    go_on (p, waiter->thread);
    break;
  case WAITS_IO:
  case WAITS_COMPLETION:
    VHM_REQUIRE (!"a transfer belongs to no process");
  }
}
