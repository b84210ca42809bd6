/* The one setting of the balancers that are only there to be compared with. */
#ifndef MODELS_BALANCER_PERIOD_H
#define MODELS_BALANCER_PERIOD_H

#include <vhm/model/balancer.h>

struct period_config {
  uint64_t period_ns;
};

extern const struct vhm_param period_params[1];

void period_init (void *state, const void *config);
uint64_t period_of (const void *config);

#endif
