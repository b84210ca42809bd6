/* Did anything change? Scenario and seed give result.json and series.csv, which
 * are compared byte for byte with the files beside the scenario.
 *
 * After a change that is meant: VHM_GOLDEN_UPDATE=1 ctest -L golden, and a line
 * in the commit message that says why. */
#include "host_run.h"
#include "suite.h"

#include <vhm/report/report.h>

#define FOLDER VHM_SOURCE_DIR "/tests/golden/"

static const char *const scenarios[] = { "pressure", "ideal" };

static struct vhm_result *
run (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (FOLDER, name, ".yaml", NULL);
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_case_schema, .registry = vhm_all_plugins };
  g_autoptr (vhm_scenario) s = vhm_scenario_read (path, &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  struct vhm_result *r = host_run (s, true);
  const struct vhm_case *c = s->config;
  r->scenario_path = g_path_get_basename (path);
  r->question = g_strdup (c->question);
  r->resolved_yaml = vhm_scenario_resolved_yaml (s);
  r->version = g_strdup ("golden"); /* a new version changes no number */
  return r;
}

/* The first line in which they differ, for the message. */
static char *
first_difference (const char *is, const char *was)
{
  size_t at = 0;
  int line = 1;
  while (is[at] && is[at] == was[at])
    line += is[at++] == '\n';
  while (at > 0 && is[at - 1] != '\n')
    at--;
  return g_strdup_printf ("line %d: %.*s", line, (int) strcspn (is + at, "\n"),
                          is + at);
}

static void
compare (const char *name, const char *suffix, const char *text, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (FOLDER, name, suffix, NULL);
  g_autofree char *was = NULL;
  if (g_getenv ("VHM_GOLDEN_UPDATE"))
    ck_assert (g_file_set_contents (path, text, (gssize) size, NULL));
  ck_assert_msg (g_file_get_contents (path, &was, NULL, &error), "%s",
                 error ? error->message : "");
  g_autofree char *difference = first_difference (text, was);
  ck_assert_msg (strcmp (text, was) == 0, "%s%s differs in %s", name, suffix,
                 difference);
}

START_TEST (nothing_changed)
{
  size_t size;
  struct vhm_result *r = run (scenarios[_i]);
  g_autofree char *json = vhm_report_json (r, NULL, &size);
  compare (scenarios[_i], ".json", json, size);
  g_autofree char *csv = vhm_report_csv (r, &size);
  compare (scenarios[_i], ".csv", csv, size);
  vhm_result_free (r);
}
END_TEST

SUITE ("golden",
       tcase_add_loop_test (tc, nothing_changed, 0, G_N_ELEMENTS (scenarios));)
