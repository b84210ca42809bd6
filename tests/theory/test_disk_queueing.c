/* Disks in which requests overlap, against queueing theory: mean wait of
 * requests that arrive at random (Poisson), c servers, load rho of each,
 * service D or on average s:
 *
 *   M/D/1: D rho / (2 (1 - rho))      M/M/1: s rho / (1 - rho)
 *   M/D/c: from the number N in the system at moments D apart,
 *
 *     N (t + D) = max (N (t) - c, 0) + Poisson (c rho),
 *
 *   since who is in service at t is gone at t + D and nobody who came since is;
 *   its stationary distribution gives the mean queue, E max (N - c, 0), and
 *   Little's law the wait (C. D. Crommelin, 1932).
 *
 * Each wait is a response less what a lone request takes. Means come with an
 * interval by batch means at 99.9 %: with other seeds one case in a thousand
 * would fail. The interval must be narrow, too, or it would prove nothing.
 */
#include "disk_rig.h"
#include "suite.h"

#include <math.h>

#include <vhm/sim/stats.h>

#define HZ VHM_NS_PER_S   /* a cycle is 1 ns */
#define SERVICE_NS 100000 /* rounding to whole ns is far below noise */
#define N_BATCHES 30
#define BATCH 20000
#define WARM_UP 20000
#define N_REQUESTS (WARM_UP + N_BATCHES * BATCH)
#define CONFIDENCE 0.999
#define MAX_HALF_WIDTH 0.08 /* of the expected wait */
#define ENDLESS 1024        /* places that never run out at these loads */
#define LOAD 0.8

/* --- what theory says --------------------------------------------------- */

#define N_STATES 300 /* the chance of more is below 1e-30 at LOAD */
#define N_STEPS 2000 /* each brings the distribution nearer; see its test */

static void
step (double *p, const double *arrivals, size_t c)
{
  double next[N_STATES] = { 0 };
  for (size_t n = 0; n < N_STATES; n++) {
    size_t left = n > c ? n - c : 0;
    for (size_t k = 0; left + k < N_STATES; k++)
      next[left + k] += p[n] * arrivals[k];
  }
  memcpy (p, next, sizeof next);
}

/* Mean wait of M/D/c in units of D. */
static double
mdc_wait (size_t c, double load)
{
  double p[N_STATES] = { 1.0 }, arrivals[N_STATES], queue = 0.0;
  double mean = (double) c * load;
  for (size_t k = 0; k < N_STATES; k++)
    arrivals[k]
        = exp ((double) k * log (mean) - mean - lgamma ((double) k + 1));
  for (size_t i = 0; i < N_STEPS; i++)
    step (p, arrivals, c);
  for (size_t n = c; n < N_STATES; n++)
    queue += (double) (n - c) * p[n];
  return queue / mean;
}

START_TEST (the_chain_of_one_server_gives_pollaczek_and_khinchine)
{
  ck_assert_double_eq_tol (mdc_wait (1, LOAD), LOAD / (2 * (1 - LOAD)), 1e-9);
}
END_TEST

/* --- what the disks say ------------------------------------------------- */

enum law { MD1, MM1, MDC };

/* The settings are the device's, in base units. */
static const struct world {
  const char *name;
  const struct vhm_plugin *plugin;
  struct setting settings[8];
  size_t n_settings;
  uint64_t size_bytes;
  double write_share;
  bool has_random_size; /* exponential, mean size_bytes */
  enum law law;
  size_t c;        /* servers of one queue */
  size_t n_queues; /* alike, arrivals spread evenly */
  double alone_ns; /* less its part that grows with the size, if random */
} worlds[] = {
#define FLASH(n_channels, n_depth)                        \
  .plugin = &vhm_disk_flash, .n_settings = 7,             \
  .settings = { { "channels", n_channels },               \
                { "depth", n_depth },                     \
                { "read_latency", SERVICE_NS - 1000 },    \
                { "program_latency", SERVICE_NS - 1000 }, \
                { "rate", 4096 * UINT64_C (1000000) },    \
                { "page", VHM_PAGE_BYTES },               \
                { "capacity", VHM_GIB } }
  { .name = "flash, writes",
    FLASH (4, ENDLESS),
    .size_bytes = VHM_PAGE_BYTES,
    .write_share = 1.0,
    .law = MDC,
    .c = 4,
    .n_queues = 1,
    .alone_ns = SERVICE_NS },
  { .name = "flash, writes, as deep as two channels",
    FLASH (4, 2),
    .size_bytes = VHM_PAGE_BYTES,
    .write_share = 1.0,
    .law = MDC,
    .c = 2,
    .n_queues = 1,
    .alone_ns = SERVICE_NS },
  { .name = "flash, reads",
    FLASH (4, ENDLESS),
    .size_bytes = VHM_PAGE_BYTES,
    .law = MD1,
    .c = 1,
    .n_queues = 4,
    .alone_ns = SERVICE_NS },
#define NETWORK(round_trip_ns, n_depth)          \
  .plugin = &vhm_disk_network, .n_settings = 3,  \
  .settings = { { "round_trip", round_trip_ns }, \
                { "bandwidth", VHM_NS_PER_S },   \
                { "depth", n_depth } }
  { .name = "network, link",
    NETWORK (5 * SERVICE_NS, ENDLESS),
    .size_bytes = SERVICE_NS,
    .write_share = 0.5,
    .law = MD1,
    .c = 1,
    .n_queues = 1,
    .alone_ns = 6.0 * SERVICE_NS },
  { .name = "network, link, random sizes",
    NETWORK (5 * SERVICE_NS, ENDLESS),
    .size_bytes = SERVICE_NS,
    .write_share = 0.5,
    .has_random_size = true,
    .law = MM1,
    .c = 1,
    .n_queues = 1,
    .alone_ns = 5.0 * SERVICE_NS },
  { .name = "network, stop and wait",
    NETWORK (SERVICE_NS - 4096, 1),
    .size_bytes = 4096,
    .law = MD1,
    .c = 1,
    .n_queues = 1,
    .alone_ns = SERVICE_NS },
  { .name = "network, places",
    NETWORK (SERVICE_NS, 3),
    .law = MDC,
    .c = 3,
    .n_queues = 1,
    .alone_ns = SERVICE_NS },
#define FAR_MEMORY(latency_ns, n_depth)            \
  .plugin = &vhm_disk_far_memory, .n_settings = 4, \
  .settings = { { "latency", latency_ns },         \
                { "bandwidth", VHM_NS_PER_S },     \
                { "depth", n_depth },              \
                { "capacity", VHM_GIB } }
  { .name = "far memory, a lane each for reads and writes",
    FAR_MEMORY (SERVICE_NS, ENDLESS),
    .size_bytes = SERVICE_NS,
    .write_share = 0.5,
    .law = MD1,
    .c = 1,
    .n_queues = 2,
    .alone_ns = 2.0 * SERVICE_NS },
  { .name = "far memory, places",
    FAR_MEMORY (SERVICE_NS, 8),
    .write_share = 0.5,
    .law = MDC,
    .c = 8,
    .n_queues = 1,
    .alone_ns = SERVICE_NS },
};

struct run {
  const struct world *world;
  vhm_engine *engine;
  vhm_disk *disk;
  struct vhm_rng arrivals, requests;
  size_t n_arrived, n_done;
  uint64_t *arrival_ns;
  double *wait_ns; /* holds what a lone request takes until it is done */
};

static void
note_done (void *context, uint64_t tag)
{
  struct run *run = context;
  uint64_t now_ns = vhm_engine_now (run->engine).raw;
  run->wait_ns[tag]
      = (double) (now_ns - run->arrival_ns[tag]) - run->wait_ns[tag];
  run->n_done++;
}

static void
submit (struct run *run)
{
  const struct world *world = run->world;
  size_t i = run->n_arrived++;
  double factor = world->has_random_size ? vhm_rng_exp (&run->requests) : 1.0;
  uint64_t page = vhm_rng_below (&run->requests, VHM_GIB / VHM_PAGE_BYTES);
  struct vhm_disk_request request
      = { .at_bytes = page * VHM_PAGE_BYTES,
          .size_bytes = (uint64_t) ((double) world->size_bytes * factor),
          .is_write = vhm_rng_chance (&run->requests, world->write_share),
          .done = note_done,
          .context = run,
          .tag = i };
  run->arrival_ns[i] = vhm_engine_now (run->engine).raw;
  run->wait_ns[i] = world->alone_ns;
  if (world->has_random_size)
    run->wait_ns[i] += (double) request.size_bytes; /* a byte a ns */
  vhm_disk_submit (run->disk, &request);
}

static void
arrive (void *context)
{
  struct run *run = context;
  submit (run);
  if (run->n_arrived == N_REQUESTS)
    return;
  double n_servers = (double) (run->world->c * run->world->n_queues);
  double gap_ns = vhm_rng_exp (&run->arrivals) * SERVICE_NS / LOAD / n_servers;
  vhm_cycles next = vhm_cycles_add (vhm_engine_now (run->engine),
                                    vhm_cycles_make ((uint64_t) gap_ns));
  vhm_engine_schedule (run->engine, next, VHM_PRIORITY_NORMAL, arrive, run);
}

static void
serve_all (struct run *run)
{
  const struct world *world = run->world;
  struct vhm_rng rng = { { 1, 2, 3, 4 } };
  void *config
      = plugin_config (world->plugin, world->settings, world->n_settings);
  struct vhm_plugin_choice choice = { world->plugin, config };
  vhm_rng_init (&run->arrivals, 1, "arrivals");
  vhm_rng_init (&run->requests, 1, "requests");
  run->disk = vhm_disk_new (run->engine, HZ, world->name, &choice, &rng);
  vhm_engine_schedule (run->engine, vhm_cycles_make (0), VHM_PRIORITY_NORMAL,
                       arrive, run);
  vhm_engine_run (run->engine, VHM_NEVER);
  ck_assert_uint_eq (run->n_done, N_REQUESTS);
  vhm_disk_free (run->disk);
  g_free (config);
}

static double
expected_wait_ns (const struct world *world)
{
  switch (world->law) {
  case MD1:
    return SERVICE_NS * LOAD / (2 * (1 - LOAD));
  case MM1:
    return SERVICE_NS * LOAD / (1 - LOAD);
  case MDC:
    break;
  }
  return SERVICE_NS * mdc_wait (world->c, LOAD);
}

START_TEST (mean_wait_agrees_with_theory)
{
  g_autoptr (vhm_engine) engine = vhm_engine_new ();
  g_autofree uint64_t *arrival_ns = g_new (uint64_t, N_REQUESTS);
  g_autofree double *wait_ns = g_new (double, N_REQUESTS);
  struct run run = { .world = &worlds[_i],
                     .engine = engine,
                     .arrival_ns = arrival_ns,
                     .wait_ns = wait_ns };
  serve_all (&run);
  struct vhm_interval wait
      = vhm_batch_means (wait_ns, N_REQUESTS, WARM_UP, N_BATCHES, CONFIDENCE);
  double expected_ns = expected_wait_ns (run.world);
  ck_assert_msg (fabs (wait.mean - expected_ns) <= wait.half_width,
                 "%s: %g +- %g ns instead of %g", run.world->name, wait.mean,
                 wait.half_width, expected_ns);
  ck_assert_msg (wait.half_width <= MAX_HALF_WIDTH * expected_ns,
                 "%s: +- %g of %g ns", run.world->name, wait.half_width,
                 expected_ns);
}
END_TEST

SUITE ("disk queueing",
       tcase_add_test (tc,
                       the_chain_of_one_server_gives_pollaczek_and_khinchine);
       tcase_add_loop_test (tc, mean_wait_agrees_with_theory, 0,
                            G_N_ELEMENTS (worlds));)
