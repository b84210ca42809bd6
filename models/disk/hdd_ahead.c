/* Read-ahead of a magnetic disk. When a read ends the arm reads on behind it at
 * the rate of the media, up to read_ahead bytes, while nobody wants it:
 *
 *   held until = end of the read + min (read_ahead, rate x time since)
 *
 * into one of `segments` segments, each of which holds the last read_ahead bytes
 * read into it: the one that the read goes on in, else the one used longest ago.
 * A read from the segment that the arm reads into moves its aim on, so a single
 * stream is never left behind. So as many sequential streams as segments, read by
 * turns, each find what was read ahead for them; of one more than segments none
 * does, since the one used longest ago is the one that is wanted next (tests).
 *
 * A read that begins in a segment and ends behind it needs the arm for the rest
 * alone; where the arm is reading into that segment it neither seeks nor waits.
 *
 * Assumes: as in hdd_arm.c, the head goes on where it stands at any time without
 * waiting for the platter. Left out: segments of unlike sizes; keeping what was
 * written for reads. A write into a segment is put into it, too, and costs
 * nothing.
 *
 * Source: SCSI, caching mode page (minimum and maximum prefetch, number of cache
 * segments). From memory, unchecked.
 */
#include "hdd_ahead.h"

#include <glib.h>

#include <vhm/base/units.h>

#include "server.h"

void
hdd_ahead_init (struct hdd_ahead *ahead, const struct hdd_config *config)
{
  ahead->config = config;
  ahead->filling = HDD_NO_SEGMENT;
}

static uint64_t
n_segments (const struct hdd_ahead *ahead)
{
  return ahead->config->ahead_bytes > 0 ? ahead->config->n_segments : 0;
}

/* The segment that holds at_bytes or ends there. */
static uint64_t
segment_at (const struct hdd_ahead *ahead, uint64_t at_bytes)
{
  for (uint64_t i = 0; i < n_segments (ahead); i++) {
    struct hdd_extent held = ahead->segments[i].held;
    if (held.begin_bytes < held.end_bytes && held.begin_bytes <= at_bytes
        && at_bytes <= held.end_bytes)
      return i;
  }
  return HDD_NO_SEGMENT;
}

struct hdd_extent
hdd_ahead_missing (const struct hdd_ahead *ahead, struct hdd_extent extent)
{
  uint64_t i = segment_at (ahead, extent.begin_bytes);
  if (i != HDD_NO_SEGMENT)
    extent.begin_bytes
        = MIN (ahead->segments[i].held.end_bytes, extent.end_bytes);
  return extent;
}

bool
hdd_ahead_holds (const struct hdd_ahead *ahead, struct hdd_extent extent)
{
  struct hdd_extent missing = hdd_ahead_missing (ahead, extent);
  return extent.begin_bytes < extent.end_bytes
         && missing.begin_bytes == missing.end_bytes;
}

static uint64_t
until (const struct hdd_ahead *ahead, uint64_t end_bytes)
{
  const struct hdd_config *config = ahead->config;
  uint64_t last = MAX (config->capacity_bytes, end_bytes);
  return MIN (end_bytes + config->ahead_bytes, last);
}

void
hdd_ahead_hit (struct hdd_ahead *ahead, struct hdd_extent extent,
               uint64_t now_ns)
{
  uint64_t i = segment_at (ahead, extent.begin_bytes);
  if (i == HDD_NO_SEGMENT)
    return;
  ahead->segments[i].used_ns = now_ns;
  uint64_t until_bytes = until (ahead, extent.end_bytes);
  if (i != ahead->filling || until_bytes <= ahead->until_bytes)
    return;
  if (hdd_ahead_end_ns (ahead) < now_ns) { /* it had stopped there */
    ahead->from_ns = now_ns;
    ahead->from_bytes = ahead->until_bytes;
  }
  ahead->until_bytes = until_bytes;
}

/* The one of the stream, else the one used longest ago, of equals the first. */
static uint64_t
segment_for (const struct hdd_ahead *ahead, uint64_t at_bytes)
{
  uint64_t oldest = 0, i = segment_at (ahead, at_bytes);
  if (i != HDD_NO_SEGMENT)
    return i;
  for (i = 1; i < n_segments (ahead); i++)
    if (ahead->segments[i].used_ns < ahead->segments[oldest].used_ns)
      oldest = i;
  return oldest;
}

void
hdd_ahead_follow (struct hdd_ahead *ahead, struct hdd_extent extent,
                  uint64_t end_ns)
{
  if (n_segments (ahead) == 0)
    return;
  uint64_t i = segment_for (ahead, extent.begin_bytes);
  struct hdd_segment *segment = &ahead->segments[i];
  if (segment_at (ahead, extent.begin_bytes) != i) /* nothing until end_ns */
    segment->held
        = (struct hdd_extent){ extent.begin_bytes, extent.begin_bytes };
  segment->used_ns = end_ns;
  ahead->filling = i;
  ahead->from_ns = end_ns;
  ahead->from_bytes = extent.end_bytes;
  ahead->until_bytes = until (ahead, extent.end_bytes);
}

void
hdd_ahead_advance (struct hdd_ahead *ahead, struct hdd_arm *arm,
                   uint64_t now_ns)
{
  if (ahead->filling == HDD_NO_SEGMENT || now_ns < ahead->from_ns)
    return;
  struct hdd_extent *held = &ahead->segments[ahead->filling].held;
  unsigned __int128 parts
      = (unsigned __int128) (now_ns - ahead->from_ns) * ahead->config->rate;
  uint64_t room = ahead->until_bytes - ahead->from_bytes;
  uint64_t more = (uint64_t) MIN (parts / VHM_NS_PER_S, room);
  held->end_bytes = ahead->from_bytes + more;
  if (held->end_bytes - held->begin_bytes > ahead->config->ahead_bytes)
    held->begin_bytes = held->end_bytes - ahead->config->ahead_bytes;
  arm->head_bytes = MIN (held->end_bytes, ahead->config->capacity_bytes);
}

uint64_t
hdd_ahead_end_ns (const struct hdd_ahead *ahead)
{
  if (ahead->filling == HDD_NO_SEGMENT)
    return 0;
  uint64_t size_bytes = ahead->until_bytes - ahead->from_bytes;
  return ahead->from_ns + disk_transfer_ns (size_bytes, ahead->config->rate);
}

void
hdd_ahead_stop (struct hdd_ahead *ahead)
{
  ahead->filling = HDD_NO_SEGMENT;
}
