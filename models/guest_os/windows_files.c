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
 * that double the granule.
 * Source: Windows Internals, cache manager: an eighth of the dirty pages each
 * second, granules of 64 KiB (from memory, unchecked).
 */
#include "windows.h"

#include <vhm/base/require.h>
#include <vhm/base/sort.h>

/* Pages of the guest [first, first + n) are the process's. */
void
windows_add_files (struct windows *w, vhm_process *process, uint32_t first,
                   uint32_t n)
{
  guint added = files_add (w->files, process, first, n);
  for (guint i = w->files->len - added; i < w->files->len; i++) {
    const struct os_file *f = &g_array_index (w->files, struct os_file, i);
    for (uint32_t v = f->first; v < f->first + f->n; v++) {
      w->pages[v].state = PAGE_OUT;
      w->pages[v].slot = IN_FILE;
    }
  }
}

static struct os_file *
file_of (const struct windows *w, uint32_t page)
{
  struct os_file *f = files_find (w->files, page);
  VHM_REQUIRE (f);
  return f;
}

uint32_t
windows_priority_of (const struct windows *w, uint32_t page)
{
  if (w->pages[page].slot == IN_FILE && file_of (w, page)->n_ahead > 0)
    return (uint32_t) w->config->sequential_priority;
  return (uint32_t) w->config->priority;
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
end_of_granule (const struct windows *w, const struct os_file *f, uint32_t page)
{
  uint32_t most = granule (w), end = f->first + f->n;
  uint32_t next = page + most - (page - f->first) % most;
  return MIN (next, end);
}

/* Reads what is out of [from, to), as far as frames are plentiful; `page`, if it
 * is in there, into gfn. */
static void
read_range (struct windows *w, const struct os_file *f, uint32_t from,
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
      windows_start_read (w, READS_FILE, f->at + (v - n - f->first), v - n, n,
                          gfns);
    n = 0;
  }
}

void
windows_file_read (struct windows *w, uint32_t page, uint32_t gfn)
{
  struct os_file *f = file_of (w, page);
  bool in_order = page == f->first || page == f->last + 1;
  f->last = page;
  f->window = page;
  f->n_ahead = in_order ? end_of_granule (w, f, page) - page : 0;
  read_range (w, f, page, page + MAX (f->n_ahead, 1), page, gfn);
  windows_file_hit (w, page);
}

/* The page is there, or on its way. */
void
windows_file_hit (struct windows *w, uint32_t page)
{
  struct os_file *f = file_of (w, page);
  uint32_t ahead = f->window + f->n_ahead;
  f->last = page;
  if (f->n_ahead == 0 || ahead >= f->first + f->n || page >= ahead
      || end_of_granule (w, f, page) < ahead)
    return;
  f->window = ahead;
  f->n_ahead = end_of_granule (w, f, ahead) - ahead;
  read_range (w, f, ahead, f->window + f->n_ahead, NONE, NONE);
}

uint32_t
windows_file_fetch (struct windows *w, const struct os_file *file,
                    uint32_t from, uint32_t most)
{
  uint32_t end = file->first + file->n, n = 0;
  g_autofree uint32_t *gfns = g_new (uint32_t, most);
  while (n < most && from + n < end && w->pages[from + n].state == PAGE_OUT
         && w->free.n > 0)
    gfns[n++] = windows_take_frame (w);
  if (n > 0)
    windows_start_read (w, FETCHES_FILE, file->at + (from - file->first), from,
                        n, gfns);
  return n;
}

/* --- writing -------------------------------------------------------------------- */

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
  vhm_sort_numbers (pages, n);
  for (uint32_t k = 0, run; k < n; k += run) {
    const struct os_file *f = file_of (w, pages[k]);
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
