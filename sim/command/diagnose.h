/* Diagnosis of a run of a case. */
#ifndef SIM_COMMAND_DIAGNOSE_H
#define SIM_COMMAND_DIAGNOSE_H

#include "again.h"

#include <vhm/host/host.h>
#include <vhm/sim/diagnosis.h>

/* Guests and their settings; vhm_diagnosed_free. */
struct vhm_diagnosed *diagnose_what (const struct vhm_case *c);

/* Before the run: every expression and threshold fits the counters it will have. */
bool diagnose_check (const struct vhm_rules *rules, const struct vhm_case *c,
                     GError **error);
/* Fills result->diagnosis from the one run, and adds the classes as series. */
bool command_diagnose (const struct vhm_rules *rules, const struct vhm_case *c,
                       struct vhm_result *result, GError **error);

/* The same by the rules of the program. */
bool diagnose_by_own_rules (const struct vhm_case *c,
                            struct vhm_result *result, GError **error);

/* Runs the case again, many times: fills `alone` and `remedies` of
 * result->diagnosis. */
bool diagnose_again (const struct again_scene *scene,
                     const struct vhm_rules *rules, struct vhm_result *result,
                     GError **error);

/* --- its parts --- */

/* The line of the scenario that a guest is of. */
const struct vhm_case_guest *diagnose_line (const struct vhm_case *c,
                                            const char *name);
/* Most memory that the host could give a guest if it were alone. */
uint64_t diagnose_most_bytes (const struct vhm_case *c,
                              const struct vhm_case_guest *g);
/* "guests.LINEKEY=N MiB", rounded up; without a line "KEY=N MiB". */
char *diagnose_set_bytes (const char *line, const char *key, uint64_t bytes);
/* Adds what raises its maximum to so much. */
void diagnose_set_maximum (GPtrArray *set, const struct vhm_case_guest *g,
                           uint64_t bytes);
/* The host without what the rules call spare; g_strfreev. */
char **diagnose_less_host (const struct vhm_case *c,
                           const struct vhm_rules *rules);
/* What a host needs to run a guest alone as it is set; g_strfreev. */
char **diagnose_alone (const struct vhm_case *c,
                       const struct vhm_case_guest *g);
/* What makes a guest unlimited; g_strfreev. */
char **diagnose_unlimited (const struct vhm_case *c,
                           const struct vhm_case_guest *g);
/* Runs alone and unlimited of each guest that did operations; their names. */
GPtrArray *diagnose_alone_runs (const struct again_scene *scene,
                                const struct vhm_result *here,
                                GPtrArray *guests, GError **error);
void diagnose_take_alone (struct vhm_diagnosis *d,
                          const struct vhm_result *here, const GPtrArray *runs,
                          const GPtrArray *guests);
/* Tries changes; fills `remedies`. `alone` must be there. */
bool diagnose_remedies (const struct again_scene *scene,
                        const struct vhm_rules *rules,
                        struct vhm_result *result, GError **error);

#endif
