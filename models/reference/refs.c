/* One process's reference stream: regions, clock, mapped pages, and the next
 * reference that traps.
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
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

#define WORD_BITS 64

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

static bool
is_scan (const struct region *region)
{
  return region->spec.pattern == VHM_PATTERN_SCAN;
}

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
    if (is_scan (region)) {
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
  uint32_t words = (refs->n_pages + WORD_BITS - 1) / WORD_BITS;
  VHM_REQUIRE (n <= MAX_PAGES - refs->n_pages && !refs->side_place
               && !refs->guarded);
  refs->pages = g_renew (struct page, refs->pages, refs->n_pages + n);
  vhm_large_advise (refs->pages, (refs->n_pages + n) * sizeof (struct page));
  memset (refs->pages + refs->n_pages, 0, n * sizeof (struct page));
  refs->n_pages += n;
  uint32_t need = (refs->n_pages + WORD_BITS - 1) / WORD_BITS;
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
  region->cursor.stride = is_scan (region) ? MAX (spec->stride, 1) : 1;
  region->cursor.cyclic = is_scan (region) && spec->cyclic;
  region->cursor.runs = g_array_new (FALSE, FALSE, sizeof (struct run));
  trapping_init (&region->trapping, largest_weight_sum (region));
  region->trapping.only_sums = refs->every != NULL;
  if (is_scan (region))
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
  if (is_scan (region))
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
  VHM_REQUIRE (!is_scan (region));
  VHM_REQUIRE (from <= to && to <= region->spec.n_pages);
  VHM_REQUIRE (rate > 0 && isfinite (rate) && write >= 0 && write <= 1);
  cursor_start (refs, region, from, to - from, rate, write);
}

uint32_t
vhm_refs_sweep_left (const vhm_refs *refs, uint32_t number)
{
  VHM_REQUIRE (number < refs->n_regions);
  const struct region *region = &refs->regions[number];
  if (is_scan (region))
    return 0;
  const struct cursor *c = &region->cursor;
  return c->lap - (uint32_t) cursor_done (c, refs->clock);
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
    if (!is_scan (&refs->regions[i]))
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
  bytes += (refs->n_pages + WORD_BITS - 1) / WORD_BITS * sizeof (uint64_t);
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    const struct region *region = &refs->regions[i];
    bytes += sizeof *region + trapping_bytes (&region->trapping);
    if (region->writes)
      bytes += sizeof *region->writes + trapping_bytes (region->writes);
    bytes += region->hazard.past->len * sizeof (struct bend);
    bytes += region->cursor.runs->len * sizeof (struct run);
  }
  if (refs->guarded)
    bytes += (refs->n_pages + WORD_BITS - 1) / WORD_BITS * sizeof (uint64_t);
  if (refs->side_place)
    bytes += refs->n_pages * sizeof *refs->side_place;
  if (refs->every != NULL)
    bytes += every_bytes (refs);
  for (unsigned i = 0; i < MAX_AGES; i++)
    if (refs->ages[i] != NULL)
      bytes += ages_bytes (refs->ages[i]);
  return bytes;
}
