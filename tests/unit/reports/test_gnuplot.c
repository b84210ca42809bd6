/* Starting gnuplot: how it is called, how it fails, how long it may take. */
#include "suite.h"

#include "report_folder.h"
#include "synthetic_result.h"

static const struct vhm_figure_request one = { .id = "pressure" };

/* Writes a report with one figure; gives the message of the error. */
static char *
write_one (const char *folder, unsigned limit_s)
{
  struct vhm_report_options options
      = { .figures = &one, .n_figures = 1, .limit_s = limit_s };
  struct vhm_result *result = synthetic_result ();
  g_autoptr (GError) error = NULL;
  bool is_written = vhm_report_write (result, folder, &options, &error);
  ck_assert_int_eq (is_written, error == NULL);
  ck_assert (!error || g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  vhm_result_free (result);
  return error ? g_strdup (error->message) : NULL;
}

START_TEST (is_called_with_plain_arguments_in_a_folder_of_its_own)
{
  g_autofree char *bin = fake_gnuplot (
      "test \"$#\" = 2 && test \"$1\" = -d && test \"$2\" = script.gp "
      "&& test -f data.txt && test -z \"$GNUTERM\" "
      "&& echo '<svg>ours</svg>' > figure.svg && echo png > figure.png\n");
  g_setenv ("GNUTERM", "x11", TRUE);
  g_autofree char *folder = new_folder ();
  g_autofree char *message = write_one (folder, 0);
  ck_assert_pstr_eq (message, NULL);
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (
      names, "pressure.png pressure.svg report.html result.json series.csv");
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (what_it_complains_about_is_reported_in_one_line)
{
  g_autofree char *bin = fake_gnuplot ("printf 'line 7:\\nno such thing' >&2; "
                                       "exit 1\n");
  g_autofree char *folder = new_folder ();
  g_autofree char *message = write_one (folder, 0);
  ck_assert_str_eq (message, "figure pressure: gnuplot failed: line 7: no "
                             "such thing");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "report.html result.json series.csv");
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (is_stopped_when_it_takes_too_long)
{
  g_autofree char *bin = fake_gnuplot ("exec sleep 50\n");
  g_autofree char *folder = new_folder ();
  g_autofree char *message = write_one (folder, 1);
  ck_assert_str_eq (message, "figure pressure: gnuplot took longer than 1 s "
                             "and was stopped");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "report.html result.json series.csv");
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (a_drawing_that_was_not_made_is_an_error)
{
  g_autofree char *bin = fake_gnuplot ("exit 0\n");
  g_autofree char *folder = new_folder ();
  g_autofree char *message = write_one (folder, 0);
  ck_assert_str_eq (message, "figure pressure: gnuplot made no figure.svg");
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

SUITE ("gnuplot",
       tcase_add_test (tc,
                       is_called_with_plain_arguments_in_a_folder_of_its_own);
       tcase_add_test (tc, what_it_complains_about_is_reported_in_one_line);
       tcase_add_test (tc, is_stopped_when_it_takes_too_long);
       tcase_add_test (tc, a_drawing_that_was_not_made_is_an_error);)
