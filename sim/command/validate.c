/* vhm validate: published measurements beside what the simulator says of them.
 *
 * A suite is a set of experiments that travel inside the program as data
 * (scenarios/published/SUITE). Parameters that nobody published are fitted on
 * the rows marked so; all others are predictions. A row misses when its error
 * is above its tolerance; a miss that the data explain (known_miss) is shown as
 * one, and does not fail.
 */
#include "command.h"
#include "experiment.h"

#include <vhm/base/error.h>
#include <vhm/report/grid.h>
#include <vhm/sim/diagnostics.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/json.h>
#include <vhm/sim/progress.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct options {
  char *only, **set;
  gboolean fit, json, quiet;
};

/* A row with its answer. */
struct answer {
  const struct experiment_row *row;
  double simulated, half_width, error; /* error relative to the published */
  const char *verdict;
  bool fails;
};

static struct answer
judge (experiment_runs *runs, const struct experiment_row *row)
{
  struct answer a = { .row = row };
  a.simulated = experiment_value (runs, row, &a.half_width);
  a.error = a.simulated / row->published - 1;
  bool passes = fabs (a.error) <= (double) row->tolerance_ppm / 1e6;
  bool is_known = experiment_has (row->known_miss);
  a.fails = passes == is_known;
  a.verdict = passes ? (is_known ? "SURPRISE" : "PASS")
                     : (is_known ? "KNOWN MISS" : "MISS");
  return a;
}

/* --- as tables -------------------------------------------------------------- */

static void
add_answer (vhm_grid *grid, const struct answer *a)
{
  const struct experiment_row *row = a->row;
  double size = MAX (fabs (row->published), fabs (a->simulated));
  int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  g_autofree char *half
      = isnan (a->half_width)
            ? g_strdup ("")
            : g_strdup_printf ("+- %.*f", decimals + 1, a->half_width);
  g_autofree char *error = isnan (a->error)
                               ? g_strdup ("-")
                               : g_strdup_printf ("%+.1f %%", 100 * a->error);
  g_autofree char *tolerance
      = g_strdup_printf ("%g %%", (double) row->tolerance_ppm / 1e4);
  vhm_grid_add (grid, a->verdict);
  vhm_grid_add (grid, row->name);
  vhm_grid_add_number (grid, row->published, decimals);
  vhm_grid_add_number (grid, a->simulated, decimals);
  vhm_grid_add (grid, half);
  vhm_grid_add (grid, error);
  vhm_grid_add (grid, tolerance);
  vhm_grid_add (grid, row->is_fitted ? "fitted" : "predicted");
  vhm_grid_add (grid, row->confidence);
}

static void
print_rows (const GArray *answers)
{
  static const char *const heading[]
      = { "",      "ROW",       "PUBLISHED", "SIMULATED", "",
          "ERROR", "TOLERANCE", "",          "CONFIDENCE" };
  g_autoptr (vhm_grid) grid = vhm_grid_new ("llrrlrrll");
  for (size_t i = 0; i < G_N_ELEMENTS (heading); i++)
    vhm_grid_add (grid, heading[i]);
  for (guint i = 0; i < answers->len; i++)
    add_answer (grid, &g_array_index (answers, struct answer, i));
  g_autofree char *text = vhm_grid_text (grid);
  printf ("%s", text);
  for (guint i = 0; i < answers->len; i++) {
    const struct experiment_row *row
        = g_array_index (answers, struct answer, i).row;
    if (experiment_has (row->known_miss))
      printf ("%s: %s\n", row->name, row->known_miss);
  }
}

static void
print_fit (const struct vhm_scenario *s)
{
  const struct experiment *e = s->config;
  const struct experiment_fit *fits = e->fit.items;
  for (size_t i = 0; i < e->fit.n; i++) {
    const struct vhm_yaml_node *node = command_find (s, fits[i].key);
    printf ("fitted: %s = %s, from %g to %g%s%s: %s\n", fits[i].key,
            node && node->text ? node->text : "-", fits[i].low, fits[i].high,
            experiment_has (fits[i].unit) ? " " : "",
            experiment_has (fits[i].unit) ? fits[i].unit : "", fits[i].why);
  }
}

/* Published and simulated of one line, alternating by host level. */
static void
add_line (vhm_grid *grid, const struct experiment_line *line,
          const struct vhm_walks_row *row)
{
  g_auto (GStrv) cells = g_strsplit (line->cycles, " ", -1);
  g_autofree char *name
      = line->guest_level
            ? g_strdup_printf ("guest %u", (unsigned) line->guest_level)
            : g_strdup ("data page");
  vhm_grid_add (grid, name);
  unsigned n = g_strv_length (cells);
  for (unsigned i = 0; i <= row->host_levels; i++) {
    unsigned h = row->host_levels - i;
    vhm_grid_add (grid, i < n ? cells[i] : "");
    if (row->step_references[line->guest_level][h] > 0)
      vhm_grid_add_number (grid, row->step_cyc[line->guest_level][h], 2);
    else
      vhm_grid_add (grid, "-");
  }
  vhm_grid_end_row (grid);
}

static void
print_matrix (const struct experiment *e, experiment_runs *runs)
{
  const struct experiment_line *lines = e->matrix.items;
  for (size_t i = 0; i < e->matrix.n;) {
    const char *on = lines[i].on;
    const struct vhm_walks_row *row = experiment_run (runs, on);
    g_autoptr (vhm_grid) grid = vhm_grid_new ("lrrrrrrrrrrrr");
    vhm_grid_add (grid, "");
    for (unsigned h = row->host_levels + 1; h-- > 0;) {
      g_autofree char *name
          = h ? g_strdup_printf ("host %u", h) : g_strdup ("entry");
      vhm_grid_add (grid, name);
      vhm_grid_add (grid, "here");
    }
    vhm_grid_end_row (grid);
    for (; i < e->matrix.n && strcmp (lines[i].on, on) == 0; i++)
      add_line (grid, &lines[i], row);
    g_autofree char *text = vhm_grid_text (grid);
    printf ("\n%s, cycles a walk by step, published and here:\n%s", on, text);
  }
}

/* --- as JSON ---------------------------------------------------------------- */

static void
put_text (struct vhm_json *json, const char *key, const char *text)
{
  vhm_json_key (json, key);
  vhm_json_string (json, text);
}

static void
put_number (struct vhm_json *json, const char *key, double value)
{
  vhm_json_key (json, key);
  vhm_json_number (json, value);
}

static void
put_answer (struct vhm_json *json, const struct answer *a)
{
  vhm_json_begin_object (json);
  put_text (json, "name", a->row->name);
  put_number (json, "published", a->row->published);
  put_number (json, "simulated", a->simulated);
  put_number (json, "half_width", a->half_width);
  put_number (json, "error", a->error);
  put_number (json, "tolerance", (double) a->row->tolerance_ppm / 1e6);
  put_text (json, "role", a->row->is_fitted ? "fitted" : "predicted");
  put_text (json, "verdict", a->verdict);
  if (experiment_has (a->row->known_miss))
    put_text (json, "known_miss", a->row->known_miss);
  vhm_json_end (json);
}

/* --- one experiment --------------------------------------------------------- */

struct report {
  const struct options *options;
  struct vhm_json json;
  unsigned n_rows, n_failed, n_missed, n_predicted, n_predicted_missed;
};

static void
count (struct report *report, const struct answer *a)
{
  bool misses = strstr (a->verdict, "MISS") != NULL;
  report->n_rows++;
  report->n_failed += a->fails;
  report->n_missed += misses;
  report->n_predicted += !a->row->is_fitted;
  report->n_predicted_missed += !a->row->is_fitted && misses;
}

static GArray *
judge_all (const struct experiment *e, experiment_runs *runs, bool quiet)
{
  const struct vhm_progress_options options
      = { .mode = quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("measuring", &options);
  const struct experiment_row *rows = e->rows.items;
  GArray *answers = g_array_new (FALSE, FALSE, sizeof (struct answer));
  for (size_t i = 0; i < e->rows.n && !command_caught_signal (); i++) {
    struct answer a = judge (runs, &rows[i]);
    g_array_append_val (answers, a);
    vhm_progress_update (progress, (double) (i + 1) / (double) e->rows.n,
                         rows[i].name);
  }
  return answers;
}

static void
show (struct report *report, const struct vhm_scenario *s,
      experiment_runs *runs, const GArray *answers)
{
  const struct experiment *e = s->config;
  if (!report->options->json) {
    printf ("%s%s\n%s\n", report->n_rows > 0 ? "\n" : "", e->title, e->source);
    if (experiment_has (e->reading))
      printf ("%s\n", e->reading);
    print_fit (s);
    print_rows (answers);
    print_matrix (e, runs);
  } else {
    vhm_json_begin_object (&report->json);
    put_text (&report->json, "title", e->title);
    put_text (&report->json, "source", e->source);
    vhm_json_key (&report->json, "rows");
    vhm_json_begin_array (&report->json);
    for (guint i = 0; i < answers->len; i++)
      put_answer (&report->json, &g_array_index (answers, struct answer, i));
    vhm_json_end (&report->json);
    vhm_json_end (&report->json);
  }
  for (guint i = 0; i < answers->len; i++)
    count (report, &g_array_index (answers, struct answer, i));
}

static bool
run_experiment (struct report *report, const struct vhm_embedded *file,
                GError **error)
{
  const struct options *o = report->options;
  if (o->fit) {
    g_auto (GStrv) values = experiment_fit_values (
        file, (const char *const *) o->set, o->quiet, error);
    for (char **value = values; value && *value; value++)
      printf ("%s: %s\n", file->name, *value);
    fflush (stdout);
    return values != NULL;
  }
  g_autoptr (vhm_scenario) s
      = experiment_read (file, (const char *const *) o->set, error);
  if (!s)
    return false;
  g_autoptr (experiment_runs) runs = experiment_runs_new (s->config);
  g_autoptr (GArray) answers = judge_all (s->config, runs, o->quiet);
  if (!command_caught_signal ())
    show (report, s, runs, answers);
  return true;
}

static bool
is_wanted (const struct options *o, const struct vhm_embedded *file)
{
  g_autofree char *name = g_strdup (file->name);
  char *dot = strrchr (name, '.');
  if (dot)
    *dot = '\0';
  return !o->only || strcmp (o->only, name) == 0;
}

/* --- suites ----------------------------------------------------------------- */

static const struct suite {
  const char *name, *help;
  const struct vhm_embedded *files;
} suites[] = {
  { "translation", "cost of page walks: hardware counters, simulators",
    vhm_embedded_published_translation },
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

static void
print_sum (struct report *report)
{
  if (report->options->json) {
    vhm_json_end (&report->json);
    vhm_json_end (&report->json);
    size_t size;
    g_autofree char *text = vhm_json_finish (&report->json, &size);
    fputs (text, stdout);
  } else
    printf ("\n%u of %u rows within tolerance; of %u predicted, %u\n",
            report->n_rows - report->n_missed, report->n_rows,
            report->n_predicted,
            report->n_predicted - report->n_predicted_missed);
  fflush (stdout);
}

static int
run_suite (const struct suite *suite, const struct options *o)
{
  struct report report = { .options = o };
  g_autoptr (GError) error = NULL;
  unsigned n = 0;
  bool writes_json = o->json && !o->fit;
  if (writes_json) {
    vhm_json_init (&report.json);
    vhm_json_begin_object (&report.json);
    put_text (&report.json, "schema", "vhm-validate/1");
    put_text (&report.json, "suite", suite->name);
    put_text (&report.json, "version", VHM_VERSION);
    vhm_json_key (&report.json, "experiments");
    vhm_json_begin_array (&report.json);
  }
  bool fine = true;
  for (const struct vhm_embedded *f = suite->files; f->name && fine; f++)
    if (is_wanted (o, f) && !command_caught_signal ()) {
      fine = run_experiment (&report, f, &error);
      n++;
    }
  if (command_caught_signal () || !fine) {
    if (writes_json)
      g_string_free (report.json.out, TRUE);
    return command_caught_signal () ? EXIT_SIGNAL + command_caught_signal ()
                                    : command_failed (error);
  }
  if (n == 0) {
    if (writes_json)
      g_string_free (report.json.out, TRUE);
    g_autofree char *shown = vhm_quote (o->only);
    fprintf (stderr, "vhm validate: no experiment %s in %s; see vhm validate\n",
             shown, suite->name);
    return EXIT_USAGE;
  }
  if (!o->fit)
    print_sum (&report);
  return report.n_failed > 0 ? EXIT_EXPECTATION : EXIT_FINE;
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
    { "fit", 0, 0, G_OPTION_ARG_NONE, &o.fit,
      "Find what nobody published again, on the fitted rows (minutes)", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print JSON instead of tables",
      NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
      "No progress, no messages but errors", NULL },
    G_OPTION_ENTRY_NULL
  };
  int status;
  if (command_options ("validate", "[SUITE]",
                       "Simulates published measurements and prints both side "
                       "by side.\nWithout a suite, names them.\n\nExit status: "
                       "1 if a row misses its tolerance that was not known to.",
                       entries, &argc, &argv, 0, 1, &status)) {
    const struct suite *suite = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS (suites) && argc > 1; i++)
      if (strcmp (suites[i].name, argv[1]) == 0)
        suite = &suites[i];
    command_catch_signals ();
    status = suite ? run_suite (suite, &o)
                   : list_suites (argc > 1 ? argv[1] : NULL);
  }
  g_free (o.only);
  g_strfreev (o.set);
  return status;
}
