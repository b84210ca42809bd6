/* Memory consumed is rounded up: k of n frames touched, chosen at random, take so
 * many of its blocks of 512,
 *
 *   E = B (1 - q1),   B = n / 512,   q_j = C(n - 512 j, k) / C(n, k),
 *   V = B q1 + B (B - 1) q2 - (B q1)^2,
 *
 * q_j being the chance that j given blocks are missed (hypergeometric). The mean of
 * many runs lies within four standard errors of E, the number of untouched frames
 * in memory is 512 x blocks - k exactly, and with k << 512 a page costs nearly a
 * block: 512 times what single frames take.
 */
#include "suite.h"
#include "world.h"

#include <math.h>
#include <stdio.h>

#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define BLOCKS 64
#define N (BLOCKS * BLOCK)
#define RUNS 60

static const uint32_t touched[] = { 1, 16, 64, 150, 400, 2000 };

/* Chance that none of k frames lies in j given blocks. */
static double
missed (uint32_t j, uint32_t k)
{
  double n = N, left = N - (double) (j * BLOCK);
  return exp (lgamma (left + 1) - lgamma (left - k + 1)
              - (lgamma (n + 1) - lgamma (n - k + 1)));
}

/* The first k of the frames shuffled are touched; blocks taken. */
static uint32_t
run (uint32_t k, uint64_t seed)
{
  static uint32_t gfns[N];
  struct vhm_rng rng;
  struct world w;
  vhm_rng_init (&rng, seed, "order");
  world_open (&w, 1, N + 100);
  world_os (&w, "ideal-lru", "");
  w.backed_at_touch = w.large_at_touch = true;
  struct puppet p = a_puppet (N, 0, 1, 1e6, 1e9, 0);
  p.threads.held = true;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, N, N);
  for (uint32_t i = 0; i < N; i++)
    gfns[i] = i;
  for (uint32_t i = 0; i < k; i++) {
    uint32_t j = i + (uint32_t) vhm_rng_below (&rng, N - i), gfn = gfns[j];
    gfns[j] = gfns[i];
    ck_assert (vhm_guest_zero_frame (guest, gfn));
  }
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  uint32_t n_blocks = vhm_guest_large_blocks (guest);
  ck_assert_uint_eq (c.block_touches, n_blocks);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), n_blocks * BLOCK);
  ck_assert_uint_eq (c.unused, n_blocks * BLOCK - k);
  world_close (&w);
  return n_blocks;
}

START_TEST (blocks_taken_are_as_many_as_are_hit)
{
  uint32_t k = touched[_i];
  double sum = 0, q1 = missed (1, k), q2 = missed (2, k);
  for (uint64_t i = 0; i < RUNS; i++)
    sum += run (k, 100 * k + i);
  double mean = sum / RUNS, expected = BLOCKS * (1 - q1);
  double variance
      = BLOCKS * q1 + BLOCKS * (BLOCKS - 1) * q2 - BLOCKS * q1 * BLOCKS * q1;
  double error = sqrt (fmax (variance, 0) / RUNS);
  printf ("%4u of %u frames: %7.3f blocks, theory %7.3f +- %.3f; consumed "
          "%.1f times what is used\n",
          k, N, mean, expected, error, mean * BLOCK / k);
  fflush (stdout);
  ck_assert_double_le (fabs (mean - expected), 4 * error + 1e-9);
}
END_TEST

SUITE ("large backing", tcase_set_timeout (tc, 60);
       tcase_add_loop_test (tc, blocks_taken_are_as_many_as_are_hit, 0,
                            (int) G_N_ELEMENTS (touched));)
