/* Comparisons made by hand, for tests of what is said of them. */
#ifndef VHM_TESTS_TWO_VERSIONS_H
#define VHM_TESTS_TWO_VERSIONS_H

#include "report_folder.h"

#include <math.h>

#include <vhm/report/comparison.h>

static inline void
comparison_add_version (struct vhm_comparison *c, const char *name)
{
  struct vhm_comparison_version version
      = { g_strdup (name), g_strdup ("host.cpus: 2"), g_strdup ("seed: 1\n") };
  g_array_append_val (c->versions, version);
}

/* `paired` NULL: three pairs have no value. */
static inline struct vhm_comparison_row *
comparison_add_row (struct vhm_comparison *c, guint other, const char *who,
                    const char *key, enum vhm_unit unit,
                    const struct vhm_paired *paired)
{
  struct vhm_comparison_row row = { .other = other,
                                    .instance = g_strdup (who),
                                    .key = g_strdup (key),
                                    .unit = unit,
                                    .is_usual = true,
                                    .n_missing = paired ? 0 : 3 };
  if (paired)
    row.paired = *paired;
  g_array_append_val (c->rows, row);
  return &g_array_index (c->rows, struct vhm_comparison_row, c->rows->len - 1);
}

static inline void
comparison_add_account (struct vhm_comparison *c, guint version,
                        const char *guest, const char *account, double cyc)
{
  struct vhm_comparison_account a
      = { version, g_strdup (guest), account, cyc };
  g_array_append_val (c->accounts, a);
}

static inline void
comparison_add_curve (struct vhm_comparison *c, guint chart, guint version,
                      const char *guest, const double values[3])
{
  struct vhm_comparison_curve curve
      = { chart, version, g_strdup (guest), 10,
          g_array_new (FALSE, FALSE, sizeof (double)) };
  g_array_append_vals (curve.values, values, 3);
  g_array_append_val (c->curves, curve);
}

static inline void
comparison_add_chart (struct vhm_comparison *c, const char *id,
                      enum vhm_unit unit, bool is_relative)
{
  struct vhm_comparison_chart chart
      = { id, "Held", "Memory held.", "held", unit, is_relative };
  g_array_append_val (c->charts, chart);
}

/* Two guests, of which `web` loses a third of its work to paging in the second
 * version; `db` does as before. */
static inline struct vhm_comparison *
two_versions (const char *first, const char *second)
{
  struct vhm_comparison *c = vhm_comparison_new ();
  c->scenario = g_strdup ("s.yaml");
  c->question = g_strdup ("Which?");
  c->version = "1.2.3";
  c->seed = 7;
  c->n_runs = 4;
  c->confidence = 0.95;
  comparison_add_version (c, first);
  comparison_add_version (c, second);
  const struct vhm_paired fewer = { { 300, 200 }, -100, 6, 0.0001 };
  const struct vhm_paired same = { { 50, 50.1 }, 0.1, 1, 0.5 };
  const struct vhm_paired blocked = { { 0, 30 }, 30, 1, 0.0001 };
  comparison_add_row (c, 1, "web", "operations_per_s", VHM_UNIT_PER_S, &fewer);
  comparison_add_row (c, 1, "db", "operations_per_s", VHM_UNIT_PER_S, &same);
  comparison_add_row (c, 1, "web", "ledger: blocked on guest paging",
                      VHM_UNIT_CYCLES, &blocked);
  for (guint v = 0; v < 2; v++) {
    comparison_add_account (c, v, "web", "compute", v ? 60 : 90);
    comparison_add_account (c, v, "web", "blocked on guest paging",
                            v ? 30 : 0);
    comparison_add_account (c, v, "web", "idle", 10);
    comparison_add_account (c, v, "db", "idle", 100);
  }
  comparison_add_chart (c, "compare-held", VHM_UNIT_BYTES, false);
  comparison_add_chart (c, "compare-work", VHM_UNIT_PER_S, true);
  comparison_add_curve (c, 0, 0, "web", (double[]){ 1 << 20, 2 << 20, 3 << 20 });
  comparison_add_curve (c, 0, 1, "web", (double[]){ 1 << 20, NAN, 1 << 20 });
  comparison_add_curve (c, 1, 0, "web", (double[]){ 2, 4, 6 });
  comparison_add_curve (c, 1, 1, "web", (double[]){ 1, 2, 3 });
  vhm_comparison_judge (c);
  return c;
}

#endif
