/* The expectation language as its users meet it: names, checks before the run,
 * bounds, values with their unit. */
#include "suite.h"

#include "small_result.h"

#include <vhm/base/error.h>

START_TEST (lists_the_series_it_needs_in_order)
{
  g_autoptr (vhm_expect) expect = vhm_expect_parse (
      "mean(guest1.pressure) - max(disk.d-0.pressure + web[3].pressure)", NULL);
  size_t n;
  const struct vhm_expect_name *names = vhm_expect_names (expect, &n);
  ck_assert_uint_eq (n, 3);
  ck_assert_str_eq (names[0].instance, "guest1");
  ck_assert_str_eq (names[0].key, "pressure");
  ck_assert_uint_eq (names[0].column, 6);
  ck_assert_str_eq (names[1].instance, "disk.d-0");
  ck_assert_str_eq (names[2].instance, "web[3]");
  ck_assert_uint_eq (names[2].column, 49);
}
END_TEST

static const struct vhm_expect_known known[] = {
  { "guest1", &small_counters[0] },
  { "guest1", &small_counters[1] },
  { "guest2", &small_counters[0] },
};

static const struct {
  const char *text, *message;
} unknown[] = {
  { "mean(guest1.presure)",
    "column 6: no series \"guest1.presure\"; did you mean "
    "\"guest1.pressure\"?" },
  { "2 * max(gest2.pressure)",
    "column 9: no series \"gest2.pressure\"; did you mean "
    "\"guest2.pressure\"?" },
  { "max(x.y)", "column 5: no series \"x.y\"" },
  { "min(guest1.pressure) + mean(guest1.physical_memory)",
    "column 22: percent and bytes do not go together" },
};

START_TEST (names_the_nearest_known_series)
{
  g_autoptr (vhm_expect) expect = vhm_expect_parse (unknown[_i].text, NULL);
  g_autoptr (GError) error = NULL;
  enum vhm_unit unit = VHM_UNIT_NONE;
  ck_assert (
      !vhm_expect_check (expect, known, G_N_ELEMENTS (known), &unit, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert_str_eq (error->message, unknown[_i].message);
}
END_TEST

START_TEST (tells_its_dimension_before_the_run)
{
  g_autoptr (vhm_expect) expect
      = vhm_expect_parse ("rise(guest1.physical_memory)", NULL);
  enum vhm_unit unit = VHM_UNIT_NONE;
  ck_assert (
      vhm_expect_check (expect, known, G_N_ELEMENTS (known), &unit, NULL));
  ck_assert_int_eq (unit, VHM_UNIT_BYTES);
}
END_TEST

static const struct {
  const char *text, *message;
} windows[] = {
  { "mean(a.b) from 13:00 to 21:00", NULL },
  { "mean(a.b) from start to end", NULL },
  { "mean(a.b) from 13:00 to 21:01",
    "column 25: 28860 s after the start, but the run ends after 28800 s" },
  { "mean(a.b) from 12:59 to 13:30",
    "column 16: 86340 s after the start, but the run ends after 28800 s" },
  { "mean(a.b) from 2 h to 1 h",
    "column 23: the window ends before it begins" },
  { "1 + at(a.b, 23:00)",
    "column 13: 36000 s after the start, but the run ends after 28800 s" },
};

START_TEST (checks_windows_before_the_run)
{
  g_autoptr (vhm_expect) expect = vhm_expect_parse (windows[_i].text, NULL);
  g_autoptr (GError) error = NULL;
  bool is_fine = vhm_expect_check_windows (expect, 13 * 3600, 8 * 3600, &error);
  ck_assert_int_eq (is_fine, windows[_i].message == NULL);
  ck_assert_pstr_eq (error ? error->message : NULL, windows[_i].message);
}
END_TEST

START_TEST (a_clock_before_the_start_is_the_next_day)
{
  g_autoptr (vhm_expect) expect
      = vhm_expect_parse ("mean(a.b) from 23:00 to 01:00", NULL);
  ck_assert (vhm_expect_check_windows (expect, 22 * 3600, 4 * 3600, NULL));
}
END_TEST

static const struct {
  const char *text;
  enum vhm_unit unit;
  double value;
  const char *message;
} bounds[] = {
  { "160", VHM_UNIT_PERCENT, 160, NULL },
  { "160 %", VHM_UNIT_PERCENT, 160, NULL },
  { "5 %", VHM_UNIT_NONE, 0.05, NULL },
  { "7.5 GiB", VHM_UNIT_BYTES, 8053063680, NULL },
  { "2048MiB", VHM_UNIT_BYTES, 2147483648, NULL },
  { "-1 MiB", VHM_UNIT_BYTES, -1048576, NULL },
  { "0", VHM_UNIT_BYTES, 0, NULL },
  { "1_000", VHM_UNIT_PER_S, 1000, NULL },
  { "90 min", VHM_UNIT_SECONDS, 5400, NULL },
  { "inf", VHM_UNIT_SECONDS, (double) INFINITY, NULL },
  { "-inf", VHM_UNIT_BYTES, -(double) INFINITY, NULL },
  { "8", VHM_UNIT_BYTES, 0,
    "column 1: bytes and a plain number do not go together; write the number "
    "with its unit" },
  { "1 s", VHM_UNIT_BYTES, 0,
    "column 1: bytes and seconds do not go together" },
  { "mean(guest1.pressure)", VHM_UNIT_PERCENT, 0,
    "column 1: a bound is a number with its unit" },
};

START_TEST (reads_bounds_in_the_dimension_they_bound)
{
  g_autoptr (GError) error = NULL;
  double value = 0;
  vhm_expect_bound (bounds[_i].text, bounds[_i].unit, &value, &error);
  ck_assert_pstr_eq (error ? error->message : NULL, bounds[_i].message);
  ck_assert_double_eq (value, bounds[_i].value);
}
END_TEST

START_TEST (is_compiled_once_and_evaluated_often)
{
  struct vhm_result *result = small_result ();
  g_autoptr (vhm_expect) expect
      = vhm_expect_parse ("p50(guest1.pressure) from 13:01 to 13:03", NULL);
  for (int i = 0; i < 3; i++) {
    double value;
    enum vhm_unit unit;
    ck_assert (vhm_expect_evaluate (expect, result, &value, &unit, NULL));
    ck_assert_double_eq (value, 80);
    ck_assert_int_eq (unit, VHM_UNIT_PERCENT);
  }
  vhm_result_free (result);
}
END_TEST

SUITE ("expect", tcase_add_test (tc, lists_the_series_it_needs_in_order);
       tcase_add_loop_test (tc, names_the_nearest_known_series, 0,
                            G_N_ELEMENTS (unknown));
       tcase_add_test (tc, tells_its_dimension_before_the_run);
       tcase_add_loop_test (tc, checks_windows_before_the_run, 0,
                            G_N_ELEMENTS (windows));
       tcase_add_test (tc, a_clock_before_the_start_is_the_next_day);
       tcase_add_loop_test (tc, reads_bounds_in_the_dimension_they_bound, 0,
                            G_N_ELEMENTS (bounds));
       tcase_add_test (tc, is_compiled_once_and_evaluated_often);)
