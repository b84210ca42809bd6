/* Small reference streams in one line. */
#ifndef VHM_TESTS_STREAMS_H
#define VHM_TESTS_STREAMS_H

#include <glib.h>
#include <math.h>
#include <vhm/model/reference.h>

static inline struct vhm_region_spec
uniform_of (uint32_t n, double share, double write)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_UNIFORM,
                                   .n_pages = n,
                                   .n_active = n,
                                   .share = share,
                                   .write = write };
}

static inline struct vhm_region_spec
zipf_of (uint32_t n, double exponent, double write)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_ZIPF,
                                   .n_pages = n,
                                   .n_active = n,
                                   .share = 1,
                                   .write = write,
                                   .exponent = exponent };
}

static inline struct vhm_region_spec
hot_cold_of (uint32_t n, double hot, double hot_weight)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_HOT_COLD,
                                   .n_pages = n,
                                   .n_active = n,
                                   .share = 1,
                                   .hot = hot,
                                   .hot_weight = hot_weight };
}

static inline struct vhm_region_spec
loop_of (uint32_t n, double share)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_SCAN,
                                   .n_pages = n,
                                   .n_active = n,
                                   .share = share,
                                   .cyclic = true };
}

/* Mode of the streams to come; fixtures of a test case that runs in the other
 * one. */
static bool streams_are_every;

static void
streams_every_reference (void)
{
  streams_are_every = true;
}

static void
streams_next_fault (void)
{
  streams_are_every = false;
}

static inline vhm_refs *
empty_stream (uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "stream");
  return streams_are_every ? vhm_refs_new_every (&rng) : vhm_refs_new (&rng);
}

/* The next trap, however far away: advances to it. */
static inline uint32_t
next_trap (vhm_refs *refs, bool *ret_write)
{
  for (;;) {
    vhm_refs_advance (refs, vhm_refs_next (refs));
    uint32_t page = vhm_refs_trap (refs, ret_write);
    if (page != VHM_NO_PAGE)
      return page;
  }
}

static inline vhm_refs *
stream_of (struct vhm_region_spec spec, uint64_t seed)
{
  vhm_refs *refs = empty_stream (seed);
  vhm_refs_add_region (refs, &spec);
  return refs;
}

/* Nothing traps in the next d references; they pass. */
static inline bool
no_trap_within (vhm_refs *refs, double d)
{
  bool write;
  for (;;) {
    double next = vhm_refs_next (refs);
    if (next > d) {
      vhm_refs_advance (refs, d);
      return true;
    }
    vhm_refs_advance (refs, next);
    if (vhm_refs_trap (refs, &write) != VHM_NO_PAGE)
      return false;
    d -= next;
  }
}

static inline void
map_range (vhm_refs *refs, uint32_t from, uint32_t to)
{
  for (uint32_t page = from; page < to; page++)
    if (!vhm_refs_is_mapped (refs, page))
      vhm_refs_map (refs, page, false, true);
}

/* One fault of an LRU memory of `capacity` pages; returns the page. */
static inline uint32_t
lru_fault (vhm_refs *refs, vhm_ages *ages, uint64_t capacity)
{
  bool write;
  uint32_t victim;
  double accessed;
  uint32_t page = next_trap (refs, &write);
  if (vhm_ages_n (ages) >= capacity && vhm_ages_pop (ages, &victim, &accessed))
    vhm_refs_unmap (refs, victim);
  vhm_refs_map (refs, page, write, true);
  vhm_ages_insert (ages, page);
  return page;
}

#endif
