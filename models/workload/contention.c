/* Threads that contend: each goes over a large array at random, does the last part
 * of each operation with a lock held that they all want, and sleeps.
 *
 *   references without the lock | wait for it | references with it | sleep, perhaps
 *
 * All parts are exponential with the means given. All of `size` is committed and
 * touched once at the start, before the threads begin. A commit refused at the start
 * leaves them without memory to reference: they compute all the same.
 *
 * With N threads on B processors, Z asleep, S without the lock and L with it, that is
 * a closed network: a delay, B processors that those who run share, a first-come
 * first-served lock whose holder needs one of these processors too. Work done is at
 * most min (N / (Z + S + L), B / (S + L), 1 / L) operations a second.
 *
 * Cost: up to three events an operation. Left out: several locks, spinning.
 */
#include "pace.h"

struct config {
  struct pace pace;
  uint64_t size_bytes, locked_ppm;
  double operations; /* before a sleep, in the mean */
};

struct state {
  const struct config *config;
};

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  uint32_t n = (uint32_t) vhm_bytes_to_pages (c->size_bytes);
  bool committed = vhm_process_commit (p, n);
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM,
    .n_pages = n,
    .n_active = committed ? n : 0,
    .share = 1,
    .write = pace_write (&c->pace),
  };
  uint32_t array = vhm_process_add_region (p, &spec);
  struct vhm_threads threads = pace_threads (&c->pace);
  threads.locked
      = threads.references * (double) c->locked_ppm / (double) VHM_PPM;
  threads.draws = true;
  threads.goes_on = 1 - 1 / c->operations;
  threads.held = committed;
  vhm_process_run (p, &threads);
  if (committed)
    vhm_process_allocate (p, array, 0, n);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  (void) state;
  if (what == VHM_NOTICE_ALLOCATED)
    vhm_process_release (p);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = "1 GiB",
    .min = "4 KiB",
    .max = "256 GiB",
    .help = "of the array" },
  { .key = "locked",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (locked_ppm),
    .fallback = "25 %",
    .min = "0 %",
    .max = "99 %",
    .help = "share of an operation's references that need the lock",
    .source = "assumed: four threads then want it all the time" },
  { .key = "operations",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (operations),
    .fallback = "1",
    .min = "1",
    .max = "1e9",
    .help = "of a thread before it sleeps for `think`, in the mean: after each "
            "of them it does so with the same chance" },
  PACE_ROWS (config, "4", "10000", "0 s", "30 %"),
};

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_contention = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "contention",
  .summary = "threads that share an array and a lock",
  .config = { .name = "contention",
              .help = "threads that contend",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
