/* The write-back cache of a magnetic disk. Adjacent and overlapping writes merge
 * into ranges; what goes to the platters next is the range nearest to the head:
 *
 *   from the head on, if it stands in a range
 *   else the first behind it, if within the sequential window
 *   else whichever of the neighbours begins nearer
 *
 * at most DESTAGE_BYTES of it at once, so that who waits for the arm does not
 * wait for all of a long range; the rest of it is then the nearest.
 *
 * Random writes of one size, more of them than it holds: each waits until the
 * nearest of the n that it holds is on the platters. So they are as fast as
 * reads chosen by the shortest seek of n (theory test).
 *
 * Left out: a limit to the number of ranges, tables of the firmware are not
 * published; bytes that were destaged are not kept for reads; loss of power and
 * flushing on demand (swap files ask for none).
 */
#include "hdd_cache.h"

#include <glib.h>

#include <vhm/base/require.h>
#include <vhm/base/units.h>

/* Assumed: about a track, which the arm passes in one turn. */
#define DESTAGE_BYTES VHM_MIB

bool
hdd_cache_can_hold (const struct hdd_cache *cache, uint64_t size_bytes)
{
  return size_bytes <= cache->room_bytes;
}

static uint64_t
size_of (struct hdd_extent extent)
{
  return extent.end_bytes - extent.begin_bytes;
}

bool
hdd_cache_has_room (const struct hdd_cache *cache, struct hdd_extent extent)
{
  uint64_t more
      = size_of (extent) - hdd_extents_covered (&cache->dirty, extent);
  return cache->dirty.bytes + cache->flight_bytes + more <= cache->room_bytes;
}

void
hdd_cache_write (struct hdd_cache *cache, struct hdd_extent extent)
{
  VHM_ASSERT (hdd_cache_has_room (cache, extent));
  uint64_t before = cache->dirty.bytes;
  hdd_extents_add (&cache->dirty, extent);
  cache->accepted_bytes += size_of (extent);
  cache->absorbed_bytes += size_of (extent) - (cache->dirty.bytes - before);
}

void
hdd_cache_supersede (struct hdd_cache *cache, struct hdd_extent extent)
{
  uint64_t before = cache->dirty.bytes;
  hdd_extents_remove (&cache->dirty, extent);
  cache->absorbed_bytes += before - cache->dirty.bytes;
}

bool
hdd_cache_holds (const struct hdd_cache *cache, struct hdd_extent extent)
{
  return cache->dirty.n > 0
         && hdd_extents_covered (&cache->dirty, extent) == size_of (extent);
}

struct hdd_extent
hdd_cache_next (const struct hdd_cache *cache, const struct hdd_arm *arm)
{
  const struct hdd_extents *dirty = &cache->dirty;
  uint64_t head = arm->head_bytes;
  VHM_REQUIRE (dirty->n > 0);
  uint64_t i = hdd_extents_find (dirty, head);
  if (i == dirty->n
      || (i > 0 && !hdd_arm_is_sequential (arm, dirty->items[i].begin_bytes)
          && dirty->items[i].begin_bytes > head
          && head - dirty->items[i - 1].begin_bytes
                 < dirty->items[i].begin_bytes - head))
    i--;
  struct hdd_extent next = dirty->items[i];
  if (next.begin_bytes < head && head < next.end_bytes)
    next.begin_bytes = head;
  next.end_bytes = MIN (next.end_bytes, next.begin_bytes + DESTAGE_BYTES);
  return next;
}

void
hdd_cache_take (struct hdd_cache *cache, struct hdd_extent extent)
{
  VHM_REQUIRE (cache->flight_bytes == 0);
  hdd_extents_remove (&cache->dirty, extent);
  cache->flight_bytes = size_of (extent);
}

void
hdd_cache_land (struct hdd_cache *cache)
{
  cache->destaged_bytes += cache->flight_bytes;
  cache->flight_bytes = 0;
}

void
hdd_cache_clear (struct hdd_cache *cache)
{
  hdd_extents_clear (&cache->dirty);
}
