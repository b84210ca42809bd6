/* What is no expression, and how large one may be. */
#include "suite.h"

#include "expect_messages.h"

#include <string.h>

static const struct refused refused[] = {
  { "", "column 1: the expression ends here; expected a number, a series or a "
        "function" },
  { "mean(guest1.pressure) +",
    "column 24: the expression ends here; expected a number, a series or a "
    "function" },
  { "mean(guest1.pressure",
    "column 21: the expression ends here; expected \")\"" },
  { "mean(guest1.pressure))",
    "column 22: found \")\"; expected an operator or the end" },
  { "mean(guest1.pressure) 5",
    "column 23: found \"5\"; expected an operator or the end" },
  { "guest1.pressure", "column 1: one number a sample; expected one number, "
                       "such as mean(...) or max(...) of it" },
  { "guest1.pressure - mean(guest1.pressure)",
    "column 17: one number a sample; expected one number, such as mean(...) or "
    "max(...) of it" },
  { "mean(40 < guest1.pressure < 50)",
    "column 27: found \"<\"; expected \"and\": comparisons do not chain" },
  { "mean(guest1.pressure and guest1.pressure > 5)",
    "column 6: and, or, not join conditions; expected one such as "
    "guest1.pressure > 100" },
  { "mean(not guest1.pressure)",
    "column 10: and, or, not join conditions; expected one such as "
    "guest1.pressure > 100" },
  { "mean(guest1.pressure) from 13:00",
    "column 33: the expression ends here; expected \"to\" and the end of the "
    "window" },
  { "mean(guest1.pressure) from noon to 13:00",
    "column 28: found \"noon\"; expected a clock time (13:20), a time since "
    "the start (2 h), start or end" },
  { "mean(guest1.pressure) from 5 to 6",
    "column 28: found \"5\"; expected a clock time (13:20), a time since the "
    "start (2 h), start or end" },
  { "at(guest1.pressure, 13:01) from 13:00 to 13:02",
    "column 28: found \"from\"; expected the end: nothing is left for this "
    "window to bound" },
  { "mean(guest1.pressure) from 13:00 to 13:01 from 13:00 to 13:02",
    "column 43: found \"from\"; expected the end: nothing is left for this "
    "window to bound" },
};

START_TEST (says_what_was_expected_there)
{
  check_refused (&refused[_i]);
}
END_TEST

START_TEST (refuses_to_nest_without_end)
{
  static const char *const openings[] = { "(", "-", "not ", "abs(" };
  for (size_t i = 0; i < G_N_ELEMENTS (openings); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    for (int k = 0; k < 1000; k++)
      g_string_append (text, openings[i]);
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (vhm_expect_parse (text->str, &error));
    ck_assert (g_str_has_suffix (error->message, ": nested more than 64 deep"));
  }
}
END_TEST

START_TEST (refuses_text_without_end)
{
  g_autofree char *text = g_strnfill (5000, '1');
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (vhm_expect_parse (text, &error));
  ck_assert_str_eq (error->message, "column 4096: longer than 4096 characters");
}
END_TEST

START_TEST (survives_every_beginning_of_a_good_expression)
{
  const char *good = "greatest(mean(abs(guest1.pressure) >= 10 and not "
                     "web[3].pressure < 5.5e1), -(p99.9(guest1.pressure) / "
                     "100 %)) - advances(guest1.pressure, 1 min) from 13:00 "
                     "to 5 min";
  for (size_t n = 0; n <= strlen (good); n++) {
    g_autofree char *text = g_strndup (good, n);
    g_autoptr (vhm_expect) expect = vhm_expect_parse (text, NULL);
    ck_assert (n < strlen (good) || expect != NULL);
  }
}
END_TEST

SUITE ("expect_parse", tcase_add_loop_test (tc, says_what_was_expected_there, 0,
                                            G_N_ELEMENTS (refused));
       tcase_add_test (tc, refuses_to_nest_without_end);
       tcase_add_test (tc, refuses_text_without_end);
       tcase_add_test (tc, survives_every_beginning_of_a_good_expression);)
