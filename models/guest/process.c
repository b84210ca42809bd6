/* A process in a closed loop: threads issue references, fault, wait, think.
 *
 * All running threads issue at the same pace, so the process's references R
 * grow by service / cycles_per_reference and each running thread's operation
 * shrinks by dR / n_running. Four things can come next: the reference that
 * traps (drawn by vhm_refs_next), the end of an operation, the workload's alarm
 * in R, and, on a thread of its own, the next step of a sweep. The reference
 * that traps belongs to any running thread alike, because they draw from one
 * stream.
 *
 * A debt is kernel time that a fault cost: it is served before references go
 * on, and the ledger is told which account it belongs to.
 *
 * A reference takes the workload's cycles and what translating its address
 * exposes of them (translate.c).
 *
 * Cost: O(threads) an event. Left out: threads of different speed.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <math.h>
#include <string.h>

/* A need of fewer cycles than this is due: alarms are rounded up to whole
 * cycles of one VP, and dealing out loses less than one cycle a process. */
#define SLACK_CYC 4.0

vhm_process *
vhm_process_new (vhm_guest *guest, uint32_t number,
                 const struct vhm_plugin_choice *workload)
{
  vhm_process *p = g_new0 (vhm_process, 1);
  p->guest = guest;
  p->plugin = workload->plugin;
  p->config = workload->config;
  p->state = g_malloc0 (workload->plugin->state_size);
  p->number = number;
  g_autofree char *name
      = g_strdup_printf ("%u/%s", number, workload->plugin->name);
  p->rng = vhm_guest_stream (guest, name);
  g_autofree char *refs_name = g_strdup_printf ("%s/references", name);
  struct vhm_rng refs_rng = vhm_guest_stream (guest, refs_name);
  p->refs = guest->config.every_reference ? vhm_refs_new_every (&refs_rng)
                                          : vhm_refs_new (&refs_rng);
  p->regions = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  p->active = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  p->files = g_array_new (FALSE, FALSE, sizeof (struct file));
  p->unbacked = g_array_new (FALSE, FALSE, sizeof (struct unbacked));
  p->translation = vhm_translation_new (p);
  p->trap_left = p->alarm_left = INFINITY;
  p->trap_stale = true;
  p->timer = VHM_NO_EVENT;
  p->allocation.thread = VHM_NO_PAGE;
  return p;
}

void
vhm_process_free (vhm_process *p)
{
  vhm_refs_free (p->refs);
  vhm_translation_free (p->translation);
  g_array_unref (p->regions);
  g_array_unref (p->active);
  g_array_unref (p->files);
  g_array_unref (p->unbacked);
  vhm_share_clear_process (p);
  g_free (p->threads);
  g_free (p->state);
  g_free (p);
}

static const struct vhm_workload_ops *
ops_of (const vhm_process *p)
{
  return p->plugin->ops;
}

/* Numbers its pages after those of the processes started before it. */
void
vhm_process_start (vhm_process *p)
{
  for (uint32_t i = 0; i < p->number; i++)
    p->first_page += vhm_refs_n_pages (vhm_guest_process (p->guest, i)->refs);
  ops_of (p)->start (p->state, p->config, p);
}

static void
cancel (vhm_engine *engine, vhm_event event)
{
  if (vhm_engine_is_pending (engine, event))
    vhm_engine_cancel (engine, event);
}

void
vhm_process_stop (vhm_process *p)
{
  vhm_engine *engine = p->guest->around.engine;
  cancel (engine, p->timer);
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    cancel (engine, p->threads[i].wake);
  p->n_running = 0;
  p->sweep.active = p->allocation.active = false;
  vhm_translation_stop (p);
}

void
vhm_process_kill (vhm_process *p)
{
  vhm_guest_begin (p->guest);
  vhm_process_stop (p);
  p->killed = true;
  vhm_process_uncommit (p, (uint32_t) p->n_committed);
  p->alarm_left = INFINITY;
  p->allocation.thread = VHM_NO_PAGE;
  memset (p->debt_cyc, 0, sizeof p->debt_cyc);
  p->debt_total_cyc = 0;
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    p->threads[i].state = THREAD_DEAD;
  const struct vhm_guest_surroundings *around = &p->guest->around;
  g_autofree char *what
      = g_strdup_printf ("out of memory: its process %u, %s, was killed",
                         p->number, p->plugin->name);
  if (around->incident)
    around->incident (around->host, p->guest->config.name, what);
  vhm_guest_end (p->guest);
}

void
vhm_process_notify (vhm_process *p, enum vhm_notice notice)
{
  if (!p->killed && ops_of (p)->notice)
    ops_of (p)->notice (p->state, p, notice);
}

uint32_t
vhm_process_n_runnable (const vhm_process *p)
{
  return p->n_running + (p->sweep.active && !p->sweep.waits);
}

uint32_t
vhm_process_n_blocked (const vhm_process *p)
{
  uint32_t n = p->sweep.active && p->sweep.waits;
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    n += p->threads[i].state == THREAD_FAULTED
         || p->threads[i].state == THREAD_STALLED
         || p->threads[i].state == THREAD_SWAPPED;
  return n;
}

uint32_t
vhm_process_n_swapped (const vhm_process *p)
{
  uint32_t n = p->sweep.active && p->sweep.waits && p->sweep.is_swapped;
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    n += p->threads[i].state == THREAD_SWAPPED;
  return n;
}

/* --- time passes ----------------------------------------------------------- */

static uint64_t
pay_debts (vhm_process *p, uint64_t cyc, struct vhm_ledger *ledger)
{
  uint64_t paid = MIN (cyc, p->debt_total_cyc), left = paid;
  for (int a = 0; left > 0 && a < VHM_N_ACCOUNTS; a++) {
    uint64_t part = MIN (left, p->debt_cyc[a]);
    p->debt_cyc[a] -= part;
    ledger->cyc[a] += part;
    left -= part;
  }
  ledger->cyc[VHM_ACCOUNT_COMPUTE] -= paid;
  p->debt_total_cyc -= paid;
  return cyc - paid;
}

/* References to the nearest event of the threads; 0 when one is overdue (two
 * fell together and the first one stopped the thread). */
static double
references_left (const vhm_process *p)
{
  double left = fmin (p->trap_left, p->alarm_left);
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    if (p->threads[i].state == THREAD_RUNNING)
      left = fmin (left, p->threads[i].left * p->n_running);
  return fmax (left, 0);
}

double
vhm_process_pace_cyc (const vhm_process *p)
{
  return p->how.cycles_per_reference
         + vhm_translation_exposed_cyc (p->translation, VHM_WALKER_THREADS);
}

/* Cycles of the sweeper a page. */
static double
sweep_pace_cyc (const vhm_process *p)
{
  return p->sweep.cycles_per_page
         + vhm_translation_exposed_cyc (p->translation, VHM_WALKER_SWEEP);
}

/* What was issued goes through the translation structures. */
static void
translate (vhm_process *p)
{
  if (p->translation && p->translation->waiting)
    vhm_translation_take (p);
}

static void
issue (vhm_process *p, double references)
{
  vhm_refs_advance (p->refs, references);
  translate (p);
  p->n_references += references;
  p->trap_left -= references;
  p->alarm_left -= references;
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    if (p->threads[i].state == THREAD_RUNNING)
      p->threads[i].left -= references / p->n_running;
}

/* How far can the sweep walk on? */
static void
find_target (vhm_process *p)
{
  struct sweep *s = &p->sweep;
  s->target = vhm_refs_next_trapping (p->refs, s->next, s->end, s->write > 0);
}

static void
walk (vhm_process *p, double pages)
{
  struct sweep *s = &p->sweep;
  double reach = fmin (s->pages_ahead + pages, s->target - s->next);
  uint32_t whole = (uint32_t) reach;
  vhm_refs_touch (p->refs, s->next, s->next + whole, s->write);
  translate (p);
  s->next += whole;
  s->pages_ahead = reach - whole;
}

void
vhm_process_advance (vhm_process *p, uint64_t threads_cyc, uint64_t sweep_cyc,
                     struct vhm_ledger *ledger)
{
  threads_cyc = pay_debts (p, threads_cyc, ledger);
  sweep_cyc = pay_debts (p, sweep_cyc, ledger);
  p->surplus = 0;
  if (threads_cyc > 0) {
    double pace = vhm_process_pace_cyc (p);
    double n = (double) threads_cyc / pace;
    if (p->translation)
      vhm_translation_work (&p->translation->cost[VHM_WALKER_THREADS], n,
                            threads_cyc);
    double left = references_left (p);
    p->surplus = fmax (n - left, 0);
    issue (p, fmin (n, left));
  }
  if (sweep_cyc > 0) {
    double n = (double) sweep_cyc / sweep_pace_cyc (p);
    if (p->translation)
      vhm_translation_work (&p->translation->cost[VHM_WALKER_SWEEP], n,
                            sweep_cyc);
    walk (p, n);
  }
}

void
vhm_process_note_time (vhm_process *p)
{
  vhm_history_add (&p->history, vhm_refs_clock (p->refs),
                   (double) vhm_engine_now (p->guest->around.engine).raw);
}

double
vhm_process_threads_need_cyc (vhm_process *p)
{
  if (p->trap_stale) {
    p->trap_left = vhm_refs_next (p->refs);
    p->trap_stale = false;
  }
  return (double) p->debt_total_cyc
         + references_left (p) * vhm_process_pace_cyc (p);
}

double
vhm_process_sweep_need_cyc (vhm_process *p)
{
  const struct sweep *s = &p->sweep;
  if (!s->active || s->waits)
    return INFINITY;
  double walk = (s->target - s->next - s->pages_ahead) * sweep_pace_cyc (p);
  double debt = (double) p->debt_total_cyc;
  /* its step waits until the threads have paid, as in vhm_process_run_due */
  return p->n_running == 0 ? debt + walk : fmax (walk, debt / p->n_running);
}

/* --- things that are due --------------------------------------------------- */

static bool
is_due (const vhm_process *p, double references)
{
  return references * vhm_process_pace_cyc (p) < SLACK_CYC;
}

static struct thread *
any_running (vhm_process *p)
{
  uint64_t k = vhm_rng_below (&p->rng, p->n_running);
  for (uint32_t i = 0;; i++)
    if (p->threads[i].state == THREAD_RUNNING && k-- == 0)
      return &p->threads[i];
}

static void
stop_running (vhm_process *p, struct thread *t, enum thread_state state)
{
  VHM_ASSERT (t->state == THREAD_RUNNING);
  t->state = state;
  p->n_running--;
}

/* After a wait, unless the process has been held meanwhile. */
static void
go_on_running (vhm_process *p, struct thread *t)
{
  if (p->held) {
    t->state = THREAD_SLEEPING;
    return;
  }
  t->state = THREAD_RUNNING;
  p->n_running++;
}

/* Every reference: nothing traps as far as references are drawn. That was no
 * event of the process, so the part of a reference that the alarm came too late
 * goes on into the next stretch. */
static void
go_on_issuing (vhm_process *p)
{
  p->trap_left = vhm_refs_next (p->refs);
  p->trap_stale = false;
  issue (p, fmin (p->surplus, references_left (p)));
  p->surplus = 0;
}

static uint32_t
frame_of (const vhm_process *p, uint32_t page)
{
  const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
  uint32_t gfn;
  p->guest->os->frames (p->guest->os_state, p, 1, &r, &gfn);
  return gfn;
}

enum after { GOES_ON, WAITS_FOR_GUEST, WAITS_FOR_HOST };

/* The page is mapped, and its frame is not there. */
static enum after
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
static enum after
write_fault (vhm_process *p, const struct vhm_fault *fault)
{
  uint32_t gfn = frame_of (p, fault->page);
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
static bool
wait_for_frames (vhm_process *p, uint32_t thread, enum waiter_kind kind,
                 bool rewrites)
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
    };
    vhm_backing_wait (p->guest, &waiter);
  }
  bool waits = p->unbacked->len > 0;
  g_array_set_size (p->unbacked, 0);
  return waits;
}

static double
enter_kernel (vhm_process *p)
{
  vhm_guest *g = p->guest;
  return vhm_kernel_enter (&g->backing.kernel, g->config.kernel.touches);
}

/* Somebody in the system waits for a frame of the system's own, if one that it
 * touches is not there. */
static bool
wait_for_kernel (vhm_process *p, struct frame_waiter waiter)
{
  if (!vhm_kernel_touch (p->guest, p, &waiter.left, &waiter.gfn))
    return false;
  vhm_backing_wait (p->guest, &waiter);
  return true;
}

/* `left` of the system's touches of its own frames remain. */
static enum after
serve_guest_fault (vhm_process *p, const struct vhm_fault *fault, double left)
{
  const struct frame_waiter waiter = {
    .kind = WAITS_KERNEL,
    .process = p,
    .page = fault->page,
    .thread = fault->thread,
    .write = fault->write,
    .left = left,
  };
  if (wait_for_kernel (p, waiter))
    return WAITS_FOR_HOST;
  if (p->guest->os->fault (p->guest->os_state, fault) == VHM_FAULT_WAITS)
    return WAITS_FOR_GUEST;
  bool rewrites = fault->write && p->content.arrival == VHM_ARRIVAL_KEPT;
  if (wait_for_frames (p, fault->thread, WAITS_REFERENCE, rewrites))
    return WAITS_FOR_HOST;
  if (rewrites && vhm_refs_is_protected (p->refs, fault->page))
    return write_fault (p, fault);
  return GOES_ON;
}

static enum after
serve_fault (vhm_process *p, const struct vhm_fault *fault)
{
  if (vhm_refs_is_hidden (p->refs, fault->page))
    return host_fault (p, fault);
  if (vhm_refs_is_protected (p->refs, fault->page))
    return write_fault (p, fault);
  return serve_guest_fault (p, fault, enter_kernel (p));
}

static void
trap (vhm_process *p)
{
  issue (p, p->trap_left);
  p->trap_stale = true;
  struct vhm_fault fault = { .process = p };
  fault.page = vhm_refs_trap (p->refs, &fault.write);
  if (fault.page == VHM_NO_PAGE) {
    go_on_issuing (p);
    return;
  }
  struct thread *t = any_running (p);
  fault.thread = t->index;
  enum after after = serve_fault (p, &fault);
  if (after != GOES_ON)
    stop_running (p, t,
                  after == WAITS_FOR_HOST ? THREAD_SWAPPED : THREAD_FAULTED);
}

static void
begin_operation (struct thread *t)
{
  vhm_process *p = t->process;
  t->left = p->how.references;
  t->started_cyc = vhm_engine_now (p->guest->around.engine).raw;
}

static void
wake_thread (void *context)
{
  struct thread *t = context;
  vhm_guest_begin (t->process->guest);
  begin_operation (t);
  go_on_running (t->process, t);
  vhm_guest_end (t->process->guest);
}

static void
think (vhm_process *p, struct thread *t)
{
  vhm_engine *engine = p->guest->around.engine;
  double ns = (double) p->how.think_ns * vhm_rng_exp (&p->rng);
  uint64_t wait = vhm_ns_to_cycles (p->guest->around.clock_hz, (uint64_t) ns);
  t->wake = vhm_engine_schedule (
      engine, vhm_cycles_add (vhm_engine_now (engine), vhm_cycles_make (wait)),
      VHM_PRIORITY_NORMAL, wake_thread, t);
}

static void
end_operation (vhm_process *p, struct thread *t)
{
  uint64_t took = vhm_engine_now (p->guest->around.engine).raw - t->started_cyc;
  vhm_guest *g = p->guest;
  uint64_t ns = vhm_cycles_to_ns (g->around.clock_hz, took);
  vhm_histogram_record (&g->latency_ns, ns, 1);
  if (g->n_first < VHM_FIRST_OPERATIONS)
    g->first_ns[g->n_first++] = ns;
  p->n_operations++;
  if (p->how.think_ns == 0) {
    begin_operation (t);
    return;
  }
  stop_running (p, t, THREAD_SLEEPING);
  think (p, t);
}

/* Returns whether it has ended. */
static bool
leave_operation (vhm_process *p, struct thread *t, double left)
{
  const struct frame_waiter waiter
      = { .kind = WAITS_CALL, .process = p, .thread = t->index, .left = left };
  return !wait_for_kernel (p, waiter);
}

static void
finish_operation (vhm_process *p, struct thread *t)
{
  if (leave_operation (p, t, enter_kernel (p)))
    end_operation (p, t);
  else
    stop_running (p, t, THREAD_SWAPPED);
}

static void
finish_due_operations (vhm_process *p)
{
  uint32_t n_running = p->n_running; /* the pace they were issued at */
  for (uint32_t i = 0; i < p->how.n_threads; i++) {
    struct thread *t = &p->threads[i];
    if (t->state == THREAD_RUNNING && is_due (p, t->left * n_running))
      finish_operation (p, t);
  }
}

static void
step_sweep (vhm_process *p)
{
  struct sweep *s = &p->sweep;
  if (!s->active || s->waits
      || (s->target - s->next - s->pages_ahead) * sweep_pace_cyc (p)
             >= SLACK_CYC)
    return;
  vhm_refs_touch (p->refs, s->next, s->target, s->write);
  translate (p);
  s->next = s->target;
  s->pages_ahead = 0;
  if (s->next == s->end) {
    s->active = false;
    vhm_process_notify (p, VHM_NOTICE_SWEPT);
    return;
  }
  find_target (p);
  if (s->target > s->next)
    return; /* another thread was faster */
  const struct vhm_fault fault = {
    .process = p,
    .page = s->next,
    .thread = SWEEPER,
    .write = vhm_rng_chance (&p->rng, s->write),
  };
  enum after after = serve_fault (p, &fault);
  s->waits = after != GOES_ON;
  s->is_swapped = after == WAITS_FOR_HOST;
  p->trap_stale = true; /* the page traps nobody else any more */
  find_target (p);
}

void
vhm_process_run_due (vhm_process *p)
{
  if (p->debt_total_cyc >= (uint64_t) SLACK_CYC && p->n_running > 0)
    return; /* the kernel first */
  if (p->n_running > 0 && !p->trap_stale && is_due (p, p->trap_left))
    trap (p);
  if (p->n_running > 0 && is_due (p, p->alarm_left)) {
    p->alarm_left = INFINITY;
    vhm_process_notify (p, VHM_NOTICE_REFERENCES);
  }
  finish_due_operations (p);
  if (p->debt_total_cyc < (uint64_t) SLACK_CYC || p->n_running > 0)
    step_sweep (p);
}

static void fill (vhm_process *p);

/* --- the operating system's side ------------------------------------------- */

void
vhm_process_charge (vhm_process *p, enum vhm_account account, uint64_t cyc)
{
  p->debt_cyc[account] += cyc;
  p->debt_total_cyc += cyc;
}

double
vhm_process_time_of (const vhm_process *p, double clock)
{
  if (p->guest->processes->len == 1)
    return clock; /* nothing to compare with */
  return vhm_history_time (&p->history, clock);
}

vhm_refs *
vhm_process_refs (const vhm_process *p)
{
  return p->refs;
}

bool
vhm_process_is_file (const vhm_process *p, uint32_t page, uint64_t *ret_at)
{
  guint i = p->files->len;
  while (i-- > 0) {
    const struct file *f = &g_array_index (p->files, struct file, i);
    if (page < f->first || page >= f->first + f->n)
      continue;
    *ret_at = f->at + (page - f->first);
    return true;
  }
  return false;
}

uint32_t
vhm_process_number (const vhm_process *p)
{
  return p->number;
}

uint32_t
vhm_process_first_page (const vhm_process *p)
{
  return p->first_page;
}

static void
go_on (vhm_process *p, uint32_t thread)
{
  p->trap_stale = true;
  if (thread == SWEEPER) {
    struct sweep *s = &p->sweep;
    s->waits = s->is_swapped = false;
    find_target (p);
  } else {
    VHM_REQUIRE (p->threads[thread].state == THREAD_FAULTED
                 || p->threads[thread].state == THREAD_SWAPPED);
    go_on_running (p, &p->threads[thread]);
  }
}

void
vhm_process_fault_served (vhm_process *p, uint32_t thread)
{
  if (p->killed)
    return;
  vhm_guest_begin (p->guest);
  if (!wait_for_frames (p, thread, WAITS_REFERENCE, false))
    go_on (p, thread);
  else if (thread == SWEEPER)
    p->sweep.is_swapped = true;
  else
    p->threads[thread].state = THREAD_SWAPPED;
  vhm_guest_end (p->guest);
}

/* A fault that has waited in the system goes on, if nobody else has brought the
 * page in meanwhile. */
static void
go_on_with_fault (vhm_process *p, const struct frame_waiter *w)
{
  const struct vhm_fault fault = {
    .process = p, .page = w->page, .thread = w->thread, .write = w->write
  };
  enum after after = GOES_ON;
  p->trap_stale = true;
  if (w->write && vhm_refs_is_protected (p->refs, w->page))
    after = write_fault (p, &fault);
  else if (!vhm_refs_traps (p->refs, w->page)) {
    vhm_refs_touch (p->refs, w->page, w->page + 1, w->write);
    translate (p);
  } else if (vhm_refs_is_hidden (p->refs, w->page))
    after = host_fault (p, &fault);
  else
    after = serve_guest_fault (p, &fault, w->left);
  if (p->killed)
    return;
  if (after == GOES_ON)
    go_on (p, w->thread);
  else if (w->thread == SWEEPER)
    p->sweep.is_swapped = after == WAITS_FOR_HOST;
  else
    p->threads[w->thread].state
        = after == WAITS_FOR_HOST ? THREAD_SWAPPED : THREAD_FAULTED;
}

static void
go_on_leaving (vhm_process *p, const struct frame_waiter *w)
{
  struct thread *t = &p->threads[w->thread];
  if (!leave_operation (p, t, w->left))
    return;
  go_on_running (p, t);
  if (t->state == THREAD_RUNNING)
    end_operation (p, t);
}

void
vhm_process_frame_came (vhm_process *p, const struct frame_waiter *waiter)
{
  if (p->killed || vhm_backing_waits (p->guest, p, waiter->thread))
    return; /* for nothing, or for another one, too */
  switch (waiter->kind) {
  case WAITS_FILL:
    fill (p);
    break;
  case WAITS_KERNEL:
    go_on_with_fault (p, waiter);
    break;
  case WAITS_CALL:
    go_on_leaving (p, waiter);
    break;
  case WAITS_REFERENCE:
    go_on (p, waiter->thread);
    break;
  case WAITS_IO:
  case WAITS_COMPLETION:
    VHM_REQUIRE (!"a transfer belongs to no process");
  }
}

double
vhm_process_cycles_per_reference (const vhm_process *p)
{
  return p->how.cycles_per_reference;
}

vhm_guest *
vhm_process_guest (const vhm_process *p)
{
  return p->guest;
}

const char *
vhm_process_kind (const vhm_process *p)
{
  return p->plugin->name;
}

/* Nobody can walk on over a page that traps. */
static void
stop_sweep_before (struct sweep *s, uint32_t page)
{
  if (s->active && page >= s->next && page < s->target)
    s->target = page;
}

void
vhm_process_guard (vhm_process *p, uint32_t page, uint32_t gfn)
{
  bool must = vhm_share_is_shared (p->guest, gfn)
              || vhm_backing_keeps_slot (&p->guest->backing, gfn);
  if ((!must && !vhm_share_watches (p, page)) || vhm_refs_traps (p->refs, page)
      || vhm_refs_is_protected (p->refs, page))
    return;
  vhm_refs_protect (p->refs, page);
  p->trap_stale = true;
  stop_sweep_before (&p->sweep, page);
}

void
vhm_process_wrote (vhm_process *p, uint32_t page)
{
  vhm_share_rewritten (p, page);
  if (!vhm_refs_is_protected (p->refs, page))
    return;
  vhm_refs_unprotect (p->refs, page, true);
  p->trap_stale = true;
}

/* What the page holds, after the system has mapped it. The write that fills it
 * does not count; one for which it had to be read from the disk does. */
static void
note_arrival (vhm_process *p, uint32_t page, enum vhm_arrival arrival)
{
  p->content.arrival = arrival;
  if (arrival == VHM_ARRIVAL_ZEROED)
    vhm_share_filled (p, page);
  else if (arrival == VHM_ARRIVAL_READ && vhm_refs_is_dirty (p->refs, page))
    vhm_share_rewritten (p, page);
}

void
vhm_process_page_mapped (vhm_process *p, uint32_t page, uint32_t gfn,
                         enum vhm_arrival arrival)
{
  vhm_translation_page_mapped (p, page);
  note_arrival (p, page, arrival);
  if (vhm_backing_arrive (p->guest, gfn, p, arrival)) {
    vhm_translation_frame_there (p, gfn);
    vhm_process_guard (p, page, gfn);
    return;
  }
  vhm_refs_hide (p->refs, page);
  const struct unbacked u = { .page = page, .gfn = gfn };
  g_array_append_val (p->unbacked, u);
}

void
vhm_process_hide (vhm_process *p, uint32_t page)
{
  vhm_translation_page_hidden (p, page);
  vhm_refs_hide (p->refs, page);
  p->trap_stale = true;
  stop_sweep_before (&p->sweep, page);
}

void
vhm_process_show (vhm_process *p, uint32_t page, uint32_t gfn, bool write,
                  bool accessed)
{
  vhm_refs_show (p->refs, page, write, accessed);
  vhm_translation_frame_there (p, gfn);
  p->trap_stale = true;
  if (write) {
    vhm_share_rewritten (p, page);
    vhm_backing_wrote (p->guest, gfn);
  }
  vhm_process_guard (p, page, gfn);
}

void
vhm_process_page_lost (vhm_process *p, uint32_t page)
{
  vhm_translation_page_lost (p, page);
  p->trap_stale = true;
  stop_sweep_before (&p->sweep, page);
}

bool
vhm_process_wants_frames (const vhm_process *p)
{
  return p->allocation.active;
}

static void
fill (vhm_process *p)
{
  struct allocation *a = &p->allocation;
  if (a->next < a->end)
    a->next += p->guest->os->fill (p->guest->os_state, p, a->next,
                                   a->end - a->next);
  p->trap_stale = true;
  VHM_ASSERT (a->next <= a->end);
  wait_for_frames (p, FILLER, WAITS_FILL, false);
  if (a->next < a->end || vhm_backing_waits (p->guest, p, FILLER)) {
    if (a->thread == VHM_NO_PAGE && p->n_running > 0) {
      struct thread *t = any_running (p);
      stop_running (p, t, THREAD_STALLED);
      a->thread = t->index;
    }
    return;
  }
  a->active = false;
  if (a->thread != VHM_NO_PAGE)
    go_on_running (p, &p->threads[a->thread]);
  a->thread = VHM_NO_PAGE;
  vhm_process_notify (p, VHM_NOTICE_ALLOCATED);
}

void
vhm_process_frames_ready (vhm_process *p)
{
  if (!p->allocation.active)
    return;
  vhm_guest_begin (p->guest);
  fill (p);
  vhm_guest_end (p->guest);
}

/* --- the workload's side ---------------------------------------------------- */

static uint32_t
region_first (const vhm_process *p, uint32_t region)
{
  VHM_REQUIRE (region < p->regions->len);
  return g_array_index (p->regions, uint32_t, region);
}

uint64_t
vhm_process_new_file (vhm_process *p, uint32_t n_pages)
{
  uint64_t at = p->guest->image_end;
  p->guest->image_end += n_pages;
  return at;
}

uint32_t
vhm_process_add_region (vhm_process *p, const struct vhm_region_spec *spec)
{
  VHM_REQUIRE (!p->threads);
  uint32_t first = vhm_refs_add_region (p->refs, spec);
  vhm_share_add_region (p, spec);
  g_array_append_val (p->regions, first);
  g_array_append_val (p->active, spec->n_active);
  p->n_active += spec->n_active;
  if (spec->is_file) {
    const struct file f
        = { .first = first, .n = spec->n_pages, .at = spec->file_at };
    g_array_append_val (p->files, f);
  }
  return p->regions->len - 1;
}

void
vhm_process_run (vhm_process *p, const struct vhm_threads *how)
{
  VHM_REQUIRE (!p->threads && how->n_threads > 0
               && how->cycles_per_reference > 0 && how->references >= 1);
  p->how = *how;
  if (p->translation)
    vhm_translation_start (p);
  p->guest->os->add_process (p->guest->os_state, p);
  p->threads = g_new0 (struct thread, how->n_threads);
  p->held = how->held;
  for (uint32_t i = 0; i < how->n_threads; i++) {
    struct thread *t = &p->threads[i];
    *t = (struct thread){ .process = p, .index = i, .wake = VHM_NO_EVENT };
    begin_operation (t);
    if (how->think_ns > 0 && !p->held)
      think (p, t);
    else
      go_on_running (p, t);
  }
}

void
vhm_process_hold (vhm_process *p)
{
  vhm_guest_begin (p->guest);
  p->held = true;
  for (uint32_t i = 0; i < p->how.n_threads; i++) {
    struct thread *t = &p->threads[i];
    cancel (p->guest->around.engine, t->wake);
    if (t->state == THREAD_RUNNING)
      stop_running (p, t, THREAD_SLEEPING);
  }
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
    go_on_running (p, t);
  }
  vhm_guest_end (p->guest);
}

bool
vhm_process_commit (vhm_process *p, uint32_t n_pages)
{
  if (!p->guest->os->commit (p->guest->os_state, n_pages))
    return false;
  p->n_committed += n_pages;
  return true;
}

void
vhm_process_uncommit (vhm_process *p, uint32_t n_pages)
{
  p->guest->os->uncommit (p->guest->os_state, n_pages);
  p->n_committed -= n_pages;
}

void
vhm_process_allocate (vhm_process *p, uint32_t region, uint32_t first,
                      uint32_t n)
{
  VHM_REQUIRE (!p->allocation.active);
  vhm_guest_begin (p->guest);
  p->allocation.active = true;
  p->allocation.next = region_first (p, region) + first;
  p->allocation.end = p->allocation.next + n;
  fill (p);
  vhm_guest_end (p->guest);
}

bool
vhm_process_is_allocating (const vhm_process *p)
{
  return p->allocation.active;
}

void
vhm_process_drop (vhm_process *p, uint32_t region, uint32_t first, uint32_t n)
{
  vhm_guest_begin (p->guest);
  p->guest->os->drop (p->guest->os_state, p, region_first (p, region) + first,
                      n);
  p->trap_stale = true;
  vhm_guest_end (p->guest);
}

void
vhm_process_set_active (vhm_process *p, uint32_t region, uint32_t n_active)
{
  vhm_guest_begin (p->guest);
  vhm_refs_set_active (p->refs, region, n_active);
  uint32_t *active = &g_array_index (p->active, uint32_t, region);
  p->n_active += n_active - *active;
  *active = n_active;
  p->trap_stale = true;
  vhm_guest_end (p->guest);
}

void
vhm_process_sweep (vhm_process *p, uint32_t region, uint32_t from, uint32_t to,
                   double cycles_per_page, bool write)
{
  VHM_REQUIRE (!p->sweep.active && from <= to && cycles_per_page > 0);
  vhm_guest_begin (p->guest);
  uint32_t first = region_first (p, region);
  p->sweep = (struct sweep){
    .active = true,
    .next = first + from,
    .end = first + to,
    .cycles_per_page = cycles_per_page,
    .write = write ? 1.0 : 0.0,
  };
  find_target (p);
  if (p->translation)
    vhm_translation_sweep (p);
  vhm_guest_end (p->guest);
}

bool
vhm_process_is_sweeping (const vhm_process *p)
{
  return p->sweep.active;
}

static void
ring (void *context)
{
  vhm_process *p = context;
  vhm_guest_begin (p->guest);
  vhm_process_notify (p, VHM_NOTICE_TIMER);
  vhm_guest_end (p->guest);
}

void
vhm_process_set_timer (vhm_process *p, uint64_t ns)
{
  vhm_engine *engine = p->guest->around.engine;
  uint64_t wait = vhm_ns_to_cycles (p->guest->around.clock_hz, ns);
  vhm_cycles at
      = vhm_cycles_add (vhm_engine_now (engine), vhm_cycles_make (wait));
  if (vhm_engine_is_pending (engine, p->timer))
    vhm_engine_rearm (engine, p->timer, at);
  else
    p->timer = vhm_engine_schedule (engine, at, VHM_PRIORITY_NORMAL, ring, p);
}

void
vhm_process_set_references (vhm_process *p, double references)
{
  vhm_guest_begin (p->guest);
  p->alarm_left = references;
  vhm_guest_end (p->guest);
}

struct vhm_rng *
vhm_process_rng (vhm_process *p)
{
  return &p->rng;
}

uint64_t
vhm_process_now_ns (const vhm_process *p)
{
  return vhm_cycles_to_ns (p->guest->around.clock_hz,
                           vhm_engine_now (p->guest->around.engine).raw);
}

struct vhm_guest_counters
vhm_process_memory (const vhm_process *p)
{
  return vhm_guest_counters (p->guest);
}

uint32_t
vhm_process_visible_pages (const vhm_process *p)
{
  return vhm_guest_visible_pages (p->guest);
}
