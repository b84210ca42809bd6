/* A server of a device: takes jobs in the order in which they are given to it
 * and is free again when the last one ends.
 *
 *   end = max (now, free) + service
 *
 * So a job's time is known when it is given: no events inside a device.
 *
 * Invariant: free_ns never falls. Units: ns since the start, bytes, bytes per
 * second. Cost: O(1), 8 bytes.
 */
#ifndef MODELS_DISK_SERVER_H
#define MODELS_DISK_SERVER_H

#include <vhm/base/units.h>

struct disk_server {
  uint64_t free_ns;
};

/* When a job given at now_ns ends. */
static inline uint64_t
disk_serve (struct disk_server *server, uint64_t now_ns, uint64_t service_ns)
{
  uint64_t begin_ns = server->free_ns > now_ns ? server->free_ns : now_ns;
  server->free_ns = begin_ns + service_ns;
  return server->free_ns;
}

/* Time of size_bytes at a rate > 0 in bytes per second, rounded up. */
static inline uint64_t
disk_transfer_ns (uint64_t size_bytes, uint64_t rate)
{
  unsigned __int128 parts = (unsigned __int128) size_bytes * VHM_NS_PER_S;
  return (uint64_t) ((parts + rate - 1) / rate);
}

#endif
