/* Whether a guest starts now, and how. Private to this folder. */
#ifndef MODELS_HOST_START_RULE_H
#define MODELS_HOST_START_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* Of machine memory, in pages. */
struct vhm_start_facts {
  uint64_t needs;     /* startup memory and overhead */
  uint64_t least;     /* minimum memory and overhead */
  uint64_t available; /* now */
  /* What other guests may give back yet. */
  uint64_t reclaimable;
  bool is_restart; /* it was running until just now */
  bool has_smart_paging;
  bool is_late; /* has waited as long as a start may */
};

enum vhm_start_answer {
  VHM_START_BOOTS,
  VHM_START_BRIDGES, /* boots with what is available, and smart paging */
  VHM_START_WAITS,
  VHM_START_REFUSED,
  VHM_N_START_ANSWERS
};

enum vhm_start_answer vhm_start_decide (const struct vhm_start_facts *facts);

#endif
