/* Slots of a paging file against an array of truth values. */
#include "slots.h"
#include "suite.h"

#include <vhm/sim/rng.h>

#define MOST 9000 /* more than one word of the upper bitmap */

/* The run that next-fit must find, one slot after the other. */
static uint32_t
run_by_looking (const bool *is_free, uint32_t n, uint32_t *hint, uint32_t want,
                uint32_t *ret_first)
{
  uint32_t first = n;
  for (uint32_t i = 0; i < n && first == n; i++) {
    uint32_t at = (*hint + i) % n;
    first = is_free[at] ? at : n;
  }
  if (first == n)
    return 0;
  uint32_t length = 0;
  while (length < want && first + length < n && is_free[first + length])
    length++;
  *hint = first + length < n ? first + length : 0;
  *ret_first = first;
  return length;
}

static void
take_and_give (struct slots *slots, bool *is_free, struct vhm_rng *rng,
               uint32_t *hint, double gives)
{
  uint32_t want = 1 + (uint32_t) vhm_rng_below (rng, 40), first = 0, right = 0;
  uint32_t n = slots_find (slots, want, &first);
  ck_assert_uint_eq (n, run_by_looking (is_free, slots->n, hint, want, &right));
  if (n > 0)
    ck_assert_uint_eq (first, right);
  for (uint32_t k = 0; k < n; k++) {
    slots_set_free (slots, first + k, false);
    is_free[first + k] = false;
  }
  for (uint32_t k = vhm_rng_chance (rng, gives) ? 60 : 0; k > 0; k--) {
    uint32_t slot = (uint32_t) vhm_rng_below (rng, slots->n);
    if (!is_free[slot])
      slots_set_free (slots, slot, true);
    is_free[slot] = true;
  }
}

START_TEST (finds_what_looking_finds)
{
  static const uint32_t sizes[] = { 1, 63, 64, 65, 4096, 4097, MOST };
  struct slots slots = { .n = 0 };
  static bool is_free[MOST];
  struct vhm_rng rng;
  vhm_rng_init (&rng, 5, "slots");
  uint32_t hint = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (uint32_t slot = slots.n; slot < sizes[i]; slot++)
      is_free[slot] = true;
    slots_resize (&slots, sizes[i]);
    for (int round = 0; round < 1600; round++) /* nearly full, then less so */
      take_and_give (&slots, is_free, &rng, &hint, round < 800 ? 0.02 : 0.5);
    uint32_t n_free = 0, n_wrong = 0;
    for (uint32_t slot = 0; slot < slots.n; slot++) {
      n_free += is_free[slot];
      n_wrong += slots_is_free (&slots, slot) != is_free[slot];
    }
    ck_assert_uint_eq (n_wrong, 0);
    ck_assert_uint_eq (slots.n_free, n_free);
  }
  slots_clear (&slots);
}
END_TEST

START_TEST (a_full_file_has_none_and_an_empty_one_all)
{
  struct slots slots = { .n = 0 };
  uint32_t first = 7;
  ck_assert_uint_eq (slots_find (&slots, 5, &first), 0);
  slots_resize (&slots, 100);
  ck_assert_uint_eq (slots_find (&slots, 1000, &first), 100);
  ck_assert_uint_eq (first, 0);
  for (uint32_t slot = 0; slot < 100; slot++) {
    ck_assert_uint_eq (slots.page[slot], SLOTS_NOBODY);
    slots_set_free (&slots, slot, false);
  }
  ck_assert_uint_eq (slots_find (&slots, 1, &first), 0);
  slots_set_free (&slots, 42, true);
  ck_assert_uint_eq (slots_find (&slots, 9, &first), 1);
  ck_assert_uint_eq (first, 42);
  slots_clear (&slots);
}
END_TEST

SUITE ("slots", tcase_add_test (tc, finds_what_looking_finds);
       tcase_add_test (tc, a_full_file_has_none_and_an_empty_one_all);)
