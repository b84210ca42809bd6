/* Bytes in: plain and compressed, whole and damaged. */
#include "suite.h"
#include "trace_bytes.h"

#include <vhm/base/error.h>

#define N 200000

static uint8_t *
noise (void)
{
  uint8_t *bytes = g_malloc (N);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "noise");
  for (size_t i = 0; i < N; i++)
    bytes[i] = (uint8_t) vhm_rng_below (&rng, 1 + i % 200);
  return bytes;
}

static char *
saved (const char *folder, const char *name, const uint8_t *bytes, size_t n)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr (vhm_sink) sink = vhm_sink_open (path, NULL);
  ck_assert (sink && vhm_sink_write (sink, bytes, n, NULL));
  ck_assert (vhm_sink_commit (sink, NULL));
  return path;
}

/* In pieces of odd sizes; false with the error of the first bad one. */
static bool
read_back (vhm_source *source, GByteArray *ret, GError **error)
{
  uint8_t buffer[7001];
  for (size_t n = 1; n > 0;) {
    if (!vhm_source_read (source, buffer, sizeof buffer, &n, error))
      return false;
    g_byte_array_append (ret, buffer, (guint) n);
  }
  return true;
}

START_TEST (gives_back_what_was_written)
{
  static const char *const names[] = { "a", "a.zst" };
  g_autofree uint8_t *bytes = noise ();
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = saved (folder, names[_i], bytes, N);
  g_autoptr (vhm_source) source = vhm_source_open (path, NULL);
  g_autoptr (GByteArray) back = g_byte_array_new ();
  ck_assert_double_eq (vhm_source_fraction (source), 0);
  ck_assert (read_back (source, back, NULL));
  ck_assert_uint_eq (back->len, N);
  ck_assert_mem_eq (back->data, bytes, N);
  ck_assert_double_eq (vhm_source_fraction (source), 1);
  char *file = NULL;
  gsize size = 0;
  g_file_get_contents (path, &file, &size, NULL);
  ck_assert_int_eq (size < N, _i == 1); /* compressed, or not */
  g_free (file);
  ck_assert_uint_eq (trace_folder_remove (folder), 1);
}
END_TEST

START_TEST (frames_may_follow_each_other)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = saved (folder, "a.zst", (const uint8_t *) "ab", 2);
  char *file = NULL;
  gsize size = 0;
  g_file_get_contents (path, &file, &size, NULL);
  g_autofree char *twice = g_malloc (2 * size);
  memcpy (twice, file, size);
  memcpy (twice + size, file, size);
  g_free (file);
  g_autoptr (vhm_source) source
      = vhm_source_from_memory ("a.zst", twice, 2 * size);
  g_autoptr (GByteArray) back = g_byte_array_new ();
  ck_assert (read_back (source, back, NULL));
  ck_assert_uint_eq (back->len, 4);
  ck_assert_mem_eq (back->data, "abab", 4);
  trace_folder_remove (folder);
}
END_TEST

/* Every cut and every flip: an error with the name, never the same bytes less
 * some. */
START_TEST (damage_shows)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path
      = saved (folder, "a.zst", (const uint8_t *) "abcabcabcabcabcab", 17);
  char *file = NULL;
  gsize size = 0;
  g_file_get_contents (path, &file, &size, NULL);
  for (size_t cut = 0; cut < size; cut++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (vhm_source) source = vhm_source_from_memory ("a.zst", file, cut);
    g_autoptr (GByteArray) back = g_byte_array_new ();
    ck_assert_msg (!read_back (source, back, &error), "cut at %zu", cut);
    ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
    ck_assert_msg (g_str_has_prefix (error->message, "a.zst: byte "), "%s",
                   error->message);
  }
  for (size_t i = 0; i < size; i++) {
    g_autoptr (vhm_source) source
        = vhm_source_from_memory ("a.zst", file, size);
    g_autoptr (GByteArray) back = g_byte_array_new ();
    file[i] ^= 0x10;
    bool same = read_back (source, back, NULL)
                && !(back->len == 17 && memcmp (back->data, "abc", 3) == 0);
    ck_assert_msg (!same, "flip at %zu", i);
    file[i] ^= 0x10;
  }
  g_free (file);
  trace_folder_remove (folder);
}
END_TEST

START_TEST (names_what_cannot_be_read)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *absent = g_build_filename (folder, "no\nfile", NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (vhm_source_open (absent, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  ck_assert (strstr (error->message, "no\\x0afile: cannot be read: No such"));
  g_clear_error (&error);
  ck_assert_ptr_null (vhm_source_open (folder, &error));
  ck_assert (strstr (error->message, "it is a directory"));
  g_clear_error (&error);
  ck_assert_ptr_null (vhm_source_open ("/dev/zero", &error));
  ck_assert (strstr (error->message, "it is not a regular file"));
  trace_folder_remove (folder);
}
END_TEST

SUITE ("source", tcase_add_loop_test (tc, gives_back_what_was_written, 0, 2);
       tcase_add_test (tc, frames_may_follow_each_other);
       tcase_add_test (tc, damage_shows);
       tcase_add_test (tc, names_what_cannot_be_read);)
