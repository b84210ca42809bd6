/* What a collector inside a guest makes of the guest's own counters: which samples
 * there are, when they were taken, what is missing.
 *
 * A sample that is taken at time e belongs to the last row before e and has the
 * values of e; its rates are differences over the time since the sample before
 * it, however long that was. Rows without one stay empty: so a collection that
 * began at row i and takes k whole intervals and a bit leaves k rows out. Counters
 * that the host reads from outside have all their rows.
 *
 * A row is missed if the guest was on from it to the next row and no sample came
 * between them. Cost: O(counters) a sample.
 */
#include "host.h"

#include <vhm/base/require.h>

#include <math.h>
#include <string.h>

bool
vhm_vm_has_collector (const struct vm *vm)
{
  return vm->config->collector.enabled;
}

static void
add_collector (struct vm *vm)
{
  const struct vhm_list *own = &vm->config->workloads;
  vm->collector = vm->config->collector;
  vm->collector.interval_ns = vm->host->config->sample_ns;
  vm->workloads = g_new (struct vhm_plugin_choice, own->n + 1);
  memcpy (vm->workloads, own->items, own->n * sizeof *vm->workloads);
  vm->workloads[own->n] = vhm_collector_choice (&vm->collector);
}

const struct vhm_plugin_choice *
vhm_vm_workloads (struct vm *vm, size_t *ret_n)
{
  *ret_n = vm->config->workloads.n + vhm_vm_has_collector (vm);
  if (!vhm_vm_has_collector (vm))
    return vm->config->workloads.items;
  if (!vm->workloads)
    add_collector (vm);
  return vm->workloads;
}

/* The guest has been without a sample since the last one, or since it started. */
static void
note_gap (struct vm *vm)
{
  struct collection *k = &vm->collection;
  uint64_t since = k->has_last ? k->last_ns : vm->started_ns;
  k->longest_ns = MAX (k->longest_ns, vhm_host_now_ns (vm->host) - since);
}

void
vhm_vm_begin_row (struct vm *vm, bool is_on)
{
  struct collection *k = &vm->collection;
  k->first_series = vm->host->next_series;
  k->n_missed += k->is_due && !k->has_sample;
  k->is_due = is_on;
  k->has_sample = false;
}

void
vhm_vm_end_collection (struct vm *vm)
{
  struct collection *k = &vm->collection;
  if (vhm_guest_is_running (vm->guest))
    note_gap (vm);
  k->is_due = k->has_last = false;
  k->last = (struct vhm_guest_counters){ 0 };
}

void
vhm_host_collected (void *host, vhm_guest *guest, uint64_t since_ns)
{
  vhm_host *h = host;
  struct vm *vm = &h->vms[vhm_guest_number (guest)];
  struct collection *k = &vm->collection;
  uint64_t now = vhm_host_now_ns (h);
  const struct vhm_guest_counters c = vhm_guest_counters (guest);
  double seconds
      = k->has_last ? (double) (now - k->last_ns) / (double) VHM_NS_PER_S : NAN;
  VHM_REQUIRE (h->next_sample > 0); /* it takes some time */
  vhm_vm_fill_late (vm, &c, &k->last, seconds);
  note_gap (vm);
  k->has_sample = k->has_last = true;
  k->last = c;
  k->last_ns = now;
  k->n_taken++;
  /* on the guest's clock, which may have stood still before */
  k->delay_ns += vhm_cycles_to_ns (h->hz, vhm_guest_now_cyc (guest)) - since_ns;
}
