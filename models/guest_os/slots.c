/* Slots of a guest's paging file, next-fit.
 *
 * Slots are handed out in order, round and round, skipping those in use, so pages
 * written in one batch lie side by side.
 *
 * Invariant: bit s of `free` is set iff slot s is free, and bit i of `some` iff
 * word i of `free` is not zero; n_free counts the bits. Cost: O(1) a slot; a look
 * for a free one passes 4096 slots a word. 4 bytes and a bit a slot.
 */
#include "slots.h"

#include <string.h>

#include <vhm/base/require.h>

#define WORD_BITS 64

static uint32_t
words_of (uint32_t n)
{
  return (n + WORD_BITS - 1) / WORD_BITS;
}

/* A bitmap of `had` words with `words`, the new ones zero. */
static uint64_t *
grow (uint64_t *bitmap, uint32_t had, uint32_t words)
{
  bitmap = g_renew (uint64_t, bitmap, words);
  memset (bitmap + had, 0, (words - had) * sizeof *bitmap);
  return bitmap;
}

void
slots_resize (struct slots *slots, uint32_t n)
{
  VHM_REQUIRE (n >= slots->n);
  if (n == slots->n)
    return; /* a guest without a paging file has no tables either */
  uint32_t had = words_of (slots->n), words = words_of (n);
  slots->free = grow (slots->free, had, words);
  slots->some = grow (slots->some, words_of (had), words_of (words));
  slots->page = g_renew (uint32_t, slots->page, n);
  uint32_t first = slots->n;
  slots->n = n;
  for (uint32_t slot = first; slot < n; slot++) {
    slots->page[slot] = SLOTS_NOBODY;
    slots_set_free (slots, slot, true);
  }
}

void
slots_clear (struct slots *slots)
{
  g_free (slots->free);
  g_free (slots->some);
  g_free (slots->page);
  *slots = (struct slots){ .n = 0 };
}

void
slots_set_free (struct slots *slots, uint32_t slot, bool free)
{
  VHM_ASSERT (slot < slots->n);
  VHM_ASSERT (slots_is_free (slots, slot) != free);
  uint64_t bit = UINT64_C (1) << (slot % WORD_BITS);
  uint32_t number = slot / WORD_BITS;
  uint64_t *word = &slots->free[number];
  *word = free ? *word | bit : *word & ~bit;
  uint64_t some = UINT64_C (1) << (number % WORD_BITS);
  uint64_t *above = &slots->some[number / WORD_BITS];
  *above = *word ? *above | some : *above & ~some;
  slots->n_free += free ? 1 : UINT32_MAX;
}

/* First word at or after `from` that is not zero, or n. */
static uint32_t
next_word (const struct slots *slots, uint32_t from, uint32_t n)
{
  for (uint32_t i = from; i < n; i = (i / WORD_BITS + 1) * WORD_BITS) {
    uint64_t some = slots->some[i / WORD_BITS] >> (i % WORD_BITS);
    if (some)
      return MIN (i + (uint32_t) __builtin_ctzll (some), n);
  }
  return n;
}

/* First free slot at or after `from`, or n. */
static uint32_t
next_free (const struct slots *slots, uint32_t from)
{
  if (from >= slots->n)
    return slots->n;
  uint64_t rest = slots->free[from / WORD_BITS] >> (from % WORD_BITS);
  if (rest)
    return from + (uint32_t) __builtin_ctzll (rest);
  uint32_t n = words_of (slots->n);
  uint32_t i = next_word (slots, from / WORD_BITS + 1, n);
  return i == n ? slots->n
                : i * WORD_BITS + (uint32_t) __builtin_ctzll (slots->free[i]);
}

uint32_t
slots_find (struct slots *slots, uint32_t want, uint32_t *ret_first)
{
  if (slots->n_free == 0)
    return 0;
  uint32_t first = next_free (slots, slots->hint), n = 1;
  if (first == slots->n)
    first = next_free (slots, 0);
  while (n < want && first + n < slots->n && slots_is_free (slots, first + n))
    n++;
  slots->hint = first + n < slots->n ? first + n : 0;
  *ret_first = first;
  return n;
}

uint64_t
slots_bytes (const struct slots *slots)
{
  uint64_t words = words_of (slots->n);
  return slots->n * sizeof *slots->page
         + (words + words_of ((uint32_t) words)) * sizeof *slots->free;
}
