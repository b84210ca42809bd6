/* Exact order of last use over pages whose uses nobody has been told of.
 *
 * A binary heap of lower bounds. Take the oldest; ask when it was really used last;
 * if that is later, it goes back with that, and the next one is the oldest; if not,
 * it is the one: every other page was used no earlier than its bound
 * (models/reference/README.md, rule 5). A page that nobody can have used meanwhile
 * (on its way in) keeps its bound.
 *
 * Invariant: no entry is older than its parent. Cost: O(log n) a question, one to
 * five of which find a victim at miss ratios of per cents; 16 bytes a page.
 */
#include "lru.h"

#include <glib.h>
#include <stdbool.h>
#include <vhm/base/require.h>

void
lru_clear (struct lru *l)
{
  g_free (l->heap);
  *l = (struct lru){ 0 };
}

/* Oldest first; among equals by number, so that the answer hangs on nothing else. */
static bool
is_older (const struct lru_entry *a, const struct lru_entry *b)
{
  return a->used != b->used ? a->used < b->used : a->page < b->page;
}

static void
swap (struct lru_entry *a, struct lru_entry *b)
{
  struct lru_entry x = *a;
  *a = *b;
  *b = x;
}

static void
rise (struct lru *l, uint32_t i)
{
  while (i > 0 && is_older (&l->heap[i], &l->heap[(i - 1) / 2])) {
    swap (&l->heap[i], &l->heap[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
}

static void
sink (struct lru *l, uint32_t i)
{
  for (;;) {
    uint32_t child = 2 * i + 1;
    if (child >= l->n)
      return;
    if (child + 1 < l->n && is_older (&l->heap[child + 1], &l->heap[child]))
      child++;
    if (!is_older (&l->heap[child], &l->heap[i]))
      return;
    swap (&l->heap[child], &l->heap[i]);
    i = child;
  }
}

void
lru_add (struct lru *l, uint32_t page, double now)
{
  if (l->n == l->allocated) {
    l->allocated = MAX (2 * l->allocated, 64);
    l->heap = g_renew (struct lru_entry, l->heap, l->allocated);
  }
  l->heap[l->n] = (struct lru_entry){ .used = now, .page = page };
  rise (l, l->n++);
}

uint32_t
lru_take (struct lru *l, lru_look_fn look, void *context)
{
  VHM_REQUIRE (l->n > 0);
  for (;;) {
    double used = look (context, l->heap[0].page);
    if (!(used > l->heap[0].used))
      break;
    l->heap[0].used = used;
    sink (l, 0);
  }
  uint32_t page = l->heap[0].page;
  l->heap[0] = l->heap[--l->n];
  sink (l, 0);
  return page;
}
