/* One part of every dynamic range. Private header of models/balancer. */
#include "dynamic_range.h"
#include "suite.h"

#include <vhm/base/units.h>

#define MB VHM_MIB
#define RANGE(least, most)   \
  {                          \
    (least) * MB, (most) *MB \
  }

/* 400 to share, of which 200 are the least ones; ranges of 100 and 300. */
START_TEST (all_stand_at_the_same_part)
{
  uint64_t got[2];
  const struct vhm_dynamic_range r[] = { RANGE (100, 200), RANGE (100, 400) };
  vhm_dynamic_share (r, 2, 400 * MB, got); /* gamma 1/2 */
  ck_assert_uint_eq (got[0], 150 * MB);
  ck_assert_uint_eq (got[1], 250 * MB);
  vhm_dynamic_share (r, 2, 300 * MB, got); /* 1/4 */
  ck_assert_uint_eq (got[0], 125 * MB);
  ck_assert_uint_eq (got[1], 175 * MB);
}
END_TEST

START_TEST (the_ends_of_the_range_stand)
{
  uint64_t got[3];
  const struct vhm_dynamic_range r[]
      = { RANGE (100, 200), RANGE (300, 300), RANGE (50, 1000) };
  vhm_dynamic_share (r, 3, 9000 * MB, got);
  ck_assert_uint_eq (got[0], 200 * MB);
  ck_assert_uint_eq (got[1], 300 * MB);
  ck_assert_uint_eq (got[2], 1000 * MB);
  for (uint64_t total = 0; total <= 450; total += 225) {
    vhm_dynamic_share (r, 3, total * MB, got);
    ck_assert_uint_eq (got[0], 100 * MB);
    ck_assert_uint_eq (got[1], 300 * MB);
    ck_assert_uint_eq (got[2], 50 * MB);
  }
}
END_TEST

START_TEST (never_more_than_there_is)
{
  uint64_t got[3];
  const struct vhm_dynamic_range r[]
      = { RANGE (1, 8), RANGE (2, 9), RANGE (3, 10) };
  for (uint64_t pages = 6 * 256; pages < 27 * 256; pages++) {
    vhm_dynamic_share (r, 3, pages * VHM_PAGE_BYTES, got);
    uint64_t sum = got[0] + got[1] + got[2];
    ck_assert_uint_le (sum, pages * VHM_PAGE_BYTES);
    ck_assert_uint_gt (sum + 3 * VHM_PAGE_BYTES, pages * VHM_PAGE_BYTES);
    ck_assert_uint_eq (got[0] + 1 * MB, got[1]);
    ck_assert_uint_eq (got[1] + 1 * MB, got[2]);
  }
}
END_TEST

START_TEST (a_range_cannot_be_upside_down)
{
  uint64_t got;
  const struct vhm_dynamic_range r = RANGE (2, 1);
  vhm_dynamic_share (&r, 1, MB, &got);
}
END_TEST

SUITE ("dynamic range", tcase_add_test (tc, all_stand_at_the_same_part);
       tcase_add_test (tc, the_ends_of_the_range_stand);
       tcase_add_test (tc, never_more_than_there_is);
       tcase_add_test_raise_signal (tc, a_range_cannot_be_upside_down,
                                    SIGABRT);)
