/* Processors shared by the virtual processors (VPs) of guests.
 *
 * An entity is a guest. It says how many of its VPs want to run now (its
 * demand); all its busy VPs count as receiving the same service. Uncontended,
 * every busy VP has a processor of its own. Contended, guests share in
 * proportion to weight, no VP above one processor and no guest above its cap,
 * and what one cannot use goes to the others (weighted max-min fairness). A
 * reserve is either a floor on that share, or given first, and what is left of
 * the processors is shared by weight (enum vhm_reserve_rule); reserves that
 * exceed the processors together are scaled down in proportion.
 *
 * Two kinds: `fluid` gives each busy VP its share all the time; `quantum`
 * dispatches VPs on processors turn by turn, so that they wait, and comes to the
 * same shares in the long run.
 *
 * Service is the work done: the integral of the rate of one busy VP of the guest,
 * in cycles. A guest arms one alarm: "call me when each of my busy VPs has
 * received so many more cycles of service".
 *
 * Promise: service summed over busy VPs never exceeds processors x elapsed, and
 * with `fluid` equals it while demand is at least the number of processors and no
 * cap bites; same calls, same times; an alarm fires at the first cycle at which
 * the service has been received in full. Service is counted in whole cycles,
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
  uint32_t first_cpu; /* its VPs are at home on processors from this one on,
                         round and round; of `quantum` */
  const uint64_t *affinity; /* processors its VPs may run on; copied; NULL: all.
                               Of `quantum` */
  size_t n_affinity;
};

enum vhm_scheduler_kind {
  VHM_SCHEDULER_FLUID,
  VHM_SCHEDULER_QUANTUM
};

/* What a reserve is worth where there is not enough for all. */
enum vhm_reserve_rule {
  VHM_RESERVE_FLOOR, /* the share by weight, but at least the reserve */
  VHM_RESERVE_FIRST, /* the reserve, and a share by weight of what is left */
};

/* Speed of each busy processor while n_busy of them are: turbo, shared caches,
 * memory and cores. Between two points, on the line between them. */
struct vhm_scheduler_speed {
  uint64_t n_busy, ppm; /* ppm in 1 .. 10^6 */
};

struct vhm_scheduler_config {
  enum vhm_scheduler_kind kind;
  uint32_t n_cpus;
  enum vhm_reserve_rule reserve_rule;
  /* Of `quantum` alone: */
  uint64_t quantum_cyc; /* a turn; at least 1 */
  uint64_t switch_cyc;  /* of a processor that goes over to another guest */
  const struct vhm_scheduler_speed *speeds; /* by n_busy, rising; copied */
  size_t n_speeds;                          /* 0: full speed */
};

vhm_scheduler *vhm_scheduler_new (vhm_engine *engine,
                                  const struct vhm_scheduler_config *config);
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

/* What became of a guest's VPs since the start; zeroes with `fluid`. */
struct vhm_scheduler_counts {
  uint64_t dispatches;
  uint64_t waited_cyc;   /* from wanting a processor to each dispatch, summed */
  uint64_t switch_cyc;   /* on a processor that went over to them */
  uint64_t slowed_cyc;   /* on a processor, lost to its speed */
};
struct vhm_scheduler_counts
vhm_scheduler_counts (const vhm_scheduler *scheduler, uint32_t entity);
/* VPs that want to run and wait for a processor now; 0 with `fluid`. */
uint32_t vhm_scheduler_n_waiting (const vhm_scheduler *scheduler,
                                  uint32_t entity);

bool vhm_scheduler_is_valid (const vhm_scheduler *scheduler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_scheduler, vhm_scheduler_free)

#endif
