/* How short of memory an ESX host is. Private to this folder. */
#ifndef MODELS_BALANCER_MEMORY_STATE_H
#define MODELS_BALANCER_MEMORY_STATE_H

#include <stdint.h>

/* From plenty to none. */
enum vhm_memory_state {
  VHM_MEMORY_HIGH,
  VHM_MEMORY_CLEAR, /* only with a sliding minFree */
  VHM_MEMORY_SOFT,  /* from here on memory is taken from guests */
  VHM_MEMORY_HARD,
  VHM_MEMORY_LOW,
  VHM_N_MEMORY_STATES
};

/* Where the lines are. */
enum vhm_memory_scheme {
  VHM_MEMORY_PERCENT, /* 6, 4, 2, 1 % of machine memory */
  VHM_MEMORY_SLIDING, /* 400, 100, 64, 32, 16 % of a sliding minFree */
  VHM_N_MEMORY_SCHEMES
};

/* A state is entered when less than `below` is free, and left for the one
 * before it when at least `above` is, which is the line of that one and a margin;
 * both 0 for HIGH. */
struct vhm_memory_lines {
  uint64_t below[VHM_N_MEMORY_STATES], above[VHM_N_MEMORY_STATES];
  uint64_t high_bytes; /* line of HIGH: what is free beyond it is plenty */
  uint64_t goal_bytes; /* targets of guests aim at so much free memory */
};

/* Mem.MinFree of ESXi 5 and later. */
uint64_t vhm_memory_min_free (uint64_t machine_bytes);
struct vhm_memory_lines vhm_memory_lines (enum vhm_memory_scheme scheme,
                                          uint64_t machine_bytes,
                                          uint64_t margin_ppm);
enum vhm_memory_state vhm_memory_next (const struct vhm_memory_lines *lines,
                                       enum vhm_memory_state state,
                                       uint64_t free_bytes);

#endif
