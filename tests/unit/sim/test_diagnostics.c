#include <string.h>
#include <suite.h>
#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>

static vhm_diagnostics *
with_file (const char *text)
{
  vhm_diagnostics *d = vhm_diagnostics_new ();
  vhm_diagnostics_add_file (d, "s.yaml", text, strlen (text));
  return d;
}

static void
tell (vhm_diagnostics *d, uint32_t line, uint32_t column, const char *wrong)
{
  vhm_diagnostics_add (d, VHM_SEVERITY_ERROR,
                       (struct vhm_mark){ line, column, 0 }, NULL, wrong, NULL);
}

static void
expect (vhm_diagnostics *d, const char *text)
{
  g_autofree char *found = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  ck_assert_str_eq (found, text);
}

START_TEST (a_message_shows_place_path_remedy_line_and_caret)
{
  g_autoptr (vhm_diagnostics) d = with_file ("host:\n  memry: 4 GiB\n");
  vhm_diagnostics_add (d, VHM_SEVERITY_ERROR, (struct vhm_mark){ 2, 3, 0 },
                       "host", "unknown key", "memory");
  expect (d, "s.yaml:2:3: host: unknown key; memory\n"
             "    memry: 4 GiB\n"
             "    ^\n");
}
END_TEST

START_TEST (messages_come_in_order_of_place_and_once)
{
  g_autoptr (vhm_diagnostics) d = with_file ("abc\ndef\n");
  vhm_diagnostics_add_file (d, "p.yaml", "x\n", 2);
  vhm_diagnostics_add (d, VHM_SEVERITY_ERROR, (struct vhm_mark){ 1, 1, 1 },
                       NULL, "last", NULL);
  tell (d, 2, 1, "third");
  tell (d, 1, 3, "second");
  tell (d, 1, 3, "second");
  tell (d, 1, 2, "first");
  ck_assert_uint_eq (vhm_diagnostics_n (d, VHM_SEVERITY_ERROR), 4);
  expect (d, "s.yaml:1:2: first\n  abc\n   ^\n"
             "s.yaml:1:3: second\n  abc\n    ^\n"
             "s.yaml:2:1: third\n  def\n  ^\n"
             "p.yaml:1:1: last\n  x\n  ^\n");
}
END_TEST

START_TEST (the_caret_stands_right_behind_wide_and_escaped_letters)
{
  g_autoptr (vhm_diagnostics) d
      = with_file ("\xe6\xbc\xa2\xe5\xad\x97: 1\n\x01\x02x\na\tb\n");
  tell (d, 1, 5, "wide");
  tell (d, 2, 3, "escaped");
  tell (d, 3, 3, "tab");
  expect (d, "s.yaml:1:5: wide\n  \xe6\xbc\xa2\xe5\xad\x97: 1\n        ^\n"
             "s.yaml:2:3: escaped\n  \\x01\\x02x\n          ^\n"
             "s.yaml:3:3: tab\n  a\\x09b\n       ^\n");
}
END_TEST

START_TEST (a_long_line_is_cut_around_the_caret)
{
  g_autofree char *front = g_strnfill (1000, 'a');
  g_autofree char *back = g_strnfill (1000, 'b');
  g_autofree char *text = g_strconcat (front, "X", back, NULL);
  g_autoptr (vhm_diagnostics) d = with_file (text);
  tell (d, 1, 1001, "here");
  g_autofree char *out = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  g_auto (GStrv) lines = g_strsplit (out, "\n", -1);
  ck_assert_uint_eq (strlen (lines[1]), 2 + 3 + 76 + 3);
  ck_assert_int_eq (lines[1][strlen (lines[2]) - 1], 'X');
  ck_assert (g_str_has_prefix (lines[1], "  ...aaa"));
  ck_assert (g_str_has_suffix (lines[1], "bbb..."));
}
END_TEST

START_TEST (more_than_fifty_are_counted_not_shown)
{
  g_autoptr (vhm_diagnostics) d = with_file ("");
  for (unsigned i = 0; i < 5000; i++) {
    g_autofree char *wrong = g_strdup_printf ("mistake %u", i);
    vhm_diagnostics_add (d, VHM_SEVERITY_ERROR, (struct vhm_mark){ 0, 0, 0 },
                         NULL, wrong, NULL);
  }
  g_autofree char *out = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  ck_assert (g_str_has_prefix (out, "s.yaml: mistake 0\ns.yaml: mistake 1\n"));
  ck_assert (g_str_has_suffix (out, "s.yaml: mistake 49\n... and 4950 more\n"));
}
END_TEST

START_TEST (errors_become_one_gerror_and_warnings_none)
{
  g_autoptr (vhm_diagnostics) d = with_file ("x");
  g_autoptr (GError) error = NULL;
  vhm_diagnostics_add (d, VHM_SEVERITY_WARNING, (struct vhm_mark){ 1, 1, 0 },
                       "a.b", "odd", NULL);
  ck_assert (vhm_diagnostics_check (d, &error));
  g_autofree char *text = vhm_diagnostics_text (d, VHM_SEVERITY_WARNING);
  ck_assert_str_eq (text, "s.yaml:1:1: warning: a.b: odd\n  x\n  ^\n");
  tell (d, 1, 1, "bad");
  ck_assert (!vhm_diagnostics_check (d, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert_str_eq (error->message, "s.yaml:1:1: bad\n  x\n  ^");
}
END_TEST

START_TEST (an_option_shows_its_name_only_and_is_a_mistake_of_usage)
{
  g_autoptr (vhm_diagnostics) d = with_file ("x");
  g_autoptr (GError) usage = NULL, mixed = NULL;
  uint32_t option = vhm_diagnostics_add_option (d, "--size", "memory.size=x");
  vhm_diagnostics_add (d, VHM_SEVERITY_ERROR,
                       (struct vhm_mark){ 1, 13, option }, "memory.size",
                       "no size", "4 GiB");
  ck_assert (!vhm_diagnostics_check (d, &usage));
  ck_assert (g_error_matches (usage, VHM_ERROR, VHM_ERROR_USAGE));
  ck_assert_str_eq (usage->message, "--size: no size; 4 GiB");
  tell (d, 1, 1, "bad");
  ck_assert (!vhm_diagnostics_check (d, &mixed));
  ck_assert (g_error_matches (mixed, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert_str_eq (mixed->message,
                    "s.yaml:1:1: bad\n  x\n  ^\n--size: no size; 4 GiB");
}
END_TEST

START_TEST (control_characters_never_come_out_raw)
{
  g_autofree char *escaped
      = vhm_escape ("a\x1b[31m\xff\xc2\x85\xe2\x80\xae\n\0z", 15);
  ck_assert_str_eq (escaped, "a\\x1b[31m\\xff\\u{85}\\u{202e}\\x0a\\x00z");
  g_autofree char *long_text = g_strnfill (100, 'x');
  g_autofree char *quoted = vhm_quote (long_text);
  ck_assert_uint_eq (strlen (quoted), 60 + strlen ("\"...\""));
  vhm_diagnostics *d = vhm_diagnostics_new ();
  vhm_diagnostics_add_file (d, "a\nb", "", 0);
  ck_assert_str_eq (vhm_diagnostics_file_name (d, 0), "a\\x0ab");
  vhm_diagnostics_free (d);
}
END_TEST

START_TEST (lines_end_where_yaml_says)
{
  const char text[] = "a\r\nb\rc\nd\xc2\x85"
                      "e\xe2\x80\xa8"
                      "f";
  struct vhm_mark mark
      = vhm_diagnostics_place (text, strlen (text), strlen (text) - 1);
  ck_assert_uint_eq (mark.line, 6);
  ck_assert_uint_eq (mark.column, 1);
  g_autoptr (vhm_diagnostics) d = with_file (text);
  tell (d, 4, 1, "four");
  tell (d, 9, 1, "beyond the end");
  expect (d, "s.yaml:4:1: four\n  d\n  ^\ns.yaml:9:1: beyond the end\n");
}
END_TEST

SUITE ("diagnostics",
       tcase_add_test (tc, a_message_shows_place_path_remedy_line_and_caret);
       tcase_add_test (tc, messages_come_in_order_of_place_and_once);
       tcase_add_test (tc,
                       the_caret_stands_right_behind_wide_and_escaped_letters);
       tcase_add_test (tc, a_long_line_is_cut_around_the_caret);
       tcase_add_test (tc, more_than_fifty_are_counted_not_shown);
       tcase_add_test (tc, errors_become_one_gerror_and_warnings_none);
       tcase_add_test (tc,
                       an_option_shows_its_name_only_and_is_a_mistake_of_usage);
       tcase_add_test (tc, control_characters_never_come_out_raw);
       tcase_add_test (tc, lines_end_where_yaml_says);)
