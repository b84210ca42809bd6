/* How fast is a whole host? Every reference of five guests of 4 GiB on 12 GiB
 * with everything accounted: drawn, looked up in TLBs, walked in two dimensions,
 * charged; the same where each guest has a little more to reference than memory,
 * so that it pages; and the part of the case study that goes into measuring what
 * translation costs between faults.
 *
 * The guests run longer than is timed: at first their pages are touched. Time is
 * the processor's: what is simulated of waiting for a disk costs nothing, and the
 * disk of guests that page turns fast and never seeks, so that they get on.
 */
#include "bench.h"

#include <string.h>
#include <time.h>

#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/scenario.h>

#define N_OPERATION 1000 /* references; as in the scenario */
#define CASE_STUDY VHM_SOURCE_DIR "/scenarios/five-guest-12gb.yaml"
#define LEAST_OTHER 90 /* percent of the time that measuring leaves */

/* Simulated: by then nearly all pages are there; timed after that, a quick run
 * and a full one. Guests that page wait most of the time. */
static const struct five_guests {
  int settle_s, quick_s, timed_s;
  const char *disk, *workload;
} in_memory = { 6, 2, 10, "", "size: 1800 MiB" },
  crowded
  = { 60, 10, 60,
      ", model: {kind: hdd, rpm: 30000, track_seek: 0 ns, average_seek: "
      "0 ns, full_seek: 0 ns, rate: 10 GiB/s, overhead: 0 ns}",
      "size: 2200 MiB, threads: 4" };

#define FIVE_GUESTS                                                            \
  "duration: %d s\nsample: 1 s\nreference: every\n"                            \
  "host: {memory: 12 GiB, root_reserve: 744 MiB, cpus: 4, vm_overhead: 32 "    \
  "MiB, vm_overhead_per_gib: 8 MiB, balancer: {kind: hyperv}, disks: [{name: " \
  "d0%s}], cpu: {preset: skylake-sp}}\nguests:\n"                              \
  "  - {name: g, count: 5, os: ideal-lru, memory: {startup: 2 GiB, minimum: "  \
  "512 MiB, maximum: 4 GiB}, workloads: [{kind: pattern, %s, exponent: 0.8, "  \
  "references: 1000, cycles_per_reference: 2000}]}\n"

struct timed {
  double settled; /* part of the run after which it is timed */
  double start_s; /* processor time when it was; 0: not yet */
};

static double
processor_s (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + (double) t.tv_nsec / (double) VHM_NS_PER_S;
}

static void
progress (void *context, double done)
{
  struct timed *timed = context;
  if (timed->start_s <= 0 && done >= timed->settled)
    timed->start_s = processor_s ();
}

static double
references_after (const struct vhm_result *r, int from_s)
{
  double n = 0;
  for (guint i = 0; i < r->series->len; i++) {
    const struct vhm_series *s = r->series->pdata[i];
    if (!g_str_equal (s->counter->key, "throughput_per_s"))
      continue;
    for (size_t k = (size_t) from_s + 1; k < r->n_samples; k++)
      n += s->values[k] * r->interval_s * N_OPERATION;
  }
  return n;
}

static struct vhm_result *
run (const struct vhm_scenario *s, const struct vhm_host_options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_host) host = vhm_host_new (s->config, options);
  struct vhm_result *r = vhm_result_new ();
  if (!vhm_host_run (host, r, &error))
    g_error ("%s", error->message);
  return r;
}

/* References a second of processor time once the guests have settled. */
static double
every_reference_per_s (const struct five_guests *guests, bool is_quick)
{
  int duration_s
      = guests->settle_s + (is_quick ? guests->quick_s : guests->timed_s);
  g_autofree char *text = g_strdup_printf (FIVE_GUESTS, duration_s,
                                           guests->disk, guests->workload);
  const struct vhm_scenario_rules rules = { .schema = &vhm_case_schema,
                                            .registry = vhm_all_plugins,
                                            .presets = vhm_embedded_presets };
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text ("bench", text, strlen (text), &rules, &error);
  if (!s)
    g_error ("%s", error->message);
  struct timed timed = { .settled = (double) guests->settle_s / duration_s };
  const struct vhm_host_options options
      = { .seed = 1, .progress = progress, .progress_context = &timed };
  struct vhm_result *r = run (s, &options);
  double rate = references_after (r, guests->settle_s)
                / (processor_s () - timed.start_s);
  vhm_result_free (r);
  return rate;
}

/* Processor time of the case study. */
static double
case_study_s (const char *paging)
{
  const char *const overrides[] = { paging, NULL };
  const struct vhm_scenario_rules rules = { .schema = &vhm_case_schema,
                                            .registry = vhm_all_plugins,
                                            .presets = vhm_embedded_presets,
                                            .overrides = overrides };
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = vhm_scenario_read (CASE_STUDY, &rules, &error);
  if (!s)
    g_error ("%s", error->message);
  const struct vhm_host_options options = { .seed = 1 };
  double start = processor_s ();
  vhm_result_free (run (s, &options));
  return processor_s () - start;
}

#define N_TIMES 5

static int
by_size (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Percent of the case study's time that is not spent on measuring: runs with and
 * without it by turns, since the machine's speed drifts. */
static double
time_left_percent (int n_times)
{
  double share[N_TIMES];
  for (int i = 0; i < n_times; i++) {
    double without = case_study_s ("host.paging=none");
    double with = case_study_s ("host.paging=slat");
    share[i] = 100 * without / with;
  }
  qsort (share, (size_t) n_times, sizeof share[0], by_size);
  return share[n_times / 2];
}

int
bench_host (const struct bench_options *options)
{
  int n_slow = bench_print_rate (
      options, "host: every reference, 5 x 4 GiB, SLAT",
      every_reference_per_s (&in_memory, options->is_quick), 10, 25);
  n_slow += bench_print_rate (
      options, "host: the same, 10 % too little memory",
      every_reference_per_s (&crowded, options->is_quick), 0, 0);
  struct bench_row left = {
    .name = "case study: time not spent measuring",
    .unit = "%",
    .value = time_left_percent (options->is_quick ? 1 : N_TIMES),
    .floor = LEAST_OTHER,
  };
  bench_print (&left);
  return n_slow + (left.value < left.floor);
}
