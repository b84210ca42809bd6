/* Hidden pages: they trap, keep their place among the ages, and nothing else
 * happens to them. */
#include "streams.h"
#include "suite.h"

#define N 400

static void
setup (vhm_refs **refs, vhm_ages **ages, struct vhm_region_spec spec)
{
  *refs = stream_of (spec, 3);
  *ages = vhm_ages_new (*refs, false);
  map_range (*refs, 0, spec.n_pages);
  for (uint32_t page = 0; page < spec.n_pages; page++)
    vhm_ages_insert (*ages, page);
}

START_TEST (a_hidden_page_traps_and_stays_mapped)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 1), 3);
  bool write;
  map_range (refs, 0, N);
  ck_assert (no_trap_within (refs, 1000));
  vhm_refs_hide (refs, 7);
  ck_assert (vhm_refs_is_mapped (refs, 7) && vhm_refs_is_hidden (refs, 7));
  ck_assert (vhm_refs_traps (refs, 7) && !vhm_refs_traps (refs, 8));
  ck_assert (!vhm_refs_is_hidden (refs, 8));
  ck_assert (vhm_refs_is_valid (refs));
  ck_assert_uint_eq (next_trap (refs, &write), 7);
  vhm_refs_show (refs, 7, write, true);
  ck_assert (!vhm_refs_traps (refs, 7));
  ck_assert (vhm_refs_look (refs, 7) >= vhm_refs_clock (refs));
  ck_assert (no_trap_within (refs, 1000));
  ck_assert (vhm_refs_is_valid (refs));
  vhm_refs_free (refs);
}
END_TEST

START_TEST (nothing_happens_to_a_hidden_page)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 1), 3);
  map_range (refs, 0, N);
  ck_assert (no_trap_within (refs, 40.0 * N));
  double accessed = vhm_refs_look (refs, 5);
  vhm_refs_clean (refs, 5);
  vhm_refs_hide (refs, 5);
  /* the clock goes on as long as page 5 is not referenced */
  while (!no_trap_within (refs, 3))
    ;
  ck_assert_double_eq (vhm_refs_look (refs, 5), accessed);
  ck_assert (!vhm_refs_is_dirty (refs, 5));
  vhm_refs_show (refs, 5, false, false);
  ck_assert_double_eq (vhm_refs_look (refs, 5), accessed);
  ck_assert (no_trap_within (refs, 40.0 * N));
  ck_assert_double_gt (vhm_refs_look (refs, 5), accessed);
  ck_assert (vhm_refs_is_dirty (refs, 5));
  vhm_refs_free (refs);
}
END_TEST

START_TEST (unmapping_a_hidden_page_unmaps_it)
{
  vhm_refs *refs;
  vhm_ages *ages;
  bool write;
  setup (&refs, &ages, uniform_of (N, 1, 0));
  vhm_refs_hide (refs, 9);
  vhm_refs_unmap (refs, 9);
  ck_assert (!vhm_refs_is_mapped (refs, 9) && !vhm_refs_is_hidden (refs, 9));
  ck_assert (vhm_refs_traps (refs, 9));
  ck_assert_uint_eq (vhm_ages_n (ages), N - 1);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  ck_assert_uint_eq (next_trap (refs, &write), 9);
  vhm_refs_map (refs, 9, write, true);
  vhm_ages_insert (ages, 9);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  vhm_ages_free (ages);
  vhm_refs_free (refs);
}
END_TEST

START_TEST (a_hidden_page_grows_old_and_is_taken)
{
  vhm_refs *refs;
  vhm_ages *ages;
  setup (&refs, &ages, uniform_of (N, 1, 0));
  vhm_refs_hide (refs, 9);
  vhm_refs_set_active (refs, 0, 9); /* so that it never traps */
  ck_assert (no_trap_within (refs, 50.0 * N));
  uint32_t page;
  double accessed, last = 0;
  bool seen = false;
  for (int i = 0; i < N - 9; i++) {
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_double_ge (accessed, last);
    last = accessed;
    seen = seen || page == 9;
    vhm_refs_unmap (refs, page);
  }
  ck_assert (seen);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  vhm_ages_free (ages);
  vhm_refs_free (refs);
}
END_TEST

START_TEST (a_scan_waits_at_a_hidden_page)
{
  vhm_refs *refs = stream_of (loop_of (N, 1), 3);
  bool write;
  map_range (refs, 0, N);
  ck_assert (no_trap_within (refs, 2.5 * N));
  vhm_refs_hide (refs, 100);
  double last = vhm_refs_look (refs, 100);
  ck_assert_uint_eq (next_trap (refs, &write), 100);
  ck_assert_double_eq_tol (vhm_refs_clock (refs), last + N, 1.5);
  ck_assert_double_eq (vhm_refs_look (refs, 100), last);
  vhm_refs_show (refs, 100, write, true);
  ck_assert (no_trap_within (refs, 3.0 * N));
  ck_assert (vhm_refs_is_valid (refs));
  vhm_refs_free (refs);
}
END_TEST

/* Whatever is done in whatever order, all parts agree. */
static void
do_something (vhm_refs *refs, vhm_ages *ages, struct vhm_rng *rng)
{
  uint32_t page = (uint32_t) vhm_rng_below (rng, vhm_refs_n_pages (refs));
  double accessed;
  switch (vhm_rng_below (rng, 6)) {
  case 0:
    if (vhm_refs_is_mapped (refs, page))
      vhm_refs_unmap (refs, page);
    break;
  case 1:
    if (!vhm_refs_traps (refs, page))
      vhm_refs_hide (refs, page);
    break;
  case 2:
    if (vhm_refs_is_hidden (refs, page))
      vhm_refs_show (refs, page, vhm_rng_chance (rng, 0.5),
                     vhm_rng_chance (rng, 0.5));
    break;
  case 3:
    if (vhm_ages_pop (ages, &page, &accessed))
      vhm_refs_unmap (refs, page);
    break;
  case 4:
    vhm_refs_set_active (
        refs, 0, (uint32_t) vhm_rng_below (rng, vhm_refs_n_pages (refs)) + 1);
    break;
  default:
    if (vhm_refs_is_mapped (refs, page))
      vhm_refs_look (refs, page);
    break;
  }
}

static void
run_to_the_next_trap (vhm_refs *refs, vhm_ages *ages)
{
  double next = vhm_refs_next (refs);
  bool write;
  if (isinf (next))
    return;
  vhm_refs_advance (refs, next);
  uint32_t page = vhm_refs_trap (refs, &write);
  if (page == VHM_NO_PAGE)
    return;
  if (vhm_refs_is_hidden (refs, page)) {
    vhm_refs_show (refs, page, write, true);
    return;
  }
  vhm_refs_map (refs, page, write, true);
  vhm_ages_insert (ages, page);
}

static const struct vhm_region_spec specs[] = {
  { .pattern = VHM_PATTERN_ZIPF,
    .n_pages = N,
    .n_active = N,
    .share = 1,
    .write = 0.3,
    .exponent = 0.9 },
  { .pattern = VHM_PATTERN_HOT_COLD,
    .n_pages = N,
    .n_active = N,
    .share = 1,
    .write = 0.3,
    .hot = 0.2,
    .hot_weight = 0.8 },
  { .pattern = VHM_PATTERN_SCAN,
    .n_pages = N,
    .n_active = N,
    .share = 1,
    .write = 0.3,
    .cyclic = true },
};

START_TEST (all_parts_agree_whatever_is_done)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 11, "what");
  vhm_refs *refs = stream_of (specs[_i / 2], 3);
  vhm_ages *ages = vhm_ages_new (refs, _i % 2 == 1);
  for (int i = 0; i < 6000; i++) {
    run_to_the_next_trap (refs, ages);
    do_something (refs, ages, &rng);
    if (_i % 2 == 1 && i % 50 == 0)
      vhm_ages_tick (ages);
    if (i % 20 == 0)
      ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  }
  vhm_ages_free (ages);
  vhm_refs_free (refs);
}
END_TEST

SUITE_TWICE ("hidden pages", "every reference", streams_every_reference,
             streams_next_fault,
             tcase_add_test (tc, a_hidden_page_traps_and_stays_mapped);
             tcase_add_test (tc, nothing_happens_to_a_hidden_page);
             tcase_add_test (tc, unmapping_a_hidden_page_unmaps_it);
             tcase_add_test (tc, a_hidden_page_grows_old_and_is_taken);
             tcase_add_test (tc, a_scan_waits_at_a_hidden_page);
             tcase_add_loop_test (tc, all_parts_agree_whatever_is_done, 0,
                                  2 * (int) G_N_ELEMENTS (specs));)
