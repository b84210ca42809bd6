/* The mean of the last samples. Private to this folder. */
#ifndef MODELS_BALANCER_WINDOW_H
#define MODELS_BALANCER_WINDOW_H

#include <stdint.h>

#define VHM_WINDOW_MOST 64 /* samples */

/* Zeroed: empty. */
struct vhm_window {
  double samples[VHM_WINDOW_MOST]; /* a ring */
  uint32_t n_seen;                 /* in all */
};

void vhm_window_add (struct vhm_window *window, double sample);
/* Of the last n, or of all if there are fewer; there must be one. */
double vhm_window_mean (const struct vhm_window *window, uint32_t n);

#endif
