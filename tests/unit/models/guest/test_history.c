/* Host time as a function of the reference number. Private header of
 * models/guest: the history is a part of a process that nobody else sees. */
#include <math.h>

#include "history.h"
#include "suite.h"

#include <vhm/sim/rng.h>

START_TEST (a_straight_line_stays_straight)
{
  g_autofree struct vhm_history *h = g_new0 (struct vhm_history, 1);
  for (int i = 0; i < 5000; i++) /* five times as many as there are corners */
    vhm_history_add (h, 10 * i, 70 * i);
  for (double r = 0; r < 49990; r += 333)
    ck_assert_double_eq_tol (vhm_history_time (h, r), 7 * r, 1e-6);
}
END_TEST

START_TEST (nothing_is_known_before_the_beginning)
{
  g_autofree struct vhm_history *h = g_new0 (struct vhm_history, 1);
  ck_assert (isinf (vhm_history_time (h, 0)));
  vhm_history_add (h, 5, 100);
  ck_assert (isinf (vhm_history_time (h, -INFINITY)));
  ck_assert_double_eq (vhm_history_time (h, 2), 100);
  ck_assert_double_eq (vhm_history_time (h, 9), 100);
}
END_TEST

/* References 0 to 10 in the seconds 0 to 10, then nothing for an hour: those
 * references are an hour old, not spread over it. */
START_TEST (standing_still_does_not_make_old_references_young)
{
  g_autofree struct vhm_history *h = g_new0 (struct vhm_history, 1);
  vhm_history_add (h, 0, 0);
  vhm_history_add (h, 10, 10);
  vhm_history_add (h, 10, 1800);
  vhm_history_add (h, 10, 3610);
  ck_assert_double_eq (vhm_history_time (h, 5), 5);
  vhm_history_add (h, 20, 3620);
  ck_assert_double_eq (vhm_history_time (h, 5), 5);
  ck_assert_double_eq (vhm_history_time (h, 15), 3615);
  ck_assert_double_eq (vhm_history_time (h, 10), 10);
}
END_TEST

START_TEST (recent_stretches_are_exact_and_time_never_falls)
{
  enum { N = 20000 };
  g_autofree struct vhm_history *h = g_new0 (struct vhm_history, 1);
  g_autofree double *r = g_new0 (double, N), *t = g_new0 (double, N);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "history");
  for (int i = 1; i < N; i++) {
    r[i] = r[i - 1] + (vhm_rng_chance (&rng, .3) ? 0 : vhm_rng_exp (&rng));
    t[i] = t[i - 1] + vhm_rng_exp (&rng);
    vhm_history_add (h, r[i], t[i]);
  }
  double before = -INFINITY;
  for (int i = 0; i < N; i++) {
    double at = vhm_history_time (h, r[i]);
    ck_assert (at >= before);
    before = at;
    if (i > N - 400 && r[i] > r[i - 1]) /* when it was reached */
      ck_assert_double_eq_tol (at, t[i], 1e-6);
  }
}
END_TEST

SUITE ("history", tcase_add_test (tc, a_straight_line_stays_straight);
       tcase_add_test (tc, nothing_is_known_before_the_beginning);
       tcase_add_test (tc, standing_still_does_not_make_old_references_young);
       tcase_add_test (tc, recent_stretches_are_exact_and_time_never_falls);)
