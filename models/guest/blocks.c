/* Which 2 MiB blocks of a guest's physical memory the host backs with one large
 * frame.
 *
 * A block is large from the moment its 512 pages come together and lie in one
 * aligned block of machine memory, until the first of them is taken away; then
 * it is broken for good, unless it goes altogether and comes back whole. 1 GiB
 * pages are used where all 512 blocks are large.
 *
 * Invariant: a bit is set only if the block is backed by one aligned run of
 * frames; per_gib and n_large count the bits. Cost: one bit a block, O(1) a
 * page taken, O(512) a block that comes. Left out: merging broken blocks again
 * (ESX and KVM do so in the background), and that 1 GiB of guest memory lies in
 * 1 GiB of machine memory: the host is taken to have set such pages aside.
 */
#include "blocks.h"

#include <vhm/base/require.h>

void
vhm_blocks_init (struct vhm_blocks *b, uint32_t n_pages)
{
  uint32_t pages = (uint32_t) VHM_BLOCK_PAGES;
  b->n_blocks = n_pages / pages + 1; /* the last one may be incomplete */
  b->large = g_new0 (uint64_t, b->n_blocks / 64 + 1);
  b->per_gib = g_new0 (uint16_t, b->n_blocks / VHM_BLOCKS_A_GIB + 1);
  b->n_large = b->n_broken = 0;
}

void
vhm_blocks_clear (struct vhm_blocks *b)
{
  g_free (b->large);
  g_free (b->per_gib);
  *b = (struct vhm_blocks){ 0 };
}

static bool
is_one_run (const uint32_t *mfns)
{
  if (mfns[0] == VHM_NO_FRAME || mfns[0] % VHM_BLOCK_PAGES != 0)
    return false;
  for (uint32_t k = 1; k < VHM_BLOCK_PAGES; k++)
    if (mfns[k] != mfns[0] + k)
      return false;
  return true;
}

static bool
is_large (const struct vhm_blocks *b, uint32_t block)
{
  return b->large[block / 64] >> (block % 64) & 1;
}

static void
flip (struct vhm_blocks *b, uint32_t block)
{
  b->large[block / 64] ^= UINT64_C (1) << (block % 64);
}

void
vhm_blocks_came (struct vhm_blocks *b, const uint32_t *mfns, uint32_t first,
                 uint32_t n)
{
  uint32_t pages = (uint32_t) VHM_BLOCK_PAGES;
  uint32_t end = (first + n) / pages;
  for (uint32_t block = (first + pages - 1) / pages; block < end; block++) {
    if (is_large (b, block) || !is_one_run (mfns + block * pages))
      continue;
    flip (b, block);
    b->per_gib[block / VHM_BLOCKS_A_GIB]++;
    b->n_large++;
  }
}

bool
vhm_blocks_went (struct vhm_blocks *b, uint32_t gfn)
{
  uint32_t block = gfn >> VHM_BLOCK_SHIFT;
  if (!is_large (b, block))
    return false;
  flip (b, block);
  b->per_gib[block / VHM_BLOCKS_A_GIB]--;
  b->n_large--;
  b->n_broken++;
  return true;
}

const char *
vhm_blocks_audit (const struct vhm_blocks *b, const uint32_t *mfns,
                  uint32_t n_visible)
{
  uint32_t n = 0, in_gib = 0;
  for (uint32_t block = 0; block < b->n_blocks; block++) {
    in_gib = block % VHM_BLOCKS_A_GIB == 0 ? 0 : in_gib;
    if (is_large (b, block)) {
      uint32_t end = (block + 1) << VHM_BLOCK_SHIFT;
      if (end > n_visible || !is_one_run (mfns + end - VHM_BLOCK_PAGES))
        return "a large block is not backed by one run of machine frames";
      in_gib++;
      n++;
    }
    bool is_last
        = block + 1 == b->n_blocks || (block + 1) % VHM_BLOCKS_A_GIB == 0;
    if (is_last && in_gib != b->per_gib[block / VHM_BLOCKS_A_GIB])
      return "a GiB miscounts its large blocks";
  }
  return n == b->n_large ? NULL : "the large blocks are miscounted";
}
