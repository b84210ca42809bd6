/* One process's reference stream: clock, mapped pages, and the next reference
 * that traps. Its regions: regions.c.
 *
 * Independent references to trapping pages are a Poisson process of rate
 *   L = sum over regions of (dh/dR) x (sum of weights of trapping pages
 *       + q x sum of weights of protected pages, see protected.c),
 * so the next trap is Exp(L) away, and its page is drawn in proportion to
 * weight (trapping.c). Scans and sweeps trap at known times (cursor.c). The
 * first of all these is the next trap; draws have no memory, so any change in
 * between only means to ask again.
 *
 * Invariant: a page is mapped, or it stands in the weight class of its weight
 * (unless that is 0); `weight_sum` is the exact sum over the active pages.
 *
 * Units: R counts references. Cost: 24 bytes and a bit a page, 4 bytes more
 * for the place among the trapping.
 */
#include "every.h"

#include <math.h>
#include <vhm/base/require.h>

vhm_refs *
vhm_refs_new (const struct vhm_rng *rng)
{
  vhm_refs *refs = g_new0 (vhm_refs, 1);
  refs->rng = *rng;
  return refs;
}

vhm_refs *
vhm_refs_new_every (const struct vhm_rng *rng)
{
  vhm_refs *refs = vhm_refs_new (rng);
  refs->every = every_new ();
  return refs;
}

bool
vhm_refs_is_every (const vhm_refs *refs)
{
  return refs->every != NULL;
}

void
vhm_refs_free (vhm_refs *refs)
{
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    hazard_clear (&refs->regions[i].hazard);
    trapping_clear (&refs->regions[i].trapping);
    if (refs->regions[i].writes)
      trapping_clear (refs->regions[i].writes);
    g_free (refs->regions[i].writes);
    g_array_unref (refs->regions[i].cursor.runs);
    passes_clear (&refs->regions[i]);
  }
  for (unsigned i = 0; i < MAX_AGES; i++)
    VHM_REQUIRE (refs->ages[i] == NULL);
  g_clear_pointer (&refs->every, every_free);
  g_free (refs->regions);
  g_free (refs->pages);
  g_free (refs->mapped);
  g_free (refs->side_place);
  g_free (refs->guarded);
  g_free (refs);
}

/* --- the next trap -------------------------------------------------------- */

double
vhm_refs_clock (const vhm_refs *refs)
{
  return refs->clock;
}

/* The weight of the writes that trap. */
static double
weight_of_writes (const struct region *region)
{
  const struct trapping *writes = region->writes;
  return writes ? region->spec.write * ((double) writes->sum / writes->scale)
                : 0;
}

static double
region_trap_rate (const struct region *region)
{
  double weight = (double) region->trapping.sum / region->trapping.scale;
  if (region->writes)
    weight += weight_of_writes (region);
  return region->hazard.slope * weight;
}

double
vhm_refs_trap_rate (const vhm_refs *refs)
{
  double rate = 0;
  for (uint32_t i = 0; i < refs->n_regions; i++)
    rate += region_trap_rate (&refs->regions[i]);
  return rate;
}

double
vhm_refs_next (vhm_refs *refs)
{
  if (refs->every != NULL)
    return every_next (refs);
  double rate = vhm_refs_trap_rate (refs), nearest = INFINITY;
  refs->cause = CAUSE_NONE;
  if (rate > 0) {
    nearest = vhm_rng_exp (&refs->rng) / rate;
    refs->cause = CAUSE_INDEPENDENT;
  }
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    double distance = cursor_next_trap (refs, &refs->regions[i]);
    if (distance < nearest) {
      nearest = distance;
      refs->cause = CAUSE_CURSOR;
      refs->cause_region = i;
    }
  }
  return nearest;
}

double
vhm_refs_next_sweep_end (const vhm_refs *refs)
{
  double nearest = INFINITY;
  for (uint32_t i = 0; i < refs->n_regions; i++)
    if (!refs_is_scan (&refs->regions[i]))
      nearest = MIN (nearest, cursor_end (refs, &refs->regions[i]));
  return nearest;
}

void
vhm_refs_advance (vhm_refs *refs, double d)
{
  VHM_REQUIRE (d >= 0 && isfinite (d));
  if (refs->every != NULL)
    every_advance (refs, d);
  else
    refs->clock += d;
}

static struct region *
draw_region (vhm_refs *refs)
{
  double point = vhm_rng_uniform (&refs->rng) * vhm_refs_trap_rate (refs);
  struct region *chosen = NULL;
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    double rate = region_trap_rate (&refs->regions[i]);
    if (rate <= 0)
      continue;
    chosen = &refs->regions[i];
    if (point < rate)
      break;
    point -= rate;
  }
  VHM_REQUIRE (chosen != NULL);
  return chosen;
}

/* The page of the independent reference that traps, and the chance that it
 * writes. No more random numbers than need be. */
static uint32_t
draw_trap (vhm_refs *refs, double *ret_write)
{
  struct region *region
      = refs->n_regions == 1 ? refs->regions : draw_region (refs);
  struct trapping *among = &region->trapping;
  *ret_write = region->spec.write;
  if (region->writes && region->writes->sum > 0) {
    double writes = weight_of_writes (region);
    double all = writes + (double) among->sum / among->scale;
    if (among->sum == 0 || vhm_rng_uniform (&refs->rng) * all < writes) {
      among = region->writes;
      *ret_write = 1;
    }
  }
  return trapping_draw (among, refs->pages, &refs->rng);
}

uint32_t
vhm_refs_trap (vhm_refs *refs, bool *ret_write)
{
  if (refs->every != NULL)
    return every_trap (refs, ret_write);
  VHM_REQUIRE (refs->cause != CAUSE_NONE);
  struct region *visited = NULL;
  uint32_t page;
  double write;
  if (refs->cause == CAUSE_CURSOR) {
    visited = &refs->regions[refs->cause_region];
    page = cursor_stop (refs, visited);
    write = visited->cursor.open.write;
  } else
    page = draw_trap (refs, &write);
  refs->cause = CAUSE_NONE;
  *ret_write = write > 0 && vhm_rng_chance (&refs->rng, write);
  if (visited && !*ret_write && refs_is_guarded (refs, page)) {
    refs_read_in_passing (refs, visited, page);
    return VHM_NO_PAGE;
  }
  return page;
}

/* --- pages ---------------------------------------------------------------- */

void
refs_served (vhm_refs *refs, struct region *region, uint32_t page, bool write,
             bool accessed)
{
  struct page *p = &refs->pages[page];
  refs_set_bit (refs, page, true);
  bool visited = cursor_mapped (refs, region, page);
  if (accessed || visited)
    p->accessed = refs->clock;
  p->checked = refs_own_clock (refs, region);
  p->dirty |= write;
  if (refs->every != NULL && refs->every->replay.visits)
    p->checked = replay_number (refs, page, accessed);
  if (refs->every != NULL && (accessed || visited))
    every_mapped (refs, page, write);
  trapping_prefetch (&region->trapping, refs->pages);
}

void
vhm_refs_map (vhm_refs *refs, uint32_t page, bool write, bool accessed)
{
  VHM_REQUIRE (page < refs->n_pages && !refs->pages[page].mapped);
  struct page *p = &refs->pages[page];
  struct region *region = refs_region_of (refs, page);
  trapping_remove (&region->trapping, refs->pages, page);
  p->mapped = true;
  p->accessed = -INFINITY;
  refs_served (refs, region, page, write, accessed);
  VHM_PARANOID (refs->n_pages > PARANOID_PAGES || vhm_refs_is_valid (refs));
}

void
vhm_refs_unmap (vhm_refs *refs, uint32_t page)
{
  vhm_refs_look (refs, page);
  struct page *p = &refs->pages[page];
  struct region *region = refs_region_of (refs, page);
  refs_unguard (refs, region, page);
  if (p->ages != 0)
    ages_forget (refs->ages[p->ages - 1], page);
  if (!refs_bit (refs, page)) { /* hidden: its place moves into the record */
    trapping_remove (&region->trapping, refs->pages, page);
    p->mapped = false;
    trapping_add (&region->trapping, refs->pages, page);
    return;
  }
  p->mapped = false;
  refs_set_bit (refs, page, false);
  trapping_add (&region->trapping, refs->pages, page);
  cursor_unmapped (refs, region, page);
  if (refs->every != NULL)
    every_unmapped (refs);
}

bool
vhm_refs_is_mapped (const vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  return refs->pages[page].mapped;
}

bool
vhm_refs_is_dirty (const vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  return refs->pages[page].dirty;
}

/* A cohort's members are dirty, or cannot become so: a clean page leaves. */
void
vhm_refs_clean (vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  struct page *p = &refs->pages[page];
  if (p->in_cohort)
    vhm_refs_look (refs, page);
  p->dirty = false;
}

void
vhm_refs_soil (vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  refs->pages[page].dirty = true;
}

uint64_t
vhm_refs_bytes (const vhm_refs *refs)
{
  uint64_t bytes = sizeof *refs + refs->n_pages * sizeof (struct page);
  bytes += refs_words (refs->n_pages) * sizeof (uint64_t);
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    const struct region *region = &refs->regions[i];
    bytes += sizeof *region + trapping_bytes (&region->trapping);
    if (region->writes)
      bytes += sizeof *region->writes + trapping_bytes (region->writes);
    bytes += region->hazard.past->len * sizeof (struct bend);
    bytes += region->cursor.runs->len * sizeof (struct run);
  }
  if (refs->guarded)
    bytes += refs_words (refs->n_pages) * sizeof (uint64_t);
  if (refs->side_place)
    bytes += refs->n_pages * sizeof *refs->side_place;
  if (refs->every != NULL)
    bytes += every_bytes (refs);
  for (unsigned i = 0; i < MAX_AGES; i++)
    if (refs->ages[i] != NULL)
      bytes += ages_bytes (refs->ages[i]);
  return bytes;
}
