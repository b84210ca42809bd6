#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/sim/schema.h>

/* JSON is YAML (these texts use nothing on which the two differ), so our own
 * reader can tell whether it is well formed, and look inside. */
static struct vhm_yaml_node *
parse (vhm_arena *arena, const char *json)
{
  g_autoptr (vhm_diagnostics) d = vhm_diagnostics_new ();
  vhm_diagnostics_add_file (d, "json", json, strlen (json));
  struct vhm_yaml_node *root
      = vhm_yaml_parse (arena, d, 0, json, strlen (json));
  g_autofree char *errors = vhm_diagnostics_text (d, VHM_SEVERITY_ERROR);
  ck_assert_str_eq (errors, "");
  return root;
}

static void
expect (const struct vhm_yaml_node *root, const char *path, const char *text)
{
  const struct vhm_yaml_node *node = root;
  while (*path) {
    const struct vhm_yaml_entry *entry = vhm_yaml_step (node, &path);
    ck_assert_msg (entry != NULL, "%s", path);
    node = entry->value;
  }
  g_autoptr (GString) out = g_string_new (NULL);
  vhm_yaml_print (out, node, 0);
  ck_assert_str_eq (g_strstrip (out->str), text);
}

START_TEST (the_schema_says_what_the_tables_say)
{
  vhm_arena *arena = vhm_arena_new ();
  g_autofree char *json = vhm_schema_json (&toy_schema, toy_registry);
  const struct vhm_yaml_node *root = parse (arena, json);
  expect (root, "additionalProperties", "false");
  expect (root, "required", "- host");
  expect (root, "properties.debug.type", "boolean");
  expect (root, "properties.factor.maximum", "1.5");
  expect (root, "properties.host.required", "[]"); /* a preset may give it */
  expect (root, "properties.host.properties.cpus.maximum", "1024");
  expect (root, "properties.guests.items.properties.os.enum",
          "- windows\n  - linux");
  expect (root, "properties.guests.items.properties.workloads.maxItems", "3");
  expect (root, "properties.guests.items.required", "- name\n  - memory");
  expect (root, "properties.host.properties.balancer.anyOf.0.$ref",
          "\"#/definitions/balancer\"");
  expect (root, "definitions.workload.oneOf.2.properties.kind.const", "zipf");
  expect (root, "definitions.workload.oneOf.2.required", "- kind\n  - size");
  vhm_arena_free (arena);
}
END_TEST

SUITE ("schema_json", tcase_add_test (tc, the_schema_says_what_the_tables_say);)
