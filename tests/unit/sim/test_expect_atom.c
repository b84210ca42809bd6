/* What is no function, no argument, no series. */
#include "suite.h"

#include "expect_messages.h"

#define FUNCTIONS                                                           \
  "a function: mean min max first last sum range rise cv p50 time longest " \
  "first_time gap advances at abs greatest least"

static const struct refused refused[] = {
  { "average(guest1.pressure)",
    "column 1: found \"average\"; expected " FUNCTIONS },
  { "p101(guest1.pressure)", "column 1: found \"p101\"; expected " FUNCTIONS },
  { "mean(pressure)", "column 6: found \"pressure\"; expected a number, a "
                      "function or a series written instance.counter" },
  { "mean(guest1.)", "column 6: found \"guest1.\"; expected a number, a "
                     "function or a series written instance.counter" },
  { "mean(5)", "column 6: one number where a series is needed; expected one "
               "such as guest1.pressure" },
  { "mean(mean(guest1.pressure))",
    "column 6: one number where a series is needed; expected one such as "
    "guest1.pressure" },
  { "time(guest1.pressure)",
    "column 6: expected a condition such as guest1.pressure > 100" },
  { "longest(guest1.pressure + 1)",
    "column 25: expected a condition such as guest1.pressure > 100" },
  { "greatest(mean(guest1.pressure))",
    "column 31: found \")\"; expected \",\" and a second argument" },
  { "mean(guest1.pressure, web[3].pressure)",
    "column 21: found \",\"; expected \")\"" },
  { "advances(guest1.pressure)", "column 25: found \")\"; expected \",\"" },
  { "advances(guest1.pressure, 5 GiB)",
    "column 27: found \"5 GiB\"; expected a length of time such as 1 min" },
  { "advances(guest1.pressure, 0 s)",
    "column 27: found \"0 s\"; expected a length of time such as 1 min" },
  { "at(guest1.pressure, noon)",
    "column 21: found \"noon\"; expected a clock time (13:20), a time since "
    "the start (2 h), start or end" },
  { "mean(guest1.pressure from 13:00 to 13:01)",
    "column 22: found \"from\"; expected \")\"" },
};

START_TEST (says_what_was_expected_there)
{
  check_refused (&refused[_i]);
}
END_TEST

SUITE ("expect_atom", tcase_add_loop_test (tc, says_what_was_expected_there, 0,
                                           G_N_ELEMENTS (refused));)
