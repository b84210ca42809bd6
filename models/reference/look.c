/* What happened to a mapped page since somebody last looked (rules 3 and 7).
 *
 * Independent references: going back from now, the first one met lies an
 * exponential of rate w (in the hazard clock) ago. If that is after `checked`
 * it is the last access; if not, there was none since `checked`, and the last
 * access we knew of stands. In both cases all is known up to now. With one
 * clock in place of two (drawing back to `accessed`), the stretch already known
 * to be free of accesses is drawn again, and hot pages seem younger than they
 * are.
 *
 * Writes: given the last access at a, the references in (checked, a) are still
 * Poisson, so the page stayed clean with chance
 *   (1 - q) exp(-w q (a - checked)),   q the chance that a reference writes.
 *
 * Of a protected page (protected.c) the accesses are the reads, of rate w (1 - q),
 * and no look soils it.
 *
 * Visits of a scan or sweep took place at known times (cursor.c): the last one
 * decides, and n of them leave a page clean with chance (1 - q)^n.
 *
 * Cost: one exponential, and a second draw only for a clean page.
 */
#include "refs.h"

#include <math.h>
#include <vhm/base/require.h>

static bool one_clock; /* refs_test_one_clock */

void
refs_test_one_clock (bool on)
{
  one_clock = on;
}

static void
soil (vhm_refs *refs, struct page *p, double clean_chance)
{
  if (!p->dirty && !refs_is_guarded (refs, (uint32_t) (p - refs->pages))
      && vhm_rng_uniform (&refs->rng) >= clean_chance)
    p->dirty = true;
}

double
refs_own_clock (const vhm_refs *refs, const struct region *region)
{
  if (region->spec.pattern == VHM_PATTERN_SCAN)
    return (double) cursor_done (&region->cursor, refs->clock);
  return refs->clock;
}

static void
look_at_scanned (vhm_refs *refs, const struct region *region, uint32_t page)
{
  const struct cursor *c = &region->cursor;
  struct page *p = &refs->pages[page];
  uint32_t index = page - region->first;
  uint64_t done = cursor_done (c, refs->clock), checked = (uint64_t) p->checked;
  uint64_t place = index / c->stride;
  p->checked = (double) done;
  if (index % c->stride != 0 || place >= c->lap || done <= place)
    return;
  uint64_t last = done - 1 - (done - 1 - place) % c->lap;
  if (last < checked)
    return;
  uint64_t n = (last - checked) / c->lap + 1;
  p->accessed = MIN (cursor_visit_time (c, last), refs->clock);
  soil (refs, p, pow (1 - region->spec.write, (double) n));
}

/* Did the run pass page `index` after R = since, by now? */
static bool
run_passed (const struct run *run, uint64_t end, uint32_t index, double since,
            double now, double *ret_when)
{
  if (index < run->from + run->first || index >= run->from + end)
    return false;
  *ret_when = run_time (run, index - run->from);
  return *ret_when > since && *ret_when <= now;
}

void
refs_apply_sweeps (vhm_refs *refs, const struct region *region, uint32_t page)
{
  const struct cursor *c = &region->cursor;
  struct page *p = &refs->pages[page];
  uint32_t index = page - region->first;
  double when;
  passes_apply (refs, region, page);
  if (c->lap == 0)
    return;
  if (!c->waiting
      && run_passed (&c->open, c->lap, index, p->checked, refs->clock, &when)) {
    p->accessed = MAX (p->accessed, when);
    soil (refs, p, 1 - c->open.write);
  }
  for (guint i = c->runs->len; i-- > 0;) {
    const struct run *run = &g_array_index (c->runs, struct run, i);
    if (run_time (run, run->end) < p->checked)
      break;
    if (run_passed (run, run->end, index, p->checked, refs->clock, &when)) {
      p->accessed = MAX (p->accessed, when);
      soil (refs, p, 1 - run->write);
    }
  }
}

static inline void
look_at_independent (vhm_refs *refs, const struct region *region,
                     struct page *p)
{
  double now = hazard_at (&region->hazard, refs->clock);
  double known = one_clock && isfinite (p->accessed) ? p->accessed : p->checked;
  double checked = hazard_at (&region->hazard, known);
  double w = (double) p->weight, q = region->spec.write;
  if (refs_only_reads (refs, region, (uint32_t) (p - refs->pages)))
    w *= 1 - q;
  double ago = vhm_rng_exp (&refs->rng) / w;
  if (!(ago < now - checked)) /* all of them write: 0 / 0 */
    return;
  p->accessed = hazard_to_r (&region->hazard, now - ago);
  if (q > 0 && !p->dirty)
    soil (refs, p, (1 - q) * exp (-w * q * (now - ago - checked)));
}

double
refs_look_alone (vhm_refs *refs, const struct region *region, uint32_t page)
{
  struct page *p = &refs->pages[page];
  if (refs->every != NULL || isinf (p->checked))
    return p->accessed; /* nothing to infer */
  if (region->spec.pattern == VHM_PATTERN_SCAN) {
    look_at_scanned (refs, region, page);
    return p->accessed;
  }
  if (p->checked < refs->clock && p->weight > 0)
    look_at_independent (refs, region, p);
  if (region_has_passes (region)) /* some come while the clock stands still */
    refs_apply_sweeps (refs, region, page);
  p->checked = refs->clock;
  return p->accessed;
}

double
vhm_refs_look (vhm_refs *refs, uint32_t page)
{
  struct page *p = &refs->pages[page];
  VHM_REQUIRE (page < refs->n_pages && p->mapped);
  if (p->in_cohort)
    ages_extract (refs->ages[p->ages - 1], page);
  return refs_look_alone (refs, refs_region_of (refs, page), page);
}

double
vhm_refs_last_access (vhm_refs *refs, uint32_t page)
{
  VHM_REQUIRE (page < refs->n_pages);
  return refs->pages[page].mapped ? vhm_refs_look (refs, page)
                                  : refs->pages[page].accessed;
}
