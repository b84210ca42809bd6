/* Prints the parameter tables as the key reference: one table a group of keys,
 * groups in the order of the tables, then one section a plug-in. */
#include <vhm/sim/schema.h>

#include <string.h>

#include "scenario_part.h"
#include "schema_part.h"

/* Text in a cell: a bar would end it. */
static void
put_cell (GString *out, const char *text)
{
  g_string_append (out, " ");
  for (const char *p = text ? text : ""; *p; p++)
    if (*p == '|')
      g_string_append (out, "\\|");
    else if (*p == '\n')
      g_string_append_c (out, ' ');
    else
      g_string_append_c (out, *p);
  g_string_append (out, " |");
}

static void
put_row (GString *out, const struct vhm_param *param, vhm_registry registry)
{
  g_autofree char *key = g_strdup_printf ("`%s`", param->key);
  g_autofree char *forms = vhm_param_forms (param, registry);
  g_autofree char *range = vhm_param_range (param);
  g_string_append_c (out, '|');
  put_cell (out, key);
  put_cell (out, forms);
  put_cell (out, vhm_param_default (param));
  put_cell (out, range);
  put_cell (out, param->help);
  put_cell (out, param->source);
  g_string_append_c (out, '\n');
}

static void
put_keys (GString *out, const struct vhm_schema *schema, vhm_registry registry)
{
  if (schema->n_params == 0) {
    g_string_append (out, "No keys.\n");
    return;
  }
  g_string_append (out, "| key | written | default | range | meaning | source "
                        "|\n|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < schema->n_params; i++)
    put_row (out, &schema->params[i], registry);
}

static void
put_group (GString *out, const char *path, const struct vhm_schema *schema,
           vhm_registry registry)
{
  g_string_append_printf (out, "\n## %s%s%s\n\n%s\n\n", *path ? "`" : "",
                          *path ? path : schema->name, *path ? "`" : "",
                          schema->help ? schema->help : "");
  put_keys (out, schema, registry);
  for (size_t i = 0; i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    if (!param->child)
      continue;
    g_autofree char *below = vhm_path_join (path, param->key);
    put_group (out, below, param->child, registry);
  }
}

static void
put_kind (GString *out, int kind, vhm_registry registry)
{
  const char *kind_name = vhm_plugin_kind_name ((enum vhm_plugin_kind) kind);
  g_autoptr (GPtrArray) names = vhm_plugin_names (registry, kind);
  for (guint i = 0; i < names->len; i++) {
    const struct vhm_plugin *plugin = vhm_plugin_find (
        registry, (enum vhm_plugin_kind) kind, names->pdata[i]);
    g_string_append_printf (out, "\n## %s `%s`\n\n%s\n\n", kind_name,
                            plugin->name, plugin->summary);
    put_keys (out, &plugin->config, registry);
  }
}

char *
vhm_schema_markdown (const struct vhm_schema *schema, vhm_registry registry)
{
  GString *out = g_string_new ("# Keys of a scenario\n");
  put_group (out, "", schema, registry);
  for (int kind = 0; kind < VHM_N_PLUGIN_KINDS; kind++)
    put_kind (out, kind, registry);
  return g_string_free (out, FALSE);
}
