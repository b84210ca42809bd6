/* A set of byte ranges of a disk: what its cache holds that the platters do not.
 *
 * Kept as ranges in order of position that neither overlap nor touch, in one
 * array. Cost: a look-up O(log n), a change O(n) moves of 16 bytes in the worst
 * case; no allocation once the array has reached its largest size. */
#ifndef MODELS_DISK_HDD_EXTENTS_H
#define MODELS_DISK_HDD_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

struct hdd_extent {
  uint64_t begin_bytes, end_bytes;
};

struct hdd_extents {
  struct hdd_extent *items;
  uint64_t n, n_places, bytes; /* bytes: sum of all */
};

void hdd_extents_clear (struct hdd_extents *extents);
void hdd_extents_add (struct hdd_extents *extents, struct hdd_extent extent);
void hdd_extents_remove (struct hdd_extents *extents, struct hdd_extent extent);
/* How many bytes of it the set holds. */
uint64_t hdd_extents_covered (const struct hdd_extents *extents,
                              struct hdd_extent extent);
/* Index of the first range that ends behind at_bytes; n if none does. */
uint64_t hdd_extents_find (const struct hdd_extents *extents,
                           uint64_t at_bytes);

#endif
