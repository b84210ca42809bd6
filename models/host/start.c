/* Starts guests, lets them wait for memory, and shuts them down.
 *
 * A guest starts when its startup memory and overhead are available; until then it
 * waits, and the balancer is asked to make room (it is shown to it as a guest that
 * holds nothing). After start_timeout the start is refused, as Hyper-V refuses it,
 * and the run goes on without it. A guest that restarts has the first claim to what
 * it held itself, and may start with less (start_rule.c, smart_paging.c).
 *
 * What other guests may give back: for as long as a restart is patient, all that
 * they hold beyond their minimum; then what their balloons are being asked for.
 *
 * Cost: O(guests) whenever memory may have come free.
 */
#include "host.h"
#include "start_rule.h"

uint64_t
vhm_vm_start_pages (const struct vm *vm)
{
  bool gives_at_touch = vm->host->config->host.gives == VHM_CASE_GIVES_AT_TOUCH;
  uint64_t startup = vm->config->memory.startup_bytes;
  return (gives_at_touch ? 0 : vhm_bytes_to_pages (startup))
         + vm->overhead_pages;
}

static void
boot (struct vm *vm)
{
  vhm_host *h = vm->host;
  vhm_machine_take (h->machine, VHM_OWNER_ROOT, 0,
                    (uint32_t) vm->overhead_pages, NULL);
  vm->waits = false;
  vm->was_on = true;
  vm->started_ns = vhm_host_now_ns (h);
  vhm_guest_boot (vm->guest);
  if (h->scanner)
    vhm_scanner_set_guest (h->scanner, vm->id, vm->guest);
  vhm_vm_set_limit (vm, UINT64_MAX);
  vhm_host_watch_translation (h);
}

static void
refuse (struct vm *vm)
{
  vm->waits = false;
  vm->refused = true;
  uint64_t startup = vm->config->memory.startup_bytes;
  vhm_host_incident (
      vm->host, vm->name,
      "start refused: %" G_GUINT64_FORMAT
      " MiB of startup memory and %" G_GUINT64_FORMAT
      " MiB of overhead are needed, %" G_GUINT64_FORMAT
      " MiB are available and the other guests gave back too little (Hyper-V "
      "reports 0x8007000E)",
      startup / VHM_MIB, vhm_pages_to_bytes (vm->overhead_pages) / VHM_MIB,
      vhm_pages_to_bytes (vhm_host_available_pages (vm->host)) / VHM_MIB);
}

static uint64_t
reclaimable_pages (const struct vm *vm, uint64_t waited_ns)
{
  const vhm_host *h = vm->host;
  bool is_patient = waited_ns < h->config->host.smart_paging.patience_ns;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    const struct vm *other = &h->vms[i];
    if (!vhm_vm_can_give (other))
      continue;
    uint64_t least = vhm_bytes_to_pages (other->config->memory.minimum_bytes);
    uint64_t held = vhm_guest_backed_pages (other->guest);
    sum += is_patient ? held - MIN (least, held)
                      : vhm_balloon_pending (other->balloon);
  }
  return sum;
}

static void
try_start (struct vm *vm)
{
  const vhm_host *h = vm->host;
  uint64_t waited_ns = vhm_host_now_ns (h) - vm->waiting_since_ns;
  uint64_t minimum = vhm_bytes_to_pages (vm->config->memory.minimum_bytes);
  const struct vhm_start_facts facts = {
    .needs = vhm_vm_start_pages (vm),
    .least = minimum + vm->overhead_pages,
    .available = vhm_host_available_pages (h),
    .reclaimable = reclaimable_pages (vm, waited_ns),
    .is_restart = vm->restarts,
    .has_smart_paging = h->config->host.smart_paging.enabled,
    .is_late = waited_ns >= h->config->host.start_timeout_ns,
  };
  switch (vhm_start_decide (&facts)) {
  case VHM_START_BRIDGES:
    vhm_smart_begin (vm, facts.available - vm->overhead_pages);
    boot (vm);
    break;
  case VHM_START_BOOTS:
    boot (vm);
    break;
  case VHM_START_REFUSED:
    refuse (vm);
    break;
  case VHM_START_WAITS:
  case VHM_N_START_ANSWERS:
    break;
  }
}

void
vhm_host_start_waiting (vhm_host *h)
{
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (h->vms[i].waits)
      try_start (&h->vms[i]);
}

/* Its next life begins when there is memory for it. */
static void
turn_on (struct vm *vm, bool restarts)
{
  if (vm->was_on) {
    struct vhm_balloon_counts moved = vhm_balloon_counts (vm->balloon);
    vm->past_moved.added_pages += moved.added_pages;
    vm->past_moved.removed_pages += moved.removed_pages;
    vm->past_moved.n_adds += moved.n_adds;
    vm->past_moved.n_removes += moved.n_removes;
    vhm_balloon_free (vm->balloon);
    /* it is kept for the summary, and the disk may still be working for it */
    g_ptr_array_add (vm->past, vm->guest);
    vm->past_faults += vm->last.page_faults;
    vhm_vm_make_guest (vm); /* a new boot: nothing of the old memory is left */
    vm->was_on = false;
  }
  vm->waits = true;
  vm->restarts = restarts;
  vm->waiting_since_ns = vhm_host_now_ns (vm->host);
  vm->has_report = false;
  vm->is_sampled = false;
  vm->last = (struct vhm_guest_counters){ 0 };
  vm->last_backing = (struct vhm_backing_counts){ 0 };
  vm->last_sharing = (struct vhm_guest_sharing){ 0 };
  vm->last_operations = vm->last_ran_cyc = vm->last_translation_cyc = 0;
  vm->last_references = 0;
}

void
vhm_vm_start (struct vm *vm)
{
  turn_on (vm, false);
  vhm_host_start_waiting (vm->host);
}

static void
turn_off (struct vm *vm)
{
  vhm_smart_stop (vm);
  if (vhm_guest_is_running (vm->guest))
    vhm_host_compare_pagings (vm->host, vm);
  vhm_balloon_reset (vm->balloon);
  vm->last = vhm_guest_counters (vm->guest);
  vhm_vm_end_collection (vm);
  vhm_guest_stop (vm->guest);
  vhm_machine_give_root (vm->host->machine, (uint32_t) vm->overhead_pages);
  vm->demand_bytes = vm->decided_bytes = 0;
  vm->has_report = false;
  vm->is_sampled = false;
}

void
vhm_vm_switch_off (struct vm *vm)
{
  turn_off (vm);
  vhm_host_start_waiting (vm->host);
}

static void
stop (void *vm)
{
  vhm_vm_switch_off (vm);
}

static void
restart (void *context)
{
  struct vm *vm = context;
  turn_off (vm);
  turn_on (vm, true);
  try_start (vm); /* before others have what it held */
  vhm_host_start_waiting (vm->host);
}

void
vhm_vm_shut_down (struct vm *vm)
{
  vm->shutdown = vhm_host_after (vm->host, vm->host->config->host.shutdown_ns,
                                 VHM_PRIORITY_NORMAL, stop, vm);
}

void
vhm_vm_restart (struct vm *vm)
{
  vm->shutdown = vhm_host_after (vm->host, vm->host->config->host.shutdown_ns,
                                 VHM_PRIORITY_NORMAL, restart, vm);
}
