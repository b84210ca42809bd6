/* A walk over pages by a helper thread of its own (a collector, a zeroing loop):
 * page after page, so many cycles each, stopped by those that trap.
 *
 * Invariant: no page in [next, target) traps; target is the first at or after
 * next that does, or the end. Cost: O(1) an event, and that of finding the next
 * page that traps. Left out: more than one sweep a process at a time.
 */
#include "process.h"

#include <vhm/base/require.h>

#include <math.h>

/* Cycles of the sweeper a page. */
double
vhm_sweep_pace_cyc (const vhm_process *p)
{
  return p->sweep.cycles_per_page
         + vhm_translation_exposed_cyc (p->translation, VHM_WALKER_SWEEP);
}

/* How far can the sweep walk on? */
void
vhm_sweep_find_target (vhm_process *p)
{
  struct sweep *s = &p->sweep;
  s->target = vhm_refs_next_trapping (p->refs, s->next, s->end, s->write > 0);
}

void
vhm_sweep_walk (vhm_process *p, double pages)
{
  struct sweep *s = &p->sweep;
  double reach = fmin (s->pages_ahead + pages, s->target - s->next);
  uint32_t whole = (uint32_t) reach;
  vhm_refs_touch (p->refs, s->next, s->next + whole, s->write);
  vhm_process_translate (p);
  s->next += whole;
  s->pages_ahead = reach - whole;
}

/* Nobody can walk on over a page that traps. */
void
vhm_sweep_stop_before (struct sweep *s, uint32_t page)
{
  if (s->active && page >= s->next && page < s->target)
    s->target = page;
}

double
vhm_process_sweep_need_cyc (vhm_process *p)
{
  const struct sweep *s = &p->sweep;
  if (!s->active || s->waits)
    return INFINITY;
  double walk = (s->target - s->next - s->pages_ahead) * vhm_sweep_pace_cyc (p);
  double debt = (double) p->debt_total_cyc;
  /* its step waits until the threads have paid, as in vhm_process_run_due */
  return p->n_running == 0 ? debt + walk : fmax (walk, debt / p->n_running);
}

void
vhm_sweep_step (vhm_process *p)
{
  struct sweep *s = &p->sweep;
  if (!s->active || s->waits
      || (s->target - s->next - s->pages_ahead) * vhm_sweep_pace_cyc (p)
             >= SLACK_CYC)
    return;
  vhm_refs_touch (p->refs, s->next, s->target, s->write);
  vhm_process_translate (p);
  s->next = s->target;
  s->pages_ahead = 0;
  if (s->next == s->end) {
    s->active = false;
    vhm_process_notify (p, VHM_NOTICE_SWEPT);
    return;
  }
  vhm_sweep_find_target (p);
  if (s->target > s->next)
    return; /* another thread was faster */
  const struct vhm_fault fault = {
    .process = p,
    .page = s->next,
    .thread = SWEEPER,
    .write = vhm_rng_chance (&p->rng, s->write),
  };
  enum vhm_after after = vhm_process_serve_fault (p, &fault);
  s->waits = after != GOES_ON;
  s->is_swapped = after == WAITS_FOR_HOST;
  p->trap_stale = true; /* the page traps nobody else any more */
  vhm_sweep_find_target (p);
}

void
vhm_process_sweep (vhm_process *p, uint32_t region, uint32_t from, uint32_t to,
                   double cycles_per_page, bool write)
{
  VHM_REQUIRE (!p->sweep.active && from <= to && cycles_per_page > 0);
  vhm_guest_begin (p->guest);
  uint32_t first = vhm_process_region_first (p, region);
  p->sweep = (struct sweep){
    .active = true,
    .next = first + from,
    .end = first + to,
    .cycles_per_page = cycles_per_page,
    .write = write ? 1.0 : 0.0,
  };
  vhm_sweep_find_target (p);
  if (p->translation)
    vhm_translation_sweep (p);
  vhm_guest_end (p->guest);
}

bool
vhm_process_is_sweeping (const vhm_process *p)
{
  return p->sweep.active;
}
