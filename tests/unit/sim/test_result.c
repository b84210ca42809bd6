/* The result record: series, look-up, states of expectations. */
#include "suite.h"

#include <math.h>
#include <signal.h>

#include <vhm/sim/result.h>

static const struct vhm_counter pressure
    = { "pressure", "Current Pressure", NULL, VHM_UNIT_PERCENT, "" };
static const struct vhm_counter memory
    = { "memory", "Memory", NULL, VHM_UNIT_BYTES, "" };

static struct vhm_result *
result_of (size_t n_samples)
{
  struct vhm_result *result = vhm_result_new ();
  result->n_samples = n_samples;
  return result;
}

START_TEST (a_new_series_has_no_samples_yet)
{
  struct vhm_result *result = result_of (3);
  struct vhm_series *series
      = vhm_result_add_series (result, "guest1", &pressure);
  for (int i = 0; i < 3; i++)
    ck_assert (isnan (series->values[i]));
  vhm_result_free (result);
}
END_TEST

START_TEST (finds_a_series_by_instance_and_counter)
{
  struct vhm_result *result = result_of (1);
  struct vhm_series *a = vhm_result_add_series (result, "a", &pressure);
  struct vhm_series *b = vhm_result_add_series (result, "a", &memory);
  struct vhm_series *c = vhm_result_add_series (result, "c", &pressure);
  ck_assert_ptr_eq (vhm_result_find (result, "a", "pressure"), a);
  ck_assert_ptr_eq (vhm_result_find (result, "a", "memory"), b);
  ck_assert_ptr_eq (vhm_result_find (result, "c", "pressure"), c);
  ck_assert_ptr_null (vhm_result_find (result, "c", "memory"));
  vhm_result_free (result);
}
END_TEST

START_TEST (refuses_the_same_series_twice)
{
  struct vhm_result *result = result_of (1);
  vhm_result_add_series (result, "a", &pressure);
  vhm_result_add_series (result, "a", &pressure);
}
END_TEST

START_TEST (a_declared_miss_that_passes_is_a_surprise)
{
  struct vhm_expectation e = { .pass = true };
  ck_assert_int_eq (vhm_expectation_state (&e), VHM_EXPECT_PASS);
  e.pass = false;
  ck_assert_int_eq (vhm_expectation_state (&e), VHM_EXPECT_FAIL);
  e.known_miss = (char *) "clocks contradict";
  ck_assert_int_eq (vhm_expectation_state (&e), VHM_EXPECT_KNOWN_MISS);
  e.pass = true;
  ck_assert_int_eq (vhm_expectation_state (&e), VHM_EXPECT_SURPRISE);
}
END_TEST

SUITE ("result", tcase_add_test (tc, a_new_series_has_no_samples_yet);
       tcase_add_test (tc, finds_a_series_by_instance_and_counter);
       tcase_add_test (tc, a_declared_miss_that_passes_is_a_surprise);
       if (suite_can_fork ())
           tcase_add_test_raise_signal (tc, refuses_the_same_series_twice,
                                        SIGABRT);)
