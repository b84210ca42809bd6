/* MOM, the memory manager of oVirt, above KVM.
 *
 * Every `statistics` it takes a sample of the host's free memory and of each
 * guest's size and unused memory; every `period` the rule (mom_rule.c) is applied
 * to means of the last samples. A target stands until the rule asks for another.
 * A guest that has not reported yet is left alone.
 *
 * Invariant: additions are cut to what there is, in favour of those to grow most
 * for what they hold. A real KVM host would promise them all and swap.
 *
 * With each decision goes one on page sharing, by the same free memory
 * (ksm_control.c); nothing is scanned before the first.
 *
 * Cost: O(samples n) a decision; 1 KiB a guest. Left out: memory set aside for a
 * guest that waits to start, of which MOM knows nothing.
 * Source: oVirt MOM, doc/balloon.rules, doc/mom-balloon.conf.
 */
#include "fill.h"
#include "ksm_control.h"
#include "mom_rule.h"
#include "window.h"

#include <vhm/base/require.h>
#include <vhm/base/units.h>

#include <glib.h>

enum unused { UNUSED_AVAILABLE, UNUSED_FREE };

struct config {
  uint64_t statistics_ns, period_ns, n_samples;
  uint64_t pressure_ppm, critical_ppm, guest_free_ppm, deficit_ppm;
  uint64_t largest_ppm, smallest_ppm;
  int unused; /* enum unused */
  struct vhm_ksm_config ksm;
};

struct guest {
  struct vhm_window held, unused; /* bytes */
  uint64_t target_bytes;          /* 0: none yet */
  uint64_t looked;                /* number of the last look that saw it */
};

struct state {
  uint64_t n_looks, next_ns;
  struct vhm_window host_free; /* part of the host's memory */
  struct vhm_ksm_setting ksm;
  struct guest guests[VHM_MOST_VMS]; /* by id */
};

static double
part_of (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

static void
init (void *state, const void *config)
{
  struct state *s = state;
  const struct config *c = config;
  s->n_looks = 1; /* no guest has been seen at look 1 */
  s->next_ns = c->period_ns;
}

static uint64_t
period_ns (const void *config)
{
  return ((const struct config *) config)->statistics_ns;
}

static bool
is_known (const struct vhm_vm_view *vm)
{
  return vm->demand_bytes > 0 && vm->held_bytes > 0;
}

static void
see (struct state *s, const struct config *c, const struct vhm_vm_view *vm)
{
  VHM_REQUIRE (vm->id < VHM_MOST_VMS);
  struct guest *g = &s->guests[vm->id];
  bool is_new = g->looked + 1 != s->n_looks;
  if (is_new || !is_known (vm))
    *g = (struct guest){ .target_bytes = 0 };
  g->looked = s->n_looks;
  if (!is_known (vm))
    return;
  uint64_t unused = vm->free_bytes;
  if (c->unused == UNUSED_AVAILABLE)
    unused += vm->cache_bytes;
  vhm_window_add (&g->held, (double) vm->held_bytes);
  vhm_window_add (&g->unused, (double) unused);
}

static void
apply (struct guest *g, const struct vhm_vm_view *vm, const struct config *c,
       const struct vhm_mom_rule *rule, double host_free)
{
  uint32_t n = (uint32_t) c->n_samples;
  const struct vhm_mom_guest guest = {
    .held_bytes = (double) vm->held_bytes,
    .mean_held_bytes = vhm_window_mean (&g->held, n),
    .mean_unused_bytes = vhm_window_mean (&g->unused, n),
    .minimum_bytes = (double) vm->minimum_bytes,
    .maximum_bytes = (double) vm->maximum_bytes,
  };
  double bytes = vhm_mom_is_short (rule, host_free)
                     ? vhm_mom_shrink (rule, &guest, host_free)
                     : vhm_mom_grow (rule, &guest);
  if (bytes > 0)
    g->target_bytes
        = vhm_pages_to_bytes (vhm_bytes_to_pages ((uint64_t) bytes));
}

static void
decide (struct state *s, const struct config *c,
        const struct vhm_balance_view *view)
{
  const struct vhm_mom_rule rule = {
    .pressure = part_of (c->pressure_ppm),
    .critical = part_of (c->critical_ppm),
    .guest_free = part_of (c->guest_free_ppm),
    .deficit = part_of (c->deficit_ppm),
    .largest = part_of (c->largest_ppm),
    .smallest = part_of (c->smallest_ppm),
  };
  double host_free = vhm_window_mean (&s->host_free, (uint32_t) c->n_samples);
  for (uint32_t i = 0; i < view->n; i++)
    if (is_known (&view->vms[i]))
      apply (&s->guests[view->vms[i].id], &view->vms[i], c, &rule, host_free);
  const struct vhm_ksm_view memory = {
    .total_bytes = MAX (view->machine_bytes, 1),
    .free_bytes = (uint64_t) (host_free * (double) view->machine_bytes),
    .sharable_bytes = view->scannable_bytes,
  };
  s->ksm = vhm_ksm_next (&c->ksm, &s->ksm, &memory);
}

static struct vhm_balance_scan
scan (const void *state)
{
  const struct state *s = state;
  return (struct vhm_balance_scan){
    .pages_to_scan = s->ksm.runs ? (uint32_t) s->ksm.n_pages : 0,
    .sleep_ns = s->ksm.sleep_ns,
  };
}

static void
balance (void *state, const void *config, const struct vhm_balance_view *view,
         uint64_t *ret_target_bytes)
{
  struct state *s = state;
  const struct config *c = config;
  s->n_looks++;
  vhm_window_add (&s->host_free, (double) view->available_bytes
                                     / (double) MAX (view->machine_bytes, 1));
  for (uint32_t i = 0; i < view->n; i++)
    see (s, c, &view->vms[i]);
  if (view->now_ns >= s->next_ns) {
    s->next_ns = view->now_ns + c->period_ns;
    decide (s, c, view);
  }
  g_autofree struct vhm_fill *fill = g_new (struct vhm_fill, view->n);
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *vm = &view->vms[i];
    uint64_t target = s->guests[vm->id].target_bytes;
    ret_target_bytes[i]
        = target > 0 ? CLAMP (target, vm->minimum_bytes, vm->maximum_bytes)
                     : vm->held_bytes;
    fill[i].want = (double) ret_target_bytes[i];
  }
  vhm_fill_fit (fill, view, ret_target_bytes);
}

#define AT(field) offsetof (struct config, field)

static const char *const unused_names[]
    = { [UNUSED_AVAILABLE] = "available", [UNUSED_FREE] = "free", NULL };

static const struct vhm_param params[] = {
  { .key = "statistics",
    .type = VHM_PARAM_TIME,
    .offset = AT (statistics_ns),
    .fallback = "5 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two samples of the host and its guests",
    .source = "oVirt MOM, doc/mom-balloon.conf" },
  { .key = "period",
    .type = VHM_PARAM_TIME,
    .offset = AT (period_ns),
    .fallback = "10 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two applications of the rule",
    .source = "oVirt MOM, doc/mom-balloon.conf" },
  { .key = "samples",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_samples),
    .fallback = "10",
    .min = "1",
    .max = G_STRINGIFY (VHM_WINDOW_MOST),
    .help = "so many last samples are averaged",
    .source = "oVirt MOM, doc/mom-balloon.conf" },
  { .key = "pressure",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (pressure_ppm),
    .fallback = "20 %",
    .min = "1 ppm",
    .max = "100 %",
    .help = "with less of the host's memory free guests shrink, with more they "
            "grow",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "critical",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (critical_ppm),
    .fallback = "5 %",
    .min = "0 %",
    .max = "100 %",
    .help = "with no more of the host's memory free guests are made to page",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "guest_free",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (guest_free_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "part of a guest's memory that it should have unused; less under "
            "pressure, in proportion to what is free",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "deficit",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (deficit_ppm),
    .fallback = "5 %",
    .min = "0 %",
    .max = "100 %",
    .help = "when critical a guest keeps the part unused that is free on the "
            "host, less this: below 0 it pages",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "largest_step",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (largest_ppm),
    .fallback = "5 %",
    .min = "1 ppm",
    .max = "100 %",
    .help = "of a guest's memory: most that it shrinks in a period, and that "
            "it grows however little it needs",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "smallest_step",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (smallest_ppm),
    .fallback = "0.25 %",
    .min = "0 %",
    .max = "100 %",
    .help = "of a guest's memory: smaller changes are left out",
    .source = "oVirt MOM, doc/balloon.rules" },
  { .key = "unused",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (unused),
    .fallback = "available",
    .help = "what a guest reports as unused: free memory and cache that it can "
            "drop (available), or free memory alone (free)",
    .source
    = "assumed: as agents of Windows guests; those of Linux guests tell "
      "the two apart, and MOM's rule asks for memory without any use",
    .choices = unused_names },
  { .key = "ksm",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (ksm),
    .fallback = "{}",
    .help = "how it controls the scanner for identical pages, where "
            "host.sharing is ksm",
    .child = &vhm_ksm_schema },
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  if (c->critical_ppm > c->pressure_ppm)
    complain (reader, "critical", "above pressure", "at most as much");
  if (c->smallest_ppm >= c->largest_ppm)
    complain (reader, "smallest_step", "not below largest_step", "less");
}

static const struct vhm_balancer_ops ops = { .init = init,
                                             .period_ns = period_ns,
                                             .balance = balance,
                                             .scan = scan,
                                             .by_size = true };

const struct vhm_plugin vhm_balancer_mom = {
  .kind = VHM_PLUGIN_BALANCER,
  .name = "mom",
  .summary
  = "oVirt's MOM above KVM: guests shrink while the host has less than "
    "20 % free, and grow while it has more",
  .config = { .name = "mom",
              .help = "MOM, the memory manager of oVirt",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
