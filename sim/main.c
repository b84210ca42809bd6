/* The command line: finds the subcommand. Data go to standard output, all else
 * to standard error. */
#include "command/command.h"

#include <vhm/sim/diagnostics.h>
#include <vhm/sim/suggest.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
  { "run", "SCENARIO", "simulate a scenario and write its report",
    command_run },
  { "check", "SCENARIO...", "read scenarios and tell every mistake",
    command_check },
  { "compare", "SCENARIO", "run variants of a scenario side by side",
    command_compare },
  { "size", "SCENARIO", "how much memory a guest needs", command_size },
  { "import", "FORMAT FILE", "turn a recording of accesses into a trace",
    command_import },
  { "list", "[KIND]", "list what a scenario can name: plug-ins, presets, units",
    command_list },
  { "explain", "[KEY]", "explain a key of a scenario", command_explain },
  { "translate", "", "what address translation costs on a processor",
    command_translate },
  { "validate", "[SUITE|SCENARIO.yaml]",
    "published measurements beside simulated ones", command_validate },
  { "schema", "", "print the JSON Schema of scenarios, for editors",
    command_schema },
};

static void
print_usage (FILE *out)
{
  fprintf (out, "Usage: vhm COMMAND [OPTIONS] ...\n\n"
                "Simulates the memory of a virtualized host.\n\nCommands:\n");
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-9s %-12s %s\n", commands[i].name, commands[i].arguments,
             commands[i].summary);
  fprintf (out, "\n`vhm COMMAND --help` tells more; `vhm --version` the "
                "version.\n");
}

static int
unknown_command (const char *wrong)
{
  const char *names[G_N_ELEMENTS (commands)];
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  const char *near = vhm_suggest (wrong, names, G_N_ELEMENTS (names));
  g_autofree char *shown = vhm_quote (wrong);
  fprintf (stderr, "vhm: unknown command %s", shown);
  if (near)
    fprintf (stderr, "; did you mean \"%s\"?\n", near);
  else
    fprintf (stderr, "\n\n");
  if (!near)
    print_usage (stderr);
  return EXIT_USAGE;
}

static int
run_command (int argc, char **argv)
{
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[0], commands[i].name) == 0)
      return commands[i].run (argc, argv);
  return unknown_command (argv[0]);
}

static bool
is_one_of (const char *text, const char *a, const char *b, const char *c)
{
  return strcmp (text, a) == 0 || strcmp (text, b) == 0
         || strcmp (text, c) == 0;
}

static int
choose (int argc, char **argv)
{
  if (argc < 2) {
    print_usage (stderr);
    return EXIT_USAGE;
  }
  if (is_one_of (argv[1], "--version", "-V", "version")) {
    printf ("vhm %s\n", VHM_VERSION);
    return EXIT_FINE;
  }
  if (!is_one_of (argv[1], "--help", "-h", "help"))
    return run_command (argc - 1, argv + 1);
  if (argc == 2) {
    print_usage (stdout);
    return EXIT_FINE;
  }
  /* `vhm help run` is `vhm run --help` */
  char help[] = "--help", *swapped[] = { argv[2], help, NULL };
  return run_command (2, swapped);
}

int
main (int argc, char **argv)
{
  int status = choose (argc, argv);
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;
  fprintf (stderr, "vhm: cannot write to standard output: %s\n",
           g_strerror (errno));
  return EXIT_IO;
}
