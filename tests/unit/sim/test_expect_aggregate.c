/* Every aggregate on samples that a person can follow, and what a gap does. */
#include "suite.h"

#include "small_result.h"

#define GIB 1073741824.0
#define NO_UNIT VHM_UNIT_NONE

static const struct {
  const char *text;
  double value;
  enum vhm_unit unit;
} cases[] = {
  { "mean(guest1.pressure)", 110, VHM_UNIT_PERCENT },
  { "min(guest1.pressure)", 40, VHM_UNIT_PERCENT },
  { "max(guest1.pressure)", 180, VHM_UNIT_PERCENT },
  { "first(guest1.pressure)", 40, VHM_UNIT_PERCENT },
  { "last(guest1.pressure)", 180, VHM_UNIT_PERCENT },
  { "sum(guest1.add_operations)", 17, NO_UNIT },
  { "range(guest1.physical_memory)", 3 * GIB, VHM_UNIT_BYTES },
  { "rise(guest1.add_operations)", 4, NO_UNIT },
  { "cv(web[3].pressure)", 0.1, NO_UNIT },
  { "p0(guest1.pressure)", 40, VHM_UNIT_PERCENT },
  { "p50(guest1.pressure)", 110, VHM_UNIT_PERCENT },
  { "p90(guest1.pressure)", 166, VHM_UNIT_PERCENT },
  { "p100(guest1.pressure)", 180, VHM_UNIT_PERCENT },
  { "at(guest1.pressure, 13:03)", 100, VHM_UNIT_PERCENT },
  { "at(guest1.pressure, 13:03:59)", 100, VHM_UNIT_PERCENT },
  { "at(guest1.pressure, 4 min)", 120, VHM_UNIT_PERCENT },
  { "at(guest1.pages_input_per_s, 13:03)", 10, VHM_UNIT_PER_S },
  { "p99.9(guest1.add_operations)", 3.993, NO_UNIT },
  { "cv(disk.d-0.pressure)", 0, NO_UNIT },
  { "first(guest1.pages_input_per_s) from 13:02 to 13:05", 40, VHM_UNIT_PER_S },
  /* two spells round a gap are one: 10, gap, gap, 40 */
  { "longest(guest1.pages_input_per_s > 0)", 120, VHM_UNIT_SECONDS },
  /* samples at 0, 1, 4, 5, 6, 7 min; the ends of a window count */
  { "gap(guest1.pages_input_per_s)", 180, VHM_UNIT_SECONDS },
  { "gap(guest1.pages_input_per_s) from 13:02 to 13:05", 120,
    VHM_UNIT_SECONDS },
  { "gap(guest1.pages_input_per_s) from 13:00 to 13:03", 120,
    VHM_UNIT_SECONDS },
  { "gap(guest1.pages_input_per_s) from 13:04 to 13:07", 60, VHM_UNIT_SECONDS },
  { "gap(guest1.pressure)", 60, VHM_UNIT_SECONDS },
  /* the last sample has no time left before the end */
  { "time(guest1.pressure >= 160)", 60, VHM_UNIT_SECONDS },
  { "advances(guest1.pages_input_per_s, 1 min)", 3.0 / 7, NO_UNIT },
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

SUITE ("expect_aggregate",
       tcase_add_loop_test (tc, gives_the_value_and_its_unit, 0,
                            G_N_ELEMENTS (cases));)
