/* The write-back cache of a magnetic disk: what was acknowledged and is not on
 * the platters yet. Which bytes; when they go there is hdd_drive.c's.
 *
 * Invariant: accepted = absorbed + dirty + on their way + destaged, and dirty +
 * on their way <= room. Units: bytes. Cost: of hdd_extents. */
#ifndef MODELS_DISK_HDD_CACHE_H
#define MODELS_DISK_HDD_CACHE_H

#include "hdd_arm.h"
#include "hdd_extents.h"

struct hdd_cache {
  struct hdd_extents dirty;
  uint64_t room_bytes; /* of it all */
  uint64_t flight_bytes; /* being written to the platters, still in the cache */
  uint64_t accepted_bytes, destaged_bytes;
  uint64_t absorbed_bytes; /* written anew before they were destaged */
};

/* Whether it can ever take as much. */
bool hdd_cache_can_hold (const struct hdd_cache *cache, uint64_t size_bytes);
bool hdd_cache_has_room (const struct hdd_cache *cache,
                         struct hdd_extent extent);
void hdd_cache_write (struct hdd_cache *cache, struct hdd_extent extent);
/* The platters get newer bytes past the cache: it forgets its own. */
void hdd_cache_supersede (struct hdd_cache *cache, struct hdd_extent extent);
/* Whether all of it can be read from there. */
bool hdd_cache_holds (const struct hdd_cache *cache, struct hdd_extent extent);
/* What to write next with the head where it is: the nearest. Something must be
 * dirty. */
struct hdd_extent hdd_cache_next (const struct hdd_cache *cache,
                                  const struct hdd_arm *arm);
/* Puts that on its way; nothing else may be. */
void hdd_cache_take (struct hdd_cache *cache, struct hdd_extent extent);
/* What was on its way is on the platters. */
void hdd_cache_land (struct hdd_cache *cache);
void hdd_cache_clear (struct hdd_cache *cache);

#endif
