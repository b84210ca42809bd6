/* The two kinds of scheduler behind one contract (vhm/model/scheduler.h). */
#include "ops.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

struct vhm_scheduler {
  const struct scheduler_ops *ops;
  void *state;
};

vhm_scheduler *
vhm_scheduler_new (vhm_engine *engine,
                   const struct vhm_scheduler_config *config)
{
  VHM_REQUIRE (config->n_cpus > 0);
  vhm_scheduler *s = g_new0 (vhm_scheduler, 1);
  s->ops = config->kind == VHM_SCHEDULER_QUANTUM ? &vhm_scheduler_quantum
                                                 : &vhm_scheduler_fluid;
  s->state = s->ops->make (engine, config);
  return s;
}

void
vhm_scheduler_free (vhm_scheduler *s)
{
  if (!s)
    return;
  s->ops->free (s->state);
  g_free (s);
}

uint32_t
vhm_scheduler_add (vhm_scheduler *s, const struct vhm_scheduler_entity *entity)
{
  VHM_REQUIRE (entity->n_vps > 0 && entity->alarm != NULL);
  VHM_REQUIRE (entity->weight > 0 && entity->weight <= MAX_WEIGHT);
  VHM_REQUIRE (entity->cap_ppm > 0 && entity->cap_ppm <= VHM_PPM);
  VHM_REQUIRE (entity->reserve_ppm <= entity->cap_ppm);
  return s->ops->add (s->state, entity);
}

void
vhm_scheduler_set_demand (vhm_scheduler *s, uint32_t entity, uint32_t n_busy)
{
  s->ops->set_demand (s->state, entity, n_busy);
}

uint64_t
vhm_scheduler_service_cyc (const vhm_scheduler *s, uint32_t entity)
{
  return s->ops->service_cyc (s->state, entity);
}

uint64_t
vhm_scheduler_rate_ppm (const vhm_scheduler *s, uint32_t entity)
{
  return s->ops->rate_ppm (s->state, entity);
}

void
vhm_scheduler_arm (vhm_scheduler *s, uint32_t entity, uint64_t at_service_cyc)
{
  s->ops->arm (s->state, entity, at_service_cyc);
}

void
vhm_scheduler_disarm (vhm_scheduler *s, uint32_t entity)
{
  s->ops->disarm (s->state, entity);
}

struct vhm_scheduler_counts
vhm_scheduler_counts (const vhm_scheduler *s, uint32_t entity)
{
  return s->ops->counts (s->state, entity);
}

uint32_t
vhm_scheduler_n_waiting (const vhm_scheduler *s, uint32_t entity)
{
  return s->ops->n_waiting (s->state, entity);
}

bool
vhm_scheduler_is_valid (const vhm_scheduler *s)
{
  return s->ops->is_valid (s->state);
}
