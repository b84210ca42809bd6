/* What the parameter tables say, in words: for `vhm explain`, `vhm schema` and
 * the key reference of the scenarios. */
#ifndef VHM_SIM_SCHEMA_H
#define VHM_SIM_SCHEMA_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <vhm/sim/plugin.h>

/* Explains the key at `path` ("guests.memory.minimum"; behind a plug-in's key
 * goes the name of the plug-in: "guests.workloads.zipf.exponent"), or lists the
 * keys of a group; "" is the whole scenario. A wrong path is a
 * VHM_ERROR_USAGE that names the nearest. */
bool vhm_schema_explain (const struct vhm_schema *schema, vhm_registry registry,
                         const char *path, FILE *out, GError **error);

/* JSON Schema (draft 7) of a scenario, for editors. g_free it. */
char *vhm_schema_json (const struct vhm_schema *schema, vhm_registry registry);

/* The key reference: one table a group. g_free it. */
char *vhm_schema_markdown (const struct vhm_schema *schema,
                           vhm_registry registry);

#endif
