/* A report: the answer of a run as files that a person or a program reads.
 *
 *   result.json   everything but the samples
 *   series.csv    one row a sample, one column a series, unit in its name
 *   FIGURE.svg    and FIGURE.png, one pair a figure
 *   report.html   self-contained: opens without network, prints well
 *
 * Same result, same bytes, but for figures drawn by another gnuplot.
 */
#ifndef VHM_REPORT_REPORT_H
#define VHM_REPORT_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include <vhm/sim/result.h>

/* One figure that a scenario asks for. */
struct vhm_figure_request {
  const char *id;    /* "commit", or a published one it stands for: "fig-20" */
  const char *title; /* NULL: the figure's own */
  double from_s, to_s;          /* since the start; to_s = 0: to the end */
  const char *const *instances; /* guests to draw; NULL-terminated, or NULL
                                   for all */
};

struct vhm_report_options {
  const struct vhm_figure_request *figures; /* none: every figure, whole run */
  size_t n_figures;
  const char *command; /* for the provenance, or NULL */
  bool skip_figures;
  unsigned limit_s; /* for each figure; 0: a minute */
};

/* Writes all of it. When gnuplot is missing or a figure fails everything else
 * is written all the same, and the error is VHM_ERROR_TOOL. */
bool vhm_report_write (const struct vhm_result *result, const char *out_dir,
                       const struct vhm_report_options *options,
                       GError **error);

/* Every id that a request may name, NULL-terminated; g_strfreev. */
char **vhm_report_figure_ids (void);

/* What the figure of this id shows, in a line; NULL if there is none. g_free
 * it. */
char *vhm_report_figure_title (const char *id);

/* Each a part of it, as text. */
char *vhm_report_json (const struct vhm_result *result, const char *command,
                       size_t *ret_size);
char *vhm_report_csv (const struct vhm_result *result, size_t *ret_size);

/* The expectations as an aligned table for a terminal; `color` adds ANSI
 * colours. Freed by the caller. */
char *vhm_report_table (const struct vhm_result *result, bool color);

/* "PASS", "FAIL", "KNOWN MISS", "SURPRISE". */
const char *vhm_expect_state_name (enum vhm_expect_state state);

#endif
