/* Sums of costs, and names. */
#include "suite.h"

#include <string.h>
#include <vhm/model/translation.h>

/* Every field of the sum is the sum of the fields: all are 8 bytes, counts or
 * doubles; where a count was forgotten the sum keeps its old value. */
START_TEST (adds_every_field)
{
  struct vhm_cost a, b, sum;
  uint64_t *counts = &a.accesses;
  size_t n_counts = offsetof (struct vhm_cost, step_cyc) / sizeof (uint64_t);
  double *cycles = &a.step_cyc[0][0];
  size_t n_cycles = sizeof a / sizeof (uint64_t) - n_counts;
  for (size_t i = 0; i < n_counts; i++)
    counts[i] = i + 1;
  for (size_t i = 0; i < n_cycles; i++)
    cycles[i] = (double) i + 1;
  b = sum = a;
  vhm_cost_add (&sum, &b);
  counts = &sum.accesses;
  cycles = &sum.step_cyc[0][0];
  for (size_t i = 0; i < n_counts; i++)
    ck_assert_uint_eq (counts[i], 2 * (i + 1));
  for (size_t i = 0; i < n_cycles; i++)
    ck_assert_double_eq (cycles[i], 2 * ((double) i + 1));
}
END_TEST

START_TEST (names_are_those_of_the_field)
{
  ck_assert_str_eq (vhm_paging_name (VHM_PAGING_NATIVE), "native");
  ck_assert_str_eq (vhm_paging_name (VHM_PAGING_SLAT), "SLAT");
  ck_assert_str_eq (vhm_paging_name (VHM_PAGING_SHADOW), "shadow");
  ck_assert_str_eq (vhm_page_size_name (VHM_PAGE_4K), "4K");
  ck_assert_str_eq (vhm_page_size_name (VHM_PAGE_2M), "2M");
  ck_assert_str_eq (vhm_page_size_name (VHM_PAGE_1G), "1G");
}
END_TEST

SUITE ("cost", tcase_add_test (tc, adds_every_field);
       tcase_add_test (tc, names_are_those_of_the_field);)
