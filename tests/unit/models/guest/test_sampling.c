/* Which part of a guest's frames has been touched, as sampled. */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define HELD 4000
#define PAGES 1000
#define DRAWS 20000

/* Its thousand pages are all resident after the first hundred seconds: a
 * thousand references a second, 100 a page. */
static vhm_guest *
boot (struct world *w, struct puppet *p)
{
  *p = a_puppet (PAGES, .5, 1, 1e6, 1000, 0);
  world_open (w, 1, 2 * HELD);
  world_os (w, "ideal-lru", "");
  world_puppet (w, p);
  vhm_guest *guest = world_boot (w, 1, HELD, HELD);
  world_run (w, 100 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, PAGES);
  return guest;
}

static void
assert_share (vhm_guest *guest, double due)
{
  double got = (double) vhm_guest_sample_touched (guest, DRAWS) / DRAWS;
  /* the draws, and that the thousand pages are drawn themselves: 5 sigma */
  double sigma
      = sqrt (due * (1 - due) / DRAWS) + sqrt (due * (1 - 4 * due) / PAGES / 4);
  ck_assert_double_eq_tol (got, due, 5 * sigma);
}

/* 1 - exp (-t) of a quarter of the frames, t = references a page. */
START_TEST (sees_what_was_referenced_since_the_period_began)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p);
  vhm_guest_begin_sampling (guest);
  ck_assert_uint_eq (vhm_guest_sample_touched (guest, DRAWS), 0);
  world_run (&w, S / 2);
  assert_share (guest, (1 - exp (-.5)) / 4);
  world_run (&w, S / 2); /* the period goes on, whoever has looked */
  assert_share (guest, (1 - exp (-1)) / 4);
  world_run (&w, 9 * S);
  assert_share (guest, (1 - exp (-10)) / 4);
  vhm_guest_begin_sampling (guest); /* and begins anew */
  ck_assert_uint_eq (vhm_guest_sample_touched (guest, DRAWS), 0);
  world_run (&w, S / 5);
  assert_share (guest, (1 - exp (-.2)) / 4);
  world_close (&w);
}
END_TEST

/* Held frames are drawn: after the balloon the same pages are a third. */
START_TEST (is_a_share_of_what_is_held)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 1000, 0), 1000);
  vhm_guest_begin_sampling (guest);
  world_run (&w, 20 * S);
  double got = (double) vhm_guest_sample_touched (guest, DRAWS) / DRAWS;
  ck_assert_double_eq_tol (got, 1 / 3., 5 * sqrt (2 / 9. / DRAWS));
  world_close (&w);
}
END_TEST

/* Two processes, of which one references nothing any more. */
START_TEST (pages_that_are_left_alone_count_as_untouched)
{
  struct world w;
  struct puppet busy = a_puppet (PAGES, .5, 1, 1e6, 1000, 0), idle = busy;
  world_open (&w, 2, 2 * HELD);
  world_os (&w, "ideal-lru", "");
  world_puppet (&w, &idle);
  world_puppet (&w, &busy);
  vhm_guest *guest = world_boot (&w, 2, HELD, HELD);
  world_run (&w, 100 * S);
  vhm_guest_begin (guest);
  vhm_process_set_active (idle.process, 0, 0);
  vhm_guest_end (guest);
  vhm_guest_begin_sampling (guest);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).working_set_pages, 2 * PAGES);
  double got = (double) vhm_guest_sample_touched (guest, DRAWS) / DRAWS;
  ck_assert_double_eq_tol (got, 1 / 4., 5 * sqrt (3 / 16. / DRAWS));
  world_close (&w);
}
END_TEST

SUITE_TWICE ("sampling", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc,
                             sees_what_was_referenced_since_the_period_began);
             tcase_add_test (tc, is_a_share_of_what_is_held);
             tcase_add_test (tc, pages_that_are_left_alone_count_as_untouched);)
