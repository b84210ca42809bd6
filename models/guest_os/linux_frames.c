/* Frames of a Linux guest and the lists they stand on.
 *
 * Every frame is free, or holds a page that is mapped or cached and stands on
 * one of four lists (inactive and active, anonymous and file), or is under I/O
 * and on no list, or belongs to the kernel or the balloon. Which free frame is
 * taken: linux_buddy.c.
 *
 * State: 24 bytes a frame, 8 a virtual page. Cost: O(1) a move, O(log processes)
 * to find the owner. Left out: zones.
 */
#include "linux.h"

#include <vhm/base/require.h>
#include <vhm/sim/large_pages.h>

void
linux_push_head (struct linux_os *s, struct linux_list *list, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  f->prev = LINUX_NONE;
  f->next = list->head;
  if (list->head == LINUX_NONE)
    list->tail = gfn;
  else
    s->frames[list->head].prev = gfn;
  list->head = gfn;
  list->n++;
}

void
linux_push_tail (struct linux_os *s, struct linux_list *list, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  f->prev = list->tail;
  f->next = LINUX_NONE;
  if (list->tail == LINUX_NONE)
    list->head = gfn;
  else
    s->frames[list->tail].next = gfn;
  list->tail = gfn;
  list->n++;
}

void
linux_remove (struct linux_os *s, struct linux_list *list, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  VHM_ASSERT (list->n > 0);
  if (f->prev == LINUX_NONE)
    list->head = f->next;
  else
    s->frames[f->prev].next = f->next;
  if (f->next == LINUX_NONE)
    list->tail = f->prev;
  else
    s->frames[f->next].prev = f->prev;
  list->n--;
}

void
linux_add_frames (struct linux_os *s, uint32_t first, uint32_t n)
{
  VHM_REQUIRE (first == s->n_frames);
  if (first + n > s->n_frames_allocated) {
    uint32_t more
        = MAX (first + n, s->n_frames_allocated + s->n_frames_allocated / 4);
    s->frames = g_renew (struct linux_frame, s->frames, more);
    vhm_large_advise (s->frames, more * sizeof *s->frames);
    s->n_frames_allocated = more;
  }
  s->n_frames += n;
  linux_buddy_add (s, first, n);
}

static enum linux_lru
lru_by (uint32_t flags)
{
  bool active = flags & LINUX_ACTIVE;
  if (flags & LINUX_FILE)
    return active ? LINUX_ACTIVE_FILE : LINUX_INACTIVE_FILE;
  return active ? LINUX_ACTIVE_ANON : LINUX_INACTIVE_ANON;
}

struct linux_list *
linux_lru_of (struct linux_os *s, uint32_t gfn)
{
  return &s->lru[lru_by (s->frames[gfn].flags)];
}

struct linux_process *
linux_owner (const struct linux_os *s, uint32_t page, uint32_t *ret_own)
{
  guint low = 0, high = s->processes->len;
  VHM_REQUIRE (high > 0 && page < s->n_pages);
  while (high - low > 1) {
    guint middle = (low + high) / 2;
    if (g_array_index (s->processes, struct linux_process, middle).first
        <= page)
      low = middle;
    else
      high = middle;
  }
  struct linux_process *p
      = &g_array_index (s->processes, struct linux_process, low);
  *ret_own = page - p->first;
  return p;
}

/* --- audit ------------------------------------------------------------------- */

static const char *
audit_list (const struct linux_os *s, const struct linux_list *list, int lru)
{
  uint32_t n = 0, prev = LINUX_NONE;
  for (uint32_t gfn = list->head; gfn != LINUX_NONE;
       gfn = s->frames[gfn].next) {
    const struct linux_frame *f = &s->frames[gfn];
    if (f->prev != prev || n++ > s->n_frames)
      return "a Linux frame list is not doubly linked";
    prev = gfn;
    if (f->owner >= s->n_pages || (int) lru_by (f->flags) != lru)
      return "a frame is on a list that its flags do not name";
    const struct linux_page *page = &s->pages[f->owner];
    if (page->where != gfn
        || (page->state != LINUX_MAPPED && page->state != LINUX_CACHED))
      return "a page on a list is neither mapped nor cached";
  }
  return n == list->n ? NULL : "a Linux frame list miscounts its frames";
}

static const char *
audit_page (const struct linux_os *s, uint32_t v)
{
  const struct linux_page *page = &s->pages[v];
  uint32_t own;
  const struct linux_process *p = linux_owner (s, v, &own);
  bool has_frame = page->state != LINUX_UNTOUCHED && page->state != LINUX_OUT;
  if (has_frame
      && (page->where >= s->n_frames || s->frames[page->where].owner != v))
    return "a page names a frame that does not name it";
  if (vhm_refs_is_mapped (vhm_process_refs (p->process), own)
      != (page->state == LINUX_MAPPED))
    return "a page is mapped and said not to be, or the other way round";
  bool is_file = linux_file_of (s, v) != NULL;
  if (is_file
      && (page->state == LINUX_UNTOUCHED || page->slot != LINUX_NO_SLOT))
    return "a page of a file is treated as anonymous";
  if (has_frame
      && is_file != ((s->frames[page->where].flags & LINUX_FILE) != 0))
    return "a frame's flags and its page disagree about the file";
  if (!is_file && page->state == LINUX_OUT && page->slot == LINUX_NO_SLOT)
    return "a page is out and has no slot";
  return NULL;
}

static const char *
audit_pages (const struct linux_os *s)
{
  uint32_t n[LINUX_N_STATES] = { 0 };
  for (uint32_t v = 0; v < s->n_pages; v++) {
    const char *wrong = audit_page (s, v);
    if (wrong)
      return wrong;
    n[s->pages[v].state]++;
  }
  uint32_t listed = 0, mapped = 0;
  for (int i = 0; i < LINUX_N_LRUS; i++)
    listed += s->lru[i].n;
  for (guint i = 0; i < s->processes->len; i++)
    mapped += g_array_index (s->processes, struct linux_process, i).n_mapped;
  if (n[LINUX_MAPPED] != s->n_mapped || mapped != s->n_mapped)
    return "mapped pages are miscounted";
  if (n[LINUX_MAPPED] + n[LINUX_CACHED] != listed)
    return "a page in memory is on no list";
  if (n[LINUX_READING] > s->n_reading
      || n[LINUX_WRITING] > s->n_writing + s->n_flushing)
    return "pages under I/O are miscounted";
  return NULL;
}

const char *
linux_audit_frames (const struct linux_os *s)
{
  uint32_t n_kernel = 0, n_balloon = 0, n_free = 0, n_io = 0;
  for (uint32_t gfn = 0; gfn < s->n_frames; gfn++) {
    uint32_t owner = s->frames[gfn].owner;
    n_kernel += owner == LINUX_KERNEL;
    n_balloon += owner == LINUX_BALLOON;
    n_free += owner == LINUX_FREE;
    n_io += owner == LINUX_IO;
    if (owner < LINUX_FIRST_SPECIAL
        && (owner >= s->n_pages || s->pages[owner].where != gfn))
      return "a frame names a page that does not name it";
  }
  if (n_kernel != s->kernel_pages || n_balloon != s->balloon_pages)
    return "frames of kernel and balloon are miscounted";
  if (n_free != s->free.n)
    return "the free frames of a Linux guest are not those said to be";
  if (n_io != linux_n_left_over (s))
    return "a frame of a dropped page is in no transfer";
  const char *wrong = linux_audit_buddy (s);
  for (int i = 0; !wrong && i < LINUX_N_LRUS; i++)
    wrong = audit_list (s, &s->lru[i], i);
  return wrong ? wrong : audit_pages (s);
}
