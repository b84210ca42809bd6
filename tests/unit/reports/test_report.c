/* The whole report: which files, the same bytes twice, nothing that a name can
 * do, and what is left when gnuplot or the folder is missing. */
#include "suite.h"

#include "report_folder.h"
#include "synthetic_result.h"

static const char *const hostile_names[SYNTHETIC_GUESTS] = {
  "\"; system(\"touch owned\") #",
  "<script>alert(1)</script>",
  "`touch owned` @HOME",
  "two\nsystem 'touch owned'",
  "it's '.system('touch owned').'",
};

static void
write_synthetic (const char *const *names, const char *folder)
{
  struct vhm_result *result = synthetic_result_named (names);
  g_autoptr (GError) error = NULL;
  bool is_written = vhm_report_write (result, folder, NULL, &error);
  ck_assert_msg (is_written, "%s", error ? error->message : "");
  vhm_result_free (result);
}

#define ALL_FILES                                                          \
  "available-pressure.png available-pressure.svg commit.png commit.svg "   \
  "disk.png disk.svg ledger.png ledger.svg nonpaged-pool.png "             \
  "nonpaged-pool.svg paging-guest.png paging-guest.svg paging.png "        \
  "paging.svg physical-memory.png physical-memory.svg pressure-guest.png " \
  "pressure-guest.svg pressure.png pressure.svg report.html result.json "  \
  "series.csv throughput.png throughput.svg visible-memory.png "           \
  "visible-memory.svg"

/* The page opens without network, with every drawing inside. */
static void
check_self_contained (const char *folder)
{
  g_autofree char *page = content (folder, "report.html");
  static const char *const outward[]
      = { "src=",    "href=\"h", "url(h", "@import", "<link",
          "<script", "<iframe",  "http:", "https:" };
  for (size_t i = 0; i < G_N_ELEMENTS (outward); i++)
    ck_assert_msg (!strstr (page, outward[i]), "%s", outward[i]);
  ck_assert_uint_eq (n_occurrences (page, "<svg"), 12);
  ck_assert_uint_eq (n_occurrences (page, "</svg>"), 12);
}

START_TEST (draws_every_figure_and_leaves_nothing_else)
{
  g_autofree char *folder = new_folder ();
  write_synthetic (NULL, folder);
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, ALL_FILES);
  check_self_contained (folder);
  remove_folder (folder);
}
END_TEST

/* A host that never pages is a healthy one: its empty logarithmic figures are
 * drawn too. */
START_TEST (figures_of_no_paging_are_drawn)
{
  g_autofree char *folder = new_folder ();
  struct vhm_result *result = synthetic_result ();
  for (guint i = 0; i < result->series->len; i++) {
    struct vhm_series *s = result->series->pdata[i];
    for (size_t k = 0;
         g_str_has_prefix (s->counter->key, "pages_") && k < result->n_samples;
         k++)
      s->values[k] = 0;
  }
  g_autoptr (GError) error = NULL;
  bool is_written = vhm_report_write (result, folder, NULL, &error);
  ck_assert_msg (is_written, "%s", error ? error->message : "");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, ALL_FILES);
  vhm_result_free (result);
  remove_folder (folder);
}
END_TEST

/* One of each kind: lines, areas, bars, two axes. */
static const struct vhm_figure_request kinds[] = {
  { .id = "pressure" },
  { .id = "physical-memory" },
  { .id = "ledger" },
  { .id = "available-pressure" },
};
#define KINDS_FILES                                                      \
  "available-pressure.png available-pressure.svg ledger.png ledger.svg " \
  "physical-memory.png physical-memory.svg pressure.png pressure.svg "   \
  "report.html result.json series.csv"

static char *
write_kinds (void)
{
  char *folder = new_folder ();
  struct vhm_report_options options
      = { .figures = kinds, .n_figures = G_N_ELEMENTS (kinds) };
  struct vhm_result *result = synthetic_result ();
  ck_assert (vhm_report_write (result, folder, &options, NULL));
  vhm_result_free (result);
  return folder;
}

START_TEST (same_result_same_bytes)
{
  g_autofree char *a = write_kinds ();
  g_autofree char *b = write_kinds ();
  g_auto (GStrv) names = g_strsplit (KINDS_FILES, " ", -1);
  for (char **name = names; *name; name++) {
    g_autofree char *path_a = g_build_filename (a, *name, NULL);
    g_autofree char *path_b = g_build_filename (b, *name, NULL);
    g_autofree char *text_a = NULL, *text_b = NULL;
    gsize size_a, size_b;
    ck_assert (g_file_get_contents (path_a, &text_a, &size_a, NULL));
    ck_assert (g_file_get_contents (path_b, &text_b, &size_b, NULL));
    ck_assert_uint_eq (size_a, size_b);
    ck_assert_msg (memcmp (text_a, text_b, size_a) == 0, "%s", *name);
  }
  remove_folder (a);
  remove_folder (b);
}
END_TEST

START_TEST (names_can_do_nothing)
{
  g_autofree char *folder = new_folder ();
  write_synthetic (hostile_names, folder);
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, ALL_FILES);
  g_autofree char *page = content (folder, "report.html");
  ck_assert_ptr_null (strstr (page, "<script"));
  ck_assert_ptr_nonnull (strstr (page, "&lt;script&gt;alert(1)"));
  g_autofree char *drawing = content (folder, "pressure.svg");
  ck_assert_ptr_null (strstr (drawing, "<script"));
  ck_assert_ptr_nonnull (strstr (drawing, "`touch owned` @HOME"));
  ck_assert_ptr_nonnull (strstr (drawing, "it&#39;s")
                             ? strstr (drawing, "it&#39;s")
                             : strstr (drawing, "it's '.system("));
  ck_assert (!g_file_test ("owned", G_FILE_TEST_EXISTS));
  remove_folder (folder);
}
END_TEST

START_TEST (without_gnuplot_the_rest_is_written)
{
  g_autofree char *folder = new_folder ();
  g_setenv ("PATH", "/nonexistent", TRUE);
  struct vhm_result *result = synthetic_result ();
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_report_write (result, folder, NULL, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL));
  ck_assert_str_eq (error->message,
                    "gnuplot is not in PATH, so no figures were drawn; "
                    "install it (Debian, Ubuntu, Fedora: the package "
                    "\"gnuplot\") and draw them again");
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "report.html result.json series.csv");
  g_autofree char *page = content (folder, "report.html");
  ck_assert_ptr_nonnull (strstr (page, "gnuplot is not in PATH"));
  vhm_result_free (result);
  remove_folder (folder);
}
END_TEST

START_TEST (an_unwritable_folder_is_an_error_that_names_it)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *below = g_build_filename (file, "out", NULL);
  g_file_set_contents (file, "", 0, NULL);
  struct vhm_result *result = synthetic_result ();
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_report_write (result, below, NULL, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  g_autofree char *message = g_strdup_printf (
      "%s: cannot create the folder: Not a directory", below);
  ck_assert_str_eq (error->message, message);
  vhm_result_free (result);
  remove_folder (folder);
}
END_TEST

START_TEST (an_empty_result_gives_a_report)
{
  g_autofree char *folder = new_folder ();
  struct vhm_result *result = vhm_result_new ();
  ck_assert (vhm_report_write (result, folder, NULL, NULL));
  g_autofree char *names = names_in (folder);
  ck_assert_str_eq (names, "report.html result.json series.csv");
  vhm_result_free (result);
  remove_folder (folder);
}
END_TEST

START_TEST (every_figure_has_a_title)
{
  g_auto (GStrv) ids = vhm_report_figure_ids ();
  for (char **id = ids; *id; id++) {
    g_autofree char *title = vhm_report_figure_title (*id);
    ck_assert_msg (title && *title, "%s has none", *id);
  }
  g_autofree char *commit = vhm_report_figure_title ("commit");
  ck_assert_str_eq (commit, "Committed Bytes and Commit Limit");
  g_autofree char *published = vhm_report_figure_title ("fig-20");
  ck_assert_str_eq (published,
                    "Committed Bytes and Commit Limit, as published");
  ck_assert_ptr_null (vhm_report_figure_title ("nothing"));
}
END_TEST

SUITE ("report", tcase_add_test (tc, every_figure_has_a_title);
       tcase_add_test (tc, draws_every_figure_and_leaves_nothing_else);
       tcase_add_test (tc, figures_of_no_paging_are_drawn);
       tcase_add_test (tc, same_result_same_bytes);
       tcase_add_test (tc, names_can_do_nothing);
       tcase_add_test (tc, without_gnuplot_the_rest_is_written);
       tcase_add_test (tc, an_unwritable_folder_is_an_error_that_names_it);
       tcase_add_test (tc, an_empty_result_gives_a_report);)
