/* Keys that hold a set of choices. */
#include "suite.h"

#include <string.h>

#include <vhm/sim/scenario.h>
#include <vhm/sim/schema.h>

struct config {
  uint64_t ways, none;
};

static const char *const ways[] = { "ask", "take", "share", NULL };
static const struct vhm_param params[] = {
  { .key = "ways",
    .type = VHM_PARAM_CHOICES,
    .offset = offsetof (struct config, ways),
    .fallback = "[ask, share]",
    .help = "how",
    .choices = ways },
  { .key = "none",
    .type = VHM_PARAM_CHOICES,
    .offset = offsetof (struct config, none),
    .fallback = "[]",
    .help = "how not",
    .choices = ways },
};
static const struct vhm_schema schema = { .name = "set",
                                          .help = "a set",
                                          .size = sizeof (struct config),
                                          .params = params,
                                          .n_params = G_N_ELEMENTS (params) };

static vhm_scenario *
read_text (const char *text, GError **error)
{
  const struct vhm_scenario_rules rules = { .schema = &schema };
  return vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, error);
}

static const struct {
  const char *text;
  uint64_t expected;
} sets[] = {
  { "{}", 5 },
  { "{ways: [take]}", 2 },
  { "{ways: [share, take]}", 6 },
  { "{ways: []}", 0 },
  { "{ways: [ask, ask]}", 1 },
};

START_TEST (a_list_of_names_is_a_set)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = read_text (sets[_i].text, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct config *c = s->config;
  ck_assert_uint_eq (c->ways, sets[_i].expected);
  ck_assert_uint_eq (c->none, 0);
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
  { "{ways: take}", "s.yaml:1:8: ways: is a single value, not a list of choices"
                    "; write it like [NAME, ...]" },
  { "{ways: [ask, tke]}",
    "s.yaml:1:14: ways: unknown choice \"tke\"; did you mean \"take\"?" },
  { "{ways: [[ask]]}", "s.yaml:1:9: ways: is no name" },
  { "{ways: [~]}", "s.yaml:1:9: ways: is no name" },
};

START_TEST (what_is_wrong_is_said_where_it_stands)
{
  g_autoptr (GError) error = NULL;
  vhm_scenario *s = read_text (wrong[_i].text, &error);
  ck_assert_ptr_null (s);
  ck_assert_msg (strstr (error->message, wrong[_i].says) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (the_resolved_text_reads_back)
{
  g_autoptr (vhm_scenario) s = read_text ("{none: [share, ask]}", NULL);
  g_autofree char *text = vhm_scenario_resolved_yaml (s);
  g_autoptr (vhm_scenario) again = read_text (text, NULL);
  ck_assert_ptr_nonnull (again);
  const struct config *c = again->config;
  ck_assert_uint_eq (c->ways, 5);
  ck_assert_uint_eq (c->none, 5);
}
END_TEST

START_TEST (help_and_schema_name_them)
{
  g_autofree char *json = vhm_schema_json (&schema, NULL);
  ck_assert_ptr_nonnull (strstr (
      json, "\"type\":\"array\",\"items\":{\"enum\":[\"ask\",\"take\",\"share"
            "\"]}"));
  char text[1000] = "";
  FILE *out = fmemopen (text, sizeof text, "w");
  ck_assert (vhm_schema_explain (&schema, NULL, "ways", out, NULL));
  fclose (out);
  ck_assert_msg (strstr (text, "a list of: ask, take, share"), "%s", text);
}
END_TEST

SUITE ("choices", tcase_add_loop_test (tc, a_list_of_names_is_a_set, 0,
                                       (int) G_N_ELEMENTS (sets));
       tcase_add_loop_test (tc, what_is_wrong_is_said_where_it_stands, 0,
                            (int) G_N_ELEMENTS (wrong));
       tcase_add_test (tc, the_resolved_text_reads_back);
       tcase_add_test (tc, help_and_schema_name_them);)
