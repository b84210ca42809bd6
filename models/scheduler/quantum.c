/* Dispatches virtual processors (VPs) on processors, turn by turn.
 *
 * A VP that wants to run takes an idle processor, the one it was on last, else
 * its home, else the first that it may use; or waits. While somebody waits whom
 * it could let in, a processor ends a turn every `quantum`: the VP on it goes on
 * unless one that waits is further behind. Nobody is stopped within a turn.
 *
 * Who is further behind: the division of level.c says how much of a processor a
 * VP of the guest ought to have now, r. Its lag is the integral of r since it woke,
 * less its time on processors; the larger lag goes first; of equal ones, who has
 * waited longer. With equal weights that is round-robin; weights, reserves and caps
 * change how often a turn comes, not how long it is. A VP that wakes has the lag
 * that it went to sleep with, but claims and debts of a turn at most. A guest with a
 * cap is not dispatched while it is ahead, even if processors stand idle.
 *
 * Long run: while all processors are busy the lags sum to a constant, and the
 * largest is served first, so that all stay within a few turns: the shares are
 * those of `fluid`.
 *
 * A processor that goes over to another guest loses `switch_cyc` before the VP
 * works: guest and time are counted. All busy processors work at the speed that
 * belongs to their number. Guest time is that of all its VPs together: what k busy
 * VPs receive, of which n run, counts as n / k for each of them, as the guest's
 * system moves its threads to VPs that run.
 *
 * Invariant: a processor idles only if nobody waits who may use it now; service
 * + switches + slowness + waiting = busy VPs x elapsed.
 *
 * Cost: uncontended O(VPs of the guest) a change of demand, and no event but the
 * guest's; contended, scans of those that wait and of the processors a turn.
 *
 * Left out: co-scheduling of a guest's VPs, NUMA nodes, priority for interrupts
 * ("a waiting interrupt does not promote an idle VP", as Hyper-V; ESX's relaxed
 * co-scheduling would skew), a root partition beyond what the case asks for.
 *
 * Source: I. Stoica et al., "A proportional share resource allocation algorithm",
 * RTSS 1996 (lag); A. Chandra et al., "Surplus fair scheduling", OSDI 2000 (weights
 * that several processors cannot give); M. Friedman, Hyper-V posts: round-robin.
 */
#include "quantum.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

/* --- who runs where -------------------------------------------------------- */

static void
set_n_running (struct guest *g, uint32_t n)
{
  quantum_settle (g);
  g->n_running = n;
}

static void
wait_for_turn (struct vp *vp)
{
  struct quantum *s = vp->guest->quantum;
  vp->state = VP_WAITING;
  vp->since_cyc = now_cyc (s);
  vp->place = s->place++;
  g_ptr_array_add (s->waiting, vp);
}

static void
leave_cpu (struct vp *vp)
{
  struct quantum *s = vp->guest->quantum;
  vp->used += quantum_lag_of_cycles (now_cyc (s) - vp->used_cyc);
  set_n_running (vp->guest, vp->guest->n_running - 1);
  s->cpus[vp->cpu].vp = NULL;
  s->n_idle++;
  vp->state = VP_IDLE;
}

static void
run_on (struct vp *vp, uint32_t number)
{
  struct guest *g = vp->guest;
  struct quantum *s = g->quantum;
  struct cpu *cpu = &s->cpus[number];
  uint64_t now = now_cyc (s);
  g_ptr_array_remove_fast (s->waiting, vp);
  set_n_running (g, g->n_running + 1);
  if (cpu->guest && cpu->guest != g)
    g->owed += (fixed) s->switch_cyc << FRACTION_BITS;
  g->dispatches++;
  g->waited_cyc += now - vp->since_cyc;
  *cpu = (struct cpu){ .vp = vp, .guest = g, .turn_cyc = now };
  s->n_idle--;
  vp->state = VP_RUNNING;
  vp->cpu = number;
  vp->used_cyc = now;
}

static uint32_t
find_cpu (const struct vp *vp)
{
  const struct quantum *s = vp->guest->quantum;
  uint32_t index = (uint32_t) (vp - vp->guest->vps);
  uint32_t home = (vp->guest->is.first_cpu + index) % s->n_cpus;
  if (vp->cpu != NOWHERE && !s->cpus[vp->cpu].vp)
    return vp->cpu;
  if (!s->cpus[home].vp && quantum_may_run_on (vp, home))
    return home;
  for (uint32_t i = 0; i < s->n_cpus; i++)
    if (!s->cpus[i].vp && quantum_may_run_on (vp, i))
      return i;
  return NOWHERE;
}

/* Of those that wait, the first that may have an idle processor, and which. */
static struct vp *
find_next (const struct quantum *s, uint32_t *ret_cpu)
{
  struct vp *next = NULL;
  for (guint i = 0; i < s->waiting->len; i++) {
    struct vp *vp = g_ptr_array_index (s->waiting, i);
    if ((next && !quantum_goes_before (vp, next)) || !quantum_may_run_now (vp))
      continue;
    uint32_t cpu = find_cpu (vp);
    if (cpu != NOWHERE) {
      next = vp;
      *ret_cpu = cpu;
    }
  }
  return next;
}

static void
fill_idle_cpus (struct quantum *s)
{
  while (s->n_idle > 0 && s->waiting->len > 0) {
    uint32_t cpu = NOWHERE;
    struct vp *vp = find_next (s, &cpu);
    if (!vp)
      return;
    run_on (vp, cpu);
  }
}

/* --- turns ----------------------------------------------------------------- */

static void look (void *quantum);

static uint64_t
turn_end_cyc (const struct quantum *s, const struct cpu *cpu)
{
  uint64_t now = now_cyc (s), turns = (now - cpu->turn_cyc) / s->quantum_cyc;
  return cpu->turn_cyc + (turns + 1) * s->quantum_cyc;
}

/* At the next end of a turn that somebody may follow, or at which a cap may bite;
 * or when one that its cap holds back may run again. */
static void
set_look (struct quantum *s)
{
  fixed at = FOREVER;
  bool somebody_waits = false;
  for (guint i = 0; i < s->waiting->len; i++) {
    const struct vp *vp = g_ptr_array_index (s->waiting, i);
    if (quantum_may_run_now (vp))
      somebody_waits = true;
    else
      at = MIN (at, quantum_level_cyc (vp));
  }
  for (uint32_t i = 0; i < s->n_cpus; i++) {
    const struct cpu *cpu = &s->cpus[i];
    if (cpu->vp && (somebody_waits || quantum_is_capped (cpu->vp->guest)))
      at = MIN (at, turn_end_cyc (s, cpu));
  }
  quantum_set_event (s->engine, &s->turn, at, VHM_PRIORITY_NORMAL, look, s);
}

/* Speed for so many busy processors. */
static uint64_t
speed_ppm (const struct quantum *s, uint64_t n_busy)
{
  const struct vhm_scheduler_speed *v = s->speeds;
  size_t i = 0;
  while (i < s->n_speeds && v[i].n_busy < n_busy)
    i++;
  if (s->n_speeds == 0)
    return VHM_PPM;
  if (i == 0 || i == s->n_speeds)
    return v[i == 0 ? 0 : i - 1].ppm;
  double part = (double) (n_busy - v[i - 1].n_busy)
                / (double) (v[i].n_busy - v[i - 1].n_busy);
  return (uint64_t) ((double) v[i - 1].ppm * (1 - part)
                     + (double) v[i].ppm * part + 0.5);
}

/* After any change of who runs: speed, the next look, alarms. */
static void
go_on (struct quantum *s)
{
  uint64_t speed = speed_ppm (s, s->n_cpus - s->n_idle);
  bool is_new = speed != s->speed_ppm;
  for (uint32_t i = 0; is_new && i < s->guests->len; i++)
    quantum_settle (g_ptr_array_index (s->guests, i));
  s->speed_ppm = speed;
  for (uint32_t i = 0; i < s->guests->len; i++) {
    struct guest *g = g_ptr_array_index (s->guests, i);
    if (is_new || g->since_cyc == now_cyc (s))
      quantum_set_alarm (g);
  }
  set_look (s);
}

/* Those whose turn is over make room if somebody is further behind, or if their
 * cap holds them back. */
static void
end_turns (struct quantum *s)
{
  uint64_t now = now_cyc (s);
  for (uint32_t i = 0; i < s->n_cpus; i++) {
    struct cpu *cpu = &s->cpus[i];
    struct vp *vp = cpu->vp;
    if (!vp || now == cpu->turn_cyc
        || (now - cpu->turn_cyc) % s->quantum_cyc != 0)
      continue;
    bool makes_room = !quantum_may_run_now (vp);
    for (guint j = 0; j < s->waiting->len && !makes_room; j++) {
      const struct vp *other = g_ptr_array_index (s->waiting, j);
      makes_room = quantum_may_run_now (other) && quantum_may_run_on (other, i)
                   && quantum_lag_now (other) >= quantum_lag_now (vp);
    }
    if (makes_room) {
      leave_cpu (vp);
      wait_for_turn (vp);
    }
  }
}

static void
look (void *quantum)
{
  struct quantum *s = quantum;
  s->turn = VHM_NO_EVENT;
  end_turns (s);
  fill_idle_cpus (s);
  go_on (s);
}

/* --- demand ---------------------------------------------------------------- */

/* An idle one, if it can be on a processor that it knows. */
static void
wake_one (struct guest *g)
{
  struct vp *chosen = NULL;
  for (uint32_t i = 0; i < g->is.n_vps; i++) {
    struct vp *vp = &g->vps[i];
    if (vp->state != VP_IDLE)
      continue;
    if (!chosen)
      chosen = vp;
    if (vp->cpu != NOWHERE && !g->quantum->cpus[vp->cpu].vp) {
      chosen = vp;
      break;
    }
  }
  lag most = quantum_lag_of_cycles (g->quantum->quantum_cyc);
  chosen->used = quantum_due_now (g) - CLAMP (chosen->used, -most, most);
  wait_for_turn (chosen);
}

/* One that runs, as a thread that blocks does; the one furthest ahead. */
static void
stop_one (struct guest *g)
{
  struct vp *chosen = NULL;
  for (uint32_t i = 0; i < g->is.n_vps; i++) {
    struct vp *vp = &g->vps[i];
    if (vp->state == VP_IDLE)
      continue;
    if (!chosen || vp->state > chosen->state
        || (vp->state == chosen->state
            && quantum_lag_now (vp) < quantum_lag_now (chosen)))
      chosen = vp;
  }
  lag was_behind = quantum_lag_now (chosen);
  if (chosen->state == VP_RUNNING)
    leave_cpu (chosen);
  else {
    g_ptr_array_remove_fast (g->quantum->waiting, chosen);
    g->waited_cyc += now_cyc (g->quantum) - chosen->since_cyc;
    chosen->state = VP_IDLE;
  }
  chosen->used = was_behind;
}

/* --- contract -------------------------------------------------------------- */

static struct guest *
guest_at (const struct quantum *s, uint32_t number)
{
  VHM_REQUIRE (number < s->guests->len);
  return g_ptr_array_index (s->guests, number);
}

static void
free_guest (gpointer data)
{
  struct guest *g = data;
  g_free (g->vps);
  g_free (g->affinity);
  g_free (g);
}

static void *
quantum_make (vhm_engine *engine, const struct vhm_scheduler_config *config)
{
  VHM_REQUIRE (config->quantum_cyc > 0);
  struct quantum *s = g_new0 (struct quantum, 1);
  s->engine = engine;
  s->n_cpus = s->n_idle = config->n_cpus;
  s->cpus = g_new0 (struct cpu, config->n_cpus);
  s->quantum_cyc = config->quantum_cyc;
  s->switch_cyc = config->switch_cyc;
  s->n_speeds = config->n_speeds;
  s->speeds = g_new (struct vhm_scheduler_speed, MAX (config->n_speeds, 1));
  for (size_t i = 0; i < config->n_speeds; i++)
    s->speeds[i] = config->speeds[i];
  s->speed_ppm = speed_ppm (s, 0);
  s->guests = g_ptr_array_new_with_free_func (free_guest);
  s->waiting = g_ptr_array_new ();
  s->turn = VHM_NO_EVENT;
  level_init (&s->level, config->n_cpus * VHM_PPM,
              config->reserve_rule == VHM_RESERVE_FIRST);
  return s;
}

static void
quantum_disarm (void *state, uint32_t entity)
{
  struct guest *g = guest_at (state, entity);
  g->is_armed = false;
  quantum_set_alarm (g);
}

static void
quantum_free (void *state)
{
  struct quantum *s = state;
  for (uint32_t i = 0; i < s->guests->len; i++)
    quantum_disarm (s, i);
  quantum_set_event (s->engine, &s->turn, FOREVER, VHM_PRIORITY_NORMAL, look,
                     s);
  level_clear (&s->level);
  g_ptr_array_unref (s->waiting);
  g_ptr_array_unref (s->guests);
  g_free (s->speeds);
  g_free (s->cpus);
  g_free (s);
}

static uint32_t
quantum_add (void *state, const struct vhm_scheduler_entity *entity)
{
  struct quantum *s = state;
  s->n_vps += entity->n_vps;
  VHM_REQUIRE (entity->n_vps <= MAX_VPS && s->n_vps <= MAX_VPS);
  struct guest *g = g_new0 (struct guest, 1);
  g->is = *entity;
  g->quantum = s;
  g->number = s->guests->len;
  g->since_cyc = g->due_cyc = now_cyc (s);
  g->event = VHM_NO_EVENT;
  g->vps = g_new0 (struct vp, entity->n_vps);
  for (uint32_t i = 0; i < entity->n_vps; i++)
    g->vps[i] = (struct vp){ .guest = g, .cpu = NOWHERE };
  for (size_t i = 0; i < entity->n_affinity; i++)
    VHM_REQUIRE (entity->affinity[i] < s->n_cpus);
  if (entity->n_affinity > 0)
    g->affinity = g_memdup2 (entity->affinity,
                             entity->n_affinity * sizeof *entity->affinity);
  g_ptr_array_add (s->guests, g);
  level_add (&s->level, entity->weight, entity->reserve_ppm * entity->n_vps);
  return g->number;
}

static bool quantum_is_valid (const void *state);

static void
quantum_set_demand (void *state, uint32_t entity, uint32_t n_busy)
{
  struct quantum *s = state;
  struct guest *g = guest_at (s, entity);
  VHM_REQUIRE (n_busy <= g->is.n_vps);
  if (n_busy == g->n_busy)
    return;
  quantum_settle (g);
  quantum_settle_dues (s);
  uint32_t before = g->n_busy;
  for (uint32_t i = n_busy; i < before; i++)
    stop_one (g);
  g->n_busy = n_busy;
  level_want (&s->level, entity,
              MIN (n_busy * VHM_PPM, g->is.cap_ppm * g->is.n_vps));
  quantum_take_shares (s);
  for (uint32_t i = before; i < n_busy; i++)
    wake_one (g);
  fill_idle_cpus (s);
  go_on (s);
  VHM_PARANOID (quantum_is_valid (s));
}

static uint64_t
quantum_service_cyc (const void *state, uint32_t entity)
{
  fixed service = quantum_service_now (guest_at (state, entity));
  return (uint64_t) ((service + SLACK) >> FRACTION_BITS);
}

static uint64_t
quantum_rate_ppm (const void *state, uint32_t entity)
{
  const struct guest *g = guest_at (state, entity);
  return g->n_running * g->quantum->speed_ppm / MAX (g->n_busy, 1);
}

static void
quantum_arm (void *state, uint32_t entity, uint64_t at_service_cyc)
{
  struct guest *g = guest_at (state, entity);
  quantum_settle (g);
  g->is_armed = true;
  g->at_service_cyc = at_service_cyc;
  quantum_set_alarm (g);
}

static struct vhm_scheduler_counts
quantum_counts (const void *state, uint32_t entity)
{
  const struct guest *g = guest_at (state, entity);
  struct progress p = quantum_progress (g, now_cyc (g->quantum));
  return (struct vhm_scheduler_counts){
    .dispatches = g->dispatches,
    .waited_cyc = g->waited_cyc,
    .switch_cyc = (uint64_t) ((g->switched + p.switched) >> FRACTION_BITS),
    .slowed_cyc = (uint64_t) ((g->slowed + p.slowed) >> FRACTION_BITS),
  };
}

static uint32_t
quantum_n_waiting (const void *state, uint32_t entity)
{
  const struct guest *g = guest_at (state, entity);
  return g->n_busy - g->n_running;
}

static bool
is_guest_valid (const struct guest *g, uint32_t *n_waiting)
{
  const struct quantum *s = g->quantum;
  uint32_t n[3] = { 0 };
  for (uint32_t i = 0; i < g->is.n_vps; i++) {
    const struct vp *vp = &g->vps[i];
    n[vp->state]++;
    if (vp->state == VP_RUNNING && s->cpus[vp->cpu].vp != vp)
      return false;
    if (vp->state == VP_RUNNING && !quantum_may_run_on (vp, vp->cpu))
      return false;
  }
  *n_waiting += n[VP_WAITING];
  fixed at = quantum_due (g);
  bool has_event = vhm_engine_is_pending (s->engine, g->event);
  return n[VP_RUNNING] == g->n_running
         && n[VP_RUNNING] + n[VP_WAITING] == g->n_busy
         && has_event == (at < VHM_NEVER.raw)
         && (!has_event || vhm_engine_when (s->engine, g->event).raw == at);
}

static bool
quantum_is_valid (const void *state)
{
  const struct quantum *s = state;
  uint32_t n_idle = 0, n_waiting = 0, cpu;
  for (uint32_t i = 0; i < s->n_cpus; i++)
    n_idle += !s->cpus[i].vp;
  for (uint32_t i = 0; i < s->guests->len; i++)
    if (!is_guest_valid (g_ptr_array_index (s->guests, i), &n_waiting))
      return false;
  const struct vp *next = n_idle > 0 ? find_next (s, &cpu) : NULL;
  return n_idle == s->n_idle && n_waiting == s->waiting->len
         && level_is_fair (&s->level)
         && (!next
             || quantum_is_capped (next->guest)); /* a cycle late at most */
}

const struct scheduler_ops vhm_scheduler_quantum = {
  .make = quantum_make,
  .free = quantum_free,
  .add = quantum_add,
  .set_demand = quantum_set_demand,
  .service_cyc = quantum_service_cyc,
  .rate_ppm = quantum_rate_ppm,
  .arm = quantum_arm,
  .disarm = quantum_disarm,
  .counts = quantum_counts,
  .n_waiting = quantum_n_waiting,
  .is_valid = quantum_is_valid,
};
