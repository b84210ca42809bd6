/* Fills a C struct from a tree by the rows of its schema.
 *
 * Three passes over each mapping: every key must be a row's, every row takes
 * its value or its default, the schema's own check sees the whole. A frame is
 * one mapping and the struct it fills; frames form a chain along the recursion,
 * and give a mistake its path and, where the text has no place of its own (a
 * default), the nearest place above.
 *
 * A default that cannot be read is the table's mistake, not the user's: abort.
 *
 * Cost: O(values x rows of their schema).
 */
#include <string.h>
#include <vhm/base/require.h>
#include <vhm/sim/quantity.h>

#include "scenario_part.h"

/* More mistakes than anybody reads: suggestions for them are not worth time. */
enum { MANY_ERRORS = 1000 };

struct frame {
  struct vhm_scenario *scenario;
  const struct vhm_schema *schema;
  const struct vhm_yaml_node *node;
  const char *path;
  const char *extra_key; /* a key besides the rows ("kind"), or NULL */
  struct vhm_mark place;
  char *config;
};

static void fill_struct (const struct frame *frame);

static size_t
n_errors (const struct frame *frame)
{
  return vhm_diagnostics_n (frame->scenario->diagnostics, VHM_SEVERITY_ERROR);
}

static struct vhm_mark
place_of (const struct frame *frame, const struct vhm_yaml_node *node)
{
  return node->mark.line > 0 ? node->mark : frame->place;
}

/* A mistake in the value of a key; false, so that a reader can end with it. */
static bool
complain (const struct frame *frame, const char *key,
          const struct vhm_yaml_node *node, const char *wrong,
          const char *right)
{
  g_autofree char *path = vhm_path_join (frame->path, key);
  vhm_diagnostics_add (frame->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       place_of (frame, node), path, wrong, right);
  return false;
}

static bool
complain_kind (const struct frame *frame, const struct vhm_param *param,
               const struct vhm_yaml_node *node)
{
  static const char *const found[VHM_N_YAML_KINDS]
      = { "a single value", "a list", "a mapping" };
  g_autofree char *wrong
      = vhm_yaml_is_null (node)
            ? g_strdup ("has no value")
            : g_strdup_printf ("is %s, not %s", found[node->kind],
                               vhm_quantity_what (param->type));
  g_autofree char *right
      = g_strdup_printf ("write it like %s", vhm_quantity_forms (param->type));
  return complain (frame, param->key, node, wrong, right);
}

/* --- single values -------------------------------------------------------- */

static union vhm_value
bound (const struct vhm_param *param, const char *text)
{
  union vhm_value value;
  if (!vhm_quantity_parse (param->type, text, &value, NULL))
    vhm_require_failed ("a bound in a parameter table is a value", param->key,
                        0);
  return value;
}

static bool
check_range (const struct frame *frame, const struct vhm_param *param,
             const struct vhm_yaml_node *node, union vhm_value value)
{
  bool is_below
      = param->min
        && vhm_quantity_compare (param->type, value, bound (param, param->min))
               < 0;
  bool is_above
      = param->max
        && vhm_quantity_compare (param->type, value, bound (param, param->max))
               > 0;
  if (!is_below && !is_above)
    return true;
  g_autofree char *quoted = vhm_quote (node->text);
  g_autofree char *wrong
      = g_strdup_printf ("%s is too %s", quoted, is_below ? "small" : "large");
  g_autofree char *right
      = param->min && param->max
            ? g_strdup_printf ("from %s to %s", param->min, param->max)
            : g_strdup_printf ("at %s %s", param->min ? "least" : "most",
                               param->min ? param->min : param->max);
  return complain (frame, param->key, node, wrong, right);
}

static void
store (const struct frame *frame, const struct vhm_param *param,
       union vhm_value value)
{
  char *field = frame->config + param->offset;
  switch (param->type) {
  case VHM_PARAM_BOOL:
    *(bool *) field = value.flag;
    break;
  case VHM_PARAM_NUMBER:
    *(double *) field = value.number;
    break;
  case VHM_PARAM_NAME:
  case VHM_PARAM_TEXT:
    *(const char **) field = value.text;
    break;
  case VHM_PARAM_COUNT:
  case VHM_PARAM_FRACTION:
  case VHM_PARAM_BYTES:
  case VHM_PARAM_TIME:
  case VHM_PARAM_HERTZ:
  case VHM_PARAM_RATE:
  case VHM_PARAM_CLOCK:
    *(uint64_t *) field = value.amount;
    break;
  case VHM_PARAM_CHOICE:
  case VHM_PARAM_CHOICES:
  case VHM_PARAM_OBJECT:
  case VHM_PARAM_LIST:
  case VHM_PARAM_PLUGIN:
  case VHM_PARAM_PLUGINS:
  case VHM_PARAM_TREE:
  case VHM_PARAM_TRACE:
  case VHM_N_PARAM_TYPES:
    vhm_require_failed ("a type of one value", param->key, 0);
  }
}

/* Block text (`>`, `|`) ends with line breaks that nobody meant. */
static const char *
text_of (const struct frame *frame, const struct vhm_param *param,
         const struct vhm_yaml_node *node)
{
  if (param->type != VHM_PARAM_TEXT || !g_str_has_suffix (node->text, "\n"))
    return node->text;
  char *trimmed = g_strchomp (g_strdup (node->text));
  return vhm_arena_keep (frame->scenario->arena, trimmed);
}

static bool
read_scalar (const struct frame *frame, const struct vhm_param *param,
             const struct vhm_yaml_node *node)
{
  g_autoptr (GError) error = NULL;
  union vhm_value value;
  bool is_path = strcmp (param->key, "preset") == 0 && strchr (node->text, '/');
  if (!vhm_quantity_parse (is_path ? VHM_PARAM_TEXT : param->type,
                           text_of (frame, param, node), &value, &error))
    return complain (frame, param->key, node, error->message, NULL);
  if ((param->min || param->max) && !check_range (frame, param, node, value))
    return false;
  store (frame, param, value);
  return true;
}

/* Index of the choice that the node names; -1: none, which has been said. */
static int
find_choice (const struct frame *frame, const struct vhm_param *param,
             const struct vhm_yaml_node *node)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (int i = 0; param->choices[i]; i++) {
    if (strcmp (param->choices[i], node->text) == 0)
      return i;
    g_ptr_array_add (names, (gpointer) param->choices[i]);
  }
  g_autofree char *quoted = vhm_quote (node->text);
  g_autofree char *wrong = g_strdup_printf ("unknown choice %s", quoted);
  g_autofree char *right = vhm_known_names (node->text, names);
  complain (frame, param->key, node, wrong, right);
  return -1;
}

static bool
read_choice (const struct frame *frame, const struct vhm_param *param,
             const struct vhm_yaml_node *node)
{
  int choice = find_choice (frame, param, node);
  if (choice >= 0)
    *(int *) (void *) (frame->config + param->offset) = choice;
  return choice >= 0;
}

static bool
read_choices (const struct frame *frame, const struct vhm_param *param,
              const struct vhm_yaml_node *node)
{
  uint64_t *set = (uint64_t *) (void *) (frame->config + param->offset);
  if (node->kind != VHM_YAML_SEQUENCE)
    return complain_kind (frame, param, node);
  *set = 0;
  bool fine = true;
  for (size_t i = 0; i < node->n; i++) {
    const struct vhm_yaml_node *item = node->entries[i].value;
    bool is_name = item->kind == VHM_YAML_SCALAR && !vhm_yaml_is_null (item);
    int choice = is_name ? find_choice (frame, param, item) : -1;
    if (!is_name)
      complain (frame, param->key, item, "is no name", "a list of names");
    fine = fine && choice >= 0;
    if (choice >= 0)
      *set |= UINT64_C (1) << choice;
  }
  return fine;
}

static bool
read_trace (const struct frame *frame, const struct vhm_param *param,
            const struct vhm_yaml_node *node)
{
  g_autoptr (GError) error = NULL;
  union vhm_value path;
  if (!vhm_quantity_parse (VHM_PARAM_TEXT, node->text, &path, &error))
    return complain (frame, param->key, node, error->message, NULL);
  const struct vhm_trace *trace
      = vhm_scenario_trace (frame->scenario, path.text, &error);
  if (!trace)
    return complain (frame, param->key, node, error->message, NULL);
  *(const struct vhm_trace **) (void *) (frame->config + param->offset) = trace;
  return true;
}

/* --- structs in structs --------------------------------------------------- */

static void
read_struct (const struct frame *above, const char *path,
             const struct vhm_yaml_node *node, const struct vhm_schema *schema,
             const char *extra_key, void *config)
{
  struct frame frame = { above->scenario,        schema, node, path, extra_key,
                         place_of (above, node), config };
  fill_struct (&frame);
}

static bool
complain_plugin (const struct frame *above, const struct vhm_param *param,
                 const char *path, const struct vhm_yaml_node *node,
                 const char *name)
{
  g_autoptr (GPtrArray) names
      = vhm_plugin_names (above->scenario->rules.registry, param->plugin_kind);
  const char *kind
      = vhm_plugin_kind_name ((enum vhm_plugin_kind) param->plugin_kind);
  g_autofree char *quoted = vhm_quote (name ? name : "");
  g_autofree char *wrong = name
                               ? g_strdup_printf ("unknown %s %s", kind, quoted)
                               : g_strdup ("key \"kind\" is missing");
  g_autofree char *known = vhm_known_names (name ? name : "", names);
  g_autofree char *right
      = name ? g_strdup (known)
             : g_strdup_printf ("it names the %s; %s", kind, known);
  vhm_diagnostics_add (above->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       place_of (above, node), path, wrong, right);
  return false;
}

/* {key: value} without a kind means the default one, if that is a mere name. */
static const char *
kind_name (const struct vhm_param *param, const struct vhm_yaml_node *node)
{
  if (node->kind == VHM_YAML_SCALAR)
    return node->text;
  const char *kind = vhm_yaml_find_text (node, "kind");
  union vhm_value value;
  if (!kind && !vhm_yaml_find (node, "kind") && param->fallback
      && param->type == VHM_PARAM_PLUGIN
      && vhm_quantity_parse (VHM_PARAM_NAME, param->fallback, &value, NULL))
    return value.text;
  return kind;
}

static bool
read_plugin (const struct frame *above, const struct vhm_param *param,
             const char *path, struct vhm_yaml_node *node,
             struct vhm_plugin_choice *choice)
{
  vhm_arena *arena = above->scenario->arena;
  vhm_registry registry = above->scenario->rules.registry;
  if (node->kind == VHM_YAML_SEQUENCE || vhm_yaml_is_null (node))
    return complain_kind (above, param, node);
  const char *name = kind_name (param, node);
  choice->plugin
      = name && registry ? vhm_plugin_find (
            registry, (enum vhm_plugin_kind) param->plugin_kind, name)
                         : NULL;
  if (!choice->plugin) {
    const struct vhm_yaml_node *kind = vhm_yaml_find (node, "kind");
    return complain_plugin (above, param, path, kind ? kind : node, name);
  }
  const struct vhm_schema *schema = &choice->plugin->config;
  choice->config = vhm_arena_take (arena, 1, schema->size);
  if (node->kind == VHM_YAML_SCALAR)
    node = vhm_yaml_new (arena, VHM_YAML_MAPPING, node->mark);
  read_struct (above, path, node, schema, "kind", choice->config);
  return true;
}

/* --- lists ---------------------------------------------------------------- */

static bool
check_length (const struct frame *frame, const struct vhm_param *param,
              const struct vhm_yaml_node *node)
{
  struct vhm_param as_count = *param;
  as_count.type = VHM_PARAM_COUNT;
  g_autofree char *number = g_strdup_printf ("%zu", node->n);
  struct vhm_yaml_node length
      = { .kind = VHM_YAML_SCALAR, .mark = node->mark, .text = number };
  return check_range (frame, &as_count, &length,
                      (union vhm_value){ .amount = node->n });
}

/* Where items have a required name, they go by it: no two may have the same. */
static void
check_names (const struct frame *frame, const struct vhm_param *param,
             const struct vhm_yaml_node *list)
{
  const struct vhm_param *name
      = param->child ? vhm_schema_find (param->child, "name") : NULL;
  if (!name || name->type != VHM_PARAM_NAME || name->fallback)
    return;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < list->n; i++) {
    const struct vhm_yaml_node *node
        = vhm_yaml_find (list->entries[i].value, "name");
    if (!node || node->kind != VHM_YAML_SCALAR)
      continue;
    const struct vhm_yaml_node *first = g_hash_table_lookup (seen, node->text);
    if (!first) {
      g_hash_table_insert (seen, (gpointer) node->text, (gpointer) node);
      continue;
    }
    g_autofree char *quoted = vhm_quote (node->text);
    g_autofree char *wrong
        = g_strdup_printf ("the name %s is taken, by line %u, column %u",
                           quoted, first->mark.line, first->mark.column);
    complain (frame, param->key, node, wrong, "names must differ");
  }
}

static void
read_item (const struct frame *frame, const struct vhm_param *param,
           const struct vhm_yaml_node *list, size_t i, char *item)
{
  g_autofree char *list_path = vhm_path_join (frame->path, param->key);
  g_autofree char *name = vhm_yaml_item_name (list, i);
  g_autofree char *path = vhm_path_join (list_path, name);
  struct vhm_yaml_node *node = list->entries[i].value;
  if (param->type == VHM_PARAM_PLUGINS)
    read_plugin (frame, param, path, node,
                 (struct vhm_plugin_choice *) (void *) item);
  else
    read_struct (frame, path, node, param->child, NULL, item);
}

static bool
read_list (const struct frame *frame, const struct vhm_param *param,
           const struct vhm_yaml_node *node)
{
  if (node->kind != VHM_YAML_SEQUENCE)
    return complain_kind (frame, param, node);
  size_t size = param->type == VHM_PARAM_LIST
                    ? param->child->size
                    : sizeof (struct vhm_plugin_choice);
  struct vhm_list list
      = { vhm_arena_take (frame->scenario->arena, node->n, size), node->n };
  check_length (frame, param, node);
  check_names (frame, param, node);
  for (size_t i = 0; i < node->n; i++)
    read_item (frame, param, node, i, (char *) list.items + i * size);
  *(struct vhm_list *) (void *) (frame->config + param->offset) = list;
  return true;
}

/* --- one key -------------------------------------------------------------- */

static void
read_value (const struct frame *frame, const struct vhm_param *param,
            struct vhm_yaml_node *node)
{
  char *field = frame->config + param->offset;
  g_autofree char *path = vhm_path_join (frame->path, param->key);
  if (param->type == VHM_PARAM_TREE)
    *(const struct vhm_yaml_node **) (void *) field = node;
  else if (param->type == VHM_PARAM_OBJECT)
    read_struct (frame, path, node, param->child, NULL, field);
  else if (param->type == VHM_PARAM_PLUGIN)
    read_plugin (frame, param, path, node,
                 (struct vhm_plugin_choice *) (void *) field);
  else if (param->type == VHM_PARAM_LIST || param->type == VHM_PARAM_PLUGINS)
    read_list (frame, param, node);
  else if (param->type == VHM_PARAM_CHOICES)
    read_choices (frame, param, node);
  else if (node->kind != VHM_YAML_SCALAR || vhm_yaml_is_null (node))
    complain_kind (frame, param, node);
  else if (param->type == VHM_PARAM_CHOICE)
    read_choice (frame, param, node);
  else if (param->type == VHM_PARAM_TRACE)
    read_trace (frame, param, node);
  else
    read_scalar (frame, param, node);
}

static void
forget_marks (struct vhm_yaml_node *node)
{
  node->mark = (struct vhm_mark){ 0, 0, 0 };
  for (size_t i = 0; i < node->n; i++)
    forget_marks (node->entries[i].value);
}

/* The default as a tree: YAML for what is a tree, a text for the rest. */
static struct vhm_yaml_node *
default_node (const struct frame *frame, const struct vhm_param *param)
{
  vhm_arena *arena = frame->scenario->arena;
  const char *text = param->fallback;
  if (vhm_quantity_is_scalar (param->type) || param->type == VHM_PARAM_CHOICE)
    return vhm_yaml_new_scalar (arena, text, (struct vhm_mark){ 0, 0, 0 });
  g_autoptr (vhm_diagnostics) diagnostics = vhm_diagnostics_new ();
  uint32_t file = vhm_diagnostics_add_file (diagnostics, "", "", 0);
  struct vhm_yaml_node *node
      = vhm_yaml_parse (arena, diagnostics, file, text, strlen (text));
  if (!node)
    vhm_require_failed ("a default in a parameter table is YAML", param->key,
                        0);
  forget_marks (node);
  return node;
}

static void
complain_missing (const struct frame *frame, const struct vhm_param *param)
{
  g_autofree char *wrong
      = g_strdup_printf ("key \"%s\" is missing", param->key);
  g_autofree char *right = g_strdup_printf ("write %s: %s", param->key,
                                            vhm_quantity_forms (param->type));
  vhm_diagnostics_add (frame->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       frame->place, frame->path, wrong, right);
}

static void
take_default (const struct frame *frame, const struct vhm_param *param)
{
  if (!param->fallback) {
    complain_missing (frame, param);
    return;
  }
  if (*param->fallback == '\0')
    return;
  size_t before = n_errors (frame);
  read_value (frame, param, default_node (frame, param));
  if (vhm_quantity_is_scalar (param->type) && n_errors (frame) > before)
    vhm_require_failed ("a default in a parameter table is a value in range",
                        param->key, 0);
}

/* --- one mapping ---------------------------------------------------------- */

static void
complain_unknown (const struct frame *frame, const struct vhm_yaml_node *key)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  if (frame->extra_key)
    g_ptr_array_add (names, (gpointer) frame->extra_key);
  for (size_t i = 0; i < frame->schema->n_params; i++)
    g_ptr_array_add (names, (gpointer) frame->schema->params[i].key);
  g_autofree char *quoted = vhm_quote (key->text);
  g_autofree char *wrong = g_strdup_printf ("unknown key %s", quoted);
  g_autofree char *right = n_errors (frame) < MANY_ERRORS
                               ? vhm_known_names (key->text, names)
                               : NULL;
  vhm_diagnostics_add (frame->scenario->diagnostics, VHM_SEVERITY_ERROR,
                       place_of (frame, key), frame->path, wrong, right);
}

static void
check_keys (const struct frame *frame)
{
  for (size_t i = 0; i < frame->node->n; i++) {
    const struct vhm_yaml_node *key = frame->node->entries[i].key;
    bool is_extra
        = frame->extra_key && strcmp (key->text, frame->extra_key) == 0;
    if (!is_extra && !vhm_schema_find (frame->schema, key->text))
      complain_unknown (frame, key);
  }
}

/* A vhm_schema_complain; the reader is the frame of the struct. */
static void
complain_from_check (void *reader, const char *key, const char *wrong,
                     const char *right)
{
  const struct frame *frame = (const struct frame *) reader;
  const struct vhm_yaml_node *node = vhm_yaml_find (frame->node, key);
  complain (frame, key, node ? node : frame->node, wrong, right);
}

static void
fill_struct (const struct frame *frame)
{
  const struct vhm_schema *schema = frame->schema;
  size_t before = n_errors (frame);
  if (frame->node->kind != VHM_YAML_MAPPING) {
    vhm_diagnostics_add (frame->scenario->diagnostics, VHM_SEVERITY_ERROR,
                         frame->place, frame->path,
                         vhm_yaml_is_null (frame->node) ? "has no value"
                                                        : "is not a mapping",
                         "write KEY: VALUE below it, indented");
    return;
  }
  check_keys (frame);
  for (size_t i = 0; i < schema->n_params; i++) {
    struct vhm_yaml_node *node
        = vhm_yaml_find (frame->node, schema->params[i].key);
    if (node)
      read_value (frame, &schema->params[i], node);
    else
      take_default (frame, &schema->params[i]);
  }
  if (schema->mark_offset > 0)
    *(struct vhm_mark *) (void *) (frame->config + schema->mark_offset)
        = frame->node->mark;
  if (schema->check && n_errors (frame) == before)
    schema->check (frame->config, complain_from_check, (void *) frame);
}

void
vhm_scenario_fill (struct vhm_scenario *scenario)
{
  const struct vhm_schema *schema = scenario->rules.schema;
  scenario->config = vhm_arena_take (scenario->arena, 1, schema->size);
  struct frame frame = {
    scenario,        schema, scenario->tree, "", NULL, scenario->tree->mark,
    scenario->config
  };
  fill_struct (&frame);
}
