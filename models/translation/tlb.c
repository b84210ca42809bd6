/* Decides whether a translation is at hand.
 *
 * A processor has several arrays: of level 1 or 2, for data, instructions or
 * both, each for some page sizes. The size of the page is that of the mapping,
 * so one array of each level is asked. Where two arrays of one level hold the
 * same size (Ice Lake: two of 1024 entries hold 4K pages) a hash of the page
 * number says which. A hit in level 2 and a walk fill level 1; a walk fills
 * level 2, too. A page thrown out of level 2 stays in level 1.
 *
 * An array may offer 2 MiB pages fewer ways than 4 KiB ones, in more sets (AMD:
 * 4 of 8): then further bits of the page's number say in which part of a set it
 * lies, and if that many large pages of its part are there already, it takes the
 * place of the one of them used longest ago; else of any page. How the hardware
 * does it is not published; sets times ways are what CPUID says.
 *
 * A page whose size no array of a level holds is never found in that level.
 *
 * Left out: a hardware that probes all sizes one after the other (its time is
 * in the latencies), prefetches into TLBs, coalesced entries (Zen).
 */
#include "tlb.h"
#include "address.h"

#include <vhm/base/require.h>

static bool
is_held (const struct vhm_cpu_tlb *config, bool is_fetch)
{
  return config->holds == VHM_TLB_BOTH
         || (config->holds == VHM_TLB_INSTRUCTIONS) == is_fetch;
}

static void
offer (struct tlb_choice *choice, struct assoc *array, uint64_t part)
{
  VHM_REQUIRE (choice->n < TLB_MAX_SHARED);
  choice->part[choice->n] = (uint32_t) part;
  choice->array[choice->n++] = array;
}

static void
add_array (struct tlb *tlb, struct assoc *array,
           const struct vhm_cpu_tlb *config)
{
  VHM_REQUIRE (config->level >= 1 && config->level <= TLB_LEVELS);
  assoc_init (array, config->entries, config->ways);
  if (!assoc_exists (array))
    return;
  for (int is_fetch = 0; is_fetch <= 1; is_fetch++)
    for (int size = 0; size < VHM_N_PAGE_SIZES; size++)
      if (is_held (config, is_fetch) && config->holds_size[size])
        offer (&tlb->choice[config->level - 1][is_fetch][size], array,
               size == VHM_PAGE_2M ? config->ways_2m : 0);
}

void
tlb_init (struct tlb *tlb, const struct vhm_cpu_config *cpu)
{
  const struct vhm_cpu_tlb *configs = cpu->tlbs.items;
  *tlb = (struct tlb){ .n_arrays = cpu->tlbs.n };
  tlb->arrays = g_new0 (struct assoc, tlb->n_arrays);
  for (size_t i = 0; i < tlb->n_arrays; i++)
    add_array (tlb, &tlb->arrays[i], &configs[i]);
}

void
tlb_clear (struct tlb *tlb)
{
  for (size_t i = 0; i < tlb->n_arrays; i++)
    assoc_clear (&tlb->arrays[i]);
  g_free (tlb->arrays);
}

/* Which part of the ways of its set a large page lies in. */
static uint64_t
part_of (const struct assoc *array, uint32_t part, uint64_t page)
{
  return page / array->n_sets % (array->ways / part);
}

bool
tlb_part_access (const struct assoc *array, uint32_t part, uint64_t page,
                 uint64_t key)
{
  uint32_t set = assoc_set (array, (uint32_t) page), n = 0;
  const uint64_t *keys = assoc_keys (array, set);
  uint64_t oldest = 0, number = part_of (array, part, page);
  for (uint32_t i = 0; i < array->ways && keys[i] != key; i++) {
    bool is_large = address_page_size (keys[i]) == VHM_PAGE_2M;
    if (keys[i] == 0 || !is_large
        || part_of (array, part, address_page (keys[i])) != number)
      continue;
    oldest = keys[i];
    n++;
  }
  bool is_full = n >= part;
  if (is_full && !assoc_has (array, set, key))
    assoc_remove (array, set, oldest);
  return assoc_access (array, set, key);
}

uint64_t
tlb_drop (struct tlb *tlb, const struct assoc_rule *rule)
{
  uint64_t n = 0;
  for (size_t i = 0; i < tlb->n_arrays; i++)
    n += assoc_drop (&tlb->arrays[i], rule);
  return n;
}

void
tlb_remove (struct tlb *tlb, enum vhm_page_size size, uint64_t page,
            uint64_t key)
{
  for (int level = 0; level < TLB_LEVELS; level++)
    for (int is_fetch = 0; is_fetch <= 1; is_fetch++) {
      struct assoc *array
          = tlb_array (&tlb->choice[level][is_fetch][size], page);
      if (array != NULL)
        assoc_remove (array, assoc_set (array, (uint32_t) page), key);
    }
}
