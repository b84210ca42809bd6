/* How fast scanners may go, against figures worked out by hand. */
#include "suite.h"

#include <signal.h>

#include <vhm/model/scan_rate.h>
#include <vhm/sim/rng.h>

#define MS UINT64_C (1000000)
#define S VHM_NS_PER_S
#define HOUR (60 * VHM_NS_PER_MIN)
#define GHZ UINT64_C (1000000000)
#define U VHM_SCAN_UPAGES

START_TEST (four_megabytes_per_ghz_on_16_ghz_are_16384_pages)
{
  ck_assert_uint_eq (vhm_scan_host_pages_per_s (4 * VHM_MIB, 16 * GHZ), 16384);
  ck_assert_uint_eq (vhm_scan_host_pages_per_s (0, 16 * GHZ), 0);
  ck_assert_uint_eq (vhm_scan_host_pages_per_s (32 * VHM_MIB, GHZ / 2), 4096);
}
END_TEST

/* Guests and the rates they get, pages and pages a second. */
static const struct {
  const char *name;
  struct vhm_scan_limits limits;
  uint64_t pages[5];
  double rates[5];
} cases[] = {
  { "4 GiB in an hour",
    { .pass_ns = HOUR, .guest_pages_per_s = 1024, .host_pages_per_s = 16384 },
    { 1048576 },
    { 291.271111 } },
  { "most of a guest: 16 GiB in an hour would be 1165 pages/s",
    { .pass_ns = HOUR, .guest_pages_per_s = 1024, .host_pages_per_s = 16384 },
    { 4194304, 1048576 },
    { 1024, 291.271111 } },
  { "most of the host: 3 + 1 take 800 in proportion",
    { .pass_ns = 1000 * S, .host_pages_per_s = 800 },
    { 1500000, 500000 },
    { 600, 200 } },
  { "ESX 2: 50 each, as long as there are at most four",
    { .guest_pages_per_s = 50, .host_pages_per_s = 200 },
    { 1000, 1000000, 1000, 1000 },
    { 50, 50, 50, 50 } },
  { "ESX 2: five share 200, a guest without pages none",
    { .guest_pages_per_s = 50, .host_pages_per_s = 200 },
    { 10, 10, 10, 10, 10 },
    { 40, 40, 40, 40, 40 } },
  { "a guest without pages takes nothing",
    { .guest_pages_per_s = 50, .host_pages_per_s = 60 },
    { 10, 0, 10 },
    { 30, 0, 30 } },
  { "the host's bound alone",
    { .host_pages_per_s = 201 },
    { 1000, 5, 0 },
    { 100.5, 100.5, 0 } },
  { "0 switches it off",
    { .pass_ns = HOUR, .guest_pages_per_s = 50, .host_pages_per_s = 0 },
    { 1000000 },
    { 0 } },
};

START_TEST (rates_are_those_worked_out_by_hand)
{
  uint64_t got[5];
  vhm_scan_rates (&cases[_i].limits, cases[_i].pages, 5, got);
  for (int g = 0; g < 5; g++)
    ck_assert_msg (got[g] == (uint64_t) (cases[_i].rates[g] * U + .5),
                   "%s: guest %d gets %llu", cases[_i].name, g,
                   (unsigned long long) got[g]);
}
END_TEST

/* Waldspurger's scanner in ESX 2: 200 pages/s, 1 GiB takes 22 minutes. */
START_TEST (a_gibibyte_at_200_pages_takes_22_minutes)
{
  uint64_t carry = 0, due = 0, minutes = 0;
  while (due < VHM_GIB / VHM_PAGE_BYTES) {
    due += vhm_scan_due (200 * U, VHM_NS_PER_MIN, &carry);
    minutes++;
  }
  ck_assert_uint_eq (minutes, 22);
}
END_TEST

/* 1/3 page a second in odd steps over a day: 28,799 or 28,800, not less. */
START_TEST (many_short_steps_come_to_one_long_one)
{
  struct vhm_rng rng;
  uint64_t carry = 0, one_carry = 0, due = 0, elapsed = 0;
  const uint64_t rate = 333333; /* millionths */
  vhm_rng_init (&rng, 1, "steps");
  while (elapsed < 24 * HOUR) {
    uint64_t step = vhm_rng_below (&rng, 2 * S);
    elapsed += step;
    due += vhm_scan_due (rate, step, &carry);
    ck_assert_uint_lt (carry, S * U);
  }
  ck_assert_uint_eq (due, vhm_scan_due (rate, elapsed, &one_carry));
  ck_assert_uint_eq (carry, one_carry);
  ck_assert_uint_ge (due, 28799);
}
END_TEST

START_TEST (a_change_of_rate_keeps_the_carry)
{
  uint64_t carry = 0;
  ck_assert_uint_eq (vhm_scan_due (10 * U, 150 * MS, &carry), 1);
  ck_assert_uint_eq (vhm_scan_due (1 * U, 500 * MS, &carry), 1);
  ck_assert_uint_eq (carry, 0);
}
END_TEST

START_TEST (hundred_pages_each_200_ms_are_500_a_second)
{
  const struct vhm_scan_batch ksm = { 100, 200 * MS, 0 };
  uint64_t carry = 0;
  ck_assert_uint_eq (vhm_scan_batch_due (&ksm, S, &carry), 500);
  ck_assert_uint_eq (vhm_scan_batch_due (&ksm, 199 * MS, &carry), 0);
  ck_assert_uint_eq (vhm_scan_batch_due (&ksm, 1 * MS, &carry), 100);
  ck_assert_uint_eq (vhm_scan_batch_due (&ksm, 599 * MS, &carry), 200);
  ck_assert_uint_eq (carry, 199 * MS);
}
END_TEST

/* A server of 16 GB was seen to take about 2.5 hours a pass at that rate. */
START_TEST (a_pass_over_16_gigabytes_takes_more_than_two_hours)
{
  const struct vhm_scan_batch ksm = { 100, 200 * MS, 0 };
  uint64_t carry = 0, due = 0, minutes = 0;
  while (due < 16 * VHM_GIB / VHM_PAGE_BYTES) {
    due += vhm_scan_batch_due (&ksm, VHM_NS_PER_MIN, &carry);
    minutes++;
  }
  ck_assert_uint_eq (minutes, 140); /* 4194304 / 500 / 60 = 139.8 */
}
END_TEST

/* 100 pages of 10 us and 19 ms of sleep: a batch in 20 ms. */
START_TEST (the_time_of_scanning_stretches_the_period)
{
  const struct vhm_scan_batch ksm = { 100, 19 * MS, 10000 };
  uint64_t carry = 0;
  ck_assert_uint_eq (vhm_scan_batch_due (&ksm, S, &carry), 5000);
  ck_assert_uint_eq (carry, 0);
}
END_TEST

START_TEST (a_batch_that_takes_no_time_is_refused)
{
  const struct vhm_scan_batch never = { 100, 0, 0 };
  uint64_t carry = 0;
  vhm_scan_batch_due (&never, S, &carry);
}
END_TEST

SUITE ("scan rate",
       tcase_add_test (tc, four_megabytes_per_ghz_on_16_ghz_are_16384_pages);
       tcase_add_loop_test (tc, rates_are_those_worked_out_by_hand, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_gibibyte_at_200_pages_takes_22_minutes);
       tcase_add_test (tc, many_short_steps_come_to_one_long_one);
       tcase_add_test (tc, a_change_of_rate_keeps_the_carry);
       tcase_add_test (tc, hundred_pages_each_200_ms_are_500_a_second);
       tcase_add_test (tc, a_pass_over_16_gigabytes_takes_more_than_two_hours);
       tcase_add_test (tc, the_time_of_scanning_stretches_the_period);
       if (suite_can_fork ()) tcase_add_test_raise_signal (
           tc, a_batch_that_takes_no_time_is_refused, SIGABRT);)
