/* A Windows guest: faults, balloon, hot-add, counters.
 *
 * Commit charge counts every page that may need storage: processes' private
 * pages, the nonpaged kernel, the balloon (the driver's pages are nonpaged
 * pool). Nothing is committed beyond RAM and page file (windows_commit.c), so what
 * is committed always has a place and there is always a frame to turn pages in.
 *
 * A fault finds the page untouched (demand zero), on its way out or in
 * (transition: soft), or out (hard: the thread waits for the disk). When there
 * is no frame, the thread waits until the writer or a trim has made one: so
 * threads that modify faster than the disk takes go on at the disk's pace.
 *
 * The balloon takes free and standby frames and has the working sets trimmed for
 * the rest; it stops at the low-memory mark, and comes again later.
 *
 * Invariant: see windows_audit_frames and windows_audit_slots. Visible RAM never
 * falls. State: 8 bytes a virtual page and 13 a guest frame (beside the
 * reference tables). Left out: paged pool, large pages.
 */
#include "windows.h"

#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

#include <string.h>

vhm_process *
windows_owner (const struct windows *w, uint32_t page, uint32_t *ret_own)
{
  /* those that have not started yet own nothing: not all of the guest's */
  uint32_t i = w->ages->len;
  while (i-- > 0) {
    vhm_process *p = vhm_guest_process (w->guest, i);
    if (page >= vhm_process_first_page (p)) {
      *ret_own = page - vhm_process_first_page (p);
      return p;
    }
  }
  VHM_REQUIRE (!"a page of no process");
  return NULL;
}

static void
charge (vhm_process *process, uint64_t cyc)
{
  vhm_process_charge (process, VHM_ACCOUNT_GUEST_FAULT, cyc);
}

/* --- boot and stop ---------------------------------------------------------- */

static void
add_frames (struct windows *w, uint32_t first, uint32_t n)
{
  VHM_REQUIRE (first == w->n_frames);
  if (first + n > w->n_frames_allocated) {
    uint32_t more
        = MAX (first + n, w->n_frames_allocated + w->n_frames_allocated / 4);
    w->frames = g_renew (struct frame, w->frames, more);
    vhm_large_advise (w->frames, more * sizeof *w->frames);
    w->priority = g_renew (uint8_t, w->priority, more);
    w->n_frames_allocated = more;
  }
  w->n_frames += n;
  w->n_to_zero += n;
  for (uint32_t gfn = first + n; gfn-- > first;)
    windows_free_frame (w, gfn);
}

static void
boot (void *state, const void *config, vhm_guest *guest, uint32_t n_pages)
{
  struct windows *w = state;
  w->config = config;
  w->guest = guest;
  w->free = w->modified = w->dirty_files = (struct frame_list){ NONE, NONE, 0 };
  for (uint32_t i = 0; i < WINDOWS_PRIORITIES; i++)
    w->standby[i] = w->free;
  w->files = g_array_new (FALSE, FALSE, sizeof (struct os_file));
  w->ages = g_array_new (FALSE, FALSE, sizeof (vhm_ages *));
  w->for_page = g_array_new (FALSE, FALSE, sizeof (struct waiting));
  w->for_frame = g_array_new (FALSE, FALSE, sizeof (struct waiting));
  w->active_slots = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  w->transfers = g_ptr_array_new_with_free_func (g_free);
  w->filling_since_ns = UINT64_MAX;
  uint64_t hz = vhm_guest_clock_hz (guest);
  w->soft_fault_cyc = vhm_ns_to_cycles (hz, w->config->soft_fault_ns);
  w->zero_fault_cyc = vhm_ns_to_cycles (hz, w->config->zero_fault_ns);
  w->hard_fault_cyc = vhm_ns_to_cycles (hz, w->config->hard_fault_ns);
  add_frames (w, 0, n_pages);
  windows_page_file_resize (
      w, (uint32_t) vhm_bytes_to_pages (w->config->page_file_bytes));
  w->n_slots_max = (uint32_t) vhm_bytes_to_pages (
      windows_page_file_bytes (config, vhm_pages_to_bytes (n_pages)));
  w->kernel_pages
      = MIN (vhm_bytes_to_pages (w->config->nonpaged_bytes), n_pages / 2);
  for (uint64_t i = 0; i < w->kernel_pages; i++)
    w->frames[windows_take_frame (w)].owner = FRAME_KERNEL;
  w->commit_pages = w->kernel_pages;
  windows_superfetch_boot (w);
  windows_start_ticking (w);
}

static void
stop (void *state)
{
  struct windows *w = state;
  for (guint i = 0; i < w->ages->len; i++)
    vhm_ages_free (g_array_index (w->ages, vhm_ages *, i));
  g_array_unref (w->ages);
  g_array_unref (w->for_page);
  g_array_unref (w->for_frame);
  g_array_unref (w->active_slots);
  g_array_unref (w->files);
  g_ptr_array_unref (w->transfers);
  g_free (w->frames);
  g_free (w->priority);
  g_free (w->pages);
  g_free (w->slot_listed);
  slots_clear (&w->slots);
}

static void
add_process (void *state, vhm_process *process)
{
  struct windows *w = state;
  uint32_t first = w->n_pages;
  VHM_REQUIRE (vhm_process_first_page (process) == first);
  vhm_ages *ages = vhm_ages_new (vhm_process_refs (process), true);
  g_array_append_val (w->ages, ages);
  w->n_pages += vhm_refs_n_pages (vhm_process_refs (process));
  w->pages = g_renew (struct page, w->pages, w->n_pages);
  vhm_large_advise (w->pages, w->n_pages * sizeof *w->pages);
  for (uint32_t v = first; v < w->n_pages; v++)
    w->pages[v] = (struct page){ NONE, NO_SLOT, PAGE_UNTOUCHED };
  windows_add_files (w, process, first, w->n_pages - first);
}

/* --- faults ------------------------------------------------------------------ */

static enum served
serve_zero (struct windows *w, const struct vhm_fault *fault, uint32_t v)
{
  uint32_t gfn = windows_take_frame (w);
  if (gfn == NONE)
    return SERVED_NO_FRAME;
  w->frames[gfn].owner = v;
  w->pages[v].gfn = gfn;
  windows_map (w, fault->process, fault->page, fault->write,
               VHM_ARRIVAL_ZEROED);
  w->count.demand_zero_faults++;
  charge (fault->process, w->zero_fault_cyc);
  return SERVED_NOW;
}

static enum served
serve_transition (struct windows *w, const struct vhm_fault *fault, uint32_t v)
{
  struct page *page = &w->pages[v];
  bool unsaved = page->state == PAGE_MODIFIED;
  if (page->state == PAGE_STANDBY)
    windows_standby_remove (w, page->gfn);
  else if (page->state == PAGE_MODIFIED)
    windows_list_remove (w, windows_modified_list (w, v), page->gfn);
  else
    windows_abandon_transfer (w, v, false);
  windows_map (w, fault->process, fault->page, fault->write || unsaved,
               VHM_ARRIVAL_KEPT);
  if (page->slot == IN_FILE && !fault->overwrites)
    windows_file_hit (w, v);
  w->count.transition_faults++;
  charge (fault->process, w->soft_fault_cyc);
  return SERVED_NOW;
}

static enum served
serve_hard (struct windows *w, const struct vhm_fault *fault, uint32_t v)
{
  uint32_t gfn = windows_take_frame (w);
  if (gfn == NONE)
    return SERVED_NO_FRAME;
  charge (fault->process, w->hard_fault_cyc);
  if (w->pages[v].slot != IN_FILE) {
    windows_read (w, fault, v, gfn);
    return SERVED_LATER;
  }
  struct waiting x = { .fault = *fault, .page = v };
  g_array_append_val (w->for_page, x);
  windows_file_read (w, v, gfn);
  return SERVED_LATER;
}

static enum served
join_read (struct windows *w, const struct vhm_fault *fault, uint32_t v)
{
  struct waiting x = { .fault = *fault, .page = v };
  g_array_append_val (w->for_page, x);
  if (w->pages[v].slot == IN_FILE && !fault->overwrites)
    windows_file_hit (w, v);
  return SERVED_LATER;
}

enum served
windows_serve (struct windows *w, const struct vhm_fault *fault)
{
  uint32_t v = vhm_process_first_page (fault->process) + fault->page;
  switch ((enum page_state) w->pages[v].state) {
  case PAGE_UNTOUCHED:
    return serve_zero (w, fault, v);
  case PAGE_STANDBY:
  case PAGE_MODIFIED:
  case PAGE_WRITING:
    return serve_transition (w, fault, v);
  case PAGE_OUT:
    if (fault->overwrites && w->pages[v].slot == IN_FILE)
      return serve_zero (w, fault, v);
    return serve_hard (w, fault, v);
  case PAGE_READING:
    return join_read (w, fault, v);
  case PAGE_ACTIVE: /* somebody else's fault has brought it in meanwhile */
    if (fault->write)
      vhm_refs_soil (vhm_process_refs (fault->process), fault->page);
    return SERVED_NOW;
  case N_PAGE_STATES:
    break;
  }
  VHM_REQUIRE (!"a page has a state");
  return SERVED_NOW;
}

static enum vhm_fault_outcome
fault (void *state, const struct vhm_fault *f)
{
  struct windows *w = state;
  uint32_t v = vhm_process_first_page (f->process) + f->page;
  w->count.page_faults++;
  w->count.cache_faults += w->pages[v].slot == IN_FILE;
  enum served served = windows_serve (w, f);
  if (served == SERVED_NO_FRAME) {
    struct waiting x = { .fault = *f, .page = v };
    g_array_append_val (w->for_frame, x);
  }
  windows_trim (w);
  return served == SERVED_NOW ? VHM_FAULT_SERVED : VHM_FAULT_WAITS;
}

static uint32_t
fill (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct windows *w = state;
  uint32_t done = 0, fresh = 0, of_files = 0;
  for (; done < n; done++) {
    uint32_t v = vhm_process_first_page (process) + first + done;
    bool is_file = w->pages[v].slot == IN_FILE;
    if (w->pages[v].state != (is_file ? PAGE_OUT : PAGE_UNTOUCHED))
      continue; /* a reference was faster */
    if (windows_available (w) == 0)
      windows_trim (w);
    uint32_t gfn = windows_take_frame (w);
    if (gfn == NONE)
      break;
    w->frames[gfn].owner = v;
    w->pages[v].gfn = gfn;
    windows_map (w, process, first + done, true, VHM_ARRIVAL_ZEROED);
    fresh++;
    of_files += is_file;
  }
  w->count.page_faults += fresh;
  w->count.cache_faults += of_files;
  w->count.demand_zero_faults += fresh;
  charge (process, fresh * w->zero_fault_cyc);
  windows_trim (w);
  return done;
}

void
windows_release (struct windows *w, vhm_process *process, uint32_t own)
{
  uint32_t v = vhm_process_first_page (process) + own;
  struct page *page = &w->pages[v];
  switch ((enum page_state) page->state) {
  case PAGE_ACTIVE:
    vhm_refs_unmap (vhm_process_refs (process), own);
    vhm_refs_clean (vhm_process_refs (process), own);
    vhm_process_page_lost (process, own);
    w->n_active--;
    windows_free_frame (w, page->gfn);
    break;
  case PAGE_STANDBY:
    windows_standby_remove (w, page->gfn);
    windows_free_frame (w, page->gfn);
    break;
  case PAGE_MODIFIED:
    windows_list_remove (w, windows_modified_list (w, v), page->gfn);
    windows_free_frame (w, page->gfn);
    break;
  case PAGE_WRITING:
  case PAGE_READING:
    windows_abandon_transfer (w, v, true);
    break;
  case PAGE_UNTOUCHED:
  case PAGE_OUT:
  case N_PAGE_STATES:
    break;
  }
}

static void
drop_page (struct windows *w, vhm_process *process, uint32_t own)
{
  uint32_t v = vhm_process_first_page (process) + own;
  if (w->pages[v].slot == IN_FILE) {
    windows_drop_file_page (w, process, own);
    return;
  }
  windows_release (w, process, own);
  windows_free_slot (w, v);
  w->pages[v] = (struct page){ NONE, NO_SLOT, PAGE_UNTOUCHED };
  windows_wake_waiters (w, v);
}

static void
drop (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct windows *w = state;
  for (uint32_t i = 0; i < n; i++)
    drop_page (w, process, first + i);
  windows_relieve (w);
}

/* --- balloon and hot-add ------------------------------------------------------ */

static uint32_t
balloon (void *state, uint32_t n, uint32_t *ret_gfns)
{
  struct windows *w = state;
  uint32_t got = 0, keep = windows_low_mark (w);
  while (got < n && windows_available (w) > keep && windows_has_room (w, 1)) {
    uint32_t gfn = windows_take_frame (w);
    w->frames[gfn].owner = FRAME_BALLOON;
    w->balloon_pages++;
    w->commit_pages++;
    ret_gfns[got++] = gfn;
  }
  windows_trim (w);
  return got;
}

static void
unballoon (void *state, const uint32_t *gfns, uint32_t n)
{
  struct windows *w = state;
  for (uint32_t i = 0; i < n; i++) {
    VHM_REQUIRE (w->frames[gfns[i]].owner == FRAME_BALLOON);
    windows_free_frame (w, gfns[i]);
  }
  w->balloon_pages -= n;
  w->commit_pages -= n;
  windows_relieve (w);
}

static void
hot_added (void *state, uint32_t first, uint32_t n)
{
  struct windows *w = state;
  add_frames (w, first, n);
  windows_relieve (w);
}

/* --- reading ------------------------------------------------------------------ */

static void
frames (const void *state, const vhm_process *process, size_t n,
        const struct vhm_reference *references, uint32_t *ret_gfns)
{
  const struct windows *w = state;
  const struct page *pages = w->pages + vhm_process_first_page (process);
  for (size_t i = 0; i < n; i++)
    ret_gfns[i] = pages[references[i].page].gfn;
}

static struct vhm_frame_use
use_of_page (const struct windows *w, uint32_t v)
{
  const struct page *page = &w->pages[v];
  struct vhm_frame_use use
      = { .on_disk = page->slot != NO_SLOT && page->state != PAGE_MODIFIED };
  switch ((enum page_state) page->state) {
  case PAGE_ACTIVE:
    use.kind = VHM_FRAME_MAPPED;
    use.process = windows_owner (w, v, &use.page);
    if (vhm_refs_is_dirty (vhm_process_refs (use.process), use.page))
      use.on_disk = false;
    return use;
  case PAGE_STANDBY:
  case PAGE_MODIFIED:
    use.kind = VHM_FRAME_CACHE;
    use.process = windows_owner (w, v, &use.page);
    return use;
  case PAGE_WRITING:
  case PAGE_READING:
    use.kind = VHM_FRAME_IO;
    return use;
  case PAGE_UNTOUCHED:
  case PAGE_OUT:
  case N_PAGE_STATES:
    break;
  }
  VHM_REQUIRE (!"a page without a frame has none");
  return use;
}

static struct vhm_frame_use
frame_use (const void *state, uint32_t gfn)
{
  const struct windows *w = state;
  uint32_t owner = w->frames[gfn].owner;
  switch (owner) {
  case FRAME_FREE:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_FREE };
  case FRAME_KERNEL:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_KERNEL };
  case FRAME_BALLOON:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_BALLOON };
  case FRAME_IO:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_IO };
  case FRAME_IMAGE:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_CACHE, .on_disk = true };
  default:
    return use_of_page (w, owner);
  }
}

static void
counters (const void *state, struct vhm_guest_counters *c)
{
  const struct windows *w = state;
  *c = w->count;
  c->committed_pages = w->commit_pages;
  c->commit_limit_pages = windows_commit_limit (w);
  c->page_file_pages = w->slots.n;
  c->pool_nonpaged_pages = w->kernel_pages + w->balloon_pages;
  c->free_pages = w->free.n;
  windows_standby_count (w, c);
  c->page_file_used_pages = w->slots.n - w->slots.n_free;
  c->page_file_peak_pages = w->n_slots_peak;
  c->commit_condition = windows_commit_condition (w);
  c->modified_pages = w->modified.n + w->dirty_files.n;
  c->working_set_pages = w->n_active;
  c->low_memory = w->low;
  c->high_memory = w->high;
}

static const char *
audit (const void *state)
{
  const struct windows *w = state;
  const char *wrong = windows_audit_frames (w);
  if (!wrong)
    wrong = windows_audit_slots (w);
  if (!wrong && w->commit_pages > windows_commit_limit (w))
    wrong = "more is committed than RAM and page file can hold";
  return wrong;
}

static uint64_t
bytes (const void *state)
{
  const struct windows *w = state;
  return (uint64_t) w->n_pages * sizeof *w->pages
         + (uint64_t) w->n_frames_allocated
               * (sizeof *w->frames + sizeof *w->priority)
         + slots_bytes (&w->slots);
}

const struct vhm_guest_os_ops vhm_windows_ops = {
  .boot = boot,
  .stop = stop,
  .add_process = add_process,
  .commit = windows_commit,
  .uncommit = windows_uncommit,
  .fault = fault,
  .fill = fill,
  .drop = drop,
  .balloon = balloon,
  .unballoon = unballoon,
  .hot_added = hot_added,
  .frames = frames,
  .frame_use = frame_use,
  .counters = counters,
  .audit = audit,
  .bytes = bytes,
  .page_file_bytes = windows_page_file_bytes,
  .truncate = windows_truncate,
  .image_bytes = windows_superfetch_bytes,
  .has_priorities = true,
};
