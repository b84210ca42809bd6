/* Entries of the host's table: how many frames one does for, what is lost with a
 * frame, and that the audit sees what should not be. */
#include "entries.h"
#include "suite.h"

#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)
#define GIB (512 * BLOCK)
#define N_FRAMES (2 * GIB + 100)

static uint32_t *mfns;
static struct vhm_blocks blocks;
static struct vhm_entries entries;

static void
begin (void)
{
  mfns = g_new (uint32_t, N_FRAMES + BLOCK);
  for (uint32_t i = 0; i < N_FRAMES; i++)
    mfns[i] = i;
  vhm_blocks_init (&blocks, N_FRAMES);
  vhm_blocks_came (&blocks, mfns, 0, N_FRAMES);
}

static const char *
audit (void)
{
  return vhm_entries_audit (&entries, &blocks, mfns, N_FRAMES);
}

static void
end (void)
{
  ck_assert_ptr_null (audit ());
  vhm_entries_clear (&entries);
  vhm_blocks_clear (&blocks);
  g_free (mfns);
}

static uint32_t
n_mapped (void)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < N_FRAMES; i++)
    n += vhm_entries_has (&entries, i);
  return n;
}

static void
take (uint32_t gfn)
{
  mfns[gfn] = VHM_NO_FRAME;
  vhm_blocks_went (&blocks, gfn);
  vhm_entries_lost (&entries, gfn);
}

START_TEST (one_violation_does_for_all_frames_of_the_page)
{
  static const uint32_t sizes[] = { 1, BLOCK, GIB };
  vhm_entries_init (&entries, N_FRAMES, (enum vhm_page_size) _i);
  ck_assert_uint_eq (n_mapped (), 0);
  uint32_t gfn = GIB + 3 * BLOCK + 70, first = gfn / sizes[_i] * sizes[_i];
  vhm_entries_violated (&entries, &blocks, gfn);
  ck_assert_uint_eq (n_mapped (), sizes[_i]);
  ck_assert (vhm_entries_has (&entries, first));
  ck_assert (vhm_entries_has (&entries, first + sizes[_i] - 1));
  ck_assert_uint_eq (entries.n_violations, 1);
}
END_TEST

START_TEST (a_broken_block_is_mapped_page_by_page)
{
  vhm_entries_init (&entries, N_FRAMES, VHM_PAGE_2M);
  take (BLOCK + 9);
  mfns[BLOCK + 9] = 17; /* it comes back alone */
  for (uint32_t i = 0; i < BLOCK; i++)
    vhm_entries_violated (&entries, &blocks, BLOCK + i);
  ck_assert_uint_eq (n_mapped (), BLOCK);
  ck_assert_uint_eq (entries.n_violations, BLOCK);
}
END_TEST

START_TEST (a_frame_taken_loses_its_entry_alone)
{
  vhm_entries_init (&entries, N_FRAMES, VHM_PAGE_1G);
  vhm_entries_violated (&entries, &blocks, 5);
  take (64);
  ck_assert (!vhm_entries_has (&entries, 64));
  ck_assert_uint_eq (n_mapped (), GIB - 1);
}
END_TEST

/* The last frames are no whole block. */
START_TEST (the_last_frame_has_an_entry_of_its_own)
{
  vhm_entries_init (&entries, N_FRAMES, VHM_PAGE_2M);
  vhm_entries_violated (&entries, &blocks, N_FRAMES - 1);
  ck_assert_uint_eq (n_mapped (), 1);
}
END_TEST

START_TEST (a_table_that_is_complete_misses_nothing)
{
  ck_assert (vhm_entries_has (&entries, 7));
  vhm_entries_lost (&entries, 7);
  ck_assert_uint_eq (n_mapped (), N_FRAMES);
}
END_TEST

START_TEST (the_audit_sees_what_is_mapped_wrongly)
{
  vhm_entries_init (&entries, N_FRAMES, VHM_PAGE_2M);
  vhm_entries_violated (&entries, &blocks, 0);
  ck_assert_ptr_null (audit ());
  vhm_entries_lost (&entries, 5);
  ck_assert_str_eq (audit (), "a large block is mapped in part");
  entries.has[0] |= 1 << 5;
  vhm_blocks_went (&blocks, 5);
  mfns[5] = VHM_NO_FRAME;
  ck_assert_str_eq (
      audit (), "an entry of the host's table maps a frame that is not backed");
  vhm_entries_lost (&entries, 5);
  entries.has[N_FRAMES / 64] |= UINT64_C (1) << (N_FRAMES % 64);
  ck_assert_str_eq (
      audit (), "an entry of the host's table maps a frame that is not backed");
  vhm_entries_lost (&entries, N_FRAMES);
}
END_TEST

SUITE ("entries", tcase_add_checked_fixture (tc, begin, end);
       tcase_add_loop_test (tc, one_violation_does_for_all_frames_of_the_page,
                            0, VHM_N_PAGE_SIZES);
       tcase_add_test (tc, a_broken_block_is_mapped_page_by_page);
       tcase_add_test (tc, a_frame_taken_loses_its_entry_alone);
       tcase_add_test (tc, the_last_frame_has_an_entry_of_its_own);
       tcase_add_test (tc, a_table_that_is_complete_misses_nothing);
       tcase_add_test (tc, the_audit_sees_what_is_mapped_wrongly);)
