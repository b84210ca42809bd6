/* Processors shared by the virtual processors (VPs) of guests.
 *
 * An entity is a guest. It says how many of its VPs want to run now (its
 * demand); the scheduler gives each busy VP of a guest the same rate between 0
 * and 1 physical processor. Uncontended, every busy VP runs at rate 1.
 * Contended, guests share in proportion to weight, no VP above rate 1 and no
 * guest above its cap, and what one cannot use goes to the others (weighted
 * max-min fairness); a reserve is a floor on the guest's share (reserves that
 * exceed the processors together are scaled down in proportion).
 *
 * Service is the work done: the integral of the rate of one VP of the guest, in
 * cycles. A guest arms one alarm: "call me when each of my busy VPs has
 * received so many more cycles of service".
 *
 * Promise: service summed over busy VPs never exceeds processors x elapsed, and
 * equals it while demand is at least the number of processors and no cap bites;
 * same calls, same times; an alarm fires at the first cycle at which the
 * service has been received in full. Service is counted in whole cycles,
 * rounded down; the remainder is never lost.
 */
#ifndef VHM_MODEL_SCHEDULER_H
#define VHM_MODEL_SCHEDULER_H

#include <vhm/sim/engine.h>

typedef struct vhm_scheduler vhm_scheduler;

struct vhm_scheduler_entity {
  const char *name;
  uint32_t n_vps;
  uint32_t weight;      /* 1 .. 10000 */
  uint64_t cap_ppm;     /* of n_vps processors; 10^6 = none */
  uint64_t reserve_ppm; /* of n_vps processors; at most the cap */
  vhm_engine_fn alarm;  /* called at priority NORMAL */
  void *context;
};

vhm_scheduler *vhm_scheduler_new (vhm_engine *engine, uint32_t n_cpus);
void vhm_scheduler_free (vhm_scheduler *scheduler);

/* Returns the entity's number, from 0. Demand starts at 0. */
uint32_t vhm_scheduler_add (vhm_scheduler *scheduler,
                            const struct vhm_scheduler_entity *entity);
/* From now on n_busy (<= n_vps) VPs want to run. Keeps the alarm. */
void vhm_scheduler_set_demand (vhm_scheduler *scheduler, uint32_t entity,
                               uint32_t n_busy);
/* Service one busy VP of the entity has received since the start. */
uint64_t vhm_scheduler_service_cyc (const vhm_scheduler *scheduler,
                                    uint32_t entity);
/* Rate of one busy VP now, in ppm of a processor, for counters. */
uint64_t vhm_scheduler_rate_ppm (const vhm_scheduler *scheduler,
                                 uint32_t entity);
/* Alarm when vhm_scheduler_service_cyc reaches `at_service_cyc`, replacing the
 * one before. While demand is 0 it stays and does not come nearer. */
void vhm_scheduler_arm (vhm_scheduler *scheduler, uint32_t entity,
                        uint64_t at_service_cyc);
void vhm_scheduler_disarm (vhm_scheduler *scheduler, uint32_t entity);

bool vhm_scheduler_is_valid (const vhm_scheduler *scheduler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_scheduler, vhm_scheduler_free)

#endif
