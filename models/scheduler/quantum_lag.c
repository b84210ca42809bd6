/* Who is how far behind, and who may run: see quantum.c.
 *
 * A guest's `due` is the integral of what a busy VP of it ought to have; a VP's lag
 * is that, less what it has had. Settled whenever shares change, so that between
 * two changes both are straight lines.
 */
#include "quantum.h"

#include <vhm/base/units.h>

lag
quantum_lag_of_cycles (uint64_t cycles)
{
  return (lag) cycles << LAG_BITS;
}

lag
quantum_due_now (const struct guest *g)
{
  lag elapsed = quantum_lag_of_cycles (now_cyc (g->quantum) - g->due_cyc);
  return g->due
         + elapsed * (lag) g->share_ppm / (lag) (VHM_PPM * MAX (g->n_busy, 1));
}

/* How far behind it is. */
lag
quantum_lag_now (const struct vp *vp)
{
  lag used = vp->used;
  if (vp->state == VP_RUNNING)
    used += quantum_lag_of_cycles (now_cyc (vp->guest->quantum) - vp->used_cyc);
  return quantum_due_now (vp->guest) - used;
}

/* Up to now with the share that it had, then with the new one. */
void
quantum_take_shares (struct quantum *s)
{
  for (uint32_t i = 0; i < s->guests->len; i++) {
    struct guest *g = g_ptr_array_index (s->guests, i);
    const struct level_guest *level = level_guest (&s->level, i);
    g->share_ppm = level->share_ppm;
    if (level->state == LEVEL_AFLOAT)
      g->share_ppm = (uint64_t) ((unsigned __int128) level->weight
                                 * s->level.rest_ppm / s->level.weight);
  }
}

void
quantum_settle_dues (struct quantum *s)
{
  for (uint32_t i = 0; i < s->guests->len; i++) {
    struct guest *g = g_ptr_array_index (s->guests, i);
    g->due = quantum_due_now (g);
    g->due_cyc = now_cyc (s);
  }
}

/* Cycle at which one that is ahead no longer is, with its share as it is. */
uint64_t
quantum_level_cyc (const struct vp *vp)
{
  const struct guest *g = vp->guest;
  lag ahead = MAX (-quantum_lag_now (vp), 0),
      share = MAX ((lag) g->share_ppm, 1);
  lag part = ahead * (lag) (VHM_PPM * g->n_busy) / share;
  lag cycles = (part >> LAG_BITS) + 1;
  return now_cyc (g->quantum) + (uint64_t) MIN (cycles, (lag) INT64_MAX);
}

bool
quantum_is_capped (const struct guest *g)
{
  return g->is.cap_ppm < VHM_PPM;
}

bool
quantum_may_run_now (const struct vp *vp)
{
  return !quantum_is_capped (vp->guest) || quantum_lag_now (vp) >= 0;
}

bool
quantum_may_run_on (const struct vp *vp, uint32_t cpu)
{
  const struct guest *g = vp->guest;
  for (size_t i = 0; i < g->is.n_affinity; i++)
    if (g->affinity[i] == cpu)
      return true;
  return !g->affinity;
}

bool
quantum_goes_before (const struct vp *a, const struct vp *b)
{
  lag of_a = quantum_lag_now (a), of_b = quantum_lag_now (b);
  return of_a != of_b ? of_a > of_b : a->place < b->place;
}
