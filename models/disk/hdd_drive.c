/* What a magnetic disk does when: two servers, the arm over the platters and the
 * link to the host.
 *
 * Over the link alone go, in order of arrival, writes while the cache has room
 * and reads of what it or a segment of read-ahead (hdd_ahead.c) holds; a write behind one that waits for room waits, too:
 *
 *   overhead + size / interface
 *
 * All else needs the arm, one at a time, in the order of hdd_order.c. A write
 * that waits for room stands there for the range that is destaged next: when its
 * turn comes, that range is. So with a full cache reads and destaging share the
 * arm as the order says. While the cache has room the arm reads ahead after a
 * read, then destages once it has had no request for `destage_after`, and goes on
 * until a request comes. A request waits for the end of a range that is destaged
 * and of the minimum of read-ahead; what is read beyond that it cuts short.
 *
 * Who reads one thing after the other has nothing waiting between two of them;
 * to turn to a write then costs two long seeks for nothing ("deceptive
 * idleness"). So with reads_first the arm stays free for `slice_idle` after a
 * read, unless who is next has waited for max_wait.
 *
 * What the arm does by itself is worked out when the drive is asked next
 * (catch_up): it cannot matter before. So there are no events for it, but one
 * when a request waits for its end.
 *
 * Invariant: arm_free_ns, link_free_ns never fall. Units: ns, bytes. Cost of a
 * request: O(queue_depth (segments + log ranges)), and of each destaged range
 * O(ranges).
 *
 * Left out: the data of arm requests on the link, which they pass while the
 * platters turn; dirty bytes as a part of a larger read, which is read from the
 * platters as if there were none; telling apart for whom idling is worth it.
 *
 * Source: S. Iyer and P. Druschel, "Anticipatory scheduling: a disk scheduling
 * framework to overcome deceptive idleness in synchronous I/O", SOSP 2001. From
 * memory, unchecked.
 */
#include "hdd_drive.h"

#include <vhm/base/require.h>

#include "hdd_order.h"
#include "server.h"

void
hdd_drive_init (struct hdd_drive *drive, const struct hdd_config *config,
                const struct vhm_rng *rng)
{
  drive->config = config;
  hdd_arm_init (&drive->arm, config, rng);
  hdd_ahead_init (&drive->ahead, config);
  if (config->has_write_cache)
    drive->cache.room_bytes
        = config->cache_bytes - config->n_segments * config->ahead_bytes;
}

void
hdd_drive_clear (struct hdd_drive *drive)
{
  hdd_cache_clear (&drive->cache);
}

static struct hdd_extent
extent_of (const struct vhm_disk_request *request)
{
  return (struct hdd_extent){ request->at_bytes,
                              request->at_bytes + request->size_bytes };
}

static void
destage (struct hdd_drive *drive, uint64_t begin_ns)
{
  struct hdd_extent extent = hdd_cache_next (&drive->cache, &drive->arm);
  hdd_ahead_stop (&drive->ahead);
  hdd_cache_take (&drive->cache, extent);
  drive->arm_free_ns = begin_ns
                       + hdd_arm_serve (&drive->arm, extent.begin_bytes,
                                        extent.end_bytes - extent.begin_bytes);
}

/* When the arm, left to itself, begins to destage. */
static uint64_t
destage_ns (const struct hdd_drive *drive)
{
  uint64_t idle_ns = drive->request_end_ns + drive->config->destage_after_ns;
  uint64_t ahead_ns = hdd_ahead_end_ns (&drive->ahead);
  return MAX (MAX (drive->arm_free_ns, idle_ns),
              MAX (drive->written_ns, ahead_ns));
}

/* What the arm did by itself before now_ns. */
static void
catch_up (struct hdd_drive *drive, uint64_t now_ns)
{
  struct hdd_cache *cache = &drive->cache;
  while (drive->arm_free_ns <= now_ns) {
    hdd_cache_land (cache);
    uint64_t begin_ns = destage_ns (drive);
    if (cache->dirty.n == 0 || begin_ns >= now_ns)
      break;
    hdd_ahead_advance (&drive->ahead, &drive->arm, begin_ns);
    destage (drive, begin_ns);
  }
  hdd_ahead_advance (&drive->ahead, &drive->arm, now_ns);
}

enum way { BY_LINK, BY_ARM, BY_ROOM, BEHIND_ROOM };

static enum way
way_of_write (const struct hdd_drive *drive,
              const struct vhm_disk_request *request, bool is_full)
{
  const struct hdd_cache *cache = &drive->cache;
  if (!drive->config->has_write_cache
      || !hdd_cache_can_hold (cache, request->size_bytes))
    return BY_ARM;
  if (is_full)
    return BEHIND_ROOM;
  return hdd_cache_has_room (cache, extent_of (request)) ? BY_LINK : BY_ROOM;
}

/* How a request is served now: over the link, by the arm, once the arm has made
 * room for it in the cache, or not before one that waits for room. */
static enum way
way_of (const struct hdd_drive *drive, const struct vhm_disk_request *request,
        bool is_full)
{
  struct hdd_extent extent = extent_of (request);
  if (request->is_write)
    return way_of_write (drive, request, is_full);
  return hdd_cache_holds (&drive->cache, extent)
                 || hdd_ahead_holds (&drive->ahead, extent)
             ? BY_LINK
             : BY_ARM;
}

/* Where the arm goes for a request, or to make room for it; nowhere if what would
 * make room is on its way already. */
static uint64_t
place_of (const struct hdd_drive *drive, const struct vhm_disk_request *request,
          enum way way)
{
  if (way == BY_ARM && request->is_write)
    return request->at_bytes;
  if (way == BY_ARM)
    return hdd_ahead_missing (&drive->ahead, extent_of (request)).begin_bytes;
  if (drive->cache.dirty.n == 0)
    return drive->arm.head_bytes;
  return hdd_cache_next (&drive->cache, &drive->arm).begin_bytes;
}

/* Who is served next: by the link the first, if it is free; else by the arm. */
struct next {
  uint64_t by_link; /* VHM_DISK_NONE */
  struct hdd_pick by_arm;
  enum way way; /* of that one */
};

static struct next
find_next (const struct hdd_drive *drive,
           const struct vhm_disk_waiting *waiting, uint64_t n, uint64_t now_ns)
{
  struct next next = { .by_link = VHM_DISK_NONE, .by_arm = HDD_PICK_NONE };
  bool is_link_free = drive->link_free_ns <= now_ns;
  bool has_arm_request = drive->request_end_ns > now_ns;
  bool is_full = false; /* for writes behind one that waits for room */
  for (uint64_t i = 0; i < n; i++) {
    const struct vhm_disk_request *request = &waiting[i].request;
    enum way way = way_of (drive, request, is_full);
    is_full |= way == BY_ROOM;
    if (way == BY_LINK && is_link_free) {
      next.by_link = i;
      return next;
    }
    if (way == BY_LINK || way == BEHIND_ROOM || has_arm_request)
      continue;
    hdd_order_offer (&next.by_arm, &drive->arm, waiting, i,
                     place_of (drive, request, way), now_ns);
    if (next.by_arm.index == i)
      next.way = way;
  }
  return next;
}

static struct vhm_disk_choice
serve_by_link (struct hdd_drive *drive, const struct vhm_disk_waiting *waiting,
               uint64_t index, uint64_t now_ns)
{
  const struct hdd_config *config = drive->config;
  const struct vhm_disk_request *request = &waiting[index].request;
  uint64_t ns = config->overhead_ns
                + disk_transfer_ns (request->size_bytes, config->interface);
  if (request->is_write) {
    hdd_cache_write (&drive->cache, extent_of (request));
    drive->written_ns = now_ns;
  } else
    hdd_ahead_hit (&drive->ahead, extent_of (request), now_ns);
  ns = MAX (ns, 1);
  drive->link_free_ns = now_ns + ns;
  if (!request->is_write)
    drive->read_end_ns = MAX (drive->read_end_ns, drive->link_free_ns);
  return (struct vhm_disk_choice){ .index = index, .service_ns = ns };
}

/* Reads what no segment holds, then at least the minimum of read-ahead. */
static uint64_t
read_ns (struct hdd_drive *drive, struct hdd_extent extent, uint64_t now_ns)
{
  const struct hdd_config *config = drive->config;
  struct hdd_extent missing = hdd_ahead_missing (&drive->ahead, extent);
  uint64_t size_bytes = missing.end_bytes - missing.begin_bytes;
  hdd_ahead_stop (&drive->ahead);
  uint64_t ns = hdd_arm_serve (&drive->arm, missing.begin_bytes, size_bytes);
  hdd_ahead_follow (&drive->ahead, missing, now_ns + ns);
  drive->arm_free_ns
      = now_ns + ns
        + disk_transfer_ns (config->least_ahead_bytes, config->rate);
  return ns;
}

static uint64_t
write_ns (struct hdd_drive *drive, struct hdd_extent extent, uint64_t now_ns)
{
  hdd_cache_supersede (&drive->cache, extent);
  hdd_ahead_stop (&drive->ahead);
  uint64_t ns = hdd_arm_serve (&drive->arm, extent.begin_bytes,
                               extent.end_bytes - extent.begin_bytes);
  drive->arm_free_ns = now_ns + ns;
  return ns;
}

static struct vhm_disk_choice
serve_by_arm (struct hdd_drive *drive, const struct vhm_disk_waiting *waiting,
              uint64_t index, uint64_t now_ns)
{
  const struct vhm_disk_request *request = &waiting[index].request;
  struct hdd_extent extent = extent_of (request);
  uint64_t ns = request->is_write ? write_ns (drive, extent, now_ns)
                                  : read_ns (drive, extent, now_ns);
  drive->request_end_ns = now_ns + ns;
  if (!request->is_write)
    drive->read_end_ns = MAX (drive->read_end_ns, drive->request_end_ns);
  return (struct vhm_disk_choice){ .index = index, .service_ns = ns };
}

/* Nobody now. */
static struct vhm_disk_choice
ask_again (uint64_t again_ns)
{
  return (struct vhm_disk_choice){ .index = VHM_DISK_NONE,
                                   .again_ns = again_ns };
}

/* Until when the arm stays free for reads, where the next one is no read. */
static uint64_t
idle_until_ns (const struct hdd_drive *drive,
               const struct vhm_disk_waiting *waiting,
               const struct hdd_pick *pick)
{
  const struct hdd_config *config = drive->config;
  if (!config->is_reads_first || pick->is_read)
    return 0;
  uint64_t overdue_ns = waiting[pick->index].since_ns + config->max_wait_ns + 1;
  return MIN (drive->read_end_ns + config->slice_idle_ns, overdue_ns);
}

struct vhm_disk_choice
hdd_drive_choose (struct hdd_drive *drive,
                  const struct vhm_disk_waiting *waiting, uint64_t n,
                  uint64_t now_ns)
{
  catch_up (drive, now_ns);
  struct next next = find_next (drive, waiting, n, now_ns);
  if (next.by_link != VHM_DISK_NONE)
    return serve_by_link (drive, waiting, next.by_link, now_ns);
  uint64_t index = next.by_arm.index;
  if (index == VHM_DISK_NONE)
    return ask_again (0);
  uint64_t free_ns
      = MAX (drive->arm_free_ns, idle_until_ns (drive, waiting, &next.by_arm));
  if (free_ns > now_ns)
    return ask_again (free_ns);
  if (next.way == BY_ARM)
    return serve_by_arm (drive, waiting, index, now_ns);
  destage (drive, now_ns);
  return ask_again (drive->arm_free_ns);
}
