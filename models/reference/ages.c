/* Mapped pages in order of last access (rule 5): which one is the oldest?
 *
 * Each page stands under its last *known* access, a lower bound of the true
 * one. Take the page of the least bound and look at it: if the bound moved, put
 * it back under the new one and repeat; if not, it is the victim, because every
 * other page's true last access is no older than its bound. Hot pages, whose
 * bound always moves, stand in cohorts instead (cohort.c): a cohort's `from` is
 * a bound for all its members, and it takes part as one entry.
 *
 * Bounds below `frontier` are in a binary heap, all others in buckets of
 * `width` references. When the heap is empty the oldest bucket is emptied:
 * every page is looked at, a chunk at a time with its records prefetched; those
 * that moved go to later buckets, what stays goes into the heap, and is looked
 * at once more, over a short stretch and in the cache, when it comes to the
 * top. If a bound lies beyond the buckets, they become wider or more.
 *
 * Ticked: bucket = number of the tick that ended the interval of the access, no
 * heap. When a bucket comes to be the first, cohorts are turned until no member
 * can belong to it, all its pages are looked at, and those that belong there are
 * taken in order of their numbers from where the hand stands, as a system that
 * walks a process's pages takes them. (In the order in which they happened to be
 * put there, hot pages, which stand in cohorts, would not come as others do.)
 *
 * Invariant: an individual is in the heap (slot CURRENT) or in bucket `slot`;
 * entries that disagree with `slot` are stale.
 *
 * A replayed stream needs no order of its own: the recording is one. See
 * replay.c.
 *
 * Cost: some 1 to 3 looks a victim when the miss ratio is high, and less than
 * one in all when cohorts hold the hot pages. Tried before: an 8-ary heap of
 * all pages, 2x slower.
 */
#include "ages.h"

#include <math.h>
#include <vhm/base/require.h>
#include <vhm/base/sort.h>

#define BUCKET_PAGES 64 /* mean aimed at */
#define FIRST_WIDTH 16.0
#define FIRST_SIZE 256  /* buckets; a power of two */
#define MANY_STALE 1024 /* entries, beside as many as live ones */

/* Of the exact order the number of buckets decides when they widen, hence in
 * which order pages are looked at and draw their random numbers: it is no mere
 * capacity, and the same in every build. */
static uint64_t
first_size (bool ticked)
{
  return ticked ? VHM_FIRST_CAPACITY (FIRST_SIZE) : FIRST_SIZE;
}

vhm_ages *
vhm_ages_new (vhm_refs *refs, bool ticked)
{
  unsigned number = 0;
  while (number < MAX_AGES && refs->ages[number] != NULL)
    number++;
  VHM_REQUIRE (number < MAX_AGES);
  vhm_ages *ages = g_new0 (vhm_ages, 1);
  ages->refs = refs;
  ages->number = number + 1;
  ages->ticked = ticked;
  ages->width = FIRST_WIDTH;
  ages->frontier = -INFINITY;
  ages->heap = g_array_new (FALSE, FALSE, sizeof (struct aged));
  ages->ticks = g_array_new (FALSE, FALSE, sizeof (double));
  ages->stay = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  queue_init (&ages->queue, first_size (ticked));
  cohorts_init (&ages->cohorts);
  if (!ticked)
    log_init (ages);
  refs->ages[number] = ages;
  return ages;
}

/* The pages stay mapped, in no order. */
void
vhm_ages_free (vhm_ages *ages)
{
  vhm_refs *refs = ages->refs;
  for (uint32_t page = 0; page < refs->n_pages; page++) {
    struct page *p = &refs->pages[page];
    if (!p->mapped || p->ages != ages->number)
      continue;
    if (p->in_cohort)
      ages_extract (ages, page);
    p->ages = 0;
  }
  refs->ages[ages->number - 1] = NULL;
  queue_clear (&ages->queue);
  cohorts_clear (&ages->cohorts);
  g_array_unref (ages->heap);
  g_array_unref (ages->ticks);
  g_array_unref (ages->stay);
  g_free (ages);
}

/* --- the heap ------------------------------------------------------------- */

static inline bool
is_older (struct aged a, struct aged b)
{
  return a.accessed < b.accessed
         || (a.accessed == b.accessed && a.page < b.page);
}

static void
heap_push (GArray *heap, struct aged entry)
{
  g_array_append_val (heap, entry);
  struct aged *a = (struct aged *) (void *) heap->data;
  guint i = heap->len - 1;
  for (; i > 0 && is_older (entry, a[(i - 1) / 2]); i = (i - 1) / 2)
    a[i] = a[(i - 1) / 2];
  a[i] = entry;
}

static void
heap_drop_top (GArray *heap)
{
  struct aged *a = (struct aged *) (void *) heap->data;
  struct aged last = a[heap->len - 1];
  g_array_set_size (heap, heap->len - 1);
  guint n = heap->len, i = 0;
  for (guint child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && is_older (a[child + 1], a[child]))
      child++;
    if (!is_older (a[child], last))
      break;
    a[i] = a[child];
    i = child;
  }
  if (n > 0)
    a[i] = last;
}

/* --- where a page stands -------------------------------------------------- */

/* Ticks that ended before clock `accessed`. Most questions are about recent
 * ones: steps back from the last tick double until they are far enough. */
static uint64_t
interval_of (const vhm_ages *ages, double accessed)
{
  const double *tick = (const double *) (const void *) ages->ticks->data;
  guint low = ages->ticks->len, high = low;
  for (guint step = 1; low > 0 && tick[low - 1] >= accessed; step *= 2) {
    high = low - 1;
    low = low > step ? low - step : 0;
  }
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (tick[middle] < accessed)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static inline void
put_in_bucket (vhm_ages *ages, uint32_t page, uint64_t bucket)
{
  ages->refs->pages[page].slot = slot_of_bucket (bucket) & SLOT_MASK;
  queue_push (&ages->queue, bucket, page);
}

/* Takes every page out and puts it in again; stale entries are left behind. */
static void
rebuild (vhm_ages *ages, double width)
{
  struct queue *queue = &ages->queue;
  g_autoptr (GArray) live = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  uint32_t pages[CHUNK_PAGES], n;
  while (queue_find_first (queue))
    while ((n = queue_take (queue, queue->first, pages)) > 0)
      for (uint32_t i = 0; i < n; i++)
        if (ages_is_live (ages, pages[i], slot_of_bucket (queue->first)))
          g_array_append_val (live, pages[i]);
  queue_compact (queue);
  ages->width = width;
  if (!ages->ticked)
    queue->base = (uint64_t) (MAX (ages->frontier, 0) / width);
  queue->first = queue->base;
  for (guint i = 0; i < live->len; i++)
    ages_place (ages, g_array_index (live, uint32_t, i));
}

/* The buckets no longer reach the present: as many again if they are crowded,
 * else twice as wide. */
static void
reach_further (vhm_ages *ages)
{
  if (ages->queue.n / BUCKET_PAGES > ages->queue.size)
    queue_resize (&ages->queue, 2 * ages->queue.size);
  else
    rebuild (ages, 2 * ages->width);
}

void
ages_place (vhm_ages *ages, uint32_t page)
{
  struct queue *queue = &ages->queue;
  struct page *p = &ages->refs->pages[page];
  if (ages->ticked) {
    put_in_bucket (ages, page, interval_of (ages, p->accessed));
    return;
  }
  if (ages->log.is_used && log_place (ages, page))
    return;
  if (p->accessed < MAX (ages->frontier, 0)) {
    p->slot = CURRENT;
    heap_push (ages->heap, (struct aged){ p->accessed, page });
    return;
  }
  while (!queue_reaches (queue, (uint64_t) (p->accessed / ages->width)))
    reach_further (ages);
  put_in_bucket (ages, page, (uint64_t) (p->accessed / ages->width));
}

void
vhm_ages_insert (vhm_ages *ages, uint32_t page)
{
  struct page *p = &ages->refs->pages[page];
  VHM_REQUIRE (page < ages->refs->n_pages && p->mapped && p->ages == 0);
  if (ages->queue.n > 2 * ages->n + MANY_STALE)
    rebuild (ages, ages->width);
  p->ages = ages->number & MAX_AGES;
  ages->n++;
  ages_place (ages, page);
}

/* Its entry is stale from now on. */
void
ages_forget (vhm_ages *ages, uint32_t page)
{
  struct page *p = &ages->refs->pages[page];
  VHM_ASSERT (!p->in_cohort && p->ages == ages->number);
  ages->log.n -= ages->log.is_used && p->slot == LOGGED;
  p->ages = 0;
  ages->n--;
}

/* --- the oldest, exactly -------------------------------------------------- */

static double
look (vhm_ages *ages, uint32_t page)
{
  ages->n_redraws++;
  return refs_look_alone (ages->refs, refs_region_of (ages->refs, page), page);
}

static void
prefetch (const vhm_ages *ages, const uint32_t *pages, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    __builtin_prefetch (&ages->refs->pages[pages[i]], 1);
}

/* Empties the oldest bucket: its pages move on, or into the heap. */
static void
load_bucket (vhm_ages *ages)
{
  struct queue *queue = &ages->queue;
  uint64_t bucket = queue->first;
  uint32_t pages[CHUNK_PAGES], n;
  double width = ages->width; /* changes if all was rebuilt meanwhile */
  ages->frontier = (double) (bucket + 1) * width;
  while (ages->width == width && (n = queue_take (queue, bucket, pages)) > 0) {
    prefetch (ages, pages, n);
    for (uint32_t i = 0; i < n; i++)
      if (ages_is_live (ages, pages[i], slot_of_bucket (bucket))
          && !cohort_join (ages, pages[i], ages->frontier))
        ages_place (ages, pages[i]);
  }
  if (ages->width == width)
    queue->base = bucket;
}

/* Leaves the oldest page on top of the heap, looked at. */
static bool
find_exact (vhm_ages *ages)
{
  while (ages->n > ages->log.n) {
    if (ages->heap->len == 0) {
      bool any = queue_find_first (&ages->queue);
      double start = (double) ages->queue.first * ages->width;
      if (any && start <= ages->cohorts.oldest_from)
        load_bucket (ages);
      else
        cohort_turn (ages, -INFINITY);
      continue;
    }
    struct aged top = g_array_index (ages->heap, struct aged, 0);
    if (!ages_is_live (ages, top.page, CURRENT)) {
      heap_drop_top (ages->heap);
      continue;
    }
    if (ages->cohorts.oldest_from < top.accessed) {
      cohort_turn (ages, -INFINITY);
      continue;
    }
    if (look (ages, top.page) == top.accessed)
      return true;
    heap_drop_top (ages->heap);
    ages_place (ages, top.page);
  }
  return false;
}

/* --- the oldest, by ticks ------------------------------------------------- */

static double
interval_end (const vhm_ages *ages, uint64_t interval)
{
  return interval < ages->ticks->len
             ? g_array_index (ages->ticks, double, interval)
             : ages->refs->clock;
}

/* interval_of (accessed) == interval, without the search. */
static bool
is_in_interval (const vhm_ages *ages, double accessed, uint64_t interval)
{
  const double *tick = (const double *) (const void *) ages->ticks->data;
  return (interval == 0 || tick[interval - 1] < accessed)
         && (interval == ages->ticks->len || tick[interval] >= accessed);
}

/* Puts the list back into the bucket: the last one pushed goes first. */
static void
push_from_hand (vhm_ages *ages, uint64_t bucket)
{
  uint32_t *page = (uint32_t *) (void *) ages->stay->data;
  guint n = ages->stay->len, start = 0;
  vhm_sort_numbers (page, n);
  while (start < n && page[start] < ages->hand)
    start++;
  for (guint i = n; i-- > 0;)
    queue_push (&ages->queue, bucket, page[(start + i) % n]);
}

/* Looks at every page of the first bucket and leaves there those last accessed
 * in its interval, in order from the hand on. */
static void
open_bucket (vhm_ages *ages, uint64_t bucket)
{
  uint32_t pages[CHUNK_PAGES], n;
  double end = interval_end (ages, bucket);
  g_array_set_size (ages->stay, 0);
  while ((n = queue_take (&ages->queue, bucket, pages)) > 0) {
    prefetch (ages, pages, n);
    for (uint32_t i = 0; i < n; i++) {
      if (!ages_is_live (ages, pages[i], slot_of_bucket (bucket))
          || cohort_join (ages, pages[i], end))
        continue;
      if (is_in_interval (ages, ages->refs->pages[pages[i]].accessed, bucket))
        g_array_append_val (ages->stay, pages[i]);
      else
        ages_place (ages, pages[i]);
    }
  }
  push_from_hand (ages, bucket);
  ages->opened = bucket + 1;
}

#define PREFETCH_AHEAD 6

/* Leaves a page of the oldest interval last in the first bucket, looked at. */
static bool
find_ticked (vhm_ages *ages)
{
  struct queue *queue = &ages->queue;
  while (ages->n > 0) {
    bool any = queue_find_first (queue);
    uint64_t bucket = queue->first;
    double end = any ? interval_end (ages, bucket) : -INFINITY;
    if (!any || ages->cohorts.oldest_from < end) {
      cohort_turn (ages, end);
      continue;
    }
    if (ages->opened != bucket + 1) {
      open_bucket (ages, bucket);
      continue;
    }
    uint32_t page = queue_last (queue, bucket, 0);
    uint32_t ahead = queue_last (queue, bucket, PREFETCH_AHEAD);
    __builtin_prefetch (&ages->refs->pages[ahead], 1);
    if (ages_is_live (ages, page, slot_of_bucket (bucket))) {
      if (is_in_interval (ages, look (ages, page), bucket))
        return true;
      queue_drop_last (queue, bucket);
      ages_place (ages, page);
    } else {
      queue_drop_last (queue, bucket);
    }
  }
  return false;
}

/* Of the individuals and the log. */
static bool
find_oldest (vhm_ages *ages, struct aged *ret)
{
  struct aged logged;
  bool any = find_exact (ages);
  if (any)
    *ret = g_array_index (ages->heap, struct aged, 0);
  if (!log_oldest (ages, &logged) || (any && is_older (*ret, logged)))
    return any;
  *ret = logged;
  return true;
}

bool
vhm_ages_peek (vhm_ages *ages, uint32_t *ret_page, double *ret_accessed)
{
  if (ages->ticked) {
    if (!find_ticked (ages))
      return false;
    *ret_page = queue_last (&ages->queue, ages->queue.first, 0);
    *ret_accessed = interval_end (ages, ages->queue.first);
    return true;
  }
  struct aged oldest;
  if (!find_oldest (ages, &oldest))
    return false;
  *ret_page = oldest.page;
  *ret_accessed = oldest.accessed;
  return true;
}

bool
vhm_ages_pop (vhm_ages *ages, uint32_t *ret_page, double *ret_accessed)
{
  if (!vhm_ages_peek (ages, ret_page, ret_accessed))
    return false;
  if (ages->ticked) {
    queue_drop_last (&ages->queue, ages->queue.first);
    ages->hand = *ret_page + 1;
  } else if (ages->refs->pages[*ret_page].slot == CURRENT)
    heap_drop_top (ages->heap);
  ages_forget (ages, *ret_page);
  VHM_PARANOID (ages->refs->n_pages > PARANOID_PAGES
                || vhm_ages_is_valid (ages));
  return true;
}

/* --- ticks, counts -------------------------------------------------------- */

uint32_t
vhm_ages_tick (vhm_ages *ages)
{
  VHM_REQUIRE (ages->ticked);
  g_array_append_val (ages->ticks, ages->refs->clock);
  if (!queue_reaches (&ages->queue, ages->ticks->len))
    queue_resize (&ages->queue, 2 * ages->queue.size);
  return ages->ticks->len;
}

uint32_t
vhm_ages_in_ticks (const vhm_ages *ages, double accessed)
{
  VHM_REQUIRE (ages->ticked);
  return ages->ticks->len - (uint32_t) interval_of (ages, accessed);
}

uint64_t
vhm_ages_n (const vhm_ages *ages)
{
  return ages->n;
}

uint64_t
vhm_ages_n_redraws (const vhm_ages *ages)
{
  return ages->n_redraws;
}

uint64_t
ages_bytes (const vhm_ages *ages)
{
  return sizeof *ages + ages->queue.size * sizeof (struct bucket)
         + ages->queue.chunks->len * sizeof (struct chunk)
         + ages->heap->len * sizeof (struct aged)
         + ages->stay->len * sizeof (uint32_t)
         + ages->ticks->len * sizeof (double) + cohorts_bytes (&ages->cohorts);
}
