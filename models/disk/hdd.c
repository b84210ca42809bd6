/* Service time of a magnetic disk: seek + rotation + transfer, or transfer
 * alone for a request that goes on where the last one ended.
 *
 * Seek over a share x of the full stroke takes
 *
 *   seek (x) = t + b sqrt (x) + c x
 *
 * (short seeks accelerate and brake, long ones coast). t is the track-to-track
 * time; b and c follow from the two other figures on a data sheet: the full
 * stroke, seek (1) = f, and the mean over random pairs of positions, seek
 * averaged with the density 2 (1 - x) of their distance, m:
 *
 *   t +      b +     c = f
 *   t + 8/15 b + 1/3 c = m      =>   b = (15 m - 10 t - 5 f) / 3,
 *                                    c = f - t - b
 *
 * The law rises everywhere if b >= 0 and b/2 + c >= 0; check () says so.
 *
 * Rotation: the wanted sector is anywhere on the track, so the wait is uniform
 * in [0, one turn). Transfer: size / media rate.
 *
 * Sequential: a request that starts at the end of the last one, or up to
 * `sequential_window` behind it, neither seeks nor waits; the skipped bytes
 * pass under the head at the media rate. The controller works meanwhile, so its
 * overhead shows only where it is longer than the transfer: large sequential
 * requests reach the media rate, small ones are bound by the overhead.
 *
 * Units: ns, bytes. Positions beyond the capacity count as the last.
 *
 * Cost: O(1), a square root and a random number a request.
 *
 * Left out: zones (the outer tracks are up to twice as fast), write settling,
 * the write cache, reordering, the angle at which the last request ended.
 *
 * Source: C. Ruemmler and J. Wilkes, "An introduction to disk drive modeling",
 * IEEE Computer 27(3), 1994 (components of the service time); E. Lee and R.
 * Katz, "An analytic performance model of disk arrays", SIGMETRICS 1993 (the
 * law with three figures).
 */
#include <math.h>

#include <vhm/base/require.h>
#include <vhm/model/disk.h>

struct config {
  uint64_t turns_per_min;
  uint64_t track_ns, average_ns, full_ns, overhead_ns;
  uint64_t rate; /* bytes per second */
  uint64_t capacity_bytes, window_bytes;
};

struct hdd {
  const struct config *config;
  struct vhm_rng rng;
  uint64_t turn_ns;
  double sqrt_ns, linear_ns; /* b and c */
  uint64_t head_bytes;       /* end of the last request */
};

static double
sqrt_part (const struct config *config)
{
  return (15.0 * (double) config->average_ns - 10.0 * (double) config->track_ns
          - 5.0 * (double) config->full_ns)
         / 3.0;
}

static double
linear_part (const struct config *config)
{
  return (double) config->full_ns - (double) config->track_ns
         - sqrt_part (config);
}

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct hdd *hdd = state;
  hdd->config = config;
  hdd->rng = *rng;
  hdd->turn_ns = VHM_NS_PER_MIN / hdd->config->turns_per_min;
  hdd->sqrt_ns = sqrt_part (hdd->config);
  hdd->linear_ns = linear_part (hdd->config);
}

static uint64_t
transfer_ns (const struct hdd *hdd, uint64_t size_bytes)
{
  unsigned __int128 parts = (unsigned __int128) size_bytes * VHM_NS_PER_S;
  return (uint64_t) (parts / hdd->config->rate);
}

static uint64_t
seek_ns (const struct hdd *hdd, uint64_t from_bytes, uint64_t to_bytes)
{
  uint64_t far = MAX (from_bytes, to_bytes), near = MIN (from_bytes, to_bytes);
  double x = (double) (far - near) / (double) hdd->config->capacity_bytes;
  return hdd->config->track_ns
         + (uint64_t) (hdd->sqrt_ns * sqrt (x) + hdd->linear_ns * x);
}

static uint64_t
service_ns (void *state, const struct vhm_disk_request *request)
{
  struct hdd *hdd = state;
  const struct config *config = hdd->config;
  uint64_t head = hdd->head_bytes;
  uint64_t at = MIN (request->at_bytes, config->capacity_bytes);
  uint64_t ns = transfer_ns (hdd, request->size_bytes);
  hdd->head_bytes = MIN (at + request->size_bytes, config->capacity_bytes);
  if (at >= head && at - head <= config->window_bytes)
    ns = MAX (ns + transfer_ns (hdd, at - head), config->overhead_ns);
  else
    ns += config->overhead_ns + seek_ns (hdd, head, at)
          + vhm_rng_below (&hdd->rng, hdd->turn_ns);
  return MAX (ns, 1);
}

static void
check (const void *data, vhm_schema_complain complain, void *reader)
{
  const struct config *config = data;
  if (config->average_ns < config->track_ns)
    complain (reader, "average_seek", "is below track_seek",
              "the mean over random pairs of positions");
  else if (config->full_ns < config->average_ns)
    complain (reader, "full_seek", "is below average_seek",
              "the time from the first to the last track");
  else if (sqrt_part (config) < 0
           || sqrt_part (config) / 2 + linear_part (config) < 0)
    complain (reader, "average_seek",
              "does not fit a seek time that rises with distance",
              "about a third of the way from track_seek to full_seek, or "
              "somewhat more");
}

#define FIELD(name) offsetof (struct config, name)

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
};

static uint64_t
capacity_bytes (const void *config)
{
  return ((const struct config *) config)->capacity_bytes;
}

static const struct vhm_disk_ops ops = { .init = init,
                                         .service_ns = service_ns,
                                         .capacity_bytes = capacity_bytes };

const struct vhm_plugin vhm_disk_hdd = {
  .kind = VHM_PLUGIN_DISK,
  .name = "hdd",
  .summary = "magnetic disk: seek, rotation, transfer, sequential detection",
  .config = { .name = "hdd",
              .help = "a magnetic disk, one request after the other",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct hdd),
  .ops = &ops,
};
