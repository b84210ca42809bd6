/* vhm explain: one key of a scenario, or a group of keys, from the tables.
 * vhm schema: all of them for an editor. */
#include "command.h"

#include <vhm/host/registry.h>
#include <vhm/sim/schema.h>

#include <stdio.h>
#include <string.h>

static bool
is_number (const char *text)
{
  return *text && text[strspn (text, G_CSET_DIGITS)] == '\0';
}

/* Messages name items of a list by number (guests.0.memory): the same key. */
static char *
without_numbers (const char *path)
{
  g_auto (GStrv) steps = g_strsplit (path, ".", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  for (char **step = steps; *step; step++)
    if (!is_number (*step))
      g_ptr_array_add (kept, *step);
  g_ptr_array_add (kept, NULL);
  return g_strjoinv (".", (char **) kept->pdata);
}

int
command_explain (int argc, char **argv)
{
  gboolean markdown = FALSE;
  const GOptionEntry entries[]
      = { { "markdown", 0, 0, G_OPTION_ARG_NONE, &markdown,
            "The whole key reference as Markdown", NULL },
          G_OPTION_ENTRY_NULL };
  int status;
  if (!command_options ("explain", "[KEY]",
                        "Explains a key (guests.memory.minimum) or lists the "
                        "keys of a group (guests).",
                        entries, &argc, &argv, 0, 1, &status))
    return status;
  if (markdown) {
    g_autofree char *text
        = vhm_schema_markdown (&vhm_case_schema, vhm_all_plugins);
    fputs (text, stdout);
    return EXIT_FINE;
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *path = without_numbers (argc > 1 ? argv[1] : "");
  if (!vhm_schema_explain (&vhm_case_schema, vhm_all_plugins, path, stdout,
                           &error))
    return command_failed (error);
  return EXIT_FINE;
}

int
command_schema (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  int status;
  if (!command_options ("schema", "",
                        "Prints the JSON Schema (draft 7) of scenarios.",
                        entries, &argc, &argv, 0, 0, &status))
    return status;
  g_autofree char *json = vhm_schema_json (&vhm_case_schema, vhm_all_plugins);
  fputs (json, stdout);
  return EXIT_FINE;
}
