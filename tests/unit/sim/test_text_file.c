#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <suite.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vhm/base/error.h>
#include <vhm/sim/text_file.h>

enum { MAX_BYTES = 1 << 20 };

/* A folder of its own, with the one file `f` in it. */
struct place {
  char *folder, *file;
};

static struct place
make_place (void)
{
  struct place place = { g_dir_make_tmp ("vhm-test-XXXXXX", NULL), NULL };
  place.file = g_build_filename (place.folder, "f", NULL);
  return place;
}

static void
remove_place (struct place *place)
{
  g_remove (place->file);
  g_rmdir (place->folder);
  g_free (place->file);
  g_free (place->folder);
}

static void
expect_error (const char *path, int code, const char *ending)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  size_t size = 0;
  ck_assert (!vhm_text_file_read (path, MAX_BYTES, &text, &size, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, code));
  ck_assert (g_str_has_prefix (error->message, path));
  ck_assert_str_eq (error->message + strlen (path), ending);
  ck_assert_ptr_null (text);
}

START_TEST (a_file_is_read_whole)
{
  struct place place = make_place ();
  g_autofree char *letters = g_strnfill (MAX_BYTES, 'x');
  g_autofree char *text = NULL;
  size_t size;
  ck_assert (g_file_set_contents (place.file, letters, MAX_BYTES, NULL));
  ck_assert (vhm_text_file_read (place.file, MAX_BYTES, &text, &size, NULL));
  ck_assert_uint_eq (size, MAX_BYTES);
  ck_assert_str_eq (text, letters);
  remove_place (&place);
}
END_TEST

START_TEST (a_file_of_a_gigabyte_is_refused)
{
  struct place place = make_place ();
  int fd = g_open (place.file, O_CREAT | O_WRONLY, 0600);
  ck_assert_int_eq (ftruncate (fd, (off_t) 1 << 30), 0);
  close (fd);
  expect_error (place.file, VHM_ERROR_SCENARIO,
                ": is larger than 1 MiB; is this the right file?");
  remove_place (&place);
}
END_TEST

START_TEST (folders_pipes_and_nothing_are_refused)
{
  struct place place = make_place ();
  expect_error (place.folder, VHM_ERROR_IO,
                ": cannot be read: it is a directory");
  expect_error (place.file, VHM_ERROR_IO,
                ": cannot be read: No such file or directory");
  ck_assert_int_eq (mkfifo (place.file, 0600), 0);
  expect_error (place.file, VHM_ERROR_IO,
                ": cannot be read: it is not a regular file");
  remove_place (&place);
}
END_TEST

SUITE ("text_file", tcase_add_test (tc, a_file_is_read_whole);
       tcase_add_test (tc, a_file_of_a_gigabyte_is_refused);
       tcase_add_test (tc, folders_pipes_and_nothing_are_refused);)
