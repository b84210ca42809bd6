/* What a figure script declares about itself, and a figure ready to draw. */
#ifndef VHM_REPORTS_FIGURE_H
#define VHM_REPORTS_FIGURE_H

#include <vhm/report/report.h>
#include <vhm/sim/embedded.h>

#include "gnuplot.h"

/* A published figure that a script can stand for. */
struct published {
  char *id;      /* "fig-20" */
  char *meaning; /* how the drawing maps to it */
};

/* The head comment of a script:
 *
 *   # id: commit
 *   # title: Committed Bytes and Commit Limit
 *   # caption: one sentence
 *   # each: guest                one figure a guest; else all guests in one
 *   # series: *.committed_bytes  needed; * stands for the guests
 *   # maybe: balancer.available_memory     drawn if it is there
 *   # table: ledger              the data are the cycle ledger
 *   # table: translation         or what translation would cost
 *   # section: diagnosis        it stands there, and nobody need ask for it
 *   # gaps: hold                 fill gaps with the sample before, and the
 *                               time when a guest is not there with 0
 *   # fig-20: how this maps to the published figure
 */
struct figure {
  char *id, *title, *caption;
  bool is_each, is_ledger, is_translation, is_diagnosis, holds_gaps;
  bool needs_some; /* not drawn where all of its first series is 0 */
  GPtrArray *patterns;  /* char *, needed ones first by position */
  GArray *is_needed;    /* bool, one a pattern */
  GPtrArray *published; /* struct published * */
  const char *script;   /* the whole embedded text */
};

/* The embedded scripts that declare themselves. GPtrArray of struct figure. */
GPtrArray *vhm_figure_list_new (void);
/* One from its text; NULL if that declares no id. */
struct figure *vhm_figure_new (const char *script);
void vhm_figure_free (struct figure *figure);

/* A drawing: a script applied to a part of a result. */
struct drawing {
  const struct figure *figure;
  char *name; /* of its files, without suffix; letters, digits, -, _ */
  char *title, *caption;
  char *mapping; /* to the published figure, or NULL */
  double from_s, to_s;
  GPtrArray *groups;   /* one a pattern: GPtrArray of const struct vhm_series */
  unsigned n_left_out; /* guests not drawn to keep it readable */
  struct vhm_series *others; /* their sum in a stack; owned, or NULL */
  char *svg;                 /* filled when it has been drawn */
};

/* What can be drawn of this result. GPtrArray of struct drawing. The ids of
 * requests for which there are no data go to `missing`. */
GPtrArray *vhm_drawing_list_new (const GPtrArray *figures,
                                 const struct vhm_result *result,
                                 const struct vhm_report_options *options,
                                 GString *missing);

/* The data file and the commands that go before the script. */
char *vhm_drawing_data (const struct drawing *drawing,
                        const struct vhm_result *result);
char *vhm_drawing_preamble (const struct drawing *drawing,
                            const struct vhm_result *result);

/* Draws one into out_dir and keeps the SVG. */
bool vhm_drawing_draw (struct drawing *drawing, const struct vhm_result *result,
                       const struct gnuplot *gnuplot, const char *out_dir,
                       GError **error);

#endif
