/* Prints the parameter tables as a JSON Schema (draft 7), for editors.
 *
 * A mapping becomes an object without further properties; a plug-in a $ref to
 * the definition of its kind, which is one of its names or an object for each
 * of them with a constant `kind`. Ranges are given where JSON can compare
 * (numbers); of quantities with a unit only the spelling is checked, and the
 * range stands in the description. Keys are required unless a preset may give
 * them. Schemas that contain themselves are left out on purpose, except by way
 * of a plug-in.
 */
#include <vhm/sim/schema.h>

#include <string.h>
#include <vhm/sim/quantity.h>

#include "scenario_part.h"
#include "schema_part.h"

static void put_object (GString *out, vhm_registry registry,
                        const struct vhm_schema *schema, const char *kind);

static void
put_text (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if ((guchar) *p < ' ')
      g_string_append_printf (out, "\\u%04x", (unsigned) *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

/* ,"key":"text", nothing for no text. */
static void
put_member (GString *out, const char *key, const char *text)
{
  if (!text || !*text)
    return;
  g_string_append_printf (out, ",\"%s\":", key);
  put_text (out, text);
}

static void
put_description (GString *out, const struct vhm_param *param)
{
  g_autofree char *range = vhm_param_range (param);
  g_autofree char *text = g_strconcat (param->help ? param->help : "",
                                       *range ? "; " : "", range, NULL);
  put_member (out, "description", text);
}

/* A default or bound as JSON: bare where JSON has the type. */
static void
put_value (GString *out, const char *key, const struct vhm_param *param,
           const char *text)
{
  bool is_bare = param->type == VHM_PARAM_COUNT
                 || param->type == VHM_PARAM_NUMBER
                 || param->type == VHM_PARAM_BOOL;
  union vhm_value value;
  if (!text || !*text)
    return;
  if (!is_bare || !vhm_quantity_parse (param->type, text, &value, NULL)) {
    put_member (out, key, text);
    return;
  }
  g_autofree char *bare = vhm_quantity_format (param->type, value);
  g_string_append_printf (out, ",\"%s\":%s", key, bare);
}

static const char *
json_type (enum vhm_param_type type)
{
  switch (type) {
  case VHM_PARAM_BOOL:
    return "\"boolean\"";
  case VHM_PARAM_COUNT:
    return "[\"integer\",\"string\"]";
  case VHM_PARAM_NUMBER:
    return "\"number\"";
  case VHM_PARAM_NAME:
    return "[\"string\",\"number\"]";
  case VHM_PARAM_TEXT:
    return "[\"string\",\"number\",\"boolean\"]";
  case VHM_PARAM_FRACTION:
  case VHM_PARAM_BYTES:
  case VHM_PARAM_TIME:
  case VHM_PARAM_HERTZ:
  case VHM_PARAM_RATE:
  case VHM_PARAM_CLOCK:
  case VHM_PARAM_CHOICE:
  case VHM_PARAM_CHOICES:
  case VHM_PARAM_OBJECT:
  case VHM_PARAM_LIST:
  case VHM_PARAM_PLUGIN:
  case VHM_PARAM_PLUGINS:
  case VHM_PARAM_TREE:
  case VHM_PARAM_TRACE:
  case VHM_N_PARAM_TYPES:
    break;
  }
  return "\"string\"";
}

static void
put_scalar (GString *out, const struct vhm_param *param)
{
  bool is_preset = strcmp (param->key, "preset") == 0;
  g_autofree char *pattern
      = is_preset ? NULL : vhm_quantity_pattern (param->type);
  g_string_append_printf (out, "\"type\":%s", json_type (param->type));
  put_member (out, "pattern", pattern);
  if (param->type == VHM_PARAM_COUNT || param->type == VHM_PARAM_NUMBER) {
    put_value (out, "minimum", param, param->min);
    put_value (out, "maximum", param, param->max);
  }
  put_value (out, "default", param, param->fallback);
}

static void
put_names (GString *out, const struct vhm_param *param)
{
  g_string_append (out, "\"enum\":[");
  for (int i = 0; param->choices[i]; i++) {
    g_string_append (out, i > 0 ? "," : "");
    put_text (out, param->choices[i]);
  }
  g_string_append_c (out, ']');
}

static void
put_choice (GString *out, const struct vhm_param *param)
{
  put_names (out, param);
  put_member (out, "default", param->fallback);
}

static void
put_choices (GString *out, const struct vhm_param *param)
{
  g_string_append (out, "\"type\":\"array\",\"items\":{");
  put_names (out, param);
  g_string_append_c (out, '}');
}

static void
put_reference (GString *out, const struct vhm_param *param)
{
  g_string_append_printf (
      out, "{\"$ref\":\"#/definitions/%s\"}",
      vhm_plugin_kind_name ((enum vhm_plugin_kind) param->plugin_kind));
}

/* Without `kind` the keys are those of the default plug-in. */
static void
put_plugin (GString *out, vhm_registry registry, const struct vhm_param *param)
{
  const struct vhm_plugin *usual
      = param->fallback && registry
            ? vhm_plugin_find (registry,
                               (enum vhm_plugin_kind) param->plugin_kind,
                               param->fallback)
            : NULL;
  g_string_append (out, "\"anyOf\":[");
  put_reference (out, param);
  if (usual) {
    g_string_append (out, ",{");
    put_object (out, registry, &usual->config, NULL);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

static void
put_list (GString *out, vhm_registry registry, const struct vhm_param *param)
{
  struct vhm_param as_count = *param;
  as_count.type = VHM_PARAM_COUNT;
  g_string_append (out, "\"type\":\"array\"");
  put_value (out, "minItems", &as_count, param->min);
  put_value (out, "maxItems", &as_count, param->max);
  g_string_append (out, ",\"items\":");
  if (param->type == VHM_PARAM_PLUGINS) {
    put_reference (out, param);
    return;
  }
  g_string_append_c (out, '{');
  put_object (out, registry, param->child, NULL);
  g_string_append_c (out, '}');
}

/* A TREE may be anything; but a member has to stand in front of the commas. */
static void
put_param (GString *out, vhm_registry registry, const struct vhm_param *param)
{
  if (vhm_quantity_is_scalar (param->type))
    put_scalar (out, param);
  else if (param->type == VHM_PARAM_CHOICE)
    put_choice (out, param);
  else if (param->type == VHM_PARAM_CHOICES)
    put_choices (out, param);
  else if (param->type == VHM_PARAM_OBJECT)
    put_object (out, registry, param->child, NULL);
  else if (param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS)
    put_list (out, registry, param);
  else if (param->type == VHM_PARAM_PLUGIN)
    put_plugin (out, registry, param);
  else if (param->type == VHM_PARAM_TRACE)
    g_string_append (out, "\"type\":\"string\"");
  else {
    g_string_append (out, "\"title\":");
    put_text (out, param->key);
  }
  put_description (out, param);
}

static void
put_required (GString *out, const struct vhm_schema *schema, const char *kind)
{
  bool is_first = true;
  g_string_append (out, ",\"required\":[");
  if (kind) {
    g_string_append (out, "\"kind\"");
    is_first = false;
  }
  for (size_t i = 0; i < schema->n_params; i++) {
    if (schema->params[i].fallback || vhm_schema_has_preset (schema))
      continue;
    g_string_append (out, is_first ? "" : ",");
    put_text (out, schema->params[i].key);
    is_first = false;
  }
  g_string_append_c (out, ']');
}

/* The members of an object, without its braces. */
static void
put_object (GString *out, vhm_registry registry,
            const struct vhm_schema *schema, const char *kind)
{
  g_string_append (out, "\"type\":\"object\",\"properties\":{");
  if (kind) {
    g_string_append (out, "\"kind\":{\"const\":");
    put_text (out, kind);
    g_string_append_c (out, '}');
  }
  for (size_t i = 0; i < schema->n_params; i++) {
    g_string_append (out, i > 0 || kind ? ",\n" : "\n");
    put_text (out, schema->params[i].key);
    g_string_append (out, ":{");
    put_param (out, registry, &schema->params[i]);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, '}');
  put_required (out, schema, kind);
  g_string_append (out, ",\"additionalProperties\":false");
}

static void
put_definition (GString *out, vhm_registry registry, int kind)
{
  g_autoptr (GPtrArray) names = vhm_plugin_names (registry, kind);
  g_string_append (out, "{\"oneOf\":[{\"enum\":[");
  for (guint i = 0; i < names->len; i++) {
    g_string_append (out, i > 0 ? "," : "");
    put_text (out, names->pdata[i]);
  }
  g_string_append (out, "]}");
  for (guint i = 0; i < names->len; i++) {
    const struct vhm_plugin *plugin = vhm_plugin_find (
        registry, (enum vhm_plugin_kind) kind, names->pdata[i]);
    g_string_append (out, ",\n{");
    put_object (out, registry, &plugin->config, plugin->name);
    put_member (out, "description", plugin->summary);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}");
}

char *
vhm_schema_json (const struct vhm_schema *schema, vhm_registry registry)
{
  GString *out = g_string_new (
      "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"");
  put_member (out, "title", schema->name);
  put_member (out, "description", schema->help);
  g_string_append_c (out, ',');
  put_object (out, registry, schema, NULL);
  g_string_append (out, ",\n\"definitions\":{");
  for (int kind = 0; kind < VHM_N_PLUGIN_KINDS; kind++) {
    g_string_append_printf (out, "%s\n\"%s\":", kind > 0 ? "," : "",
                            vhm_plugin_kind_name ((enum vhm_plugin_kind) kind));
    put_definition (out, registry, kind);
  }
  g_string_append (out, "}}\n");
  return g_string_free (out, FALSE);
}
