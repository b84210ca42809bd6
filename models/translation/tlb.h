/* The TLBs of one logical processor; tlb.c. */
#ifndef VHM_MODELS_TRANSLATION_TLB_H
#define VHM_MODELS_TRANSLATION_TLB_H

#include "assoc.h"

#include <vhm/model/translation.h>

enum tlb_result { TLB_HIT_L1, TLB_HIT_L2, TLB_MISS };

#define TLB_LEVELS 2
#define TLB_MAX_SHARED 4 /* arrays of one level that hold the same pages */

/* The arrays that may hold a page. */
struct tlb_choice {
  uint32_t n;
  struct assoc *array[TLB_MAX_SHARED];
  uint32_t part[TLB_MAX_SHARED]; /* ways the page can lie in; 0: all */
};

struct tlb {
  struct assoc *arrays;
  size_t n_arrays;
  /* by level, is it a fetch, and size of the page */
  struct tlb_choice choice[TLB_LEVELS][2][VHM_N_PAGE_SIZES];
};

void tlb_init (struct tlb *tlb, const struct vhm_cpu_config *cpu);
void tlb_clear (struct tlb *tlb);
uint64_t tlb_drop (struct tlb *tlb, const struct assoc_rule *rule);

/* Drops one translation, wherever it is. */
void tlb_remove (struct tlb *tlb, enum vhm_page_size size, uint64_t page,
                 uint64_t key);

/* Two arrays that hold the same pages share them by a bit of a hash. */
static inline uint32_t
tlb_number (const struct tlb_choice *choice, uint64_t page)
{
  if (choice->n <= 1)
    return 0;
  return (uint32_t) ((((page * ASSOC_GOLDEN) >> 32) * choice->n) >> 32);
}

static inline struct assoc *
tlb_array (const struct tlb_choice *choice, uint64_t page)
{
  return choice->array[tlb_number (choice, page)];
}

bool tlb_part_access (const struct assoc *array, uint32_t part, uint64_t page,
                      uint64_t key);

static inline bool
tlb_access (const struct tlb_choice *choice, uint64_t page, uint64_t key)
{
  uint32_t number = tlb_number (choice, page);
  struct assoc *array = choice->array[number];
  if (choice->part[number] > 0)
    return tlb_part_access (array, choice->part[number], page, key);
  return array != NULL
         && assoc_access (array, assoc_set (array, (uint32_t) page), key);
}

/* `page` counts pages of that size. Afterwards the translation is in both
 * levels (if it was a miss, because a walk brings it). */
static inline enum tlb_result
tlb_lookup (struct tlb *tlb, bool is_fetch, enum vhm_page_size size,
            uint64_t page, uint64_t key)
{
  if (tlb_access (&tlb->choice[0][is_fetch][size], page, key))
    return TLB_HIT_L1;
  return tlb_access (&tlb->choice[1][is_fetch][size], page, key) ? TLB_HIT_L2
                                                                 : TLB_MISS;
}

#endif
