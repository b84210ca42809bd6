/* The steps of reading a scenario, in this order: overrides that name a preset,
 * presets, the other overrides, presets those brought in, filling. Each adds
 * what is wrong to scenario->diagnostics and carries on. */
#ifndef VHM_SIM_SCENARIO_PART_H
#define VHM_SIM_SCENARIO_PART_H

#include <vhm/sim/scenario.h>

/* One scenario may use so many preset files; a host, a processor and a few
 * disks need five. */
#define VHM_SCENARIO_MAX_PRESETS 64
/* A preset may be based on a preset, and so on. */
#define VHM_SCENARIO_MAX_PRESET_DEPTH 4

/* scenario->tree while it is being built. */
static inline struct vhm_yaml_node *
vhm_scenario_root (const struct vhm_scenario *scenario)
{
  return (struct vhm_yaml_node *)scenario->tree;
}

/* Applies the overrides, the variant and the varied values whose last step is
 * `preset`, or those where it is not. */
void vhm_scenario_apply_overrides (struct vhm_scenario *scenario,
                                   bool is_preset);
void vhm_scenario_apply_presets (struct vhm_scenario *scenario);
void vhm_scenario_fill (struct vhm_scenario *scenario);

/* The recorded trace of that file, as written in the scenario; the scenario's.
 * The first call reads it. */
const struct vhm_trace *vhm_scenario_trace (struct vhm_scenario *scenario,
                                            const char *written,
                                            GError **error);

/* The parameter of that name, or NULL. */
const struct vhm_param *vhm_schema_find (const struct vhm_schema *schema,
                                         const char *key);
/* True if mappings of this schema may name a preset. */
bool vhm_schema_has_preset (const struct vhm_schema *schema);

/* "path.key", or the key alone at the top. g_free it. */
char *vhm_path_join (const char *path, const char *key);
/* "did you mean X? known: A, B, C" for a wrong name. g_free it. */
char *vhm_known_names (const char *word, GPtrArray *names);
/* Names of the plug-ins of a kind, in order of the registry. */
GPtrArray *vhm_plugin_names (vhm_registry registry, int kind);

#endif
