/* The page file of a Windows guest: slots, cluster reads, the writer.
 *
 * A page written out gets a slot next to those written with it, so pages that
 * aged together lie together, and a read brings in the neighbours that are out
 * too, up to the read cluster. The faulting page is mapped, its neighbours go
 * to the standby list: right guesses cost a soft fault, wrong ones are given
 * away first.
 *
 * The modified-page writer starts when enough pages are modified, and writes
 * clusters of the oldest until the list is down to a low mark; or when available
 * memory is low, and then as long as it is. What it has written is standby. A
 * clean page keeps its slot; the slot is given up when the page has been
 * written to by the time it leaves its working set. When the file is nearly
 * full, pages read back give up their slots at once, and as a last resort one
 * in a working set is made to: so a full file holds only pages that are out, and
 * what is committed always has a place (commit charge <= RAM + page file).
 *
 * Transfers of files go through here, too; which they are says windows_files.c.
 *
 * Cost: O(cluster) a transfer; slots are found as slots.c says. Left out: several page files.
 * Source: sizes from the Windows facts cited in the parameter table.
 */
#include "windows.h"

#include <vhm/base/require.h>

#include <string.h>

/* Grows only. */
void
windows_page_file_resize (struct windows *w, uint32_t n_slots)
{
  VHM_REQUIRE (n_slots < IN_FILE);
  if (n_slots == w->slots.n)
    return;
  size_t had = (w->slots.n + 63) / 64, words = (n_slots + 63) / 64;
  w->slot_listed = g_renew (uint64_t, w->slot_listed, words);
  memset (w->slot_listed + had, 0, (words - had) * sizeof *w->slot_listed);
  slots_resize (&w->slots, n_slots);
}

void
windows_free_slot (struct windows *w, uint32_t page)
{
  uint32_t slot = w->pages[page].slot;
  if (slot == NO_SLOT || slot == IN_FILE)
    return;
  w->pages[page].slot = NO_SLOT;
  w->slots.page[slot] = NONE;
  slots_set_free (&w->slots, slot, true);
}

/* From now on the frame alone has the page's contents. */
static void
give_up_slot (struct windows *w, uint32_t page)
{
  uint32_t own;
  vhm_process *process = windows_owner (w, page, &own);
  vhm_refs_soil (vhm_process_refs (process), own);
  windows_free_slot (w, page);
}

/* Makes a page in a working set give up its slot: its next trip out costs a
 * write. */
static bool
steal_slot (struct windows *w)
{
  while (w->active_slots->len > 0) {
    uint32_t slot
        = g_array_index (w->active_slots, uint32_t, w->active_slots->len - 1);
    g_array_set_size (w->active_slots, w->active_slots->len - 1);
    w->slot_listed[slot / 64] &= ~(UINT64_C (1) << (slot % 64));
    uint32_t page = w->slots.page[slot];
    if (page == NONE || w->pages[page].state != PAGE_ACTIVE)
      continue; /* it has left the working set since */
    give_up_slot (w, page);
    w->slots.hint = slot;
    return true;
  }
  return false;
}

static bool
is_nearly_full (const struct windows *w)
{
  uint64_t used = w->slots.n - w->slots.n_free;
  return used * VHM_PPM > w->config->steal_slots_ppm * w->slots.n;
}

void
windows_spare_slot (struct windows *w, uint32_t page)
{
  uint32_t slot = w->pages[page].slot;
  if (slot == IN_FILE)
    return;
  if (is_nearly_full (w)) {
    give_up_slot (w, page);
    return;
  }
  uint64_t bit = UINT64_C (1) << (slot % 64);
  if (w->slot_listed[slot / 64] & bit)
    return;
  w->slot_listed[slot / 64] |= bit;
  g_array_append_val (w->active_slots, slot);
}

/* --- reading ---------------------------------------------------------------- */

static void
wake (GArray *waiting, uint32_t page)
{
  for (guint i = 0; i < waiting->len;) {
    struct waiting *x = &g_array_index (waiting, struct waiting, i);
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
windows_wake_waiters (struct windows *w, uint32_t page)
{
  wake (w->for_page, page);
  wake (w->for_frame, page);
}

/* Takes page out of the transfer it is in. With `leave_frame` its frame and slot
 * are let go when the transfer ends; otherwise they stay with the page. */
void
windows_abandon_transfer (struct windows *w, uint32_t page, bool leave_frame)
{
  for (guint i = 0; i < w->transfers->len; i++) {
    struct transfer *t = w->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n; k++) {
      if (t->at[k].page != page)
        continue;
      t->at[k].page = NONE;
      if (!leave_frame) {
        t->at[k].gfn = NONE;
        return;
      }
      w->frames[t->at[k].gfn].owner = FRAME_IO;
      if (!t->is_file) {
        w->slots.page[t->first + k] = NONE; /* busy, but nobody's */
        w->pages[page].slot = NO_SLOT;
      }
      w->pages[page].gfn = NONE;
      return;
    }
  }
  VHM_REQUIRE (!"a page under I/O is in a transfer");
}

/* The page was dropped meanwhile: frame and slot are left over. */
static void
let_go (struct windows *w, const struct transfer *t, uint32_t k)
{
  if (t->at[k].gfn == NONE)
    return;
  windows_free_frame (w, t->at[k].gfn);
  if (!t->is_file)
    slots_set_free (&w->slots, (uint32_t) t->first + k, true);
}

static struct transfer *
new_transfer (struct windows *w, bool is_write, bool is_file, uint64_t first,
              uint32_t n)
{
  struct transfer *t = g_malloc (sizeof *t + n * sizeof t->at[0]);
  *t = (struct transfer){ .windows = w,
                          .is_write = is_write,
                          .is_file = is_file,
                          .first = first,
                          .n = n };
  g_ptr_array_add (w->transfers, t);
  return t;
}

static void
move (struct transfer *t, vhm_disk_fn done)
{
  g_autofree uint32_t *gfns = g_new (uint32_t, t->n);
  for (uint32_t k = 0; k < t->n; k++)
    gfns[k] = t->at[k].gfn;
  const struct vhm_guest_io io = {
    .file = t->is_file ? VHM_FILE_IMAGE : VHM_FILE_PAGING,
    .at = t->first,
    .n = t->n,
    .gfns = gfns,
    .is_write = t->is_write,
    .done = done,
    .context = t,
  };
  vhm_guest_io (t->windows->guest, &io);
}

static void
finish_read_page (struct windows *w, const struct transfer *t, uint32_t k)
{
  uint32_t v = t->at[k].page, own;
  w->n_reading--;
  if (v == NONE && t->reads == FETCHES_IMAGE) {
    windows_fetched (w, t->at[k].gfn);
    return;
  }
  if (v == NONE) {
    let_go (w, t, k);
    return;
  }
  struct page *page = &w->pages[v];
  VHM_ASSERT (page->state == PAGE_READING);
  bool wanted = false, write = false;
  for (guint i = 0; i < w->for_page->len; i++) {
    const struct waiting *x = &g_array_index (w->for_page, struct waiting, i);
    wanted = wanted || x->page == v;
    write = write || (x->page == v && x->fault.write);
  }
  if (!wanted) {
    uint64_t priority = t->reads == FETCHES_FILE
                            ? w->config->superfetch.priority
                            : w->config->priority;
    page->state = PAGE_STANDBY;
    windows_standby_push (w, page->gfn, (uint32_t) priority);
    return;
  }
  vhm_process *process = windows_owner (w, v, &own);
  windows_map (w, process, own, write, VHM_ARRIVAL_READ);
}

static void
read_done (void *context, uint64_t tag)
{
  (void) tag;
  struct transfer *t = context;
  struct windows *w = t->windows;
  enum reads what = t->reads;
  vhm_guest_begin (w->guest);
  if (vhm_guest_is_running (w->guest)) {
    for (uint32_t k = 0; k < t->n; k++)
      finish_read_page (w, t, k);
    for (uint32_t k = 0; k < t->n; k++)
      wake (w->for_page, t->at[k].page);
    windows_relieve (w);
  }
  vhm_guest_end (w->guest);
  g_ptr_array_remove_fast (w->transfers, t);
  windows_superfetch_ended (w, what);
}

static void
start_read (struct windows *w, struct transfer *t)
{
  w->n_reading += t->n;
  w->count.page_reads++;
  w->count.pages_input += t->n;
  move (t, read_done);
}

void
windows_start_read (struct windows *w, enum reads what, uint64_t first,
                    uint32_t v, uint32_t n, const uint32_t *gfns)
{
  bool is_file = what != READS_PAGE_FILE;
  struct transfer *t = new_transfer (w, false, is_file, first, n);
  t->reads = what;
  for (uint32_t k = 0; k < n; k++) {
    uint32_t page = is_file ? v + k : w->slots.page[first + k];
    t->at[k].page = page;
    t->at[k].gfn = gfns[k];
    w->pages[page].gfn = gfns[k];
    w->pages[page].state = PAGE_READING;
    w->frames[gfns[k]].owner = page;
  }
  start_read (w, t);
}

/* Nobody's pages: whatever befalls them, their frames stay in the transfer. */
void
windows_start_fetch (struct windows *w, uint64_t at, uint32_t n,
                     const uint32_t *gfns)
{
  struct transfer *t = new_transfer (w, false, true, at, n);
  t->reads = FETCHES_IMAGE;
  for (uint32_t k = 0; k < n; k++) {
    t->at[k].page = NONE;
    t->at[k].gfn = gfns[k];
    w->frames[gfns[k]].owner = FRAME_IO;
  }
  start_read (w, t);
}

static bool
joins_cluster (const struct windows *w, uint32_t slot)
{
  if (slot >= w->slots.n || w->slots.page[slot] == NONE)
    return false;
  return w->pages[w->slots.page[slot]].state == PAGE_OUT;
}

void
windows_read (struct windows *w, const struct vhm_fault *fault, uint32_t page,
              uint32_t gfn)
{
  uint32_t slot = w->pages[page].slot,
           most = (uint32_t) w->config->read_cluster;
  VHM_ASSERT (w->pages[page].state == PAGE_OUT && slot != NO_SLOT);
  /* neighbours only while frames are plentiful: a guess must not push out what
   * somebody needs */
  uint32_t spare = windows_available (w) > windows_low_mark (w)
                       ? windows_available (w) - windows_low_mark (w)
                       : 0;
  uint32_t first = slot, n = 1;
  while (n < most && n <= spare && joins_cluster (w, slot + n))
    n++;
  while (n < most && n <= spare && first > 0 && joins_cluster (w, first - 1)) {
    first--;
    n++;
  }
  g_autofree uint32_t *gfns = g_new (uint32_t, n);
  for (uint32_t k = 0; k < n; k++) {
    gfns[k] = first + k == slot ? gfn : windows_take_frame (w);
    VHM_ASSERT (gfns[k] != NONE);
  }
  struct waiting x = { .fault = *fault, .page = page };
  g_array_append_val (w->for_page, x);
  windows_start_read (w, READS_PAGE_FILE, first, NONE, n, gfns);
}

/* --- writing ---------------------------------------------------------------- */

static void
finish_write_page (struct windows *w, const struct transfer *t, uint32_t k)
{
  uint32_t v = t->at[k].page;
  if (v == NONE) {
    let_go (w, t, k);
    return;
  }
  VHM_ASSERT (w->pages[v].state == PAGE_WRITING);
  w->pages[v].state = PAGE_STANDBY;
  windows_standby_push (w, w->pages[v].gfn, windows_priority_of (w, v));
}

static uint32_t *
writes_under_way (struct windows *w, const struct transfer *t)
{
  return t->is_file ? &w->n_file_writes : &w->n_writing;
}

static void
write_done (void *context, uint64_t tag)
{
  (void) tag;
  struct transfer *t = context;
  struct windows *w = t->windows;
  vhm_guest_begin (w->guest);
  *writes_under_way (w, t) -= 1;
  if (vhm_guest_is_running (w->guest)) {
    for (uint32_t k = 0; k < t->n; k++)
      finish_write_page (w, t, k);
    windows_relieve (w);
    windows_write_modified (w);
    windows_write_files (w);
  }
  vhm_guest_end (w->guest);
  g_ptr_array_remove_fast (w->transfers, t);
  windows_superfetch_ended (w, READS_FILE);
}

static void
start_write (struct windows *w, struct transfer *t)
{
  *writes_under_way (w, t) += 1;
  w->count.page_writes++;
  w->count.pages_output += t->n;
  move (t, write_done);
}

void
windows_start_write (struct windows *w, uint64_t first, uint32_t v, uint32_t n)
{
  struct transfer *t = new_transfer (w, true, true, first, n);
  for (uint32_t k = 0; k < n; k++) {
    t->at[k].page = v + k;
    t->at[k].gfn = w->pages[v + k].gfn;
  }
  start_write (w, t);
}

static bool
write_cluster (struct windows *w)
{
  uint32_t want = MIN (w->modified.n, (uint32_t) w->config->write_cluster);
  uint32_t first = 0, n = slots_find (&w->slots, want, &first);
  if (n == 0 && steal_slot (w))
    n = slots_find (&w->slots, want, &first);
  if (n == 0)
    return false;
  struct transfer *t = new_transfer (w, true, false, first, n);
  for (uint32_t k = 0; k < n; k++) {
    uint32_t gfn = w->modified.head, v = w->frames[gfn].owner;
    windows_list_remove (w, &w->modified, gfn);
    struct page *page = &w->pages[v];
    VHM_ASSERT (page->slot == NO_SLOT);
    page->state = PAGE_WRITING;
    page->slot = (first + k) & NO_SLOT;
    w->slots.page[first + k] = v;
    slots_set_free (&w->slots, first + k, false);
    t->at[k].page = v;
    t->at[k].gfn = gfn;
  }
  w->n_slots_peak = MAX (w->n_slots_peak, w->slots.n - w->slots.n_free);
  start_write (w, t);
  return true;
}

void
windows_write_modified (struct windows *w)
{
  const struct windows_config *c = w->config;
  bool is_low = windows_available (w) < 2 * windows_low_mark (w);
  uint64_t stop = vhm_scale_ppm (c->writer_starts_at, c->writer_stops_ppm);
  w->in_burst = w->in_burst || w->modified.n >= c->writer_starts_at;
  while (w->n_writing < c->n_writes && w->modified.n > 0
         && (is_low || (w->in_burst && w->modified.n > stop)))
    if (!write_cluster (w))
      return;
  w->in_burst = w->in_burst && w->modified.n > stop;
}

uint32_t
windows_n_left_over (const struct windows *w, bool of_page_file)
{
  uint32_t n = 0;
  for (guint i = 0; i < w->transfers->len; i++) {
    const struct transfer *t = w->transfers->pdata[i];
    for (uint32_t k = 0; k < t->n; k++)
      n += t->at[k].page == NONE && t->at[k].gfn != NONE
           && !(of_page_file && t->is_file);
  }
  return n;
}

const char *
windows_audit_slots (const struct windows *w)
{
  uint32_t n_free = 0, n_nobody = 0, n_listed = 0;
  for (uint32_t s = 0; s < w->slots.n; s++) {
    n_free += slots_is_free (&w->slots, s);
    n_listed += (uint32_t) (w->slot_listed[s / 64] >> (s % 64)) & 1;
    uint32_t page = w->slots.page[s];
    n_nobody += !slots_is_free (&w->slots, s) && page == NONE;
    if (slots_is_free (&w->slots, s) ? page != NONE
                                     : page != NONE && w->pages[page].slot != s)
      return "a page-file slot and its page disagree";
  }
  if (n_free != w->slots.n_free)
    return "free page-file slots are miscounted";
  if (n_listed != w->active_slots->len)
    return "slots of pages that came back are listed twice or not at all";
  if (n_nobody != windows_n_left_over (w, true))
    return "a page-file slot in use belongs to nobody";
  for (uint32_t v = 0; v < w->n_pages; v++) {
    const struct page *page = &w->pages[v];
    bool needs = page->state == PAGE_OUT || page->state == PAGE_STANDBY
                 || page->state == PAGE_WRITING || page->state == PAGE_READING;
    if (needs && page->slot == NO_SLOT)
      return "a page whose contents should be in the page file has no slot";
    if (page->slot != NO_SLOT && page->slot != IN_FILE
        && w->slots.page[page->slot] != v)
      return "a page names a slot that does not name it";
  }
  return NULL;
}
