/* `main` of every Check test, once: one suite a file, warnings and criticals
 * fatal (otherwise a failing g_return_if_fail leaves the test passed). Use:
 *
 *   SUITE ("engine", tcase_add_test (tc, runs_in_order);)
 */
#ifndef VHM_TESTS_SUITE_H
#define VHM_TESTS_SUITE_H

#include <check.h>
#include <glib.h>
#include <stdlib.h>

#define SUITE(name, additions)                                        \
  int main (void)                                                     \
  {                                                                   \
    g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING \
                            | G_LOG_FATAL_MASK);                      \
    Suite *suite = suite_create (name);                               \
    TCase *tc = tcase_create (name);                                  \
    suite_add_tcase (suite, tc);                                      \
    additions SRunner *runner = srunner_create (suite);               \
    srunner_run_all (runner, CK_NORMAL);                              \
    int failed = srunner_ntests_failed (runner);                      \
    srunner_free (runner);                                            \
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                 \
  }

/* The same tests twice, the second time with `before` and `after` around each:
 *
 *   SUITE_TWICE ("refs", "every reference", on, off, tcase_add_test (tc, t);)
 */
#define SUITE_TWICE(name, second, before, after, additions)           \
  SUITE (name, for (int round = 0; round < 2; round++) {              \
    if (round == 1) {                                                 \
      tc = tcase_create (second);                                     \
      tcase_add_checked_fixture (tc, before, after);                  \
      suite_add_tcase (suite, tc);                                    \
    }                                                                 \
    additions                                                         \
  })

/* Death tests want a process of their own. */
static inline int
suite_can_fork (void)
{
  const char *mode = getenv ("CK_FORK");
  return mode == NULL || g_strcmp0 (mode, "no") != 0;
}

#endif
