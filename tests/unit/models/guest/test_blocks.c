/* Large backing: when a block has it, when it loses it, and the counts. */
#include "blocks.h"
#include "suite.h"

#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define N_BLOCKS UINT32_C (1100) /* two GiB and a bit */

static uint32_t mfns[N_BLOCKS * VHM_BLOCK_PAGES];
static struct vhm_blocks blocks;

static void
back (uint32_t first, uint32_t n, uint32_t mfn)
{
  for (uint32_t i = 0; i < n; i++)
    mfns[first + i] = mfn + i;
  vhm_blocks_came (&blocks, mfns, first, n);
}

static void
begin (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (mfns); i++)
    mfns[i] = VHM_NO_FRAME;
  vhm_blocks_init (&blocks, N_BLOCKS * BLOCK);
}

static void
end (void)
{
  const char *wrong = vhm_blocks_audit (&blocks, mfns, N_BLOCKS * BLOCK);
  ck_assert_msg (wrong == NULL, "%s", wrong);
  vhm_blocks_clear (&blocks);
}

static void
take (uint32_t gfn)
{
  vhm_blocks_went (&blocks, gfn);
  mfns[gfn] = VHM_NO_FRAME;
}

START_TEST (only_whole_aligned_runs_are_large)
{
  back (0, 2 * BLOCK, 5 * BLOCK);                      /* both */
  back (2 * BLOCK, BLOCK, 9 * BLOCK + 1);              /* frames not aligned */
  back (3 * BLOCK, BLOCK - 1, 11 * BLOCK);             /* one page short */
  back (4 * BLOCK + 1, 2 * BLOCK - 1, 20 * BLOCK + 1); /* the second one */
  ck_assert_uint_eq (blocks.n_large, 3);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 7, VHM_PAGE_2M), VHM_PAGE_2M);
  ck_assert_int_eq (vhm_blocks_size (&blocks, BLOCK, VHM_PAGE_2M), VHM_PAGE_2M);
  for (uint32_t b = 2; b < 5; b++)
    ck_assert_int_eq (vhm_blocks_size (&blocks, b * BLOCK + 1, VHM_PAGE_2M),
                      VHM_PAGE_4K);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 5 * BLOCK, VHM_PAGE_2M),
                    VHM_PAGE_2M);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 7, VHM_PAGE_4K), VHM_PAGE_4K);
}
END_TEST

START_TEST (one_page_breaks_a_block_and_stays_the_only_break)
{
  back (0, 2 * BLOCK, 0);
  ck_assert (vhm_blocks_went (&blocks, 3));
  mfns[3] = VHM_NO_FRAME;
  ck_assert (!vhm_blocks_went (&blocks, 4));
  mfns[4] = VHM_NO_FRAME;
  ck_assert_uint_eq (blocks.n_large, 1);
  ck_assert_uint_eq (blocks.n_broken, 1);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 0, VHM_PAGE_2M), VHM_PAGE_4K);
  back (3, 2, 3); /* the same frames again, but one by one */
  ck_assert_uint_eq (blocks.n_large, 1);
}
END_TEST

START_TEST (a_block_that_comes_back_whole_is_large_again)
{
  back (0, BLOCK, 0);
  for (uint32_t i = 0; i < BLOCK; i++)
    take (i);
  ck_assert_uint_eq (blocks.n_large, 0);
  back (0, BLOCK, 8 * BLOCK);
  ck_assert_uint_eq (blocks.n_large, 1);
  ck_assert_uint_eq (blocks.n_broken, 1);
}
END_TEST

START_TEST (a_gib_is_one_page_until_any_of_its_blocks_breaks)
{
  back (0, 1024 * BLOCK, 0);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 600 * BLOCK, VHM_PAGE_1G),
                    VHM_PAGE_1G);
  take (1023 * BLOCK);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 600 * BLOCK, VHM_PAGE_1G),
                    VHM_PAGE_2M);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 5, VHM_PAGE_1G), VHM_PAGE_1G);
  ck_assert_int_eq (vhm_blocks_size (&blocks, 1023 * BLOCK, VHM_PAGE_1G),
                    VHM_PAGE_4K);
}
END_TEST

START_TEST (the_audit_sees_a_block_that_is_not_one_run)
{
  back (0, BLOCK, 0);
  mfns[17] = 3 * BLOCK;
  ck_assert (vhm_blocks_audit (&blocks, mfns, BLOCK) != NULL);
  mfns[17] = 17;
  ck_assert (vhm_blocks_audit (&blocks, mfns, BLOCK) == NULL);
  ck_assert (vhm_blocks_audit (&blocks, mfns, BLOCK - 1) != NULL);
  blocks.n_large++;
  ck_assert (vhm_blocks_audit (&blocks, mfns, BLOCK) != NULL);
  blocks.n_large--;
  blocks.per_gib[1]++;
  ck_assert (vhm_blocks_audit (&blocks, mfns, BLOCK) != NULL);
  blocks.per_gib[1]--;
}
END_TEST

SUITE ("blocks", tcase_add_checked_fixture (tc, begin, end);
       tcase_add_test (tc, only_whole_aligned_runs_are_large);
       tcase_add_test (tc, one_page_breaks_a_block_and_stays_the_only_break);
       tcase_add_test (tc, a_block_that_comes_back_whole_is_large_again);
       tcase_add_test (tc, a_gib_is_one_page_until_any_of_its_blocks_breaks);
       tcase_add_test (tc, the_audit_sees_a_block_that_is_not_one_run);)
