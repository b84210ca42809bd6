/* Errors of the user's input and surroundings: GError in one domain, codes by
 * what the caller can do about it. Simulated failures are values, bugs abort
 * (require.h). */
#ifndef VHM_BASE_ERROR_H
#define VHM_BASE_ERROR_H

#include <glib.h>

#define VHM_ERROR (vhm_error_quark ())

enum vhm_error {
  VHM_ERROR_USAGE,    /* the command line; exit status 2 */
  VHM_ERROR_SCENARIO, /* the scenario or other input data; exit status 3 */
  VHM_ERROR_IO,       /* files and folders; exit status 4 */
  VHM_ERROR_TOOL,     /* an external program is missing or failed */
  VHM_N_ERRORS
};

GQuark vhm_error_quark (void);

#endif
