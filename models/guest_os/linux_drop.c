/* What processes of a Linux guest give back: memory, and files.
 *
 * Anonymous memory that is dropped is free at once, with its slots. A page of a
 * file stays cached when a process unmaps it; it counts as used if it was, and
 * waits for the flusher if it was written. A file that is truncated, or removed,
 * has no pages any more. Pages under I/O are let go when it ends.
 *
 * Cost: O(1) a page, O(log files); O(transfers) one under I/O.
 */
#include "linux.h"

#include <vhm/base/require.h>

/* A file's page stays cached. */
static void
drop_file_page (struct linux_os *s, uint32_t v)
{
  if (s->pages[v].state != LINUX_MAPPED)
    return;
  uint32_t gfn = s->pages[v].where;
  bool is_young = linux_is_young (s, gfn);
  bool is_dirty = linux_unmap (s, v);
  s->pages[v].state = LINUX_CACHED; /* where it stands on its list */
  s->n_cached++;
  if (is_dirty) {
    s->frames[gfn].flags |= LINUX_DIRTY;
    linux_became_dirty (s, v);
  }
  if (is_young)
    linux_mark_accessed (s, gfn);
}

/* Its frame is free, or will be when its transfer has ended. */
static void
release (struct linux_os *s, uint32_t v)
{
  struct linux_page *page = &s->pages[v];
  switch ((enum linux_state) page->state) {
  case LINUX_MAPPED:
    linux_unmap (s, v);
    linux_remove (s, linux_lru_of (s, page->where), page->where);
    linux_free_frame (s, page->where, LINUX_HOT);
    return;
  case LINUX_CACHED:
    s->n_cached--;
    linux_remove (s, linux_lru_of (s, page->where), page->where);
    linux_free_frame (s, page->where, LINUX_HOT);
    return;
  case LINUX_WRITING:
  case LINUX_READING:
    linux_abandon_transfer (s, v, true);
    return;
  case LINUX_OUT:
  case LINUX_UNTOUCHED:
  case LINUX_N_STATES:
    return;
  }
}

static void
drop_page (struct linux_os *s, struct linux_process *p, uint32_t v)
{
  struct linux_page *page = &s->pages[v];
  p->n_swapped -= page->state == LINUX_OUT;
  release (s, v);
  linux_free_slot (s, v);
  *page = (struct linux_page){ LINUX_NONE, LINUX_NO_SLOT, LINUX_UNTOUCHED };
  linux_wake_waiters (s, v);
}

void
linux_drop (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct linux_os *s = state;
  uint32_t base = vhm_process_first_page (process) + first, own;
  for (uint32_t v = base; v < base + n; v++)
    if (linux_file_of (s, v))
      drop_file_page (s, v);
    else
      drop_page (s, linux_owner (s, v, &own), v);
  s->n_failures = 0;
  linux_relieve (s);
}

static void
truncate_page (struct linux_os *s, uint32_t v)
{
  release (s, v);
  s->pages[v] = (struct linux_page){ LINUX_NONE, LINUX_NO_SLOT, LINUX_OUT };
  linux_wake_waiters (s, v);
}

void
linux_truncate (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct linux_os *s = state;
  uint32_t base = vhm_process_first_page (process) + first;
  for (uint32_t v = base; v < base + n; v++) {
    VHM_REQUIRE (linux_file_of (s, v));
    truncate_page (s, v);
  }
  s->n_failures = 0;
  linux_relieve (s);
}
