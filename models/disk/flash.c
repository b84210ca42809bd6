/* Times of a flash drive: channels that work side by side, each on one flash
 * page after the other.
 *
 * A channel is held by a flash page for
 *
 *   read:  read_latency    + bytes / rate   (cells to register, then the bus)
 *   write: program_latency + bytes / rate   (the bus, then register to cells)
 *
 * A request is cut at flash pages and is done when the last of them is. Reads
 * go where the data lie: flash page number n is on channel n mod channels. A
 * write may go anywhere, since the drive writes to erased pages and keeps a
 * map: each page takes the channel that is free first, the lowest of equals.
 * The drive holds at most `depth` requests and gives them to the channels in
 * order.
 *
 * What follows, for requests of one page that arrive at random (theory tests):
 * writes alone are served as by one queue before c servers, M/D/c; reads alone,
 * of random positions, as by c queues of one server each, M/D/1.
 *
 * Assumes that what was written is, to later reads, spread like positions are;
 * the map itself is not kept.
 *
 * Units: ns, bytes. Cost: of a read O(min (pages, channels)), of a write
 * O(pages x channels); 8 bytes a channel.
 *
 * Left out: erasing and collecting garbage, with the pauses they cause, since
 * no source at hand gives a pause that belongs to these latencies; dies and
 * planes that work side by side within a channel; programs interrupted for a
 * read; caches; the link to the host and the controller, which are fast against
 * the cells.
 *
 * Source: N. Agrawal et al., "Design tradeoffs for SSD performance", USENIX ATC
 * 2008 (the parts of the drive, striping, the map).
 */
#include <vhm/base/require.h>
#include <vhm/model/disk.h>

#include "server.h"

#define MAX_CHANNELS 64 /* of the table below; large drives have 8 to 32 */

struct config {
  uint64_t n_channels, depth;
  uint64_t read_ns, program_ns;
  uint64_t rate; /* of a channel, bytes per second */
  uint64_t page_bytes, capacity_bytes;
};

struct flash {
  const struct config *config;
  struct disk_server channels[MAX_CHANNELS];
};

/* The flash pages of a request; an empty one looks at one page. */
struct span {
  uint64_t first, n;
  uint64_t before_bytes; /* not asked, of the first */
  uint64_t behind_bytes; /* not asked, of the last */
};

static void
init (void *state, const void *config, const struct vhm_rng *rng)
{
  struct flash *flash = state;
  flash->config = config;
  VHM_REQUIRE (flash->config->n_channels <= MAX_CHANNELS);
  (void) rng;
}

static struct span
span_of (const struct config *config, const struct vhm_disk_request *request)
{
  uint64_t page_bytes = config->page_bytes;
  uint64_t end_bytes = request->at_bytes + request->size_bytes;
  uint64_t last = (MAX (end_bytes, request->at_bytes + 1) - 1) / page_bytes;
  struct span span = { .first = request->at_bytes / page_bytes };
  span.n = last - span.first + 1;
  span.before_bytes = request->at_bytes - span.first * page_bytes;
  span.behind_bytes = (last + 1) * page_bytes - end_bytes;
  return span;
}

/* Bytes asked of n_pages pages of a span, from page `first` of it to `last`. */
static uint64_t
asked_bytes (const struct config *config, const struct span *span,
             uint64_t first, uint64_t last, uint64_t n_pages)
{
  return n_pages * config->page_bytes - (first == 0 ? span->before_bytes : 0)
         - (last == span->n - 1 ? span->behind_bytes : 0);
}

static uint64_t
read_end_ns (struct flash *flash, const struct span *span, uint64_t now_ns)
{
  const struct config *config = flash->config;
  uint64_t n_channels = config->n_channels, end_ns = now_ns;
  for (uint64_t i = 0; i < MIN (span->n, n_channels); i++) {
    uint64_t steps = (span->n - 1 - i) / n_channels;
    uint64_t bytes
        = asked_bytes (config, span, i, i + steps * n_channels, steps + 1);
    uint64_t ns = (steps + 1) * config->read_ns
                  + disk_transfer_ns (bytes, config->rate);
    struct disk_server *channel
        = &flash->channels[(span->first + i) % n_channels];
    uint64_t part_end_ns = disk_serve (channel, now_ns, ns);
    end_ns = MAX (end_ns, part_end_ns);
  }
  return end_ns;
}

static struct disk_server *
free_first (struct flash *flash)
{
  struct disk_server *best = flash->channels;
  for (uint64_t i = 1; i < flash->config->n_channels; i++)
    if (flash->channels[i].free_ns < best->free_ns)
      best = &flash->channels[i];
  return best;
}

static uint64_t
write_end_ns (struct flash *flash, const struct span *span, uint64_t now_ns)
{
  const struct config *config = flash->config;
  uint64_t end_ns = now_ns;
  for (uint64_t i = 0; i < span->n; i++) {
    uint64_t bytes = asked_bytes (config, span, i, i, 1);
    uint64_t ns = config->program_ns + disk_transfer_ns (bytes, config->rate);
    uint64_t part_end_ns = disk_serve (free_first (flash), now_ns, ns);
    end_ns = MAX (end_ns, part_end_ns);
  }
  return end_ns;
}

static uint64_t
end_ns (void *state, const struct vhm_disk_request *request, uint64_t now_ns)
{
  struct flash *flash = state;
  struct span span = span_of (flash->config, request);
  return request->is_write ? write_end_ns (flash, &span, now_ns)
                           : read_end_ns (flash, &span, now_ns);
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
  { .key = "channels",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (n_channels),
    .fallback = "8",
    .min = "1",
    .max = G_STRINGIFY (MAX_CHANNELS),
    .help = "channels that work side by side; flash pages lie on them in turn",
    .source = "assumed: usual number of a SATA drive" },
  { .key = "depth",
    .type = VHM_PARAM_COUNT,
    .offset = FIELD (depth),
    .fallback = "32",
    .min = "1",
    .max = "1024",
    .help = "requests in the drive at once; more of them wait in order",
    .source = "Serial ATA, native command queuing: up to 32 commands" },
  { .key = "read_latency",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (read_ns),
    .fallback = "50 us",
    .min = "1 ns",
    .max = "1 s",
    .help = "from the cells of a flash page to the register of its channel",
    .source = "assumed: order of magnitude of cells of two bits" },
  { .key = "program_latency",
    .type = VHM_PARAM_TIME,
    .offset = FIELD (program_ns),
    .fallback = "600 us",
    .min = "1 ns",
    .max = "1 s",
    .help = "from the register of a channel to the cells of a flash page",
    .source = "assumed: order of magnitude of cells of two bits" },
  { .key = "rate",
    .type = VHM_PARAM_RATE,
    .offset = FIELD (rate),
    .fallback = "160 MB/s",
    .min = "1 MB/s",
    .max = "100 GB/s",
    .help = "transfer rate of one channel, between register and controller",
    .source = "assumed: order of magnitude of a synchronous bus of 2010" },
  { .key = "page",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (page_bytes),
    .fallback = "4 KiB",
    .min = "512 B",
    .max = "1 MiB",
    .help = "size of a flash page; a request is cut at its borders",
    .source = "assumed: one page of the guest; larger ones are read for a part "
              "in the same latency" },
  { .key = "capacity",
    .type = VHM_PARAM_BYTES,
    .offset = FIELD (capacity_bytes),
    .fallback = "256 GiB",
    .min = "1 GiB",
    .max = "1024 TiB",
    .help = "size of the drive; changes no time, bounds the page files on it",
    .source = "assumed: common size of 2012" },
};

static const struct vhm_disk_ops ops = { .init = init,
                                         .capacity_bytes = capacity_bytes,
                                         .end_ns = end_ns,
                                         .depth = depth };

const struct vhm_plugin vhm_disk_flash = {
  .kind = VHM_PLUGIN_DISK,
  .name = "flash",
  .summary = "flash drive: channels side by side, read and program latency, "
             "transfer, queue depth",
  .config = { .name = "flash",
              .help = "a flash drive, requests on different channels overlap",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct flash),
  .ops = &ops,
};
