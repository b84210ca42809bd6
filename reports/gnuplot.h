/* gnuplot, the only program we start. */
#ifndef VHM_REPORTS_GNUPLOT_H
#define VHM_REPORTS_GNUPLOT_H

#include <glib.h>
#include <stdbool.h>

/* A text as a gnuplot string. The only way for a name or a title into a
 * script. */
char *gnuplot_quote (const char *text);

/* Path of gnuplot, or NULL with a VHM_ERROR_TOOL that says how to get it. */
char *gnuplot_find (GError **error);

/* Runs `script`, a file in `folder`, there, and waits no longer than
 * `limit_s`. What gnuplot complains about is in the error. */
bool gnuplot_run (const char *program, const char *folder, const char *script,
                  unsigned limit_s, GError **error);

#endif
