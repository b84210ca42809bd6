/* vhm validate of studies of address translation: the numbers of rows from runs of
 * an experiment, with what was fitted before them and the matrix of steps after.
 */
#include "experiment.h"
#include "validate.h"

#include <math.h>
#include <string.h>

#include <vhm/report/grid.h>
#include <vhm/sim/progress.h>

#define PPM 1e6

static char *
copy_if_set (const char *text)
{
  return experiment_has (text) ? g_strdup (text) : NULL;
}

static void
add_row (struct vhm_validation *v, experiment_runs *runs,
         const struct experiment_row *row)
{
  double tolerance = (double) row->tolerance_ppm / PPM;
  struct vhm_validation_row r = {
    .name = g_strdup (row->name),
    .place = g_strdup (row->confidence),
    .known_miss = copy_if_set (row->known_miss),
    .unit = VHM_UNIT_NONE,
    .published = row->published,
    .low = row->published * (1 - tolerance),
    .high = row->published * (1 + tolerance),
    .tolerance = tolerance,
    .is_fitted = row->is_fitted,
  };
  r.simulated = experiment_value (runs, row, &r.half_width);
  g_array_append_val (v->rows, r);
}

static void
append_fit (GString *out, const struct vhm_scenario *s)
{
  const struct experiment *e = s->config;
  const struct experiment_fit *fits = e->fit.items;
  for (size_t i = 0; i < e->fit.n; i++) {
    const struct vhm_yaml_node *node = command_find (s, fits[i].key);
    g_string_append_printf (
        out, "fitted: %s = %s, from %g to %g%s%s: %s\n", fits[i].key,
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
append_matrix (GString *out, const struct experiment *e, experiment_runs *runs)
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
    g_string_append_printf (
        out, "\n%s, cycles a walk by step, published and here:\n%s", on, text);
  }
}

static struct vhm_validation *
measure (const struct experiment *e, experiment_runs *runs, bool is_quiet)
{
  const struct vhm_progress_options options
      = { .mode = is_quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("measuring", &options);
  const struct experiment_row *rows = e->rows.items;
  struct vhm_validation *v = vhm_validation_new ();
  for (size_t i = 0; i < e->rows.n && !command_caught_signal (); i++) {
    add_row (v, runs, &rows[i]);
    vhm_progress_update (progress, (double) (i + 1) / (double) e->rows.n,
                         rows[i].name);
  }
  return v;
}

bool
validate_study (const struct vhm_embedded *file,
                const struct validate_options *options, struct validated *ret,
                GError **error)
{
  g_autoptr (vhm_scenario) s = experiment_read (file, options->set, error);
  if (!s)
    return false;
  const struct experiment *e = s->config;
  g_autoptr (experiment_runs) runs = experiment_runs_new (e);
  g_autoptr (vhm_validation) v = measure (e, runs, options->is_quiet);
  if (command_caught_signal ())
    return false;
  v->name = validate_name (file);
  v->title = g_strdup (e->title);
  v->source = g_strdup (e->source);
  v->reading = copy_if_set (e->reading);
  v->place_heading = "CONFIDENCE";
  g_autoptr (GString) before = g_string_new (NULL);
  g_autoptr (GString) after = g_string_new (NULL);
  append_fit (before, s);
  append_matrix (after, e, runs);
  *ret = (struct validated){ g_steal_pointer (&v), g_strdup (before->str),
                             g_strdup (after->str), (guint) e->rows.n };
  return true;
}
