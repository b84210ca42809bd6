/* Hot pages cost nothing (rule 6): which of them have grown old?
 *
 * A cohort is a set of pages of nearly one weight and region of whose accesses
 * is known only: at least one in (from, to], nothing after `to`. As long as the
 * oldest page of the order was accessed before `from`, no member matters. When
 * the order comes to `from`, at R = now, the window moves on: a member had no
 * access in (to, to'] with chance e^(-w (to' - to)), independently. With p that
 * chance for the least weight w0, walk over the members in geometric steps of p
 * and accept each one met with e^(-(w - w0) (to' - to)): only these few are
 * touched. They become individuals: nothing in (to, to'], and the last access
 * in (from, to] is exponential going back from `to`, cut off at `from`. For all
 * others the new window (to, to'] is as true as the old one was.
 *
 * With T = now - from, the age of the oldest, to' = min (now, to + T / 2): then
 * windows settle at T / 2 each. A turn costs n e^(-w T / 2) in place of n. An
 * order by ticks wants to know who was accessed after a horizon, the end of the
 * oldest interval: then windows end at it, or half way from it to now.
 *
 * Joining must not use what is known of the time after `to`, or the members'
 * law would be bent. So a page checked at c < to is first asked only for an
 * access in (max (from, c), to]. Yes: it is a member, with no other question
 * asked (c is kept, it cuts off this page's window). No: what is left, (to,
 * now] and (c, from], is looked at as ever.
 *
 * Dirty bits: a page that is clean but might be written does not join, since
 * "not written" would say something about its accesses; and a protected page's
 * accesses have another rate. Sweeps are applied when
 * the page leaves, from c on.
 *
 * Cost: 4 bytes a member; per member and turn e^(-w T / 2) of a look.
 */
#include "ages.h"

#include <math.h>
#include <string.h>
#include <vhm/base/require.h>

/* A class is an exponent and two bits of mantissa: weights within a factor of
 * 1.25. */
#define CLASS_SHIFT 21
#define N_COHORT_CLASSES 1024
/* Expected references in a window below which a cohort is not worth it: e^-2 of
 * the members would leave at each turn. */
#define WORTH_IT 2.0

void
cohorts_init (struct cohorts *cohorts)
{
  *cohorts = (struct cohorts){ .oldest_from = INFINITY,
                               .of_region
                               = g_ptr_array_new_with_free_func (g_free) };
}

void
cohorts_clear (struct cohorts *cohorts)
{
  for (uint32_t i = 0; i < cohorts->n; i++)
    g_free (cohorts->all[i].page);
  g_free (cohorts->all);
  g_ptr_array_unref (cohorts->of_region);
}

uint64_t
cohorts_bytes (const struct cohorts *cohorts)
{
  uint64_t bytes
      = cohorts->n * sizeof (struct cohort)
        + cohorts->of_region->len * N_COHORT_CLASSES * sizeof (uint16_t);
  for (uint32_t i = 0; i < cohorts->n; i++)
    bytes += cohorts->all[i].capacity * sizeof (uint32_t);
  return bytes;
}

static void
find_oldest (struct cohorts *cohorts)
{
  cohorts->oldest_from = INFINITY;
  for (uint32_t i = 0; i < cohorts->n; i++)
    if (cohorts->all[i].n > 0 && cohorts->all[i].from < cohorts->oldest_from) {
      cohorts->oldest_from = cohorts->all[i].from;
      cohorts->oldest = i;
    }
}

/* --- classes -------------------------------------------------------------- */

union float_bits {
  float value;
  uint32_t bits;
};

static uint16_t *
number_of_class (struct cohorts *cohorts, uint32_t region, float weight)
{
  union float_bits u = { .value = weight };
  while (cohorts->of_region->len <= region)
    g_ptr_array_add (cohorts->of_region, g_new0 (uint16_t, N_COHORT_CLASSES));
  uint16_t *numbers = g_ptr_array_index (cohorts->of_region, region);
  return &numbers[u.bits >> CLASS_SHIFT];
}

static struct cohort *
cohort_of (vhm_ages *ages, const struct region *region, float weight)
{
  struct cohorts *cohorts = &ages->cohorts;
  uint32_t number = (uint32_t) (region - ages->refs->regions);
  uint16_t *class = number_of_class (cohorts, number, weight);
  if (*class == 0) {
    union float_bits least = { .value = weight };
    least.bits = least.bits >> CLASS_SHIFT << CLASS_SHIFT;
    cohorts->all = g_renew (struct cohort, cohorts->all, cohorts->n + 1);
    cohorts->all[cohorts->n]
        = (struct cohort){ .region = number, .least = least.value };
    *class = (uint16_t) ++cohorts->n;
  }
  return &cohorts->all[*class - 1];
}

static void
add_member (vhm_ages *ages, struct cohort *cohort, uint32_t page)
{
  struct page *p = &ages->refs->pages[page];
  if (cohort->n == cohort->capacity) {
    cohort->capacity
        = MAX (2 * cohort->capacity, (uint32_t) VHM_FIRST_CAPACITY (16));
    cohort->page = g_renew (uint32_t, cohort->page, cohort->capacity);
  }
  cohort->page[cohort->n] = page;
  p->slot = cohort->n++ & SLOT_MASK;
  p->in_cohort = true;
  if (cohort->from < ages->cohorts.oldest_from)
    find_oldest (&ages->cohorts);
}

static void
drop_member (vhm_ages *ages, struct cohort *cohort, uint32_t page)
{
  struct page *pages = ages->refs->pages;
  VHM_ASSERT (cohort->page[pages[page].slot] == page);
  uint32_t last = cohort->page[--cohort->n];
  cohort->page[pages[page].slot] = last;
  pages[last].slot = pages[page].slot;
  pages[page].in_cohort = false;
  if (cohort->n == 0)
    find_oldest (&ages->cohorts);
}

/* --- what happened to a page ---------------------------------------------- */

/* Was there an access in a stretch of hazard `length`? Going back from its end,
 * how far away was the last one? */
static bool
draw_access (vhm_refs *refs, double weight, double length, double *ret_ago)
{
  *ret_ago = vhm_rng_exp (&refs->rng) / weight;
  return *ret_ago < length;
}

/* The same, given that there was one. */
static double
draw_certain_access (vhm_refs *refs, double weight, double length)
{
  double any = -expm1 (-weight * length);
  double ago = -log1p (-any * vhm_rng_uniform (&refs->rng)) / weight;
  return MIN (ago, length);
}

static void
settle (vhm_refs *refs, const struct region *region, uint32_t page)
{
  if (region_has_passes (region))
    refs_apply_sweeps (refs, region, page);
  refs->pages[page].checked = refs->clock;
}

/* A look at a page of which it is known that the stretch (from, to] of the
 * region's hazard clock held no access. */
static void
look_around (vhm_refs *refs, const struct region *region, uint32_t page,
             double from, double to)
{
  struct page *p = &refs->pages[page];
  double now = hazard_at (&region->hazard, refs->clock);
  double checked = hazard_at (&region->hazard, p->checked);
  double w = (double) p->weight, ago, last = -INFINITY;
  if (draw_access (refs, w, now - to, &ago))
    last = now - ago;
  else if (checked < from && draw_access (refs, w, from - checked, &ago))
    last = from - ago;
  if (last > checked) {
    p->accessed = hazard_to_r (&region->hazard, last);
    VHM_ASSERT (p->dirty || region->spec.write <= 0);
  }
  settle (refs, region, page);
}

/* --- joining and leaving -------------------------------------------------- */

static bool
may_join (const vhm_ages *ages, const struct region *region,
          const struct page *p)
{
  return ages->refs->every == NULL && p->weight > 0
         && (p->dirty || region->spec.write <= 0) && region->hazard.slope > 0
         && p->checked < ages->refs->clock
         && !refs_only_reads (ages->refs, region,
                              (uint32_t) (p - ages->refs->pages));
}

/* The cohort for the page, its window opened if it has no members. NULL if the
 * page is too cold for one, or known too late. */
static struct cohort *
find_cohort (vhm_ages *ages, const struct region *region, const struct page *p,
             double horizon)
{
  double to = horizon + (ages->refs->clock - horizon) / 2;
  double window
      = hazard_at (&region->hazard, to) - hazard_at (&region->hazard, horizon);
  if (to <= horizon || (double) p->weight * window < WORTH_IT)
    return NULL;
  struct cohort *cohort = cohort_of (ages, region, p->weight);
  if (cohort->n == 0) {
    cohort->from = horizon;
    cohort->to = to;
  }
  return p->checked < cohort->to ? cohort : NULL;
}

bool
cohort_join (vhm_ages *ages, uint32_t page, double horizon)
{
  vhm_refs *refs = ages->refs;
  const struct region *region = refs_region_of (refs, page);
  struct page *p = &refs->pages[page];
  struct cohort *cohort = NULL;
  ages->n_redraws++;
  if (may_join (ages, region, p))
    cohort = find_cohort (ages, region, p, horizon);
  if (cohort == NULL) {
    refs_look_alone (refs, region, page);
    return false;
  }
  double from = hazard_at (&region->hazard, MAX (cohort->from, p->checked));
  double to = hazard_at (&region->hazard, cohort->to), ago;
  if (draw_access (refs, (double) p->weight, to - from, &ago)) {
    add_member (ages, cohort, page);
    return true;
  }
  look_around (refs, region, page, from, to);
  return false;
}

/* The history of a member whose last access lies in its window, drawn. */
static void
access_in_window (vhm_refs *refs, const struct region *region, uint32_t page,
                  double from, double to)
{
  struct page *p = &refs->pages[page];
  double end = hazard_at (&region->hazard, to);
  double start = hazard_at (&region->hazard, MAX (from, p->checked));
  double ago = draw_certain_access (refs, (double) p->weight, end - start);
  p->accessed = hazard_to_r (&region->hazard, end - ago);
}

void
ages_extract (vhm_ages *ages, uint32_t page)
{
  vhm_refs *refs = ages->refs;
  const struct region *region = refs_region_of (refs, page);
  struct page *p = &refs->pages[page];
  uint32_t number = (uint32_t) (region - refs->regions);
  struct cohorts *cohorts = &ages->cohorts;
  struct cohort *cohort
      = &cohorts->all[*number_of_class (cohorts, number, p->weight) - 1];
  double now = hazard_at (&region->hazard, refs->clock);
  double to = hazard_at (&region->hazard, cohort->to), ago;
  if (draw_access (refs, (double) p->weight, now - to, &ago))
    p->accessed = hazard_to_r (&region->hazard, now - ago);
  else
    access_in_window (refs, region, page, cohort->from, cohort->to);
  settle (refs, region, page);
  drop_member (ages, cohort, page);
  ages_place (ages, page);
}

/* --- turning -------------------------------------------------------------- */

/* The next member of a walk down from `place` in which each one is met with
 * chance 1 - e^-miss, independently; below 0 at the end. */
static double
next_met (vhm_refs *refs, double place, double miss)
{
  return place - 1 - floor (vhm_rng_exp (&refs->rng) / miss);
}

struct window {
  double from, to;
};

static void
leave (vhm_ages *ages, struct cohort *cohort, uint32_t page, struct window old,
       double new_to)
{
  vhm_refs *refs = ages->refs;
  const struct region *region = &refs->regions[cohort->region];
  struct page *p = &refs->pages[page];
  const struct hazard *hazard = &region->hazard;
  double to = hazard_at (hazard, new_to);
  double now = hazard_at (hazard, refs->clock), ago;
  ages->n_redraws++;
  if (draw_access (refs, (double) p->weight, now - to, &ago))
    p->accessed = hazard_to_r (hazard, now - ago);
  else
    access_in_window (refs, region, page, old.from, old.to);
  settle (refs, region, page);
  drop_member (ages, cohort, page);
  ages_place (ages, page);
}

/* Which members a turn may touch: the places met, from the last one down, a
 * batch at a time so that their records can be fetched together. */
#define BATCH 32

void
cohort_turn (vhm_ages *ages, double horizon)
{
  struct cohorts *cohorts = &ages->cohorts;
  VHM_REQUIRE (isfinite (cohorts->oldest_from));
  vhm_refs *refs = ages->refs;
  struct cohort *cohort = &cohorts->all[cohorts->oldest];
  const struct hazard *hazard = &refs->regions[cohort->region].hazard;
  struct window old = { cohort->from, cohort->to };
  double half = (refs->clock - MAX (old.from, horizon)) / 2;
  cohort->from = old.to;
  cohort->to = old.to < horizon ? horizon : MIN (refs->clock, old.to + half);
  double length = hazard_at (hazard, cohort->to) - hazard_at (hazard, old.to);
  double least = (double) cohort->least * length;
  double miss = -log1p (-exp (-least));
  double place = next_met (refs, cohort->n, miss);
  while (place >= 0) {
    uint32_t met[BATCH], n = 0;
    for (; n < BATCH && place >= 0; place = next_met (refs, place, miss)) {
      met[n] = cohort->page[(uint32_t) place];
      __builtin_prefetch (&refs->pages[met[n++]], 1);
    }
    for (uint32_t i = 0; i < n; i++) {
      double excess = (double) refs->pages[met[i]].weight * length - least;
      if (vhm_rng_uniform (&refs->rng) < exp (-excess))
        leave (ages, cohort, met[i], old, cohort->to);
    }
  }
  find_oldest (cohorts);
}
