/* Lackey's text: lines to visits, and every way to get them wrong. */
#include "suite.h"
#include "trace_bytes.h"

#include <vhm/base/error.h>
#include <vhm/sim/lackey.h>

/* Reads the text; the visits as one line: "4:3F" is page 4, 3 accesses, kinds
 * L, S, F. */
static char *
visits_of (const char *text, size_t size, unsigned kinds, unsigned page_shift,
           struct vhm_trace_totals *ret, GError **error)
{
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, "t", NULL);
  g_autoptr (vhm_sink) sink = vhm_sink_open (path, NULL);
  g_autoptr (vhm_source) source = vhm_source_from_memory ("x.lk", text, size);
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (sink, page_shift, kinds);
  const struct vhm_lackey_options options
      = { .page_shift = page_shift, .kinds = kinds };
  bool fine = vhm_lackey_read (source, writer, &options, error)
              && vhm_sink_commit (sink, error);
  *ret = vhm_trace_written (writer);
  GString *out = g_string_new (NULL);
  g_autoptr (GArray) visits
      = g_array_new (FALSE, FALSE, sizeof (struct test_visit));
  char *bytes = NULL;
  gsize n = 0;
  if (fine && g_file_get_contents (path, &bytes, &n, NULL))
    ck_assert (trace_read_bytes ("t", bytes, n, visits, NULL));
  g_free (bytes);
  for (guint i = 0; i < visits->len; i++) {
    struct test_visit v = g_array_index (visits, struct test_visit, i);
    g_string_append_printf (out, "%s%" G_GINT64_MODIFIER "x:%u%s%s%s",
                            i ? " " : "", v.original, v.n_accesses,
                            v.kinds & 1 ? "L" : "", v.kinds & 2 ? "S" : "",
                            v.kinds & 4 ? "F" : "");
  }
  trace_folder_remove (folder);
  return g_string_free (out, FALSE);
}

static const struct {
  const char *text, *visits;
} good[] = {
  { " L 04022170,8\n", "4022:1L" },
  { "==7== Lackey\n\n--7-- note\nI  1000,3\n==7== end\n", "1:1F" },
  { "I  1000,3\r\n", "1:1F" },
  { " M 1ffc,4\n", "1:2LS" },
  { " S 1ffd,4\n", "1:1S 2:1S" }, /* over the edge: both pages */
  { " M 1fff,2\n", "1:2LS 2:2LS" },
  { " L 1000,8\n L 1ff8,8\n S 1000,1\n", "1:3LS" }, /* one run */
  { " L 1000,8\n L 2000,8\n L 1000,8\n", "1:1L 2:1L 1:1L" },
  /* classes take turns, and each is one visit; in order of first access */
  { "I  1000,3\n L 5000,8\nI  1003,3\n S 5008,8\nI  1006,3\n", "1:3F 5:2LS" },
  /* data move on: the code page, begun earlier, is told first, and again */
  { "I  1000,3\n L 5000,8\nI  1003,3\n L 6000,8\nI  1006,3\n L 7000,8\n",
    "1:2F 5:1L 6:1L 1:1F 7:1L" },
  /* code moves on: the data page began later and goes on */
  { "I  1000,3\n L 5000,8\nI  2000,3\n L 5008,8\n", "1:1F 5:2L 2:1F" },
  { " L ffffffffffffffff,1\n", "fffffffffffff:1L" },
};

START_TEST (lines_become_visits)
{
  struct vhm_trace_totals t;
  g_autoptr (GError) error = NULL;
  g_autofree char *visits = visits_of (good[_i].text, strlen (good[_i].text),
                                       VHM_TRACE_ALL_KINDS, 12, &t, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  ck_assert_str_eq (visits, good[_i].visits);
  ck_assert_uint_eq (t.n_accesses, t.n_loads + t.n_stores + t.n_fetches);
}
END_TEST

START_TEST (counts_by_kind)
{
  static const char text[]
      = "I  1000,3\n L 5000,8\n M 5000,8\n S 5fff,2\nI  1003,3\n";
  struct vhm_trace_totals t;
  g_autofree char *all
      = visits_of (text, strlen (text), VHM_TRACE_ALL_KINDS, 12, &t, NULL);
  ck_assert_str_eq (all, "1:1F 5:4LS 6:1S 1:1F");
  ck_assert (t.n_loads == 2 && t.n_stores == 3 && t.n_fetches == 2);
  ck_assert (t.n_pages == 3 && t.n_visits == 4 && t.n_accesses == 7);
  g_autofree char *data = visits_of (
      text, strlen (text), VHM_TRACE_LOAD | VHM_TRACE_STORE, 12, &t, NULL);
  ck_assert_str_eq (data, "5:4LS 6:1S");
  ck_assert_uint_eq (t.n_fetches, 0);
  g_autofree char *large
      = visits_of (text, strlen (text), VHM_TRACE_ALL_KINDS, 21, &t, NULL);
  ck_assert_str_eq (large, "0:2F 0:4LS");
}
END_TEST

static const struct {
  const char *text, *message;
} bad[] = {
  { "", "x.lk:1:1: there is no memory access in it; the output of valgrind "
        "--tool=lackey --trace-mem=yes\n" },
  { "==1== x\n", "x.lk:2:1: there is no memory access in it; " },
  { " L 04022170,8", "x.lk:1:14: the last line has no end; it was cut short" },
  { "L 04022170,8\n", "x.lk:1:1: this is no line of lackey's memory trace; " },
  { "I 04022170,8\n", "x.lk:1:1: this is no line of lackey's memory trace; " },
  { " X 04022170,8\n", "x.lk:1:1: this is no line of lackey's memory trace; " },
  { " L\n", "x.lk:1:1: this is no line of lackey's memory trace; " },
  { " L 1000,1\n L g,8\n", "x.lk:2:4: this is no address; write 1 to 16 hexa" },
  { " L ,8\n", "x.lk:1:4: this is no address; write 1 to 16 hexadecimal" },
  { " L 00000000000000001,8\n", "x.lk:1:4: this is no address; write 1 to 16" },
  { " L 1000\n", "x.lk:1:8: a comma is missing; write the size after it" },
  { " L 1000 8\n", "x.lk:1:8: a comma is missing; write the size after it" },
  { " L 1000,\n", "x.lk:1:9: this is no size of an access; write 1 to 4096" },
  { " L 1000,0\n", "x.lk:1:10: this is no size of an access; write 1 to 4096" },
  { " L 1000,4097\n", "x.lk:1:13: this is no size of an access; write 1 to" },
  { " L 1000,99999999999999999999999\n", "x.lk:1:32: this is no size of an" },
  { " L 1000,8 \n", "x.lk:1:10: something follows the size; end the line" },
  { " L ffffffffffffffff,2\n", "x.lk:1:4: the access reaches beyond the last" },
};

START_TEST (mistakes_have_a_place)
{
  struct vhm_trace_totals t;
  g_autoptr (GError) error = NULL;
  g_autofree char *visits = visits_of (bad[_i].text, strlen (bad[_i].text),
                                       VHM_TRACE_ALL_KINDS, 12, &t, &error);
  ck_assert_msg (error && g_str_has_prefix (error->message, bad[_i].message),
                 "%s", error ? error->message : "no error");
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
}
END_TEST

START_TEST (several_mistakes_are_told_up_to_a_bound)
{
  g_autoptr (GString) text = g_string_new (" L 1000,8\n");
  struct vhm_trace_totals t;
  g_autoptr (GError) two = NULL, many = NULL;
  g_string_append (text, "a\033b\n\xff\n");
  g_autofree char *a
      = visits_of (text->str, text->len, VHM_TRACE_ALL_KINDS, 12, &t, &two);
  ck_assert (strstr (two->message, "x.lk:2:1: ")
             && strstr (two->message, "  a\\x1bb\n  ^\nx.lk:3:1: ")
             && strstr (two->message, "  \\xff\n  ^\n"));
  for (int i = 0; i < 1000; i++)
    g_string_append (text, "no\n");
  g_autofree char *b
      = visits_of (text->str, text->len, VHM_TRACE_ALL_KINDS, 12, &t, &many);
  ck_assert (strstr (many->message, "x.lk:21:1: ")
             && !strstr (many->message, "x.lk:22:1: ")
             && strstr (many->message, "x.lk: no more is read after so many"));
}
END_TEST

/* Valgrind prints the whole command; a line of a foreign file may never end. */
START_TEST (lines_longer_than_the_buffer)
{
  struct vhm_trace_totals t;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("==1== Command: ");
  for (int i = 0; i < 1000000; i++)
    g_string_append_c (text, 'x');
  g_string_append (text, "\n L 1000,8\n L 1000,z\n");
  g_autofree char *ours
      = visits_of (text->str, text->len, VHM_TRACE_ALL_KINDS, 12, &t, &error);
  ck_assert_msg (g_str_has_prefix (error->message, "x.lk:3:9: "), "%s",
                 error->message);
  g_clear_error (&error);
  g_autofree char *foreign = visits_of (text->str + 2, text->len - 2,
                                        VHM_TRACE_ALL_KINDS, 12, &t, &error);
  ck_assert_msg (
      g_str_has_prefix (error->message, "x.lk:1:1: a line that does not end"),
      "%s", error->message);
}
END_TEST

/* The bound of a buffer may fall anywhere in a line. */
START_TEST (buffers_end_within_lines)
{
  g_autoptr (GString) text = g_string_new (NULL);
  struct vhm_trace_totals t;
  for (uint64_t i = 0; i < 60000; i++)
    g_string_append_printf (text, " S %" G_GINT64_MODIFIER "x,8\n",
                            i * i * 4096);
  g_autofree char *visits
      = visits_of (text->str, text->len, VHM_TRACE_ALL_KINDS, 12, &t, NULL);
  ck_assert_uint_eq (t.n_visits, 60000);
  ck_assert_uint_eq (t.n_stores, 60000);
  ck_assert_uint_eq (t.n_pages, 60000);
}
END_TEST

static bool
stop_at_once (void *context, double done)
{
  ck_assert_double_eq (done, 0);
  ++*(unsigned *) context;
  return false;
}

START_TEST (somebody_may_stop_it)
{
  unsigned n_asked = 0;
  g_autoptr (vhm_source) source
      = vhm_source_from_memory ("x.lk", " L 1000,8\n", 10);
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (NULL, 12, VHM_TRACE_ALL_KINDS);
  const struct vhm_lackey_options options = { .page_shift = 12,
                                              .kinds = VHM_TRACE_ALL_KINDS,
                                              .go_on = stop_at_once,
                                              .context = &n_asked };
  g_autoptr (GError) error = NULL;
  ck_assert (!vhm_lackey_read (source, writer, &options, &error));
  ck_assert_ptr_null (error);
  ck_assert_uint_eq (n_asked, 1);
}
END_TEST

SUITE ("lackey",
       tcase_add_loop_test (tc, lines_become_visits, 0, G_N_ELEMENTS (good));
       tcase_add_test (tc, counts_by_kind);
       tcase_add_loop_test (tc, mistakes_have_a_place, 0, G_N_ELEMENTS (bad));
       tcase_add_test (tc, several_mistakes_are_told_up_to_a_bound);
       tcase_add_test (tc, lines_longer_than_the_buffer);
       tcase_add_test (tc, buffers_end_within_lines);
       tcase_add_test (tc, somebody_may_stop_it);)
