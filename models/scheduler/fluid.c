/* Shares processors among guests as a fluid: generalized processor sharing.
 *
 * Guest i with k busy virtual processors gets a = clamp (w l, f, u) processors:
 * weight times the water level l, no less than its floor, no more than its
 * ceiling (level.c finds l); each of its busy VPs runs at the rate a / k.
 *
 * Guests at a bound, or idle, run in real time at a rate of their own. All
 * others are afloat and share one virtual clock V, the integral of l over time:
 * what guest i receives between two looks is w dV, whatever l did in between.
 * So when the level moves only the guests that go to or leave a bound are
 * touched, and one event stands for all alarms of the guests afloat: the one
 * that is due first in virtual time.
 *
 * Service is exact, to the cycle, in whatever order and however often somebody
 * looks (pace.h says how): uncontended it is elapsed time, the whole
 * cycles never add up to more than the processors gave, and an alarm rings at
 * the first cycle at which vhm_scheduler_service_cyc says so.
 *
 * Cost of a change of demand: uncontended before and after, O(1) and one event,
 * that of this guest; else a scan of all guests by level.c, and an event
 * for each that goes to or leaves a bound. A search tree of the bounds would
 * make the scan O(log n), at several times the code. Measured (one core of a
 * 2-core server), a change of demand + a look + a new alarm: 55 ns uncontended;
 * contended 140 ns with 5 guests, 0.6 us with 50, 4.2 us with 500.
 *
 * Left out: quanta, affinity, topology, whose turn it is: a VP with a rate of
 * 1/2 runs all the time, at half speed.
 *
 * Range: processors x cycles below 2^64 (85 days of 1,000 processors).
 *
 * Source: A. Parekh and R. Gallager, "A generalized processor sharing approach
 * to flow control in integrated services networks", IEEE/ACM Transactions on
 * Networking 1(3), 1993 (virtual time); D. Bertsekas and R. Gallager, "Data
 * Networks", 2nd edition, 1992, section 6.5.2 (max-min fairness).
 */
#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include "level.h"
#include "ops.h"
#include "pace.h"

struct guest {
  struct vhm_scheduler_entity is;
  struct fluid *fluid;
  uint32_t number, n_busy;
  bool is_afloat, is_armed;
  uint64_t share_ppm; /* of all its VPs together; if not afloat */
  fixed service;      /* of one busy VP, up to the two times below */
  fixed since;        /* virtual time, if afloat */
  uint64_t since_cyc; /* real time, if not */
  fixed due;          /* virtual time of the alarm; FOREVER if there is none or
                         its own event stands for it */
  uint64_t at_service_cyc;
  vhm_event event; /* the alarm, if not afloat */
};

struct fluid {
  vhm_engine *engine;
  GPtrArray *guests; /* struct guest */
  uint32_t n_vps;
  struct level level;
  fixed virtual_time; /* at `virtual_at_cyc` */
  uint64_t virtual_at_cyc;
  struct pace speed;   /* of virtual time: processors a unit of weight */
  struct guest *first; /* the one due first, NULL if none */
  vhm_event event;     /* its alarm */
};

/* --- service ------------------------------------------------------------- */

static uint64_t
now_cyc (const struct fluid *s)
{
  return vhm_engine_now (s->engine).raw;
}

static fixed
virtual_now (const struct fluid *s)
{
  return s->virtual_time
         + pace_progress (s->speed, now_cyc (s) - s->virtual_at_cyc);
}

/* Of one busy VP, if the guest is not afloat. */
static struct pace
pace_of (const struct guest *g)
{
  return (struct pace){ g->share_ppm, MAX (g->n_busy, 1) * VHM_PPM };
}

static fixed
service_now (const struct guest *g)
{
  const struct fluid *s = g->fluid;
  if (g->is_afloat)
    return g->service + g->is.weight * (virtual_now (s) - g->since) / g->n_busy;
  return g->service + pace_progress (pace_of (g), now_cyc (s) - g->since_cyc);
}

/* What is left to do until the alarm, from `since` on. */
static fixed
missing (const struct guest *g)
{
  fixed target = ((fixed) g->at_service_cyc << FRACTION_BITS);
  return target > g->service + SLACK ? target - SLACK - g->service : 0;
}

/* Virtual time of the alarm of a guest afloat. */
static fixed
due_in_virtual_time (const struct guest *g)
{
  fixed amount = missing (g);
  if (!g->is_armed || amount > FOREVER / 2 / g->n_busy) /* 2: for `since` */
    return FOREVER;
  return g->since + fixed_divide_up (amount * g->n_busy, g->is.weight);
}

/* Cycle of the alarm of a guest that is not afloat. */
static fixed
due_in_real_time (const struct guest *g)
{
  fixed cycles = pace_cycles_until (pace_of (g), missing (g));
  if (!g->is_armed || g->n_busy == 0 || cycles >= VHM_NEVER.raw)
    return FOREVER;
  return MAX (g->since_cyc + cycles, now_cyc (g->fluid));
}

/* --- alarms -------------------------------------------------------------- */

static void
set_event (vhm_engine *engine, vhm_event *event, fixed at_cyc, vhm_engine_fn fn,
           void *context)
{
  bool is_pending = vhm_engine_is_pending (engine, *event);
  vhm_cycles now = vhm_engine_now (engine);
  vhm_cycles at = vhm_cycles_make ((uint64_t) MAX (at_cyc, now.raw));
  if (at_cyc >= VHM_NEVER.raw) {
    if (is_pending)
      vhm_engine_cancel (engine, *event);
    *event = VHM_NO_EVENT;
  } else if (!is_pending)
    *event = vhm_engine_schedule (engine, at, VHM_PRIORITY_NORMAL, fn, context);
  else if (vhm_engine_when (engine, *event).raw != at.raw)
    vhm_engine_rearm (engine, *event, at);
}

static void ring_first (void *context);

/* Puts the one event of the guests afloat where it belongs. */
static void
set_first_event (struct fluid *s)
{
  fixed at_cyc = FOREVER;
  if (s->first) {
    fixed due = s->first->due, since = s->virtual_time;
    fixed cycles = pace_cycles_until (s->speed, due > since ? due - since : 0);
    at_cyc = cycles < VHM_NEVER.raw ? s->virtual_at_cyc + cycles : FOREVER;
  }
  set_event (s->engine, &s->event, at_cyc, ring_first, s);
}

/* Of equal ones, the lowest number. */
static void
find_first (struct fluid *s)
{
  fixed due = FOREVER;
  s->first = NULL;
  for (uint32_t i = 0; i < s->guests->len; i++) {
    struct guest *g = g_ptr_array_index (s->guests, i);
    if (g->due < due) {
      due = g->due;
      s->first = g;
    }
  }
}

static void
set_due (struct guest *g, fixed due)
{
  struct fluid *s = g->fluid;
  fixed before = g->due;
  g->due = due;
  if (s->first == g ? due > before : s->first && due == s->first->due)
    find_first (s);
  else if (due < FOREVER && (!s->first || due < s->first->due))
    s->first = g;
}

static void
ring (struct guest *g)
{
  g->is_armed = false;
  set_due (g, FOREVER);
  set_first_event (g->fluid);
  g->is.alarm (g->is.context);
}

static void
ring_own (void *context)
{
  struct guest *g = context;
  g->event = VHM_NO_EVENT;
  ring (g);
}

static void
ring_first (void *context)
{
  struct fluid *s = context;
  s->event = VHM_NO_EVENT;
  VHM_ASSERT (s->first && s->first->due <= virtual_now (s));
  ring (s->first);
}

static void
set_alarm (struct guest *g)
{
  set_due (g, g->is_afloat ? due_in_virtual_time (g) : FOREVER);
  set_event (g->fluid->engine, &g->event,
             g->is_afloat ? FOREVER : due_in_real_time (g), ring_own, g);
}

/* --- pace ---------------------------------------------------------------- */

static void
settle (struct guest *g)
{
  g->service = service_now (g);
  g->since = virtual_now (g->fluid);
  g->since_cyc = now_cyc (g->fluid);
}

/* From now on, when it is settled, with the share that the level gives. */
static void
go_on (struct guest *g)
{
  const struct level_guest *level = level_guest (&g->fluid->level, g->number);
  g->is_afloat = level->state == LEVEL_AFLOAT;
  g->share_ppm = level->share_ppm;
  set_alarm (g);
}

static void
set_speed (struct fluid *s)
{
  uint64_t n = s->level.rest_ppm, of = s->level.weight * VHM_PPM;
  if (s->speed.n == n && s->speed.of == MAX (of, 1))
    return;
  s->virtual_time = virtual_now (s);
  s->virtual_at_cyc = now_cyc (s);
  s->speed = (struct pace){ of > 0 ? n : 0, MAX (of, 1) };
}

static bool
has_other_share (const struct guest *g)
{
  const struct level_guest *level = level_guest (&g->fluid->level, g->number);
  return g->is_afloat != (level->state == LEVEL_AFLOAT)
         || g->share_ppm != level->share_ppm;
}

static void
follow_level (struct fluid *s)
{
  set_speed (s);
  for (uint32_t i = 0; i < s->guests->len; i++) {
    struct guest *g = g_ptr_array_index (s->guests, i);
    if (has_other_share (g)) {
      settle (g);
      go_on (g);
    }
  }
  set_first_event (s);
}

/* --- contract ------------------------------------------------------------ */

static struct guest *
guest_at (const struct fluid *s, uint32_t number)
{
  VHM_REQUIRE (number < s->guests->len);
  return g_ptr_array_index (s->guests, number);
}

static void *
fluid_make (vhm_engine *engine, const struct vhm_scheduler_config *config)
{
  struct fluid *s = g_new0 (struct fluid, 1);
  s->engine = engine;
  s->guests = g_ptr_array_new_with_free_func (g_free);
  s->speed.of = 1; /* and n = 0: nobody is afloat */
  level_init (&s->level, config->n_cpus * VHM_PPM,
              config->reserve_rule == VHM_RESERVE_FIRST);
  return s;
}

static void
disarm (struct guest *g)
{
  g->is_armed = false;
  set_alarm (g);
  if (g->is_afloat)
    set_first_event (g->fluid);
}

static void
fluid_free (void *state)
{
  struct fluid *s = state;
  for (uint32_t i = 0; i < s->guests->len; i++)
    disarm (g_ptr_array_index (s->guests, i));
  level_clear (&s->level);
  g_ptr_array_unref (s->guests);
  g_free (s);
}

static uint32_t
fluid_add (void *state, const struct vhm_scheduler_entity *entity)
{
  struct fluid *s = state;
  s->n_vps += entity->n_vps;
  VHM_REQUIRE (entity->n_vps <= MAX_VPS && s->n_vps <= MAX_VPS);
  struct guest *g = g_new0 (struct guest, 1);
  g->is = *entity;
  g->fluid = s;
  g->number = s->guests->len;
  g->due = FOREVER;
  g_ptr_array_add (s->guests, g);
  level_add (&s->level, entity->weight, entity->reserve_ppm * entity->n_vps);
  return g->number;
}

static bool fluid_is_valid (const void *state);

static void
fluid_set_demand (void *state, uint32_t entity, uint32_t n_busy)
{
  struct fluid *s = state;
  struct guest *g = guest_at (s, entity);
  VHM_REQUIRE (n_busy <= g->is.n_vps);
  if (n_busy == g->n_busy)
    return;
  settle (g);
  g->n_busy = n_busy;
  bool others = level_want (
      &s->level, entity, MIN (n_busy * VHM_PPM, g->is.cap_ppm * g->is.n_vps));
  /* Its share may be what it was, its rate is not. */
  go_on (g);
  if (others)
    follow_level (s);
  VHM_PARANOID (fluid_is_valid (s));
}

static uint64_t
fluid_service_cyc (const void *state, uint32_t entity)
{
  fixed service = service_now (guest_at (state, entity));
  return (uint64_t) ((service + SLACK) >> FRACTION_BITS);
}

static uint64_t
fluid_rate_ppm (const void *state, uint32_t entity)
{
  const struct fluid *s = state;
  const struct guest *g = guest_at (s, entity);
  fixed n
      = g->is_afloat ? (fixed) g->is.weight * s->level.rest_ppm : g->share_ppm;
  fixed of = (fixed) MAX (g->n_busy, 1) * (g->is_afloat ? s->level.weight : 1);
  return (uint64_t) ((n + of / 2) / of);
}

static void
fluid_arm (void *state, uint32_t entity, uint64_t at_service_cyc)
{
  struct guest *g = guest_at (state, entity);
  g->is_armed = true;
  g->at_service_cyc = at_service_cyc;
  set_alarm (g);
  if (g->is_afloat)
    set_first_event (g->fluid);
}

static void
fluid_disarm (void *state, uint32_t entity)
{
  disarm (guest_at (state, entity));
}

static struct vhm_scheduler_counts
fluid_counts (const void *state, uint32_t entity)
{
  (void) guest_at (state, entity);
  return (struct vhm_scheduler_counts){ 0 };
}

/* All run all the time, if at part speed. */
static uint32_t
fluid_n_waiting (const void *state, uint32_t entity)
{
  (void) guest_at (state, entity);
  return 0;
}

static bool
is_guest_valid (const struct fluid *s, const struct guest *g)
{
  bool has_event = vhm_engine_is_pending (s->engine, g->event);
  fixed due = g->is_afloat ? FOREVER : due_in_real_time (g);
  return !has_other_share (g) && g->n_busy <= g->is.n_vps
         && (g->n_busy > 0 || !g->is_afloat)
         && g->due == (g->is_afloat ? due_in_virtual_time (g) : FOREVER)
         && has_event == (due < VHM_NEVER.raw)
         && (!has_event || vhm_engine_when (s->engine, g->event).raw == due);
}

static bool
fluid_is_valid (const void *state)
{
  const struct fluid *s = state;
  fixed due = FOREVER;
  for (uint32_t i = 0; i < s->guests->len; i++) {
    const struct guest *g = g_ptr_array_index (s->guests, i);
    if (!is_guest_valid (s, g))
      return false;
    due = MIN (due, g->due);
  }
  return level_is_fair (&s->level)
         && due == (s->first ? s->first->due : FOREVER);
}

const struct scheduler_ops vhm_scheduler_fluid = {
  .make = fluid_make,
  .free = fluid_free,
  .add = fluid_add,
  .set_demand = fluid_set_demand,
  .service_cyc = fluid_service_cyc,
  .rate_ppm = fluid_rate_ppm,
  .arm = fluid_arm,
  .disarm = fluid_disarm,
  .counts = fluid_counts,
  .n_waiting = fluid_n_waiting,
  .is_valid = fluid_is_valid,
};
