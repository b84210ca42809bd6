/* Private to models/guest: the guest's part in page sharing. See
 * include/vhm/model/shared_memory.h; share.c, share_key.c. */
#ifndef MODELS_GUEST_SHARE_H
#define MODELS_GUEST_SHARE_H

#include <vhm/model/content.h>
#include <vhm/model/shared_memory.h>

/* Of a guest. */
struct share {
  struct vhm_content kernel, image; /* what its frames and its disk hold */
  struct vhm_content frames; /* of frames that no page can be found for */
  GArray *broken; /* uint32_t: blocks broken since sharing last looked */
  uint32_t zero_mfn; /* the shared frame that holds zeros, if n_zero > 0 */
  struct vhm_guest_sharing count;
};

/* Of a process. */
struct process_content {
  GArray *regions;     /* struct vhm_content, by region */
  uint64_t *rewritten; /* bit a page: no longer as it was filled; NULL: nobody
                          shares */
  enum vhm_arrival arrival; /* of the page mapped last */
};

/* share.c */
void vhm_share_init (vhm_guest *guest);
void vhm_share_clear (vhm_guest *guest);
void vhm_share_stop (vhm_guest *guest);
bool vhm_share_is_shared (const vhm_guest *guest, uint32_t gfn);
/* The frame's page goes; the machine gets its frame back if it was the last one
 * there. Counts it out. */
void vhm_share_leave (vhm_guest *guest, uint32_t gfn);
/* The frame no longer lies in its block's large page. True if that broke it. */
bool vhm_share_broke (vhm_guest *guest, uint32_t gfn);
/* Shares what was noted in blocks that have been broken since. */
void vhm_share_broken_blocks (vhm_guest *guest);
/* The frame, which is shared, is about to be written: true if it has one of its
 * own now; else it will, as after vhm_backing_touch. */
bool vhm_share_break (vhm_guest *guest, uint32_t gfn, vhm_process *process);
/* The same, with room for it. */
void vhm_share_copy (vhm_guest *guest, uint32_t gfn);
/* The frame is on its way to swap. True if it is shared instead. */
bool vhm_share_instead (vhm_guest *guest, uint32_t gfn);

/* share_key.c */
void vhm_share_add_region (vhm_process *process,
                           const struct vhm_region_spec *spec);
void vhm_share_clear_process (vhm_process *process);
/* What the frame, which is in machine memory, holds; salted. */
uint64_t vhm_share_key (const vhm_guest *guest, uint32_t gfn);
/* Would somebody want to know that the page is written for the first time? */
bool vhm_share_watches (const vhm_process *process, uint32_t page);
/* The page holds what it was filled with (again), or no longer. */
void vhm_share_filled (vhm_process *process, uint32_t page);
void vhm_share_rewritten (vhm_process *process, uint32_t page);

#endif
