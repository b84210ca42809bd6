/* An idle operating system: services that wake up now and then and touch a few
 * pages, over a commit of which most is never looked at again.
 *
 * One region, hot/cold: a small hot part takes nearly all references. All of it
 * is committed and touched once at the start (boot did that), so an idle guest
 * holds its whole commit until memory is taken back, and can then live in the
 * hot part. A share of the commit breathes: processes come and go, so committed
 * bytes fluctuate around their mean as a birth-death process (M/M/infinity in
 * units of `breath`). A commit refused at the start leaves it without memory to
 * reference.
 *
 * Cost: one event an operation, one a change of the breathing part.
 */
#include "pace.h"

#include <vhm/base/require.h>

struct config {
  struct pace pace;
  uint64_t commit_bytes, hot_ppm, hot_weight_ppm;
  uint64_t breath_bytes, breathing_bytes, breath_ns;
};

struct state {
  const struct config *config;
  uint32_t fixed, unit, most; /* pages, pages, units */
  uint32_t n_units;
};

enum { REGION_SYSTEM, REGION_BREATH };

/* The next birth or death: births at most/2 a `breath_ns`, deaths one each. */
static void
draw_breath (struct state *s, vhm_process *p)
{
  double births = s->most / 2.0, deaths = s->n_units;
  double rate = births + deaths;
  double ns = (double) s->config->breath_ns * vhm_rng_exp (vhm_process_rng (p));
  vhm_process_set_timer (p, (uint64_t) (ns / rate) + 1);
}

static void
breathe (struct state *s, vhm_process *p)
{
  double births = s->most / 2.0, deaths = s->n_units;
  if (vhm_process_is_allocating (p)) { /* frames are short: nothing moves */
    draw_breath (s, p);
    return;
  }
  bool birth
      = vhm_rng_uniform (vhm_process_rng (p)) * (births + deaths) < births;
  if (!birth && s->n_units > 0) {
    s->n_units--;
    vhm_process_drop (p, REGION_BREATH, s->n_units * s->unit, s->unit);
    vhm_process_uncommit (p, s->unit);
  } else if (birth && s->n_units < s->most && vhm_process_commit (p, s->unit)) {
    vhm_process_allocate (p, REGION_BREATH, s->n_units * s->unit, s->unit);
    s->n_units++;
  }
  draw_breath (s, p);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  s->fixed = (uint32_t) vhm_bytes_to_pages (c->commit_bytes);
  s->unit = (uint32_t) vhm_bytes_to_pages (c->breath_bytes);
  s->most = (uint32_t) (c->breathing_bytes / c->breath_bytes);
  bool committed = vhm_process_commit (p, s->fixed);
  struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_HOT_COLD,
    .n_pages = s->fixed,
    .n_active = committed ? s->fixed : 0,
    .share = 1,
    .write = pace_write (&c->pace),
    .hot = (double) c->hot_ppm / (double) VHM_PPM,
    .hot_weight = (double) c->hot_weight_ppm / (double) VHM_PPM,
  };
  vhm_process_add_region (p, &spec);
  if (s->most > 0) {
    spec.pattern = VHM_PATTERN_UNIFORM;
    spec.n_pages = s->most * s->unit;
    spec.n_active = 0;
    spec.share = 0;
    vhm_process_add_region (p, &spec);
  }
  const struct vhm_threads threads = pace_threads (&c->pace);
  vhm_process_run (p, &threads);
  if (committed)
    vhm_process_allocate (p, REGION_SYSTEM, 0, s->fixed);
  if (s->most > 0)
    draw_breath (s, p);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  if (what == VHM_NOTICE_TIMER)
    breathe (state, p);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "commit",
    .type = VHM_PARAM_BYTES,
    .offset = AT (commit_bytes),
    .fallback = "600 MiB",
    .min = "16 MiB",
    .max = "256 GiB",
    .help = "memory committed by the idle system, without the breathing part",
    .source = "700 to 800 MB explain the pressures of Friedman's idle guests "
              "(with breathing and nonpaged pool)" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "25 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of it that is in use",
    .source = "assumed: a fraction of it is enough to stay up" },
  { .key = "hot_weight",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_weight_ppm),
    .fallback = "99.99 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of references that go there",
    .source
    = "assumed: background services revisit the rest about once an hour" },
  { .key = "breath",
    .type = VHM_PARAM_BYTES,
    .offset = AT (breath_bytes),
    .fallback = "4 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "commit of one short-lived process",
    .source = "assumed: a small process" },
  { .key = "breathing",
    .type = VHM_PARAM_BYTES,
    .offset = AT (breathing_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "64 GiB",
    .help = "most that short-lived processes commit; their mean is about half",
    .source
    = "assumed: committed bytes of an idle system are never quite still" },
  { .key = "breath_every",
    .type = VHM_PARAM_TIME,
    .offset = AT (breath_ns),
    .fallback = "4 min",
    .min = "1 ms",
    .max = "24 h",
    .help = "mean life of a short-lived process",
    .source = "assumed: a scheduled task" },
  PACE_ROWS (config, "1", "2000", "500 ms", "20 %"),
};

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

const struct vhm_plugin vhm_workload_idle = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "idle",
  .summary = "an operating system with nothing to do",
  .config = { .name = "idle",
              .help = "an idle system",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
