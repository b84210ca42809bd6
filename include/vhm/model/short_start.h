/* A guest that starts with less machine memory than it sees (Hyper-V's smart
 * paging): what it touches gets machine frames, up to a limit; beyond that others
 * of its frames go to a file, whose pages it waits for when it touches them.
 *
 * Life: vhm_guest_start_short, before vhm_guest_boot -> vhm_guest_set_limit, as
 * memory comes free -> without limit vhm_guest_read_back, until
 * vhm_guest_back_all: then it is a guest like others.
 */
#ifndef VHM_MODEL_SHORT_START_H
#define VHM_MODEL_SHORT_START_H

#include <vhm/model/guest.h>

struct vhm_short_start {
  const struct vhm_swap_config *swap; /* outlives the guest */
  vhm_disk *disk;                     /* where the file lies */
  uint64_t at_bytes, size_bytes;
  uint32_t limit_pages; /* to begin with, more than 0 */
};

/* Of a guest that swaps anyhow the file is its swap file. */
void vhm_guest_start_short (vhm_guest *guest,
                            const struct vhm_short_start *how);
/* The hypervisor touches what lies in the file, in the order in which it lies
 * there, until about n frames are on their way. Returns how many. */
uint32_t vhm_guest_read_back (vhm_guest *guest, uint32_t n);
/* Gives frames that were never touched machine memory. False, and nothing is
 * done: some still lie in the file or are under way, or there is not enough. */
bool vhm_guest_back_all (vhm_guest *guest);

#endif
