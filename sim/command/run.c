/* vhm run: simulates a scenario, checks its expectations, writes the report. */
#include "command.h"

#include <vhm/base/error.h>
#include <vhm/host/host.h>
#include <vhm/sim/progress.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
  char *out;
  char **set;
  char *seed;
  gboolean quiet, json, audit, no_figures;
};

static void
show_progress (void *context, double done)
{
  vhm_progress_update (context, done, NULL);
}

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
}

static double
since_start_s (const struct vhm_case *c, uint64_t clock_ns, double otherwise)
{
  if (clock_ns == 0)
    return otherwise;
  double day = 86400, at = (double) clock_ns / 1e9 - (double) c->start_ns / 1e9;
  return at < 0 ? at + day : at;
}

static bool
write_report (const struct vhm_case *c, const struct vhm_result *result,
              const struct options *o, GError **error)
{
  const struct vhm_case_figure *figures = c->figures.items;
  g_autofree struct vhm_figure_request *requests
      = g_new0 (struct vhm_figure_request, MAX (c->figures.n, 1));
  g_autoptr (GPtrArray) names
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  for (size_t i = 0; i < c->figures.n; i++) {
    const struct vhm_case_figure *f = &figures[i];
    requests[i].id = f->id;
    requests[i].title = f->title && *f->title ? f->title : NULL;
    requests[i].from_s = since_start_s (c, f->from_ns, 0);
    requests[i].to_s = since_start_s (c, f->to_ns, 0);
    if (f->guests && *f->guests) {
      char **split = g_strsplit (f->guests, " ", -1);
      g_ptr_array_add (names, split);
      requests[i].instances = (const char *const *) split;
    }
  }
  const struct vhm_report_options options = {
    .figures = requests,
    .n_figures = c->figures.n,
    .skip_figures = o->no_figures,
  };
  return vhm_report_write (result, o->out, &options, error);
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

static void
print_answer (const struct vhm_result *result, const struct options *o)
{
  if (o->json) {
    g_autofree char *json = vhm_report_json (result, NULL, NULL);
    fputs (json, stdout);
    return;
  }
  bool color = isatty (STDOUT_FILENO) && !getenv ("NO_COLOR")
               && g_strcmp0 (getenv ("TERM"), "dumb") != 0;
  g_autofree char *table = vhm_report_table (result, color);
  fputs (table, stdout);
  if (o->quiet)
    return;
  for (guint i = 0; i < result->incidents->len; i++) {
    const struct vhm_incident *x = result->incidents->pdata[i];
    fprintf (stderr, "vhm: at %.0f s: %s: %s\n", x->at_s, x->who, x->what);
  }
  fprintf (stderr, "vhm: report in %s/report.html\n", o->out);
}

static int
simulate (struct vhm_scenario *s, const struct options *o)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_case *c = command_case (s);
  struct vhm_progress_options progress_options = {
    .mode = o->quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO,
  };
  g_autoptr (vhm_progress) progress
      = vhm_progress_new ("simulating", &progress_options);
  const struct vhm_host_options options = {
    .seed = c->seed,
    .audit = o->audit,
    .progress = show_progress,
    .progress_context = progress,
  };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  struct vhm_result *result = vhm_result_new ();
  describe (s, result);
  int status;
  if (!vhm_host_run (host, result, &error)
      || !command_expect (c, result, &error)) {
    status = command_failed (error);
    vhm_result_free (result);
    return status;
  }
  g_clear_pointer (&progress, vhm_progress_free);
  status = verdict (result);
  if (!write_report (c, result, o, &error))
    status = command_failed (error);
  if (!error || g_error_matches (error, VHM_ERROR, VHM_ERROR_TOOL))
    print_answer (result, o);
  vhm_result_free (result);
  return status;
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

static bool
add_seed_override (struct options *o)
{
  if (!o->seed)
    return true;
  guint n = o->set ? g_strv_length (o->set) : 0;
  o->set = g_renew (char *, o->set, n + 2);
  o->set[n] = g_strdup_printf ("seed=%s", o->seed);
  o->set[n + 1] = NULL;
  return true;
}

int
command_run (int argc, char **argv)
{
  struct options o = { 0 };
  const GOptionEntry entries[] = {
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &o.out,
      "Folder for the results (default: vhm-out/SCENARIO)", "DIR" },
    { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o.set,
      "Override a key of the scenario; may be repeated", "PATH=VALUE" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &o.seed, "Short for --set seed=N",
      "N" },
    { "audit", 0, 0, G_OPTION_ARG_NONE, &o.audit,
      "Walk every invariant at every sample (slow)", NULL },
    { "no-figures", 0, 0, G_OPTION_ARG_NONE, &o.no_figures,
      "Write numbers and report without figures", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json,
      "Print result.json instead of the table", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet,
      "No progress, no messages but errors", NULL },
    G_OPTION_ENTRY_NULL
  };
  int status;
  if (!command_options ("run", "SCENARIO",
                        "Simulates a scenario, checks what it expects, writes "
                        "result.json, series.csv, figures and report.html.\n"
                        "Exit status: 0 fine, 1 an expectation failed, 2 usage, "
                        "3 bad scenario, 4 input/output.",
                        entries, &argc, &argv, 1, 1, &status))
    return status;
  add_seed_override (&o);
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = command_read_case (
      argv[1], (const char *const *) o.set, &error);
  if (!s)
    status = command_failed (error);
  else {
    if (!o.out)
      o.out = default_out (argv[1]);
    g_autofree char *warnings = vhm_scenario_warnings (s);
    fputs (warnings, stderr);
    status = simulate (s, &o);
  }
  g_free (o.out);
  g_free (o.seed);
  g_strfreev (o.set);
  return status;
}
