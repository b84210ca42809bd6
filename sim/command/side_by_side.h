/* Runs of hosts side by side, each with a thread and a host of its own. */
#ifndef SIM_COMMAND_SIDE_BY_SIDE_H
#define SIM_COMMAND_SIDE_BY_SIDE_H

#include "command.h"

#include <vhm/host/host.h>

struct side_run {
  const struct vhm_case *config; /* only read: runs may share one */
  uint64_t seed;
  struct vhm_host_window *window; /* to be filled, or NULL */
  /* Takes from the result what is wanted of it, in a thread of the run. Only of
   * runs that came to their end. */
  void (*keep) (void *context, const struct vhm_result *result);
  void *context;
};

struct side_options {
  guint n_jobs; /* runs at the same time */
  bool is_quiet;
  const char *label; /* of the progress bar */
};

/* All of them. False, and the error set, when one ended early: that of the first
 * in the list. */
bool side_runs (const struct side_run *runs, guint n,
                const struct side_options *options, GError **error);

#endif
