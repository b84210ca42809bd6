/* A database server whose buffer pool grows to what is there, as SQL Server's does:
 * it listens to the system's memory notifications.
 *
 *   RESOURCE_MEMPHYSICAL_HIGH     once a second: may grow by `grow`
 *   RESOURCE_MEMPHYSICAL_STEADY   keeps what it has (neither notification)
 *   RESOURCE_MEMPHYSICAL_LOW      once a second: gives up `trim` of its pages, those
 *                                 used longest ago first
 *
 * between minimum and maximum server memory. So it comes to rest where available
 * memory lies between the two thresholds: after growing within one step below the
 * high one,
 *
 *   pool = RAM - what others hold - high threshold + (0 .. grow),
 *
 * and after memory was taken away just above the low one. A system that sends no
 * notifications leaves it at its minimum. Which pages it holds, and what that costs,
 * says pool.c.
 *
 * Cost: an event a miss, one a notice. Left out: memory that is not buffers (plans,
 * grants), RESOURCE_MEMVIRTUAL_LOW, the lazy writer.
 * Source: names of the states: SQL Server's resource monitor; that it grows up to
 * available memory and listens to the notifications: Friedman, Hyper-V architecture:
 * Dynamic Memory.
 */
#include "pool.h"

struct config {
  struct pace pace;
  struct pool_config pool;
  uint64_t grow_bytes, trim_ppm;
};

struct state {
  const struct config *config;
  struct pool pool;
};

static void
open_later (struct state *s, vhm_process *p, bool is_open)
{
  if (!is_open)
    vhm_process_set_timer (p, s->config->pool.retry_ns);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  uint64_t held = s->pool.held;
  if (what == VHM_NOTICE_TIMER)
    open_later (s, p, pool_open (&s->pool, p));
  else if (what == VHM_NOTICE_HIGH_MEMORY)
    pool_aim (&s->pool, p, held + vhm_bytes_to_pages (s->config->grow_bytes));
  else if (what == VHM_NOTICE_LOW_MEMORY)
    pool_aim (&s->pool, p, held - vhm_scale_ppm (held, s->config->trim_ppm));
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  open_later (s, p, pool_start (&s->pool, &c->pool, &c->pace, p));
}

static void
loaded (void *state, vhm_process *p, uint32_t region, uint32_t page)
{
  (void) region;
  pool_loaded (&((struct state *) state)->pool, p, page);
}

static struct vhm_app_cache
cache (const void *state, const vhm_process *p)
{
  return pool_levels (&((const struct state *) state)->pool, p);
}

static void
end (void *state)
{
  lru_clear (&((struct state *) state)->pool.order);
}

static uint64_t
file_bytes (const void *config)
{
  return ((const struct config *) config)->pool.database_bytes;
}

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  pool_check (&((const struct config *) config)->pool, complain, reader);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  POOL_ROWS (config, "128 MiB", "256 GiB", "database"),
  { .key = "grow",
    .type = VHM_PARAM_BYTES,
    .offset = AT (grow_bytes),
    .fallback = "64 MiB",
    .min = "4 KiB",
    .max = "16 GiB",
    .help = "it may grow by so much a second while memory is high",
    .source = "assumed: faster than a few disks fill it" },
  { .key = "trim",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (trim_ppm),
    .fallback = "5 %",
    .min = "0.01 %",
    .max = "100 %",
    .help = "share of the pool that it gives back a second while memory is low",
    .source = "assumed: the share is not published" },
  PACE_ROWS (config, "8", "200", "0 s", "20 %"),
};

static const struct vhm_workload_ops ops = {
  .start = start,
  .notice = notice,
  .file_bytes = file_bytes,
  .loaded = loaded,
  .cache = cache,
  .end = end,
};

const struct vhm_plugin vhm_workload_buffer_pool = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "buffer_pool",
  .summary = "a database server, its buffer pool sized by memory notifications",
  .config = { .name = "buffer_pool",
              .help = "a database server with a buffer pool",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
