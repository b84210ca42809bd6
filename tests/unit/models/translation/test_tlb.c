/* Which array is asked, and what a miss leaves behind. */
#include "address.h"
#include "cpu_config.h"
#include "suite.h"
#include "tlb.h"

static const struct vhm_space space = {
  .paging = VHM_PAGING_SLAT, .vpid = 1, .guest_levels = 4, .host_levels = 4
};

static enum tlb_result
look (struct tlb *tlb, bool is_fetch, enum vhm_page_size size, uint64_t page)
{
  uint64_t key = address_space_tag (&space) | address_page_tag (size, page);
  return tlb_lookup (tlb, is_fetch, size, page, key);
}

START_TEST (a_miss_fills_both_levels_a_hit_in_the_second_the_first)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 0), TLB_MISS);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 0), TLB_HIT_L1);
  for (uint64_t page = 16; page <= 64; page += 16) /* four of its L1 set */
    ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, page), TLB_MISS);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 0), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 0), TLB_HIT_L1);
  tlb_clear (&tlb);
}
END_TEST

START_TEST (data_and_instructions_meet_in_the_second_level)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 7), TLB_MISS);
  ck_assert_int_eq (look (&tlb, true, VHM_PAGE_4K, 7), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, true, VHM_PAGE_4K, 7), TLB_HIT_L1);
  tlb_clear (&tlb);
}
END_TEST

START_TEST (sizes_do_not_mix)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  for (int size = 0; size < VHM_N_PAGE_SIZES; size++)
    ck_assert_int_eq (look (&tlb, false, (enum vhm_page_size) size, 9),
                      TLB_MISS);
  for (int size = 0; size < VHM_N_PAGE_SIZES; size++)
    ck_assert_int_eq (look (&tlb, false, (enum vhm_page_size) size, 9),
                      TLB_HIT_L1);
  tlb_clear (&tlb);
}
END_TEST

START_TEST (a_size_that_no_array_holds_is_never_found)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  for (int i = 0; i < 3; i++) /* no 1G array for instructions but in L2 */
    ck_assert_int_eq (look (&tlb, true, VHM_PAGE_1G, 9),
                      i == 0 ? TLB_MISS : TLB_HIT_L2);
  cpu.tlbs.n = 0;
  tlb_clear (&tlb);
  tlb_init (&tlb, &cpu);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 9), TLB_MISS);
  tlb_clear (&tlb);
}
END_TEST

/* Two arrays of 1024 entries that both hold 4K pages, as on Ice Lake: together
 * they hold nearly as many as one of 2048, and 2M pages use the first alone. */
START_TEST (two_arrays_of_one_level_share_the_pages)
{
  static struct vhm_cpu_tlb arrays[]
      = { { .level = 2,
            .holds = VHM_TLB_BOTH,
            .entries = 1024,
            .holds_size = { true, true, false } },
          { .level = 2,
            .holds = VHM_TLB_BOTH,
            .entries = 1024,
            .holds_size = { true, false, true } } };
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.tlbs = (struct vhm_list){ arrays, G_N_ELEMENTS (arrays) };
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  uint64_t hits = 0, first = 0;
  for (uint64_t page = 0; page < 1800; page++)
    look (&tlb, false, VHM_PAGE_4K, page);
  for (uint64_t page = 0; page < 1800; page++) {
    hits += look (&tlb, false, VHM_PAGE_4K, page) == TLB_HIT_L2;
    first += tlb_array (&tlb.choice[1][0][VHM_PAGE_4K], page) == tlb.arrays;
  }
  ck_assert_uint_eq (hits, 1800);
  ck_assert_uint_gt (first, 800);
  ck_assert_uint_lt (first, 1000);
  for (uint64_t page = 0; page < 100; page++)
    ck_assert_ptr_eq (tlb_array (&tlb.choice[1][0][VHM_PAGE_2M], page),
                      &tlb.arrays[0]);
  tlb_clear (&tlb);
}
END_TEST

/* 16 sets of 8 ways, of which 2M pages have 4 in 32 sets, as on Zen 2. */
START_TEST (large_pages_lie_in_a_part_of_the_ways)
{
  static struct vhm_cpu_tlb array = { .level = 2,
                                      .holds = VHM_TLB_BOTH,
                                      .entries = 128,
                                      .ways = 8,
                                      .ways_2m = 4,
                                      .holds_size = { true, true, false } };
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.tlbs = (struct vhm_list){ &array, 1 };
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  for (int lap = 0; lap < 2; lap++) /* four of each half fill the set */
    for (uint64_t i = 0; i < 8; i++)
      ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 16 * i),
                        lap == 0 ? TLB_MISS : TLB_HIT_L2);
  look (&tlb, false, VHM_PAGE_2M, 32 * 4); /* a fifth: out goes page 0 */
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 32), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 16), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 0), TLB_MISS);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 32), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 64), TLB_MISS);
  for (uint64_t i = 0; i < 8; i++) /* small ones have them all */
    look (&tlb, false, VHM_PAGE_4K, 16 * i);
  for (uint64_t i = 0; i < 8; i++)
    ck_assert_int_eq (look (&tlb, false, VHM_PAGE_4K, 16 * i), TLB_HIT_L2);
  ck_assert_ptr_null (assoc_audit (&tlb.arrays[0]));
  tlb_clear (&tlb);
}
END_TEST

START_TEST (a_page_is_removed_from_both_levels)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct tlb tlb;
  tlb_init (&tlb, &cpu);
  look (&tlb, false, VHM_PAGE_2M, 3);
  look (&tlb, true, VHM_PAGE_2M, 3);
  look (&tlb, false, VHM_PAGE_2M, 4);
  tlb_remove (&tlb, VHM_PAGE_2M, 3,
              address_space_tag (&space) | address_page_tag (VHM_PAGE_2M, 3));
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 3), TLB_MISS);
  ck_assert_int_eq (look (&tlb, true, VHM_PAGE_2M, 3), TLB_HIT_L2);
  ck_assert_int_eq (look (&tlb, false, VHM_PAGE_2M, 4), TLB_HIT_L1);
  tlb_clear (&tlb);
}
END_TEST

SUITE ("tlb",
       tcase_add_test (tc,
                       a_miss_fills_both_levels_a_hit_in_the_second_the_first);
       tcase_add_test (tc, data_and_instructions_meet_in_the_second_level);
       tcase_add_test (tc, sizes_do_not_mix);
       tcase_add_test (tc, a_size_that_no_array_holds_is_never_found);
       tcase_add_test (tc, two_arrays_of_one_level_share_the_pages);
       tcase_add_test (tc, large_pages_lie_in_a_part_of_the_ways);
       tcase_add_test (tc, a_page_is_removed_from_both_levels);)
