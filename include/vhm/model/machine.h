/* Machine memory: 4 KiB frames in 2 MiB blocks, and who owns each.
 *
 * A frame is free, the root's (hypervisor and root partition), shared by guests,
 * taken by compressed pages of a guest, or a guest's, and then it knows which gfn
 * it backs. Single frames are taken from blocks that are already broken into, so
 * that whole blocks stay whole for large backing.
 *
 * Promise: every frame has exactly one owner; free + root + shared + compressed +
 * guests = all.
 * 6 bytes a frame and 80 a block.
 */
#ifndef VHM_MODEL_MACHINE_H
#define VHM_MODEL_MACHINE_H

#include <glib.h>
#include <stdbool.h>
#include <vhm/base/units.h>

typedef struct vhm_machine vhm_machine;

enum {
  VHM_OWNER_FREE = 0,
  VHM_OWNER_ROOT = 1,
  VHM_OWNER_SHARED = 2, /* by pages of guests that hold the same (sharing.h) */
  VHM_OWNER_COMPRESSED = 3, /* caches of compressed pages, of all guests */
  VHM_OWNER_FIRST_GUEST = 4
};

vhm_machine *vhm_machine_new (uint32_t n_frames);
void vhm_machine_free (vhm_machine *machine);

uint32_t vhm_machine_n_frames (const vhm_machine *machine);
uint32_t vhm_machine_n_free (const vhm_machine *machine);
uint32_t vhm_machine_n_owned (const vhm_machine *machine, uint16_t owner);

/* Free frames that are on their way to somebody: still free, but none to be had by
 * others. */
void vhm_machine_promise (vhm_machine *machine, uint32_t n);
void vhm_machine_redeem (vhm_machine *machine, uint32_t n);
/* Free and not promised. */
uint32_t vhm_machine_n_spare (const vhm_machine *machine);

/* A whole block is free: vhm_machine_take would give it to one of a guest's. */
bool vhm_machine_has_block (const vhm_machine *machine);

/* Takes n free frames for `owner` (n <= free). For a guest they back gfns first,
 * first + 1, ...; the frames are written to mfns[first ...] (NULL for the root).
 * Whole free blocks go to whole aligned gfn blocks where both exist. */
void vhm_machine_take (vhm_machine *machine, uint16_t owner, uint32_t first,
                       uint32_t n, uint32_t *mfns);
/* Gives one frame back. */
void vhm_machine_give (vhm_machine *machine, vhm_mfn mfn);
/* Gives n frames of the root back. */
void vhm_machine_give_root (vhm_machine *machine, uint32_t n);

/* A frame goes from one owner to another without having been free: to the shared
 * ones (gfn is VHM_NO_FRAME), or from there to a guest. */
void vhm_machine_pass (vhm_machine *machine, vhm_mfn mfn, uint16_t owner,
                       uint32_t gfn);

uint16_t vhm_machine_owner (const vhm_machine *machine, vhm_mfn mfn);
vhm_gfn vhm_machine_gfn (const vhm_machine *machine, vhm_mfn mfn);

/* Counts and bitmaps agree with the owners. NULL if so, else a sentence. */
const char *vhm_machine_audit (const vhm_machine *machine);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_machine, vhm_machine_free)

#endif
