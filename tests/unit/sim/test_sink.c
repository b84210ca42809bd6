/* Bytes out: the whole file or none. What comes back is test_source.c's. */
#include "suite.h"
#include "trace_bytes.h"

#include <vhm/base/error.h>

START_TEST (nothing_is_seen_before_the_commit)
{
  static const char *const names[] = { "a", "a.zst" };
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, names[_i], NULL);
  vhm_sink *sink = vhm_sink_open (path, NULL);
  ck_assert (vhm_sink_write (sink, "abc", 3, NULL));
  ck_assert (!g_file_test (path, G_FILE_TEST_EXISTS));
  ck_assert (vhm_sink_commit (sink, NULL));
  ck_assert (g_file_test (path, G_FILE_TEST_EXISTS));
  vhm_sink_close (sink);
  ck_assert_uint_eq (trace_folder_remove (folder), 1);
}
END_TEST

START_TEST (closing_without_a_commit_leaves_nothing)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, "a.zst", NULL);
  vhm_sink *sink = vhm_sink_open (path, NULL);
  ck_assert (vhm_sink_write (sink, "abc", 3, NULL));
  vhm_sink_close (sink);
  ck_assert_uint_eq (trace_folder_remove (folder), 0);
}
END_TEST

START_TEST (an_old_file_stays_until_the_commit)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, "a", NULL);
  g_file_set_contents (path, "old", 3, NULL);
  vhm_sink *sink = vhm_sink_open (path, NULL);
  ck_assert (vhm_sink_write (sink, "new", 3, NULL));
  vhm_sink_close (sink);
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  ck_assert_str_eq (text, "old");
  trace_folder_remove (folder);
}
END_TEST

START_TEST (says_where_it_cannot_write)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *file = g_build_filename (folder, "a", NULL);
  g_autofree char *path = g_build_filename (file, "b", NULL);
  g_file_set_contents (file, "old", 3, NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (vhm_sink_open (path, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  ck_assert (strstr (error->message, "cannot create the folder"));
  trace_folder_remove (folder);
}
END_TEST

SUITE ("sink",
       tcase_add_loop_test (tc, nothing_is_seen_before_the_commit, 0, 2);
       tcase_add_test (tc, closing_without_a_commit_leaves_nothing);
       tcase_add_test (tc, an_old_file_stays_until_the_commit);
       tcase_add_test (tc, says_where_it_cannot_write);)
