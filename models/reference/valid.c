/* Do all the parts of a stream agree? Walks everything; for tests and the
 * hostile build. */
#include "ages.h"
#include "every.h"

#include <math.h>

static bool
page_is_valid (const vhm_refs *refs, const struct region *region, uint32_t i)
{
  const struct page *p = &refs->pages[i];
  if (refs_bit (refs, i) && !p->mapped)
    return false;
  if (refs_is_guarded (refs, i)
      && (!refs_bit (refs, i) || (p->in_cohort && region->spec.write > 0)))
    return false;
  if (!p->mapped)
    return p->ages == 0 && !p->in_cohort;
  if (!refs_bit (refs, i)) /* hidden */
    return !p->in_cohort && p->accessed <= refs->clock
           && (refs->every != NULL || isinf (p->checked));
  if (p->in_cohort && p->ages == 0)
    return false;
  if (refs->every != NULL)
    return !p->in_cohort && p->accessed <= refs->clock;
  if (region->spec.pattern == VHM_PATTERN_SCAN)
    return p->weight <= 0 && p->accessed <= refs->clock;
  return p->accessed <= p->checked && p->checked <= refs->clock;
}

/* Each page stands where its slot says, once; the sums are those of the pages.
 */
static bool
trapping_is_valid (const vhm_refs *refs, const struct trapping *t,
                   bool of_writes, uint32_t expected)
{
  uint64_t sum = 0, n = 0;
  for (unsigned k = 0; k < t->n_classes; k++) {
    const struct weight_class *c = &t->classes[k];
    uint64_t class_sum = 0;
    for (uint32_t i = 0; i < c->n; i++) {
      const struct page *p = &refs->pages[c->page[i]];
      if (refs_bit (refs, c->page[i]) != of_writes
          || refs_is_guarded (refs, c->page[i]) != of_writes
          || i != (p->mapped ? t->side_place[c->page[i]] : p->slot))
        return false;
      class_sum += trapping_fixed (t, p->weight);
    }
    if (class_sum != c->sum)
      return false;
    sum += class_sum;
    n += c->n;
  }
  return (t->only_sums || sum == t->sum) && n == expected;
}

/* Nothing before the target traps, and the target does. */
static bool
cursor_is_valid (const vhm_refs *refs, const struct region *region)
{
  const struct cursor *c = &region->cursor;
  if (c->lap == 0)
    return true;
  uint64_t done = cursor_done (c, refs->clock);
  uint64_t end = c->cyclic ? done + c->lap : c->lap;
  uint64_t target = NO_VISIT;
  for (uint64_t v = done; v < end && target == NO_VISIT; v++) {
    uint32_t index = c->open.from + (uint32_t) (v % c->lap) * c->stride;
    if (refs_stops (refs, region->first + index, c->open.write > 0))
      target = v;
  }
  return target == c->target;
}

static bool
region_is_valid (const vhm_refs *refs, const struct region *region)
{
  uint64_t weight_sum = 0, trap_sum = 0, write_sum = 0;
  uint32_t n_trapping = 0, n_writes = 0;
  for (uint32_t i = 0; i < region->spec.n_pages; i++) {
    const struct page *p = &refs->pages[region->first + i];
    if (!page_is_valid (refs, region, region->first + i))
      return false;
    if (i >= region->n_active && p->weight > 0)
      return false;
    uint64_t weight = trapping_fixed (&region->trapping, p->weight);
    weight_sum += weight;
    bool traps = !refs_bit (refs, region->first + i);
    trap_sum += traps ? weight : 0;
    n_trapping += traps && p->weight > 0;
    bool writes = refs_only_reads (refs, region, region->first + i);
    write_sum += writes ? weight : 0;
    n_writes += writes && p->weight > 0;
  }
  if (refs->every != NULL)
    n_trapping = n_writes = 0; /* no classes */
  const struct trapping *writes = region->writes;
  if (write_sum != (writes ? writes->sum : 0)
      || (writes && !trapping_is_valid (refs, writes, true, n_writes)))
    return false;
  return weight_sum == region->weight_sum && trap_sum == region->trapping.sum
         && trapping_is_valid (refs, &region->trapping, false, n_trapping)
         && cursor_is_valid (refs, region);
}

bool
vhm_refs_is_valid (const vhm_refs *refs)
{
  for (uint32_t i = 0; i < refs->n_regions; i++)
    if (!region_is_valid (refs, &refs->regions[i]))
      return false;
  return refs->every == NULL || every_is_valid (refs);
}

static bool
cohorts_are_valid (const vhm_ages *ages, uint64_t *ret_n)
{
  const struct cohorts *cohorts = &ages->cohorts;
  double oldest = INFINITY;
  uint64_t n = 0;
  for (uint32_t k = 0; k < cohorts->n; k++) {
    const struct cohort *cohort = &cohorts->all[k];
    if (cohort->from > cohort->to || cohort->to > ages->refs->clock)
      return false;
    if (cohort->n > 0)
      oldest = MIN (oldest, cohort->from);
    n += cohort->n;
    for (uint32_t i = 0; i < cohort->n; i++) {
      const struct page *p = &ages->refs->pages[cohort->page[i]];
      if (!p->in_cohort || p->ages != ages->number || p->slot != i
          || p->weight < cohort->least)
        return false;
    }
  }
  *ret_n = n;
  return !(oldest < cohorts->oldest_from) && !(oldest > cohorts->oldest_from);
}

/* Entries in the buckets and the heap whose page says that it is there. */
static uint64_t
n_live_entries (const vhm_ages *ages, GHashTable *seen)
{
  const struct queue *queue = &ages->queue;
  for (uint64_t b = queue->first; b < queue->base + queue->size; b++) {
    const struct bucket *bucket = queue_bucket (queue, b);
    uint32_t chunk = bucket->chunk;
    for (uint32_t left = bucket->n; left > 0;) {
      const struct chunk *c
          = &g_array_index (queue->chunks, struct chunk, chunk);
      uint32_t n = (left - 1) % CHUNK_PAGES + 1;
      for (uint32_t i = 0; i < n; i++)
        if (ages_is_live (ages, c->page[i], slot_of_bucket (b)))
          g_hash_table_add (seen, GUINT_TO_POINTER (c->page[i] + 1));
      left -= n;
      chunk = c->next;
    }
  }
  for (guint i = 0; i < ages->heap->len; i++) {
    uint32_t page = g_array_index (ages->heap, struct aged, i).page;
    if (ages_is_live (ages, page, CURRENT))
      g_hash_table_add (seen, GUINT_TO_POINTER (page + 1));
  }
  return g_hash_table_size (seen);
}

bool
vhm_ages_is_valid (const vhm_ages *ages)
{
  const vhm_refs *refs = ages->refs;
  uint64_t n = 0, n_members;
  for (uint32_t i = 0; i < refs->n_pages; i++)
    n += refs->pages[i].mapped && refs->pages[i].ages == ages->number;
  if (n != ages->n || !cohorts_are_valid (ages, &n_members))
    return false;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  return n_live_entries (ages, seen) + n_members + ages->log.n == n;
}
