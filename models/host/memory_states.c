/* What a short host does to guests beside setting targets: breaks the large pages
 * that back them, and stops those above their targets.
 *
 * Both as the balancer says at each of its decisions. All large pages are broken
 * only where pages are shared, for then there is something to be won by it; they
 * are no longer given anywhere. A guest is above its target if it has more than
 * the limit that swap takes it down to; it runs again at the first decision that
 * finds it there, or that stops nobody.
 *
 * Cost: O(blocks) a decision while large pages are broken and some are left.
 * Source: models/balancer/esx.c.
 */
#include "host.h"

static void
carry_out_large (vhm_host *h, enum vhm_large_pages how)
{
  if (h->shared)
    vhm_shared_memory_break_blocks (h->shared, how != VHM_LARGE_STAY);
  for (uint32_t i = 0; i < h->n_vms; i++) {
    vhm_guest *guest = h->vms[i].guest;
    vhm_guest_hold_large (guest, how == VHM_LARGE_BROKEN);
    if (h->shared && how == VHM_LARGE_BROKEN)
      vhm_guest_break_blocks (guest);
  }
}

void
vhm_host_carry_out_state (vhm_host *h)
{
  const struct vhm_balancer_ops *ops = h->config->host.balancer.plugin->ops;
  if (ops->large_pages)
    carry_out_large (h, ops->large_pages (h->balancer_state));
}

bool
vhm_host_stops_guests (const vhm_host *h)
{
  const struct vhm_balancer_ops *ops = h->config->host.balancer.plugin->ops;
  return ops->blocks && ops->blocks (h->balancer_state);
}
