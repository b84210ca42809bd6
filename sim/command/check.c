/* vhm check: reads scenarios and tells every mistake, without running them. */
#include "command.h"

#include <vhm/sim/diagnostics.h>

#include <stdio.h>

int
command_check (int argc, char **argv)
{
  g_auto (GStrv) set = NULL;
  gboolean quiet = FALSE;
  const GOptionEntry entries[]
      = { { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &set,
            "Override a key of the scenario; may be repeated", "PATH=VALUE" },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Only errors", NULL },
          G_OPTION_ENTRY_NULL };
  int status = EXIT_FINE;
  if (!command_options ("check", "SCENARIO...",
                        "Reads scenarios and tells every mistake.", entries,
                        &argc, &argv, 1, G_MAXINT, &status))
    return status;
  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (vhm_scenario) s
        = command_read_case (argv[i], (const char *const *) set, &error);
    if (!s) {
      int failed = command_failed (error);
      status = MAX (status, failed);
      continue;
    }
    g_autofree char *warnings = vhm_scenario_warnings (s);
    fputs (warnings, stderr);
    const struct vhm_case *c = command_case (s);
    g_autofree char *name = vhm_escape (argv[i], (size_t) -1);
    if (!quiet)
      printf ("%s: fine (%zu guests or groups, %zu expectations)\n", name,
              c->guests.n, c->expect.n);
    fflush (stdout);
  }
  return status;
}
