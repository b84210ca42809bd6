/* Events a second in the hold model: n events pending; each, when run,
 * schedules one at an exponential distance, so the queue stays at n. A draw of
 * the exponential is part of the cost, as in a simulation. Source: D. W. Jones,
 * "An empirical comparison of priority-queue and event-set implementations",
 * CACM 29 (1986).
 */
#include "bench.h"

#include <vhm/sim/engine.h>
#include <vhm/sim/rng.h>

#define MEAN_CYC 1e6 /* distance of events: ties are rare */
#define N_EVENTS UINT64_C (4000000)
#define QUICK_FACTOR 10

struct hold {
  vhm_engine *engine;
  struct vhm_rng rng;
  uint64_t n_left;
};

static void
hold (void *context)
{
  struct hold *h = context;
  uint64_t distance_cyc = (uint64_t) (vhm_rng_exp (&h->rng) * MEAN_CYC);
  vhm_cycles at = vhm_cycles_add (vhm_engine_now (h->engine),
                                  vhm_cycles_make (distance_cyc));
  vhm_engine_schedule (h->engine, at, VHM_PRIORITY_NORMAL, hold, h);
  if (--h->n_left == 0)
    vhm_engine_stop (h->engine);
}

static double
events_per_s (uint64_t n, void *context)
{
  struct hold *h = context;
  h->n_left = n;
  double start = bench_seconds ();
  vhm_engine_run (h->engine, VHM_NEVER);
  return (double) n / (bench_seconds () - start);
}

static int
bench_hold (const struct bench_options *options, const char *name,
            uint64_t n_pending, double floor_mega, double aim_mega)
{
  uint64_t n = options->is_quick ? N_EVENTS / QUICK_FACTOR : N_EVENTS;
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  struct hold h = { .engine = engine, .n_left = n_pending };
  vhm_rng_init (&h.rng, 1, "bench");
  for (uint64_t i = 0; i < n_pending; i++)
    vhm_engine_schedule (
        engine, vhm_cycles_make ((uint64_t) (vhm_rng_exp (&h.rng) * MEAN_CYC)),
        VHM_PRIORITY_NORMAL, hold, &h);
  events_per_s (n_pending, &h); /* into the steady state */
  double per_s = bench_median (events_per_s, n, &h);
  return bench_print_rate (options, name, per_s, floor_mega, aim_mega);
}

int
bench_engine (const struct bench_options *options)
{
  return bench_hold (options, "events, 1,000 pending", 1000, 12, 25)
         + bench_hold (options, "events, 100,000 pending", 100000, 6, 12);
}
