/* Whether to measure, how, and when to say that it cannot be done. */
#include "measure_when.h"
#include "suite.h"

#define S VHM_NS_PER_S

/* Measured in full a minute ago, nothing has changed, half of the budget left. */
static struct measure_sight
at_rest (void)
{
  return (struct measure_sight){ .has_measured = true,
                                 .issued = 1e9,
                                 .most = 200000,
                                 .age_ns = 60 * S,
                                 .every_ns = 1800 * S,
                                 .used = 1e6,
                                 .used_rough = 1e5,
                                 .allowed = { 1.5e6, 2e6 } };
}

START_TEST (only_what_calls_is_measured)
{
  struct measure_sight s = at_rest ();
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s.moves = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s = at_rest ();
  s.has_changed = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s = at_rest ();
  s.others_run = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s = at_rest ();
  s.is_new = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s = at_rest ();
  s.age_ns = s.every_ns - 1;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s.age_ns = s.every_ns;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
}
END_TEST

START_TEST (what_moves_is_measured_roughly_and_then_in_full)
{
  struct measure_sight s = at_rest ();
  s.has_changed = s.moves = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_ROUGH);
  s = at_rest ();
  s.was_rough = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s.moves = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
}
END_TEST

START_TEST (what_is_not_worth_it_waits)
{
  struct measure_sight s = at_rest ();
  s.has_changed = true;
  s.issued = 2 * s.most;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s.issued -= 1;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s.moves = true; /* a rough one draws less */
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_ROUGH);
  s.issued = 0;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s.moves = false;
  s.is_new = true; /* does not wait, but need not be exact */
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_ROUGH);
  s = at_rest ();
  s.was_rough = true;
  s.issued = 0;
  s.age_ns = 10 * S - 1;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s.age_ns = 10 * S;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
}
END_TEST

START_TEST (a_spent_budget_refuses_what_has_changed)
{
  struct measure_sight s = at_rest ();
  s.has_changed = true;
  s.used = 1.6e6; /* what is still to come may be drawn on */
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s.used = 2e6;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_REFUSED);
  s.has_changed = false;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s = at_rest ();
  s.age_ns = s.every_ns; /* time alone may not, and may wait */
  s.used = 1.5e6;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_NOTHING);
  s = at_rest ();
  s.has_changed = s.moves = true;
  s.used_rough = 0.25 * 2e6;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_REFUSED);
  s.moves = false;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
  s.used = 1e9;
  s.has_measured = false; /* the first one is free */
  s.is_new = true;
  ck_assert_int_eq (vhm_measure_choose (&s), MEASURE_FULL);
}
END_TEST

START_TEST (the_budget_comes_with_time_and_events)
{
  const struct vhm_case_measure c = { .base = 1000000, .per_event = 0.5 };
  struct measure_allowance a = vhm_measure_allowed (&c, 0, 0);
  ck_assert_double_eq (a.by_now, 250000);
  ck_assert_double_eq (a.in_all, 1000000);
  a = vhm_measure_allowed (&c, 0.5, 1000);
  ck_assert_double_eq (a.by_now, 625500);
  ck_assert_double_eq (a.in_all, 1000500);
  a = vhm_measure_allowed (&c, 1, 1000);
  ck_assert_double_eq (a.by_now, a.in_all);
}
END_TEST

START_TEST (the_more_is_used_up_the_more_must_change)
{
  ck_assert_double_eq (vhm_measure_tolerated (0.2, 0, 1000), 0.2);
  ck_assert_double_eq_tol (vhm_measure_tolerated (0.2, 500, 1000), 0.4, 1e-9);
  ck_assert_double_eq_tol (vhm_measure_tolerated (0.2, 1000, 1000), 0.8, 1e-9);
  ck_assert_double_eq_tol (vhm_measure_tolerated (0.2, 9000, 1000), 0.8, 1e-9);
}
END_TEST

SUITE ("when to measure", tcase_add_test (tc, only_what_calls_is_measured);
       tcase_add_test (tc, what_moves_is_measured_roughly_and_then_in_full);
       tcase_add_test (tc, what_is_not_worth_it_waits);
       tcase_add_test (tc, a_spent_budget_refuses_what_has_changed);
       tcase_add_test (tc, the_budget_comes_with_time_and_events);
       tcase_add_test (tc, the_more_is_used_up_the_more_must_change);)
