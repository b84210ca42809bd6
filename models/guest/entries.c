/* Which of a guest's frames the host's table (EPT, NPT) maps, where the host
 * makes an entry only when the guest first touches what it maps.
 *
 * A touch of a frame without an entry is a SLAT violation: the guest exits,
 * the host makes one entry, of the size that backs the frame at that moment,
 * and so one violation does for 512 frames of a large block. A frame that
 * loses its backing loses its entry; if it lay in a large block the others
 * keep theirs, as small ones, for the host splits the large one.
 *
 * Invariant: what has an entry is backed; a block backed by one large frame
 * has all its entries or none. Cost: one bit a frame, O(1) a page, O(size / 64
 * frames) a violation; nothing where the host maps all when it gives it. Left
 * out: frames that no process maps (page tables, kernel, pool, the system's
 * own zeroing of free pages), and that a host maps several pages around the
 * one touched. Source: KVM and ESX map at first touch; Intel SDM vol. 3, EPT
 * violations.
 */
#include "entries.h"

#include <vhm/base/require.h>

#include <string.h>

void
vhm_entries_init (struct vhm_entries *e, uint32_t n_pages,
                  enum vhm_page_size most)
{
  uint32_t pages = (uint32_t) VHM_BLOCK_PAGES;
  *e = (struct vhm_entries){
    .n_frames = (n_pages / pages + 1) * pages, /* whole blocks */
    .most = most,
  };
  e->has = g_new0 (uint64_t, e->n_frames / 64);
}

void
vhm_entries_clear (struct vhm_entries *e)
{
  g_free (e->has);
  *e = (struct vhm_entries){ 0 };
}

void
vhm_entries_violated (struct vhm_entries *e, const struct vhm_blocks *blocks,
                      uint32_t gfn)
{
  VHM_ASSERT (!vhm_entries_has (e, gfn));
  unsigned shift = vhm_page_size_shift (vhm_blocks_size (blocks, gfn, e->most));
  uint32_t n = UINT32_C (1) << shift;
  if (n < 64)
    e->has[gfn / 64] |= UINT64_C (1) << (gfn % 64);
  else
    memset (e->has + (gfn >> shift << shift) / 64, 0xff, n / 8);
  e->n_violations++;
}

void
vhm_entries_lost (struct vhm_entries *e, uint32_t gfn)
{
  if (e->has)
    e->has[gfn / 64] &= ~(UINT64_C (1) << (gfn % 64));
}

const char *
vhm_entries_audit (const struct vhm_entries *e, const struct vhm_blocks *blocks,
                   const uint32_t *mfns, uint32_t n_visible)
{
  for (uint32_t gfn = 0; e->has && gfn < e->n_frames; gfn++) {
    bool has = vhm_entries_has (e, gfn);
    if (has && (gfn >= n_visible || mfns[gfn] == VHM_NO_FRAME))
      return "an entry of the host's table maps a frame that is not backed";
    uint32_t first = gfn & ~((uint32_t) VHM_BLOCK_PAGES - 1);
    if (vhm_blocks_size (blocks, gfn, e->most) != VHM_PAGE_4K
        && has != vhm_entries_has (e, first))
      return "a large block is mapped in part";
  }
  return NULL;
}
