/* Slots in the order of writing, found again, and torn apart by use. */
#include "suite.h"

#include <vhm/model/swap_space.h>
#include <vhm/sim/rng.h>

#define N 1000

START_TEST (slots_come_in_the_order_of_writing)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 10);
  uint32_t slot;
  for (uint32_t i = 0; i < 10; i++) {
    ck_assert (vhm_swap_space_put (s, 7 * i, &slot));
    ck_assert_uint_eq (slot, i);
    ck_assert_uint_eq (vhm_swap_space_slot (s, 7 * i), i);
  }
  ck_assert (!vhm_swap_space_put (s, 500, &slot)); /* full */
  ck_assert_uint_eq (vhm_swap_space_n_used (s), 10);
  vhm_swap_space_drop (s, 7 * 3);
  vhm_swap_space_drop (s, 7 * 8);
  vhm_swap_space_drop (s, 7 * 8); /* twice does no harm */
  ck_assert (vhm_swap_space_put (s, 500, &slot));
  ck_assert_uint_eq (slot, 3); /* the next free one, round the end */
  ck_assert (vhm_swap_space_put (s, 501, &slot));
  ck_assert_uint_eq (slot, 8);
  ck_assert_ptr_null (vhm_swap_space_audit (s));
}
END_TEST

START_TEST (goes_on_after_the_last_slot_taken)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 200);
  uint32_t slot;
  for (uint32_t gfn = 0; gfn < 100; gfn++)
    vhm_swap_space_put (s, gfn, &slot);
  vhm_swap_space_drop (s, 5);
  vhm_swap_space_put (s, 900, &slot);
  ck_assert_uint_eq (slot, 100);
}
END_TEST

START_TEST (neighbours_are_those_of_the_aligned_stretch)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 21);
  uint32_t slot, gfns[8];
  for (uint32_t i = 0; i < 21; i++)
    vhm_swap_space_put (s, 100 + i, &slot);
  vhm_swap_space_drop (s, 110);
  ck_assert_uint_eq (vhm_swap_space_around (s, 113, 8, gfns), 7);
  uint32_t expected[] = { 108, 109, 111, 112, 113, 114, 115 };
  for (int i = 0; i < 7; i++)
    ck_assert_uint_eq (gfns[i], expected[i]);
  /* the last stretch is shorter */
  ck_assert_uint_eq (vhm_swap_space_around (s, 120, 8, gfns), 5);
  ck_assert_uint_eq (vhm_swap_space_around (s, 120, 1, gfns), 1);
  ck_assert_uint_eq (gfns[0], 120);
}
END_TEST

START_TEST (agrees_with_a_plain_table)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 5, "swap");
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 300);
  uint32_t in[300], slot, n = 0, last = 299;
  for (int i = 0; i < 300; i++)
    in[i] = VHM_NO_SLOT;
  for (int step = 0; step < 20000; step++) {
    uint32_t gfn = (uint32_t) vhm_rng_below (&rng, N);
    uint32_t has = vhm_swap_space_slot (s, gfn);
    if (has != VHM_NO_SLOT) {
      ck_assert_uint_eq (in[has], gfn);
      vhm_swap_space_drop (s, gfn);
      in[has] = VHM_NO_SLOT;
      n--;
      continue;
    }
    bool done = vhm_swap_space_put (s, gfn, &slot);
    ck_assert_int_eq (done, n < 300);
    if (!done)
      continue;
    uint32_t expected = last;
    do
      expected = (expected + 1) % 300;
    while (in[expected] != VHM_NO_SLOT);
    ck_assert_uint_eq (slot, expected);
    in[slot] = gfn;
    last = slot;
    n++;
  }
  ck_assert_uint_eq (vhm_swap_space_n_used (s), n);
  ck_assert_ptr_null (vhm_swap_space_audit (s));
}
END_TEST

SUITE ("swap space", tcase_add_test (tc, slots_come_in_the_order_of_writing);
       tcase_add_test (tc, goes_on_after_the_last_slot_taken);
       tcase_add_test (tc, neighbours_are_those_of_the_aligned_stretch);
       tcase_add_test (tc, agrees_with_a_plain_table);)
