/* Published measurements beside simulated ones: what the suites share. */
#ifndef SIM_COMMAND_VALIDATE_H
#define SIM_COMMAND_VALIDATE_H

#include "command.h"

#include <vhm/report/validation.h>
#include <vhm/sim/embedded.h>

struct validate_options {
  const char *const *set; /* overrides, or NULL */
  guint n_jobs;           /* runs at the same time */
  bool is_quiet;
  bool audit; /* every invariant at every sample of a scenario */
};

/* Rows, and what is told before and after their table; NULL: nothing. */
struct validated {
  struct vhm_validation *validation;
  char *before, *after;
  guint n_runs; /* simulated for it */
};
void validated_clear (struct validated *validated);

/* One file of a suite, simulated. False with an error, or when a signal came.
 * Studies of address translation (validate_study.c): */
bool validate_study (const struct vhm_embedded *file,
                     const struct validate_options *options,
                     struct validated *ret, GError **error);
/* Scenarios, whose expectations hold the published values (validate_case.c): */
bool validate_case (const struct vhm_embedded *file,
                    const struct validate_options *options,
                    struct validated *ret, GError **error);

/* Random hosts, diagnosed and re-run (validate_diagnosis.c): */
bool validate_diagnosis (const struct vhm_embedded *file,
                         const struct validate_options *options,
                         struct validated *ret, GError **error);

/* File name without suffix; g_free it. */
char *validate_name (const struct vhm_embedded *file);

#endif
