/* A disk: whatever pages and files are kept on. Requests wait in one queue; the
 * device takes them in order or chooses among the first of them, has as many at
 * once as its depth, and may finish them in another order. The guest names where
 * on the disk it reads or writes; the disk says when it is done.
 *
 * Promise: every request completes exactly once, after at least its service
 * time; no more are in the device at once than its depth; busy time (a request
 * waits or is in the device) never exceeds elapsed time; same requests, same
 * times.
 * Life: new -> submit* -> (completions) -> free.
 */
#ifndef VHM_MODEL_DISK_H
#define VHM_MODEL_DISK_H

#include <vhm/sim/engine.h>
#include <vhm/sim/plugin.h>
#include <vhm/sim/rng.h>

typedef struct vhm_disk vhm_disk;

typedef void (*vhm_disk_fn) (void *context, uint64_t tag);

struct vhm_disk_request {
  uint64_t at_bytes; /* position on the disk */
  uint64_t size_bytes;
  bool is_write;
  uint32_t stream;   /* who asks (guest number), for accounting */
  vhm_disk_fn done;  /* called at completion, priority DEVICE */
  void *context;
  uint64_t tag;
};

/* A request that waits, for a device that chooses. */
struct vhm_disk_waiting {
  struct vhm_disk_request request;
  uint64_t since_ns, since_cyc; /* submitted; ns rounded up */
};

#define VHM_DISK_NONE UINT64_MAX

/* What a device that chooses does now. */
struct vhm_disk_choice {
  uint64_t index;      /* whom it takes of those who wait; VHM_DISK_NONE */
  uint64_t service_ns; /* of that one, from now on; at least 1 */
  uint64_t again_ns;   /* of none: ask again then, later than now; 0: when a
                          request comes or ends */
};

/* What a disk model decides: service_ns, or end_ns and depth, or choose, window
 * and depth. */
struct vhm_disk_ops {
  /* Once, before any request. `state` is zeroed. */
  void (*init) (void *state, const void *config, const struct vhm_rng *rng);
  /* A device that serves one request after the other: service time in ns of a
   * request that the head starts on now. Called in the order of service; may
   * remember where the head is. Must be at least 1. NULL: see end_ns. */
  uint64_t (*service_ns) (void *state, const struct vhm_disk_request *request);
  /* Bytes it holds, from its config alone. May be NULL: without end. */
  uint64_t (*capacity_bytes) (const void *config);
  /* A device in which requests overlap: when a request that it takes at now_ns
   * is done, in ns since the start; later than now_ns. Called in the order in
   * which requests are taken; now_ns never falls. NULL: see service_ns. */
  uint64_t (*end_ns) (void *state, const struct vhm_disk_request *request,
                      uint64_t now_ns);
  /* Beside end_ns or choose: requests in the device at once, from its config
   * alone; at least 1. */
  uint64_t (*depth) (const void *config);
  /* A device that takes requests out of order: what it does now with waiting[0]
   * to waiting[n - 1], 1 <= n <= window, in order of arrival. Asked whenever a
   * request came or ended and at again_ns, while it has room, until it takes
   * none. NULL: see above. */
  struct vhm_disk_choice (*choose) (void *state,
                                    const struct vhm_disk_waiting *waiting,
                                    uint64_t n, uint64_t now_ns);
  /* Beside choose: how many of those who wait it sees, from its config alone;
   * at least 1. */
  uint64_t (*window) (const void *config);
  /* Frees what the state owns. May be NULL: nothing. */
  void (*clear) (void *state);
};

/* Reads, writes, bytes and waiting are of finished requests; busy is the time in
 * which somebody waits or is served, up to now; the queue includes the requests in the device. */
struct vhm_disk_counts {
  uint64_t n_reads, n_writes, read_bytes, written_bytes;
  uint64_t busy_cyc, queue_length, max_queue_length;
  uint64_t wait_cyc; /* sum over finished requests of done - submitted */
};

vhm_disk *vhm_disk_new (vhm_engine *engine, uint64_t clock_hz,
                        const char *name, const struct vhm_plugin_choice *model,
                        const struct vhm_rng *rng);
void vhm_disk_free (vhm_disk *disk);
void vhm_disk_submit (vhm_disk *disk, const struct vhm_disk_request *request);
/* Counts up to now. */
struct vhm_disk_counts vhm_disk_counts (const vhm_disk *disk);
const char *vhm_disk_name (const vhm_disk *disk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_disk, vhm_disk_free)

#endif
