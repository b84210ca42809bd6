#include <float.h>
#include <string.h>
#include <suite.h>
#include <vhm/base/error.h>
#include <vhm/base/units.h>
#include <vhm/sim/quantity.h>

#define S VHM_NS_PER_S

static const struct {
  enum vhm_param_type type;
  const char *text;
  uint64_t amount;
  const char *canonical;
} amounts[] = {
  { VHM_PARAM_COUNT, "0", 0, "0" },
  { VHM_PARAM_COUNT, "10_000", 10000, "10000" },
  { VHM_PARAM_COUNT, "1_0.0_0", 10, "10" },
  { VHM_PARAM_COUNT, "18446744073709551615", UINT64_MAX,
    "18446744073709551615" },
  { VHM_PARAM_COUNT, "007", 7, "7" },
  { VHM_PARAM_FRACTION, "20 %", 200000, "20 %" },
  { VHM_PARAM_FRACTION, "1500 ppm", 1500, "0.15 %" },
  { VHM_PARAM_FRACTION, "0.0001%", 1, "0.0001 %" },
  { VHM_PARAM_FRACTION, "12.5 %", 125000, "12.5 %" },
  { VHM_PARAM_FRACTION, "0 %", 0, "0 %" },
  { VHM_PARAM_BYTES, "4 GiB", 4 * VHM_GIB, "4 GiB" },
  { VHM_PARAM_BYTES, "4GiB", 4 * VHM_GIB, "4 GiB" },
  { VHM_PARAM_BYTES, "1.5 GiB", 1536 * VHM_MIB, "1536 MiB" },
  { VHM_PARAM_BYTES, "1.5000 GiB", 1536 * VHM_MIB, "1536 MiB" },
  { VHM_PARAM_BYTES, "1500 kB", 1500000, "1500000 B" },
  { VHM_PARAM_BYTES, "7 pages", 7 * 4096, "28 KiB" },
  { VHM_PARAM_BYTES, "1 page", 4096, "4 KiB" },
  { VHM_PARAM_BYTES, "0 TiB", 0, "0 B" },
  { VHM_PARAM_BYTES, "16777215 TiB", 16777215 * VHM_TIB, "16777215 TiB" },
  { VHM_PARAM_BYTES, "18446744073709551615 B", UINT64_MAX,
    "18446744073709551615 B" },
  { VHM_PARAM_TIME, "8 h", 8 * 3600 * S, "8 h" },
  { VHM_PARAM_TIME, "2 d", 48 * 3600 * S, "48 h" },
  { VHM_PARAM_TIME, "15 min", 900 * S, "15 min" },
  { VHM_PARAM_TIME, "90 s", 90 * S, "90 s" },
  { VHM_PARAM_TIME, "4.2 ms", 4200000, "4200 us" },
  { VHM_PARAM_TIME, "3 \xc2\xb5s", 3000, "3 us" },
  { VHM_PARAM_TIME, "90 ns", 90, "90 ns" },
  { VHM_PARAM_TIME, "0.000000001 s", 1, "1 ns" },
  { VHM_PARAM_HERTZ, "2.4 GHz", 2400000000, "2400 MHz" },
  { VHM_PARAM_HERTZ, "1 Hz", 1, "1 Hz" },
  { VHM_PARAM_RATE, "120 MiB/s", 120 * VHM_MIB, "120 MiB/s" },
  { VHM_PARAM_RATE, "1.5 GB/s", 1500000000, "1500000000 B/s" },
  { VHM_PARAM_CLOCK, "13:20", (13 * 60 + 20) * 60 * S, "13:20" },
  { VHM_PARAM_CLOCK, "9:05", (9 * 60 + 5) * 60 * S, "09:05" },
  { VHM_PARAM_CLOCK, "23:59:59", 86399 * S, "23:59:59" },
  { VHM_PARAM_CLOCK, "00:00", 0, "00:00" },
};

START_TEST (an_amount_is_exact_and_its_canonical_text_reads_back)
{
  enum vhm_param_type type = amounts[_i].type;
  union vhm_value value = { 0 }, back = { 0 };
  g_autoptr (GError) error = NULL;
  bool is_read = vhm_quantity_parse (type, amounts[_i].text, &value, &error);
  ck_assert_msg (is_read, "%s: %s", amounts[_i].text,
                 error ? error->message : "");
  ck_assert_msg (value.amount == amounts[_i].amount, "%s", amounts[_i].text);
  g_autofree char *canonical = vhm_quantity_format (type, value);
  ck_assert_str_eq (canonical, amounts[_i].canonical);
  ck_assert (vhm_quantity_parse (type, canonical, &back, NULL));
  ck_assert_uint_eq (back.amount, value.amount);
}
END_TEST

#define BYTES_FORMS \
  "write an amount of memory like 4 GiB, 512 MiB, 1500 kB, 7 pages"
#define COUNT_FORMS "write a whole number like 12, 10_000"

static const struct {
  enum vhm_param_type type;
  const char *text, *message;
} wrong[] = {
  { VHM_PARAM_BYTES, "4", "\"4\" has no unit; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "0", "\"0\" has no unit; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "4 G",
    "\"4 G\" has the unknown unit \"G\"; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "4 gib",
    "\"4 gib\" has the unknown unit \"gib\"; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "4 GiB ",
    "\"4 GiB \" has the unknown unit \"GiB \"; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "-4 GiB", "\"-4 GiB\" is negative; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "", "\"\" does not start with a number; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "GiB",
    "\"GiB\" does not start with a number; " BYTES_FORMS },
  { VHM_PARAM_BYTES, ".5 GiB",
    "\".5 GiB\" does not start with a number; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "1. GiB",
    "\"1. GiB\" does not start with a number; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "1.1 B",
    "\"1.1 B\" is no whole number of the smallest unit; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "16777216 TiB",
    "\"16777216 TiB\" is too large; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "18446744073709551616 B",
    "\"18446744073709551616 B\" is too large; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "1.0000000000000000001 B",
    "\"1.0000000000000000001 B\" has too many digits; " BYTES_FORMS },
  { VHM_PARAM_BYTES, "1__0 B",
    "\"1__0 B\" has the unknown unit \"__0 B\"; " BYTES_FORMS },
  { VHM_PARAM_COUNT, "1.5", "\"1.5\" is no whole number; " COUNT_FORMS },
  { VHM_PARAM_COUNT, "12 GiB", "\"12 GiB\" is no whole number; " COUNT_FORMS },
  { VHM_PARAM_COUNT, "1e3", "\"1e3\" is no whole number; " COUNT_FORMS },
  { VHM_PARAM_COUNT, "0x10", "\"0x10\" is no whole number; " COUNT_FORMS },
  { VHM_PARAM_FRACTION, "0.2",
    "\"0.2\" has no unit; write a fraction like 20 %, 1500 ppm" },
  { VHM_PARAM_CLOCK, "24:00",
    "\"24:00\" is no time of day; write a time of "
    "day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "13:60",
    "\"13:60\" is no time of day; write a time of "
    "day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "13:2",
    "\"13:2\" is no time of day; write a time of "
    "day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "113:20",
    "\"113:20\" is no time of day; write a time of "
    "day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "13:20:1",
    "\"13:20:1\" is no time of day; write a time "
    "of day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "13:20:10x",
    "\"13:20:10x\" is no time of day; write a "
    "time of day like 13:20, 13:20:05" },
  { VHM_PARAM_CLOCK, "",
    "\"\" is no time of day; write a time of day like "
    "13:20, 13:20:05" },
  { VHM_PARAM_NUMBER, "inf",
    "\"inf\" is no number; write a number like 0.8, 12, 1e-3" },
  { VHM_PARAM_NUMBER, "0x1p3",
    "\"0x1p3\" is no number; write a number like 0.8, 12, 1e-3" },
  { VHM_PARAM_NUMBER, "1e",
    "\"1e\" is no number; write a number like 0.8, 12, 1e-3" },
  { VHM_PARAM_NUMBER, "1e999",
    "\"1e999\" is too large; write a number like 0.8, 12, 1e-3" },
  { VHM_PARAM_BOOL, "yes",
    "\"yes\" is neither true nor false; write a yes or no like true, false" },
  { VHM_PARAM_NAME, "a b",
    "\"a b\" is no name; write a name like web-1 (letters, digits, _ . -, at "
    "most 64, not starting with . or -)" },
  { VHM_PARAM_TEXT, "a\nb",
    "\"a\\x0ab\" has a line break; write a text like "
    "what a person would say, on one line" },
  { VHM_PARAM_TEXT, "\x1b[1m",
    "\"\\x1b[1m\" has a control character; write a text like what a "
    "person would say, on one line" },
};

START_TEST (units_are_listed_from_small_to_large)
{
  g_autofree char *hertz = vhm_quantity_units (VHM_PARAM_HERTZ);
  ck_assert_str_eq (hertz, "Hz kHz MHz GHz");
  g_autofree char *fraction = vhm_quantity_units (VHM_PARAM_FRACTION);
  ck_assert_str_eq (fraction, "ppm %");
  ck_assert_ptr_null (vhm_quantity_units (VHM_PARAM_COUNT));
  ck_assert_ptr_null (vhm_quantity_units (VHM_PARAM_CLOCK));
}
END_TEST

START_TEST (a_wrong_value_is_told_with_what_would_be_right)
{
  union vhm_value value = { .amount = 77 };
  g_autoptr (GError) error = NULL;
  ck_assert (
      !vhm_quantity_parse (wrong[_i].type, wrong[_i].text, &value, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert_str_eq (error->message, wrong[_i].message);
  ck_assert_uint_eq (value.amount, 77);
}
END_TEST

static const double numbers[]
    = { 0,       -0.0,    1,        0.1,  1.0 / 3,       1e-300,
        DBL_MAX, DBL_MIN, 4.9e-324, 1e15, 123456789.125, -2.5 };

START_TEST (a_number_survives_printing)
{
  union vhm_value value = { .number = numbers[_i] }, back = { 0 };
  g_autofree char *text = vhm_quantity_format (VHM_PARAM_NUMBER, value);
  ck_assert (vhm_quantity_parse (VHM_PARAM_NUMBER, text, &back, NULL));
  ck_assert_mem_eq (&back, &value, sizeof value);
}
END_TEST

START_TEST (any_amount_of_any_type_survives_printing)
{
  static const enum vhm_param_type types[]
      = { VHM_PARAM_COUNT, VHM_PARAM_FRACTION, VHM_PARAM_BYTES,
          VHM_PARAM_TIME,  VHM_PARAM_HERTZ,    VHM_PARAM_RATE };
  uint64_t x = 88172645463325252; /* xorshift, fixed seed */
  for (unsigned i = 0; i < 60000; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    enum vhm_param_type type = types[i % G_N_ELEMENTS (types)];
    union vhm_value value = { .amount = x >> (i % 64) << (i % 13) }, back;
    g_autofree char *text = vhm_quantity_format (type, value);
    ck_assert_msg (vhm_quantity_parse (type, text, &back, NULL), "%s", text);
    ck_assert_msg (back.amount == value.amount, "%s", text);
    g_autofree char *pattern = vhm_quantity_pattern (type);
    if (i < 600)
      ck_assert_msg (g_regex_match_simple (pattern, text, 0, 0), "%s", text);
  }
}
END_TEST

START_TEST (every_second_of_the_day_survives_printing)
{
  for (uint64_t s = 0; s < 86400; s += 7) {
    union vhm_value value = { .amount = s * S }, back;
    g_autofree char *text = vhm_quantity_format (VHM_PARAM_CLOCK, value);
    ck_assert (vhm_quantity_parse (VHM_PARAM_CLOCK, text, &back, NULL));
    ck_assert_uint_eq (back.amount, value.amount);
  }
}
END_TEST

START_TEST (names_have_64_letters_at_most)
{
  g_autofree char *long_name = g_strnfill (65, 'x');
  union vhm_value value;
  ck_assert (!vhm_quantity_parse (VHM_PARAM_NAME, long_name, &value, NULL));
  ck_assert (vhm_quantity_parse (VHM_PARAM_NAME, long_name + 1, &value, NULL));
  ck_assert_ptr_eq (value.text, long_name + 1);
}
END_TEST

START_TEST (values_compare_by_size)
{
  union vhm_value small = { .amount = 1 }, large = { .amount = UINT64_MAX };
  ck_assert_int_eq (vhm_quantity_compare (VHM_PARAM_BYTES, small, large), -1);
  ck_assert_int_eq (vhm_quantity_compare (VHM_PARAM_BYTES, large, small), 1);
  union vhm_value x = { .number = -1 }, y = { .number = 1 };
  ck_assert_int_eq (vhm_quantity_compare (VHM_PARAM_NUMBER, x, y), -1);
  ck_assert_int_eq (vhm_quantity_compare (VHM_PARAM_NUMBER, y, y), 0);
}
END_TEST

SUITE ("quantity", tcase_add_test (tc, units_are_listed_from_small_to_large);
       tcase_add_loop_test (
           tc, an_amount_is_exact_and_its_canonical_text_reads_back, 0,
           G_N_ELEMENTS (amounts));
       tcase_add_loop_test (tc, a_wrong_value_is_told_with_what_would_be_right,
                            0, G_N_ELEMENTS (wrong));
       tcase_add_loop_test (tc, a_number_survives_printing, 0,
                            G_N_ELEMENTS (numbers));
       tcase_add_test (tc, any_amount_of_any_type_survives_printing);
       tcase_add_test (tc, every_second_of_the_day_survives_printing);
       tcase_add_test (tc, names_have_64_letters_at_most);
       tcase_add_test (tc, values_compare_by_size);)
