/* Reads a scenario: the order of the steps, and what callers may add.
 *
 * All memory of a scenario is in its arena, its mistakes in its diagnostics;
 * whoever frees the two has freed everything.
 */
#include <vhm/sim/scenario.h>

#include <string.h>
#include <vhm/base/error.h>
#include <vhm/base/require.h>
#include <vhm/sim/suggest.h>
#include <vhm/sim/text_file.h>

#include "scenario_part.h"

/* A longer list of known names helps nobody. */
enum { MAX_NAMES_SHOWN = 40 };

/* --- names, for all steps ------------------------------------------------- */

const struct vhm_param *
vhm_schema_find (const struct vhm_schema *schema, const char *key)
{
  for (size_t i = 0; i < schema->n_params; i++)
    if (strcmp (schema->params[i].key, key) == 0)
      return &schema->params[i];
  return NULL;
}

bool
vhm_schema_has_preset (const struct vhm_schema *schema)
{
  const struct vhm_param *param = vhm_schema_find (schema, "preset");
  return param && param->type == VHM_PARAM_NAME;
}

char *
vhm_path_join (const char *path, const char *key)
{
  return g_strconcat (path, *path ? "." : "", key, NULL);
}

char *
vhm_known_names (const char *word, GPtrArray *names)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *near
      = vhm_suggest (word, (const char *const *) names->pdata, names->len);
  if (near)
    g_string_append_printf (out, "did you mean \"%s\"? ", near);
  g_string_append (out, names->len > 0 ? "known: " : "there are none");
  for (guint i = 0; i < MIN (names->len, MAX_NAMES_SHOWN); i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                            (const char *) names->pdata[i]);
  if (names->len > MAX_NAMES_SHOWN)
    g_string_append (out, ", ...");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

GPtrArray *
vhm_plugin_names (vhm_registry registry, int kind)
{
  GPtrArray *names = g_ptr_array_new ();
  for (; registry && *registry; registry++)
    if ((int) (*registry)->kind == kind)
      g_ptr_array_add (names, (gpointer) (*registry)->name);
  return names;
}

/* --- reading -------------------------------------------------------------- */

static struct vhm_scenario *
new_scenario (const char *path, const struct vhm_scenario_rules *rules)
{
  struct vhm_scenario *scenario = g_new0 (struct vhm_scenario, 1);
  scenario->path = g_strdup (path);
  scenario->rules = *rules;
  scenario->arena = vhm_arena_new ();
  scenario->diagnostics = vhm_diagnostics_new ();
  return scenario;
}

void
vhm_scenario_free (struct vhm_scenario *scenario)
{
  if (!scenario)
    return;
  vhm_arena_free (scenario->arena);
  vhm_diagnostics_free (scenario->diagnostics);
  g_clear_pointer (&scenario->traces, g_hash_table_unref);
  g_free (scenario->path);
  g_free (scenario);
}

static void
work_out (struct vhm_scenario *scenario)
{
  vhm_scenario_apply_overrides (scenario, true);
  vhm_scenario_apply_presets (scenario);
  struct vhm_scenario_rules *rules = &scenario->rules;
  if (rules->overrides || rules->variant || rules->n_varied > 0) {
    vhm_scenario_apply_overrides (scenario, false);
    if (vhm_diagnostics_n (scenario->diagnostics, VHM_SEVERITY_ERROR) == 0)
      vhm_scenario_apply_presets (scenario); /* those that --set brought in */
  }
  rules->overrides = rules->options = NULL;
  rules->variant = NULL;
  rules->varied = NULL;
  rules->n_varied = 0;
  if (vhm_yaml_depth (scenario->tree) > VHM_YAML_MAX_DEPTH)
    vhm_scenario_complain (scenario, scenario->tree->mark, NULL,
                           "presets and overrides nest it too deep", NULL);
  else
    vhm_scenario_fill (scenario);
}

/* The mark that some editors put in front of UTF-8. */
static void
skip_byte_order_mark (const char **text, size_t *size)
{
  static const char mark[] = "\xef\xbb\xbf";
  if (*size < strlen (mark) || memcmp (*text, mark, strlen (mark)) != 0)
    return;
  *text += strlen (mark);
  *size -= strlen (mark);
}

static bool
check_size (const char *path, size_t size, GError **error)
{
  if (size <= VHM_YAML_MAX_BYTES)
    return true;
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
               "%s: is larger than %zu MiB; is this the right file?", path,
               VHM_YAML_MAX_BYTES >> 20);
  return false;
}

struct vhm_scenario *
vhm_scenario_read_text (const char *path, const char *text, size_t size,
                        const struct vhm_scenario_rules *rules, GError **error)
{
  VHM_REQUIRE (rules->schema);
  if (!check_size (path, size, error))
    return NULL;
  skip_byte_order_mark (&text, &size);
  struct vhm_scenario *scenario = new_scenario (path, rules);
  uint32_t file
      = vhm_diagnostics_add_file (scenario->diagnostics, path, text, size);
  scenario->tree = vhm_yaml_parse (scenario->arena, scenario->diagnostics, file,
                                   text, size);
  if (scenario->tree)
    work_out (scenario);
  if (vhm_scenario_check (scenario, error))
    return scenario;
  vhm_scenario_free (scenario);
  return NULL;
}

struct vhm_scenario *
vhm_scenario_read (const char *path, const struct vhm_scenario_rules *rules,
                   GError **error)
{
  g_autofree char *text = NULL;
  size_t size;
  if (!vhm_text_file_read (path, VHM_YAML_MAX_BYTES, &text, &size, error))
    return NULL;
  return vhm_scenario_read_text (path, text, size, rules, error);
}

/* --- afterwards ----------------------------------------------------------- */

static void
tell (struct vhm_scenario *scenario, enum vhm_severity severity,
      struct vhm_mark mark, const char *path, const char *wrong,
      const char *right)
{
  if (mark.line == 0 && path)
    mark = vhm_yaml_locate (scenario->tree, path);
  vhm_diagnostics_add (scenario->diagnostics, severity, mark, path, wrong,
                       right);
}

void
vhm_scenario_complain (struct vhm_scenario *scenario, struct vhm_mark mark,
                       const char *path, const char *wrong, const char *right)
{
  tell (scenario, VHM_SEVERITY_ERROR, mark, path, wrong, right);
}

void
vhm_scenario_warn (struct vhm_scenario *scenario, struct vhm_mark mark,
                   const char *path, const char *wrong, const char *right)
{
  tell (scenario, VHM_SEVERITY_WARNING, mark, path, wrong, right);
}

bool
vhm_scenario_check (struct vhm_scenario *scenario, GError **error)
{
  return vhm_diagnostics_check (scenario->diagnostics, error);
}

char *
vhm_scenario_warnings (struct vhm_scenario *scenario)
{
  return vhm_diagnostics_text (scenario->diagnostics, VHM_SEVERITY_WARNING);
}
