/* One server, one queue, against closed forms: with load rho and mean service
 * time s the mean wait before service is
 *
 *   M/M/1: s rho / (1 - rho)      M/D/1: half of that
 *
 * (Pollaczek and Khinchine). Arrivals and services are events of the engine,
 * the means come with a confidence interval by batch means, so engine, streams
 * and statistics are tested together. The interval is at 99.9 %: with other
 * seeds one run in a thousand would fail. It must also be narrow, or it would
 * prove nothing.
 */
#include "suite.h"

#include <math.h>

#include <vhm/sim/engine.h>
#include <vhm/sim/rng.h>
#include <vhm/sim/stats.h>

#define SERVICE_CYC \
  1e6 /* mean; rounding to whole cycles is far below noise   \
                         */
#define N_BATCHES 30
#define BATCH 50000 /* many times the 400 customers of a busy spell at 0.9 */
#define WARM_UP 20000
#define N_CUSTOMERS (WARM_UP + N_BATCHES * BATCH)
#define CONFIDENCE 0.999
#define MAX_HALF_WIDTH 0.08 /* of the expected wait */

struct queue {
  vhm_engine *engine;
  struct vhm_rng arrivals, services;
  double load;
  bool has_fixed_service;
  uint64_t *arrival_cyc; /* of each customer */
  double *wait_cyc;
  size_t n_arrived, n_begun;
  uint64_t busy_cyc;
  bool is_busy;
};

static void
after (struct queue *queue, double cyc, vhm_engine_fn fn)
{
  vhm_cycles at = vhm_cycles_add (vhm_engine_now (queue->engine),
                                  vhm_cycles_make ((uint64_t) cyc));
  vhm_engine_schedule (queue->engine, at, VHM_PRIORITY_NORMAL, fn, queue);
}

static void end_service (void *context);

static void
begin_service (struct queue *queue)
{
  size_t i = queue->n_begun++;
  uint64_t now_cyc = vhm_engine_now (queue->engine).raw;
  queue->wait_cyc[i] = (double) (now_cyc - queue->arrival_cyc[i]);
  double draw = queue->has_fixed_service ? 1.0 : vhm_rng_exp (&queue->services);
  queue->is_busy = true;
  queue->busy_cyc += (uint64_t) (draw * SERVICE_CYC);
  after (queue, draw * SERVICE_CYC, end_service);
}

static void
end_service (void *context)
{
  struct queue *queue = context;
  queue->is_busy = false;
  if (queue->n_begun < queue->n_arrived)
    begin_service (queue);
}

static void
arrive (void *context)
{
  struct queue *queue = context;
  queue->arrival_cyc[queue->n_arrived++] = vhm_engine_now (queue->engine).raw;
  if (!queue->is_busy)
    begin_service (queue);
  if (queue->n_arrived < N_CUSTOMERS)
    after (queue, vhm_rng_exp (&queue->arrivals) * SERVICE_CYC / queue->load,
           arrive);
}

static const struct {
  double load;
  bool has_fixed_service;
} cases[] = {
  { 0.5, false }, { 0.8, false }, { 0.9, false },
  { 0.5, true },  { 0.8, true },  { 0.9, true },
};

static double
expected_wait_cyc (const struct queue *queue)
{
  double wait_cyc = SERVICE_CYC * queue->load / (1.0 - queue->load);
  return queue->has_fixed_service ? wait_cyc / 2.0 : wait_cyc;
}

static void
serve_all (struct queue *queue)
{
  vhm_rng_init (&queue->arrivals, 1, "arrivals");
  vhm_rng_init (&queue->services, 1, "services");
  after (queue, 0.0, arrive);
  vhm_engine_run (queue->engine, VHM_NEVER);
  ck_assert_uint_eq (queue->n_begun, N_CUSTOMERS);
  ck_assert_uint_eq (vhm_engine_n_events (queue->engine), 2 * N_CUSTOMERS);
}

START_TEST (mean_wait_agrees_with_pollaczek_and_khinchine)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  g_autofree uint64_t *arrival_cyc = g_new (uint64_t, N_CUSTOMERS);
  g_autofree double *wait_cyc = g_new (double, N_CUSTOMERS);
  struct queue queue = { .engine = engine,
                         .load = cases[_i].load,
                         .has_fixed_service = cases[_i].has_fixed_service,
                         .arrival_cyc = arrival_cyc,
                         .wait_cyc = wait_cyc };
  serve_all (&queue);
  struct vhm_interval wait
      = vhm_batch_means (wait_cyc, N_CUSTOMERS, WARM_UP, N_BATCHES, CONFIDENCE);
  double expected_cyc = expected_wait_cyc (&queue);
  ck_assert_double_le (fabs (wait.mean - expected_cyc), wait.half_width);
  ck_assert_double_le (wait.half_width, MAX_HALF_WIDTH * expected_cyc);
  double elapsed_cyc = (double) arrival_cyc[N_CUSTOMERS - 1];
  ck_assert_double_eq_tol ((double) queue.busy_cyc / elapsed_cyc, queue.load,
                           0.004); /* 4 standard deviations and more */
}
END_TEST

SUITE ("queueing",
       tcase_add_loop_test (tc, mean_wait_agrees_with_pollaczek_and_khinchine,
                            0, G_N_ELEMENTS (cases));)
