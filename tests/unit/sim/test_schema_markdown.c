#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/sim/schema.h>

START_TEST (every_group_and_plugin_has_its_table)
{
  g_autofree char *text = vhm_schema_markdown (&toy_schema, toy_registry);
  ck_assert (g_str_has_prefix (text, "# Keys of a scenario\n\n## scenario\n"));
  ck_assert_ptr_nonnull (strstr (text, "\n## `guests.memory`\n"));
  ck_assert_ptr_nonnull (
      strstr (text, "\n| `minimum` | an amount of memory, like 4 GiB, 512 MiB, "
                    "1500 kB, 7 pages | 512 MiB | from 32 MiB to 1 TiB | The "
                    "least it may hold. | a manual, page 7 |\n"));
  ck_assert_ptr_nonnull (strstr (text, "\n## balancer `esx`\n\nShares.\n\n|"));
  ck_assert_ptr_nonnull (
      strstr (text, "\n## balancer `static`\n\nNever moves.\n\nNo keys.\n"));
}
END_TEST

START_TEST (a_bar_does_not_end_a_cell)
{
  static const struct vhm_param params[] = {
    { .key = "x", .type = VHM_PARAM_TREE, .fallback = "", .help = "a|b" }
  };
  static const struct vhm_schema schema
      = { .name = "s", .params = params, .n_params = 1 };
  g_autofree char *text = vhm_schema_markdown (&schema, NULL);
  ck_assert_ptr_nonnull (strstr (text, "| a\\|b |"));
}
END_TEST

SUITE ("schema_markdown",
       tcase_add_test (tc, every_group_and_plugin_has_its_table);
       tcase_add_test (tc, a_bar_does_not_end_a_cell);)
