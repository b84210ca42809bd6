/* Takes frames from all guests of a host that has too few.
 *
 * Turns of `batch` looks go round the guests in proportion to the frames they
 * hold: before a turn each guest of n frames gains a credit of n, the one with most
 * has the turn and pays the sum of all n. After any number of turns each has had
 * its part of them to within one. What a look finds untouched goes, so a guest that
 * uses its memory gives up less of it than an idle one of the same size. This is
 * one pair of lists for all guests, but that the age of a frame is compared with
 * those of its own guest.
 *
 * Those who wait for frames are served in turn, too, when a write has ended.
 *
 * Invariant: takes no more than those who wait lack, rounded up to the yield of a
 * turn. Cost: O(guests) a turn.
 * Left out: kswapd, which begins before memory has run out.
 * Source: Linux mm/vmscan.c: where each guest has a control group, as under
 * libvirt, all are scanned in proportion to the length of their lists
 * (shrink_node_memcgs, get_scan_count; from memory, unchecked).
 */
#include "guest.h"

#include <vhm/base/require.h>
#include <vhm/model/global_reclaim.h>

struct member {
  vhm_guest *guest; /* that runs; NULL: none */
  int64_t credit;
  uint64_t n_looks;
};

struct vhm_global_reclaim {
  vhm_engine *engine;
  vhm_machine *machine;
  struct member *members; /* by number of the guest */
  uint32_t n_members, next_served;
  bool is_busy;
  vhm_event serve;
};

/* Looks before it gives up, for each frame of all guests: each may be looked at on
 * both lists, twice. */
#define LOOKS_A_FRAME 4

vhm_global_reclaim *
vhm_global_reclaim_new (vhm_engine *engine, vhm_machine *machine)
{
  vhm_global_reclaim *r = g_new0 (vhm_global_reclaim, 1);
  r->engine = engine;
  r->machine = machine;
  r->serve = VHM_NO_EVENT;
  return r;
}

void
vhm_global_reclaim_free (vhm_global_reclaim *r)
{
  if (vhm_engine_is_pending (r->engine, r->serve))
    vhm_engine_cancel (r->engine, r->serve);
  g_free (r->members);
  g_free (r);
}

static uint32_t
number (const vhm_guest *g)
{
  return (uint32_t) (g->owner - VHM_OWNER_FIRST_GUEST);
}

uint64_t
vhm_global_reclaim_looks (const vhm_global_reclaim *r, const vhm_guest *g)
{
  return number (g) < r->n_members ? r->members[number (g)].n_looks : 0;
}

void
vhm_global_join (vhm_guest *g)
{
  vhm_global_reclaim *r = g->around.reclaim;
  if (!r || !g->backing.swap)
    return;
  uint32_t n = number (g);
  if (n >= r->n_members) {
    r->members = g_renew (struct member, r->members, n + 1);
    for (uint32_t i = r->n_members; i <= n; i++)
      r->members[i] = (struct member){ .guest = NULL };
    r->n_members = n + 1;
  }
  r->members[n] = (struct member){ .guest = g };
}

void
vhm_global_leave (vhm_guest *g)
{
  vhm_global_reclaim *r = g->around.reclaim;
  if (!r || number (g) >= r->n_members || r->members[number (g)].guest != g)
    return;
  r->members[number (g)].guest = NULL;
  vhm_global_freed (r);
}

/* --- who lacks frames ------------------------------------------------------------ */

/* What it waits for and might have, were there enough. */
static uint64_t
n_wanted (const vhm_guest *g)
{
  const struct backing *b = &g->backing;
  uint64_t stay = vhm_backing_n_counted (b) - b->n_writing;
  return MIN (b->wants->len, b->n_limit - MIN (stay, b->n_limit));
}

bool
vhm_global_is_short (const vhm_global_reclaim *r)
{
  uint64_t wanted = 0, coming = vhm_machine_n_spare (r->machine);
  for (uint32_t i = 0; i < r->n_members; i++) {
    if (!r->members[i].guest)
      continue;
    wanted += n_wanted (r->members[i].guest);
    coming += vhm_backing_n_going (&r->members[i].guest->backing);
  }
  return wanted > coming;
}

/* --- taking ---------------------------------------------------------------------- */

static bool
can_give (const vhm_guest *g)
{
  const struct backing *b = g ? &g->backing : NULL;
  return b && b->n_backed > b->n_writing
         && b->n_submitted < b->swap->n_writes * b->swap->batch
         && vhm_swap_space_n_used (b->space)
                < vhm_swap_space_n_slots (b->space);
}

/* Whose turn it is; *ret_n: frames of all who could have had it. */
static struct member *
next_turn (vhm_global_reclaim *r, uint64_t *ret_n)
{
  struct member *next = NULL;
  *ret_n = 0;
  for (uint32_t i = 0; i < r->n_members; i++) {
    struct member *m = &r->members[i];
    if (!can_give (m->guest))
      continue;
    uint32_t n = m->guest->backing.n_backed;
    m->credit += n;
    *ret_n += n;
    if (!next || m->credit > next->credit)
      next = m;
  }
  if (next)
    next->credit -= (int64_t) *ret_n;
  return next;
}

void
vhm_global_take (vhm_global_reclaim *r)
{
  if (r->is_busy)
    return;
  r->is_busy = true;
  uint64_t n = 0, n_looked = 0;
  while (vhm_global_is_short (r)) {
    struct member *m = next_turn (r, &n);
    if (!m || n_looked > LOOKS_A_FRAME * n)
      break;
    uint64_t batch = m->guest->backing.swap->batch, left = batch;
    vhm_guest_begin (m->guest);
    vhm_backing_take (m->guest, &left);
    vhm_guest_end (m->guest);
    n_looked += batch;
    m->n_looks += batch - left;
  }
  r->is_busy = false;
}

/* --- serving --------------------------------------------------------------------- */

static void
serve (void *context)
{
  vhm_global_reclaim *r = context;
  for (uint32_t i = 0; i < r->n_members; i++) {
    vhm_guest *g = r->members[(r->next_served + i) % r->n_members].guest;
    if (!g || g->backing.wants->len == 0)
      continue;
    vhm_guest_begin (g);
    vhm_guest_end (g);
  }
  r->next_served = (r->next_served + 1) % MAX (r->n_members, 1);
}

void
vhm_global_freed (vhm_global_reclaim *r)
{
  bool is_waited_for = false;
  for (uint32_t i = 0; i < r->n_members; i++)
    is_waited_for = is_waited_for
                    || (r->members[i].guest
                        && r->members[i].guest->backing.wants->len > 0);
  if (is_waited_for && !vhm_engine_is_pending (r->engine, r->serve))
    r->serve = vhm_engine_schedule (r->engine, vhm_engine_now (r->engine),
                                    VHM_PRIORITY_NORMAL, serve, r);
}
