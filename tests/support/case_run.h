/* Whole scenarios in a test: reads a case from YAML, with plug-ins of the test
 * itself beside those of the program, and runs it. */
#ifndef VHM_TESTS_CASE_RUN_H
#define VHM_TESTS_CASE_RUN_H

#include <check.h>
#include <string.h>

#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/scenario.h>

/* All plug-ins of the program but for those that `own` (NULL at its end, or
 * NULL) replaces by name, and `own`. Freed by the caller with g_free. */
static inline const struct vhm_plugin **
case_plugins (const struct vhm_plugin *const *own)
{
  GPtrArray *all = g_ptr_array_new ();
  for (vhm_registry p = own; p && *p; p++)
    g_ptr_array_add (all, (gpointer) *p);
  for (vhm_registry p = vhm_all_plugins; *p; p++)
    g_ptr_array_add (all, (gpointer) *p); /* the first of a name is found */
  g_ptr_array_add (all, NULL);
  return (const struct vhm_plugin **) g_ptr_array_free (all, FALSE);
}

/* A scenario from text; its config is a struct vhm_case. The plug-ins are
 * looked up while it is read, and never again. */
static inline struct vhm_scenario *
case_read (const char *yaml, const struct vhm_plugin *const *own)
{
  g_autoptr (GError) error = NULL;
  g_autofree const struct vhm_plugin **all = case_plugins (own);
  const struct vhm_scenario_rules rules = { .schema = &vhm_case_schema,
                                            .registry = all,
                                            .presets = vhm_embedded_presets };
  struct vhm_scenario *s
      = vhm_scenario_read_text ("test", yaml, strlen (yaml), &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  s->rules.registry = NULL; /* `all` is gone */
  return s;
}

/* Runs it, audited at every sample; fails the test if that finds anything. */
static inline struct vhm_result *
case_run (const struct vhm_scenario *scenario)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_case *c = scenario->config;
  const struct vhm_host_options options = { .seed = c->seed, .audit = true };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  struct vhm_result *result = vhm_result_new ();
  bool fine = vhm_host_run (host, result, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  return result;
}

/* Sample i of a series that there must be. */
static inline double
case_value (const struct vhm_result *result, const char *instance,
            const char *key, size_t i)
{
  const struct vhm_series *s = vhm_result_find (result, instance, key);
  ck_assert_msg (s != NULL, "there is no series %s.%s", instance, key);
  ck_assert_uint_lt (i, result->n_samples);
  return s->values[i];
}

#endif
