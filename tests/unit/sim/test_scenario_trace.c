/* Recorded traces that a scenario names. */
#include "suite.h"
#include "trace_bytes.h"

#include <vhm/sim/scenario.h>
#include <vhm/sim/schema.h>

struct config {
  const struct vhm_trace *first, *second, *third;
};

#define ROW(name, field, def)                                   \
  {                                                             \
    .key = name, .type = VHM_PARAM_TRACE,                       \
    .offset = offsetof (struct config, field), .fallback = def, \
    .help = "a recording"                                       \
  }

static const struct vhm_param params[]
    = { ROW ("first", first, NULL), ROW ("second", second, NULL),
        ROW ("third", third, "") };
static const struct vhm_schema schema = { .name = "three",
                                          .size = sizeof (struct config),
                                          .params = params,
                                          .n_params = G_N_ELEMENTS (params) };

static const struct test_visit visits[]
    = { { 7, 1, VHM_TRACE_LOAD }, { 9, 1, VHM_TRACE_STORE } };

static vhm_scenario *
read_in (const char *folder, const char *text, GError **error)
{
  const struct vhm_scenario_rules rules = { .schema = &schema };
  g_autofree char *path = g_build_filename (folder, "s.yaml", NULL);
  return vhm_scenario_read_text (path, text, strlen (text), &rules, error);
}

static char *
folder_with_traces (void)
{
  char *folder = trace_folder ();
  g_autofree char *a = g_build_filename (folder, "a.vhmt", NULL);
  g_autofree char *b = g_build_filename (folder, "b.vhmt.zst", NULL);
  trace_save (a, visits, 2);
  trace_save (b, visits, 1);
  return folder;
}

START_TEST (each_is_read_once_from_beside_the_scenario)
{
  g_autofree char *folder = folder_with_traces ();
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = read_in (
      folder, "{first: a.vhmt, second: ./b.vhmt.zst, third: a.vhmt}", &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct config *c = s->config;
  ck_assert_ptr_eq (c->first, c->third);
  ck_assert_uint_eq (c->first->totals.n_visits, 2);
  ck_assert_uint_eq (c->second->totals.n_visits, 1);
  ck_assert_uint_eq (c->first->original[1], 9);
  trace_folder_remove (folder);
}
END_TEST

START_TEST (absolute_paths_stay)
{
  g_autofree char *folder = folder_with_traces ();
  g_autofree char *text = g_strdup_printf (
      "{first: \"%s/a.vhmt\", second: \"%s/a.vhmt\"}", folder, folder);
  g_autoptr (vhm_scenario) s = read_in ("elsewhere", text, NULL);
  ck_assert_ptr_nonnull (s);
  ck_assert_ptr_null (((const struct config *) s->config)->third);
  trace_folder_remove (folder);
}
END_TEST

START_TEST (the_resolved_text_reads_back)
{
  g_autofree char *folder = folder_with_traces ();
  g_autoptr (vhm_scenario) s
      = read_in (folder, "{first: a.vhmt, second: ./b.vhmt.zst}", NULL);
  g_autofree char *once = vhm_scenario_resolved_yaml (s);
  g_autoptr (vhm_scenario) back = read_in (folder, once, NULL);
  g_autofree char *twice = vhm_scenario_resolved_yaml (back);
  ck_assert_str_eq (once, "first: a.vhmt\nsecond: \"./b.vhmt.zst\"\n");
  ck_assert_str_eq (once, twice);
  trace_folder_remove (folder);
}
END_TEST

START_TEST (every_bad_one_is_told_at_its_place)
{
  g_autofree char *folder = folder_with_traces ();
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (read_in (
      folder, "first: no.vhmt\nsecond: \"-\"\nthird: no.vhmt\n", &error));
  ck_assert (strstr (error->message, "s.yaml:1:8: first: "));
  ck_assert (strstr (error->message, "no.vhmt: cannot be read: No such file"));
  ck_assert (strstr (error->message,
                     "s.yaml:2:9: second: standard input is no trace"));
  ck_assert (strstr (error->message, "s.yaml:3:8: third: "));
  g_clear_error (&error);
  ck_assert_ptr_null (read_in (folder, "{first: [a], second: }", &error));
  ck_assert (strstr (error->message, "is a list, not a file"));
  trace_folder_remove (folder);
}
END_TEST

START_TEST (editors_are_told_that_it_is_a_text)
{
  g_autofree char *json = vhm_schema_json (&schema, NULL);
  ck_assert (strstr (json, "\"first\":{\"type\":\"string\""));
}
END_TEST

SUITE ("scenario_trace",
       tcase_add_test (tc, each_is_read_once_from_beside_the_scenario);
       tcase_add_test (tc, absolute_paths_stay);
       tcase_add_test (tc, the_resolved_text_reads_back);
       tcase_add_test (tc, every_bad_one_is_told_at_its_place);
       tcase_add_test (tc, editors_are_told_that_it_is_a_text);)
