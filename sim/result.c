/* Holds what a run answers: samples by series, and the rows of every table.
 *
 * The result owns everything it points to except counter rows and account
 * names, which are tables of the program. Series keep their order of creation,
 * so everything printed from a result is in the same order every time.
 * Cost: look-up is linear in the number of series (a few hundred), used once a
 * figure or expression.
 */
#include <vhm/sim/result.h>

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>
#include <vhm/sim/diagnosis.h>

static void
free_series (void *item)
{
  struct vhm_series *series = item;
  g_free (series->instance);
  g_free (series->values);
  g_free (series);
}

static void
free_expectation (void *item)
{
  struct vhm_expectation *e = item;
  g_free (e->name);
  g_free (e->that);
  g_free (e->published);
  g_free (e->source);
  g_free (e->figure);
  g_free (e->known_miss);
  g_free (e);
}

static void
free_ledger_row (void *item)
{
  struct vhm_ledger_row *row = item;
  g_free (row->guest);
  g_free (row);
}

static void
free_translation_row (void *item)
{
  struct vhm_translation_row *row = item;
  g_free (row->guest);
  g_free (row->process);
  g_free (row);
}

static void
free_incident (void *item)
{
  struct vhm_incident *incident = item;
  g_free (incident->who);
  g_free (incident->what);
  g_free (incident);
}

static void
free_assumption (void *item)
{
  struct vhm_assumption *assumption = item;
  g_free (assumption->key);
  g_free (assumption->value);
  g_free (assumption->why);
  g_free (assumption);
}

static void
free_summary_row (void *item)
{
  struct vhm_summary_row *row = item;
  g_free (row->instance);
  g_free (row->key);
  g_free (row->help);
  g_free (row);
}

struct vhm_result *
vhm_result_new (void)
{
  struct vhm_result *result = g_new0 (struct vhm_result, 1);
  result->series = g_ptr_array_new_with_free_func (free_series);
  result->expectations = g_ptr_array_new_with_free_func (free_expectation);
  result->ledger = g_ptr_array_new_with_free_func (free_ledger_row);
  result->translation = g_ptr_array_new_with_free_func (free_translation_row);
  result->incidents = g_ptr_array_new_with_free_func (free_incident);
  result->assumptions = g_ptr_array_new_with_free_func (free_assumption);
  result->summary = g_ptr_array_new_with_free_func (free_summary_row);
  return result;
}

void
vhm_result_free (struct vhm_result *result)
{
  if (!result)
    return;
  g_ptr_array_unref (result->series);
  g_ptr_array_unref (result->expectations);
  g_ptr_array_unref (result->ledger);
  g_ptr_array_unref (result->translation);
  g_ptr_array_unref (result->incidents);
  g_ptr_array_unref (result->assumptions);
  g_ptr_array_unref (result->summary);
  vhm_diagnosis_free (result->diagnosis);
  g_free (result->scenario_path);
  g_free (result->question);
  g_free (result->source);
  g_free (result->reading);
  g_free (result->resolved_yaml);
  g_free (result->version);
  g_free (result);
}

struct vhm_series *
vhm_result_add_series (struct vhm_result *result, const char *instance,
                       const struct vhm_counter *counter)
{
  VHM_REQUIRE (result->n_samples > 0);
  VHM_REQUIRE (vhm_result_find (result, instance, counter->key) == NULL);
  struct vhm_series *series = g_new0 (struct vhm_series, 1);
  series->instance = g_strdup (instance);
  series->counter = counter;
  series->values = g_new (double, result->n_samples);
  for (size_t i = 0; i < result->n_samples; i++)
    series->values[i] = (double) NAN;
  g_ptr_array_add (result->series, series);
  return series;
}

const struct vhm_series *
vhm_result_find (const struct vhm_result *result, const char *instance,
                 const char *key)
{
  for (guint i = 0; i < result->series->len; i++) {
    const struct vhm_series *series = result->series->pdata[i];
    if (strcmp (series->instance, instance) == 0
        && strcmp (series->counter->key, key) == 0)
      return series;
  }
  return NULL;
}

enum vhm_expect_state
vhm_expectation_state (const struct vhm_expectation *e)
{
  if (e->known_miss)
    return e->pass ? VHM_EXPECT_SURPRISE : VHM_EXPECT_KNOWN_MISS;
  return e->pass ? VHM_EXPECT_PASS : VHM_EXPECT_FAIL;
}
