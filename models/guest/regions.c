/* Memory of a process as its workload sees it: regions and files, commit,
 * allocation of frames in advance, what is dropped, which part is referenced.
 *
 * An allocation that finds no frames stalls one running thread until the system
 * has some. The first commit that a process is refused is an incident; the system
 * counts them all. Invariant: at most one allocation at a time. Cost: O(1), or O(pages)
 * allocated or dropped.
 */
#include "process.h"

#include <vhm/base/require.h>

uint32_t
vhm_process_region_first (const vhm_process *p, uint32_t region)
{
  VHM_REQUIRE (region < p->regions->len);
  return g_array_index (p->regions, uint32_t, region);
}

bool
vhm_process_is_file (const vhm_process *p, uint32_t page, uint64_t *ret_at)
{
  guint i = p->files->len;
  while (i-- > 0) {
    const struct file *f = &g_array_index (p->files, struct file, i);
    if (page < f->first || page >= f->first + f->n)
      continue;
    *ret_at = f->at + (page - f->first);
    return true;
  }
  return false;
}

uint64_t
vhm_guest_new_file (vhm_guest *g, uint32_t n_pages)
{
  uint64_t at = g->image_end;
  g->image_end += n_pages;
  return at;
}

uint64_t
vhm_process_new_file (vhm_process *p, uint32_t n_pages)
{
  return vhm_guest_new_file (p->guest, n_pages);
}

uint32_t
vhm_process_add_region (vhm_process *p, const struct vhm_region_spec *spec)
{
  VHM_REQUIRE (!p->threads);
  uint32_t first = vhm_refs_add_region (p->refs, spec);
  vhm_share_add_region (p, spec);
  g_array_append_val (p->regions, first);
  g_array_append_val (p->active, spec->n_active);
  p->n_active += spec->n_active;
  if (spec->is_file) {
    const struct file f
        = { .first = first, .n = spec->n_pages, .at = spec->file_at };
    g_array_append_val (p->files, f);
  }
  if (spec->is_loaded)
    vhm_loads_add_region (p, spec, first);
  return p->regions->len - 1;
}

static unsigned
mib (uint64_t pages)
{
  return (unsigned) (vhm_pages_to_bytes (pages) / VHM_MIB);
}

static void
tell_of_refusal (vhm_process *p, uint32_t n_pages)
{
  const struct vhm_guest_surroundings *around = &p->guest->around;
  if (p->was_refused || !around->incident)
    return;
  p->was_refused = true;
  struct vhm_guest_counters c = { 0 };
  p->guest->os->counters (p->guest->os_state, &c);
  g_autofree char *what = g_strdup_printf (
      "its process %u, %s, was refused memory for the first time: %u pages "
      "more, with %u of %u MiB committed",
      p->number, p->plugin->name, n_pages, mib (c.committed_pages),
      mib (c.commit_limit_pages));
  around->incident (around->host, p->guest->config.name, what);
}

static bool
is_waited_for (const vhm_process *p, uint32_t page)
{
  for (uint32_t i = 0; i < p->how.n_threads; i++)
    if (p->threads[i].page == page
        && (p->threads[i].state == THREAD_FAULTED
            || p->threads[i].state == THREAD_SWAPPED))
      return true;
  return false;
}

double
vhm_process_last_access (vhm_process *p, uint32_t region, uint32_t page)
{
  uint32_t own = vhm_process_region_first (p, region) + page;
  if (vhm_refs_traps (p->refs, own) && is_waited_for (p, own))
    return vhm_refs_clock (p->refs);
  return vhm_refs_last_access (p->refs, own);
}

bool
vhm_process_commit (vhm_process *p, uint32_t n_pages)
{
  if (!p->guest->os->commit (p->guest->os_state, n_pages)) {
    tell_of_refusal (p, n_pages);
    return false;
  }
  p->n_committed += n_pages;
  return true;
}

void
vhm_process_uncommit (vhm_process *p, uint32_t n_pages)
{
  p->guest->os->uncommit (p->guest->os_state, n_pages);
  p->n_committed -= n_pages;
}

bool
vhm_process_wants_frames (const vhm_process *p)
{
  return p->allocation.active;
}

void
vhm_process_fill (vhm_process *p)
{
  struct allocation *a = &p->allocation;
  if (a->next < a->end)
    a->next += p->guest->os->fill (p->guest->os_state, p, a->next,
                                   a->end - a->next);
  p->trap_stale = true;
  VHM_ASSERT (a->next <= a->end);
  vhm_process_wait_for_frames (p, FILLER, WAITS_FILL, false);
  if (a->next < a->end || vhm_backing_waits (p->guest, p, FILLER)) {
    if (a->thread == VHM_NO_PAGE && p->n_running > 0) {
      struct thread *t = vhm_thread_any_running (p);
      vhm_thread_stop (p, t, THREAD_STALLED);
      a->thread = t->index;
    }
    return;
  }
  a->active = false;
  if (a->thread != VHM_NO_PAGE)
    vhm_thread_go_on (p, &p->threads[a->thread]);
  a->thread = VHM_NO_PAGE;
  vhm_process_notify (p, VHM_NOTICE_ALLOCATED);
}

void
vhm_process_frames_ready (vhm_process *p)
{
  if (!p->allocation.active)
    return;
  vhm_guest_begin (p->guest);
  vhm_process_fill (p);
  vhm_guest_end (p->guest);
}

void
vhm_process_allocate (vhm_process *p, uint32_t region, uint32_t first,
                      uint32_t n)
{
  VHM_REQUIRE (!p->allocation.active);
  vhm_guest_begin (p->guest);
  p->allocation.active = true;
  p->allocation.next = vhm_process_region_first (p, region) + first;
  p->allocation.end = p->allocation.next + n;
  vhm_process_fill (p);
  vhm_guest_end (p->guest);
}

bool
vhm_process_is_allocating (const vhm_process *p)
{
  return p->allocation.active;
}

void
vhm_process_drop (vhm_process *p, uint32_t region, uint32_t first, uint32_t n)
{
  vhm_guest_begin (p->guest);
  uint32_t page = vhm_process_region_first (p, region) + first;
  vhm_loads_forget (p, page, n);
  p->guest->os->drop (p->guest->os_state, p, page, n);
  p->trap_stale = true;
  vhm_guest_end (p->guest);
}

void
vhm_process_truncate (vhm_process *p, uint32_t region, uint32_t first,
                      uint32_t n)
{
  const struct vhm_guest_os_ops *os = p->guest->os;
  if (!os->truncate)
    return;
  vhm_guest_begin (p->guest);
  os->truncate (p->guest->os_state, p,
                vhm_process_region_first (p, region) + first, n);
  p->trap_stale = true;
  vhm_guest_end (p->guest);
}

void
vhm_process_set_active (vhm_process *p, uint32_t region, uint32_t n_active)
{
  vhm_guest_begin (p->guest);
  vhm_refs_set_active (p->refs, region, n_active);
  uint32_t *active = &g_array_index (p->active, uint32_t, region);
  p->n_active += n_active - *active;
  *active = n_active;
  p->trap_stale = true;
  vhm_guest_end (p->guest);
}

struct vhm_guest_counters
vhm_process_memory (const vhm_process *p)
{
  return vhm_guest_counters (p->guest);
}

uint32_t
vhm_process_visible_pages (const vhm_process *p)
{
  return vhm_guest_visible_pages (p->guest);
}

struct vhm_app_cache
vhm_guest_app_cache (const vhm_guest *g)
{
  struct vhm_app_cache sum = { 0 };
  for (guint i = 0; g->running && i < g->processes->len; i++) {
    const vhm_process *p = g->processes->pdata[i];
    const struct vhm_workload_ops *ops = p->plugin->ops;
    if (!ops->cache || p->killed)
      continue;
    struct vhm_app_cache one = ops->cache (p->state, p);
    sum.held_pages += one.held_pages;
    sum.target_pages += one.target_pages;
    sum.n_lookups += one.n_lookups;
    sum.n_misses += one.n_misses;
  }
  return sum;
}
