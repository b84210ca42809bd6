/* Values of expectations on a result that a person can follow. */
#include "suite.h"

#include "small_result.h"

#define GIB 1073741824.0
#define NO_UNIT VHM_UNIT_NONE

static const struct {
  const char *text;
  double value;
  enum vhm_unit unit;
} cases[] = {
  /* windows: both ends count */
  { "mean(guest1.pressure) from 13:01 to 13:03", 80, VHM_UNIT_PERCENT },
  { "mean(guest1.pressure) from 1 min to 3 min", 80, VHM_UNIT_PERCENT },
  { "mean(guest1.pressure) from 30 s 30 s to 2 min 60 s", 80,
    VHM_UNIT_PERCENT },
  { "mean(guest1.pressure) from start to 1 min", 50, VHM_UNIT_PERCENT },
  { "mean(guest1.pressure) from 13:06 to end", 170, VHM_UNIT_PERCENT },
  { "max(guest1.pressure) - min(guest1.pressure) from 13:02 to 13:04", 40,
    VHM_UNIT_PERCENT },
  { "max(guest1.pressure) from 13:02 to 13:04 - min(guest1.pressure)", 80,
    VHM_UNIT_PERCENT },
  { "(max(guest1.pressure) - min(guest1.pressure)) from 13:02 to 13:04 "
    "- min(guest1.pressure)",
    0, VHM_UNIT_PERCENT },
  { "max(guest1.pressure) from 13:00 to 13:01 - min(guest1.pressure) from "
    "13:02 to 13:04",
    -20, VHM_UNIT_PERCENT },
  { "max(guest1.pressure) - 60 from 13:00 to 13:03", 40, VHM_UNIT_PERCENT },
  { "max(guest1.pressure) - at(guest1.pressure, 13:00) from 13:00 to 13:03", 60,
    VHM_UNIT_PERCENT },
  /* conditions */
  { "mean(guest1.pressure >= 100 and guest1.pressure <= 160)", 0.5, NO_UNIT },
  { "mean(guest1.pressure < 60 or guest1.pressure > 160)", 0.25, NO_UNIT },
  { "mean(not guest1.pressure > 100)", 0.5, NO_UNIT },
  { "mean(guest1.add_operations == 3)", 0.375, NO_UNIT },
  { "mean(guest1.add_operations != 3)", 0.625, NO_UNIT },
  { "time(guest1.physical_memory >= 1.9 GiB and guest1.physical_memory <= "
    "3.1 GiB) from 13:00 to 13:07",
    240, VHM_UNIT_SECONDS },
  { "time(guest1.pressure > 0)", 420, VHM_UNIT_SECONDS },
  { "longest(guest1.physical_memory == 2 GiB)", 180, VHM_UNIT_SECONDS },
  { "longest(web[3].pressure > 100)", 60, VHM_UNIT_SECONDS },
  { "first_time(guest1.pressure > 100)", 240, VHM_UNIT_SECONDS },
  { "first_time(guest1.pressure > 100) from 13:03 to 13:07", 60,
    VHM_UNIT_SECONDS },
  { "first_time(guest1.pressure > 999)", (double) INFINITY, VHM_UNIT_SECONDS },
  { "advances(guest1.add_operations, 1 min)", 4.0 / 7, NO_UNIT },
  { "advances(guest1.add_operations, 2 min) from 13:00 to 13:06", 2.0 / 3,
    NO_UNIT },
  /* gaps are skipped */
  { "mean(guest1.pages_input_per_s)", 140.0 / 6, VHM_UNIT_PER_S },
  { "mean(guest1.pages_input_per_s >= 10)", 4.0 / 6, NO_UNIT },
  { "time(guest1.pages_input_per_s >= 0)", 300, VHM_UNIT_SECONDS },
  { "greatest(mean(guest1.pressure), mean(web[3].pressure))", 110,
    VHM_UNIT_PERCENT },
  { "mean(least(guest1.pressure, web[3].pressure, 100))", 82.5,
    VHM_UNIT_PERCENT },
  { "max(abs(guest1.pressure - 100))", 80, VHM_UNIT_PERCENT },
  /* arithmetic and dimensions */
  { "-mean(guest1.pressure) + 10 * 2", -90, VHM_UNIT_PERCENT },
  { "2 + 3 * 4 - 6 / 3", 12, NO_UNIT },
  { "(2 + 3) * 4", 20, NO_UNIT },
  { "2-1", 1, NO_UNIT },
  { "max(guest1.physical_memory) / 2 GiB", 2, NO_UNIT },
  { "max(guest1.physical_memory + 512 MiB)", 4.5 * GIB, VHM_UNIT_BYTES },
  { "last(guest1.pressure * guest1.physical_memory)", 7.2 * GIB,
    VHM_UNIT_BYTES },
  { "50 % * max(guest1.physical_memory)", 2 * GIB, VHM_UNIT_BYTES },
  { "mean(guest1.pressure) from 13:00 to 13:01 - 100 % * "
    "mean(guest1.pressure > 100) from 13:03 to 13:06",
    -25, VHM_UNIT_PERCENT },
  { "mean(guest1.pressure > 100) - 5 %", 0.45, NO_UNIT },
  { "max(guest1.pages_input_per_s) * 1 min", 3600, NO_UNIT },
  { "rise(guest1.add_operations) / 2 s", 2, VHM_UNIT_PER_S },
};

START_TEST (gives_the_value_and_its_unit)
{
  enum vhm_unit unit = VHM_N_UNITS;
  g_autofree char *message = NULL;
  double value = small_value (cases[_i].text, &unit, &message);
  ck_assert_msg (message == NULL, "%s: %s", cases[_i].text, message);
  ck_assert_msg (
      value == cases[_i].value
          || fabs (value - cases[_i].value) <= 1e-12 * fabs (cases[_i].value),
      "%s: %.17g, not %.17g", cases[_i].text, value, cases[_i].value);
  ck_assert_msg (unit == cases[_i].unit, "%s: unit %s", cases[_i].text,
                 vhm_unit_name (unit));
}
END_TEST

static const struct {
  const char *text, *message;
} failures[] = {
  { "mean(empty.pressure)",
    "column 1: no sample between 0 s and 420 s after the start" },
  { "mean(guest1.pages_input_per_s) from 13:02 to 13:03",
    "column 1: no sample between 120 s and 180 s after the start" },
  { "advances(guest1.pressure, 30 s)",
    "column 1: expected a length between one sample (60 s) and the window "
    "(420 s)" },
  { "advances(guest1.pressure, 2 min) from 13:00 to 13:01",
    "column 1: expected a length between one sample (60 s) and the window "
    "(60 s)" },
  { "rise(disk.d-0.pressure) / rise(disk.d-0.pressure)",
    "column 25: the value is not a number (0 divided by 0)" },
  { "mean(guest1.pressure) from 13:00 to 14:00",
    "column 37: 3600 s after the start, but the run ends after 420 s" },
  { "mean(guest1.presure)",
    "column 6: no series \"guest1.presure\"; did you mean "
    "\"guest1.pressure\"?" },
};

START_TEST (says_why_there_is_no_value)
{
  enum vhm_unit unit;
  g_autofree char *message = NULL;
  small_value (failures[_i].text, &unit, &message);
  ck_assert_pstr_eq (message, failures[_i].message);
}
END_TEST

SUITE ("expect_eval", tcase_add_loop_test (tc, gives_the_value_and_its_unit, 0,
                                           G_N_ELEMENTS (cases));
       tcase_add_loop_test (tc, says_why_there_is_no_value, 0,
                            G_N_ELEMENTS (failures));)
