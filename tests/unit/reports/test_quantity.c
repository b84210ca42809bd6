/* Numbers as people read them: unit by size, three to four digits. */
#include "quantity.h"
#include "suite.h"

#include <locale.h>
#include <math.h>

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const struct {
  double value;
  enum vhm_unit unit;
  const char *text;
} texts[] = {
  { 0, VHM_UNIT_BYTES, "0 B" },
  { 1023, VHM_UNIT_BYTES, "1023 B" },
  { KIB, VHM_UNIT_BYTES, "1 KiB" },
  { 1.5 * MIB, VHM_UNIT_BYTES, "1.50 MiB" },
  { 123.25 * MIB, VHM_UNIT_BYTES, "123.2 MiB" },
  { 4 * GIB, VHM_UNIT_BYTES, "4 GiB" },
  { 5000.5 * GIB, VHM_UNIT_BYTES, "5000 GiB" },
  { -2 * GIB, VHM_UNIT_BYTES, "-2 GiB" },
  { 151.26, VHM_UNIT_PERCENT, "151.3 %" },
  { 0.125, VHM_UNIT_PERCENT, "0.125 %" },
  { -0.0001, VHM_UNIT_PERCENT, "0.000 %" },
  { 1234.5, VHM_UNIT_PER_S, "1234 /s" },
  { 3, VHM_UNIT_NONE, "3" },
  { 0, VHM_UNIT_SECONDS, "0 s" },
  { 1.25e-8, VHM_UNIT_SECONDS, "12.50 ns" },
  { 2.512e-4, VHM_UNIT_SECONDS, "251.2 us" },
  { 0.0125, VHM_UNIT_SECONDS, "12.50 ms" },
  { 119, VHM_UNIT_SECONDS, "119 s" },
  { 120, VHM_UNIT_SECONDS, "2 min" },
  { 7199, VHM_UNIT_SECONDS, "120.0 min" },
  { 7200, VHM_UNIT_SECONDS, "2 h" },
  { 999999, VHM_UNIT_CYCLES, "999999 cycles" },
  { 2.5e12, VHM_UNIT_CYCLES, "2.50 T cycles" },
  { (double) NAN, VHM_UNIT_BYTES, "-" },
  { (double) INFINITY, VHM_UNIT_BYTES, "inf" },
  { (double) -INFINITY, VHM_UNIT_BYTES, "-inf" },
};

START_TEST (chooses_unit_and_decimals_by_size)
{
  g_autofree char *text = vhm_quantity_text (texts[_i].value, texts[_i].unit);
  ck_assert_str_eq (text, texts[_i].text);
}
END_TEST

static const struct {
  double low, high;
  const char *text;
} ranges[] = {
  { 140, 160, "140 % to 160 %" },
  { 50, (double) INFINITY, "at least 50 %" },
  { (double) -INFINITY, 50, "at most 50 %" },
  { 100, 100, "100 %" },
  { (double) -INFINITY, (double) INFINITY, "anything" },
};

START_TEST (says_what_is_accepted)
{
  g_autofree char *text = vhm_quantity_range_text (
      ranges[_i].low, ranges[_i].high, VHM_UNIT_PERCENT);
  ck_assert_str_eq (text, ranges[_i].text);
}
END_TEST

static const struct {
  double s;
  const char *text;
} clocks[] = {
  { 0, "00:00:00" },       { 48005, "13:20:05" },      { 86399.4, "23:59:59" },
  { 86399.6, "00:00:00" }, { 86400 + 60, "00:01:00" },
};

START_TEST (tells_the_clock_of_day)
{
  g_autofree char *text = vhm_quantity_clock (clocks[_i].s);
  ck_assert_str_eq (text, clocks[_i].text);
}
END_TEST

static const struct {
  const char *key;
  enum vhm_unit unit;
  const char *column;
} columns[] = {
  { "physical_memory", VHM_UNIT_BYTES, "physical_memory_bytes" },
  { "committed_bytes", VHM_UNIT_BYTES, "committed_bytes" },
  { "pages_input_per_s", VHM_UNIT_PER_S, "pages_input_per_s" },
  { "pressure", VHM_UNIT_PERCENT, "pressure_percent" },
  { "bytes", VHM_UNIT_BYTES, "bytes_bytes" },
  { "queue_length", VHM_UNIT_NONE, "queue_length" },
  { "time_on", VHM_UNIT_SECONDS, "time_on_seconds" },
  { "ready", VHM_UNIT_CYCLES, "ready_cycles" },
};

START_TEST (a_column_has_its_unit_once)
{
  const struct vhm_counter counter
      = { columns[_i].key, "", NULL, columns[_i].unit, "" };
  g_autofree char *column = vhm_quantity_column (&counter);
  ck_assert_str_eq (column, columns[_i].column);
}
END_TEST

static const struct {
  double difference, of;
  int decimals;
  const char *text;
} parts[] = {
  { 1, 8, 2, "+12.50 %" },    { -1, 8, 1, "-12.5 %" },
  { 0, 8, 1, "0.0 %" },       { 1, -8, 1, "+12.5 %" },
  { 79.9, 8, 1, "+998.8 %" }, { 80, 8, 1, "x 11.0" },
  { 98352, 8, 2, "x 12295" }, { 8000, 8, 2, "x 1001" },
  { -100, 8, 1, "x -11.5" },  { 1, 0, 1, "-" },
  { 0, 0, 1, "-" },           { (double) NAN, 1, 1, "-" },
};

START_TEST (a_large_part_is_a_factor)
{
  g_autofree char *text = vhm_quantity_relative (
      parts[_i].difference, parts[_i].of, parts[_i].decimals);
  ck_assert_str_eq (text, parts[_i].text);
}
END_TEST

START_TEST (decimals_have_a_dot_in_every_locale)
{
  const char *found = setlocale (LC_ALL, "de_DE.UTF-8");
  g_autofree char *text = vhm_quantity_decimal (1234.5, 2);
  ck_assert_msg (strcmp (text, "1234.50") == 0, "%s in locale %s", text,
                 found ? found : "C");
  g_autofree char *none = vhm_quantity_decimal (-0.001, 2);
  ck_assert_str_eq (none, "0.00");
  g_autofree char *large = vhm_quantity_decimal (1e300, 5);
  ck_assert_uint_eq (strlen (large), 301 + 1 + 5);
}
END_TEST

SUITE (
    "quantity", tcase_add_loop_test (tc, chooses_unit_and_decimals_by_size, 0,
                                     G_N_ELEMENTS (texts));
    tcase_add_loop_test (tc, says_what_is_accepted, 0, G_N_ELEMENTS (ranges));
    tcase_add_loop_test (tc, tells_the_clock_of_day, 0, G_N_ELEMENTS (clocks));
    tcase_add_loop_test (tc, a_column_has_its_unit_once, 0,
                         G_N_ELEMENTS (columns));
    tcase_add_loop_test (tc, a_large_part_is_a_factor, 0, G_N_ELEMENTS (parts));
    tcase_add_test (tc, decimals_have_a_dot_in_every_locale);)
