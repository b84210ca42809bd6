/* Memory that a program fills from a file by itself: buffers of a database, which
 * reads past the system's cache.
 *
 *   untouched page --- read by the program --- first touch --- dropped by it
 *                      (nobody has a frame)    (the system's)
 *
 * Whoever references an untouched page waits for the read; others who come to the
 * same page wait for the same read. Then the workload is told (it may drop a page in
 * exchange), and the page is touched by writing: to the system it is private memory
 * whose contents are nowhere else, which it may page out and in like any other.
 *
 * Invariant: a page is `there` from the end of its read until it is dropped; each
 * page that somebody waits for has one read under way. Cost: that of a read; a bit
 * a page. Left out: the frame that the disk reads into is taken at the end of the
 * read, so the read never waits for a frame of the guest that the host has taken
 * (the touch does).
 */
#include "process.h"

#include <vhm/base/require.h>

static uint64_t *
word_of (const struct loaded_region *r, uint32_t page, uint64_t *ret_bit)
{
  *ret_bit = UINT64_C (1) << ((page - r->first) % 64);
  return &r->there[(page - r->first) / 64];
}

static struct loaded_region *
region_of (const vhm_process *p, uint32_t page)
{
  for (guint i = 0; p->loaded && i < p->loaded->len; i++) {
    struct loaded_region *r
        = &g_array_index (p->loaded, struct loaded_region, i);
    if (page >= r->first && page < r->first + r->n)
      return r;
  }
  return NULL;
}

static void
clear_region (void *region)
{
  g_free (((struct loaded_region *) region)->there);
}

void
vhm_loads_add_region (vhm_process *p, const struct vhm_region_spec *spec,
                      uint32_t first)
{
  VHM_REQUIRE (!spec->is_file);
  if (!p->loaded) {
    p->loaded = g_array_new (FALSE, FALSE, sizeof (struct loaded_region));
    g_array_set_clear_func (p->loaded, clear_region);
    p->loading = g_array_new (FALSE, FALSE, sizeof (struct load_waiter));
  }
  const struct loaded_region r = {
    .first = first,
    .n = spec->n_pages,
    .at = spec->file_at,
    .there = g_new0 (uint64_t, (spec->n_pages + 63) / 64),
  };
  g_array_append_val (p->loaded, r);
}

void
vhm_loads_clear (vhm_process *p)
{
  g_clear_pointer (&p->loaded, g_array_unref);
  g_clear_pointer (&p->loading, g_array_unref);
}

bool
vhm_loads_is_loaded (const vhm_process *p, uint32_t page)
{
  uint64_t bit;
  const struct loaded_region *r = region_of (p, page);
  return r && (*word_of (r, page, &bit) & bit) != 0;
}

void
vhm_loads_forget (vhm_process *p, uint32_t first, uint32_t n)
{
  uint64_t bit;
  const struct loaded_region *r = region_of (p, first);
  for (uint32_t page = first; r && page < first + n; page++)
    *word_of (r, page, &bit) &= ~bit;
}

static bool
is_loading (const vhm_process *p, uint32_t page)
{
  for (guint i = 0; i < p->loading->len; i++)
    if (g_array_index (p->loading, struct load_waiter, i).page == page)
      return true;
  return false;
}

/* The page's number among the regions, as the workload counts them. */
static uint32_t
number_of_region (const vhm_process *p, const struct loaded_region *r)
{
  uint32_t i = 0;
  while (g_array_index (p->regions, uint32_t, i) != r->first)
    i++;
  return i;
}

/* All who wait for the page touch it now, in the order in which they came. */
static void
serve_waiters (vhm_process *p, uint32_t page)
{
  for (guint i = 0; !p->killed && i < p->loading->len;) {
    const struct load_waiter *x
        = &g_array_index (p->loading, struct load_waiter, i);
    if (x->page != page) {
      i++;
      continue;
    }
    const struct frame_waiter waiter = {
      .kind = WAITS_KERNEL,
      .process = p,
      .page = page,
      .thread = x->thread,
      .write = true,
      .left = vhm_kernel_enter (p->guest, true),
    };
    g_array_remove_index (p->loading, i);
    vhm_process_frame_came (p, &waiter);
  }
}

static void
load_done (void *context, uint64_t tag)
{
  vhm_process *p = context;
  uint32_t page = (uint32_t) tag;
  const struct vhm_workload_ops *ops = p->plugin->ops;
  if (p->killed || !vhm_guest_is_running (p->guest))
    return;
  vhm_guest_begin (p->guest);
  uint64_t bit;
  const struct loaded_region *r = region_of (p, page);
  uint64_t *word = word_of (r, page, &bit);
  VHM_REQUIRE ((*word & bit) == 0);
  *word |= bit;
  p->trap_stale = true;
  if (ops->loaded)
    ops->loaded (p->state, p, number_of_region (p, r), page - r->first);
  serve_waiters (p, page);
  vhm_guest_end (p->guest);
}

bool
vhm_loads_begin (vhm_process *p, const struct vhm_fault *fault)
{
  const struct loaded_region *r = region_of (p, fault->page);
  if (!r || vhm_loads_is_loaded (p, fault->page))
    return false;
  bool under_way = is_loading (p, fault->page);
  const struct load_waiter x = { fault->page, fault->thread };
  g_array_append_val (p->loading, x);
  if (under_way)
    return true;
  const struct vhm_guest_io io = {
    .file = VHM_FILE_IMAGE,
    .at = r->at + (fault->page - r->first),
    .n = 1,
    .done = load_done,
    .context = p,
    .tag = fault->page,
  };
  vhm_guest_io (p->guest, &io);
  return true;
}
