/* What is no token. */
#include "suite.h"

#include "expect_messages.h"

static const struct refused refused[] = {
  { "mean(guest1.pressure) > 5 MB",
    "column 27: unknown unit \"MB\"; known are % B KiB MiB GiB TiB pages ns us "
    "ms s min h d cycles" },
  { "5GB", "column 2: unknown unit \"GB\"; known are % B KiB MiB GiB TiB pages "
           "ns us ms s min h d cycles" },
  { "1e999", "column 1: the number is too large" },
  { "at(guest1.pressure, 25:00)",
    "column 21: no clock time; expected one such as 13:20 or 13:20:05" },
  { "at(guest1.pressure, 13:60)",
    "column 21: no clock time; expected one such as 13:20 or 13:20:05" },
  { "at(guest1.pressure, 13:0)",
    "column 21: no clock time; expected one such as 13:20 or 13:20:05" },
  { "at(guest1.pressure, 1:2:3:4)",
    "column 21: no clock time; expected one such as 13:20 or 13:20:05" },
  { "mean(guest1.pressure) # rest", "column 23: unexpected \"#\"" },
  { "mean(`id`)", "column 6: unexpected \"`\"" },
  { "5 \xc3\x97 3", "column 3: unexpected character; only plain ASCII is "
                    "used" },
  { "mean(guest1.pressure = 5)", "column 22: unexpected \"=\"" },
  /* a name may begin with a digit: it is looked up, not read as a number */
  { "mean(3guest.pressure)",
    "column 6: no series \"3guest.pressure\"; did you mean "
    "\"guest1.pressure\"?" },
};

START_TEST (names_the_column_of_what_is_no_token)
{
  check_refused (&refused[_i]);
}
END_TEST

SUITE ("expect_lex",
       tcase_add_loop_test (tc, names_the_column_of_what_is_no_token, 0,
                            G_N_ELEMENTS (refused));)
