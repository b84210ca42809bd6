/* Runs of a scenario in both modes, and what they answer as plain numbers: the
 * mean of every sampled counter, the summary, and sums over the run.
 */
#ifndef VHM_TESTS_RUNS_H
#define VHM_TESTS_RUNS_H

#include "compare.h"
#include "host_run.h"

#include <time.h>

enum mode { NEXT_FAULT, EVERY, N_MODES };

static const char *const mode_names[N_MODES] = { "next-fault", "every" };

/* Seeds of the modes are apart: independent samples. */
#define FIRST_SEED(mode) (UINT64_C (1) + 1000 * (uint64_t) (mode))

struct numbers {
  GPtrArray *names; /* char * */
  GArray *values;   /* double */
};

static inline void
add_number (struct numbers *n, const char *instance, const char *key,
            double value)
{
  g_ptr_array_add (n->names, g_strdup_printf ("%s.%s", instance, key));
  g_array_append_val (n->values, value);
}

static inline double
series_mean (const struct vhm_result *r, const struct vhm_series *s)
{
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < r->n_samples; i++)
    if (!isnan (s->values[i])) {
      sum += s->values[i];
      n++;
    }
  return n > 0 ? sum / (double) n : 0;
}

/* Pages that left working sets: those that came in less those that are in. */
static inline void
add_evictions (struct numbers *n, const struct vhm_result *r,
               const struct vhm_series *faults)
{
  const struct vhm_series *set
      = vhm_result_find (r, faults->instance, "working_set_bytes");
  double seconds = r->duration_s;
  double last = set->values[r->n_samples - 1] / (double) VHM_PAGE_BYTES;
  add_number (n, faults->instance, "evictions_per_s",
              series_mean (r, faults) - last / seconds);
}

static inline struct numbers
numbers_of (const struct vhm_result *r)
{
  struct numbers n = { g_ptr_array_new_with_free_func (g_free),
                       g_array_new (FALSE, FALSE, sizeof (double)) };
  for (guint i = 0; i < r->series->len; i++) {
    const struct vhm_series *s = r->series->pdata[i];
    add_number (&n, s->instance, s->counter->key, series_mean (r, s));
    if (strcmp (s->counter->key, "page_faults_per_s") == 0)
      add_evictions (&n, r, s);
  }
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    add_number (&n, row->instance, row->key, row->value);
  }
  for (guint i = 0; i < r->ledger->len; i++) {
    const struct vhm_ledger_row *row = r->ledger->pdata[i];
    add_number (&n, row->guest, row->account, (double) row->cycles);
  }
  add_number (&n, "host", "references_per_s",
              (double) r->n_references / r->duration_s);
  return n;
}

static inline void
numbers_clear (struct numbers *n)
{
  g_ptr_array_unref (n->names);
  g_array_unref (n->values);
}

/* --- many runs, on all processors ------------------------------------------*/

struct batch {
  struct vhm_scenario *scenario[N_MODES];
  size_t n_runs; /* in each mode */
  struct numbers *numbers[N_MODES];
  double wall_s[N_MODES]; /* of all its runs, one after the other */
  GMutex lock;
};

struct job {
  struct batch *batch;
  enum mode mode;
  size_t run;
};

static inline double
now_s (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static inline void
run_job (gpointer data, gpointer unused)
{
  (void) unused;
  struct job *job = data;
  struct batch *b = job->batch;
  const struct vhm_host_options options
      = { .seed = FIRST_SEED (job->mode) + job->run };
  double start = now_s ();
  g_autoptr (vhm_host) host
      = vhm_host_new (b->scenario[job->mode]->config, &options);
  struct vhm_result *result = vhm_result_new ();
  if (!vhm_host_run (host, result, NULL))
    g_error ("a run ended early");
  b->numbers[job->mode][job->run] = numbers_of (result);
  vhm_result_free (result);
  g_mutex_lock (&b->lock);
  b->wall_s[job->mode] += now_s () - start;
  g_mutex_unlock (&b->lock);
  g_free (job);
}

static inline struct vhm_scenario *
scenario_in_mode (const char *text, enum mode mode)
{
  g_autofree char *whole
      = g_strdup_printf ("reference: %s\n%s", mode_names[mode], text);
  return host_scenario (whole);
}

static inline void
batch_init (struct batch *b, size_t n_runs)
{
  *b = (struct batch){ .n_runs = n_runs };
  g_mutex_init (&b->lock);
  for (int mode = 0; mode < N_MODES; mode++)
    b->numbers[mode] = g_new0 (struct numbers, n_runs);
}

/* Runs in the modes that have a scenario. */
static inline void
batch_run (struct batch *b)
{
  GThreadPool *pool = g_thread_pool_new (
      run_job, NULL, (int) g_get_num_processors (), FALSE, NULL);
  for (size_t run = 0; run < b->n_runs; run++)
    for (int mode = 0; mode < N_MODES; mode++) {
      if (b->scenario[mode] == NULL)
        continue;
      struct job *job = g_new (struct job, 1);
      *job = (struct job){ b, (enum mode) mode, run };
      g_thread_pool_push (pool, job, NULL);
    }
  g_thread_pool_free (pool, FALSE, TRUE);
}

static inline void
batch_clear (struct batch *b)
{
  for (int mode = 0; mode < N_MODES; mode++) {
    for (size_t i = 0; i < b->n_runs; i++)
      if (b->numbers[mode][i].names)
        numbers_clear (&b->numbers[mode][i]);
    g_free (b->numbers[mode]);
    if (b->scenario[mode])
      vhm_scenario_free (b->scenario[mode]);
  }
  g_mutex_clear (&b->lock);
}

/* Compares what `wanted` lets through (NULL: everything) of sample x with that
 * of sample y; `label` stands before the names. */
static inline void
batch_compare (GArray *all, const char *label, const struct numbers *x,
               const struct numbers *y, size_t n_runs,
               bool (*wanted) (const char *key))
{
  g_autofree double *a = g_new (double, n_runs);
  g_autofree double *b = g_new (double, n_runs);
  for (guint k = 0; k < x[0].names->len; k++) {
    const char *name = x[0].names->pdata[k];
    if (wanted != NULL && !wanted (strrchr (name, '.') + 1))
      continue;
    for (size_t i = 0; i < n_runs; i++) {
      ck_assert_uint_eq (x[i].names->len, y[i].names->len);
      ck_assert_str_eq (y[i].names->pdata[k], name);
      a[i] = g_array_index (x[i].values, double, k);
      b[i] = g_array_index (y[i].values, double, k);
    }
    g_autofree char *full = g_strdup_printf ("%s: %s", label, name);
    compare (all, full, a, b, n_runs);
  }
}

#endif
