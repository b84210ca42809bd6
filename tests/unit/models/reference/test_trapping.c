/* Trapping pages are drawn in proportion to weight, and their sum is exact. */
#include "streams.h"
#include "suite.h"

#define N_DRAWS 200000

/* Each count within 5 standard deviations of its binomial: chance of failure
 * below 10^-4 for the 30 pages together; fixed seed. */
START_TEST (traps_in_proportion_to_weight)
{
  uint32_t count[30] = { 0 };
  double sum = 0;
  bool write;
  g_autoptr (vhm_refs) refs = stream_of (zipf_of (30, 1.1, 0), 1);
  for (int i = 0; i < N_DRAWS; i++) {
    vhm_refs_advance (refs, vhm_refs_next (refs));
    count[vhm_refs_trap (refs, &write)]++;
  }
  for (int i = 0; i < 30; i++)
    sum += pow (i + 1, -1.1);
  for (int i = 0; i < 30; i++) {
    double p = pow (i + 1, -1.1) / sum;
    ck_assert_double_eq_tol (count[i], N_DRAWS * p,
                             5 * sqrt (N_DRAWS * p * (1 - p)));
  }
}
END_TEST

START_TEST (the_distance_to_a_trap_has_the_mean_of_its_rate)
{
  double sum = 0;
  g_autoptr (vhm_refs) refs = stream_of (uniform_of (1000, 1, 0), 2);
  map_range (refs, 0, 990);
  for (int i = 0; i < N_DRAWS; i++)
    sum += vhm_refs_next (refs);
  ck_assert_double_eq_tol (sum / N_DRAWS, 100, 5 * 100 / sqrt (N_DRAWS));
}
END_TEST

START_TEST (the_sum_of_weights_never_drifts)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 3, "drift");
  g_autoptr (vhm_refs) refs = stream_of (zipf_of (5000, 1.2, 0), 3);
  double all = vhm_refs_trap_rate (refs);
  for (int i = 0; i < 200000; i++) {
    uint32_t page = (uint32_t) vhm_rng_below (&rng, 5000);
    if (vhm_refs_is_mapped (refs, page))
      vhm_refs_unmap (refs, page);
    else
      vhm_refs_map (refs, page, false, true);
  }
  map_range (refs, 0, 5000);
  ck_assert (!(vhm_refs_trap_rate (refs) > 0));
  ck_assert (isinf (vhm_refs_next (refs)));
  for (uint32_t page = 0; page < 5000; page++)
    vhm_refs_unmap (refs, page);
  double again = vhm_refs_trap_rate (refs);
  ck_assert (!(again < all) && !(again > all));
  ck_assert (vhm_refs_is_valid (refs));
}
END_TEST

START_TEST (a_mapped_page_never_traps)
{
  bool write;
  g_autoptr (vhm_refs) refs = stream_of (zipf_of (300, 0.8, 0), 4);
  for (uint32_t page = 0; page < 300; page += 2)
    vhm_refs_map (refs, page, false, true);
  for (int i = 0; i < 10000; i++) {
    vhm_refs_advance (refs, vhm_refs_next (refs));
    ck_assert_uint_eq (vhm_refs_trap (refs, &write) % 2, 1);
  }
}
END_TEST

SUITE ("trapping", tcase_add_test (tc, traps_in_proportion_to_weight);
       tcase_add_test (tc, the_distance_to_a_trap_has_the_mean_of_its_rate);
       tcase_add_test (tc, the_sum_of_weights_never_drifts);
       tcase_add_test (tc, a_mapped_page_never_traps);)
