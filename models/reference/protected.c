/* Pages whose next write traps, because their frame is shared copy-on-write.
 *
 * References that write with chance q thin into two independent Poisson
 * processes: reads of rate w (1 - q), writes of rate w q. So a protected page
 * stands among those that trap with weight w q (`writes` of its region: pages by
 * weight, drawn from with q times their sum), and its accesses are its reads: a
 * look draws them at rate w (1 - q) and soils nothing (look.c).
 *
 * A scan or sweep that may write stops at every visit of a protected page; then
 * it is drawn whether this visit writes. If not it is done on the spot, and the
 * cursor goes on. In every-reference mode a reference traps if it is drawn as a
 * write.
 *
 * Invariant: protected is mapped and not hidden. Where q > 0 it stands in
 * `writes` (by its weight, unless that is 0) and in no cohort; where q = 0 it is
 * a page like any other.
 * Cost: a look and O(1) to protect and to unprotect; a trap at every visit of a
 * scan that may write; one bit a page once any page of the stream has been
 * protected, 4 bytes a page as for hidden ones.
 */
#include "every.h"

#include <vhm/base/require.h>

bool
vhm_refs_is_protected (const vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  return refs_is_guarded (refs, page);
}

static void
set_guarded (vhm_refs *refs, uint32_t page, bool on)
{
  uint64_t bit = UINT64_C (1) << (page % WORD_BITS);
  uint64_t *word = &refs->guarded[page / WORD_BITS];
  *word = on ? *word | bit : *word & ~bit;
}

static void
need_tables (vhm_refs *refs, struct region *region)
{
  if (!refs->guarded)
    refs->guarded = g_new0 (uint64_t, refs_words (refs->n_pages));
  refs_need_places (refs);
  if (region->writes)
    return;
  region->writes = g_new (struct trapping, 1);
  *region->writes = (struct trapping){
    .scale = region->trapping.scale,
    .only_sums = region->trapping.only_sums,
    .side_place = refs->side_place,
  };
}

void
vhm_refs_protect (vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (!vhm_refs_traps (refs, page) && !refs_is_guarded (refs, page));
  vhm_refs_look (refs, page);
  struct region *region = refs_region_of (refs, page);
  need_tables (refs, region);
  set_guarded (refs, page, true);
  if (region->spec.write > 0)
    trapping_add (region->writes, refs->pages, page);
  if (region->cursor.open.write > 0)
    cursor_unmapped (refs, region, page);
  if (refs->every != NULL)
    every_unmapped (refs);
  VHM_PARANOID (refs->n_pages > PARANOID_PAGES || vhm_refs_is_valid (refs));
}

void
refs_unguard (vhm_refs *refs, struct region *region, uint32_t page)
{
  if (!refs_is_guarded (refs, page))
    return;
  if (region->spec.write > 0)
    trapping_remove (region->writes, refs->pages, page);
  set_guarded (refs, page, false);
}

/* The page, looked at, is accessed now; `issued`: by a reference that trapped,
 * not by a cursor. */
static void
access_now (vhm_refs *refs, const struct region *region, uint32_t page,
            bool write, bool issued)
{
  struct page *p = &refs->pages[page];
  p->accessed = refs->clock;
  p->dirty |= write;
  if (refs->every == NULL) {
    p->checked = refs_own_clock (refs, region);
    return;
  }
  if (refs->every->replay.visits) {
    double number = replay_number (refs, page, issued);
    if (number < 0)
      replay_unlog (refs, page);
    else
      p->checked = number;
  }
  every_mapped (refs, page, write);
}

/* A cursor that waits at a protected page has come to write. */
void
vhm_refs_unprotect (vhm_refs *refs, uint32_t page, bool written)
{
  VHM_REQUIRE (vhm_refs_is_protected (refs, page));
  struct region *region = refs_region_of (refs, page);
  vhm_refs_look (refs, page);
  refs_unguard (refs, region, page);
  bool visited = cursor_mapped (refs, region, page);
  if (written || visited)
    access_now (refs, region, page, true, written);
  VHM_PARANOID (refs->n_pages > PARANOID_PAGES || vhm_refs_is_valid (refs));
}

void
refs_read_in_passing (vhm_refs *refs, struct region *region, uint32_t page)
{
  vhm_refs_look (refs, page);
  bool visited = cursor_mapped (refs, region, page);
  VHM_REQUIRE (visited);
  access_now (refs, region, page, false, false);
}
