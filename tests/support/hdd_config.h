/* The magnetic disk with the values its table gives as defaults. */
#ifndef VHM_TESTS_HDD_CONFIG_H
#define VHM_TESTS_HDD_CONFIG_H

#include <vhm/base/units.h>

#include "plugin_config.h"

extern const struct vhm_plugin vhm_disk_hdd;

static const struct setting hdd_settings[] = {
  { "rpm", 7200 },
  { "track_seek", 1000000 },
  { "average_seek", 8000000 },
  { "full_seek", 18000000 },
  { "rate", 120 * VHM_MIB },
  { "capacity", VHM_TIB },
  { "sequential_window", 64 * VHM_KIB },
  { "overhead", 100000 },
  { "queue_depth", 1 },
  { "order", 2 }, /* nearest */
  { "reads_first", false },
  { "slice_idle", 0 },
  { "max_wait", VHM_NS_PER_S },
  { "cache", 0 },
  { "write_cache", false },
  { "destage_after", 10000000 },
  { "read_ahead", 0 },
  { "read_ahead_minimum", 0 },
  { "segments", 16 },
  { "interface", 300000000 },
};

static inline void *
hdd_config (void)
{
  return plugin_config (&vhm_disk_hdd, hdd_settings,
                        G_N_ELEMENTS (hdd_settings));
}

#endif
