/* Versions side by side, as tables and files. */
#include "suite.h"
#include "two_versions.h"

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
  comparison_add_version (c, "as-is");
  comparison_add_version (c, "a \"b\", c");
  comparison_add_version (c, "third");
  const struct vhm_paired slower = { { 0.002, 0.003 }, 0.001, 0.0005, 0.02 };
  const struct vhm_paired fewer = { { 200, 150 }, -50, 10, 0.001 };
  const struct vhm_paired more = { { 0, 2e12 }, 2e12, 1e12, 0.04 };
  comparison_add_row (c, 1, "web", "latency_p99", VHM_UNIT_SECONDS, &slower);
  comparison_add_row (c, 1, "web", "operations_per_s", VHM_UNIT_PER_S, &fewer);
  comparison_add_row (c, 1, "web", "mean page_reads_per_s", VHM_UNIT_PER_S,
                      NULL);
  comparison_add_row (c, 2, "web", "ledger: idle", VHM_UNIT_CYCLES, &more);
  vhm_comparison_judge (c);
  return c;
}

static struct vhm_comparison_row *
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

/* As wide as Holm's test of the row: e / 3, e / 2, e, of t with 3 degrees. */
START_TEST (an_interval_leaves_out_0_where_a_difference_is_shown)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  const double t_e = 3.182446305, t_e2 = 4.176534847, t_e3 = 4.8567;
  ck_assert_double_eq_tol (row_at (c, 1)->half_width, 10 * t_e3 / t_e, 1e-3);
  ck_assert_double_eq_tol (row_at (c, 0)->half_width, 0.0005 * t_e2 / t_e,
                           1e-10);
  ck_assert_double_eq_tol (row_at (c, 3)->half_width, 1e12, 1);
  ck_assert_double_eq (row_at (c, 3)->paired.half_width, 1e12);
  c->confidence = 0.99; /* one row is shown; the others are tested at e / 2 */
  vhm_comparison_judge (c);
  double both = row_at (c, 0)->half_width / 0.0005;
  ck_assert_double_eq_tol (both, row_at (c, 3)->half_width / 1e12, 1e-12);
  ck_assert_double_eq_tol (both, 7.453318508 / 5.840909310, 1e-6);
}
END_TEST

/* Ten more rows that show nothing, asked for on top, change no verdict. */
START_TEST (asking_for_more_costs_the_usual_rows_nothing)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  const struct vhm_paired nothing = { { 1, 1 }, 0, 1, 1 };
  for (int i = 0; i < 10; i++)
    comparison_add_row (c, 1, "web", "measurements", VHM_UNIT_NONE, &nothing)
        ->is_usual
        = false;
  double p = row_at (c, 0)->p, half_width = row_at (c, 0)->half_width;
  vhm_comparison_judge (c);
  ck_assert_double_eq (row_at (c, 0)->p, p);
  ck_assert_double_eq (row_at (c, 0)->half_width, half_width);
  ck_assert_double_eq (row_at (c, 5)->p, 1);
  g_autofree char *text = vhm_comparison_table (c);
  ck_assert_ptr_nonnull (strstr (text, "3 of 3 differences shown"));
  ck_assert_ptr_nonnull (strstr (text, "web  measurements * "));
  ck_assert_ptr_nonnull (strstr (text, "Of 10 other numbers (*), judged by "
                                       "themselves, 0 differences are shown."));
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
      "web  latency_p99              2 ms    3 ms       +1 ms   638.0 us  "
      "+50.00 %  0.0400  no difference shown\n"
      "web  operations_per_s       200 /s  150 /s      -50 /s   14.68 /s  "
      "-25.00 %  0.0030  lower\n"
      "web  mean page_reads_per_s       -       -           -          -       "
      "  -       -  no value in 3 of 4 pairs\n"
      "\n"
      "OTHER: \"third\", compared with FIRST: \"as-is\"\n"
      "WHO  QUANTITY         FIRST       OTHER   DIFFERENCE      +- (99 %)  "
      "RELATIVE       P\n"
      "web  ledger: idle  0 cycles  2 T cycles  +2 T cycles  1.28 T cycles     "
      "    -  0.0400  no difference shown\n"
      "\n"
      "1 of 3 differences shown. Means of 4 runs each; the runs of a pair "
      "share their\n"
      "seed, 7 to 10. P: the chance of so much where there is no difference,\n"
      "adjusted for all 3 (Holm). +-: Student's interval, as wide as that asks "
      "of its\n"
      "row: it leaves out 0 where a difference is shown. 5 more are 0 in every "
      "run.\n");
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
      csv,
      "first,other,instance,quantity,unit,first_mean,other_mean,"
      "difference,half_width,half_width_adjusted,relative,p_adjusted,"
      "difference_shown\n"
      "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"latency_p99\",seconds,"
      "0.002,0.003,0.001,0.0005,0.0006561830814192143,0.5,0.04,true\n"
      "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"operations_per_s\",per_s,"
      "200,150,-50,10,15.260767368504032,-0.25,0.003,true\n"
      "\"as-is\",\"a \"\"b\"\", c\",\"web\",\"mean page_reads_per_s\","
      "per_s,,,,,,,,false\n"
      "\"as-is\",\"third\",\"web\",\"ledger: idle\",cycles,"
      "0,2000000000000,2000000000000,1000000000000,1000000000000,,0.04,true\n");
}
END_TEST

START_TEST (all_files_are_written)
{
  g_autoptr (vhm_comparison) c = three_rows ();
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  ck_assert (vhm_comparison_write (c, folder, true, &error));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names,
                    "compare-series.csv compare.csv compare.json report.html");
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
       tcase_add_test (tc,
                       an_interval_leaves_out_0_where_a_difference_is_shown);
       tcase_add_test (tc, asking_for_more_costs_the_usual_rows_nothing);
       tcase_add_test (tc, the_table_says_which_differ_in_units);
       tcase_add_test (tc, files_hold_every_number_with_its_unit);
       tcase_add_test (tc, all_files_are_written);
       tcase_add_test (tc, nothing_to_judge_is_no_mistake);)
