/* The table of expectations on a terminal, and how quantities are shown. */
#include "suite.h"

#include "synthetic_result.h"

#include <vhm/report/report.h>

START_TEST (aligns_its_columns)
{
  struct vhm_result *result = synthetic_result ();
  g_autofree char *table = vhm_report_table (result, false);
  ck_assert_str_eq (
      table,
      "STATE       EXPECTATION           VALUE  ACCEPTED        PUBLISHED  "
      "FIGURE\n"
      "PASS        pressure of guest5  151.2 %  140 % to 160 %  > 100      "
      "fig. 19\n"
      "FAIL        idle guests         41.50 %  0 % to 40 %     > 100      "
      "fig. 19\n"
      "KNOWN MISS  the balloon           180 %  100 % to 160 %  > 100      "
      "fig. 19\n"
      "PASS        no bound above         55 %  at least 50 %   > 100      "
      "fig. 19\n");
  vhm_result_free (result);
}
END_TEST

static struct vhm_result *
result_of (double value, double low, double high, enum vhm_unit unit)
{
  struct vhm_result *result = vhm_result_new ();
  synthetic_add_expectation (result, "x", "", value, low, high, NULL);
  struct vhm_expectation *e = result->expectations->pdata[0];
  e->unit = unit;
  g_clear_pointer (&e->published, g_free);
  g_clear_pointer (&e->figure, g_free);
  return result;
}

#define INF ((double) INFINITY)

static const struct {
  double value, low, high;
  enum vhm_unit unit;
  const char *shown;
} quantities[] = {
  { 8589934592, 7.5 * SYNTHETIC_GIB, INF, VHM_UNIT_BYTES,
    "PASS   x            8 GiB  at least 7.50 GiB" },
  { 1536, 0, 4096, VHM_UNIT_BYTES,
    "PASS   x            1.50 KiB  0 B to 4 KiB" },
  { 0.5, -INF, 1, VHM_UNIT_NONE, "PASS   x            0.500  at most 1" },
  { 90, 60, 7200, VHM_UNIT_SECONDS, "PASS   x             90 s  60 s to 2 h" },
  { 0.0042, 0, 0, VHM_UNIT_SECONDS, "FAIL   x            4.20 ms  0 s" },
  { INF, 0, 60, VHM_UNIT_SECONDS, "FAIL   x              inf  0 s to 60 s" },
  { (double) NAN, -INF, INF, VHM_UNIT_PER_S,
    "FAIL   x                -  anything" },
  { 2.5e9, 0, 3e9, VHM_UNIT_CYCLES,
    "PASS   x            2.50 G cycles  0 cycles to 3 G cycles" },
  { -0.0001, -1, 1, VHM_UNIT_PERCENT,
    "PASS   x            0.000 %  -1 % to 1 %" },
};

START_TEST (shows_quantities_in_fitting_units)
{
  struct vhm_result *result
      = result_of (quantities[_i].value, quantities[_i].low,
                   quantities[_i].high, quantities[_i].unit);
  g_autofree char *table = vhm_report_table (result, false);
  const char *row = strchr (table, '\n') + 1;
  g_autofree char *expected = g_strconcat (quantities[_i].shown, "\n", NULL);
  ck_assert_str_eq (row, expected);
  vhm_result_free (result);
}
END_TEST

START_TEST (a_name_cannot_steer_the_terminal)
{
  struct vhm_result *result = vhm_result_new ();
  synthetic_add_expectation (result, "a\033[31m\nb", "", 1, 0, 2, NULL);
  g_autofree char *table = vhm_report_table (result, false);
  ck_assert_ptr_nonnull (strstr (table, "a?[31m?b"));
  vhm_result_free (result);
}
END_TEST

START_TEST (colors_only_the_state)
{
  struct vhm_result *result = vhm_result_new ();
  synthetic_add_expectation (result, "a", "", 1, 0, 2, NULL);
  g_autofree char *table = vhm_report_table (result, true);
  ck_assert_ptr_nonnull (strstr (table, "\033[32mPASS \033[0m  a"));
  vhm_result_free (result);
}
END_TEST

SUITE ("table", tcase_add_test (tc, aligns_its_columns);
       tcase_add_loop_test (tc, shows_quantities_in_fitting_units, 0,
                            G_N_ELEMENTS (quantities));
       tcase_add_test (tc, a_name_cannot_steer_the_terminal);
       tcase_add_test (tc, colors_only_the_state);)
