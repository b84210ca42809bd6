/* When is a protected page written first?
 *
 * Independent references: after an exponential time of rate w q, where w is the
 * page's part of the references, and q the chance that one writes; also when the
 * process's shares change on the way (the time then counts in units of the
 * page's own rate). A cyclic scan: at visit n with chance q (1 - q)^(n - 1). A
 * write to a page in any other state must not count, and reads of the page go on
 * at rate w (1 - q): between protecting and writing, a page read at all has its
 * last read the same time ago as it would have by a Poisson process of that rate.
 *
 * Chi-square tests with equally likely outcomes; 99.9 % for all cases in both
 * modes together (Bonferroni); fixed seeds.
 */
#include "streams.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>

#define N_PAGES 40
#define N_TRIALS 20000
#define N_CELLS 40
#define N_CASES 10
#define FAMILY_ERROR 0.001
#define NEW_SHARE 5.0

static void
require_uniform (const char *what, const double *chances, int n)
{
  double counts[N_CELLS] = { 0 }, mean = (double) n / N_CELLS, chi2 = 0;
  for (int i = 0; i < n; i++)
    counts[(int) MIN (chances[i] * N_CELLS, N_CELLS - 1)]++;
  for (int i = 0; i < N_CELLS; i++)
    chi2 += (counts[i] - mean) * (counts[i] - mean) / mean;
  double p = gsl_cdf_chisq_Q (chi2, N_CELLS - 1);
  printf ("%-34s chi-square %6.1f, p = %.4f\n", what, chi2, p);
  ck_assert_msg (p > FAMILY_ERROR / N_CASES, "%s: p = %g", what, p);
}

/* Two equal regions, all mapped; the watched page is in the first. */
static vhm_refs *
two_regions (double write, uint64_t seed)
{
  vhm_refs *refs = stream_of (zipf_of (N_PAGES, 0.8, write), seed);
  struct vhm_region_spec other = uniform_of (N_PAGES, 1, 1);
  vhm_refs_add_region (refs, &other);
  map_range (refs, 0, 2 * N_PAGES);
  return refs;
}

static double
part_of_page (uint32_t page)
{
  double sum = 0;
  for (uint32_t i = 0; i < N_PAGES; i++)
    sum += pow (i + 1.0, -0.8);
  return pow (page + 1.0, -0.8) / sum;
}

static const double writes[] = { 0.05, 0.4, 1.0 };

START_TEST (the_first_write_comes_after_an_exponential_time)
{
  static double chances[N_TRIALS];
  uint32_t page = 3;
  vhm_refs *refs = two_regions (writes[_i], (uint64_t) _i);
  double rate = part_of_page (page) * writes[_i], pieces[2] = { 0.5, 0 };
  pieces[1] = 1 / (1 + NEW_SHARE);
  for (int i = 0; i < N_TRIALS; i++) {
    bool write = false;
    double start = vhm_refs_clock (refs), half = 1 / rate, hazard;
    vhm_refs_set_share (refs, 1, 1);
    vhm_refs_protect (refs, page);
    bool late = no_trap_within (refs, half);
    if (late) {
      vhm_refs_set_share (refs, 1, NEW_SHARE);
      ck_assert_uint_eq (next_trap (refs, &write), page);
      ck_assert (write);
      hazard = half * pieces[0]
               + (vhm_refs_clock (refs) - start - half) * pieces[1];
    } else
      hazard = (vhm_refs_clock (refs) - start) * pieces[0];
    vhm_refs_unprotect (refs, page, true);
    chances[i] = -expm1 (-rate * hazard);
  }
  vhm_refs_free (refs);
  g_autofree char *what = g_strdup_printf ("first write, q = %g", writes[_i]);
  require_uniform (what, chances, N_TRIALS);
}
END_TEST

/* At a fixed time after protecting, if it has been read since: how long ago? */
START_TEST (reads_go_on_at_their_own_rate)
{
  static double chances[N_TRIALS];
  uint32_t page = 3;
  double q = 0.4, rate = part_of_page (page) * (1 - q) / 2, wait = 1.5 / rate;
  vhm_refs *refs = two_regions (q, 17);
  int n = 0, n_quiet = 0;
  for (int i = 0; i < N_TRIALS; i++) {
    vhm_refs_protect (refs, page);
    double start = vhm_refs_clock (refs);
    if (no_trap_within (refs, wait)) {
      double last = vhm_refs_look (refs, page);
      double ago = vhm_refs_clock (refs) - last;
      n_quiet++;
      if (last > start)
        chances[n++] = expm1 (-rate * ago) / expm1 (-rate * wait);
    }
    vhm_refs_unprotect (refs, page, true);
  }
  vhm_refs_free (refs);
  double read = -expm1 (-rate * wait);
  double off = (n - n_quiet * read) / sqrt (n_quiet * read * (1 - read));
  printf ("%d of %d read, %.2f standard deviations off\n", n, n_quiet, off);
  ck_assert_int_gt (n, N_TRIALS / 10);
  ck_assert_double_le (fabs (off),
                       gsl_cdf_ugaussian_Qinv (FAMILY_ERROR / N_CASES / 2));
  require_uniform ("last read, not written since", chances, n);
}
END_TEST

#define SCAN_WRITE 0.2
#define MOST_LAPS 16 /* the last cell: as many and more */

START_TEST (a_scan_writes_after_a_geometric_number_of_visits)
{
  double counts[MOST_LAPS] = { 0 }, chi2 = 0, left = 1;
  struct vhm_region_spec spec = loop_of (N_PAGES, 1);
  spec.write = SCAN_WRITE;
  vhm_refs *refs = stream_of (spec, 17);
  map_range (refs, 0, N_PAGES);
  for (int i = 0; i < N_TRIALS; i++) {
    bool write = false;
    double start = vhm_refs_clock (refs);
    vhm_refs_protect (refs, 7);
    ck_assert_uint_eq (next_trap (refs, &write), 7);
    vhm_refs_unprotect (refs, 7, true);
    double visits = (vhm_refs_clock (refs) - start) / N_PAGES;
    int n = (int) lround (visits + (i == 0 ? 1 : 0)); /* begins after page 7 */
    counts[MIN (MAX (n, 1), MOST_LAPS) - 1]++;
  }
  vhm_refs_free (refs);
  for (int k = 0; k < MOST_LAPS; k++) {
    double mean = N_TRIALS * (k < MOST_LAPS - 1 ? left * SCAN_WRITE : left);
    chi2 += (counts[k] - mean) * (counts[k] - mean) / mean;
    left *= 1 - SCAN_WRITE;
  }
  double p = gsl_cdf_chisq_Q (chi2, MOST_LAPS - 1);
  printf ("scan, %g of visits write: chi-square %.1f, p = %.4f\n", SCAN_WRITE,
          chi2, p);
  ck_assert_double_gt (p, FAMILY_ERROR / N_CASES);
}
END_TEST

SUITE_TWICE (
    "protected_writes", "every reference", streams_every_reference,
    streams_next_fault,
    tcase_add_loop_test (tc, the_first_write_comes_after_an_exponential_time, 0,
                         (int) G_N_ELEMENTS (writes));
    tcase_add_test (tc, reads_go_on_at_their_own_rate);
    tcase_add_test (tc, a_scan_writes_after_a_geometric_number_of_visits);)
