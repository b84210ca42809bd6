/* Refault distance: a page that comes back soon after it went was given up too
 * early, however often it was used while it was here.
 *
 * Every page that goes out is stamped with the number of pages gone before it.
 * When it comes back, that many have gone since; had there been so many more
 * frames it would still be here. If the pages it competes with are no fewer, it
 * could have displaced them, and joins the active list at once.
 *
 *   distance = evictions now - stamp     (modulo 2^30)
 *   file:      active file pages, plus all anonymous ones if swap has room
 *   anonymous: active anonymous pages, plus all file ones
 *
 * The stamp stands where the page's frame number was: no state of its own.
 * Left out: decay of old stamps under memory pressure, per-node counts.
 * Source: the comment at the head of mm/workingset.c (Linux 5.9 and later).
 */
#include "linux.h"

#define AGE_BITS \
  30 /* the others: was it active, and 0 so that it is never NONE */
#define AGE_MASK ((UINT32_C (1) << AGE_BITS) - 1)

void
linux_went_out (struct linux_os *s, uint32_t page, uint32_t flags)
{
  uint32_t was_workingset = (flags & LINUX_WORKINGSET) != 0;
  s->pages[page].where = (s->evictions & AGE_MASK) << 2 | was_workingset << 1;
  s->evictions++;
}

static uint64_t
competitors (const struct linux_os *s, bool is_file)
{
  const struct linux_list *lru = s->lru;
  uint64_t n = lru[LINUX_ACTIVE_FILE].n;
  if (!is_file)
    n += lru[LINUX_INACTIVE_FILE].n;
  if (s->slots.n_free > 0) {
    n += lru[LINUX_ACTIVE_ANON].n;
    if (is_file)
      n += lru[LINUX_INACTIVE_ANON].n;
  }
  return n;
}

void
linux_came_back (struct linux_os *s, uint32_t page, uint32_t gfn)
{
  uint32_t stamp = s->pages[page].where;
  struct linux_frame *f = &s->frames[gfn];
  if (stamp == LINUX_NONE)
    return; /* it has never been here */
  bool is_file = f->flags & LINUX_FILE;
  uint32_t distance = (s->evictions - (stamp >> 2)) & AGE_MASK;
  s->count.refaults[is_file]++;
  if (distance > competitors (s, is_file))
    return;
  f->flags |= LINUX_ACTIVE;
  s->evictions++; /* it will push out one more */
  s->count.activations[is_file]++;
  if (stamp & 2) {
    f->flags |= LINUX_WORKINGSET;
    linux_note_cost (s, is_file, LINUX_BATCH); /* it is costly to give up */
  }
}
