/* All plug-ins of the program, from models/registry.def; NULL at the end. */
#ifndef VHM_HOST_REGISTRY_H
#define VHM_HOST_REGISTRY_H

#include <vhm/sim/plugin.h>

extern const struct vhm_plugin *const vhm_all_plugins[];

#endif
