/* Runs side by side.
 *
 * A host keeps all its state in its handle, and a case is only read. Which thread
 * takes which run is chance; each keeps what it finds in its own place, and what
 * is computed from the places knows nothing of that.
 *
 * Cost: memory of n_jobs hosts. */
#include "side_by_side.h"

#include <vhm/sim/progress.h>

struct batch {
  const struct side_options *options;
  GMutex lock; /* of what follows, and of done in all slots */
  GCond ended;
  guint n_left;
};

struct slot {
  struct batch *batch;
  const struct side_run *run;
  double done;
  GError *error;
};

static void
note_progress (void *context, double done)
{
  struct slot *slot = context;
  g_mutex_lock (&slot->batch->lock);
  slot->done = done;
  g_mutex_unlock (&slot->batch->lock);
}

static bool
was_interrupted (void *context)
{
  (void) context;
  return command_caught_signal () != 0;
}

static void
run_slot (gpointer data, gpointer unused)
{
  (void) unused;
  struct slot *slot = data;
  struct batch *batch = slot->batch;
  const struct vhm_host_options options = {
    .seed = slot->run->seed,
    .progress = note_progress,
    .progress_context = slot,
    .wants_stop = was_interrupted,
    .window = slot->run->window,
  };
  if (!command_caught_signal ()) {
    g_autoptr (vhm_host) host = vhm_host_new (slot->run->config, &options);
    struct vhm_result *result = vhm_result_new ();
    if (vhm_host_run (host, result, &slot->error))
      slot->run->keep (slot->run->context, result);
    vhm_result_free (result);
  }
  g_mutex_lock (&batch->lock);
  slot->done = 1;
  batch->n_left--;
  g_cond_signal (&batch->ended);
  g_mutex_unlock (&batch->lock);
}

#define WAKE_US (G_USEC_PER_SEC / 5) /* as often as the line is redrawn */

static void
watch (struct batch *batch, const struct slot *slots, guint n)
{
  const struct vhm_progress_options options = {
    .mode = batch->options->is_quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO,
  };
  g_autoptr (vhm_progress) progress
      = vhm_progress_new (batch->options->label, &options);
  g_mutex_lock (&batch->lock);
  while (batch->n_left > 0) {
    g_cond_wait_until (&batch->ended, &batch->lock,
                       g_get_monotonic_time () + WAKE_US);
    double done = 0;
    for (guint i = 0; i < n; i++)
      done += slots[i].done;
    g_autofree char *text
        = g_strdup_printf ("%u of %u runs", n - batch->n_left, n);
    vhm_progress_update (progress, done / n, text);
  }
  g_mutex_unlock (&batch->lock);
}

static void
run_slots (struct batch *batch, struct slot *slots, guint n)
{
  g_mutex_init (&batch->lock);
  g_cond_init (&batch->ended);
  batch->n_left = n;
  guint n_threads = MIN (batch->options->n_jobs, n);
  GThreadPool *pool
      = g_thread_pool_new (run_slot, NULL, (int) n_threads, FALSE, NULL);
  for (guint i = 0; i < n; i++)
    g_thread_pool_push (pool, &slots[i], NULL);
  watch (batch, slots, n);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_cond_clear (&batch->ended);
  g_mutex_clear (&batch->lock);
}

bool
side_runs (const struct side_run *runs, guint n,
           const struct side_options *options, GError **error)
{
  if (n == 0)
    return true;
  struct batch batch = { .options = options };
  g_autofree struct slot *slots = g_new0 (struct slot, n);
  for (guint i = 0; i < n; i++)
    slots[i] = (struct slot){ .batch = &batch, .run = &runs[i] };
  run_slots (&batch, slots, n);
  g_autoptr (GError) first = NULL;
  for (guint i = 0; i < n; i++) {
    if (slots[i].error && !first)
      first = g_steal_pointer (&slots[i].error);
    g_clear_error (&slots[i].error);
  }
  if (!first)
    return true;
  g_propagate_error (error, g_steal_pointer (&first));
  return false;
}
