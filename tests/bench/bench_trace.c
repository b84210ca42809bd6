/* How fast is a recorded trace replayed? Bare LRU: 10^6 pages, zipf 0.8 in
 * random order of pages, half of them in memory; every visit is decoded, goes
 * through the stream, and an exact LRU takes the victims. The same visits
 * decoded only, and the miss ratio beside Che's.
 */
#include "bench.h"

#include <math.h>
#include <vhm/base/require.h>
#include <vhm/model/reference.h>
#include <vhm/sim/trace.h>

#include <glib/gstdio.h>

#define N_PAGES 1000000
#define EXPONENT 0.8
#define N_VISITS UINT64_C (20000000)
#define QUICK_FACTOR 10
#define CAPACITY (N_PAGES / 2)
#define WRITES 0.3

/* --- the recording ----------------------------------------------------------*/

/* Pages of an address space, in no order of how often they are visited. */
static uint32_t *
shuffled (struct vhm_rng *rng)
{
  uint32_t *pages = g_new (uint32_t, N_PAGES);
  for (uint32_t i = 0; i < N_PAGES; i++) {
    uint32_t j = (uint32_t) vhm_rng_below (rng, i + 1);
    pages[i] = pages[j];
    pages[j] = i;
  }
  return pages;
}

static void
record (vhm_trace_writer *writer, uint64_t n)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "recording");
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_ZIPF,
                                        .n_pages = N_PAGES,
                                        .n_active = N_PAGES,
                                        .share = 1,
                                        .write = WRITES,
                                        .exponent = EXPONENT };
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  vhm_refs_add_region (refs, &spec);
  g_autoptr (vhm_sampler) sampler = vhm_sampler_new (refs, &rng);
  g_autofree uint32_t *pages = shuffled (&rng);
  for (uint64_t i = 0; i < n; i++) {
    struct vhm_reference r;
    vhm_sampler_draw (sampler, 1, &r);
    bool fine
        = vhm_trace_write (writer, pages[r.page], 1,
                           r.write ? VHM_TRACE_STORE : VHM_TRACE_LOAD, NULL);
    VHM_REQUIRE (fine);
  }
  VHM_REQUIRE (vhm_trace_finish (writer, n, 0, 0, NULL));
}

/* The bytes of a trace of n visits. */
static GMappedFile *
make_trace (const char *path, uint64_t n)
{
  g_autoptr (vhm_sink) sink = vhm_sink_open (path, NULL);
  VHM_REQUIRE (sink);
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (sink, 12, VHM_TRACE_ALL_KINDS);
  record (writer, n);
  VHM_REQUIRE (vhm_sink_commit (sink, NULL));
  return g_mapped_file_new (path, FALSE, NULL);
}

/* --- measurements -----------------------------------------------------------*/

struct trace_bench {
  const void *bytes;
  size_t size;
  double miss;
};

static struct vhm_trace *
load (const struct trace_bench *bench)
{
  g_autoptr (vhm_source) source
      = vhm_source_from_memory ("bench", bench->bytes, bench->size);
  struct vhm_trace *trace = vhm_trace_load (source, NULL);
  VHM_REQUIRE (trace);
  return trace;
}

static double
loaded_per_s (uint64_t n, void *context)
{
  double start = bench_seconds ();
  vhm_trace_free (load (context));
  return (double) n / (bench_seconds () - start);
}

static void
serve (vhm_refs *refs, vhm_ages *ages, uint32_t page, bool write)
{
  uint32_t victim;
  double accessed;
  if (vhm_ages_n (ages) >= CAPACITY && vhm_ages_pop (ages, &victim, &accessed))
    vhm_refs_unmap (refs, victim);
  vhm_refs_map (refs, page, write, true);
  vhm_ages_insert (ages, page);
}

/* Loaded and replayed to its end. */
static double
replayed_per_s (uint64_t n, void *context)
{
  struct trace_bench *bench = context;
  double start = bench_seconds ();
  g_autoptr (vhm_trace) trace = load (bench);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "bench");
  g_autoptr (vhm_refs) refs = vhm_refs_new_every (&rng);
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_REPLAY,
                                        .n_pages = trace->totals.n_pages,
                                        .n_active = trace->totals.n_pages,
                                        .share = 1,
                                        .replay = trace->visits,
                                        .n_replay = trace->totals.n_visits };
  vhm_refs_add_region (refs, &spec);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  uint64_t n_misses = 0;
  for (double d; isfinite (d = vhm_refs_next (refs));) {
    bool write;
    vhm_refs_advance (refs, d);
    uint32_t page = vhm_refs_trap (refs, &write);
    if (page == VHM_NO_PAGE)
      continue;
    serve (refs, ages, page, write);
    n_misses++;
  }
  VHM_REQUIRE (vhm_refs_clock (refs) == (double) n);
  bench->miss = (double) n_misses / (double) n;
  return (double) n / (bench_seconds () - start);
}

int
bench_trace (const struct bench_options *options)
{
  uint64_t n = options->is_quick ? N_VISITS / QUICK_FACTOR : N_VISITS;
  g_autofree char *folder = g_dir_make_tmp ("vhm-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "trace", NULL);
  GMappedFile *file = make_trace (path, n);
  struct trace_bench bench = { g_mapped_file_get_contents (file),
                               g_mapped_file_get_length (file), 0 };
  double loaded = bench_median (loaded_per_s, n, &bench);
  double replayed = bench_median (replayed_per_s, n, &bench);
  int n_slow = bench_print_rate (options, "replay, LRU of half of 10^6 pages",
                                 replayed, 20, 60);
  bench_print (&(struct bench_row){ .name = "  miss ratio, cold ones included",
                                    .unit = "%",
                                    .value = 100 * bench.miss });
  bench_print_rate (options, "  decoding and loading alone", loaded, 0, 0);
  bench_print (
      &(struct bench_row){ .name = "  bytes a visit",
                           .unit = "bytes",
                           .value = (double) bench.size / (double) n });
  g_mapped_file_unref (file);
  g_remove (path);
  g_rmdir (folder);
  return n_slow;
}
