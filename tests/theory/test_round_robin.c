/* Virtual processors dispatched turn by turn, against what is known of round-robin
 * and processor sharing, and against the fluid scheduler.
 *
 *   turns      n always busy on c processors, c a divisor of n: between two turns
 *              each waits (n / c - 1) turns, switches included: exact
 *   shares     who is always busy gets in the long run what the fluid gives him:
 *              within 1 % of it (and two turns, where reserves leave him next to
 *              nothing), for weights, caps and reserves of both kinds; and
 *              so do those who work and sleep in turn, by the work that they do
 *   sharing    turns that are short against the work make processor sharing: with
 *              n who think (exponential, mean z) and then want work (mean s), the
 *              throughput is that of the closed queue M/M/1//n,
 *                X = (1 - p0) / s,  1 / p0 = sum over k of n! / (n - k)! (s / z)^k,
 *              whatever the distribution of work (insensitivity); with turns that
 *              are never over it is not, for work that varies much
 *
 * Statistical rows: batch means, 99.9 % intervals, seeds fixed; an interval must
 * also be narrow. Source: L. Kleinrock, "Queueing Systems", vol. 2, 1976, ch. 4
 * (round-robin, processor sharing); K. Sevcik and I. Mitrani 1981 (closed queues).
 */
#include "suite.h"

#include <math.h>

#include <vhm/model/scheduler.h>
#include <vhm/sim/rng.h>
#include <vhm/sim/stats.h>

#define MAX_GUESTS 12
#define QUANTUM UINT64_C (10000)

/* --- always busy ------------------------------------------------------------ */

static void
no_alarm (void *context)
{
  (void) context;
}

static void
add_busy (vhm_scheduler *s, uint32_t n_vps, uint32_t weight, uint64_t cap_ppm,
          uint64_t reserve_ppm)
{
  const struct vhm_scheduler_entity entity = {
    .name = "g",
    .n_vps = n_vps,
    .weight = weight,
    .cap_ppm = cap_ppm,
    .reserve_ppm = reserve_ppm,
    .alarm = no_alarm,
  };
  vhm_scheduler_set_demand (s, vhm_scheduler_add (s, &entity), n_vps);
}

static const struct {
  uint32_t n_guests, n_cpus;
  uint64_t switch_cyc;
} turns[] = { { 2, 1, 0 }, { 7, 1, 500 }, { 8, 4, 0 }, { 12, 3, 1234 } };

START_TEST (each_waits_for_the_turns_of_the_others)
{
  const struct vhm_scheduler_config config = {
    .kind = VHM_SCHEDULER_QUANTUM,
    .n_cpus = turns[_i].n_cpus,
    .quantum_cyc = QUANTUM,
    .switch_cyc = turns[_i].switch_cyc,
  };
  vhm_engine *engine = vhm_engine_new ();
  vhm_scheduler *s = vhm_scheduler_new (engine, &config);
  for (uint32_t i = 0; i < turns[_i].n_guests; i++)
    add_busy (s, 1, 100, VHM_PPM, 0);
  uint64_t round = turns[_i].n_guests / turns[_i].n_cpus, n_rounds = 50;
  /* the first round, with its shorter waits and free starts, is over */
  vhm_engine_run (engine, vhm_cycles_make (round * QUANTUM));
  struct vhm_scheduler_counts first[MAX_GUESTS];
  uint64_t before[MAX_GUESTS];
  for (uint32_t i = 0; i < turns[_i].n_guests; i++) {
    first[i] = vhm_scheduler_counts (s, i);
    before[i] = vhm_scheduler_service_cyc (s, i);
  }
  vhm_engine_run (engine, vhm_cycles_make (round * QUANTUM * (n_rounds + 1)));
  for (uint32_t i = 0; i < turns[_i].n_guests; i++) {
    struct vhm_scheduler_counts c = vhm_scheduler_counts (s, i);
    uint64_t dispatches = c.dispatches - first[i].dispatches;
    ck_assert_uint_le (dispatches, n_rounds + 1);
    ck_assert_uint_ge (dispatches, n_rounds);
    ck_assert_uint_eq (c.waited_cyc - first[i].waited_cyc,
                       dispatches * (round - 1) * QUANTUM);
    ck_assert_uint_eq (vhm_scheduler_service_cyc (s, i) - before[i],
                       n_rounds * (QUANTUM - turns[_i].switch_cyc));
  }
  vhm_scheduler_free (s);
  vhm_engine_free (engine);
}
END_TEST

/* --- shares ----------------------------------------------------------------- */

struct worker {
  vhm_engine *engine;
  vhm_scheduler *scheduler;
  struct vhm_rng rng;
  uint32_t number, n_vps;
  double work_cyc, sleep_cyc; /* means; sleep 0: always busy */
  bool is_regular;            /* work is always the same */
  double spread;              /* of work that varies: see draw_work */
  uint64_t done;              /* pieces of work */
};

/* Mean 1: constant, exponential, or with a spread h > 1 exponential of mean h with
 * chance 1 / (2 h - 1), else of mean 1/2. */
static double
draw_work (struct worker *w)
{
  if (w->is_regular)
    return 1;
  double e = vhm_rng_exp (&w->rng);
  if (w->spread <= 1)
    return e;
  return e
         * (vhm_rng_uniform (&w->rng) < 1 / (2 * w->spread - 1) ? w->spread
                                                                : 0.5);
}

static void
begin_work (void *context)
{
  struct worker *w = context;
  uint64_t work = (uint64_t) fmax (draw_work (w) * w->work_cyc, 1);
  vhm_scheduler_set_demand (w->scheduler, w->number, w->n_vps);
  vhm_scheduler_arm (w->scheduler, w->number,
                     vhm_scheduler_service_cyc (w->scheduler, w->number)
                         + work);
}

static void
end_work (void *context)
{
  struct worker *w = context;
  w->done++;
  if (w->sleep_cyc <= 0) {
    begin_work (w);
    return;
  }
  vhm_scheduler_set_demand (w->scheduler, w->number, 0);
  uint64_t sleep = 1 + (uint64_t) (vhm_rng_exp (&w->rng) * w->sleep_cyc);
  vhm_cycles at
      = vhm_cycles_add (vhm_engine_now (w->engine), vhm_cycles_make (sleep));
  vhm_engine_schedule (w->engine, at, VHM_PRIORITY_NORMAL, begin_work, w);
}

struct plan {
  uint32_t n_guests;
  struct vhm_scheduler_entity is[MAX_GUESTS];
  double sleep_cyc[MAX_GUESTS];
};

static struct plan
draw_plan (uint64_t seed, bool some_sleep)
{
  static const uint32_t weights[] = { 50, 100, 200, 1000 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "plan");
  struct plan plan = { .n_guests = 2 + (uint32_t) vhm_rng_below (&rng, 6) };
  for (uint32_t i = 0; i < plan.n_guests; i++) {
    struct vhm_scheduler_entity *is = &plan.is[i];
    is->name = "g";
    is->n_vps = 1 + (uint32_t) vhm_rng_below (&rng, 4);
    is->weight = weights[vhm_rng_below (&rng, 4)];
    is->cap_ppm = vhm_rng_below (&rng, 4) ? VHM_PPM : 400000;
    is->reserve_ppm
        = vhm_rng_below (&rng, 3) ? 0 : vhm_rng_below (&rng, is->cap_ppm);
    is->alarm = end_work;
    plan.sleep_cyc[i]
        = some_sleep && vhm_rng_below (&rng, 2) ? 200 * (double) QUANTUM : 0;
  }
  return plan;
}

/* Service of all VPs of each guest. */
static void
run_plan (const struct plan *plan, enum vhm_scheduler_kind kind,
          enum vhm_reserve_rule rule, uint64_t seed, uint64_t cyc, double *ret)
{
  const struct vhm_scheduler_config config = {
    .kind = kind, .n_cpus = 4, .quantum_cyc = QUANTUM, .reserve_rule = rule
  };
  vhm_engine *engine = vhm_engine_new ();
  vhm_scheduler *s = vhm_scheduler_new (engine, &config);
  struct worker workers[MAX_GUESTS];
  for (uint32_t i = 0; i < plan->n_guests; i++) {
    struct vhm_scheduler_entity entity = plan->is[i];
    workers[i] = (struct worker){ .engine = engine,
                                  .scheduler = s,
                                  .n_vps = entity.n_vps,
                                  .work_cyc = 100 * (double) QUANTUM,
                                  .sleep_cyc = plan->sleep_cyc[i],
                                  .is_regular = true };
    vhm_rng_init (&workers[i].rng, seed + i, "worker");
    entity.context = &workers[i];
    workers[i].number = vhm_scheduler_add (s, &entity);
  }
  for (uint32_t i = 0; i < plan->n_guests; i++)
    begin_work (&workers[i]);
  vhm_engine_run (engine, vhm_cycles_make (cyc));
  for (uint32_t i = 0; i < plan->n_guests; i++)
    ret[i] = (double) vhm_scheduler_service_cyc (s, i) * workers[i].n_vps;
  vhm_scheduler_free (s);
  vhm_engine_free (engine);
}

START_TEST (who_is_always_busy_gets_the_share_of_the_fluid)
{
  struct plan plan = draw_plan ((uint64_t) _i, false);
  double fluid[MAX_GUESTS], quantum[MAX_GUESTS];
  enum vhm_reserve_rule rule = (enum vhm_reserve_rule) (_i % 2);
  uint64_t cyc = 20000 * QUANTUM;
  run_plan (&plan, VHM_SCHEDULER_FLUID, rule, 1, cyc, fluid);
  run_plan (&plan, VHM_SCHEDULER_QUANTUM, rule, 1, cyc, quantum);
  for (uint32_t i = 0; i < plan.n_guests; i++)
    ck_assert_double_eq_tol (quantum[i], fluid[i],
                             0.01 * fluid[i]
                                 + 2.0 * QUANTUM * plan.is[i].n_vps);
}
END_TEST

/* The same sleeps in both; work is chopped up otherwise, so that they meet others at
 * work a little otherwise: 1 % of a processor. */
START_TEST (who_sleeps_in_between_does_the_work_that_the_fluid_lets_him)
{
  struct plan plan = draw_plan ((uint64_t) _i, true);
  double fluid[MAX_GUESTS], quantum[MAX_GUESTS];
  enum vhm_reserve_rule rule = (enum vhm_reserve_rule) (_i % 2);
  uint64_t cyc = 400000 * QUANTUM;
  run_plan (&plan, VHM_SCHEDULER_FLUID, rule, 1, cyc, fluid);
  run_plan (&plan, VHM_SCHEDULER_QUANTUM, rule, 1, cyc, quantum);
  for (uint32_t i = 0; i < plan.n_guests; i++)
    ck_assert_double_eq_tol (quantum[i], fluid[i], 0.01 * (double) cyc);
}
END_TEST

/* --- processor sharing ------------------------------------------------------ */

#define N_THINKERS 6
#define WORK_CYC (200 * (double) QUANTUM)
#define THINK_CYC (3 * WORK_CYC)
#define N_BATCHES 30
#define BATCH_CYC (4000 * (uint64_t) WORK_CYC)

/* Pieces of work a mean time of one, of the closed queue M/M/1//n. */
static double
closed_form (void)
{
  double sum = 0, term = 1;
  for (int k = 0; k <= N_THINKERS; k++) {
    sum += term;
    term *= (N_THINKERS - k) * WORK_CYC / THINK_CYC;
  }
  return 1 - 1 / sum;
}

static const struct {
  bool is_regular;
  double spread;
} kinds[] = { { true, 0 }, { false, 1 }, { false, 10 } };

static double
throughput (int kind, uint64_t quantum_cyc, double *ret_half_width)
{
  const struct vhm_scheduler_config config = { .kind = VHM_SCHEDULER_QUANTUM,
                                               .n_cpus = 1,
                                               .quantum_cyc = quantum_cyc };
  vhm_engine *engine = vhm_engine_new ();
  vhm_scheduler *s = vhm_scheduler_new (engine, &config);
  struct worker workers[N_THINKERS];
  for (uint32_t i = 0; i < N_THINKERS; i++) {
    workers[i] = (struct worker){ .engine = engine,
                                  .scheduler = s,
                                  .n_vps = 1,
                                  .work_cyc = WORK_CYC,
                                  .sleep_cyc = THINK_CYC,
                                  .is_regular = kinds[kind].is_regular,
                                  .spread = kinds[kind].spread };
    vhm_rng_init (&workers[i].rng, i, "thinker");
    const struct vhm_scheduler_entity entity = { .name = "g",
                                                 .n_vps = 1,
                                                 .weight = 100,
                                                 .cap_ppm = VHM_PPM,
                                                 .alarm = end_work,
                                                 .context = &workers[i] };
    workers[i].number = vhm_scheduler_add (s, &entity);
    begin_work (&workers[i]);
  }
  double sum = 0, squares = 0;
  uint64_t before = 0;
  for (int b = -1; b < N_BATCHES; b++) { /* the first one warms up */
    vhm_engine_run (engine, vhm_cycles_make ((uint64_t) (b + 2) * BATCH_CYC));
    uint64_t done = 0;
    for (uint32_t i = 0; i < N_THINKERS; i++)
      done += workers[i].done;
    double x = (double) (done - before) * WORK_CYC / (double) BATCH_CYC;
    before = done;
    sum += b < 0 ? 0 : x;
    squares += b < 0 ? 0 : x * x;
  }
  vhm_scheduler_free (s);
  vhm_engine_free (engine);
  double mean = sum / N_BATCHES;
  double variance = (squares / N_BATCHES - mean * mean) / (N_BATCHES - 1);
  *ret_half_width = 3.66 * sqrt (variance); /* t, 29 degrees, 99.9 % */
  return mean;
}

START_TEST (short_turns_make_processor_sharing)
{
  double half, x = throughput (_i, QUANTUM, &half);
  ck_assert_double_lt (half, 0.03);
  ck_assert_double_eq_tol (x, closed_form (), half);
}
END_TEST

/* The control: first come, first served is told apart where work varies much. */
START_TEST (turns_that_never_end_do_not)
{
  double half, x = throughput (2, UINT64_C (1) << 60, &half);
  ck_assert_double_lt (x, closed_form () - half);
}
END_TEST

SUITE ("round-robin",
       tcase_add_loop_test (tc, each_waits_for_the_turns_of_the_others, 0,
                            G_N_ELEMENTS (turns));
       tcase_add_loop_test (tc, who_is_always_busy_gets_the_share_of_the_fluid,
                            0, 40);
       tcase_add_loop_test (
           tc, who_sleeps_in_between_does_the_work_that_the_fluid_lets_him, 0,
           20);
       tcase_add_loop_test (tc, short_turns_make_processor_sharing, 0,
                            G_N_ELEMENTS (kinds));
       tcase_add_test (tc, turns_that_never_end_do_not);)
