#include <string.h>
#include <suite.h>
#include <vhm/sim/yaml_tree.h>

struct reading {
  vhm_arena *arena;
  vhm_diagnostics *diagnostics;
  struct vhm_yaml_node *root;
};

static struct reading
parse_bytes (const char *text, size_t size)
{
  struct reading r = { vhm_arena_new (), vhm_diagnostics_new (), NULL };
  vhm_diagnostics_add_file (r.diagnostics, "s.yaml", text, size);
  r.root = vhm_yaml_parse (r.arena, r.diagnostics, 0, text, size);
  return r;
}

static void
clear (struct reading *r)
{
  vhm_arena_free (r->arena);
  vhm_diagnostics_free (r->diagnostics);
}

/* The first line of what is wrong; "" if nothing is. */
static char *
first_error (const char *text, size_t size)
{
  struct reading r = parse_bytes (text, size);
  char *errors = vhm_diagnostics_text (r.diagnostics, VHM_SEVERITY_ERROR);
  ck_assert (r.root != NULL || *errors);
  errors[strcspn (errors, "\n")] = '\0';
  clear (&r);
  return errors;
}

/* The tree printed back. */
static void
expect (const char *text, const char *printed)
{
  struct reading r = parse_bytes (text, strlen (text));
  g_autofree char *errors
      = vhm_diagnostics_text (r.diagnostics, VHM_SEVERITY_ERROR);
  ck_assert_str_eq (errors, "");
  g_autoptr (GString) out = g_string_new (NULL);
  vhm_yaml_print_root (out, r.root);
  ck_assert_str_eq (out->str, printed);
  clear (&r);
}

START_TEST (a_tree_knows_kinds_texts_and_places)
{
  const char *text = "a: 1\nb:\n  - 'x'\n  - {c: d}\n";
  struct reading r = parse_bytes (text, strlen (text));
  ck_assert_int_eq (r.root->kind, VHM_YAML_MAPPING);
  struct vhm_yaml_node *b = vhm_yaml_find (r.root, "b");
  ck_assert_int_eq (b->kind, VHM_YAML_SEQUENCE);
  ck_assert_uint_eq (b->n, 2);
  const struct vhm_yaml_node *x = b->entries[0].value;
  ck_assert_str_eq (x->text, "x");
  ck_assert (!x->is_plain);
  ck_assert_uint_eq (x->mark.line, 3);
  ck_assert_uint_eq (x->mark.column, 5);
  ck_assert_str_eq (vhm_yaml_find_text (b->entries[1].value, "c"), "d");
  clear (&r);
}
END_TEST

START_TEST (aliases_and_merge_keys_are_resolved)
{
  expect ("a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, l: 3}\n",
          "a:\n  k: 1\n  l: 2\nb:\n  k: 1\n  l: 2\nc:\n  l: 3\n  k: 1\n");
  expect ("a: &x {k: 1}\nb: &y {k: 2, m: 4}\nc: {<<: [*x, *y]}\n",
          "a:\n  k: 1\nb:\n  k: 2\n  m: 4\nc:\n  k: 1\n  m: 4\n");
  expect ("a: {'<<': 1}\n", "a:\n  \"<<\": 1\n");
  expect ("a: &x 1\nb: &x 2\nc: *x\n", "a: 1\nb: 2\nc: 2\n");
}
END_TEST

START_TEST (copies_for_aliases_are_independent)
{
  const char *text = "a: &x {k: 1}\nb: *x\n";
  struct reading r = parse_bytes (text, strlen (text));
  vhm_yaml_find (vhm_yaml_find (r.root, "b"), "k")->text = "9";
  ck_assert_str_eq (vhm_yaml_find_text (vhm_yaml_find (r.root, "a"), "k"), "1");
  clear (&r);
}
END_TEST

static const struct {
  const char *text, *error;
} bad[] = {
  { "", "s.yaml:1:1: there is nothing in it" },
  { "# only a comment\n", "s.yaml:1:1: there is nothing in it" },
  { "a: 1\nb: 2\na: 3\n",
    "s.yaml:3:1: key \"a\" stands here twice, first in line 1, column 1; keep "
    "one of the two" },
  { "a: 1\n---\nb: 2\n",
    "s.yaml:2:1: a second document starts here; one file, one document" },
  { "a: !!int 1\n",
    "s.yaml:1:4: tags are not supported; leave out what starts with !" },
  { "a: !x {b: 1}\n",
    "s.yaml:1:4: tags are not supported; leave out what starts with !" },
  { "%TAG ! tag:x,2000:\n---\na: 1\n",
    "s.yaml:1:1: tags are not supported; remove the line" },
  { "a: *x\n", "s.yaml:1:4: no anchor \"x\" above; an alias repeats what an "
               "anchor (&NAME) further up has marked" },
  { "a: &x [*x]\n", "s.yaml:1:8: alias \"x\" stands inside its own anchor" },
  { "a: {<<: 1}\n",
    "s.yaml:1:9: << merges mappings only; <<: *NAME or <<: [*NAME, *NAME]" },
  { "{a: 1}: 2\n", "s.yaml:1:1: a key must be a text, not a mapping; "
                   "quotation marks make a text of it" },
  { "? [a]\n: 2\n", "s.yaml:1:3: a key must be a text, not a list; quotation "
                    "marks make a text of it" },
  { "a: \"x\nb: 1\n",
    "s.yaml:1:4: the quotation mark opened here is never closed" },
  { "a: 'x", "s.yaml:1:4: the quotation mark opened here is never closed" },
  { "a: {b: 1\nc: 2\n",
    "s.yaml:1:4: the { opened here is not closed properly; a comma is missing "
    "between two entries, or the } at the end" },
  { "a: [1, 2\n",
    "s.yaml:1:4: the [ opened here is not closed properly; a comma is missing "
    "between two items, or the ] at the end" },
  { "a:\n\tb: 1\n",
    "s.yaml:2:1: a value cannot start with this character; put the value in "
    "quotation marks; indent with spaces, never tabs" },
  { "a: b: c\n", "s.yaml:1:5: a second `:` in this line; put the value in "
                 "quotation marks, or check the indentation" },
  { "a: @x\n", "s.yaml:1:4: a value cannot start with this character; put the "
               "value in quotation marks; indent with spaces, never tabs" },
  { "a: 1\nb\nc: 1\n", "s.yaml:2:1: a key without its `:`; KEY: VALUE" },
  { "a: \"x\\0y\"\n",
    "s.yaml:1:4: the text holds a 0 character; remove the \\0" },
  { "a: \x01\n", "s.yaml:1:4: control character 0x01; UTF-8 text without it" },
  { "b: 1\na: \xff\n",
    "s.yaml:2:4: byte 0xff is not UTF-8; save the file as UTF-8" },
  { "a: \xed\xa0\x80\n", /* half of a surrogate pair */
    "s.yaml:1:4: byte 0xed is not UTF-8; save the file as UTF-8" },
  { "a: 1\nb: \xc2\x80\n",
    "s.yaml:2:4: control characters are not allowed; remove it" },
};

START_TEST (a_mistake_is_told_with_its_place)
{
  g_autofree char *error = first_error (bad[_i].text, strlen (bad[_i].text));
  ck_assert_str_eq (error, bad[_i].error);
}
END_TEST

START_TEST (a_zero_byte_is_refused)
{
  g_autofree char *error = first_error ("a: b\0c\n", 7);
  ck_assert_str_eq (
      error, "s.yaml:1:5: control character 0x00; UTF-8 text without it");
}
END_TEST

START_TEST (every_duplicate_is_told_not_just_the_first)
{
  const char *text = "a: 1\na: 2\nb: {c: 1, c: 2}\n";
  struct reading r = parse_bytes (text, strlen (text));
  ck_assert_ptr_nonnull (r.root);
  ck_assert_uint_eq (vhm_diagnostics_n (r.diagnostics, VHM_SEVERITY_ERROR), 2);
  clear (&r);
}
END_TEST

/* --- hostile -------------------------------------------------------------- */

static char *
repeat (const char *part, unsigned times)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i < times; i++)
    g_string_append (text, part);
  return g_string_free (text, FALSE);
}

static const struct {
  const char *part, *error;
} deep[] = {
  { "[", "s.yaml:1:65: nested more than 64 levels deep" },
  { "{a: ", "s.yaml:1:257: nested more than 64 levels deep" },
  { "- ", "s.yaml:1:129: nested more than 64 levels deep" },
  { "[\n", "s.yaml:65:1: nested more than 64 levels deep" },
  { "? ", "s.yaml:1:3: a key must be a text, not a mapping; quotation marks "
          "make a text of it" },
};

START_TEST (ten_thousand_levels_stop_at_the_bound)
{
  g_autofree char *text = repeat (deep[_i].part, 10000);
  g_autofree char *error = first_error (text, strlen (text));
  ck_assert_str_eq (error, deep[_i].error);
}
END_TEST

START_TEST (ten_thousand_levels_of_indentation_stop_at_the_bound)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 10000; i++)
    g_string_append_printf (text, "%*sa:\n", MIN (i, 1000), "");
  g_autofree char *error = first_error (text->str, text->len);
  ck_assert_str_eq (error, "s.yaml:65:65: nested more than 64 levels deep");
}
END_TEST

START_TEST (an_alias_bomb_meets_the_bound)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [lol, lol]\n");
  for (int i = 1; i < 40; i++)
    g_string_append_printf (text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n",
                            i, i, i - 1, i - 1, i - 1, i - 1, i - 1);
  g_autofree char *error = first_error (text->str, text->len);
  ck_assert (g_str_has_suffix (error, "more than 400000 values, aliases "
                                      "expanded; write less, or use `count`"));
}
END_TEST

START_TEST (aliases_cannot_outgrow_the_depth)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x]\n");
  for (int i = 1; i < 100; i++)
    g_string_append_printf (text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
  g_autofree char *error = first_error (text->str, text->len);
  ck_assert_str_eq (error, "s.yaml:64:12: aliases nested too deep");
}
END_TEST

START_TEST (huge_pieces_are_read)
{
  g_autofree char *letters = g_strnfill (8 << 20, 'x');
  g_autofree char *text
      = g_strdup_printf ("a: %s\n\"%s\": 1\n", letters, letters + (7 << 20));
  g_autofree char *error = first_error (text, strlen (text));
  ck_assert (g_str_has_prefix (error, "s.yaml:2:1: a key without its `:`"));
  text[strlen ("a: ") + (8 << 20)] = '\0';
  g_autofree char *none = first_error (text, strlen (text));
  ck_assert_str_eq (none, "");
}
END_TEST

START_TEST (many_keys_merge_in_linear_time)
{
  g_autoptr (GString) text = g_string_new ("a: &a\n");
  for (int i = 0; i < 60000; i++)
    g_string_append_printf (text, "  k%d: 1\n", i);
  g_string_append (text, "b:\n  <<: *a\n");
  for (int i = 0; i < 60000; i++)
    g_string_append_printf (text, "  l%d: 1\n", i);
  g_autofree char *error = first_error (text->str, text->len);
  ck_assert_str_eq (error, "");
}
END_TEST

SUITE ("scenario_yaml",
       tcase_add_test (tc, a_tree_knows_kinds_texts_and_places);
       tcase_add_test (tc, aliases_and_merge_keys_are_resolved);
       tcase_add_test (tc, copies_for_aliases_are_independent);
       tcase_add_loop_test (tc, a_mistake_is_told_with_its_place, 0,
                            G_N_ELEMENTS (bad));
       tcase_add_test (tc, a_zero_byte_is_refused);
       tcase_add_test (tc, every_duplicate_is_told_not_just_the_first);
       tcase_add_loop_test (tc, ten_thousand_levels_stop_at_the_bound, 0,
                            G_N_ELEMENTS (deep));
       tcase_add_test (tc,
                       ten_thousand_levels_of_indentation_stop_at_the_bound);
       tcase_add_test (tc, an_alias_bomb_meets_the_bound);
       tcase_add_test (tc, aliases_cannot_outgrow_the_depth);
       tcase_add_test (tc, huge_pieces_are_read);
       tcase_add_test (tc, many_keys_merge_in_linear_time);)
