/* A lock of a process: one thread has it, the others wait in the order in which they
 * came. Who gives it up hands it to the first of them.
 *
 * Invariant: somebody waits only while somebody has it. Cost: O(1), 4 bytes a
 * thread. Left out: barging (a thread that comes by takes a lock that has been given
 * up before the one that waits has woken up).
 */
#include "process.h"

#include <vhm/base/require.h>

void
vhm_lock_init (struct lock *l, uint32_t n_threads)
{
  *l = (struct lock){ .holder = NOBODY,
                      .room = n_threads,
                      .ring = g_new (uint32_t, n_threads) };
}

void
vhm_lock_clear (struct lock *l)
{
  g_clear_pointer (&l->ring, g_free);
}

bool
vhm_lock_take (struct lock *l, uint32_t thread)
{
  VHM_ASSERT (l->holder != thread);
  if (l->holder == NOBODY) {
    l->holder = thread;
    return true;
  }
  VHM_REQUIRE (l->n < l->room);
  l->ring[(l->first + l->n++) % l->room] = thread;
  return false;
}

uint32_t
vhm_lock_pass_on (struct lock *l)
{
  VHM_ASSERT (l->holder != NOBODY);
  l->holder = NOBODY;
  if (l->n == 0)
    return NOBODY;
  l->holder = l->ring[l->first];
  l->first = (l->first + 1) % l->room;
  l->n--;
  return l->holder;
}

void
vhm_lock_forget (struct lock *l)
{
  l->holder = NOBODY;
  l->n = 0;
}

const char *
vhm_lock_audit (const vhm_process *p)
{
  const struct lock *l = &p->lock;
  uint32_t n_queued = 0;
  for (uint32_t i = 0; p->threads && i < p->how.n_threads; i++)
    n_queued += p->threads[i].state == THREAD_QUEUED;
  if (!p->killed && n_queued != l->n)
    return "threads that wait for a lock are miscounted";
  return l->n > 0 && l->holder == NOBODY
             ? "a lock that threads wait for is free"
             : NULL;
}
