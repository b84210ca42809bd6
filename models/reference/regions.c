/* Regions of a reference stream: their shares of the references, and the weights of
 * their pages, as both change.
 *
 *   rate of page i in R = share / sum of shares x weight_i / sum of weights
 *
 * with weights of 1 (uniform), i^-exponent (zipf), or two levels, of which the hot
 * part may move round (hot-cold). Only active pages have a weight. When a weight
 * changes, a mapped page is looked at first: what happened up to now, happened at
 * the old rate; a rate that changes for a whole region bends its hazard (hazard.c).
 *
 * Invariant: `weight_sum` is the exact sum over the active pages, in fixed point.
 * Cost: O(pages whose weight changes); O(regions) for a change of shares.
 */
#include "every.h"

#include <math.h>
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

/* --- rates ---------------------------------------------------------------- */

/* Every region's pace follows from shares and weight sums. */
static void
update_rates (vhm_refs *refs)
{
  if (refs->every != NULL)
    every_discard (refs);
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    struct region *region = &refs->regions[i];
    double share
        = refs->share_sum > 0 ? region->spec.share / refs->share_sum : 0;
    if (refs_is_scan (region)) {
      cursor_set_rate (refs, region, share);
      continue;
    }
    double sum = (double) region->weight_sum / region->trapping.scale;
    hazard_bend (&region->hazard, refs->clock, sum > 0 ? share / sum : 0);
  }
}

static void
sum_shares (vhm_refs *refs)
{
  refs->share_sum = 0;
  for (uint32_t i = 0; i < refs->n_regions; i++)
    refs->share_sum += refs->regions[i].spec.share;
}

/* What the weight of page `index` of the region is now. */
static float
weight_of (const struct region *region, uint32_t index)
{
  if (index >= region->n_active)
    return 0;
  switch (region->spec.pattern) {
  case VHM_PATTERN_UNIFORM:
    return 1;
  case VHM_PATTERN_ZIPF:
    return (float) pow (index + 1.0, -region->spec.exponent);
  case VHM_PATTERN_HOT_COLD: {
    uint32_t n = region->n_active, start = region->hot_start % n;
    uint32_t offset = index >= start ? index - start : index + n - start;
    return offset < region->n_hot ? region->hot_weight : region->cold_weight;
  }
  case VHM_PATTERN_SCAN:
  case VHM_PATTERN_REPLAY:
  case VHM_N_PATTERNS:
    break;
  }
  return 0;
}

/* Where the page stands: its references trap, its writes, or neither. */
static struct trapping *
trapping_of (const vhm_refs *refs, struct region *region, uint32_t page)
{
  if (!refs_bit (refs, page))
    return &region->trapping;
  return refs_only_reads (refs, region, page) ? region->writes : NULL;
}

/* Brings the weights of pages [from, to) up to date. A mapped page is looked at
 * first: what happened up to now, happened at the old weight. */
static void
reweigh (vhm_refs *refs, struct region *region, uint32_t from, uint32_t to)
{
  struct trapping *trapping = &region->trapping;
  for (uint32_t i = from; i < to; i++) {
    uint32_t page = region->first + i;
    struct page *p = &refs->pages[page];
    float weight = weight_of (region, i);
    if (weight == p->weight)
      continue;
    struct trapping *among = trapping_of (refs, region, page);
    if (p->mapped)
      vhm_refs_look (refs, page);
    if (among)
      trapping_remove (among, refs->pages, page);
    region->weight_sum -= trapping_fixed (trapping, p->weight);
    region->weight_sum += trapping_fixed (trapping, weight);
    p->weight = weight;
    if (among)
      trapping_add (among, refs->pages, page);
  }
}

/* Pages [from, from + n) of the active ones, wrapping round. */
static void
reweigh_ring (vhm_refs *refs, struct region *region, uint32_t from, uint32_t n)
{
  uint32_t first = from % region->n_active;
  uint32_t before_end = MIN (n, region->n_active - first);
  reweigh (refs, region, first, first + before_end);
  reweigh (refs, region, 0, n - before_end);
}

/* --- regions -------------------------------------------------------------- */

static void
require_sane (const struct vhm_region_spec *spec)
{
  VHM_REQUIRE (spec->pattern < VHM_N_PATTERNS);
  VHM_REQUIRE (spec->n_pages > 0 && spec->n_active <= spec->n_pages);
  VHM_REQUIRE (spec->share >= 0 && isfinite (spec->share));
  VHM_REQUIRE (spec->write >= 0 && spec->write <= 1);
  VHM_REQUIRE (spec->hot >= 0 && spec->hot <= 1);
  VHM_REQUIRE (spec->hot_weight >= 0 && spec->hot_weight <= 1);
}

/* Hot and cold pages keep their weights whatever the number of active pages;
 * rounding to whole hot pages moves the hot part's share by less than one page
 * of it. Where one of the two parts is empty, the pattern is uniform. */
static void
set_n_active (struct region *region, uint32_t n_active)
{
  double hot = region->spec.hot, weight = region->spec.hot_weight;
  region->n_active = n_active;
  region->n_hot = (uint32_t) lround (hot * n_active);
  if (hot > 0 && n_active > 0)
    region->n_hot = MAX (region->n_hot, 1);
  region->hot_weight = (float) (hot > 0 && hot < 1 ? weight / hot : 1);
  region->cold_weight
      = (float) (hot > 0 && hot < 1 ? (1 - weight) / (1 - hot) : 1);
}

static double
largest_weight_sum (const struct region *region)
{
  const struct vhm_region_spec *spec = &region->spec;
  if (spec->pattern == VHM_PATTERN_HOT_COLD)
    return spec->n_pages
           * (double) MAX (region->hot_weight, region->cold_weight);
  if (spec->pattern != VHM_PATTERN_ZIPF)
    return spec->n_pages;
  double sum = 0;
  for (uint32_t i = 0; i < spec->n_pages; i++)
    sum += pow (i + 1.0, -spec->exponent);
  return sum;
}

static uint32_t
scan_lap (const struct region *region)
{
  uint32_t stride = region->cursor.stride;
  return (region->n_active + stride - 1) / stride;
}

/* Room for n pages more, unmapped and of weight 0. */
static void
grow_pages (vhm_refs *refs, uint32_t n)
{
  uint32_t words = refs_words (refs->n_pages);
  VHM_REQUIRE (n <= MAX_PAGES - refs->n_pages && !refs->side_place
               && !refs->guarded);
  refs->pages = g_renew (struct page, refs->pages, refs->n_pages + n);
  vhm_large_advise (refs->pages, (refs->n_pages + n) * sizeof (struct page));
  memset (refs->pages + refs->n_pages, 0, n * sizeof (struct page));
  refs->n_pages += n;
  uint32_t need = refs_words (refs->n_pages);
  refs->mapped = g_renew (uint64_t, refs->mapped, need);
  memset (refs->mapped + words, 0, (need - words) * sizeof (uint64_t));
}

uint32_t
vhm_refs_add_region (vhm_refs *refs, const struct vhm_region_spec *spec)
{
  require_sane (spec);
  VHM_REQUIRE (refs->every == NULL || refs->every->replay.visits == NULL);
  if (spec->pattern == VHM_PATTERN_REPLAY)
    replay_start (refs, spec);
  refs->regions = g_renew (struct region, refs->regions, refs->n_regions + 1);
  struct region *region = &refs->regions[refs->n_regions++];
  *region = (struct region){ .spec = *spec, .first = refs->n_pages };
  grow_pages (refs, spec->n_pages);
  set_n_active (region, spec->n_active);
  hazard_init (&region->hazard, refs->clock);
  region->cursor.stride = refs_is_scan (region) ? MAX (spec->stride, 1) : 1;
  region->cursor.cyclic = refs_is_scan (region) && spec->cyclic;
  region->cursor.runs = g_array_new (FALSE, FALSE, sizeof (struct run));
  trapping_init (&region->trapping, largest_weight_sum (region));
  region->trapping.only_sums = refs->every != NULL;
  if (refs_is_scan (region))
    cursor_start (refs, region, 0, scan_lap (region), 0, spec->write);
  else
    reweigh (refs, region, 0, spec->n_pages);
  trapping_trim (&region->trapping);
  sum_shares (refs);
  update_rates (refs);
  return region->first;
}

uint32_t
vhm_refs_n_pages (const vhm_refs *refs)
{
  return refs->n_pages;
}

void
vhm_refs_set_share (vhm_refs *refs, uint32_t region, double share)
{
  VHM_REQUIRE (region < refs->n_regions && share >= 0 && isfinite (share));
  refs->regions[region].spec.share = share;
  sum_shares (refs);
  update_rates (refs);
}

void
vhm_refs_set_active (vhm_refs *refs, uint32_t number, uint32_t n_active)
{
  VHM_REQUIRE (number < refs->n_regions);
  struct region *region = &refs->regions[number];
  VHM_REQUIRE (n_active <= region->spec.n_pages);
  uint32_t before = region->n_active, hot_before = region->n_hot;
  if (n_active == before)
    return;
  set_n_active (region, n_active);
  if (refs_is_scan (region))
    cursor_set_lap (refs, region, scan_lap (region));
  else if (region->spec.pattern == VHM_PATTERN_HOT_COLD
           && region->hot_start != 0)
    reweigh (refs, region, 0, MAX (before, n_active)); /* it may wrap */
  else {
    if (region->spec.pattern == VHM_PATTERN_HOT_COLD)
      reweigh (refs, region, MIN (hot_before, region->n_hot),
               MAX (hot_before, region->n_hot));
    reweigh (refs, region, MIN (before, n_active), MAX (before, n_active));
  }
  update_rates (refs);
}

void
vhm_refs_set_hot_start (vhm_refs *refs, uint32_t number, uint32_t first)
{
  VHM_REQUIRE (number < refs->n_regions);
  struct region *region = &refs->regions[number];
  VHM_REQUIRE (region->spec.pattern == VHM_PATTERN_HOT_COLD);
  uint32_t n = region->n_active, n_hot = region->n_hot;
  if (n == 0) {
    region->hot_start = first;
    return;
  }
  uint32_t old = region->hot_start % n, new = first % n;
  uint32_t forward = new >= old ? new - old : new + n - old;
  uint32_t step = MIN (MIN (forward, n - forward), n_hot);
  region->hot_start = new;
  /* A step shorter than the hot part changes only its two ends. */
  bool ahead = step == forward || step == n_hot;
  reweigh_ring (refs, region, ahead ? old : new, step);
  reweigh_ring (refs, region, ahead ? new + n_hot - step : old + n_hot - step,
                step);
  update_rates (refs);
}

void
vhm_refs_sweep (vhm_refs *refs, uint32_t number, uint32_t from, uint32_t to,
                double rate, double write)
{
  VHM_REQUIRE (number < refs->n_regions);
  struct region *region = &refs->regions[number];
  VHM_REQUIRE (!refs_is_scan (region));
  VHM_REQUIRE (from <= to && to <= region->spec.n_pages);
  VHM_REQUIRE (rate > 0 && isfinite (rate) && write >= 0 && write <= 1);
  cursor_start (refs, region, from, to - from, rate, write);
}

uint32_t
vhm_refs_sweep_left (const vhm_refs *refs, uint32_t number)
{
  VHM_REQUIRE (number < refs->n_regions);
  const struct region *region = &refs->regions[number];
  if (refs_is_scan (region))
    return 0;
  const struct cursor *c = &region->cursor;
  return c->lap - (uint32_t) cursor_done (c, refs->clock);
}
