/* Every reference, one by one: what the process does, not what can be inferred
 * of it. The bits are set where they are set in the machine.
 *
 * Independent references of all regions together are a Poisson process of
 * their shares' rate in R: gaps are exponential, the page of each is drawn by
 * weight (draw.c). They do not depend on what is mapped, so N_AHEAD of them are
 * drawn at a time, and mapping only means to look again for the first one that
 * traps. A change of rates makes those that are not issued yet void; the
 * process has no memory, so new ones are drawn from now on.
 *
 * Scans and sweeps visit at the times that cursor.c gives; their visits are
 * carried out in between, in order of time. Where one traps the cursor waits,
 * the independent references go on.
 *
 * vhm_refs_next stops at the end of what has been drawn, and after N_AHEAD
 * references at the latest, so that the list of references passed stays short.
 *
 * Invariant: every reference up to the clock has set its page's `accessed` and
 * `dirty`; `checked`, weight classes and cohorts are not used. drawn[head ..
 * n_clear) do not trap.
 *
 * Cost: one exponential and one draw a reference, and one load of a page's
 * record, which is fetched ahead. Left out: correlation between independent
 * references.
 */
#include "every.h"

#include <math.h>
#include <vhm/base/require.h>

#define FIRST_CAPACITY ((size_t) VHM_FIRST_CAPACITY (1024))

struct every *
every_new (void)
{
  struct every *e = g_new0 (struct every, 1);
  e->stale = true;
  e->trapped = VHM_NO_PAGE;
  return e;
}

void
every_free (struct every *e)
{
  draw_table_clear (&e->table);
  g_free (e->visits);
  g_free (e->taken);
  g_free (e);
}

void
every_discard (vhm_refs *refs)
{
  struct every *e = refs->every;
  e->stale = true;
  if (e->replay.visits)
    e->replay = replay_rewound (e);
  e->head = e->n_clear = e->n = 0;
  if (refs->cause != CAUSE_NONE)
    refs->cause = CAUSE_HORIZON;
}

/* --- drawing ahead -------------------------------------------------------- */

static void
set_rate (vhm_refs *refs)
{
  struct every *e = refs->every;
  double share = 0;
  for (uint32_t i = 0; i < refs->n_regions; i++)
    if (refs->regions[i].weight_sum > 0)
      share += refs->regions[i].spec.share;
  draw_table_build (&e->table, refs, false);
  e->rate = share > 0 ? share / refs->share_sum : 0;
  e->next_independent
      = share > 0 ? refs->clock + vhm_rng_exp (&refs->rng) / e->rate : INFINITY;
  if (e->replay.visits)
    e->next_independent = refs->clock + 1;
  e->visits = g_renew (struct visits, e->visits, refs->n_regions);
  e->stale = false;
}

static void
draw_window (vhm_refs *refs)
{
  struct every *e = refs->every;
  double clock = e->next_independent, gap = 1 / e->rate;
  for (uint32_t i = 0; i < N_AHEAD; i++) {
    uint32_t page = 0;
    const struct draw_bucket *b = draw_page (&e->table, &refs->rng, &page);
    e->drawn[i].clock = clock;
    e->drawn[i].page = page & INT32_MAX;
    e->drawn[i].write = draw_write (b->write, &refs->rng);
    clock += gap * vhm_rng_exp (&refs->rng);
  }
  e->next_independent = clock;
  e->head = e->n_clear = 0;
  e->n = N_AHEAD;
}

static void
draw_ahead (vhm_refs *refs)
{
  struct every *e = refs->every;
  if (e->stale)
    set_rate (refs);
  if (e->head < e->n)
    return;
  if (e->replay.visits)
    replay_ahead (refs);
  else if (e->rate > 0)
    draw_window (refs);
  for (uint32_t i = 0; i < MIN (e->n, FETCH_AHEAD); i++)
    __builtin_prefetch (&refs->pages[e->drawn[i].page].accessed, 1);
}

static bool
any_visits_ahead (const vhm_refs *refs)
{
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    const struct cursor *c = &refs->regions[i].cursor;
    if (c->lap > 0 && !c->waiting && c->open.rate > 0
        && (c->cyclic || cursor_done (c, refs->clock) < c->lap))
      return true;
  }
  return false;
}

static void
announce (vhm_refs *refs, enum cause cause, double when)
{
  refs->cause = cause;
  refs->every->announced = when;
}

/* The first of drawn[from ..) that traps; n if none does. Most streams protect
 * no page, and then one bit a reference is looked at. */
static uint32_t
first_trapping (const vhm_refs *refs, uint32_t from)
{
  const struct every *e = refs->every;
  const struct drawn *drawn = e->drawn;
  const uint64_t *mapped = refs->mapped;
  uint32_t i = from, n = e->n;
  if (refs->guarded != NULL)
    while (i < n && !every_traps (refs, drawn[i]))
      i++;
  else
    while (i < n && (mapped[drawn[i].page >> 6] >> (drawn[i].page & 63)) & 1)
      i++;
  return i;
}

double
every_next (vhm_refs *refs)
{
  struct every *e = refs->every;
  draw_ahead (refs);
  announce (refs, CAUSE_NONE, INFINITY);
  if (e->n == 0 && !any_visits_ahead (refs))
    return INFINITY;
  double horizon = refs->clock + N_AHEAD;
  if (e->n > 0)
    horizon = MIN (horizon, MAX (e->drawn[e->n - 1].clock, refs->clock));
  announce (refs, CAUSE_HORIZON, horizon);
  e->n_clear = first_trapping (refs, e->n_clear);
  if (e->n_clear < e->n && e->drawn[e->n_clear].clock <= horizon)
    announce (refs, CAUSE_INDEPENDENT, e->drawn[e->n_clear].clock);
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    double when = refs->clock + cursor_next_trap (refs, &refs->regions[i]);
    if (when >= e->announced)
      continue;
    announce (refs, CAUSE_CURSOR, when);
    refs->cause_region = i;
    e->announced_visit = refs->regions[i].cursor.target;
  }
  return MAX (e->announced - refs->clock, 0);
}

/* --- references pass ------------------------------------------------------ */

static void
reserve (struct every *e, size_t n)
{
  if (e->n_taken + n <= e->capacity)
    return;
  e->capacity = MAX (MAX (2 * e->capacity, FIRST_CAPACITY), e->n_taken + n);
  e->taken = g_renew (struct vhm_reference, e->taken, e->capacity);
}

static inline void
record (struct every *e, uint32_t page, bool write)
{
  e->taken[e->n_taken++]
      = (struct vhm_reference){ .page = page & INT32_MAX, .write = write };
}

/* Which visits take place until the clock stands at `end`; returns how many. */
static size_t
find_visits (vhm_refs *refs, double end)
{
  size_t n = 0;
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    const struct cursor *c = &refs->regions[i].cursor;
    struct visits *v = &refs->every->visits[i];
    *v = (struct visits){ .when = INFINITY };
    if (c->lap == 0)
      continue;
    v->next = cursor_done (c, refs->clock);
    v->end = cursor_done (c, end);
    if (v->next >= v->end)
      continue;
    v->when = run_time (&c->open, v->next);
    n += v->end - v->next;
  }
  return n;
}

static void
visit (vhm_refs *refs, uint32_t number, double latest)
{
  const struct region *region = &refs->regions[number];
  const struct cursor *c = &region->cursor;
  struct visits *v = &refs->every->visits[number];
  uint32_t page = region->first + c->open.from
                  + (uint32_t) (v->next % c->lap) * c->stride;
  bool write = draw_write (c->open.write, &refs->rng);
  every_access (refs, page, MIN (v->when, latest), write);
  if (refs->every->replay.visits)
    replay_unlog (refs, page);
  if (refs->every->is_recording)
    record (refs->every, page, write);
  v->next++;
  v->when = v->next < v->end ? run_time (&c->open, v->next) : INFINITY;
}

/* Carries out the visits found, as far as they come before `until`; of visits
 * at the same time that of the first region. */
static void
visit_until (vhm_refs *refs, double until, double latest)
{
  for (;;) {
    uint32_t first = 0;
    const struct visits *v = refs->every->visits;
    for (uint32_t i = 1; i < refs->n_regions; i++)
      if (v[i].when < v[first].when)
        first = i;
    if (!(v[first].when < until))
      return;
    visit (refs, first, latest);
  }
}

static void
pass (vhm_refs *refs, double end)
{
  struct every *e = refs->every;
  if (e->stale)
    set_rate (refs);
  size_t n_visits = find_visits (refs, end);
  if (e->is_recording)
    reserve (e, n_visits + (e->n_clear - e->head));
  if (e->replay.visits && n_visits == 0) {
    replay_pass (refs, end);
    refs->clock = end;
    return;
  }
  for (; e->head < e->n_clear && e->drawn[e->head].clock <= end;
       e->head++, e->n_issued++) {
    struct drawn now = e->drawn[e->head];
    uint32_t ahead = MIN (e->head + FETCH_AHEAD, e->n - 1);
    __builtin_prefetch (&refs->pages[e->drawn[ahead].page].accessed, 1);
    if (n_visits > 0)
      visit_until (refs, now.clock, end);
    every_access (refs, now.page, now.clock, now.write);
    if (e->replay.visits)
      refs->pages[now.page].checked = (double) e->n_issued;
    if (e->is_recording)
      record (e, now.page, now.write);
  }
  if (n_visits > 0)
    visit_until (refs, INFINITY, end);
  refs->clock = end;
}

void
every_advance (vhm_refs *refs, double d)
{
  pass (refs, refs->clock + d);
}

/* What was announced may have been overtaken: the page mapped by somebody else,
 * the rates changed. Then nothing traps now. */
uint32_t
every_trap (vhm_refs *refs, bool *ret_write)
{
  struct every *e = refs->every;
  enum cause cause = refs->cause;
  VHM_REQUIRE (cause != CAUSE_NONE);
  refs->cause = CAUSE_NONE;
  *ret_write = false;
  if (e->stale)
    return VHM_NO_PAGE;
  pass (refs, MAX (refs->clock, e->announced));
  if (cause == CAUSE_CURSOR) {
    struct region *region = &refs->regions[refs->cause_region];
    if (region->cursor.waiting || region->cursor.target != e->announced_visit)
      return VHM_NO_PAGE;
    *ret_write = draw_write (region->cursor.open.write, &refs->rng);
    uint32_t page = cursor_stop (refs, region);
    if (*ret_write || !refs_is_guarded (refs, page))
      return page;
    refs_read_in_passing (refs, region, page);
    return VHM_NO_PAGE;
  }
  if (cause == CAUSE_HORIZON || !every_traps (refs, e->drawn[e->head]))
    return VHM_NO_PAGE;
  struct drawn now = e->drawn[e->head];
  e->n_clear = ++e->head;
  e->n_issued++;
  e->trapped = now.page;
  e->n_issued_then = e->n_issued;
  *ret_write = now.write;
  return now.page;
}

void
every_mapped (vhm_refs *refs, uint32_t page, bool write)
{
  struct every *e = refs->every;
  if (!e->is_recording)
    return;
  reserve (e, 1);
  record (e, page, write);
}

void
every_unmapped (vhm_refs *refs)
{
  refs->every->n_clear = refs->every->head;
}

void
every_touch (vhm_refs *refs, uint32_t from, uint32_t to, double write)
{
  struct every *e = refs->every;
  if (e->is_recording)
    reserve (e, to - from);
  for (uint32_t page = from; page < to; page++) {
    bool writes = draw_write (write, &refs->rng);
    every_access (refs, page, refs->clock, writes);
    if (e->replay.visits)
      replay_unlog (refs, page);
    if (e->is_recording)
      record (e, page, writes);
  }
}

size_t
vhm_refs_take (vhm_refs *refs, const struct vhm_reference **ret)
{
  struct every *e = refs->every;
  if (e == NULL)
    return 0;
  size_t n = e->n_taken;
  e->is_recording = true;
  e->n_taken = 0;
  *ret = e->taken;
  return n;
}

bool
every_is_valid (const vhm_refs *refs)
{
  const struct every *e = refs->every;
  if (e->head > e->n_clear || e->n_clear > e->n || e->n > N_AHEAD)
    return false;
  for (uint32_t i = e->head; i < e->n; i++) {
    if (i > e->head && e->drawn[i].clock < e->drawn[i - 1].clock)
      return false;
    if (i < e->n_clear && every_traps (refs, e->drawn[i]))
      return false;
  }
  return e->n_taken <= e->capacity;
}

uint64_t
every_bytes (const vhm_refs *refs)
{
  const struct every *e = refs->every;
  uint64_t bucket = sizeof (struct draw_bucket) + sizeof (struct draw_shape);
  return sizeof *e + e->capacity * sizeof (struct vhm_reference)
         + e->table.capacity * bucket + e->table.n * sizeof (struct draw_alias)
         + refs->n_regions * sizeof (struct visits);
}
