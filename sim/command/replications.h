/* Many runs of the versions of a scenario, on many processors. */
#ifndef SIM_COMMAND_REPLICATIONS_H
#define SIM_COMMAND_REPLICATIONS_H

#include "command.h"

#include <vhm/report/comparison.h>

struct replications_options {
  guint n_runs;      /* of each version */
  guint n_jobs;      /* runs at the same time */
  bool takes_all;    /* numbers, not only the usual ones */
  bool is_quiet;
};

/* Run r of each version has the seed of its scenario + r. Gives struct outcome *, run r of version v at r n_versions + v, whatever n_jobs is. NULL, and
 * the error set, when a run ended early. */
GPtrArray *replications_run (const GPtrArray *versions,
                             const struct replications_options *options,
                             GError **error);

/* Adds to the comparison a row for each quantity and pair of versions, curves and
 * accounts; `runs` are those of replications_run (pairs.c). */
void replications_compare (const GPtrArray *runs,
                           struct vhm_comparison *comparison);

#endif
