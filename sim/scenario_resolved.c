/* Writes the filled struct of a scenario back as YAML, all defaults spelt out.
 *
 * A tree is built from the struct by the same rows that filled it, and printed.
 * What is absent (default "", field still zero) stays absent; `preset` is left
 * out, because its keys are all there. So reading the text gives the same
 * struct again, and resolving that the same text.
 */
#include <string.h>
#include <vhm/sim/quantity.h>
#include <vhm/sim/trace.h>

#include "scenario_part.h"

static const struct vhm_mark nowhere;

static struct vhm_yaml_node *build_struct (vhm_arena *arena,
                                           const struct vhm_schema *schema,
                                           const char *config);

static void
add (vhm_arena *arena, struct vhm_yaml_node *mapping, const char *key,
     struct vhm_yaml_node *value)
{
  vhm_yaml_append (arena, mapping, vhm_yaml_new_scalar (arena, key, nowhere),
                   value);
}

static bool
is_zero (const char *field, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (field[i] != 0)
      return false;
  return true;
}

static size_t
field_size (const struct vhm_param *param)
{
  switch (param->type) {
  case VHM_PARAM_BOOL:
    return sizeof (bool);
  case VHM_PARAM_NUMBER:
    return sizeof (double);
  case VHM_PARAM_COUNT:
  case VHM_PARAM_FRACTION:
  case VHM_PARAM_BYTES:
  case VHM_PARAM_TIME:
  case VHM_PARAM_HERTZ:
  case VHM_PARAM_RATE:
  case VHM_PARAM_CLOCK:
  case VHM_PARAM_CHOICES:
    return sizeof (uint64_t);
  case VHM_PARAM_CHOICE:
    return sizeof (int);
  case VHM_PARAM_OBJECT:
    return param->child->size;
  case VHM_PARAM_LIST:
  case VHM_PARAM_PLUGINS:
    return sizeof (size_t); /* n alone: items of none have an address */
  case VHM_PARAM_NAME:
  case VHM_PARAM_TEXT:
  case VHM_PARAM_PLUGIN:
  case VHM_PARAM_TREE:
  case VHM_PARAM_TRACE:
  case VHM_N_PARAM_TYPES:
    break;
  }
  return sizeof (void *);
}

static bool
is_absent (const struct vhm_param *param, const char *field)
{
  if (!param->fallback || *param->fallback)
    return false;
  bool is_list
      = param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS;
  return is_zero (field + (is_list ? offsetof (struct vhm_list, n) : 0),
                  field_size (param));
}

static union vhm_value
load (const struct vhm_param *param, const char *field)
{
  if (param->type == VHM_PARAM_BOOL)
    return (union vhm_value){ .flag = *(const bool *) field };
  union vhm_value value;
  memcpy (&value, field, sizeof value); /* the others are all 64 bits wide */
  return value;
}

static struct vhm_yaml_node *
build_scalar (vhm_arena *arena, const struct vhm_param *param,
              const char *field)
{
  char *text = vhm_quantity_format (param->type, load (param, field));
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_SCALAR, nowhere);
  node->text = vhm_arena_keep (arena, text);
  node->is_plain
      = param->type != VHM_PARAM_NAME && param->type != VHM_PARAM_TEXT;
  return node;
}

static struct vhm_yaml_node *
build_choices (vhm_arena *arena, const struct vhm_param *param, uint64_t set)
{
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_SEQUENCE, nowhere);
  for (int i = 0; param->choices[i]; i++)
    if (set >> i & 1)
      vhm_yaml_append (arena, node, NULL,
                       vhm_yaml_new_scalar (arena, param->choices[i], nowhere));
  return node;
}

static struct vhm_yaml_node *
build_plugin (vhm_arena *arena, const struct vhm_plugin_choice *choice)
{
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_MAPPING, nowhere);
  add (arena, node, "kind",
       vhm_yaml_new_scalar (arena, choice->plugin->name, nowhere));
  struct vhm_yaml_node *keys
      = build_struct (arena, &choice->plugin->config, choice->config);
  for (size_t i = 0; i < keys->n; i++)
    vhm_yaml_append (arena, node, keys->entries[i].key, keys->entries[i].value);
  return node;
}

static struct vhm_yaml_node *
build_list (vhm_arena *arena, const struct vhm_param *param,
            const struct vhm_list *list)
{
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_SEQUENCE, nowhere);
  for (size_t i = 0; i < list->n; i++) {
    const struct vhm_plugin_choice *choices = list->items;
    const char *items = list->items;
    vhm_yaml_append (arena, node, NULL,
                     param->type == VHM_PARAM_PLUGINS
                         ? build_plugin (arena, &choices[i])
                         : build_struct (arena, param->child,
                                         items + i * param->child->size));
  }
  return node;
}

static struct vhm_yaml_node *
build_value (vhm_arena *arena, const struct vhm_param *param, const char *field)
{
  const void *value = field;
  if (param->type == VHM_PARAM_TREE)
    return *(struct vhm_yaml_node *const *) value;
  if (param->type == VHM_PARAM_OBJECT)
    return build_struct (arena, param->child, field);
  if (param->type == VHM_PARAM_PLUGIN)
    return build_plugin (arena, value);
  if (param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS)
    return build_list (arena, param, value);
  if (param->type == VHM_PARAM_CHOICE)
    return vhm_yaml_new_scalar (arena, param->choices[*(const int *) value],
                                nowhere);
  if (param->type == VHM_PARAM_CHOICES)
    return build_choices (arena, param, *(const uint64_t *) value);
  if (param->type == VHM_PARAM_TRACE) {
    const struct vhm_trace *trace = *(struct vhm_trace *const *) value;
    return vhm_yaml_new_scalar (arena, trace->path, nowhere);
  }
  return build_scalar (arena, param, field);
}

static struct vhm_yaml_node *
build_struct (vhm_arena *arena, const struct vhm_schema *schema,
              const char *config)
{
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_MAPPING, nowhere);
  for (size_t i = 0; i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    const char *field = config + param->offset;
    bool is_preset
        = vhm_schema_has_preset (schema) && strcmp (param->key, "preset") == 0;
    if (!is_preset && !is_absent (param, field))
      add (arena, node, param->key, build_value (arena, param, field));
  }
  return node;
}

char *
vhm_scenario_resolved_yaml (const struct vhm_scenario *scenario)
{
  vhm_arena *arena = vhm_arena_new ();
  const struct vhm_yaml_node *tree
      = build_struct (arena, scenario->rules.schema, scenario->config);
  g_autoptr (GString) out = g_string_new (NULL);
  vhm_yaml_print_root (out, tree);
  vhm_arena_free (arena);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
