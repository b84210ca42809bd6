/* The arm of a magnetic disk over its turning platters: how long a request takes
 * from where the head is, by the law at the head of hdd_arm.c.
 *
 * Units: ns, bytes. Cost: O(1), a square root and a random number a request. */
#ifndef MODELS_DISK_HDD_ARM_H
#define MODELS_DISK_HDD_ARM_H

#include <vhm/sim/rng.h>

#include "hdd.h"

struct hdd_arm {
  const struct hdd_config *config;
  struct vhm_rng rng;
  uint64_t turn_ns;
  double sqrt_ns, linear_ns; /* b and c */
  uint64_t head_bytes;       /* end of the last request */
};

/* b and c of the law, from the three times of a data sheet. */
double hdd_arm_sqrt_part (const struct hdd_config *config);
double hdd_arm_linear_part (const struct hdd_config *config);

void hdd_arm_init (struct hdd_arm *arm, const struct hdd_config *config,
                   const struct vhm_rng *rng);
/* Goes to at_bytes and passes size_bytes: time of all of it, at least 1. */
uint64_t hdd_arm_serve (struct hdd_arm *arm, uint64_t at_bytes,
                        uint64_t size_bytes);
/* Whether a request there neither seeks nor waits for the platter. */
bool hdd_arm_is_sequential (const struct hdd_arm *arm, uint64_t at_bytes);
/* Time of size_bytes at the rate of the media. */
uint64_t hdd_arm_transfer_ns (const struct hdd_arm *arm, uint64_t size_bytes);

#endif
