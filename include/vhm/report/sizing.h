/* How much memory a guest needs: one row a size, what it shows, and the answer, as
 * table, JSON, CSV, figure and page. Filled by the command that ran the sizes.
 *
 *   size.json         everything
 *   size.csv          one row a size
 *   size.svg .png     paging rate and slow-down against size
 *   report.html       self-contained
 *
 * Same sizing, same bytes, but for a figure drawn by another gnuplot.
 */
#ifndef VHM_REPORT_SIZING_H
#define VHM_REPORT_SIZING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include <vhm/sim/sizing.h>
#include <vhm/sim/stats.h>

/* One size: means of its runs, each with the half width of its interval (NAN where
 * one run was enough, see vhm_sizing). */
struct vhm_sizing_row {
  uint64_t bytes;
  guint n_runs;
  struct vhm_interval paging_per_s;     /* Pages Input/s */
  struct vhm_interval worst_hour_per_s; /* its greatest mean over an hour */
  struct vhm_interval slowdown;         /* 0.05: 5 % */
  struct vhm_interval operations_per_s, references_per_s;
  struct vhm_interval latency_p95_s;
  double n_refused;     /* requests for memory, in a run */
  double blocked_share; /* of its processors' time: waiting for pages */
};

struct vhm_sizing {
  char *scenario, *guest;
  char *question;      /* or NULL */
  const char *version; /* of the program */
  const char *work;    /* what is counted as work: "page references" */
  uint64_t seed;       /* of the first run; then seed + 1 ... */
  guint n_runs;        /* of a size, unless one was enough */
  guint n_group;       /* guests of that name, all of that size */
  double confidence;
  double enough_from, enough_to; /* one run is enough where it shows less slow-down
                                    than the first, or more than the second */
  double start_s, from_s, to_s; /* wall clock: of the run; judged from, to */
  bool is_alone;
  uint64_t host_bytes, host_most_bytes; /* of the scenario; largest made here */
  struct vhm_sizing_question asked;
  struct vhm_sizing_answer answer;
  uint64_t maximum_bytes; /* of the guest, in the scenario */
  uint64_t ample_bytes;   /* what slow-downs are against */
  bool is_ample;   /* it neither pages nor refuses, or more would change nothing */
  GArray *rows;    /* struct vhm_sizing_row, by size */
  GArray *points;  /* struct vhm_sizing_point, the same */
};

struct vhm_sizing *vhm_sizing_new (void);
void vhm_sizing_free (struct vhm_sizing *sizing);

/* Each as text; g_free it. */
char *vhm_sizing_table (const struct vhm_sizing *sizing);
/* What was found, a sentence a line; what speaks against it, likewise ("" if
 * nothing does). */
char *vhm_sizing_words (const struct vhm_sizing *sizing);
char *vhm_sizing_doubts (const struct vhm_sizing *sizing);
/* How it was done, one paragraph. */
char *vhm_sizing_method (const struct vhm_sizing *sizing);
char *vhm_sizing_json (const struct vhm_sizing *sizing, size_t *ret_size);
char *vhm_sizing_csv (const struct vhm_sizing *sizing);

/* All files. Without gnuplot everything but the figure is written, and the error
 * is VHM_ERROR_TOOL. */
bool vhm_sizing_write (const struct vhm_sizing *sizing, const char *out_dir,
                       bool skip_figures, GError **error);

typedef struct vhm_sizing vhm_sizing; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_sizing, vhm_sizing_free)

#endif
