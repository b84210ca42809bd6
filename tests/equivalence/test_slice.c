/* One minute of the case study in both modes: the minute in which guest 5
 * soaks, gets what the host has left, and pages. Every number of the report
 * (counters of guests, balancer, host and disk, throughput, latencies, ledger)
 * is compared; the wall time of a run in each mode is printed.
 *
 * In the case study this takes hours; here guest 5 allocates some twenty times
 * as fast, and guests report from the first seconds on.
 */
#include "runs.h"
#include "suite.h"

#define N_RUNS 12

static const char *const settings[] = {
  "duration=60 s",
  "sample=5 s",
  "host.report_after=5 s",
  "host.paging=none",
  "timeline=[]",
  "expect=[]",
  "figures=[]",
  "assumed=[]",
  "guests.guest5.workloads=[{kind: idle, commit: 400 MiB, breathing: 80 MiB}, "
  "{kind: gc_heap, threads: 4, heap: 11 GiB, references: 100_000, "
  "budget: 62 %, allocation: 6, growth: 8, hot: 60 %, hot_weight: 99.95 %, "
  "steps: [{after: 0 s, live: 4.4 GiB}]}]",
};

static struct vhm_scenario *
slice_in_mode (enum mode mode)
{
  g_autoptr (GError) error = NULL;
  const char *overrides[G_N_ELEMENTS (settings) + 2] = { NULL };
  g_autofree char *reference
      = g_strdup_printf ("reference=%s", mode_names[mode]);
  memcpy (overrides, settings, sizeof settings);
  overrides[G_N_ELEMENTS (settings)] = reference;
  const struct vhm_scenario_rules rules = { .schema = &vhm_case_schema,
                                            .registry = vhm_all_plugins,
                                            .presets = vhm_embedded_presets,
                                            .overrides = overrides };
  g_autofree char *text = NULL;
  gsize length;
  ck_assert (g_file_get_contents (
      VHM_SOURCE_DIR "/scenarios/five-guest-12gb.yaml", &text, &length, NULL));
  struct vhm_scenario *s = vhm_scenario_read_text ("five-guest-12gb.yaml", text,
                                                   length, &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  return s;
}

/* The slice is worth comparing: guest 5 was given memory, and paged. */
static void
require_eventful (const struct numbers *n)
{
  for (guint k = 0; k < n->names->len; k++) {
    const char *name = n->names->pdata[k];
    double value = g_array_index (n->values, double, k);
    if (strcmp (name, "guest5.pages_input_per_s") == 0)
      ck_assert_double_gt (value, 100);
    if (strcmp (name, "guest5.add_operations") == 0)
      ck_assert_double_gt (value, 5);
  }
}

START_TEST (the_report_is_the_same_in_both_modes)
{
  g_autoptr (GArray) all = comparisons_new ();
  struct batch batch;
  batch_init (&batch, N_RUNS);
  for (int mode = 0; mode < N_MODES; mode++)
    batch.scenario[mode] = slice_in_mode ((enum mode) mode);
  batch_run (&batch);
  require_eventful (&batch.numbers[EVERY][0]);
  batch_compare (all, "slice", batch.numbers[NEXT_FAULT], batch.numbers[EVERY],
                 N_RUNS, NULL);
  guint n = judge (all, N_RUNS);
  print_comparisons (all, mode_names[NEXT_FAULT], mode_names[EVERY]);
  printf ("%u numbers, %d runs in each mode: %u rejected at %g together\n",
          all->len, N_RUNS, n, FAMILY_ERROR);
  for (int mode = 0; mode < N_MODES; mode++)
    printf ("wall time of a run, %s: %.2f s\n", mode_names[mode],
            batch.wall_s[mode] / N_RUNS);
  fflush (stdout);
  batch_clear (&batch);
  ck_assert_uint_eq (n, 0);
}
END_TEST

SUITE ("slice", tcase_add_test (tc, the_report_is_the_same_in_both_modes);)
