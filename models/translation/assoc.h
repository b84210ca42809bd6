/* A set-associative array of 64-bit keys with true LRU in each set: TLBs,
 * paging-structure caches and data caches are all this. The hot path is here,
 * in the header; assoc.c explains the layout. */
#ifndef VHM_MODELS_TRANSLATION_ASSOC_H
#define VHM_MODELS_TRANSLATION_ASSOC_H

#include "newest_first.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, vol. 3, 6.4). */
#define ASSOC_GOLDEN UINT64_C (0x9e3779b97f4a7c15)

struct assoc {
  uint64_t *keys;       /* n_sets x stride, the one used last first; 0: empty */
  uint32_t n_sets;      /* 0: does not exist */
  uint32_t ways;
  uint32_t stride;      /* ways, rounded up to whole cache lines */
  uint32_t mask;        /* n_sets - 1, if that is a power of two */
  uint64_t reciprocal;  /* else 2^64 / n_sets, for the remainder; 0 if it is */
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
bool assoc_remove (const struct assoc *a, uint32_t set, uint64_t key);
/* Is the key there? Is no use of it. */
bool assoc_has (const struct assoc *a, uint32_t set, uint64_t key);
/* NULL if the invariants hold, else a sentence. */
const char *assoc_audit (const struct assoc *a);

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
assoc_keys (const struct assoc *a, uint32_t set)
{
  return a->keys + (size_t) set * a->stride;
}

static inline void
assoc_prefetch (const struct assoc *a, uint32_t set)
{
  const uint64_t *keys = assoc_keys (a, set);
  __builtin_prefetch (keys, 1);
  __builtin_prefetch (keys + a->stride - 1, 1);
}

/* Is the key there? If not, it takes the place of the one used longest ago. In
 * both cases it is the one used last. Keys are not 0. */
__attribute__ ((always_inline)) static inline bool
assoc_access (const struct assoc *a, uint32_t set, uint64_t key)
{
  uint64_t *keys = assoc_keys (a, set);
  if (a->stride == NEWEST_KEYS)
    return newest_access_8 (keys, a->ways, key);
  if (a->stride == 2 * NEWEST_KEYS)
    return newest_access_16 (keys, a->ways, key);
  return newest_access (keys, a->ways, key);
}

#endif
