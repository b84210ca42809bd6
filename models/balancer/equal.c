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
  g_autofree double *wants = g_new (double, view->n);
  for (uint32_t i = 0; i < view->n; i++)
    wants[i] = 1;
  vhm_fill_share (view, wants, ret_target_bytes);
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
