#include <signal.h>
#include <string.h>
#include <suite.h>
#include <toy_schema.h>

#define HOST "host: {memory: 1 GiB}\n"

static const struct {
  const char *text, *message;
} cases[] = {
  { "host: {memry: 4 GiB}\n",
    "s.yaml:1:7: host: key \"memory\" is missing; write memory: 4 GiB, 512 "
    "MiB, 1500 kB, 7 pages\n"
    "  host: {memry: 4 GiB}\n"
    "        ^\n"
    "s.yaml:1:8: host: unknown key \"memry\"; did you mean \"memory\"? known: "
    "memory, cpus, clock, balancer, disks, preset\n"
    "  host: {memry: 4 GiB}\n"
    "         ^" },
  { "host: {memory: 4}\n",
    "s.yaml:1:16: host.memory: \"4\" has no unit; write an amount of memory "
    "like 4 GiB, 512 MiB, 1500 kB, 7 pages\n"
    "  host: {memory: 4}\n"
    "                 ^" },
  { "host:\n  memory: 1 GiB\n  cpus: 2_000\n",
    "s.yaml:3:9: host.cpus: \"2_000\" is too large; from 1 to 1_024\n"
    "    cpus: 2_000\n"
    "          ^" },
  { HOST "duration: 1 us\n",
    "s.yaml:2:11: duration: \"1 us\" is too small; at least 1 ms\n"
    "  duration: 1 us\n"
    "            ^" },
  { HOST "factor: 1.6\n",
    "s.yaml:2:9: factor: \"1.6\" is too large; from 0 to 1.5\n"
    "  factor: 1.6\n"
    "          ^" },
  { HOST "debug: yes\n",
    "s.yaml:2:8: debug: \"yes\" is neither true nor false; write a yes or no "
    "like true, false\n"
    "  debug: yes\n"
    "         ^" },
  { HOST "duration:\n",
    "s.yaml:2:10: duration: has no value; write it like 8 h, 15 min, 30 s, 4.2 "
    "ms, 90 ns\n"
    "  duration:\n"
    "           ^" },
  { HOST "duration: [1 s]\n",
    "s.yaml:2:11: duration: is a list, not a time; write it like 8 h, 15 min, "
    "30 s, 4.2 ms, 90 ns\n"
    "  duration: [1 s]\n"
    "            ^" },
  { "host: 12 GiB\n", "s.yaml:1:7: host: is not a mapping; write KEY: VALUE "
                      "below it, indented\n"
                      "  host: 12 GiB\n"
                      "        ^" },
  { "{}\n", "s.yaml:1:1: key \"host\" is missing; write host: key: value, "
            "...\n"
            "  {}\n"
            "  ^" },
  { HOST "guests: {name: g1}\n",
    "s.yaml:2:9: guests: is a mapping, not a list of mappings; write it like "
    "[{key: value}, ...]\n"
    "  guests: {name: g1}\n"
    "          ^" },
  { HOST "guests:\n- name: g1\n  os: windws\n  memory: {startup: 1 GiB}\n",
    "s.yaml:4:7: guests.g1.os: unknown choice \"windws\"; did you mean "
    "\"windows\"? known: windows, linux\n"
    "    os: windws\n"
    "        ^" },
  { HOST "guests:\n- {name: a, memory: {startup: 1 GiB}}\n"
         "- {name: a, memory: {startup: 1 GiB}}\n",
    "s.yaml:4:10: guests: the name \"a\" is taken, by line 3, column 10; names "
    "must differ\n"
    "  - {name: a, memory: {startup: 1 GiB}}\n"
    "           ^" },
  { HOST "guests:\n- memory: {startup: 1 GiB}\n",
    "s.yaml:3:3: guests.0: key \"name\" is missing; write name: web-1 "
    "(letters, digits, _ . -, at most 64, not starting with . or -)\n"
    "  - memory: {startup: 1 GiB}\n"
    "    ^" },
  { HOST "guests: [x]\n",
    "s.yaml:2:10: guests.0: is not a mapping; write KEY: VALUE below it, "
    "indented\n"
    "  guests: [x]\n"
    "           ^" },
  { HOST "guests:\n- {name: a, memory: {startup: 1 GiB, minimum: 2 GiB, "
         "maximum: 1 GiB}}\n",
    "s.yaml:3:47: guests.a.memory.minimum: is above the maximum; at most "
    "maximum\n"
    "  - {name: a, memory: {startup: 1 GiB, minimum: 2 GiB, maximum: 1 GiB}}\n"
    "                                                ^" },
  { HOST "guests:\n- {name: a, memory: {startup: 1 GiB, maximum: 32 MiB}}\n",
    "s.yaml:3:21: guests.a.memory.minimum: is above the maximum; at most "
    "maximum\n"
    "  - {name: a, memory: {startup: 1 GiB, maximum: 32 MiB}}\n"
    "                      ^" },
  { HOST "guests:\n- name: a\n  memory: {startup: 1 GiB}\n"
         "  workloads: [idle, idle, idle, idle]\n",
    "s.yaml:5:14: guests.a.workloads: \"4\" is too large; at most 3\n"
    "    workloads: [idle, idle, idle, idle]\n"
    "               ^" },
  { HOST "guests:\n- name: a\n  memory: {startup: 1 GiB}\n"
         "  workloads: [{kind: zipff, size: 1 GiB}, {size: 1 GiB}, zipf]\n",
    "s.yaml:5:22: guests.a.workloads.0: unknown workload \"zipff\"; did you "
    "mean \"zipf\"? known: idle, zipf\n"
    "    workloads: [{kind: zipff, size: 1 GiB}, {size: 1 GiB}, zipf]\n"
    "                       ^\n"
    "s.yaml:5:43: guests.a.workloads.1: key \"kind\" is missing; it names the "
    "workload; known: idle, zipf\n"
    "    workloads: [{kind: zipff, size: 1 GiB}, {size: 1 GiB}, zipf]\n"
    "                                            ^\n"
    "s.yaml:5:58: guests.a.workloads.2: key \"size\" is missing; write size: 4 "
    "GiB, 512 MiB, 1500 kB, 7 pages\n"
    "    workloads: [{kind: zipff, size: 1 GiB}, {size: 1 GiB}, zipf]\n"
    "                                                           ^" },
  { "host: {memory: 1 GiB, balancer: {kind: esx, rpm: 1}}\n",
    "s.yaml:1:45: host.balancer: unknown key \"rpm\"; known: kind, idle_tax, "
    "period\n"
    "  host: {memory: 1 GiB, balancer: {kind: esx, rpm: 1}}\n"
    "                                              ^" },
  { "host: {memory: 1 GiB, balancer: [esx]}\n",
    "s.yaml:1:33: host.balancer: is a list, not a model; write it like NAME or "
    "{kind: NAME, key: value}\n"
    "  host: {memory: 1 GiB, balancer: [esx]}\n"
    "                                  ^" },
  { HOST "question: |\n  two\n  lines\n",
    "s.yaml:2:11: question: \"two\\x0alines\" has a line break; write a text "
    "like what a person would say, on one line\n"
    "  question: |\n"
    "            ^" },
  { HOST "\"qu\\e[1mx\": 1\n",
    "s.yaml:2:1: unknown key \"qu\\x1b[1mx\"; known: question, start, "
    "duration, factor, debug, host, guests, expect\n"
    "  \"qu\\e[1mx\": 1\n"
    "  ^" },
  { "x: &a {memory: 4}\nhost: *a\n",
    "s.yaml:1:1: unknown key \"x\"; known: question, start, duration, factor, "
    "debug, host, guests, expect\n"
    "  x: &a {memory: 4}\n"
    "  ^\n"
    "s.yaml:1:16: host.memory: \"4\" has no unit; write an amount of memory "
    "like 4 GiB, 512 MiB, 1500 kB, 7 pages\n"
    "  x: &a {memory: 4}\n"
    "                 ^" },
};

START_TEST (every_mistake_is_told_with_place_path_remedy_and_caret)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (toy_read (cases[_i].text, NULL, &error));
  ck_assert_str_eq (error->message, cases[_i].message);
}
END_TEST

START_TEST (a_duplicate_key_does_not_hide_other_mistakes)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (
      toy_read (HOST "debug: 1\ndebug: 2\nfactor: x\n", NULL, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "s.yaml:2:8: debug: \"1\""));
  ck_assert_ptr_nonnull (
      strstr (error->message, "s.yaml:3:1: key \"debug\" stands here twice"));
  ck_assert_ptr_nonnull (strstr (error->message, "s.yaml:4:9: factor: \"x\""));
}
END_TEST

START_TEST (keys_of_the_default_plugin_need_no_kind)
{
  g_autoptr (vhm_scenario) s = toy_read (
      "host: {memory: 1 GiB, disks: [{name: d, model: {rpm: 15000}}]}\n", NULL,
      NULL);
  const struct toy *toy = s->config;
  const struct toy_disk *disk = toy->host.disks.items;
  ck_assert_uint_eq (((const struct toy_hdd *) disk->model.config)->rpm, 15000);
}
END_TEST

START_TEST (a_hundred_thousand_wrong_keys_are_told_quickly)
{
  g_autoptr (GString) text = g_string_new (HOST);
  for (int i = 0; i < 100000; i++)
    g_string_append_printf (text, "gests%d: 1\n", i);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (toy_read (text->str, NULL, &error));
  ck_assert (g_str_has_suffix (error->message, "\n... and 99950 more"));
}
END_TEST

START_TEST (a_default_that_is_no_value_is_a_bug)
{
  static const struct vhm_param params[]
      = { { .key = "x", .type = VHM_PARAM_BYTES, .fallback = "4" } };
  static const struct vhm_schema schema = {
    .name = "s", .size = sizeof (uint64_t), .params = params, .n_params = 1
  };
  struct vhm_scenario_rules rules = { .schema = &schema };
  vhm_scenario_read_text ("s", "{}", 2, &rules, NULL);
}
END_TEST

SUITE ("scenario_fill",
       tcase_add_loop_test (
           tc, every_mistake_is_told_with_place_path_remedy_and_caret, 0,
           G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_duplicate_key_does_not_hide_other_mistakes);
       tcase_add_test (tc, keys_of_the_default_plugin_need_no_kind);
       tcase_add_test (tc, a_hundred_thousand_wrong_keys_are_told_quickly);
       if (suite_can_fork ())
           tcase_add_test_raise_signal (tc, a_default_that_is_no_value_is_a_bug,
                                        SIGABRT);)
