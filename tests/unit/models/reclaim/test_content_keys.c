/* What pages hold, as a scenario says it. */
#include "suite.h"

#include <string.h>

#include <vhm/host/registry.h>
#include <vhm/model/content.h>
#include <vhm/sim/scenario.h>

struct holder {
  struct vhm_list content;
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct holder *h = config;
  vhm_content_check_keys (&h->content, "content", complain, reader);
}

static const struct vhm_param params[] = {
  { .key = "content",
    .type = VHM_PARAM_LIST,
    .fallback = "",
    .help = "what it holds",
    .child = &vhm_content_schema },
};
static const struct vhm_schema schema = { .name = "holder",
                                          .help = "holds something",
                                          .size = sizeof (struct holder),
                                          .params = params,
                                          .n_params = 1,
                                          .check = check };

static struct vhm_scenario *
parse (const char *list, GError **error)
{
  const struct vhm_scenario_rules rules
      = { .schema = &schema, .registry = vhm_all_plugins };
  g_autofree char *text = g_strdup_printf ("{content: [%s]}", list);
  return vhm_scenario_read_text ("x.yaml", text, strlen (text), &rules, error);
}

START_TEST (classes_are_as_written)
{
  g_autoptr (GError) error = NULL;
  struct vhm_scenario *s
      = parse ("{kind: zeros, part: 10 %}, {kind: image, part: 50 %, image: "
               "os, differs: 5 %, copies: 2}, {kind: unique, part: 0.5 %}",
               &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  struct vhm_content_class got[VHM_CONTENT_MAX_CLASSES];
  const struct holder *h = s->config;
  ck_assert_uint_eq (vhm_content_classes (&h->content, got), 3);
  ck_assert_int_eq (got[0].kind, VHM_CONTENT_ZEROS);
  ck_assert_uint_eq (got[0].part_ppm, 100000);
  ck_assert_ptr_null (got[0].image);
  ck_assert_int_eq (got[1].kind, VHM_CONTENT_IMAGE);
  ck_assert_str_eq (got[1].image, "os");
  ck_assert_uint_eq (got[1].differs_ppm, 50000);
  ck_assert_uint_eq (got[1].n_copies, 2);
  ck_assert_int_eq (got[2].kind, VHM_CONTENT_UNIQUE);
  ck_assert_uint_eq (got[2].part_ppm, 5000);
  ck_assert_uint_eq (got[2].n_copies, 1);
  vhm_scenario_free (s);
}
END_TEST

static const struct {
  const char *list, *says;
} wrong[] = {
  { "{kind: zeros, part: 60 %}, {kind: unique, part: 50 %}",
    "more than the whole" },
  { "{kind: image, part: 60 %}", "does not name the image" },
  { "{kind: zeros, part: 60 %, image: os}", "that is no image names one" },
  { "{kind: zeros, part: 60 %, copies: 2}", "they have no copies" },
  { "{kind: unique, part: 60 %, differs: 2 %}", "from an image only" },
  { "{kind: zero, part: 60 %}", "did you mean \"zeros\"" },
};

START_TEST (what_is_no_whole_is_refused)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (parse (wrong[_i].list, &error));
  ck_assert_msg (strstr (error->message, wrong[_i].says) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (too_many_classes_are_refused)
{
  g_autoptr (GError) error = NULL;
  GString *list = g_string_new ("{kind: zeros, part: 1 %}");
  for (int i = 0; i < VHM_CONTENT_MAX_CLASSES; i++)
    g_string_append (list, ", {kind: unique, part: 1 %}");
  ck_assert_ptr_null (parse (list->str, &error));
  ck_assert_msg (strstr (error->message, "more than 16 classes") != NULL, "%s",
                 error->message);
  g_string_free (list, TRUE);
}
END_TEST

SUITE ("keys of contents", tcase_add_test (tc, classes_are_as_written);
       tcase_add_loop_test (tc, what_is_no_whole_is_refused, 0,
                            (int) G_N_ELEMENTS (wrong));
       tcase_add_test (tc, too_many_classes_are_refused);)
