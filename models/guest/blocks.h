/* Which 2 MiB blocks of a guest's physical memory the host backs with one large
 * frame. See blocks.c. */
#ifndef MODELS_GUEST_BLOCKS_H
#define MODELS_GUEST_BLOCKS_H

#include <vhm/model/cpu.h>
#include <vhm/model/machine.h>

struct vhm_blocks {
  uint64_t *large;   /* bit a block */
  uint16_t *per_gib; /* large blocks of each GiB */
  uint32_t n_blocks; /* at most */
  uint32_t n_large;  /* now */
  uint32_t n_broken; /* so far */
};

void vhm_blocks_init (struct vhm_blocks *blocks, uint32_t n_pages);
void vhm_blocks_clear (struct vhm_blocks *blocks);
/* Frames [first, first + n) have been backed together by mfns[first ...]. */
void vhm_blocks_came (struct vhm_blocks *blocks, const uint32_t *mfns,
                      uint32_t first, uint32_t n);
/* The frame loses its backing. True if that broke a large block. */
bool vhm_blocks_went (struct vhm_blocks *blocks, uint32_t gfn);
/* NULL if every large block is backed by one aligned run of frames. */
const char *vhm_blocks_audit (const struct vhm_blocks *blocks,
                              const uint32_t *mfns, uint32_t n_visible);

#define VHM_BLOCK_SHIFT 9          /* 4 KiB pages in 2 MiB, as a power of two */
#define VHM_BLOCKS_A_GIB UINT32_C (512)

/* Size of the page that maps the frame, where the host uses pages of at most
 * `most`. */
static inline enum vhm_page_size
vhm_blocks_size (const struct vhm_blocks *b, uint64_t gfn,
                 enum vhm_page_size most)
{
  uint64_t block = gfn >> VHM_BLOCK_SHIFT;
  if (most == VHM_PAGE_4K || !(b->large[block / 64] >> (block % 64) & 1))
    return VHM_PAGE_4K;
  return most == VHM_PAGE_1G
                 && b->per_gib[block / VHM_BLOCKS_A_GIB] == VHM_BLOCKS_A_GIB
             ? VHM_PAGE_1G
             : VHM_PAGE_2M;
}

#endif
