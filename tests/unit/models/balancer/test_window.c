/* The mean of the last samples. Private header of models/balancer. */
#include "suite.h"
#include "window.h"

START_TEST (means_over_what_there_is)
{
  struct vhm_window w = { .n_seen = 0 };
  vhm_window_add (&w, 8);
  ck_assert_double_eq (vhm_window_mean (&w, 3), 8);
  vhm_window_add (&w, 4);
  ck_assert_double_eq (vhm_window_mean (&w, 3), 6);
  vhm_window_add (&w, 0);
  vhm_window_add (&w, 5);
  ck_assert_double_eq (vhm_window_mean (&w, 3), 3);
  ck_assert_double_eq (vhm_window_mean (&w, 1), 5);
}
END_TEST

START_TEST (goes_round_and_round)
{
  struct vhm_window w = { .n_seen = 0 };
  for (int i = 1; i <= 1000; i++)
    vhm_window_add (&w, i);
  ck_assert_double_eq (vhm_window_mean (&w, 10), 995.5);
  ck_assert_double_eq (vhm_window_mean (&w, VHM_WINDOW_MOST),
                       1000 - (VHM_WINDOW_MOST - 1) / 2.);
}
END_TEST

START_TEST (has_no_mean_of_nothing)
{
  struct vhm_window w = { .n_seen = 0 };
  vhm_window_mean (&w, 1);
}
END_TEST

START_TEST (remembers_no_more_than_it_holds)
{
  struct vhm_window w = { .n_seen = 0 };
  vhm_window_add (&w, 1);
  vhm_window_mean (&w, VHM_WINDOW_MOST + 1);
}
END_TEST

SUITE ("window", tcase_add_test (tc, means_over_what_there_is);
       tcase_add_test (tc, goes_round_and_round);
       tcase_add_test_raise_signal (tc, has_no_mean_of_nothing, SIGABRT);
       tcase_add_test_raise_signal (tc, remembers_no_more_than_it_holds,
                                    SIGABRT);)
