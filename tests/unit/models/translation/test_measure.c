/* Measuring, on sources whose truth is known: a first-order autoregressive
 * process x' = m + r (x - m) + noise, and one that drifts to it at first. */
#include "suite.h"

#include <math.h>

#include <vhm/model/measure.h>
#include <vhm/sim/rng.h>

#define MEAN 50.0

struct toy {
  struct vhm_rng rng;
  double r, x, noise;
  double start, decay; /* an excess that dies out, a visit */
  uint64_t n_run;
};

/* Nearly normal, variance 1. */
static double
noise (struct vhm_rng *rng)
{
  double sum = 0;
  for (int i = 0; i < 4; i++)
    sum += vhm_rng_uniform (rng);
  return (sum - 2) * sqrt (3);
}

static void
run_toy (void *context, uint64_t n, struct vhm_cost *cost)
{
  struct toy *toy = context;
  for (uint64_t i = 0; i < n; i++) {
    toy->x = toy->r * toy->x + toy->noise * noise (&toy->rng);
    toy->start *= toy->decay;
    cost->exposed_cyc += MEAN + toy->x + toy->start;
  }
  cost->total_cyc += 3 * MEAN * (double) n;
  cost->accesses += n;
  toy->n_run += n;
}

static struct toy
toy_of (double r, double deviation, uint64_t seed)
{
  struct toy toy = { .r = r, .noise = deviation * sqrt (1 - r * r) };
  vhm_rng_init (&toy.rng, seed, "toy");
  return toy;
}

static struct vhm_measured
measure (struct toy *toy, const struct vhm_measure_options *options)
{
  struct vhm_measured m;
  const struct vhm_measure_source source = { run_toy, toy };
  vhm_measure (&source, options, &m);
  return m;
}

static const struct {
  double r, error;
} correlations[]
    = { { 0, 0.02 }, { 0.9, 0.04 }, { 0.99, 0.06 }, { 0.998, 0.1 } };

/* Of 200 intervals of 95 %, 190 hold the truth on average; fewer than 180 come
 * by chance once in a thousand times. */
START_TEST (the_interval_holds_the_truth)
{
  enum { RUNS = 200 };
  int n_held = 0, n_precise = 0;
  for (uint64_t seed = 0; seed < RUNS; seed++) {
    struct toy toy = toy_of (correlations[_i].r, 20, seed);
    struct vhm_measured m
        = measure (&toy, &(struct vhm_measure_options){
                             .relative_error = correlations[_i].error,
                             .confidence = 0.95,
                             .least_warm_up = 100,
                             .most = 4000000,
                             .batch = 20,
                         });
    n_held += fabs (m.exposed.mean - MEAN) <= m.exposed.half_width;
    n_precise += m.is_precise;
    ck_assert_uint_eq (m.n_warm_up + m.n_visits, toy.n_run);
    ck_assert_uint_eq (m.cost.accesses, m.n_visits);
  }
  ck_assert_int_eq (n_precise, RUNS);
  ck_assert_msg (n_held >= 180, "correlation %g: %d of %d hold it",
                 correlations[_i].r, n_held, RUNS);
}
END_TEST

START_TEST (it_stops_when_the_error_is_as_asked)
{
  struct vhm_measure_options o = { .relative_error = 0.01,
                                   .confidence = 0.95,
                                   .least_warm_up = 100,
                                   .most = 100000000,
                                   .batch = 10 };
  struct toy toy = toy_of (0, 20, 1);
  struct vhm_measured m = measure (&toy, &o);
  ck_assert (m.is_precise && m.is_warm);
  ck_assert_double_le (m.exposed.half_width, 0.01 * m.exposed.mean);
  /* (1.96 x 20 / 0.5)^2 = 6147 visits are enough */
  ck_assert_uint_ge (m.n_visits, 4000);
  ck_assert_uint_le (m.n_visits, 10000);
  o.relative_error = 0.001;
  toy = toy_of (0, 20, 1);
  m = measure (&toy, &o);
  ck_assert_uint_ge (m.n_visits, 400000);
  ck_assert_uint_le (m.n_visits, 1000000);
  ck_assert_double_eq (m.total.half_width, 0);
  ck_assert_double_eq_tol (m.total.mean, 3 * MEAN, 1e-9);
}
END_TEST

START_TEST (it_warms_up_until_the_mean_stands)
{
  struct toy toy = toy_of (0, 5, 1);
  toy.start = 500;
  toy.decay = 0.9999; /* 1 % of MEAN is left after 69,000 visits */
  struct vhm_measured m
      = measure (&toy, &(struct vhm_measure_options){ .relative_error = 0.01,
                                                      .confidence = 0.95,
                                                      .least_warm_up = 1000,
                                                      .most = 10000000 });
  ck_assert (m.is_warm);
  ck_assert_uint_ge (m.n_warm_up, 60000);
  ck_assert_double_eq_tol (m.exposed.mean, MEAN, 0.01 * MEAN);
}
END_TEST

START_TEST (it_never_runs_more_than_allowed_and_says_so)
{
  struct toy toy = toy_of (0.99, 200, 1);
  struct vhm_measured m
      = measure (&toy, &(struct vhm_measure_options){ .relative_error = 1e-6,
                                                      .confidence = 0.95,
                                                      .least_warm_up = 1000,
                                                      .most = 123456 });
  ck_assert (!m.is_precise);
  ck_assert_uint_le (toy.n_run, 123456);
  ck_assert_uint_ge (toy.n_run, 100000);
  ck_assert (isfinite (m.exposed.half_width));
  /* so few that there is no room to warm up */
  toy = toy_of (0, 20, 1);
  m = measure (&toy, &(struct vhm_measure_options){ .relative_error = 0.01,
                                                    .confidence = 0.95,
                                                    .least_warm_up = 1000,
                                                    .most = 1500 });
  ck_assert (!m.is_warm && !m.is_precise);
  ck_assert_uint_le (toy.n_run, 1500);
}
END_TEST

START_TEST (a_drift_without_end_is_cut_at_half_of_what_is_allowed)
{
  struct toy toy = toy_of (0, 1, 1);
  toy.start = 1e6;
  toy.decay = 0.9999;
  struct vhm_measured m
      = measure (&toy, &(struct vhm_measure_options){ .relative_error = 0.01,
                                                      .confidence = 0.95,
                                                      .least_warm_up = 1000,
                                                      .most = 50000 });
  ck_assert (!m.is_warm);
  ck_assert_uint_le (m.n_warm_up, 25000);
  ck_assert_uint_ge (m.n_warm_up, 12500);
  ck_assert_uint_le (toy.n_run, 50000);
}
END_TEST

/* Nothing exposed: known exactly, at once. */
START_TEST (a_cost_of_nothing_is_soon_known)
{
  struct toy toy = toy_of (0, 0.01, 1);
  toy.start = -MEAN;
  toy.decay = 1;
  struct vhm_measured m
      = measure (&toy, &(struct vhm_measure_options){ .relative_error = 0.01,
                                                      .confidence = 0.95,
                                                      .least_warm_up = 1000,
                                                      .most = 10000000 });
  ck_assert (m.is_precise);
  ck_assert_uint_le (m.n_visits, 64000);
}
END_TEST

START_TEST (a_larger_cache_takes_longer_to_warm)
{
  struct vhm_cpu_tlb tlb = { .entries = 100 };
  struct vhm_cpu_config cpu = { .tlbs = { &tlb, 1 },
                                .nested_tlb.entries = 24,
                                .l1d.size_bytes = 32 * 1024,
                                .llc.size_bytes = 1 << 20 };
  cpu.guest_psc[VHM_PSC_PDE].entries = 32;
  cpu.host_psc[VHM_PSC_PDE].entries = 16;
  ck_assert_uint_eq (vhm_measure_warm_up (&cpu),
                     100 + 24 + 32 + 16 + 512 + 16384);
}
END_TEST

SUITE ("measure", tcase_add_loop_test (tc, the_interval_holds_the_truth, 0,
                                       G_N_ELEMENTS (correlations));
       tcase_add_test (tc, it_stops_when_the_error_is_as_asked);
       tcase_add_test (tc, it_warms_up_until_the_mean_stands);
       tcase_add_test (tc, it_never_runs_more_than_allowed_and_says_so);
       tcase_add_test (tc,
                       a_drift_without_end_is_cut_at_half_of_what_is_allowed);
       tcase_add_test (tc, a_cost_of_nothing_is_soon_known);
       tcase_add_test (tc, a_larger_cache_takes_longer_to_warm);)
