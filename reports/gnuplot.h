/* gnuplot, the only program we start. */
#ifndef VHM_REPORTS_GNUPLOT_H
#define VHM_REPORTS_GNUPLOT_H

#include <glib.h>
#include <stdbool.h>

/* A text as a gnuplot string. The only way for a name or a title into a
 * script. */
char *vhm_gnuplot_quote (const char *text);

struct gnuplot {
  char *path;
  unsigned limit_s; /* for one run */
};

/* Path of gnuplot, or NULL with a VHM_ERROR_TOOL that says how to get it. */
char *vhm_gnuplot_find (GError **error);

/* Runs `script`, a file in `folder`, there. What gnuplot complains about is in
 * the error. */
bool vhm_gnuplot_run (const struct gnuplot *gnuplot, const char *folder,
                      const char *script, GError **error);

#endif
