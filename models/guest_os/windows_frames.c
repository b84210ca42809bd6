/* Frame lists of a Windows guest.
 *
 * Every frame is on exactly one list (free, standby, modified, dirty files) or belongs to a
 * page in a working set, to I/O, to the kernel or to the balloon. Available
 * memory is free + standby, as Windows counts it: a standby page can be given to
 * somebody else at once because the disk has its contents.
 *
 * Free frames are taken last-in first-out; when there are none, standby ones
 * (windows_standby.c). Left out: the zeroed list.
 */
#include "windows.h"

#include <vhm/base/require.h>

void
windows_list_push (struct windows *w, struct frame_list *list, uint32_t gfn)
{
  struct frame *f = &w->frames[gfn];
  f->prev = list->tail;
  f->next = NONE;
  if (list->tail == NONE)
    list->head = gfn;
  else
    w->frames[list->tail].next = gfn;
  list->tail = gfn;
  list->n++;
}

void
windows_list_remove (struct windows *w, struct frame_list *list, uint32_t gfn)
{
  struct frame *f = &w->frames[gfn];
  VHM_ASSERT (list->n > 0);
  if (f->prev == NONE)
    list->head = f->next;
  else
    w->frames[f->prev].next = f->next;
  if (f->next == NONE)
    list->tail = f->prev;
  else
    w->frames[f->next].prev = f->prev;
  list->n--;
}

void
windows_free_frame (struct windows *w, uint32_t gfn)
{
  w->frames[gfn].owner = FRAME_FREE;
  windows_list_push (w, &w->free, gfn);
}

uint32_t
windows_take_frame (struct windows *w)
{
  uint32_t gfn = w->free.tail;
  if (gfn != NONE) {
    windows_list_remove (w, &w->free, gfn);
    return gfn;
  }
  return windows_standby_take (w);
}

static const char *
audit_list (const struct windows *w, const struct frame_list *list,
            enum page_state state)
{
  uint32_t n = 0, prev = NONE;
  for (uint32_t gfn = list->head; gfn != NONE; gfn = w->frames[gfn].next) {
    uint32_t owner = w->frames[gfn].owner;
    if (w->frames[gfn].prev != prev || n++ > w->n_frames)
      return "a Windows frame list is not doubly linked";
    bool of_nobody = state == PAGE_STANDBY && owner == FRAME_IMAGE;
    if (state == PAGE_UNTOUCHED
            ? owner != FRAME_FREE
            : !of_nobody
                  && (owner >= w->n_pages || w->pages[owner].state != state
                      || w->pages[owner].gfn != gfn
                      || (state == PAGE_MODIFIED
                          && (w->pages[owner].slot == IN_FILE)
                                 != (list == &w->dirty_files))))
      return "a frame on a Windows list belongs to something else";
    prev = gfn;
  }
  return n == list->n ? NULL : "a Windows frame list miscounts its frames";
}

static const char *
audit_pages (const struct windows *w)
{
  uint32_t n[N_PAGE_STATES] = { 0 }, n_of_files = 0;
  for (uint32_t v = 0; v < w->n_pages; v++) {
    const struct page *page = &w->pages[v];
    n[page->state]++;
    n_of_files += page->slot == IN_FILE;
    if (page->slot == IN_FILE && page->state == PAGE_UNTOUCHED)
      return "a page of a file has no contents";
    bool has_frame = page->state != PAGE_UNTOUCHED && page->state != PAGE_OUT;
    if (has_frame != (page->gfn != NONE))
      return "a page's state and its frame contradict each other";
    if (has_frame
        && (page->gfn >= w->n_frames || w->frames[page->gfn].owner != v))
      return "a page names a frame that does not name it";
    uint32_t own;
    vhm_process *process = windows_owner (w, v, &own);
    if (vhm_refs_is_mapped (vhm_process_refs (process), own)
        != (page->state == PAGE_ACTIVE))
      return "a page is mapped and not in a working set, or the other way "
             "round";
  }
  uint64_t touched = w->n_pages - n[PAGE_UNTOUCHED] - n_of_files;
  if (touched + w->kernel_pages + w->balloon_pages > w->commit_pages)
    return "more pages are in use than are committed";
  if (n[PAGE_ACTIVE] != w->n_active
      || n[PAGE_STANDBY] + w->fetch.n_cached != w->n_standby
      || n[PAGE_MODIFIED] != w->modified.n + w->dirty_files.n)
    return "the Windows page counts and the page states disagree";
  return NULL;
}

const char *
windows_audit_frames (const struct windows *w)
{
  uint32_t n_kernel = 0, n_balloon = 0, n_free = 0, n_io = 0;
  for (uint32_t gfn = 0; gfn < w->n_frames; gfn++) {
    uint32_t owner = w->frames[gfn].owner;
    n_kernel += owner == FRAME_KERNEL;
    n_balloon += owner == FRAME_BALLOON;
    n_free += owner == FRAME_FREE;
    n_io += owner == FRAME_IO;
    if (owner < FRAME_FIRST_SPECIAL
        && (owner >= w->n_pages || w->pages[owner].gfn != gfn))
      return "a frame names a page that does not name it";
  }
  if (n_kernel != w->kernel_pages || n_balloon != w->balloon_pages)
    return "nonpaged and ballooned frames are miscounted";
  if (n_free != w->free.n)
    return "a free frame is on no list";
  if (n_io != windows_n_left_over (w, false))
    return "a frame of a dropped page is in no transfer";
  const char *wrong = audit_list (w, &w->free, PAGE_UNTOUCHED);
  for (uint32_t i = 0; !wrong && i < WINDOWS_PRIORITIES; i++)
    wrong = audit_list (w, &w->standby[i], PAGE_STANDBY);
  if (!wrong)
    wrong = windows_audit_standby (w);
  if (!wrong)
    wrong = audit_list (w, &w->modified, PAGE_MODIFIED);
  if (!wrong)
    wrong = audit_list (w, &w->dirty_files, PAGE_MODIFIED);
  return wrong ? wrong : audit_pages (w);
}
