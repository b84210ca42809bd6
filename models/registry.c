/* Turns the lines of registry.def into the table of plug-ins. */
#include <vhm/host/registry.h>

#include <stddef.h>

#define VHM_PLUGIN(id) extern const struct vhm_plugin vhm_##id;
#include "registry.def"
#undef VHM_PLUGIN

const struct vhm_plugin *const vhm_all_plugins[] = {
#define VHM_PLUGIN(id) &vhm_##id,
#include "registry.def"
#undef VHM_PLUGIN
  NULL
};
