/* Sets of cache lines in 32 bits a line; lines.c. */
#ifndef VHM_MODELS_TRANSLATION_LINES_H
#define VHM_MODELS_TRANSLATION_LINES_H

#include "assoc.h"

#define LINES_REGION_BITS 24 /* lines of a region: 1 GiB */
#define LINES_QUOTIENT_BITS 18
#define LINES_MAX_REGIONS (UINT32_C (1) << 14) /* the other bits of a tag */
#define LINES_MIN_SETS 64 /* 2^24 lines / 2^18 quotients */
#define LINES_SLOT_BITS 15 /* twice as many */
#define LINES_STRIDE NEWEST_TAGS /* of a set in memory: a cache line */

/* Which regions there are, numbered as they come, from 1. */
struct lines_region {
  uint64_t name;   /* key >> LINES_REGION_BITS */
  uint32_t colour; /* key to index */
  uint32_t number; /* 0: none is here */
};

struct lines_regions {
  struct lines_region *slots;
  uint64_t *names; /* by number */
  uint32_t n;
};

struct lines {
  uint32_t *tags; /* n_sets x LINES_STRIDE, newest first; NULL: does not exist */
  uint32_t n_sets, ways;
  uint64_t reciprocal; /* 2^64 / n_sets */
};

void lines_regions_init (struct lines_regions *regions);
void lines_regions_clear (struct lines_regions *regions);
struct lines_region *lines_number (struct lines_regions *regions,
                                   uint64_t name, struct lines_region *slot);
/* Can sets of this kind tell all lines apart? */
bool lines_suit (uint64_t n_sets, uint64_t ways);
void lines_init (struct lines *lines, uint32_t n_sets, uint32_t ways);
void lines_clear (struct lines *lines);
/* The line at a place of a set, 0 = the newest; 0 if there is none. */
uint64_t lines_at (const struct lines *lines,
                   const struct lines_regions *regions, uint32_t set,
                   uint32_t place);

static inline uint32_t
lines_colour (uint64_t key)
{
  return (uint32_t) (((key >> 31) * ASSOC_GOLDEN) >> 32) & ~UINT32_C (63);
}

/* Where the line belongs, and its tag there; a new region gets a number. */
static inline void
lines_find (const struct lines *lines, struct lines_regions *regions,
            uint64_t key, uint32_t *ret_set, uint32_t *ret_tag)
{
  uint64_t name = key >> LINES_REGION_BITS;
  size_t at = (name * ASSOC_GOLDEN) >> (64 - LINES_SLOT_BITS);
  struct lines_region *slot = &regions->slots[at];
  if (__builtin_expect (slot->number == 0 || slot->name != name, 0))
    slot = lines_number (regions, name, slot);
  uint32_t index = (uint32_t) key ^ slot->colour;
  uint32_t quotient
      = (uint32_t) (((unsigned __int128) lines->reciprocal * index) >> 64);
  *ret_set = index - quotient * lines->n_sets;
  *ret_tag = slot->number << LINES_QUOTIENT_BITS
             | (quotient & ((1U << LINES_QUOTIENT_BITS) - 1));
}

static inline uint32_t *
lines_set (const struct lines *lines, uint32_t set)
{
  return lines->tags + (size_t) set * LINES_STRIDE;
}

#endif
