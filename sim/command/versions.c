/* Reads each version of a scenario as a scenario of its own, so that everything
 * that is checked of a scenario is checked of each.
 *
 * KEY=A,B,... is cut at commas outside brackets and quotation marks. Versions are
 * in the order of an odometer: variants turn slowest, the last --vary fastest.
 * Cost: the file is read once a version. */
#include "versions.h"

#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>

#define OPTION "--vary"

/* --- KEY=A,B,... ------------------------------------------------------------- */

/* Behind the quotation mark that closes the text begun at `at`, or the end. */
static const char *
skip_quoted (const char *at)
{
  char mark = *at++;
  for (; *at; at++) {
    if (*at == '\\' && mark == '"' && at[1])
      at++;
    else if (*at == mark && mark == '\'' && at[1] == mark)
      at++;
    else if (*at == mark)
      return at + 1;
  }
  return at;
}

static bool
begins_quoted (const char *at, char before)
{
  return (*at == '"' || *at == '\'') && strchr ("=,[{:", before);
}

/* Where the value that begins at `at` ends: a comma, or the end. */
static const char *
value_end (const char *at)
{
  char before = '='; /* the last that is no blank */
  for (int depth = 0; *at && (*at != ',' || depth > 0);) {
    if (begins_quoted (at, before)) {
      before = *at;
      at = skip_quoted (at);
      continue;
    }
    depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
    if (!g_ascii_isspace (*at))
      before = *at;
    at++;
  }
  return at;
}

static bool
split (const char *text, GArray *values, GError **error)
{
  const char *at = strchr (text, '=');
  if (!at || at == text) {
    g_autofree char *shown = vhm_quote (text);
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 OPTION ": %s is no KEY=A,B,...; for example "
                        "guests.guest5.memory.maximum=\"4 GiB,6 GiB\"",
                 shown);
    return false;
  }
  do {
    at++;
    const char *end = value_end (at);
    while (at < end && g_ascii_isspace (*at))
      at++;
    const char *last = end;
    while (last > at && g_ascii_isspace (last[-1]))
      last--;
    struct vhm_scenario_varied value
        = { OPTION, text, (size_t) (at - text), (size_t) (last - at) };
    g_array_append_val (values, value);
    at = end;
  } while (*at);
  return true;
}

static GArray *
axis_at (const GPtrArray *axes, guint i)
{
  return axes->pdata[i];
}

static const struct vhm_scenario_varied *
value_at (const GArray *axis, guint i)
{
  return &g_array_index (axis, struct vhm_scenario_varied, i);
}

static char *
key_of (const struct vhm_scenario_varied *value)
{
  return g_strchomp (g_strndup (value->text, strcspn (value->text, "=")));
}

static bool
check_key (const GPtrArray *axes, const GArray *axis, GError **error)
{
  g_autofree char *key = key_of (value_at (axis, 0));
  for (guint i = 0; i < axes->len; i++) {
    g_autofree char *other = key_of (value_at (axis_at (axes, i), 0));
    if (strcmp (key, other) != 0)
      continue;
    g_autofree char *shown = vhm_quote (key);
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 OPTION ": %s stands here twice; give all its values at once",
                 shown);
    return false;
  }
  return true;
}

static void
free_axis (gpointer axis)
{
  g_array_unref (axis);
}

/* GArrays of struct vhm_scenario_varied, one for each --vary. */
static GPtrArray *
read_axes (char *const *vary, GError **error)
{
  g_autoptr (GPtrArray) axes = g_ptr_array_new_with_free_func (free_axis);
  for (; vary && *vary; vary++) {
    g_autoptr (GArray) axis
        = g_array_new (FALSE, FALSE, sizeof (struct vhm_scenario_varied));
    if (!split (*vary, axis, error) || !check_key (axes, axis, error))
      return NULL;
    g_ptr_array_add (axes, g_steal_pointer (&axis));
  }
  return g_steal_pointer (&axes);
}

/* --- the versions -------------------------------------------------------------- */

static void
free_version (gpointer data)
{
  struct version *version = data;
  g_free (version->name);
  g_free (version->changes);
  if (version->scenario)
    vhm_scenario_free (version->scenario);
  g_free (version);
}

static char *
name_of (const struct command_version *v)
{
  g_autoptr (GString) name = g_string_new (v->variant);
  for (size_t i = 0; i < v->n_varied; i++) {
    const struct vhm_scenario_varied *value = &v->varied[i];
    g_autofree char *key = key_of (value);
    g_string_append_printf (name, "%s%s=%.*s", name->len > 0 ? ", " : "", key,
                            (int) value->size, value->text + value->from);
  }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

/* A mapping or a list is not written out: the resolved scenario has it. */
static void
append_change (GString *out, const char *key, const struct vhm_yaml_node *value)
{
  g_string_append_printf (out, "%s%s: %s", out->len > 0 ? "\n" : "", key,
                          value && value->text ? value->text : "...");
}

/* What the variant and the values of --vary set. */
static char *
changes_of (const struct vhm_case_variant *variant,
            const struct command_version *v)
{
  GString *out = g_string_new (NULL);
  for (size_t i = 0; variant && variant->set && i < variant->set->n; i++)
    append_change (out, variant->set->entries[i].key->text,
                   variant->set->entries[i].value);
  for (size_t i = 0; i < v->n_varied; i++) {
    const struct vhm_scenario_varied *value = &v->varied[i];
    g_autofree char *key = key_of (value);
    g_string_append_printf (out, "%s%s: %.*s", out->len > 0 ? "\n" : "", key,
                            (int) value->size, value->text + value->from);
  }
  return g_string_free (out, FALSE);
}

static guint64
n_versions (const struct vhm_case *base, const GPtrArray *axes)
{
  guint64 n = MAX (base->variants.n, 1);
  for (guint i = 0; i < axes->len && n <= VERSIONS_MOST; i++)
    n *= axis_at (axes, i)->len;
  return n;
}

/* The values of version k, that of the last axis turning fastest. */
static struct command_version
version_at (const struct vhm_case *base, const GPtrArray *axes, guint64 k,
            struct vhm_scenario_varied *values)
{
  const struct vhm_case_variant *variants = base->variants.items;
  for (guint i = axes->len; i-- > 0;) {
    guint n = axis_at (axes, i)->len;
    values[i] = *value_at (axis_at (axes, i), (guint) (k % n));
    k /= n;
  }
  return (struct command_version){
    .base = base,
    .variant = base->variants.n > 0 ? variants[k].name : NULL,
    .varied = values,
    .n_varied = axes->len,
  };
}

static GPtrArray *
read_all (const char *path, const char *const *overrides,
          const struct vhm_case *base, const GPtrArray *axes, GError **error)
{
  g_autoptr (GPtrArray) versions
      = g_ptr_array_new_with_free_func (free_version);
  g_autofree struct vhm_scenario_varied *values
      = g_new0 (struct vhm_scenario_varied, MAX (axes->len, 1));
  g_autoptr (GError) mistakes = NULL;
  guint64 n = n_versions (base, axes);
  for (guint64 k = 0; k < n; k++) {
    struct command_version v = version_at (base, axes, k, values);
    v.overrides = overrides;
    g_autoptr (GError) wrong = NULL;
    struct version *version = g_new0 (struct version, 1);
    g_ptr_array_add (versions, version);
    version->name = name_of (&v);
    version->changes = changes_of (command_variant (base, v.variant), &v);
    version->scenario = command_read_version (path, &v, &wrong);
    command_add_error (&mistakes, wrong);
  }
  if (!mistakes)
    return g_steal_pointer (&versions);
  g_propagate_error (error, g_steal_pointer (&mistakes));
  return NULL;
}

GPtrArray *
versions_read (const char *path, const char *const *overrides,
               char *const *vary, GError **error)
{
  g_autoptr (vhm_scenario) base = command_read_case (path, overrides, error);
  g_autoptr (GPtrArray) axes = base ? read_axes (vary, error) : NULL;
  if (!axes)
    return NULL;
  guint64 n = n_versions (command_case (base), axes);
  if (n >= 2 && n <= VERSIONS_MOST)
    return read_all (path, overrides, command_case (base), axes, error);
  if (n < 2)
    g_set_error (
        error, VHM_ERROR, VHM_ERROR_USAGE,
        "nothing to compare; give the scenario two `variants` or more, "
        "or " OPTION " KEY=A,B");
  else
    g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
                 "more than %d versions; fewer variants, fewer " OPTION
                 " or fewer values",
                 VERSIONS_MOST);
  return NULL;
}
