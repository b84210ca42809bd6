/* Hyper-V's Dynamic Memory balancer, from the documented formulas.
 *
 * Every guest reports its committed memory: its demand D. Pressure is
 * 100 D / H, H the memory it holds. With a buffer b the guest should hold
 * D (1 + b) (pressure 100 / (1 + b), 83.3 at 20 %), within minimum and maximum.
 * If all these ideals fit, they are the targets. If not, the buffer is not kept:
 * memory is shared so that the pressures of all guests of one weight are equal,
 * except where minimum, maximum or ideal stops one. A guest of weight w settles
 * at a pressure (w_max / w)^e higher than one of the highest weight.
 *
 * Three paces. Fast (every period): a guest whose demand has just grown, and
 * that holds less than its target, gets as much more with the buffer, from what
 * is available. Slow (every `rebalance`): available memory goes to all who hold
 * less than their target; if it does not cover what is missing, guests that hold
 * more than their target give up the difference. Lazy (every `collect`): with no shortage, a
 * share of what guests hold beyond their ideal comes back.
 *
 * Cost: O(64 n) a decision. Left out: NUMA nodes.
 * Source: Microsoft, Hyper-V Dynamic Memory overview (buffer); Friedman (equal
 * pressure, no goal-seeking); Windows Internals 6th ed. (a second growth step
 * about 30 s after the first). No loop period and no weight formula is
 * published: those are parameters.
 */
#include "fill.h"

#include <glib.h>
#include <math.h>
#include <vhm/base/units.h>

struct config {
  uint64_t fast_ns, rebalance_ns, collect_ns, collect_ppm, step_bytes;
  double weight_exponent;
};

struct state {
  uint64_t next_rebalance_ns, next_collect_ns;
};

static void
init (void *state, const void *config)
{
  struct state *s = state;
  const struct config *c = config;
  s->next_rebalance_ns = c->rebalance_ns;
  s->next_collect_ns = c->collect_ns;
}

static uint64_t
period_ns (const void *config)
{
  return ((const struct config *) config)->fast_ns;
}

static uint64_t
with_buffer (const struct vhm_vm_view *vm, uint64_t bytes)
{
  uint64_t want = bytes + vhm_scale_ppm (bytes, vm->buffer_ppm);
  return vhm_pages_to_bytes (vhm_bytes_to_pages (want));
}

static uint64_t
ideal (const struct vhm_vm_view *vm)
{
  return CLAMP (with_buffer (vm, vm->demand_bytes), vm->minimum_bytes,
                vm->maximum_bytes);
}

/* Targets of equal pressure, and whether the ideals did not all fit. */
static bool
share (const struct config *c, const struct vhm_balance_view *view,
       struct vhm_fill *fill, uint64_t *targets)
{
  uint32_t heaviest = 1;
  uint64_t wanted = 0, total = vhm_balance_total (view);
  for (uint32_t i = 0; i < view->n; i++)
    heaviest = MAX (heaviest, view->vms[i].weight);
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    double favour
        = pow ((double) MAX (vm->weight, 1) / heaviest, c->weight_exponent);
    bool unknown = vm->demand_bytes == 0;
    fill[i] = (struct vhm_fill){
      .want = (double) vm->demand_bytes * favour,
      .least_bytes = unknown ? vm->held_bytes : vm->minimum_bytes,
      .most_bytes = unknown ? vm->held_bytes : ideal (vm),
    };
    wanted += fill[i].most_bytes;
  }
  vhm_fill_to_level (fill, view->n, total, targets);
  return wanted > total;
}

static bool
is_due (uint64_t *next_ns, uint64_t period_ns, uint64_t now_ns)
{
  if (now_ns < *next_ns)
    return false;
  *next_ns = now_ns + period_ns;
  return true;
}

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  struct state *s = state;
  const struct config *c = config;
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  bool short_of = share (c, view, fill, ret_target_bytes);
  bool rebalance
      = is_due (&s->next_rebalance_ns, c->rebalance_ns, view->now_ns);
  bool collect = is_due (&s->next_collect_ns, c->collect_ns, view->now_ns);
  uint64_t missing = 0;
  for (uint32_t i = 0; i < view->n; i++)
    if (ret_target_bytes[i] > view->vms[i].held_bytes)
      missing += ret_target_bytes[i] - view->vms[i].held_bytes;
  bool take = rebalance && (short_of || missing > view->available_bytes);
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    uint64_t *target = &ret_target_bytes[i];
    if (*target >= vm->held_bytes) {
      if (!rebalance)
        *target
            = MIN (*target, vm->held_bytes + with_buffer (vm, vm->grown_bytes));
      if (*target - vm->held_bytes < c->step_bytes && vm->pending_bytes == 0)
        *target = vm->held_bytes;
      continue;
    }
    uint64_t excess = vm->held_bytes - *target;
    if (!take && collect && !short_of)
      excess = vhm_scale_ppm (excess, c->collect_ppm);
    else if (!take)
      excess = MIN (excess, vm->pending_bytes); /* what was asked for stands */
    if (excess < c->step_bytes)
      excess = 0;
    *target = vm->held_bytes - (excess & ~(VHM_PAGE_BYTES - 1));
  }
  /* between redistributions nobody gives up what others are to get */
  vhm_fill_fit (fill, view, ret_target_bytes);
}

#define AT(field) offsetof (struct config, field)

static const struct vhm_param params[] = {
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = AT (fast_ns),
    .fallback = "1 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two looks; a guest whose demand has grown gets as "
            "much more at once",
    .source = "guests report once a second (Linux hv_balloon); growth is seen "
              "within seconds" },
  { .key = "rebalance",
    .type = VHM_PARAM_TIME,
    .offset = AT (rebalance_ns),
    .fallback = "30 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two redistributions among guests",
    .source = "assumed: a second growth step is seen after about 30 s (Windows "
              "Internals); no period is published" },
  { .key = "collect",
    .type = VHM_PARAM_TIME,
    .offset = AT (collect_ns),
    .fallback = "5 min",
    .min = "1 s",
    .max = "24 h",
    .help = "time between two collections of unneeded memory when there is no "
            "shortage",
    .source = "assumed: field lore says about 5 minutes" },
  { .key = "collect_share",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (collect_ppm),
    .fallback = "50 %",
    .min = "0 %",
    .max = "100 %",
    .help = "share of the unneeded memory taken at one collection",
    .source = "assumed: removal is described as lazy" },
  { .key = "step",
    .type = VHM_PARAM_BYTES,
    .offset = AT (step_bytes),
    .fallback = "2 MiB",
    .min = "4 KiB",
    .max = "1 GiB",
    .help = "differences smaller than this are left alone",
    .source = "balloon unit of the Linux driver (hv_balloon)" },
  { .key = "weight_exponent",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (weight_exponent),
    .fallback = "0.5",
    .min = "0",
    .max = "10",
    .help = "pressure of a guest of weight w relative to the heaviest is "
            "(w_max / w) to this power, under shortage",
    .source = "assumed: only the direction is documented, not the formula" },
};

static const struct vhm_balancer_ops ops
    = { .init = init, .period_ns = period_ns, .balance = balance };

const struct vhm_plugin vhm_balancer_hyperv = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "hyperv",
  .summary
  = "Hyper-V Dynamic Memory: equal pressure, buffer, fast add, lazy remove",
  .config = { .name = "hyperv",
              .help = "Hyper-V's Dynamic Memory balancer",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
