/* One subcommand: a row of the table in main.c. `run` gets the arguments after
 * the command's name (argv[0] is the name) and returns the exit status. */
#ifndef SIM_COMMAND_COMMAND_H
#define SIM_COMMAND_COMMAND_H

#include <glib.h>

#include <vhm/host/case.h>
#include <vhm/report/report.h>
#include <vhm/sim/scenario.h>
#include <vhm/sim/yaml_tree.h>

/* 0 fine, 1 an expectation failed, then by whose fault it is. */
enum vhm_exit {
  EXIT_FINE = 0,
  EXIT_EXPECTATION = 1,
  EXIT_USAGE = 2,
  EXIT_SCENARIO = 3,
  EXIT_IO = 4,
  EXIT_SIGNAL = 128, /* plus its number */
};

struct command {
  const char *name, *arguments, *summary;
  int (*run) (int argc, char **argv);
};

int command_run (int argc, char **argv);
int command_check (int argc, char **argv);
int command_compare (int argc, char **argv);
int command_import (int argc, char **argv);
int command_list (int argc, char **argv);
int command_explain (int argc, char **argv);
int command_size (int argc, char **argv);
int command_schema (int argc, char **argv);
int command_translate (int argc, char **argv);
int command_validate (int argc, char **argv);

/* Parses options; n_positional arguments must remain (more if `or_fewer` is
 * false is a usage error). Prints help or the mistake itself. Returns false
 * with *ret_status set when the command is over. */
bool command_options (const char *name, const char *arguments,
                      const char *summary, const GOptionEntry *entries,
                      int *argc, char ***argv, int least, int most,
                      int *ret_status);
/* Prints the error ("vhm: ...") and gives the exit status of its code. */
int command_failed (const GError *error);

/* Options that are keys of `schema`, so that ranges and messages are theirs:
 * values[i] is that of params[i], NULL where options[i] ("--runs") was not given. */
struct vhm_scenario *command_read_keys (const struct vhm_schema *schema,
                                        char *const *values,
                                        const char *const *options,
                                        GError **error);

/* One version of a scenario, see scenario.h. */
struct command_version {
  const struct vhm_embedded *file; /* to read in place of the path; or NULL */
  const char *const *overrides;
  const struct vhm_case *base; /* the scenario as it stands, whose seed all share;
                                  NULL: this is it */
  const char *variant;
  const struct vhm_scenario_varied *varied;
  size_t n_varied;
};

/* Reads a scenario and checks what spans it: names in the timeline, guests'
 * disks, expectations, figures, assumptions. */
struct vhm_scenario *command_read_version (const char *path,
                                           const struct command_version *v,
                                           GError **error);
/* Adds the text of an error (may be NULL) to those found before, unless it is
 * there. */
void command_add_error (GError **all, const GError *one);
/* The scenario as it stands; all its variants are checked, too. */
struct vhm_scenario *command_read_case (const char *path,
                                        const char *const *overrides,
                                        GError **error);
const struct vhm_case *command_case (const struct vhm_scenario *scenario);

/* Adds what goes beyond the host's limits. */
void command_check_limits (struct vhm_scenario *scenario,
                           const struct vhm_case *c);
/* Adds what recorded traces ask of guests that cannot give it. */
void command_check_traces (struct vhm_scenario *scenario,
                           const struct vhm_case *c);
/* Says in result->assumptions what is replayed. */
void command_add_traces (const struct vhm_case *c, struct vhm_result *result);
/* The value that stands at a path ("guests.web.vcpus"), or NULL. */
const struct vhm_yaml_node *command_find (const struct vhm_scenario *scenario,
                                          const char *path);

/* Fills result->assumptions. */
void command_add_assumptions (const struct vhm_scenario *scenario,
                              struct vhm_result *result);
/* Adds what is wrong with the scenario's expectations, or those of a variant in
 * the scenario as that variant has it. */
void command_check_expectations (struct vhm_scenario *scenario,
                                 const struct vhm_case *c,
                                 const char *variant);
/* The variant of that name, or NULL. */
const struct vhm_case_variant *command_variant (const struct vhm_case *c,
                                                const char *name);
/* Compiles and evaluates expectations (struct vhm_case_expect) into
 * result->expectations. `over` is left to others: value, and bounds as they are
 * for the quotient. */
bool command_expect (const struct vhm_list *expect, const struct vhm_case *c,
                     struct vhm_result *result, GError **error);
/* The value of an expression that was checked; NAN if there is none. */
bool command_evaluate (const char *that, const struct vhm_case *c,
                       const struct vhm_result *result, double *ret_value,
                       enum vhm_unit *ret_unit, GError **error);

/* Where figure i of the scenario begins and ends, in seconds from the start;
 * *ret_to_s is 0 for the end of the run. */
void command_figure_window (const struct vhm_scenario *scenario, size_t i,
                            double *ret_from_s, double *ret_to_s);

/* Wall clock of the simulated world: "15:20", "day 2 03:10:59"; g_free it. */
char *command_clock (const struct vhm_case *c, double since_start_s,
                     bool with_seconds);
/* A few numbers of each guest, on standard output. */
void command_print_guests (const struct vhm_result *result);

/* From now on SIGINT, SIGTERM and SIGHUP are only noted; 0 if there was none. */
void command_catch_signals (void);
int command_caught_signal (void);

/* A folder for results in the making: written to `part`, moved into `out`
 * together by commit; close throws away what was not moved. */
struct staging {
  char *out, *part;
  const char *last; /* file that is moved last: when it is there, all are */
  bool is_new;      /* out was created for this */
};
bool command_staging_open (struct staging *staging, const char *out,
                           const char *last, GError **error);
bool command_staging_commit (struct staging *staging, GError **error);
void command_staging_close (struct staging *staging);

#endif
