/* When a Linux guest reclaims memory: watermarks, kswapd, direct reclaim.
 *
 *   min  = 4 x sqrt (RAM in KiB) KiB, 128 KiB to 64 MiB, unless given
 *   gap  = max (min / 4, RAM x scale)
 *   low  = min + gap: below it an allocation wakes kswapd
 *   high = min + 2 gap: there kswapd sleeps again
 *
 * kswapd is a thread of its own: it comes some microseconds after it was woken
 * and works through the lists, twice as much of them in each pass, until free
 * memory, with what is being written, reaches the high mark. An allocation that
 * finds no more than min free reclaims itself, and its thread is charged for
 * it; if all that it found must be written first it waits for the disk. Pages
 * written are freed at once while memory is short.
 *
 * Nothing reclaimed sixteen times, and nothing on its way that could be: the killer
 * (linux_oom.c). kswapd gives up after as many passes for nothing until somebody
 * has made progress.
 *
 * Cost: a look a page scanned, and `scan` of processor time; kswapd's is charged
 * to who woke it. Left out: zones and their reserves, boosted watermarks,
 * compaction, throttling by congestion.
 * Source: mm/page_alloc.c (init_per_zone_wmark_min, __setup_per_zone_wmarks),
 * mm/vmscan.c (balance_pgdat, do_try_to_free_pages), admin-guide/sysctl/vm.rst.
 */
#include "linux.h"

#include <math.h>

#include <vhm/base/require.h>

#define FIRST_PRIORITY 12 /* DEF_PRIORITY: 1/4096 of the lists */
#define MOST_RETRIES 16   /* MAX_RECLAIM_RETRIES */
#define LEAST_MIN_KIB 128
#define MOST_MIN_KIB (64 * 1024)
/* A guest far below the size Linux runs in keeps most of it usable. */
#define MOST_MIN_PART 16

void
linux_set_watermarks (struct linux_os *s)
{
  const struct linux_config *c = s->config;
  uint64_t kib = vhm_pages_to_bytes (s->n_frames) / VHM_KIB;
  uint64_t min_kib = (uint64_t) sqrt (16 * (double) kib);
  uint64_t min_bytes = CLAMP (min_kib, LEAST_MIN_KIB, MOST_MIN_KIB) * VHM_KIB;
  if (c->min_free_bytes > 0)
    min_bytes = c->min_free_bytes;
  uint64_t min
      = MIN (vhm_bytes_to_pages (min_bytes), s->n_frames / MOST_MIN_PART);
  uint64_t gap = MAX (min / 4, vhm_scale_ppm (s->n_frames, c->scale_ppm));
  s->min = (uint32_t) min;
  s->low = (uint32_t) MIN (min + gap, s->n_frames / 4);
  s->high = (uint32_t) MIN (min + 2 * gap, s->n_frames / 2);
}

static void
charge_looks (struct linux_os *s, vhm_process *process, uint64_t before)
{
  if (process && s->n_looks > before)
    vhm_process_charge (process, VHM_ACCOUNT_GUEST_FAULT,
                        (s->n_looks - before) * s->scan_cyc);
}

static void
remember_refaults (struct linux_os *s)
{
  for (int i = 0; i < 2; i++)
    s->refaults_seen[i] = s->count.activations[i];
}

/* --- kswapd ------------------------------------------------------------------- */

static bool
is_balanced (const struct linux_os *s)
{
  return s->free.n + s->n_writing >= s->high;
}

static void
run_kswapd (void *context)
{
  struct linux_os *s = context;
  if (!vhm_guest_is_running (s->guest))
    return;
  vhm_guest_begin (s->guest);
  s->kswapd_runs = false;
  uint64_t before = s->n_looks;
  uint32_t reclaimed = 0;
  for (int p = FIRST_PRIORITY; p > 0 && !is_balanced (s); p--) {
    struct linux_scan scan = { .wanted = MAX (s->high, LINUX_BATCH) };
    linux_shrink (s, &scan, p);
    reclaimed += scan.reclaimed;
  }
  s->n_failures = reclaimed > 0 ? 0 : s->n_failures + 1;
  remember_refaults (s);
  charge_looks (s, s->waker, before);
  linux_relieve (s);
  vhm_guest_end (s->guest);
}

void
linux_wake_kswapd (struct linux_os *s, vhm_process *waker)
{
  if (s->kswapd_runs || is_balanced (s) || s->n_failures >= MOST_RETRIES)
    return;
  s->kswapd_runs = true;
  s->waker = waker;
  uint64_t wait
      = vhm_ns_to_cycles (vhm_guest_clock_hz (s->guest), s->config->kswapd_ns);
  vhm_guest_timer_set (&s->kswapd, s->guest, wait, run_kswapd, s);
}

/* --- direct reclaim ----------------------------------------------------------- */

uint32_t
linux_reclaim (struct linux_os *s, vhm_process *process)
{
  struct linux_scan scan = { .wanted = LINUX_BATCH };
  uint64_t before = s->n_looks;
  for (int p = FIRST_PRIORITY; p >= 0 && scan.reclaimed < scan.wanted; p--)
    linux_shrink (s, &scan, p);
  remember_refaults (s);
  charge_looks (s, process, before);
  if (scan.reclaimed > 0)
    s->n_failures = 0;
  return scan.reclaimed;
}

/* Pages on their way out will be free; those on their way in can be given up
 * again if they are of files or swap space has room. */
bool
linux_has_hope (const struct linux_os *s)
{
  if (s->n_writing > 0 || (s->n_reading > 0 && s->slots.n_free > 0))
    return true;
  for (guint i = 0; i < s->transfers->len; i++) {
    const struct linux_transfer *t = s->transfers->pdata[i];
    if (t->is_file)
      return true;
  }
  return false;
}

/* Until there is a frame, or something to wait for, or no hope. */
static void
reclaim_directly (struct linux_os *s, vhm_process *process)
{
  s->count.allocation_stalls++;
  for (int n = 0; n < MOST_RETRIES && s->free.n <= s->min;) {
    if (linux_reclaim (s, process) > 0) {
      n = 0;
      if (s->n_writing > 0)
        return;
    } else
      n++;
  }
  if (s->free.n <= s->min && !linux_has_hope (s))
    linux_call_killer (s);
}

uint32_t
linux_take_frame (struct linux_os *s, vhm_process *process,
                  enum linux_warmth warmth)
{
  if (s->free.n <= s->low)
    linux_wake_kswapd (s, process);
  if (s->free.n <= s->min)
    reclaim_directly (s, process);
  return s->free.n <= s->min ? LINUX_NONE : linux_pop_free (s, warmth);
}

uint32_t
linux_take_spare_frame (struct linux_os *s, enum linux_warmth warmth)
{
  if (s->free.n <= s->low)
    linux_wake_kswapd (s, s->waker);
  return s->free.n <= s->min ? LINUX_NONE : linux_pop_free (s, warmth);
}

/* --- who waits ---------------------------------------------------------------- */

void
linux_wait_for_frame (struct linux_os *s, const struct vhm_fault *fault)
{
  struct linux_waiting x
      = { .fault = *fault,
          .page = vhm_process_first_page (fault->process) + fault->page };
  g_array_append_val (s->for_frame, x);
}

/* First those who wait for one frame, then allocations. Serving may recurse into
 * reclaim, never into relief. */
void
linux_relieve (struct linux_os *s)
{
  if (s->in_relief)
    return;
  s->in_relief = true;
  while (s->for_frame->len > 0) {
    struct linux_waiting x
        = g_array_index (s->for_frame, struct linux_waiting, 0);
    enum linux_served served = linux_serve (s, &x.fault);
    if (served == LINUX_NO_FRAME)
      break;
    g_array_remove_index (s->for_frame, 0);
    if (served == LINUX_SERVED)
      vhm_process_fault_served (x.fault.process, x.fault.thread);
  }
  for (guint i = 0; i < s->processes->len; i++) {
    vhm_process *p
        = g_array_index (s->processes, struct linux_process, i).process;
    if (vhm_process_wants_frames (p))
      vhm_process_frames_ready (p);
  }
  s->in_relief = false;
}
