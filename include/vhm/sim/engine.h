/* The event engine: clock, event queue, handles. The contract:
 *
 * An event is a function and a context to call at a cycle. Events run in the
 * total order (time, priority, sequence): earlier time first; at equal time the
 * smaller priority number first; at equal priority in the order in which they
 * were scheduled. Re-arming counts as scheduling anew. The order never depends
 * on addresses, on hashing or on floating point.
 *
 * A handle names one scheduled event. It is good until the event has begun to
 * run or was cancelled; after that vhm_engine_is_pending is false for ever
 * (handles carry a generation, so a recycled slot does not revive an old one).
 * VHM_NO_EVENT is never pending.
 *
 * Inside its function an event may schedule, cancel and re-arm anything,
 * including at the present cycle (it then runs later in this same cycle, after
 * all that was already scheduled with the same or smaller priority number).
 *
 * The caller's bug (VHM_REQUIRE aborts): scheduling in the past, a NULL
 * function, a priority outside 0..63, cancelling or re-arming a handle that is
 * not pending, running or freeing the engine from inside an event, more than
 * 2^24 pending events.
 *
 * Cost: schedule, cancel, pop O(log n) in a 4-ary heap; 44 bytes a pending event
 * (heap entry 16, place 4, slot 24); no allocation once the queue has reached
 * its largest size. Cheapest is an event that schedules its successor itself.
 */
#ifndef VHM_SIM_ENGINE_H
#define VHM_SIM_ENGINE_H

#include <glib.h>
#include <vhm/base/units.h>

typedef struct vhm_engine vhm_engine;

typedef struct {
  uint64_t raw;
} vhm_event;

#define VHM_NO_EVENT ((vhm_event){ 0 })
#define VHM_NEVER ((vhm_cycles){ UINT64_MAX })

typedef void (*vhm_engine_fn) (void *context);

/* Priorities: small runs first within one cycle. */
enum vhm_priority {
  VHM_PRIORITY_DEVICE = 10,   /* completions become visible first */
  VHM_PRIORITY_NORMAL = 20,   /* references, faults, timers */
  VHM_PRIORITY_POLICY = 30,   /* balancers see a settled cycle */
  VHM_PRIORITY_OBSERVER = 40, /* samplers see everything */
};

vhm_engine *vhm_engine_new (void);
void vhm_engine_free (vhm_engine *engine);

vhm_cycles vhm_engine_now (const vhm_engine *engine);
/* Where the present cycle is kept, for vhm_require_set_context. */
const uint64_t *vhm_engine_now_ptr (const vhm_engine *engine);

vhm_event vhm_engine_schedule (vhm_engine *engine, vhm_cycles at, int priority,
                               vhm_engine_fn fn, void *context);
void vhm_engine_cancel (vhm_engine *engine, vhm_event event);
/* Moves a pending event to another cycle, keeping its handle, function and
 * priority. */
void vhm_engine_rearm (vhm_engine *engine, vhm_event event, vhm_cycles at);
bool vhm_engine_is_pending (const vhm_engine *engine, vhm_event event);
vhm_cycles vhm_engine_when (const vhm_engine *engine, vhm_event event);

/* Runs events up to and including cycle `until`, then sets the clock to it.
 * Returns early, clock at the running event, after vhm_engine_stop, which has
 * its effect only from inside an event. */
void vhm_engine_run (vhm_engine *engine, vhm_cycles until);
void vhm_engine_stop (vhm_engine *engine);

uint64_t vhm_engine_n_events (const vhm_engine *engine); /* run so far */
uint64_t vhm_engine_n_pending (const vhm_engine *engine);

/* Whole-structure check for tests and the hostile build: heap order, slots and
 * heap point at each other. */
bool vhm_engine_is_valid (const vhm_engine *engine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_engine, vhm_engine_free)

#endif
