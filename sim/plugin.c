/* Looks plug-ins up by kind and name in the table it is given. */
#include <vhm/sim/plugin.h>

#include <string.h>
#include <vhm/base/require.h>

const char *
vhm_plugin_kind_name (enum vhm_plugin_kind kind)
{
  switch (kind) {
  case VHM_PLUGIN_WORKLOAD:
    return "workload";
  case VHM_PLUGIN_GUEST_OS:
    return "guest_os";
  case VHM_PLUGIN_BALANCER:
    return "balancer";
  case VHM_PLUGIN_DISK:
    return "disk";
  case VHM_PLUGIN_SCHEDULER:
    return "scheduler";
  case VHM_N_PLUGIN_KINDS:
    break;
  }
  vhm_require_failed ("a known kind of plug-in", __FILE__, __LINE__);
}

const struct vhm_plugin *
vhm_plugin_find (vhm_registry registry, enum vhm_plugin_kind kind,
                 const char *name)
{
  for (; *registry; registry++)
    if ((*registry)->kind == kind && strcmp ((*registry)->name, name) == 0)
      return *registry;
  return NULL;
}
