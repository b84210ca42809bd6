/* Every reference drawn: the bits and the order of last access are those of the
 * references that the stream says it has let pass. A shadow keeps them from
 * vhm_refs_take alone. */
#include "streams.h"
#include "suite.h"

#include <signal.h>

#define MAX_SHADOW 4096

static vhm_refs *
every_stream (uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "every");
  return vhm_refs_new_every (&rng);
}

static vhm_refs *
every_stream_of (struct vhm_region_spec spec, uint64_t seed)
{
  vhm_refs *refs = every_stream (seed);
  vhm_refs_add_region (refs, &spec);
  return refs;
}

struct shadow {
  uint64_t last[MAX_SHADOW]; /* number of the page's last reference */
  bool dirty[MAX_SHADOW];
  uint64_t n, n_writes;
};

static void
shadow_take (struct shadow *shadow, vhm_refs *refs)
{
  const struct vhm_reference *taken;
  size_t n = vhm_refs_take (refs, &taken);
  for (size_t i = 0; i < n; i++) {
    ck_assert (vhm_refs_is_mapped (refs, taken[i].page));
    shadow->last[taken[i].page] = ++shadow->n;
    shadow->dirty[taken[i].page] |= taken[i].write;
    shadow->n_writes += taken[i].write;
  }
}

/* On to the next trap; VHM_NO_PAGE if it is further away than `until`. */
static uint32_t
run_to_trap (vhm_refs *refs, struct shadow *shadow, double until, bool *write)
{
  for (;;) {
    double d = vhm_refs_next (refs), left = until - vhm_refs_clock (refs);
    if (d > left) {
      vhm_refs_advance (refs, MAX (left, 0));
      shadow_take (shadow, refs);
      return VHM_NO_PAGE;
    }
    vhm_refs_advance (refs, d);
    uint32_t page = vhm_refs_trap (refs, write);
    shadow_take (shadow, refs);
    if (page != VHM_NO_PAGE)
      return page;
  }
}

static uint32_t
shadow_oldest (const struct shadow *shadow, const vhm_refs *refs)
{
  uint32_t oldest = VHM_NO_PAGE;
  for (uint32_t page = 0; page < vhm_refs_n_pages (refs); page++)
    if (vhm_refs_is_mapped (refs, page)
        && (oldest == VHM_NO_PAGE || shadow->last[page] < shadow->last[oldest]))
      oldest = page;
  return oldest;
}

/* One fault of an LRU memory of `capacity` pages, each victim held against the
 * shadow's. */
static bool
shadow_lru_fault (vhm_refs *refs, vhm_ages *ages, struct shadow *shadow,
                  uint64_t capacity, double until)
{
  bool write;
  uint32_t victim;
  double accessed;
  uint32_t page = run_to_trap (refs, shadow, until, &write);
  if (page == VHM_NO_PAGE)
    return false;
  if (vhm_ages_n (ages) >= capacity) {
    ck_assert (vhm_ages_pop (ages, &victim, &accessed));
    ck_assert_uint_eq (victim, shadow_oldest (shadow, refs));
    vhm_refs_unmap (refs, victim);
    ck_assert_int_eq (vhm_refs_is_dirty (refs, victim), shadow->dirty[victim]);
    vhm_refs_clean (refs, victim);
    shadow->dirty[victim] = false;
  }
  vhm_refs_map (refs, page, write, true);
  shadow_take (shadow, refs);
  vhm_ages_insert (ages, page);
  return true;
}

/* All patterns at once, with rates that change and sweeps under way. */
START_TEST (victims_and_dirty_bits_are_those_of_the_references)
{
  struct shadow shadow = { 0 };
  g_autoptr (vhm_refs) refs = every_stream (1);
  struct vhm_region_spec spec[]
      = { zipf_of (1000, 0.9, 0.1), hot_cold_of (500, 0.1, 0.9),
          loop_of (90, 0.3), uniform_of (200, 0.2, 1) };
  spec[1].write = 0.05;
  spec[2].stride = 3;
  for (size_t i = 0; i < G_N_ELEMENTS (spec); i++)
    vhm_refs_add_region (refs, &spec[i]);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  shadow_take (&shadow, refs);
  for (uint32_t round = 0; round < 40; round++) {
    double until = vhm_refs_clock (refs) + 1200;
    vhm_refs_set_share (refs, 2, 0.1 * (round % 4));
    vhm_refs_set_active (refs, 0, 500 + 100 * (round % 6));
    vhm_refs_set_hot_start (refs, 1, 17 * round);
    if (round % 3 == 0)
      vhm_refs_sweep (refs, 3, 20, 200, G_PI / 15, 0.5); /* no two at once */
    while (shadow_lru_fault (refs, ages, &shadow, 400, until))
      continue;
    ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  }
  ck_assert_uint_gt (shadow.n, 40000);
  ck_assert_uint_gt (shadow.n_writes, 1000);
}
END_TEST

START_TEST (an_access_is_dated_when_it_took_place)
{
  struct shadow shadow = { 0 };
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (zipf_of (100, 1, 0.2), 1);
  map_range (refs, 0, 100);
  shadow_take (&shadow, refs);
  double before[100];
  for (double until = 5; until < 3000; until += 5) {
    uint64_t seen = shadow.n;
    for (uint32_t page = 0; page < 100; page++)
      before[page] = vhm_refs_look (refs, page);
    ck_assert_uint_eq (run_to_trap (refs, &shadow, until, &write), VHM_NO_PAGE);
    for (uint32_t page = 0; page < 100; page++) {
      double accessed = vhm_refs_look (refs, page);
      if (shadow.last[page] > seen)
        ck_assert (accessed > until - 5 && accessed <= until);
      else
        ck_assert (!(accessed < before[page]) && !(accessed > before[page]));
    }
  }
}
END_TEST

/* Number of references in stretches of R: Poisson, mean and variance. */
START_TEST (independent_references_are_a_poisson_process)
{
  enum { n_stretches = 4000 };
  const double length = 20;
  struct shadow shadow = { 0 };
  bool write;
  g_autoptr (vhm_refs) refs = every_stream (3);
  struct vhm_region_spec spec[]
      = { uniform_of (10, 3, 0), uniform_of (0x10, 1, 0) };
  spec[1].n_active = 0; /* its share is issued to nothing */
  for (size_t i = 0; i < G_N_ELEMENTS (spec); i++)
    vhm_refs_add_region (refs, &spec[i]);
  map_range (refs, 0, 10);
  shadow_take (&shadow, refs);
  double sum = 0, square = 0, expected = 0.75 * length;
  for (int i = 0; i < n_stretches; i++) {
    uint64_t before = shadow.n;
    run_to_trap (refs, &shadow, (i + 1) * length, &write);
    double n = (double) (shadow.n - before);
    sum += n;
    square += (n - expected) * (n - expected);
  }
  double error = sqrt (expected / n_stretches);
  ck_assert (fabs (sum / n_stretches - expected) < 4 * error);
  double variance = square / n_stretches / expected;
  ck_assert (fabs (variance - 1) < 4 * sqrt (2.0 / n_stretches));
}
END_TEST

static void
expect_taken (vhm_refs *refs, const uint32_t *pages, size_t n)
{
  const struct vhm_reference *taken;
  ck_assert_uint_eq (vhm_refs_take (refs, &taken), n);
  for (size_t i = 0; i < n; i++)
    ck_assert_uint_eq (taken[i].page, pages[i]);
}

START_TEST (a_scan_visits_at_its_times_and_waits_where_it_traps)
{
  const struct vhm_reference *taken;
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (loop_of (8, 1), 1);
  map_range (refs, 0, 8);
  vhm_refs_unmap (refs, 3);
  vhm_refs_take (refs, &taken);
  ck_assert_double_eq (vhm_refs_next (refs), 4);
  vhm_refs_advance (refs, 2.5);
  expect_taken (refs, (uint32_t[]){ 0, 1 }, 2);
  ck_assert_double_eq (vhm_refs_look (refs, 1), 2);
  ck_assert_double_eq (vhm_refs_next (refs), 1.5);
  vhm_refs_advance (refs, 1.5);
  ck_assert_uint_eq (vhm_refs_trap (refs, &write), 3);
  expect_taken (refs, (uint32_t[]){ 2 }, 1);
  ck_assert (isinf (vhm_refs_next (refs))); /* it waits, and is alone */
  vhm_refs_advance (refs, 100);
  vhm_refs_map (refs, 3, false, true);
  expect_taken (refs, (uint32_t[]){ 3 }, 1);
  double d = vhm_refs_next (refs); /* no trap in sight, but not for ever */
  ck_assert (d > 10 && d < 10000);
  vhm_refs_advance (refs, 9);
  expect_taken (refs, (uint32_t[]){ 4, 5, 6, 7, 0, 1, 2, 3, 4 }, 9);
  ck_assert_double_eq (vhm_refs_look (refs, 3), 112);
  ck_assert (vhm_refs_is_valid (refs));
}
END_TEST

START_TEST (a_sweep_comes_on_top_and_in_order_of_time)
{
  const struct vhm_reference *taken;
  g_autoptr (vhm_refs) refs = every_stream (1);
  struct vhm_region_spec loop = loop_of (4, 1), still = uniform_of (10, 0, 0);
  vhm_refs_add_region (refs, &loop);
  vhm_refs_add_region (refs, &still);
  map_range (refs, 0, 14);
  vhm_refs_take (refs, &taken);
  vhm_refs_sweep (refs, 1, 2, 5, 0.75, 1);
  ck_assert_double_eq (vhm_refs_next_sweep_end (refs), 4);
  ck_assert_double_ge (vhm_refs_next (refs), 5);
  vhm_refs_advance (refs, 3.5);
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 1), 1);
  expect_taken (refs, (uint32_t[]){ 0, 6, 1, 7, 2 }, 5);
  vhm_refs_advance (refs, 1.5);
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 1), 0);
  expect_taken (refs, (uint32_t[]){ 3, 8, 0 }, 3);
  ck_assert (vhm_refs_is_dirty (refs, 8) && !vhm_refs_is_dirty (refs, 9));
}
END_TEST

START_TEST (a_touch_passes_every_page)
{
  const struct vhm_reference *taken;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (200, 0, 0), 1);
  map_range (refs, 0, 200);
  vhm_refs_take (refs, &taken);
  vhm_refs_advance (refs, 7);
  vhm_refs_touch (refs, 10, 13, 1);
  expect_taken (refs, (uint32_t[]){ 10, 11, 12 }, 3);
  ck_assert_double_eq (vhm_refs_look (refs, 12), 7);
  ck_assert_double_eq (vhm_refs_look (refs, 13), 0);
  ck_assert (vhm_refs_is_dirty (refs, 12) && !vhm_refs_is_dirty (refs, 13));
}
END_TEST

START_TEST (pages_that_left_the_active_part_are_not_referenced)
{
  struct shadow shadow = { 0 };
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (100, 1, 0), 1);
  map_range (refs, 0, 100);
  shadow_take (&shadow, refs);
  run_to_trap (refs, &shadow, 250.5, &write); /* in the middle of a batch */
  uint64_t before = shadow.n;
  vhm_refs_set_active (refs, 0, 7);
  run_to_trap (refs, &shadow, 1000, &write);
  ck_assert_uint_gt (shadow.n, before + 500);
  for (uint32_t page = 0; page < 100; page++)
    ck_assert_int_eq (shadow.last[page] > before, page < 7);
}
END_TEST

/* Somebody else serves the page between the announcement and the trap. */
START_TEST (a_trap_that_was_overtaken_is_none)
{
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (1, 1, 1), 1);
  vhm_refs_advance (refs, vhm_refs_next (refs));
  vhm_refs_map (refs, 0, false, true);
  ck_assert_uint_eq (vhm_refs_trap (refs, &write), VHM_NO_PAGE);
  ck_assert (!vhm_refs_is_dirty (refs, 0));
  vhm_refs_advance (refs, vhm_refs_next (refs)); /* now it passes */
  ck_assert (vhm_refs_is_dirty (refs, 0));
  g_autoptr (vhm_refs) loop = every_stream_of (loop_of (3, 1), 1);
  vhm_refs_advance (loop, vhm_refs_next (loop));
  vhm_refs_map (loop, 0, false, true);
  ck_assert_uint_eq (vhm_refs_trap (loop, &write), VHM_NO_PAGE);
  vhm_refs_advance (loop, vhm_refs_next (loop));
  ck_assert_uint_eq (vhm_refs_trap (loop, &write), 1);
}
END_TEST

START_TEST (a_page_taken_away_traps_again)
{
  struct shadow shadow = { 0 };
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (4, 1, 0), 1);
  map_range (refs, 0, 4);
  run_to_trap (refs, &shadow, 100, &write);
  vhm_refs_unmap (refs, 2);
  ck_assert_uint_eq (run_to_trap (refs, &shadow, 200, &write), 2);
  ck_assert_uint_eq (run_to_trap (refs, &shadow, 200, &write), 2);
  vhm_refs_map (refs, 2, false, true);
  ck_assert_uint_eq (run_to_trap (refs, &shadow, 300, &write), VHM_NO_PAGE);
}
END_TEST

START_TEST (nothing_is_recorded_until_somebody_takes)
{
  struct shadow shadow = { 0 };
  const struct vhm_reference *taken;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (100, 1, 0), 1);
  map_range (refs, 0, 100);
  vhm_refs_advance (refs, vhm_refs_next (refs) / 2);
  uint64_t bytes = vhm_refs_bytes (refs);
  for (int i = 0; i < 200; i++) {
    bool write;
    vhm_refs_advance (refs, vhm_refs_next (refs));
    ck_assert_uint_eq (vhm_refs_trap (refs, &write), VHM_NO_PAGE);
  }
  ck_assert_uint_eq (vhm_refs_bytes (refs), bytes);
  ck_assert_uint_eq (vhm_refs_take (refs, &taken), 0);
  vhm_refs_advance (refs, vhm_refs_next (refs));
  shadow_take (&shadow, refs);
  ck_assert_uint_gt (shadow.n, 100);
  g_autoptr (vhm_refs) other = stream_of (uniform_of (100, 1, 0), 1);
  ck_assert_uint_eq (vhm_refs_take (other, &taken), 0);
  ck_assert (vhm_refs_is_every (refs) && !vhm_refs_is_every (other));
}
END_TEST

START_TEST (the_same_seed_gives_the_same_references)
{
  uint64_t pages[2] = { 0, 0 };
  double clock[2];
  for (int k = 0; k < 2; k++) {
    g_autoptr (vhm_refs) refs = every_stream_of (zipf_of (2000, 1, 0.3), 5);
    g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
    struct shadow shadow = { 0 };
    for (int i = 0; i < 500; i++) {
      shadow_lru_fault (refs, ages, &shadow, 300, INFINITY);
      pages[k] = pages[k] * 31 + shadow.n;
    }
    clock[k] = vhm_refs_clock (refs);
  }
  ck_assert_uint_eq (pages[0], pages[1]);
  ck_assert (!(clock[0] < clock[1]) && !(clock[0] > clock[1]));
}
END_TEST

START_TEST (nothing_active_never_traps)
{
  struct vhm_region_spec spec = uniform_of (10, 1, 0);
  spec.n_active = 0;
  g_autoptr (vhm_refs) refs = every_stream_of (spec, 1);
  ck_assert (isinf (vhm_refs_next (refs)));
  g_autoptr (vhm_refs) empty = every_stream (1);
  ck_assert (isinf (vhm_refs_next (empty)));
  vhm_refs_advance (empty, 3);
  ck_assert_double_eq (vhm_refs_clock (empty), 3);
}
END_TEST

START_TEST (a_trap_that_was_not_announced_aborts)
{
  bool write;
  g_autoptr (vhm_refs) refs = every_stream_of (uniform_of (10, 1, 0), 1);
  vhm_refs_trap (refs, &write);
}
END_TEST

SUITE ("every",
       tcase_add_test (tc, victims_and_dirty_bits_are_those_of_the_references);
       tcase_add_test (tc, an_access_is_dated_when_it_took_place);
       tcase_add_test (tc, independent_references_are_a_poisson_process);
       tcase_add_test (tc, a_scan_visits_at_its_times_and_waits_where_it_traps);
       tcase_add_test (tc, a_sweep_comes_on_top_and_in_order_of_time);
       tcase_add_test (tc, a_touch_passes_every_page);
       tcase_add_test (tc, pages_that_left_the_active_part_are_not_referenced);
       tcase_add_test (tc, a_trap_that_was_overtaken_is_none);
       tcase_add_test (tc, a_page_taken_away_traps_again);
       tcase_add_test (tc, nothing_is_recorded_until_somebody_takes);
       tcase_add_test (tc, the_same_seed_gives_the_same_references);
       tcase_add_test (tc, nothing_active_never_traps); if (suite_can_fork ())
           tcase_add_test_raise_signal (tc,
                                        a_trap_that_was_not_announced_aborts,
                                        SIGABRT);)
