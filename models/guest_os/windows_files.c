/* Files of a Windows guest: what the system cache holds of them.
 *
 * A file's pages fill whatever is free. A page that is mapped stands in the working
 * set of its process; let go of, it goes to the standby list if it is clean, where
 * it counts as available, and to the list of dirty pages of files if it is not.
 * The lazy writer writes, once a period of ageing, a part of those that wait,
 *
 *   n = ceil (dirty / lazy_part),
 *
 * the oldest first and neighbours together; when memory is low the modified-page
 * writer writes them all.
 *
 * A fault that follows the page asked for last, or that is at the first page, reads
 * to the end of its granule (an aligned stretch of the file), and the next granule
 * is read ahead of the reader; when he comes to the last one that was read, the
 * one after it. Any other fault reads its page alone.
 *
 * A file belongs to one region of one process and keeps its place on the virtual
 * disk. Invariant: a page of a file has the slot IN_FILE, always, and is charged to
 * nobody's commit. Cost: O(granule) a read, O(log files) a fault, O(n log n) a
 * period. Left out: views of 256 KiB, files that two processes share, fast reads
 * that double the granule, SuperFetch.
 * Source: Windows Internals, cache manager: an eighth of the dirty pages each
 * second, granules of 64 KiB (from memory, unchecked).
 */
#include "windows.h"

#include <vhm/base/require.h>

#include <stdlib.h>

static void
add_file (struct windows *w, uint32_t first, uint64_t at)
{
  struct windows_file f = { .first = first, .n = 1, .at = at, .last = NONE };
  g_array_append_val (w->files, f);
}

/* Pages of the guest [first, first + n) are the process's. */
void
windows_add_files (struct windows *w, vhm_process *process, uint32_t first,
                   uint32_t n)
{
  struct windows_file *last = NULL;
  for (uint32_t own = 0; own < n; own++) {
    uint64_t at;
    if (!vhm_process_is_file (process, own, &at)) {
      last = NULL;
      continue;
    }
    if (last && last->at + last->n == at)
      last->n++;
    else {
      add_file (w, first + own, at);
      last = &g_array_index (w->files, struct windows_file, w->files->len - 1);
    }
    w->pages[first + own].state = PAGE_OUT;
    w->pages[first + own].slot = IN_FILE;
  }
}

static struct windows_file *
file_of (const struct windows *w, uint32_t page)
{
  guint low = 0, high = w->files->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    struct windows_file *f
        = &g_array_index (w->files, struct windows_file, middle);
    if (page < f->first)
      high = middle;
    else if (page >= f->first + f->n)
      low = middle + 1;
    else
      return f;
  }
  VHM_REQUIRE (!"a page of a file is in one");
  return NULL;
}

/* --- reading -------------------------------------------------------------------- */

static uint32_t
granule (const struct windows *w)
{
  uint64_t pages = vhm_bytes_to_pages (w->config->granule_bytes);
  return (uint32_t) MAX (pages, 1);
}

/* The first page after the granule of `page`. */
static uint32_t
end_of_granule (const struct windows *w, const struct windows_file *f,
                uint32_t page)
{
  uint32_t most = granule (w), end = f->first + f->n;
  uint32_t next = page + most - (page - f->first) % most;
  return MIN (next, end);
}

/* Reads what is out of [from, to), as far as frames are plentiful; `page`, if it
 * is in there, into gfn. */
static void
read_range (struct windows *w, const struct windows_file *f, uint32_t from,
            uint32_t to, uint32_t page, uint32_t gfn)
{
  uint32_t low = windows_low_mark (w);
  g_autofree uint32_t *gfns = g_new (uint32_t, MAX (to - from, 1));
  uint32_t n = 0;
  for (uint32_t v = from; v <= to; v++) {
    uint32_t into = NONE;
    if (v < to && w->pages[v].state == PAGE_OUT) {
      if (v == page)
        into = gfn;
      else if (windows_available (w) > low)
        into = windows_take_frame (w);
    }
    if (into != NONE) {
      gfns[n++] = into;
      continue;
    }
    if (n > 0)
      windows_start_read (w, true, f->at + (v - n - f->first), v - n, n, gfns);
    n = 0;
  }
}

void
windows_file_read (struct windows *w, uint32_t page, uint32_t gfn)
{
  struct windows_file *f = file_of (w, page);
  bool in_order = page == f->first || page == f->last + 1;
  f->last = page;
  if (!in_order) {
    f->ahead = NONE;
    read_range (w, f, page, page + 1, page, gfn);
    return;
  }
  uint32_t end = end_of_granule (w, f, page);
  read_range (w, f, page, end, page, gfn);
  f->ahead = end;
  windows_file_hit (w, page);
}

/* The page is there, or on its way. */
void
windows_file_hit (struct windows *w, uint32_t page)
{
  struct windows_file *f = file_of (w, page);
  f->last = page;
  if (f->ahead == NONE || f->ahead >= f->first + f->n || page >= f->ahead
      || end_of_granule (w, f, page) < f->ahead)
    return;
  uint32_t from = f->ahead;
  f->ahead = end_of_granule (w, f, from);
  read_range (w, f, from, f->ahead, NONE, NONE);
}

/* --- writing -------------------------------------------------------------------- */

static int
by_number (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
  return x < y ? -1 : x > y;
}

/* The oldest dirty pages, up to a cluster; neighbours go together. */
static void
write_some (struct windows *w, uint32_t n)
{
  g_autofree uint32_t *pages = g_new (uint32_t, n);
  for (uint32_t k = 0; k < n; k++) {
    uint32_t gfn = w->dirty_files.head;
    pages[k] = w->frames[gfn].owner;
    windows_list_remove (w, &w->dirty_files, gfn);
    w->pages[pages[k]].state = PAGE_WRITING;
  }
  qsort (pages, n, sizeof *pages, by_number);
  for (uint32_t k = 0, run; k < n; k += run) {
    const struct windows_file *f = file_of (w, pages[k]);
    for (run = 1; k + run < n && pages[k + run] == pages[k] + run
                  && pages[k + run] < f->first + f->n;)
      run++;
    windows_start_write (w, f->at + (pages[k] - f->first), pages[k], run);
  }
}

void
windows_write_files (struct windows *w)
{
  bool is_low = windows_available (w) < 2 * windows_low_mark (w);
  while (w->n_file_writes < w->config->n_writes && w->dirty_files.n > 0
         && (is_low || w->n_to_flush > 0)) {
    uint32_t n = MIN (w->dirty_files.n, (uint32_t) w->config->write_cluster);
    if (!is_low)
      n = MIN (n, w->n_to_flush);
    w->n_to_flush -= MIN (n, w->n_to_flush);
    write_some (w, n);
  }
}

void
windows_flush (struct windows *w)
{
  uint64_t part = w->config->lazy_part;
  w->n_to_flush = (uint32_t) ((w->dirty_files.n + part - 1) / part);
  windows_write_files (w);
}

/* --- giving back ---------------------------------------------------------------- */

/* It stays in the cache. */
void
windows_drop_file_page (struct windows *w, vhm_process *process, uint32_t own)
{
  uint32_t v = vhm_process_first_page (process) + own;
  if (w->pages[v].state == PAGE_ACTIVE)
    windows_leave_set (w, process, own);
}

void
windows_truncate (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct windows *w = state;
  for (uint32_t own = first; own < first + n; own++) {
    uint32_t v = vhm_process_first_page (process) + own;
    VHM_REQUIRE (w->pages[v].slot == IN_FILE);
    windows_release (w, process, own);
    w->pages[v] = (struct page){ NONE, IN_FILE, PAGE_OUT };
    windows_wake_waiters (w, v);
  }
  windows_relieve (w);
}
