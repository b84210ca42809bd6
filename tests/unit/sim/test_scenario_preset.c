#include <glib/gstdio.h>
#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <vhm/base/units.h>

START_TEST (a_preset_fills_what_is_not_written)
{
  g_autoptr (vhm_scenario) s
      = toy_read ("host: {preset: big, cpus: 4}\n", NULL, NULL);
  const struct toy_host *host = &((const struct toy *) s->config)->host;
  ck_assert_uint_eq (host->memory_bytes, 64 * VHM_GIB);
  ck_assert_uint_eq (host->cpus, 4);
  ck_assert_str_eq (host->preset, "big");
  ck_assert_str_eq (host->balancer.plugin->name, "esx");
  const struct toy_esx *esx = host->balancer.config;
  ck_assert_uint_eq (esx->idle_tax_ppm, 500000);
  const struct toy_disk *disks = host->disks.items;
  ck_assert_str_eq (disks[0].name, "fast");
}
END_TEST

START_TEST (mappings_merge_and_lists_and_other_kinds_replace)
{
  g_autoptr (vhm_scenario) s = toy_read (
      "host: {preset: big, balancer: {period: 1 s}, disks: []}\n", NULL, NULL);
  const struct toy_host *host = &((const struct toy *) s->config)->host;
  const struct toy_esx *esx = host->balancer.config;
  ck_assert_uint_eq (esx->idle_tax_ppm, 500000);
  ck_assert_uint_eq (esx->period_ns, VHM_NS_PER_S);
  ck_assert_uint_eq (host->disks.n, 0);
  g_autoptr (vhm_scenario) other
      = toy_read ("host: {preset: big, balancer: static}\n", NULL, NULL);
  host = &((const struct toy *) other->config)->host;
  ck_assert_str_eq (host->balancer.plugin->name, "static");
}
END_TEST

START_TEST (a_preset_may_be_based_on_another)
{
  g_autoptr (vhm_scenario) s = toy_read ("host: {preset: huge}\n", NULL, NULL);
  const struct toy_host *host = &((const struct toy *) s->config)->host;
  ck_assert_uint_eq (host->cpus, 64);
  ck_assert_uint_eq (host->memory_bytes, 64 * VHM_GIB);
}
END_TEST

START_TEST (an_override_may_choose_the_preset_and_change_it)
{
  const char *overrides[]
      = { "host.disks.fast.rate=2 GiB/s", "host.preset=big", NULL };
  g_autoptr (vhm_scenario) s
      = toy_read ("host: {preset: bad}\n", overrides, NULL);
  const struct toy_host *host = &((const struct toy *) s->config)->host;
  const struct toy_disk *disks = host->disks.items;
  ck_assert_uint_eq (disks[0].rate, 2 * VHM_GIB);
  const char *whole[] = { "host={preset: huge}", NULL };
  g_autoptr (vhm_scenario) t = toy_read ("host: {preset: big}\n", whole, NULL);
  host = &((const struct toy *) t->config)->host;
  ck_assert_uint_eq (host->cpus, 64);
}
END_TEST

static const struct {
  const char *text, *message;
} cases[] = {
  { "host: {preset: bigg}\n",
    "s.yaml:1:7: host: key \"memory\" is missing; write memory: 4 GiB, 512 "
    "MiB, 1500 kB, 7 pages\n"
    "  host: {preset: bigg}\n"
    "        ^\n"
    "s.yaml:1:16: unknown preset \"bigg\"; did you mean \"big\"? known: big, "
    "huge, bad, loop; or a path such as ./mine.yaml\n"
    "  host: {preset: bigg}\n"
    "                 ^" },
  { "host: {preset: bad}\n",
    "presets/bad.yaml:2:1: host: unknown key \"cpu\"; did you mean \"cpus\"? "
    "known: memory, cpus, clock, balancer, disks, preset\n"
    "  cpu: 16\n"
    "  ^" },
  { "host: {preset: loop, memory: 1 GiB}\n",
    "presets/loop.yaml:1:9: presets based on presets more than 4 deep\n"
    "  preset: loop\n"
    "          ^" },
  { "host: {preset: [big], memory: 1 GiB}\n",
    "s.yaml:1:16: host.preset: is a list, not a name; write it like web-1 "
    "(letters, digits, _ . -, at most 64, not starting with . or -)\n"
    "  host: {preset: [big], memory: 1 GiB}\n"
    "                 ^" },
  { "host: {preset: ./none.yaml, memory: 1 GiB}\n",
    "s.yaml:1:16: ./none.yaml: cannot be read: No such file or directory\n"
    "  host: {preset: ./none.yaml, memory: 1 GiB}\n"
    "                 ^" },
};

START_TEST (a_mistake_is_shown_where_it_stands)
{
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (toy_read (cases[_i].text, NULL, &error));
  ck_assert_str_eq (error->message, cases[_i].message);
}
END_TEST

START_TEST (a_path_is_relative_to_the_scenario)
{
  g_autofree char *folder = g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
  g_autofree char *preset = g_build_filename (folder, "mine.yaml", NULL);
  g_autofree char *path = g_build_filename (folder, "s.yaml", NULL);
  const char *text = "host: {preset: ./mine.yaml}\n";
  struct vhm_scenario_rules rules = toy_rules (NULL);
  g_autoptr (GError) error = NULL;
  ck_assert (g_file_set_contents (preset, "memory: 3 GiB\n", -1, NULL));
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text (path, text, strlen (text), &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq (((const struct toy *) s->config)->host.memory_bytes,
                     3 * VHM_GIB);
  ck_assert (g_file_set_contents (preset, "[]\n", -1, NULL));
  ck_assert_ptr_null (
      vhm_scenario_read_text (path, text, strlen (text), &rules, &error));
  ck_assert_ptr_nonnull (
      strstr (error->message, "mine.yaml:1:1: a preset must be a mapping"));
  g_remove (preset);
  g_rmdir (folder);
}
END_TEST

SUITE ("scenario_preset",
       tcase_add_test (tc, a_preset_fills_what_is_not_written);
       tcase_add_test (tc, mappings_merge_and_lists_and_other_kinds_replace);
       tcase_add_test (tc, a_preset_may_be_based_on_another);
       tcase_add_test (tc, an_override_may_choose_the_preset_and_change_it);
       tcase_add_loop_test (tc, a_mistake_is_shown_where_it_stands, 0,
                            G_N_ELEMENTS (cases));
       tcase_add_test (tc, a_path_is_relative_to_the_scenario);)
