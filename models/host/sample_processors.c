/* Counters of a guest's processors beside their use: waiting for processors of the
 * host, threads waiting for processors of the guest.
 *
 * Waits and dispatches are counted where virtual processors are dispatched
 * (host.scheduler quantum); as a fluid they are none, and ready is what they lack
 * of full speed.
 */
#include "host.h"

#include <math.h>

#define VP_OBJECT "Hyper-V Hypervisor Virtual Processor"

enum processor_counter { P_READY, P_WAIT, P_QUEUE, N_PROCESSOR_COUNTERS };

static const struct vhm_counter processor_counters[N_PROCESSOR_COUNTERS] = {
  [P_READY]
  = { "ready_percent", "% Ready", NULL, VHM_UNIT_PERCENT,
      "time that its virtual processors wanted to run and waited for a "
      "processor of the host, 100 = all of them all the time" },
  [P_WAIT] = { "wait_per_dispatch", "CPU Wait Time Per Dispatch", VP_OBJECT,
               VHM_UNIT_SECONDS,
               "of those dispatched in the interval, mean wait for it" },
  [P_QUEUE]
  = { "processor_queue_length", "Processor Queue Length", "System",
      VHM_UNIT_NONE, "threads that want to run and have no virtual processor" },
};

void
vhm_host_announce_processors (GPtrArray *all, const char *guest)
{
  vhm_host_announce (all, guest, processor_counters, N_PROCESSOR_COUNTERS);
}

void
vhm_host_sample_processors (struct vm *vm)
{
  const vhm_host *h = vm->host;
  double v[N_PROCESSOR_COUNTERS] = { NAN, NAN, NAN };
  if (vhm_guest_is_running (vm->guest)) {
    uint64_t ready = vhm_guest_ledger (vm->guest).cyc[VHM_ACCOUNT_READY];
    struct vhm_scheduler_counts now = vhm_guest_dispatching (vm->guest);
    const struct vhm_scheduler_counts *then = &vm->last_dispatching;
    uint64_t dispatches = now.dispatches - then->dispatches;
    v[P_READY] = 100 * vhm_host_rate (h, ready, vm->last_ready_cyc)
                 / (double) h->hz / vhm_guest_n_vps (vm->guest);
    if (dispatches > 0)
      v[P_WAIT] = (double) (now.waited_cyc - then->waited_cyc)
                  / (double) dispatches / (double) h->hz;
    v[P_QUEUE] = vhm_guest_n_queued (vm->guest);
    vm->last_ready_cyc = ready;
    vm->last_dispatching = now;
  }
  vhm_host_put (vm->host, v, N_PROCESSOR_COUNTERS);
}
