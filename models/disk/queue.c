/* A disk as its users see it: a first-in first-out queue in front of one server
 * whose service times come from a disk model.
 *
 *   submit -> [ waiting ... ] -> in service -> done
 *
 * Invariant: a request is in service whenever the queue is not empty, and that
 * is the queue's head. The next one starts in the cycle in which the last one
 * ends, before the owner of the finished one is told, so that what it submits
 * in answer goes behind all who already wait.
 *
 * Service times come in ns and are rounded up to cycles, at least 1. Counts are
 * of finished requests; busy time goes up to now.
 *
 * Cost: O(1) and one event a request; no allocation once the ring has reached
 * its largest size. 56 bytes a waiting request.
 *
 * Left out: reordering (native command queuing, elevators) and merging of
 * adjacent requests. A queue that reorders would raise the throughput of random
 * requests at depth 32 by a factor of about 2; the depth here is that of a few
 * paging threads.
 */
#include <vhm/base/require.h>
#include <vhm/model/disk.h>

#define FIRST_RING VHM_FIRST_CAPACITY (64)

struct waiting {
  struct vhm_disk_request request;
  uint64_t since_cyc;
};

struct vhm_disk {
  vhm_engine *engine;
  uint64_t clock_hz;
  char *name;
  const struct vhm_disk_ops *ops;
  void *state;
  struct waiting *ring;
  uint64_t ring_size, head, n_queued; /* head: in service */
  uint64_t started_cyc;               /* of the one in service */
  vhm_event event;
  struct vhm_disk_counts counts; /* busy_cyc up to started_cyc */
};

static uint64_t
now_cyc (const vhm_disk *disk)
{
  return vhm_engine_now (disk->engine).raw;
}

static uint64_t
service_cyc (const vhm_disk *disk, uint64_t service_ns)
{
  VHM_REQUIRE (service_ns > 0);
  unsigned __int128 parts = (unsigned __int128) service_ns * disk->clock_hz;
  return (uint64_t) ((parts + VHM_NS_PER_S - 1) / VHM_NS_PER_S);
}

static void complete (void *context);

static void
start (vhm_disk *disk)
{
  const struct vhm_disk_request *request = &disk->ring[disk->head].request;
  uint64_t service_ns = disk->ops->service_ns (disk->state, request);
  disk->started_cyc = now_cyc (disk);
  vhm_cycles end
      = vhm_cycles_make (disk->started_cyc + service_cyc (disk, service_ns));
  disk->event = vhm_engine_schedule (disk->engine, end, VHM_PRIORITY_DEVICE,
                                     complete, disk);
}

static void
count (vhm_disk *disk, const struct waiting *finished)
{
  struct vhm_disk_counts *counts = &disk->counts;
  bool is_write = finished->request.is_write;
  *(is_write ? &counts->n_writes : &counts->n_reads) += 1;
  *(is_write ? &counts->written_bytes : &counts->read_bytes)
      += finished->request.size_bytes;
  counts->busy_cyc += now_cyc (disk) - disk->started_cyc;
  counts->wait_cyc += now_cyc (disk) - finished->since_cyc;
}

static void
complete (void *context)
{
  vhm_disk *disk = context;
  struct waiting finished = disk->ring[disk->head];
  disk->event = VHM_NO_EVENT;
  disk->head = (disk->head + 1) % disk->ring_size;
  disk->n_queued--;
  count (disk, &finished);
  if (disk->n_queued > 0)
    start (disk);
  finished.request.done (finished.request.context, finished.request.tag);
}

static void
grow (vhm_disk *disk)
{
  uint64_t size = MAX (disk->ring_size * 2, FIRST_RING);
  struct waiting *ring = g_new (struct waiting, size);
  for (uint64_t i = 0; i < disk->n_queued; i++)
    ring[i] = disk->ring[(disk->head + i) % disk->ring_size];
  g_free (disk->ring);
  disk->ring = ring;
  disk->ring_size = size;
  disk->head = 0;
}

vhm_disk *
vhm_disk_new (vhm_engine *engine, uint64_t clock_hz, const char *name,
              const struct vhm_plugin_choice *model, const struct vhm_rng *rng)
{
  VHM_REQUIRE (model->plugin->kind == VHM_PLUGIN_DISK);
  VHM_REQUIRE (clock_hz > 0);
  vhm_disk *disk = g_new0 (vhm_disk, 1);
  disk->engine = engine;
  disk->clock_hz = clock_hz;
  disk->name = g_strdup (name);
  disk->ops = model->plugin->ops;
  disk->state = g_malloc0 (model->plugin->state_size);
  disk->ops->init (disk->state, model->config, rng);
  return disk;
}

void
vhm_disk_free (vhm_disk *disk)
{
  if (!disk)
    return;
  if (disk->n_queued > 0)
    vhm_engine_cancel (disk->engine, disk->event);
  g_free (disk->ring);
  g_free (disk->state);
  g_free (disk->name);
  g_free (disk);
}

void
vhm_disk_submit (vhm_disk *disk, const struct vhm_disk_request *request)
{
  VHM_REQUIRE (request->done != NULL);
  if (disk->n_queued == disk->ring_size)
    grow (disk);
  uint64_t tail = (disk->head + disk->n_queued) % disk->ring_size;
  disk->ring[tail] = (struct waiting){ *request, now_cyc (disk) };
  disk->n_queued++;
  disk->counts.max_queue_length
      = MAX (disk->counts.max_queue_length, disk->n_queued);
  if (disk->n_queued == 1)
    start (disk);
}

struct vhm_disk_counts
vhm_disk_counts (const vhm_disk *disk)
{
  struct vhm_disk_counts counts = disk->counts;
  counts.queue_length = disk->n_queued;
  if (disk->n_queued > 0)
    counts.busy_cyc += now_cyc (disk) - disk->started_cyc;
  return counts;
}

const char *
vhm_disk_name (const vhm_disk *disk)
{
  return disk->name;
}
