/* What all subcommands share: options, errors, exit statuses. */
#include "command.h"

#include <vhm/base/error.h>

#include <stdio.h>
#include <string.h>

bool
command_options (const char *name, const char *arguments, const char *summary,
                 const GOptionEntry *entries, int *argc, char ***argv,
                 int least, int most, int *ret_status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autofree char *program = g_strdup_printf ("vhm %s", name);
  g_set_prgname (program);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_help_enabled (context, TRUE);
  bool fine = g_option_context_parse (context, argc, argv, &error);
  if (fine && *argc - 1 >= least && *argc - 1 <= most)
    return true;
  if (!fine)
    fprintf (stderr, "vhm %s: %s\n", name, error->message);
  else
    fprintf (stderr, "vhm %s: %s\n", name,
             *argc - 1 < least ? "an argument is missing"
                               : "too many arguments");
  fprintf (stderr, "Usage: vhm %s [OPTIONS]%s%s\nTry `vhm %s --help`.\n", name,
           *arguments ? " " : "", arguments, name);
  *ret_status = EXIT_USAGE;
  return false;
}

struct vhm_scenario *
command_read_keys (const struct vhm_schema *schema, char *const *values,
                   const char *const *options, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (size_t i = 0; i < schema->n_params; i++)
    if (values[i]) {
      g_ptr_array_add (
          keys, g_strconcat (schema->params[i].key, "=", values[i], NULL));
      g_ptr_array_add (names, (gpointer) options[i]);
    }
  g_ptr_array_add (keys, NULL);
  const struct vhm_scenario_rules rules
      = { .schema = schema,
          .overrides = (const char *const *) keys->pdata,
          .options = (const char *const *) names->pdata };
  return vhm_scenario_read_text ("options", "{}\n", strlen ("{}\n"), &rules,
                                 error);
}

/* One for each option that is wrong. */
static void
print_lines (const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);
  for (char **line = lines; *line; line++)
    fprintf (stderr, "vhm: %s\n", *line);
}

int
command_failed (const GError *error)
{
  bool own = error->domain == VHM_ERROR;
  /* a scenario's mistakes come as whole lines with their place */
  if (own && error->code == VHM_ERROR_SCENARIO)
    fprintf (stderr, "%s%s", error->message,
             g_str_has_suffix (error->message, "\n") ? "" : "\n");
  else
    print_lines (error->message);
  if (!own)
    return EXIT_IO;
  switch ((enum vhm_error) error->code) {
  case VHM_ERROR_USAGE:
    return EXIT_USAGE;
  case VHM_ERROR_SCENARIO:
    return EXIT_SCENARIO;
  case VHM_ERROR_IO:
  case VHM_ERROR_TOOL:
  case VHM_N_ERRORS:
    break;
  }
  return EXIT_IO;
}
