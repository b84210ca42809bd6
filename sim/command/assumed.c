/* Which inputs of a run nobody published: those that the scenario lists, with
 * its reasons, and every default in use whose table row says "assumed", with the
 * row's. The second kind is found by walking the tables over the filled
 * structs, so none can be forgotten. */
#include "command.h"

#include <string.h>

#include <vhm/sim/yaml_tree.h>

#define ASSUMED "assumed"

static void
add (struct vhm_result *result, char *key, char *value, const char *why)
{
  struct vhm_assumption *a = g_new0 (struct vhm_assumption, 1);
  a->key = key;
  a->value = g_strstrip (value);
  a->why = g_strdup (why);
  g_ptr_array_add (result->assumptions, a);
}

static char *
text_of (const struct vhm_yaml_node *node)
{
  GString *text = g_string_new (NULL);
  if (node && node->kind == VHM_YAML_SCALAR)
    g_string_append (text, node->text);
  else if (node)
    vhm_yaml_print (text, node, 0);
  return g_string_free (text, FALSE);
}

struct walk {
  struct vhm_result *result;
  GHashTable *seen; /* "schema.key": the same default is told once */
};

static void walk_schema (struct walk *walk, const struct vhm_schema *schema,
                         const void *config, const struct vhm_yaml_node *node);

static void
walk_choice (struct walk *walk, const struct vhm_plugin_choice *choice,
             const struct vhm_yaml_node *node)
{
  if (choice->plugin)
    walk_schema (walk, &choice->plugin->config, choice->config, node);
}

static void
walk_list (struct walk *walk, const struct vhm_param *param,
           const struct vhm_list *list, const struct vhm_yaml_node *node)
{
  size_t size = param->type == VHM_PARAM_LIST
                    ? param->child->size
                    : sizeof (struct vhm_plugin_choice);
  for (size_t i = 0; i < list->n; i++) {
    const void *item = (const char *) list->items + i * size;
    const struct vhm_yaml_node *of
        = node && node->kind == VHM_YAML_SEQUENCE && i < node->n
              ? node->entries[i].value
              : NULL;
    if (param->type == VHM_PARAM_LIST)
      walk_schema (walk, param->child, item, of);
    else
      walk_choice (walk, item, of);
  }
}

static void
tell_default (struct walk *walk, const struct vhm_schema *schema,
              const struct vhm_param *param)
{
  char *key = g_strdup_printf ("%s.%s", schema->name, param->key);
  if (!g_hash_table_add (walk->seen, key))
    return;
  const char *why = param->source + strlen (ASSUMED);
  while (*why == ':' || *why == ' ')
    why++;
  g_autofree char *reason
      = g_strdup_printf ("default: %s", *why ? why : param->help);
  add (walk->result, g_strdup (key), g_strdup (param->fallback), reason);
}

static void
walk_schema (struct walk *walk, const struct vhm_schema *schema,
             const void *config, const struct vhm_yaml_node *node)
{
  for (size_t i = 0; config && i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    const void *field = (const char *) config + param->offset;
    const struct vhm_yaml_node *at
        = node ? vhm_yaml_find (node, param->key) : NULL;
    switch (param->type) {
    case VHM_PARAM_OBJECT:
      walk_schema (walk, param->child, field, at);
      break;
    case VHM_PARAM_LIST:
    case VHM_PARAM_PLUGINS:
      walk_list (walk, param, field, at);
      break;
    case VHM_PARAM_PLUGIN:
      walk_choice (walk, field, at);
      break;
    case VHM_PARAM_BOOL:
    case VHM_PARAM_COUNT:
    case VHM_PARAM_NUMBER:
    case VHM_PARAM_FRACTION:
    case VHM_PARAM_BYTES:
    case VHM_PARAM_TIME:
    case VHM_PARAM_HERTZ:
    case VHM_PARAM_RATE:
    case VHM_PARAM_CLOCK:
    case VHM_PARAM_NAME:
    case VHM_PARAM_TEXT:
    case VHM_PARAM_CHOICE:
    case VHM_PARAM_CHOICES:
    case VHM_PARAM_TREE:
    case VHM_PARAM_TRACE:
    case VHM_N_PARAM_TYPES:
      if (!at && param->fallback && param->source
          && g_str_has_prefix (param->source, ASSUMED))
        tell_default (walk, schema, param);
      break;
    }
  }
}

void
command_add_assumptions (const struct vhm_scenario *s,
                         struct vhm_result *result)
{
  const struct vhm_case *c = command_case (s);
  const struct vhm_case_assumed *assumed = c->assumed.items;
  for (size_t i = 0; i < c->assumed.n; i++)
    add (result, g_strdup (assumed[i].key),
         text_of (command_find (s, assumed[i].key)), assumed[i].why);
  struct walk walk = {
    .result = result,
    .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
  };
  walk_schema (&walk, &vhm_case_schema, c, s->tree);
  g_hash_table_unref (walk.seen);
}
