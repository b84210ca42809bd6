/* A result as a run of the five-guest case study might give it, from closed
 * formulas: no simulation, no random numbers, the same every time. For tests of
 * what reads results. */
#ifndef VHM_TESTS_SYNTHETIC_RESULT_H
#define VHM_TESTS_SYNTHETIC_RESULT_H

#include <math.h>
#include <string.h>

#include <vhm/sim/result.h>

#define SYNTHETIC_GIB 1073741824.0
#define SYNTHETIC_MIB 1048576.0
#define SYNTHETIC_GUESTS 5

enum synthetic_key {
  KEY_PHYSICAL,
  KEY_VISIBLE,
  KEY_COMMITTED,
  KEY_LIMIT,
  KEY_PAGE_FILE,
  KEY_PRESSURE,
  KEY_AVERAGE,
  KEY_ADDED,
  KEY_REMOVED,
  KEY_ADDS,
  KEY_REMOVES,
  KEY_BALLOON,
  KEY_NONPAGED,
  KEY_INPUT,
  KEY_OUTPUT,
  KEY_THROUGHPUT,
  KEY_CPU,
  N_GUEST_KEYS
};

static const struct vhm_counter synthetic_guest[N_GUEST_KEYS] = {
  { "physical_memory", "Physical Memory", "Hyper-V Dynamic Memory VM",
    VHM_UNIT_BYTES, "machine memory the guest holds" },
  { "visible_memory", "Guest Visible Physical Memory",
    "Hyper-V Dynamic Memory VM", VHM_UNIT_BYTES, "RAM the guest sees" },
  { "committed_bytes", "Committed Bytes", "Memory", VHM_UNIT_BYTES,
    "virtual memory promised to processes" },
  { "commit_limit", "Commit Limit", "Memory", VHM_UNIT_BYTES,
    "visible memory and page files" },
  { "page_file_bytes", "Page File Size", NULL, VHM_UNIT_BYTES,
    "size of the page files" },
  { "pressure", "Current Pressure", "Hyper-V Dynamic Memory VM",
    VHM_UNIT_PERCENT, "100 x demand / memory held" },
  { "average_pressure", "Average Pressure", "Hyper-V Dynamic Memory VM",
    VHM_UNIT_PERCENT, "smoothed pressure" },
  { "added_memory", "Added Memory", "Hyper-V Dynamic Memory VM", VHM_UNIT_BYTES,
    "sum of all additions" },
  { "removed_memory", "Removed Memory", "Hyper-V Dynamic Memory VM",
    VHM_UNIT_BYTES, "sum of all removals" },
  { "add_operations", "Memory Add Operations", "Hyper-V Dynamic Memory VM",
    VHM_UNIT_NONE, "additions so far" },
  { "remove_operations", "Memory Remove Operations",
    "Hyper-V Dynamic Memory VM", VHM_UNIT_NONE, "removals so far" },
  { "balloon_bytes", "Balloon", NULL, VHM_UNIT_BYTES, "size of the balloon" },
  { "pool_nonpaged_bytes", "Pool Nonpaged Bytes", "Memory", VHM_UNIT_BYTES,
    "nonpaged pool with the balloon" },
  { "pages_input_per_s", "Pages Input/sec", "Memory", VHM_UNIT_PER_S,
    "pages read to serve hard faults" },
  { "pages_output_per_s", "Pages Output/sec", "Memory", VHM_UNIT_PER_S,
    "pages written to make room" },
  { "throughput_per_s", "Throughput", NULL, VHM_UNIT_PER_S,
    "operations of the workloads" },
  { "cpu_percent", "% Processor Time", NULL, VHM_UNIT_PERCENT,
    "share of the guest's processors" },
};

static const struct vhm_counter synthetic_host[] = {
  { "available_memory", "Available Memory", "Hyper-V Dynamic Memory Balancer",
    VHM_UNIT_BYTES, "memory left for guests" },
  { "average_pressure", "Average Pressure", "Hyper-V Dynamic Memory Balancer",
    VHM_UNIT_PERCENT, "mean over the balanced guests" },
  { "utilization_percent", "% Disk Time", "PhysicalDisk", VHM_UNIT_PERCENT,
    "share of time the disk was busy" },
  { "queue_length", "Current Disk Queue Length", "PhysicalDisk", VHM_UNIT_NONE,
    "requests waiting or being served" },
  { "sum_of_memory", "Machine Memory", NULL, VHM_UNIT_BYTES,
    "all of it, accounted for" },
};

/* 0 before `from`, 1 after `to`, a straight line between. */
static double
synthetic_ramp (double t, double from, double to)
{
  return fmin (1, fmax (0, (t - from) / (to - from)));
}

/* A shape between -1 and 1 that looks restless and never repeats. */
static double
synthetic_noise (double t, double seed)
{
  return 0.5 * sin (t / 61 + seed) + 0.3 * sin (t / 23.7 + 2 * seed)
         + 0.2 * sin (t / 7.3 + 3 * seed);
}

static double
synthetic_committed (int guest, double t)
{
  if (guest < 4)
    return (740 + 15 * guest + 12 * synthetic_noise (t, guest)) * SYNTHETIC_MIB;
  double sawtooth = fmod (t, 1500) / 1500;
  double early = 0.6 + 5.4 * synthetic_ramp (t, 600, 3600);
  double late = 1.6 * synthetic_ramp (t, 14400, 16200);
  return (early + late + 0.9 * sawtooth * synthetic_ramp (t, 3600, 7200)
          + 0.05 * synthetic_noise (t, 4))
         * SYNTHETIC_GIB;
}

static double
synthetic_physical (int guest, double t)
{
  double wobble = 24 * SYNTHETIC_MIB * floor (2 * synthetic_noise (t, guest));
  if (guest < 2)
    return t < 14400 ? 2 * SYNTHETIC_GIB : (double)NAN;
  if (guest < 4)
    return 600 * SYNTHETIC_MIB + wobble
           + 750 * SYNTHETIC_MIB * synthetic_ramp (t, 14400, 18000);
  return (0.75 + 3.25 * synthetic_ramp (t, 700, 3700)
          + 4 * synthetic_ramp (t, 14400, 15300))
             * SYNTHETIC_GIB
         + wobble * (t > 3700);
}

static void
synthetic_fill (double *row[N_GUEST_KEYS], size_t i, int guest, double t)
{
  double physical = synthetic_physical (guest, t);
  double committed = synthetic_committed (guest, t);
  double file = (guest < 4 ? 1 : 0.75 + 1 * (t > 3000) + 2.25 * (t > 18600))
                * SYNTHETIC_GIB;
  double off = isnan (physical) ? (double)NAN : 0;
  double balloon = 400 * SYNTHETIC_MIB * synthetic_ramp (t, 16200, 16500)
                   * (1 - synthetic_ramp (t, 19800, 20100));
  double pressure = 100 * committed / physical;
  double values[N_GUEST_KEYS] = {
    [KEY_PHYSICAL] = physical,
    [KEY_VISIBLE] = physical,
    [KEY_COMMITTED] = committed + off,
    [KEY_LIMIT] = physical + file,
    [KEY_PAGE_FILE] = file + off,
    [KEY_PRESSURE] = pressure,
    [KEY_AVERAGE] = pressure * 0.98,
    [KEY_ADDED] = off + 1.1 * t * SYNTHETIC_MIB * (guest > 1),
    [KEY_REMOVED] = off + 0.9 * t * SYNTHETIC_MIB * (guest > 1),
    [KEY_ADDS] = off + floor (t / 45) * (guest > 1),
    [KEY_REMOVES] = off + floor (t / 70) * (guest > 1),
    [KEY_BALLOON] = off + balloon,
    [KEY_NONPAGED] = off + 60 * SYNTHETIC_MIB + balloon,
    [KEY_INPUT]
    = off + fmax (0, pressure - 95) * 12 * (1.1 + synthetic_noise (t, guest)),
    [KEY_OUTPUT]
    = off
      + fmax (0, pressure - 100) * 7 * (1.1 + synthetic_noise (t, guest + 1)),
    [KEY_THROUGHPUT] = off + 900 / (1 + fmax (0, pressure - 100) / 20),
    [KEY_CPU] = off + (guest < 4 ? 3 : 70) + 2 * synthetic_noise (t, guest),
  };
  for (int k = 0; k < N_GUEST_KEYS; k++)
    row[k][i] = values[k];
}

static void
synthetic_add_guest (struct vhm_result *result, const char *name, int guest)
{
  double *row[N_GUEST_KEYS];
  for (int k = 0; k < N_GUEST_KEYS; k++)
    row[k] = vhm_result_add_series (result, name, &synthetic_guest[k])->values;
  for (size_t i = 0; i < result->n_samples; i++) {
    double t = (double)i * result->interval_s;
    /* delayed samples, as a guest without a processor shows them */
    if (guest == 4 && t > 3600 && t < 9000 && i % 37 < 2)
      continue;
    synthetic_fill (row, i, guest, t);
  }
}

static void
synthetic_add_host (struct vhm_result *result)
{
  double *available
      = vhm_result_add_series (result, "balancer", &synthetic_host[0])->values;
  double *average
      = vhm_result_add_series (result, "balancer", &synthetic_host[1])->values;
  double *busy
      = vhm_result_add_series (result, "disk.d0", &synthetic_host[2])->values;
  double *queue
      = vhm_result_add_series (result, "disk.d0", &synthetic_host[3])->values;
  double *machine
      = vhm_result_add_series (result, "host", &synthetic_host[4])->values;
  for (size_t i = 0; i < result->n_samples; i++) {
    double t = (double)i * result->interval_s, pressure = 0;
    machine[i] = 12 * SYNTHETIC_GIB;
    available[i] = 10.8 * SYNTHETIC_GIB;
    for (int g = 0; g < SYNTHETIC_GUESTS; g++) {
      double physical = synthetic_physical (g, t);
      if (isnan (physical))
        continue;
      available[i] -= physical;
      pressure = fmax (pressure, 100 * synthetic_committed (g, t) / physical);
    }
    average[i] = 0.8 * pressure;
    busy[i] = fmin (100, fmax (1, (pressure - 60) * 1.2));
    queue[i] = floor (busy[i] / 12);
  }
}

static void
synthetic_add_ledger (struct vhm_result *result)
{
  static const char *const accounts[] = { "compute",
                                          "guest walk",
                                          "host walk",
                                          "guest fault handling",
                                          "VM exits",
                                          "ready",
                                          "blocked on guest paging",
                                          "idle" };
  static const double share[SYNTHETIC_GUESTS][8] = {
    { 2, 0.1, 0.2, 0, 0.1, 0.5, 0, 97.1 },
    { 2, 0.1, 0.2, 0, 0.1, 0.6, 0, 97 },
    { 2, 0.1, 0.2, 0.5, 0.1, 0.6, 1, 95.5 },
    { 2, 0.1, 0.2, 0.6, 0.1, 0.7, 1.3, 95 },
    { 22, 3, 5, 4, 1, 7, 56, 2 },
  };
  for (int g = 0; g < SYNTHETIC_GUESTS; g++)
    for (int a = 0; a < 8; a++) {
      struct vhm_ledger_row *row = g_new0 (struct vhm_ledger_row, 1);
      row->guest = g_strdup_printf ("guest%d", g + 1);
      row->account = accounts[a];
      row->cycles = (uint64_t)(share[g][a] / 100 * 2 * result->duration_s
                               * (double)result->clock_hz);
      g_ptr_array_add (result->ledger, row);
    }
}

static void
synthetic_add_expectation (struct vhm_result *result, const char *name,
                           const char *that, double value, double low,
                           double high, const char *known_miss)
{
  struct vhm_expectation *e = g_new0 (struct vhm_expectation, 1);
  e->name = g_strdup (name);
  e->that = g_strdup (that);
  e->published = g_strdup ("> 100");
  e->source = g_strdup ("case study, figure 19");
  e->figure = g_strdup ("fig. 19");
  e->known_miss = g_strdup (known_miss);
  e->unit = VHM_UNIT_PERCENT;
  e->value = value;
  e->low = low;
  e->high = high;
  e->pass = value >= low && value <= high;
  g_ptr_array_add (result->expectations, e);
}

static void
synthetic_add_words (struct vhm_result *result)
{
  synthetic_add_expectation (result, "pressure of guest5",
                             "mean(guest5.pressure) from 13:20 to 16:30",
                             151.25, 140, 160, NULL);
  synthetic_add_expectation (result, "idle guests", "max(guest1.pressure)",
                             41.5, 0, 40, NULL);
  synthetic_add_expectation (result, "the balloon", "max(guest3.pressure)", 180,
                             100, 160,
                             "the published clocks contradict each other");
  synthetic_add_expectation (result, "no bound above", "min(guest3.pressure)",
                             55, 50, (double)INFINITY, NULL);
  struct vhm_incident *incident = g_new0 (struct vhm_incident, 1);
  *incident = (struct vhm_incident){ 14400, g_strdup ("guest1"),
                                     g_strdup ("shut down, 2 GiB released") };
  g_ptr_array_add (result->incidents, incident);
  struct vhm_assumption *assumption = g_new0 (struct vhm_assumption, 1);
  *assumption = (struct vhm_assumption){
    g_strdup ("host.root_reserve"), g_strdup ("1.2 GiB"),
    g_strdup ("not published; between 744 MB and 3.2 GB")
  };
  g_ptr_array_add (result->assumptions, assumption);
  struct vhm_summary_row *row = g_new0 (struct vhm_summary_row, 1);
  *row = (struct vhm_summary_row){ g_strdup ("guest5"), g_strdup ("throughput"),
                                   g_strdup ("operations finished a second"),
                                   VHM_UNIT_PER_S, 312.5 };
  g_ptr_array_add (result->summary, row);
}

/* Guests are called `names` (NULL: guest1 .. guest5). */
static struct vhm_result *
synthetic_result_named (const char *const *names)
{
  struct vhm_result *result = vhm_result_new ();
  result->scenario_path = g_strdup ("scenarios/case-study.yaml");
  result->question = g_strdup ("What happens to five guests on a 12 GiB host "
                               "when one of them soaks memory?");
  result->source = g_strdup ("Friedman, Hyper-V Dynamic Memory case study");
  result->reading = g_strdup ("RAM first, page file second, as the author "
                              "states.");
  result->resolved_yaml = g_strdup ("question: ...\nhost:\n  memory: 12 GiB\n");
  result->version = g_strdup ("0.1.0");
  result->seed = 42;
  result->clock_hz = 2400000000;
  result->start_s = 12.5 * 3600;
  result->interval_s = 15;
  result->duration_s = 8 * 3600;
  result->n_samples = 1 + (size_t)(result->duration_s / result->interval_s);
  result->n_events = 123456;
  result->n_references = 98765432100;
  result->n_faults = 54321;
  for (int g = 0; g < SYNTHETIC_GUESTS; g++) {
    g_autofree char *name
        = names ? g_strdup (names[g]) : g_strdup_printf ("guest%d", g + 1);
    synthetic_add_guest (result, name, g);
  }
  synthetic_add_host (result);
  synthetic_add_ledger (result);
  synthetic_add_words (result);
  return result;
}

static struct vhm_result *
synthetic_result (void)
{
  return synthetic_result_named (NULL);
}

#endif
