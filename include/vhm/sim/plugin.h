/* A plug-in is a value: one const descriptor in one file, and one line in
 * models/registry.def. The host allocates config and state, parses the config
 * from the scenario by `params`, and prints the help from the same table. */
#ifndef VHM_SIM_PLUGIN_H
#define VHM_SIM_PLUGIN_H

#include <stddef.h>

#include <vhm/sim/param.h>

enum vhm_plugin_kind {
  VHM_PLUGIN_WORKLOAD,
  VHM_PLUGIN_GUEST_OS,
  VHM_PLUGIN_BALANCER,
  VHM_PLUGIN_DISK,
  VHM_PLUGIN_SCHEDULER,
  VHM_N_PLUGIN_KINDS
};

struct vhm_plugin {
  enum vhm_plugin_kind kind;
  const char *name;    /* as written in a scenario */
  const char *summary; /* one line, for `vhm list` */
  struct vhm_schema config;
  size_t state_size; /* zeroed by the host */
  const void *ops;   /* struct vhm_<kind>_ops of include/vhm/model/<kind>.h */
};

/* The table of all plug-ins, NULL at its end. It is passed in by the composition
 * root: sim knows no model. */
typedef const struct vhm_plugin *const *vhm_registry;

const char *vhm_plugin_kind_name (enum vhm_plugin_kind kind);
const struct vhm_plugin *vhm_plugin_find (vhm_registry registry,
                                          enum vhm_plugin_kind kind,
                                          const char *name);

/* A field of type VHM_PARAM_PLUGIN in a config. */
struct vhm_plugin_choice {
  const struct vhm_plugin *plugin;
  void *config; /* owned by the scenario */
};

#endif
