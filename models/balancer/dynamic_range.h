/* Memory in proportion to dynamic ranges. Private to this folder. */
#ifndef MODELS_BALANCER_DYNAMIC_RANGE_H
#define MODELS_BALANCER_DYNAMIC_RANGE_H

#include <stdint.h>

struct vhm_dynamic_range {
  uint64_t least_bytes, most_bytes;
};

/* Writes least + gamma (most - least), whole pages of the difference, with one
 * gamma in 0 .. 1 for all, the greatest at which the sum is at most total_bytes;
 * 0 if even the least ones exceed it. Indifferent to order. O(64 n). */
void vhm_dynamic_share (const struct vhm_dynamic_range *ranges, uint32_t n,
                        uint64_t total_bytes, uint64_t *ret_bytes);

#endif
