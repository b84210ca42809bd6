/* vhm validate of scenarios: published values are those of expectations, simulated
 * ones those of a run each of the scenario and of its variants, as far as anything
 * is expected of them. A published sweep is one file, its points are variants.
 *
 * Runs go side by side, each with a thread and a host of its own; rows are in the
 * order of the file. Cost: a run a variant.
 */
#include "diagnose.h"
#include "validate.h"

#include <math.h>
#include <string.h>

#include <vhm/host/host.h>
#include <vhm/sim/expect.h>
#include <vhm/sim/progress.h>

#define PPM 1e6

/* The scenario as it stands, or as a variant has it. */
struct point {
  struct vhm_scenario *scenario;
  const char *variant;           /* NULL: as it stands */
  const struct vhm_list *expect; /* struct vhm_case_expect */
  struct vhm_result *result;
  GError *error;
  struct batch *batch;
};

struct batch {
  GMutex lock; /* of n_left */
  GCond ended;
  guint n_left;
  bool audit;
};

static void
free_point (gpointer data)
{
  struct point *point = data;
  vhm_scenario_free (point->scenario);
  vhm_result_free (point->result);
  g_clear_error (&point->error);
  g_free (point);
}

/* --- reading ---------------------------------------------------------------------- */

static struct point *
add_point (GPtrArray *points, struct vhm_scenario *scenario,
           const char *variant)
{
  const struct vhm_case *c = command_case (scenario);
  const struct vhm_case_variant *v = command_variant (c, variant);
  struct point *point = g_new0 (struct point, 1);
  point->scenario = scenario;
  point->variant = v ? v->name : NULL;
  point->expect = v ? &v->expect : &c->expect;
  point->result = vhm_result_new ();
  g_ptr_array_add (points, point);
  return point;
}

/* A variant is run if something is expected of it, or is divided by it. */
static bool
is_needed (const struct vhm_case *c, const struct vhm_case_variant *variant)
{
  const struct vhm_case_variant *variants = c->variants.items;
  if (variant->expect.n > 0)
    return true;
  for (size_t i = 0; i < c->variants.n; i++) {
    const struct vhm_case_expect *expect = variants[i].expect.items;
    for (size_t k = 0; k < variants[i].expect.n; k++)
      if (g_strcmp0 (expect[k].over, variant->name) == 0)
        return true;
  }
  return false;
}

/* The scenario as it stands comes first, and is there even if nothing is expected
 * of it. */
static GPtrArray *
read_points (const struct vhm_embedded *file,
             const struct validate_options *options, GError **error)
{
  g_autoptr (GPtrArray) points = g_ptr_array_new_with_free_func (free_point);
  struct command_version v = { .file = file, .overrides = options->set };
  struct vhm_scenario *s = command_read_version (file->name, &v, error);
  if (!s)
    return NULL;
  v.base = command_case (add_point (points, s, NULL)->scenario);
  const struct vhm_case_variant *variants = v.base->variants.items;
  g_autoptr (GError) mistakes = NULL;
  for (size_t i = 0; i < v.base->variants.n; i++) {
    g_autoptr (GError) wrong = NULL;
    v.variant = variants[i].name;
    s = command_read_version (file->name, &v, &wrong);
    command_add_error (&mistakes, wrong);
    if (s && is_needed (v.base, &variants[i]))
      add_point (points, s, v.variant);
    else if (s)
      vhm_scenario_free (s);
  }
  if (!mistakes)
    return g_steal_pointer (&points);
  g_propagate_error (error, g_steal_pointer (&mistakes));
  return NULL;
}

/* --- running ---------------------------------------------------------------------- */

static bool
was_interrupted (void *context)
{
  (void) context;
  return command_caught_signal () != 0;
}

static void
run_point (gpointer data, gpointer unused)
{
  (void) unused;
  struct point *point = data;
  const struct vhm_case *c = command_case (point->scenario);
  const struct vhm_host_options options = { .seed = c->seed,
                                            .audit = point->batch->audit,
                                            .wants_stop = was_interrupted };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  if (vhm_host_run (host, point->result, &point->error)
      && diagnose_by_own_rules (c, point->result, &point->error))
    command_expect (point->expect, c, point->result, &point->error);
  g_mutex_lock (&point->batch->lock);
  point->batch->n_left--;
  g_cond_signal (&point->batch->ended);
  g_mutex_unlock (&point->batch->lock);
}

static bool
is_run (const struct point *point)
{
  return point->variant || point->expect->n > 0;
}

static guint
n_runs (const GPtrArray *points)
{
  guint n = 0;
  for (guint i = 0; i < points->len; i++)
    n += is_run (points->pdata[i]);
  return n;
}

static void
watch (struct batch *batch, guint n, bool is_quiet)
{
  const struct vhm_progress_options options
      = { .mode = is_quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("simulating", &options);
  g_mutex_lock (&batch->lock);
  while (batch->n_left > 0) {
    g_cond_wait (&batch->ended, &batch->lock);
    g_autofree char *text
        = g_strdup_printf ("%u of %u runs", n - batch->n_left, n);
    vhm_progress_update (progress, (double) (n - batch->n_left) / n, text);
  }
  g_mutex_unlock (&batch->lock);
}

static bool
run_points (GPtrArray *points, const struct validate_options *options,
            GError **error)
{
  guint n = n_runs (points);
  struct batch batch = { .n_left = n, .audit = options->audit };
  g_mutex_init (&batch.lock);
  g_cond_init (&batch.ended);
  GThreadPool *pool = g_thread_pool_new (
      run_point, NULL, (int) MAX (1, MIN (options->n_jobs, n)), FALSE, NULL);
  for (guint i = 0; i < points->len; i++) {
    struct point *point = points->pdata[i];
    point->batch = &batch;
    if (is_run (point))
      g_thread_pool_push (pool, point, NULL);
  }
  watch (&batch, n, options->is_quiet);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_cond_clear (&batch.ended);
  g_mutex_clear (&batch.lock);
  for (guint i = 0; i < points->len; i++) {
    struct point *point = points->pdata[i];
    if (!point->error)
      continue;
    g_propagate_error (error, g_steal_pointer (&point->error));
    return false;
  }
  return !command_caught_signal ();
}

/* --- rows ------------------------------------------------------------------------- */

static char *
copy_if_set (const char *text)
{
  return text && *text ? g_strdup (text) : NULL;
}

static bool
is_set (const char *text)
{
  return text && *text;
}

static bool
divide (const GPtrArray *points, const struct vhm_case_expect *from,
        double *value, GError **error)
{
  for (guint i = 0; i < points->len; i++) {
    const struct point *point = points->pdata[i];
    if (g_strcmp0 (point->variant, from->over) != 0)
      continue;
    double other;
    enum vhm_unit unit;
    if (!command_evaluate (from->that, command_case (point->scenario),
                           point->result, &other, &unit, error))
      return false;
    *value /= other;
  }
  return true;
}

static bool
add_row (struct vhm_validation *v, const GPtrArray *points,
         const struct point *point, size_t i, GError **error)
{
  const struct vhm_case_expect *from
      = (const struct vhm_case_expect *) point->expect->items + i;
  const struct vhm_expectation *e = point->result->expectations->pdata[i];
  struct vhm_validation_row row = {
    .name = g_strconcat (point->variant ? point->variant : "",
                         point->variant ? ": " : "", from->name, NULL),
    .place = copy_if_set (from->source),
    .known_miss = copy_if_set (from->known_miss),
    .printed = copy_if_set (from->published),
    .series = copy_if_set (from->series),
    .unit = e->unit,
    .published = NAN,
    .simulated = e->value,
    .half_width = NAN,
    .low = e->low,
    .high = e->high,
    .tolerance = from->tolerance_ppm > 0 ? (double) from->tolerance_ppm / PPM
                                         : (double) NAN,
    .is_fitted = from->is_fitted,
    .x = from->x,
    .over = copy_if_set (from->over),
  };
  bool fine
      = (!is_set (from->value)
         || vhm_expect_bound (from->value, e->unit, &row.published, error))
        && (!is_set (from->over)
            || divide (points, from, &row.simulated, error));
  g_array_append_val (v->rows, row);
  return fine;
}

static bool
add_rows (struct vhm_validation *v, const GPtrArray *points, GError **error)
{
  for (guint i = 0; i < points->len; i++) {
    const struct point *point = points->pdata[i];
    for (size_t k = 0; k < point->expect->n; k++)
      if (!add_row (v, points, point, k, error))
        return false;
  }
  return true;
}

bool
validate_case (const struct vhm_embedded *file,
               const struct validate_options *options, struct validated *ret,
               GError **error)
{
  g_autoptr (GPtrArray) points = read_points (file, options, error);
  if (!points || !run_points (points, options, error))
    return false;
  const struct vhm_case *c
      = command_case (((struct point *) points->pdata[0])->scenario);
  g_autoptr (vhm_validation) v = vhm_validation_new ();
  v->name = validate_name (file);
  v->title = g_strdup (c->question ? c->question : file->name);
  v->source = g_strdup (c->source ? c->source : "");
  v->reading = copy_if_set (c->reading);
  v->axis = copy_if_set (c->axis);
  if (!add_rows (v, points, error))
    return false;
  *ret = (struct validated){ .validation = g_steal_pointer (&v),
                             .n_runs = n_runs (points) };
  return true;
}
