/* MOM's rule for one guest, by hand. Private header of models/balancer. */
#include "mom_rule.h"
#include "suite.h"

static const struct vhm_mom_rule rule = { .pressure = .20,
                                          .critical = .05,
                                          .guest_free = .20,
                                          .deficit = .05,
                                          .largest = .05,
                                          .smallest = .0025 };

/* Holds so much and always has, unused so much; 400 to 2000. */
static struct vhm_mom_guest
guest (double held, double unused)
{
  return (struct vhm_mom_guest){ .held_bytes = held,
                                 .mean_held_bytes = held,
                                 .mean_unused_bytes = unused,
                                 .minimum_bytes = 400,
                                 .maximum_bytes = 2000 };
}

#define EQUAL(a, b) ck_assert_double_eq_tol ((a), (b), 1e-9)

START_TEST (pressure_begins_below_its_line)
{
  ck_assert (vhm_mom_is_short (&rule, .1999));
  ck_assert (!vhm_mom_is_short (&rule, .20));
}
END_TEST

START_TEST (a_guest_keeps_less_the_less_the_host_has)
{
  EQUAL (vhm_mom_keeps_free (&rule, .20), .20);
  EQUAL (vhm_mom_keeps_free (&rule, .10), .10);
  EQUAL (vhm_mom_keeps_free (&rule, .051), .051);
  EQUAL (vhm_mom_keeps_free (&rule, .05), 0); /* critical from here on */
  EQUAL (vhm_mom_keeps_free (&rule, .02), -.03);
  EQUAL (vhm_mom_keeps_free (&rule, 0), -.05);
  struct vhm_mom_rule other = rule;
  other.pressure = .4;
  other.deficit = .1;
  EQUAL (vhm_mom_keeps_free (&other, .1), .05);
  EQUAL (vhm_mom_keeps_free (&other, .04), -.06);
}
END_TEST

/* Idle guests: 1000 with 600 unused wants 400 + 10 % of 1000 = 500, but may give
 * 50 at once. 1000 with 130 unused wants 870 + 100 = 970. */
START_TEST (shrinks_to_what_it_uses_step_by_step)
{
  struct vhm_mom_guest g = guest (1000, 600);
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 950);
  g = guest (1000, 130);
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 970);
  g = guest (410, 300);
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 400); /* its minimum */
}
END_TEST

START_TEST (under_pressure_nobody_grows)
{
  struct vhm_mom_guest g = guest (1000, 50); /* wants 950 + 100 */
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 0);
  g = guest (1000, 100); /* stands where it should */
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 0);
}
END_TEST

/* All in use: 1000 - 3 % of 1000. */
START_TEST (when_critical_a_guest_must_page)
{
  struct vhm_mom_guest g = guest (1000, 0);
  EQUAL (vhm_mom_shrink (&rule, &g, .02), 970);
  EQUAL (vhm_mom_shrink (&rule, &g, .06), 0);
}
END_TEST

START_TEST (steps_of_a_quarter_percent_are_left_out)
{
  struct vhm_mom_guest g = guest (1000, 102.5); /* wants 997.5 */
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 0);
  g = guest (1000, 102.6);
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 997.4);
  g = guest (1996, 1000); /* to 2000, 0.2 % */
  EQUAL (vhm_mom_grow (&rule, &g), 0);
  g = guest (1994, 1000);
  EQUAL (vhm_mom_grow (&rule, &g), 2000);
}
END_TEST

/* Without pressure: 5 %, however idle; more if that leaves less than 20 % unused;
 * never beyond its maximum, and not back to it. */
START_TEST (without_pressure_all_grow)
{
  struct vhm_mom_guest g = guest (1000, 600);
  EQUAL (vhm_mom_grow (&rule, &g), 1050);
  g = guest (1000, 80); /* 920 + 200 */
  EQUAL (vhm_mom_grow (&rule, &g), 1120);
  g = guest (1990, 0);
  EQUAL (vhm_mom_grow (&rule, &g), 2000);
  g = guest (2000, 0);
  EQUAL (vhm_mom_grow (&rule, &g), 0);
  g = guest (2200, 0);
  EQUAL (vhm_mom_grow (&rule, &g), 0);
}
END_TEST

/* It has shrunk from 1200 on average to 1000, and 150 were unused: uses 1050. */
START_TEST (what_it_uses_is_a_difference_of_means)
{
  struct vhm_mom_guest g = guest (1000, 150);
  g.mean_held_bytes = 1200;
  EQUAL (vhm_mom_grow (&rule, &g), 1250);
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 0);
  g.mean_held_bytes = 900; /* uses 750, keeps 100 more */
  EQUAL (vhm_mom_shrink (&rule, &g, .10), 950);
}
END_TEST

SUITE ("MOM's rule", tcase_add_test (tc, pressure_begins_below_its_line);
       tcase_add_test (tc, a_guest_keeps_less_the_less_the_host_has);
       tcase_add_test (tc, shrinks_to_what_it_uses_step_by_step);
       tcase_add_test (tc, under_pressure_nobody_grows);
       tcase_add_test (tc, when_critical_a_guest_must_page);
       tcase_add_test (tc, steps_of_a_quarter_percent_are_left_out);
       tcase_add_test (tc, without_pressure_all_grow);
       tcase_add_test (tc, what_it_uses_is_a_difference_of_means);)
