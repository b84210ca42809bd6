/* SuperFetch of a Windows guest: programs that may be wanted are read into memory
 * that is free, so that little is free and nearly all is available.
 *
 * While more than `leaves` is free and the guest's disk has been quiet for `idle`
 * (no transfer of anybody else under way, the last one that long ago), requests
 * follow one another, each of at most `request`, together at most `rate`:
 *
 *   time to fill n bytes = n / rate, in whole periods of ageing, if the disk is
 *   faster than that
 *
 * First come pages of processes' files that are not in memory, then `programs`, a
 * stretch of the virtual disk that no process has. They go to standby, at a
 * priority of their own, so they are the first to be lost; nothing is pushed out
 * for their sake. A request under way is not called back.
 *
 * Programs are read round and round and lost in the order in which they came, so
 * those in memory are always the last n_cached before `next`: no record of pages.
 * Where a host gives memory at touch, what is read in is touched: sooner or later
 * the host gives all but `leaves`.
 *
 * Cost: O(pages read), and O(pages of files) to find those that are out, at most
 * LOOKS a request. Left out: which programs are wanted when; the priorities that
 * it gives to pages in use; that a program of it is started.
 * Source: seed text on Dynamic Memory (12 GB of RAM, 68 MB free, 10 GB available);
 * rate, rule of idleness and size of requests are assumed.
 */
#include "windows.h"

#include <vhm/base/require.h>

#define LOOKS 4096 /* pages of files looked at for a request; assumed */

static const struct superfetch_config *
config_of (const struct windows *w)
{
  return &w->config->superfetch;
}

uint64_t
windows_superfetch_bytes (const void *config)
{
  const struct windows_config *c = config;
  return c->superfetch.enabled ? c->superfetch.programs_bytes : 0;
}

void
windows_superfetch_boot (struct windows *w)
{
  struct superfetch *s = &w->fetch;
  s->n = (uint32_t) vhm_bytes_to_pages (windows_superfetch_bytes (w->config));
  if (s->n > 0)
    s->at = vhm_guest_new_file (w->guest, s->n);
}

static uint64_t
now_cyc (const struct windows *w)
{
  return vhm_guest_now_cyc (w->guest);
}

/* When the disk will have been quiet for long enough, if nothing comes. */
static uint64_t
quiet_at_cyc (const struct windows *w)
{
  return w->fetch.quiet_since_cyc
         + vhm_ns_to_cycles (vhm_guest_clock_hz (w->guest),
                             config_of (w)->idle_ns);
}

static void go_on (struct windows *w);

static void
has_waited (void *context)
{
  struct windows *w = context;
  w->fetch.waits = false;
  if (!vhm_guest_is_running (w->guest))
    return;
  vhm_guest_begin (w->guest);
  go_on (w);
  vhm_guest_end (w->guest);
}

/* Else it goes on when the disk is, or may be. */
static bool
is_quiet (struct windows *w)
{
  uint64_t at = quiet_at_cyc (w);
  if (w->transfers->len > 0 || w->fetch.waits)
    return false;
  if (now_cyc (w) >= at)
    return true;
  w->fetch.waits = true;
  vhm_guest_timer_set (&w->fetch.timer, w->guest, at - now_cyc (w), has_waited,
                       w);
  return false;
}

/* --- what to read ---------------------------------------------------------------- */

/* From the next page of a process's file that is out; 0: none was found. */
static uint32_t
fetch_files (struct windows *w, uint32_t most)
{
  struct superfetch *s = &w->fetch;
  for (uint32_t looks = 0; s->n_left > 0 && looks < LOOKS; looks++) {
    const struct os_file *f
        = &g_array_index (w->files, struct os_file, s->file);
    if (s->file_page == f->n) {
      s->file = (s->file + 1) % w->files->len;
      s->file_page = 0;
      continue;
    }
    uint32_t page = f->first + s->file_page, n = 0;
    if (w->pages[page].state == PAGE_OUT)
      n = windows_file_fetch (w, f, page, most);
    s->file_page += MAX (n, 1);
    s->n_left -= MAX (n, 1);
    if (n > 0)
      return n;
  }
  return 0;
}

static uint32_t
fetch_programs (struct windows *w, uint32_t most)
{
  struct superfetch *s = &w->fetch;
  uint32_t n = MIN (most, s->n - s->n_cached);
  n = MIN (n, s->n - s->next);
  if (n == 0)
    return 0;
  g_autofree uint32_t *gfns = g_new (uint32_t, n);
  for (uint32_t k = 0; k < n; k++)
    gfns[k] = windows_take_frame (w);
  windows_start_fetch (w, s->at + s->next, n, gfns);
  s->next = (s->next + n) % s->n;
  return n;
}

static void
go_on (struct windows *w)
{
  const struct superfetch_config *c = config_of (w);
  struct superfetch *s = &w->fetch;
  uint64_t leaves = vhm_bytes_to_pages (c->leaves_bytes);
  uint64_t most = MIN (s->due_bytes, c->request_bytes) >> VHM_PAGE_SHIFT;
  most = MIN (most, w->free.n - MIN (leaves, w->free.n));
  if (most == 0 || !is_quiet (w))
    return;
  uint32_t n = fetch_files (w, (uint32_t) most);
  if (n == 0 && s->n_left == 0)
    n = fetch_programs (w, (uint32_t) most);
  s->due_bytes -= vhm_pages_to_bytes (n);
}

/* --- when ------------------------------------------------------------------------ */

/* Pages of files are looked at once, and again when some may have been lost. */
static void
look_again (struct windows *w)
{
  struct superfetch *s = &w->fetch;
  uint64_t lost = w->count.repurposed_pages;
  if (s->n_left > 0 || (s->has_looked && s->lost_before == lost))
    return;
  s->has_looked = true;
  s->lost_before = lost;
  for (guint i = 0; i < w->files->len; i++)
    s->n_left += g_array_index (w->files, struct os_file, i).n;
}

void
windows_superfetch (struct windows *w)
{
  const struct superfetch_config *c = config_of (w);
  if (!c->enabled)
    return;
  struct superfetch *s = &w->fetch;
  s->due_bytes %= UINT64_C (1) << VHM_PAGE_SHIFT;
  s->due_bytes += (uint64_t) ((unsigned __int128) c->rate * w->config->ageing_ns
                              / VHM_NS_PER_S);
  look_again (w);
  go_on (w);
}

void
windows_superfetch_read (struct windows *w, enum reads what)
{
  if (!config_of (w)->enabled)
    return;
  if (what != FETCHES_FILE && what != FETCHES_IMAGE)
    w->fetch.quiet_since_cyc = now_cyc (w);
  go_on (w);
}

void
windows_fetched (struct windows *w, uint32_t gfn)
{
  VHM_ASSERT (w->fetch.n_cached < w->fetch.n);
  w->frames[gfn].owner = FRAME_IMAGE;
  w->fetch.n_cached++;
  windows_standby_push (w, gfn, (uint32_t) config_of (w)->priority);
}
