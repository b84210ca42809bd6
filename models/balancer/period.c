/* See period.h. */
#include "period.h"

const struct vhm_param period_params[1] = {
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = offsetof (struct period_config, period_ns),
    .fallback = "30 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two decisions",
    .source = "assumed: as hyperv's redistribution" },
};

void
period_init (void *state, const void *config)
{
  (void) state;
  (void) config;
}

uint64_t
period_of (const void *config)
{
  return ((const struct period_config *) config)->period_ns;
}
