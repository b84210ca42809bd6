/* What vhm compare keeps of a run. */
#ifndef SIM_COMMAND_OUTCOME_H
#define SIM_COMMAND_OUTCOME_H

#include <glib.h>
#include <stdbool.h>

#include <vhm/sim/result.h>

/* One number of one run. */
struct quantity {
  char *id; /* tells it from all others of the run */
  char *instance, *key, *help;
  enum vhm_unit unit;
  bool is_usual;
  const char *account; /* of the ledger, or NULL */
  double value;        /* NAN: none */
};

/* A curve of one guest. */
struct trail {
  guint chart; /* of measure_charts */
  char *guest;
  double step_s;
  GArray *values; /* double */
};

struct outcome {
  GArray *quantities; /* struct quantity */
  GArray *trails;     /* struct trail */
};

/* More moments are averaged: a panel is some 360 pixels wide, and a curve that
 * turns in every second of them is a smear. */
#define OUTCOME_MOMENTS 180

struct outcome *outcome_new (const struct vhm_result *result, bool takes_all);
void outcome_free (gpointer outcome);

#endif
