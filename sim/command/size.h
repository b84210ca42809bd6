/* How much memory a guest needs: what is asked, and the runs that answer it. */
#ifndef SIM_COMMAND_SIZE_H
#define SIM_COMMAND_SIZE_H

#include "command.h"

#include <vhm/report/sizing.h>

enum size_work { SIZE_WORK_REFERENCES, SIZE_WORK_OPERATIONS };

struct size_config {
  uint64_t n_runs, n_jobs, confidence_ppm, slowdown_ppm;
  uint64_t step_bytes, least_bytes, most_bytes; /* least, most: 0 not given */
  uint64_t from_ns, to_ns;                      /* clock of day */
  int work;                                     /* enum size_work */
};

enum { SIZE_N_KEYS = 10 };
/* Name of an option, "--runs", what stands behind it, "N", and what it is for. */
struct size_option {
  const char *name, *argument, *help;
};
extern const struct size_option size_options[SIZE_N_KEYS];

/* `values` one an option, NULL where it was not given; config is a struct
 * size_config. */
struct vhm_scenario *size_read (char *const values[SIZE_N_KEYS],
                                GError **error);
bool size_has_from (char *const values[SIZE_N_KEYS]);
bool size_has_to (char *const values[SIZE_N_KEYS]);

/* What is asked of a scenario, checked. */
struct size_question {
  const struct vhm_case *c;
  size_t guest;                 /* number of its line in `guests` */
  const struct size_config *config;
  uint64_t from_ns, to_ns;      /* since the start of the run */
  bool is_alone, looks_at_all, is_quiet;
};

/* Runs what is needed and fills all of the sizing but its texts. False with an
 * error, or when a signal came. */
bool size_find (const struct size_question *question, struct vhm_sizing *ret,
                GError **error);

#endif
