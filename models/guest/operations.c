/* Threads of a process and their operations: begin, issue, end, think.
 *
 * An operation is a number of references; it ends with a call of the system,
 * which may wait for a frame of the system's own. What operations took goes into
 * a histogram, the first few are remembered one by one; all on the guest's own
 * clock, which stands still with it.
 *
 * An operation that needs the process's lock has a part before it and one with it;
 * who finds it taken waits in line (lock.c), and who gives it up wakes the first one
 * there, who has it from that moment on. One that holds the lock may lose its
 * processor or wait for a page: the others wait as long.
 *
 * Invariant: n_running counts the threads that are THREAD_RUNNING; a held process
 * has none. Cost: O(threads) where one is looked for. Left out: spinning before a
 * thread blocks, and what blocking costs the guest's own scheduler.
 */
#include "process.h"

#include <vhm/base/require.h>

struct thread *
vhm_thread_any_running (vhm_process *p)
{
  uint64_t k = vhm_rng_below (&p->rng, p->n_running);
  for (uint32_t i = 0;; i++)
    if (p->threads[i].state == THREAD_RUNNING && k-- == 0)
      return &p->threads[i];
}

void
vhm_thread_stop (vhm_process *p, struct thread *t, enum thread_state state)
{
  VHM_ASSERT (t->state == THREAD_RUNNING);
  t->state = state;
  t->page = VHM_NO_PAGE;
  p->n_running--;
}

/* After a wait, unless the process has been held meanwhile. */
void
vhm_thread_go_on (vhm_process *p, struct thread *t)
{
  if (p->held) {
    t->state = THREAD_SLEEPING;
    return;
  }
  t->state = THREAD_RUNNING;
  p->n_running++;
}

/* What has befallen the guest since this was last called. */
static struct vhm_operation_swap
note_swap (vhm_guest *g)
{
  const struct vhm_backing_counts *c = &g->backing.count;
  struct vhm_operation_swap before = g->swap_before;
  g->swap_before
      = (struct vhm_operation_swap){ c->faults, c->swapped_in, c->swapped_out };
  return (struct vhm_operation_swap){
    .faults = c->faults - before.faults,
    .swapped_in = c->swapped_in - before.swapped_in,
    .swapped_out = c->swapped_out - before.swapped_out,
  };
}

static double
draw_part (vhm_process *p, double mean)
{
  return p->how.draws ? mean * vhm_rng_exp (&p->rng) : mean;
}

static void
begin_operation (struct thread *t)
{
  vhm_process *p = t->process;
  t->left = draw_part (p, p->how.references - p->how.locked);
  t->started_cyc = vhm_guest_now_cyc (p->guest);
  if (p->guest->n_first == 0)
    note_swap (p->guest);
}

static void
wake_thread (void *context)
{
  struct thread *t = context;
  vhm_guest_begin (t->process->guest);
  vhm_overheads_note (t->process->guest, VHM_OVERHEAD_TIMER, 1);
  begin_operation (t);
  vhm_thread_go_on (t->process, t);
  vhm_guest_end (t->process->guest);
}

static void
think (vhm_process *p, struct thread *t)
{
  double ns = (double) p->how.think_ns * vhm_rng_exp (&p->rng);
  uint64_t wait = vhm_ns_to_cycles (p->guest->around.clock_hz, (uint64_t) ns);
  vhm_guest_timer_set (&t->wake, p->guest, wait, wake_thread, t);
}

static void
count_operation (vhm_process *p, uint64_t ns)
{
  vhm_guest *g = p->guest;
  vhm_histogram_record (&g->latency_ns, ns, 1);
  if (g->n_first < VHM_FIRST_OPERATIONS) {
    g->first_swap[g->n_first] = note_swap (g);
    g->first_ns[g->n_first++] = ns;
  }
  p->n_operations++;
}

void
vhm_process_end_operation (vhm_process *p, uint64_t since_ns)
{
  count_operation (p, vhm_process_now_ns (p) - since_ns);
}

static void
end_operation (vhm_process *p, struct thread *t)
{
  uint64_t took = vhm_guest_now_cyc (p->guest) - t->started_cyc;
  count_operation (p, vhm_cycles_to_ns (p->guest->around.clock_hz, took));
  bool thinks
      = p->how.think_ns > 0
        && (p->how.goes_on <= 0 || vhm_rng_uniform (&p->rng) >= p->how.goes_on);
  if (!thinks) {
    begin_operation (t);
    return;
  }
  vhm_thread_stop (p, t, THREAD_SLEEPING);
  think (p, t);
}

/* Returns whether it has ended. */
static bool
leave_operation (vhm_process *p, struct thread *t, struct kernel_visit left)
{
  const struct frame_waiter waiter
      = { .kind = WAITS_CALL, .process = p, .thread = t->index, .left = left };
  return !vhm_process_wait_for_kernel (p, waiter);
}

/* It has the lock, and runs. */
static void
begin_locked (vhm_process *p, struct thread *t)
{
  t->left = draw_part (p, p->how.locked);
}

/* Its part before the lock has ended. */
static void
want_lock (vhm_process *p, struct thread *t)
{
  if (vhm_lock_take (&p->lock, t->index))
    begin_locked (p, t);
  else
    vhm_thread_stop (p, t, THREAD_QUEUED);
}

/* And the one with it. A processor that idles is woken for the next one. */
static void
give_lock_up (vhm_process *p)
{
  uint32_t next = vhm_lock_pass_on (&p->lock);
  if (next == NOBODY)
    return;
  begin_locked (p, &p->threads[next]);
  vhm_thread_go_on (p, &p->threads[next]);
  if (p->guest->n_busy < p->guest->config.n_vps)
    vhm_overheads_note (p->guest, VHM_OVERHEAD_WAKE, 1);
}

static void
finish_operation (vhm_process *p, struct thread *t)
{
  if (leave_operation (p, t, vhm_kernel_enter (p->guest, false)))
    end_operation (p, t);
  else
    vhm_thread_stop (p, t, THREAD_SWAPPED);
}

static void
finish_part (vhm_process *p, struct thread *t)
{
  if (p->how.locked > 0 && p->lock.holder != t->index) {
    want_lock (p, t);
    return;
  }
  if (p->how.locked > 0)
    give_lock_up (p);
  finish_operation (p, t);
}

void
vhm_process_finish_due_operations (vhm_process *p)
{
  uint32_t n_running = p->n_running; /* the pace they were issued at */
  for (uint32_t i = 0; i < p->how.n_threads; i++) {
    struct thread *t = &p->threads[i];
    if (t->state == THREAD_RUNNING
        && vhm_process_is_due (p, t->left * n_running))
      finish_part (p, t);
  }
}

void
vhm_process_go_on_leaving (vhm_process *p, const struct frame_waiter *w)
{
  struct thread *t = &p->threads[w->thread];
  if (!leave_operation (p, t, w->left))
    return;
  vhm_thread_go_on (p, t);
  if (t->state == THREAD_RUNNING)
    end_operation (p, t);
}

void
vhm_process_run (vhm_process *p, const struct vhm_threads *how)
{
  VHM_REQUIRE (!p->threads && how->n_threads > 0
               && how->cycles_per_reference > 0 && how->references >= 1);
  VHM_REQUIRE (how->locked >= 0 && how->locked < how->references);
  p->how = *how;
  if (p->translation)
    vhm_translation_start (p);
  if (how->n_sweepers > 0)
    vhm_sweeps_init (p, how->n_sweepers);
  p->guest->os->add_process (p->guest->os_state, p);
  p->threads = g_new0 (struct thread, how->n_threads);
  vhm_lock_init (&p->lock, how->n_threads);
  p->held = how->held;
  for (uint32_t i = 0; i < how->n_threads; i++) {
    struct thread *t = &p->threads[i];
    *t = (struct thread){ .process = p, .index = i };
    begin_operation (t);
    if (how->think_ns > 0 && !p->held)
      think (p, t);
    else
      vhm_thread_go_on (p, t);
  }
}

void
vhm_process_hold (vhm_process *p)
{
  vhm_guest_begin (p->guest);
  p->held = true;
  for (uint32_t i = 0; i < p->how.n_threads; i++) {
    struct thread *t = &p->threads[i];
    vhm_guest_timer_cancel (&t->wake);
    if (t->state == THREAD_RUNNING)
      vhm_thread_stop (p, t, THREAD_SLEEPING);
    else if (t->state == THREAD_QUEUED)
      t->state = THREAD_SLEEPING;
  }
  vhm_lock_forget (&p->lock);
  vhm_guest_end (p->guest);
}

void
vhm_process_release (vhm_process *p)
{
  VHM_REQUIRE (p->held);
  vhm_guest_begin (p->guest);
  p->held = false;
  for (uint32_t i = 0; i < p->how.n_threads; i++) {
    struct thread *t = &p->threads[i];
    if (t->state != THREAD_SLEEPING)
      continue;
    begin_operation (t);
    vhm_thread_go_on (p, t);
  }
  vhm_guest_end (p->guest);
}
