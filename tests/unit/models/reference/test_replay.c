/* Recorded references: issued as recorded, whatever the guest does meanwhile. */
#include "suite.h"

#include <math.h>
#include <signal.h>
#include <vhm/model/reference.h>

#define MAX_VISITS 20000

static struct vhm_rng
a_stream (uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "replay");
  return rng;
}

/* Visits with locality: near the last page, or anywhere. */
static struct vhm_reference *
recording (uint64_t seed, uint32_t n_pages, uint32_t n)
{
  struct vhm_reference *visits = g_new (struct vhm_reference, n);
  struct vhm_rng rng = a_stream (seed);
  uint32_t page = 0;
  for (uint32_t i = 0; i < n; i++) {
    page = vhm_rng_chance (&rng, 0.3)
               ? (uint32_t) vhm_rng_below (&rng, n_pages)
               : (page + (uint32_t) vhm_rng_below (&rng, 4)) % n_pages;
    visits[i].page = page & INT32_MAX;
    visits[i].write = vhm_rng_chance (&rng, 0.2);
  }
  return visits;
}

static vhm_refs *
replaying (const struct vhm_reference *visits, uint32_t n, uint32_t n_pages,
           bool cyclic)
{
  struct vhm_rng rng = a_stream (1);
  vhm_refs *refs = vhm_refs_new (&rng);
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_REPLAY,
                                        .n_pages = n_pages,
                                        .n_active = n_pages,
                                        .share = 1,
                                        .cyclic = cyclic,
                                        .replay = visits,
                                        .n_replay = n };
  vhm_refs_add_region (refs, &spec);
  return refs;
}

/* Mattson's stack, the plain way: position of the page among the distinct ones
 * since its last visit; misses are those of at least `capacity`. */
static uint64_t
misses_by_stack (const struct vhm_reference *visits, uint32_t n,
                 uint32_t n_pages, uint32_t capacity)
{
  g_autofree uint32_t *stack = g_new (uint32_t, n_pages);
  uint32_t depth = 0;
  uint64_t misses = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t at = 0;
    while (at < depth && stack[at] != visits[i].page)
      at++;
    misses += at >= capacity || at == depth;
    if (at == depth)
      depth++;
    for (; at > 0; at--)
      stack[at] = stack[at - 1];
    stack[0] = visits[i].page;
  }
  return misses;
}

struct outcome {
  uint64_t misses, written_back;
};

/* An exact LRU of `capacity` pages serves the stream up to R = end. */
static struct outcome
serve (vhm_refs *refs, uint32_t capacity, double end)
{
  struct outcome out = { 0, 0 };
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (;;) {
    bool write;
    uint32_t victim;
    double accessed, d = vhm_refs_next (refs);
    if (!isfinite (d) || vhm_refs_clock (refs) + d > end)
      break;
    vhm_refs_advance (refs, d);
    uint32_t page = vhm_refs_trap (refs, &write);
    if (page == VHM_NO_PAGE)
      continue;
    out.misses++;
    if (vhm_ages_n (ages) == capacity
        && vhm_ages_pop (ages, &victim, &accessed)) {
      vhm_refs_unmap (refs, victim);
      out.written_back += vhm_refs_is_dirty (refs, victim);
      vhm_refs_clean (refs, victim);
    }
    vhm_refs_map (refs, page, write, true);
    vhm_ages_insert (ages, page);
    ck_assert (out.misses % 64 != 0 || vhm_refs_is_valid (refs));
  }
  return out;
}

START_TEST (an_lru_misses_as_often_as_the_stack_says)
{
  static const uint32_t capacities[] = { 1, 2, 7, 50, 150, 299, 300, 400 };
  uint32_t n_pages = 300, capacity = capacities[_i];
  g_autofree struct vhm_reference *visits
      = recording ((uint64_t) _i, n_pages, MAX_VISITS);
  g_autoptr (vhm_refs) refs = replaying (visits, MAX_VISITS, n_pages, false);
  struct outcome out = serve (refs, capacity, INFINITY);
  ck_assert_uint_eq (out.misses,
                     misses_by_stack (visits, MAX_VISITS, n_pages, capacity));
  ck_assert_double_eq (vhm_refs_clock (refs), MAX_VISITS);
  ck_assert (isinf (vhm_refs_next (refs)));
}
END_TEST

/* With one frame a page is written back when its last run of visits wrote. */
START_TEST (dirty_is_what_was_written)
{
  uint32_t n = 3000;
  g_autofree struct vhm_reference *visits = recording (5, 20, n);
  g_autoptr (vhm_refs) refs = replaying (visits, n, 20, false);
  uint64_t expected = 0;
  bool wrote = false;
  for (uint32_t i = 0; i < n; i++) {
    if (i > 0 && visits[i].page != visits[i - 1].page) {
      expected += wrote;
      wrote = false;
    }
    wrote |= visits[i].write;
  }
  ck_assert_uint_eq (serve (refs, 1, INFINITY).written_back, expected);
}
END_TEST

/* A short one goes round many times in one window of references ahead. */
START_TEST (cyclic_ones_go_round)
{
  static const uint32_t lengths[] = { 1, 3, 511, 512, 513, 1500 };
  uint32_t n = lengths[_i], n_pages = 40, laps = 6000 / n + 1;
  g_autofree struct vhm_reference *once = recording (9, n_pages, n);
  g_autofree struct vhm_reference *all
      = g_new (struct vhm_reference, (size_t) n * laps);
  for (uint32_t i = 0; i < n * laps; i++)
    all[i] = once[i % n];
  g_autoptr (vhm_refs) refs = replaying (once, n, n_pages, true);
  ck_assert_uint_eq (serve (refs, 13, n * laps).misses,
                     misses_by_stack (all, n * laps, n_pages, 13));
  ck_assert (isfinite (vhm_refs_next (refs)));
}
END_TEST

/* What passed, trapped or not, is the recording; also in small steps, and with
 * stops in between that void what was ahead. */
START_TEST (what_passes_is_the_recording)
{
  uint32_t n = 4000, n_pages = 50, at = 0;
  g_autofree struct vhm_reference *visits = recording (11, n_pages, n);
  g_autoptr (vhm_refs) refs = replaying (visits, n, n_pages, false);
  struct vhm_rng rng = a_stream (2);
  const struct vhm_reference *passed;
  vhm_refs_take (refs, &passed);
  for (double d; isfinite (d = vhm_refs_next (refs));) {
    bool stops = vhm_rng_chance (&rng, 0.2), write = false;
    vhm_refs_advance (refs, stops ? d * vhm_rng_uniform (&rng) : d);
    if (stops && vhm_rng_chance (&rng, 0.5)) {
      vhm_refs_set_active (refs, 0, 0);
      ck_assert (isinf (vhm_refs_next (refs)));
      vhm_refs_advance (refs, 5.5);
      vhm_refs_set_active (refs, 0, n_pages);
    } else if (!stops) {
      uint32_t page = vhm_refs_trap (refs, &write);
      if (page != VHM_NO_PAGE)
        vhm_refs_map (refs, page, write, true);
    }
    if (vhm_rng_chance (&rng, 0.1)) {
      uint32_t page = (uint32_t) vhm_rng_below (&rng, n_pages);
      if (vhm_refs_is_mapped (refs, page))
        vhm_refs_unmap (refs, page);
    }
    size_t k = vhm_refs_take (refs, &passed);
    ck_assert_uint_le (at + k, n);
    for (size_t i = 0; i < k; i++, at++)
      ck_assert_msg (passed[i].page == visits[at].page
                         && passed[i].write == visits[at].write,
                     "visit %u", at);
  }
  ck_assert_uint_eq (at, n);
}
END_TEST

START_TEST (a_sampler_reads_on_from_here)
{
  uint32_t n = 700, n_pages = 30;
  struct vhm_reference drawn[2000];
  g_autofree struct vhm_reference *visits = recording (12, n_pages, n);
  g_autoptr (vhm_refs) refs = replaying (visits, n, n_pages, false);
  struct vhm_rng rng = a_stream (3);
  for (uint32_t page = 0; page < n_pages; page++)
    vhm_refs_map (refs, page, false, false);
  ck_assert (vhm_refs_next (refs) > 100);
  vhm_refs_advance (refs, 100);
  g_autoptr (vhm_sampler) sampler = vhm_sampler_new (refs, &rng);
  ck_assert_uint_eq (vhm_sampler_draw (sampler, 2000, drawn), 2000);
  for (uint32_t i = 0; i < 2000; i++)
    ck_assert_uint_eq (drawn[i].page, visits[(100 + i) % n].page);
  ck_assert_double_eq (vhm_refs_clock (refs), 100);
}
END_TEST

/* --- the oldest page, whatever happens meanwhile ------------------------------*/

#define ORDER_PAGES 60

struct unrest {
  vhm_refs *refs;
  vhm_ages *ages;
  struct vhm_rng rng;
  bool is_in[ORDER_PAGES]; /* the order */
  uint32_t waits;          /* page that is being fetched */
};

static void
check_oldest (struct unrest *u)
{
  uint32_t page, oldest = VHM_NO_PAGE;
  double accessed, least = INFINITY;
  for (uint32_t i = 0; i < ORDER_PAGES; i++)
    if (u->is_in[i] && vhm_refs_look (u->refs, i) < least) {
      oldest = i;
      least = vhm_refs_look (u->refs, i);
    }
  bool any = vhm_ages_peek (u->ages, &page, &accessed);
  ck_assert_int_eq (any, oldest != VHM_NO_PAGE || vhm_ages_n (u->ages) > 0);
  if (!any)
    return;
  ck_assert_double_eq (accessed, least);
  ck_assert_double_eq (vhm_refs_look (u->refs, page), accessed);
  ck_assert (vhm_ages_is_valid (u->ages));
  if (vhm_rng_chance (&u->rng, 0.5)) {
    vhm_ages_pop (u->ages, &page, &accessed);
    u->is_in[page] = false;
    if (vhm_rng_chance (&u->rng, 0.7))
      vhm_refs_unmap (u->refs, page);
  }
}

static void
put_in (struct unrest *u, uint32_t page)
{
  if (vhm_rng_chance (&u->rng, 0.1) || !vhm_refs_is_mapped (u->refs, page)
      || u->is_in[page])
    return;
  u->is_in[page] = true;
  vhm_ages_insert (u->ages, page);
}

/* A fault is served at once, or later while other threads go on. */
static void
step (struct unrest *u)
{
  bool write;
  double d = vhm_refs_next (u->refs);
  vhm_refs_advance (u->refs, vhm_rng_chance (&u->rng, 0.2) ? d / 2 : d);
  if (vhm_refs_next (u->refs) > 0)
    return;
  uint32_t page = vhm_refs_trap (u->refs, &write);
  if (page == VHM_NO_PAGE)
    return;
  if (u->waits == VHM_NO_PAGE && vhm_rng_chance (&u->rng, 0.3)) {
    u->waits = page;
    return;
  }
  if (!vhm_refs_is_mapped (u->refs, page))
    vhm_refs_map (u->refs, page, write, true);
  put_in (u, page);
}

static void
disturb (struct unrest *u)
{
  uint32_t page = (uint32_t) vhm_rng_below (&u->rng, ORDER_PAGES);
  bool mapped = vhm_refs_is_mapped (u->refs, page);
  switch (vhm_rng_below (&u->rng, 8)) {
  case 0:
    vhm_refs_touch (u->refs, page, page + mapped, 0.5);
    break;
  case 1:
    if (!mapped)
      vhm_refs_map (u->refs, page, false, vhm_rng_chance (&u->rng, 0.5));
    break;
  case 2:
    if (mapped) {
      vhm_refs_unmap (u->refs, page);
      u->is_in[page] = false;
    }
    break;
  case 3:
    put_in (u, page);
    break;
  case 4:
    vhm_refs_set_active (u->refs, 0, 0);
    vhm_refs_set_active (u->refs, 0, ORDER_PAGES);
    break;
  case 5:
    if (u->waits != VHM_NO_PAGE) {
      if (!vhm_refs_is_mapped (u->refs, u->waits))
        vhm_refs_map (u->refs, u->waits, false, true);
      put_in (u, u->waits);
      u->waits = VHM_NO_PAGE;
    }
    break;
  default:
    check_oldest (u);
  }
}

START_TEST (the_oldest_page_is_the_oldest)
{
  static const uint32_t lengths[] = { 1, 40, 300, 600, 5000 };
  uint32_t n = lengths[_i];
  g_autofree struct vhm_reference *visits
      = recording (20 + (uint64_t) _i, ORDER_PAGES, n);
  g_autoptr (vhm_refs) refs = replaying (visits, n, ORDER_PAGES, true);
  struct unrest u
      = { .refs = refs, .rng = a_stream ((uint64_t) _i), .waits = VHM_NO_PAGE };
  vhm_refs_map (refs, 0, false, true); /* before there was any visit */
  g_autoptr (vhm_ages) first = u.ages = vhm_ages_new (refs, false);
  put_in (&u, 0);
  for (int i = 0; i < 20000; i++) {
    step (&u);
    disturb (&u);
  }
  for (uint32_t page = 0; page < ORDER_PAGES; page++)
    u.is_in[page] = false;
  vhm_ages_free (g_steal_pointer (&first)); /* and one that begins late */
  g_autoptr (vhm_ages) second = u.ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 20000; i++) {
    step (&u);
    disturb (&u);
  }
}
END_TEST

/* Page 0 is fetched while other threads visit 1 and 2: it comes after them. */
START_TEST (a_page_fetched_late_is_as_young_as_its_mapping)
{
  static const struct vhm_reference visits[]
      = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 3, 0 } };
  static const uint32_t order[] = { 1, 2, 0 };
  g_autoptr (vhm_refs) refs = replaying (visits, 4, 4, false);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  bool write;
  vhm_refs_map (refs, 1, false, false);
  vhm_refs_map (refs, 2, false, false);
  vhm_refs_advance (refs, vhm_refs_next (refs));
  ck_assert_uint_eq (vhm_refs_trap (refs, &write), 0);
  ck_assert_double_eq (vhm_refs_next (refs), 3); /* page 3 */
  vhm_refs_advance (refs, 2.5);
  vhm_refs_map (refs, 0, false, true);
  for (uint32_t page = 0; page < 3; page++)
    vhm_ages_insert (ages, page);
  for (size_t i = 0; i < G_N_ELEMENTS (order); i++) {
    uint32_t page;
    double accessed;
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_uint_eq (page, order[i]);
  }
}
END_TEST

START_TEST (it_is_the_only_region)
{
  struct vhm_reference one = { 0, 0 };
  g_autoptr (vhm_refs) refs = replaying (&one, 1, 1, true);
  const struct vhm_region_spec spec
      = { .pattern = VHM_PATTERN_UNIFORM, .n_pages = 1, .share = 1 };
  vhm_refs_add_region (refs, &spec);
}
END_TEST

START_TEST (pages_beyond_the_region_are_refused)
{
  struct vhm_reference one = { 1, 0 };
  replaying (&one, 1, 1, true);
}
END_TEST

SUITE (
    "replay",
    tcase_add_loop_test (tc, an_lru_misses_as_often_as_the_stack_says, 0, 8);
    tcase_add_test (tc, dirty_is_what_was_written);
    tcase_add_loop_test (tc, cyclic_ones_go_round, 0, 6);
    tcase_add_test (tc, what_passes_is_the_recording);
    tcase_add_loop_test (tc, the_oldest_page_is_the_oldest, 0, 5);
    tcase_add_test (tc, a_page_fetched_late_is_as_young_as_its_mapping);
    tcase_add_test (tc, a_sampler_reads_on_from_here); if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, it_is_the_only_region, SIGABRT);
      tcase_add_test_raise_signal (tc, pages_beyond_the_region_are_refused,
                                   SIGABRT);
    })
