/* Swap space of a Linux guest: slots, and the window read round a fault.
 *
 * Slots are handed out in order, round and round, skipping those in use; pages
 * written in one batch lie side by side. A page read back keeps its slot while
 * swap space is less than half full and it is not written to; then its next trip
 * out costs nothing. Otherwise the slot is free at once.
 *
 * A fault reads the aligned window of slots round its own: as many as there were
 * hits among the pages read ahead since the last one, plus two, rounded up to a
 * power of two, 4 to 2^page_cluster; with no hit at all one page, or two next to
 * the last fault; never less than half of the window before.
 *
 * Cost: O(window) a fault; a slot is found by next-fit over a bitmap. Left out:
 * several swap devices, clusters per processor, window by address (VMA).
 * Source: mm/swap_state.c, mm/swapfile.c; page_cluster: admin-guide/sysctl/vm.rst.
 */
#include "linux.h"

#include <string.h>

#include <vhm/base/require.h>

#define LEAST_WINDOW 4 /* pages, once there were hits */

static bool
is_free (const struct linux_os *s, uint32_t slot)
{
  return (s->slot_free[slot / 64] >> (slot % 64)) & 1;
}

static void
set_free (struct linux_os *s, uint32_t slot, bool free)
{
  uint64_t bit = UINT64_C (1) << (slot % 64);
  uint64_t *word = &s->slot_free[slot / 64];
  VHM_ASSERT (is_free (s, slot) != free);
  *word = free ? *word | bit : *word & ~bit;
  s->n_slots_free += free ? 1 : UINT32_MAX;
}

void
linux_swap_init (struct linux_os *s, uint32_t n_slots)
{
  VHM_REQUIRE (n_slots < LINUX_NO_SLOT);
  s->n_slots = s->n_slots_free = n_slots;
  if (n_slots == 0)
    return;
  s->slot_free = g_new0 (uint64_t, (n_slots + 63) / 64);
  s->slot_page = g_new (uint32_t, n_slots);
  for (uint32_t slot = 0; slot < n_slots; slot++) {
    s->slot_free[slot / 64] |= UINT64_C (1) << (slot % 64);
    s->slot_page[slot] = LINUX_NONE;
  }
}

void
linux_give_slots (struct linux_os *s, uint32_t first, uint32_t n)
{
  for (uint32_t slot = first; slot < first + n; slot++) {
    s->slot_page[slot] = LINUX_NONE;
    set_free (s, slot, true);
  }
}

void
linux_free_slot (struct linux_os *s, uint32_t page)
{
  uint32_t slot = s->pages[page].slot;
  if (slot == LINUX_NO_SLOT)
    return;
  s->pages[page].slot = LINUX_NO_SLOT;
  linux_give_slots (s, slot, 1);
}

/* Next free slot at or after `from`, or n_slots. */
static uint32_t
next_free (const struct linux_os *s, uint32_t from)
{
  uint32_t words = (s->n_slots + 63) / 64;
  for (uint32_t i = from / 64; i < words; i++) {
    uint64_t rest = s->slot_free[i];
    if (i == from / 64)
      rest &= UINT64_MAX << (from % 64);
    if (rest)
      return i * 64 + (uint32_t) __builtin_ctzll (rest);
  }
  return s->n_slots;
}

uint32_t
linux_take_slots (struct linux_os *s, uint32_t want, uint32_t *ret_first)
{
  if (s->n_slots_free == 0)
    return 0;
  uint32_t first = next_free (s, s->slot_hint);
  if (first == s->n_slots)
    first = next_free (s, 0);
  uint32_t n = 0;
  while (n < want && first + n < s->n_slots && is_free (s, first + n))
    set_free (s, first + n++, false);
  s->slot_hint = first + n < s->n_slots ? first + n : 0;
  *ret_first = first;
  return n;
}

/* --- reading ------------------------------------------------------------------ */

/* Slots in the window of a fault at this one; a power of two. */
static uint32_t
window_at (struct linux_os *s, uint32_t slot)
{
  uint32_t most = UINT32_C (1) << s->config->page_cluster;
  uint32_t n = s->ra_hits + 2;
  if (n == 2) {
    bool is_next = slot == s->ra_last + 1 || slot + 1 == s->ra_last;
    n = is_next ? 2 : 1;
  } else {
    uint32_t up = LEAST_WINDOW;
    while (up < n)
      up *= 2;
    n = up;
  }
  n = MAX (MIN (n, most), s->ra_window / 2);
  s->ra_hits = 0;
  s->ra_last = slot;
  s->ra_window = n;
  return n;
}

static bool
may_be_read (const struct linux_os *s, uint32_t slot)
{
  return slot < s->n_slots && s->slot_page[slot] != LINUX_NONE
         && s->pages[s->slot_page[slot]].state == LINUX_OUT;
}

void
linux_swap_in (struct linux_os *s, uint32_t page, uint32_t gfn)
{
  uint32_t slot = s->pages[page].slot, window = window_at (s, slot);
  uint32_t from = slot & ~(window - 1), to = from + window;
  uint32_t pages[LINUX_BATCH], gfns[LINUX_BATCH], n = 0;
  VHM_ASSERT (window <= LINUX_BATCH);
  for (uint32_t at = from; at <= to; at++) {
    uint32_t into = LINUX_NONE;
    if (at < to && may_be_read (s, at))
      into = at == slot ? gfn : linux_take_spare_frame (s);
    if (into == LINUX_NONE) { /* a gap, or the end */
      if (n > 0)
        linux_read (s, at - n, false, n, pages, gfns);
      n = 0;
      continue;
    }
    s->frames[into].flags = at == slot ? 0 : LINUX_PREFETCHED;
    uint32_t own;
    linux_owner (s, s->slot_page[at], &own)->n_swapped--;
    pages[n] = s->slot_page[at];
    gfns[n++] = into;
  }
}

const char *
linux_audit_slots (const struct linux_os *s)
{
  uint32_t n_free = 0, n_nobody = 0, n_swapped = 0, n_left = 0;
  for (uint32_t slot = 0; slot < s->n_slots; slot++) {
    uint32_t page = s->slot_page[slot];
    n_free += is_free (s, slot);
    n_nobody += !is_free (s, slot) && page == LINUX_NONE;
    if (page != LINUX_NONE
        && (is_free (s, slot) || s->pages[page].slot != slot))
      return "a slot of swap space and its page disagree";
  }
  if (n_free != s->n_slots_free)
    return "free slots of swap space are miscounted";
  for (guint i = 0; i < s->transfers->len; i++) {
    const struct linux_transfer *t = s->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n && !t->is_file; k++)
      n_left += t->of[k].page == LINUX_NONE && t->of[k].gfn != LINUX_NONE;
  }
  if (n_nobody != n_left)
    return "a slot in use belongs to nobody";
  for (guint i = 0; i < s->processes->len; i++)
    n_swapped
        += g_array_index (s->processes, struct linux_process, i).n_swapped;
  for (uint32_t v = 0; v < s->n_pages; v++) {
    const struct linux_page *page = &s->pages[v];
    bool in_swap = page->slot != LINUX_NO_SLOT;
    if (in_swap && s->slot_page[page->slot] != v)
      return "a page names a slot that does not name it";
    n_swapped -= in_swap && page->state == LINUX_OUT;
  }
  return n_swapped == 0 ? NULL : "pages in swap space are miscounted";
}
