/* What the virtual processors of a guest receive while they are dispatched as they
 * are: see quantum.c.
 *
 * n of k busy VPs run, each at speed v: together they do n v a cycle. What the
 * guest owes for switches is done first; the rest, over k, is service of one VP.
 * Exact, as pace.h says, whenever somebody looks.
 */
#include "quantum.h"

#include <vhm/base/units.h>

struct progress
quantum_progress (const struct guest *g, uint64_t now)
{
  const struct quantum *s = g->quantum;
  uint64_t cycles = now - g->since_cyc;
  const struct pace pace = { g->n_running * s->speed_ppm, VHM_PPM };
  fixed done = pace_progress (pace, cycles);
  fixed paid = MIN (done, g->owed);
  return (struct progress){
    .worked = done - paid,
    .switched = paid,
    .slowed = ((fixed) g->n_running * cycles << FRACTION_BITS) - done,
  };
}

fixed
quantum_service_now (const struct guest *g)
{
  fixed worked = quantum_progress (g, now_cyc (g->quantum)).worked;
  return g->service + worked / MAX (g->n_busy, 1);
}

void
quantum_settle (struct guest *g)
{
  uint64_t now = now_cyc (g->quantum);
  if (now == g->since_cyc)
    return;
  struct progress p = quantum_progress (g, now);
  g->service += p.worked / MAX (g->n_busy, 1);
  g->owed -= p.switched;
  g->switched += p.switched;
  g->slowed += p.slowed;
  g->since_cyc = now;
}

/* Cycle at which its alarm is due. */
fixed
quantum_due (const struct guest *g)
{
  if (!g->is_armed || g->n_running == 0)
    return FOREVER;
  fixed target = (fixed) g->at_service_cyc << FRACTION_BITS;
  fixed missing = target > g->service + SLACK ? target - SLACK - g->service : 0;
  if (missing > FOREVER / 2 / g->n_busy)
    return FOREVER;
  const struct pace pace = { g->n_running * g->quantum->speed_ppm, VHM_PPM };
  fixed cycles = pace_cycles_until (pace, g->owed + missing * g->n_busy);
  if (cycles >= VHM_NEVER.raw)
    return FOREVER;
  return MAX (g->since_cyc + cycles, now_cyc (g->quantum));
}

void
quantum_set_event (vhm_engine *engine, vhm_event *event, fixed at_cyc,
                   int priority, vhm_engine_fn fn, void *context)
{
  bool is_pending = vhm_engine_is_pending (engine, *event);
  if (at_cyc >= VHM_NEVER.raw) {
    if (is_pending)
      vhm_engine_cancel (engine, *event);
    *event = VHM_NO_EVENT;
    return;
  }
  vhm_cycles at = vhm_cycles_make ((uint64_t) at_cyc);
  if (!is_pending)
    *event = vhm_engine_schedule (engine, at, priority, fn, context);
  else if (vhm_engine_when (engine, *event).raw != at.raw)
    vhm_engine_rearm (engine, *event, at);
}

static void
ring (void *context)
{
  struct guest *g = context;
  g->event = VHM_NO_EVENT;
  g->is_armed = false;
  g->is.alarm (g->is.context);
}

void
quantum_set_alarm (struct guest *g)
{
  quantum_set_event (g->quantum->engine, &g->event, quantum_due (g),
                     VHM_PRIORITY_NORMAL, ring, g);
}
