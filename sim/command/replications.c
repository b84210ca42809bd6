/* Runs versions of a scenario many times and keeps their numbers.
 *
 * A thread a run: a host keeps all its state in its handle, and a scenario is only
 * read. Which thread takes which run is chance; each writes into its own place,
 * and what is computed from the places knows nothing of that.
 *
 * The numbers of a run are those of its result's own tables: every row of the
 * summary, every account of the ledger, the mean over time of every rate, and on
 * demand of every other counter. Means are over the samples that there are (those
 * in which a guest is on).
 *
 * Cost: n_runs x versions runs; memory of n_jobs hosts. */
#include "replications.h"
#include "versions.h"

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>
#include <vhm/host/host.h>
#include <vhm/sim/progress.h>

/* --- numbers of a run ---------------------------------------------------------- */

static void
clear_quantity (gpointer data)
{
  struct quantity *q = data;
  g_free (q->id);
  g_free (q->instance);
  g_free (q->key);
  g_free (q->help);
}

/* `kind` tells a ledger's account from a counter of the same name. */
static void
add (GArray *numbers, const char *kind, const char *instance, const char *key,
     const char *help, enum vhm_unit unit, double value)
{
  struct quantity q = {
    .id = g_strdup_printf ("%s:%s:%s", kind, instance, key),
    .instance = g_strdup (instance),
    .key = g_strconcat (kind, *kind ? " " : "", key, NULL),
    .help = g_strdup (help),
    .unit = unit,
    .value = value,
  };
  g_array_append_val (numbers, q);
}

static double
mean_of (const struct vhm_result *r, const struct vhm_series *s)
{
  struct vhm_moments moments = { 0 };
  for (size_t i = 0; i < r->n_samples; i++)
    if (!isnan (s->values[i]))
      vhm_moments_add (&moments, s->values[i]);
  return moments.n > 0 ? moments.mean : (double) NAN;
}

static GArray *
numbers_of (const struct vhm_result *r, bool with_levels)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (struct quantity));
  g_array_set_clear_func (numbers, clear_quantity);
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    add (numbers, "", row->instance, row->key, row->help, row->unit,
         row->value);
  }
  for (guint i = 0; i < r->series->len; i++) {
    const struct vhm_series *s = r->series->pdata[i];
    if (with_levels || s->counter->unit == VHM_UNIT_PER_S)
      add (numbers, "mean", s->instance, s->counter->key, s->counter->help,
           s->counter->unit, mean_of (r, s));
  }
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    add (numbers, "ledger:", row->guest, row->account, NULL, VHM_UNIT_CYCLES,
         (double) row->cycles);
  }
  return numbers;
}

/* --- running ------------------------------------------------------------------- */

struct batch {
  const struct replications_options *options;
  GMutex lock; /* of what follows, and of done in all slots */
  GCond ended;
  guint n_left;
};

struct slot {
  struct batch *batch;
  const struct vhm_case *config;
  uint64_t seed;
  double done;
  GArray *numbers;
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
    .seed = slot->seed,
    .progress = note_progress,
    .progress_context = slot,
    .wants_stop = was_interrupted,
  };
  if (!command_caught_signal ()) {
    g_autoptr (vhm_host) host = vhm_host_new (slot->config, &options);
    struct vhm_result *result = vhm_result_new ();
    if (vhm_host_run (host, result, &slot->error))
      slot->numbers = numbers_of (result, batch->options->with_levels);
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
  g_autoptr (vhm_progress) progress = vhm_progress_new ("simulating", &options);
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

static void
free_numbers (gpointer numbers)
{
  if (numbers)
    g_array_unref (numbers);
}

GPtrArray *
replications_run (const GPtrArray *versions,
                  const struct replications_options *options, GError **error)
{
  guint n = versions->len * options->n_runs;
  struct batch batch = { .options = options };
  g_autofree struct slot *slots = g_new0 (struct slot, n);
  for (guint i = 0; i < n; i++) {
    const struct version *version = versions->pdata[i % versions->len];
    slots[i].batch = &batch;
    slots[i].config = command_case (version->scenario);
    slots[i].seed = slots[i].config->seed + i / versions->len;
  }
  run_slots (&batch, slots, n);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (free_numbers);
  g_autoptr (GError) first = NULL;
  for (guint i = 0; i < n; i++) {
    g_ptr_array_add (runs, slots[i].numbers);
    if (slots[i].error && !first)
      first = g_steal_pointer (&slots[i].error);
    g_clear_error (&slots[i].error);
  }
  if (!first)
    return g_steal_pointer (&runs);
  g_propagate_error (error, g_steal_pointer (&first));
  return NULL;
}

/* --- side by side --------------------------------------------------------------- */

/* The value of each quantity in each run, NAN where there is none. */
struct values {
  GPtrArray *quantities; /* const struct quantity *, as first met */
  GHashTable *places;    /* id -> number in there + 1; for look-up only */
  double *values;        /* by run, then quantity */
};

static void
add_quantities (struct values *all, const GArray *run)
{
  for (guint i = 0; i < run->len; i++) {
    struct quantity *q = &g_array_index (run, struct quantity, i);
    if (g_hash_table_contains (all->places, q->id))
      continue;
    g_ptr_array_add (all->quantities, q);
    g_hash_table_insert (all->places, q->id,
                         GUINT_TO_POINTER (all->quantities->len));
  }
}

static void
values_init (struct values *all, const GPtrArray *runs)
{
  all->quantities = g_ptr_array_new ();
  all->places = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint r = 0; r < runs->len; r++)
    add_quantities (all, runs->pdata[r]);
  guint n = all->quantities->len;
  all->values = g_new (double, (size_t) runs->len *n + 1);
  for (size_t i = 0; i < (size_t) runs->len * n; i++)
    all->values[i] = (double) NAN;
  for (guint r = 0; r < runs->len; r++) {
    const GArray *run = runs->pdata[r];
    for (guint i = 0; i < run->len; i++) {
      const struct quantity *q = &g_array_index (run, struct quantity, i);
      guint place
          = GPOINTER_TO_UINT (g_hash_table_lookup (all->places, q->id)) - 1;
      all->values[(size_t) r * n + place] = q->value;
    }
  }
}

static void
values_clear (struct values *all)
{
  g_ptr_array_unref (all->quantities);
  g_hash_table_unref (all->places);
  g_free (all->values);
}

/* The runs of one version, of one quantity. */
static void
take_values (const struct values *all, guint n_versions, guint version,
             guint quantity, double *ret_values, guint n_runs)
{
  for (guint r = 0; r < n_runs; r++) {
    size_t run = (size_t) r * n_versions + version;
    ret_values[r] = all->values[run * all->quantities->len + quantity];
  }
}

static void
compare_quantity (struct vhm_comparison *c, const struct quantity *q,
                  guint other, const double *a, const double *b)
{
  guint n_missing = 0, n_zero = 0, n_without = 0;
  for (guint r = 0; r < c->n_runs; r++) {
    n_missing += isnan (a[r]) || isnan (b[r]);
    n_without += isnan (a[r]) && isnan (b[r]);
    n_zero += a[r] == 0 && b[r] == 0;
  }
  c->n_zero += n_zero == c->n_runs;
  if (n_zero == c->n_runs || n_without == c->n_runs)
    return;
  struct vhm_comparison_row row = {
    .other = other,
    .instance = g_strdup (q->instance),
    .key = g_strdup (q->key),
    .help = g_strdup (q->help),
    .unit = q->unit,
    .n_missing = n_missing,
  };
  if (n_missing == 0)
    row.paired = vhm_paired_compare (a, b, c->n_runs, c->confidence);
  g_array_append_val (c->rows, row);
}

void
replications_compare (const GPtrArray *runs, struct vhm_comparison *c)
{
  guint n_versions = c->versions->len;
  VHM_REQUIRE (runs->len == n_versions * c->n_runs);
  struct values all;
  values_init (&all, runs);
  g_autofree double *a = g_new (double, c->n_runs);
  g_autofree double *b = g_new (double, c->n_runs);
  for (guint other = 1; other < n_versions; other++)
    for (guint q = 0; q < all.quantities->len; q++) {
      take_values (&all, n_versions, 0, q, a, c->n_runs);
      take_values (&all, n_versions, other, q, b, c->n_runs);
      compare_quantity (c, all.quantities->pdata[q], other, a, b);
    }
  values_clear (&all);
}
