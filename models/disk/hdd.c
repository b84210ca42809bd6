/* A magnetic disk: the plug-in, its keys, and which of those who wait the drive
 * serves next.
 *
 * The arm (hdd_arm.h) serves one request after the other. The drive sees the
 * first `queue_depth` of those who wait and serves next the one that `order`
 * puts first (hdd_order.h): of a drive with native command queuing, or of the
 * elevator of the host above it, or both, since nothing lies between them here.
 *
 * Units: ns, bytes. Cost: O(queue_depth) a request, and that of hdd_arm.
 */
#include <vhm/model/disk.h>

#include "hdd_arm.h"
#include "hdd_order.h"

struct hdd {
  const struct hdd_config *config;
  struct hdd_arm arm;
};

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct hdd *hdd = state;
  hdd->config = config;
  hdd_arm_init (&hdd->arm, config, rng);
}

static struct vhm_disk_choice
choose (void *state, const struct vhm_disk_waiting *waiting, uint64_t n,
        uint64_t now_ns)
{
  struct hdd *hdd = state;
  uint64_t index = hdd_order_pick (&hdd->arm, waiting, n, now_ns);
  const struct vhm_disk_request *request = &waiting[index].request;
  return (struct vhm_disk_choice){
    .index = index,
    .service_ns
    = hdd_arm_serve (&hdd->arm, request->at_bytes, request->size_bytes),
  };
}

static void
check (const void *data, vhm_schema_complain complain, void *reader)
{
  const struct hdd_config *config = data;
  if (config->average_ns < config->track_ns)
    complain (reader, "average_seek", "is below track_seek",
              "the mean over random pairs of positions");
  else if (config->full_ns < config->average_ns)
    complain (reader, "full_seek", "is below average_seek",
              "the time from the first to the last track");
  else if (hdd_arm_sqrt_part (config) < 0
           || hdd_arm_sqrt_part (config) / 2 + hdd_arm_linear_part (config) < 0)
    complain (reader, "average_seek",
              "does not fit a seek time that rises with distance",
              "about a third of the way from track_seek to full_seek, or "
              "somewhat more");
}

static const char *const orders[] = {
  [HDD_ORDER_ARRIVAL] = "arrival",
  [HDD_ORDER_ELEVATOR] = "elevator",
  [HDD_ORDER_NEAREST] = "nearest",
  [HDD_N_ORDERS] = NULL,
};

#define FIELD(name) offsetof (struct hdd_config, name)

static const struct vhm_param params[] = {
  { .key = "rpm",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (turns_per_min),
    .fallback = "7200",
    .min = "1000",
    .max = "30000",
    .help = "turns of the platter in a minute; the mean wait is half a turn",
    .source = "usual speed of server and desktop disks" },
  { .key = "track_seek",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (track_ns),
    .fallback = "1 ms",
    .min = "0 ns",
    .max = "1 s",
    .help = "seek to the neighbouring track",
    .source = "assumed: data sheets of 7200-turn disks give 0.8 to 1.2 ms" },
  { .key = "average_seek",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (average_ns),
    .fallback = "8 ms",
    .min = "0 ns",
    .max = "1 s",
    .help = "seek between two random positions, on average",
    .source = "Dynamic Memory Coming to Hyper-V, part 5 (2010): typical disk "
              "seek time ~8 ms" },
  { .key = "full_seek",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (full_ns),
    .fallback = "18 ms",
    .min = "0 ns",
    .max = "2 s",
    .help = "seek from the first track to the last",
    .source = "assumed: about twice the average, as data sheets have it" },
  { .key = "rate",
    .type = VHM_PARAM_RATE,
    .offset = FIELD (rate),
    .fallback = "120 MiB/s",
    .min = "1 MiB/s",
    .max = "10 GiB/s",
    .help = "transfer rate of the media",
    .source = "assumed: mean over the zones of a 7200-turn disk of 2010" },
  { .key = "capacity",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (capacity_bytes),
    .fallback = "1 TiB",
    .min = "1 GiB",
    .max = "1024 TiB",
    .help = "size of the disk; a seek over all of it takes full_seek",
    .source = "assumed: common size of 2010; scales seek distances only" },
  { .key = "sequential_window",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (window_bytes),
    .fallback = "64 KiB",
    .min = "0 B",
    .max = "64 MiB",
    .help = "a request that starts this little after the end of the last one "
            "neither seeks nor waits for the platter",
    .source = "assumed: a fraction of a track of about 1 MiB, which the "
              "track buffer holds" },
  { .key = "overhead",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (overhead_ns),
    .fallback = "100 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "time of the controller for each request; behind the transfer of "
            "a sequential one",
    .source = "assumed: order of magnitude of a command on SATA or SAS" },
  { .key = "queue_depth",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (queue_depth),
    .fallback = "1",
    .min = "1",
    .max = "1024",
    .help = "of how many waiting requests the next one is chosen: 32 of a "
            "drive with native command queuing; 1: as they come",
    .source = "assumed: no reordering; Serial ATA allows 32" },
  { .key = "order",
    .type = VHM_PARAM_CHOICE,
    .offset = FIELD (order),
    .fallback = "nearest",
    .choices = orders,
    .help = "which of queue_depth is next: the one that came first, the next "
            "one in the direction of the sweep (C-LOOK), or the one with the "
            "shortest seek",
    .source = "assumed: drives choose by position" },
  { .key = "reads_first",
    .type = VHM_PARAM_BOOL,
    .offset = FIELD (is_reads_first),
    .fallback = "false",
    .help = "whether the next one of queue_depth is a read if there is any, as "
            "elevators of Linux prefer whom a process waits for",
    .source = "assumed: a drive makes no difference" },
  { .key = "max_wait",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (max_wait_ns),
    .fallback = "1 s",
    .min = "0 ns",
    .max = "1 h",
    .help = "a request that has waited for longer is served before all that "
            "came after it, whatever the order",
    .source = "assumed: long against queue_depth services" },
};

static uint64_t
capacity_bytes (const void *config)
{
  return ((const struct hdd_config *) config)->capacity_bytes;
}

static uint64_t
depth (const void *config)
{
  (void) config;
  return 1; /* arm */
}

static uint64_t
window (const void *config)
{
  return ((const struct hdd_config *) config)->queue_depth;
}

static const struct vhm_disk_ops ops = { .init = init,
                                         .capacity_bytes = capacity_bytes,
                                         .depth = depth,
                                         .choose = choose,
                                         .window = window };

const struct vhm_plugin vhm_disk_hdd = {
  .kind = VHM_PLUGIN_DISK,
  .name = "hdd",
  .summary = "magnetic disk: seek, rotation, transfer, order of service",
  .config = { .name = "hdd",
              .help = "a magnetic disk, one arm",
              .size = sizeof (struct hdd_config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct hdd),
  .ops = &ops,
};
