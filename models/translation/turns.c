/* Decides whose turn it is on a logical processor.
 *
 * Real schedulers give a quantum of time to each of those that want a processor,
 * in turn. Here all issue accesses side by side in simulated time, each at its
 * share of the processor's time; the accesses wait until a quantum's worth has
 * come together, and then run in one piece. So busy members run by turns as often
 * as their shares say, idle ones rarely, and between two switches lies a quantum.
 *
 *   next   the first member after the last one, in order, with a turn together
 *   again  the last one, if it is a turn and PATIENCE ahead: accesses come some
 *          thousand at a time, so whoever shares equally may be that far behind
 *   alone  if nothing of others waits, whoever ran last runs ALONE at a time: no
 *          more than an operation or so, since those of others on the package
 *          come in between and share its last-level cache
 *
 * Invariant: a member has less than its turn + PATIENCE waiting after
 * vhm_turns_go_on. Cost: O(members) a turn. Left out: turns cut short because
 * whoever runs waits for a page or sleeps, and taken by whoever wakes up. A
 * quantum of more than VHM_MOST_IN_TURN accesses is cut there (10 ms at 2.1 GHz
 * are, if an access takes 320 cycles or less): such members are switched more
 * often than in truth.
 */
#include <math.h>
#include <vhm/base/require.h>
#include <vhm/model/turns.h>

#define PATIENCE 8192
#define ALONE 1024

uint32_t
vhm_turn_length (double quantum_cyc, double access_cyc)
{
  VHM_REQUIRE (quantum_cyc > 0 && access_cyc > 0);
  return (uint32_t) fmin (VHM_MOST_IN_TURN, fmax (1, quantum_cyc / access_cyc));
}

void
vhm_turns_join (struct vhm_turns *turns, struct vhm_turns_member *member)
{
  if (!turns->members)
    turns->members = g_ptr_array_new ();
  g_ptr_array_add (turns->members, member);
}

void
vhm_turns_leave (struct vhm_turns *turns, struct vhm_turns_member *member)
{
  guint at;
  if (!turns->members || !g_ptr_array_find (turns->members, member, &at))
    return;
  g_ptr_array_remove_index (turns->members, at);
  if (turns->last >= at) /* those behind move up; the next one stays so */
    turns->last = turns->last > 0 ? turns->last - 1 : turns->members->len;
}

static struct vhm_turns_member *
member (const struct vhm_turns *turns, guint i)
{
  return turns->members->pdata[i % turns->members->len];
}

/* Runs a turn of one, false if none is due. */
static bool
run_next (struct vhm_turns *turns)
{
  guint n = turns->members->len;
  bool others_wait = false;
  for (guint i = 1; i < n; i++) {
    struct vhm_turns_member *m = member (turns, turns->last + i);
    others_wait = others_wait || m->n > 0;
    if (m->n == 0 || m->n < m->turn)
      continue;
    turns->last = (turns->last + i) % n;
    m->run (m, m->turn);
    return true;
  }
  struct vhm_turns_member *last = member (turns, turns->last);
  uint32_t most = others_wait ? last->turn + PATIENCE : ALONE;
  if (last->n < most)
    return false;
  last->run (last, others_wait ? last->turn : last->n);
  return true;
}

void
vhm_turns_go_on (struct vhm_turns *turns)
{
  if (!turns->members || turns->members->len == 0)
    return;
  turns->last = MIN (turns->last, turns->members->len - 1);
  while (run_next (turns))
    continue;
}

void
vhm_turns_clear (struct vhm_turns *turns)
{
  g_clear_pointer (&turns->members, g_ptr_array_unref);
}
