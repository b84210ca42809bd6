/* Records of the quantum scheduler, for its three files: quantum.c who runs where,
 * quantum_lag.c who goes first, quantum_service.c what VPs have received. */
#ifndef MODELS_SCHEDULER_QUANTUM_H
#define MODELS_SCHEDULER_QUANTUM_H

#include "level.h"
#include "ops.h"
#include "pace.h"

/* Cycles, with LAG_BITS binary digits after the point. */
typedef __int128 lag;
#define LAG_BITS 32

enum vp_state { VP_IDLE, VP_WAITING, VP_RUNNING };

#define NOWHERE UINT32_MAX

struct vp {
  struct guest *guest;
  enum vp_state state;
  uint32_t cpu;      /* where it runs, or ran last */
  lag used;          /* its lag is its guest's due - used; idle: the lag that it
                        went to sleep with */
  uint64_t used_cyc; /* up to then, if it runs */
  uint64_t since_cyc; /* waits */
  uint64_t place;     /* in the order of waiting */
};

struct guest {
  struct vhm_scheduler_entity is;
  struct quantum *quantum;
  uint32_t number, n_busy, n_running;
  struct vp *vps;
  uint64_t *affinity; /* NULL: all */
  uint64_t share_ppm; /* that it ought to have */
  lag due;            /* what a VP of it ought to have had, at `due_cyc` */
  uint64_t due_cyc;
  fixed service;          /* of one busy VP, at `since_cyc` */
  fixed owed;             /* of all, for switches, before they work */
  fixed switched, slowed; /* of all, until then */
  uint64_t since_cyc;
  uint64_t dispatches, waited_cyc;
  bool is_armed;
  uint64_t at_service_cyc;
  vhm_event event;
};

struct cpu {
  struct vp *vp;       /* NULL: idle */
  struct guest *guest; /* the last one here */
  uint64_t turn_cyc;   /* when the turn began */
};

struct quantum {
  vhm_engine *engine;
  struct cpu *cpus;
  uint32_t n_cpus, n_idle, n_vps;
  uint64_t quantum_cyc, switch_cyc, place;
  struct vhm_scheduler_speed *speeds;
  size_t n_speeds;
  uint64_t speed_ppm; /* of each processor now */
  GPtrArray *guests;  /* struct guest */
  GPtrArray *waiting; /* struct vp, in no order */
  struct level level;
  vhm_event turn; /* the next look at processors and those that wait */
};

static inline uint64_t
now_cyc (const struct quantum *s)
{
  return vhm_engine_now (s->engine).raw;
}

/* --- quantum_service.c --- */

struct progress {
  fixed worked, switched, slowed; /* of all its VPs, since `since_cyc` */
};

fixed quantum_service_now (const struct guest *g);
void quantum_settle (struct guest *g);
void quantum_set_event (vhm_engine *engine, vhm_event *event, fixed at_cyc,
                        int priority, vhm_engine_fn fn, void *context);
void quantum_set_alarm (struct guest *g);
fixed quantum_due (const struct guest *g);
struct progress quantum_progress (const struct guest *g, uint64_t now);

/* --- quantum_lag.c --- */

lag quantum_lag_of_cycles (uint64_t cycles);
lag quantum_due_now (const struct guest *g);
lag quantum_lag_now (const struct vp *vp);
void quantum_take_shares (struct quantum *s);
void quantum_settle_dues (struct quantum *s);
uint64_t quantum_level_cyc (const struct vp *vp);
bool quantum_is_capped (const struct guest *g);
bool quantum_may_run_now (const struct vp *vp);
bool quantum_may_run_on (const struct vp *vp, uint32_t cpu);
bool quantum_goes_before (const struct vp *a, const struct vp *b);

#endif
