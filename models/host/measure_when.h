/* Whether to measure what translation costs now, and how: a pure function of what
 * a look has seen. See measure_when.c. */
#ifndef MODELS_HOST_MEASURE_WHEN_H
#define MODELS_HOST_MEASURE_WHEN_H

#include <vhm/host/case.h>

/* References that may have been drawn. */
struct measure_allowance {
  double by_now; /* in proportion to the time that has passed */
  double in_all; /* by what has happened until now */
};

struct measure_sight {
  bool has_measured, was_rough; /* at all; the last time */
  bool moves;       /* the inputs have changed since the last look */
  bool is_new;      /* something was never measured */
  bool has_changed; /* since the last measurement, by more than is tolerated */
  bool others_run;  /* other guests than then */
  uint64_t age_ns, every_ns; /* since then; at most, if there is budget */
  double issued;    /* references of all processes since then */
  double most;      /* that a measurement draws, beside its warm-up */
  double used, used_rough; /* references drawn */
  struct measure_allowance allowed;
};

enum measure_choice {
  MEASURE_NOTHING,
  MEASURE_ROUGH,
  MEASURE_FULL,
  MEASURE_REFUSED /* called for, but nothing is left to draw */
};

enum measure_choice vhm_measure_choose (const struct measure_sight *sight);
/* When a part `elapsed` of the run is over. */
struct measure_allowance
vhm_measure_allowed (const struct vhm_case_measure *config, double elapsed,
                     uint64_t n_events);
/* Change of the inputs that calls for a measurement. */
double vhm_measure_tolerated (double change, double used, double allowed);

#endif
