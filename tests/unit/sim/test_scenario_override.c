#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/base/error.h>
#include <vhm/base/units.h>

static const char base[]
    = "host: {memory: 12 GiB, balancer: esx}\n"
      "guests:\n"
      "  - {name: g1, memory: {startup: 2 GiB}}\n"
      "  - {name: g.2, memory: {startup: 2 GiB}, workloads: [idle]}\n";

static char *
error_of (const char *override)
{
  const char *overrides[] = { override, NULL };
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (toy_read (base, overrides, &error));
  return g_strdup (error->message);
}

START_TEST (values_are_replaced_and_made_by_path)
{
  const char *overrides[] = { "guests.g1.memory.maximum=6 GiB",
                              "guests.g.2.os=windows",
                              "guests.1.memory.maximum = 7 GiB",
                              "host.balancer.idle_tax=1 %",
                              "question=\"why: because\"",
                              "host.cpus=2",
                              "host.cpus=3",
                              "expect=[1, {a: 2}]",
                              NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = toy_read (base, overrides, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct toy *toy = s->config;
  const struct toy_guest *guests = toy->guests.items;
  ck_assert_uint_eq (guests[0].memory.maximum_bytes, 6 * VHM_GIB);
  ck_assert_uint_eq (guests[1].memory.maximum_bytes, 7 * VHM_GIB);
  ck_assert_int_eq (guests[1].os, 0);
  const struct toy_esx *esx = toy->host.balancer.config;
  ck_assert_uint_eq (esx->idle_tax_ppm, 10000);
  ck_assert_str_eq (toy->question, "why: because");
  ck_assert_uint_eq (toy->host.cpus, 3);
  ck_assert_uint_eq (toy->expect->n, 2);
}
END_TEST

static const struct {
  const char *override, *message;
} cases[] = {
  { "host.cpus=many",
    "--set:1:11: host.cpus: \"many\" does not start with a number; write a "
    "whole number like 12, 10_000\n"
    "  host.cpus=many\n"
    "            ^" },
  { "host.cpu=2",
    "--set:1:6: host: unknown key \"cpu\"; did you mean \"cpus\"? known: "
    "memory, cpus, clock, balancer, disks, preset\n"
    "  host.cpu=2\n"
    "       ^" },
  { "guests.g3.os=linux",
    "--set:1:8: no item \"g3\" in this list; did you mean \"g1\"? known: g1, "
    "g.2\n"
    "  guests.g3.os=linux\n"
    "         ^" },
  { "host.cpus", "--set:1:1: no PATH=VALUE; for example "
                 "guests.guest5.memory.maximum=\"6 GiB\"\n"
                 "  host.cpus\n"
                 "  ^" },
  { "=2", "--set:1:1: no PATH=VALUE; for example "
          "guests.guest5.memory.maximum=\"6 GiB\"\n"
          "  =2\n"
          "  ^" },
  { "a..b=2", "--set:1:1: no PATH=VALUE; for example "
              "guests.guest5.memory.maximum=\"6 GiB\"\n"
              "  a..b=2\n"
              "  ^" },
  { "host.cpus=[1", "--set:1:11: the [ opened here is not closed properly; a "
                    "comma is missing between two items, or the ] at the end\n"
                    "  host.cpus=[1\n"
                    "            ^" },
  { "host.cpus=", "--set:1:11: host.cpus: has no value; write it like 12, "
                  "10_000\n"
                  "  host.cpus=\n"
                  "            ^" },
  { "host.cpus=\xff", "--set:1:1: not UTF-8\n"
                      "  host.cpus=\\xff\n"
                      "  ^" },
  { "host.cpus.x=1", "--set:1:6: host.cpus: is a mapping, not a whole number; "
                     "write it like 12, 10_000\n"
                     "  host.cpus.x=1\n"
                     "       ^" },
};

START_TEST (a_mistake_is_shown_in_the_argument)
{
  g_autofree char *error = error_of (cases[_i].override);
  ck_assert_str_eq (error, cases[_i].message);
}
END_TEST

/* --- variants ------------------------------------------------------------- */

struct toy_with_variants {
  struct toy toy;
  const struct vhm_yaml_node *variants;
};

static struct vhm_scenario *
read_variant (const char *variants, const char *name,
              const struct vhm_scenario_varied *varied, size_t n_varied,
              const char *const *overrides, GError **error)
{
  struct vhm_param params[G_N_ELEMENTS (toy_params) + 1];
  memcpy (params, toy_params, sizeof toy_params);
  params[G_N_ELEMENTS (toy_params)]
      = (struct vhm_param){ .key = "variants",
                            .type = VHM_PARAM_TREE,
                            .offset
                            = offsetof (struct toy_with_variants, variants),
                            .fallback = "",
                            .help = "Versions." };
  const struct vhm_schema schema = { .name = "scenario",
                                     .help = "A question.",
                                     .size = sizeof (struct toy_with_variants),
                                     .params = params,
                                     .n_params = G_N_ELEMENTS (params) };
  struct vhm_scenario_rules rules = toy_rules (overrides);
  rules.schema = &schema;
  rules.variant = name;
  rules.varied = varied;
  rules.n_varied = n_varied;
  g_autofree char *text = g_strconcat (base, variants, NULL);
  struct vhm_scenario *s
      = vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, error);
  if (s)
    s->rules.schema = NULL; /* it ends here */
  return s;
}

static const char two[] = "variants:\n"
                          "  - {name: as-is}\n"
                          "  - name: wide\n"
                          "    set:\n"
                          "      host.cpus: 7\n"
                          "      guests.g1.memory: {startup: 3 GiB}\n";

static uint64_t
cpus_of (const char *variant, const struct vhm_scenario_varied *varied,
         const char *override)
{
  const char *overrides[] = { override, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s
      = read_variant (two, variant, varied, varied ? 1 : 0,
                      override ? overrides : NULL, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct toy *toy = s->config;
  return toy->host.cpus;
}

START_TEST (a_variant_goes_over_set_and_is_varied_in_turn)
{
  const char *text = "host.cpus=8, 9";
  const struct vhm_scenario_varied nine
      = { "--vary", text, strlen ("host.cpus=8,"), 2 };
  const struct vhm_scenario_varied eight
      = { "--vary", text, strlen ("host.cpus="), 1 };
  ck_assert_uint_eq (cpus_of (NULL, NULL, "host.cpus=5"), 5);
  ck_assert_uint_eq (cpus_of ("as-is", NULL, "host.cpus=5"), 5);
  ck_assert_uint_eq (cpus_of ("wide", NULL, "host.cpus=5"), 7);
  ck_assert_uint_eq (cpus_of ("wide", &nine, "host.cpus=5"), 9);
  ck_assert_uint_eq (cpus_of (NULL, &eight, NULL), 8);
  ck_assert_uint_eq (cpus_of ("wide", NULL, "variants.wide.set.host.cpus=6"),
                     6);
}
END_TEST

static const struct {
  const char *variants, *message;
} bad_variants[] = {
  { "variants: [{name: v, set: {host.cpus: many}}]\n",
    "s.yaml:5:39: host.cpus: \"many\" does not start with a number; write a "
    "whole number like 12, 10_000\n"
    "  variants: [{name: v, set: {host.cpus: many}}]\n"
    "                                        ^" },
  { "variants: [{name: v, set: {\"guests.g3.os\": linux}}]\n",
    "s.yaml:5:36: no item \"g3\" in this list; did you mean \"g1\"? known: g1, "
    "g.2\n"
    "  variants: [{name: v, set: {\"guests.g3.os\": linux}}]\n"
    "                                     ^" },
  { "variants: [{name: v, set: {host.cpu: 2}}]\n",
    "s.yaml:5:33: host: unknown key \"cpu\"; did you mean \"cpus\"? known: "
    "memory, cpus, clock, balancer, disks, preset\n"
    "  variants: [{name: v, set: {host.cpu: 2}}]\n"
    "                                  ^" },
  { "variants: [{name: v, set: [1]}]\n",
    "s.yaml:5:27: variants.v.set: is not a mapping; PATH: VALUE, for example "
    "{host.memory: 8 GiB}\n"
    "  variants: [{name: v, set: [1]}]\n"
    "                            ^" },
  { "variants: [{name: v, set: {variants.v.name: w}}]\n",
    "s.yaml:5:28: no path of a key that can vary; for example "
    "guests.guest5.memory.maximum\n"
    "  variants: [{name: v, set: {variants.v.name: w}}]\n"
    "                             ^" },
  { "variants: [{name: w}]\n", "s.yaml:1:1: variants.v: no such variant\n"
                               "  host: {memory: 12 GiB, balancer: esx}\n"
                               "  ^" },
};

START_TEST (a_mistake_in_a_variant_is_shown_in_the_file)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (
      read_variant (bad_variants[_i].variants, "v", NULL, 0, NULL, &error));
  ck_assert_str_eq (error->message, bad_variants[_i].message);
}
END_TEST

START_TEST (a_preset_of_a_variant_goes_below_its_values)
{
  const char *variants
      = "variants: [{name: v, set: {host.clock: 2 GHz, host.preset: big}}]\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s
      = read_variant (variants, "v", NULL, 0, NULL, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct toy *toy = s->config;
  ck_assert_uint_eq (toy->host.cpus, 16);
}
END_TEST

START_TEST (a_mistake_in_a_varied_value_is_shown_in_the_option)
{
  const char *text = "host.cpus=2,many";
  const struct vhm_scenario_varied varied
      = { "--vary", text, strlen ("host.cpus=2,"), strlen ("many") };
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (read_variant (two, NULL, &varied, 1, NULL, &error));
  ck_assert_str_eq (error->message,
                    "--vary:1:13: host.cpus: \"many\" does not start with a "
                    "number; write a whole number like 12, 10_000\n"
                    "  host.cpus=2,many\n"
                    "              ^");
}
END_TEST

START_TEST (an_endless_path_is_refused)
{
  g_autoptr (GString) text = g_string_new ("a");
  for (int i = 0; i < 20000; i++)
    g_string_append (text, ".a");
  g_string_append (text, "=1");
  g_autofree char *error = error_of (text->str);
  ck_assert_ptr_nonnull (strstr (error, "the path has too many steps"));
}
END_TEST

START_TEST (an_option_is_named_in_place_of_its_path)
{
  const char *overrides[]
      = { "host.cpus=x", "guests.g1.memory.maximum=6", NULL };
  const char *options[] = { "--cpus", NULL, NULL };
  struct vhm_scenario_rules rules = toy_rules (overrides);
  rules.options = options;
  g_autoptr (GError) error = NULL, usage = NULL;
  ck_assert_ptr_null (
      vhm_scenario_read_text ("s.yaml", base, strlen (base), &rules, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert_ptr_nonnull (strstr (error->message, "--cpus: \"x\" does not"));
  ck_assert_ptr_nonnull (
      strstr (error->message, "--set:1:26: guests.g1.memory.maximum: "));
  overrides[1] = NULL;
  ck_assert_ptr_null (
      vhm_scenario_read_text ("s.yaml", base, strlen (base), &rules, &usage));
  ck_assert (g_error_matches (usage, VHM_ERROR, VHM_ERROR_USAGE));
}
END_TEST

SUITE ("scenario_override",
       tcase_add_test (tc, values_are_replaced_and_made_by_path);
       tcase_add_loop_test (tc, a_mistake_is_shown_in_the_argument, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, an_endless_path_is_refused);
       tcase_add_test (tc, an_option_is_named_in_place_of_its_path);
       tcase_add_test (tc, a_variant_goes_over_set_and_is_varied_in_turn);
       tcase_add_loop_test (tc, a_mistake_in_a_variant_is_shown_in_the_file, 0,
                            G_N_ELEMENTS (bad_variants));
       tcase_add_test (tc, a_preset_of_a_variant_goes_below_its_values);
       tcase_add_test (tc, a_mistake_in_a_varied_value_is_shown_in_the_option);)
