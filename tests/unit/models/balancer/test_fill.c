/* The level at which clamped shares use up a total. Private header of
 * models/balancer: balancers share it, nobody else sees it. */
#include "fill.h"
#include "suite.h"

#include <vhm/base/units.h>
#include <vhm/sim/rng.h>

#define MB VHM_MIB

static uint64_t
sum (const uint64_t *x, uint32_t n)
{
  uint64_t s = 0;
  for (uint32_t i = 0; i < n; i++)
    s += x[i];
  return s;
}

START_TEST (everybody_gets_the_most_if_that_fits)
{
  uint64_t got[3];
  const struct vhm_fill fill[]
      = { { 1e9, 0, 700 * MB }, { 3, 5 * MB, 900 * MB }, { 7e12, 0, MB } };
  vhm_fill_to_level (fill, 3, 1601 * MB, got);
  ck_assert_uint_eq (got[0], 700 * MB);
  ck_assert_uint_eq (got[1], 900 * MB);
  ck_assert_uint_eq (got[2], MB);
}
END_TEST

START_TEST (everybody_gets_the_least_if_not_even_that_fits)
{
  uint64_t got[2];
  const struct vhm_fill fill[]
      = { { 1e9, 300 * MB, 700 * MB }, { 3, 500 * MB, 900 * MB } };
  vhm_fill_to_level (fill, 2, 600 * MB, got);
  ck_assert_uint_eq (got[0], 300 * MB);
  ck_assert_uint_eq (got[1], 500 * MB);
}
END_TEST

START_TEST (a_total_is_used_up_to_the_page)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 4, "fill");
  for (int k = 0; k < 2000; k++) {
    struct vhm_fill fill[9];
    uint64_t got[9], least = 0, most = 0;
    uint32_t n = 1 + (uint32_t) vhm_rng_below (&rng, 9);
    for (uint32_t i = 0; i < n; i++) {
      fill[i].least_bytes = vhm_rng_below (&rng, 1000) * VHM_PAGE_BYTES;
      fill[i].most_bytes = fill[i].least_bytes
                           + vhm_rng_below (&rng, 1 << 20) * VHM_PAGE_BYTES;
      fill[i].want = 1 + vhm_rng_uniform (&rng) * 1e10;
      least += fill[i].least_bytes;
      most += fill[i].most_bytes;
    }
    uint64_t total = least + vhm_rng_below (&rng, most - least + 1);
    vhm_fill_to_level (fill, n, total, got);
    ck_assert_uint_le (sum (got, n), total);
    ck_assert_uint_ge (sum (got, n) + n * VHM_PAGE_BYTES, total);
    for (uint32_t i = 0; i < n; i++) {
      ck_assert_uint_ge (got[i], fill[i].least_bytes);
      ck_assert_uint_le (got[i], fill[i].most_bytes);
    }
  }
}
END_TEST

START_TEST (additions_are_cut_to_what_there_is)
{
  const struct vhm_vm_view vms[] = { { .held_bytes = 100 * MB },
                                     { .held_bytes = 400 * MB },
                                     { .held_bytes = 500 * MB } };
  const struct vhm_balance_view view
      = { .available_bytes = 150 * MB, .n = 3, .vms = vms };
  struct vhm_fill fill[] = { { .want = 1 }, { .want = 1 }, { .want = 1 } };
  uint64_t targets[] = { 600 * MB, 600 * MB, 450 * MB };
  vhm_fill_fit (fill, &view, targets); /* 150 and the 50 of the last one */
  ck_assert_uint_eq (targets[0], 300 * MB);
  ck_assert_uint_eq (targets[1], 400 * MB);
  ck_assert_uint_eq (targets[2], 450 * MB);
}
END_TEST

SUITE ("fill", tcase_add_test (tc, everybody_gets_the_most_if_that_fits);
       tcase_add_test (tc, everybody_gets_the_least_if_not_even_that_fits);
       tcase_add_test (tc, a_total_is_used_up_to_the_page);
       tcase_add_test (tc, additions_are_cut_to_what_there_is);)
