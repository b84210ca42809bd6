/* Versions of a scenario side by side: for each quantity the difference of pairs
 * of runs that share their seed, as table, JSON, CSV and page. Filled by the
 * command that ran them.
 *
 *   compare.json         everything but the curves
 *   compare.csv          one row a difference
 *   compare-series.csv   one row a moment of a curve
 *   compare-*.svg .png   figures
 *   report.html          self-contained: which, by how much, why
 *
 * Same comparison, same bytes, but for figures drawn by another gnuplot.
 */
#ifndef VHM_REPORT_COMPARISON_H
#define VHM_REPORT_COMPARISON_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include <vhm/sim/result.h>
#include <vhm/sim/stats.h>

struct vhm_comparison_version {
  char *name;
  char *changes; /* what makes it: "PATH: VALUE", a line each; or NULL */
  char *inputs;  /* YAML, every default written out */
};

/* One quantity of the first version beside that of another. */
struct vhm_comparison_row {
  guint other;         /* number of the version */
  char *instance, *key;
  char *help;          /* or NULL */
  enum vhm_unit unit;
  bool is_usual;       /* of the first family; see vhm_comparison_judge */
  guint n_missing;     /* pairs in which one of the two has no value; then there
                          is no difference, no p, and the means are of the
                          values that there are, NAN if none */
  struct vhm_paired paired;
  double p;            /* adjusted for all rows of its family together */
  double half_width;   /* of an interval as wide as the row's test, which leaves
                          out 0 where is_shown; paired.half_width: by itself */
  bool is_shown;       /* a difference, at the asked confidence */
};

/* A kind of curve that is drawn for guests and versions side by side. */
struct vhm_comparison_chart {
  const char *id;             /* of its files */
  const char *title, *caption, *axis; /* axis without the unit */
  enum vhm_unit unit;
  bool is_relative; /* drawn in percent of the first version's mean */
};

/* One guest in one version, mean of the runs. */
struct vhm_comparison_curve {
  guint chart, version;
  char *guest;
  double step_s; /* values stand for times from i step_s to (i + 1) step_s */
  GArray *values; /* double; NAN: no sample in any run */
};

/* An account of the cycle ledger of a guest, mean of the runs of a version. */
struct vhm_comparison_account {
  guint version;
  char *guest;
  const char *account;
  double cyc;
};

struct vhm_comparison {
  char *scenario, *question; /* or NULL */
  const char *version;       /* of the program */
  uint64_t seed;             /* of the first pair; then seed + 1 ... */
  guint n_runs;              /* of each version */
  double confidence;
  guint n_zero;      /* quantities of a pair left out: 0 in every run of both */
  GArray *versions;  /* struct vhm_comparison_version */
  GArray *rows;      /* struct vhm_comparison_row, by version */
  GArray *zeros;     /* the same of what was left out, without numbers */
  GArray *charts;    /* struct vhm_comparison_chart */
  GArray *curves;    /* struct vhm_comparison_curve */
  GArray *accounts;  /* struct vhm_comparison_account, by version */
  GHashTable *places; /* of rows, for look-up only; made by judging */
};

struct vhm_comparison *vhm_comparison_new (void);
void vhm_comparison_free (struct vhm_comparison *comparison);

/* Fills p, half_width and is_shown of all rows from their pairs. Usual rows are
 * judged together, and so are the others, so that asking for more changes no
 * verdict. */
void vhm_comparison_judge (struct vhm_comparison *comparison);

/* Each as text; g_free it. */
char *vhm_comparison_table (const struct vhm_comparison *comparison);
/* One table of the quantities with these keys (NULL at the end), a column a
 * version; "mean " before a counter's key may be left out. */
char *vhm_comparison_side_by_side (const struct vhm_comparison *comparison,
                                   const char *const *keys);
char *vhm_comparison_json (const struct vhm_comparison *comparison,
                           size_t *ret_size);
char *vhm_comparison_csv (const struct vhm_comparison *comparison);
char *vhm_comparison_series_csv (const struct vhm_comparison *comparison);

/* What the page says first: one sentence a version, which is better, by how
 * much and why, as HTML. */
char *vhm_comparison_verdict_html (const struct vhm_comparison *comparison);

/* All files. Without gnuplot everything but the figures is written, and the
 * error is VHM_ERROR_TOOL. */
bool vhm_comparison_write (const struct vhm_comparison *comparison,
                           const char *out_dir, bool skip_figures,
                           GError **error);

typedef struct vhm_comparison vhm_comparison; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_comparison, vhm_comparison_free)

#endif
