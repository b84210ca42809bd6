/* One subcommand: a row of the table in main.c. `run` gets the arguments after
 * the command's name (argv[0] is the name) and returns the exit status. */
#ifndef SIM_COMMAND_COMMAND_H
#define SIM_COMMAND_COMMAND_H

#include <glib.h>

#include <vhm/host/case.h>
#include <vhm/report/report.h>
#include <vhm/sim/scenario.h>

/* 0 fine, 1 an expectation failed, then by whose fault it is. */
enum vhm_exit {
  EXIT_FINE = 0,
  EXIT_EXPECTATION = 1,
  EXIT_USAGE = 2,
  EXIT_SCENARIO = 3,
  EXIT_IO = 4,
};

struct command {
  const char *name, *arguments, *summary;
  int (*run) (int argc, char **argv);
};

int command_run (int argc, char **argv);
int command_check (int argc, char **argv);
int command_list (int argc, char **argv);
int command_explain (int argc, char **argv);
int command_schema (int argc, char **argv);

/* Parses options; n_positional arguments must remain (more if `or_fewer` is
 * false is a usage error). Prints help or the mistake itself. Returns false
 * with *ret_status set when the command is over. */
bool command_options (const char *name, const char *arguments,
                      const char *summary, const GOptionEntry *entries,
                      int *argc, char ***argv, int least, int most,
                      int *ret_status);
/* Prints the error ("vhm: ...") and gives the exit status of its code. */
int command_failed (const GError *error);

/* Reads a scenario and checks what spans it: names in the timeline, guests'
 * disks, expectations, figures, assumptions. */
struct vhm_scenario *command_read_case (const char *path,
                                        const char *const *overrides,
                                        GError **error);
const struct vhm_case *command_case (const struct vhm_scenario *scenario);

/* Fills result->assumptions. */
void command_add_assumptions (const struct vhm_scenario *scenario,
                              struct vhm_result *result);
/* Compiles and evaluates the expectations into result->expectations. */
bool command_expect (const struct vhm_case *c, struct vhm_result *result,
                     GError **error);

#endif
