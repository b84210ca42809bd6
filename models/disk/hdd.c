/* A magnetic disk: the plug-in and its keys.
 *
 * What the drive does when is in hdd_drive.c, how long the arm takes in
 * hdd_arm.c, whom it serves next in hdd_order.c, what waits in its cache to be
 * written in hdd_cache.c.
 */
#include <vhm/model/disk.h>

#include "hdd_drive.h"

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  hdd_drive_init (state, config, rng);
}

static void
clear (void *state)
{
  hdd_drive_clear (state);
}

static struct vhm_disk_choice
choose (void *state, const struct vhm_disk_waiting *waiting, uint64_t n,
        uint64_t now_ns)
{
  return hdd_drive_choose (state, waiting, n, now_ns);
}

static void
check_seek (const struct hdd_config *config, vhm_schema_complain complain,
            void *reader)
{
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

static void
check_cache (const struct hdd_config *config, vhm_schema_complain complain,
             void *reader)
{
  uint64_t ahead_bytes = config->n_segments * config->ahead_bytes;
  if (config->least_ahead_bytes > config->ahead_bytes)
    complain (reader, "read_ahead_minimum", "is above read_ahead",
              "at most read_ahead");
  else if (ahead_bytes > config->cache_bytes)
    complain (reader, "read_ahead", "times segments is more than the cache",
              "at most cache / segments");
  else if (config->has_write_cache && ahead_bytes == config->cache_bytes)
    complain (reader, "cache",
              "leaves nothing for writes, and write_cache is "
              "true",
              "more than segments x read_ahead, as 64 MiB");
}

static void
check (const void *data, vhm_schema_complain complain, void *reader)
{
  check_seek (data, complain, reader);
  check_cache (data, complain, reader);
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
  { .key = "slice_idle",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (slice_idle_ns),
    .fallback = "0 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "with reads_first, how long after a read the arm waits for another "
            "one before it turns to writes",
    .source = "assumed: none; 8 ms in the elevator CFQ of Linux (from memory, "
              "unchecked)" },
  { .key = "max_wait",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (max_wait_ns),
    .fallback = "1 s",
    .min = "0 ns",
    .max = "1 h",
    .help = "a request that has waited for longer is served before all that "
            "came after it, whatever the order",
    .source = "assumed: long against queue_depth services" },
  { .key = "cache",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (cache_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "4 GiB",
    .help = "memory of the drive; 0: none",
    .source = "assumed: none, so that a disk does what its platters do" },
  { .key = "write_cache",
    .type = VHM_PARAM_BOOL,
    .offset = FIELD (has_write_cache),
    .fallback = "false",
    .help = "whether a write is done when it is in the cache; it goes to the "
            "platters later, merged with adjacent ones, the nearest first",
    .source = "assumed: off, as where a loss of power must lose nothing" },
  { .key = "destage_after",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (destage_after_ns),
    .fallback = "10 ms",
    .min = "0 ns",
    .max = "1 h",
    .help = "time without a request for the arm after which it writes what is "
            "in the cache, and goes on until one comes; a full cache does not "
            "wait",
    .source
    = "assumed: about what a write takes, so that waiting costs at most "
      "twice the best" },
  { .key = "read_ahead",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (ahead_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "64 MiB",
    .help = "how far the drive reads on behind a read while nobody wants the "
            "arm, into a segment of its cache of this size",
    .source = "assumed: none, so that a disk does what it is asked for" },
  { .key = "read_ahead_minimum",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (least_ahead_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "64 MiB",
    .help = "how far it reads on even if somebody waits; at most read_ahead",
    .source = "assumed: who waits goes first" },
  { .key = "segments",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (n_segments),
    .fallback = "16",
    .min = "1",
    .max = G_STRINGIFY (HDD_MAX_SEGMENTS),
    .help
    = "segments for read-ahead, each of read_ahead bytes of the cache: as "
      "many sequential streams are told apart; the rest of the cache is "
      "for writes",
    .source = "assumed: drives of 2010 have 8 to 64" },
  { .key = "interface",
    .type = VHM_PARAM_RATE,
    .offset = FIELD (interface),
    .fallback = "300 MB/s",
    .min = "1 MB/s",
    .max = "10 GB/s",
    .help = "rate of the link to the host, at which the cache is written and "
            "read",
    .source = "Serial ATA, 3 Gb/s in 8b/10b code" },
};

static uint64_t
capacity_bytes (const void *config)
{
  return ((const struct hdd_config *) config)->capacity_bytes;
}

static uint64_t
depth (const void *config)
{
  const struct hdd_config *hdd = config;
  return hdd->cache_bytes > 0 ? 2 : 1; /* arm, and link to the cache */
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
                                         .window = window,
                                         .clear = clear };

const struct vhm_plugin vhm_disk_hdd = {
  .kind = VHM_PLUGIN_DISK,
  .name = "hdd",
  .summary = "magnetic disk: seek, rotation, transfer, order of service, "
             "cache",
  .config = { .name = "hdd",
              .help = "a magnetic disk, one arm",
              .size = sizeof (struct hdd_config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct hdd_drive),
  .ops = &ops,
};
