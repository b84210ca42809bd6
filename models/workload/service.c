/* A light service with a cache that adapts: requests come and go, and a cache
 * grows while the system has memory to spare and shrinks when it signals low
 * memory (as SQL Server's buffer pool does with the two notifications).
 *
 * Two regions: `base` (the program, always used) and `cache`, uniform over what
 * it holds. High-memory notice: grow by `grow` up to the maximum. Low-memory
 * notice: give back a share, not below the minimum, and not again within
 * `pause`.
 * Cost: one event an operation, one a notice.
 * Source: seeds (Hyper-V Dynamic Memory); thresholds live in the guest OS.
 */
#include "pace.h"

struct config {
  struct pace pace;
  uint64_t base_bytes, cache_minimum_bytes, cache_maximum_bytes, grow_bytes;
  uint64_t shrink_ppm, pause_ns, cache_share_ppm, begins_ns;
};

struct state {
  const struct config *config;
  uint32_t base, least, most, grow, has; /* pages */
  uint32_t growing;                      /* pages being allocated */
  uint64_t quiet_until_ns;
};

enum { REGION_BASE, REGION_CACHE };

static void
grow (struct state *s, vhm_process *p, uint32_t n)
{
  n = MIN (n, s->most - s->has);
  if (s->has >= s->least && vhm_process_now_ns (p) < s->config->begins_ns)
    return;
  if (n == 0 || vhm_process_is_allocating (p) || !vhm_process_commit (p, n))
    return;
  s->growing = n;
  vhm_process_allocate (p, REGION_CACHE, s->has, n);
}

static void
allocated (struct state *s, vhm_process *p)
{
  if (s->growing == 0) /* that was the base: now the least cache */
    grow (s, p, s->least);
  else {
    s->has += s->growing;
    s->growing = 0;
    vhm_process_set_active (p, REGION_CACHE, s->has);
  }
}

static void
shrink (struct state *s, vhm_process *p)
{
  uint64_t now = vhm_process_now_ns (p);
  if (now < s->quiet_until_ns || vhm_process_is_allocating (p))
    return;
  uint32_t n = (uint32_t) vhm_scale_ppm (s->has, s->config->shrink_ppm);
  n = MIN (n, s->has > s->least ? s->has - s->least : 0);
  if (n == 0)
    return;
  s->has -= n;
  s->quiet_until_ns = now + s->config->pause_ns;
  vhm_process_set_active (p, REGION_CACHE, s->has);
  vhm_process_drop (p, REGION_CACHE, s->has, n);
  vhm_process_uncommit (p, n);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  if (what == VHM_NOTICE_ALLOCATED)
    allocated (s, p);
  else if (what == VHM_NOTICE_HIGH_MEMORY)
    grow (s, p, s->grow);
  else if (what == VHM_NOTICE_LOW_MEMORY)
    shrink (s, p);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  s->base = (uint32_t) vhm_bytes_to_pages (c->base_bytes);
  s->least = (uint32_t) vhm_bytes_to_pages (c->cache_minimum_bytes);
  s->most = (uint32_t) vhm_bytes_to_pages (c->cache_maximum_bytes);
  s->grow = (uint32_t) vhm_bytes_to_pages (c->grow_bytes);
  double cache = (double) c->cache_share_ppm / (double) VHM_PPM;
  bool committed = vhm_process_commit (p, s->base);
  struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM,
    .n_pages = s->base,
    .n_active = committed ? s->base : 0,
    .share = 1 - cache,
    .write = pace_write (&c->pace),
  };
  vhm_process_add_region (p, &spec);
  spec.n_pages = MAX (s->most, 1);
  spec.n_active = 0;
  spec.share = cache;
  vhm_process_add_region (p, &spec);
  const struct vhm_threads threads = pace_threads (&c->pace);
  vhm_process_run (p, &threads);
  if (committed)
    vhm_process_allocate (p, REGION_BASE, 0, s->base);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "base",
    .type = VHM_PARAM_BYTES,
    .offset = AT (base_bytes),
    .fallback = "64 MiB",
    .min = "4 KiB",
    .max = "128 GiB",
    .help = "memory of the program itself",
    .source = "assumed: a small service" },
  { .key = "cache_minimum",
    .type = VHM_PARAM_BYTES,
    .offset = AT (cache_minimum_bytes),
    .fallback = "16 MiB",
    .min = "0 B",
    .max = "256 GiB",
    .help = "the cache never shrinks below this",
    .source = "assumed" },
  { .key = "cache_maximum",
    .type = VHM_PARAM_BYTES,
    .offset = AT (cache_maximum_bytes),
    .fallback = "256 MiB",
    .min = "0 B",
    .max = "256 GiB",
    .help = "nor grows beyond this",
    .source = "assumed" },
  { .key = "cache_grows_from",
    .type = VHM_PARAM_TIME,
    .offset = AT (begins_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "365 d",
    .help = "simulated time before which there is nothing to cache: the cache "
            "stays at its minimum",
    .source = "assumed: a service that is idle at first" },
  { .key = "grow",
    .type = VHM_PARAM_BYTES,
    .offset = AT (grow_bytes),
    .fallback = "1 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "growth a second while memory is high",
    .source = "assumed: a cache warms up over minutes" },
  { .key = "shrink",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (shrink_ppm),
    .fallback = "5 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share given back on a low-memory notice",
    .source = "assumed" },
  { .key = "pause",
    .type = VHM_PARAM_TIME,
    .offset = AT (pause_ns),
    .fallback = "10 s",
    .min = "0 s",
    .max = "1 h",
    .help = "least time between two such steps",
    .source = "assumed" },
  { .key = "cache_share",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (cache_share_ppm),
    .fallback = "50 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of references that go to the cache",
    .source = "assumed" },
  PACE_ROWS (config, "4", "200", "1 s", "20 %"),
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  if (c->cache_maximum_bytes < c->cache_minimum_bytes)
    complain (reader, "cache_maximum", "below cache_minimum",
              "at least cache_minimum");
}

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_service = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "service",
  .summary
  = "a light service with a cache that listens to memory notifications",
  .config = { .name = "service",
              .help = "a light service",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
