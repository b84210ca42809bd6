/* Standby pages of a Windows guest, by priority.
 *
 * A standby page has one of eight priorities. Whoever needs a frame and finds none
 * free gets the oldest one of the lowest priority that has any: the page is
 * repurposed. A page has the priority of memory in use, but
 *
 *   of a file gone through in order   sequential_priority, once it was used
 *   read by SuperFetch, not yet used  that of superfetch
 *
 * What read-ahead has brought and nobody has used yet is not of low priority: it
 * would be given away first when it is the only such page, just before its reader
 * comes to it.
 *
 * The long-term average lifetime is Little's: with sums that fade by
 * exp (-t / lifetime_over),
 *
 *   lifetime = sum of standby pages x time / sum of pages repurposed,
 *
 * at most lifetime_most. Pages that are taken back by whoever used them are not
 * in it: only losses count.
 *
 * Frames may also hold pages of the virtual disk that no process has (programs
 * that SuperFetch has read): their owner is FRAME_IMAGE. Those are of one priority,
 * so they are lost in the order in which they came; see windows_superfetch.c.
 *
 * Invariant: the lists add up to n_standby; a frame is on the list of its
 * priority. State: a byte a frame. Cost: O(1).
 * Source: eight lists, Windows Internals; the names of the counters group them in
 * 0 to 3 (reserve), 4 and 5 (normal), 6 and 7 (core); both from memory, unchecked.
 */
#include "windows.h"

#include <vhm/base/require.h>

#include <math.h>

void
windows_standby_push (struct windows *w, uint32_t gfn, uint32_t priority)
{
  VHM_ASSERT (priority < WINDOWS_PRIORITIES);
  w->priority[gfn] = (uint8_t) priority;
  windows_list_push (w, &w->standby[priority], gfn);
  w->n_standby++;
}

void
windows_standby_remove (struct windows *w, uint32_t gfn)
{
  windows_list_remove (w, &w->standby[w->priority[gfn]], gfn);
  w->n_standby--;
}

uint32_t
windows_standby_take (struct windows *w)
{
  if (w->n_standby == 0)
    return NONE;
  uint32_t i = 0;
  while (w->standby[i].n == 0)
    i++;
  uint32_t gfn = w->standby[i].head, owner = w->frames[gfn].owner;
  windows_standby_remove (w, gfn);
  w->count.repurposed_pages++;
  if (owner == FRAME_IMAGE) {
    w->fetch.n_cached--;
    return gfn;
  }
  struct page *page = &w->pages[owner];
  VHM_ASSERT (page->state == PAGE_STANDBY && page->slot != NO_SLOT);
  page->state = PAGE_OUT;
  page->gfn = NONE;
  return gfn;
}

/* --- lifetime -------------------------------------------------------------------- */

void
windows_standby_tick (struct windows *w, double seconds)
{
  const struct windows_config *c = w->config;
  struct standby_life *l = &w->life;
  uint64_t lost = w->count.repurposed_pages;
  double over = (double) c->lifetime_over_ns / (double) VHM_NS_PER_S;
  double fade = exp (-seconds / over);
  l->page_seconds = l->page_seconds * fade + (double) w->n_standby * seconds;
  l->lost = l->lost * fade + (double) (lost - l->lost_before);
  l->lost_before = lost;
}

uint64_t
windows_standby_lifetime_ns (const struct windows *w)
{
  const struct standby_life *l = &w->life;
  double most = (double) w->config->lifetime_most_ns;
  if (l->lost * most <= l->page_seconds * (double) VHM_NS_PER_S)
    return w->config->lifetime_most_ns;
  return (uint64_t) (l->page_seconds / l->lost * (double) VHM_NS_PER_S);
}

/* --- reading --------------------------------------------------------------------- */

void
windows_standby_count (const struct windows *w, struct vhm_guest_counters *c)
{
  c->standby_pages = w->n_standby;
  for (uint32_t i = 0; i < WINDOWS_PRIORITIES; i++)
    *(i < FIRST_NORMAL ? &c->standby_reserve_pages
      : i < FIRST_CORE ? &c->standby_normal_pages
                       : &c->standby_core_pages)
        += w->standby[i].n;
  c->standby_lifetime_ns = windows_standby_lifetime_ns (w);
}

const char *
windows_audit_standby (const struct windows *w)
{
  uint32_t n = 0, n_image = 0;
  for (uint32_t i = 0; i < WINDOWS_PRIORITIES; i++) {
    uint32_t at = 0;
    for (uint32_t gfn = w->standby[i].head; gfn != NONE;
         gfn = w->frames[gfn].next) {
      if (w->priority[gfn] != i)
        return "a standby page is on the list of another priority";
      n_image += w->frames[gfn].owner == FRAME_IMAGE;
      if (at++ > w->n_standby)
        return "a standby list never ends";
    }
    n += w->standby[i].n;
  }
  if (n != w->n_standby)
    return "the standby lists do not add up";
  if (n_image != w->fetch.n_cached)
    return "pages that SuperFetch has read are miscounted";
  return NULL;
}
