/* How fast is a disk? Requests a second through the queue to a magnetic disk, 33
 * of them on their way at random places: as they come; chosen among 32; and with
 * a cache that random writes keep full of 4096 ranges.
 */
#include "bench.h"

#include <string.h>

#include <vhm/host/registry.h>
#include <vhm/model/disk.h>
#include <vhm/sim/scenario.h>

#define HZ UINT64_C (2400000000)
#define N_ON_THEIR_WAY 33
#define N_REQUESTS UINT64_C (400000)
#define QUICK_FACTOR 10

static const struct disk_row {
  const char *name, *keys;
  double floor_mega;
} rows[] = {
  { "disk, requests as they come", "{}", 0.5 },
  { "disk, the nearest of 32", "{queue_depth: 32}", 0.2 },
  { "disk, full cache",
    "{queue_depth: 32, cache: 48 MiB, write_cache: true, segments: 32, "
    "read_ahead: 1 MiB}",
    0.01 },
};

struct bench {
  vhm_engine *engine;
  vhm_disk *disk;
  struct vhm_rng rng;
  uint64_t n_left;
};

static void
submit (void *context, uint64_t tag)
{
  struct bench *bench = context;
  if (bench->n_left == 0)
    return;
  bench->n_left--;
  struct vhm_disk_request request = {
    .at_bytes = vhm_rng_below (&bench->rng, 1 << 26) * VHM_PAGE_BYTES,
    .size_bytes = VHM_PAGE_BYTES,
    .is_write = vhm_rng_chance (&bench->rng, .5),
    .done = submit,
    .context = bench,
    .tag = tag,
  };
  vhm_disk_submit (bench->disk, &request);
}

static const struct vhm_plugin *
find_hdd (void)
{
  return vhm_plugin_find (vhm_all_plugins, VHM_PLUGIN_DISK, "hdd");
}

static double
requests_per_s (uint64_t n, void *context)
{
  const struct disk_row *row = context;
  const struct vhm_plugin *hdd = find_hdd ();
  const struct vhm_scenario_rules rules = { .schema = &hdd->config };
  g_autoptr (vhm_scenario) config = vhm_scenario_read_text (
      "disk", row->keys, strlen (row->keys), &rules, NULL);
  struct vhm_plugin_choice choice = { hdd, config->config };
  struct bench bench = { .engine = vhm_engine_new (), .n_left = n };
  vhm_rng_init (&bench.rng, 1, "requests");
  bench.disk = vhm_disk_new (bench.engine, HZ, "d", &choice, &bench.rng);
  double start = bench_seconds ();
  for (uint64_t i = 0; i < N_ON_THEIR_WAY; i++)
    submit (&bench, i);
  vhm_engine_run (bench.engine, VHM_NEVER);
  double elapsed_s = bench_seconds () - start;
  vhm_disk_free (bench.disk);
  vhm_engine_free (bench.engine);
  return (double) n / elapsed_s;
}

int
bench_disk (const struct bench_options *options)
{
  uint64_t n = options->is_quick ? N_REQUESTS / QUICK_FACTOR : N_REQUESTS;
  int n_slow = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    struct disk_row row = rows[i];
    double per_s = bench_median (requests_per_s, n, &row);
    n_slow += bench_print_rate (options, row.name, per_s, row.floor_mega, 0);
  }
  return n_slow;
}
