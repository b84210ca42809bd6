/* The reference semantics that the next-fault mode must equal: every reference
 * is drawn, one by one; real accessed and dirty bits; LRU is a doubly linked
 * list. Slow and plain on purpose, and shares no code with models/reference.
 *
 * Time is the clock R: independent references come as a Poisson process whose
 * rate is their part of all shares, a scan's at equal distances, a sweep's at
 * its own rate beside them.
 */
#ifndef VHM_TESTS_EVERY_REFERENCE_H
#define VHM_TESTS_EVERY_REFERENCE_H

#include <glib.h>
#include <math.h>
#include <vhm/model/reference.h>

#define EVERY_NONE UINT32_MAX

struct every_page {
  bool mapped, accessed, dirty;
  double last;           /* access, clock R; -INFINITY: none */
  uint32_t older, newer; /* in the LRU list while mapped */
};

struct every_region {
  struct vhm_region_spec spec;
  uint32_t first;
  double *upto;        /* cumulative weights of the active pages */
  double next_visit;   /* of the scan or sweep; INFINITY: none */
  double visit_step;   /* references between visits */
  uint32_t place, end; /* page index of the next visit */
};

struct every {
  struct vhm_rng rng;
  double clock, next_independent;
  struct every_page *pages;
  struct every_region regions[4];
  uint32_t n_pages, n_regions, n_mapped;
  uint32_t oldest, newest;
};

struct every_reference {
  uint32_t page;
  bool write;
};

static inline double
every_weight (const struct vhm_region_spec *spec, uint32_t i)
{
  uint32_t n_hot = (uint32_t) lround (spec->hot * spec->n_active);
  switch (spec->pattern) {
  case VHM_PATTERN_UNIFORM:
    return 1;
  case VHM_PATTERN_ZIPF:
    return pow (i + 1.0, -spec->exponent);
  case VHM_PATTERN_HOT_COLD:
    return i < n_hot ? spec->hot_weight / n_hot
                     : (1 - spec->hot_weight) / (spec->n_active - n_hot);
  case VHM_PATTERN_SCAN:
  case VHM_PATTERN_REPLAY:
  case VHM_N_PATTERNS:
    break;
  }
  return 0;
}

static inline double
every_shares (const struct every *e, bool independent_only)
{
  double sum = 0;
  for (uint32_t i = 0; i < e->n_regions; i++)
    if (!independent_only || e->regions[i].spec.pattern != VHM_PATTERN_SCAN)
      sum += e->regions[i].spec.share;
  return sum;
}

/* Rates changed: exponentials are drawn afresh, scans keep their place. */
static inline void
every_new_rates (struct every *e)
{
  double all = every_shares (e, false), mine = every_shares (e, true);
  e->next_independent
      = mine > 0 ? e->clock + vhm_rng_exp (&e->rng) * all / mine : INFINITY;
  for (uint32_t i = 0; i < e->n_regions; i++) {
    struct every_region *r = &e->regions[i];
    if (r->spec.pattern != VHM_PATTERN_SCAN)
      continue;
    double left
        = r->visit_step > 0 ? (r->next_visit - e->clock) / r->visit_step : 1;
    r->visit_step = all / r->spec.share;
    r->next_visit = e->clock + left * r->visit_step;
  }
}

static inline void
every_set_active (struct every *e, uint32_t region, uint32_t n_active)
{
  struct every_region *r = &e->regions[region];
  double sum = 0;
  r->spec.n_active = n_active;
  for (uint32_t i = 0; i < n_active; i++)
    r->upto[i] = sum += every_weight (&r->spec, i);
}

static inline void
every_add_region (struct every *e, const struct vhm_region_spec *spec)
{
  struct every_region *r = &e->regions[e->n_regions++];
  *r = (struct every_region){ .spec = *spec,
                              .first = e->n_pages,
                              .upto = g_new0 (double, spec->n_pages),
                              .next_visit = INFINITY,
                              .end = spec->n_active };
  every_set_active (e, e->n_regions - 1, spec->n_active);
  e->n_pages += spec->n_pages;
  e->pages = g_renew (struct every_page, e->pages, e->n_pages);
  for (uint32_t i = r->first; i < e->n_pages; i++)
    e->pages[i] = (struct every_page){ .last = -INFINITY };
  every_new_rates (e);
}

static inline void
every_init (struct every *e, uint64_t seed, const char *name)
{
  *e = (struct every){ .oldest = EVERY_NONE, .newest = EVERY_NONE };
  vhm_rng_init (&e->rng, seed, name);
}

static inline void
every_clear (struct every *e)
{
  for (uint32_t i = 0; i < e->n_regions; i++)
    g_free (e->regions[i].upto);
  g_free (e->pages);
}

static inline void
every_sweep (struct every *e, uint32_t region, uint32_t from, uint32_t to,
             double rate)
{
  struct every_region *r = &e->regions[region];
  r->place = from;
  r->end = to;
  r->visit_step = 1 / rate;
  r->next_visit = e->clock + r->visit_step;
}

/* --- the LRU list ----------------------------------------------------------*/

static inline void
every_unlink (struct every *e, uint32_t page)
{
  const struct every_page *p = &e->pages[page];
  if (p->older == EVERY_NONE)
    e->oldest = p->newer;
  else
    e->pages[p->older].newer = p->newer;
  if (p->newer == EVERY_NONE)
    e->newest = p->older;
  else
    e->pages[p->newer].older = p->older;
}

static inline void
every_link (struct every *e, uint32_t page)
{
  struct every_page *p = &e->pages[page];
  p->older = e->newest;
  p->newer = EVERY_NONE;
  if (e->newest == EVERY_NONE)
    e->oldest = page;
  else
    e->pages[e->newest].newer = page;
  e->newest = page;
}

static inline void
every_unmap (struct every *e, uint32_t page)
{
  every_unlink (e, page);
  e->pages[page].mapped = false;
  e->n_mapped--;
}

static inline void
every_map (struct every *e, uint32_t page, bool write)
{
  struct every_page *p = &e->pages[page];
  p->mapped = true;
  p->accessed = true;
  p->dirty |= write;
  p->last = e->clock;
  every_link (e, page);
  e->n_mapped++;
}

/* --- the next reference ----------------------------------------------------*/

static inline uint32_t
every_draw_page (struct every *e)
{
  double point = vhm_rng_uniform (&e->rng) * every_shares (e, true);
  const struct every_region *r = e->regions;
  while (r->spec.pattern == VHM_PATTERN_SCAN || point >= r->spec.share) {
    if (r->spec.pattern != VHM_PATTERN_SCAN)
      point -= r->spec.share;
    r++;
  }
  uint32_t low = 0, high = r->spec.n_active - 1;
  double x = vhm_rng_uniform (&e->rng) * r->upto[high];
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (r->upto[middle] <= x)
      low = middle + 1;
    else
      high = middle;
  }
  return r->first + low;
}

static inline uint32_t
every_visit (struct every_region *r)
{
  uint32_t page = r->first + r->place++;
  r->next_visit += r->visit_step;
  if (r->place < r->end)
    return page;
  if (r->spec.pattern == VHM_PATTERN_SCAN && r->spec.cyclic)
    r->place = 0;
  else
    r->next_visit = INFINITY;
  return page;
}

/* Moves the clock to the next reference, if it comes by `until`, and sets the
 * bits of a mapped page. False, and the clock at `until`, if none comes. */
static inline bool
every_step (struct every *e, double until, struct every_reference *ret)
{
  struct every_region *visitor = NULL;
  double when = e->next_independent;
  for (uint32_t i = 0; i < e->n_regions; i++)
    if (e->regions[i].next_visit < when) {
      visitor = &e->regions[i];
      when = visitor->next_visit;
    }
  if (when > until) {
    e->clock = until;
    return false;
  }
  e->clock = when;
  if (visitor != NULL) {
    ret->page = every_visit (visitor);
  } else {
    e->next_independent += vhm_rng_exp (&e->rng) * every_shares (e, false)
                           / every_shares (e, true);
    ret->page = every_draw_page (e);
  }
  uint32_t i = 0;
  while (i + 1 < e->n_regions && ret->page >= e->regions[i + 1].first)
    i++;
  ret->write = vhm_rng_chance (&e->rng, e->regions[i].spec.write);
  struct every_page *p = &e->pages[ret->page];
  if (p->mapped) {
    p->accessed = true;
    p->dirty |= ret->write;
    p->last = e->clock;
    every_unlink (e, ret->page);
    every_link (e, ret->page);
  }
  return true;
}

/* --- one memory under LRU, in both modes
 * ------------------------------------*/

/* All references up to clock `until`; returns the faults. */
static inline uint64_t
every_run_lru (struct every *e, uint32_t capacity, double until)
{
  struct every_reference ref;
  uint64_t faults = 0;
  while (every_step (e, until, &ref)) {
    if (e->pages[ref.page].mapped)
      continue;
    faults++;
    if (e->n_mapped >= capacity)
      every_unmap (e, e->oldest);
    every_map (e, ref.page, ref.write);
  }
  return faults;
}

/* The same by a stream of the program, in either mode. */
static inline uint64_t
next_fault_run_lru (vhm_refs *refs, vhm_ages *ages, uint32_t capacity,
                    double until)
{
  uint64_t faults = 0;
  for (;;) {
    double d = vhm_refs_next (refs), left = until - vhm_refs_clock (refs);
    if (d > left) {
      vhm_refs_advance (refs, MAX (left, 0));
      return faults;
    }
    bool write;
    uint32_t victim;
    double accessed;
    vhm_refs_advance (refs, d);
    uint32_t page = vhm_refs_trap (refs, &write);
    if (page == VHM_NO_PAGE)
      continue;
    if (vhm_refs_is_hidden (refs, page)) {
      vhm_refs_show (refs, page, write, true);
      continue;
    }
    if (vhm_refs_is_protected (refs, page)) {
      vhm_refs_unprotect (refs, page, write);
      continue;
    }
    if (vhm_ages_n (ages) >= capacity
        && vhm_ages_pop (ages, &victim, &accessed))
      vhm_refs_unmap (refs, victim);
    vhm_refs_map (refs, page, write, true);
    vhm_ages_insert (ages, page);
    faults++;
  }
}

#endif
