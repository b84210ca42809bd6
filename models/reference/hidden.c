/* Pages that are mapped and trap all the same, because a hypervisor has taken
 * their frames away without the guest's system knowing.
 *
 * What a look would draw is drawn when a page is hidden; from then on nothing
 * happens to it, which `checked` says by standing beyond every clock: no look
 * draws, no cohort takes it in. The order of last access goes on counting it
 * with the access it had. In its weight class it stands as any trapping page,
 * but with its place in a table of its own, for `slot` is taken by the order.
 *
 * Invariant: hidden is mapped and not in the bitmap; then it is in no cohort.
 * Cost: a look and O(1) to hide; O(1) to show; 4 bytes a page once any page of
 * the stream has been hidden.
 */
#include "every.h"

#include <math.h>
#include <vhm/base/require.h>

bool
vhm_refs_traps (const vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  return !refs_bit (refs, page);
}

bool
vhm_refs_is_hidden (const vhm_refs *refs, uint32_t page)
{
  return vhm_refs_traps (refs, page) && refs->pages[page].mapped;
}

void
refs_need_places (vhm_refs *refs)
{
  if (refs->side_place || refs->every != NULL)
    return;
  refs->side_place = g_new (uint32_t, refs->n_pages);
  for (uint32_t i = 0; i < refs->n_regions; i++)
    refs->regions[i].trapping.side_place = refs->side_place;
}

void
vhm_refs_hide (vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (!vhm_refs_traps (refs, page));
  vhm_refs_look (refs, page);
  struct region *region = refs_region_of (refs, page);
  refs_need_places (refs);
  refs_unguard (refs, region, page);
  refs_set_bit (refs, page, false);
  trapping_add (&region->trapping, refs->pages, page);
  cursor_unmapped (refs, region, page);
  if (refs->every == NULL) {
    refs->pages[page].checked = INFINITY;
  } else {
    every_unmapped (refs);
    if (refs->every->replay.visits)
      replay_unlog (refs, page); /* it may stay away for longer than a lap */
  }
  VHM_PARANOID (refs->n_pages > PARANOID_PAGES || vhm_refs_is_valid (refs));
}

void
vhm_refs_show (vhm_refs *refs, uint32_t page, bool write, bool accessed)
{
  VHM_REQUIRE (vhm_refs_is_hidden (refs, page));
  struct region *region = refs_region_of (refs, page);
  trapping_remove (&region->trapping, refs->pages, page);
  refs_served (refs, region, page, write, accessed);
  VHM_PARANOID (refs->n_pages > PARANOID_PAGES || vhm_refs_is_valid (refs));
}
