/* What a guest frame holds, as a key (content.h).
 *
 *   a process's page   as filled, by the classes of its region; of a file, by the
 *                      page of the virtual disk; once rewritten, its own
 *   the kernel's       by the classes of the guest, and never rewritten
 *   a free frame       zero until somebody has used it, then its own: what was
 *                      there last is of no use to anybody
 *   any other          its own
 *
 * To fill a page is one write; the next one makes it the page's own. Pages that
 * might be alike with others are therefore write-protected when they have been
 * filled, and a process keeps one bit a page: rewritten or not. It goes with the
 * page through the guest's paging file, until the page is filled anew.
 *
 * Cost: a look-up of the frame's use and a few multiplications a key; a bit a
 * page. Left out: contents of a system's cache that no process maps, where the
 * system does not name the page.
 */
#include "guest.h"

#include <vhm/base/require.h>

void
vhm_share_add_region (vhm_process *p, const struct vhm_region_spec *spec)
{
  const vhm_guest *g = p->guest;
  const struct vhm_guest_config *c = &g->config;
  if (!g->around.shared)
    return;
  struct process_content *content = &p->content;
  if (!content->regions)
    content->regions = g_array_new (FALSE, FALSE, sizeof (struct vhm_content));
  g_autofree char *name = g_strdup_printf ("guest/%s/%u/region %u", c->name,
                                           p->number, content->regions->len);
  bool own = spec->n_content > 0;
  struct vhm_content region;
  vhm_content_init (&region, own ? spec->content : c->content,
                    own ? spec->n_content : c->n_content,
                    vhm_content_owner (g->around.seed, name));
  g_array_append_val (content->regions, region);
  uint32_t n = vhm_refs_n_pages (p->refs), before = n - spec->n_pages;
  size_t had = content->rewritten ? before / 64 + 1 : 0, has = n / 64 + 1;
  content->rewritten = g_renew (uint64_t, content->rewritten, has);
  for (size_t i = had; i < has; i++)
    content->rewritten[i] = 0;
}

void
vhm_share_clear_process (vhm_process *p)
{
  g_clear_pointer (&p->content.regions, g_array_unref);
  g_clear_pointer (&p->content.rewritten, g_free);
}

static bool
is_rewritten (const vhm_process *p, uint32_t page)
{
  return p->content.rewritten[page / 64] >> (page % 64) & 1;
}

void
vhm_share_filled (vhm_process *p, uint32_t page)
{
  if (p->content.rewritten)
    p->content.rewritten[page / 64] &= ~(UINT64_C (1) << (page % 64));
}

void
vhm_share_rewritten (vhm_process *p, uint32_t page)
{
  if (p->content.rewritten)
    p->content.rewritten[page / 64] |= UINT64_C (1) << (page % 64);
}

/* Its region's contents, and its number there. */
static const struct vhm_content *
content_of (const vhm_process *p, uint32_t page, uint32_t *ret_index)
{
  guint i = p->regions->len;
  uint32_t first;
  do
    first = g_array_index (p->regions, uint32_t, --i);
  while (page < first);
  *ret_index = page - first;
  return &g_array_index (p->content.regions, struct vhm_content, i);
}

bool
vhm_share_watches (const vhm_process *p, uint32_t page)
{
  uint32_t index;
  uint64_t at;
  if (!p->content.rewritten || is_rewritten (p, page))
    return false;
  const struct vhm_content *content = content_of (p, page, &index);
  return vhm_process_is_file (p, page, &at)
         || vhm_content_kind (content, index) != VHM_CONTENT_UNIQUE;
}

static uint64_t
page_key (const vhm_process *p, uint32_t page)
{
  uint32_t index;
  uint64_t at;
  const struct vhm_content *content = content_of (p, page, &index);
  if (is_rewritten (p, page))
    return vhm_content_written (content, index, 0);
  if (vhm_process_is_file (p, page, &at))
    return vhm_content_filled (&p->guest->share.image, (uint32_t) at);
  return vhm_content_filled (content, index);
}

static uint64_t
frame_key (const vhm_guest *g, uint32_t gfn)
{
  struct vhm_frame_use use = g->os->frame_use (g->os_state, gfn);
  if (use.process)
    return page_key (use.process, use.page);
  if (use.kind == VHM_FRAME_KERNEL)
    return vhm_content_filled (&g->share.kernel, gfn);
  if (use.kind == VHM_FRAME_FREE && !(g->backing.state[gfn] & FRAME_FILLED))
    return VHM_CONTENT_ZERO;
  return vhm_content_written (&g->share.frames, gfn, 0);
}

uint64_t
vhm_share_key (const vhm_guest *g, uint32_t gfn)
{
  return vhm_content_salted (frame_key (g, gfn), g->config.share_salt);
}
