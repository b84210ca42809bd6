/* The recurrence against a processor that dispatches instruction by
 * instruction, and what it means in plain cases. */
#include "cpu_config.h"
#include "suite.h"
#include "timing.h"

#include <math.h>
#include <vhm/sim/rng.h>

#define N 3000

static const struct {
  const char *name;
  uint64_t rob, instructions, n_walkers;
  double cycles;
} cases[] = {
  { "many visits in the buffer", 224, 1, 2, 1 },
  { "some", 224, 10, 2, 5.5 },
  { "a whole number of visits", 200, 10, 1, 4 },
  { "just above a whole number", 201, 10, 4, 4 },
  { "two", 224, 112, 2, 30 },
  { "one visit as long as the buffer", 224, 224, 2, 100 },
  { "the buffer is shorter than a visit", 224, 500, 2, 100 },
  { "a small buffer, one walker", 4, 1, 1, 2 },
  { "no buffer to speak of", 1, 1, 2, 1 },
  { "nothing to compute", 64, 4, 2, 0 },
};

static struct timing_access *
draw_accesses (struct vhm_rng *rng)
{
  struct timing_access *accesses = g_new0 (struct timing_access, N);
  for (int i = 0; i < N; i++) {
    accesses[i].is_walk = vhm_rng_chance (rng, .4);
    if (accesses[i].is_walk)
      accesses[i].cyc[TIMING_TRANSLATION] = 200 * vhm_rng_exp (rng);
    else if (vhm_rng_chance (rng, .3))
      accesses[i].cyc[TIMING_TRANSLATION] = 9;
    accesses[i].cyc[TIMING_DATA] = vhm_rng_chance (rng, .2) ? 189 : 4;
  }
  return accesses;
}

/* Every instruction is dispatched by itself: in order, at the pace, when the
 * one a buffer before it and all before that are complete. */
static double
instruction_by_instruction (size_t k, const struct timing_access *accesses,
                            bool is_perfect)
{
  uint64_t per_visit = cases[k].instructions, rob = cases[k].rob;
  double step = cases[k].cycles / (double) per_visit, now = -step, done = 0;
  double walker_free[8] = { 0 };
  g_autofree double *complete = g_new0 (double, N *per_visit);
  for (uint64_t m = 0; m <= (N - 1) * per_visit; m++) {
    now += step;
    if (m >= rob)
      done = fmax (done, complete[m - rob]);
    now = fmax (now, done);
    if (m % per_visit != 0)
      continue;
    const struct timing_access *access = &accesses[m / per_visit];
    double start = now, *mine = &walker_free[0];
    for (uint64_t i = 1; i < cases[k].n_walkers; i++)
      mine = walker_free[i] < *mine ? &walker_free[i] : mine;
    if (!is_perfect && access->is_walk)
      *mine = start = fmax (start, *mine) + access->cyc[TIMING_TRANSLATION];
    else if (!is_perfect)
      start += access->cyc[TIMING_TRANSLATION];
    complete[m] = start + access->cyc[TIMING_DATA];
  }
  return now + cases[k].cycles;
}

START_TEST (takes_as_long_as_instruction_by_instruction)
{
  size_t k = (size_t) _i;
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.rob_entries = cases[k].rob;
  cpu.n_walkers = cases[k].n_walkers;
  const struct vhm_pace pace
      = { cases[k].cycles, (double) cases[k].instructions, true };
  struct timing timing;
  struct vhm_rng rng;
  struct vhm_cost cost = { 0 };
  vhm_rng_init (&rng, 1, cases[k].name);
  g_autofree struct timing_access *accesses = draw_accesses (&rng);
  timing_init (&timing, &cpu);
  for (int i = 0; i < N;) { /* in runs of any length */
    int any = 1 + (int) vhm_rng_below (&rng, 100), n = MIN (N - i, any);
    timing_run (&timing, &pace, accesses + i, (size_t) n, &cost);
    i += n;
  }
  double real = instruction_by_instruction (k, accesses, false);
  double perfect = instruction_by_instruction (k, accesses, true);
  ck_assert_double_gt (real, perfect);
  ck_assert_msg (fabs (cost.total_cyc - real) < 1e-6 * real, "%s: %g, not %g",
                 cases[k].name, cost.total_cyc, real);
  ck_assert_double_eq_tol (cost.exposed_cyc, real - perfect, 1e-6 * real);
  timing_clear (&timing);
}
END_TEST

/* 100 accesses of which one, in the middle, walks for 1000 cycles. */
static struct vhm_cost
one_walk (struct vhm_pace pace, uint64_t rob)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct timing_access accesses[100] = { 0 };
  struct timing timing;
  struct vhm_cost cost = { 0 };
  cpu.rob_entries = rob;
  accesses[50].is_walk = true;
  accesses[50].cyc[TIMING_TRANSLATION] = 1000;
  timing_init (&timing, &cpu);
  timing_run (&timing, &pace, accesses, 100, &cost);
  timing_clear (&timing);
  return cost;
}

START_TEST (a_lone_walk_costs_what_the_buffer_does_not_hide)
{
  struct vhm_cost cost = one_walk ((struct vhm_pace){ 50, 100, true }, 224);
  ck_assert_double_eq_tol (cost.exposed_cyc, 1000 - 224 * .5, 1e-9);
  ck_assert_double_eq_tol (cost.total_cyc, 100 * 50 + 1000 - 112, 1e-9);
  cost = one_walk ((struct vhm_pace){ 50, 500, true }, 224); /* long visit */
  ck_assert_double_eq_tol (cost.exposed_cyc, 1000 - 224 * .1, 1e-9);
  cost = one_walk ((struct vhm_pace){ 1000, 100, true }, 224); /* slow */
  ck_assert_double_eq_tol (cost.exposed_cyc, 0, 1e-9);
}
END_TEST

/* Walks one after the other: each walker serves one at a time. */
START_TEST (walks_beyond_the_walkers_stand_in_line)
{
  for (uint64_t n_walkers = 1; n_walkers <= 4; n_walkers++) {
    struct vhm_cpu_config cpu = skylake_config ();
    struct timing timing;
    struct vhm_cost cost = { 0 };
    struct timing_access accesses[N];
    const struct vhm_pace pace = { 1, 1, true };
    for (int i = 0; i < N; i++)
      accesses[i] = (struct timing_access){ { 400, 4 }, true };
    cpu.n_walkers = n_walkers;
    timing_init (&timing, &cpu);
    timing_run (&timing, &pace, accesses, N, &cost);
    /* but for the start and the end of the stream */
    ck_assert_double_eq_tol (cost.total_cyc / N, 400.0 / (double) n_walkers,
                             400.0 * 224 / N);
    timing_clear (&timing);
  }
}
END_TEST

START_TEST (data_that_the_pace_contains_is_not_counted_again)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct timing timing;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "data");
  g_autofree struct timing_access *accesses = draw_accesses (&rng);
  struct vhm_cost in = { 0 }, apart = { 0 };
  timing_init (&timing, &cpu);
  timing_run (&timing, &(struct vhm_pace){ 9, 20, true }, accesses, N, &apart);
  timing_restart (&timing);
  timing_run (&timing, &(struct vhm_pace){ 9, 20, false }, accesses, N, &in);
  ck_assert_double_eq (in.exposed_cyc, apart.exposed_cyc);
  ck_assert_double_eq_tol (in.total_cyc, 9 * N + in.exposed_cyc, 1e-6);
  ck_assert_double_gt (apart.total_cyc, in.total_cyc);
  timing_clear (&timing);
}
END_TEST

/* After 2^40 cycles a stream takes as long as at the start. */
START_TEST (long_runs_lose_no_precision)
{
  struct vhm_cpu_config cpu = skylake_config ();
  const struct vhm_pace pace = { .1, 1, true }, slow = { 0x1p20, 1, true };
  struct timing timing;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "long");
  g_autofree struct timing_access *accesses = draw_accesses (&rng);
  g_autofree struct timing_access *idle = g_new0 (struct timing_access, N);
  accesses[0].cyc[TIMING_DATA]
      = 1e5; /* what is in flight counts from the new start */
  struct vhm_cost early = { 0 }, late = { 0 }, rest = { 0 };
  timing_init (&timing, &cpu);
  timing_run (&timing, &pace, accesses, N, &early);
  for (int i = 0; i < 400; i++)
    timing_run (&timing, &slow, idle, N, &rest);
  ck_assert_double_gt (rest.total_cyc, 0x1p40);
  timing_run (&timing, &pace, accesses, N, &late);
  ck_assert_double_eq_tol (early.total_cyc, late.total_cyc, 1e-3);
  ck_assert_double_eq_tol (early.exposed_cyc, late.exposed_cyc, 1e-3);
  timing_clear (&timing);
}
END_TEST

SUITE ("timing",
       tcase_add_loop_test (tc, takes_as_long_as_instruction_by_instruction, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_lone_walk_costs_what_the_buffer_does_not_hide);
       tcase_add_test (tc, walks_beyond_the_walkers_stand_in_line);
       tcase_add_test (tc, data_that_the_pace_contains_is_not_counted_again);
       tcase_add_test (tc, long_runs_lose_no_precision);)
