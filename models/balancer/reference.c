/* Three balancers to read all others against: `static` never moves anything,
 * `equal` gives every guest the same, `proportional` shares in proportion to
 * demand; both within each guest's minimum and maximum. O(n). */
#include "fill.h"

#include <glib.h>
#include <vhm/base/units.h>

struct config {
  uint64_t period_ns;
};

static void
init (void *state, const void *config)
{
  (void) state;
  (void) config;
}

static uint64_t
period_ns (const void *config)
{
  return ((const struct config *) config)->period_ns;
}

static void
balance_static (void *state, const void *config,
                const struct vhm_balance_view *view, uint64_t *ret_target_bytes)
{
  (void) state;
  (void) config;
  for (uint32_t i = 0; i < view->n; i++)
    ret_target_bytes[i] = view->vms[i].held_bytes;
}

static void
share (const struct vhm_balance_view *view, bool by_demand, uint64_t *targets)
{
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    fill[i] = (struct vhm_fill){
      .want = by_demand ? (double) vm->demand_bytes : (double) VHM_GIB,
      .least_bytes = vm->minimum_bytes,
      .most_bytes = vm->maximum_bytes,
    };
  }
  vhm_fill_to_level (fill, view->n, vhm_balance_total (view), targets);
  /* minima of guests that are still to get theirs may exceed what there is */
  vhm_fill_fit (fill, view, targets);
}

static void
balance_equal (void *state, const void *config,
               const struct vhm_balance_view *view, uint64_t *ret_target_bytes)
{
  (void) state;
  (void) config;
  share (view, false, ret_target_bytes);
}

static void
balance_proportional (void *state, const void *config,
                      const struct vhm_balance_view *view,
                      uint64_t *ret_target_bytes)
{
  (void) state;
  (void) config;
  share (view, true, ret_target_bytes);
}

static const struct vhm_param params[] = {
  { .key = "period", .type = VHM_PARAM_TIME,
    .offset = offsetof (struct config, period_ns), .fallback = "30 s",
    .min = "100 ms", .max = "1 h", .help = "time between two decisions",
    .source = "assumed: as hyperv's slow loop" },
};

#define REFERENCE_BALANCER(id, text, fn)                            \
  static const struct vhm_balancer_ops id##_ops = {                 \
    .init = init, .period_ns = period_ns, .balance = fn             \
  };                                                                \
  const struct vhm_plugin vhm_balancer_##id = {                     \
    .kind = VHM_PLUGIN_BALANCER,                                    \
    .name = #id,                                                    \
    .summary = text,                                                \
    .config = { .name = #id,                                        \
                .help = text,                                       \
                .size = sizeof (struct config),                     \
                .params = params,                                   \
                .n_params = G_N_ELEMENTS (params) },                \
    .ops = &id##_ops,                                               \
  }

REFERENCE_BALANCER (static, "leaves every guest as it is", balance_static);
REFERENCE_BALANCER (equal, "the same for every guest", balance_equal);
REFERENCE_BALANCER (proportional, "in proportion to demand",
                    balance_proportional);
