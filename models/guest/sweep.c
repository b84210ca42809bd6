/* Walks over pages by threads of their own (a collector, a zeroing loop, the jobs
 * of a workload): page after page, so many cycles each, stopped by those that
 * trap.
 *
 * A process has as many sweepers as it asks for, numbered from 0; each that does
 * not wait gets the same part of the processor. Pages that trap and are served at
 * once may be taken several in one event, which moves their faults by less than
 * the time of walking over them.
 *
 * R, the clock of references, is moved on by threads. Where none will ever run
 * and nothing but sweeps touches memory, each page of a sweep counts as one
 * reference, so that accessed bits can be told apart by it.
 *
 * Invariant: no page in [next, target) traps; target is the first at or after
 * next that does, or the end. Cost: O(sweepers) an event, and that of finding the
 * next page that traps.
 */
#include "process.h"

#include <vhm/base/require.h>

#include <math.h>

void
vhm_sweeps_init (vhm_process *p, uint32_t n)
{
  p->n_sweeps = n;
  p->sweeps = g_renew (struct sweep, p->sweeps, n);
  for (uint32_t i = 0; i < n; i++)
    p->sweeps[i] = (struct sweep){ .active = false };
}

uint32_t
vhm_sweeps_n_walking (const vhm_process *p)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n_sweeps; i++)
    n += p->sweeps[i].active && !p->sweeps[i].waits;
  return n;
}

uint32_t
vhm_sweeps_n_waiting (const vhm_process *p, bool for_host)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n_sweeps; i++) {
    const struct sweep *s = &p->sweeps[i];
    n += s->active && s->waits && (s->is_swapped || !for_host);
  }
  return n;
}

void
vhm_sweeps_stop (vhm_process *p)
{
  for (uint32_t i = 0; i < p->n_sweeps; i++)
    p->sweeps[i].active = false;
}

/* Cycles of a sweeper a page. */
static double
pace_cyc (const vhm_process *p, const struct sweep *s)
{
  return s->cycles_per_page
         + vhm_translation_exposed_cyc (p->translation, VHM_WALKER_SWEEP);
}

static double
left_cyc (const vhm_process *p, const struct sweep *s)
{
  return (s->target - s->next - s->pages_ahead) * pace_cyc (p, s);
}

/* How far can the sweep walk on? */
static void
find_target (vhm_process *p, struct sweep *s)
{
  s->target = vhm_refs_next_trapping (p->refs, s->next, s->end, s->write > 0);
}

/* It walks that many pages on, no further than the next that traps. */
static void
pass_over (vhm_process *p, struct sweep *s, uint32_t n)
{
  if (p->held && p->n_active == 0)
    vhm_process_issue (p, n);
  vhm_refs_touch (p->refs, s->next, s->next + n, s->write);
  vhm_process_translate (p);
  s->next += n;
}

static void
walk (vhm_process *p, struct sweep *s, uint64_t cyc)
{
  double pages = (double) cyc / pace_cyc (p, s);
  if (p->translation)
    vhm_translation_work (&p->translation->cost[VHM_WALKER_SWEEP], pages, cyc);
  double reach = fmin (s->pages_ahead + pages, s->target - s->next);
  uint32_t whole = (uint32_t) reach;
  pass_over (p, s, whole);
  s->pages_ahead = reach - whole;
}

void
vhm_sweeps_walk (vhm_process *p, uint64_t cyc)
{
  uint32_t n = vhm_sweeps_n_walking (p);
  for (uint32_t i = 0; i < p->n_sweeps; i++)
    if (p->sweeps[i].active && !p->sweeps[i].waits)
      walk (p, &p->sweeps[i], cyc / n);
}

void
vhm_sweeps_stop_before (vhm_process *p, uint32_t page)
{
  for (uint32_t i = 0; i < p->n_sweeps; i++) {
    struct sweep *s = &p->sweeps[i];
    if (s->active && page >= s->next && page < s->target)
      s->target = page;
  }
}

double
vhm_process_sweep_need_cyc (vhm_process *p)
{
  uint32_t n = vhm_sweeps_n_walking (p);
  double least = INFINITY, debt = (double) p->debt_total_cyc;
  for (uint32_t i = 0; i < p->n_sweeps; i++)
    if (p->sweeps[i].active && !p->sweeps[i].waits)
      least = fmin (least, left_cyc (p, &p->sweeps[i]));
  if (n == 0)
    return INFINITY;
  /* its step waits until the threads have paid, as in vhm_process_run_due */
  return p->n_running == 0 ? debt / n + least
                           : fmax (least, debt / p->n_running);
}

static bool
serve (vhm_process *p, uint32_t number, uint32_t page)
{
  struct sweep *s = &p->sweeps[number];
  const struct vhm_fault fault = {
    .process = p,
    .page = page,
    .thread = SWEEPER + number,
    .write = vhm_rng_chance (&p->rng, s->write),
    .overwrites = s->overwrites,
  };
  enum vhm_after after = vhm_process_serve_fault (p, &fault);
  s->waits = after != GOES_ON;
  s->is_swapped = after == WAITS_FOR_HOST;
  p->trap_stale = true; /* the page traps nobody else any more */
  return after == GOES_ON;
}

/* The page it has come to traps, and perhaps those after it. */
static void
serve_batch (vhm_process *p, uint32_t number)
{
  struct sweep *s = &p->sweeps[number];
  uint32_t page = s->next, end = page + MIN (s->end - page, s->batch);
  while (serve (p, number, page) && !p->killed && ++page < end
         && vhm_refs_traps (p->refs, page))
    continue;
  find_target (p, s);
}

static void
step (vhm_process *p, uint32_t number)
{
  struct sweep *s = &p->sweeps[number];
  if (!s->active || s->waits || left_cyc (p, s) >= SLACK_CYC)
    return;
  pass_over (p, s, s->target - s->next);
  s->pages_ahead = 0;
  if (s->next == s->end) {
    s->active = false;
    p->swept = number;
    vhm_process_notify (p, VHM_NOTICE_SWEPT);
    return;
  }
  find_target (p, s);
  if (s->target == s->next) /* else another thread was faster */
    serve_batch (p, number);
}

void
vhm_sweeps_step (vhm_process *p)
{
  for (uint32_t i = 0; i < p->n_sweeps && !p->killed; i++)
    step (p, i);
}

void
vhm_sweep_go_on (vhm_process *p, uint32_t number)
{
  struct sweep *s = &p->sweeps[number];
  s->waits = s->is_swapped = false;
  find_target (p, s);
}

void
vhm_process_walk (vhm_process *p, uint32_t sweeper, const struct vhm_walk *w)
{
  VHM_REQUIRE (sweeper < p->n_sweeps && !p->sweeps[sweeper].active
               && w->from <= w->to && w->cycles_per_page > 0);
  vhm_guest_begin (p->guest);
  uint32_t first = vhm_process_region_first (p, w->region);
  struct sweep *s = &p->sweeps[sweeper];
  *s = (struct sweep){
    .active = true,
    .next = first + w->from,
    .end = first + w->to,
    .cycles_per_page = w->cycles_per_page,
    .write = w->write ? 1.0 : 0.0,
    .overwrites = w->overwrites,
    .batch = MAX (w->batch, 1),
  };
  find_target (p, s);
  if (p->translation)
    vhm_translation_sweep (p, s);
  vhm_guest_end (p->guest);
}

void
vhm_process_sweep (vhm_process *p, uint32_t region, uint32_t from, uint32_t to,
                   double cycles_per_page, bool write)
{
  const struct vhm_walk w = {
    .region = region,
    .from = from,
    .to = to,
    .cycles_per_page = cycles_per_page,
    .write = write,
  };
  vhm_process_walk (p, 0, &w);
}

bool
vhm_process_is_walking (const vhm_process *p, uint32_t sweeper)
{
  return p->sweeps[sweeper].active;
}

bool
vhm_process_is_sweeping (const vhm_process *p)
{
  return vhm_process_is_walking (p, 0);
}

uint32_t
vhm_process_swept (const vhm_process *p)
{
  return p->swept;
}
