/* Leaves every guest as it is: what a host without Dynamic Memory does. With
 * guest_memory each guest is left so much once and for all, if it is within its
 * minimum and maximum; its balloon has the rest. O(n).
 */
#include "period.h"

#include <glib.h>

struct config {
  uint64_t period_ns, guest_bytes;
};

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  (void) state;
  const struct config *c = config;
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    ret_target_bytes[i]
        = c->guest_bytes > 0
              ? CLAMP (c->guest_bytes, vm->minimum_bytes, vm->maximum_bytes)
              : vm->held_bytes;
  }
}

static uint64_t
period (const void *config)
{
  return ((const struct config *) config)->period_ns;
}

static const struct vhm_param params[] = {
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = offsetof (struct config, period_ns),
    .fallback = "30 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two decisions",
    .source = "assumed: as hyperv's redistribution" },
  { .key = "guest_memory",
    .type = VHM_PARAM_BYTES,
    .offset = offsetof (struct config, guest_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "12 TiB",
    .help = "what each guest is left with, within its minimum and maximum: a "
            "static balloon; 0 B: what it has" },
};

static const struct vhm_balancer_ops ops = {
  .init = period_init,
  .period_ns = period,
  .balance = balance,
};

const struct vhm_plugin vhm_balancer_static = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "static",
  .summary = "leaves every guest as it is",
  .config = { .name = "static",
              .help = "leaves every guest as it is",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .ops = &ops,
};
