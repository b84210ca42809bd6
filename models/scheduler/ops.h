/* What a kind of scheduler does; the contract is vhm/model/scheduler.h. */
#ifndef MODELS_SCHEDULER_OPS_H
#define MODELS_SCHEDULER_OPS_H

#include <vhm/model/scheduler.h>

#define MAX_WEIGHT 10000

struct scheduler_ops {
  void *(*make) (vhm_engine *engine, const struct vhm_scheduler_config *config);
  void (*free) (void *state);
  uint32_t (*add) (void *state, const struct vhm_scheduler_entity *entity);
  void (*set_demand) (void *state, uint32_t entity, uint32_t n_busy);
  uint64_t (*service_cyc) (const void *state, uint32_t entity);
  uint64_t (*rate_ppm) (const void *state, uint32_t entity);
  void (*arm) (void *state, uint32_t entity, uint64_t at_service_cyc);
  void (*disarm) (void *state, uint32_t entity);
  struct vhm_scheduler_counts (*counts) (const void *state, uint32_t entity);
  uint32_t (*n_waiting) (const void *state, uint32_t entity);
  bool (*is_valid) (const void *state);
};

extern const struct scheduler_ops vhm_scheduler_fluid, vhm_scheduler_quantum;

#endif
