/* A disk as its users see it: a queue in front of a device whose times, and if it
 * likes whose order of service, come from a disk model.
 *
 *   submit -> [ waiting ... ] -> in the device, at most `depth` -> done
 *
 * A device without `choose` takes who waits first. Invariant: nobody waits while
 * it has room. One that chooses sees the first `window` of those who wait, in
 * order of arrival, and takes one, or none until a time that it names. Either
 * way it is asked in the cycle in which a request ends, before the owner of the
 * finished one is told, so that what it submits in answer goes behind all who
 * already wait. A model with service_ns has the depth 1: one server, one queue.
 *
 * Times come in ns and are rounded up to cycles, a service to at least 1; a
 * model with end_ns or choose is told the present cycle in ns, rounded up, so
 * that no request is faster than its device. Counts are of finished requests;
 * busy time is that in which a request waits or is in the device, up to now.
 *
 * Those who wait lie side by side in one array, a gap before them that grows as
 * the first leave and is closed when its end is reached.
 *
 * Cost: O(1) and one event a request, of one out of order O(its place in the
 * window); one more event where a device wants to be asked again. No allocation
 * once the array has reached its largest size. 64 bytes a waiting request, 88 a
 * place in the device.
 *
 * Left out: merging of adjacent requests that wait; a device that chooses takes
 * them one after the other.
 */
#include <vhm/base/require.h>
#include <vhm/model/disk.h>

#include <string.h>

#define FIRST_SIZE VHM_FIRST_CAPACITY (64)

/* A place in the device. */
struct slot {
  vhm_disk *disk;
  struct vhm_disk_waiting served;
  vhm_event event; /* its end */
  struct slot *next_free;
};

struct vhm_disk {
  vhm_engine *engine;
  uint64_t clock_hz;
  char *name;
  const struct vhm_disk_ops *ops;
  void *state;
  struct vhm_disk_waiting *waiting; /* places: a gap, those who wait, room */
  uint64_t n_places, n_gap, n_waiting;
  struct slot *slots, *free_slots;
  uint64_t depth, window, n_inside;
  vhm_event again;               /* the device wants to be asked */
  uint64_t busy_from_cyc;        /* while a request waits or is inside */
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
now_ns (const vhm_disk *disk)
{
  return scale_up (now_cyc (disk), VHM_NS_PER_S, disk->clock_hz);
}

static uint64_t
after_cyc (const vhm_disk *disk, uint64_t service_ns)
{
  VHM_REQUIRE (service_ns > 0);
  return now_cyc (disk) + scale_up (service_ns, disk->clock_hz, VHM_NS_PER_S);
}

static struct vhm_disk_waiting *
first_waiting (const vhm_disk *disk)
{
  return disk->waiting + disk->n_gap;
}

static bool
is_idle (const vhm_disk *disk)
{
  return disk->n_waiting + disk->n_inside == 0;
}

static void complete (void *context);
static void serve (vhm_disk *disk);

/* The one at `index` enters the device until end_cyc. */
static void
enter (vhm_disk *disk, uint64_t index, uint64_t end_cyc)
{
  struct vhm_disk_waiting *first = first_waiting (disk);
  struct slot *slot = disk->free_slots;
  disk->free_slots = slot->next_free;
  slot->served = first[index];
  memmove (first + 1, first, index * sizeof *first);
  disk->n_gap = --disk->n_waiting > 0 ? disk->n_gap + 1 : 0;
  disk->n_inside++;
  slot->event = vhm_engine_schedule (disk->engine, vhm_cycles_make (end_cyc),
                                     VHM_PRIORITY_DEVICE, complete, slot);
}

static void
enter_first (vhm_disk *disk)
{
  const struct vhm_disk_ops *ops = disk->ops;
  const struct vhm_disk_request *request = &first_waiting (disk)->request;
  if (ops->service_ns) {
    uint64_t service_ns = ops->service_ns (disk->state, request);
    enter (disk, 0, after_cyc (disk, service_ns));
    return;
  }
  uint64_t begin_ns = now_ns (disk);
  uint64_t end_ns = ops->end_ns (disk->state, request, begin_ns);
  VHM_REQUIRE (end_ns > begin_ns);
  enter (disk, 0, scale_up (end_ns, disk->clock_hz, VHM_NS_PER_S));
}

static void
ask_again (void *context)
{
  vhm_disk *disk = context;
  disk->again = VHM_NO_EVENT;
  serve (disk);
}

static void
ask_at (vhm_disk *disk, uint64_t again_ns)
{
  vhm_cycles at
      = vhm_cycles_make (scale_up (again_ns, disk->clock_hz, VHM_NS_PER_S));
  if (vhm_engine_is_pending (disk->engine, disk->again))
    vhm_engine_rearm (disk->engine, disk->again, at);
  else
    disk->again = vhm_engine_schedule (disk->engine, at, VHM_PRIORITY_DEVICE,
                                       ask_again, disk);
}

/* Whether the device took one. */
static bool
enter_chosen (vhm_disk *disk)
{
  uint64_t n = MIN (disk->n_waiting, disk->window), at_ns = now_ns (disk);
  struct vhm_disk_choice choice
      = disk->ops->choose (disk->state, first_waiting (disk), n, at_ns);
  if (choice.index == VHM_DISK_NONE) {
    VHM_REQUIRE (choice.again_ns == 0 || choice.again_ns > at_ns);
    if (choice.again_ns > 0)
      ask_at (disk, choice.again_ns);
    return false;
  }
  VHM_REQUIRE (choice.index < n);
  enter (disk, choice.index, after_cyc (disk, choice.service_ns));
  return true;
}

static void
serve (vhm_disk *disk)
{
  bool has_entered = true;
  while (has_entered && disk->n_waiting > 0 && disk->n_inside < disk->depth) {
    if (disk->ops->choose)
      has_entered = enter_chosen (disk);
    else
      enter_first (disk);
  }
}

static void
count (vhm_disk *disk, const struct vhm_disk_waiting *finished)
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
  struct vhm_disk_waiting finished = slot->served;
  slot->event = VHM_NO_EVENT;
  slot->next_free = disk->free_slots;
  disk->free_slots = slot;
  disk->n_inside--;
  count (disk, &finished);
  serve (disk);
  finished.request.done (finished.request.context, finished.request.tag);
}

/* Room behind those who wait: of the gap where that is half of all, else of a
 * larger array. */
static void
make_room (vhm_disk *disk)
{
  struct vhm_disk_waiting *from = first_waiting (disk), *to = disk->waiting;
  if (disk->n_gap == 0 || disk->n_gap < disk->n_places / 2) {
    disk->n_places = MAX (disk->n_places * 2, FIRST_SIZE);
    to = g_new (struct vhm_disk_waiting, disk->n_places);
  }
  if (disk->n_waiting > 0)
    memmove (to, from, disk->n_waiting * sizeof *to);
  if (to != disk->waiting)
    g_free (disk->waiting);
  disk->waiting = to;
  disk->n_gap = 0;
}

static void
open_slots (vhm_disk *disk, const void *config)
{
  const struct vhm_disk_ops *ops = disk->ops;
  VHM_REQUIRE (!!ops->service_ns + !!ops->end_ns + !!ops->choose == 1);
  VHM_REQUIRE (!ops->service_ns == !!ops->depth);
  VHM_REQUIRE (!ops->choose == !ops->window);
  disk->depth = ops->depth ? ops->depth (config) : 1;
  disk->window = ops->window ? ops->window (config) : 1;
  VHM_REQUIRE (disk->depth > 0 && disk->window > 0);
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
  if (vhm_engine_is_pending (disk->engine, disk->again))
    vhm_engine_cancel (disk->engine, disk->again);
  if (disk->ops->clear)
    disk->ops->clear (disk->state);
  g_free (disk->slots);
  g_free (disk->waiting);
  g_free (disk->state);
  g_free (disk->name);
  g_free (disk);
}

void
vhm_disk_submit (vhm_disk *disk, const struct vhm_disk_request *request)
{
  VHM_REQUIRE (request->done != NULL);
  if (disk->n_gap + disk->n_waiting == disk->n_places)
    make_room (disk);
  if (is_idle (disk))
    disk->busy_from_cyc = now_cyc (disk);
  first_waiting (disk)[disk->n_waiting++] = (struct vhm_disk_waiting){
    .request = *request,
    .since_ns = disk->ops->choose ? now_ns (disk) : 0,
    .since_cyc = now_cyc (disk),
  };
  disk->counts.max_queue_length
      = MAX (disk->counts.max_queue_length, disk->n_waiting + disk->n_inside);
  serve (disk);
}

struct vhm_disk_counts
vhm_disk_counts (const vhm_disk *disk)
{
  struct vhm_disk_counts counts = disk->counts;
  counts.queue_length = disk->n_waiting + disk->n_inside;
  if (!is_idle (disk))
    counts.busy_cyc += now_cyc (disk) - disk->busy_from_cyc;
  return counts;
}

const char *
vhm_disk_name (const vhm_disk *disk)
{
  return disk->name;
}
