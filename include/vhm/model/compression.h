/* The compression cache of one guest: pages on their way to swap that shrink to
 * half stay in memory, two to a frame. When it is full the oldest goes on to
 * swap. Pages are the guest's frame numbers; sizes come from content.h.
 *
 *   if (!vhm_compression_accepts (c, bytes)) swap the page out
 *   while (vhm_compression_is_full (c)) swap out vhm_compression_evict (c)
 *   vhm_compression_put (c, gfn, bytes)
 *   vhm_compression_take (c, gfn)     the guest touched it: a frame, and work
 *   vhm_compression_drop (c, gfn)     overwritten, freed or ballooned: no work
 *
 * Promise: a page is in the cache once; frames never above the limit after a
 * put; evicts in the order of put; n_in = n_out + n_evicted + n_dropped + pages.
 * Costs 4 bytes a frame of the guest and 16 a page in the cache.
 */
#ifndef VHM_MODEL_COMPRESSION_H
#define VHM_MODEL_COMPRESSION_H

#include <glib.h>
#include <vhm/base/units.h>

typedef struct vhm_compression vhm_compression;

/* ESX: a page is kept if it comes to 2 KiB or less (vSphere 4, "Memory
 * compression"). */
#define VHM_COMPRESSION_ACCEPT_BYTES (VHM_PAGE_BYTES / 2)
#define VHM_COMPRESSION_PER_FRAME \
  ((uint32_t) (VHM_PAGE_BYTES / VHM_COMPRESSION_ACCEPT_BYTES))

struct vhm_compression_config {
  /* Of the guest's memory that it may take. Mem.MemZipMaxPct: 10 %, 5 .. 100 %;
   * 0 here is Mem.MemZipEnable = 0. */
  uint32_t max_ppm;
  /* Of the memory the guest holds now. Mem.MemZipMaxAllocPct: 50 %, 5 .. 100 %. */
  uint32_t max_allocated_ppm;
  /* Time of a processor for a page. ESX: not published. LZO in zram: 15.9 us to
   * write, copy and block layer included (1.1 GB in 4.57 s), 2.43 us to read
   * (notes.xeome.dev/notes/Zram). WKdm on a Pentium Pro: 250 and 150 us (Wilson
   * et al., USENIX 1999). */
  uint64_t compress_ns, decompress_ns;
};

struct vhm_compression_counts {
  uint64_t n_pages, bytes; /* in the cache now; bytes as compressed */
  uint64_t n_frames;       /* they take */
  uint64_t n_in, n_out, n_refused, n_evicted, n_dropped;
  uint64_t in_bytes; /* as compressed, of all that came in */
  uint64_t work_ns;  /* of processors: each put or refusal compresses, each take
                        or evict decompresses */
};

/* For a guest of at most n_gfns frames. Its limit is 0 until it is set. */
vhm_compression *
vhm_compression_new (const struct vhm_compression_config *config,
                     uint32_t n_gfns);
void vhm_compression_free (vhm_compression *compression);

/* The guest believes in `visible` frames and `allocated` back it or hold its
 * compressed pages. Falls below what is in the cache? Evict until it is not
 * vhm_compression_is_over. */
void vhm_compression_set_limit (vhm_compression *compression, uint64_t visible,
                                uint64_t allocated);
uint32_t vhm_compression_limit_frames (const vhm_compression *compression);

/* Compresses a page to see how far it shrinks: false, and counted as refused, if
 * it stays above half. False without a try if the limit is 0. */
bool vhm_compression_accepts (vhm_compression *compression, uint32_t bytes);
/* Has no room for one more page within the limit. */
bool vhm_compression_is_full (const vhm_compression *compression);
bool vhm_compression_is_over (const vhm_compression *compression);
/* After vhm_compression_accepts; there is room; not in the cache. */
void vhm_compression_put (vhm_compression *compression, uint32_t gfn,
                          uint32_t bytes);
/* The page that has been there longest; there is one. */
uint32_t vhm_compression_oldest (const vhm_compression *compression);
/* Takes out and decompresses the oldest, which must go to swap; there is one. */
uint32_t vhm_compression_evict (vhm_compression *compression);

bool vhm_compression_has (const vhm_compression *compression, uint32_t gfn);
/* It must be in the cache. */
void vhm_compression_take (vhm_compression *compression, uint32_t gfn);
void vhm_compression_drop (vhm_compression *compression, uint32_t gfn);
/* The guest has stopped: drops all. */
void vhm_compression_reset (vhm_compression *compression);

struct vhm_compression_counts
vhm_compression_counts (const vhm_compression *compression);
uint64_t vhm_compression_bytes (const vhm_compression *compression);
const char *vhm_compression_audit (const vhm_compression *compression);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_compression, vhm_compression_free)

#endif
