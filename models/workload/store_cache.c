/* A mail server whose database cache grows to what is there, as Exchange's store
 * does: it looks at available memory itself, and moves slowly.
 *
 * Once a `period` it aims at
 *
 *   want = cache + available memory - reserve,   within minimum and maximum
 *
 * and goes a share of the way: `grow` of it up, `shrink` of it down. So the distance
 * to where it comes to rest, available memory = reserve, shrinks by a constant factor
 * a period,
 *
 *   |want - cache| after k periods = (1 - grow)^k of what it was,
 *
 * as far as the disk can fill what it grows by. Available is what a system could give
 * at once: free pages, standby ones, pages of files that it only keeps. Which pages
 * the cache holds, and what that costs, says pool.c.
 *
 * Cost: an event a miss, one a period. Left out: several databases, checkpoint depth.
 * Source: that store.exe takes as much as is available for its cache and gives it
 * back: Friedman, Hyper-V architecture: Dynamic Memory. How fast: assumed.
 */
#include "pool.h"

struct config {
  struct pace pace;
  struct pool_config pool;
  uint64_t reserve_bytes, period_ns, grow_ppm, shrink_ppm;
};

struct state {
  const struct config *config;
  struct pool pool;
};

static uint64_t
available (const vhm_process *p)
{
  struct vhm_guest_counters c = vhm_process_memory (p);
  return c.free_pages + c.standby_pages;
}

/* Rounded up, so that it arrives. */
static uint64_t
part (uint64_t pages, uint64_t ppm)
{
  return (pages * ppm + VHM_PPM - 1) / VHM_PPM;
}

static void
adjust (struct state *s, vhm_process *p)
{
  const struct config *c = s->config;
  uint64_t held = s->pool.held, reserve = vhm_bytes_to_pages (c->reserve_bytes);
  uint64_t has = available (p);
  if (has >= reserve)
    pool_aim (&s->pool, p, held + part (has - reserve, c->grow_ppm));
  else
    pool_aim (&s->pool, p,
              held - MIN (held, part (reserve - has, c->shrink_ppm)));
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  if (what != VHM_NOTICE_TIMER)
    return;
  if (!pool_is_open (&s->pool) && !pool_open (&s->pool, p)) {
    vhm_process_set_timer (p, s->config->pool.retry_ns);
    return;
  }
  adjust (s, p);
  vhm_process_set_timer (p, s->config->period_ns);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  bool is_open = pool_start (&s->pool, &c->pool, &c->pace, p);
  vhm_process_set_timer (p, is_open ? c->period_ns : c->pool.retry_ns);
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
  POOL_ROWS (config, "64 MiB", "256 GiB", "database"),
  { .key = "reserve",
    .type = VHM_PARAM_BYTES,
    .offset = AT (reserve_bytes),
    .fallback = "256 MiB",
    .min = "1 MiB",
    .max = "64 GiB",
    .help = "available memory that it leaves to the system and to others",
    .source = "assumed: above the high-memory threshold of 192 MB" },
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = AT (period_ns),
    .fallback = "1 s",
    .min = "10 ms",
    .max = "1 h",
    .help = "how often it looks at available memory",
    .source = "assumed: as often as the system looks at its thresholds" },
  { .key = "grow",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (grow_ppm),
    .fallback = "2 %",
    .min = "0.01 %",
    .max = "100 %",
    .help = "share of what is available beyond the reserve that it grows by",
    .source = "assumed: it grows over minutes" },
  { .key = "shrink",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (shrink_ppm),
    .fallback = "20 %",
    .min = "0.01 %",
    .max = "100 %",
    .help = "share of what is missing to the reserve that it gives back",
    .source = "assumed: it gives back faster than it grows" },
  PACE_ROWS (config, "8", "100", "20 ms", "20 %"),
};

static const struct vhm_workload_ops ops = {
  .start = start,
  .notice = notice,
  .file_bytes = file_bytes,
  .loaded = loaded,
  .cache = cache,
  .end = end,
};

const struct vhm_plugin vhm_workload_store_cache = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "store_cache",
  .summary = "a mail server, its cache sized by the memory that it sees",
  .config = { .name = "store_cache",
              .help = "a mail server with a database cache",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
