/* The shared frames of a host, and its guests that use them: page sharing
 * (sharing.h) put to work. A guest that is given one looks after its own pages:
 * joins them when a scanner comes by, breaks a shared frame when one of its pages
 * is written, leaves it when the page goes.
 *
 *   scan     vhm_guest_scan: these frames of the guest, now
 *   write    to a page on a shared frame traps (copy-on-write), as do the
 *            guest's system overwriting it and its disk reading into it; it needs
 *            a free frame and may wait for one as a host fault does
 *   large    frames in a block that one large page maps are only noted, until the
 *            host lets the scanner break them; when a block breaks, those noted
 *            are shared at once. Or they are scanned like any other, and the block
 *            breaks when the first of them is shared (splits_blocks)
 *
 * Who pays: the guest that is scanned, VHM_ACCOUNT_SHARING (the root has no
 * account, and so the effect on guests shows where it is felt); the guest that
 * writes, VHM_ACCOUNT_COW.
 *
 * Promise: a frame of VHM_OWNER_SHARED is used by so many frames of running
 * guests as sharing.h counts, all of them hold what it holds, and pages mapped
 * there cannot be written without a trap.
 */
#ifndef VHM_MODEL_SHARED_MEMORY_H
#define VHM_MODEL_SHARED_MEMORY_H

#include <vhm/model/guest.h>
#include <vhm/model/sharing.h>

struct vhm_shared_memory_config {
  struct vhm_sharing_config sharing;
  uint64_t fault_ns; /* of a write that traps, beside the copy */
  bool before_swap;  /* a page on its way to swap is shared if it can be */
  bool splits_blocks; /* KSM; ESX does not */
};

vhm_shared_memory *
vhm_shared_memory_new (const struct vhm_shared_memory_config *config,
                       vhm_machine *machine);
/* After its guests. */
void vhm_shared_memory_free (vhm_shared_memory *shared);
/* From now on the scanner breaks the large blocks that it comes to, or no more. */
void vhm_shared_memory_break_blocks (vhm_shared_memory *shared, bool breaks);
struct vhm_sharing_counts
vhm_shared_memory_counts (const vhm_shared_memory *shared);
/* Walks all running guests. NULL if all agrees, else a sentence. */
const char *vhm_shared_memory_audit (const vhm_shared_memory *shared);

/* Of one guest, since it was booted. */
struct vhm_guest_sharing {
  uint32_t n_shared, n_zero; /* frames of its on shared ones, now */
  uint64_t n_scanned, n_joined;
  uint64_t n_breaks, n_copied; /* writes to shared frames */
};
struct vhm_guest_sharing vhm_guest_sharing (const vhm_guest *guest);

/* The scanner has come to these frames of a running guest that shares. Returns
 * how many it could look at; the others are in no machine memory, or under
 * way. */
uint32_t vhm_guest_scan (vhm_guest *guest, const uint32_t *gfns, uint32_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_shared_memory, vhm_shared_memory_free)

#endif
