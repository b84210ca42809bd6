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

START_TEST (what_is_in_the_file_is_found_in_its_order)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 20);
  uint32_t slot;
  ck_assert_uint_eq (vhm_swap_space_next (s, 0), UINT32_MAX);
  for (uint32_t i = 0; i < 20; i++)
    vhm_swap_space_put (s, 900 - i, &slot);
  ck_assert_uint_eq (vhm_swap_space_next (s, 0), 900);
  ck_assert_uint_eq (vhm_swap_space_next (s, 7), 893);
  for (uint32_t i = 7; i < 20; i++)
    vhm_swap_space_drop (s, 900 - i);
  ck_assert_uint_eq (vhm_swap_space_next (s, 6), 894);
  ck_assert_uint_eq (vhm_swap_space_next (s, 7), UINT32_MAX);
  ck_assert_uint_eq (vhm_swap_space_next (s, 20), UINT32_MAX);
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

/* --- clusters ---------------------------------------------------------------------- */

#define CLUSTER 16

START_TEST (fills_the_first_empty_cluster)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 200);
  vhm_swap_space_set_cluster (s, CLUSTER);
  uint32_t slot;
  for (uint32_t gfn = 0; gfn < 100; gfn++)
    vhm_swap_space_put (s, gfn, &slot);
  ck_assert_uint_eq (slot, 99);
  for (uint32_t gfn = 20; gfn < 20 + CLUSTER - 1; gfn++)
    vhm_swap_space_drop (s, gfn); /* too little by one */
  for (uint32_t gfn = 53; gfn < 53 + CLUSTER; gfn++)
    vhm_swap_space_drop (s, gfn);     /* at no round number */
  for (uint32_t i = 0; i < 12; i++) { /* what was begun at 96 */
    vhm_swap_space_put (s, 500 + i, &slot);
    ck_assert_uint_eq (slot, 100 + i);
  }
  for (uint32_t i = 0; i < CLUSTER; i++) {
    vhm_swap_space_put (s, 600 + i, &slot);
    ck_assert_uint_eq (slot, 53 + i);
  }
  vhm_swap_space_put (s, 700, &slot);
  ck_assert_uint_eq (slot, 112);
}
END_TEST

/* No empty stretch anywhere: the first free slot, and on from there. */
START_TEST (goes_on_without_a_cluster)
{
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 100);
  vhm_swap_space_set_cluster (s, CLUSTER);
  uint32_t slot;
  for (uint32_t gfn = 0; gfn < 100; gfn++)
    ck_assert (vhm_swap_space_put (s, gfn, &slot));
  for (uint32_t gfn = 1; gfn < 100; gfn += 2)
    vhm_swap_space_drop (s, gfn);
  for (uint32_t i = 0; i < 50; i++) {
    ck_assert (vhm_swap_space_put (s, 500 + i, &slot));
    ck_assert_uint_eq (slot, 2 * i + 1);
  }
  ck_assert (!vhm_swap_space_put (s, 600, &slot));
}
END_TEST

/* Where slot after slot of `in` is looked at. */
static uint32_t
naive_slot (const uint32_t *in, uint32_t n_slots, uint32_t n_used,
            uint32_t *left, uint32_t next)
{
  if (*left == 0) {
    *left = CLUSTER;
    uint32_t n = 0, first_free = n_slots;
    for (uint32_t i = n_slots; i-- > 0;) {
      n = in[i] == VHM_NO_SLOT ? n + 1 : 0;
      first_free = n > 0 ? i : first_free;
    }
    bool found = false;
    for (uint32_t i = 0; i + CLUSTER <= n_slots && !found; i++) {
      for (n = 0; n < CLUSTER && in[i + n] == VHM_NO_SLOT; n++)
        ;
      found = n == CLUSTER;
      next = found ? i : next;
    }
    if (!found && n_slots - n_used >= CLUSTER)
      next = first_free;
  }
  --*left;
  while (in[next] != VHM_NO_SLOT)
    next = (next + 1) % n_slots;
  return next;
}

START_TEST (clusters_agree_with_a_plain_table)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 6, "swap");
  g_autoptr (vhm_swap_space) s = vhm_swap_space_new (N, 300);
  vhm_swap_space_set_cluster (s, CLUSTER);
  uint32_t in[300], slot, n = 0, next = 0, left = 0;
  for (int i = 0; i < 300; i++)
    in[i] = VHM_NO_SLOT;
  for (int step = 0; step < 40000; step++) {
    /* stretches come and go, and at times all is full */
    uint32_t most = step / 4000 % 2 ? N : 350;
    uint32_t first = (uint32_t) vhm_rng_below (&rng, most);
    uint32_t length = 1 + (uint32_t) vhm_rng_below (&rng, 2 * CLUSTER);
    bool drops = vhm_rng_chance (&rng, 0.5);
    for (uint32_t gfn = first; gfn < MIN (first + length, most); gfn++) {
      uint32_t has = vhm_swap_space_slot (s, gfn);
      if (drops && has != VHM_NO_SLOT) {
        vhm_swap_space_drop (s, gfn);
        in[has] = VHM_NO_SLOT;
        n--;
      } else if (!drops && has == VHM_NO_SLOT && n < 300) {
        uint32_t expected = naive_slot (in, 300, n, &left, next);
        ck_assert (vhm_swap_space_put (s, gfn, &slot));
        ck_assert_uint_eq (slot, expected);
        in[slot] = gfn;
        next = (slot + 1) % 300;
        n++;
      }
    }
  }
  ck_assert_ptr_null (vhm_swap_space_audit (s));
}
END_TEST

SUITE ("swap space",
       tcase_add_test (tc, what_is_in_the_file_is_found_in_its_order);
       tcase_add_test (tc, slots_come_in_the_order_of_writing);
       tcase_add_test (tc, goes_on_after_the_last_slot_taken);
       tcase_add_test (tc, neighbours_are_those_of_the_aligned_stretch);
       tcase_add_test (tc, agrees_with_a_plain_table);
       tcase_add_test (tc, fills_the_first_empty_cluster);
       tcase_add_test (tc, goes_on_without_a_cluster);
       tcase_add_test (tc, clusters_agree_with_a_plain_table);)
