/* A result of eight samples, one a minute from 13:00, whose numbers a person
 * can follow; for tests of expectations. */
#ifndef VHM_TESTS_SMALL_RESULT_H
#define VHM_TESTS_SMALL_RESULT_H

#include <math.h>

#include <vhm/sim/expect.h>

#define SMALL_SAMPLES 8

static const struct vhm_counter small_counters[] = {
  { "pressure", "Current Pressure", NULL, VHM_UNIT_PERCENT, "" },
  { "physical_memory", "Physical Memory", NULL, VHM_UNIT_BYTES, "" },
  { "add_operations", "Add Operations", NULL, VHM_UNIT_NONE, "" },
  { "pages_input_per_s", "Pages Input/sec", NULL, VHM_UNIT_PER_S, "" },
  { "latency_s", "Latency", NULL, VHM_UNIT_SECONDS, "" },
  { "ready", "Ready", NULL, VHM_UNIT_CYCLES, "" },
};

static void
small_add (struct vhm_result *result, const char *instance, int counter,
           const double values[SMALL_SAMPLES])
{
  struct vhm_series *series
      = vhm_result_add_series (result, instance, &small_counters[counter]);
  for (int i = 0; i < SMALL_SAMPLES; i++)
    series->values[i] = values[i];
}

static struct vhm_result *
small_result (void)
{
  const double gap = (double)NAN, gib = 1073741824.0;
  struct vhm_result *result = vhm_result_new ();
  result->start_s = 13 * 3600;
  result->interval_s = 60;
  result->duration_s = 7 * 60;
  result->n_samples = SMALL_SAMPLES;
  small_add (result, "guest1", 0,
             (double[]){ 40, 60, 80, 100, 120, 140, 160, 180 });
  small_add (result, "guest1", 1,
             (double[]){ 1 * gib, 1 * gib, 2 * gib, 2 * gib, 2 * gib, 3 * gib,
                         4 * gib, 4 * gib });
  small_add (result, "guest1", 2, (double[]){ 0, 1, 1, 2, 3, 3, 3, 4 });
  small_add (result, "guest1", 3, (double[]){ 0, 10, gap, gap, 40, 0, 60, 30 });
  small_add (result, "guest1", 4, (double[]){ 1, 1, 1, 1, 2, 2, 2, 2 });
  small_add (result, "guest1", 5, (double[]){ 1, 2, 3, 4, 5, 6, 7, 8 });
  small_add (result, "web[3]", 0,
             (double[]){ 90, 110, 90, 110, 90, 110, 90, 110 });
  small_add (result, "disk.d-0", 0, (double[]){ 1, 1, 1, 1, 1, 1, 1, 1 });
  small_add (result, "empty", 0,
             (double[]){ gap, gap, gap, gap, gap, gap, gap, gap });
  return result;
}

/* The value of an expression on it; NAN and a message if there is none. */
static double
small_value (const char *text, enum vhm_unit *ret_unit, char **ret_message)
{
  struct vhm_result *result = small_result ();
  GError *error = NULL;
  double value = (double)NAN;
  vhm_expect *expect = vhm_expect_parse (text, &error);
  if (expect)
    vhm_expect_evaluate (expect, result, &value, ret_unit, &error);
  *ret_message = error ? g_strdup (error->message) : NULL;
  g_clear_error (&error);
  vhm_expect_free (expect);
  vhm_result_free (result);
  return value;
}

#endif
