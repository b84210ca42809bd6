/* Private to models/reference: an order of last access and its parts. */
#ifndef VHM_MODELS_REFERENCE_AGES_H
#define VHM_MODELS_REFERENCE_AGES_H

#include "refs.h"

/* --- queue.c: entries by bucket number, oldest bucket first ----------------*/

#define CHUNK_PAGES 31 /* with its link, 128 bytes: two cache lines */

struct chunk {
  uint32_t next;
  uint32_t page[CHUNK_PAGES];
};

struct bucket {
  uint32_t chunk; /* the one being filled; full ones follow by `next` */
  uint32_t n;
};

/* Buckets [base, base + size) exist; none before `first` holds anything. */
struct queue {
  struct bucket *ring; /* bucket b at b modulo size, a power of two */
  uint64_t size, base, first;
  uint64_t n; /* entries, stale ones too */
  GArray *chunks;
  uint32_t free_chunk;
};

void queue_init (struct queue *queue, uint64_t size); /* a power of two */
void queue_clear (struct queue *queue);
void queue_resize (struct queue *queue, uint64_t size);
void queue_compact (struct queue *queue); /* an empty one */
void queue_push (struct queue *queue, uint64_t bucket, uint32_t page);
/* Takes up to CHUNK_PAGES of the bucket, the latest first; returns how many. */
uint32_t queue_take (struct queue *queue, uint64_t bucket, uint32_t *ret_pages);
uint32_t queue_last (const struct queue *queue, uint64_t bucket, uint32_t back);
void queue_drop_last (struct queue *queue, uint64_t bucket);
bool queue_find_first (struct queue *queue);

static inline bool
queue_reaches (const struct queue *queue, uint64_t bucket)
{
  return bucket - queue->base < queue->size;
}

static inline struct bucket *
queue_bucket (const struct queue *queue, uint64_t bucket)
{
  return &queue->ring[bucket & (queue->size - 1)];
}

/* --- cohort.c: hot pages that nobody looks at one by one (rule 6) ----------*/

/* Of each member only this is known: it was referenced at least once between
 * max (from, its own `checked`) and `to`; nothing is known after `to`. */
struct cohort {
  double from, to; /* clock R */
  uint32_t region;
  float least; /* lower edge of the members' weights */
  uint32_t n, capacity;
  uint32_t *page;
};

struct cohorts {
  struct cohort *all;
  uint32_t n;
  uint32_t oldest;      /* the non-empty one of least `from` */
  double oldest_from;   /* its `from`, INFINITY if all are empty */
  GPtrArray *of_region; /* uint16_t [N_COHORT_CLASSES]: number + 1 */
};

void cohorts_init (struct cohorts *cohorts);
void cohorts_clear (struct cohorts *cohorts);
uint64_t cohorts_bytes (const struct cohorts *cohorts);
/* Looks at a page with a view to its joining: true if it is in a cohort now.
 * All members' accesses will be after `horizon`. */
bool cohort_join (vhm_ages *ages, uint32_t page, double horizon);
/* Moves the window of the oldest cohort on and hands the members that were not
 * referenced in it to ages_place. With a horizon (else -INFINITY) as many turns
 * as it takes bring `from` there. */
void cohort_turn (vhm_ages *ages, double horizon);

struct aged {
  double accessed;
  uint32_t page;
};

/* --- replay.c: a recording is its own order --------------------------------*/

/* Of a replayed stream, exact order: pages whose last access is a recorded
 * visit that still lies before the tail. */
struct log {
  bool is_used;
  uint64_t tail; /* number of a visit: none before it is a last access */
  uint64_t n;    /* pages */
};

void log_init (vhm_ages *ages);
/* Puts the page into the log, if that is where it belongs. */
bool log_place (vhm_ages *ages, uint32_t page);
bool log_oldest (vhm_ages *ages, struct aged *ret);

/* --- ages.c ----------------------------------------------------------------*/

struct vhm_ages {
  struct log log;
  vhm_refs *refs;
  unsigned number; /* 1 .. MAX_AGES; as in struct page */
  bool ticked;
  uint64_t n, n_redraws;
  struct queue queue;
  struct cohorts cohorts;
  /* exact order */
  double width;    /* R covered by a bucket, a power of two */
  double frontier; /* all pages older than this are in the heap */
  GArray *heap;    /* struct aged, binary heap, oldest on top */
  /* order by ticks */
  GArray *ticks;   /* double, R at the end of each tick */
  uint64_t opened; /* bucket put in order, + 1; 0: none */
  GArray *stay;    /* uint32_t pages, while a bucket is opened */
  uint32_t hand;    /* the page after the one taken last */
};

#define CURRENT SLOT_MASK      /* slot of a page in the heap */
#define LOGGED (SLOT_MASK - 1) /* slot of a page in the log */

static inline uint32_t
slot_of_bucket (uint64_t bucket)
{
  return (uint32_t) (bucket % LOGGED);
}

/* An entry for the page at `slot` is to be believed. */
static inline bool
ages_is_live (const vhm_ages *ages, uint32_t page, uint32_t slot)
{
  const struct page *p = &ages->refs->pages[page];
  return p->mapped && p->ages == ages->number && !p->in_cohort
         && p->slot == slot;
}

/* Puts an individual where its last known access belongs. */
void ages_place (vhm_ages *ages, uint32_t page);

#endif
