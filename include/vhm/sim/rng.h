/* Named streams of random numbers.
 *
 * A stream is seeded by a hash of (seed, name), so adding a component never
 * shifts another component's numbers (common random numbers). The generator is
 * xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47, 2021; public-domain algorithm), registered as a
 * gsl_rng_type: vhm_rng_gsl (rng_gsl.h) gives every GSL distribution the same
 * stream that the inline functions below draw from without GSL's call through a
 * pointer.
 */
#ifndef VHM_SIM_RNG_H
#define VHM_SIM_RNG_H

#include <stdint.h>

#include <vhm/base/units.h>

struct vhm_rng {
  uint64_t s[4];
};

/* Seeds `rng` as stream `name` of the run `seed`. */
void vhm_rng_init (struct vhm_rng *rng, uint64_t seed, const char *name);

static inline uint64_t
vhm_rng_u64 (struct vhm_rng *rng)
{
  uint64_t *s = rng->s;
  uint64_t sum = s[0] + s[3];
  uint64_t result = ((sum << 23) | (sum >> 41)) + s[0];
  uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

/* Uniform in [0, 1), 53 bits. */
static inline double
vhm_rng_uniform (struct vhm_rng *rng)
{
  return (double) (vhm_rng_u64 (rng) >> 11) * 0x1.0p-53;
}

/* Uniform in [0, n), n > 0, by the high half of a product. The bias is below
 * n / 2^64. */
static inline uint64_t
vhm_rng_below (struct vhm_rng *rng, uint64_t n)
{
  return (uint64_t) (((unsigned __int128) vhm_rng_u64 (rng) * n) >> 64);
}

static inline bool
vhm_rng_chance (struct vhm_rng *rng, double p)
{
  return vhm_rng_uniform (rng) < p;
}

/* Exponential with mean 1; never 0 and never infinite. Exact (ziggurat). */
double vhm_rng_exp (struct vhm_rng *rng);

/* Number of successes in n trials of chance p; exact. Cheap for small n p. */
uint64_t vhm_rng_binomial (struct vhm_rng *rng, uint64_t n, double p);

#endif
