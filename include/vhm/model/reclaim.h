/* The balloon: how a request to give memory back travels to the guest's driver
 * and is carried out there, page by page.
 *
 * A request has no effect until the message has arrived; then the driver takes
 * pages at its rate, as many as the guest can spare, and goes on trying for the
 * rest until the request is met, replaced or withdrawn. Adding memory uses the
 * same messages: pages in the balloon are given back first, then memory is
 * hot-added in whole units.
 *
 * Promise: never takes more than was asked for, never below the floor the host
 * set by its request; every page taken is free machine memory at once.
 */
#ifndef VHM_MODEL_RECLAIM_H
#define VHM_MODEL_RECLAIM_H

#include <vhm/model/guest.h>

struct vhm_balloon_config {
  uint64_t latency_ns;      /* of a message, either way */
  uint64_t rate_bytes_per_s;
  uint64_t step_ns;         /* how often the driver works on a request */
  uint64_t unit_bytes;      /* of hot-add */
  uint64_t page_ns;         /* processor time of the driver a page */
};

struct vhm_balloon_counts {
  uint64_t added_pages, removed_pages, n_adds, n_removes;
};

typedef struct vhm_balloon vhm_balloon;

vhm_balloon *vhm_balloon_new (vhm_machine *machine,
                              const struct vhm_balloon_config *config,
                              vhm_guest *guest, uint32_t maximum_pages);
void vhm_balloon_free (vhm_balloon *balloon);
/* Asks the guest to give back n pages in all from now on; replaces the request
 * before; 0 withdraws it. */
void vhm_balloon_remove (vhm_balloon *balloon, uint32_t n);
/* Gives the guest up to n pages, which must be free machine memory now and are
 * set aside until the message arrives. Returns how many are on their way. */
uint32_t vhm_balloon_add (vhm_balloon *balloon, uint32_t n);
uint32_t vhm_balloon_pending (const vhm_balloon *balloon); /* still to take */
uint32_t vhm_balloon_promised (const vhm_balloon *balloon); /* set aside */
struct vhm_balloon_counts vhm_balloon_counts (const vhm_balloon *balloon);
/* The guest has stopped: drops all requests. */
void vhm_balloon_reset (vhm_balloon *balloon);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_balloon, vhm_balloon_free)

#endif
