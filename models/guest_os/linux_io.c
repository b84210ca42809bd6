/* Transfers between frames of a Linux guest and its swap space or its files.
 *
 * Pages that lie side by side there move in one request. Anonymous pages get
 * slots in the order in which reclaim met them, so what aged together lies
 * together; file pages go to their own places, in order of these.
 *
 * A page read that nobody waits for joins its inactive list, or the active one if
 * it came back soon. A page written is freed while memory is short, else it
 * stays, first to go. A page wanted again while it is being written is mapped at
 * once: its frame has the contents all the time.
 *
 * Cost: O(batch) a transfer. Left out: plugging of other requests.
 */
#include "linux.h"

#include <vhm/base/require.h>
#include <vhm/base/sort.h>

static struct linux_transfer *
new_transfer (struct linux_os *s, bool is_write, bool is_file, uint64_t at,
              uint32_t n)
{
  struct linux_transfer *t = g_malloc (sizeof *t + n * sizeof t->of[0]);
  *t = (struct linux_transfer){
    .os = s, .is_write = is_write, .is_file = is_file, .at = at, .n = n
  };
  g_ptr_array_add (s->transfers, t);
  return t;
}

static void
move (struct linux_transfer *t, vhm_disk_fn done)
{
  g_autofree uint32_t *gfns = g_new (uint32_t, t->n);
  for (uint32_t k = 0; k < t->n; k++)
    gfns[k] = t->of[k].gfn;
  const struct vhm_guest_io io = {
    .file = t->is_file ? VHM_FILE_IMAGE : VHM_FILE_PAGING,
    .at = t->at,
    .n = t->n,
    .gfns = gfns,
    .is_write = t->is_write,
    .done = done,
    .context = t,
  };
  vhm_guest_io (t->os->guest, &io);
}

/* The page was dropped meanwhile: frame and slot are left over. */
static void
let_go (struct linux_os *s, const struct linux_transfer *t, uint32_t k)
{
  if (t->of[k].gfn == LINUX_NONE)
    return;
  linux_free_frame (s, t->of[k].gfn, LINUX_HOT);
  if (!t->is_file)
    linux_give_slots (s, (uint32_t) t->at + k, 1);
}

void
linux_abandon_transfer (struct linux_os *s, uint32_t page, bool leave_frame)
{
  for (guint i = 0; i < s->transfers->len; i++) {
    struct linux_transfer *t = s->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n; k++) {
      if (t->of[k].page != page)
        continue;
      t->of[k].page = LINUX_NONE;
      if (!leave_frame) {
        t->of[k].gfn = LINUX_NONE;
        return;
      }
      s->frames[t->of[k].gfn].owner = LINUX_IO;
      if (!t->is_file)
        s->slots.page[t->at + k] = LINUX_NONE; /* busy, but nobody's */
      s->pages[page].slot = LINUX_NO_SLOT;
      s->pages[page].where = LINUX_NONE;
      return;
    }
  }
  VHM_REQUIRE (!"a page under I/O is in a transfer");
}

uint32_t
linux_n_left_over (const struct linux_os *s)
{
  uint32_t n = 0;
  for (guint i = 0; i < s->transfers->len; i++) {
    const struct linux_transfer *t = s->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n; k++)
      n += t->of[k].page == LINUX_NONE && t->of[k].gfn != LINUX_NONE;
  }
  return n;
}

static void
wake (GArray *waiting, uint32_t page)
{
  for (guint i = 0; i < waiting->len;) {
    struct linux_waiting *x = &g_array_index (waiting, struct linux_waiting, i);
    if (x->page != page) {
      i++;
      continue;
    }
    struct vhm_fault fault = x->fault;
    g_array_remove_index (waiting, i);
    vhm_process_fault_served (fault.process, fault.thread);
  }
}

void
linux_wake_waiters (struct linux_os *s, uint32_t page)
{
  wake (s->for_page, page);
  wake (s->for_frame, page);
}

/* --- reading ------------------------------------------------------------------ */

static void
finish_read_page (struct linux_os *s, const struct linux_transfer *t,
                  uint32_t k)
{
  uint32_t v = t->of[k].page;
  if (v == LINUX_NONE) {
    let_go (s, t, k);
    return;
  }
  VHM_ASSERT (s->pages[v].state == LINUX_READING);
  bool wanted = false, write = false;
  for (guint i = 0; i < s->for_page->len; i++) {
    const struct linux_waiting *x
        = &g_array_index (s->for_page, struct linux_waiting, i);
    wanted = wanted || x->page == v;
    write = write || (x->page == v && x->fault.write);
  }
  if (wanted) {
    s->frames[s->pages[v].where].flags &= ~(uint32_t) LINUX_PREFETCHED;
    linux_map (s, v, write, VHM_ARRIVAL_READ);
  } else
    linux_cache (s, v, false);
}

static void
read_done (void *context, uint64_t tag)
{
  (void) tag;
  struct linux_transfer *t = context;
  struct linux_os *s = t->os;
  vhm_guest_begin (s->guest);
  s->n_reading -= t->n;
  if (vhm_guest_is_running (s->guest)) {
    for (uint32_t k = 0; k < t->n; k++)
      finish_read_page (s, t, k);
    for (uint32_t k = 0; k < t->n; k++)
      wake (s->for_page, t->of[k].page);
    linux_relieve (s);
  }
  vhm_guest_end (s->guest);
  g_ptr_array_remove_fast (s->transfers, t);
}

void
linux_read (struct linux_os *s, uint64_t at, bool is_file, uint32_t n,
            const uint32_t *pages, const uint32_t *gfns)
{
  struct linux_transfer *t = new_transfer (s, false, is_file, at, n);
  for (uint32_t k = 0; k < n; k++) {
    uint32_t v = pages[k];
    VHM_ASSERT (s->pages[v].state == LINUX_OUT);
    linux_came_back (s, v, gfns[k]);
    linux_place (s, v, gfns[k]);
    s->pages[v].state = LINUX_READING;
    t->of[k].page = v;
    t->of[k].gfn = gfns[k];
  }
  s->n_reading += n;
  s->count.page_reads++;
  s->count.pages_input += n;
  s->count.swapped_in += is_file ? 0 : n;
  move (t, read_done);
}

/* --- writing ------------------------------------------------------------------ */

static void
finish_write_page (struct linux_os *s, const struct linux_transfer *t,
                   uint32_t k)
{
  uint32_t v = t->of[k].page, own;
  if (v == LINUX_NONE) {
    let_go (s, t, k);
    return;
  }
  struct linux_page *page = &s->pages[v];
  VHM_ASSERT (page->state == LINUX_WRITING);
  if (t->stays || s->free.n >= s->high) {
    linux_cache (s, v, !t->stays);
    return;
  }
  uint32_t gfn = page->where;
  page->state = LINUX_OUT;
  if (!t->is_file)
    linux_owner (s, v, &own)->n_swapped++;
  linux_went_out (s, v, s->frames[gfn].flags);
  s->count.pages_scanned++; /* the second look that Linux takes at it */
  s->count.pages_stolen++;
  linux_free_frame (s, gfn, LINUX_COLD);
}

/* Pages in whose count it is while it is under way. */
static uint32_t *
count_of (struct linux_transfer *t)
{
  return t->stays ? &t->os->n_flushing : &t->os->n_writing;
}

static void
write_done (void *context, uint64_t tag)
{
  (void) tag;
  struct linux_transfer *t = context;
  struct linux_os *s = t->os;
  vhm_guest_begin (s->guest);
  *count_of (t) -= t->n;
  if (vhm_guest_is_running (s->guest)) {
    for (uint32_t k = 0; k < t->n; k++)
      finish_write_page (s, t, k);
    linux_relieve (s);
  }
  vhm_guest_end (s->guest);
  g_ptr_array_remove_fast (s->transfers, t);
}

static void
write_run (struct linux_os *s, bool is_file, bool stays, uint64_t at,
           uint32_t n, const uint32_t *pages)
{
  struct linux_transfer *t = new_transfer (s, true, is_file, at, n);
  t->stays = stays;
  for (uint32_t k = 0; k < n; k++) {
    uint32_t v = pages[k];
    t->of[k].page = v;
    t->of[k].gfn = s->pages[v].where;
    if (is_file)
      continue;
    s->pages[v].slot = ((uint32_t) at + k) & LINUX_NO_SLOT;
    s->slots.page[at + k] = v;
  }
  *count_of (t) += n;
  s->count.page_writes++;
  s->count.pages_output += n;
  s->count.swapped_out += is_file ? 0 : n;
  move (t, write_done);
}

static void
write_files (struct linux_os *s, uint32_t *pages, uint32_t n, bool stays)
{
  vhm_sort_numbers (pages, n);
  for (uint32_t i = 0, run; i < n; i += run) {
    const struct os_file *f = linux_file_of (s, pages[i]);
    for (run = 1; i + run < n && pages[i + run] == pages[i] + run
                  && pages[i + run] < f->first + f->n;)
      run++;
    write_run (s, true, stays, f->at + (pages[i] - f->first), run, pages + i);
  }
}

void
linux_flush (struct linux_os *s, uint32_t *pages, uint32_t n)
{
  write_files (s, pages, n, true);
}

void
linux_write (struct linux_os *s, struct linux_dirty *dirty)
{
  if (dirty->n == 0)
    return;
  if (dirty->n_anon == 0) { /* a batch comes from one list */
    write_files (s, dirty->page, dirty->n, false);
    return;
  }
  for (uint32_t i = 0; i < dirty->n;) {
    uint32_t first, n = linux_take_slots (s, dirty->n - i, &first);
    VHM_REQUIRE (n > 0); /* linux_scan.c has counted them */
    write_run (s, false, false, first, n, dirty->page + i);
    i += n;
  }
}
