/* Pages on their way to the swap file that stay in memory, compressed.
 *
 * A victim that shrinks to half goes into the guest's cache, and its frame is
 * free at once; the cache takes a frame for two pages. Where the cache is full
 * its oldest page makes way: it is decompressed into the frame that the victim
 * has left, and written to the swap file from there like any other. A touch takes
 * a page out of the cache: time of a processor and a frame, no disk.
 *
 *   backed + frames of the cache <= limit of the guest
 *
 * since a host counts the cache as memory that the guest holds. The limit of the
 * cache follows what the guest holds; above it, pages go on to the file, oldest
 * first, as far as there are frames to decompress them into, and none come in.
 *
 * The hypervisor's work is charged to the guest it is done for: to the process
 * that waits for the page, or to whoever runs next (compressing, evicting). Left
 * uncharged, compression would look cheaper than it is on a busy host.
 *
 * Invariant: a compressed frame of the guest is not backed and has no slot; the
 * machine frames held are those that vhm_compression counts. Cost: O(1) a page,
 * 4 bytes a guest frame and what compression.h says. Left out: what a page holds
 * stays as it is in reality while nobody writes to it; here each time it is taken
 * it is drawn afresh how far it shrinks.
 * Source: VMware, "Understanding Memory Resource Management in vSphere 5".
 */
#include "guest.h"

#include <vhm/base/require.h>

void
vhm_compressed_init (vhm_guest *g)
{
  struct compressed *c = &g->backing.compressed;
  if (!g->config.compression || !g->backing.swap)
    return;
  c->cache
      = vhm_compression_new (g->config.compression, g->config.maximum_pages);
  c->frames = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autofree char *name = g_strdup_printf ("%s/swapped", g->config.name);
  vhm_content_init (&c->content, NULL, 0,
                    vhm_content_owner (g->around.seed, name));
}

void
vhm_compressed_clear (vhm_guest *g)
{
  struct compressed *c = &g->backing.compressed;
  g_clear_pointer (&c->cache, vhm_compression_free);
  g_clear_pointer (&c->frames, g_array_unref);
}

/* Holds as many machine frames as the cache takes. */
static void
fit_frames (vhm_guest *g)
{
  struct compressed *c = &g->backing.compressed;
  uint64_t n = vhm_compression_counts (c->cache).n_frames;
  uint32_t mfn;
  while (c->frames->len > n) {
    mfn = g_array_index (c->frames, uint32_t, c->frames->len - 1);
    vhm_machine_give (g->around.machine, vhm_mfn_make (mfn));
    g_array_set_size (c->frames, c->frames->len - 1);
  }
  while (c->frames->len < n) {
    vhm_machine_take (g->around.machine, VHM_OWNER_COMPRESSED, 0, 1, &mfn);
    g_array_append_val (c->frames, mfn);
  }
}

void
vhm_compressed_stop (vhm_guest *g)
{
  struct compressed *c = &g->backing.compressed;
  if (!c->cache)
    return;
  vhm_compression_reset (c->cache);
  fit_frames (g);
}

/* What the cache has worked since the last time. NULL: whoever runs next pays. */
static void
charge (vhm_guest *g, vhm_process *process)
{
  struct compressed *c = &g->backing.compressed;
  uint64_t work_ns = vhm_compression_counts (c->cache).work_ns;
  uint64_t cyc = vhm_ns_to_cycles (g->around.clock_hz, work_ns - c->charged_ns);
  c->charged_ns = work_ns;
  for (guint i = 0; !process && i < g->processes->len; i++) {
    vhm_process *p = g->processes->pdata[i];
    process = p->killed ? NULL : p;
  }
  if (process)
    vhm_process_charge (process, VHM_ACCOUNT_COMPRESSION, cyc);
}

/* What is on its way out is no longer held. */
void
vhm_compressed_follow_limit (vhm_guest *g)
{
  const struct backing *b = &g->backing;
  if (b->compressed.cache)
    vhm_compression_set_limit (b->compressed.cache, g->n_visible,
                               b->n_backed - b->n_writing
                                   + b->compressed.frames->len);
}

bool
vhm_compressed_accepts (vhm_guest *g, uint32_t gfn)
{
  struct compressed *c = &g->backing.compressed;
  vhm_compressed_follow_limit (g);
  if (!c->cache || vhm_compression_is_over (c->cache))
    return false;
  uint64_t key = vhm_content_written (&c->content, gfn, c->n_drawn++);
  c->bytes = vhm_content_bytes (key, &g->config.compressed_sizes);
  bool accepts = vhm_compression_accepts (c->cache, c->bytes);
  charge (g, NULL);
  return accepts;
}

bool
vhm_compressed_is_full (const vhm_guest *g)
{
  return vhm_compression_is_full (g->backing.compressed.cache);
}

void
vhm_compressed_put (vhm_guest *g, uint32_t gfn)
{
  struct compressed *c = &g->backing.compressed;
  vhm_compression_put (c->cache, gfn, c->bytes);
  fit_frames (g);
}

uint32_t
vhm_compressed_oldest (const vhm_guest *g)
{
  return vhm_compression_oldest (g->backing.compressed.cache);
}

/* The page takes its frame before the cache gives up one of its own. */
void
vhm_compressed_evict (vhm_guest *g)
{
  struct backing *b = &g->backing;
  uint32_t gfn = vhm_compression_evict (b->compressed.cache);
  charge (g, NULL);
  vhm_backing_gain (g, gfn, VHM_FRAME_INACTIVE);
  vhm_victims_gone (b, gfn);
  fit_frames (g);
}

bool
vhm_compressed_is_over (const vhm_guest *g)
{
  const vhm_compression *cache = g->backing.compressed.cache;
  return cache && vhm_compression_is_over (cache);
}

void
vhm_compressed_take (vhm_guest *g, uint32_t gfn, vhm_process *process)
{
  struct compressed *c = &g->backing.compressed;
  vhm_compression_take (c->cache, gfn);
  charge (g, process);
  fit_frames (g);
}

void
vhm_compressed_drop (vhm_guest *g, uint32_t gfn)
{
  struct compressed *c = &g->backing.compressed;
  if (!vhm_compressed_has (&g->backing, gfn))
    return;
  vhm_compression_drop (c->cache, gfn);
  fit_frames (g);
}

const char *
vhm_compressed_audit (const vhm_guest *g)
{
  const struct compressed *c = &g->backing.compressed;
  if (!c->cache)
    return NULL;
  const char *wrong = vhm_compression_audit (c->cache);
  if (wrong)
    return wrong;
  if (vhm_compression_counts (c->cache).n_frames != c->frames->len)
    return "the cache of compressed pages holds other frames than it takes";
  for (guint i = 0; i < c->frames->len; i++) {
    vhm_mfn mfn = vhm_mfn_make (g_array_index (c->frames, uint32_t, i));
    if (vhm_machine_owner (g->around.machine, mfn) != VHM_OWNER_COMPRESSED)
      return "compressed pages lie in a frame that is not theirs";
  }
  return NULL;
}

void
vhm_compressed_count (const vhm_guest *g, struct vhm_backing_counts *count)
{
  const struct compressed *c = &g->backing.compressed;
  if (!c->cache)
    return;
  struct vhm_compression_counts k = vhm_compression_counts (c->cache);
  count->compressed_in = k.n_in;
  count->decompressed = k.n_out;
  count->compressed_evicted = k.n_evicted;
  count->compress_refused = k.n_refused;
  count->compressed = k.n_pages;
}

uint64_t
vhm_compressed_bytes (const struct backing *b)
{
  const struct compressed *c = &b->compressed;
  return c->cache ? vhm_compression_bytes (c->cache)
                        + c->frames->len * sizeof (uint32_t)
                  : 0;
}

uint32_t
vhm_guest_compressed_frames (const vhm_guest *g)
{
  return vhm_backing_n_compressed_frames (&g->backing);
}
