/* How much of its memory a guest uses, from samples. Private to this folder. */
#ifndef MODELS_BALANCER_ACTIVITY_H
#define MODELS_BALANCER_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

/* Moving averages of the part of the sampled pages that was touched. */
struct vhm_activity {
  double slow, fast; /* over the periods that have ended */
  double running;    /* fast, with the period that goes on */
  bool is_known;     /* a period has ended */
};

/* Weight of the newest period, 0 .. 1. */
struct vhm_activity_gains {
  double slow, fast;
};

/* `touched` of `n` > 0 pages have been touched in this period so far, or in all
 * if `ended`. */
void vhm_activity_take (struct vhm_activity *activity,
                        const struct vhm_activity_gains *gains,
                        uint32_t touched, uint32_t n, bool ended);
/* The part in use, 0 .. 1: the greatest of the three; 1 until it is known. */
double vhm_activity_part (const struct vhm_activity *activity);

#endif
