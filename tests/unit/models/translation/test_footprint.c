/* Patterns against their laws. Counts are compared by chi square or within 4.9
 * standard deviations (one in a million); seeds are fixed. */
#include "suite.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/model/footprint.h>
#include <vhm/sim/scenario.h>

#define Z 4.9
enum { N = 400000 };

static struct vhm_footprint_config
config_of (int pattern, uint64_t n_pages)
{
  return (struct vhm_footprint_config){ .pattern = pattern,
                                        .size_bytes = n_pages * 4096,
                                        .exponent = 0.99,
                                        .hot_ppm = 100000,
                                        .hot_weight_ppm = 900000,
                                        .stride_bytes = 4096,
                                        .cluster_bytes = n_pages * 4096,
                                        .write_ppm = 300000,
                                        .instructions = 100,
                                        .data_exposed = true };
}

static struct vhm_access *
draw (const struct vhm_footprint_config *config, enum vhm_page_size guest,
      size_t n)
{
  g_autoptr (vhm_footprint) f
      = vhm_footprint_new (config, guest, VHM_PAGE_4K, 7);
  struct vhm_access *visits = g_new (struct vhm_access, n);
  vhm_footprint_draw (f, n, visits);
  return visits;
}

static void
check_share (double n, double of, double share, const char *what)
{
  double deviation = sqrt (of * share * (1 - share));
  ck_assert_msg (fabs (n - of * share) < Z * deviation, "%s: %g of %g, not %g",
                 what, n, of, of * share);
}

static const double exponents[] = { 0, 0.5, 0.99, 1, 1.2, 3 };

START_TEST (popular_pages_are_visited_by_zipfs_law)
{
  enum { PAGES = 1000 };
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_ZIPF, PAGES);
  c.exponent = exponents[_i];
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, N);
  double counts[PAGES] = { 0 }, sum = 0, chi = 0;
  for (size_t i = 0; i < N; i++)
    counts[visits[i].vpn]++;
  for (int i = 0; i < PAGES; i++)
    sum += pow (i + 1, -c.exponent);
  /* one cluster: rank is page; pages of few visits are put together */
  double expected = 0, seen = 0;
  int cells = 0;
  for (int i = 0; i < PAGES; i++) {
    expected += N * pow (i + 1, -c.exponent) / sum;
    seen += counts[i];
    if (expected < 20 && i < PAGES - 1)
      continue;
    chi += (seen - expected) * (seen - expected) / MAX (expected, 1);
    cells++;
    expected = seen = 0;
  }
  double free_cells = cells - 1;
  ck_assert_msg (chi < free_cells + Z * sqrt (2 * free_cells) + Z * Z,
                 "exponent %g: chi square %g of %g", c.exponent, chi,
                 free_cells);
}
END_TEST

START_TEST (a_large_footprint_needs_no_memory_and_keeps_its_law)
{
  /* share of the first k of n pages is H (k) / H (n), s = 1 */
  const uint64_t pages = UINT64_C (1) << 31; /* 8 TiB */
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_ZIPF, pages);
  c.exponent = 1;
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, N);
  const double euler = 0.57721566490153286;
  double whole = log ((double) pages) + euler, first = 0;
  for (int i = 1; i <= 1024; i++)
    first += 1.0 / i;
  double n = 0, below = 0;
  for (size_t i = 0; i < N; i++) {
    n += visits[i].vpn < 1024;
    below += visits[i].vpn < pages / 2;
  }
  check_share (n, N, first / whole, "the first 1024 pages");
  check_share (below, N, 1 - log (2) / whole, "the first half");
}
END_TEST

START_TEST (hot_pages_get_their_weight)
{
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_HOT_COLD, 1000);
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, N);
  double hot = 0, last = 0;
  for (size_t i = 0; i < N; i++) {
    hot += visits[i].vpn < 100;
    last += visits[i].vpn == 999;
  }
  check_share (hot, N, 0.9, "hot");
  check_share (last, N, 0.1 / 900, "a cold page");
}
END_TEST

START_TEST (visits_write_and_use_lines_at_random)
{
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_UNIFORM, 1000);
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, N);
  double writes = 0, line = 0, page = 0;
  for (size_t i = 0; i < N; i++) {
    writes += visits[i].kind == VHM_ACCESS_STORE;
    line += visits[i].line == 63;
    page += visits[i].vpn == 500;
    ck_assert_uint_lt (visits[i].line, 64);
    ck_assert_uint_eq (visits[i].gfn, visits[i].vpn);
  }
  check_share (writes, N, 0.3, "writes");
  check_share (line, N, 1.0 / 64, "a line");
  check_share (page, N, 0.001, "a page");
}
END_TEST

static const uint64_t sizes[] = { 1, 2, 3, 64, 65, 1000, 4096, 65537 };

START_TEST (a_chase_visits_each_page_once_a_round)
{
  uint64_t n = sizes[_i];
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_CHASE, n);
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, 2 * n);
  g_autofree bool *seen = g_new0 (bool, n);
  uint64_t n_ordered = 0;
  for (uint64_t i = 0; i < n; i++) {
    ck_assert_uint_lt (visits[i].vpn, n);
    ck_assert (!seen[visits[i].vpn]);
    seen[visits[i].vpn] = true;
    ck_assert_uint_eq (visits[i].vpn, visits[n + i].vpn);
    n_ordered += i > 0 && visits[i].vpn == visits[i - 1].vpn + 1;
  }
  if (n >= 64)
    ck_assert_msg (n_ordered < n / 8, "%" G_GUINT64_FORMAT " of them in order",
                   n_ordered);
}
END_TEST

START_TEST (a_scan_goes_by_its_stride_and_round)
{
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_SCAN, 10);
  c.stride_bytes = 3 * 4096;
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, 8);
  static const uint64_t pages[] = { 0, 3, 6, 9, 1, 4, 7, 2 };
  for (int i = 0; i < 8; i++) {
    ck_assert_uint_eq (visits[i].vpn, pages[i]);
    ck_assert_uint_eq (visits[i].line, 0);
  }
}
END_TEST

/* Page i of rank is in cluster i / 16; clusters go anywhere, whole. */
START_TEST (clusters_stay_together_and_lie_anywhere)
{
  enum { PAGES = 1600, CLUSTER = 16 };
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_HOT_COLD, PAGES);
  c.cluster_bytes = CLUSTER * 4096;
  c.hot_weight_ppm = 1000000; /* the first 160 ranks only: 10 clusters */
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_4K, N);
  bool seen[PAGES] = { false };
  for (size_t i = 0; i < N; i++)
    seen[visits[i].vpn] = true;
  int n_clusters = 0, n_moved = 0;
  for (int k = 0; k < PAGES / CLUSTER; k++) {
    n_clusters += seen[k * CLUSTER];
    n_moved += seen[k * CLUSTER] && k >= 10;
    for (int i = 1; i < CLUSTER; i++)
      ck_assert_int_eq (seen[k * CLUSTER + i], seen[k * CLUSTER]);
  }
  ck_assert_int_eq (n_clusters, 10);
  ck_assert_int_gt (n_moved, 4);
}
END_TEST

START_TEST (scattered_frames_are_whole_guest_pages)
{
  enum { PAGES = 20 * 512 };
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_SCAN, PAGES);
  c.layout = VHM_LAYOUT_SCATTERED;
  g_autofree struct vhm_access *visits = draw (&c, VHM_PAGE_2M, PAGES);
  bool seen[20] = { false };
  int n_moved = 0;
  for (int i = 0; i < PAGES; i++) {
    ck_assert_uint_eq (visits[i].gfn % 512, visits[i].vpn % 512);
    ck_assert_uint_lt (visits[i].gfn, PAGES);
    ck_assert_uint_eq (visits[i].gfn / 512, visits[i - i % 512].gfn / 512);
    seen[visits[i].gfn / 512] = true;
    n_moved += visits[i].gfn != visits[i].vpn;
  }
  for (int k = 0; k < 20; k++)
    ck_assert (seen[k]);
  ck_assert_int_gt (n_moved, PAGES / 2);
}
END_TEST

START_TEST (the_same_seed_gives_the_same_visits)
{
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_ZIPF, 100000);
  c.cluster_bytes = 4096;
  g_autofree struct vhm_access *a = draw (&c, VHM_PAGE_4K, 1000);
  g_autofree struct vhm_access *b = draw (&c, VHM_PAGE_4K, 1000);
  for (int i = 0; i < 1000; i++) {
    ck_assert_uint_eq (a[i].vpn, b[i].vpn);
    ck_assert_uint_eq (a[i].gfn, b[i].gfn);
    ck_assert_uint_eq (a[i].kind, b[i].kind);
    ck_assert_uint_eq (a[i].line, b[i].line);
  }
  /* and another page size draws the same pages: common random numbers */
  g_autofree struct vhm_access *large = draw (&c, VHM_PAGE_2M, 1000);
  for (int i = 0; i < 1000; i++)
    ck_assert_uint_eq (a[i].vpn, large[i].vpn);
}
END_TEST

START_TEST (a_chase_leaves_nothing_to_overlap)
{
  const struct vhm_cpu_config cpu
      = { .rob_entries = 224, .instructions_per_cyc = 4 };
  struct vhm_footprint_config c = config_of (VHM_FOOTPRINT_UNIFORM, 1);
  struct vhm_pace pace = vhm_footprint_pace (&c, &cpu);
  ck_assert_double_eq (pace.cycles, 25);
  ck_assert_double_eq (pace.instructions, 100);
  c.pattern = VHM_FOOTPRINT_CHASE;
  c.cycles = 7;
  pace = vhm_footprint_pace (&c, &cpu);
  ck_assert_double_eq (pace.cycles, 7);
  ck_assert_double_eq (pace.instructions, 224);
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
  { "footprint: 5000 B", "footprint: is not a whole number of 4 KiB pages" },
  { "cluster: 5000 B", "cluster: is not a whole number" },
  { "stride: 5000 B", "stride: is not a whole number" },
  { "pattern: zip", "unknown choice \"zip\"; did you mean \"zipf\"" },
  { "exponent: -1", "too small" },
  { "writes: 120 %", "too large" },
};

START_TEST (contradictions_are_refused)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules = { .schema = &vhm_footprint_schema };
  g_autoptr (vhm_scenario) s = vhm_scenario_read_text (
      "x.yaml", wrong[_i].text, strlen (wrong[_i].text), &rules, &error);
  ck_assert_msg (s == NULL, "accepted: %s", wrong[_i].text);
  ck_assert_msg (strstr (error->message, wrong[_i].says) != NULL, "%s says: %s",
                 wrong[_i].text, error->message);
}
END_TEST

SUITE ("footprint",
       tcase_add_loop_test (tc, popular_pages_are_visited_by_zipfs_law, 0,
                            G_N_ELEMENTS (exponents));
       tcase_add_test (tc, a_large_footprint_needs_no_memory_and_keeps_its_law);
       tcase_add_test (tc, hot_pages_get_their_weight);
       tcase_add_test (tc, visits_write_and_use_lines_at_random);
       tcase_add_loop_test (tc, a_chase_visits_each_page_once_a_round, 0,
                            G_N_ELEMENTS (sizes));
       tcase_add_test (tc, a_scan_goes_by_its_stride_and_round);
       tcase_add_test (tc, clusters_stay_together_and_lie_anywhere);
       tcase_add_test (tc, scattered_frames_are_whole_guest_pages);
       tcase_add_test (tc, the_same_seed_gives_the_same_visits);
       tcase_add_test (tc, a_chase_leaves_nothing_to_overlap);
       tcase_add_loop_test (tc, contradictions_are_refused, 0,
                            G_N_ELEMENTS (wrong));)
