/* Runs versions of a case with guests left out, side by side.
 *
 * A guest that is left out is still a line of the case, but starts after the end of
 * the run: its page file keeps its place on the disk and the streams of all others
 * stay what they are, so that nothing differs but what it does. A group of which
 * some are left out becomes lines of one guest each, with the members' names. Where
 * pages are shared within groups, such members share with nobody.
 *
 * Cost: a run each; memory of n_jobs hosts.
 */
#include "again.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/host/host.h>
#include <vhm/sim/progress.h>

GPtrArray *
again_guests (const struct vhm_case *c)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const struct vhm_case_guest *guests = c->guests.items;
  for (size_t i = 0; i < c->guests.n; i++)
    for (uint64_t k = 0; k < guests[i].count; k++)
      g_ptr_array_add (names, vhm_case_guest_name (&guests[i], k));
  return names;
}

/* --- leaving out --------------------------------------------------------------- */

static bool
is_gone (const char *name, const char *gone, const char *only)
{
  return (gone && strcmp (name, gone) == 0)
         || (only && strcmp (name, only) != 0);
}

static void
leave_out (struct again *again, const char *gone, const char *only)
{
  const struct vhm_case_guest *from = again->config.guests.items;
  GPtrArray *names = again_guests (&again->config);
  g_ptr_array_add (again->owned, names);
  GArray *guests = g_array_new (FALSE, FALSE, sizeof (struct vhm_case_guest));
  guint next = 0;
  for (size_t i = 0; i < again->config.guests.n; i++)
    for (uint64_t k = 0; k < from[i].count; k++) {
      struct vhm_case_guest one = from[i];
      one.name = names->pdata[next++];
      one.count = 1;
      if (is_gone (one.name, gone, only))
        one.start_ns = again->config.duration_ns + VHM_NS_PER_S;
      g_array_append_val (guests, one);
    }
  again->config.guests.n = guests->len;
  again->config.guests.items = g_array_free (guests, FALSE);
}

static void
leave_out_of_timeline (struct again *again, const char *gone, const char *only)
{
  const struct vhm_case_timeline *from = again->config.timeline.items;
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (struct vhm_case_timeline));
  for (size_t i = 0; i < again->config.timeline.n; i++) {
    const char *who = NULL;
    vhm_case_order_of (&from[i], &who);
    if (!is_gone (who, gone, only))
      g_array_append_val (lines, from[i]);
  }
  again->config.timeline.n = lines->len;
  again->config.timeline.items = g_array_free (lines, FALSE);
}

/* --- versions --------------------------------------------------------------------- */

static bool
change (struct again *again, const struct again_scene *scene, char *const *set,
        GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (const char *const *o = scene->overrides; o && *o; o++)
    g_ptr_array_add (all, (gpointer) *o);
  for (char *const *o = set; *o; o++)
    g_ptr_array_add (all, *o);
  g_ptr_array_add (all, NULL);
  const struct command_version v
      = { .file = scene->file,
          .overrides = (const char *const *) all->pdata,
          .base = scene->base };
  again->scenario = command_read_version (scene->path, &v, error);
  if (again->scenario)
    again->config = *command_case (again->scenario);
  return again->scenario != NULL;
}

struct again *
again_new (const struct again_scene *scene, char *const *set, const char *gone,
           const char *only, GError **error)
{
  struct again *again = g_new0 (struct again, 1);
  again->owned
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  again->config = *scene->base;
  if (set && *set && !change (again, scene, set, error)) {
    again_free (again);
    return NULL;
  }
  again->result = vhm_result_new ();
  leave_out (again, gone, only);
  leave_out_of_timeline (again, gone, only);
  return again;
}

void
again_free (gpointer data)
{
  struct again *again = data;
  if (!again)
    return;
  if (again->result) { /* made with the lists */
    g_free (again->config.guests.items);
    g_free (again->config.timeline.items);
    vhm_result_free (again->result);
  }
  g_ptr_array_unref (again->owned);
  if (again->scenario)
    vhm_scenario_free (again->scenario);
  g_clear_error (&again->error);
  g_free (again);
}

/* --- running ---------------------------------------------------------------------- */

struct batch {
  GMutex lock; /* of n_left */
  GCond ended;
  guint n_left;
};

static bool
was_interrupted (void *context)
{
  (void) context;
  return command_caught_signal () != 0;
}

bool
again_run_one (struct again *again)
{
  const struct vhm_host_options options
      = { .seed = again->config.seed, .wants_stop = was_interrupted };
  g_autoptr (vhm_host) host = vhm_host_new (&again->config, &options);
  return vhm_host_run (host, again->result, &again->error);
}

static void
run_in_pool (gpointer data, gpointer context)
{
  struct batch *batch = context;
  again_run_one (data);
  g_mutex_lock (&batch->lock);
  batch->n_left--;
  g_cond_signal (&batch->ended);
  g_mutex_unlock (&batch->lock);
}

static void
watch (struct batch *batch, guint n, bool is_quiet)
{
  const struct vhm_progress_options options
      = { .mode = is_quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("diagnosing", &options);
  g_mutex_lock (&batch->lock);
  while (batch->n_left > 0) {
    g_cond_wait (&batch->ended, &batch->lock);
    g_autofree char *text
        = g_strdup_printf ("%u of %u runs", n - batch->n_left, n);
    vhm_progress_update (progress, (double) (n - batch->n_left) / n, text);
  }
  g_mutex_unlock (&batch->lock);
}

bool
again_run (const struct again_scene *scene, const GPtrArray *runs,
           GError **error)
{
  struct batch batch = { 0 };
  for (guint i = 0; i < runs->len; i++)
    batch.n_left += runs->pdata[i] != NULL;
  guint n = batch.n_left;
  if (n == 0)
    return true;
  g_mutex_init (&batch.lock);
  g_cond_init (&batch.ended);
  GThreadPool *pool = g_thread_pool_new (
      run_in_pool, &batch, (int) MAX (1, MIN (scene->n_jobs, n)), FALSE, NULL);
  for (guint i = 0; i < runs->len; i++)
    if (runs->pdata[i])
      g_thread_pool_push (pool, runs->pdata[i], NULL);
  watch (&batch, n, scene->is_quiet);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_cond_clear (&batch.ended);
  g_mutex_clear (&batch.lock);
  for (guint i = 0; i < runs->len; i++) {
    struct again *again = runs->pdata[i];
    if (!again || !again->error)
      continue;
    g_propagate_error (error, g_steal_pointer (&again->error));
    return false;
  }
  return true;
}

double
again_operations (const struct vhm_result *result, const char *guest)
{
  for (guint i = 0; i < result->summary->len; i++) {
    const struct vhm_summary_row *row = result->summary->pdata[i];
    if (strcmp (row->instance, guest) == 0
        && strcmp (row->key, "operations_per_s") == 0)
      return row->value > 0 ? row->value : (double) NAN;
  }
  return NAN;
}
