/* A guest's physical memory: which machine frame backs which of its frames, as
 * the balloon takes pages and gives them back and memory is hot-added.
 *
 * A page taken goes back to the machine at once; if its block was backed by one
 * large page, the host breaks that (blocks.c), and whoever runs next in the
 * guest pays for it. Pages that come back come one by one, but a block of which
 * every page comes back at the same time comes whole. The host's table maps what
 * is given at once or when it is touched (entries.c); of a block it never mapped
 * there is nothing to split.
 *
 * Invariant: visible frames are backed or ballooned; the machine's table names
 * the guest for the backed ones and for no others. Cost: O(1) a page; O(blocks)
 * a deflation.
 */
#include "guest.h"

#include <vhm/base/require.h>

#include <math.h>

/* To whoever runs next; the guest has one process at least. */
static void
charge (vhm_guest *g, enum vhm_account account, uint64_t cyc)
{
  if (g->processes->len > 0)
    vhm_process_charge (g->processes->pdata[0], account, cyc);
}

void
vhm_guest_charge_exits (vhm_guest *g, uint64_t cyc)
{
  vhm_guest_begin (g);
  charge (g, VHM_ACCOUNT_HOST_FAULT, cyc);
  vhm_guest_end (g);
}

void
vhm_guest_charge_splits (vhm_guest *g, uint32_t n)
{
  if (!g->around.processors || n == 0)
    return;
  const struct vhm_processors_config *host
      = vhm_processors_config (g->around.processors);
  if (host->paging != VHM_PAGING_NATIVE && host->backing != VHM_PAGE_4K)
    charge (g, VHM_ACCOUNT_HOST_FAULT,
            (uint64_t) llround (n * host->cpu->split_cyc));
}

uint32_t
vhm_guest_inflate (vhm_guest *g, uint32_t n, uint64_t cyc_per_page)
{
  vhm_guest_begin (g);
  uint32_t before = g->ballooned->len;
  g_array_set_size (g->ballooned, before + n);
  uint32_t *gfns = (uint32_t *) (void *) g->ballooned->data + before;
  uint32_t got = g->os->balloon (g->os_state, n, gfns);
  VHM_REQUIRE (got <= n);
  uint32_t n_split = 0;
  for (uint32_t i = 0; i < got; i++)
    n_split += vhm_backing_release (g, gfns[i]);
  g_array_set_size (g->ballooned, before + got);
  charge (g, VHM_ACCOUNT_BALLOON_DRIVER, got * cyc_per_page);
  vhm_guest_charge_splits (g, n_split);
  vhm_guest_end (g);
  if (g->around.reclaim)
    vhm_global_freed (g->around.reclaim);
  return got;
}

/* Blocks that come back altogether come as blocks. */
static void
back_again (vhm_guest *g, const uint32_t *gfns, uint32_t n)
{
  if (g->config.backed_at_touch)
    return;
  uint32_t pages = (uint32_t) VHM_BLOCK_PAGES;
  g_autofree uint16_t *coming = g_new0 (uint16_t, g->n_visible / pages + 1);
  for (uint32_t i = 0; i < n; i++)
    coming[gfns[i] / pages]++;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t block = gfns[i] / pages;
    bool is_whole = coming[block] == pages;
    if (g->mfn[gfns[i]] != VHM_NO_FRAME)
      continue; /* came with its block */
    uint32_t first = is_whole ? block * pages : gfns[i];
    vhm_backing_add (g, first, is_whole ? pages : 1);
  }
}

void
vhm_guest_deflate (vhm_guest *g, uint32_t n, uint64_t cyc_per_page)
{
  VHM_REQUIRE (n <= g->ballooned->len);
  vhm_guest_begin (g);
  uint32_t keep = g->ballooned->len - n;
  const uint32_t *gfns
      = (const uint32_t *) (const void *) g->ballooned->data + keep;
  back_again (g, gfns, n);
  g->os->unballoon (g->os_state, gfns, n);
  g_array_set_size (g->ballooned, keep);
  charge (g, VHM_ACCOUNT_BALLOON_DRIVER, n * cyc_per_page);
  vhm_guest_end (g);
}

uint32_t
vhm_guest_take_back (vhm_guest *g, uint32_t n)
{
  n = MIN (n, g->ballooned->len);
  if (!g->config.backed_at_touch)
    n = MIN (n, vhm_machine_n_spare (g->around.machine));
  if (n > 0)
    vhm_guest_deflate (g, n, 0);
  return n;
}

void
vhm_guest_report_free (vhm_guest *g, uint32_t first, uint32_t n)
{
  if (!g->config.backed_at_touch)
    return;
  vhm_guest_begin (g);
  uint32_t n_split = 0;
  for (uint32_t gfn = first; gfn < first + n; gfn++)
    n_split += vhm_backing_release (g, gfn);
  vhm_guest_charge_splits (g, n_split);
  vhm_guest_end (g);
  if (g->around.reclaim)
    vhm_global_freed (g->around.reclaim);
}

void
vhm_guest_hot_add (vhm_guest *g, uint32_t n)
{
  VHM_REQUIRE (n <= g->config.maximum_pages - g->n_visible);
  vhm_guest_begin (g);
  vhm_backing_add (g, g->n_visible, n);
  g->n_visible += n;
  g->os->hot_added (g->os_state, g->n_visible - n, n);
  vhm_guest_end (g);
}

/* What the system says its frames are used for is what they are used for. */
const char *
vhm_guest_audit_uses (const vhm_guest *g)
{
  uint32_t n_ballooned = 0, n_mapped = 0;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
    n_ballooned += use.kind == VHM_FRAME_BALLOON;
    if (use.kind != VHM_FRAME_MAPPED)
      continue;
    const struct vhm_reference r = { .page = use.page & VHM_REFERENCE_PAGES };
    uint32_t in;
    g->os->frames (g->os_state, use.process, 1, &r, &in);
    if (in != gfn || !vhm_refs_is_mapped (use.process->refs, use.page))
      return "a frame is said to hold a page that is not mapped there";
    n_mapped++;
  }
  if (n_ballooned != g->ballooned->len)
    return "the system counts other frames as ballooned than the host";
  for (uint32_t i = 0; i < g->processes->len; i++) {
    const vhm_process *p = g->processes->pdata[i];
    for (uint32_t page = 0; page < vhm_refs_n_pages (p->refs); page++)
      n_mapped -= vhm_refs_is_mapped (p->refs, page);
  }
  return n_mapped == 0 ? NULL : "a mapped page is in no frame";
}

const char *
vhm_guest_audit_frames (const vhm_guest *g)
{
  uint32_t n_backed = 0, n_shared = 0;
  for (uint32_t gfn = 0; gfn < g->n_visible; gfn++) {
    if (g->mfn[gfn] == VHM_NO_FRAME)
      continue;
    if (vhm_share_is_shared (g, gfn)) {
      n_shared++;
      continue; /* vhm_shared_memory_audit */
    }
    n_backed++;
    vhm_mfn mfn = vhm_mfn_make (g->mfn[gfn]);
    if (vhm_machine_owner (g->around.machine, mfn) != g->owner
        || vhm_machine_gfn (g->around.machine, mfn).raw != gfn)
      return "a guest frame names a machine frame that does not name it";
  }
  if (n_backed != g->backing.n_backed || n_shared != g->backing.n_shared)
    return "the backed frames are miscounted";
  if (n_backed != vhm_machine_n_owned (g->around.machine, g->owner))
    return "the guest does not hold the machine frames that name it";
  for (uint32_t i = 0; i < g->ballooned->len; i++)
    if (g->mfn[g_array_index (g->ballooned, uint32_t, i)] != VHM_NO_FRAME)
      return "a ballooned frame is backed";
  const char *wrong = vhm_blocks_audit (&g->blocks, g->mfn, g->n_visible);
  return wrong ? wrong
               : vhm_entries_audit (&g->entries, &g->blocks, g->mfn,
                                    g->n_visible);
}
