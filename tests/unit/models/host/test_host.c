/* A host as a whole: machine memory always adds up, names, progress. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define GIB ((double) VHM_GIB)
#define MIB ((double) VHM_MIB)

/* Two guests side by side, the second a minute later. */
#define TWO(memory, more)                                                  \
  "start: \"10:00\"\nduration: 10 min\nsample: 5 s\n"                      \
  "host: {memory: " memory ", root_reserve: 64 MiB, vm_overhead: 16 MiB, " \
  "shutdown_time: 20 s, disks: [{name: d0}]}\n"                            \
  "guests:\n"                                                              \
  "  - {name: a, memory: {startup: 512 MiB, minimum: 128 MiB, "            \
  "maximum: 512 MiB}, workloads: [{kind: idle, commit: 64 MiB}]}\n"        \
  "  - {name: b, start: 1 min, memory: {startup: 512 MiB, "                \
  "minimum: 128 MiB, maximum: 512 MiB}, "                                  \
  "workloads: [{kind: idle, commit: 64 MiB}]}\n" more

START_TEST (machine_memory_adds_up_at_every_sample)
{
  struct vhm_result *r = host_run_text (TWO ("1 GiB", ""));
  for (size_t i = 0; i < r->n_samples; i++) {
    double at = (double) i * r->interval_s;
    ck_assert_double_eq (sample_at (r, "host", "sum_of_memory", at), GIB);
  }
  vhm_result_free (r);
}
END_TEST

START_TEST (a_group_has_numbered_guests_and_series_of_its_own)
{
  g_autoptr (vhm_scenario) s = host_scenario (
      "duration: 1 min\n"
      "host: {memory: 2 GiB, disks: [{name: d0}]}\n"
      "guests:\n"
      "  - {name: web, count: 3, memory: {startup: 128 MiB, minimum: 64 MiB, "
      "maximum: 512 MiB}, workloads: [{kind: idle, commit: 32 MiB}]}\n");
  struct vhm_result *r = host_run (s, true);
  g_autoptr (GPtrArray) series = vhm_host_series (s->config);
  ck_assert_uint_eq (series->len, r->series->len);
  for (guint i = 0; i < series->len; i++) {
    const struct vhm_series *announced = series->pdata[i],
                            *filled = r->series->pdata[i];
    ck_assert_str_eq (announced->instance, filled->instance);
    ck_assert_ptr_eq (announced->counter, filled->counter);
  }
  ck_assert (vhm_result_find (r, "web[1]", "pressure") != NULL);
  ck_assert (vhm_result_find (r, "web[3]", "pressure") != NULL);
  ck_assert (vhm_result_find (r, "web", "pressure") == NULL);
  vhm_result_free (r);
}
END_TEST

static void
count_progress (void *context, double done)
{
  double *last = context;
  ck_assert_double_ge (done, *last);
  ck_assert_double_le (done, 1);
  *last = done;
}

START_TEST (progress_ends_at_one)
{
  double done = 0;
  g_autoptr (vhm_scenario) s = host_scenario (TWO ("2 GiB", ""));
  const struct vhm_host_options options
      = { .seed = 1, .progress = count_progress, .progress_context = &done };
  g_autoptr (vhm_host) host = vhm_host_new (s->config, &options);
  struct vhm_result *r = vhm_result_new ();
  ck_assert (vhm_host_run (host, r, NULL));
  ck_assert_double_eq (done, 1);
  ck_assert_uint_eq (r->n_samples, 121);
  ck_assert (vhm_host_audit (host) == NULL);
  vhm_result_free (r);
}
END_TEST

SUITE ("host", tcase_add_test (tc, machine_memory_adds_up_at_every_sample);
       tcase_add_test (tc, a_group_has_numbered_guests_and_series_of_its_own);
       tcase_add_test (tc, progress_ends_at_one);)
