/* The price of a page, and who gets and loses memory at it. Private header of
 * models/balancer. */
#include "idle_tax.h"
#include "suite.h"

#include <vhm/base/units.h>
#include <vhm/sim/rng.h>

#include <math.h>

#define MB VHM_MIB
#define CLAIM(shares, active, least, most)                   \
  {                                                          \
    (shares), (double) (active) *MB, (uint64_t) (least) *MB, \
        (uint64_t) (most) *MB                                \
  }

START_TEST (an_idle_page_costs_four_at_75_percent)
{
  ck_assert_double_eq (vhm_tax_idle_cost (0), 1);
  ck_assert_double_eq (vhm_tax_idle_cost (.75), 4);
  /* 100 / (50 (0.2 + 4 x 0.8)) = 100 / 170 */
  ck_assert_double_eq_tol (vhm_tax_price (100, 50, .2, 4), 100. / 170, 1e-12);
  ck_assert_double_eq_tol (vhm_tax_price (100, 50, .2, 1), 2, 1e-12);
  /* Waldspurger fig. 7, the equilibrium: equal within 6 % */
  double idle = vhm_tax_price (1, 101, .09, 4),
         busy = vhm_tax_price (1, 243, .84, 4);
  ck_assert_double_lt (fabs (idle / busy - 1), .06);
}
END_TEST

START_TEST (without_tax_shares_alone_count)
{
  uint64_t got[2];
  const struct vhm_claim c[]
      = { CLAIM (3, 5, 1, 1000), CLAIM (1, 400, 1, 1000) };
  vhm_tax_entitle (c, 2, 1, 800 * MB, got);
  ck_assert_uint_eq (got[0], 600 * MB);
  ck_assert_uint_eq (got[1], 200 * MB);
}
END_TEST

/* k = 4: 9 + (x - 9) / 4 + 204 + (x - 204) / 4 = 344 gives x = 368.5 and
 * 98.875 and 245.125 MB; published are 101 and 243. */
START_TEST (the_tax_moves_memory_from_idle_to_busy)
{
  uint64_t got[2];
  const struct vhm_claim c[] = { CLAIM (1, 9, 1, 256), CLAIM (1, 204, 1, 256) };
  vhm_tax_entitle (c, 2, 4, 344 * MB, got);
  ck_assert_double_eq_tol ((double) got[0] / MB, 98.875, .01);
  ck_assert_double_eq_tol ((double) got[1] / MB, 245.125, .01);
}
END_TEST

/* Wholly active guests are not taxed. */
START_TEST (active_memory_is_not_taxed)
{
  uint64_t got[2];
  const struct vhm_claim c[]
      = { CLAIM (1, 900, 1, 900), CLAIM (1, 900, 1, 900) };
  vhm_tax_entitle (c, 2, 4, 600 * MB, got);
  ck_assert_uint_eq (got[0], 300 * MB);
  ck_assert_uint_eq (got[1], 300 * MB);
}
END_TEST

START_TEST (least_and_most_stand)
{
  uint64_t got[3];
  const struct vhm_claim c[]
      = { CLAIM (1, 0, 300, 900), CLAIM (1, 0, 1, 50), CLAIM (1, 0, 1, 900) };
  vhm_tax_entitle (c, 3, 4, 500 * MB, got);
  ck_assert_uint_eq (got[0], 300 * MB);
  ck_assert_uint_eq (got[1], 50 * MB);
  ck_assert_uint_eq (got[2], 150 * MB);
  vhm_tax_entitle (c, 3, 4, 5000 * MB, got);
  ck_assert_uint_eq (got[0] + got[1] + got[2], 1850 * MB);
  vhm_tax_entitle (c, 3, 4, 0, got);
  ck_assert_uint_eq (got[0], 300 * MB);
}
END_TEST

/* Equal shares, no tax: 400 pays 1/400, 300 and 100 more. 150 are taken: the
 * first down to 300, then both to 275; the third pays most and keeps all. */
START_TEST (revocation_takes_from_who_pays_least)
{
  uint64_t left[3];
  const struct vhm_claim c[]
      = { CLAIM (1, 400, 1, 400), CLAIM (1, 0, 1, 300), CLAIM (1, 0, 1, 100) };
  vhm_tax_revoke (c, 3, 1, 150 * MB, left);
  ck_assert_uint_eq (left[0], 275 * MB);
  ck_assert_uint_eq (left[1], 275 * MB);
  ck_assert_uint_eq (left[2], 100 * MB);
  /* taxed fourfold, the idle 300 pay as 1200 would: 150 come from them */
  vhm_tax_revoke (c, 3, 4, 150 * MB, left);
  ck_assert_uint_eq (left[0], 400 * MB);
  ck_assert_uint_eq (left[1], 150 * MB);
  ck_assert_uint_eq (left[2], 100 * MB);
  vhm_tax_revoke (c, 3, 4, 0, left);
  ck_assert_uint_eq (left[1], 300 * MB);
}
END_TEST

/* Page after page from the one that pays least, the definition itself. */
static void
take_one_by_one (const struct vhm_claim *c, uint32_t n, double k,
                 uint64_t pages, uint64_t *left)
{
  for (uint32_t i = 0; i < n; i++)
    left[i] = c[i].most_bytes;
  for (; pages > 0; pages--) {
    uint32_t worst = n;
    double least = INFINITY;
    for (uint32_t i = 0; i < n; i++) {
      double active = fmin (1, c[i].active_bytes / (double) left[i]);
      double price = vhm_tax_price (c[i].shares, (double) left[i], active, k);
      if (left[i] > c[i].least_bytes && price < least) {
        least = price;
        worst = i;
      }
    }
    left[worst] -= VHM_PAGE_BYTES;
  }
}

START_TEST (revocation_is_page_by_page)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 5, "claims");
  for (int t = 0; t < 200; t++) {
    struct vhm_claim c[5];
    uint64_t want[5], got[5], room = 0;
    for (int i = 0; i < 5; i++) {
      uint64_t most = 2 + vhm_rng_below (&rng, 300);
      uint64_t least = 1 + vhm_rng_below (&rng, most);
      c[i]
          = (struct vhm_claim){ 1 + (double) vhm_rng_below (&rng, 1000),
                                vhm_rng_uniform (&rng)
                                    * (double) (most * VHM_PAGE_BYTES),
                                least * VHM_PAGE_BYTES, most * VHM_PAGE_BYTES };
      room += most - least;
    }
    uint64_t pages = vhm_rng_below (&rng, room + 1);
    take_one_by_one (c, 5, 4, pages, want);
    vhm_tax_revoke (c, 5, 4, pages * VHM_PAGE_BYTES, got);
    uint64_t sum = 0;
    for (int i = 0; i < 5; i++) {
      sum += want[i] - got[i];
      ck_assert_double_le (fabs ((double) want[i] - (double) got[i]),
                           4. * VHM_PAGE_BYTES); /* ties are shared out */
    }
    ck_assert_uint_le (sum, 5 * VHM_PAGE_BYTES);
  }
}
END_TEST

SUITE ("idle tax", tcase_add_test (tc, an_idle_page_costs_four_at_75_percent);
       tcase_add_test (tc, without_tax_shares_alone_count);
       tcase_add_test (tc, the_tax_moves_memory_from_idle_to_busy);
       tcase_add_test (tc, active_memory_is_not_taxed);
       tcase_add_test (tc, least_and_most_stand);
       tcase_add_test (tc, revocation_takes_from_who_pays_least);
       tcase_add_test (tc, revocation_is_page_by_page);)
