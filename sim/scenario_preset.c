/* Puts the keys of presets where `preset: NAME` stands, with lower priority.
 *
 * Walks tree and schema together, from the top: a mapping is merged first, then
 * its (now complete) children are visited. A preset file is parsed once and may
 * itself name a preset to be based on. What is merged in counts against the
 * bound on nodes, so that presets cannot multiply without end.
 *
 * Invariant: applying presets twice changes nothing (all keys are there).
 */
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/text_file.h>

#include "scenario_part.h"

struct presets {
  struct vhm_scenario *scenario;
  GHashTable *trees; /* name -> tree, NULL if it could not be read */
  size_t n_nodes;    /* merged in so far */
  bool is_over;      /* a bound is reached: merge no more */
};

static void
complain (struct presets *presets, struct vhm_mark mark, const char *wrong,
          const char *right)
{
  vhm_diagnostics_add (presets->scenario->diagnostics, VHM_SEVERITY_ERROR, mark,
                       NULL, wrong, right);
}

/* --- finding the text ----------------------------------------------------- */

static void
complain_unknown (struct presets *presets, const struct vhm_yaml_node *name)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const struct vhm_embedded *preset = presets->scenario->rules.presets;
  for (; preset && preset->name; preset++) {
    const char *dot = strrchr (preset->name, '.');
    g_ptr_array_add (
        names, dot ? g_strndup (preset->name, (size_t) (dot - preset->name))
                   : g_strdup (preset->name));
  }
  g_autofree char *quoted = vhm_quote (name->text);
  g_autofree char *wrong = g_strdup_printf ("unknown preset %s", quoted);
  g_autofree char *known = vhm_known_names (name->text, names);
  g_autofree char *right
      = g_strconcat (known, "; or a path such as ./mine.yaml", NULL);
  complain (presets, name->mark, wrong, right);
}

static struct vhm_yaml_node *
parse (struct presets *presets, const char *file_name, const char *text,
       size_t size)
{
  struct vhm_scenario *scenario = presets->scenario;
  uint32_t file
      = vhm_diagnostics_add_file (scenario->diagnostics, file_name, text, size);
  return vhm_yaml_parse (scenario->arena, scenario->diagnostics, file, text,
                         size);
}

static struct vhm_yaml_node *
read_file (struct presets *presets, const struct vhm_yaml_node *name)
{
  g_autofree char *folder = g_path_get_dirname (presets->scenario->path);
  const char *rest = name->text + (g_str_has_prefix (name->text, "./") ? 2 : 0);
  g_autofree char *path = g_path_is_absolute (name->text)
                              ? g_strdup (name->text)
                              : g_build_filename (folder, rest, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  size_t size;
  if (vhm_text_file_read (path, VHM_YAML_MAX_BYTES, &text, &size, &error))
    return parse (presets, path, text, size);
  complain (presets, name->mark, error->message, NULL);
  return NULL;
}

static struct vhm_yaml_node *
read_embedded (struct presets *presets, const struct vhm_yaml_node *name)
{
  g_autofree char *file = g_strconcat (name->text, ".yaml", NULL);
  const struct vhm_embedded *preset = presets->scenario->rules.presets;
  for (; preset && preset->name; preset++)
    if (strcmp (preset->name, file) == 0) {
      g_autofree char *shown = g_strconcat ("presets/", file, NULL);
      return parse (presets, shown, preset->text, preset->size);
    }
  complain_unknown (presets, name);
  return NULL;
}

/* --- merging -------------------------------------------------------------- */

static void resolve (struct presets *presets, struct vhm_yaml_node *node,
                     unsigned depth);

/* The tree of a preset with what it is based on, or NULL after complaining. */
static const struct vhm_yaml_node *
load (struct presets *presets, const struct vhm_yaml_node *name, unsigned depth)
{
  gpointer known;
  if (g_hash_table_lookup_extended (presets->trees, name->text, NULL, &known))
    return (const struct vhm_yaml_node *) known;
  if (g_hash_table_size (presets->trees) >= VHM_SCENARIO_MAX_PRESETS) {
    complain (presets, name->mark, "too many different presets", NULL);
    presets->is_over = true;
    return NULL;
  }
  struct vhm_yaml_node *tree = strchr (name->text, '/')
                                   ? read_file (presets, name)
                                   : read_embedded (presets, name);
  if (tree && tree->kind != VHM_YAML_MAPPING) {
    complain (presets, tree->mark, "a preset must be a mapping",
              "KEY: VALUE in each line");
    tree = NULL;
  }
  if (tree)
    resolve (presets, tree, depth + 1);
  g_hash_table_insert (presets->trees, (gpointer) name->text, tree);
  return tree;
}

static const struct vhm_yaml_node *
preset_name (const struct vhm_yaml_node *node)
{
  const struct vhm_yaml_node *name = vhm_yaml_find (node, "preset");
  return name && name->kind == VHM_YAML_SCALAR && *name->text ? name : NULL;
}

static bool
has_room (struct presets *presets, const struct vhm_yaml_node *name,
          const struct vhm_yaml_node *lower)
{
  presets->n_nodes += vhm_yaml_n_nodes (lower);
  if (presets->n_nodes <= VHM_YAML_MAX_NODES)
    return true;
  complain (presets, name->mark, "presets make the scenario too large", NULL);
  presets->is_over = true;
  return false;
}

static void
resolve (struct presets *presets, struct vhm_yaml_node *node, unsigned depth)
{
  const struct vhm_yaml_node *name = preset_name (node);
  if (!name || presets->is_over)
    return;
  if (depth >= VHM_SCENARIO_MAX_PRESET_DEPTH) {
    g_autofree char *wrong
        = g_strdup_printf ("presets based on presets more than %d deep",
                           VHM_SCENARIO_MAX_PRESET_DEPTH);
    complain (presets, name->mark, wrong, NULL);
    presets->is_over = true;
    return;
  }
  const struct vhm_yaml_node *lower = load (presets, name, depth);
  if (lower && has_room (presets, name, lower))
    vhm_yaml_merge (presets->scenario->arena, node, lower);
}

/* --- walking -------------------------------------------------------------- */

static void visit (struct presets *presets, struct vhm_yaml_node *node,
                   const struct vhm_schema *schema, unsigned depth);

static void
visit_plugin (struct presets *presets, struct vhm_yaml_node *node,
              const struct vhm_param *param, unsigned depth)
{
  const char *kind = vhm_yaml_find_text (node, "kind");
  if (!kind || !presets->scenario->rules.registry)
    return;
  const struct vhm_plugin *plugin
      = vhm_plugin_find (presets->scenario->rules.registry,
                         (enum vhm_plugin_kind) param->plugin_kind, kind);
  if (plugin)
    visit (presets, node, &plugin->config, depth);
}

static void
visit_child (struct presets *presets, struct vhm_yaml_node *node,
             const struct vhm_param *param, unsigned depth)
{
  bool is_list
      = param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS;
  size_t n = !is_list ? 1 : node->kind == VHM_YAML_SEQUENCE ? node->n : 0;
  for (size_t i = 0; i < n; i++) {
    struct vhm_yaml_node *item = is_list ? node->entries[i].value : node;
    if (param->child)
      visit (presets, item, param->child, depth);
    else if (param->type == VHM_PARAM_PLUGIN
             || param->type == VHM_PARAM_PLUGINS)
      visit_plugin (presets, item, param, depth);
  }
}

static void
visit (struct presets *presets, struct vhm_yaml_node *node,
       const struct vhm_schema *schema, unsigned depth)
{
  if (node->kind != VHM_YAML_MAPPING || presets->is_over
      || depth > VHM_YAML_MAX_DEPTH)
    return;
  if (vhm_schema_has_preset (schema))
    resolve (presets, node, 0);
  for (size_t i = 0; i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    struct vhm_yaml_node *child = vhm_yaml_find (node, param->key);
    if (child)
      visit_child (presets, child, param, depth + 1);
  }
}

void
vhm_scenario_apply_presets (struct vhm_scenario *scenario)
{
  struct presets presets
      = { scenario, g_hash_table_new (g_str_hash, g_str_equal), 0, false };
  visit (&presets, vhm_scenario_root (scenario), scenario->rules.schema, 0);
  g_hash_table_unref (presets.trees);
}
