/* Figures of a comparison: which, with what data, and names that are no commands. */
#include "suite.h"
#include "two_versions.h"

#include <stdlib.h>

/* What gnuplot gets instead of drawing: all scripts and data, kept in `seen`. */
static char *
seen_of (struct vhm_comparison *c, char **ret_names)
{
  g_autofree char *folder = new_folder (), *out = new_folder ();
  g_autofree char *seen = g_build_filename (out, "seen", NULL);
  g_autofree char *script = g_strdup_printf (
      "cat script.gp data.txt >>%s; echo '<svg></svg>' >figure.svg; : "
      ">figure.png\n",
      seen);
  g_autofree char *tool = fake_gnuplot (script);
  g_autoptr (GError) error = NULL;
  bool fine = vhm_comparison_write (c, folder, false, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  char *text = content (out, "seen");
  if (ret_names)
    *ret_names = names_in (folder);
  remove_folder (folder);
  remove_folder (out);
  remove_folder (tool);
  return text;
}

START_TEST (each_figure_gets_its_numbers)
{
  g_autoptr (vhm_comparison) c = two_versions ("balloon", "swap");
  g_autofree char *names = NULL;
  g_autofree char *seen = seen_of (c, &names);
  ck_assert_str_eq (
      names, "compare-differences.png compare-differences.svg compare-held.png "
             "compare-held.svg compare-ledger.png compare-ledger.svg "
             "compare-series.csv compare-work.png compare-work.svg compare.csv "
             "compare.json report.html");
  static const char *const parts[] = {
    /* 200 of 300 operations, +- 9.16, in percent of the first */
    "is_log = 0\n",
    "row_name[1] = 'web: work'\n",
    "0\t1\t-33.33333\t-36.38549\t-30.28118\n",
    "0\t2\t0.2\t",
    /* shares of time, version by version */
    "bar_name[2] = 'web: swap'\n",
    "s1_name[2] = 'idle'\n",
    "0\t1\t90\t10\t0\n0\t2\t60\t10\t30\n0\t3.5\t0\t100\t0\n",
    /* MiB by seconds, the middle of each stretch; a gap stays one */
    "y_label = 'held, MiB'\n",
    "x_end = 30.000000\n",
    "1\t5\t1\n1\t15\t2\n1\t25\t3\n\n\n2\t5\t1\n2\t15\tNaN\n2\t25\t1\n",
    /* in percent of the mean of the first, 4 */
    "1\t5\t50\n1\t15\t100\n1\t25\t150\n\n\n2\t5\t25\n2\t15\t50\n2\t25\t75\n",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    ck_assert_msg (strstr (seen, parts[i]) != NULL, "%s", parts[i]);
}
END_TEST

START_TEST (large_differences_are_quotients)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  struct vhm_comparison_row *row
      = &g_array_index (c->rows, struct vhm_comparison_row, 0);
  row->paired = (struct vhm_paired){ { 100, 10 }, -90, 20, 0.0001 };
  vhm_comparison_judge (c);
  g_autofree char *seen = seen_of (c, NULL);
  ck_assert_ptr_nonnull (strstr (seen, "is_log = 1\n"));
  ck_assert_ptr_nonnull (strstr (seen, "'0.1 x' 0.1"));
  /* the interval reaches below 0: cut off at a tenth of the least value */
  ck_assert_ptr_nonnull (strstr (seen, "0\t1\t0.1\t0.008695652\t"));
}
END_TEST

START_TEST (names_are_no_commands_and_no_formats)
{
  g_autoptr (vhm_comparison) c = two_versions (
      "it's 100 %d", "a name that is longer than there is room");
  g_autofree char *seen = seen_of (c, NULL);
  ck_assert_ptr_nonnull (strstr (seen, "line_name[1] = 'it''s 100 %d'\n"));
  ck_assert_ptr_nonnull (strstr (seen, "bar_name[1] = 'web: it''s 100 %%d'\n"));
  ck_assert_ptr_nonnull (
      strstr (seen, "'2: a name that is longer than there...'\n"));
}
END_TEST

START_TEST (guests_that_differ_least_are_left_out)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  for (int i = 0; i < 6; i++) {
    g_autofree char *name = g_strdup_printf ("more%d", i);
    const struct vhm_paired fewer
        = { { 100, 50 + 5 * i }, -50 + 5 * i, 1, 0.0001 };
    comparison_add_row (c, 1, name, "operations_per_s", VHM_UNIT_PER_S, &fewer);
    comparison_add_account (c, 0, name, "compute", 1);
    comparison_add_account (c, 1, name, "compute", 1);
  }
  vhm_comparison_judge (c);
  g_autofree char *seen = seen_of (c, NULL);
  ck_assert_ptr_nonnull (strstr (seen, "bar_name[1] = 'web: a'\n"));
  ck_assert_ptr_nonnull (strstr (seen, "'more4: b'"));
  ck_assert_ptr_null (strstr (seen, "'more5: b'"));
  ck_assert_ptr_null (strstr (seen, "'db: b'"));
}
END_TEST

START_TEST (without_gnuplot_the_rest_is_there)
{
  g_autoptr (vhm_comparison) c = two_versions ("a", "b");
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  g_setenv ("PATH", "/nonexistent", TRUE);
  ck_assert (!vhm_comparison_write (c, folder, false, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names,
                    "compare-series.csv compare.csv compare.json report.html");
  g_autofree char *page = content (folder, "report.html");
  ck_assert_ptr_nonnull (strstr (page, "<p class=\"glance\">gnuplot"));
  remove_folder (folder);
}
END_TEST

START_TEST (nothing_to_draw_is_no_mistake)
{
  g_autoptr (vhm_comparison) c = vhm_comparison_new ();
  c->confidence = 0.95;
  c->n_runs = 2;
  c->version = "1";
  comparison_add_version (c, "a");
  comparison_add_version (c, "b");
  vhm_comparison_judge (c);
  g_autofree char *seen = seen_of (c, NULL);
  ck_assert_ptr_null (seen);
}
END_TEST

SUITE ("comparison figures", tcase_add_test (tc, each_figure_gets_its_numbers);
       tcase_add_test (tc, large_differences_are_quotients);
       tcase_add_test (tc, names_are_no_commands_and_no_formats);
       tcase_add_test (tc, guests_that_differ_least_are_left_out);
       tcase_add_test (tc, without_gnuplot_the_rest_is_there);
       tcase_add_test (tc, nothing_to_draw_is_no_mistake);)
