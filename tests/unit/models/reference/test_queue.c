/* Buckets grow wider, more, and empty again without losing anybody. */
#include "streams.h"
#include "suite.h"

#define N_PAGES 3000

/* Ages over many orders of magnitude, so that the buckets are made wider again
 * and again; silent pages, so that nothing moves. */
static void
fill_with_wide_ages (vhm_refs *refs, vhm_ages *ages)
{
  for (uint32_t i = 0; i < N_PAGES; i++) {
    uint32_t page = i * 7 % N_PAGES; /* 7 does not divide N_PAGES */
    vhm_refs_advance (refs, pow (1.01, i));
    vhm_refs_map (refs, page, false, true);
    vhm_ages_insert (ages, page);
  }
}

START_TEST (comes_out_in_order_over_all_magnitudes)
{
  uint32_t page;
  double accessed, before = -1;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (N_PAGES, 0, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  fill_with_wide_ages (refs, ages);
  ck_assert (vhm_ages_is_valid (ages));
  for (uint32_t i = 0; i < N_PAGES; i++) {
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_uint_eq (page, i * 7 % N_PAGES);
    ck_assert_double_gt (accessed, before);
    before = accessed;
  }
  ck_assert (!vhm_ages_pop (ages, &page, &accessed));
}
END_TEST

/* Pages that leave and come back leave entries behind; these are swept out. */
START_TEST (does_not_grow_with_pages_that_come_and_go)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (100, 0, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, _i == 1);
  for (uint32_t i = 0; i < 200000; i++) {
    uint32_t page = i % 100;
    if (vhm_refs_is_mapped (refs, page))
      vhm_refs_unmap (refs, page);
    vhm_refs_advance (refs, 1);
    vhm_refs_map (refs, page, false, true);
    vhm_ages_insert (ages, page);
    if (_i == 1 && i % 1000 == 0)
      vhm_ages_tick (ages);
  }
  ck_assert_uint_eq (vhm_ages_n (ages), 100);
  ck_assert (vhm_ages_is_valid (ages));
  ck_assert_uint_lt (vhm_refs_bytes (refs), 100000);
}
END_TEST

SUITE ("queue", tcase_add_test (tc, comes_out_in_order_over_all_magnitudes);
       tcase_add_loop_test (tc, does_not_grow_with_pages_that_come_and_go, 0,
                            2);)
