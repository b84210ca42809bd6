/* Lines and hysteresis of an ESX host's memory states. Private header of
 * models/balancer. */
#include "memory_state.h"
#include "suite.h"

#include <vhm/base/units.h>

#define MB VHM_MIB
#define GB VHM_GIB
#define HUNDREDTHS(bytes) ((uint64_t) ((double) (bytes) *100 / MB + .5))

/* 0.06 x 4096, + 0.04 x 8192, + 0.02 x 16384, + 0.01 x the rest, in MB. */
START_TEST (min_free_slides)
{
  ck_assert_uint_eq (HUNDREDTHS (vhm_memory_min_free (2 * GB)), 12288);
  ck_assert_uint_eq (HUNDREDTHS (vhm_memory_min_free (4 * GB)), 24576);
  ck_assert_uint_eq (HUNDREDTHS (vhm_memory_min_free (12 * GB)), 57344);
  ck_assert_uint_eq (HUNDREDTHS (vhm_memory_min_free (28 * GB)), 90112);
  /* published: 1925.12 */
  ck_assert_uint_eq (HUNDREDTHS (vhm_memory_min_free (128 * GB)), 192512);
}
END_TEST

static void
goes (const struct vhm_memory_lines *lines, enum vhm_memory_state from,
      uint64_t free_mb, enum vhm_memory_state to)
{
  enum vhm_memory_state got = vhm_memory_next (lines, from, free_mb * MB);
  ck_assert_msg (got == to, "%d with %d MB free: %d, not %d", from,
                 (int) free_mb, got, to);
}

/* 10 000 MB: lines at 600, 400, 200, 100; up at 660, 440, 220. */
START_TEST (percent_goes_down_at_the_line_and_up_beyond_the_next)
{
  struct vhm_memory_lines l
      = vhm_memory_lines (VHM_MEMORY_PERCENT, 10000 * MB, 100000);
  ck_assert_uint_eq (l.goal_bytes, 600 * MB);
  goes (&l, VHM_MEMORY_HIGH, 400, VHM_MEMORY_HIGH);
  goes (&l, VHM_MEMORY_HIGH, 399, VHM_MEMORY_SOFT);
  goes (&l, VHM_MEMORY_SOFT, 659, VHM_MEMORY_SOFT);
  goes (&l, VHM_MEMORY_SOFT, 660, VHM_MEMORY_HIGH);
  goes (&l, VHM_MEMORY_SOFT, 199, VHM_MEMORY_HARD);
  goes (&l, VHM_MEMORY_HARD, 439, VHM_MEMORY_HARD);
  goes (&l, VHM_MEMORY_HARD, 440, VHM_MEMORY_SOFT);
  goes (&l, VHM_MEMORY_HARD, 99, VHM_MEMORY_LOW);
  goes (&l, VHM_MEMORY_LOW, 219, VHM_MEMORY_LOW);
  goes (&l, VHM_MEMORY_LOW, 220, VHM_MEMORY_HARD);
  goes (&l, VHM_MEMORY_HIGH, 50, VHM_MEMORY_LOW); /* over all at once */
  goes (&l, VHM_MEMORY_LOW, 700, VHM_MEMORY_HIGH);
}
END_TEST

/* 12 GiB: minFree 573.44 MB; 64 % 367.0, 32 % 183.5, 16 % 91.75, 400 % 2293.8. */
START_TEST (sliding_has_lines_in_units_of_min_free)
{
  struct vhm_memory_lines l = vhm_memory_lines (VHM_MEMORY_SLIDING, 12 * GB, 0);
  ck_assert_uint_eq (HUNDREDTHS (l.goal_bytes), 57344);
  goes (&l, VHM_MEMORY_HIGH, 574, VHM_MEMORY_HIGH);
  goes (&l, VHM_MEMORY_HIGH, 573, VHM_MEMORY_CLEAR);
  goes (&l, VHM_MEMORY_CLEAR, 2293, VHM_MEMORY_CLEAR);
  goes (&l, VHM_MEMORY_CLEAR, 2294, VHM_MEMORY_HIGH);
  goes (&l, VHM_MEMORY_CLEAR, 368, VHM_MEMORY_CLEAR);
  goes (&l, VHM_MEMORY_CLEAR, 366, VHM_MEMORY_SOFT);
  goes (&l, VHM_MEMORY_SOFT, 573, VHM_MEMORY_SOFT);
  goes (&l, VHM_MEMORY_SOFT, 574, VHM_MEMORY_CLEAR);
  goes (&l, VHM_MEMORY_SOFT, 183, VHM_MEMORY_HARD);
  goes (&l, VHM_MEMORY_HARD, 91, VHM_MEMORY_LOW);
  goes (&l, VHM_MEMORY_LOW, 184, VHM_MEMORY_HARD);
}
END_TEST

SUITE ("memory state", tcase_add_test (tc, min_free_slides);
       tcase_add_test (tc,
                       percent_goes_down_at_the_line_and_up_beyond_the_next);
       tcase_add_test (tc, sliding_has_lines_in_units_of_min_free);)
