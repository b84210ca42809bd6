/* Victims by chance: the share of references that fault is that of random
 * replacement, whose misses are known in closed form.
 *
 * Of pages referenced with chances p_i, with room for C, page i is there with
 * chance p_i T / (1 + p_i T), where T solves  sum = C  (Gelenbe 1973: random and
 * first-in first-out miss alike; the fixed point is Fricker, Robert and Roberts
 * 2012). The guest has all its pages in what it believes to be memory and pages
 * nothing itself. Both modes; eight runs each with seeds of their own, Student's
 * interval of the mean at 99.9 % for all rows together (Bonferroni).
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

static const struct {
  const char *name;
  enum vhm_pattern pattern;
  double exponent;
  uint32_t room;
} rows[] = {
  { "uniform, room for 30 %", VHM_PATTERN_UNIFORM, 0, 300 },
  { "uniform, room for 80 %", VHM_PATTERN_UNIFORM, 0, 800 },
  { "zipf 0.8, room for 30 %", VHM_PATTERN_ZIPF, 0.8, 300 },
  { "zipf 0.8, room for 80 %", VHM_PATTERN_ZIPF, 0.8, 800 },
  { "zipf 1.2, room for 50 %", VHM_PATTERN_ZIPF, 1.2, 500 },
};

static double
chance (int row, uint32_t i)
{
  double sum = 0;
  for (uint32_t k = 1; k <= N; k++)
    sum += pow (k, -rows[row].exponent);
  return pow (i + 1.0, -rows[row].exponent) / sum;
}

/* Chance that a reference misses with room for c pages. */
static double
miss_ratio (int row, double c)
{
  double p[N], low = 0, high = 1e9;
  for (uint32_t i = 0; i < N; i++)
    p[i] = chance (row, i);
  for (int step = 0; step < 200; step++) {
    double t = (low + high) / 2, there = 0;
    for (uint32_t i = 0; i < N; i++)
      there += p[i] * t / (1 + p[i] * t);
    *(there < c ? &low : &high) = t;
  }
  double miss = 0;
  for (uint32_t i = 0; i < N; i++)
    miss += p[i] / (1 + p[i] * low);
  return miss;
}

static double
simulated (int row, uint64_t seed)
{
  static const struct vhm_swap_config swap = {
    .victims = VHM_VICTIMS_RANDOM, .read_ahead = 1, .batch = 1, .n_writes = 1
  };
  struct world w;
  world_open (&w, 1, 4000);
  world_os (&w, "ideal-lru", "");
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  w.seed = seed;
  struct puppet p = a_puppet (N, 0, 1, SLOW, 1e9, 0);
  p.regions[0].pattern = rows[row].pattern;
  p.regions[0].exponent = rows[row].exponent;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, N, N);
  vhm_guest_set_limit (guest, rows[row].room + SPARE);
  vhm_engine_run (w.engine, vhm_cycles_make (2000 * S));
  vhm_guest_sync (guest);
  uint64_t faults = vhm_guest_backing (guest).guest_faults;
  double references = vhm_guest_references (guest);
  vhm_engine_run (w.engine, vhm_cycles_make (40000 * S));
  world_audit (&w);
  faults = vhm_guest_backing (guest).guest_faults - faults;
  references = vhm_guest_references (guest) - references;
  world_close (&w);
  return (double) faults / references;
}

START_TEST (misses_like_random_replacement)
{
  double sum = 0, squares = 0;
  for (uint64_t k = 0; k < RUNS; k++) {
    double x = simulated (_i, 100 * (uint64_t) _i + k);
    sum += x;
    squares += x * x;
  }
  double mean = sum / RUNS;
  double variance = (squares - RUNS * mean * mean) / (RUNS - 1);
  double t = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / (2 * G_N_ELEMENTS (rows)),
                                 RUNS - 1);
  double half = t * sqrt (variance / RUNS);
  double expected = miss_ratio (_i, rows[_i].room);
  printf ("%-26s %.5f +- %.5f, theory %.5f (%+.2f %%)\n", rows[_i].name, mean,
          half, expected, 100 * (mean / expected - 1));
  fflush (stdout);
  ck_assert_double_le (fabs (mean - expected), half + 0.005 * expected);
}
END_TEST

SUITE_TWICE ("hypervisor swap", "every reference", world_every_reference,
             world_next_fault, tcase_set_timeout (tc, 120);
             tcase_add_loop_test (tc, misses_like_random_replacement, 0,
                                  (int) G_N_ELEMENTS (rows));)
