/* Words about one row of a parameter table, shared by all who print them. */
#ifndef VHM_SIM_SCHEMA_PART_H
#define VHM_SIM_SCHEMA_PART_H

#include <vhm/sim/plugin.h>

/* "a time, like 8 h, 30 s", "one of: a, b", "a balancer: static, esx". */
char *vhm_param_forms (const struct vhm_param *param, vhm_registry registry);
/* "required", "none" or the default as written. */
const char *vhm_param_default (const struct vhm_param *param);
/* "from 1 s to 8 h", "at least 1 s", or "" without bounds. */
char *vhm_param_range (const struct vhm_param *param);
bool vhm_param_has_plugin (const struct vhm_param *param);

#endif
