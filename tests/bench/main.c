/* vhm-bench: how fast the parts are, next to how fast this machine's memory is.
 *
 * Each figure is the median of N_REPEATS measurements. The column "loads" is
 * the time of one operation in units of one dependent load that misses all
 * caches: it moves less from machine to machine than the rate does.
 * Exit status: 0; with --strict 1 when a figure is below its floor.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include <vhm/base/units.h>
#include <vhm/sim/rng.h>

#define N_REPEATS 5
#define CHASE_BYTES (UINT64_C (256) * VHM_MIB)
#define N_LOADS UINT64_C (4000000)
#define QUICK_FACTOR 10
#define NS_PER_S 1e9
#define MEGA 1e6

static const struct {
  const char *name;
  int (*run) (const struct bench_options *options);
} parts[] = {
  { "engine", bench_engine }, { "reference", bench_reference },
  { "every", bench_every },   { "host", bench_host },
  { "trace", bench_trace },   { "translation", bench_translation },
  { "disk", bench_disk },
};

double
bench_seconds (void)
{
  return (double) g_get_monotonic_time () / (double) G_USEC_PER_SEC;
}

static int
compare_doubles (const void *a, const void *b)
{
  double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

double
bench_median (bench_fn measure, uint64_t n, void *context)
{
  double values[N_REPEATS];
  for (int i = 0; i < N_REPEATS; i++)
    values[i] = measure (n, context);
  qsort (values, N_REPEATS, sizeof (double), compare_doubles);
  return values[N_REPEATS / 2];
}

static void
print_optional (double value, int width, int digits)
{
  if (value > 0)
    printf (" %*.*f", width, digits, value);
  else
    printf (" %*s", width, "-");
}

void
bench_print (const struct bench_row *row)
{
  printf ("%-40s %10.2f %-8s", row->name, row->value, row->unit);
  print_optional (row->floor, 8, 1);
  print_optional (row->aim, 8, 1);
  print_optional (row->load_ratio, 8, 3);
  printf ("%s\n", row->value < row->floor ? "  below the floor" : "");
  fflush (stdout);
}

int
bench_print_rate (const struct bench_options *options, const char *name,
                  double per_s, double floor_mega, double aim_mega)
{
  struct bench_row row = { .name = name,
                           .unit = "M/s",
                           .value = per_s / MEGA,
                           .floor = floor_mega,
                           .aim = aim_mega,
                           .load_ratio = NS_PER_S / per_s / options->load_ns };
  bench_print (&row);
  return row.value < row.floor;
}

/* One cycle through all cache lines in random order (Sattolo's shuffle): each
 * load's address is the previous load's value. */
static void
link_lines (uint64_t *next, size_t n_lines, size_t stride)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "chase");
  for (size_t i = 0; i < n_lines; i++)
    next[i * stride] = i * stride;
  for (size_t i = n_lines - 1; i > 0; i--) {
    size_t j = vhm_rng_below (&rng, i);
    uint64_t swapped = next[i * stride];
    next[i * stride] = next[j * stride];
    next[j * stride] = swapped;
  }
}

static double
chase_ns (uint64_t n, void *context)
{
  const uint64_t *next = context;
  uint64_t at = 0;
  double start = bench_seconds ();
  for (uint64_t i = 0; i < n; i++)
    at = next[at];
  double elapsed_s = bench_seconds () - start;
  volatile uint64_t sink = at; /* or the loop is dropped */
  (void) sink;
  return elapsed_s * NS_PER_S / (double) n;
}

double
bench_load_ns (const struct bench_options *options)
{
  const size_t stride = 64 / sizeof (uint64_t); /* one cache line */
  g_autofree uint64_t *next = g_malloc (CHASE_BYTES);
  link_lines (next, CHASE_BYTES / 64, stride);
  uint64_t n = options->is_quick ? N_LOADS / QUICK_FACTOR : N_LOADS;
  return bench_median (chase_ns, n, next);
}

static int
run_parts (struct bench_options *options, const char *only)
{
  int n_slow = 0;
  options->load_ns = bench_load_ns (options);
  printf ("%-40s %10s %-8s %8s %8s %8s\n", "measured", "median", "unit",
          "floor", "aim", "loads");
  bench_print (&(struct bench_row){ .name = "dependent load, 256 MiB",
                                    .unit = "ns",
                                    .value = options->load_ns,
                                    .load_ratio = 1 });
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    if (only == NULL || g_str_equal (only, parts[i].name))
      n_slow += parts[i].run (options);
  return n_slow;
}

int
main (int argc, char **argv)
{
  struct bench_options options = { 0 };
  gboolean is_quick = FALSE, is_strict = FALSE;
  g_autofree char *only = NULL;
  const GOptionEntry entries[] = {
    { "quick", 'q', 0, G_OPTION_ARG_NONE, &is_quick, "a tenth of the work", 0 },
    { "only", 'o', 0, G_OPTION_ARG_STRING, &only, "run one part", "PART" },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &is_strict,
      "exit with 1 when a figure is below its floor", 0 },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_option_context_set_summary (context, "Measures the simulator's parts.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "vhm-bench: %s\n", error->message);
    return 2;
  }
  options.is_quick = is_quick;
  int n_slow = run_parts (&options, only);
  return is_strict && n_slow > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
