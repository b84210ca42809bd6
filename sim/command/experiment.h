/* A published measurement of address translation and the study that should
 * repeat it: one file of scenarios/published/translation/. */
#ifndef SIM_COMMAND_EXPERIMENT_H
#define SIM_COMMAND_EXPERIMENT_H

#include "study.h"

#include <vhm/sim/scenario.h>

enum quantity {
  QUANTITY_TOTAL,      /* cycles a visit */
  QUANTITY_EXPOSED,    /* of them due to translation */
  QUANTITY_WALKER,     /* cycles of walks a visit, before overlap */
  QUANTITY_WALK,       /* cycles a walk */
  QUANTITY_REFERENCES, /* a walk */
  QUANTITY_STEPS,      /* cycles a walk, of its references alone */
  QUANTITY_LEAVES,     /* share of them that the two leaf entries have, % */
  QUANTITY_STEP,       /* cycles a walk of one step */
  QUANTITY_L2_MISS,    /* of TLBs, % of visits */
};

/* One published number. */
struct experiment_row {
  const char *name, *on, *over; /* "slat 4K": measured there, over there */
  int quantity;
  uint64_t guest_level, host_level; /* QUANTITY_STEP */
  double published;
  uint64_t tolerance_ppm;
  bool is_fitted;
  const char *confidence, *known_miss;
};

/* A parameter that nobody published, found by search. */
struct experiment_fit {
  const char *key, *unit, *why;
  double low, high, step;
};

/* One line of a published matrix of steps: cycles by host level from the top,
 * the guest's entry last, separated by blanks; "-" for no reference. */
struct experiment_line {
  const char *on, *cycles;
  uint64_t guest_level;
};

struct experiment {
  const char *title, *source, *reading;
  struct vhm_cpu_config cpu;
  struct vhm_footprint_config visits;
  uint64_t guest_levels, host_levels;
  uint64_t error_ppm, most, seed;
  struct vhm_list fit;    /* struct experiment_fit */
  struct vhm_list rows;   /* struct experiment_row */
  struct vhm_list matrix; /* struct experiment_line */
};

extern const struct vhm_schema experiment_schema;

/* A text that may be left out: NULL then. */
static inline bool
experiment_has (const char *text)
{
  return text && *text;
}

/* Reads one; `overrides` as in vhm_scenario_rules. */
struct vhm_scenario *experiment_read (const struct vhm_embedded *file,
                                      const char *const *overrides,
                                      GError **error);

/* Studies measured so far, one a place such as "slat 4K+2M". */
typedef struct experiment_runs experiment_runs;
experiment_runs *experiment_runs_new (const struct experiment *experiment);
void experiment_runs_free (experiment_runs *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (experiment_runs, experiment_runs_free)

/* The place, measured now if it was not yet. */
const struct vhm_walks_row *experiment_run (experiment_runs *runs,
                                            const char *on);

/* What the simulation says; half width of its interval, NAN if there is none. */
double experiment_value (experiment_runs *runs,
                         const struct experiment_row *row, double *ret_half);

/* Finds the values of `fit` on the rows that are fitted, by their logarithmic
 * errors. `set` as in vhm_scenario_rules. "key=value" each, NULL at the end;
 * g_strfreev. NULL with an error, or when a signal came. */
char **experiment_fit_values (const struct vhm_embedded *file,
                              const char *const *set, bool quiet,
                              GError **error);

#endif
