/* From the key of a content to the one frame that stands for it, and from a
 * frame to its place. Open addressing with linear probing; removal moves the
 * entries behind it back, so there are no tombstones and no slow ageing.
 *
 * Invariant: at most one entry a key, at most one a frame; a frame's place is
 * its entry's; no free place between an entry and its home; at most 3/4
 * of the places are taken. Pointers to entries live until the next put or take.
 */
#ifndef VHM_MODELS_RECLAIM_SHARING_TABLE_H
#define VHM_MODELS_RECLAIM_SHARING_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct share_entry {
  uint64_t key;
  uint32_t frame;   /* VHM_NO_FRAME: a free place */
  uint32_t n_users; /* 0: a hint */
};

/* Side by side, because a scan wants both. */
struct share_frame {
  uint32_t place; /* of its entry, or SHARE_NO_PLACE */
  uint32_t seen;  /* for the owner of the table; 0 at first */
};

#define SHARE_NO_PLACE UINT32_MAX

struct share_table {
  struct share_entry *entries;
  struct share_frame *frames;
  uint32_t n_frames, n, bits;
};

void share_table_init (struct share_table *table, uint32_t n_frames);
void share_table_clear (struct share_table *table);
struct share_entry *share_table_find (const struct share_table *table,
                                      uint64_t key);
struct share_entry *share_table_at (const struct share_table *table,
                                    uint32_t frame);
/* A hint. Neither key nor frame is in the table. */
void share_table_put (struct share_table *table, uint64_t key, uint32_t frame);
void share_table_take (struct share_table *table, struct share_entry *entry);
void share_table_prefetch (const struct share_table *table, uint32_t frame,
                           uint64_t key);
uint64_t share_table_bytes (const struct share_table *table);
const char *share_table_audit (const struct share_table *table);

/* 64 bits to `bits`: the high bits of a product with 2^64 / golden ratio. */
static inline uint32_t
share_hash (uint64_t key, uint32_t bits)
{
  return (uint32_t) (key * UINT64_C (0x9e3779b97f4a7c15) >> (64 - bits));
}

#endif
