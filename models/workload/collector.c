/* The collector of a guest's counters: wakes up, walks over its memory, takes a
 * sample.
 *
 * One region: code and data of the program and what it reads of the system, first
 * touched at the start. A sample is one walk over the part that is only read and
 * one over the part that is written, `sample_ns` of processor time in all. It is
 * touched once an interval and by nobody else, so it is as old as an interval
 * when its system looks for pages to take, and where they have been taken the
 * walk reads them back one after the other, each behind what waits at the disk.
 *
 *   delay of a sample = processor time / share of a processor
 *                       + pages to read back x time of a read
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

struct state {
  const struct vhm_collector *config;
  uint32_t n_pages, n_read; /* read: the first ones */
  double cycles_per_page;
  bool is_committed, is_ready, is_written; /* written: the walk under way */
  uint64_t since_ns;                       /* when the collection began */
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
  if (!s->is_committed && vhm_process_commit (p, s->n_pages)) {
    s->is_committed = true;
    vhm_process_allocate (p, 0, 0, s->n_pages);
  }
  return s->is_ready;
}

static void
walk (struct state *s, vhm_process *p, bool write)
{
  s->is_written = write;
  vhm_process_sweep (p, 0, write ? s->n_read : 0,
                     write ? s->n_pages : s->n_read, s->cycles_per_page, write);
}

static void
finish (struct state *s, vhm_process *p)
{
  vhm_guest_collected (vhm_process_guest (p), s->since_ns);
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
      walk (s, p, s->n_read == 0);
    else
      arm_next (s, p);
  }
  if (what != VHM_NOTICE_SWEPT)
    return;
  if (!s->is_written && s->n_read < s->n_pages)
    walk (s, p, true);
  else
    finish (s, p);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct vhm_collector *c = s->config = config;
  VHM_REQUIRE (c->interval_ns > 0 && c->sample_ns > 0);
  uint64_t hz = vhm_guest_clock_hz (vhm_process_guest (p));
  s->n_pages = (uint32_t) vhm_bytes_to_pages (c->working_set_bytes);
  s->n_read
      = s->n_pages - (uint32_t) vhm_scale_ppm (s->n_pages, c->written_ppm);
  s->cycles_per_page
      = (double) vhm_ns_to_cycles (hz, c->sample_ns) / (double) s->n_pages;
  const struct vhm_region_spec spec
      = { .pattern = VHM_PATTERN_UNIFORM, .n_pages = s->n_pages, .share = 1 };
  vhm_process_add_region (p, &spec);
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
