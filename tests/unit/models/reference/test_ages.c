/* The oldest page is the oldest: compared with a look at every page. */
#include "streams.h"
#include "suite.h"

#define N_PAGES 400

/* The victim's last access is no younger than that of any other page. */
static void
assert_oldest (vhm_refs *refs, double accessed)
{
  for (uint32_t page = 0; page < vhm_refs_n_pages (refs); page++)
    if (vhm_refs_is_mapped (refs, page))
      ck_assert_double_ge (vhm_refs_look (refs, page), accessed);
}

static vhm_refs *
mixed_stream (uint64_t seed)
{
  vhm_refs *refs = stream_of (zipf_of (N_PAGES, 0.9, 0.2), seed);
  struct vhm_region_spec flat = uniform_of (100, 0.3, 0);
  struct vhm_region_spec loop = loop_of (60, 0.1);
  vhm_refs_add_region (refs, &flat);
  vhm_refs_add_region (refs, &loop);
  return refs;
}

START_TEST (pops_the_oldest_of_all_pages)
{
  uint32_t victim;
  double accessed;
  for (uint64_t seed = 0; seed < 300; seed++) {
    g_autoptr (vhm_refs) refs = mixed_stream (seed);
    g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
    for (int i = 0; i < 1500; i++)
      lru_fault (refs, ages, 450);
    ck_assert (vhm_ages_pop (ages, &victim, &accessed));
    vhm_refs_unmap (refs, victim);
    assert_oldest (refs, accessed);
    ck_assert (vhm_ages_is_valid (ages));
  }
}
END_TEST

START_TEST (pops_all_in_order_while_time_stands_still)
{
  uint32_t page, n = 0;
  double accessed, before = -INFINITY;
  g_autoptr (vhm_refs) refs = mixed_stream (1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 3000; i++)
    lru_fault (refs, ages, 500);
  vhm_refs_advance (refs, vhm_refs_next (refs) / 2);
  while (vhm_ages_pop (ages, &page, &accessed)) {
    ck_assert_double_ge (accessed, before);
    before = accessed;
    n++;
  }
  ck_assert_uint_eq (n, 500);
  ck_assert_uint_eq (vhm_ages_n (ages), 0);
}
END_TEST

START_TEST (peeking_shows_what_a_pop_takes)
{
  uint32_t seen, taken;
  double a, b;
  g_autoptr (vhm_refs) refs = mixed_stream (2);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, _i == 1);
  for (int i = 0; i < 1000; i++) {
    lru_fault (refs, ages, 300);
    if (_i == 1 && i % 100 == 99)
      vhm_ages_tick (ages);
    uint64_t n = vhm_ages_n (ages);
    ck_assert (vhm_ages_peek (ages, &seen, &a));
    ck_assert_uint_eq (vhm_ages_n (ages), n);
    ck_assert (vhm_ages_pop (ages, &taken, &b));
    ck_assert_uint_eq (seen, taken);
    ck_assert_double_eq (a, b);
    ck_assert (vhm_refs_is_mapped (refs, taken));
    vhm_ages_insert (ages, taken);
  }
}
END_TEST

START_TEST (a_prefetched_page_goes_first)
{
  uint32_t page;
  double accessed;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (10, 0, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  vhm_refs_advance (refs, 5);
  map_range (refs, 0, 9);
  for (uint32_t i = 0; i < 9; i++)
    vhm_ages_insert (ages, i);
  vhm_refs_map (refs, 9, false, false);
  vhm_ages_insert (ages, 9);
  ck_assert (vhm_ages_pop (ages, &page, &accessed));
  ck_assert_uint_eq (page, 9);
  ck_assert (isinf (accessed));
}
END_TEST

START_TEST (an_unmapped_page_has_left_the_order)
{
  uint32_t page;
  double accessed;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (10, 1, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, _i == 1);
  map_range (refs, 0, 10);
  for (uint32_t i = 0; i < 10; i++)
    vhm_ages_insert (ages, i);
  for (uint32_t i = 0; i < 10; i += 2)
    vhm_refs_unmap (refs, i);
  ck_assert_uint_eq (vhm_ages_n (ages), 5);
  while (vhm_ages_pop (ages, &page, &accessed))
    ck_assert_uint_eq (page % 2, 1);
}
END_TEST

START_TEST (two_orders_share_a_stream)
{
  uint32_t page;
  double accessed;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (100, 1, 0), 1);
  g_autoptr (vhm_ages) even = vhm_ages_new (refs, false);
  g_autoptr (vhm_ages) odd = vhm_ages_new (refs, true);
  map_range (refs, 0, 100);
  for (uint32_t i = 0; i < 100; i++)
    vhm_ages_insert (i % 2 == 0 ? even : odd, i);
  vhm_refs_advance (refs, 1000);
  vhm_ages_tick (odd);
  for (int i = 0; i < 50; i++) {
    ck_assert (vhm_ages_pop (even, &page, &accessed) && page % 2 == 0);
    ck_assert (vhm_ages_pop (odd, &page, &accessed) && page % 2 == 1);
  }
}
END_TEST

START_TEST (ticks_count_the_passes_since_an_access)
{
  uint32_t page;
  double accessed;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (3, 0, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, true);
  for (uint32_t i = 0; i < 3; i++) {
    vhm_refs_advance (refs, 10);
    vhm_refs_map (refs, i, false, true);
    vhm_ages_insert (ages, i);
    vhm_refs_advance (refs, 10);
    ck_assert_uint_eq (vhm_ages_tick (ages), i + 1);
  }
  for (uint32_t i = 0; i < 3; i++) {
    double own = vhm_refs_look (refs, i);
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_uint_eq (page, i);
    ck_assert_double_eq (accessed, 20 * (i + 1));
    ck_assert_uint_eq (vhm_ages_in_ticks (ages, accessed), 3 - i);
    ck_assert_uint_eq (vhm_ages_in_ticks (ages, own), 3 - i);
  }
  ck_assert_uint_eq (vhm_ages_in_ticks (ages, vhm_refs_clock (refs) + 1), 0);
}
END_TEST

/* No mapped page is a whole interval older than the one popped. */
START_TEST (by_ticks_pops_a_page_of_the_oldest_interval)
{
  uint32_t victim;
  double accessed;
  for (uint64_t seed = 0; seed < 200; seed++) {
    g_autoptr (vhm_refs) refs = mixed_stream (seed);
    g_autoptr (vhm_ages) ages = vhm_ages_new (refs, true);
    for (int i = 0; i < 1500; i++) {
      lru_fault (refs, ages, 450);
      if (i % 50 == 0)
        vhm_ages_tick (ages);
    }
    ck_assert (vhm_ages_pop (ages, &victim, &accessed));
    uint32_t age = vhm_ages_in_ticks (ages, accessed);
    vhm_refs_unmap (refs, victim);
    for (uint32_t page = 0; page < vhm_refs_n_pages (refs); page++)
      if (vhm_refs_is_mapped (refs, page))
        ck_assert_uint_le (vhm_ages_in_ticks (ages, vhm_refs_look (refs, page)),
                           age);
    ck_assert (vhm_ages_is_valid (ages));
  }
}
END_TEST

static void
expect_pops (vhm_ages *ages, const uint32_t *pages, size_t n)
{
  uint32_t page;
  double accessed;
  for (size_t i = 0; i < n; i++) {
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_uint_eq (page, pages[i]);
  }
}

static void
insert_pages (vhm_refs *refs, vhm_ages *ages, const uint32_t *pages, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (!vhm_refs_is_mapped (refs, pages[i]))
      vhm_refs_map (refs, pages[i], false, true);
    vhm_ages_insert (ages, pages[i]);
  }
}

START_TEST (pages_of_one_age_come_by_number_from_the_last_one_on)
{
  struct vhm_region_spec spec = uniform_of (100, 1, 0);
  spec.n_active = 0; /* nothing happens but what is done here */
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, true);
  insert_pages (refs, ages, (uint32_t[]){ 70, 3, 90, 14, 15 }, 5);
  vhm_ages_tick (ages);
  vhm_refs_advance (refs, 1);
  insert_pages (refs, ages, (uint32_t[]){ 99, 1, 80, 40, 2 }, 5);
  vhm_ages_tick (ages);
  vhm_refs_advance (refs, 1);
  expect_pops (ages, (uint32_t[]){ 3, 14, 15 }, 3);
  vhm_refs_unmap (refs, 90);
  expect_pops (ages, (uint32_t[]){ 70 }, 1);
  expect_pops (ages, (uint32_t[]){ 80, 99, 1, 2, 40 }, 5);
  ck_assert_uint_eq (vhm_ages_n (ages), 0);
}
END_TEST

SUITE_TWICE (
    "ages", "every reference", streams_every_reference, streams_next_fault,
    tcase_add_test (tc, pops_the_oldest_of_all_pages);
    tcase_add_test (tc, pops_all_in_order_while_time_stands_still);
    tcase_add_loop_test (tc, peeking_shows_what_a_pop_takes, 0, 2);
    tcase_add_test (tc, a_prefetched_page_goes_first);
    tcase_add_loop_test (tc, an_unmapped_page_has_left_the_order, 0, 2);
    tcase_add_test (tc, two_orders_share_a_stream);
    tcase_add_test (tc, ticks_count_the_passes_since_an_access);
    tcase_add_test (tc, by_ticks_pops_a_page_of_the_oldest_interval);
    tcase_add_test (tc, pages_of_one_age_come_by_number_from_the_last_one_on);)
