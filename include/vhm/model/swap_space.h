/* A hypervisor's swap file of one guest: which slot holds which guest frame.
 *
 * Slots are handed out in the order of writing: the next free one after the last,
 * round and round; or, with clusters, in the first stretch of the file that is
 * empty, then in the next. What was written together lies together for as long as
 * the file has long free stretches; the more of them are torn, the less neighbours
 * in the file have to do with each other.
 *
 * Promise: a frame has at most one slot, a slot at most one frame. 4 bytes a
 * guest frame, 4 and a bit a slot.
 */
#ifndef VHM_MODEL_SWAP_SPACE_H
#define VHM_MODEL_SWAP_SPACE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define VHM_NO_SLOT UINT32_MAX

typedef struct vhm_swap_space vhm_swap_space;

vhm_swap_space *vhm_swap_space_new (uint32_t n_gfns, uint32_t n_slots);
/* From now on looks for an empty stretch of so many slots first; 1: it does not. */
void vhm_swap_space_set_cluster (vhm_swap_space *space, uint32_t n_slots);
void vhm_swap_space_free (vhm_swap_space *space);

/* Slot of the frame, VHM_NO_SLOT without one. */
uint32_t vhm_swap_space_slot (const vhm_swap_space *space, uint32_t gfn);
/* Gives the frame, which has none, the next slot; false if all are in use. */
bool vhm_swap_space_put (vhm_swap_space *space, uint32_t gfn,
                         uint32_t *ret_slot);
void vhm_swap_space_drop (vhm_swap_space *space, uint32_t gfn);
/* Frames in the aligned stretch of n slots that the frame's slot lies in, by
 * slot; the frame itself is among them. Returns how many (at most n). */
uint32_t vhm_swap_space_around (const vhm_swap_space *space, uint32_t gfn,
                                uint32_t n, uint32_t *ret_gfns);
/* Frame in the first slot in use from that one on; UINT32_MAX: none is. */
uint32_t vhm_swap_space_next (const vhm_swap_space *space, uint32_t slot);
uint32_t vhm_swap_space_n_used (const vhm_swap_space *space);
uint32_t vhm_swap_space_n_slots (const vhm_swap_space *space);
uint64_t vhm_swap_space_bytes (const vhm_swap_space *space);
/* NULL, or what is wrong. */
const char *vhm_swap_space_audit (const vhm_swap_space *space);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_swap_space, vhm_swap_space_free)

#endif
