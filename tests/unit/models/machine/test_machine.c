/* Frames and their owners, against a table kept by hand. */
#include "suite.h"

#include <signal.h>

#include <vhm/model/machine.h>
#include <vhm/sim/rng.h>

#define GUEST VHM_OWNER_FIRST_GUEST
#define BLOCK ((uint32_t) VHM_BLOCK_PAGES)

static void
assert_clean (const vhm_machine *m)
{
  const char *wrong = vhm_machine_audit (m);
  ck_assert_msg (wrong == NULL, "%s", wrong);
}

START_TEST (a_frame_knows_its_owner_and_its_guest_frame)
{
  uint32_t mfns[8];
  g_autoptr (vhm_machine) m = vhm_machine_new (100);
  vhm_machine_take (m, GUEST, 3, 5, mfns);
  for (uint32_t gfn = 3; gfn < 8; gfn++) {
    vhm_mfn mfn = vhm_mfn_make (mfns[gfn]);
    ck_assert_uint_eq (vhm_machine_owner (m, mfn), GUEST);
    ck_assert_uint_eq (vhm_machine_gfn (m, mfn).raw, gfn);
  }
  ck_assert_uint_eq (vhm_machine_n_owned (m, GUEST), 5);
  ck_assert_uint_eq (vhm_machine_n_free (m), 95);
  vhm_machine_give (m, vhm_mfn_make (mfns[5]));
  ck_assert_uint_eq (vhm_machine_owner (m, vhm_mfn_make (mfns[5])),
                     VHM_OWNER_FREE);
  ck_assert_uint_eq (vhm_machine_gfn (m, vhm_mfn_make (mfns[5])).raw,
                     VHM_NO_FRAME);
  assert_clean (m);
}
END_TEST

START_TEST (whole_blocks_go_to_whole_aligned_blocks)
{
  g_autofree uint32_t *mfns = g_new (uint32_t, 4 * BLOCK);
  g_autoptr (vhm_machine) m = vhm_machine_new (4 * BLOCK);
  vhm_machine_take (m, GUEST, 0, 3 * BLOCK - 1, mfns);
  for (uint32_t b = 0; b < 2; b++) {
    ck_assert_uint_eq (mfns[b * BLOCK] % BLOCK, 0);
    for (uint32_t k = 1; k < BLOCK; k++)
      ck_assert_uint_eq (mfns[b * BLOCK + k], mfns[b * BLOCK] + k);
  }
  assert_clean (m);
}
END_TEST

/* Against a walk over all frames, with the last block incomplete. */
START_TEST (knows_whether_a_whole_block_is_free)
{
  const uint32_t n = 4 * BLOCK + 9;
  g_autofree uint32_t *mfns = g_new (uint32_t, n);
  g_autoptr (vhm_machine) m = vhm_machine_new (n);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 3, "frames");
  uint32_t n_taken = 0, n_has = 0;
  for (int i = 0; i < 12000; i++) {
    if (i / 2500 % 2 == 0 && n_taken < n) {
      vhm_machine_take (m, GUEST, n_taken, 1, mfns);
      n_taken++;
    } else if (n_taken > 0) {
      uint32_t k = (uint32_t) vhm_rng_below (&rng, n_taken);
      vhm_machine_give (m, vhm_mfn_make (mfns[k]));
      mfns[k] = mfns[--n_taken];
    }
    uint32_t used[5] = { 0 }, n_whole = 0;
    for (uint32_t k = 0; k < n_taken; k++)
      used[mfns[k] / BLOCK]++;
    for (uint32_t k = 0; k < 4; k++)
      n_whole += used[k] == 0;
    ck_assert (vhm_machine_has_block (m) == (n_whole > 0));
    n_has += n_whole > 0;
  }
  ck_assert_uint_gt (n_has, 1000);
  ck_assert_uint_lt (n_has, 11000);
}
END_TEST

START_TEST (an_unaligned_part_breaks_one_block_only)
{
  g_autofree uint32_t *mfns = g_new (uint32_t, 3 * BLOCK);
  g_autoptr (vhm_machine) m = vhm_machine_new (3 * BLOCK);
  vhm_machine_take (m, GUEST, 1, BLOCK - 2, mfns);
  uint32_t broken = mfns[1] / BLOCK;
  for (uint32_t gfn = 1; gfn < BLOCK - 1; gfn++)
    ck_assert_uint_eq (mfns[gfn] / BLOCK, broken);
  vhm_machine_take (m, GUEST, BLOCK, 2 * BLOCK, mfns);
  ck_assert_uint_eq (mfns[BLOCK] % BLOCK, 0);
  ck_assert_uint_eq (mfns[2 * BLOCK] % BLOCK, 0);
  assert_clean (m);
}
END_TEST

START_TEST (a_block_given_back_frame_by_frame_is_whole_again)
{
  g_autofree uint32_t *mfns = g_new (uint32_t, BLOCK);
  g_autoptr (vhm_machine) m = vhm_machine_new (BLOCK);
  for (int round = 0; round < 3; round++) {
    vhm_machine_take (m, GUEST, 0, BLOCK, mfns);
    for (uint32_t gfn = 0; gfn < BLOCK; gfn++) {
      ck_assert_uint_eq (mfns[gfn], gfn);
      vhm_machine_give (m, vhm_mfn_make (mfns[(gfn * 7 + 3) % BLOCK]));
    }
    assert_clean (m);
  }
}
END_TEST

START_TEST (the_root_gives_back_as_many_as_it_is_asked_for)
{
  g_autofree uint32_t *mfns = g_new (uint32_t, 700);
  g_autoptr (vhm_machine) m = vhm_machine_new (2000);
  vhm_machine_take (m, VHM_OWNER_ROOT, 0, 600, NULL);
  vhm_machine_take (m, GUEST, 0, 700, mfns);
  vhm_machine_take (m, VHM_OWNER_ROOT, 0, 300, NULL);
  vhm_machine_give_root (m, 850);
  ck_assert_uint_eq (vhm_machine_n_owned (m, VHM_OWNER_ROOT), 50);
  ck_assert_uint_eq (vhm_machine_n_owned (m, GUEST), 700);
  ck_assert_uint_eq (vhm_machine_n_free (m), 1250);
  assert_clean (m);
}
END_TEST

START_TEST (the_same_calls_give_the_same_frames)
{
  uint64_t digest[2] = { 0, 0 };
  for (int k = 0; k < 2; k++) {
    g_autofree uint32_t *mfns = g_new (uint32_t, 1500);
    g_autoptr (vhm_machine) m = vhm_machine_new (2000);
    vhm_machine_take (m, GUEST, 0, 1500, mfns);
    for (uint32_t gfn = 0; gfn < 1500; gfn += 3)
      vhm_machine_give (m, vhm_mfn_make (mfns[gfn]));
    for (uint32_t gfn = 0; gfn < 1500; gfn += 3)
      vhm_machine_take (m, GUEST, gfn, 1, mfns);
    for (uint32_t gfn = 0; gfn < 1500; gfn++)
      digest[k] = digest[k] * 31 + mfns[gfn];
  }
  ck_assert_uint_eq (digest[0], digest[1]);
}
END_TEST

/* 3 guests, 3000 frames that end in the middle of a block. */
START_TEST (random_calls_agree_with_a_table_kept_by_hand)
{
  enum { N = 3000, GUESTS = 3, CALLS = 20000 };
  g_autoptr (vhm_machine) m = vhm_machine_new (N);
  g_autofree uint32_t *mfns = g_new (uint32_t, GUESTS * N);
  g_autofree uint16_t *owner = g_new0 (uint16_t, N);
  memset (mfns, 0xff, GUESTS * N * sizeof *mfns);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 3, "calls");
  uint32_t n_free = N;
  for (int i = 0; i < CALLS; i++) {
    uint16_t g = (uint16_t) vhm_rng_below (&rng, GUESTS);
    uint32_t *table = mfns + g * N;
    uint32_t first = (uint32_t) vhm_rng_below (&rng, N), n = 0;
    if (vhm_rng_chance (&rng, .02)) { /* a run that is not backed */
      while (first + n < N && n < n_free && table[first + n] == VHM_NO_FRAME)
        n++;
      vhm_machine_take (m, (uint16_t) (GUEST + g), first, n, table);
      for (uint32_t gfn = first; gfn < first + n; gfn++) {
        ck_assert_uint_eq (owner[table[gfn]], VHM_OWNER_FREE);
        owner[table[gfn]] = (uint16_t) (GUEST + g);
      }
      n_free -= n;
    } else if (table[first] != VHM_NO_FRAME) {
      vhm_machine_give (m, vhm_mfn_make (table[first]));
      owner[table[first]] = VHM_OWNER_FREE;
      table[first] = VHM_NO_FRAME;
      n_free++;
    }
    ck_assert_uint_eq (vhm_machine_n_free (m), n_free);
    if (i % 500 == 0)
      assert_clean (m);
  }
  for (uint32_t f = 0; f < N; f++)
    ck_assert_uint_eq (vhm_machine_owner (m, vhm_mfn_make (f)), owner[f]);
}
END_TEST

START_TEST (a_frame_is_not_given_back_twice)
{
  uint32_t mfn;
  g_autoptr (vhm_machine) m = vhm_machine_new (10);
  vhm_machine_take (m, GUEST, 0, 1, &mfn);
  vhm_machine_give (m, vhm_mfn_make (mfn));
  vhm_machine_give (m, vhm_mfn_make (mfn));
}
END_TEST

START_TEST (nobody_takes_more_than_is_free)
{
  g_autoptr (vhm_machine) m = vhm_machine_new (10);
  vhm_machine_take (m, VHM_OWNER_ROOT, 0, 11, NULL);
}
END_TEST

SUITE (
    "machine", tcase_add_test (tc, a_frame_knows_its_owner_and_its_guest_frame);
    tcase_add_test (tc, whole_blocks_go_to_whole_aligned_blocks);
    tcase_add_test (tc, knows_whether_a_whole_block_is_free);
    tcase_add_test (tc, an_unaligned_part_breaks_one_block_only);
    tcase_add_test (tc, a_block_given_back_frame_by_frame_is_whole_again);
    tcase_add_test (tc, the_root_gives_back_as_many_as_it_is_asked_for);
    tcase_add_test (tc, the_same_calls_give_the_same_frames);
    tcase_add_test (tc, random_calls_agree_with_a_table_kept_by_hand);
    if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, a_frame_is_not_given_back_twice,
                                   SIGABRT);
      tcase_add_test_raise_signal (tc, nobody_takes_more_than_is_free, SIGABRT);
    })
