/* What translation costs: one row a kind of paging and page sizes, as table,
 * JSON, CSV and figures. Filled by the command that measured it.
 *
 *   translate.json            everything
 *   translate.csv             one row a row
 *   translate-steps.csv       one row a step of a walk
 *   translate-parts.svg .png  where a visit's cycles go
 *   translate-steps.svg .png  two-dimensional walks, step by step
 */
#ifndef VHM_REPORT_WALKS_H
#define VHM_REPORT_WALKS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define VHM_REPORT_WALK_LEVELS 6 /* 0..5 */

/* Cycles are of the processor's clock; "a visit" is one visit to a page. */
struct vhm_walks_row {
  const char *paging; /* "SLAT" */
  char *pages;        /* "4K", "4K+2M": guest's and host's */
  bool has_host;      /* a second dimension, for the steps */
  unsigned guest_levels, host_levels;
  uint64_t n_visits, n_warm_up;
  bool is_warm, is_precise;
  double total_cyc, total_half_cyc;     /* a visit; half width of interval */
  double exposed_cyc, exposed_half_cyc; /* a visit, due to translation */
  /* exposed_cyc once more, by part in proportion to latencies */
  double l2_tlb_cyc, guest_cyc, host_cyc;
  double l1_miss, l2_miss;    /* share of visits; of TLBs */
  double walk_cyc;            /* latency of a walk */
  double references, dram;    /* a walk; dram: those that reached memory */
  double ratio;               /* total_cyc / that of the native row of the
                                 guest's page size; NAN if there is none */
  /* a walk, by guest level and host level (0: data page, guest's entry) */
  double step_cyc[VHM_REPORT_WALK_LEVELS][VHM_REPORT_WALK_LEVELS];
  double step_references[VHM_REPORT_WALK_LEVELS][VHM_REPORT_WALK_LEVELS];
};

struct vhm_walks {
  char *cpu, *visits; /* one line each: what was measured */
  char *inputs;       /* YAML, every default written out */
  const char *version;
  uint64_t seed;
  double confidence;
  GArray *rows; /* struct vhm_walks_row */
};

struct vhm_walks *vhm_walks_new (void);
void vhm_walks_free (struct vhm_walks *walks);

/* Each as text; g_free it. */
char *vhm_walks_table (const struct vhm_walks *walks);
char *vhm_walks_steps_table (const struct vhm_walks *walks);
char *vhm_walks_json (const struct vhm_walks *walks, size_t *ret_size);
char *vhm_walks_csv (const struct vhm_walks *walks);
char *vhm_walks_steps_csv (const struct vhm_walks *walks);

/* All files. Without gnuplot everything but the figures is written, and the
 * error is VHM_ERROR_TOOL. */
bool vhm_walks_write (const struct vhm_walks *walks, const char *out_dir,
                      bool skip_figures, GError **error);

/* The figures alone. */
bool vhm_walks_draw (const struct vhm_walks *walks, const char *out_dir,
                     GError **error);

typedef struct vhm_walks vhm_walks; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_walks, vhm_walks_free)

#endif
