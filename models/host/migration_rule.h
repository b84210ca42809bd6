/* What a migration does when a round of sending is over. Private to this folder. */
#ifndef MODELS_HOST_MIGRATION_RULE_H
#define MODELS_HOST_MIGRATION_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct vhm_migration_facts {
  uint64_t n_rounds;    /* so far */
  uint64_t sent_pages;  /* in the last one */
  uint64_t dirty_pages; /* written meanwhile: not yet sent again */
  uint64_t bytes_per_s, stop_ns, most_rounds;
  bool gives_up; /* where the rest does not become small */
};

enum vhm_migration_answer {
  VHM_MIGRATION_SENDS,   /* another round */
  VHM_MIGRATION_STOPS,   /* the guest: the rest goes within the time asked for */
  VHM_MIGRATION_FORCES,  /* likewise, but it takes longer */
  VHM_MIGRATION_GIVES_UP,
  VHM_N_MIGRATION_ANSWERS
};

enum vhm_migration_answer
vhm_migration_decide (const struct vhm_migration_facts *facts);

#endif
