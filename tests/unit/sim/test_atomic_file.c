/* Whole files: the old one or the new one, inside the folder, or an error. */
#include "suite.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>

static char *
new_folder (void)
{
  return g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
}

static char *
content (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* Removes the folder and what is in it; gives how many files there were. */
static unsigned
remove_folder (const char *folder)
{
  unsigned n = 0;
  GDir *dir = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)); n++) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_remove (path);
  }
  g_dir_close (dir);
  g_rmdir (folder);
  return n;
}

START_TEST (replaces_the_whole_file_and_leaves_nothing_else)
{
  g_autofree char *folder = new_folder ();
  ck_assert (vhm_atomic_write (folder, "a.txt", "a longer text", 13, NULL));
  ck_assert (vhm_atomic_write (folder, "a.txt", "short", 5, NULL));
  g_autofree char *text = content (folder, "a.txt");
  ck_assert_str_eq (text, "short");
  ck_assert_uint_eq (remove_folder (folder), 1);
}
END_TEST

START_TEST (creates_the_folders_above)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *inner = g_build_filename (folder, "x", "y", NULL);
  g_autofree char *middle = g_build_filename (folder, "x", NULL);
  ck_assert (vhm_atomic_write (inner, "a", "1", 1, NULL));
  ck_assert_uint_eq (remove_folder (inner), 1);
  g_rmdir (middle);
  g_rmdir (folder);
}
END_TEST

START_TEST (replaces_a_link_and_never_follows_it)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *outside = new_folder ();
  g_autofree char *link_path = g_build_filename (folder, "a", NULL);
  g_autofree char *target = g_build_filename (outside, "precious", NULL);
  g_file_set_contents (target, "old", 3, NULL);
  ck_assert_int_eq (symlink (target, link_path), 0);
  ck_assert (vhm_atomic_write (folder, "a", "new", 3, NULL));
  g_autofree char *untouched = content (outside, "precious");
  ck_assert_str_eq (untouched, "old");
  ck_assert (!g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  remove_folder (folder);
  remove_folder (outside);
}
END_TEST

static const char *const bad_names[]
    = { "", ".", "..", "../a", "/etc/a", "x/a" };

START_TEST (refuses_names_that_lead_elsewhere)
{
  g_autofree char *folder = new_folder ();
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_atomic_write (folder, bad_names[_i], "x", 1, &error));
  g_autofree char *message = g_strdup_printf (
      "%s: \"%s\" is no name for a file in this folder", folder, bad_names[_i]);
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  ck_assert_str_eq (error->message, message);
  ck_assert_uint_eq (remove_folder (folder), 0);
}
END_TEST

START_TEST (a_file_in_place_of_the_folder_is_an_error)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_file_set_contents (file, "", 0, NULL);
  g_autofree char *below = g_build_filename (file, "out", NULL);
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_atomic_write (below, "a", "x", 1, &error));
  g_autofree char *message = g_strdup_printf (
      "%s: cannot create the folder: Not a directory", below);
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  ck_assert_str_eq (error->message, message);
  remove_folder (folder);
}
END_TEST

START_TEST (a_write_cut_short_keeps_the_old_file)
{
  g_autofree char *folder = new_folder ();
  ck_assert (vhm_atomic_write (folder, "a", "old", 3, NULL));
  signal (SIGXFSZ, SIG_IGN);
  struct rlimit before, small = { 4, 4 };
  getrlimit (RLIMIT_FSIZE, &before);
  small.rlim_max = before.rlim_max;
  setrlimit (RLIMIT_FSIZE, &small);
  g_autoptr (GError) error = NULL;
  bool is_written = vhm_atomic_write (folder, "a", "much longer", 11, &error);
  setrlimit (RLIMIT_FSIZE, &before);
  ck_assert (!is_written);
  g_autofree char *message
      = g_strdup_printf ("%s/a: cannot write: File too large", folder);
  ck_assert_str_eq (error->message, message);
  g_autofree char *text = content (folder, "a");
  ck_assert_str_eq (text, "old");
  ck_assert_uint_eq (remove_folder (folder), 1);
}
END_TEST

START_TEST (piece_by_piece_is_seen_at_the_commit)
{
  g_autofree char *folder = new_folder ();
  vhm_atomic_file *file = vhm_atomic_open (folder, "a", NULL);
  ck_assert (vhm_atomic_append (file, "one ", 4, NULL));
  ck_assert (vhm_atomic_append (file, "two", 3, NULL));
  g_autofree char *before = content (folder, "a");
  ck_assert_ptr_null (before);
  ck_assert (vhm_atomic_commit (file, NULL));
  vhm_atomic_close (file);
  g_autofree char *text = content (folder, "a");
  ck_assert_str_eq (text, "one two");
  file = vhm_atomic_open (folder, "a", NULL);
  ck_assert (vhm_atomic_append (file, "three", 5, NULL));
  vhm_atomic_close (file); /* no commit */
  g_autofree char *still = content (folder, "a");
  ck_assert_str_eq (still, "one two");
  ck_assert_uint_eq (remove_folder (folder), 1);
}
END_TEST

SUITE ("atomic_file",
       tcase_add_test (tc, replaces_the_whole_file_and_leaves_nothing_else);
       tcase_add_test (tc, creates_the_folders_above);
       tcase_add_test (tc, piece_by_piece_is_seen_at_the_commit);
       tcase_add_test (tc, replaces_a_link_and_never_follows_it);
       tcase_add_loop_test (tc, refuses_names_that_lead_elsewhere, 0,
                            G_N_ELEMENTS (bad_names));
       tcase_add_test (tc, a_file_in_place_of_the_folder_is_an_error);
       tcase_add_test (tc, a_write_cut_short_keeps_the_old_file);)
