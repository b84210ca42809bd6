/* How much of a latency the processor hides; timing.c derives the rule. */
#ifndef VHM_MODELS_TRANSLATION_TIMING_H
#define VHM_MODELS_TRANSLATION_TIMING_H

#include <vhm/model/translation.h>

/* With translation as it is, and with translation that takes no time. */
enum timing_world { TIMING_REAL, TIMING_PERFECT, TIMING_N_WORLDS };

/* An access that the reorder buffer may still wait for. */
struct timing_pending {
  double position; /* in instructions */
  double complete_cyc[TIMING_N_WORLDS];
};

struct timing {
  double rob; /* instructions in flight */
  double position;
  double dispatch_cyc[TIMING_N_WORLDS]; /* of the next access */
  struct timing_pending *ring;          /* those after position - rob */
  uint32_t ring_mask, oldest, n_pending;
  double *walker_free_cyc;
  uint32_t n_walkers;
};

/* One access as timing sees it. */
enum timing_part { TIMING_TRANSLATION, TIMING_DATA, TIMING_N_PARTS };

struct timing_access {
  double cyc[TIMING_N_PARTS];
  bool is_walk; /* holds a walker */
};

void timing_init (struct timing *timing, const struct vhm_cpu_config *cpu);
void timing_clear (struct timing *timing);
/* Nothing is in flight. */
void timing_restart (struct timing *timing);
/* Adds to total_cyc and exposed_cyc. */
void timing_run (struct timing *timing, const struct vhm_pace *pace,
                 const struct timing_access *accesses, size_t n,
                 struct vhm_cost *cost);

#endif
