/* Which of a guest's frames the host's table maps, where the host maps them at
 * first touch. See entries.c. */
#ifndef MODELS_GUEST_ENTRIES_H
#define MODELS_GUEST_ENTRIES_H

#include "blocks.h"

struct vhm_entries {
  uint64_t *has;           /* bit a frame; NULL: all that is backed is mapped */
  uint32_t n_frames;       /* bits */
  enum vhm_page_size most; /* largest page of the host */
  uint64_t n_violations;   /* so far: entries made because they were missing */
};

/* None of n_pages has an entry yet. A zeroed record: each backed one has. */
void vhm_entries_init (struct vhm_entries *entries, uint32_t n_pages,
                       enum vhm_page_size most);
void vhm_entries_clear (struct vhm_entries *entries);
/* The guest touches a frame without one: makes it, of the size that backs it. */
void vhm_entries_violated (struct vhm_entries *entries,
                           const struct vhm_blocks *blocks, uint32_t gfn);
/* The frame loses its backing. */
void vhm_entries_lost (struct vhm_entries *entries, uint32_t gfn);
/* NULL if what has an entry is backed, and large blocks have one or none. */
const char *vhm_entries_audit (const struct vhm_entries *entries,
                               const struct vhm_blocks *blocks,
                               const uint32_t *mfns, uint32_t n_visible);

static inline bool
vhm_entries_has (const struct vhm_entries *e, uint32_t gfn)
{
  return !e->has || (e->has[gfn / 64] >> (gfn % 64) & 1);
}

#endif
