/* A Linux guest: faults, first touch, what processes give back, counters.
 *
 * A fault finds the page untouched (a zeroed frame), cached or on its way out
 * (minor), on its way in (it waits with the others), or out (major: the thread
 * waits for swap space or file). Without a frame it waits until reclaim has made
 * one. Pages of files are cached by the guest: clean ones are dropped, never
 * written, and read again from the file.
 *
 * Commit is heuristic (vm.overcommit_memory = 0): only a request beyond RAM and
 * swap space together is refused, so more can be promised than there is; who
 * pays is decided by the killer (linux_oom.c).
 *
 * Invariant: see linux_audit_frames and linux_audit_slots. Left out: memory
 * that has only been read and shares the zero page, huge pages, pressure
 * notifications (applications are told nothing).
 */
#include "linux.h"

#include <math.h>

#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

static void
charge (vhm_process *process, uint64_t cyc)
{
  vhm_process_charge (process, VHM_ACCOUNT_GUEST_FAULT, cyc);
}

/* --- boot and stop ------------------------------------------------------------ */

static uint64_t
swap_bytes (const void *config, uint64_t ram_bytes)
{
  (void) ram_bytes;
  return ((const struct linux_config *) config)->swap_bytes;
}

static void
take_kernel (struct linux_os *s, uint32_t n_pages)
{
  uint64_t structs = (uint64_t) n_pages * s->config->page_struct_bytes;
  uint64_t kernel = vhm_bytes_to_pages (s->config->kernel_bytes + structs);
  s->kernel_pages = MIN (kernel, n_pages / 2);
  for (uint64_t i = 0; i < s->kernel_pages; i++)
    s->frames[linux_pop_free (s, LINUX_HOT)].owner = LINUX_KERNEL;
}

static void
boot (void *state, const void *config, vhm_guest *guest, uint32_t n_pages)
{
  struct linux_os *s = state;
  s->config = config;
  s->guest = guest;
  linux_flusher_init (s);
  linux_start_reporting (s);
  linux_buddy_init (s);
  for (int i = 0; i < LINUX_N_LRUS; i++)
    s->lru[i] = (struct linux_list){ LINUX_NONE, LINUX_NONE, 0 };
  s->processes = g_array_new (FALSE, FALSE, sizeof (struct linux_process));
  s->files = g_array_new (FALSE, FALSE, sizeof (struct os_file));
  s->for_page = g_array_new (FALSE, FALSE, sizeof (struct linux_waiting));
  s->for_frame = g_array_new (FALSE, FALSE, sizeof (struct linux_waiting));
  s->transfers = g_ptr_array_new_with_free_func (g_free);
  uint64_t hz = vhm_guest_clock_hz (guest);
  s->scan_cyc = vhm_ns_to_cycles (hz, s->config->scan_ns);
  s->minor_cyc = vhm_ns_to_cycles (hz, s->config->minor_ns);
  s->zero_cyc = vhm_ns_to_cycles (hz, s->config->zero_ns);
  s->major_cyc = vhm_ns_to_cycles (hz, s->config->major_ns);
  linux_add_frames (s, 0, n_pages);
  take_kernel (s, n_pages);
  linux_set_watermarks (s);
  linux_swap_init (s, (uint32_t) vhm_bytes_to_pages (s->config->swap_bytes));
}

static void
stop (void *state)
{
  struct linux_os *s = state;
  linux_flusher_stop (s);
  g_array_unref (s->processes);
  g_array_unref (s->files);
  g_array_unref (s->for_page);
  g_array_unref (s->for_frame);
  g_ptr_array_unref (s->transfers);
  g_free (s->frames);
  g_free (s->pages);
  slots_clear (&s->slots);
}

static void
add_process (void *state, vhm_process *process)
{
  struct linux_os *s = state;
  uint32_t first = s->n_pages,
           n = vhm_refs_n_pages (vhm_process_refs (process));
  VHM_REQUIRE (vhm_process_first_page (process) == first);
  const struct linux_process p = { .process = process, .first = first };
  g_array_append_val (s->processes, p);
  s->n_pages += n;
  s->pages = g_renew (struct linux_page, s->pages, s->n_pages);
  vhm_large_advise (s->pages, s->n_pages * sizeof *s->pages);
  for (uint32_t v = first; v < s->n_pages; v++)
    s->pages[v]
        = (struct linux_page){ LINUX_NONE, LINUX_NO_SLOT, LINUX_UNTOUCHED };
  linux_add_files (s, process, first, n);
}

static bool
commit (void *state, uint32_t n_pages)
{
  struct linux_os *s = state;
  uint64_t there_is = (uint64_t) s->n_frames - s->balloon_pages + s->slots.n;
  if (n_pages > there_is) {
    s->count.refused_commits++;
    return false;
  }
  s->commit_pages += n_pages;
  return true;
}

static void
uncommit (void *state, uint32_t n_pages)
{
  struct linux_os *s = state;
  VHM_REQUIRE (n_pages <= s->commit_pages);
  s->commit_pages -= n_pages;
}

/* --- pages and their frames --------------------------------------------------- */

void
linux_place (struct linux_os *s, uint32_t page, uint32_t gfn)
{
  s->frames[gfn].owner = page;
  s->pages[page].where = gfn;
}

void
linux_cache (struct linux_os *s, uint32_t page, bool at_tail)
{
  uint32_t gfn = s->pages[page].where;
  s->pages[page].state = LINUX_CACHED;
  s->n_cached++;
  if (at_tail) {
    s->frames[gfn].flags &= ~(uint32_t) LINUX_ACTIVE;
    linux_push_tail (s, linux_lru_of (s, gfn), gfn);
  } else
    linux_push_head (s, linux_lru_of (s, gfn), gfn);
}

/* Swap space is kept for those who need it: mm/swap.h, vm_swap_full. */
static void
keep_or_free_slot (struct linux_os *s, uint32_t page, vhm_refs *refs,
                   uint32_t own, bool write)
{
  if (s->pages[page].slot == LINUX_NO_SLOT)
    return;
  if (!write && s->slots.n_free >= s->slots.n / 2)
    return;
  linux_free_slot (s, page);
  vhm_refs_soil (refs, own);
}

void
linux_map (struct linux_os *s, uint32_t page, bool write,
           enum vhm_arrival arrival)
{
  uint32_t own, gfn = s->pages[page].where;
  struct linux_process *p = linux_owner (s, page, &own);
  struct linux_frame *f = &s->frames[gfn];
  vhm_refs *refs = vhm_process_refs (p->process);
  bool unsaved = f->flags & LINUX_DIRTY;
  f->flags &= ~(uint32_t) LINUX_DIRTY;
  f->young_after = -INFINITY; /* a fault sets the accessed bit */
  if (s->pages[page].state == LINUX_CACHED)
    s->n_cached--;
  else
    linux_push_head (s, linux_lru_of (s, gfn), gfn);
  s->pages[page].state = LINUX_MAPPED;
  s->n_mapped++;
  p->n_mapped++;
  vhm_refs_map (refs, own, write || unsaved, true);
  vhm_process_page_mapped (p->process, own, gfn, arrival);
  keep_or_free_slot (s, page, refs, own, write);
}

bool
linux_unmap (struct linux_os *s, uint32_t page)
{
  uint32_t own;
  struct linux_process *p = linux_owner (s, page, &own);
  vhm_refs *refs = vhm_process_refs (p->process);
  vhm_refs_unmap (refs, own);
  vhm_process_page_lost (p->process, own);
  bool dirty = vhm_refs_is_dirty (refs, own);
  vhm_refs_clean (refs, own); /* the frame or a write says it from now on */
  s->n_mapped--;
  p->n_mapped--;
  return dirty;
}

/* --- faults ------------------------------------------------------------------- */

static enum linux_served
serve_zero (struct linux_os *s, const struct vhm_fault *fault, uint32_t v,
            uint32_t flags)
{
  uint32_t gfn = linux_take_frame (s, fault->process, LINUX_HOT);
  if (gfn == LINUX_NONE)
    return LINUX_NO_FRAME;
  s->frames[gfn].flags = flags;
  linux_place (s, v, gfn);
  linux_map (s, v, fault->write, VHM_ARRIVAL_ZEROED);
  s->count.demand_zero_faults++;
  charge (fault->process, s->zero_cyc);
  return LINUX_SERVED;
}

static enum linux_served
serve_minor (struct linux_os *s, const struct vhm_fault *fault, uint32_t v)
{
  struct linux_frame *f = &s->frames[s->pages[v].where];
  if (s->pages[v].state == LINUX_WRITING)
    linux_abandon_transfer (s, v, false);
  if (f->flags & LINUX_PREFETCHED)
    s->ra_hits++;
  f->flags &= ~(uint32_t) LINUX_PREFETCHED;
  linux_map (s, v, fault->write, VHM_ARRIVAL_KEPT);
  if (f->flags & LINUX_FILE && !fault->overwrites)
    linux_file_hit (s, v);
  s->count.transition_faults++;
  charge (fault->process, s->minor_cyc);
  return LINUX_SERVED;
}

static void
wait_for_page (struct linux_os *s, const struct vhm_fault *fault, uint32_t v)
{
  struct linux_waiting x = { .fault = *fault, .page = v };
  g_array_append_val (s->for_page, x);
}

static enum linux_served
serve_major (struct linux_os *s, const struct vhm_fault *fault, uint32_t v)
{
  bool is_file = s->pages[v].slot == LINUX_NO_SLOT;
  uint32_t gfn
      = linux_take_frame (s, fault->process, is_file ? LINUX_COLD : LINUX_HOT);
  if (gfn == LINUX_NONE)
    return LINUX_NO_FRAME;
  s->count.major_faults++;
  charge (fault->process, s->major_cyc);
  wait_for_page (s, fault, v);
  if (is_file)
    linux_file_read (s, v, gfn);
  else
    linux_swap_in (s, v, gfn);
  return LINUX_LATER;
}

static enum linux_served
join_read (struct linux_os *s, const struct vhm_fault *fault, uint32_t v)
{
  wait_for_page (s, fault, v);
  if (s->frames[s->pages[v].where].flags & LINUX_FILE && !fault->overwrites)
    linux_file_hit (s, v);
  return LINUX_LATER;
}

enum linux_served
linux_serve (struct linux_os *s, const struct vhm_fault *fault)
{
  uint32_t v = vhm_process_first_page (fault->process) + fault->page;
  switch ((enum linux_state) s->pages[v].state) {
  case LINUX_UNTOUCHED:
    return serve_zero (s, fault, v, 0);
  case LINUX_CACHED:
  case LINUX_WRITING:
    return serve_minor (s, fault, v);
  case LINUX_READING:
    return join_read (s, fault, v);
  case LINUX_OUT:
    if (fault->overwrites && s->pages[v].slot == LINUX_NO_SLOT)
      return serve_zero (s, fault, v, LINUX_FILE);
    return serve_major (s, fault, v);
  case LINUX_MAPPED: /* somebody else's fault has brought it in meanwhile */
    if (fault->write)
      vhm_refs_soil (vhm_process_refs (fault->process), fault->page);
    return LINUX_SERVED;
  case LINUX_N_STATES:
    break;
  }
  VHM_REQUIRE (!"a page has a state");
  return LINUX_SERVED;
}

static enum vhm_fault_outcome
fault (void *state, const struct vhm_fault *f)
{
  struct linux_os *s = state;
  s->count.page_faults++;
  enum linux_served served = linux_serve (s, f);
  if (served == LINUX_NO_FRAME)
    linux_wait_for_frame (s, f);
  return served == LINUX_SERVED ? VHM_FAULT_SERVED : VHM_FAULT_WAITS;
}

/* Overwrites whole pages: those of files need not be read for it. */
static uint32_t
fill (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct linux_os *s = state;
  uint32_t done = 0, fresh = 0;
  for (; done < n; done++) {
    uint32_t v = vhm_process_first_page (process) + first + done;
    bool is_file = linux_file_of (s, v) != NULL;
    if (s->pages[v].state != (is_file ? LINUX_OUT : LINUX_UNTOUCHED))
      continue; /* a reference was faster */
    uint32_t gfn = linux_take_frame (s, process, LINUX_HOT);
    if (gfn == LINUX_NONE)
      break;
    s->frames[gfn].flags = is_file ? LINUX_FILE : 0;
    linux_place (s, v, gfn);
    linux_map (s, v, true, VHM_ARRIVAL_ZEROED);
    fresh++;
  }
  s->count.page_faults += fresh;
  s->count.demand_zero_faults += fresh;
  charge (process, fresh * s->zero_cyc);
  return done;
}

/* --- memory added ----------------------------------------------------------- */

static void
hot_added (void *state, uint32_t first, uint32_t n)
{
  struct linux_os *s = state;
  linux_add_frames (s, first, n);
  linux_set_watermarks (s);
  s->n_failures = 0;
  linux_relieve (s);
}

/* --- reading ------------------------------------------------------------------ */

static void
frames (const void *state, const vhm_process *process, size_t n,
        const struct vhm_reference *references, uint32_t *ret_gfns)
{
  const struct linux_os *s = state;
  const struct linux_page *pages = s->pages + vhm_process_first_page (process);
  for (size_t i = 0; i < n; i++)
    ret_gfns[i] = pages[references[i].page].where;
}

static struct vhm_frame_use
use_of_page (const struct linux_os *s, uint32_t gfn)
{
  uint32_t v = s->frames[gfn].owner;
  const struct linux_page *page = &s->pages[v];
  bool is_file = s->frames[gfn].flags & LINUX_FILE;
  struct vhm_frame_use use
      = { .on_disk = is_file || page->slot != LINUX_NO_SLOT };
  switch ((enum linux_state) page->state) {
  case LINUX_MAPPED:
    use.kind = VHM_FRAME_MAPPED;
    use.process = linux_owner (s, v, &use.page)->process;
    if (vhm_refs_is_dirty (vhm_process_refs (use.process), use.page))
      use.on_disk = false;
    return use;
  case LINUX_CACHED:
    use.kind = VHM_FRAME_CACHE;
    use.process = linux_owner (s, v, &use.page)->process;
    if (s->frames[gfn].flags & LINUX_DIRTY)
      use.on_disk = false;
    return use;
  case LINUX_WRITING:
  case LINUX_READING:
    use.kind = VHM_FRAME_IO;
    return use;
  case LINUX_UNTOUCHED:
  case LINUX_OUT:
  case LINUX_N_STATES:
    break;
  }
  VHM_REQUIRE (!"a page without a frame has none");
  return use;
}

static struct vhm_frame_use
frame_use (const void *state, uint32_t gfn)
{
  const struct linux_os *s = state;
  switch (s->frames[gfn].owner) {
  case LINUX_FREE:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_FREE };
  case LINUX_KERNEL:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_KERNEL };
  case LINUX_BALLOON:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_BALLOON };
  case LINUX_IO:
    return (struct vhm_frame_use){ .kind = VHM_FRAME_IO };
  default:
    return use_of_page (s, gfn);
  }
}

/* Nothing is refused for what others have been promised, so there is no limit
 * to the sum. */
#define NO_COMMIT_LIMIT UINT32_MAX

static void
counters (const void *state, struct vhm_guest_counters *c)
{
  const struct linux_os *s = state;
  *c = s->count;
  c->committed_pages = s->commit_pages + s->kernel_pages + s->balloon_pages;
  c->commit_limit_pages = NO_COMMIT_LIMIT;
  c->page_file_pages = s->slots.n;
  c->pool_nonpaged_pages = s->kernel_pages + s->balloon_pages;
  c->free_pages = s->free.n;
  c->standby_pages = s->n_cached;
  c->modified_pages = s->n_writing + s->n_flushing;
  c->working_set_pages = s->n_mapped;
  c->inactive_anon_pages = s->lru[LINUX_INACTIVE_ANON].n;
  c->active_anon_pages = s->lru[LINUX_ACTIVE_ANON].n;
  c->inactive_file_pages = s->lru[LINUX_INACTIVE_FILE].n;
  c->active_file_pages = s->lru[LINUX_ACTIVE_FILE].n;
  c->swap_used_pages = s->slots.n - s->slots.n_free;
}

static const char *
audit (const void *state)
{
  const char *wrong = linux_audit_frames (state);
  return wrong ? wrong : linux_audit_slots (state);
}

static uint64_t
bytes (const void *state)
{
  const struct linux_os *s = state;
  return (uint64_t) s->n_pages * sizeof *s->pages
         + (uint64_t) s->n_frames_allocated * sizeof *s->frames
         + slots_bytes (&s->slots);
}

const struct vhm_guest_os_ops vhm_linux_ops = {
  .boot = boot,
  .stop = stop,
  .add_process = add_process,
  .commit = commit,
  .uncommit = uncommit,
  .fault = fault,
  .fill = fill,
  .drop = linux_drop,
  .truncate = linux_truncate,
  .balloon = linux_balloon,
  .unballoon = linux_unballoon,
  .hot_added = hot_added,
  .frames = frames,
  .frame_use = frame_use,
  .counters = counters,
  .audit = audit,
  .bytes = bytes,
  .page_file_bytes = swap_bytes,
  .has_lists = true,
};
