/* Applies --set PATH=VALUE, or an option that stands for a path, a variant's `set`
 * and varied values to the tree of a scenario.
 *
 * The value is YAML. It is parsed with the path in front of it blanked out, so
 * that the columns of its marks are those of the whole argument. Steps of the
 * path that are not there yet are made, as mappings; items of a list are not
 * made. A text that is stepped into stands for {kind: text}, as for a plug-in.
 * Values of a variant are copied: what they are merged with may change them.
 */
#include <string.h>

#include <vhm/base/require.h>

#include "scenario_part.h"

struct override {
  struct vhm_scenario *scenario;
  const char *text;      /* begins with the path */
  struct vhm_mark start; /* of the text */
};

static struct vhm_mark
mark_at (const struct override *override, const char *at)
{
  struct vhm_mark mark = override->start;
  mark.column += (uint32_t) g_utf8_pointer_to_offset (override->text, at);
  return mark;
}

static void
complain (const struct override *override, const char *at, const char *wrong,
          const char *right)
{
  vhm_diagnostics_add (override->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       mark_at (override, at), NULL, wrong, right);
}

static struct vhm_yaml_node *
parse_value (const struct override *override, const char *value, size_t size)
{
  vhm_arena *arena = override->scenario->arena;
  if (strspn (value, " \t\n") >= size) {
    struct vhm_yaml_node *nothing
        = vhm_yaml_new (arena, VHM_YAML_SCALAR, mark_at (override, value));
    nothing->is_plain = true;
    return nothing;
  }
  size_t blanks = (size_t) g_utf8_pointer_to_offset (override->text, value);
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%*s", (int) blanks, "");
  g_string_append_len (text, value, (gssize) size);
  return vhm_yaml_parse (arena, override->scenario->diagnostics,
                         override->start.file, text->str, text->len);
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
put (const struct override *override, const char *path,
     struct vhm_yaml_node *value)
{
  struct vhm_yaml_entry *entry = walk (
      override, vhm_scenario_root (override->scenario), path, override->text);
  if (entry)
    entry->value = value;
}

/* The value is `size` bytes at `from`, or whatever is behind the first =. */
static void
apply (const struct override *override, size_t from, size_t size)
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
  const char *value = from > 0 ? override->text + from : equals + 1;
  struct vhm_yaml_node *node
      = parse_value (override, value, from > 0 ? size : strlen (value));
  if (node)
    put (override, path, node);
}

static bool
names_preset (const char *text)
{
  g_autofree char *path = g_strndup (text, strcspn (text, "="));
  return strcmp (path, "preset") == 0 || g_str_has_suffix (path, ".preset");
}

static void
apply_overrides (struct vhm_scenario *scenario, bool is_preset)
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
    apply (&(struct override){ scenario, text, { 1, 1, file } }, 0, 0);
  }
}

/* --- variants ------------------------------------------------------------- */

#define VARIANTS "variants"
#define SET "set"

/* What the variants themselves say decides nothing any more. */
static bool
is_of_variants (const char *path)
{
  return g_str_has_prefix (path, VARIANTS)
         && (path[strlen (VARIANTS)] == '.' || path[strlen (VARIANTS)] == '='
             || path[strlen (VARIANTS)] == '\0');
}

static void
apply_entry (struct vhm_scenario *scenario, const struct vhm_yaml_entry *entry)
{
  const struct vhm_yaml_node *key = entry->key;
  struct override override = { scenario, key->text, key->mark };
  if (!key->is_plain && override.start.line > 0)
    override.start.column++; /* behind the quotation mark */
  if (!is_path (key->text) || is_of_variants (key->text)) {
    complain (&override, key->text, "no path of a key that can vary",
              "for example guests.guest5.memory.maximum");
    return;
  }
  put (&override, key->text, vhm_yaml_copy (scenario->arena, entry->value));
}

static const struct vhm_yaml_node *
find_variant (const struct vhm_scenario *scenario)
{
  const struct vhm_yaml_node *list = vhm_yaml_find (scenario->tree, VARIANTS);
  for (size_t i = 0; list && i < list->n; i++) {
    const char *name = vhm_yaml_find_text (list->entries[i].value, "name");
    if (name && strcmp (name, scenario->rules.variant) == 0)
      return list->entries[i].value;
  }
  return NULL;
}

static void
apply_variant (struct vhm_scenario *scenario, bool is_preset)
{
  g_autofree char *path
      = g_strconcat (VARIANTS ".", scenario->rules.variant, NULL);
  const struct vhm_yaml_node *variant = find_variant (scenario);
  if (!variant) {
    vhm_scenario_complain (scenario, scenario->tree->mark, path,
                           "no such variant", NULL);
    return;
  }
  const struct vhm_yaml_node *set = vhm_yaml_find (variant, SET);
  if (!set)
    return;
  if (set->kind != VHM_YAML_MAPPING) {
    g_autofree char *at = vhm_path_join (path, SET);
    vhm_scenario_complain (scenario, set->mark, at, "is not a mapping",
                           "PATH: VALUE, for example {host.memory: 8 GiB}");
    return;
  }
  for (size_t i = 0; i < set->n; i++)
    if (names_preset (set->entries[i].key->text) == is_preset)
      apply_entry (scenario, &set->entries[i]);
}

static void
apply_varied (struct vhm_scenario *scenario, bool is_preset)
{
  for (size_t i = 0; i < scenario->rules.n_varied; i++) {
    const struct vhm_scenario_varied *v = &scenario->rules.varied[i];
    if (names_preset (v->text) != is_preset)
      continue;
    VHM_REQUIRE (v->from > 0 && v->from + v->size <= strlen (v->text));
    uint32_t file = vhm_diagnostics_add_file (scenario->diagnostics, v->option,
                                              v->text, strlen (v->text));
    struct override override = { scenario, v->text, { 1, 1, file } };
    if (is_of_variants (v->text))
      complain (&override, v->text, "no path of a key that can vary",
                "for example guests.guest5.memory.maximum");
    else
      apply (&override, v->from, v->size);
  }
}

void
vhm_scenario_apply_overrides (struct vhm_scenario *scenario, bool is_preset)
{
  apply_overrides (scenario, is_preset);
  if (scenario->rules.variant)
    apply_variant (scenario, is_preset);
  apply_varied (scenario, is_preset);
}
