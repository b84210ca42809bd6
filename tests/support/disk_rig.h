/* A disk model in which requests overlap, with a config of the test's making
 * and no queue before it: what it says about each request it takes. */
#ifndef VHM_TESTS_DISK_RIG_H
#define VHM_TESTS_DISK_RIG_H

#include <vhm/model/disk.h>

#include "plugin_config.h"

extern const struct vhm_plugin vhm_disk_flash;
extern const struct vhm_plugin vhm_disk_network;
extern const struct vhm_plugin vhm_disk_far_memory;

struct disk_rig {
  const struct vhm_disk_ops *ops;
  void *config, *state;
};

static inline void
disk_rig_open (struct disk_rig *rig, const struct vhm_plugin *plugin,
               const struct setting *settings, size_t n)
{
  struct vhm_rng rng = { { 1, 2, 3, 4 } };
  rig->ops = plugin->ops;
  rig->config = plugin_config (plugin, settings, n);
  rig->state = g_malloc0 (plugin->state_size);
  rig->ops->init (rig->state, rig->config, &rng);
}

static inline void
disk_rig_close (struct disk_rig *rig)
{
  g_free (rig->config);
  g_free (rig->state);
}

static inline uint64_t
disk_rig_read (struct disk_rig *rig, uint64_t now_ns, uint64_t at_bytes,
               uint64_t size_bytes)
{
  struct vhm_disk_request request
      = { .at_bytes = at_bytes, .size_bytes = size_bytes };
  return rig->ops->end_ns (rig->state, &request, now_ns);
}

static inline uint64_t
disk_rig_write (struct disk_rig *rig, uint64_t now_ns, uint64_t at_bytes,
                uint64_t size_bytes)
{
  struct vhm_disk_request request
      = { .at_bytes = at_bytes, .size_bytes = size_bytes, .is_write = true };
  return rig->ops->end_ns (rig->state, &request, now_ns);
}

#endif
