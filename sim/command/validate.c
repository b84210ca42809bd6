/* vhm validate: published measurements beside what the simulator says of them.
 *
 * A suite is a set of experiments that travel inside the program as data
 * (scenarios/published/SUITE). Parameters that nobody published are fitted on
 * the rows marked so; all others are predictions. A row misses when the simulated
 * value is not within what it accepts; a miss that the data explain (known_miss) is
 * shown as one, and does not fail.
 */
#include "validate.h"
#include "experiment.h"

#include <stdio.h>
#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/json.h>
#include <vhm/sim/text_file.h>

#define RESULT_NAME "validate.json"

struct options {
  char *only, **set, *out;
  int n_jobs;
  gboolean fit, json, quiet, no_figures, audit;
};

void
validated_clear (struct validated *v)
{
  vhm_validation_free (v->validation);
  g_free (v->before);
  g_free (v->after);
  *v = (struct validated){ 0 };
}

char *
validate_name (const struct vhm_embedded *file)
{
  char *name = g_path_get_basename (file->name);
  char *dot = strrchr (name, '.');
  if (dot)
    *dot = '\0';
  return name;
}

/* --- suites ----------------------------------------------------------------- */

static const struct suite {
  const char *name, *help;
  const struct vhm_embedded *files;
  bool (*run) (const struct vhm_embedded *file,
               const struct validate_options *options, struct validated *ret,
               GError **error);
  bool can_fit;
} suites[] = {
  { "translation", "cost of page walks: hardware counters, simulators",
    vhm_embedded_published_translation, validate_study, true },
  { "reclaim", "ways to take memory back: real hypervisors",
    vhm_embedded_published_reclaim, validate_case, false },
  { "diagnosis", "random hosts: class by counters, and by re-running",
    vhm_embedded_random_hosts, validate_diagnosis, false },
  { "provisioning", "who gets processors: elapsed times under Hyper-V",
    vhm_embedded_published_provisioning, validate_case, false },
};

static int
list_suites (const char *wrong)
{
  FILE *out = wrong ? stderr : stdout;
  if (wrong) {
    g_autofree char *shown = vhm_quote (wrong);
    fprintf (out, "vhm validate: unknown suite %s; known:\n", shown);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (suites); i++) {
    fprintf (out, "%s: %s\n", suites[i].name, suites[i].help);
    for (const struct vhm_embedded *f = suites[i].files; f->name; f++)
      fprintf (out, "  %s\n", f->name);
  }
  return wrong ? EXIT_USAGE : EXIT_FINE;
}

static bool
is_wanted (const struct options *o, const struct vhm_embedded *file)
{
  g_autofree char *name = validate_name (file);
  return !o->only || strcmp (o->only, name) == 0;
}

static bool
has_wanted (const struct suite *suite, const struct options *o)
{
  for (const struct vhm_embedded *f = suite->files; f->name; f++)
    if (is_wanted (o, f))
      return true;
  g_autofree char *shown = vhm_quote (o->only);
  fprintf (stderr, "vhm validate: no experiment %s in %s; see vhm validate\n",
           shown, suite->name);
  return false;
}

/* --- a report of all -------------------------------------------------------- */

struct report {
  const struct options *options;
  struct staging staging; /* folder for figures; none if `part` is NULL */
  struct vhm_json json;
  unsigned n_shown, n_rows, n_failed, n_missed, n_predicted, n_predicted_missed;
  guint n_runs;
  GError *figures; /* the first that could not be drawn */
};

static void
put_text (struct vhm_json *json, const char *key, const char *text)
{
  vhm_json_key (json, key);
  vhm_json_string (json, text);
}

static void
begin_json (struct report *report, const struct suite *suite)
{
  vhm_json_init (&report->json);
  vhm_json_begin_object (&report->json);
  put_text (&report->json, "schema", "vhm-validate/1");
  put_text (&report->json, "suite", suite->name);
  put_text (&report->json, "version", VHM_VERSION);
  vhm_json_key (&report->json, "experiments");
  vhm_json_begin_array (&report->json);
}

static void
count (struct report *report, const struct vhm_validation *v)
{
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row
        = &g_array_index (v->rows, struct vhm_validation_row, i);
    enum vhm_expect_state state = vhm_validation_state (row);
    bool misses = state == VHM_EXPECT_FAIL || state == VHM_EXPECT_KNOWN_MISS;
    report->n_rows++;
    report->n_failed
        += state == VHM_EXPECT_FAIL || state == VHM_EXPECT_SURPRISE;
    report->n_missed += misses;
    report->n_predicted += !row->is_fitted;
    report->n_predicted_missed += !row->is_fitted && misses;
  }
}

static void
print (const struct report *report, const struct validated *v)
{
  g_autofree char *table = vhm_validation_table (v->validation);
  printf ("%s%s\n%s\n", report->n_shown > 0 ? "\n" : "", v->validation->title,
          v->validation->source);
  if (v->validation->reading)
    printf ("%s\n", v->validation->reading);
  printf ("%s%s%s", v->before ? v->before : "", table,
          v->after ? v->after : "");
  fflush (stdout);
}

/* False when the folder cannot be written. */
static bool
show (struct report *report, const struct validated *v, GError **error)
{
  if (!report->options->json)
    print (report, v);
  report->n_shown++;
  report->n_runs += v->n_runs;
  vhm_validation_put_json (&report->json, v->validation);
  count (report, v->validation);
  g_autoptr (GError) trouble = NULL;
  if (!report->staging.part || report->options->no_figures
      || vhm_validation_draw (v->validation, report->staging.part, &trouble))
    return true;
  if (!g_error_matches (trouble, VHM_ERROR, VHM_ERROR_TOOL)) {
    g_propagate_error (error, g_steal_pointer (&trouble));
    return false;
  }
  if (!report->figures)
    report->figures = g_steal_pointer (&trouble);
  return true;
}

static bool
run_files (struct report *report, const struct suite *suite, GError **error)
{
  const struct options *o = report->options;
  const struct validate_options options
      = { .set = (const char *const *) o->set,
          .n_jobs = o->n_jobs > 0 ? (guint) o->n_jobs : g_get_num_processors (),
          .is_quiet = o->quiet,
          .audit = o->audit };
  for (const struct vhm_embedded *f = suite->files; f->name; f++) {
    if (!is_wanted (o, f))
      continue;
    struct validated v = { 0 };
    bool fine = suite->run (f, &options, &v, error) && show (report, &v, error);
    validated_clear (&v);
    if (!fine || command_caught_signal ())
      return false;
  }
  return true;
}

static void
print_sum (const struct report *report, const char *json)
{
  if (report->options->json)
    fputs (json, stdout);
  else
    printf ("\n%u of %u rows within tolerance; of %u predicted, %u\n",
            report->n_rows - report->n_missed, report->n_rows,
            report->n_predicted,
            report->n_predicted - report->n_predicted_missed);
  fflush (stdout);
}

static bool
deliver (struct report *report, GError **error)
{
  vhm_json_end (&report->json);
  vhm_json_end (&report->json);
  size_t size;
  g_autofree char *text = vhm_json_finish (&report->json, &size);
  struct staging *staging = &report->staging;
  if (staging->part
      && (!vhm_atomic_write (staging->part, RESULT_NAME, text, size, error)
          || !command_staging_commit (staging, error)))
    return false;
  print_sum (report, text);
  return true;
}

static int
run_suite (const struct suite *suite, const struct options *o)
{
  struct report report = { .options = o };
  g_autoptr (GError) error = NULL;
  gint64 start_us = g_get_monotonic_time ();
  if (!has_wanted (suite, o))
    return EXIT_USAGE;
  if (o->out
      && !command_staging_open (&report.staging, o->out, RESULT_NAME, &error))
    return command_failed (error);
  begin_json (&report, suite);
  bool fine = run_files (&report, suite, &error) && deliver (&report, &error);
  if (report.json.out)
    g_string_free (report.json.out, TRUE);
  command_staging_close (&report.staging);
  g_autoptr (GError) figures = report.figures;
  if (command_caught_signal ())
    return EXIT_SIGNAL + command_caught_signal ();
  if (!fine)
    return command_failed (error);
  if (!o->quiet)
    fprintf (stderr, "vhm: experiments: %u, runs: %u, %.1f s\n", report.n_shown,
             report.n_runs,
             (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC);
  int status = figures ? command_failed (figures) : EXIT_FINE;
  return report.n_failed > 0 ? EXIT_EXPECTATION : status;
}

static int
fit_suite (const struct suite *suite, const struct options *o)
{
  if (!suite->can_fit) {
    fprintf (stderr, "vhm validate: nothing is fitted in %s\n", suite->name);
    return EXIT_USAGE;
  }
  if (!has_wanted (suite, o))
    return EXIT_USAGE;
  for (const struct vhm_embedded *f = suite->files; f->name; f++) {
    g_autoptr (GError) error = NULL;
    if (!is_wanted (o, f))
      continue;
    g_auto (GStrv) values = experiment_fit_values (
        f, (const char *const *) o->set, o->quiet, &error);
    for (char **value = values; value && *value; value++)
      printf ("%s: %s\n", f->name, *value);
    fflush (stdout);
    if (command_caught_signal ())
      return EXIT_SIGNAL + command_caught_signal ();
    if (!values)
      return command_failed (error);
  }
  return EXIT_FINE;
}

/* A scenario in a file is a suite of its own, for whoever writes one. */
static int
run_file (const char *path, const struct options *o)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  size_t size;
  if (!vhm_text_file_read (path, VHM_YAML_MAX_BYTES, &text, &size, &error))
    return command_failed (error);
  const struct vhm_embedded files[] = { { path, text, size }, { 0 } };
  const struct suite suite
      = { .name = path, .files = files, .run = validate_case };
  return o->fit ? fit_suite (&suite, o) : run_suite (&suite, o);
}

static int
validate (const char *name, const struct options *o)
{
  const struct suite *suite = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (suites) && name; i++)
    if (strcmp (suites[i].name, name) == 0)
      suite = &suites[i];
  command_catch_signals ();
  if (!suite && name && g_str_has_suffix (name, ".yaml"))
    return run_file (name, o);
  if (!suite)
    return list_suites (name);
  return o->fit ? fit_suite (suite, o) : run_suite (suite, o);
}

int
command_validate (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry entries[] = {
    { "only", 0, 0, G_OPTION_ARG_FILENAME, &o.only,
      "One experiment of the suite", "NAME" },
    { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.set,
      "Override a key of the experiments; may be repeated", "PATH=VALUE" },
    { "audit", 0, 0, G_OPTION_ARG_NONE, &o.audit,
      "Walk every invariant at every sample of scenarios (slow)", NULL },
    { "fit", 0, 0, G_OPTION_ARG_NONE, &o.fit,
      "Find what nobody published again, on the fitted rows (minutes)", NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &o.n_jobs,
      "Runs at the same time (default: a processor each)", "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
      "Folder for a figure of each experiment and validate.json", "DIR" },
    { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o.no_figures,
      "Write validate.json alone", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print JSON instead of tables",
      NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
      "No progress, no messages but errors", NULL },
    G_OPTION_ENTRY_NULL
  };
  int status;
  if (command_options ("validate", "[SUITE|SCENARIO.yaml]",
                       "Simulates published measurements and prints both side "
                       "by side: those of a suite,\nor of a scenario of your "
                       "own whose expectations hold them. Without either, "
                       "names\nthe suites.\n\nExit status: "
                       "1 if a row misses its tolerance that was not known to.",
                       entries, &argc, &argv, 0, 1, &status))
    status = validate (argc > 1 ? argv[1] : NULL, &o);
  g_free (o.only);
  g_free (o.out);
  g_strfreev (o.set);
  return status;
}
