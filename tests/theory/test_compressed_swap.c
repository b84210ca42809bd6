/* Hypervisor swap with a cache of compressed pages: how many references wait for
 * the disk, against a fixed point worked out by hand.
 *
 * Victims by chance: a page is backed for T references in the mean, exponentially,
 * and away until its next one: 1 / p_i. It stays in memory, compressed, with chance
 * s when it is taken, until it is touched or t references old, since what makes way
 * is the oldest. So of its cycles of T + 1 / p_i references
 *
 *   in frames of its own   T                          sum over pages: C
 *   in the cache           s (1 - exp (-p_i t)) / p_i sum: K <= most it takes
 *   ends with a read       1 - s (1 - exp (-p_i t))   chance
 *
 * and C + K / 2 is what the guest holds. C gives T, K gives t; where all that
 * shrinks finds room, t is infinite. Uniform references: K = s (N - C), and 1 - s
 * of the faults read. Both modes; eight runs with seeds of their own, Student's
 * interval at 99.9 % for all rows together (Bonferroni).
 */
#include "suite.h"
#include "world.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#define S VHM_NS_PER_S
#define N 1000
#define RUNS 8
#define FAMILY_ERROR 0.001
#define SLOW \
  1e8           /* cycles a reference: what is on its way out is gone by then */
#define SPARE 1 /* frames kept free for the next fault: a batch of one */
#define MODEL_ERROR 0.01 /* a frame of the cache is half empty half the time */

static const struct {
  const char *name;
  enum vhm_pattern pattern;
  double exponent, shrink;
  uint32_t held, frames;
} rows[] = {
  { "uniform, 30 % shrink", VHM_PATTERN_UNIFORM, 0, 0.3, 600, N },
  { "uniform, 80 % shrink", VHM_PATTERN_UNIFORM, 0, 0.8, 700, N },
  { "uniform, 50 %, 50 frames", VHM_PATTERN_UNIFORM, 0, 0.5, 550, 50 },
  { "uniform, all, 20 frames", VHM_PATTERN_UNIFORM, 0, 1, 800, 20 },
  { "zipf 0.8, 30 % shrink", VHM_PATTERN_ZIPF, 0.8, 0.3, 500, N },
  { "zipf 0.8, 50 %, 50 frames", VHM_PATTERN_ZIPF, 0.8, 0.5, 350, 50 },
  { "zipf 0.8, all, 100 frames", VHM_PATTERN_ZIPF, 0.8, 1, 500, 100 },
  { "zipf 1.2, 80 %, 20 frames", VHM_PATTERN_ZIPF, 1.2, 0.8, 500, 20 },
};

static void
chances (int row, double p[N])
{
  double sum = 0;
  for (uint32_t i = 0; i < N; i++)
    sum += p[i] = pow (i + 1.0, -rows[row].exponent);
  for (uint32_t i = 0; i < N; i++)
    p[i] /= sum;
}

static double
backed (const double p[N], double T)
{
  double sum = 0;
  for (uint32_t i = 0; i < N; i++)
    sum += T / (T + 1 / p[i]);
  return sum;
}

static double
cached (const double p[N], double T, double s, double t)
{
  double sum = 0;
  for (uint32_t i = 0; i < N; i++)
    sum += s * -expm1 (-p[i] * t) / p[i] / (T + 1 / p[i]);
  return sum;
}

#define LONG 1e9 /* references: longer than any page stays anywhere */

/* Reads a reference, and all host faults a reference. */
static double
theory (int row, double *ret_faults)
{
  double p[N], T = 0, t = LONG, s = rows[row].shrink, K = 0;
  chances (row, p);
  for (int round = 0; round < 60; round++) {
    double c = rows[row].held - K / 2, low = 0, high = LONG;
    for (int step = 0; step < 100; step++) {
      T = (low + high) / 2;
      *(backed (p, T) < c ? &low : &high) = T;
    }
    K = fmin (cached (p, T, s, LONG), 2.0 * rows[row].frames);
  }
  double low = 0, high = LONG;
  for (int step = 0; step < 100; step++) {
    t = (low + high) / 2;
    *(cached (p, T, s, t) < K ? &low : &high) = t;
  }
  double reads = 0, faults = 0;
  for (uint32_t i = 0; i < N; i++) {
    double rate = 1 / (T + 1 / p[i]);
    faults += rate;
    reads += rate * (1 + s * expm1 (-p[i] * t));
  }
  *ret_faults = faults;
  return reads;
}

struct rates {
  double reads, faults; /* a reference */
};

static struct rates
simulated (int row, uint64_t seed)
{
  static const struct vhm_swap_config swap = {
    .victims = VHM_VICTIMS_RANDOM, .read_ahead = 1, .batch = 1, .n_writes = 1
  };
  const struct vhm_compression_config compression
      = { .max_ppm = rows[row].frames * (uint32_t) VHM_PPM / N,
          .max_allocated_ppm = VHM_PPM };
  struct world w;
  world_open (&w, 1, 4000);
  world_os (&w, "ideal-lru", "");
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  w.compression = &compression;
  w.compressed_sizes = (struct vhm_content_sizes){
    (uint32_t) lround (rows[row].shrink * VHM_PPM), 250000
  };
  w.seed = seed;
  struct puppet p = a_puppet (N, 0, 1, SLOW, 1e9, 0);
  p.regions[0].pattern = rows[row].pattern;
  p.regions[0].exponent = rows[row].exponent;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, N, N);
  vhm_guest_set_limit (guest, rows[row].held + SPARE);
  vhm_engine_run (w.engine, vhm_cycles_make (2000 * S));
  vhm_guest_sync (guest);
  struct vhm_backing_counts before = vhm_guest_backing (guest);
  double references = vhm_guest_references (guest);
  vhm_engine_run (w.engine, vhm_cycles_make (40000 * S));
  world_audit (&w);
  struct vhm_backing_counts after = vhm_guest_backing (guest);
  references = vhm_guest_references (guest) - references;
  world_close (&w);
  double reads = (double) (after.swap_reads - before.swap_reads);
  double others = (double) (after.decompressed - before.decompressed);
  return (struct rates){ reads / references, (reads + others) / references };
}

/* Half of Student's interval of the mean of RUNS values. */
static double
half_width (double sum, double squares)
{
  double mean = sum / RUNS;
  double variance = fmax (0, squares - RUNS * mean * mean) / (RUNS - 1);
  double t = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / (4 * G_N_ELEMENTS (rows)),
                                 RUNS - 1);
  return t * sqrt (variance / RUNS);
}

static void
compare (const char *what, double sum, double squares, double expected)
{
  double mean = sum / RUNS, half = half_width (sum, squares);
  printf ("%-26s %.5f +- %.5f, theory %.5f (%+.2f %%)\n", what, mean, half,
          expected, 100 * (mean / expected - 1));
  fflush (stdout);
  ck_assert_double_le (fabs (mean - expected), half + MODEL_ERROR * expected);
}

START_TEST (reads_and_faults_are_those_of_the_fixed_point)
{
  double reads = 0, reads2 = 0, faults = 0, faults2 = 0, all_faults;
  for (uint64_t k = 0; k < RUNS; k++) {
    struct rates r = simulated (_i, 100 * (uint64_t) _i + k);
    reads += r.reads;
    reads2 += r.reads * r.reads;
    faults += r.faults;
    faults2 += r.faults * r.faults;
  }
  double expected = theory (_i, &all_faults);
  compare (rows[_i].name, reads, reads2, expected);
  compare ("  host faults of all kinds", faults, faults2, all_faults);
}
END_TEST

SUITE_TWICE ("compressed swap", "every reference", world_every_reference,
             world_next_fault, tcase_set_timeout (tc, 120);
             tcase_add_loop_test (tc,
                                  reads_and_faults_are_those_of_the_fixed_point,
                                  0, (int) G_N_ELEMENTS (rows));)
