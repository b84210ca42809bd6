/* Diagnosis of a run of a case. */
#ifndef SIM_COMMAND_DIAGNOSE_H
#define SIM_COMMAND_DIAGNOSE_H

#include "command.h"

#include <vhm/sim/diagnosis.h>

/* Guests and their settings; vhm_diagnosed_free. */
struct vhm_diagnosed *diagnose_what (const struct vhm_case *c);

/* Before the run: every expression and threshold fits the counters it will have. */
bool diagnose_check (const struct vhm_rules *rules, const struct vhm_case *c,
                     GError **error);
/* Fills result->diagnosis from the one run, and adds the classes as series. */
bool command_diagnose (const struct vhm_rules *rules, const struct vhm_case *c,
                       struct vhm_result *result, GError **error);

#endif
