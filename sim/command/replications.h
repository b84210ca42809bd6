/* Many runs of the versions of a scenario, on many processors. */
#ifndef SIM_COMMAND_REPLICATIONS_H
#define SIM_COMMAND_REPLICATIONS_H

#include "command.h"

#include <vhm/report/comparison.h>

/* One number of one run. */
struct quantity {
  char *id; /* tells it from all others of the run */
  char *instance, *key, *help;
  enum vhm_unit unit;
  double value; /* NAN: none */
};

struct replications_options {
  guint n_runs;      /* of each version */
  guint n_jobs;      /* runs at the same time */
  bool with_levels;  /* means of what is no rate, too */
  bool is_quiet;
};

/* Run r of each version has the seed of its scenario + r. Gives GArrays of struct
 * quantity, run r of version v at r n_versions + v, whatever n_jobs is. NULL, and
 * the error set, when a run ended early. */
GPtrArray *replications_run (const GPtrArray *versions,
                             const struct replications_options *options,
                             GError **error);

/* Adds a row to the comparison for each quantity and pair of versions; `runs` are
 * those of replications_run. */
void replications_compare (const GPtrArray *runs,
                           struct vhm_comparison *comparison);

#endif
