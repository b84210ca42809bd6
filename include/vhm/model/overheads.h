/* What running under a hypervisor costs a guest, by kind of event: how often the
 * hypervisor or the root partition has to do something for it, and what that takes.
 *
 * An enlightened guest knows that it has a hypervisor under it and asks for what
 * it wants in one hypercall; another one does to virtual hardware what it would do
 * to real hardware, and is intercepted each time. Translation of addresses has
 * costs of its own (cpu.h). */
#ifndef VHM_MODEL_OVERHEADS_H
#define VHM_MODEL_OVERHEADS_H

#include <stdbool.h>
#include <stdint.h>

enum vhm_overhead {
  VHM_OVERHEAD_TICK,  /* the system's clock interrupts a processor that runs */
  VHM_OVERHEAD_TIMER, /* a thread's sleep ends */
  VHM_OVERHEAD_IDLE,  /* a processor halts, and runs again */
  VHM_OVERHEAD_WAKE,  /* one processor wakes another one up */
  VHM_OVERHEAD_FLUSH, /* one processor has others forget translations */
  VHM_OVERHEAD_FLUSHED, /* and each of these does */
  VHM_OVERHEAD_TRANSFER, /* a request of a disk, and its completion */
  VHM_N_OVERHEADS
};

struct vhm_overheads_config {
  bool enabled;
  uint64_t interrupt_cyc, intercept_cyc, hypercall_cyc, emulated_cyc;
  uint64_t n_request_accesses; /* emulated ones, of a request */
  uint64_t request_ns;         /* of the root partition, a request */
  uint64_t dispatch_ns; /* until a processor that has been woken runs */
};

#endif
