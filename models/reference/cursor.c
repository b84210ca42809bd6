/* Pages visited in order, at exactly known times: a scan pattern, or one sweep
 * over an independent region.
 *
 * Visit v of the open run takes place at R = start + (v + 1 - first - phase) /
 * rate. While pages are mapped nothing happens at a visit that anybody sees
 * before he looks, so a run over mapped pages is three numbers, not a loop; it
 * ends where a page traps, at a change of rate, and when a sweep is replaced.
 * Closed runs are kept for looking back, those shorter than LONG_RUN are
 * written into their pages at once instead; so the list stays shorter than
 * lap / LONG_RUN entries plus changes of rate.
 *
 * Invariant: `target` is the first visit not yet done that finds a page
 * unmapped (or protected, if visits may write), or NO_VISIT; an unmap in between
 * lowers it, a map of the target
 * searches on from there (a word of the bitmap, 64 pages, at a time).
 *
 * A scan with a stride visits every stride-th page of the active ones. A scan
 * that is not cyclic ends after its lap. Cost: O(1) per trap, amortised.
 */
#include "refs.h"

#include <math.h>
#include <vhm/base/require.h>

#define LONG_RUN 64
#define MAX_SWEEP_RUNS 1024 /* then all pages are looked at and it is empty */

static uint32_t
page_of (const struct region *region, uint64_t visit)
{
  const struct cursor *c = &region->cursor;
  return region->first + c->open.from + (uint32_t) (visit % c->lap) * c->stride;
}

/* First trapping visit of [from, to), all in one lap, or `to`. */
static uint64_t
search_lap (const vhm_refs *refs, const struct region *region, uint64_t from,
            uint64_t to)
{
  if (from >= to)
    return to;
  bool write = region->cursor.open.write > 0;
  if (region->cursor.stride == 1) {
    uint32_t page = page_of (region, from);
    uint32_t n = (uint32_t) (to - from);
    return from + vhm_refs_next_trapping (refs, page, page + n, write) - page;
  }
  while (from < to && !refs_stops (refs, page_of (region, from), write))
    from++;
  return from;
}

static uint64_t
find_target (const vhm_refs *refs, const struct region *region, uint64_t from)
{
  const struct cursor *c = &region->cursor;
  uint64_t lap_end = (from / c->lap + 1) * c->lap;
  if (!c->cyclic)
    lap_end = c->lap;
  uint64_t found = search_lap (refs, region, from, lap_end);
  if (found < lap_end)
    return found;
  if (!c->cyclic)
    return NO_VISIT;
  found = search_lap (refs, region, lap_end, from + c->lap);
  return found < from + c->lap ? found : NO_VISIT;
}

/* Visits done at clock r, which is not before the open run. */
uint64_t
cursor_done (const struct cursor *cursor, double r)
{
  const struct run *open = &cursor->open;
  if (cursor->waiting || cursor->lap == 0)
    return open->first;
  double passed = open->phase + (r - open->start) * open->rate;
  uint64_t done = open->first + (uint64_t) passed;
  done = MIN (done, cursor->target);
  return cursor->cyclic ? done : MIN (done, cursor->lap);
}

/* The latest run that holds the visit. It is there for the latest visit of a
 * page that was not written into the page at once. */
double
cursor_visit_time (const struct cursor *cursor, uint64_t visit)
{
  if (visit >= cursor->open.first)
    return run_time (&cursor->open, visit);
  guint low = 0,
        high = cursor->runs->len; /* the last run that begins by then */
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (g_array_index (cursor->runs, struct run, middle).first <= visit)
      low = middle + 1;
    else
      high = middle;
  }
  VHM_REQUIRE (low > 0);
  return run_time (&g_array_index (cursor->runs, struct run, low - 1), visit);
}

static void
look_at_visited (vhm_refs *refs, struct region *region, uint64_t end)
{
  for (uint64_t v = region->cursor.open.first; v < end; v++) {
    uint32_t page = page_of (region, v);
    if (refs_bit (refs, page))
      vhm_refs_look (refs, page);
  }
}

static void
look_at_all (vhm_refs *refs, const struct region *region)
{
  for (uint32_t i = 0; i < region->spec.n_pages; i++)
    if (refs_bit (refs, region->first + i))
      vhm_refs_look (refs, region->first + i);
}

/* Runs that no look can ask for any more: a scan looks back one lap. */
static void
prune (vhm_refs *refs, struct region *region, uint64_t done)
{
  GArray *runs = region->cursor.runs;
  if (region->spec.pattern != VHM_PATTERN_SCAN) {
    if (runs->len < MAX_SWEEP_RUNS)
      return;
    look_at_all (refs, region);
    g_array_set_size (runs, 0);
    return;
  }
  guint old = 0;
  while (old < runs->len
         && g_array_index (runs, struct run, old).end + region->cursor.lap
                <= done)
    old++;
  if (old > runs->len / 2)
    g_array_remove_range (runs, 0, old);
}

/* Ends the open run before visit `end`; the next one begins now. */
static void
close_run (vhm_refs *refs, struct region *region, uint64_t end, double phase)
{
  struct cursor *c = &region->cursor;
  struct run closed = c->open;
  closed.end = end;
  bool is_long = end - closed.first >= LONG_RUN;
  if (is_long)
    g_array_append_val (c->runs, closed);
  else
    look_at_visited (refs, region, end);
  c->open.first = end;
  c->open.start = refs->clock;
  c->open.phase = phase;
  if (is_long)
    prune (refs, region, end);
}

void
cursor_start (vhm_refs *refs, struct region *region, uint32_t from,
              uint32_t lap, double rate, double write)
{
  struct cursor *c = &region->cursor;
  if (c->lap > 0)
    close_run (refs, region, cursor_done (c, refs->clock), 0);
  c->open = (struct run){
    .start = refs->clock, .rate = rate, .write = write, .from = from
  };
  c->lap = lap;
  c->waiting = false;
  c->target = lap > 0 ? find_target (refs, region, 0) : NO_VISIT;
}

void
cursor_set_rate (vhm_refs *refs, struct region *region, double rate)
{
  struct cursor *c = &region->cursor;
  if (rate == c->open.rate)
    return;
  if (!c->waiting && c->lap > 0) {
    uint64_t done = cursor_done (c, refs->clock);
    double passed = (double) c->open.first + c->open.phase
                    + (refs->clock - c->open.start) * c->open.rate;
    close_run (refs, region, done, CLAMP (passed - (double) done, 0, 1));
  }
  c->open.rate = rate;
}

/* The scan goes over `lap` visits from now on; its place is kept. Visits are
 * numbered anew, so all its pages are brought up to date. */
void
cursor_set_lap (vhm_refs *refs, struct region *region, uint32_t lap)
{
  struct cursor *c = &region->cursor;
  uint64_t done = cursor_done (c, refs->clock);
  uint64_t place = c->cyclic && c->lap > 0 ? done % c->lap : done;
  double phase = 0;
  if (!c->waiting && (c->cyclic || done < c->lap))
    phase = (double) c->open.first + c->open.phase - (double) done
            + (refs->clock - c->open.start) * c->open.rate;
  look_at_all (refs, region);
  g_array_set_size (c->runs, 0);
  if (place >= lap)
    place = c->cyclic ? 0 : lap;
  c->lap = lap;
  c->waiting = false;
  c->open.first = place;
  c->open.start = refs->clock;
  c->open.phase = CLAMP (phase, 0, 1);
  for (uint32_t i = 0; i < region->spec.n_pages; i++)
    if (!isinf (refs->pages[region->first + i].checked))
      refs->pages[region->first + i].checked = (double) place;
  c->target = lap > 0 ? find_target (refs, region, place) : NO_VISIT;
}

double
cursor_next_trap (const vhm_refs *refs, const struct region *region)
{
  const struct cursor *c = &region->cursor;
  if (c->lap == 0 || c->waiting || c->target == NO_VISIT || c->open.rate <= 0)
    return INFINITY;
  return MAX (run_time (&c->open, c->target) - refs->clock, 0);
}

/* References until the last visit, if nothing traps before. */
double
cursor_end (const vhm_refs *refs, const struct region *region)
{
  const struct cursor *c = &region->cursor;
  if (c->lap == 0 || c->waiting || c->cyclic || c->open.rate <= 0
      || cursor_done (c, refs->clock) >= c->lap)
    return INFINITY;
  return MAX (run_time (&c->open, c->lap - 1) - refs->clock, 0);
}

/* The target traps now: the cursor waits there. Returns the page. */
uint32_t
cursor_stop (vhm_refs *refs, struct region *region)
{
  struct cursor *c = &region->cursor;
  VHM_REQUIRE (c->target != NO_VISIT && !c->waiting);
  close_run (refs, region, c->target, 0);
  c->waiting = true;
  return page_of (region, c->target);
}

/* The page was just mapped. True if the cursor waited for it: it is visited. */
bool
cursor_mapped (vhm_refs *refs, struct region *region, uint32_t page)
{
  struct cursor *c = &region->cursor;
  if (c->lap == 0 || c->target == NO_VISIT
      || page_of (region, c->target) != page)
    return false;
  bool waited = c->waiting;
  uint64_t target = c->target;
  if (waited) {
    c->waiting = false;
    c->open.first = target + 1;
    c->open.start = refs->clock;
    c->open.phase = 0;
  }
  c->target = find_target (refs, region, target + 1);
  return waited;
}

/* The page was just unmapped: the next visit to it traps. */
void
cursor_unmapped (vhm_refs *refs, struct region *region, uint32_t page)
{
  struct cursor *c = &region->cursor;
  uint32_t offset = page - region->first - c->open.from;
  uint32_t place = c->lap > 0 ? offset / c->stride : 0;
  if (place >= c->lap || offset % c->stride != 0)
    return;
  uint64_t done = cursor_done (c, refs->clock);
  uint64_t visit = done - done % c->lap + place;
  if (visit < done)
    visit += c->lap;
  if (c->cyclic || visit < c->lap)
    c->target = MIN (c->target, visit);
}
