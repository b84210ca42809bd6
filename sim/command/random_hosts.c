/* Draws hosts on both sides of the boundaries between classes.
 *
 * A guest needs its kernel, an idle commit and a working set that it references by a
 * pattern; it works with some threads, each busy for a share `duty` of its time (from
 * 1 on always). Its maximum, minimum and startup memory are parts of what it needs,
 * and the host has a part of what all of them need together with their buffers. So a
 * draw has shortage or plenty of memory, of processors, or of a guest's own.
 *
 * Small memories, no translation, and no Windows, whose working sets are trimmed and
 * come back page by page, keep a run below a tenth of a second.
 */
#include "random_hosts.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/sim/rng.h>

/* MiB; what a guest has beside its processes, and the root without any guest. */
#define KERNEL_MIB 32
#define ROOT_MIB 64
#define OVERHEAD_MIB 8
#define BUFFER 1.2 /* of what is needed: the default of 20 % */
#define STARTUP 0.5
/* An operation: 2000 page references, 40 ms of a 2 GHz processor. */
#define REFERENCES 2000
#define CYCLES 40000
#define OPERATION_S 0.04

static const char *const needed[]
    = { "guests", "cpus",    "working_set", "idle_commit", "vcpus", "threads",
        "duty",   "maximum", "minimum",     "weight",      "memory" };

#define AT(field) offsetof (struct random_range, field)
static const struct vhm_param range_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .help = "of what is drawn" },
  { .key = "low",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (low),
    .min = "0.001",
    .help = "least" },
  { .key = "high",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (high),
    .min = "0.001",
    .help = "most; of a whole number, included" },
  { .key = "log",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_log),
    .fallback = "false",
    .help = "uniform in its logarithm" },
};
#undef AT

static void
check_range (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct random_range *r = config;
  if (r->low > r->high)
    complain (reader, "low", "above high", "low <= high");
}

static const struct vhm_schema range_schema
    = { .name = "range",
        .help = "what is drawn",
        .size = sizeof (struct random_range),
        .params = range_params,
        .n_params = G_N_ELEMENTS (range_params),
        .check = check_range };

#define AT(field) offsetof (struct random_hosts, field)
static const struct vhm_param params[] = {
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .help = "the question" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .help = "where the hosts come from" },
  { .key = "hosts",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_hosts),
    .min = "1",
    .max = "100000",
    .help = "how many" },
  { .key = "seed",
    .type = VHM_PARAM_COUNT,
    .offset = AT (seed),
    .help = "other hosts for another one" },
  { .key = "duration",
    .type = VHM_PARAM_TIME,
    .offset = AT (duration_ns),
    .help = "of a run" },
  { .key = "sample",
    .type = VHM_PARAM_TIME,
    .offset = AT (sample_ns),
    .help = "time between samples" },
  { .key = "agree",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (agree_ppm),
    .help = "share of the hosts whose classes must agree" },
  { .key = "ranges",
    .type = VHM_PARAM_LIST,
    .offset = AT (ranges),
    .help = "what is drawn",
    .child = &range_schema },
};
#undef AT

static const struct random_range *
find (const struct random_hosts *hosts, const char *name)
{
  const struct random_range *ranges = hosts->ranges.items;
  for (size_t i = 0; i < hosts->ranges.n; i++)
    if (strcmp (ranges[i].name, name) == 0)
      return &ranges[i];
  return NULL;
}

static void
check_hosts (const void *config, vhm_schema_complain complain, void *reader)
{
  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!find (config, needed[i]))
      complain (reader, "ranges", "one is missing", needed[i]);
}

const struct vhm_schema random_hosts_schema
    = { .name = "hosts",
        .help = "hosts drawn at random",
        .size = sizeof (struct random_hosts),
        .params = params,
        .n_params = G_N_ELEMENTS (params),
        .check = check_hosts };

/* --- drawing ----------------------------------------------------------------- */

static double
draw (const struct random_hosts *hosts, struct vhm_rng *rng, const char *name)
{
  const struct random_range *r = find (hosts, name);
  double u = vhm_rng_uniform (rng);
  return r->is_log ? r->low * pow (r->high / r->low, u)
                   : r->low + u * (r->high - r->low);
}

static uint64_t
draw_whole (const struct random_hosts *hosts, struct vhm_rng *rng,
            const char *name)
{
  const struct random_range *r = find (hosts, name);
  uint64_t low = (uint64_t) r->low, high = (uint64_t) r->high;
  return low + vhm_rng_below (rng, high - low + 1);
}

/* Appends a guest; returns what it needs and may have, MiB, with its buffer; adds
 * its startup memory. */
static double
append_guest (GString *out, const struct random_hosts *hosts,
              struct vhm_rng *rng, uint64_t k, double *startups)
{
  static const char *const patterns[] = { "uniform", "zipf", "hot-cold" };
  double set = draw (hosts, rng, "working_set");
  double idle = draw (hosts, rng, "idle_commit");
  double need = KERNEL_MIB + set + idle;
  double maximum = fmax (64, need * draw (hosts, rng, "maximum"));
  double minimum
      = fmin (maximum, fmax (32, need * draw (hosts, rng, "minimum")));
  double startup = fmin (maximum, fmax (minimum, fmax (48, STARTUP * need)));
  double duty = draw (hosts, rng, "duty");
  double think_s = duty < 1 ? OPERATION_S * (1 / duty - 1) : 0;
  uint64_t vcpus = draw_whole (hosts, rng, "vcpus");
  uint64_t threads = draw_whole (hosts, rng, "threads");
  uint64_t weight = draw_whole (hosts, rng, "weight");
  static const char *const systems[] = { "{kind: linux}", "{kind: ideal-lru}" };
  const char *os = systems[vhm_rng_below (rng, G_N_ELEMENTS (systems))];
  const char *pattern = patterns[vhm_rng_below (rng, G_N_ELEMENTS (patterns))];
  g_string_append_printf (
      out,
      "  - name: g%" G_GUINT64_FORMAT "\n    vcpus: %" G_GUINT64_FORMAT
      "\n    memory: {startup: %.0f MiB, minimum: %.0f MiB, maximum: %.0f MiB, "
      "weight: %" G_GUINT64_FORMAT "}\n"
      "    os: %s\n    workloads:\n"
      "      - {kind: idle, commit: %.0f MiB, think: 1 min}\n"
      "      - {kind: pattern, pattern: %s, size: %.0f MiB, threads: "
      "%" G_GUINT64_FORMAT
      ", references: %d, cycles_per_reference: %d, think: %.0f us}\n",
      k + 1, vcpus, ceil (startup), floor (minimum), ceil (maximum), weight, os,
      idle, pattern, set, threads, REFERENCES, CYCLES, think_s * 1e6);
  *startups += ceil (startup);
  return fmin (BUFFER * need, maximum);
}

char *
random_host_text (const struct random_hosts *hosts, uint64_t i)
{
  g_autofree char *name = g_strdup_printf ("host %" G_GUINT64_FORMAT, i);
  struct vhm_rng rng;
  vhm_rng_init (&rng, hosts->seed, name);
  g_autoptr (GString) guests = g_string_new (NULL);
  uint64_t n = draw_whole (hosts, &rng, "guests");
  uint64_t cpus = draw_whole (hosts, &rng, "cpus");
  double sum = 0, startups = 0;
  for (uint64_t k = 0; k < n; k++)
    sum += append_guest (guests, hosts, &rng, k, &startups);
  /* all of them can start: a start that is refused needs no diagnosis */
  double memory = ROOT_MIB + (double) n * OVERHEAD_MIB
                  + fmax (sum * draw (hosts, &rng, "memory"), startups);
  return g_strdup_printf (
      "question: %s\nduration: %" G_GUINT64_FORMAT
      " ns\nsample: %" G_GUINT64_FORMAT " ns\nseed: %" G_GUINT64_FORMAT
      "\nhost: {preset: hyperv-2012r2, memory: %.0f MiB, cpus: "
      "%" G_GUINT64_FORMAT
      ", root_reserve: %d MiB, vm_overhead: %d MiB, paging: none, disks: "
      "[{name: d0}]}\nguests:\n%s",
      name, hosts->duration_ns, hosts->sample_ns, hosts->seed + i,
      ceil (memory), cpus, ROOT_MIB, OVERHEAD_MIB, guests->str);
}
