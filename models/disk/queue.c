/* A disk as its users see it: a first-in first-out queue in front of a device
 * whose times come from a disk model.
 *
 *   submit -> [ waiting ... ] -> in the device, at most `depth` -> done
 *
 * Invariant: nobody waits while the device has room. Who waits first enters in
 * the cycle in which one in the device ends, before the owner of the finished
 * one is told, so that what it submits in answer goes behind all who already
 * wait. A model with service_ns has the depth 1: one server, one queue.
 *
 * Times come in ns and are rounded up to cycles, a service to at least 1; a
 * model with end_ns is told the present cycle in ns, rounded up, so that no
 * request is faster than its device. Counts are of finished requests; busy time
 * is that in which something is in the device, up to now.
 *
 * Cost: O(1) and one event a request; no allocation once the ring has reached
 * its largest size. 56 bytes a waiting request, 80 a place in the device.
 *
 * Left out: reordering of those who wait (native command queuing, elevators)
 * and merging of adjacent requests. A queue that reorders would raise the
 * throughput of random requests of a magnetic disk at depth 32 by a factor of
 * about 2; the depth here is that of a few paging threads.
 */
#include <vhm/base/require.h>
#include <vhm/model/disk.h>

#define FIRST_RING VHM_FIRST_CAPACITY (64)

struct waiting {
  struct vhm_disk_request request;
  uint64_t since_cyc;
};

/* A place in the device. */
struct slot {
  vhm_disk *disk;
  struct waiting served;
  vhm_event event; /* its end */
  struct slot *next_free;
};

struct vhm_disk {
  vhm_engine *engine;
  uint64_t clock_hz;
  char *name;
  const struct vhm_disk_ops *ops;
  void *state;
  struct waiting *ring; /* those who wait */
  uint64_t ring_size, head, n_waiting;
  struct slot *slots, *free_slots;
  uint64_t depth, n_inside;
  uint64_t busy_from_cyc;        /* while something is inside */
  struct vhm_disk_counts counts; /* busy_cyc up to busy_from_cyc */
};

static uint64_t
now_cyc (const vhm_disk *disk)
{
  return vhm_engine_now (disk->engine).raw;
}

static uint64_t
scale_up (uint64_t n, uint64_t by, uint64_t per)
{
  unsigned __int128 parts = (unsigned __int128) n * by;
  return (uint64_t) ((parts + per - 1) / per);
}

static uint64_t
end_cyc (const vhm_disk *disk, const struct vhm_disk_request *request)
{
  const struct vhm_disk_ops *ops = disk->ops;
  uint64_t hz = disk->clock_hz;
  if (ops->service_ns) {
    uint64_t service_ns = ops->service_ns (disk->state, request);
    VHM_REQUIRE (service_ns > 0);
    return now_cyc (disk) + scale_up (service_ns, hz, VHM_NS_PER_S);
  }
  uint64_t now_ns = scale_up (now_cyc (disk), VHM_NS_PER_S, hz);
  uint64_t end_ns = ops->end_ns (disk->state, request, now_ns);
  VHM_REQUIRE (end_ns > now_ns);
  return scale_up (end_ns, hz, VHM_NS_PER_S);
}

static void complete (void *context);

/* Who waits first enters the device. */
static void
enter (vhm_disk *disk)
{
  struct slot *slot = disk->free_slots;
  disk->free_slots = slot->next_free;
  slot->served = disk->ring[disk->head];
  disk->head = (disk->head + 1) % disk->ring_size;
  disk->n_waiting--;
  if (disk->n_inside++ == 0)
    disk->busy_from_cyc = now_cyc (disk);
  vhm_cycles end = vhm_cycles_make (end_cyc (disk, &slot->served.request));
  slot->event = vhm_engine_schedule (disk->engine, end, VHM_PRIORITY_DEVICE,
                                     complete, slot);
}

static void
count (vhm_disk *disk, const struct waiting *finished)
{
  struct vhm_disk_counts *counts = &disk->counts;
  bool is_write = finished->request.is_write;
  *(is_write ? &counts->n_writes : &counts->n_reads) += 1;
  *(is_write ? &counts->written_bytes : &counts->read_bytes)
      += finished->request.size_bytes;
  counts->busy_cyc += now_cyc (disk) - disk->busy_from_cyc;
  disk->busy_from_cyc = now_cyc (disk);
  counts->wait_cyc += now_cyc (disk) - finished->since_cyc;
}

static void
complete (void *context)
{
  struct slot *slot = context;
  vhm_disk *disk = slot->disk;
  struct waiting finished = slot->served;
  slot->event = VHM_NO_EVENT;
  slot->next_free = disk->free_slots;
  disk->free_slots = slot;
  disk->n_inside--;
  count (disk, &finished);
  if (disk->n_waiting > 0)
    enter (disk);
  finished.request.done (finished.request.context, finished.request.tag);
}

static void
grow (vhm_disk *disk)
{
  uint64_t size = MAX (disk->ring_size * 2, FIRST_RING);
  struct waiting *ring = g_new (struct waiting, size);
  for (uint64_t i = 0; i < disk->n_waiting; i++)
    ring[i] = disk->ring[(disk->head + i) % disk->ring_size];
  g_free (disk->ring);
  disk->ring = ring;
  disk->ring_size = size;
  disk->head = 0;
}

static void
open_slots (vhm_disk *disk, const void *config)
{
  const struct vhm_disk_ops *ops = disk->ops;
  VHM_REQUIRE (!ops->service_ns != !ops->end_ns);
  VHM_REQUIRE (!ops->end_ns == !ops->depth);
  disk->depth = ops->depth ? ops->depth (config) : 1;
  VHM_REQUIRE (disk->depth > 0);
  disk->slots = g_new0 (struct slot, disk->depth);
  for (uint64_t i = disk->depth; i-- > 0;) {
    disk->slots[i].disk = disk;
    disk->slots[i].next_free = disk->free_slots;
    disk->free_slots = &disk->slots[i];
  }
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
  open_slots (disk, model->config);
  disk->ops->init (disk->state, model->config, rng);
  return disk;
}

void
vhm_disk_free (vhm_disk *disk)
{
  if (!disk)
    return;
  for (uint64_t i = 0; i < disk->depth; i++)
    if (vhm_engine_is_pending (disk->engine, disk->slots[i].event))
      vhm_engine_cancel (disk->engine, disk->slots[i].event);
  g_free (disk->slots);
  g_free (disk->ring);
  g_free (disk->state);
  g_free (disk->name);
  g_free (disk);
}

void
vhm_disk_submit (vhm_disk *disk, const struct vhm_disk_request *request)
{
  VHM_REQUIRE (request->done != NULL);
  if (disk->n_waiting == disk->ring_size)
    grow (disk);
  uint64_t tail = (disk->head + disk->n_waiting) % disk->ring_size;
  disk->ring[tail] = (struct waiting){ *request, now_cyc (disk) };
  disk->n_waiting++;
  disk->counts.max_queue_length
      = MAX (disk->counts.max_queue_length, disk->n_waiting + disk->n_inside);
  if (disk->n_inside < disk->depth)
    enter (disk);
}

struct vhm_disk_counts
vhm_disk_counts (const vhm_disk *disk)
{
  struct vhm_disk_counts counts = disk->counts;
  counts.queue_length = disk->n_waiting + disk->n_inside;
  if (disk->n_inside > 0)
    counts.busy_cyc += now_cyc (disk) - disk->busy_from_cyc;
  return counts;
}

const char *
vhm_disk_name (const vhm_disk *disk)
{
  return disk->name;
}
