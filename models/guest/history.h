/* See history.c. */
#ifndef MODELS_GUEST_HISTORY_H
#define MODELS_GUEST_HISTORY_H

#include <stdint.h>

#define VHM_N_CORNERS 1024

struct vhm_history {
  uint32_t n;
  double r[VHM_N_CORNERS], t[VHM_N_CORNERS];
};

/* r and t do not fall from call to call. */
void vhm_history_add (struct vhm_history *history, double r, double t);
double vhm_history_time (const struct vhm_history *history, double r);

#endif
