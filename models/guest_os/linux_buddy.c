/* Free frames of a Linux guest: which one is handed out next.
 *
 * Free memory is kept in blocks of 2^order frames, order 0 to 10, each aligned to
 * its size, on one list for each order. A frame given back merges with its buddy
 *
 *   buddy = block ^ 2^order
 *
 * as long as that is a free block of the same order. A request takes the first
 * block of the least order there is and gives the upper halves back.
 *
 * Before that stands the processor's own list: frames given back join its head and
 * requests take them from there, so what was freed last is handed out first. Cold
 * frames, which reclaim has freed, join its tail, and reading files, which a disk
 * does, takes them from there. Empty, it gets `batch` frames of the buddy system, in
 * order of addresses; with `high` frames it gives the last `batch` back:
 *
 *   batch = 2^floor (log2 (1.5 b)) - 1,   b = min (frames / 1024, 128) / 4, at least 1
 *   high  = 6 batch                       31 and 186 from 512 MiB on
 *
 * A block that would soon merge further goes to the end of its list, others to the
 * front. Frames that exist from boot on stand in order of addresses.
 *
 * Invariant: blocks are aligned, disjoint and unmerged (no two free buddies of one
 * order below 10); blocks and the processor's list together are the free frames.
 * State: none but the frames' own links. Cost: O(orders) a frame, and that rarely.
 * Left out: zones, kinds of mobility, a list for each processor; requests above
 * order 0 (huge pages).
 * Source: mm/page_alloc.c (__free_one_page, expand, rmqueue_bulk,
 * free_pcppages_bulk, zone_batchsize); cold frames up to Linux 4.14: __GFP_COLD in
 * mm/readahead.c, free_hot_cold_page_list in mm/vmscan.c. From memory, unchecked.
 */
#include "linux.h"

#include <vhm/base/require.h>

#define FRAMES_PER_BATCH 1024 /* of the zone */
#define MOST_BEFORE_BATCH 128 /* 512 KiB */
#define HIGH_BATCHES 6

/* Flags of a free frame: the first one of a block says so, and its order. */
#define IS_BLOCK UINT32_C (0x100)
#define ORDER UINT32_C (0xff)
#define NAMED UINT32_C (0x200) /* the host knows that it is free */

static bool
is_block (const struct linux_os *s, uint32_t gfn, uint32_t order)
{
  return gfn < s->n_frames && s->frames[gfn].owner == LINUX_FREE
         && (s->frames[gfn].flags & ~NAMED) == (IS_BLOCK | order);
}

static void
add_block (struct linux_os *s, uint32_t gfn, uint32_t order, bool at_end)
{
  struct linux_list *list = &s->free.blocks[order];
  s->frames[gfn].flags = IS_BLOCK | order;
  if (at_end)
    linux_push_tail (s, list, gfn);
  else
    linux_push_head (s, list, gfn);
}

static void
take_block (struct linux_os *s, uint32_t gfn, uint32_t order)
{
  linux_remove (s, &s->free.blocks[order], gfn);
  s->frames[gfn].flags = 0;
}

/* A block becomes free; at_end: even if it will not soon merge further. */
static void
merge (struct linux_os *s, uint32_t gfn, uint32_t order, bool at_end)
{
  for (; order < LINUX_ORDERS - 1; order++) {
    uint32_t buddy = gfn ^ UINT32_C (1) << order;
    if (!is_block (s, buddy, order))
      break;
    take_block (s, buddy, order);
    gfn &= buddy;
  }
  uint32_t above = gfn & ~(UINT32_C (1) << order);
  bool soon = order < LINUX_ORDERS - 2
              && is_block (s, above ^ UINT32_C (2) << order, order + 1);
  add_block (s, gfn, order, at_end || soon);
}

/* NONE: there is none. */
static uint32_t
split (struct linux_os *s)
{
  uint32_t order = 0;
  while (order < LINUX_ORDERS && s->free.blocks[order].n == 0)
    order++;
  if (order == LINUX_ORDERS)
    return LINUX_NONE;
  uint32_t gfn = s->free.blocks[order].head;
  take_block (s, gfn, order);
  while (order-- > 0)
    add_block (s, gfn + (UINT32_C (1) << order), order, false);
  return gfn;
}

void
linux_free_frame (struct linux_os *s, uint32_t gfn, enum linux_warmth warmth)
{
  struct linux_free *f = &s->free;
  s->frames[gfn].owner = LINUX_FREE;
  s->frames[gfn].flags = 0;
  if (warmth == LINUX_HOT)
    linux_push_head (s, &f->own, gfn);
  else
    linux_push_tail (s, &f->own, gfn);
  f->n++;
  if (f->own.n < f->high)
    return;
  for (uint32_t i = 0; i < f->batch; i++) {
    uint32_t last = f->own.tail;
    linux_remove (s, &f->own, last);
    merge (s, last, 0, false);
  }
}

static void
refill (struct linux_os *s, enum linux_warmth warmth)
{
  for (uint32_t i = 0; i < s->free.batch; i++) {
    uint32_t gfn = split (s);
    if (gfn == LINUX_NONE)
      return;
    if (warmth == LINUX_HOT)
      linux_push_tail (s, &s->free.own, gfn);
    else
      linux_push_head (s, &s->free.own, gfn);
  }
}

uint32_t
linux_pop_free (struct linux_os *s, enum linux_warmth warmth)
{
  struct linux_free *f = &s->free;
  if (f->own.n == 0)
    refill (s, warmth);
  uint32_t gfn = warmth == LINUX_HOT ? f->own.head : f->own.tail;
  if (gfn == LINUX_NONE)
    return gfn;
  linux_remove (s, &f->own, gfn);
  f->n--;
  return gfn;
}

static void
set_batch (struct linux_os *s)
{
  uint32_t b = MIN (s->n_frames / FRAMES_PER_BATCH, MOST_BEFORE_BATCH) / 4;
  b = MAX (b, 1) * 3 / 2;
  s->free.batch = MAX ((UINT32_C (1) << g_bit_storage (b) >> 1) - 1, 1);
  s->free.high = HIGH_BATCHES * s->free.batch;
}

void
linux_buddy_init (struct linux_os *s)
{
  s->free.own = (struct linux_list){ LINUX_NONE, LINUX_NONE, 0 };
  for (int i = 0; i < LINUX_ORDERS; i++)
    s->free.blocks[i] = s->free.own;
}

void
linux_buddy_add (struct linux_os *s, uint32_t first, uint32_t n)
{
  for (uint32_t gfn = first; gfn < first + n; gfn++) {
    s->frames[gfn].owner = LINUX_FREE;
    s->frames[gfn].flags = 0;
  }
  for (uint32_t gfn = first; gfn < first + n;) {
    uint32_t order = LINUX_ORDERS - 1;
    while (gfn % (UINT32_C (1) << order) != 0
           || (UINT32_C (1) << order) > first + n - gfn)
      order--;
    merge (s, gfn, order, true);
    gfn += UINT32_C (1) << order;
  }
  s->free.n += n;
  set_batch (s);
}

uint32_t
linux_name_blocks (struct linux_os *s, uint32_t order, uint32_t most,
                   uint32_t *ret_gfns)
{
  uint32_t n = 0;
  for (uint32_t gfn = s->free.blocks[order].tail; gfn != LINUX_NONE && n < most;
       gfn = s->frames[gfn].prev) {
    if (s->frames[gfn].flags & NAMED)
      continue;
    s->frames[gfn].flags |= NAMED;
    ret_gfns[n++] = gfn;
  }
  return n;
}

/* --- audit ------------------------------------------------------------------- */

static const char *
audit_block (const struct linux_os *s, uint32_t gfn, uint32_t order)
{
  uint32_t size = UINT32_C (1) << order;
  if (!is_block (s, gfn, order) || gfn % size != 0 || size > s->n_frames - gfn)
    return "a free block of a Linux guest is none";
  if (order < LINUX_ORDERS - 1 && is_block (s, gfn ^ size, order))
    return "two free buddies of a Linux guest have not merged";
  for (uint32_t i = 1; i < size; i++)
    if (s->frames[gfn + i].owner != LINUX_FREE
        || s->frames[gfn + i].flags & IS_BLOCK)
      return "a frame of a free block is in use, or in two";
  return NULL;
}

const char *
linux_audit_buddy (const struct linux_os *s)
{
  const struct linux_free *f = &s->free;
  uint32_t n = 0;
  for (uint32_t gfn = f->own.head; gfn != LINUX_NONE;
       gfn = s->frames[gfn].next) {
    if (s->frames[gfn].owner != LINUX_FREE || s->frames[gfn].flags != 0
        || n++ == s->n_frames)
      return "a frame on the processor's list is not free";
  }
  if (n != f->own.n || n > f->high)
    return "the processor's list of free frames is miscounted";
  for (uint32_t order = 0; order < LINUX_ORDERS; order++) {
    const struct linux_list *list = &f->blocks[order];
    uint32_t n_blocks = 0;
    for (uint32_t gfn = list->head; gfn != LINUX_NONE;
         gfn = s->frames[gfn].next) {
      const char *wrong = n_blocks++ < list->n
                              ? audit_block (s, gfn, order)
                              : "a list of free blocks is miscounted";
      if (wrong)
        return wrong;
      n += UINT32_C (1) << order;
    }
  }
  return n == f->n ? NULL : "the free frames of a Linux guest are miscounted";
}
