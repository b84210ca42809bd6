/* vhm run: simulates a scenario, checks its expectations, writes the report. */
#include "command.h"
#include "diagnose.h"

#include <vhm/base/error.h>
#include <vhm/host/host.h>
#include <vhm/report/diagnosis.h>
#include <vhm/sim/progress.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
  const char *path;
  char *out;
  char **set;
  char *seed, *rules;
  gboolean quiet, json, audit, no_figures, diagnose;
  int n_jobs;
};

/* --- while it runs --------------------------------------------------------- */

struct screen {
  const struct vhm_case *config;
  vhm_progress *progress;
};

#define SHORT_RUN_S (15 * 60) /* minutes alone would stand still */

static void
show_progress (void *context, double done)
{
  const struct screen *screen = context;
  if (!vhm_progress_is_due (screen->progress))
    return;
  double end_s = (double) screen->config->duration_ns / 1e9;
  bool is_short = end_s < SHORT_RUN_S;
  g_autofree char *now = command_clock (screen->config, done * end_s, is_short);
  g_autofree char *end = command_clock (screen->config, end_s, is_short);
  g_autofree char *text = g_strdup_printf ("%s of %s", now, end);
  vhm_progress_update (screen->progress, done, text);
}

static bool
was_interrupted (void *context)
{
  (void) context;
  return command_caught_signal () != 0;
}

static bool
run_host (const struct vhm_case *c, const struct options *o,
          struct vhm_result *result, GError **error)
{
  const struct vhm_progress_options progress_options = {
    .mode = o->quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO,
  };
  g_autoptr (vhm_progress) progress
      = vhm_progress_new ("simulating", &progress_options);
  struct screen screen = { c, progress };
  const struct vhm_host_options options = {
    .seed = c->seed,
    .audit = o->audit,
    .progress = show_progress,
    .progress_context = &screen,
    .wants_stop = was_interrupted,
  };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  return vhm_host_run (host, result, error);
}

/* --- what the result says of its origin ------------------------------------ */

static void
describe (const struct vhm_scenario *s, struct vhm_result *result)
{
  const struct vhm_case *c = command_case (s);
  result->scenario_path = g_path_get_basename (s->path);
  result->question = g_strdup (c->question);
  result->source = g_strdup (c->source);
  result->reading = g_strdup (c->reading);
  result->resolved_yaml = vhm_scenario_resolved_yaml (s);
  result->version = g_strdup (VHM_VERSION);
  command_add_assumptions (s, result);
  command_add_traces (c, result);
}

/* --- the report -------------------------------------------------------------- */

static bool
write_report (const struct vhm_scenario *s, const struct vhm_result *result,
              const char *folder, bool skip_figures, GError **error)
{
  const struct vhm_case *c = command_case (s);
  const struct vhm_case_figure *figures = c->figures.items;
  g_autofree struct vhm_figure_request *requests
      = g_new0 (struct vhm_figure_request, MAX (c->figures.n, 1));
  g_autoptr (GPtrArray) names
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  for (size_t i = 0; i < c->figures.n; i++) {
    const struct vhm_case_figure *f = &figures[i];
    requests[i].id = f->id;
    requests[i].title = f->title && *f->title ? f->title : NULL;
    command_figure_window (s, i, &requests[i].from_s, &requests[i].to_s);
    if (f->guests && *f->guests) {
      char **split = g_strsplit (f->guests, " ", -1);
      g_ptr_array_add (names, split);
      requests[i].instances = (const char *const *) split;
    }
  }
  const struct vhm_report_options options = {
    .figures = requests,
    .n_figures = c->figures.n,
    .skip_figures = skip_figures,
  };
  return vhm_report_write (result, folder, &options, error);
}

/* 0 if nothing fails that was not declared to. */
static int
verdict (const struct vhm_result *result)
{
  for (guint i = 0; i < result->expectations->len; i++) {
    enum vhm_expect_state state
        = vhm_expectation_state (result->expectations->pdata[i]);
    if (state == VHM_EXPECT_FAIL || state == VHM_EXPECT_SURPRISE)
      return EXIT_EXPECTATION;
  }
  return EXIT_FINE;
}

/* Data first and flushed, so that both streams in one pipe stay in order. */
static void
print_answer (const struct vhm_result *result, const struct options *o)
{
  if (o->json) {
    size_t size;
    g_autofree char *json = vhm_report_json (result, NULL, &size);
    fwrite (json, 1, size, stdout);
    fflush (stdout);
    return;
  }
  bool color = isatty (STDOUT_FILENO) && !getenv ("NO_COLOR")
               && g_strcmp0 (getenv ("TERM"), "dumb") != 0;
  command_print_guests (result);
  if (result->expectations->len > 0) {
    g_autofree char *table = vhm_report_table (result, color);
    printf ("\n%s", table);
  }
  g_autofree char *diagnosis = vhm_diagnosis_text (result);
  printf ("\n%s", diagnosis);
  fflush (stdout);
}

static void
print_notes (const struct vhm_case *c, const struct vhm_result *result,
             const struct options *o)
{
  if (o->quiet)
    return;
  for (guint i = 0; i < result->incidents->len; i++) {
    const struct vhm_incident *x = result->incidents->pdata[i];
    g_autofree char *at = command_clock (c, x->at_s, true);
    fprintf (stderr, "vhm: %s: %s: %s\n", at, x->who, x->what);
  }
  g_autofree char *out = g_filename_display_name (o->out);
  fprintf (stderr, "vhm: report in %s/report.html\n", out);
}

/* Says on a terminal why it takes another moment; wiped out again after it. */
static void
note_drawing (const struct options *o, const char *text)
{
  if (!o->quiet && !o->no_figures && isatty (STDERR_FILENO))
    fprintf (stderr, "\r%-20s\r%s", "", text);
}

static int
deliver (const struct vhm_scenario *s, const struct vhm_result *result,
         const struct options *o, struct staging *staging)
{
  g_autoptr (GError) error = NULL, figures = NULL;
  note_drawing (o, "drawing figures ...");
  bool fine = write_report (s, result, staging->part, o->no_figures, &figures);
  note_drawing (o, "");
  if (command_caught_signal ())
    return EXIT_IO;
  /* figures apart, everything is there */
  bool complete = fine || g_error_matches (figures, VHM_ERROR, VHM_ERROR_TOOL);
  if (!complete)
    return command_failed (figures);
  if (!command_staging_commit (staging, &error))
    return command_failed (error);
  print_answer (result, o);
  print_notes (command_case (s), result, o);
  int status = fine ? EXIT_FINE : command_failed (figures);
  int judged = verdict (result);
  return judged ? judged : status;
}

static bool
diagnose (const struct vhm_case *c, const struct vhm_rules *rules,
          const struct options *o, struct vhm_result *result, GError **error)
{
  const struct again_scene scene
      = { .path = o->path,
          .overrides = (const char *const *) o->set,
          .base = c,
          .n_jobs = o->n_jobs > 0 ? (guint) o->n_jobs : g_get_num_processors (),
          .is_quiet = o->quiet };
  return command_diagnose (rules, c, result, error)
         && (!o->diagnose || diagnose_again (&scene, rules, result, error));
}

static int
simulate (struct vhm_scenario *s, const struct vhm_rules *rules,
          const struct options *o)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_case *c = command_case (s);
  struct staging staging = { 0 };
  /* whether it can be written is better known before the run */
  if (!command_staging_open (&staging, o->out, "result.json", &error))
    return command_failed (error);
  command_catch_signals ();
  struct vhm_result *result = vhm_result_new ();
  describe (s, result);
  int status;
  if (run_host (c, o, result, &error) && diagnose (c, rules, o, result, &error)
      && command_expect (&c->expect, c, result, &error))
    status = deliver (s, result, o, &staging);
  else
    status = command_caught_signal () ? EXIT_IO : command_failed (error);
  command_staging_close (&staging);
  vhm_result_free (result);
  if (!command_caught_signal ())
    return status;
  fprintf (stderr, "vhm: stopped by a signal; nothing was written\n");
  return EXIT_SIGNAL + command_caught_signal ();
}

static char *
default_out (const char *scenario)
{
  g_autofree char *base = g_path_get_basename (scenario);
  char *dot = strrchr (base, '.');
  if (dot && dot != base)
    *dot = '\0';
  return g_build_filename ("vhm-out", base, NULL);
}

static void
add_seed_override (struct options *o)
{
  if (!o->seed)
    return;
  guint n = o->set ? g_strv_length (o->set) : 0;
  o->set = g_renew (char *, o->set, n + 2);
  o->set[n] = g_strdup_printf ("seed=%s", o->seed);
  o->set[n + 1] = NULL;
}

int
command_run (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry entries[]
      = { { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
            "Folder for the results (default: vhm-out/SCENARIO)", "DIR" },
          { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.set,
            "Override a key of the scenario; may be repeated", "PATH=VALUE" },
          { "seed", 0, 0, G_OPTION_ARG_FILENAME, &o.seed,
            "Short for --set seed=N", "N" },
          { "rules", 0, 0, G_OPTION_ARG_FILENAME, &o.rules,
            "Diagnose by the rules in this file (default: vhm's own)", "FILE" },
          { "diagnose", 0, 0, G_OPTION_ARG_NONE, &o.diagnose,
            "Run it again: each guest alone, and what might relieve the host",
            NULL },
          { "jobs", 'j', 0, G_OPTION_ARG_INT, &o.n_jobs,
            "Runs at the same time for that (default: a processor each)", "N" },
          { "audit", 0, 0, G_OPTION_ARG_NONE, &o.audit,
            "Walk every invariant at every sample (slow)", NULL },
          { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o.no_figures,
            "Write numbers and report without figures", NULL },
          { "json", 0, 0, G_OPTION_ARG_NONE, &o.json,
            "Print result.json instead of the table", NULL },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
            "No progress, no messages but errors", NULL },
          G_OPTION_ENTRY_NULL };
  int status;
  if (!command_options (
          "run", "SCENARIO",
          "Simulates a scenario, checks what it expects, writes\n"
          "result.json, series.csv, figures and report.html.\n\n"
          "Exit status: 0 fine, 1 an expectation failed, 2 usage, "
          "3 bad scenario,\n4 input/output or figures that could "
          "not be drawn, 128 + n stopped by signal n.",
          entries, &argc, &argv, 1, 1, &status))
    return status;
  add_seed_override (&o);
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s
      = command_read_case (argv[1], (const char *const *) o.set, &error);
  g_autoptr (vhm_scenario) rules = s ? vhm_rules_read (o.rules, &error) : NULL;
  if (!rules || !diagnose_check (rules->config, command_case (s), &error))
    status = command_failed (error);
  else {
    o.path = argv[1];
    if (!o.out)
      o.out = default_out (argv[1]);
    g_autofree char *warnings = vhm_scenario_warnings (s);
    fputs (warnings, stderr);
    status = simulate (s, rules->config, &o);
  }
  g_free (o.out);
  g_free (o.seed);
  g_free (o.rules);
  g_strfreev (o.set);
  return status;
}
