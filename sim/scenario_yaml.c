/* Reads YAML text into a tree; the only file that knows libyaml.
 *
 * libyaml's *events* are consumed one by one (its own document loader would
 * build everything before we could object). A stack of open collections holds
 * what is being built; its height is the depth, bounded at each event, so that
 * parsing stops at once however deep the rest goes. Every node is counted when
 * it is made, copies for aliases included: an alias bomb meets the bound on
 * nodes long before memory feels it.
 *
 * The text is checked before libyaml sees it: UTF-8, no control characters, no
 * %TAG (its handling there is quadratic). Tags are refused: nothing in a
 * scenario has a type that its key does not say.
 *
 * Cost: O(bytes + nodes).
 * Source: YAML 1.1, and its merge-key type (yaml.org/type/merge.html).
 */
#include <vhm/sim/yaml_tree.h>

#include <string.h>
#include <yaml.h>

struct open {
  struct vhm_yaml_node *node;
  struct vhm_yaml_node *key; /* of a mapping, waiting for its value */
  char *anchor;
};

struct parse {
  vhm_arena *arena;
  vhm_diagnostics *diagnostics;
  uint32_t file;
  GArray *stack;       /* struct open, from the root down */
  GHashTable *anchors; /* name -> node, once complete */
  struct vhm_yaml_node *root;
  size_t n_nodes, n_documents;
};

static struct vhm_mark
mark_of (const struct parse *parse, yaml_mark_t at)
{
  return (struct vhm_mark){ (uint32_t) at.line + 1, (uint32_t) at.column + 1,
                            parse->file };
}

/* Always false: parsing cannot go on. */
static bool
stop (struct parse *parse, struct vhm_mark mark, const char *wrong,
      const char *right)
{
  vhm_diagnostics_add (parse->diagnostics, VHM_SEVERITY_ERROR, mark, NULL,
                       wrong, right);
  return false;
}

/* --- before libyaml ------------------------------------------------------- */

static bool
stop_at (struct parse *parse, const char *text, size_t size, size_t offset,
         const char *wrong, const char *right)
{
  struct vhm_mark mark = vhm_diagnostics_place (text, size, offset);
  mark.file = parse->file;
  return stop (parse, mark, wrong, right);
}

static bool
is_control (char c)
{
  return ((guchar) c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

static bool
check_characters (struct parse *parse, const char *text, size_t size)
{
  const char *end = text;
  for (size_t i = 0; i < size; i++)
    if (is_control (text[i])) {
      g_autofree char *wrong
          = g_strdup_printf ("control character 0x%02x", (guchar) text[i]);
      return stop_at (parse, text, size, i, wrong, "UTF-8 text without it");
    }
  if (g_utf8_validate_len (text, size, &end))
    return true;
  g_autofree char *wrong
      = g_strdup_printf ("byte 0x%02x is not UTF-8", (guchar) *end);
  return stop_at (parse, text, size, (size_t) (end - text), wrong,
                  "save the file as UTF-8");
}

/* At the start of a line; the last byte of every line break YAML knows. */
static bool
check_directives (struct parse *parse, const char *text, size_t size)
{
  const char *p = text;
  while (
      (p = g_strstr_len (p, (gssize) (size - (size_t) (p - text)), "%TAG"))) {
    if (p == text || memchr ("\n\r\x85\xa8\xa9", p[-1], 5))
      return stop_at (parse, text, size, (size_t) (p - text),
                      "tags are not supported", "remove the line");
    p++;
  }
  return true;
}

/* --- building ------------------------------------------------------------- */

static struct vhm_yaml_node *
make (struct parse *parse, enum vhm_yaml_kind kind, struct vhm_mark mark)
{
  if (++parse->n_nodes <= VHM_YAML_MAX_NODES)
    return vhm_yaml_new (parse->arena, kind, mark);
  g_autofree char *wrong = g_strdup_printf (
      "more than %d values, aliases expanded", VHM_YAML_MAX_NODES);
  stop (parse, mark, wrong, "write less, or use `count`");
  return NULL;
}

static struct open *
top (const struct parse *parse)
{
  return parse->stack->len > 0
             ? &g_array_index (parse->stack, struct open, parse->stack->len - 1)
             : NULL;
}

/* A finished scalar, or a collection just opened, takes its place. */
static bool
attach (struct parse *parse, struct vhm_yaml_node *node)
{
  struct open *open = top (parse);
  if (!open) {
    parse->root = node;
  } else if (open->node->kind == VHM_YAML_SEQUENCE) {
    vhm_yaml_append (parse->arena, open->node, NULL, node);
  } else if (open->key) {
    vhm_yaml_append (parse->arena, open->node, open->key, node);
    open->key = NULL;
  } else if (node->kind == VHM_YAML_SCALAR) {
    open->key = node;
  } else {
    return stop (parse, node->mark,
                 node->kind == VHM_YAML_MAPPING
                     ? "a key must be a text, not a mapping"
                     : "a key must be a text, not a list",
                 "quotation marks make a text of it");
  }
  return true;
}

static void
remember (struct parse *parse, const char *anchor, struct vhm_yaml_node *node)
{
  if (anchor)
    g_hash_table_insert (parse->anchors, g_strdup (anchor), node);
}

/* The tag "!" in front of a text only says "a text", which it is. */
static bool
check_tag (struct parse *parse, const yaml_char_t *tag, struct vhm_mark mark)
{
  return !tag || strcmp ((const char *) tag, "!") == 0
         || stop (parse, mark, "tags are not supported",
                  "leave out what starts with !");
}

static bool
add_scalar (struct parse *parse, const yaml_event_t *event)
{
  struct vhm_mark mark = mark_of (parse, event->start_mark);
  const char *value = (const char *) event->data.scalar.value;
  if (!check_tag (parse, event->data.scalar.tag, mark))
    return false;
  if (strlen (value) != event->data.scalar.length)
    return stop (parse, mark, "the text holds a 0 character", "remove the \\0");
  struct vhm_yaml_node *node = make (parse, VHM_YAML_SCALAR, mark);
  if (!node)
    return false;
  node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  node->text = node->is_plain && strcmp (value, "~") == 0
                   ? ""
                   : vhm_arena_text (parse->arena, value);
  remember (parse, (const char *) event->data.scalar.anchor, node);
  return attach (parse, node);
}

static bool
begin (struct parse *parse, enum vhm_yaml_kind kind, const yaml_event_t *event,
       const yaml_char_t *anchor, const yaml_char_t *tag)
{
  struct vhm_mark mark = mark_of (parse, event->start_mark);
  if (!check_tag (parse, tag, mark))
    return false;
  if (parse->stack->len >= VHM_YAML_MAX_DEPTH) {
    g_autofree char *wrong = g_strdup_printf ("nested more than %d levels deep",
                                              VHM_YAML_MAX_DEPTH);
    return stop (parse, mark, wrong, NULL);
  }
  struct vhm_yaml_node *node = make (parse, kind, mark);
  if (!node || !attach (parse, node))
    return false;
  if (anchor) /* known, but not to be used inside itself */
    remember (parse, (const char *) anchor, NULL);
  struct open open = { node, NULL, g_strdup ((const char *) anchor) };
  g_array_append_val (parse->stack, open);
  return true;
}

/* Copies for an alias, against the bound on nodes. */
static struct vhm_yaml_node *
expand (struct parse *parse, const struct vhm_yaml_node *node)
{
  struct vhm_yaml_node *copy = make (parse, node->kind, node->mark);
  if (!copy)
    return NULL;
  copy->is_plain = node->is_plain;
  copy->text = node->text;
  for (size_t i = 0; i < node->n; i++) {
    struct vhm_yaml_node *value = expand (parse, node->entries[i].value);
    if (!value)
      return NULL;
    vhm_yaml_append (parse->arena, copy, node->entries[i].key, value);
  }
  return copy;
}

static bool
add_alias (struct parse *parse, const yaml_event_t *event)
{
  struct vhm_mark mark = mark_of (parse, event->start_mark);
  const char *name = (const char *) event->data.alias.anchor;
  gpointer target = NULL;
  g_autofree char *quoted = vhm_quote (name);
  if (!g_hash_table_lookup_extended (parse->anchors, name, NULL, &target)) {
    g_autofree char *wrong = g_strdup_printf ("no anchor %s above", quoted);
    return stop (parse, mark, wrong,
                 "an alias repeats what an anchor (&NAME) "
                 "further up has marked");
  }
  if (!target) {
    g_autofree char *wrong
        = g_strdup_printf ("alias %s stands inside its own anchor", quoted);
    return stop (parse, mark, wrong, NULL);
  }
  const struct vhm_yaml_node *node = (const struct vhm_yaml_node *) target;
  if (parse->stack->len + vhm_yaml_depth (node) > VHM_YAML_MAX_DEPTH)
    return stop (parse, mark, "aliases nested too deep", NULL);
  struct vhm_yaml_node *copy = expand (parse, node);
  return copy && attach (parse, copy);
}

/* --- at the end of a mapping ---------------------------------------------- */

static void
report_twice (struct parse *parse, const struct vhm_yaml_node *again,
              const struct vhm_yaml_node *first)
{
  g_autofree char *quoted = vhm_quote (again->text);
  g_autofree char *wrong = g_strdup_printf (
      "key %s stands here twice, first in line %u, column %u", quoted,
      first->mark.line, first->mark.column);
  vhm_diagnostics_add (parse->diagnostics, VHM_SEVERITY_ERROR, again->mark,
                       NULL, wrong, "keep one of the two");
}

static bool
is_merge_key (const struct vhm_yaml_node *key)
{
  return key->is_plain && strcmp (key->text, "<<") == 0;
}

static void
drop_duplicates (struct parse *parse, struct vhm_yaml_node *node)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  size_t n = 0;
  for (size_t i = 0; i < node->n; i++) {
    struct vhm_yaml_node *key = node->entries[i].key;
    gpointer first = g_hash_table_lookup (seen, key->text);
    if (first) {
      report_twice (parse, key, (const struct vhm_yaml_node *) first);
    } else {
      g_hash_table_insert (seen, (gpointer) key->text, key);
      node->entries[n++] = node->entries[i];
    }
  }
  node->n = n;
}

/* Adds the keys of `from` that the mapping lacks. The values keep one parent:
 * they are copies already, made for the alias, and used here only. */
static bool
merge_one (struct parse *parse, struct vhm_yaml_node *into, GHashTable *keys,
           const struct vhm_yaml_node *from)
{
  if (from->kind != VHM_YAML_MAPPING)
    return stop (parse, from->mark, "<< merges mappings only",
                 "<<: *NAME or <<: [*NAME, *NAME]");
  for (size_t i = 0; i < from->n; i++)
    if (g_hash_table_add (keys, (gpointer) from->entries[i].key->text))
      vhm_yaml_append (parse->arena, into, from->entries[i].key,
                       from->entries[i].value);
  return true;
}

/* Takes the merge key out of the mapping; NULL if there is none. */
static struct vhm_yaml_node *
take_merge_key (struct vhm_yaml_node *node)
{
  for (size_t i = 0; i < node->n; i++)
    if (is_merge_key (node->entries[i].key)) {
      struct vhm_yaml_node *from = node->entries[i].value;
      for (node->n--; i < node->n; i++)
        node->entries[i] = node->entries[i + 1];
      return from;
    }
  return NULL;
}

static bool
resolve_merge (struct parse *parse, struct vhm_yaml_node *node)
{
  const struct vhm_yaml_node *from = take_merge_key (node);
  if (!from)
    return true;
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < node->n; i++)
    g_hash_table_add (keys, (gpointer) node->entries[i].key->text);
  if (from->kind != VHM_YAML_SEQUENCE)
    return merge_one (parse, node, keys, from);
  for (size_t i = 0; i < from->n; i++)
    if (!merge_one (parse, node, keys, from->entries[i].value))
      return false;
  return true;
}

static bool
end (struct parse *parse)
{
  struct open open = *top (parse);
  if (open.node->kind == VHM_YAML_MAPPING) {
    drop_duplicates (parse, open.node);
    if (!resolve_merge (parse, open.node))
      return false;
  }
  remember (parse, open.anchor, open.node);
  g_array_set_size (parse->stack, parse->stack->len - 1);
  return true;
}

/* --- events --------------------------------------------------------------- */

static bool
take (struct parse *parse, const yaml_event_t *event)
{
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return add_scalar (parse, event);
  case YAML_ALIAS_EVENT:
    return add_alias (parse, event);
  case YAML_SEQUENCE_START_EVENT:
    return begin (parse, VHM_YAML_SEQUENCE, event,
                  event->data.sequence_start.anchor,
                  event->data.sequence_start.tag);
  case YAML_MAPPING_START_EVENT:
    return begin (parse, VHM_YAML_MAPPING, event,
                  event->data.mapping_start.anchor,
                  event->data.mapping_start.tag);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    return end (parse);
  case YAML_DOCUMENT_START_EVENT:
    return ++parse->n_documents == 1
           || stop (parse, mark_of (parse, event->start_mark),
                    "a second document starts here", "one file, one document");
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_END_EVENT:
    break;
  }
  return true;
}

/* What libyaml says in the words of its scanner, in the words of a person who
 * edits the file. */
static const struct {
  const char *context, *problem; /* parts of libyaml's two sentences */
  bool at_context;               /* show where it began, not where it ended */
  const char *wrong, *right;
} translations[] = {
  { "quoted scalar", "unexpected end of stream", true,
    "the quotation mark opened here is never closed", NULL },
  { "quoted scalar", "unexpected document indicator", true,
    "the quotation mark opened here is never closed", NULL },
  { "flow mapping", "did not find expected", true,
    "the { opened here is not closed properly",
    "a comma is missing between two entries, or the } at the end" },
  { "flow sequence", "did not find expected", true,
    "the [ opened here is not closed properly",
    "a comma is missing between two items, or the ] at the end" },
  { "next token", "cannot start any token", false,
    "a value cannot start with this character",
    "put the value in quotation marks; indent with spaces, never tabs" },
  { "", "mapping values are not allowed", false, "a second `:` in this line",
    "put the value in quotation marks, or check the indentation" },
  { "block mapping", "did not find expected key", false,
    "no key where one is due", "KEY: VALUE, indented like the keys above" },
  { "simple key", "could not find expected ':'", true, "a key without its `:`",
    "KEY: VALUE" },
  { "block collection", "did not find expected '-'", false,
    "no item where one is due", "- ITEM, indented like the items above" },
};

static bool
report_syntax (struct parse *parse, const yaml_parser_t *yaml, const char *text,
               size_t size)
{
  if (yaml->error == YAML_READER_ERROR) /* it knows a byte, but no line */
    return stop_at (parse, text, size, yaml->problem_offset, yaml->problem,
                    "remove it");
  const char *context = yaml->context ? yaml->context : "";
  const char *problem = yaml->problem ? yaml->problem : "not YAML";
  for (size_t i = 0; i < G_N_ELEMENTS (translations); i++)
    if (strstr (context, translations[i].context)
        && strstr (problem, translations[i].problem))
      return stop (parse,
                   mark_of (parse, translations[i].at_context
                                       ? yaml->context_mark
                                       : yaml->problem_mark),
                   translations[i].wrong, translations[i].right);
  g_autofree char *wrong = g_strdup_printf ("not YAML: %s%s%s", problem,
                                            *context ? " " : "", context);
  return stop (parse, mark_of (parse, yaml->problem_mark), wrong, NULL);
}

static bool
run (struct parse *parse, yaml_parser_t *yaml, const char *text, size_t size)
{
  for (bool done = false; !done;) {
    yaml_event_t event;
    if (!yaml_parser_parse (yaml, &event))
      return report_syntax (parse, yaml, text, size);
    done = event.type == YAML_STREAM_END_EVENT;
    bool is_taken = take (parse, &event);
    yaml_event_delete (&event);
    if (!is_taken)
      return false;
  }
  return true;
}

static bool
run_libyaml (struct parse *parse, const char *text, size_t size)
{
  yaml_parser_t yaml;
  if (!yaml_parser_initialize (&yaml))
    g_error ("out of memory");
  yaml_parser_set_encoding (&yaml, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&yaml, (const unsigned char *) text, size);
  bool is_done = run (parse, &yaml, text, size);
  yaml_parser_delete (&yaml);
  return is_done;
}

static void
clear_open (void *data)
{
  g_free (((struct open *) data)->anchor);
}

struct vhm_yaml_node *
vhm_yaml_parse (vhm_arena *arena, vhm_diagnostics *diagnostics, uint32_t file,
                const char *text, size_t size)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (struct open));
  g_array_set_clear_func (stack, clear_open);
  g_autoptr (GHashTable) anchors
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  struct parse parse = { .arena = arena,
                         .diagnostics = diagnostics,
                         .file = file,
                         .stack = stack,
                         .anchors = anchors };
  if (!check_characters (&parse, text, size)
      || !check_directives (&parse, text, size)
      || !run_libyaml (&parse, text, size))
    return NULL;
  if (!parse.root)
    stop (&parse, (struct vhm_mark){ 1, 1, file }, "there is nothing in it",
          NULL);
  return parse.root;
}
