#include <string.h>
#include <suite.h>
#include <vhm/sim/yaml_tree.h>

static struct vhm_yaml_node *
parse (vhm_arena *arena, const char *text)
{
  g_autoptr (vhm_diagnostics) d = vhm_diagnostics_new ();
  vhm_diagnostics_add_file (d, "t", text, strlen (text));
  struct vhm_yaml_node *root
      = vhm_yaml_parse (arena, d, 0, text, strlen (text));
  g_autofree char *errors = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  ck_assert_str_eq (errors, "");
  return root;
}

static char *
print (const struct vhm_yaml_node *root)
{
  GString *out = g_string_new (NULL);
  vhm_yaml_print_root (out, root);
  return g_string_free (out, FALSE);
}

static const struct {
  const char *path, *found;
} steps[] = {
  { "guests.web.memory", "4" },   { "guests.0.memory", "4" },
  { "guests.web.1.memory", "5" }, { "guests.1.memory", "5" },
  { "host.reclaim", "6" },        { "guests.db.1.memory", "7" },
  { "guests.db.memory", "8" },    { "guests.2", "text" },
};

START_TEST (a_path_goes_by_key_name_or_number_and_the_longest_wins)
{
  vhm_arena *arena = vhm_arena_new ();
  const struct vhm_yaml_node *node
      = parse (arena, "guests: [{name: web, memory: 4}, {name: web.1, memory: "
                      "5}, text, {name: db.1, memory: 7}, {name: db, "
                      "memory: 8}]\nhost.reclaim: 6\n");
  const char *path = steps[_i].path;
  while (*path) {
    const struct vhm_yaml_entry *entry = vhm_yaml_step (node, &path);
    ck_assert_ptr_nonnull (entry);
    node = entry->value;
  }
  ck_assert_str_eq (node->text, steps[_i].found);
  vhm_arena_free (arena);
}
END_TEST

START_TEST (a_path_that_leads_nowhere_ends_where_it_got)
{
  vhm_arena *arena = vhm_arena_new ();
  const struct vhm_yaml_node *root = parse (arena, "a:\n  b: {c: 1}\n");
  struct vhm_mark mark = vhm_yaml_locate (root, "a.b.x.y");
  ck_assert_uint_eq (mark.line, 2);
  ck_assert_uint_eq (mark.column, 6);
  vhm_arena_free (arena);
}
END_TEST

static const struct {
  const char *upper, *lower, *merged;
} merges[] = {
  { "{a: 1}", "{a: 2, b: 3}", "a: 1\nb: 3\n" },
  { "{m: {x: 1}}", "{m: {x: 2, y: 3}}", "m:\n  x: 1\n  y: 3\n" },
  { "{l: [1]}", "{l: [2, 3]}", "l:\n  - 1\n" },
  { "{m: {kind: a}}", "{m: {kind: b, x: 1}}", "m:\n  kind: a\n" },
  { "{m: {kind: a, x: 1}}", "{m: {kind: a, y: 2}}",
    "m:\n  kind: a\n  x: 1\n  y: 2\n" },
  { "{m: {x: 1}}", "{m: {kind: a, y: 2}}", "m:\n  x: 1\n  kind: a\n  y: 2\n" },
  { "{m: a}", "{m: {kind: a, y: 2}}", "m:\n  kind: a\n  y: 2\n" },
  { "{m: b}", "{m: {kind: a, y: 2}}", "m: b\n" },
  { "{m: 1}", "{m: [2]}", "m: 1\n" },
};

START_TEST (merging_fills_gaps_only)
{
  vhm_arena *arena = vhm_arena_new ();
  struct vhm_yaml_node *upper = parse (arena, merges[_i].upper);
  vhm_yaml_merge (arena, upper, parse (arena, merges[_i].lower));
  g_autofree char *text = print (upper);
  ck_assert_str_eq (text, merges[_i].merged);
  vhm_arena_free (arena);
}
END_TEST

static const struct {
  const char *text, *printed;
} prints[] = {
  { "{a: [], b: {}, c: ~}", "a: []\nb: {}\nc: ~\n" },
  { "[{a: 1, b: [x, [y]]}, [], z]",
    "\n  - a: 1\n    b:\n      - x\n      -\n        - y\n  - []\n  - z\n" },
  { "{a: 'no', b: no, c: '12', d: \"x y\"}",
    "a: \"no\"\nb: no\nc: \"12\"\nd: x y\n" },
  { "{a: \"l1\\nl2\\t\\u0085\\\"\\\\\", b: ' x', c: 13:20}",
    "a: \"l1\\nl2\\u0009\\u0085\\\"\\\\\"\nb: \" x\"\nc: \"13:20\"\n" },
  { "{\"a\\u2028\\u2029\": \"\\u2028 \\ufeff\"}",
    "\"a\\u2028\\u2029\": \"\\u2028 \\ufeff\"\n" },
  { "{'': '', ': ': '#', d0: '- x'}",
    "\"\": \"\"\n\": \": \"#\"\nd0: \"- x\"\n" },
};

START_TEST (printed_trees_read_back)
{
  vhm_arena *arena = vhm_arena_new ();
  g_autofree char *once = print (parse (arena, prints[_i].text));
  ck_assert_str_eq (once, prints[_i].printed);
  g_autofree char *twice = print (parse (arena, once));
  ck_assert_str_eq (twice, once);
  vhm_arena_free (arena);
}
END_TEST

START_TEST (a_key_too_long_for_one_line_reads_back)
{
  vhm_arena *arena = vhm_arena_new ();
  g_autofree char *key = g_strnfill (3000, 'k');
  g_autofree char *text
      = g_strdup_printf ("- ? %s\n  : {a: [1]}\n  b: 2\n", key);
  g_autofree char *once = print (parse (arena, text));
  g_autofree char *twice = print (parse (arena, once));
  ck_assert_str_eq (twice, once);
  vhm_arena_free (arena);
}
END_TEST

START_TEST (counting_and_depth)
{
  vhm_arena *arena = vhm_arena_new ();
  const struct vhm_yaml_node *root = parse (arena, "{a: [1, [2]], b: 3}");
  ck_assert_uint_eq (vhm_yaml_n_nodes (root), 6);
  ck_assert_uint_eq (vhm_yaml_depth (root), 3);
  ck_assert_uint_eq (vhm_yaml_depth (vhm_yaml_find (root, "b")), 0);
  vhm_arena_free (arena);
}
END_TEST

SUITE (
    "yaml_tree",
    tcase_add_loop_test (tc,
                         a_path_goes_by_key_name_or_number_and_the_longest_wins,
                         0, G_N_ELEMENTS (steps));
    tcase_add_test (tc, a_path_that_leads_nowhere_ends_where_it_got);
    tcase_add_loop_test (tc, merging_fills_gaps_only, 0, G_N_ELEMENTS (merges));
    tcase_add_loop_test (tc, printed_trees_read_back, 0, G_N_ELEMENTS (prints));
    tcase_add_test (tc, a_key_too_long_for_one_line_reads_back);
    tcase_add_test (tc, counting_and_depth);)
