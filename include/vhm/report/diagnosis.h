/* A diagnosis as people read it. */
#ifndef VHM_REPORT_DIAGNOSIS_H
#define VHM_REPORT_DIAGNOSIS_H

#include <vhm/sim/diagnosis.h>
#include <vhm/sim/json.h>

/* For a terminal: class, its time, who suffers, signals, and what re-running told.
 * g_free it. */
char *vhm_diagnosis_text (const struct vhm_result *result);
/* The value of a key "diagnosis". */
void vhm_diagnosis_put_json (struct vhm_json *json,
                             const struct vhm_diagnosis *diagnosis);

#endif
