/* Dynamic Memory: guests report demand, the balancer decides, the host carries
 * it out.
 *
 * Every report_ns each running guest's driver reports its committed memory; what
 * the balloon holds is committed as nonpaged pool and taken off again, so demand
 * = committed - ballooned. Pressure = 100 demand / held. Removals are requests
 * to the balloon; additions come out of available memory at once (the pages are
 * set aside while the message travels), in the order of greatest pressure.
 *
 * A guest that stands still reports nothing, and the balancer is not shown it: what
 * it holds is nobody's to give.
 *
 * Source: Linux hv_balloon (what is reported, when), seeds (pressure).
 */
#include "host.h"

#include <vhm/base/require.h>

#include <math.h>

#define FULL_PRESSURE 100.0 /* all that is held is wanted */

uint32_t
vhm_vm_physical_pages (const struct vm *vm)
{
  uint64_t held = vhm_guest_held_pages (vm->guest);
  uint64_t away = vhm_guest_swapped_pages (vm->guest)
                  + vhm_guest_backing (vm->guest).compressed
                  - MIN (vhm_guest_backing (vm->guest).compressed,
                         vhm_guest_compressed_frames (vm->guest));
  uint64_t has = held - MIN (held, away);
  return (uint32_t) MIN (has, vhm_smart_held_pages (vm));
}

bool
vhm_vm_can_give (const struct vm *vm)
{
  return vhm_guest_is_running (vm->guest) && !vhm_guest_is_paused (vm->guest);
}

double
vhm_vm_pressure (const struct vm *vm)
{
  uint32_t held = vhm_vm_physical_pages (vm);
  if (!vhm_guest_is_running (vm->guest) || held == 0 || !vm->has_report)
    return NAN;
  return FULL_PRESSURE * (double) vm->demand_bytes
         / (double) vhm_pages_to_bytes (held);
}

void
vhm_vm_set_limit (struct vm *vm, uint64_t bytes)
{
  if (!vhm_case_reclaims_by (&vm->host->config->host, VHM_CASE_SWAP)
      && vm->smart.phase == VHM_SMART_OFF)
    return;
  uint64_t limit = vm->config->memory.limit_bytes;
  if (limit > 0)
    bytes = MIN (bytes, limit);
  if (vhm_smart_is_bridging (vm))
    bytes = MIN (bytes, vhm_pages_to_bytes (vm->smart.granted_pages));
  uint64_t pages = bytes >> VHM_PAGE_SHIFT;
  vhm_guest_set_limit (vm->guest, (uint32_t) MIN (pages, UINT32_MAX));
}

static void
take_report (struct vm *vm)
{
  const struct vhm_case_host *c = &vm->host->config->host;
  uint64_t now = vhm_host_now_ns (vm->host);
  if (!vhm_vm_can_give (vm) || now < vm->started_ns + c->report_after_ns)
    return;
  struct vhm_guest_counters counters = vhm_guest_counters (vm->guest);
  uint64_t ballooned = vhm_guest_ballooned_pages (vm->guest);
  bool is_first = !vm->has_report;
  vm->demand_bytes = vhm_pages_to_bytes (counters.committed_pages - ballooned);
  vm->free_bytes = vhm_pages_to_bytes (counters.free_pages);
  vm->cache_bytes = vhm_pages_to_bytes (counters.standby_pages);
  vm->has_report = true;
  double keep = exp (-(double) c->report_ns / (double) c->average_ns);
  double pressure = vhm_vm_pressure (vm);
  if (pressure > FULL_PRESSURE)
    vm->over_pressure_ns += c->report_ns;
  vm->average_pressure
      = is_first ? pressure
                 : keep * vm->average_pressure + (1 - keep) * pressure;
}

/* What its system has to work with and the host has neither found machine memory
 * for nor swapped nor compressed. */
static uint64_t
untouched_pages (const struct vm *vm)
{
  if (vm->host->config->host.gives != VHM_CASE_GIVES_AT_TOUCH)
    return 0;
  uint64_t has = (uint64_t) vhm_guest_backed_pages (vm->guest)
                 + vhm_guest_swapped_pages (vm->guest)
                 + vhm_guest_backing (vm->guest).compressed;
  uint64_t size = vhm_guest_held_pages (vm->guest);
  return size - MIN (has, size);
}

/* A guest that waits to start counts as one that holds nothing and must get
 * what it starts with. */
static void
view_of (const struct vm *vm, bool by_size, struct vhm_vm_view *view)
{
  const struct vhm_case_memory *m = &vm->config->memory;
  uint64_t held = by_size ? vhm_guest_held_pages (vm->guest)
                          : vhm_guest_backed_pages (vm->guest)
                                + vhm_guest_compressed_frames (vm->guest)
                                + vhm_smart_set_aside_pages (vm);
  held = vhm_pages_to_bytes (held
                             + (uint64_t) vhm_balloon_promised (vm->balloon));
  *view = (struct vhm_vm_view){
    .id = vm->id,
    .demand_bytes = vm->has_report ? vm->demand_bytes : 0,
    .grown_bytes = vm->demand_bytes > vm->decided_bytes
                       ? vm->demand_bytes - vm->decided_bytes
                       : 0,
    .free_bytes = vm->has_report ? vm->free_bytes : 0,
    .cache_bytes = vm->has_report ? vm->cache_bytes : 0,
    .held_bytes = held,
    .untouched_bytes = by_size ? 0 : vhm_pages_to_bytes (untouched_pages (vm)),
    .pending_bytes = vhm_pages_to_bytes (vhm_balloon_pending (vm->balloon)),
    .minimum_bytes = m->minimum_bytes,
    .maximum_bytes = m->maximum_bytes,
    .buffer_ppm = m->buffer_ppm,
    .weight = (uint32_t) m->weight,
  };
  if (vm->waits) {
    uint64_t needs = vhm_pages_to_bytes (vhm_vm_start_pages (vm));
    view->demand_bytes = view->minimum_bytes = view->maximum_bytes = needs;
    view->grown_bytes = needs; /* it stands in line at every look */
  }
}

/* What the balancer asked to be told about activity. */
static void
sample_activity (struct vm *vm, const struct vhm_balancer_ops *ops,
                 const void *config, struct vhm_vm_view *view)
{
  if (!ops->sampling || !vhm_guest_is_running (vm->guest))
    return;
  const struct vhm_balance_sampling sampling = ops->sampling (config);
  uint64_t now = vhm_host_now_ns (vm->host);
  bool ended = now >= vm->sampled_from_ns + sampling.period_ns;
  if (vm->is_sampled) {
    view->sampled_pages = sampling.n_pages;
    view->touched_pages
        = vhm_guest_sample_touched (vm->guest, sampling.n_pages);
    view->sampling_ended = ended;
  }
  if (vm->is_sampled && !ended)
    return;
  vhm_guest_begin_sampling (vm->guest);
  vm->is_sampled = true;
  vm->sampled_from_ns = now;
}

static void
remove_memory (struct vm *vm, const struct vhm_vm_view *view, uint64_t target)
{
  const struct vhm_plugin_choice *choice = &vm->host->config->host.balancer;
  const struct vhm_balancer_ops *ops = choice->plugin->ops;
  uint64_t excess = view->held_bytes > target ? view->held_bytes - target : 0;
  if (ops->balloon_cap_ppm) {
    uint64_t most = vhm_scale_ppm (view->maximum_bytes,
                                   ops->balloon_cap_ppm (choice->config));
    uint64_t has = vhm_pages_to_bytes (vhm_guest_ballooned_pages (vm->guest));
    excess = MIN (excess, most - MIN (has, most));
  }
  vhm_balloon_remove (vm->balloon, (uint32_t) (excess >> VHM_PAGE_SHIFT));
}

struct addition {
  struct vm *vm;
  uint64_t wants_bytes;
  double pressure;
};

static int
by_pressure (const void *a, const void *b)
{
  const struct addition *x = a, *y = b;
  if (x->pressure != y->pressure)
    return x->pressure > y->pressure ? -1 : 1;
  return x->vm->id < y->vm->id ? -1 : 1;
}

/* No target is so small that what is on its way in and out finds no room. */
#define LEAST_PAGES 4096

/* Without a balloon, what is beyond the target is swapped out, and a target equal
 * to what is held leaves the guest as it is, limit and all; or as the balancer
 * says. A host out of memory swaps whatever the targets (models/guest/swap_out.c). */
static void
limit_to (struct vm *vm, const struct vhm_vm_view *view, uint64_t target)
{
  const vhm_host *h = vm->host;
  const struct vhm_balancer_ops *ops = h->config->host.balancer.plugin->ops;
  bool has_balloons = vhm_case_reclaims_by (&h->config->host, VHM_CASE_BALLOON);
  uint64_t to = has_balloons ? UINT64_MAX : target;
  if (ops->swap_to_bytes)
    to = ops->swap_to_bytes (h->balancer_state, view->id);
  uint64_t limit = MAX (to, vhm_pages_to_bytes (LEAST_PAGES));
  if (to != view->held_bytes)
    vhm_vm_set_limit (vm, limit);
  vhm_guest_block (vm->guest,
                   view->held_bytes > limit && vhm_host_stops_guests (h));
}

/* It is to hold no more than it is granted, and to be granted more as there is. */
static void
carry_out_bridging (struct vm *vm, uint64_t target)
{
  const struct vhm_case_host *host = &vm->host->config->host;
  uint64_t pages = target >> VHM_PAGE_SHIFT, has = vhm_smart_held_pages (vm);
  uint64_t more = MIN (pages - MIN (has, pages), vhm_smart_wants_pages (vm));
  vhm_smart_raise (vm, MIN (more, vhm_host_available_pages (vm->host)));
  if (vm->has_report && vhm_case_reclaims_by (host, VHM_CASE_BALLOON))
    vhm_balloon_remove (vm->balloon, (uint32_t) vhm_smart_wants_pages (vm));
}

static void
carry_out (vhm_host *h, struct vm *const *vms,
           const struct vhm_balance_view *view, const uint64_t *targets)
{
  g_autofree struct addition *adds = g_new (struct addition, view->n);
  size_t n_adds = 0;
  for (uint32_t i = 0; i < view->n; i++) {
    const struct vhm_vm_view *v = &view->vms[i];
    if (vms[i]->waits)
      continue;
    if (vhm_smart_is_bridging (vms[i])) {
      carry_out_bridging (vms[i], targets[i]);
      continue;
    }
    if (vhm_case_reclaims_by (&h->config->host, VHM_CASE_BALLOON))
      remove_memory (vms[i], v, targets[i]);
    limit_to (vms[i], v, targets[i]);
    double pressure = vhm_vm_pressure (vms[i]);
    uint64_t has = v->held_bytes + v->untouched_bytes;
    if (targets[i] > has) /* not yet known: last, a NAN has no order */
      adds[n_adds++] = (struct addition){ vms[i], targets[i] - has,
                                          isnan (pressure) ? -1 : pressure };
  }
  qsort (adds, n_adds, sizeof *adds, by_pressure);
  for (size_t i = 0; i < n_adds; i++) {
    uint64_t n = MIN (adds[i].wants_bytes >> VHM_PAGE_SHIFT,
                      vhm_host_available_pages (h));
    vhm_balloon_add (adds[i].vm->balloon, (uint32_t) n);
  }
}

static void
balance (vhm_host *h)
{
  const struct vhm_plugin_choice *choice = &h->config->host.balancer;
  const struct vhm_balancer_ops *ops = choice->plugin->ops;
  g_autofree struct vhm_vm_view *views = g_new (struct vhm_vm_view, h->n_vms);
  g_autofree struct vm **vms = g_new (struct vm *, h->n_vms);
  uint32_t n = 0;
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (vhm_vm_can_give (&h->vms[i]) || h->vms[i].waits) {
      vms[n] = &h->vms[i];
      view_of (vms[n], ops->by_size, &views[n]);
      sample_activity (vms[n], ops, choice->config, &views[n]);
      n++;
    }
  if (n == 0)
    return;
  const struct vhm_balance_view view = {
    .now_ns = vhm_host_now_ns (h),
    .available_bytes = vhm_pages_to_bytes (vhm_host_available_pages (h)),
    .n = n,
    .vms = views,
    .machine_bytes = h->config->host.memory_bytes,
    .can_balloon = vhm_case_reclaims_by (&h->config->host, VHM_CASE_BALLOON),
    .can_swap = vhm_case_reclaims_by (&h->config->host, VHM_CASE_SWAP),
    .scannable_bytes = vhm_host_scannable_bytes (h),
  };
  g_autofree uint64_t *targets = g_new0 (uint64_t, n);
  ops->balance (h->balancer_state, choice->config, &view, targets);
  vhm_host_carry_out_state (h);
  carry_out (h, vms, &view, targets);
  vhm_host_control_scanner (h);
  for (uint32_t i = 0; i < n; i++)
    vms[i]->decided_bytes = vms[i]->demand_bytes;
}

static void
average_host_pressure (vhm_host *h)
{
  double demand = 0, held = 0;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    const struct vm *vm = &h->vms[i];
    if (!vhm_guest_is_running (vm->guest) || !vm->has_report)
      continue;
    demand += (double) vm->demand_bytes;
    held += (double) vhm_pages_to_bytes (vhm_vm_physical_pages (vm));
  }
  h->average_pressure = held > 0 ? 100 * demand / held : NAN;
}

/* Machine memory may have come free in another guest. */
static void
go_on_backing (struct vm *vm)
{
  const struct vhm_case_host *host = &vm->host->config->host;
  if (!vhm_guest_is_running (vm->guest)
      || (host->gives != VHM_CASE_GIVES_AT_TOUCH
          && vm->smart.phase == VHM_SMART_OFF
          && !vhm_case_reclaims_by (host, VHM_CASE_SWAP)))
    return;
  vhm_guest_begin (vm->guest);
  vhm_guest_end (vm->guest);
}

void
vhm_host_report (void *context)
{
  vhm_host *h = context;
  for (uint32_t i = 0; i < h->n_vms; i++)
    take_report (&h->vms[i]);
  average_host_pressure (h);
  vhm_host_start_waiting (h);
  for (uint32_t i = 0; i < h->n_vms; i++) {
    vhm_smart_look (&h->vms[i]);
    go_on_backing (&h->vms[i]);
  }
  uint64_t now = vhm_host_now_ns (h);
  if (now >= h->next_balance_ns) {
    const struct vhm_plugin_choice *choice = &h->config->host.balancer;
    const struct vhm_balancer_ops *ops = choice->plugin->ops;
    h->next_balance_ns = now + ops->period_ns (choice->config);
    balance (h);
  }
  vhm_host_after (h, h->config->host.report_ns, VHM_PRIORITY_POLICY,
                  vhm_host_report, h);
}
