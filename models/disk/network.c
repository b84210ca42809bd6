/* Times of storage behind a network: one link that all requests share in order,
 * and a round trip that overlaps with those of others.
 *
 *   end = (end on the link) + round_trip,   time on the link = size / bandwidth
 *
 * The data of reads and writes go over the same link, one after the other; the
 * way there, the work of the far side and the way back are one constant. So a
 * lone request takes size / bandwidth + round_trip, and with at most `depth` on
 * their way requests of one size end at no more than
 *
 *   min (bandwidth / size, depth / (size / bandwidth + round_trip))
 *
 * a second. Requests that arrive at random wait for the link as M/D/1; where
 * the transfer is nothing beside the round trip, for a place as M/D/depth
 * (theory tests).
 *
 * Units: ns, bytes. Cost: O(1), 16 bytes.
 *
 * Left out: directions of their own (see far-memory), headers and the requests
 * themselves on the link, loss and sending again, other traffic, the queue of
 * the device on the far side.
 */
#include <vhm/model/disk.h>

#include "server.h"

struct config {
  uint64_t round_trip_ns;
  uint64_t bandwidth; /* bytes per second */
  uint64_t depth;
};

struct network {
  const struct config *config;
  struct disk_server link;
};

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct network *network = state;
  network->config = config;
  (void) rng;
}

static uint64_t
end_ns (void *state, const struct vhm_disk_request *request, uint64_t now_ns)
{
  struct network *network = state;
  const struct config *config = network->config;
  uint64_t ns = disk_transfer_ns (request->size_bytes, config->bandwidth);
  return disk_serve (&network->link, now_ns, ns) + config->round_trip_ns;
}

static uint64_t
depth (const void *config)
{
  return ((const struct config *) config)->depth;
}

#define FIELD(name) offsetof (struct config, name)

static const struct vhm_param params[] = {
  { .key = "round_trip",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (round_trip_ns),
    .fallback = "200 us",
    .min = "1 ns",
    .max = "10 s",
    .help = "way there, work of the far side, way back; overlaps with that of "
            "other requests",
    .source = "assumed: order of magnitude within a building, far side with "
              "the data in memory; add its device if not" },
  { .key = "bandwidth",
    .type = VHM_PARAM_RATE,
    .offset = FIELD (bandwidth),
    .fallback = "1250 MB/s",
    .min = "100 kB/s",
    .max = "1000 GB/s",
    .help = "rate of the link that reads and writes share in order",
    .source = "10 Gb/s Ethernet (IEEE 802.3ae), without its headers" },
  { .key = "depth",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (depth),
    .fallback = "32",
    .min = "1",
    .max = "1024",
    .help = "requests on their way at once; more of them wait in order",
    .source = "assumed: as of a SATA drive; 1 is stop and wait" },
};

static const struct vhm_disk_ops ops
    = { .init = init, .end_ns = end_ns, .depth = depth };

const struct vhm_plugin vhm_disk_network = {
  .kind = VHM_PLUGIN_DISK,
  .name = "network",
  .summary = "storage behind a network: round trip, one link shared in order",
  .config = { .name = "network",
              .help = "storage behind a network, requests share one link",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct network),
  .ops = &ops,
};
