/* References as somebody recorded them, in place of drawn ones.
 *
 * Visit k of the recording takes place at R = start + k + 1: the clock counts
 * references, and here they are known. They are handed to every.c by the same
 * window of references ahead that random ones pass through, so traps, bits and
 * lists of what passed have one implementation.
 *
 * A recording is the only region of its stream: a program's order of visits
 * has no share that could be mixed with other references. With no active pages
 * it stands still.
 *
 * The oldest page: `checked` of a page (which means something else in next-fault
 * mode) holds the number of the visit that accessed it last. A page is the
 * oldest of an exact order if it is the first one in the recording whose visit
 * there is its last one. So the order is a tail that walks along the recording
 * behind the present, each visit once, and a page that is visited need not be
 * moved. Where a visit and its access differ (a sweep came by, other threads ran
 * while the page was fetched, a prefetch) the page has no number and stands
 * in the order of ages.c.
 *
 * Invariant: `next` is the visit after the window; a window that is thrown away
 * gives its visits back. Cost: one load and one store a visit.
 */
#include "ages.h"
#include "every.h"

#include <vhm/base/require.h>

void
replay_start (vhm_refs *refs, const struct vhm_region_spec *spec)
{
  VHM_REQUIRE (refs->n_regions == 0 && spec->replay && spec->n_replay > 0);
  VHM_REQUIRE (spec->n_active == spec->n_pages || spec->n_active == 0);
  for (uint64_t i = 0; i < spec->n_replay; i++)
    VHM_REQUIRE (spec->replay[i].page < spec->n_pages);
  if (refs->every == NULL)
    refs->every = every_new ();
  refs->every->replay = (struct replay){
    .visits = spec->replay,
    .n = spec->n_replay,
    .cyclic = spec->cyclic,
  };
}

/* How many come next in one piece, at most `most`. */
static uint32_t
piece (struct replay *replay, uint32_t most)
{
  if (replay->next == replay->n && replay->cyclic)
    replay->next = 0;
  return (uint32_t) MIN (most, replay->n - replay->next);
}

void
replay_ahead (vhm_refs *refs)
{
  struct every *e = refs->every;
  struct replay *replay = &e->replay;
  e->head = e->n_clear = e->n = 0;
  if (refs->regions[0].n_active == 0)
    return;
  double clock = e->next_independent;
  for (uint32_t n; (n = piece (replay, N_AHEAD - e->n)) > 0;) {
    const struct vhm_reference *from = replay->visits + replay->next;
    for (uint32_t i = 0; i < n; i++)
      e->drawn[e->n + i]
          = (struct drawn){ clock + i, from[i].page, from[i].write };
    clock += n;
    e->n += n;
    replay->next += n;
  }
  e->next_independent = clock;
}

struct replay
replay_rewound (const struct every *e)
{
  struct replay replay = e->replay;
  uint64_t unissued = e->n - e->head;
  /* a short recording may have gone round several times */
  while (replay.next < unissued)
    replay.next += replay.n;
  replay.next -= unissued;
  return replay;
}

size_t
replay_copy (struct replay *replay, size_t n, struct vhm_reference *ret)
{
  bool cyclic = replay->cyclic;
  replay->cyclic = true; /* a sample of one that ends begins again */
  for (size_t done = 0; done < n;) {
    uint32_t k = piece (replay, (uint32_t) MIN (n - done, N_AHEAD));
    memcpy (ret + done, replay->visits + replay->next, k * sizeof *ret);
    replay->next += k;
    done += k;
  }
  replay->cyclic = cyclic;
  return n;
}

/* --- references pass --------------------------------------------------------*/

void
replay_pass (vhm_refs *refs, double end)
{
  struct every *e = refs->every;
  struct page *pages = refs->pages;
  uint64_t number = e->n_issued - e->head;
  const struct drawn *drawn = e->drawn;
  uint32_t i = e->head, n = e->n_clear, last = e->n - 1;
  for (; i < n && drawn[i].clock <= end; i++) {
    __builtin_prefetch (&pages[drawn[MIN (i + FETCH_AHEAD, last)].page], 1);
    struct page *p = &pages[drawn[i].page];
    p->accessed = drawn[i].clock; /* it grows from visit to visit */
    p->checked = (double) (number + i);
    p->dirty |= drawn[i].write;
  }
  if (e->is_recording)
    for (uint32_t k = e->head; k < i; k++)
      e->taken[e->n_taken++]
          = (struct vhm_reference){ drawn[k].page, drawn[k].write };
  e->n_issued += i - e->head;
  e->head = i;
}

double
replay_number (const vhm_refs *refs, uint32_t page, bool accessed)
{
  const struct every *e = refs->every;
  return accessed && page == e->trapped && e->n_issued == e->n_issued_then
             ? (double) (e->n_issued - 1)
             : NO_NUMBER;
}

void
replay_unlog (vhm_refs *refs, uint32_t page)
{
  struct page *p = &refs->pages[page];
  p->checked = NO_NUMBER;
  if (p->ages == 0 || p->slot != LOGGED)
    return;
  vhm_ages *ages = refs->ages[p->ages - 1];
  if (!ages->log.is_used)
    return;
  ages->log.n--;
  ages_place (ages, page);
}

/* --- the recording as an order ----------------------------------------------*/

void
log_init (vhm_ages *ages)
{
  const struct every *e = ages->refs->every;
  if (e != NULL && e->replay.visits)
    ages->log = (struct log){ .is_used = true, .tail = e->n_issued };
}

bool
log_place (vhm_ages *ages, uint32_t page)
{
  struct page *p = &ages->refs->pages[page];
  /* the visit that trapped was issued before the page was put into the order */
  if (p->checked < 0 || p->checked < (double) ages->log.tail)
    return false;
  p->slot = LOGGED;
  ages->log.n++;
  return true;
}

/* Every page is visited once a lap: there is no last visit further back. */
static void
skip_laps (struct log *log, const struct every *e)
{
  if (e->n_issued - log->tail > e->replay.n)
    log->tail = e->n_issued - e->replay.n;
}

bool
log_oldest (vhm_ages *ages, struct aged *ret)
{
  struct log *log = &ages->log;
  if (log->n == 0)
    return false;
  const struct every *e = ages->refs->every;
  const struct page *pages = ages->refs->pages;
  const struct vhm_reference *visits = e->replay.visits;
  skip_laps (log, e);
  uint64_t n = e->replay.n, at = log->tail % n;
  for (;; log->tail++) {
    VHM_ASSERT (log->tail < e->n_issued);
    uint64_t ahead = at + FETCH_AHEAD < n ? at + FETCH_AHEAD : at;
    __builtin_prefetch (&pages[visits[ahead].page], 1);
    const struct page *p = &pages[visits[at].page];
    uint64_t last = (uint64_t) (int64_t) p->checked;
    if (last == log->tail && p->ages == ages->number && p->slot == LOGGED)
      break;
    at = at + 1 < n ? at + 1 : 0;
  }
  ages->n_redraws++;
  uint32_t page = visits[at].page;
  *ret = (struct aged){ pages[page].accessed, page };
  return true;
}
