/* A program inside a guest that collects the guest's own counters, as a counter
 * log does: a process beside the workloads. At every whole interval its timer
 * fires; it then works through its own memory, which takes processor time and
 * the faults that come, and what it reads is what holds when it has finished.
 * A collection that takes longer than the interval makes it miss samples: the
 * next one begins at the next whole interval.
 *
 * vhm_guest_surroundings.collected is told of every sample.
 */
#ifndef VHM_MODEL_COLLECTOR_H
#define VHM_MODEL_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <vhm/sim/plugin.h>

struct vhm_collector {
  bool enabled;
  uint64_t working_set_bytes; /* what it goes through a sample */
  uint64_t buffers_ppm;       /* of that, what it allocates for it, and frees */
  uint64_t sample_ns;         /* processor time a sample */
  uint64_t interval_ns;       /* between samples */
};

/* A workload of this, which outlives the guest. No scenario names it among the
 * workloads: it is no plug-in of the registry. */
struct vhm_plugin_choice vhm_collector_choice (struct vhm_collector *collector);

#endif
