/* Is next-fault mode the same model as drawing every reference? Small hosts:
 * patterns x guest operating systems x ways to take memory, many seeds in each
 * mode, and every quantity that a policy or a user sees compared (compare.h).
 *
 * And does the comparison see a mistake? The same with the one-clock trap of
 * look.c switched on: its 3 % too few misses must be found.
 */
#include "refs.h"
#include "runs.h"
#include "suite.h"

#define N_RUNS 30

/* A disk without seeks: a page in some 1 to 2 ms, so that much happens. */
#define DISK                                                    \
  "{name: d0, model: {kind: hdd, rpm: 30000, track_seek: 0 s, " \
  "average_seek: 0 s, full_seek: 0 s, overhead: 0 s, rate: 1 GiB/s}}"
#define HOST(memory, balancer)                                        \
  "duration: 20 s\nsample: 1 s\nhost: {paging: none, memory: " memory \
  ", root_reserve: 32 MiB, vm_overhead: 0 B, cpus: 2, report_after: " \
  "1 s, balancer: " balancer ", disks: [" DISK "]}\nguests:\n"
#define GUEST(name, memory, os, workloads)           \
  "  - {name: " name ", memory: " memory ", os: " os \
  ", workloads: [" workloads "]}\n"
#define FIXED "{startup: 32 MiB, minimum: 32 MiB, maximum: 32 MiB}"
#define BALANCED "{startup: 64 MiB, minimum: 32 MiB, maximum: 96 MiB}"
#define STATIC HOST ("128 MiB", "static")
#define HYPERV HOST ("192 MiB", "{kind: hyperv, rebalance: 3 s, collect: 4 s}")
#define TAKING(ways, victims, more)                                      \
  "duration: 20 s\nsample: 1 s\nhost: {paging: none, memory: 160 MiB, "  \
  "root_reserve: 32 MiB, vm_overhead: 0 B, cpus: 2, report_after: 1 s, " \
  "balancer: static, reclaim: [" ways "], swap: {victims: " victims      \
  ", batch: 8}, " more "disks: [" DISK "]}\nguests:\n"
#define SHARING(sharing, more)                                           \
  "duration: 20 s\nsample: 1 s\nhost: {paging: none, memory: 192 MiB, "  \
  "root_reserve: 32 MiB, vm_overhead: 0 B, cpus: 2, report_after: 1 s, " \
  "balancer: static, gives: at-touch, " more                             \
  "sharing: {step: 100 ms, " sharing "}, disks: [" DISK "]}\nguests:\n"
#define LIKE(more)                                                           \
  "{kind: pattern, size: 40 MiB, cycles_per_reference: 20000, writes: 1 %, " \
  "content: [{kind: zeros, part: 10 %}, {kind: image, image: os, part: 60 "  \
  "%, differs: 10 %}], " more "}"
#define SWAPPING(victims, more) TAKING ("swap", victims, more)
#define TWO_LISTS                                             \
  "two-lists, size: 1 GiB, cluster: 256, keeps_slots: true, " \
  "ahead_is_free: true"
#define LIMITED \
  "{startup: 48 MiB, minimum: 32 MiB, maximum: 48 MiB, limit: 32 MiB}"
#define IDEAL "ideal-lru"
#define WINDOWS                                                \
  "{kind: windows, nonpaged_pool: 4 MiB, page_file: 256 MiB, " \
  "low_memory: 2 MiB, low_memory_at_most: 2 MiB}"
#define LINUX "{kind: linux, kernel: 4 MiB, swap: 256 MiB}"
#define PATTERN(more) \
  "{kind: pattern, size: 48 MiB, cycles_per_reference: 20000, " more "}"

static const struct {
  const char *name, *text;
} cases[] = {
  { "ideal, zipf 0.8",
    STATIC GUEST ("a", FIXED, IDEAL, PATTERN ("exponent: 0.8")) },
  { "ideal, zipf 1.1",
    STATIC GUEST ("a", FIXED, IDEAL, PATTERN ("exponent: 1.1, threads: 3")) },
  { "ideal, uniform",
    STATIC GUEST ("a", FIXED, IDEAL, PATTERN ("pattern: uniform")) },
  { "ideal, hot-cold",
    STATIC GUEST ("a", FIXED, IDEAL,
                  PATTERN ("pattern: hot-cold, hot: 30 %, hot_weight: 95 %")) },
  { "ideal, scan beside zipf",
    STATIC GUEST ("a", FIXED, IDEAL,
                  "{kind: pattern, size: 6 MiB, pattern: scan, "
                  "cycles_per_reference: 60000}, " PATTERN ("exponent: 1")) },
  { "ideal, collector",
    STATIC GUEST ("a", FIXED, IDEAL,
                  "{kind: gc_heap, heap: 64 MiB, budget: 60 %, allocation: 30, "
                  "cycles_per_reference: 20000, mark_cycles: 30000, "
                  "steps: [{after: 0 s, live: 24 MiB}]}") },
  { "windows, zipf 0.8",
    STATIC GUEST ("a", FIXED, WINDOWS, PATTERN ("exponent: 0.8")) },
  { "windows, zipf 1.1",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  PATTERN ("exponent: 1.1, threads: 3, writes: 5 %")) },
  { "windows, uniform",
    STATIC GUEST ("a", FIXED, WINDOWS, PATTERN ("pattern: uniform")) },
  { "windows, hot-cold",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  PATTERN ("pattern: hot-cold, hot: 30 %, hot_weight: 95 %")) },
  { "windows, loop",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  "{kind: pattern, size: 120 MiB, pattern: scan, stride: 3, "
                  "cycles_per_reference: 20000}") },
  { "windows, collector and idle",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  "{kind: gc_heap, heap: 64 MiB, budget: 60 %, allocation: 30, "
                  "cycles_per_reference: 20000, mark_cycles: 30000, "
                  "steps: [{after: 0 s, live: 16 MiB}]}, "
                  "{kind: idle, commit: 16 MiB, think: 50 ms}") },
  { "windows, buffer pool that is paged out",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  "{kind: buffer_pool, database: 48 MiB, minimum: 20 MiB, "
                  "grow: 1 MiB, exponent: 1, threads: 3, cycles_per_reference: "
                  "20000}, "
                  "{kind: pattern, size: 12 MiB, exponent: 1, "
                  "cycles_per_reference: 20000}") },
  { "windows, file, zipf 1.1",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  PATTERN ("file: true, exponent: 1.1, threads: 3")) },
  { "windows, file read from end to end beside memory",
    STATIC GUEST ("a", FIXED, WINDOWS,
                  "{kind: pattern, size: 24 MiB, pattern: scan, file: true, "
                  "writes: 0 %, cycles_per_reference: 200000}, "
                  "{kind: pattern, size: 20 MiB, exponent: 1, "
                  "cycles_per_reference: 20000}") },
  { "linux, zipf 0.8",
    STATIC GUEST ("a", FIXED, LINUX, PATTERN ("exponent: 0.8")) },
  { "linux, hot-cold, mostly read",
    STATIC GUEST ("a", FIXED, LINUX,
                  PATTERN ("pattern: hot-cold, hot: 30 %, hot_weight: 95 %, "
                           "writes: 5 %")) },
  { "linux, file, zipf 1.1",
    STATIC GUEST ("a", FIXED, LINUX,
                  PATTERN ("file: true, exponent: 1.1, threads: 3")) },
  { "linux, file read from end to end beside memory",
    STATIC GUEST ("a", FIXED, LINUX,
                  "{kind: pattern, size: 24 MiB, pattern: scan, file: true, "
                  "writes: 0 %, cycles_per_reference: 200000}, "
                  "{kind: pattern, size: 20 MiB, exponent: 1, "
                  "cycles_per_reference: 20000}") },
  { "linux, balloon",
    HYPERV GUEST ("a", BALANCED, LINUX,
                  "{kind: soaker, size: 110 MiB, rate: 8 MiB/s, "
                  "cycles_per_reference: 20000}")
        GUEST ("b", BALANCED, LINUX,
               "{kind: pattern, size: 80 MiB, cycles_per_reference: 20000}") },
  { "ideal, balloon",
    HYPERV GUEST ("a", BALANCED, IDEAL,
                  "{kind: soaker, size: 110 MiB, rate: 8 MiB/s, "
                  "cycles_per_reference: 20000}")
        GUEST ("b", BALANCED, IDEAL,
               "{kind: pattern, size: 80 MiB, cycles_per_reference: 20000}") },
  { "windows, balloon",
    HYPERV GUEST ("a", BALANCED, WINDOWS,
                  "{kind: soaker, size: 110 MiB, rate: 8 MiB/s, "
                  "cycles_per_reference: 20000}")
        GUEST ("b", BALANCED, WINDOWS,
               "{kind: pattern, size: 80 MiB, cycles_per_reference: 20000}") },
  { "windows, two under pressure",
    HYPERV GUEST ("a", BALANCED, WINDOWS,
                  "{kind: pattern, size: 100 MiB, exponent: 1, "
                  "cycles_per_reference: 20000}")
        GUEST ("b", BALANCED, WINDOWS,
               "{kind: service, base: 40 MiB, cache_maximum: 60 MiB, grow: "
               "4 MiB, think: 20 ms, cycles_per_reference: 20000, "
               "pause: 2 s}, " PATTERN ("pattern: hot-cold")) },
  { "ideal, swapped by chance",
    SWAPPING ("random", "")
        GUEST ("a", LIMITED, IDEAL, PATTERN ("exponent: 0.9, threads: 2")) },
  { "ideal, swapped in turn",
    SWAPPING ("clock", "gives: at-touch, ")
        GUEST ("a", LIMITED, IDEAL, PATTERN ("exponent: 0.9, threads: 2")) },
  { "ideal, loop swapped in turn",
    SWAPPING ("clock", "gives: at-touch, ")
        GUEST ("a", LIMITED, IDEAL,
               "{kind: pattern, size: 40 MiB, pattern: scan, "
               "cycles_per_reference: 20000}") },
  { "linux, swapped from two lists",
    SWAPPING (TWO_LISTS, "gives: at-touch, ")
        GUEST ("a", LIMITED, LINUX,
               "{kind: pattern, size: 36 MiB, exponent: 0.8, threads: 2, "
               "writes: 5 %, cycles_per_reference: 20000}") },
  { "ideal, loop swapped from two lists",
    SWAPPING (TWO_LISTS, "gives: at-touch, ")
        GUEST ("a", LIMITED, IDEAL,
               "{kind: pattern, size: 40 MiB, pattern: scan, writes: 3 %, "
               "cycles_per_reference: 20000}") },
  { "windows, both page",
    SWAPPING ("random", "")
        GUEST ("a", LIMITED, WINDOWS,
               "{kind: pattern, size: 96 MiB, exponent: 1, threads: 2, "
               "cycles_per_reference: 20000}") },
  { "windows, collector swapped in turn",
    SWAPPING ("clock", "")
        GUEST ("a", LIMITED, WINDOWS,
               "{kind: gc_heap, heap: 64 MiB, budget: 60 %, allocation: 30, "
               "cycles_per_reference: 20000, mark_cycles: 30000, "
               "steps: [{after: 0 s, live: 16 MiB}]}, "
               "{kind: idle, commit: 16 MiB, think: 50 ms}") },
  { "ideal, shared and written",
    SHARING ("kind: esx, guest_pages: 8000, host_pages: 16000, pass: 0 s",
             "reclaim: [], ")
        GUEST ("a", "{startup: 48 MiB, minimum: 32 MiB, maximum: 48 MiB}",
               IDEAL, LIKE ("exponent: 0.9"))
            GUEST ("b", FIXED, IDEAL, LIKE ("pattern: hot-cold")) },
  { "windows, shared and swapped",
    SHARING ("kind: esx, guest_pages: 8000, host_pages: 16000, pass: 0 s",
             "reclaim: [swap], swap: {batch: 8}, ")
        GUEST ("a", LIMITED, WINDOWS, LIKE ("exponent: 0.9, threads: 2"))
            GUEST ("b", LIMITED, IDEAL, LIKE ("pattern: uniform")) },
  { "windows, large at touch, shared and swapped",
    SHARING ("kind: esx, guest_pages: 8000, host_pages: 16000, pass: 0 s",
             "large_pages: at-touch, reclaim: [swap], swap: {batch: 8}, ")
        GUEST ("a", LIMITED, WINDOWS, LIKE ("exponent: 0.9, threads: 2"))
            GUEST ("b", LIMITED, IDEAL, LIKE ("pattern: uniform")) },
  { "ideal, merged, a scan and a collector",
    SHARING ("kind: ksm, pages_to_scan: 400, sleep: 50 ms", "reclaim: [], ")
        GUEST ("a", FIXED, IDEAL, LIKE ("pattern: scan")) GUEST (
            "b", "{startup: 48 MiB, minimum: 32 MiB, maximum: 48 MiB}", IDEAL,
            "{kind: gc_heap, heap: 48 MiB, budget: 60 %, allocation: 30, "
            "cycles_per_reference: 20000, mark_cycles: 30000, steps: [{after: "
            "0 s, live: 16 MiB}]}") },
  { "ideal, compressed",
    TAKING ("swap, compression", "random", "")
        GUEST ("a", LIMITED, IDEAL, PATTERN ("exponent: 0.9, threads: 2")) },
  { "windows, compressed in turn",
    TAKING ("swap, compression", "clock", "gives: at-touch, ")
        GUEST ("a", LIMITED, WINDOWS,
               "{kind: pattern, size: 60 MiB, exponent: 1, threads: 2, "
               "references: 50, cycles_per_reference: 20000}") },
};

static const char *const quantities[] = {
  "compressed_bytes",    "host_compressed",     "host_decompressed",
  "compressed_evicted",  "compress_refused",    "kernel_swapped_out",
  "kernel_faults",       "page_faults_per_s",   "page_reads_per_s",
  "evictions_per_s",     "pages_output_per_s",  "working_set_bytes",
  "operations_per_s",    "references_per_s",    "pressure",
  "physical_memory",     "committed_bytes",     "latency_mean",
  "consumed_bytes",      "host_swapped_bytes",  "host_faults_per_s",
  "host_swap_in_per_s",  "host_swap_out_per_s", "host_minor_faults",
  "silent_writes",       "stale_reads",         "false_reads",
  "double_paging",       "active_anon_bytes",   "active_file_bytes",
  "pgscan_per_s",        "shared_bytes",        "shared_zero_bytes",
  "shared_common_bytes", "cow_breaks_per_s",    "pages_scanned_per_s",
  "large_backed_bytes",  "first_touches",       "first_touches_of_blocks",
  "large_unused_bytes",
};

static bool
is_compared (const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (quantities); i++)
    if (strcmp (key, quantities[i]) == 0)
      return true;
  return false;
}

/* Adds what the modes say of a case; a mode without scenario was run before. */
static void
run_case (size_t i, struct batch *batch)
{
  batch_init (batch, N_RUNS);
  for (int mode = 0; mode < N_MODES; mode++)
    batch->scenario[mode] = scenario_in_mode (cases[i].text, (enum mode) mode);
  batch_run (batch);
}

static void
compare_cases (size_t from, size_t to, GArray *all)
{
  double wall_s[N_MODES] = { 0 };
  for (size_t i = from; i < to; i++) {
    struct batch batch;
    run_case (i, &batch);
    batch_compare (all, cases[i].name, batch.numbers[NEXT_FAULT],
                   batch.numbers[EVERY], N_RUNS, is_compared);
    for (int mode = 0; mode < N_MODES; mode++)
      wall_s[mode] += batch.wall_s[mode];
    batch_clear (&batch);
  }
  guint n = judge (all, N_RUNS);
  print_comparisons (all, mode_names[NEXT_FAULT], mode_names[EVERY]);
  printf ("%u quantities of %d hosts, %d runs in each mode: %u rejected at "
          "%g together; %.1f s of next-fault, %.1f s of every reference\n",
          all->len, (int) (to - from), N_RUNS, n, FAMILY_ERROR,
          wall_s[NEXT_FAULT], wall_s[EVERY]);
  fflush (stdout); /* a failing test ends without */
}

START_TEST (both_modes_answer_alike)
{
  g_autoptr (GArray) all = comparisons_new ();
  compare_cases (0, G_N_ELEMENTS (cases), all);
  for (guint i = 0; i < all->len; i++) {
    const struct comparison *c = &g_array_index (all, struct comparison, i);
    ck_assert_msg (!c->rejected, "%s: %g and %g, p = %g", c->name, c->mean[0],
                   c->mean[1], c->p);
  }
}
END_TEST

/* One guest under exact LRU is enough to see it. */
START_TEST (a_single_clock_is_noticed)
{
  g_autoptr (GArray) all = comparisons_new ();
  refs_test_one_clock (true);
  compare_cases (0, 2, all);
  refs_test_one_clock (false);
  guint n = 0;
  for (guint i = 0; i < all->len; i++)
    n += g_array_index (all, struct comparison, i).rejected;
  ck_assert_uint_gt (n, 0);
}
END_TEST

SUITE ("modes", tcase_add_test (tc, both_modes_answer_alike);
       tcase_add_test (tc, a_single_clock_is_noticed);)
