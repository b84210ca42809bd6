/* Time of a magnetic disk: seek + rotation + transfer, or transfer
 * alone for a request that goes on where the last one ended.
 *
 * Seek over a share x of the full stroke takes
 *
 *   seek (x) = t + b sqrt (x) + c x
 *
 * (short seeks accelerate and brake, long ones coast). t is the track-to-track
 * time; b and c follow from the two other figures on a data sheet: the full
 * stroke, seek (1) = f, and the mean over random pairs of positions, seek
 * averaged with the density 2 (1 - x) of their distance, m:
 *
 *   t +      b +     c = f
 *   t + 8/15 b + 1/3 c = m      =>   b = (15 m - 10 t - 5 f) / 3,
 *                                    c = f - t - b
 *
 * The law rises everywhere if b >= 0 and b/2 + c >= 0; hdd.c checks it.
 *
 * Rotation: the wanted sector is anywhere on the track, so the wait is uniform
 * in [0, one turn). Transfer: size / media rate.
 *
 * Sequential: a request that starts at the end of the last one, or up to
 * `sequential_window` behind it, neither seeks nor waits; the skipped bytes
 * pass under the head at the media rate. The controller works meanwhile, so its
 * overhead shows only where it is longer than the transfer: large sequential
 * requests reach the media rate, small ones are bound by the overhead.
 *
 * Units: ns, bytes. Positions beyond the capacity count as the last.
 *
 * Cost: O(1), a square root and a random number a request.
 *
 * Left out: zones (the outer tracks are up to twice as fast), write settling,
 * the angle at which the last request ended: a drive that knows it can choose
 * the request whose sector comes first, this one the one whose track does.
 *
 * Source: C. Ruemmler and J. Wilkes, "An introduction to disk drive modeling",
 * IEEE Computer 27(3), 1994 (components of the service time); E. Lee and R.
 * Katz, "An analytic performance model of disk arrays", SIGMETRICS 1993 (the
 * law with three figures).
 */
#include "hdd_arm.h"

#include <math.h>

#include <glib.h>

#include <vhm/base/units.h>

double
hdd_arm_sqrt_part (const struct hdd_config *config)
{
  return (15.0 * (double) config->average_ns - 10.0 * (double) config->track_ns
          - 5.0 * (double) config->full_ns)
         / 3.0;
}

double
hdd_arm_linear_part (const struct hdd_config *config)
{
  return (double) config->full_ns - (double) config->track_ns
         - hdd_arm_sqrt_part (config);
}

void
hdd_arm_init (struct hdd_arm *arm, const struct hdd_config *config,
              const struct vhm_rng *rng)
{
  arm->config = config;
  arm->rng = *rng;
  arm->turn_ns = VHM_NS_PER_MIN / config->turns_per_min;
  arm->sqrt_ns = hdd_arm_sqrt_part (config);
  arm->linear_ns = hdd_arm_linear_part (config);
}

uint64_t
hdd_arm_transfer_ns (const struct hdd_arm *arm, uint64_t size_bytes)
{
  unsigned __int128 parts = (unsigned __int128) size_bytes * VHM_NS_PER_S;
  return (uint64_t) (parts / arm->config->rate);
}

bool
hdd_arm_is_sequential (const struct hdd_arm *arm, uint64_t at_bytes)
{
  return at_bytes >= arm->head_bytes
         && at_bytes - arm->head_bytes <= arm->config->window_bytes;
}

static uint64_t
seek_ns (const struct hdd_arm *arm, uint64_t from_bytes, uint64_t to_bytes)
{
  uint64_t far = MAX (from_bytes, to_bytes), near = MIN (from_bytes, to_bytes);
  double x = (double) (far - near) / (double) arm->config->capacity_bytes;
  return arm->config->track_ns
         + (uint64_t) (arm->sqrt_ns * sqrt (x) + arm->linear_ns * x);
}

uint64_t
hdd_arm_serve (struct hdd_arm *arm, uint64_t at_bytes, uint64_t size_bytes)
{
  const struct hdd_config *config = arm->config;
  uint64_t head = arm->head_bytes;
  uint64_t at = MIN (at_bytes, config->capacity_bytes);
  uint64_t ns = hdd_arm_transfer_ns (arm, size_bytes);
  if (hdd_arm_is_sequential (arm, at))
    ns = MAX (ns + hdd_arm_transfer_ns (arm, at - head), config->overhead_ns);
  else
    ns += config->overhead_ns + seek_ns (arm, head, at)
          + vhm_rng_below (&arm->rng, arm->turn_ns);
  arm->head_bytes = MIN (at + size_bytes, config->capacity_bytes);
  return MAX (ns, 1);
}
