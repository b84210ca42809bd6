/* Exact progress at fractions of a processor.
 *
 * Service and virtual time are fixed point with 64 binary digits after the
 * point; a pace (a share of a processor, a water level) is a fraction and stays
 * one. Progress is pace x cycles since the pace was set, divided at the moment
 * of the look, so looking, at whatever moments, changes nothing, and rounding
 * (always down) happens once a change of pace: 10^9 changes lose less than
 * 2^-34 cycle a unit of weight. SLACK, which is larger than that, is forgiven
 * when service is rounded down to whole cycles; so 1/3 + 1/3 + 1/3 is 1. It is
 * small enough (the sum over all VPs is at most one cycle) that the whole
 * cycles never add up to more than the processors gave.
 */
#ifndef VHM_MODELS_SCHEDULER_PACE_H
#define VHM_MODELS_SCHEDULER_PACE_H

#include <stdint.h>

typedef unsigned __int128 fixed;

#define FRACTION_BITS 64
#define FOREVER (~(fixed) 0)
#define SLACK ((fixed) 1 << (FRACTION_BITS - 20)) /* 2^-20 cycle */
#define MAX_VPS (UINT32_C (1) << 20)              /* x SLACK = 1 cycle */

/* Progress a cycle. `of` is never 0. */
struct pace {
  uint64_t n, of;
};

static inline fixed
pace_progress (struct pace pace, uint64_t cycles)
{
  if (pace.n == pace.of)
    return (fixed) cycles << FRACTION_BITS;
  fixed parts = (fixed) pace.n * cycles;
  return (parts / pace.of << FRACTION_BITS)
         + (parts % pace.of << FRACTION_BITS) / pace.of;
}

static inline fixed
fixed_divide_up (fixed a, fixed b)
{
  return a / b + (a % b != 0);
}

/* First number of cycles after which progress is `amount` or more. */
static inline fixed
pace_cycles_until (struct pace pace, fixed amount)
{
  fixed whole = amount >> FRACTION_BITS, fraction = (uint64_t) amount;
  if (pace.n == 0)
    return amount == 0 ? 0 : FOREVER;
  if (pace.n == pace.of)
    return whole + (fraction != 0);
  fraction *= pace.of;
  fraction = (fraction >> FRACTION_BITS) + ((uint64_t) fraction != 0);
  return fixed_divide_up (whole * pace.of + fraction, pace.n);
}

#endif
