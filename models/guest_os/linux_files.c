/* Files of a Linux guest, as processes map them, and the window read ahead.
 *
 * A fault at a page that is not cached reads it. If it follows the page asked
 * for last, or is the first one, the file is taken to be read in order, and a
 * window of 4 pages is read; when the reader comes to a marked page of it, or
 * to its end, the next one is read, twice as large (four times while small),
 * up to read_ahead. Windows after the first carry the mark on their first page,
 * so reading runs one window ahead of the reader. Any other fault reads its page
 * alone.
 *
 * A file belongs to one region of one process and keeps its place on the virtual
 * disk; its pages stay cached when nobody maps them any more.
 *
 * Cost: O(window) a read, O(log files) a fault. Left out: files that two
 * processes share, mapping around a fault (fault_around_bytes), readers that
 * interleave on one file.
 * Source: mm/readahead.c (ondemand_readahead); 128 KiB: VM_READAHEAD_PAGES.
 */
#include "linux.h"

#include <vhm/base/require.h>

#define FIRST_WINDOW 4 /* pages: get_init_ra_size of a one-page request */

/* Pages of the guest [first, first + n) are the process's. */
void
linux_add_files (struct linux_os *s, vhm_process *process, uint32_t first,
                 uint32_t n)
{
  guint added = files_add (s->files, process, first, n);
  for (guint i = s->files->len - added; i < s->files->len; i++) {
    const struct os_file *f = &g_array_index (s->files, struct os_file, i);
    for (uint32_t v = f->first; v < f->first + f->n; v++)
      s->pages[v].state = LINUX_OUT;
  }
}

struct os_file *
linux_file_of (const struct linux_os *s, uint32_t page)
{
  return files_find (s->files, page);
}

/* Reads what is out of [from, to); `page`, if it is in there, into gfn. */
static void
read_range (struct linux_os *s, const struct os_file *f, uint32_t from,
            uint32_t to, uint32_t page, uint32_t gfn)
{
  uint32_t pages[LINUX_BATCH], gfns[LINUX_BATCH], n = 0;
  for (uint32_t v = from; v <= to; v++) {
    uint32_t into = LINUX_NONE;
    if (v < to && s->pages[v].state == LINUX_OUT)
      into = v == page ? gfn : linux_take_spare_frame (s, LINUX_COLD);
    if (into == LINUX_NONE || n == LINUX_BATCH) {
      if (n > 0)
        linux_read (s, f->at + (v - n - f->first), true, n, pages, gfns);
      n = 0;
    }
    if (into == LINUX_NONE)
      continue;
    s->frames[into].flags = LINUX_FILE;
    pages[n] = v;
    gfns[n++] = into;
  }
}

static void
mark (struct linux_os *s, const struct os_file *f, uint32_t v)
{
  if (v < f->first + f->n && s->pages[v].state == LINUX_READING)
    s->frames[s->pages[v].where].flags |= LINUX_MARKER;
}

static uint32_t
most (const struct linux_os *s)
{
  return (uint32_t) MAX (s->config->read_ahead_bytes / vhm_pages_to_bytes (1),
                         1);
}

/* The window after the present one. */
static void
move_on (struct linux_os *s, struct os_file *f)
{
  uint32_t limit = most (s), end = f->first + f->n;
  f->window += f->n_ahead;
  f->n_ahead *= f->n_ahead < limit / 16 ? 4 : 2;
  f->n_ahead = MIN (MIN (f->n_ahead, limit), end - MIN (f->window, end));
}

void
linux_file_read (struct linux_os *s, uint32_t page, uint32_t gfn)
{
  struct os_file *f = linux_file_of (s, page);
  bool follows = f->n_ahead > 0 && page == f->window + f->n_ahead;
  bool in_order = page == f->first || page == f->last + 1;
  f->last = page;
  if (follows) {
    move_on (s, f);
    read_range (s, f, f->window, f->window + f->n_ahead, page, gfn);
    mark (s, f, f->window + 1);
    return;
  }
  uint32_t n = in_order ? MIN (FIRST_WINDOW, most (s)) : 1;
  n = MIN (n, f->first + f->n - page);
  f->window = page;
  f->n_ahead = in_order ? n : 0;
  read_range (s, f, page, page + n, page, gfn);
  if (in_order)
    mark (s, f, page + 1);
}

void
linux_file_hit (struct linux_os *s, uint32_t page)
{
  struct os_file *f = linux_file_of (s, page);
  struct linux_frame *frame = &s->frames[s->pages[page].where];
  f->last = page;
  if (!(frame->flags & LINUX_MARKER))
    return;
  frame->flags &= ~(uint32_t) LINUX_MARKER;
  move_on (s, f);
  if (f->n_ahead == 0)
    return;
  read_range (s, f, f->window, f->window + f->n_ahead, LINUX_NONE, LINUX_NONE);
  mark (s, f, f->window);
}
