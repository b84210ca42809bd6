/* Whether to measure what translation costs now, and how.
 *
 * Called for by: something never measured; other guests that run; time by
 * `every`; resident or active pages of a process or large blocks of a guest
 * that have changed by more than is tolerated; a rough measurement whose
 * inputs have come to rest. Inputs that have changed since the last look are
 * on the move: a measurement would soon be old, so it is a rough one; and so
 * it is where a full one is not yet worth it.
 *
 * Budget. `references` and `references_per_event` for each event simulated, so
 * measuring takes a bounded part of the run and never looks at the wall clock.
 * AT_ONCE of `references` is there when the run begins, the rest comes in
 * proportion to the simulated time that has passed. Time alone calls within
 * what has come; what is new or has changed may draw on what is yet to come,
 * but the more of what has come is used up, the more must have changed
 * (DOUBLINGS). So neither what fills at the start nor what stands still spends
 * what later changes need. Rough measurements may use up ROUGH_SHARE. The
 * first measurement is free.
 *
 * Worth. What changed is measured again only when WORTH times the references
 * that this draws have been issued at the old cost: before, it matters to next
 * to nothing. A rough measurement is followed by a full one after AT_REST all
 * the same.
 */
#include "measure_when.h"

#include <vhm/base/units.h>
#include <vhm/model/exposure.h>

#include <math.h>

#define AT_ONCE 0.25
#define AT_REST_NS (10 * VHM_NS_PER_S)
#define ROUGH_SHARE 0.25
/* Of `change`, until nothing is left to draw: what is left is kept for changes
 * that matter most. A fall by four fifths still calls. */
#define DOUBLINGS 2
/* So measuring, warm-up and all, takes about as long as every-reference mode. */
#define WORTH 2

struct measure_allowance
vhm_measure_allowed (const struct vhm_case_measure *c, double elapsed,
                     uint64_t n_events)
{
  double base = (double) c->base, events = c->per_event * (double) n_events;
  return (struct measure_allowance){
    .by_now = base * (AT_ONCE + (1 - AT_ONCE) * elapsed) + events,
    .in_all = base + events,
  };
}

double
vhm_measure_tolerated (double change, double used, double allowed)
{
  return change * exp2 (DOUBLINGS * fmin (1, used / fmax (1, allowed)));
}

static bool
is_worth (const struct measure_sight *s, bool is_rough)
{
  return s->issued
         >= WORTH * s->most / (is_rough ? VHM_EXPOSURE_ROUGH_PART : 1);
}

/* Not by time alone. */
static bool
is_urgent (const struct measure_sight *s)
{
  bool has_settled = s->was_rough && !s->moves;
  return s->is_new || s->others_run || (has_settled && s->age_ns >= AT_REST_NS)
         || ((has_settled || s->has_changed) && is_worth (s, s->moves));
}

/* By time alone. */
static bool
is_aged (const struct measure_sight *s)
{
  return s->has_measured && s->age_ns >= s->every_ns;
}

enum measure_choice
vhm_measure_choose (const struct measure_sight *s)
{
  bool urgent = is_urgent (s);
  bool is_rough = s->moves || (s->is_new && !is_worth (s, false));
  bool may = s->used < (urgent ? s->allowed.in_all : s->allowed.by_now)
             && (!is_rough || s->used_rough < ROUGH_SHARE * s->allowed.in_all);
  if (!urgent && !(is_aged (s) && may))
    return MEASURE_NOTHING;
  if (s->has_measured && !may)
    return MEASURE_REFUSED;
  return is_rough ? MEASURE_ROUGH : MEASURE_FULL;
}
