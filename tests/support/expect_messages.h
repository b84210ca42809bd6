/* Table tests of what the expectation language refuses. */
#ifndef VHM_TESTS_EXPECT_MESSAGES_H
#define VHM_TESTS_EXPECT_MESSAGES_H

#include "small_result.h"

struct refused {
  const char *text, *message;
};

static void
check_refused (const struct refused *refused)
{
  enum vhm_unit unit;
  g_autofree char *message = NULL;
  small_value (refused->text, &unit, &message);
  ck_assert_msg (g_strcmp0 (message, refused->message) == 0,
                 "%s\n  says     %s\n  expected %s", refused->text, message,
                 refused->message);
}

#endif
