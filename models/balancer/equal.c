/* The same for every guest, within its minimum and maximum: the reference
 * against which others are read. O(64 n). */
#include "fill.h"
#include "period.h"

#include <glib.h>

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  (void) state;
  (void) config;
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  for (uint32_t i = 0; i < view->n; i++)
    fill[i] = (struct vhm_fill){
      .want = 1,
      .least_bytes = view->vms[i].minimum_bytes,
      .most_bytes = view->vms[i].maximum_bytes,
    };
  vhm_fill_to_level (fill, view->n, vhm_balance_total (view),
                     ret_target_bytes);
}

static const struct vhm_balancer_ops ops = {
  .init = period_init,
  .period_ns = period_of,
  .balance = balance,
};

const struct vhm_plugin vhm_balancer_equal = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "equal",
  .summary = "the same for every guest",
  .config = { .name = "equal",
              .help = "the same for every guest",
              .size = sizeof (struct period_config),
              .params = period_params,
              .n_params = G_N_ELEMENTS (period_params) },
  .ops = &ops,
};
