/* One picture: both forms appear or an error says why, and nothing else stays
 * in the folder. */
#include "report_folder.h"
#include "suite.h"

#include "picture.h"

static const struct picture plain = { .name = "curve",
                                      .data = "1 1\n2 4\n",
                                      .commands = "plot data with lines\n",
                                      .width = 300,
                                      .height = 200 };

START_TEST (both_forms_are_drawn)
{
  g_autofree char *path = g_find_program_in_path ("gnuplot");
  if (!path)
    return;
  const struct gnuplot gnuplot = { path, 60 };
  g_autofree char *folder = new_folder (), *svg = NULL;
  g_autoptr (GError) error = NULL;
  ck_assert_msg (vhm_picture_draw (&plain, &gnuplot, folder, &svg, &error),
                 "%s", error ? error->message : "?");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "curve.png curve.svg");
  g_autofree char *written = content (folder, "curve.svg");
  ck_assert_str_eq (written, svg);
  ck_assert_ptr_nonnull (strstr (svg, "<svg"));
  ck_assert_ptr_nonnull (strstr (svg, "width=\"300\" height=\"200\""));
  remove_folder (folder);
}
END_TEST

static const struct {
  const char *gnuplot, *says;
} broken[] = {
  { "echo 'line 3: what?' >&2; exit 1\n",
    "figure curve: gnuplot failed: line 3: what?" },
  { "exit 0\n", "figure curve: gnuplot made no figure.svg" },
  { "touch figure.svg\n", "figure curve: gnuplot made no figure.png" },
};

START_TEST (a_failure_names_the_figure_and_leaves_no_work_behind)
{
  g_autofree char *bin = fake_gnuplot (broken[_i].gnuplot);
  g_autofree char *path = g_build_filename (bin, "gnuplot", NULL);
  const struct gnuplot gnuplot = { path, 60 };
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_picture_draw (&plain, &gnuplot, folder, NULL, &error));
  ck_assert_str_eq (error->message, broken[_i].says);
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  g_autofree char *names = names_in (folder);
  ck_assert_msg (strstr (names, ".figure") == NULL, "%s", names);
  remove_folder (folder);
  remove_folder (bin);
}
END_TEST

START_TEST (a_folder_that_is_not_there_is_an_error_of_input_and_output)
{
  char path[] = "gnuplot";
  const struct gnuplot gnuplot = { path, 60 };
  g_autoptr (GError) error = NULL;
  ck_assert (
      !vhm_picture_draw (&plain, &gnuplot, "/nowhere/at/all", NULL, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
}
END_TEST

START_TEST (scripts_are_found_by_name)
{
  ck_assert_ptr_nonnull (strstr (vhm_picture_script ("theme.gp"), "set "));
  ck_assert_ptr_nonnull (strstr (vhm_picture_script ("walk-parts.gp"), "plot"));
  ck_assert_str_eq (vhm_picture_script ("none.gp"), "");
}
END_TEST

SUITE (
    "picture", tcase_add_test (tc, both_forms_are_drawn);
    tcase_add_loop_test (tc,
                         a_failure_names_the_figure_and_leaves_no_work_behind,
                         0, G_N_ELEMENTS (broken));
    tcase_add_test (tc,
                    a_folder_that_is_not_there_is_an_error_of_input_and_output);
    tcase_add_test (tc, scripts_are_found_by_name);)
