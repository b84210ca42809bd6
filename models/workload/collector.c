/* The collector of a guest's counters: wakes up, walks over its memory, takes a
 * sample.
 *
 * Two regions: code and data of the program and what it reads of the system, first
 * touched at the start; and buffers that it allocates for a sample and frees with
 * it, as a heap does with large blocks, so that they are first touched anew each
 * time. A sample is a walk over each, `sample_ns` of processor time in all. The first
 * is touched once an interval and by nobody else, so it is as old as an interval when
 * its system looks for pages to take; where they have been taken the walk reads them
 * back one after the other, each behind what waits at the disk. For each page of
 * the second it needs a frame, and waits in turn with all others where none is free.
 *
 *   delay of a sample = processor time / share of a processor
 *                       + pages to read back x time of a read
 *                       + pages of buffers x wait for a frame
 *
 * Whole intervals are those of the host's clock: collection k begins at k x
 * interval, if the one before it has finished.
 *
 * Assumes that code is paged like data: to the page file, not dropped and read
 * from the program's file. Left out: its priority (a counter log runs at the
 * normal one), what writing the log costs.
 * Cost: one event a collection and one a fault. Source: Friedman, case study,
 * figure 20: samples "delayed or deferred because of virtual processor
 * dispatching delays and deferred timer interrupts".
 */
#include <vhm/base/require.h>
#include <vhm/base/units.h>
#include <vhm/model/collector.h>
#include <vhm/model/workload.h>

enum { PROGRAM, BUFFERS, N_REGIONS };

struct state {
  const struct vhm_collector *config;
  uint32_t n[N_REGIONS]; /* pages */
  double cycles_per_page;
  bool is_committed, is_ready;
  uint32_t walked;   /* region, by the walk under way */
  uint64_t since_ns; /* when the collection began */
};

/* To whole interval number k. */
static void
arm (const struct state *s, vhm_process *p, uint64_t k)
{
  uint64_t at_ns = k * s->config->interval_ns;
  vhm_process_set_timer (p, at_ns - vhm_process_now_ns (p));
}

static void
arm_next (const struct state *s, vhm_process *p)
{
  arm (s, p, vhm_process_now_ns (p) / s->config->interval_ns + 1);
}

/* False while the commit limit refuses, or frames are short. */
static bool
is_ready (struct state *s, vhm_process *p)
{
  if (!s->is_committed
      && vhm_process_commit (p, s->n[PROGRAM] + s->n[BUFFERS])) {
    s->is_committed = true;
    vhm_process_allocate (p, PROGRAM, 0, s->n[PROGRAM]);
  }
  return s->is_ready;
}

/* The region, or if there is nothing in it those after it. */
static void
walk_from (struct state *s, vhm_process *p, uint32_t region)
{
  while (region < N_REGIONS && s->n[region] == 0)
    region++;
  s->walked = region;
  if (region < N_REGIONS) {
    vhm_process_sweep (p, region, 0, s->n[region], s->cycles_per_page,
                       region == BUFFERS);
    return;
  }
  vhm_guest_collected (vhm_process_guest (p), s->since_ns);
  vhm_process_drop (p, BUFFERS, 0, s->n[BUFFERS]);
  arm_next (s, p);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  struct state *s = state;
  if (what == VHM_NOTICE_ALLOCATED)
    s->is_ready = true;
  if (what == VHM_NOTICE_TIMER) {
    s->since_ns = vhm_process_now_ns (p);
    if (is_ready (s, p))
      walk_from (s, p, PROGRAM);
    else
      arm_next (s, p);
  }
  if (what == VHM_NOTICE_SWEPT)
    walk_from (s, p, s->walked + 1);
}

static void
add_region (vhm_process *p, uint32_t n_pages)
{
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_UNIFORM,
                                        .n_pages = MAX (n_pages, 1),
                                        .share = 1 };
  vhm_process_add_region (p, &spec);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct vhm_collector *c = s->config = config;
  VHM_REQUIRE (c->interval_ns > 0 && c->sample_ns > 0);
  uint64_t hz = vhm_guest_clock_hz (vhm_process_guest (p));
  uint32_t n = (uint32_t) vhm_bytes_to_pages (c->working_set_bytes);
  s->n[BUFFERS] = (uint32_t) vhm_scale_ppm (n, c->buffers_ppm);
  s->n[PROGRAM] = n - s->n[BUFFERS];
  s->cycles_per_page = (double) vhm_ns_to_cycles (hz, c->sample_ns) / n;
  for (uint32_t i = 0; i < N_REGIONS; i++)
    add_region (p, s->n[i]);
  const struct vhm_threads threads = {
    .n_threads = 1, /* it never runs: the sweeper does the work */
    .cycles_per_reference = s->cycles_per_page,
    .references = 1,
    .held = true,
  };
  vhm_process_run (p, &threads);
  is_ready (s, p);
  uint64_t now = vhm_process_now_ns (p);
  arm (s, p, (now + c->interval_ns - 1) / c->interval_ns);
}

static const struct vhm_workload_ops ops = { .start = start, .notice = notice };

static const struct vhm_plugin plugin = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "collector",
  .summary = "collects the guest's own counters",
  .config = { .name = "collector",
              .help = "the collector of a guest's counters",
              .size = sizeof (struct vhm_collector) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};

struct vhm_plugin_choice
vhm_collector_choice (struct vhm_collector *collector)
{
  return (struct vhm_plugin_choice){ .plugin = &plugin, .config = collector };
}
