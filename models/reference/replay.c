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
 * Invariant: `next` is the visit after the window; a window that is thrown away
 * gives its visits back. Cost: one load and one store a visit.
 */
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
