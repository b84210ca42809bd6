/* Which figures are drawn, of whom, and what gnuplot is told: seen through a
 * gnuplot that keeps its script and data as the drawing. */
#include "suite.h"

#include "report_folder.h"
#include "synthetic_result.h"

static char *
recorder (void)
{
  return fake_gnuplot ("cp script.gp figure.svg; cp data.txt figure.png\n");
}

static char *
draw (const struct vhm_result *result, const struct vhm_figure_request *figures,
      size_t n)
{
  char *folder = new_folder ();
  struct vhm_report_options options = { .figures = figures, .n_figures = n };
  ck_assert (vhm_report_write (result, folder, &options, NULL));
  return folder;
}

START_TEST (draws_what_is_asked_for_under_its_published_name)
{
  static const char *const guest5[] = { "guest5", NULL };
  static const struct vhm_figure_request requests[] = {
    { .id = "fig-20", .to_s = 7200, .instances = guest5 },
    { .id = "fig-20", .from_s = 7200, .instances = guest5 },
    { .id = "no such figure" },
    { .id = "ledger", .title = "It's \"where\"\nit went" },
  };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = synthetic_result ();
  g_autofree char *folder = draw (result, requests, G_N_ELEMENTS (requests));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "fig-20-2.png fig-20-2.svg fig-20.png fig-20.svg "
                           "ledger.png ledger.svg report.html result.json "
                           "series.csv");
  g_autofree char *ledger = content (folder, "ledger.svg");
  ck_assert_ptr_nonnull (
      strstr (ledger, "fig_title = 'It''s \"where\" it went'\n"));
  g_autofree char *page = content (folder, "report.html");
  ck_assert_ptr_nonnull (
      strstr (page, "Not drawn for want of data: no such figure."));
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (the_window_becomes_the_axis_and_the_rows)
{
  static const char *const guest5[] = { "guest5", NULL };
  struct vhm_figure_request request
      = { .id = "commit", .from_s = 0, .to_s = 60, .instances = guest5 };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = synthetic_result ();
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *script = content (folder, "commit.svg");
  ck_assert_ptr_nonnull (strstr (script, "x_from = 45000.000\n"
                                         "x_to = 45060.000\nx_step = 10\n"));
  ck_assert_ptr_nonnull (strstr (
      script, "s1_n = 1\ns1_col = 2\narray s1_name[1]\ns1_name[1] = 'guest5'\n"
              "s1_label = 'Committed Bytes, GiB'\ns2_n = 1\ns2_col = 3\n"));
  g_autofree char *data = content (folder, "commit.png");
  g_auto (GStrv) rows = g_strsplit (data, "\n", -1);
  ck_assert_uint_eq (g_strv_length (rows), 6); /* five and the last newline */
  ck_assert (g_str_has_prefix (rows[0], "45000\t0.59"));
  ck_assert (g_str_has_prefix (rows[4], "45060\t0."));
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (a_single_guest_figure_shows_the_one_that_reaches_highest)
{
  struct vhm_figure_request request = { .id = "commit" };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = synthetic_result ();
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *script = content (folder, "commit.svg");
  ck_assert_ptr_nonnull (strstr (
      script, "fig_title = 'Committed Bytes and Commit Limit of guest5'"));
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

static struct vhm_result *
result_with_spike (size_t n_samples, size_t spike)
{
  struct vhm_result *result = vhm_result_new ();
  result->interval_s = 1;
  result->n_samples = n_samples;
  result->duration_s = (double) n_samples - 1;
  double *values
      = vhm_result_add_series (result, "a", &synthetic_guest[KEY_PRESSURE])
            ->values;
  for (size_t i = 0; i < n_samples; i++)
    values[i] = i == spike ? 777 : 50;
  return result;
}

START_TEST (thinning_keeps_every_spike)
{
  struct vhm_figure_request request = { .id = "pressure" };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = result_with_spike (28801, 12345 + (size_t) _i);
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *data = content (folder, "pressure.png");
  ck_assert_uint_eq (n_occurrences (data, "\t777\n"), 1);
  ck_assert_uint_le (n_occurrences (data, "\n"), 800);
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

/* Two samples are missing inside a bucket of 73, or where two of them meet; a guest
 * that is off to the end has no gap. */
START_TEST (thinning_keeps_every_gap)
{
  const size_t at[] = { 12345, 73 * 100 - 1, 28799 };
  struct vhm_figure_request request = { .id = "pressure" };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = result_with_spike (28801, 3);
  struct vhm_series *series = result->series->pdata[0];
  series->values[at[_i]] = series->values[at[_i] + 1] = (double) NAN;
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *data = content (folder, "pressure.png");
  int n_breaks[] = { 1, 2, 0 };
  ck_assert_int_eq ((int) n_occurrences (data, "\tNaN\n"), n_breaks[_i]);
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (too_many_guests_leave_the_highest_ten)
{
  struct vhm_figure_request request = { .id = "pressure" };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = vhm_result_new ();
  result->interval_s = 1;
  result->n_samples = 2;
  result->duration_s = 1;
  for (int g = 0; g < 25; g++) {
    g_autofree char *name = g_strdup_printf ("web[%d]", g);
    double *values
        = vhm_result_add_series (result, name, &synthetic_guest[KEY_PRESSURE])
              ->values;
    values[0] = values[1] = g;
  }
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *script = content (folder, "pressure.svg");
  ck_assert_ptr_nonnull (strstr (script, "s1_n = 10\n"));
  ck_assert_ptr_nonnull (strstr (script, "s1_name[1] = 'web[15]'\n"));
  g_autofree char *page = content (folder, "report.html");
  ck_assert_ptr_nonnull (strstr (page, "Drawn are the 10 that reach highest; "
                                       "15 others are left out."));
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (a_stack_keeps_its_height)
{
  struct vhm_figure_request request = { .id = "physical-memory" };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = vhm_result_new ();
  result->n_samples = 1;
  for (int g = 1; g <= 12; g++) {
    g_autofree char *name = g_strdup_printf ("web[%d]", g);
    vhm_result_add_series (result, name, &synthetic_guest[KEY_PHYSICAL])
        ->values[0]
        = g * SYNTHETIC_GIB;
  }
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *data = content (folder, "physical-memory.png");
  ck_assert_str_eq (data, "0\t4\t5\t6\t7\t8\t9\t10\t11\t12\t6\n");
  g_autofree char *script = content (folder, "physical-memory.svg");
  ck_assert_ptr_nonnull (strstr (script, "s1_name[10] = '3 others'\n"));
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (stacked_areas_hold_gaps_and_end_at_nothing)
{
  struct vhm_figure_request request = { .id = "physical-memory" };
  const double gap = (double) NAN, gib = SYNTHETIC_GIB;
  const double samples[] = { gap, 2 * gib, gap, 3 * gib, gap };
  g_autofree char *bin = recorder ();
  struct vhm_result *result = vhm_result_new ();
  result->interval_s = 1;
  result->n_samples = 5;
  result->duration_s = 4;
  memcpy (vhm_result_add_series (result, "a", &synthetic_guest[KEY_PHYSICAL])
              ->values,
          samples, sizeof samples);
  g_autofree char *folder = draw (result, &request, 1);
  g_autofree char *data = content (folder, "physical-memory.png");
  ck_assert_str_eq (data, "0\t0\n1\t2\n2\t2\n3\t3\n4\t0\n");
  vhm_result_free (result);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (tells_which_figures_may_be_asked_for)
{
  g_auto (GStrv) ids = vhm_report_figure_ids ();
  static const char *const wanted[]
      = { "fig-09", "fig-10", "fig-14", "fig-16", "fig-18",
          "fig-19", "fig-20", "fig-21", "fig-22", "fig-23",
          "fig-24", "commit", "paging", "disk",   "ledger" };
  for (size_t i = 0; i < G_N_ELEMENTS (wanted); i++)
    ck_assert_msg (g_strv_contains ((const char *const *) ids, wanted[i]), "%s",
                   wanted[i]);
  ck_assert (!g_strv_contains ((const char *const *) ids, "theme"));
}
END_TEST

SUITE ("drawing", tcase_add_test (tc, tells_which_figures_may_be_asked_for);

       tcase_add_test (tc, draws_what_is_asked_for_under_its_published_name);
       tcase_add_test (tc, the_window_becomes_the_axis_and_the_rows);
       tcase_add_test (
           tc, a_single_guest_figure_shows_the_one_that_reaches_highest);
       tcase_add_loop_test (tc, thinning_keeps_every_spike, 0, 3);
       tcase_add_loop_test (tc, thinning_keeps_every_gap, 0, 3);
       tcase_add_test (tc, too_many_guests_leave_the_highest_ten);
       tcase_add_test (tc, a_stack_keeps_its_height);
       tcase_add_test (tc, stacked_areas_hold_gaps_and_end_at_nothing);)
