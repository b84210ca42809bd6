/* Swap space of a Linux guest: slots, and the window read round a fault.
 *
 * Slots are handed out in order (slots.c). A page read back keeps its slot while
 * swap space is less than half full and it is not written to; then its next trip
 * out costs nothing. Otherwise the slot is free at once.
 *
 * A fault reads the aligned window of slots round its own: as many as there were
 * hits among the pages read ahead since the last one, plus two, rounded up to a
 * power of two, 4 to 2^page_cluster; with no hit at all one page, or two next to
 * the last fault; never less than half of the window before.
 *
 * Cost: O(window) a fault. Left out:
 * several swap devices, clusters per processor, window by address (VMA).
 * Source: mm/swap_state.c, mm/swapfile.c; page_cluster: admin-guide/sysctl/vm.rst.
 */
#include "linux.h"

#include <string.h>

#include <vhm/base/require.h>

#define LEAST_WINDOW 4 /* pages, once there were hits */

void
linux_swap_init (struct linux_os *s, uint32_t n_slots)
{
  VHM_REQUIRE (n_slots < LINUX_NO_SLOT);
  slots_resize (&s->slots, n_slots);
}

void
linux_give_slots (struct linux_os *s, uint32_t first, uint32_t n)
{
  for (uint32_t slot = first; slot < first + n; slot++) {
    s->slots.page[slot] = LINUX_NONE;
    slots_set_free (&s->slots, slot, true);
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

uint32_t
linux_take_slots (struct linux_os *s, uint32_t want, uint32_t *ret_first)
{
  uint32_t n = slots_find (&s->slots, want, ret_first);
  for (uint32_t k = 0; k < n; k++)
    slots_set_free (&s->slots, *ret_first + k, false);
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
  return slot < s->slots.n && s->slots.page[slot] != LINUX_NONE
         && s->pages[s->slots.page[slot]].state == LINUX_OUT;
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
      into = at == slot ? gfn : linux_take_spare_frame (s, LINUX_HOT);
    if (into == LINUX_NONE) { /* a gap, or the end */
      if (n > 0)
        linux_read (s, at - n, false, n, pages, gfns);
      n = 0;
      continue;
    }
    s->frames[into].flags = at == slot ? 0 : LINUX_PREFETCHED;
    uint32_t own;
    linux_owner (s, s->slots.page[at], &own)->n_swapped--;
    pages[n] = s->slots.page[at];
    gfns[n++] = into;
  }
}

const char *
linux_audit_slots (const struct linux_os *s)
{
  uint32_t n_free = 0, n_nobody = 0, n_swapped = 0, n_left = 0;
  for (uint32_t slot = 0; slot < s->slots.n; slot++) {
    uint32_t page = s->slots.page[slot];
    n_free += slots_is_free (&s->slots, slot);
    n_nobody += !slots_is_free (&s->slots, slot) && page == LINUX_NONE;
    if (page != LINUX_NONE
        && (slots_is_free (&s->slots, slot) || s->pages[page].slot != slot))
      return "a slot of swap space and its page disagree";
  }
  if (n_free != s->slots.n_free)
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
    if (in_swap && s->slots.page[page->slot] != v)
      return "a page names a slot that does not name it";
    n_swapped -= in_swap && page->state == LINUX_OUT;
  }
  return n_swapped == 0 ? NULL : "pages in swap space are miscounted";
}
