/* When a Linux guest writes pages of files that are dirty, before reclaim wants
 * them.
 *
 * A page that was written and is mapped by nobody any more waits in line. The
 * flusher wakes every dirty_writeback while any wait, and writes
 *
 *   those that have waited for dirty_expire or more, and
 *   the oldest, as long as more wait than dirty_background of the memory that
 *   could be cache (free frames and pages of files)
 *
 * in runs that lie side by side on the disk. They stay cached, and clean: reclaim
 * drops them without a write, and a host that has swapped them meanwhile has
 * written what lies on the guest's disk.
 *
 * Cost: O(1) a page, and sorting those written at a time. Left out: pages that are
 * mapped while they are dirty (written when they are reclaimed), throttling of
 * writers at dirty_ratio, sync. A page written joins the head of its list; in Linux
 * it keeps its place.
 * Source: mm/page-writeback.c, fs/fs-writeback.c; Documentation/sysctl/vm.txt.
 */
#include "linux.h"

#include <vhm/base/require.h>

/* Entries at the front that are gone, before the array is moved up. */
#define MOST_GONE 1024

static uint32_t
n_waiting (const struct linux_os *s)
{
  return s->dirty->len - s->n_dirty_gone;
}

static uint64_t
most_waiting (const struct linux_os *s)
{
  uint64_t cache = (uint64_t) s->free.n + s->lru[LINUX_INACTIVE_FILE].n
                   + s->lru[LINUX_ACTIVE_FILE].n;
  return vhm_scale_ppm (cache, s->config->dirty_ppm);
}

static void run (void *context);

static void
arm (struct linux_os *s)
{
  if (vhm_guest_timer_is_set (&s->flusher))
    return;
  uint64_t hz = vhm_guest_clock_hz (s->guest);
  vhm_guest_timer_set (&s->flusher, s->guest,
                       vhm_ns_to_cycles (hz, s->config->flush_ns), run, s);
}

/* The first in line, if it has waited long enough or too many wait. */
static bool
is_due (const struct linux_os *s, uint64_t now, uint64_t expire, uint64_t most)
{
  if (n_waiting (s) == 0)
    return false;
  const struct linux_dirtied *first
      = &g_array_index (s->dirty, struct linux_dirtied, s->n_dirty_gone);
  return now - first->since_cyc >= expire || n_waiting (s) > most;
}

/* It may have been written, mapped or dropped meanwhile. */
static bool
begin_writing (struct linux_os *s, uint32_t page)
{
  uint32_t gfn = s->pages[page].where;
  if (s->pages[page].state != LINUX_CACHED
      || !(s->frames[gfn].flags & LINUX_DIRTY))
    return false;
  linux_remove (s, linux_lru_of (s, gfn), gfn);
  s->frames[gfn].flags &= ~(uint32_t) LINUX_DIRTY;
  s->pages[page].state = LINUX_WRITING;
  s->n_cached--;
  return true;
}

static void
run (void *context)
{
  struct linux_os *s = context;
  if (!vhm_guest_is_running (s->guest))
    return;
  vhm_guest_begin (s->guest);
  uint64_t now = vhm_guest_now_cyc (s->guest);
  uint64_t expire
      = vhm_ns_to_cycles (vhm_guest_clock_hz (s->guest), s->config->expire_ns);
  uint64_t most = most_waiting (s); /* as it is before these are written */
  GArray *pages = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  while (is_due (s, now, expire, most)) {
    uint32_t page
        = g_array_index (s->dirty, struct linux_dirtied, s->n_dirty_gone++)
              .page;
    if (begin_writing (s, page))
      g_array_append_val (pages, page);
  }
  if (s->n_dirty_gone >= MOST_GONE || n_waiting (s) == 0) {
    g_array_remove_range (s->dirty, 0, s->n_dirty_gone);
    s->n_dirty_gone = 0;
  }
  linux_flush (s, (uint32_t *) (void *) pages->data, pages->len);
  g_array_unref (pages);
  if (n_waiting (s) > 0)
    arm (s);
  vhm_guest_end (s->guest);
}

void
linux_became_dirty (struct linux_os *s, uint32_t page)
{
  const struct linux_dirtied d = {
    .page = page,
    .since_cyc = vhm_guest_now_cyc (s->guest),
  };
  g_array_append_val (s->dirty, d);
  arm (s);
}

void
linux_flusher_init (struct linux_os *s)
{
  s->dirty = g_array_new (FALSE, FALSE, sizeof (struct linux_dirtied));
}

void
linux_flusher_stop (struct linux_os *s)
{
  vhm_guest_timer_cancel (&s->flusher);
  g_array_unref (s->dirty);
}
