/* Moving averages of sampled activity. Private header of models/balancer. */
#include "activity.h"
#include "suite.h"

static const struct vhm_activity_gains gains = { .slow = .2, .fast = .8 };

#define ASSERT_PART(a, x) \
  ck_assert_double_eq_tol (vhm_activity_part (&(a)), (x), 1e-12)

START_TEST (all_is_active_until_it_is_known)
{
  struct vhm_activity a = { .is_known = false };
  ASSERT_PART (a, 1);
  vhm_activity_take (&a, &gains, 5, 100, false);
  ASSERT_PART (a, 1);
  vhm_activity_take (&a, &gains, 30, 100, true);
  ASSERT_PART (a, .3);
}
END_TEST

/* slow 0.3 + 0.2 (0.1 - 0.3) = 0.26, fast 0.3 + 0.8 (0.1 - 0.3) = 0.14 */
START_TEST (falls_with_the_slow_average)
{
  struct vhm_activity a = { .is_known = false };
  vhm_activity_take (&a, &gains, 30, 100, true);
  vhm_activity_take (&a, &gains, 10, 100, true);
  ck_assert_double_eq_tol (a.slow, .26, 1e-12);
  ck_assert_double_eq_tol (a.fast, .14, 1e-12);
  ASSERT_PART (a, .26);
}
END_TEST

/* fast 0.1 + 0.8 (0.9 - 0.1) = 0.74 */
START_TEST (rises_with_the_fast_average)
{
  struct vhm_activity a = { .is_known = false };
  vhm_activity_take (&a, &gains, 10, 100, true);
  vhm_activity_take (&a, &gains, 90, 100, true);
  ASSERT_PART (a, .74);
}
END_TEST

/* Within a period: 0.1 + 0.8 (0.6 - 0.1) = 0.5, and it does not stay. */
START_TEST (rises_within_a_period)
{
  struct vhm_activity a = { .is_known = false };
  vhm_activity_take (&a, &gains, 10, 100, true);
  vhm_activity_take (&a, &gains, 2, 100, false);
  ASSERT_PART (a, .1); /* so few so far say nothing */
  vhm_activity_take (&a, &gains, 60, 100, false);
  ASSERT_PART (a, .5);
  ck_assert_double_eq_tol (a.fast, .1, 1e-12);
  vhm_activity_take (&a, &gains, 60, 100, true);
  ASSERT_PART (a, .5);
}
END_TEST

SUITE ("activity", tcase_add_test (tc, all_is_active_until_it_is_known);
       tcase_add_test (tc, falls_with_the_slow_average);
       tcase_add_test (tc, rises_with_the_fast_average);
       tcase_add_test (tc, rises_within_a_period);)
