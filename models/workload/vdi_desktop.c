/* A virtual desktop: boots, logs on, works. Many of them at once are a boot storm.
 *
 *   boot     reads the files of the system in parts, each part followed by work of
 *            the processor, and commits memory in equal steps
 *   log-on   the same, with files of its own (the profile)
 *   desktop  short bursts of work on what it has, between pauses
 *
 * Files of the system lie at the beginning of the virtual disk, the same ones in the
 * same places for guests whose `image` is the same: their pages in the cache hold the
 * same and can be shared. Each desktop begins at a moment of its own in [0, stagger).
 * A boot reads the same parts in the same order as another.
 *
 * An operation is a boot, a log-on, and then each burst of the desktop, so the first
 * two operations of a guest (first_operations) are what its user waits for.
 *
 * Cost: that of the faults, and an event a part. Left out: network, antivirus,
 * background downloads; what a boot writes.
 * Source: that desktops boot at once, fifty of them from one image: Friedman, Hyper-V
 * (VDI, 50 instances of Windows 7). Amounts: assumed, as the table says.
 */
#include <vhm/base/require.h>
#include <vhm/model/workload.h>

struct config {
  uint64_t system_bytes, profile_bytes, part_bytes;
  uint64_t boot_bytes, session_bytes; /* memory */
  uint64_t boot_work_ns, logon_work_ns, burst_ns, pause_ns;
  uint64_t stagger_ns, copy_ns, retry_ns, active_ppm;
};

enum phase { WAITS, BOOTS, LOGS_ON, RESTS, WORKS };
enum step { READS, TOUCHES }; /* of a part */

struct state {
  const struct config *config;
  enum phase phase;
  enum step step;
  uint32_t part, n_parts;                   /* of the phase */
  uint32_t system, profile, memory[2], has; /* pages */
  uint64_t since_ns, hz;
};

enum { SYSTEM, PROFILE, MEMORY };

static uint32_t
pages (uint64_t bytes)
{
  return (uint32_t) vhm_bytes_to_pages (bytes);
}

/* Page k of n parts of so many. */
static uint32_t
edge (uint32_t n_pages, uint32_t k, uint32_t n)
{
  return (uint32_t) ((uint64_t) n_pages * k / n);
}

static void
walk (struct state *s, vhm_process *p, uint32_t region, uint32_t from,
      uint32_t to, uint64_t ns, bool write)
{
  double cycles = (double) vhm_ns_to_cycles (s->hz, ns);
  const struct vhm_walk w = {
    .region = region,
    .from = from,
    .to = to,
    .cycles_per_page = MAX (cycles / MAX (to - from, 1), 1),
    .write = write,
    .batch = 16, /* pages, 64 KiB: a loop that copies takes microseconds */
  };
  vhm_process_walk (p, 0, &w);
}

static void
read_part (struct state *s, vhm_process *p)
{
  bool boots = s->phase == BOOTS;
  uint32_t n = boots ? s->system : s->profile;
  uint32_t from = edge (n, s->part, s->n_parts);
  uint32_t to = edge (n, s->part + 1, s->n_parts);
  s->step = READS;
  walk (s, p, boots ? SYSTEM : PROFILE, from, to,
        s->config->copy_ns * (to - from), false);
}

/* What a part works on: memory that it commits now. */
static void
touch_part (struct state *s, vhm_process *p)
{
  uint32_t before = s->phase == BOOTS ? 0 : s->memory[0];
  uint32_t all = s->memory[s->phase == BOOTS ? 0 : 1];
  uint32_t to = before + edge (all, s->part + 1, s->n_parts);
  if (to > s->has && !vhm_process_commit (p, to - s->has)) {
    vhm_process_set_timer (p, s->config->retry_ns);
    return;
  }
  uint32_t from = s->has;
  uint64_t work
      = s->phase == BOOTS ? s->config->boot_work_ns : s->config->logon_work_ns;
  s->has = to;
  s->step = TOUCHES;
  walk (s, p, MEMORY, from, to, work / s->n_parts, true);
}

static void
begin (struct state *s, vhm_process *p, enum phase phase)
{
  uint64_t bytes
      = phase == BOOTS ? s->config->system_bytes : s->config->profile_bytes;
  s->phase = phase;
  s->part = 0;
  s->n_parts = (uint32_t) MAX (bytes / s->config->part_bytes, 1);
  s->since_ns = vhm_process_now_ns (p);
  read_part (s, p);
}

static void
rest (struct state *s, vhm_process *p)
{
  double ns = (double) s->config->pause_ns * vhm_rng_exp (vhm_process_rng (p));
  s->phase = RESTS;
  vhm_process_set_timer (p, (uint64_t) ns + 1);
}

/* A stretch of its memory, anywhere. */
static void
work (struct state *s, vhm_process *p)
{
  uint32_t n
      = MAX ((uint32_t) vhm_scale_ppm (s->has, s->config->active_ppm), 1);
  uint32_t from
      = (uint32_t) vhm_rng_below (vhm_process_rng (p), s->has - n + 1);
  s->phase = WORKS;
  s->since_ns = vhm_process_now_ns (p);
  walk (s, p, MEMORY, from, from + n, s->config->burst_ns, true);
}

static void
end_phase (struct state *s, vhm_process *p)
{
  vhm_process_end_operation (p, s->since_ns);
  if (s->phase == BOOTS)
    begin (s, p, LOGS_ON);
  else
    rest (s, p);
}

static void
swept (struct state *s, vhm_process *p)
{
  if (s->phase == WORKS) {
    end_phase (s, p);
  } else if (s->step == READS) {
    uint32_t n = s->phase == BOOTS ? s->system : s->profile;
    uint32_t from = edge (n, s->part, s->n_parts);
    vhm_process_drop (p, s->phase == BOOTS ? SYSTEM : PROFILE, from,
                      edge (n, s->part + 1, s->n_parts) - from);
    touch_part (s, p);
  } else if (++s->part < s->n_parts)
    read_part (s, p);
  else
    end_phase (s, p);
}

static void
ring (struct state *s, vhm_process *p)
{
  if (s->phase == WAITS)
    begin (s, p, BOOTS);
  else if (s->phase == RESTS)
    work (s, p);
  else
    touch_part (s, p); /* refused before */
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  if (what == VHM_NOTICE_TIMER)
    ring (state, p);
  else if (what == VHM_NOTICE_SWEPT)
    swept (state, p);
}

static uint32_t
add_region (vhm_process *p, uint32_t n, bool is_file)
{
  const struct vhm_region_spec spec = {
    .pattern = VHM_PATTERN_UNIFORM,
    .n_pages = n,
    .share = 1,
    .is_file = is_file,
    .file_at = is_file ? vhm_process_new_file (p, n) : 0,
  };
  return vhm_process_add_region (p, &spec);
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  s->hz = vhm_guest_clock_hz (vhm_process_guest (p));
  s->system = pages (c->system_bytes);
  s->profile = pages (c->profile_bytes);
  s->memory[0] = pages (c->boot_bytes);
  s->memory[1] = pages (c->session_bytes);
  add_region (p, s->system, true);
  add_region (p, s->profile, true);
  add_region (p, s->memory[0] + s->memory[1], false);
  const struct vhm_threads threads = {
    .n_threads = 1, /* it never runs: its sweeper does the work */
    .cycles_per_reference = 1,
    .references = 1,
    .held = true,
    .n_sweepers = 1,
  };
  vhm_process_run (p, &threads);
  double ns = (double) c->stagger_ns * vhm_rng_uniform (vhm_process_rng (p));
  vhm_process_set_timer (p, (uint64_t) ns);
}

static uint64_t
file_bytes (const void *config)
{
  const struct config *c = config;
  return c->system_bytes + c->profile_bytes;
}

#define AT(field) offsetof (struct config, field)
#define BYTES_ROW(name, field, value, least, text, why)             \
  {                                                                 \
    .key = name, .type = VHM_PARAM_BYTES, .offset = AT (field),     \
    .fallback = value, .min = least, .max = "64 GiB", .help = text, \
    .source = "assumed: " why                                       \
  }
#define TIME_ROW(name, field, value, least, text, why)            \
  {                                                               \
    .key = name, .type = VHM_PARAM_TIME, .offset = AT (field),    \
    .fallback = value, .min = least, .max = "24 h", .help = text, \
    .source = "assumed: " why                                     \
  }

static const struct vhm_param params[] = {
  BYTES_ROW ("system", system_bytes, "300 MiB", "1 MiB",
             "files of the system that a boot reads", "a desktop system"),
  BYTES_ROW ("profile", profile_bytes, "60 MiB", "1 MiB",
             "files that a log-on reads", "a roaming profile and programs"),
  BYTES_ROW ("part", part_bytes, "4 MiB", "64 KiB",
             "files are read in parts of this, with work in between",
             "a program and its libraries"),
  BYTES_ROW ("boot_memory", boot_bytes, "400 MiB", "1 MiB",
             "memory committed and touched by the end of the boot",
             "services of a desktop system"),
  BYTES_ROW ("session_memory", session_bytes, "300 MiB", "1 MiB",
             "memory committed and touched by the log-on, beside that",
             "a shell, a mail program, a browser"),
  TIME_ROW ("boot_work", boot_work_ns, "15 s", "1 ms",
            "processor time of a boot", "a boot from flash takes some 20 s"),
  TIME_ROW ("logon_work", logon_work_ns, "5 s", "1 ms",
            "processor time of a log-on", "a third of a boot"),
  TIME_ROW ("burst", burst_ns, "50 ms", "1 us",
            "processor time of one thing that the user does",
            "a few per cent "
            "of a processor"),
  TIME_ROW ("pause", pause_ns, "2 s", "1 ms",
            "mean time between two such, exponential",
            "somebody types and "
            "reads"),
  { .key = "active",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (active_ppm),
    .fallback = "2 %",
    .min = "0.0001 %",
    .max = "100 %",
    .help = "share of its memory that one such touches, a stretch anywhere",
    .source = "assumed: a window or two" },
  { .key = "stagger",
    .type = VHM_PARAM_TIME,
    .offset = AT (stagger_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "24 h",
    .help
    = "it boots at a moment chosen by chance within this time, each guest "
      "for itself; 0 s: all at once" },
  TIME_ROW ("copy", copy_ns, "1 us", "0 s",
            "processor time to copy a page out of a file", "4 GB/s"),
  TIME_ROW ("retry", retry_ns, "1 s", "1 ms",
            "wait before asking again for memory that was refused",
            "the program tries again"),
};

static const struct vhm_workload_ops ops
    = { .start = start, .notice = notice, .file_bytes = file_bytes };

const struct vhm_plugin vhm_workload_vdi_desktop = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "vdi_desktop",
  .summary = "a virtual desktop: boots, logs on, works",
  .config = { .name = "vdi_desktop",
              .help = "a virtual desktop",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
