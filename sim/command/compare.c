/* vhm compare: runs versions of a scenario with common random numbers and prints
 * by how much they differ, and whether that is more than chance. */
#include "command.h"
#include "replications.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/diagnostics.h>

#define PPM 1e6

struct options {
  char *values[3]; /* of the keys below */
  char **set, **vary;
  char *out, *show;
  char **keys; /* of show, or NULL */
  gboolean all, no_figures, json, quiet;
};

/* --- options become keys of a small scenario: ranges and messages are theirs ---- */

struct config {
  uint64_t n_runs, n_jobs, confidence_ppm;
};

#define AT(field) offsetof (struct config, field)
static const struct vhm_param params[] = {
  { .key = "runs",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_runs),
    .fallback = "10",
    .min = "2", /* one has no interval */
    .max = "1000",
    .help = "of each version" },
  { .key = "jobs",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_jobs),
    .fallback = "",
    .min = "1",
    .max = "1024",
    .help = "runs at the same time; a processor each if absent" },
  { .key = "confidence",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (confidence_ppm),
    .fallback = "95 %",
    .min = "50 %",
    .max = "99.99 %",
    .help = "of intervals, and of all that is called a difference together" },
};
#undef AT
static const char *const option_names[]
    = { "--runs", "--jobs", "--confidence" };

static const struct vhm_schema schema = { .name = "comparison",
                                          .help = "how versions are compared",
                                          .size = sizeof (struct config),
                                          .params = params,
                                          .n_params = G_N_ELEMENTS (params) };

/* --- answer ----------------------------------------------------------------------- */

static struct vhm_comparison *
describe (const char *path, const GPtrArray *versions,
          const struct config *config)
{
  const struct version *first = versions->pdata[0];
  const struct vhm_case *c = command_case (first->scenario);
  struct vhm_comparison *comparison = vhm_comparison_new ();
  comparison->scenario = g_path_get_basename (path);
  comparison->question = g_strdup (c->question);
  comparison->version = VHM_VERSION;
  comparison->seed = c->seed;
  comparison->n_runs = (guint) config->n_runs;
  comparison->confidence = (double) config->confidence_ppm / PPM;
  for (guint i = 0; i < versions->len; i++) {
    const struct version *version = versions->pdata[i];
    struct vhm_comparison_version one
        = { g_strdup (version->name), g_strdup (version->changes),
            vhm_scenario_resolved_yaml (version->scenario) };
    g_array_append_val (comparison->versions, one);
  }
  return comparison;
}

/* The keys of --show; nothing without it. */
static bool
split_keys (struct options *o, GError **error)
{
  if (!o->show)
    return true;
  o->keys = g_strsplit (o->show, ",", 0);
  bool is_fine = *o->keys != NULL;
  for (char **key = o->keys; *key; key++)
    is_fine = is_fine && *g_strstrip (*key) != '\0';
  if (is_fine)
    return true;
  g_autofree char *shown = vhm_quote (o->show);
  g_set_error (error, VHM_ERROR, VHM_ERROR_USAGE,
               "--show: %s has an empty key; for example "
               "time_over_pressure,pages_input_per_s",
               shown);
  return false;
}

static void
print_answer (const struct vhm_comparison *c, const struct options *o)
{
  size_t size;
  g_autofree char *text
      = o->json ? vhm_comparison_json (c, &size)
        : o->keys
            ? vhm_comparison_side_by_side (c, (const char *const *) o->keys)
            : vhm_comparison_table (c);
  fputs (text, stdout);
  fflush (stdout);
}

static int
deliver (const struct vhm_comparison *c, const struct options *o,
         struct staging *staging)
{
  g_autoptr (GError) error = NULL, figures = NULL;
  bool fine
      = !o->out
        || vhm_comparison_write (c, staging->part, o->no_figures, &figures);
  /* figures apart, everything is there */
  bool complete = fine || g_error_matches (figures, VHM_ERROR, VHM_ERROR_TOOL);
  if (!complete)
    return command_failed (figures);
  if (o->out && !command_staging_commit (staging, &error))
    return command_failed (error);
  print_answer (c, o);
  return fine ? EXIT_FINE : command_failed (figures);
}

static int
run (const char *path, const GPtrArray *versions, const struct config *config,
     const struct options *o, struct staging *staging)
{
  const struct replications_options options = {
    .n_runs = (guint) config->n_runs,
    .n_jobs
    = config->n_jobs > 0 ? (guint) config->n_jobs : g_get_num_processors (),
    .takes_all = o->all || o->keys, /* any may be asked for */
    .is_quiet = o->quiet,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = replications_run (versions, &options, &error);
  if (command_caught_signal ())
    return EXIT_IO;
  if (!runs)
    return command_failed (error);
  g_autoptr (vhm_comparison) c = describe (path, versions, config);
  replications_compare (runs, c);
  vhm_comparison_judge (c);
  return deliver (c, o, staging);
}

static void
print_warnings (const GPtrArray *versions)
{
  g_autofree char *last = NULL; /* versions mostly share theirs */
  for (guint i = 0; i < versions->len; i++) {
    const struct version *version = versions->pdata[i];
    char *text = vhm_scenario_warnings (version->scenario);
    if (g_strcmp0 (text, last) != 0)
      fputs (text, stderr);
    g_free (last);
    last = text;
  }
}

static int
compare (const char *path, struct options *o)
{
  g_autoptr (GError) error = NULL;
  if (!split_keys (o, &error))
    return command_failed (error);
  g_autoptr (vhm_scenario) config
      = command_read_keys (&schema, o->values, option_names, &error);
  g_autoptr (GPtrArray) versions
      = config ? versions_read (path, (const char *const *) o->set, o->vary,
                                &error)
               : NULL;
  if (!versions)
    return command_failed (error);
  print_warnings (versions);
  struct staging staging = { 0 };
  /* whether it can be written is better known before the runs */
  if (o->out
      && !command_staging_open (&staging, o->out, "compare.json", &error))
    return command_failed (error);
  command_catch_signals ();
  int status = run (path, versions, config->config, o, &staging);
  command_staging_close (&staging);
  if (!command_caught_signal ())
    return status;
  fprintf (stderr, "vhm: stopped by a signal; nothing was written\n");
  return EXIT_SIGNAL + command_caught_signal ();
}

static void
free_options (struct options *o)
{
  for (size_t i = 0; i < G_N_ELEMENTS (o->values); i++)
    g_free (o->values[i]);
  g_strfreev (o->set);
  g_strfreev (o->vary);
  g_free (o->out);
  g_free (o->show);
  g_strfreev (o->keys);
}

int
command_compare (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry entries[] = {
    { "vary", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.vary,
      "Versions with each of these values; repeated: all combinations",
      "PATH=A,B,..." },
    { "runs", 'n', 0, G_OPTION_ARG_FILENAME, &o.values[0],
      "Runs of each version, with the seeds seed, seed + 1 ... (default: "
      "10)",
      "N" },
    { "confidence", 0, 0, G_OPTION_ARG_FILENAME, &o.values[2],
      "Of intervals, and of all differences together (default: \"95 "
      "%\")",
      "PERCENT" },
    { "jobs", 'j', 0, G_OPTION_ARG_FILENAME, &o.values[1],
      "Runs at the same time (default: a processor each)", "N" },
    { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.set,
      "Override a key of all versions; may be repeated", "PATH=VALUE" },
    { "all", 0, 0, G_OPTION_ARG_NONE, &o.all,
      "Compare every number, not only work, faults, I/O and accounts", NULL },
    { "show", 0, 0, G_OPTION_ARG_FILENAME, &o.show,
      "Print one table of these quantities, a column each version", "KEY,..." },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
      "Folder for report.html, figures and the numbers as JSON and CSV",
      "DIR" },
    { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o.no_figures,
      "Write numbers and report without figures", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json,
      "Print compare.json instead of tables", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
      "No progress, no messages but errors", NULL },
    G_OPTION_ENTRY_NULL
  };
  int status;
  if (command_options (
          "compare", "SCENARIO",
          "Runs the variants of a scenario, and those of --vary, many times, "
          "the same seeds\nfor each, and prints the differences from the first "
          "with intervals, and\n\"no difference shown\" where chance may "
          "explain them.\n\nExit status: 0 fine, 2 usage, 3 bad scenario, 4 "
          "input/output, 128 + n stopped\nby signal n.",
          entries, &argc, &argv, 1, 1, &status))
    status = compare (argv[1], &o);
  free_options (&o);
  return status;
}
