/* Searches for the parameters of an experiment that nobody published.
 *
 * Compass search: from the values in the file, one parameter at a time a step
 * up or down to where the sum of squared logarithmic errors of the fitted rows
 * is less; when none is, half the step, down to that of the parameter. Values
 * are multiples of their step, seeds are those of the file: the same answer
 * every time. It finds a nearest minimum, not the least of all.
 *
 * Cost: some 10 to 40 times the fitted rows, each a study.
 */
#include "command.h"
#include "experiment.h"

#include <vhm/base/error.h>
#include <vhm/sim/json.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_STEPS 8 /* of these is a range, to begin with */

struct search {
  const struct vhm_embedded *file;
  const struct experiment_fit *fits;
  size_t n;
  const char *const *set; /* overrides that hold for all trials */
  bool quiet;
};

static char *
assignment (const struct experiment_fit *fit, double value)
{
  char text[VHM_DOUBLE_TEXT_SIZE];
  return g_strdup_printf ("%s=%s%s%s", fit->key, vhm_double_text (value, text),
                          experiment_has (fit->unit) ? " " : "",
                          experiment_has (fit->unit) ? fit->unit : "");
}

static char **
assignments (const struct search *s, const double *values)
{
  char **all = g_new0 (char *, s->n + 1);
  for (size_t i = 0; i < s->n; i++)
    all[i] = assignment (&s->fits[i], values[i]);
  return all;
}

/* What the user set, then what is tried. */
static char **
overrides_of (const struct search *s, char **tried)
{
  GPtrArray *all = g_ptr_array_new ();
  for (const char *const *set = s->set; set && *set; set++)
    g_ptr_array_add (all, g_strdup (*set));
  for (; *tried; tried++)
    g_ptr_array_add (all, g_strdup (*tried));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (all, FALSE);
}

/* Sum of squared logarithmic errors; NAN with an error if it cannot be read. */
static double
loss (const struct search *s, const double *values, GError **error)
{
  g_auto (GStrv) tried = assignments (s, values);
  g_auto (GStrv) overrides = overrides_of (s, tried);
  g_autoptr (vhm_scenario) scenario
      = experiment_read (s->file, (const char *const *) overrides, error);
  if (!scenario)
    return NAN;
  const struct experiment *e = scenario->config;
  g_autoptr (experiment_runs) runs = experiment_runs_new (e);
  const struct experiment_row *rows = e->rows.items;
  double sum = 0, half;
  for (size_t i = 0; i < e->rows.n; i++) {
    if (!rows[i].is_fitted)
      continue;
    double error_of_row
        = log (experiment_value (runs, &rows[i], &half) / rows[i].published);
    sum += error_of_row * error_of_row;
  }
  if (!s->quiet) {
    g_autofree char *text = g_strjoinv (", ", tried);
    fprintf (stderr, "vhm: %s: %.5f\n", text, sum);
  }
  return sum;
}

static double
snap (const struct experiment_fit *fit, double value)
{
  double snapped = fit->step * round (value / fit->step);
  return CLAMP (snapped, fit->low, fit->high);
}

/* Where the file has its value now; the middle of the range if nowhere. */
static double
first_value (const struct vhm_scenario *scenario,
             const struct experiment_fit *fit)
{
  const struct vhm_yaml_node *node = command_find (scenario, fit->key);
  double value = node && node->kind == VHM_YAML_SCALAR
                     ? g_ascii_strtod (node->text, NULL)
                     : (fit->low + fit->high) / 2;
  return snap (fit, value);
}

/* One parameter, one step; true if it is better there. */
static bool
try_step (const struct search *s, double *values, size_t i, double step,
          double *best, GError **error)
{
  double old = values[i];
  values[i] = snap (&s->fits[i], old + step);
  double here = values[i] != old ? loss (s, values, error) : *best;
  if (here < *best) {
    *best = here;
    return true;
  }
  values[i] = old;
  return false;
}

static bool
descend (const struct search *s, double *values, GError **error)
{
  double best = loss (s, values, error);
  for (int part = FIRST_STEPS;; part *= 2) {
    bool is_fine = true; /* every step is the parameter's own */
    bool moved = true;
    while (moved && isfinite (best)) {
      moved = false;
      for (size_t i = 0; i < s->n; i++) {
        const struct experiment_fit *fit = &s->fits[i];
        double step = MAX ((fit->high - fit->low) / part, fit->step);
        is_fine = is_fine && step <= fit->step;
        moved = try_step (s, values, i, step, &best, error) || moved;
        if (error && *error)
          return false;
        moved = try_step (s, values, i, -step, &best, error) || moved;
        if ((error && *error) || command_caught_signal ())
          return false;
      }
    }
    if (is_fine || !isfinite (best))
      return isfinite (best);
  }
}

char **
experiment_fit_values (const struct vhm_embedded *file, const char *const *set,
                       bool quiet, GError **error)
{
  g_autoptr (vhm_scenario) scenario = experiment_read (file, set, error);
  if (!scenario)
    return NULL;
  const struct experiment *e = scenario->config;
  const struct search s = { file, e->fit.items, e->fit.n, set, quiet };
  g_autofree double *values = g_new0 (double, e->fit.n + 1);
  for (size_t i = 0; i < s.n; i++)
    values[i] = first_value (scenario, &s.fits[i]);
  g_autoptr (GError) cause = NULL;
  if (s.n == 0 || descend (&s, values, &cause))
    return assignments (&s, values);
  if (cause)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (!command_caught_signal ())
    g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO,
                 "%s: a row that is fitted has no value, as without walks",
                 file->name);
  return NULL;
}
