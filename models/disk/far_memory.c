/* Times of memory that is not the host's own: of another host by remote direct
 * memory access (RDMA), or of a memory device such as one on CXL. Pages are
 * copied as blocks; a latency, and one lane for each direction.
 *
 *   end = (end on the lane) + latency,   time on the lane = size / bandwidth
 *
 * Reads share the lane towards the host, writes the lane away from it, each in
 * order; reads and writes do not hinder each other, as links of this kind are
 * full duplex. The latency overlaps with that of others, at most `depth` at
 * once. Each lane is an M/D/1 queue to requests that arrive at random; where
 * the transfer is nothing beside the latency, places are as M/D/depth (theory
 * tests).
 *
 * Units: ns, bytes. Cost: O(1), 24 bytes.
 *
 * Left out: loads and stores to such memory without a copy, which are no
 * requests to a device; time of the processor that copies or asks; acknowledge
 * of writes on the other lane; contention in the far memory itself.
 *
 * Source: Blowfish, section 2.1 (4 KB over 100 Gb/s RDMA take below 5 us).
 */
#include <vhm/model/disk.h>

#include "server.h"

struct config {
  uint64_t latency_ns;
  uint64_t bandwidth; /* of a direction, bytes per second */
  uint64_t depth;
  uint64_t capacity_bytes;
};

struct far_memory {
  const struct config *config;
  struct disk_server to_host, from_host;
};

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct far_memory *far = state;
  far->config = config;
  (void) rng;
}

static uint64_t
end_ns (void *state, const struct vhm_disk_request *request, uint64_t now_ns)
{
  struct far_memory *far = state;
  const struct config *config = far->config;
  uint64_t ns = disk_transfer_ns (request->size_bytes, config->bandwidth);
  struct disk_server *lane
      = request->is_write ? &far->from_host : &far->to_host;
  return disk_serve (lane, now_ns, ns) + config->latency_ns;
}

static uint64_t
capacity_bytes (const void *config)
{
  return ((const struct config *) config)->capacity_bytes;
}

static uint64_t
depth (const void *config)
{
  return ((const struct config *) config)->depth;
}

#define FIELD(name) offsetof (struct config, name)

static const struct vhm_param params[] = {
  { .key = "latency",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (latency_ns),
    .fallback = "4600 ns",
    .min = "1 ns",
    .max = "1 s",
    .help = "of a request without its transfer; overlaps with that of others; "
            "less on CXL",
    .source = "Blowfish, section 2.1: 4 KB over 100 Gb/s RDMA in below 5 us; "
              "less 0.33 us of transfer, so an upper bound" },
  { .key = "bandwidth",
    .type = VHM_PARAM_RATE,
    .offset = FIELD (bandwidth),
    .fallback = "12500 MB/s",
    .min = "1 MB/s",
    .max = "1000 GB/s",
    .help = "rate of one direction; reads and writes have a lane each",
    .source = "100 Gb/s, the link of the latency" },
  { .key = "depth",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (depth),
    .fallback = "64",
    .min = "1",
    .max = "1024",
    .help = "requests on their way at once; more of them wait in order",
    .source = "assumed: enough to fill the link with pages: 5 us at 100 Gb/s "
              "are 15 of them" },
  { .key = "capacity",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (capacity_bytes),
    .fallback = "256 GiB",
    .min = "1 GiB",
    .max = "1024 TiB",
    .help = "size of the far memory; changes no time, bounds the page files "
            "in it",
    .source = "assumed: about the memory of another host" },
};

static const struct vhm_disk_ops ops = { .init = init,
                                         .capacity_bytes = capacity_bytes,
                                         .end_ns = end_ns,
                                         .depth = depth };

const struct vhm_plugin vhm_disk_far_memory = {
  .kind = VHM_PLUGIN_DISK,
  .name = "far-memory",
  .summary = "memory elsewhere (RDMA, CXL): latency, a lane each for reads and "
             "writes",
  .config = { .name = "far-memory",
              .help = "memory elsewhere, pages copied as blocks",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct far_memory),
  .ops = &ops,
};
