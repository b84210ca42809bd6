/* A whole host from the text of a scenario, run to its end with an audit at
 * every sample. */
#ifndef VHM_TESTS_HOST_RUN_H
#define VHM_TESTS_HOST_RUN_H

#include <check.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/host/host.h>
#include <vhm/host/registry.h>
#include <vhm/sim/embedded.h>
#include <vhm/sim/scenario.h>

static inline struct vhm_scenario *
host_scenario (const char *text)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_case_schema, .registry = vhm_all_plugins };
  struct vhm_scenario *s = vhm_scenario_read_text (
      "test.yaml", text, strlen (text), &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  return s;
}

/* Free with vhm_result_free. */
static inline struct vhm_result *
host_run (const struct vhm_scenario *s, bool audit)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_case *c = s->config;
  const struct vhm_host_options options = { .seed = c->seed, .audit = audit };
  g_autoptr (vhm_host) host = vhm_host_new (c, &options);
  struct vhm_result *result = vhm_result_new ();
  ck_assert_msg (vhm_host_run (host, result, &error), "%s",
                 error ? error->message : "");
  return result;
}

static inline struct vhm_result *
host_run_text (const char *text)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  return host_run (s, true);
}

/* The same without audits. */
static inline struct vhm_result *
host_glance (const char *text)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  return host_run (s, false);
}

/* Sample `at_s` after the start of a counter. */
static inline double
sample_at (const struct vhm_result *r, const char *instance, const char *key,
           double at_s)
{
  const struct vhm_series *s = vhm_result_find (r, instance, key);
  ck_assert_msg (s != NULL, "there is no %s.%s", instance, key);
  return s->values[(size_t) (at_s / r->interval_s)];
}

static inline double
summary_of (const struct vhm_result *r, const char *instance, const char *key)
{
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    if (strcmp (row->instance, instance) == 0 && strcmp (row->key, key) == 0)
      return row->value;
  }
  ck_abort_msg ("there is no %s.%s", instance, key);
  return 0;
}

static inline int
n_incidents (const struct vhm_result *r, const char *who, const char *what)
{
  int n = 0;
  for (guint i = 0; i < r->incidents->len; i++) {
    const struct vhm_incident *x = r->incidents->pdata[i];
    n += strcmp (x->who, who) == 0 && strstr (x->what, what) != NULL;
  }
  return n;
}

#endif
