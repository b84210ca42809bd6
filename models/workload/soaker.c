/* A memory soaker: commits and touches memory until it has `size`, then works
 * on it. The plainest way to make a host short of memory.
 *
 * One region, uniform over what it has so far. Grows by `chunk` at `rate`; when
 * the commit limit refuses, it waits and tries again. With `stay` it ends so long
 * after it has all: its memory is free again in the guest, where no hypervisor
 * sees it.
 * Cost: one event a chunk.
 */
#include "pace.h"

struct config {
  struct pace pace;
  uint64_t size_bytes, chunk_bytes, rate, retry_ns, stay_ns;
};

struct state {
  const struct config *config;
  uint32_t size, chunk, has; /* pages */
  bool ended;
};

static void
arm (struct state *s, vhm_process *p)
{
  const struct config *c = s->config;
  uint64_t ns = (uint64_t) ((unsigned __int128) c->chunk_bytes * VHM_NS_PER_S
                            / c->rate);
  if (s->has < s->size)
    vhm_process_set_timer (p, ns);
  else if (c->stay_ns > 0)
    vhm_process_set_timer (p, c->stay_ns);
}

/* Its threads stop; what they wait for comes, and is dropped with the rest. */
static void
end (struct state *s, vhm_process *p)
{
  s->ended = true;
  vhm_process_hold (p);
  vhm_process_set_active (p, 0, 0);
  vhm_process_drop (p, 0, 0, s->has);
  vhm_process_uncommit (p, s->has);
}

static void
grow (struct state *s, vhm_process *p)
{
  uint32_t n = MIN (s->chunk, s->size - s->has);
  if (vhm_process_commit (p, n))
    vhm_process_allocate (p, 0, s->has, n);
  else
    vhm_process_set_timer (p, s->config->retry_ns);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  if (s->ended)
    return;
  if (what == VHM_NOTICE_TIMER && s->has == s->size)
    end (s, p);
  else if (what == VHM_NOTICE_TIMER)
    grow (s, p);
  if (what == VHM_NOTICE_ALLOCATED) {
    s->has += MIN (s->chunk, s->size - s->has);
    vhm_process_set_active (p, 0, s->has);
    arm (s, p);
  }
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  s->size = (uint32_t) vhm_bytes_to_pages (c->size_bytes);
  s->chunk = (uint32_t) vhm_bytes_to_pages (c->chunk_bytes);
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM,
    .n_pages = s->size,
    .n_active = 0,
    .share = 1,
    .write = pace_write (&c->pace),
  };
  vhm_process_add_region (p, &spec);
  const struct vhm_threads threads = pace_threads (&c->pace);
  vhm_process_run (p, &threads);
  arm (s, p);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = NULL,
    .min = "1 MiB",
    .max = "256 GiB",
    .help = "memory it wants in the end" },
  { .key = "rate",
    .type = VHM_PARAM_RATE,
    .offset = AT (rate),
    .fallback = "16 MiB/s",
    .min = "1 KiB/s",
    .max = "1 TiB/s",
    .help = "how fast it grows",
    .source = "assumed: a test program's pace" },
  { .key = "chunk",
    .type = VHM_PARAM_BYTES,
    .offset = AT (chunk_bytes),
    .fallback = "1 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "memory committed and touched at a time",
    .source = "assumed" },
  { .key = "retry",
    .type = VHM_PARAM_TIME,
    .offset = AT (retry_ns),
    .fallback = "1 s",
    .min = "1 ms",
    .max = "1 h",
    .help = "wait before growing again after a refused commit",
    .source = "assumed: an application's retry loop" },
  { .key = "stay",
    .type = VHM_PARAM_TIME,
    .offset = AT (stay_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "1000 h",
    .help = "from the time it has all to its end, which frees its memory in "
            "the guest; 0 s: it stays" },
  PACE_ROWS (config, "1", "1000", "0 s", "50 %"),
};

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_soaker = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "soaker",
  .summary = "commits and touches memory until it has what it wants",
  .config = { .name = "soaker",
              .help = "a memory soaker",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
