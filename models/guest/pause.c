/* A guest that stands still: its virtual processors do not run and its clock has
 * stopped, while the host goes on around it.
 *
 *   its own clock    host time - time it has stood still; timers are due on it
 *   timers           one that fires meanwhile is kept; when the guest runs again it
 *                    has as far to go as it had
 *   transfers        under way go to their end, which it learns when it runs again
 *   frames           may come and go (the host swaps, shares, reads what was asked
 *                    for); who waited for one goes on when the guest runs again
 *
 * So nothing of the guest's own state changes. This is another thing than being
 * blocked by the host (vhm_guest_block), which holds processors but no clocks; a
 * guest may be both.
 *
 * Invariant: while it stands still all its processors' cycles are charged to
 * `paused`. Cost: O(1) to stop, O(what was kept) to go on; nothing a timer.
 * Left out: a correction of the guest's time of day by the host when it goes on.
 */
#include "guest.h"

#include <vhm/base/require.h>

static uint64_t
host_now_cyc (const vhm_guest *g)
{
  return vhm_engine_now (g->around.engine).raw;
}

uint64_t
vhm_guest_now_cyc (const vhm_guest *g)
{
  uint64_t now
      = vhm_guest_is_paused (g) ? g->still.since_cyc : host_now_cyc (g);
  return now - g->still.past_cyc;
}

bool
vhm_guest_is_paused (const vhm_guest *g)
{
  return g->is_paused;
}

/* --- timers ------------------------------------------------------------------ */

/* Where the guest has stood still since the timer was set it is not due yet. */
static void
fire (void *context)
{
  struct vhm_guest_timer *t = context;
  vhm_guest *g = t->guest;
  if (vhm_guest_is_paused (g)) {
    t->is_kept = true;
    g_ptr_array_add (g->still.timers, t);
    return;
  }
  uint64_t now = vhm_guest_now_cyc (g);
  if (now < t->due_cyc)
    vhm_guest_timer_set (t, g, t->due_cyc - now, t->fn, t->context);
  else
    t->fn (t->context);
}

void
vhm_guest_timer_set (struct vhm_guest_timer *t, vhm_guest *g, uint64_t cyc,
                     vhm_engine_fn fn, void *context)
{
  vhm_engine *engine = g->around.engine;
  vhm_event event = t->event;
  if (t->is_kept)
    g_ptr_array_remove (g->still.timers, t);
  *t = (struct vhm_guest_timer){
    .guest = g,
    .fn = fn,
    .context = context,
    .event = event,
    .due_cyc = vhm_guest_now_cyc (g) + cyc,
  };
  vhm_cycles at
      = vhm_cycles_add (vhm_engine_now (engine), vhm_cycles_make (cyc));
  if (vhm_engine_is_pending (engine, event))
    vhm_engine_rearm (engine, event, at);
  else
    t->event = vhm_engine_schedule (engine, at, VHM_PRIORITY_NORMAL, fire, t);
}

bool
vhm_guest_timer_is_set (const struct vhm_guest_timer *t)
{
  return t->is_kept
         || (t->guest
             && vhm_engine_is_pending (t->guest->around.engine, t->event));
}

void
vhm_guest_timer_cancel (struct vhm_guest_timer *t)
{
  if (!vhm_guest_timer_is_set (t))
    return;
  if (t->is_kept)
    g_ptr_array_remove (t->guest->still.timers, t);
  else
    vhm_engine_cancel (t->guest->around.engine, t->event);
  t->is_kept = false;
}

/* Each has as far to go as when the guest stopped. */
static void
go_on_with_timers (vhm_guest *g)
{
  uint64_t now = vhm_guest_now_cyc (g);
  for (guint i = 0; i < g->still.timers->len; i++) {
    struct vhm_guest_timer *t = g->still.timers->pdata[i];
    t->is_kept = false;
    vhm_guest_timer_set (t, g, t->due_cyc - MIN (now, t->due_cyc), t->fn,
                         t->context);
  }
  g_ptr_array_set_size (g->still.timers, 0);
}

/* --- stopping and going on ------------------------------------------------------ */

void
vhm_guest_still_init (vhm_guest *g)
{
  g->still.timers = g_ptr_array_new ();
  g->still.transfers = g_ptr_array_new ();
  g->still.waiters = g_array_new (FALSE, FALSE, sizeof (struct frame_waiter));
}

void
vhm_guest_still_clear (vhm_guest *g)
{
  g_ptr_array_unref (g->still.timers);
  g_ptr_array_unref (g->still.transfers);
  g_array_unref (g->still.waiters);
}

/* In the order in which they came. */
static void
end_transfers (vhm_guest *g)
{
  for (guint i = 0; i < g->still.transfers->len; i++)
    vhm_guest_transfer_done (g->still.transfers->pdata[i]);
  g_ptr_array_set_size (g->still.transfers, 0);
}

void
vhm_guest_still_drop (vhm_guest *g)
{
  g->is_paused = false;
  end_transfers (g);
  for (guint i = 0; i < g->still.timers->len; i++)
    ((struct vhm_guest_timer *) g->still.timers->pdata[i])->is_kept = false;
  g_ptr_array_set_size (g->still.timers, 0);
  g_array_set_size (g->still.waiters, 0);
}

static void
answer_waiters (vhm_guest *g)
{
  while (g->still.waiters->len > 0) {
    struct frame_waiter w
        = g_array_index (g->still.waiters, struct frame_waiter, 0);
    g_array_remove_index (g->still.waiters, 0);
    vhm_backing_answer (&w);
  }
}

void
vhm_guest_pause (vhm_guest *g)
{
  VHM_REQUIRE (g->running && !g->is_paused);
  vhm_guest_begin (g); /* up to now it ran */
  g->is_paused = true;
  g->still.since_cyc = host_now_cyc (g);
  vhm_guest_end (g);
}

void
vhm_guest_resume (vhm_guest *g)
{
  VHM_REQUIRE (g->running && g->is_paused);
  vhm_guest_begin (g); /* up to now it stood still */
  g->is_paused = false;
  g->still.past_cyc += host_now_cyc (g) - g->still.since_cyc;
  end_transfers (g);
  answer_waiters (g);
  go_on_with_timers (g);
  vhm_guest_end (g);
}

uint32_t
vhm_guest_n_kept_reads (const vhm_guest *g)
{
  uint32_t n = 0;
  for (guint i = 0; i < g->still.transfers->len; i++)
    n += vhm_guest_transfer_reads (g->still.transfers->pdata[i]);
  return n;
}

uint32_t
vhm_guest_n_under_way (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  uint32_t n = b->guest_transfers->len - g->still.transfers->len;
  return n + (b->transfers ? b->transfers->len : 0);
}
