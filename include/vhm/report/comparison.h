/* Versions of a scenario side by side: for each quantity the difference of pairs
 * of runs that share their seed, as table, JSON and CSV. Filled by the command
 * that ran them.
 *
 *   compare.json   everything
 *   compare.csv    one row a difference
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
  char *inputs; /* YAML, every default written out */
};

/* One quantity of the first version beside that of another. */
struct vhm_comparison_row {
  guint other;         /* number of the version */
  char *instance, *key;
  char *help;          /* or NULL */
  enum vhm_unit unit;
  guint n_missing;     /* pairs in which one of the two has no value; then there
                          is no `paired`, no p */
  struct vhm_paired paired;
  double p;            /* adjusted for all rows together */
  bool is_shown;       /* a difference, at the asked confidence */
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
};

struct vhm_comparison *vhm_comparison_new (void);
void vhm_comparison_free (struct vhm_comparison *comparison);

/* Fills p and is_shown of all rows from their pairs. */
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

bool vhm_comparison_write (const struct vhm_comparison *comparison,
                           const char *out_dir, GError **error);

typedef struct vhm_comparison vhm_comparison; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_comparison, vhm_comparison_free)

#endif
