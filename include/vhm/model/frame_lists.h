/* Lists of a guest's frames by use, as a host's page replacement keeps them.
 *
 *   active     looked at only when inactive is the shorter one
 *   inactive   the oldest is the next to be looked at
 *   ahead      read ahead and never used: outside both, its owner's limit does not
 *              know of it
 *
 * A frame stands in one list or in none. vhm_frame_lists_next says which one to
 * look at; what comes of it is the caller's to say, with _put or _remove.
 *
 * Promise: each list is in the order of _put. 9 bytes a frame.
 */
#ifndef VHM_MODEL_FRAME_LISTS_H
#define VHM_MODEL_FRAME_LISTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct vhm_frame_lists vhm_frame_lists;

enum vhm_frame_list {
  VHM_FRAME_AHEAD,
  VHM_FRAME_INACTIVE,
  VHM_FRAME_ACTIVE,
  VHM_N_FRAME_LISTS
};

#define VHM_NO_LISTED UINT32_MAX

/* A round looks at so many of inactive and then, if that is the shorter one, at
 * so many of active. */
vhm_frame_lists *vhm_frame_lists_new (uint32_t n_frames, uint32_t batch);
void vhm_frame_lists_free (vhm_frame_lists *lists);

/* Last in the list, wherever it was before. */
void vhm_frame_lists_put (vhm_frame_lists *lists, uint32_t frame,
                          enum vhm_frame_list list);
/* Nothing if it is in none. */
void vhm_frame_lists_remove (vhm_frame_lists *lists, uint32_t frame);
/* VHM_N_FRAME_LISTS: in none. */
enum vhm_frame_list vhm_frame_lists_of (const vhm_frame_lists *lists,
                                        uint32_t frame);
uint32_t vhm_frame_lists_n (const vhm_frame_lists *lists,
                            enum vhm_frame_list list);
/* The one longest in the list; VHM_NO_LISTED: it is empty. */
uint32_t vhm_frame_lists_oldest (const vhm_frame_lists *lists,
                                 enum vhm_frame_list list);
/* The next to be looked at, the oldest of inactive or of active; _of says which.
 * VHM_NO_LISTED: both are empty. */
uint32_t vhm_frame_lists_next (vhm_frame_lists *lists);
uint64_t vhm_frame_lists_bytes (const vhm_frame_lists *lists);
/* NULL, or what is wrong. */
const char *vhm_frame_lists_audit (const vhm_frame_lists *lists);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_frame_lists, vhm_frame_lists_free)

#endif
