/* Small recorded traces for tests: visits to bytes, bytes to visits, and bytes
 * made worse. */
#ifndef VHM_TESTS_TRACE_BYTES_H
#define VHM_TESTS_TRACE_BYTES_H

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <vhm/sim/rng.h>
#include <vhm/sim/trace.h>

struct test_visit {
  uint64_t original;
  uint32_t n_accesses;
  unsigned kinds;
};

/* A folder of its own for one test; trace_folder_remove empties it. */
static inline char *
trace_folder (void)
{
  return g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
}

/* Returns how many files there were. */
static inline unsigned
trace_folder_remove (const char *folder)
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

/* Counts every access as a load, to have totals that fit. */
static inline void
trace_save (const char *path, const struct test_visit *visits, size_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_sink) sink = vhm_sink_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (sink, 12, VHM_TRACE_ALL_KINDS);
  for (size_t i = 0; i < n; i++)
    g_assert_true (vhm_trace_write (writer, visits[i].original,
                                    visits[i].n_accesses, visits[i].kinds,
                                    &error));
  uint64_t n_accesses = vhm_trace_written (writer).n_accesses;
  g_assert_true (vhm_trace_finish (writer, n_accesses, 0, 0, &error));
  g_assert_true (vhm_sink_commit (sink, &error));
}

static inline GByteArray *
trace_bytes (const struct test_visit *visits, size_t n)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, "t.vhmt", NULL);
  trace_save (path, visits, n);
  char *bytes = NULL;
  gsize size = 0;
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  trace_folder_remove (folder);
  return g_byte_array_new_take ((guint8 *) bytes, size);
}

/* Random visits that reach every form of a number. */
static inline struct test_visit *
trace_random (uint64_t seed, size_t n)
{
  struct test_visit *visits = g_new (struct test_visit, n);
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "trace");
  for (size_t i = 0; i < n; i++) {
    uint64_t page_bits = vhm_rng_below (&rng, 53), run_bits
                                                   = vhm_rng_below (&rng, 30);
    visits[i].original = vhm_rng_below (&rng, UINT64_C (1) << page_bits);
    visits[i].n_accesses
        = 1 + (uint32_t) vhm_rng_below (&rng, UINT64_C (1) << run_bits);
    visits[i].kinds = 1 + (unsigned) vhm_rng_below (&rng, 7);
  }
  return visits;
}

/* Reads everything; true if it is a trace. *ret_visits may be NULL. */
static inline bool
trace_read_bytes (const char *name, const void *bytes, size_t size,
                  GArray *ret_visits, GError **error)
{
  g_autoptr (vhm_source) source = vhm_source_from_memory (name, bytes, size);
  g_autoptr (vhm_trace_reader) reader = vhm_trace_reader_new (source, error);
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  size_t n = 1, n_new;
  while (reader && n > 0) {
    const struct vhm_trace_visit *visits;
    if (!vhm_trace_read (reader, &visits, &n, error))
      return false;
    const uint64_t *new = vhm_trace_new_pages (reader, &n_new);
    g_array_append_vals (names, new, (guint) n_new);
    for (size_t i = 0; i < n; i++) {
      g_assert_cmpuint (visits[i].page, <, names->len);
      struct test_visit visit
          = { g_array_index (names, uint64_t, visits[i].page),
              visits[i].n_accesses + 1u, visits[i].kinds };
      if (ret_visits)
        g_array_append_val (ret_visits, visit);
    }
  }
  return reader != NULL;
}

#endif
