/* Working sets: ageing, trimming, memory notifications.
 *
 * Once an ageing period the working-set manager looks at accessed bits: a page's
 * age is the number of periods since its last access (vhm_ages, ticked). When
 * available memory falls below the trim mark it takes the oldest pages out of
 * working sets, the process whose oldest page is oldest first, until available
 * plus what is being written reaches the goal. Dirty pages go to the modified
 * list, clean ones to standby, clean ones never written anywhere become
 * untouched again (they hold zeroes).
 *
 * Marks: low = 32 MB per 4 GB of RAM, at most 64 MB; high = 3 x low, in between
 * neither notification is set. Trimming starts below max (1.5 low, a share of
 * RAM) so that the low notification means "trimming cannot keep up".
 *
 * Cost: O(pages trimmed). Left out: per-process minimum and maximum, swapping
 * whole processes out. Source: the Windows facts cited in the parameter table;
 * the trim marks are assumed.
 */
#include "windows.h"

#include <vhm/base/require.h>
#include <vhm/base/sort.h>

static struct vhm_ages *
ages_of (const struct windows *w, uint32_t i)
{
  return g_array_index (w->ages, vhm_ages *, i);
}

uint32_t
windows_low_mark (const struct windows *w)
{
  const struct windows_config *c = w->config;
  uint64_t ram = vhm_pages_to_bytes (w->n_frames);
  uint64_t units
      = (ram + c->low_memory_per_bytes - 1) / c->low_memory_per_bytes;
  uint64_t low = MIN (units * c->low_memory_bytes, c->low_memory_cap_bytes);
  return (uint32_t) MIN (vhm_bytes_to_pages (low), w->n_frames / 8);
}

void
windows_map (struct windows *w, vhm_process *process, uint32_t page, bool write,
             enum vhm_arrival arrival)
{
  uint32_t v = vhm_process_first_page (process) + page;
  vhm_refs *refs = vhm_process_refs (process);
  w->pages[v].state = PAGE_ACTIVE;
  w->n_active++;
  vhm_refs_map (refs, page, write, true);
  vhm_process_page_mapped (process, page, w->pages[v].gfn, arrival);
  vhm_ages_insert (ages_of (w, vhm_process_number (process)), page);
  if (w->pages[v].slot != NO_SLOT)
    windows_spare_slot (w, v);
}

void
windows_leave_set (struct windows *w, vhm_process *process, uint32_t own)
{
  uint32_t v = vhm_process_first_page (process) + own;
  struct page *page = &w->pages[v];
  vhm_refs *refs = vhm_process_refs (process);
  vhm_refs_unmap (refs, own);
  vhm_process_page_lost (process, own);
  w->n_active--;
  bool dirty = vhm_refs_is_dirty (refs, own);
  vhm_refs_clean (refs, own); /* the state of the page says it from now on */
  if (dirty) {
    page->state = PAGE_MODIFIED;
    windows_free_slot (w, v);
    windows_list_push (w, windows_modified_list (w, v), page->gfn);
  } else if (page->slot != NO_SLOT) {
    page->state = PAGE_STANDBY;
    windows_standby_push (w, page->gfn, windows_priority_of (w, v));
  } else {
    page->state = PAGE_UNTOUCHED;
    windows_free_frame (w, page->gfn);
    page->gfn = NONE;
  }
}

#define NO_AGE (-1)

/* Age in passes of the oldest page of process i; NO_AGE if it has none. */
static int64_t
oldest_age (const struct windows *w, uint32_t i)
{
  uint32_t page;
  double accessed;
  if (!vhm_ages_peek (ages_of (w, i), &page, &accessed))
    return NO_AGE;
  return vhm_ages_in_ticks (ages_of (w, i), accessed);
}

/* Which process has the oldest page (among equals the first), and how old the
 * oldest one of the others is. */
static int64_t
oldest (const struct windows *w, uint32_t *ret_index, int64_t *ret_others)
{
  int64_t best = NO_AGE, second = NO_AGE;
  *ret_index = 0;
  for (uint32_t i = 0; i < w->ages->len; i++) {
    int64_t age = oldest_age (w, i);
    if (age > best) {
      second = best;
      best = age;
      *ret_index = i;
    } else
      second = MAX (second, age);
  }
  *ret_others = second;
  return best;
}

static uint32_t
trim_mark (const struct windows *w, uint64_t ppm, uint32_t halves_of_low)
{
  uint64_t share = vhm_scale_ppm (w->n_frames, ppm);
  return (uint32_t) MAX (share, windows_low_mark (w) * halves_of_low / 2);
}

/* Pages that will become available without more trimming. */
static uint32_t
coming (const struct windows *w)
{
  uint32_t writing = 0;
  for (guint i = 0; i < w->transfers->len; i++) {
    const struct transfer *t = w->transfers->pdata[i];
    writing += t->is_write ? t->n : 0;
  }
  return windows_available (w) + w->modified.n + w->dirty_files.n + writing;
}

/* The n oldest leave in the order of their addresses, as a walk through the
 * working sets meets them: so neighbours get neighbouring places in the page
 * file. */
static void
trim_oldest (struct windows *w, uint32_t n)
{
  g_autofree uint32_t *batch = g_new (uint32_t, n);
  uint32_t taken = 0;
  uint32_t i;
  int64_t others;
  while (taken < n && oldest (w, &i, &others) != NO_AGE) {
    uint32_t first = vhm_process_first_page (vhm_guest_process (w->guest, i));
    do {
      uint32_t page;
      double accessed;
      vhm_ages_pop (ages_of (w, i), &page, &accessed);
      batch[taken++] = first + page;
    } while (taken < n && oldest_age (w, i) > others);
  }
  vhm_sort_numbers (batch, taken);
  for (uint32_t k = 0; k < taken; k++) {
    uint32_t own;
    vhm_process *process = windows_owner (w, batch[k], &own);
    windows_leave_set (w, process, own);
  }
}

void
windows_trim (struct windows *w)
{
  uint32_t below = trim_mark (w, w->config->trim_below_ppm, 3);
  if (windows_available (w) < below) {
    uint32_t goal = MAX (trim_mark (w, w->config->trim_to_ppm, 4), below + 1);
    uint32_t have = coming (w);
    if (have < goal)
      trim_oldest (w, goal - have);
  }
  windows_write_modified (w);
  windows_write_files (w);
}

/* First those who wait for one frame, then allocations. Serving may recurse
 * into trimming, never into relief. */
void
windows_relieve (struct windows *w)
{
  if (w->in_relief)
    return;
  w->in_relief = true;
  while (w->for_frame->len > 0) {
    struct waiting x = g_array_index (w->for_frame, struct waiting, 0);
    enum served served = windows_serve (w, &x.fault);
    if (served == SERVED_NO_FRAME)
      break;
    g_array_remove_index (w->for_frame, 0);
    if (served == SERVED_NOW)
      vhm_process_fault_served (x.fault.process, x.fault.thread);
  }
  for (uint32_t i = 0; i < w->ages->len && windows_available (w) > 0; i++)
    vhm_process_frames_ready (vhm_guest_process (w->guest, i));
  w->in_relief = false;
}

static void
notify_all (struct windows *w, enum vhm_notice notice)
{
  for (uint32_t i = 0; i < w->ages->len; i++)
    vhm_process_notify (vhm_guest_process (w->guest, i), notice);
}

static void
watch_memory (struct windows *w)
{
  uint32_t low = windows_low_mark (w);
  uint32_t available = windows_available (w);
  w->low = available < low;
  w->high = available > low * w->config->high_memory_factor;
  if (w->low)
    notify_all (w, VHM_NOTICE_LOW_MEMORY);
  else if (w->high)
    notify_all (w, VHM_NOTICE_HIGH_MEMORY);
}

static void
tick (void *context)
{
  struct windows *w = context;
  if (!vhm_guest_is_running (w->guest))
    return;
  vhm_guest_begin (w->guest);
  for (uint32_t i = 0; i < w->ages->len; i++)
    vhm_ages_tick (ages_of (w, i));
  windows_trim (w);
  windows_flush (w);
  watch_memory (w);
  windows_standby_tick (w, (double) w->config->ageing_ns / VHM_NS_PER_S);
  uint64_t hz = vhm_guest_clock_hz (w->guest);
  windows_watch_commit (w, vhm_cycles_to_ns (hz, vhm_guest_now_cyc (w->guest)));
  windows_relieve (w);
  windows_zero (w);
  windows_superfetch (w);
  windows_start_ticking (w);
  vhm_guest_end (w->guest);
}

void
windows_start_ticking (struct windows *w)
{
  uint64_t period
      = vhm_ns_to_cycles (vhm_guest_clock_hz (w->guest), w->config->ageing_ns);
  vhm_guest_timer_set (&w->tick, w->guest, period, tick, w);
}
