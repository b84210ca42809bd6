/* Protected pages: their next write traps, their reads go on. */
#include "streams.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>

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

START_TEST (a_write_to_a_protected_page_traps)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 0.3), 3);
  bool write = false;
  map_range (refs, 0, N);
  ck_assert (!vhm_refs_is_protected (refs, 7));
  vhm_refs_clean (refs, 7);
  vhm_refs_protect (refs, 7);
  ck_assert (vhm_refs_is_protected (refs, 7) && vhm_refs_is_mapped (refs, 7));
  ck_assert (!vhm_refs_is_protected (refs, 8));
  ck_assert (!vhm_refs_traps (refs, 7) && !vhm_refs_is_hidden (refs, 7));
  ck_assert (vhm_refs_is_valid (refs));
  ck_assert_uint_eq (next_trap (refs, &write), 7);
  ck_assert (write);
  vhm_refs_look (refs, 7);
  ck_assert (!vhm_refs_is_dirty (refs, 7)); /* not served yet */
  vhm_refs_unprotect (refs, 7, true);
  ck_assert (!vhm_refs_is_protected (refs, 7) && vhm_refs_is_dirty (refs, 7));
  ck_assert_double_eq (vhm_refs_look (refs, 7), vhm_refs_clock (refs));
  ck_assert (no_trap_within (refs, 1000));
  ck_assert (vhm_refs_is_valid (refs));
  vhm_refs_free (refs);
}
END_TEST

START_TEST (reads_go_on_and_soil_nothing)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 0), 3);
  struct vhm_region_spec scan = loop_of (N, 1);
  vhm_refs_add_region (refs, &scan);
  map_range (refs, 0, 2 * N);
  for (uint32_t page = 0; page < 2 * N; page++)
    vhm_refs_protect (refs, page);
  ck_assert (vhm_refs_is_valid (refs)); /* no cursor stops to read */
  double start = vhm_refs_clock (refs);
  ck_assert (no_trap_within (refs, 100.0 * N));
  for (uint32_t page = 0; page < 2 * N; page++) {
    ck_assert_double_gt (vhm_refs_look (refs, page), start);
    ck_assert (!vhm_refs_is_dirty (refs, page));
  }
  ck_assert (isinf (vhm_refs_next (refs)) || streams_are_every);
  ck_assert (vhm_refs_is_valid (refs));
  vhm_refs_free (refs);
}
END_TEST

/* All references write: then none passes. */
START_TEST (a_page_that_is_only_written_is_not_accessed)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 1), 3);
  map_range (refs, 0, N);
  double before = vhm_refs_look (refs, 5);
  vhm_refs_clean (refs, 5);
  vhm_refs_protect (refs, 5);
  double accessed = vhm_refs_look (refs, 5);
  ck_assert_double_eq (accessed, before);
  bool write;
  for (int i = 0; i < 20; i++) /* none is served */
    ck_assert_uint_eq (next_trap (refs, &write), 5);
  vhm_refs_unprotect (refs, 5, false); /* by somebody else */
  ck_assert_double_eq (vhm_refs_look (refs, 5), accessed);
  ck_assert (!vhm_refs_is_dirty (refs, 5));
  ck_assert (no_trap_within (refs, 40.0 * N));
  ck_assert_double_gt (vhm_refs_look (refs, 5), accessed);
  ck_assert (vhm_refs_is_dirty (refs, 5));
  vhm_refs_free (refs);
}
END_TEST

START_TEST (hiding_and_unmapping_end_it)
{
  vhm_refs *refs;
  vhm_ages *ages;
  bool write;
  setup (&refs, &ages, uniform_of (N, 1, 0.5));
  vhm_refs_protect (refs, 9);
  vhm_refs_hide (refs, 9);
  ck_assert (vhm_refs_is_hidden (refs, 9) && !vhm_refs_is_protected (refs, 9));
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  vhm_refs_show (refs, 9, false, false);
  ck_assert (!vhm_refs_is_protected (refs, 9));
  ck_assert (no_trap_within (refs, 100.0 * N));
  vhm_refs_protect (refs, 9);
  vhm_refs_unmap (refs, 9);
  ck_assert (!vhm_refs_is_mapped (refs, 9) && !vhm_refs_is_protected (refs, 9));
  ck_assert_uint_eq (vhm_ages_n (ages), N - 1);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  ck_assert_uint_eq (next_trap (refs, &write), 9);
  vhm_refs_map (refs, 9, write, true);
  vhm_ages_insert (ages, 9);
  ck_assert (no_trap_within (refs, 100.0 * N));
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  vhm_ages_free (ages);
  vhm_refs_free (refs);
}
END_TEST

START_TEST (a_scan_stops_only_to_write)
{
  struct vhm_region_spec spec = loop_of (N, 1);
  bool write = false;
  spec.write = 1;
  vhm_refs *refs = stream_of (spec, 3);
  map_range (refs, 0, N);
  ck_assert (no_trap_within (refs, 2.5 * N));
  vhm_refs_protect (refs, 100);
  double last = vhm_refs_look (refs, 100);
  ck_assert_uint_eq (next_trap (refs, &write), 100);
  ck_assert (write && vhm_refs_is_valid (refs));
  ck_assert_double_eq_tol (vhm_refs_clock (refs), last + N, 1.5);
  ck_assert (no_trap_within (refs, 2.0 * N)); /* the scan waits */
  ck_assert_double_eq (vhm_refs_look (refs, 100), last);
  vhm_refs_unprotect (refs, 100, true);
  ck_assert_double_eq (vhm_refs_look (refs, 100), vhm_refs_clock (refs));
  ck_assert (no_trap_within (refs, 3.0 * N));
  ck_assert (vhm_refs_is_valid (refs));
  vhm_refs_free (refs);
}
END_TEST

/* Somebody ends the sharing while the scan waits: its write takes place. */
START_TEST (a_waiting_scan_writes_when_it_may)
{
  struct vhm_region_spec spec = loop_of (N, 1);
  bool write = false;
  spec.write = 1;
  vhm_refs *refs = stream_of (spec, 3);
  map_range (refs, 0, N);
  vhm_refs_protect (refs, 100);
  ck_assert_uint_eq (next_trap (refs, &write), 100);
  ck_assert (no_trap_within (refs, 17));
  vhm_refs_clean (refs, 100);
  vhm_refs_unprotect (refs, 100, false);
  ck_assert (vhm_refs_is_dirty (refs, 100));
  ck_assert_double_eq (vhm_refs_look (refs, 100), vhm_refs_clock (refs));
  ck_assert (no_trap_within (refs, 3.0 * N));
  vhm_refs_free (refs);
}
END_TEST

/* A scan with a stride that writes at times: visits keep their times, a page
 * that is protected, all of them, is read at each visit that does not trap. */
START_TEST (reading_visits_keep_their_times)
{
  struct vhm_region_spec spec = loop_of (N, 1);
  spec.stride = 3;
  spec.write = 1e-9;
  uint32_t lap = (N + 2) / 3;
  vhm_refs *refs = stream_of (spec, 3);
  map_range (refs, 0, N);
  vhm_refs_protect (refs, 33);
  vhm_refs_protect (refs, 34); /* not visited */
  ck_assert (no_trap_within (refs, 5.0 * lap - 2));
  ck_assert_double_eq_tol (vhm_refs_look (refs, 33), 4 * lap + 12, 1e-6);
  ck_assert_double_eq (vhm_refs_look (refs, 34), 0);
  ck_assert (vhm_refs_is_valid (refs));
  ck_assert_double_eq_tol (vhm_refs_look (refs, 66), 4 * lap + 23, 1e-6);
  vhm_refs_free (refs);
}
END_TEST

START_TEST (a_sweep_stops_as_its_own_writes_say)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 0), 3);
  bool write = false;
  map_range (refs, 0, N);
  vhm_refs_protect (refs, 50);
  vhm_refs_sweep (refs, 0, 0, N, 1, 0);
  ck_assert (no_trap_within (refs, N + 1));
  vhm_refs_sweep (refs, 0, 0, N, 1, 1);
  ck_assert_uint_eq (next_trap (refs, &write), 50);
  ck_assert (write);
  vhm_refs_unprotect (refs, 50, true);
  ck_assert_uint_eq (vhm_refs_sweep_left (refs, 0), N - 51);
  ck_assert (no_trap_within (refs, N));
  ck_assert (vhm_refs_is_dirty (refs, 50));
  vhm_refs_free (refs);
}
END_TEST

/* Read-only pages may be in cohorts, protected or not: a sweep that may write
 * stops there, too. */
START_TEST (a_sweep_reads_members_of_cohorts)
{
  g_autoptr (vhm_refs) refs = stream_of (zipf_of (N, 0.9, 0), 3);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  for (int i = 0; i < 4000; i++)
    lru_fault (refs, ages, 300);
  for (uint32_t page = 0; page < N; page++)
    if (!vhm_refs_traps (refs, page))
      vhm_refs_protect (refs, page);
  for (int i = 0; i < 2000; i++)
    lru_fault (refs, ages, 300);
  double start = vhm_refs_clock (refs);
  vhm_refs_sweep (refs, 0, 0, 100, 10, 1e-9);
  while (vhm_refs_sweep_left (refs, 0) > 0)
    lru_fault (refs, ages, 300);
  ck_assert (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages));
  for (uint32_t page = 0; page < 100; page++) {
    ck_assert (vhm_refs_is_mapped (refs, page)); /* they are the newest */
    ck_assert_double_ge (vhm_refs_look (refs, page), start);
  }
}
END_TEST

START_TEST (a_walk_that_writes_stops)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 0), 3);
  map_range (refs, 0, N);
  vhm_refs_protect (refs, 64);
  vhm_refs_protect (refs, 200);
  vhm_refs_unmap (refs, 210);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 0, N, true), 64);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 65, N, true), 200);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 65, 200, true), 200);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 201, N, true), 210);
  ck_assert_uint_eq (vhm_refs_next_trapping (refs, 0, N, false), 210);
  vhm_refs_touch (refs, 0, 210, 0);
  vhm_refs_look (refs, 64);
  ck_assert (!vhm_refs_is_dirty (refs, 64));
  vhm_refs_unprotect (refs, 64, false);
  vhm_refs_touch (refs, 0, 200, 1);
  ck_assert (vhm_refs_is_dirty (refs, 64));
  vhm_refs_free (refs);
}
END_TEST

START_TEST (a_walk_must_not_write_over_it)
{
  vhm_refs *refs = stream_of (uniform_of (N, 1, 0), 3);
  map_range (refs, 0, N);
  vhm_refs_protect (refs, 64);
  vhm_refs_touch (refs, 0, N, 0.5); /* aborts */
}
END_TEST

/* Which page traps: by weight w if unmapped or hidden, w q if protected. */
#define WRITE 0.25
#define N_PAGES 12
#define N_TRAPS 40000

START_TEST (traps_come_in_proportion_to_the_writes)
{
  vhm_refs *refs = stream_of (zipf_of (N_PAGES, 0.7, WRITE), 5);
  double expected[N_PAGES], counts[N_PAGES] = { 0 }, sum = 0, chi2 = 0;
  map_range (refs, 0, N_PAGES);
  for (uint32_t page = 0; page < N_PAGES; page++) {
    double weight = pow (page + 1.0, -0.7);
    expected[page] = page % 3 == 1 ? WRITE * weight : weight;
    if (page % 3 == 0)
      vhm_refs_unmap (refs, page);
    else if (page % 3 == 1)
      vhm_refs_protect (refs, page);
    else
      vhm_refs_hide (refs, page);
    sum += expected[page];
  }
  for (int i = 0; i < N_TRAPS; i++) {
    bool write = false;
    uint32_t page = next_trap (refs, &write);
    ck_assert (write || page % 3 != 1);
    counts[page]++;
  }
  for (uint32_t page = 0; page < N_PAGES; page++) {
    double mean = N_TRAPS * expected[page] / sum;
    chi2 += (counts[page] - mean) * (counts[page] - mean) / mean;
  }
  ck_assert_double_gt (gsl_cdf_chisq_Q (chi2, N_PAGES - 1), 0.001);
  vhm_refs_free (refs);
}
END_TEST

/* Leaving the active part a protected page traps no more, coming back it does. */
START_TEST (weights_may_change_meanwhile)
{
  vhm_refs *refs = stream_of (zipf_of (N, 0.9, 0.5), 3);
  bool write;
  map_range (refs, 0, N);
  for (uint32_t page = 200; page < N; page++)
    vhm_refs_protect (refs, page);
  double rate = vhm_refs_trap_rate (refs), all = 0, protected = 0;
  for (uint32_t page = 0; page < N; page++) {
    all += pow (page + 1.0, -0.9);
    protected += page >= 200 ? pow (page + 1.0, -0.9) : 0;
  }
  ck_assert_double_eq_tol (rate, 0.5 * protected / all, 1e-6);
  vhm_refs_set_active (refs, 0, 200);
  ck_assert (vhm_refs_is_valid (refs));
  ck_assert (!(vhm_refs_trap_rate (refs) > 0));
  ck_assert (no_trap_within (refs, 20.0 * N));
  vhm_refs_set_active (refs, 0, N);
  ck_assert (vhm_refs_is_valid (refs));
  ck_assert_double_eq_tol (vhm_refs_trap_rate (refs), rate, 1e-9);
  ck_assert_uint_ge (next_trap (refs, &write), 200);
  vhm_refs_free (refs);
}
END_TEST

/* What passed is recorded, the write that trapped when it is served. */
START_TEST (served_writes_are_recorded)
{
  if (!streams_are_every)
    return;
  struct vhm_region_spec spec = loop_of (N, 1);
  const struct vhm_reference *passed;
  bool write = false;
  spec.write = 0.5;
  vhm_refs *refs = stream_of (spec, 3);
  map_range (refs, 0, N);
  for (uint32_t page = 0; page < N; page++)
    vhm_refs_protect (refs, page);
  vhm_refs_take (refs, &passed);
  for (uint32_t at = 0; at < N;) {
    uint32_t page = next_trap (refs, &write);
    vhm_refs_unprotect (refs, page, write);
    size_t n = vhm_refs_take (refs, &passed);
    for (size_t i = 0; i < n; i++, at++) {
      ck_assert_uint_eq (passed[i].page, at);
      ck_assert_uint_eq (passed[i].write, i == n - 1);
    }
    ck_assert_uint_eq (at, page + 1);
    if (page > N - 20)
      break;
  }
  vhm_refs_free (refs);
}
END_TEST

/* --- recordings ----------------------------------------------------------- */

#define N_VISITS 6000

/* Traps at the first write to each protected page, and at nothing else; pages go
 * in the order of a stack whatever was protected. */
START_TEST (a_recording_traps_at_its_writes)
{
  struct vhm_reference visits[N_VISITS];
  struct vhm_rng rng;
  vhm_rng_init (&rng, 7, "recording");
  for (uint32_t i = 0; i < N_VISITS; i++)
    visits[i] = (struct vhm_reference){
      .page = (uint32_t) vhm_rng_below (&rng, 50) & INT32_MAX,
      .write = vhm_rng_chance (&rng, 0.2),
    };
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_REPLAY,
                                        .n_pages = 50,
                                        .n_active = 50,
                                        .share = 1,
                                        .replay = visits,
                                        .n_replay = N_VISITS };
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  map_range (refs, 0, 50);
  for (uint32_t page = 0; page < 50; page++)
    vhm_ages_insert (ages, page);
  bool guarded[50] = { false }, write = false;
  double last[50] = { 0 };
  for (uint32_t i = 0; i < N_VISITS; i++) {
    uint32_t page = visits[i].page, other = (page + 13) % 50, oldest;
    double accessed;
    bool traps = visits[i].write && guarded[page];
    ck_assert (no_trap_within (refs, traps ? 0.5 : 1));
    if (traps) {
      ck_assert_uint_eq (next_trap (refs, &write), page);
      ck_assert (write);
      vhm_refs_unprotect (refs, page, true);
      guarded[page] = false;
    }
    ck_assert_double_eq (vhm_refs_clock (refs), i + 1.0);
    last[page] = i + 1.0;
    if (!guarded[other] && i % 3 == 0) {
      vhm_refs_protect (refs, other);
      guarded[other] = true;
    }
    ck_assert (vhm_ages_peek (ages, &oldest, &accessed));
    for (uint32_t k = 0; k < 50; k++)
      ck_assert_double_ge (last[k], last[oldest]);
    ck_assert_double_eq (accessed, last[oldest]);
    ck_assert (i % 64 != 0
               || (vhm_refs_is_valid (refs) && vhm_ages_is_valid (ages)));
  }
}
END_TEST

/* A write that trapped at visit 3 is served after visit 6: accessed then, not
 * where its last recorded visit was. */
START_TEST (a_recorded_write_may_be_served_late)
{
  const struct vhm_reference visits[]
      = { { 1, false }, { 0, false }, { 1, true },
          { 2, false }, { 3, false }, { 0, false } };
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_REPLAY,
                                        .n_pages = 4,
                                        .n_active = 4,
                                        .share = 1,
                                        .replay = visits,
                                        .n_replay = G_N_ELEMENTS (visits) };
  static const uint32_t order[] = { 2, 3, 0, 1 };
  g_autoptr (vhm_refs) refs = stream_of (spec, 1);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  bool write;
  uint32_t page;
  double accessed;
  for (page = 0; page < 4; page++) {
    vhm_refs_map (refs, page, false, true);
    vhm_ages_insert (ages, page);
  }
  vhm_refs_protect (refs, 1);
  ck_assert (no_trap_within (refs, 2));
  ck_assert (vhm_ages_peek (ages, &page, &accessed));
  ck_assert_uint_eq (next_trap (refs, &write), 1);
  ck_assert (no_trap_within (refs, 3));
  vhm_refs_unprotect (refs, 1, true);
  ck_assert (vhm_ages_is_valid (ages));
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert (vhm_ages_pop (ages, &page, &accessed));
    ck_assert_uint_eq (page, order[i]);
    vhm_refs_unmap (refs, page);
  }
}
END_TEST

SUITE_TWICE ("protected pages", "every reference", streams_every_reference,
             streams_next_fault,
             tcase_add_test (tc, a_write_to_a_protected_page_traps);
             tcase_add_test (tc, reads_go_on_and_soil_nothing);
             tcase_add_test (tc, a_page_that_is_only_written_is_not_accessed);
             tcase_add_test (tc, hiding_and_unmapping_end_it);
             tcase_add_test (tc, a_scan_stops_only_to_write);
             tcase_add_test (tc, a_waiting_scan_writes_when_it_may);
             tcase_add_test (tc, reading_visits_keep_their_times);
             tcase_add_test (tc, a_sweep_stops_as_its_own_writes_say);
             tcase_add_test (tc, a_sweep_reads_members_of_cohorts);
             tcase_add_test (tc, a_walk_that_writes_stops);
             if (suite_can_fork ())
                 tcase_add_test_raise_signal (tc, a_walk_must_not_write_over_it,
                                              SIGABRT);
             tcase_add_test (tc, traps_come_in_proportion_to_the_writes);
             tcase_add_test (tc, weights_may_change_meanwhile);
             tcase_add_test (tc, served_writes_are_recorded);
             tcase_add_test (tc, a_recording_traps_at_its_writes);
             tcase_add_test (tc, a_recorded_write_may_be_served_late);)
