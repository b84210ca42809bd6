/* The command line: finds the subcommand. Data go to standard output, all else
 * to standard error. */
#include "command/command.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
  { "run", "SCENARIO", "simulate a scenario and write its report",
    command_run },
  { "check", "SCENARIO...", "read scenarios and tell every mistake",
    command_check },
  { "list", "[KIND]", "list plug-ins, presets, counters, figures, units",
    command_list },
  { "explain", "[KEY]", "explain a key of a scenario", command_explain },
  { "schema", "", "print the JSON Schema of scenarios, for editors",
    command_schema },
};

static void
print_usage (FILE *out)
{
  fprintf (out, "Usage: vhm COMMAND [OPTIONS] ...\n\n"
                "Simulates the memory of a virtualized host.\n\nCommands:\n");
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-8s %-12s %s\n", commands[i].name, commands[i].arguments,
             commands[i].summary);
  fprintf (out, "\n`vhm COMMAND --help` tells more; `vhm --version` the "
                "version.\n");
}

int
main (int argc, char **argv)
{
  if (argc < 2) {
    print_usage (stderr);
    return EXIT_USAGE;
  }
  if (strcmp (argv[1], "--version") == 0) {
    printf ("vhm %s\n", VHM_VERSION);
    return EXIT_FINE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || strcmp (argv[1], "help") == 0) {
    print_usage (stdout);
    return EXIT_FINE;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].run (argc - 1, argv + 1);
  g_autofree char *wrong = g_strescape (argv[1], NULL);
  fprintf (stderr, "vhm: unknown command \"%s\"\n\n", wrong);
  print_usage (stderr);
  return EXIT_USAGE;
}
