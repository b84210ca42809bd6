/* Runs versions of a scenario many times and keeps what is compared.
 *
 * Cost: n_runs x versions runs; memory of n_jobs hosts. */
#include "replications.h"
#include "outcome.h"
#include "side_by_side.h"
#include "versions.h"

/* What is to be kept of a run, and then is. */
struct kept {
  bool takes_all;
  struct outcome *outcome;
};

static void
keep (void *context, const struct vhm_result *result)
{
  struct kept *kept = context;
  kept->outcome = outcome_new (result, kept->takes_all);
}

GPtrArray *
replications_run (const GPtrArray *versions,
                  const struct replications_options *options, GError **error)
{
  guint n = versions->len * options->n_runs;
  const struct side_options side
      = { options->n_jobs, options->is_quiet, "simulating" };
  g_autofree struct kept *kept = g_new0 (struct kept, n);
  g_autofree struct side_run *runs = g_new0 (struct side_run, n);
  for (guint i = 0; i < n; i++) {
    const struct version *version = versions->pdata[i % versions->len];
    const struct vhm_case *c = command_case (version->scenario);
    kept[i].takes_all = options->takes_all;
    runs[i] = (struct side_run){ .config = c,
                                 .seed = c->seed + i / versions->len,
                                 .keep = keep,
                                 .context = &kept[i] };
  }
  bool is_fine = side_runs (runs, n, &side, error);
  GPtrArray *outcomes = g_ptr_array_new_with_free_func (outcome_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (outcomes, kept[i].outcome);
  if (is_fine)
    return outcomes;
  g_ptr_array_unref (outcomes);
  return NULL;
}
