/* A scenario: YAML text + parameter tables -> a filled C struct.
 *
 *   rules  the schema of the whole file, the plug-ins, the presets, --set, and
 *          which of its variants
 *   read   every mistake at once in one GError (VHM_ERROR_SCENARIO, or
 *          VHM_ERROR_USAGE if only options are wrong), or a scenario
 *          without any
 *   then   the caller may find more (a timeline that names no guest):
 *          vhm_scenario_complain, and vhm_scenario_check at the end
 *
 * A mapping whose schema has a parameter `preset` (NAME, default "") may name a
 * preset: the keys of that file then stand there with lower priority
 * (vhm_yaml_merge). A name with a `/` is a path relative to the scenario's
 * folder. Everything a scenario points to is freed with it.
 *
 * A list `variants` of {name: NAME, set: {PATH: VALUE, ...}} names versions of
 * the scenario. A variant's values replace what stands at its paths, as those
 * of --set do; mistakes in them are shown where they stand in the file.
 */
#ifndef VHM_SIM_SCENARIO_H
#define VHM_SIM_SCENARIO_H

#include <glib.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/plugin.h>
#include <vhm/sim/yaml_tree.h>

/* A value for a path out of an option's text, such as the second of
 * "host.memory=4 GiB,8 GiB": `size` bytes at `from`. */
struct vhm_scenario_varied {
  const char *option, *text; /* "--vary", and what it was given */
  size_t from, size;
};

struct vhm_scenario_rules {
  const struct vhm_schema *schema;
  vhm_registry registry;              /* NULL: no plug-ins */
  const struct vhm_embedded *presets; /* NULL: none */
  /* "path.to.key=value" each, NULL at the end; applied before validation in
   * this order. List items go by name or number. NULL: none. */
  const char *const *overrides;
  /* For each override the option of the command line that stands for it, such
   * as "--size", or NULL: one of --set. NULL: all are. */
  const char *const *options;
  /* Applied after `overrides`: the name of one of the scenario's variants, NULL
   * for the scenario as it stands; then these values, in this order. */
  const char *variant;
  const struct vhm_scenario_varied *varied;
  size_t n_varied;
};

struct vhm_scenario {
  void *config;                     /* the filled struct of rules.schema */
  const struct vhm_yaml_node *tree; /* with overrides and presets applied */
  char *path;                       /* as given */
  vhm_diagnostics *diagnostics;
  vhm_arena *arena;
  GHashTable *traces; /* recorded ones that it names; NULL: none yet */
  struct vhm_scenario_rules rules; /* without overrides, variant and varied
                                      after reading */
};

struct vhm_scenario *vhm_scenario_read (const char *path,
                                        const struct vhm_scenario_rules *rules,
                                        GError **error);
/* The same for text in memory; `path` is its name in messages and the place
 * that relative preset files start from. */
struct vhm_scenario *
vhm_scenario_read_text (const char *path, const char *text, size_t size,
                        const struct vhm_scenario_rules *rules, GError **error);
void vhm_scenario_free (struct vhm_scenario *scenario);

/* Adds an error or a warning about `path` ("timeline.3.shutdown"). With a mark
 * of line 0 the place is looked up by the path. */
void vhm_scenario_complain (struct vhm_scenario *scenario, struct vhm_mark mark,
                            const char *path, const char *wrong,
                            const char *right);
void vhm_scenario_warn (struct vhm_scenario *scenario, struct vhm_mark mark,
                        const char *path, const char *wrong, const char *right);
/* False, and the error set, if anything was complained about. */
bool vhm_scenario_check (struct vhm_scenario *scenario, GError **error);
/* All warnings, ready to print; "" if there are none. */
char *vhm_scenario_warnings (struct vhm_scenario *scenario);

/* The filled struct as YAML with every default written out. Reading it gives
 * the same struct (but for marks and `preset`, which is dissolved into its
 * keys), and the same text again. */
char *vhm_scenario_resolved_yaml (const struct vhm_scenario *scenario);

typedef struct vhm_scenario vhm_scenario; /* g_autoptr wants one word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_scenario, vhm_scenario_free)

#endif
