/* Applies --set PATH=VALUE, or an option that stands for a path, to the tree of a
 * scenario.
 *
 * The value is YAML. It is parsed with the path in front of it blanked out, so
 * that the columns of its marks are those of the whole argument. Steps of the
 * path that are not there yet are made, as mappings; items of a list are not
 * made. A text that is stepped into stands for {kind: text}, as for a plug-in.
 */
#include <string.h>

#include "scenario_part.h"

struct override {
  struct vhm_scenario *scenario;
  const char *text;
  uint32_t file;
};

static void
complain (const struct override *override, const char *at, const char *wrong,
          const char *right)
{
  struct vhm_mark mark = vhm_diagnostics_place (
      override->text, strlen (override->text), (size_t) (at - override->text));
  mark.file = override->file;
  vhm_diagnostics_add (override->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       mark, NULL, wrong, right);
}

static struct vhm_mark
mark_at (const struct override *override, const char *at)
{
  return (struct vhm_mark){
    1, (uint32_t) g_utf8_pointer_to_offset (override->text, at) + 1,
    override->file
  };
}

static struct vhm_yaml_node *
parse_value (const struct override *override, const char *value)
{
  vhm_arena *arena = override->scenario->arena;
  if (value[strspn (value, " \t\n")] == '\0') {
    struct vhm_yaml_node *nothing
        = vhm_yaml_new (arena, VHM_YAML_SCALAR, mark_at (override, value));
    nothing->is_plain = true;
    return nothing;
  }
  size_t blanks = (size_t) g_utf8_pointer_to_offset (override->text, value);
  g_autofree char *blank = g_strnfill (blanks, ' ');
  g_autofree char *text = g_strconcat (blank, value, NULL);
  return vhm_yaml_parse (arena, override->scenario->diagnostics, override->file,
                         text, strlen (text));
}

/* Makes a mapping of a scalar, so that there is something to step into. */
static void
open_scalar (const struct override *override, struct vhm_yaml_node *node)
{
  if (node->kind != VHM_YAML_SCALAR)
    return;
  vhm_arena *arena = override->scenario->arena;
  struct vhm_yaml_node *kind
      = vhm_yaml_is_null (node) ? NULL : vhm_yaml_copy (arena, node);
  node->kind = VHM_YAML_MAPPING;
  node->text = NULL;
  if (kind)
    vhm_yaml_append (arena, node,
                     vhm_yaml_new_scalar (arena, "kind", node->mark), kind);
}

static void
complain_no_item (const struct override *override,
                  const struct vhm_yaml_node *list, const char *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < list->n; i++)
    g_ptr_array_add (names, vhm_yaml_item_name (list, i));
  g_autofree char *step = g_strndup (path, strcspn (path, "."));
  g_autofree char *quoted = vhm_quote (step);
  g_autofree char *wrong = g_strdup_printf ("no item %s in this list", quoted);
  g_autofree char *right = vhm_known_names (step, names);
  complain (override, path, wrong, right);
}

/* Finds or makes the entry that the path leads to, NULL after complaining. */
static struct vhm_yaml_entry *
walk (const struct override *override, struct vhm_yaml_node *node,
      const char *path, const char *place)
{
  for (unsigned steps = 0; steps < VHM_YAML_MAX_DEPTH; steps++) {
    open_scalar (override, node);
    const char *rest = path;
    struct vhm_yaml_entry *entry = vhm_yaml_step (node, &rest);
    if (!entry && node->kind == VHM_YAML_SEQUENCE) {
      complain_no_item (override, node, place);
      return NULL;
    }
    if (!entry) {
      vhm_arena *arena = override->scenario->arena;
      struct vhm_mark mark = mark_at (override, place);
      size_t n = strcspn (path, ".");
      g_autofree char *step = g_strndup (path, n);
      vhm_yaml_append (arena, node, vhm_yaml_new_scalar (arena, step, mark),
                       vhm_yaml_new (arena, VHM_YAML_MAPPING, mark));
      entry = &node->entries[node->n - 1];
      rest = path + n + (path[n] == '.');
    }
    if (*rest == '\0')
      return entry;
    place += rest - path;
    path = rest;
    node = entry->value;
  }
  complain (override, place, "the path has too many steps", NULL);
  return NULL;
}

/* Neither empty nor with an empty step. */
static bool
is_path (const char *path)
{
  return *path && *path != '.' && !strstr (path, "..")
         && !g_str_has_suffix (path, ".") && !strpbrk (path, "\n\r");
}

static void
apply (const struct override *override)
{
  const char *equals = strchr (override->text, '=');
  if (!g_utf8_validate (override->text, -1, NULL)) {
    complain (override, override->text, "not UTF-8", NULL);
    return;
  }
  g_autofree char *path = g_strndup (
      override->text, equals ? (size_t) (equals - override->text) : 0);
  g_strchomp (path);
  if (!is_path (path)) {
    complain (override, override->text, "no PATH=VALUE",
              "for example guests.guest5.memory.maximum=\"6 GiB\"");
    return;
  }
  struct vhm_yaml_node *value = parse_value (override, equals + 1);
  if (!value)
    return;
  struct vhm_yaml_entry *entry = walk (
      override, vhm_scenario_root (override->scenario), path, override->text);
  if (entry)
    entry->value = value;
}

static bool
names_preset (const char *text)
{
  g_autofree char *path = g_strndup (text, strcspn (text, "="));
  return strcmp (path, "preset") == 0 || g_str_has_suffix (path, ".preset");
}

void
vhm_scenario_apply_overrides (struct vhm_scenario *scenario, bool is_preset)
{
  const char *const *texts = scenario->rules.overrides;
  const char *const *options = scenario->rules.options;
  vhm_diagnostics *d = scenario->diagnostics;
  for (size_t i = 0; texts && texts[i]; i++) {
    const char *text = texts[i];
    if (names_preset (text) != is_preset)
      continue;
    uint32_t file
        = options && options[i]
              ? vhm_diagnostics_add_option (d, options[i], text)
              : vhm_diagnostics_add_file (d, "--set", text, strlen (text));
    apply (&(struct override){ scenario, text, file });
  }
}
