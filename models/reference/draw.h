/* Private to models/reference: draws from the present distribution. */
#ifndef VHM_MODELS_REFERENCE_DRAW_H
#define VHM_MODELS_REFERENCE_DRAW_H

#include "refs.h"

/* Consecutive pages, proposed alike. n == 0: a scan, `first` is its number. */
struct draw_bucket {
  uint32_t first, n; /* page */
  uint64_t squeeze;  /* chance / 2^64 that any of its pages surely accepts */
  double write;
};

/* What only a proposal that the squeeze does not settle wants to know. */
struct draw_shape {
  double exponent, bound; /* of the weights of ranks rank, rank + 1 ... */
  uint32_t rank;
};

struct draw_alias {
  uint64_t own; /* chance / 2^64 of the bucket itself, else `other` */
  uint32_t other;
};

/* Empty (n == 0) if nothing is referenced. */
struct draw_table {
  struct draw_bucket *bucket;
  struct draw_shape *shape;
  struct draw_alias *alias;
  uint32_t n, capacity;
  double *mass; /* of the proposals; freed once the aliases stand */
};

/* The independent regions, and with_scans the scans that are not over, each by
 * its share. Replaces what *table held; zeroed before its first use. */
void draw_table_build (struct draw_table *table, const vhm_refs *refs,
                       bool with_scans);
void draw_table_clear (struct draw_table *table);
bool draw_accepts (const struct draw_shape *shape, uint32_t offset,
                   uint64_t random);

/* Returns the bucket, and the page unless it is a scan. */
static inline const struct draw_bucket *
draw_page (const struct draw_table *table, struct vhm_rng *rng,
           uint32_t *ret_page)
{
  for (;;) {
    unsigned __int128 place = (unsigned __int128) vhm_rng_u64 (rng) * table->n;
    uint32_t i = (uint32_t) (place >> 64);
    struct draw_alias alias = table->alias[i];
    i = (uint64_t) place >= alias.own ? alias.other : i; /* without a branch */
    const struct draw_bucket *b = &table->bucket[i];
    if (b->n == 0)
      return b;
    unsigned __int128 member = (unsigned __int128) vhm_rng_u64 (rng) * b->n;
    uint32_t offset = (uint32_t) (member >> 64);
    *ret_page = b->first + offset;
    if ((uint64_t) member < b->squeeze
        || draw_accepts (&table->shape[i], offset, (uint64_t) member))
      return b;
  }
}

/* No random number where there is nothing to decide. */
static inline bool
draw_write (double write, struct vhm_rng *rng)
{
  return write > 0 && (write >= 1 || vhm_rng_chance (rng, write));
}

#endif
