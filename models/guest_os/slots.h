/* Slots of a guest's paging file: which are free, and whose page is in each. The
 * slot of a page is in its system's own record of the page. */
#ifndef MODELS_GUEST_OS_SLOTS_H
#define MODELS_GUEST_OS_SLOTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SLOTS_NOBODY UINT32_MAX

/* Zeroed: a file of no slots. */
struct slots {
  uint64_t *free; /* bitmap; set: free */
  uint64_t *some; /* bitmap of its words; set: not all zero */
  uint32_t *page; /* in the slot; SLOTS_NOBODY */
  uint32_t n, n_free;
  uint32_t hint; /* where to look next */
};

/* Grows only; the new slots are free. */
void slots_resize (struct slots *slots, uint32_t n);
void slots_clear (struct slots *slots);
/* Of a slot that is the other way. */
void slots_set_free (struct slots *slots, uint32_t slot, bool free);
/* A run of up to `want` free slots from where the last one ended on, round and
 * round; its length, 0 if none is free. They stay free. */
uint32_t slots_find (struct slots *slots, uint32_t want, uint32_t *ret_first);
uint64_t slots_bytes (const struct slots *slots);

static inline bool
slots_is_free (const struct slots *slots, uint32_t slot)
{
  return (slots->free[slot / 64] >> (slot % 64)) & 1;
}

#endif
