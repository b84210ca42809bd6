/* Remembers the cache lines used last, set by set, in 32 bits a line.
 *
 *     | newest | tag | tag | ... | oldest | 0 |      a set, 64 bytes at most
 *
 *     31..18   17..0
 *     region   quotient of the line's index by the sets      a tag; 0 = empty
 *
 * A line's name has 64 bits, but a simulated host uses few stretches of the
 * space of names. Regions of 2^24 lines are numbered as they come; within one
 * the index takes 2^24 neighbouring values, so with 64 sets or more it has 2^18
 * quotients at most, and those are told apart by their remainder modulo 2^18.
 * Region, quotient and set name the line exactly. When there are more regions
 * than numbers, cache.c goes over to whole names.
 *
 * Invariant: tags stand in order of use, empty places last; no tag stands twice
 * in a set.
 *
 * Cost: with vectors of 16 tags one comparison, shift and store (newest_first.h);
 * a region's number one probe of a hash table that stays in the first-level
 * cache.
 *
 * Dropped: an order of use beside tags that stay in place, without branches.
 * Where a tag must be written is then known late, and the next look-ups wait for
 * it: half the speed.
 */
#include "lines.h"

#include <glib.h>
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

void
lines_regions_init (struct lines_regions *regions)
{
  *regions = (struct lines_regions){
    .slots = g_new0 (struct lines_region, (UINT32_C (1) << LINES_SLOT_BITS)),
    .names = g_new0 (uint64_t, LINES_MAX_REGIONS),
  };
}

void
lines_regions_clear (struct lines_regions *regions)
{
  g_free (regions->slots);
  g_free (regions->names);
  *regions = (struct lines_regions){ 0 };
}

/* Looks on from a slot that is not the region's; numbers it if it is new. */
struct lines_region *
lines_number (struct lines_regions *regions, uint64_t name,
              struct lines_region *slot)
{
  const struct lines_region *end
      = regions->slots + (UINT32_C (1) << LINES_SLOT_BITS);
  while (slot->number != 0 && slot->name != name)
    if (++slot == end)
      slot = regions->slots;
  if (slot->number != 0)
    return slot;
  VHM_REQUIRE (regions->n + 1 < LINES_MAX_REGIONS);
  regions->names[++regions->n] = name;
  *slot = (struct lines_region){
    .name = name,
    .colour = lines_colour (name << LINES_REGION_BITS),
    .number = regions->n,
  };
  return slot;
}

bool
lines_suit (uint64_t n_sets, uint64_t ways)
{
  return n_sets >= LINES_MIN_SETS && n_sets <= UINT32_MAX && ways > 0
         && ways <= LINES_STRIDE;
}

void
lines_init (struct lines *lines, uint32_t n_sets, uint32_t ways)
{
  VHM_REQUIRE (lines_suit (n_sets, ways));
  *lines = (struct lines){ .n_sets = n_sets,
                           .ways = ways,
                           .reciprocal = UINT64_MAX / n_sets + 1 };
  size_t n_tags = (size_t) n_sets * LINES_STRIDE;
  lines->tags = vhm_large_new0 (n_tags * sizeof *lines->tags);
}

void
lines_clear (struct lines *lines)
{
  g_aligned_free (lines->tags);
  *lines = (struct lines){ 0 };
}

/* A region's indices begin at `base`; the first quotient whose index can be in
 * it is known, and the others follow it. */
uint64_t
lines_at (const struct lines *lines, const struct lines_regions *regions,
          uint32_t set, uint32_t place)
{
  const uint32_t inside = (UINT32_C (1) << LINES_REGION_BITS) - 1;
  const uint32_t quotients = (UINT32_C (1) << LINES_QUOTIENT_BITS) - 1;
  uint32_t tag = lines->tags[(size_t) set * LINES_STRIDE + place];
  if (tag == 0)
    return 0;
  uint64_t key = regions->names[tag >> LINES_QUOTIENT_BITS]
                 << LINES_REGION_BITS;
  uint32_t colour = lines_colour (key);
  uint64_t base = ((uint32_t) key ^ colour) & ~inside;
  uint64_t first
      = base > set ? (base - set + lines->n_sets - 1) / lines->n_sets : 0;
  uint64_t quotient = first + ((tag - (uint32_t) first) & quotients);
  uint32_t index = (uint32_t) (quotient * lines->n_sets + set);
  return key | ((index ^ colour) & inside);
}
