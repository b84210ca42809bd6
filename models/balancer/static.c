/* Leaves every guest as it is: what a host without Dynamic Memory does. O(n). */
#include "period.h"

#include <glib.h>

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  (void) state;
  (void) config;
  for (uint32_t i = 0; i < view->n; i++)
    ret_target_bytes[i] = view->vms[i].held_bytes;
}

static const struct vhm_balancer_ops ops = {
  .init = period_init,
  .period_ns = period_of,
  .balance = balance,
};

const struct vhm_plugin vhm_balancer_static = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "static",
  .summary = "leaves every guest as it is",
  .config = { .name = "static",
              .help = "leaves every guest as it is",
              .size = sizeof (struct period_config),
              .params = period_params,
              .n_params = G_N_ELEMENTS (period_params) },
  .ops = &ops,
};
