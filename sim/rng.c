/* Named streams of random numbers: seeding, the bridge to GSL, and the two
 * distributions that hot loops draw from.
 *
 * Seeding. The bytes of the name go through FNV-1a, started from the mixed run
 * seed; the 64-bit result starts splitmix64, whose next four outputs are the
 * state. splitmix64 is one-to-one, so at most one of the four words is 0, and
 * the all-zero state, where xoshiro stands still, cannot occur. Two streams
 * overlap within 2^64 draws with a chance below 2^-128.
 *
 * Exponential. Ziggurat (rng_ziggurat.h): a layer and a place in it from one
 * 64-bit draw; accepted without exp () in about 99 of 100 cases. The place is
 * an odd multiple of 2^-53, hence never 0.
 *
 * Binomial. With E exponential and q = 1 - p, floor (E / -ln q) is the number
 * of failures before the next success: P(>= k) = e^(k ln q) = q^k. Jumping from
 * success to success costs n p + 1 draws. Above FEW_SUCCESSES expected ones
 * GSL's BTPE takes over, from the same stream.
 *
 * Sources: S. Vigna, splitmix64 and xoshiro256++, public domain; G. Fowler, L.
 * Noll, K.-P. Vo, FNV-1a; L. Devroye, "Non-Uniform Random Variate Generation",
 * X.4 (1986), for the jumps; V. Kachitvichyanukul and B. Schmeiser, "Binomial
 * random variate generation", CACM 31 (1988), for BTPE.
 */
#include <vhm/sim/rng.h>
#include <vhm/sim/rng_gsl.h>

#include <limits.h>
#include <math.h>

#include <glib.h>
#include <gsl/gsl_randist.h>

#include <vhm/base/require.h>

#include "rng_ziggurat.h"

#define FNV_OFFSET UINT64_C (0xcbf29ce484222325)
#define FNV_PRIME UINT64_C (0x100000001b3)

#define FEW_SUCCESSES 14.0
/* gsl_ran_binomial counts in unsigned int, with some headroom. */
#define MAX_GSL_TRIALS (UINT64_C (1) << 30)

static uint64_t
splitmix64 (uint64_t *state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void
vhm_rng_init (struct vhm_rng *rng, uint64_t seed, const char *name)
{
  VHM_REQUIRE (name != NULL);
  uint64_t hash = splitmix64 (&seed) ^ FNV_OFFSET;
  for (const char *c = name; *c != '\0'; c++)
    hash = (hash ^ (unsigned char) *c) * FNV_PRIME;
  for (int i = 0; i < 4; i++)
    rng->s[i] = splitmix64 (&hash);
}

/* --- GSL ---------------------------------------------------------------- */

_Static_assert(ULONG_MAX == UINT64_MAX, "gsl_rng_get returns unsigned long");

static void
seed_gsl (void *state, unsigned long seed)
{
  vhm_rng_init (state, seed, "");
}

static unsigned long
draw_gsl (void *state)
{
  return vhm_rng_u64 (state);
}

static double
draw_gsl_uniform (void *state)
{
  return vhm_rng_uniform (state);
}

const gsl_rng_type *
vhm_rng_gsl_type (void)
{
  static const gsl_rng_type type = { .name = "vhm-xoshiro256++",
                                     .max = ULONG_MAX,
                                     .min = 0,
                                     .size = sizeof (struct vhm_rng),
                                     .set = seed_gsl,
                                     .get = draw_gsl,
                                     .get_double = draw_gsl_uniform };
  return &type;
}

gsl_rng
vhm_rng_gsl (struct vhm_rng *rng)
{
  return (gsl_rng){ .type = vhm_rng_gsl_type (), .state = rng };
}

/* --- distributions ------------------------------------------------------ */

/* Beyond r the exponential looks like itself: r plus a fresh one. */
static G_GNUC_NO_INLINE double
draw_tail (struct vhm_rng *rng)
{
  return ZIGGURAT_EDGE[1] + vhm_rng_exp (rng);
}

/* Whether a point in the wedge of layer i, at x, lies under the curve. */
static G_GNUC_NO_INLINE bool
is_under_curve (struct vhm_rng *rng, size_t i, double x)
{
  double low = ZIGGURAT_HEIGHT[i], high = ZIGGURAT_HEIGHT[i + 1];
  return low + vhm_rng_uniform (rng) * (high - low) < exp (-x);
}

double
vhm_rng_exp (struct vhm_rng *rng)
{
  for (;;) {
    uint64_t bits = vhm_rng_u64 (rng);
    size_t i = bits % ZIGGURAT_LAYERS;
    double x = ((double) (bits >> 12) + 0.5) * 0x1.0p-52 * ZIGGURAT_EDGE[i];
    if (G_LIKELY (x < ZIGGURAT_EDGE[i + 1]))
      return x;
    if (i == 0)
      return draw_tail (rng);
    if (is_under_curve (rng, i, x))
      return x;
  }
}

static uint64_t
jump_successes (struct vhm_rng *rng, uint64_t n, double p)
{
  double failures_per_unit = -1.0 / log1p (-p);
  uint64_t n_successes = 0;
  for (;;) {
    double skip = vhm_rng_exp (rng) * failures_per_unit;
    if (skip >= (double) n)
      return n_successes;
    n -= MIN (n, (uint64_t) skip + 1);
    n_successes++;
  }
}

static uint64_t
count_successes (struct vhm_rng *rng, uint64_t n, double p)
{
  gsl_rng shared = vhm_rng_gsl (rng);
  uint64_t n_successes = 0;
  while (n > 0) {
    uint64_t part = MIN (n, MAX_GSL_TRIALS);
    n_successes += gsl_ran_binomial (&shared, p, (unsigned) part);
    n -= part;
  }
  return n_successes;
}

uint64_t
vhm_rng_binomial (struct vhm_rng *rng, uint64_t n, double p)
{
  VHM_REQUIRE (p >= 0.0 && p <= 1.0);
  if (n == 0 || p == 0.0)
    return 0;
  if (p > 0.5)
    return n - vhm_rng_binomial (rng, n, 1.0 - p);
  if ((double) n * p < FEW_SUCCESSES)
    return jump_successes (rng, n, p);
  return count_successes (rng, n, p);
}
