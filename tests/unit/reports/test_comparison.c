/* Versions side by side, as tables and files. */
#include "report_folder.h"
#include "suite.h"

#include <math.h>

#include <vhm/report/comparison.h>

static void
add_version (struct vhm_comparison *c, const char *name)
{
  struct vhm_comparison_version version
      = { g_strdup (name), g_strdup ("seed: 1\n") };
  g_array_append_val (c->versions, version);
}

static void
add_row (struct vhm_comparison *c, guint other, const char *key,
         enum vhm_unit unit, const struct vhm_paired *paired)
{
  struct vhm_comparison_row row = { .other = other,
                                    .instance = g_strdup ("web"),
                                    .key = g_strdup (key),
                                    .unit = unit,
                                    .n_missing = paired ? 0 : 3 };
  if (paired)
    row.paired = *paired;
  g_array_append_val (c->rows, row);
}

/* p of 0.02, 0.001 and 0.04: 0.04, 0.003 and 0.04 after Holm. */
static struct vhm_comparison *
three_rows (void)
{
  struct vhm_comparison *c = vhm_comparison_new ();
  c->scenario = g_strdup ("s.yaml");
  c->version = "1.2.3";
  c->seed = 7;
  c->n_runs = 4;
  c->confidence = 0.95;
  c->n_zero = 5;
  add_version (c, "as-is");
  add_version (c, "a \"b\", c");
  add_version (c, "third");
  const struct vhm_paired slower = { { 0.002, 0.003 }, 0.001, 0.0005, 0.02 };
  const struct vhm_paired fewer = { { 200, 150 }, -50, 10, 0.001 };
  const struct vhm_paired more = { { 0, 2e12 }, 2e12, 1e12, 0.04 };
  add_row (c, 1, "latency_p99", VHM_UNIT_SECONDS, &slower);
  add_row (c, 1, "operations_per_s", VHM_UNIT_PER_S, &fewer);
  add_row (c, 1, "mean page_reads_per_s", VHM_UNIT_PER_S, NULL);
  add_row (c, 2, "ledger: idle", VHM_UNIT_CYCLES, &more);
  vhm_comparison_judge (c);
  return c;
}

static const struct vhm_comparison_row *
row_at (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

START_TEST (all_rows_with_values_are_judged_together)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  ck_assert_double_eq_tol (row_at (c, 0)->p, 0.04, 1e-15);
  ck_assert_double_eq_tol (row_at (c, 1)->p, 0.003, 1e-15);
  ck_assert (isnan (row_at (c, 2)->p));
  ck_assert_double_eq_tol (row_at (c, 3)->p, 0.04, 1e-15);
  ck_assert (row_at (c, 0)->is_shown && row_at (c, 1)->is_shown);
  ck_assert (!row_at (c, 2)->is_shown && row_at (c, 3)->is_shown);
  c->confidence = 0.99;
  vhm_comparison_judge (c);
  ck_assert (!row_at (c, 0)->is_shown && row_at (c, 1)->is_shown);
  ck_assert (!row_at (c, 3)->is_shown);
}
END_TEST

START_TEST (the_table_says_which_differ_in_units)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  c->confidence = 0.99;
  vhm_comparison_judge (c);
  g_autofree char *text = vhm_comparison_table (c);
  ck_assert_str_eq (
      text,
      "OTHER: \"a \"b\", c\", compared with FIRST: \"as-is\"\n"
      "WHO  QUANTITY                FIRST   OTHER  DIFFERENCE  +- (99 %)  "
      "RELATIVE       P\n"
      "web  latency_p99              2 ms    3 ms       +1 ms   500.0 us  "
      "+50.00 %  0.0400  no difference shown\n"
      "web  operations_per_s       200 /s  150 /s      -50 /s      10 /s  "
      "-25.00 %  0.0030  lower\n"
      "web  mean page_reads_per_s       -       -           -          -  "
      "       -       -  no value in 3 of 4 pairs\n"
      "\n"
      "OTHER: \"third\", compared with FIRST: \"as-is\"\n"
      "WHO  QUANTITY         FIRST       OTHER   DIFFERENCE   +- (99 %)  "
      "RELATIVE       P\n"
      "web  ledger: idle  0 cycles  2 T cycles  +2 T cycles  1 T cycles  "
      "       -  0.0400  no difference shown\n"
      "\n"
      "1 of 3 differences shown. Means of 4 runs each; the runs of a pair "
      "share "
      "their\nseed, 7 to 10. +-: Student's interval of the difference by "
      "itself. P: the chance\nof so much where there is no difference, "
      "adjusted (Holm) for all 3. 5 more are 0\nin every run.\n");
}
END_TEST

START_TEST (files_hold_every_number_with_its_unit)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  size_t size;
  g_autofree char *json = vhm_comparison_json (c, &size);
  ck_assert_uint_eq (size, strlen (json));
  ck_assert_ptr_nonnull (strstr (json, "\"schema\": \"vhm-compare/1\""));
  ck_assert_ptr_nonnull (strstr (json, "\"other\": \"a \\\"b\\\", c\""));
  ck_assert_ptr_nonnull (strstr (json, "\"difference\": 0.001,"));
  ck_assert_ptr_nonnull (strstr (json, "\"relative\": null"));
  ck_assert_ptr_nonnull (strstr (json, "\"pairs_without_value\": 3"));
  ck_assert_ptr_nonnull (strstr (json, "\"inputs\": \"seed: 1\\n\""));
  g_autofree char *csv = vhm_comparison_csv (c);
  ck_assert_str_eq (
      csv, "first,other,instance,quantity,unit,first_mean,other_mean,"
           "difference,half_width,relative,p_adjusted,difference_shown\n"
           "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"latency_p99\",seconds,"
           "0.002,0.003,0.001,0.0005,0.5,0.04,true\n"
           "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"operations_per_s\",per_s,"
           "200,150,-50,10,-0.25,0.003,true\n"
           "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"mean page_reads_per_s\","
           "per_s,,,,,,,false\n"
           "\"as-is\",\"third\",\"web\",\"ledger: idle\",cycles,"
           "0,2000000000000,2000000000000,1000000000000,,0.04,true\n");
}
END_TEST

START_TEST (both_files_are_written)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  ck_assert (vhm_comparison_write (c, folder, &error));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "compare.csv compare.json");
  g_autofree char *csv = vhm_comparison_csv (c);
  g_autofree char *written = content (folder, "compare.csv");
  ck_assert_str_eq (written, csv);
  remove_folder (folder);
}
END_TEST

START_TEST (nothing_to_judge_is_no_mistake)
{
  g_autoptr (vhm_comparison) c = vhm_comparison_new ();
  c->confidence = 0.95;
  vhm_comparison_judge (c);
  ck_assert_uint_eq (c->rows->len, 0);
}
END_TEST

SUITE ("comparison",
       tcase_add_test (tc, all_rows_with_values_are_judged_together);
       tcase_add_test (tc, the_table_says_which_differ_in_units);
       tcase_add_test (tc, files_hold_every_number_with_its_unit);
       tcase_add_test (tc, both_files_are_written);
       tcase_add_test (tc, nothing_to_judge_is_no_mistake);)
