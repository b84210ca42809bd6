/* Explains one key, or one group of keys, of a scenario in plain text. */
#include <vhm/sim/schema.h>

#include <string.h>
#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/quantity.h>

#include "scenario_part.h"
#include "schema_part.h"

/* --- one row in words ----------------------------------------------------- */

bool
vhm_param_has_plugin (const struct vhm_param *param)
{
  return param->type == VHM_PARAM_PLUGIN || param->type == VHM_PARAM_PLUGINS;
}

static char *
join (const GPtrArray *names)
{
  g_autoptr (GString) out = g_string_new (NULL);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                            (const char *) names->pdata[i]);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
vhm_param_forms (const struct vhm_param *param, vhm_registry registry)
{
  if (param->choices) {
    g_autofree char *names = g_strjoinv (", ", (char **) param->choices);
    return g_strdup_printf (
        "%s: %s", param->type == VHM_PARAM_CHOICES ? "a list of" : "one of",
        names);
  }
  if (vhm_param_has_plugin (param)) {
    g_autoptr (GPtrArray) names
        = vhm_plugin_names (registry, param->plugin_kind);
    g_autofree char *joined = join (names);
    return g_strdup_printf (
        "%s%s: %s", param->type == VHM_PARAM_PLUGINS ? "a list, each a " : "a ",
        vhm_plugin_kind_name ((enum vhm_plugin_kind) param->plugin_kind),
        joined);
  }
  return g_strdup_printf ("%s, like %s", vhm_quantity_what (param->type),
                          vhm_quantity_forms (param->type));
}

const char *
vhm_param_default (const struct vhm_param *param)
{
  if (!param->fallback)
    return "required";
  return *param->fallback ? param->fallback : "none";
}

char *
vhm_param_range (const struct vhm_param *param)
{
  bool is_list
      = param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS;
  const char *items = is_list ? " items" : "";
  if (param->min && param->max)
    return g_strdup_printf ("from %s to %s%s", param->min, param->max, items);
  if (param->min || param->max)
    return g_strdup_printf ("at %s %s%s", param->min ? "least" : "most",
                            param->min ? param->min : param->max, items);
  return g_strdup ("");
}

/* --- printing ------------------------------------------------------------- */

static void
print_row (FILE *out, const struct vhm_param *param, vhm_registry registry)
{
  g_autofree char *forms = vhm_param_forms (param, registry);
  g_autofree char *range = vhm_param_range (param);
  fprintf (out, "  %s\n", param->help ? param->help : "");
  fprintf (out, "  written:  %s\n", forms);
  fprintf (out, "  default:  %s\n", vhm_param_default (param));
  if (*range)
    fprintf (out, "  range:    %s\n", range);
  if (param->source)
    fprintf (out, "  source:   %s\n", param->source);
}

static void
print_keys (FILE *out, const struct vhm_schema *schema)
{
  int widest = 0;
  for (size_t i = 0; i < schema->n_params; i++)
    widest = MAX (widest, (int) strlen (schema->params[i].key));
  fprintf (out, "  keys:\n");
  for (size_t i = 0; i < schema->n_params; i++) {
    const struct vhm_param *param = &schema->params[i];
    fprintf (out, "    %-*s  %s (%s)\n", widest, param->key,
             param->help ? param->help : "", vhm_param_default (param));
  }
}

static void
print_plugins (FILE *out, vhm_registry registry, int kind)
{
  fprintf (out, "  kinds:\n");
  for (; registry && *registry; registry++)
    if ((int) (*registry)->kind == kind)
      fprintf (out, "    %s: %s\n", (*registry)->name, (*registry)->summary);
}

/* --- walking -------------------------------------------------------------- */

/* Where a path has led: a row, and what is below it, a schema or a kind. */
struct spot {
  const struct vhm_param *param;   /* NULL at the root and at a plug-in */
  const struct vhm_plugin *plugin; /* the last step named it, or NULL */
  const struct vhm_schema *schema; /* keys below, or NULL */
  int plugin_kind;                 /* kinds below, or -1 */
};

static GPtrArray *
names_below (const struct spot *spot, vhm_registry registry)
{
  if (spot->plugin_kind >= 0)
    return vhm_plugin_names (registry, spot->plugin_kind);
  GPtrArray *names = g_ptr_array_new ();
  for (size_t i = 0; spot->schema && i < spot->schema->n_params; i++)
    g_ptr_array_add (names, (gpointer) spot->schema->params[i].key);
  return names;
}

static bool
step (struct spot *spot, vhm_registry registry, const char *name)
{
  struct spot next = { NULL, NULL, NULL, -1 };
  if (spot->plugin_kind >= 0 && registry) {
    next.plugin = vhm_plugin_find (
        registry, (enum vhm_plugin_kind) spot->plugin_kind, name);
    next.schema = next.plugin ? &next.plugin->config : NULL;
  } else if (spot->schema) {
    next.param = vhm_schema_find (spot->schema, name);
    if (next.param && vhm_param_has_plugin (next.param))
      next.plugin_kind = next.param->plugin_kind;
    else if (next.param)
      next.schema = next.param->child;
  }
  if (!next.plugin && !next.param)
    return false;
  *spot = next;
  return true;
}

static bool
fail (const struct spot *spot, vhm_registry registry, const char *path,
      const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = names_below (spot, registry);
  g_autofree char *known = vhm_known_names (name, names);
  g_autofree char *shown_path = vhm_quote (path);
  g_autofree char *shown = vhm_quote (name);
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE, "%s: unknown key %s; %s",
               shown_path, shown, known);
  return false;
}

bool
vhm_schema_explain (const struct vhm_schema *schema, vhm_registry registry,
                    const char *path, FILE *out, GError **error)
{
  struct spot spot = { NULL, NULL, schema, -1 };
  g_auto (GStrv) steps = g_strsplit (path, ".", -1);
  for (char **name = steps; *name; name++)
    if (!step (&spot, registry, *name))
      return fail (&spot, registry, path, *name, error);
  fprintf (out, "%s\n", *path ? path : schema->name);
  if (spot.param)
    print_row (out, spot.param, registry);
  else
    fprintf (out, "  %s\n", spot.plugin ? spot.plugin->summary : schema->help);
  if (spot.plugin_kind >= 0)
    print_plugins (out, registry, spot.plugin_kind);
  if (spot.schema && spot.schema->n_params > 0)
    print_keys (out, spot.schema);
  return true;
}
