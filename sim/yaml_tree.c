/* Operations on a YAML tree: building, finding by path, merging, printing.
 *
 * Invariant: every node has one parent, keys of a mapping are scalars and
 * differ from each other.
 * Growth of the entries: the array is full whenever n is a power of two, so no
 * capacity needs storing; arrays outgrown stay in the arena (at most as much
 * again). Recursion is as deep as the tree, which the reader bounds.
 */
#include <vhm/sim/yaml_tree.h>

#include <string.h>

/* libyaml takes a key before its `:` for one only up to 1024 characters. */
enum { SIMPLE_KEY_BYTES = 1000 };

struct vhm_yaml_node *
vhm_yaml_new (vhm_arena *arena, enum vhm_yaml_kind kind, struct vhm_mark mark)
{
  struct vhm_yaml_node *node = vhm_arena_take (arena, 1, sizeof *node);
  node->kind = kind;
  node->mark = mark;
  node->text = kind == VHM_YAML_SCALAR ? "" : NULL;
  return node;
}

struct vhm_yaml_node *
vhm_yaml_new_scalar (vhm_arena *arena, const char *text, struct vhm_mark mark)
{
  struct vhm_yaml_node *node = vhm_yaml_new (arena, VHM_YAML_SCALAR, mark);
  node->text = vhm_arena_text (arena, text);
  return node;
}

void
vhm_yaml_append (vhm_arena *arena, struct vhm_yaml_node *parent,
                 struct vhm_yaml_node *key, struct vhm_yaml_node *value)
{
  size_t n = parent->n;
  if ((n & (n - 1)) == 0) {
    struct vhm_yaml_entry *grown
        = vhm_arena_take (arena, MAX (2 * n, 1), sizeof *grown);
    if (n > 0)
      memcpy (grown, parent->entries, n * sizeof *grown);
    parent->entries = grown;
  }
  parent->entries[parent->n++] = (struct vhm_yaml_entry){ key, value };
}

struct vhm_yaml_node *
vhm_yaml_copy (vhm_arena *arena, const struct vhm_yaml_node *node)
{
  struct vhm_yaml_node *copy = vhm_yaml_new (arena, node->kind, node->mark);
  copy->is_plain = node->is_plain;
  copy->text = node->text;
  for (size_t i = 0; i < node->n; i++)
    vhm_yaml_append (arena, copy, node->entries[i].key,
                     vhm_yaml_copy (arena, node->entries[i].value));
  return copy;
}

size_t
vhm_yaml_depth (const struct vhm_yaml_node *node)
{
  size_t deepest = 0;
  for (size_t i = 0; i < node->n; i++) {
    size_t depth = vhm_yaml_depth (node->entries[i].value);
    deepest = MAX (deepest, depth); /* not inside: MAX asks twice */
  }
  return deepest + (node->kind != VHM_YAML_SCALAR);
}

size_t
vhm_yaml_n_nodes (const struct vhm_yaml_node *node)
{
  size_t n = 1;
  for (size_t i = 0; i < node->n; i++)
    n += vhm_yaml_n_nodes (node->entries[i].value);
  return n;
}

/* --- finding -------------------------------------------------------------- */

bool
vhm_yaml_is_null (const struct vhm_yaml_node *node)
{
  return node->kind == VHM_YAML_SCALAR && node->is_plain
         && (*node->text == '\0'
             || g_ascii_strcasecmp (node->text, "null") == 0);
}

struct vhm_yaml_node *
vhm_yaml_find (const struct vhm_yaml_node *node, const char *key)
{
  if (node->kind == VHM_YAML_MAPPING)
    for (size_t i = 0; i < node->n; i++)
      if (strcmp (node->entries[i].key->text, key) == 0)
        return node->entries[i].value;
  return NULL;
}

const char *
vhm_yaml_find_text (const struct vhm_yaml_node *node, const char *key)
{
  const struct vhm_yaml_node *value = vhm_yaml_find (node, key);
  return value && value->kind == VHM_YAML_SCALAR ? value->text : NULL;
}

/* Length of `name` if the path begins with it as a whole step, else 0. */
static size_t
step_length (const char *path, const char *name)
{
  size_t n = strlen (name);
  return strncmp (path, name, n) == 0 && (path[n] == '\0' || path[n] == '.')
             ? n
             : 0;
}

static size_t
entry_length (const struct vhm_yaml_node *node, size_t i, const char *path)
{
  if (node->kind == VHM_YAML_MAPPING)
    return step_length (path, node->entries[i].key->text);
  const char *name = vhm_yaml_find_text (node->entries[i].value, "name");
  size_t by_name = name ? step_length (path, name) : 0;
  if (by_name > 0)
    return by_name;
  char number[24];
  g_snprintf (number, sizeof number, "%zu", i);
  return step_length (path, number);
}

struct vhm_yaml_entry *
vhm_yaml_step (const struct vhm_yaml_node *node, const char **path)
{
  struct vhm_yaml_entry *best = NULL;
  size_t longest = 0;
  for (size_t i = 0; i < node->n; i++) {
    size_t n = entry_length (node, i, *path);
    if (n > longest) {
      longest = n;
      best = &node->entries[i];
    }
  }
  *path += longest;
  *path += best && **path == '.';
  return best;
}

char *
vhm_yaml_item_name (const struct vhm_yaml_node *sequence, size_t i)
{
  const char *name = vhm_yaml_find_text (sequence->entries[i].value, "name");
  return name && *name ? g_strdup (name) : g_strdup_printf ("%zu", i);
}

struct vhm_mark
vhm_yaml_locate (const struct vhm_yaml_node *root, const char *path)
{
  const struct vhm_yaml_entry *entry;
  while (*path && (entry = vhm_yaml_step (root, &path)))
    root = entry->value;
  return root->mark;
}

/* --- merging -------------------------------------------------------------- */

static const char *
kind_of (const struct vhm_yaml_node *node)
{
  return node->kind == VHM_YAML_SCALAR ? node->text
                                       : vhm_yaml_find_text (node, "kind");
}

/* True if both are variants of one thing, so that keys of one fit the other. */
static bool
is_mergeable (const struct vhm_yaml_node *upper,
              const struct vhm_yaml_node *lower)
{
  if (upper->kind != VHM_YAML_MAPPING || lower->kind != VHM_YAML_MAPPING)
    return false;
  const char *above = kind_of (upper), *below = kind_of (lower);
  return !above || !below || strcmp (above, below) == 0;
}

/* `model` above {kind: model, share: 3} leaves the share to the lower one. */
static void
spell_out (vhm_arena *arena, struct vhm_yaml_node *upper,
           const struct vhm_yaml_node *lower)
{
  const char *below = vhm_yaml_find_text (lower, "kind");
  if (upper->kind != VHM_YAML_SCALAR || !below
      || strcmp (upper->text, below) != 0)
    return;
  struct vhm_yaml_node *kind = vhm_yaml_new_scalar (arena, below, upper->mark);
  upper->kind = VHM_YAML_MAPPING;
  upper->text = NULL;
  vhm_yaml_append (arena, upper,
                   vhm_yaml_new_scalar (arena, "kind", upper->mark), kind);
}

void
vhm_yaml_merge (vhm_arena *arena, struct vhm_yaml_node *upper,
                const struct vhm_yaml_node *lower)
{
  spell_out (arena, upper, lower);
  if (!is_mergeable (upper, lower))
    return;
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < upper->n; i++)
    g_hash_table_insert (keys, (gpointer) upper->entries[i].key->text,
                         upper->entries[i].value);
  for (size_t i = 0; i < lower->n; i++) {
    const struct vhm_yaml_entry *entry = &lower->entries[i];
    struct vhm_yaml_node *mine = g_hash_table_lookup (keys, entry->key->text);
    if (mine)
      vhm_yaml_merge (arena, mine, entry->value);
    else
      vhm_yaml_append (arena, upper, entry->key,
                       vhm_yaml_copy (arena, entry->value));
  }
}

/* --- printing ------------------------------------------------------------- */

/* Words and numbers to which some reader of YAML gives a meaning of its own. */
static bool
looks_typed (const char *text)
{
  static const char *const words[]
      = { "true", "false", "yes", "no", "on", "off", "null" };
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return true;
  return g_ascii_isdigit (*text)
         && strspn (text, "0123456789._xXabcdefABCDEF+-") == strlen (text);
}

/* Characters that mean nothing to YAML wherever they stand, and no space at
 * either end. */
static bool
is_safe (const char *text)
{
  size_t n = strlen (text);
  return n > 0
         && strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS " _./%+-()=")
                == n
         && (g_ascii_isalnum (*text) || strchr ("_/", *text))
         && text[n - 1] != ' ';
}

/* Whatever YAML takes as it is within quotation marks; the separators of lines
 * and paragraphs are printable to Unicode, but line breaks to YAML. */
static bool
is_literal (gunichar c)
{
  return g_unichar_isprint (c) && c != 0x2028 && c != 0x2029;
}

static void
print_quoted (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c == '"' || c == '\\')
      g_string_append_printf (out, "\\%c", (char) c);
    else if (c == '\n')
      g_string_append (out, "\\n");
    else if (is_literal (c))
      g_string_append_unichar (out, c);
    else
      g_string_append_printf (out, c > 0xffff ? "\\U%08x" : "\\u%04x",
                              (unsigned) c);
  }
  g_string_append_c (out, '"');
}

void
vhm_yaml_print_text (GString *out, const char *text)
{
  if (is_safe (text) && !looks_typed (text))
    g_string_append (out, text);
  else
    print_quoted (out, text);
}

static void
print_scalar (GString *out, const struct vhm_yaml_node *node)
{
  if (node->is_plain && *node->text == '\0')
    g_string_append_c (out, '~');
  else if (node->is_plain && is_safe (node->text))
    g_string_append (out, node->text);
  else if (node->is_plain)
    print_quoted (out, node->text);
  else
    vhm_yaml_print_text (out, node->text);
}

static void
print_key (GString *out, const char *key, unsigned indent)
{
  g_autoptr (GString) text = g_string_new (NULL);
  vhm_yaml_print_text (text, key);
  if (text->len <= SIMPLE_KEY_BYTES)
    g_string_append_printf (out, "%s:", text->str);
  else
    g_string_append_printf (out, "? %s\n%*s:", text->str, (int) indent, "");
}

static void
print_mapping (GString *out, const struct vhm_yaml_node *node, unsigned indent,
               bool is_first_indented)
{
  for (size_t i = 0; i < node->n; i++) {
    if (i > 0 || is_first_indented)
      g_string_append_printf (out, "%*s", (int) indent, "");
    print_key (out, node->entries[i].key->text, indent);
    vhm_yaml_print (out, node->entries[i].value, indent);
  }
}

static void
print_item (GString *out, const struct vhm_yaml_node *node, unsigned indent)
{
  g_string_append_printf (out, "%*s-", (int) indent, "");
  if (node->kind != VHM_YAML_MAPPING || node->n == 0) {
    vhm_yaml_print (out, node, indent);
    return;
  }
  g_string_append_c (out, ' ');
  print_mapping (out, node, indent + 2, false);
}

void
vhm_yaml_print (GString *out, const struct vhm_yaml_node *node, unsigned indent)
{
  if (node->kind == VHM_YAML_SCALAR) {
    g_string_append_c (out, ' ');
    print_scalar (out, node);
    g_string_append_c (out, '\n');
  } else if (node->n == 0) {
    g_string_append (out, node->kind == VHM_YAML_MAPPING ? " {}\n" : " []\n");
  } else {
    g_string_append_c (out, '\n');
    if (node->kind == VHM_YAML_MAPPING)
      print_mapping (out, node, indent + 2, true);
    for (size_t i = 0; node->kind == VHM_YAML_SEQUENCE && i < node->n; i++)
      print_item (out, node->entries[i].value, indent + 2);
  }
}

void
vhm_yaml_print_root (GString *out, const struct vhm_yaml_node *root)
{
  if (root->kind == VHM_YAML_MAPPING && root->n > 0)
    print_mapping (out, root, 0, true);
  else
    vhm_yaml_print (out, root, 0);
}
