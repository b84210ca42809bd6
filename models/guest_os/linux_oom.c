/* A Linux guest without memory: the killer, and the balloon that may have taken
 * it.
 *
 * When an allocation can reclaim nothing and has nothing to wait for (see
 * linux_reclaim.c), the process with the most pages, in memory and in swap
 * space together, is killed; among equals the first. It ends between events, so
 * that no fault is under way in it: its pages are free, its threads stop. It
 * stays dead; that is a result of the run.
 *
 * virtio-balloon allocates as anybody does, but without trying again: free
 * pages down to the min mark, then what one round of reclaim yields, which may
 * drive processes to swap; it never calls the killer itself, but those who
 * allocate after it may. What it has taken no longer counts as the guest's RAM.
 * With deflate_on_oom it gives 256 pages back before anybody is killed, each time;
 * the hypervisor may ask for them again.
 *
 * Cost: O(pages of the victim). Left out: oom_score_adj, memory of page tables,
 * the OOM reaper's delay, the driver's time for what it gives
 * back.
 * Source: mm/oom_kill.c (oom_badness), drivers/virtio/virtio_balloon.c (virtballoon_oom_notify) and
 * mm/balloon_compaction.c (GFP flags).
 */
#include "linux.h"

#include <vhm/base/require.h>

#define OOM_PAGES 256 /* VIRTBALLOON_OOM_NR_PAGES */

static struct linux_process *
victim_of (struct linux_os *s)
{
  struct linux_process *worst = NULL;
  for (guint i = 0; i < s->processes->len; i++) {
    struct linux_process *p
        = &g_array_index (s->processes, struct linux_process, i);
    if (p->killed)
      continue;
    if (!worst
        || p->n_mapped + p->n_swapped > worst->n_mapped + worst->n_swapped)
      worst = p;
  }
  return worst;
}

static void
forget_waiting (GArray *waiting, const vhm_process *process)
{
  for (guint i = waiting->len; i-- > 0;)
    if (g_array_index (waiting, struct linux_waiting, i).fault.process
        == process)
      g_array_remove_index (waiting, i);
}

static void
kill_one (struct linux_os *s)
{
  struct linux_process *p = victim_of (s);
  if (!p)
    return;
  p->killed = true;
  s->count.oom_kills++;
  forget_waiting (s->for_page, p->process);
  forget_waiting (s->for_frame, p->process);
  vhm_process_kill (p->process);
  linux_drop (s, p->process, 0,
              vhm_refs_n_pages (vhm_process_refs (p->process)));
}

static bool
deflates (struct linux_os *s)
{
  return s->config->deflate_on_oom
         && vhm_guest_take_back (s->guest, OOM_PAGES) > 0;
}

static void
run_killer (void *context)
{
  struct linux_os *s = context;
  if (!vhm_guest_is_running (s->guest))
    return;
  vhm_guest_begin (s->guest);
  s->killer_comes = false;
  bool is_short = s->free.n <= s->min && !linux_has_hope (s);
  if (is_short && linux_reclaim (s, NULL) == 0 && !deflates (s))
    kill_one (s);
  s->n_failures = 0;
  linux_relieve (s);
  vhm_guest_end (s->guest);
}

void
linux_call_killer (struct linux_os *s)
{
  if (s->killer_comes || !victim_of (s))
    return;
  s->killer_comes = true;
  vhm_guest_timer_set (&s->killer, s->guest, 0, run_killer, s);
}

uint32_t
linux_balloon (void *state, uint32_t n, uint32_t *ret_gfns)
{
  struct linux_os *s = state;
  uint32_t got = 0;
  while (got < n) {
    if (s->free.n <= s->min)
      linux_reclaim (s, NULL);
    if (s->free.n <= s->min)
      break;
    uint32_t gfn = linux_pop_free (s, LINUX_HOT);
    s->frames[gfn].owner = LINUX_BALLOON;
    s->balloon_pages++;
    ret_gfns[got++] = gfn;
  }
  if (s->free.n <= s->low)
    linux_wake_kswapd (s, s->waker);
  return got;
}

void
linux_unballoon (void *state, const uint32_t *gfns, uint32_t n)
{
  struct linux_os *s = state;
  for (uint32_t i = 0; i < n; i++) {
    VHM_REQUIRE (s->frames[gfns[i]].owner == LINUX_BALLOON);
    linux_free_frame (s, gfns[i], LINUX_HOT);
  }
  s->balloon_pages -= n;
  s->n_failures = 0;
  linux_relieve (s);
}
