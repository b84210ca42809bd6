/* A monotone bucket queue of pages: the oldest last access never goes back, so
 * buckets are emptied in order and need no order within.
 *
 * A bucket is a list of chunks, only its head partly filled. Entries are not
 * removed when a page leaves: the page's `slot` names the bucket it is in, and
 * an entry of another bucket is stale and dropped when met.
 *
 * Cost: O(1) amortised; 4.1 bytes an entry, 8 a bucket and half a chunk each.
 */
#include "ages.h"

#include <vhm/base/require.h>

#define NO_CHUNK UINT32_MAX

static struct chunk *
chunk_at (const struct queue *queue, uint32_t i)
{
  return &g_array_index (queue->chunks, struct chunk, i);
}

void
queue_init (struct queue *queue, uint64_t size)
{
  VHM_REQUIRE (size > 0 && (size & (size - 1)) == 0);
  *queue = (struct queue){ .size = size, .free_chunk = NO_CHUNK };
  queue->ring = g_new0 (struct bucket, queue->size);
  queue->chunks = g_array_new (FALSE, FALSE, sizeof (struct chunk));
}

void
queue_clear (struct queue *queue)
{
  g_free (queue->ring);
  g_array_unref (queue->chunks);
}

/* Larger; the buckets stay. */
void
queue_resize (struct queue *queue, uint64_t size)
{
  VHM_REQUIRE (size >= queue->size && (size & (size - 1)) == 0);
  struct queue old = *queue;
  queue->ring = g_new0 (struct bucket, size);
  queue->size = size;
  for (uint64_t b = old.base; b < old.base + old.size; b++)
    *queue_bucket (queue, b) = *queue_bucket (&old, b);
  g_free (old.ring);
}

/* Gives back the chunks that the largest number of entries ever needed. */
void
queue_compact (struct queue *queue)
{
  VHM_REQUIRE (queue->n == 0);
  g_array_unref (queue->chunks);
  queue->chunks = g_array_new (FALSE, FALSE, sizeof (struct chunk));
  queue->free_chunk = NO_CHUNK;
}

static uint32_t
new_chunk (struct queue *queue)
{
  uint32_t i = queue->free_chunk;
  if (i == NO_CHUNK) {
    i = queue->chunks->len;
    g_array_set_size (queue->chunks, i + 1);
  } else {
    queue->free_chunk = chunk_at (queue, i)->next;
  }
  return i;
}

void
queue_push (struct queue *queue, uint64_t bucket, uint32_t page)
{
  VHM_ASSERT (queue_reaches (queue, bucket));
  struct bucket *b = queue_bucket (queue, bucket);
  uint32_t used = b->n % CHUNK_PAGES;
  if (used == 0) {
    uint32_t i = new_chunk (queue);
    chunk_at (queue, i)->next = b->chunk;
    b->chunk = i;
  }
  chunk_at (queue, b->chunk)->page[used] = page;
  b->n++;
  queue->n++;
  queue->first = MIN (queue->first, bucket);
}

static void
free_head (struct queue *queue, struct bucket *b)
{
  struct chunk *chunk = chunk_at (queue, b->chunk);
  uint32_t i = b->chunk;
  b->chunk = chunk->next;
  chunk->next = queue->free_chunk;
  queue->free_chunk = i;
}

uint32_t
queue_take (struct queue *queue, uint64_t bucket, uint32_t *ret_pages)
{
  struct bucket *b = queue_bucket (queue, bucket);
  if (b->n == 0)
    return 0;
  uint32_t n = (b->n - 1) % CHUNK_PAGES + 1;
  for (uint32_t i = 0; i < n; i++)
    ret_pages[i] = chunk_at (queue, b->chunk)->page[i];
  free_head (queue, b);
  b->n -= n;
  queue->n -= n;
  return n;
}

/* The entry pushed last, or `back` before it within its chunk. */
uint32_t
queue_last (const struct queue *queue, uint64_t bucket, uint32_t back)
{
  const struct bucket *b = queue_bucket (queue, bucket);
  uint32_t last = (b->n - 1) % CHUNK_PAGES;
  return chunk_at (queue, b->chunk)->page[last - MIN (back, last)];
}

void
queue_drop_last (struct queue *queue, uint64_t bucket)
{
  struct bucket *b = queue_bucket (queue, bucket);
  VHM_ASSERT (b->n > 0);
  b->n--;
  queue->n--;
  if (b->n % CHUNK_PAGES == 0)
    free_head (queue, b);
}

/* Moves `first` to the first bucket with entries; false if there are none. */
bool
queue_find_first (struct queue *queue)
{
  if (queue->n == 0)
    return false;
  while (queue_bucket (queue, queue->first)->n == 0)
    queue->first++;
  return true;
}
