/* The keys of a magnetic disk, which its parts share. */
#ifndef MODELS_DISK_HDD_H
#define MODELS_DISK_HDD_H

#include <stdbool.h>
#include <stdint.h>

enum hdd_order {
  HDD_ORDER_ARRIVAL,
  HDD_ORDER_ELEVATOR,
  HDD_ORDER_NEAREST,
  HDD_N_ORDERS
};

struct hdd_config {
  uint64_t turns_per_min;
  uint64_t track_ns, average_ns, full_ns, overhead_ns;
  uint64_t rate; /* bytes per second */
  uint64_t capacity_bytes, window_bytes;
  uint64_t queue_depth, max_wait_ns;
  int order; /* enum hdd_order */
  bool is_reads_first;
  uint64_t slice_idle_ns;
  uint64_t cache_bytes, interface; /* interface: bytes per second */
  bool has_write_cache;
  uint64_t destage_after_ns;
  uint64_t n_segments, ahead_bytes, least_ahead_bytes; /* of each segment */
};

#endif
