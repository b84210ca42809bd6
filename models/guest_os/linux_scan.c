/* Which page does a Linux guest give up? Two lists for either kind of page.
 *
 * New pages join the head of the inactive list. At its tail a page is looked at:
 *
 *   accessed since its bit was last cleared     not, or never mapped
 *   --------------------------------------     --------------------
 *   first time: marked, one more round          given up: freed if its contents
 *   marked already: to the active list          are on a disk, else written
 *
 * The tail of the active list goes back to the inactive one, accessed or not,
 * its bit cleared, while the inactive list is the smaller one by more than
 *   inactive x max (1, sqrt (10 x GiB of the kind)) < active.
 *
 * A page of a file that a process has used and unmaps is marked, or if it is marked
 * to the active list: as a page that is read by calls of the system.
 *
 * How much of which kind is looked at: lists >> priority, in proportion to
 *   anonymous  swappiness x        total cost / cost of anonymous pages
 *   file       (200 - swappiness) x total cost / cost of file pages
 * where costs are kept in linux_refault.c and by writes and pages that stay;
 * only file pages without room in swap; only anonymous ones when hardly any file
 * page is left; only file ones while many are inactive and none come back.
 *
 * Every look is one question to the reference core about one page (its rule 3),
 * compared with the clock at which the guest last cleared the page's bit. So
 * both modes of references run the same lists, not an approximation of them, and
 * differ in nothing but the random numbers; no order of last access is used.
 *
 * Cost: a look a page scanned; Linux scans no fewer. Left out: memory cgroups,
 * executable file pages (a second round on the active list), the multi-generation
 * lists, the part of the scan that goes on once enough is reclaimed.
 * Source: mm/vmscan.c and mm/swap.c, Linux 5.9 to 6.x, as described in their
 * comments. Older kernels put anonymous pages on the active list first.
 */
#include "linux.h"

#include <math.h>

#define MOST_SWAPPINESS 200

/* Old costs fade: together they stay below a quarter of the pages. */
void
linux_note_cost (struct linux_os *s, bool is_file, uint64_t cost)
{
  uint64_t total = 0;
  for (int i = 0; i < LINUX_N_LRUS; i++)
    total += s->lru[i].n;
  s->cost[is_file] += cost;
  if (s->cost[0] + s->cost[1] > total / 4) {
    s->cost[0] /= 2;
    s->cost[1] /= 2;
  }
}

void
linux_mark_accessed (struct linux_os *s, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  if (f->flags & LINUX_ACTIVE || !(f->flags & LINUX_REFERENCED)) {
    f->flags |= LINUX_REFERENCED;
    return;
  }
  linux_remove (s, linux_lru_of (s, gfn), gfn);
  f->flags ^= LINUX_REFERENCED | LINUX_ACTIVE;
  linux_push_head (s, linux_lru_of (s, gfn), gfn);
}

enum verdict { GIVE_UP, KEEP, ACTIVATE };

bool
linux_is_young (struct linux_os *s, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  if (s->pages[f->owner].state != LINUX_MAPPED)
    return false;
  uint32_t own;
  vhm_refs *refs = vhm_process_refs (linux_owner (s, f->owner, &own)->process);
  s->n_looks++;
  bool young = vhm_refs_look (refs, own) > f->young_after;
  f->young_after = vhm_refs_clock (refs);
  return young;
}

static enum verdict
judge (struct linux_os *s, uint32_t gfn)
{
  struct linux_frame *f = &s->frames[gfn];
  if (!linux_is_young (s, gfn)) {
    f->flags &= ~(uint32_t) LINUX_REFERENCED;
    return GIVE_UP;
  }
  if (f->flags & LINUX_REFERENCED)
    return ACTIVATE;
  f->flags |= LINUX_REFERENCED;
  return KEEP;
}

/* Frees the page's frame, or lists it to be written. False if there is no place
 * to write it to. The frame is on no list. */
static bool
give_up (struct linux_os *s, uint32_t gfn, struct linux_dirty *dirty)
{
  struct linux_frame *f = &s->frames[gfn];
  uint32_t v = f->owner;
  struct linux_page *page = &s->pages[v];
  bool is_file = f->flags & LINUX_FILE;
  if (!is_file && page->slot == LINUX_NO_SLOT
      && s->slots.n_free <= dirty->n_anon)
    return false;
  s->n_cached -= page->state == LINUX_CACHED;
  bool unsaved = page->state == LINUX_MAPPED ? linux_unmap (s, v)
                                             : f->flags & LINUX_DIRTY;
  if (unsaved) {
    linux_free_slot (s, v); /* what it holds is out of date */
    f->flags &= ~(uint32_t) LINUX_DIRTY;
    page->state = LINUX_WRITING;
    dirty->page[dirty->n++] = v;
    dirty->n_anon += !is_file;
    return true;
  }
  if (!is_file && page->slot == LINUX_NO_SLOT) {
    page->state = LINUX_UNTOUCHED; /* it was never written: zeroes */
    page->where = LINUX_NONE;
  } else {
    page->state = LINUX_OUT;
    uint32_t own;
    if (!is_file)
      linux_owner (s, v, &own)->n_swapped++;
    linux_went_out (s, v, f->flags);
  }
  s->count.pages_stolen++;
  linux_free_frame (s, gfn, LINUX_COLD);
  return true;
}

/* Returns the pages given up. */
static uint32_t
shrink_inactive (struct linux_os *s, enum linux_lru which, uint32_t n)
{
  struct linux_list *list = &s->lru[which];
  struct linux_dirty dirty = { .n = 0 };
  uint32_t given = 0, looked = 0;
  for (; looked < n && list->n > 0; looked++) {
    uint32_t gfn = list->tail;
    linux_remove (s, list, gfn);
    enum verdict verdict = judge (s, gfn);
    if (verdict == GIVE_UP && give_up (s, gfn, &dirty)) {
      given++;
      continue;
    }
    if (verdict != KEEP)
      s->frames[gfn].flags |= LINUX_ACTIVE;
    linux_push_head (s, linux_lru_of (s, gfn), gfn);
  }
  bool is_file = which == LINUX_INACTIVE_FILE;
  linux_note_cost (s, is_file,
                   (uint64_t) dirty.n * LINUX_BATCH + (looked - given));
  s->count.pages_scanned += looked;
  linux_write (s, &dirty);
  return given;
}

static void
shrink_active (struct linux_os *s, enum linux_lru which, uint32_t n)
{
  struct linux_list *list = &s->lru[which];
  for (uint32_t i = 0; i < n && list->n > 0; i++) {
    uint32_t gfn = list->tail;
    linux_remove (s, list, gfn);
    linux_is_young (s, gfn); /* its bit is cleared, and it goes all the same */
    s->frames[gfn].flags &= ~(uint32_t) LINUX_ACTIVE;
    s->frames[gfn].flags |= LINUX_WORKINGSET;
    linux_push_head (s, linux_lru_of (s, gfn), gfn);
  }
}

static bool
inactive_is_low (const struct linux_os *s, bool is_file)
{
  uint64_t inactive = s->lru[is_file ? LINUX_INACTIVE_FILE : 0].n;
  uint64_t active = s->lru[is_file ? LINUX_ACTIVE_FILE : LINUX_ACTIVE_ANON].n;
  uint64_t gib = vhm_pages_to_bytes (inactive + active) / VHM_GIB;
  uint64_t ratio = gib > 0 ? (uint64_t) sqrt (10 * (double) gib) : 1;
  return inactive * ratio < active;
}

/* Whether pages may leave the active list of the kind now: it has grown too
 * large, or its pages come back, so that it may hold stale ones. */
static bool
may_deactivate (const struct linux_os *s, bool is_file)
{
  return inactive_is_low (s, is_file)
         || s->count.activations[is_file] != s->refaults_seen[is_file];
}

enum balance { BOTH_FULLY, BY_COST, ONLY_ANON, ONLY_FILE };

static enum balance
balance_of (const struct linux_os *s, int priority)
{
  const struct linux_list *lru = s->lru;
  uint64_t file
      = (uint64_t) lru[LINUX_INACTIVE_FILE].n + lru[LINUX_ACTIVE_FILE].n;
  if (s->slots.n == 0 || s->slots.n_free == 0)
    return ONLY_FILE;
  if (priority == 0 && s->config->swappiness > 0)
    return BOTH_FULLY;
  if (file + s->free.n <= s->high && !may_deactivate (s, false)
      && lru[LINUX_INACTIVE_ANON].n >> priority > 0)
    return ONLY_ANON;
  if (lru[LINUX_INACTIVE_FILE].n >> priority > 0 && !may_deactivate (s, true))
    return ONLY_FILE;
  return BY_COST;
}

/* Share of the kind in what is scanned, 0 to 1. */
static double
share_of (const struct linux_os *s, bool is_file)
{
  double swappiness = (double) s->config->swappiness;
  double anon_cost = (double) s->cost[0], file_cost = (double) s->cost[1];
  double total = anon_cost + file_cost;
  double anon = total + anon_cost, file = total + file_cost;
  total = anon + file;
  double a = swappiness * (total + 1) / (anon + 1);
  double f = (MOST_SWAPPINESS - swappiness) * (total + 1) / (file + 1);
  return (is_file ? f : a) / (a + f);
}

static void
plan (const struct linux_os *s, int priority, uint32_t n[LINUX_N_LRUS])
{
  enum balance balance = balance_of (s, priority);
  for (int i = 0; i < LINUX_N_LRUS; i++) {
    bool is_file = i >= LINUX_INACTIVE_FILE;
    n[i] = s->lru[i].n >> priority;
    if (balance == (is_file ? ONLY_ANON : ONLY_FILE))
      n[i] = 0;
    else if (balance == BY_COST)
      n[i] = (uint32_t) (n[i] * share_of (s, is_file));
  }
}

static uint32_t
batch_of (uint32_t *left)
{
  uint32_t n = MIN (*left, LINUX_BATCH);
  *left -= n;
  return n;
}

void
linux_shrink (struct linux_os *s, struct linux_scan *scan, int priority)
{
  uint32_t n[LINUX_N_LRUS];
  plan (s, priority, n);
  const bool deactivate[]
      = { may_deactivate (s, false), may_deactivate (s, true) };
  while (
      (n[LINUX_INACTIVE_ANON] || n[LINUX_ACTIVE_FILE] || n[LINUX_INACTIVE_FILE])
      && scan->reclaimed < scan->wanted)
    for (int i = 0; i < LINUX_N_LRUS; i++) {
      uint32_t batch = batch_of (&n[i]);
      bool is_file = i >= LINUX_INACTIVE_FILE;
      if (i == LINUX_INACTIVE_ANON || i == LINUX_INACTIVE_FILE)
        scan->reclaimed += shrink_inactive (s, (enum linux_lru) i, batch);
      else if (deactivate[is_file])
        shrink_active (s, (enum linux_lru) i, batch);
    }
  if (s->slots.n > 0 && inactive_is_low (s, false))
    shrink_active (s, LINUX_ACTIVE_ANON, LINUX_BATCH);
}
