/* A set-associative array of 64-bit keys with true LRU in each set: TLBs,
 * paging-structure caches and data caches are all this. The hot path is here,
 * in the header; assoc.c explains the layout. */
#ifndef VHM_MODELS_TRANSLATION_ASSOC_H
#define VHM_MODELS_TRANSLATION_ASSOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, vol. 3, 6.4). */
#define ASSOC_GOLDEN UINT64_C (0x9e3779b97f4a7c15)
/* Its inverse modulo 2^64: the product of both is 1. */
#define ASSOC_INVERSE UINT64_C (0xf1de83e19937733d)
/* Ways whose order of use fits one word, four bits each. */
#define ASSOC_NARROW_WAYS 16

struct assoc_link {
  uint16_t newer, older;
};

struct assoc {
  uint32_t n_sets, ways;  /* n_sets 0: does not exist */
  uint32_t stride;        /* ways, rounded up to whole vectors */
  uint32_t mask;          /* n_sets - 1, if that is a power of two */
  uint64_t reciprocal;    /* else 2^64 / n_sets, for the remainder */
  uint8_t *sets; /* n_sets x (order word, stride tags, stride rests) */
  size_t set_bytes;
  unsigned oldest;          /* narrow: bit of the oldest way in the order */
  uint64_t order_mask;
  struct assoc_link *links; /* n_sets x ways; NULL if narrow */
};

/* Names the keys that are `value` in the bits of `mask`, but not those that are
 * `spared` in the bits of `spared_mask` (if there are any). */
struct assoc_rule {
  uint64_t mask, value;
  uint64_t spared_mask, spared;
};

/* ways 0 = fully associative. entries 0 = nothing is ever found. */
void assoc_init (struct assoc *a, uint64_t entries, uint64_t ways);
void assoc_clear (struct assoc *a);
/* Empties the entries that the rule names. Returns how many there were. */
uint64_t assoc_drop (struct assoc *a, const struct assoc_rule *rule);
/* Empties the entry of this key, if there is one. */
bool assoc_remove (struct assoc *a, uint32_t set, uint64_t key);
/* NULL if the invariants hold, else a sentence. */
const char *assoc_audit (const struct assoc *a);

bool assoc_wide_touch (struct assoc *a, uint32_t set, uint64_t key);
void assoc_wide_insert (struct assoc *a, uint32_t set, uint64_t key);

static inline bool
assoc_exists (const struct assoc *a)
{
  return a->n_sets > 0;
}

/* The set of an index: its remainder (for 32 bits exact, Lemire, "Faster
 * remainder by direct computation", 2019). */
static inline uint32_t
assoc_set (const struct assoc *a, uint32_t index)
{
  if (a->reciprocal == 0)
    return index & a->mask;
  uint64_t fraction = a->reciprocal * index;
  return (uint32_t) (((unsigned __int128) fraction * a->n_sets) >> 64);
}

static inline uint64_t *
assoc_order (const struct assoc *a, uint32_t set)
{
  return (uint64_t *) (void *) (a->sets + set * a->set_bytes);
}

static inline uint32_t *
assoc_tags (const struct assoc *a, uint32_t set)
{
  return (uint32_t *) (void *) (a->sets + set * a->set_bytes
                                + sizeof (uint64_t));
}

static inline uint32_t *
assoc_rests (const struct assoc *a, uint32_t set)
{
  return assoc_tags (a, set) + a->stride;
}

/* 0 = empty. */
static inline uint64_t
assoc_key (const struct assoc *a, uint32_t set, uint32_t way)
{
  uint64_t tag = assoc_tags (a, set)[way];
  return (tag << 32 | assoc_rests (a, set)[way]) * ASSOC_INVERSE;
}

static inline void
assoc_set_key (struct assoc *a, uint32_t set, uint32_t way, uint64_t key)
{
  uint64_t hash = key * ASSOC_GOLDEN;
  assoc_tags (a, set)[way] = (uint32_t) (hash >> 32);
  assoc_rests (a, set)[way] = (uint32_t) hash;
}

static inline void
assoc_prefetch (const struct assoc *a, uint32_t set)
{
  const uint8_t *at = a->sets + set * a->set_bytes;
  __builtin_prefetch (at, 1);
  __builtin_prefetch (at + a->set_bytes - 1, 1);
}

/* Bit i is set if tags[i] is the tag, for four tags. */
static inline uint32_t
assoc_match4 (const uint32_t *tags, uint32_t tag)
{
#ifdef __SSE2__
  __m128i four = _mm_loadu_si128 ((const __m128i *) (const void *) tags);
  __m128i equal = _mm_cmpeq_epi32 (four, _mm_set1_epi32 ((int) tag));
  return (uint32_t) _mm_movemask_ps (_mm_castsi128_ps (equal));
#else
  uint32_t found = 0;
  for (uint32_t i = 0; i < 4; i++)
    found |= (uint32_t) (tags[i] == tag) << i;
  return found;
#endif
}

/* The same for the tags of a narrow set: without a loop. */
static inline uint32_t
assoc_match (const uint32_t *tags, uint32_t stride, uint32_t tag)
{
  uint32_t found = assoc_match4 (tags, tag);
  if (stride == 4)
    return found;
  found |= assoc_match4 (tags + 4, tag) << 4;
  if (stride == 8)
    return found;
  found |= assoc_match4 (tags + 8, tag) << 8;
  return stride == 12 ? found : found | assoc_match4 (tags + 12, tag) << 12;
}

/* Bit 3 of the place of a way in the order word: four bits a way, the lowest =
 * the way used last. The lowest place counts; those beyond the ways are 0. */
static inline uint64_t
assoc_place (uint64_t order, uint64_t way)
{
  const uint64_t ones = UINT64_C (0x1111111111111111);
  uint64_t differs = order ^ (ones * way);
  uint64_t zero = (differs - ones) & ~differs & (ones << 3);
  return zero & -zero;
}

/* The way becomes the one used last: those before it move up by a place. */
static inline uint64_t
assoc_promote (uint64_t order, uint64_t way)
{
  uint64_t place = assoc_place (order, way);
  uint64_t below = order & ((place >> 3) - 1);
  uint64_t above = order & -(place << 1);
  return above | below << 4 | way;
}

/* Is the key there? If not, puts it in place of the way used longest ago, if
 * asked to. In both cases it is the one used last. */
__attribute__ ((always_inline)) static inline bool
assoc_narrow_find (struct assoc *a, uint32_t set, uint64_t key, bool put)
{
  uint64_t *order = assoc_order (a, set), hash = key * ASSOC_GOLDEN;
  uint32_t *tags = assoc_tags (a, set), *rests = tags + a->stride;
  uint32_t tag = (uint32_t) (hash >> 32);
  for (uint32_t found = assoc_match (tags, a->stride, tag); found != 0;
       found &= found - 1) {
    unsigned way = (unsigned) __builtin_ctz (found);
    if (rests[way] != (uint32_t) hash)
      continue;
    *order = assoc_promote (*order, way);
    return true;
  }
  if (put) {
    uint64_t way = *order >> a->oldest;
    *order = (*order << 4 | way) & a->order_mask;
    tags[way] = tag;
    rests[way] = (uint32_t) hash;
  }
  return false;
}

/* Like assoc_access for a key that can lie in `n` ways from `first` on only. */
bool assoc_part_access (struct assoc *a, uint32_t set, uint64_t key,
                        uint32_t first, uint32_t n);

/* Is the key there? Then it is the one used last. Keys are not 0. */
static inline bool
assoc_touch (struct assoc *a, uint32_t set, uint64_t key)
{
  return a->links == NULL ? assoc_narrow_find (a, set, key, false)
                          : assoc_wide_touch (a, set, key);
}

/* The same, and if it was not there it takes the place of the one used longest
 * ago. */
static inline bool
assoc_access (struct assoc *a, uint32_t set, uint64_t key)
{
  if (a->links == NULL)
    return assoc_narrow_find (a, set, key, true);
  if (assoc_wide_touch (a, set, key))
    return true;
  assoc_wide_insert (a, set, key);
  return false;
}

#endif
