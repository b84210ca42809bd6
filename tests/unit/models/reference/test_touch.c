/* Passes driven from outside, against a plain array of last touches. */
#include "streams.h"
#include "suite.h"

#define N_PAGES 300

START_TEST (finds_the_next_trapping_page)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (N_PAGES, 1, 0), 1);
  map_range (refs, 0, N_PAGES);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 0, N_PAGES, true), N_PAGES);
  uint32_t holes[] = { 5, 63, 64, 200 };
  for (size_t i = 0; i < G_N_ELEMENTS (holes); i++)
    vhm_refs_unmap (refs, holes[i]);
  uint32_t from = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (holes); i++) {
    ck_assert_uint_eq (vhm_refs_next_trapping (refs, from, N_PAGES, true),
                       holes[i]);
    from = holes[i] + 1;
  }
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, from, 250, true), 250);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 10, 20, true), 20);
}
END_TEST

/* Nobody else references the pages, so the last access is the last touch,
 * whenever somebody looks and however many passes went over it. */
START_TEST (every_page_remembers_its_last_touch)
{
  struct vhm_rng rng;
  double last[N_PAGES] = { 0 };
  uint32_t place = 0;
  vhm_rng_init (&rng, 1, "touch");
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (N_PAGES, 0, 0), 1);
  map_range (refs, 0, N_PAGES);
  for (int i = 0; i < 5000; i++) {
    vhm_refs_advance (refs, 1);
    if (place == N_PAGES || vhm_rng_below (&rng, 8) == 0)
      place = (uint32_t) vhm_rng_below (&rng, N_PAGES);
    uint32_t n = (uint32_t) vhm_rng_below (&rng, N_PAGES - place) + 1;
    vhm_refs_touch (refs, place, place + n, 0);
    for (uint32_t page = place; page < place + n; page++)
      last[page] = vhm_refs_clock (refs);
    place += n;
    uint32_t seen = (uint32_t) vhm_rng_below (&rng, N_PAGES);
    ck_assert_double_eq (vhm_refs_look (refs, seen), last[seen]);
  }
  for (uint32_t page = 0; page < N_PAGES; page++)
    ck_assert_double_eq (vhm_refs_look (refs, page), last[page]);
}
END_TEST

START_TEST (a_pass_that_writes_leaves_dirty_pages)
{
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (N_PAGES, 0, 0), 1);
  map_range (refs, 0, N_PAGES);
  vhm_refs_touch (refs, 100, 200, 1);
  for (uint32_t page = 0; page < N_PAGES; page++)
    ck_assert_int_eq (vhm_refs_is_dirty (refs, page),
                      page >= 100 && page < 200);
}
END_TEST

/* Under LRU, what a pass has just gone over is the last to leave. */
START_TEST (a_touched_page_is_young)
{
  uint32_t victim;
  double accessed;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (N_PAGES, 1, 0), 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 2000; i++)
    lru_fault (refs, ages, 250);
  vhm_refs_advance (refs, vhm_refs_next (refs) / 2);
  uint32_t n = 0;
  for (uint32_t page = 50; page < 150; page++)
    if (vhm_refs_is_mapped (refs, page)) {
      vhm_refs_touch (refs, page, page + 1, 0);
      n++;
    }
  while (vhm_ages_n (ages) > n) {
    ck_assert (vhm_ages_pop (ages, &victim, &accessed));
    ck_assert (victim < 50 || victim >= 150);
  }
  ck_assert (vhm_ages_is_valid (ages));
}
END_TEST

SUITE_TWICE ("touch", "every reference", streams_every_reference,
             streams_next_fault,
             tcase_add_test (tc, finds_the_next_trapping_page);
             tcase_add_test (tc, every_page_remembers_its_last_touch);
             tcase_add_test (tc, a_pass_that_writes_leaves_dirty_pages);
             tcase_add_test (tc, a_touched_page_is_young);)
