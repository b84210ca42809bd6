/* The JSON writer: layout, escapes, numbers. */
#include "suite.h"

#include <locale.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include <vhm/sim/json.h>

static char *
written_string (const char *text)
{
  struct vhm_json json;
  size_t size;
  vhm_json_init (&json);
  vhm_json_string (&json, text);
  return vhm_json_finish (&json, &size);
}

static char *
written_number (double value)
{
  struct vhm_json json;
  size_t size;
  vhm_json_init (&json);
  vhm_json_number (&json, value);
  return vhm_json_finish (&json, &size);
}

START_TEST (indents_objects_and_arrays_by_two_spaces)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  vhm_json_key (&json, "seed");
  vhm_json_count (&json, UINT64_MAX);
  vhm_json_key (&json, "list");
  vhm_json_begin_array (&json);
  vhm_json_bool (&json, true);
  vhm_json_string (&json, NULL);
  vhm_json_end (&json);
  vhm_json_key (&json, "empty");
  vhm_json_begin_array (&json);
  vhm_json_end (&json);
  vhm_json_end (&json);
  size_t size;
  g_autofree char *text = vhm_json_finish (&json, &size);
  ck_assert_str_eq (text, "{\n"
                          "  \"seed\": 18446744073709551615,\n"
                          "  \"list\": [\n"
                          "    true,\n"
                          "    null\n"
                          "  ],\n"
                          "  \"empty\": []\n"
                          "}\n");
  ck_assert_uint_eq (size, strlen (text));
}
END_TEST

static const struct {
  const char *text, *json;
} strings[] = {
  { "plain", "\"plain\"\n" },
  { "a\"b\\c", "\"a\\\"b\\\\c\"\n" },
  { "line\nand\ttab", "\"line\\nand\\ttab\"\n" },
  { "\x01\x1f\r", "\"\\u0001\\u001f\\u000d\"\n" },
  { "</script>", "\"\\u003c/script>\"\n" },
  { "Gr\xc3\xbc\xc3\x9f", "\"Gr\xc3\xbc\xc3\x9f\"\n" },
  { "bad\xff\xc3", "\"bad\xef\xbf\xbd\xef\xbf\xbd\"\n" },
};

START_TEST (escapes_strings)
{
  g_autofree char *text = written_string (strings[_i].text);
  ck_assert_str_eq (text, strings[_i].json);
}
END_TEST

static const struct {
  double value;
  const char *json;
} numbers[] = {
  { 0, "0\n" },
  { -0.0, "-0\n" },
  { 0.1, "0.1\n" },
  { 1.0 / 3, "0.3333333333333333\n" },
  { 2.0 / 3, "0.6666666666666666\n" },
  { 1e300, "1e+300\n" },
  { 5e-324, "4.94065645841247e-324\n" },
  { 0.1 + 0.2, "0.30000000000000004\n" },
  { 8589934592, "8589934592\n" },
  { (double) NAN, "null\n" },
  { -(double) INFINITY, "null\n" },
};

START_TEST (prints_the_shortest_number_that_reads_back)
{
  g_autofree char *text = written_number (numbers[_i].value);
  ck_assert_str_eq (text, numbers[_i].json);
  if (isfinite (numbers[_i].value))
    ck_assert_double_eq (g_ascii_strtod (text, NULL), numbers[_i].value);
}
END_TEST

START_TEST (a_value_without_its_key_aborts)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  vhm_json_bool (&json, true);
}
END_TEST

START_TEST (finishing_with_something_open_aborts)
{
  struct vhm_json json;
  size_t size;
  vhm_json_init (&json);
  vhm_json_begin_array (&json);
  vhm_json_finish (&json, &size);
}
END_TEST

SUITE (
    "json", tcase_add_test (tc, indents_objects_and_arrays_by_two_spaces);
    tcase_add_loop_test (tc, escapes_strings, 0, G_N_ELEMENTS (strings));
    tcase_add_loop_test (tc, prints_the_shortest_number_that_reads_back, 0,
                         G_N_ELEMENTS (numbers));
    if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, a_value_without_its_key_aborts, SIGABRT);
      tcase_add_test_raise_signal (tc, finishing_with_something_open_aborts,
                                   SIGABRT);
    })
