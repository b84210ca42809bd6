#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <suite.h>
#include <toy_schema.h>
#include <unistd.h>
#include <vhm/base/error.h>
#include <vhm/base/units.h>
#include <vhm/sim/scenario.h>

static const char good[]
    = "question: >\n  What happens?\n"
      "host: {memory: 12 GiB, balancer: {kind: esx, period: 10 s}}\n"
      "guests:\n"
      "  - {name: g1, memory: {startup: 2 GiB}}\n"
      "  - name: g2\n"
      "    os: windows\n"
      "    memory: {startup: 2 GiB, maximum: 6 GiB, buffer: 12.5 %}\n"
      "    workloads: [idle, {kind: zipf, size: 7 pages, exponent: 0.8}]\n"
      "expect: [{that: x}]\n";

START_TEST (a_scenario_fills_the_struct)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = toy_read (good, NULL, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  const struct toy *toy = s->config;
  ck_assert_str_eq (toy->question, "What happens?");
  ck_assert_uint_eq (toy->host.memory_bytes, 12 * VHM_GIB);
  ck_assert_str_eq (toy->host.balancer.plugin->name, "esx");
  const struct toy_esx *esx = toy->host.balancer.config;
  ck_assert_uint_eq (esx->period_ns, 10 * VHM_NS_PER_S);
  ck_assert_uint_eq (toy->guests.n, 2);
  const struct toy_guest *g2 = (const struct toy_guest *) toy->guests.items + 1;
  ck_assert_str_eq (g2->name, "g2");
  ck_assert_int_eq (g2->os, 0);
  ck_assert_uint_eq (g2->memory.buffer_ppm, 125000);
  ck_assert_uint_eq (g2->mark.line, 6);
  ck_assert_uint_eq (g2->workloads.n, 2);
  const struct vhm_plugin_choice *workloads = g2->workloads.items;
  const struct toy_zipf *zipf = workloads[1].config;
  ck_assert_str_eq (workloads[0].plugin->name, "idle");
  ck_assert (zipf->exponent == 0.8);
  ck_assert_uint_eq (zipf->size_bytes, 7 * VHM_PAGE_BYTES);
  ck_assert_uint_eq (toy->expect->n, 1);
  ck_assert_uint_eq (toy->expect->mark.line, 10);
}
END_TEST

START_TEST (what_is_not_written_takes_the_default_of_the_table)
{
  g_autoptr (vhm_scenario) s = toy_read ("host: {memory: 1 GiB}\n", NULL, NULL);
  const struct toy *toy = s->config;
  ck_assert_ptr_null (toy->question);
  ck_assert_uint_eq (toy->duration_ns, 3600 * VHM_NS_PER_S);
  ck_assert (toy->factor == 1);
  ck_assert_uint_eq (toy->host.clock_hz, UINT64_C (2400000000));
  ck_assert_str_eq (toy->host.balancer.plugin->name, "static");
  ck_assert_uint_eq (toy->host.disks.n, 1);
  const struct toy_disk *disk = toy->host.disks.items;
  ck_assert_str_eq (disk->name, "d0");
  ck_assert_str_eq (disk->model.plugin->name, "hdd");
  ck_assert_uint_eq (((const struct toy_hdd *) disk->model.config)->rpm, 7200);
  ck_assert_uint_eq (toy->guests.n, 0);
  ck_assert_ptr_null (toy->expect);
}
END_TEST

START_TEST (the_caller_may_find_more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = toy_read (good, NULL, NULL);
  const struct toy *toy = s->config;
  const struct toy_guest *g1 = toy->guests.items;
  vhm_scenario_warn (s, g1->mark, "guests.g1", "is idle", NULL);
  ck_assert (vhm_scenario_check (s, &error));
  vhm_scenario_complain (s, (struct vhm_mark){ 0 }, "guests.g2.memory.maximum",
                         "is too much", "less");
  ck_assert (!vhm_scenario_check (s, &error));
  ck_assert_str_eq (
      error->message,
      "s.yaml:8:39: guests.g2.memory.maximum: is too much; less\n"
      "      memory: {startup: 2 GiB, maximum: 6 GiB, buffer: 12.5 %}\n"
      "                                        ^");
  g_autofree char *warnings = vhm_scenario_warnings (s);
  ck_assert_str_eq (warnings, "s.yaml:5:5: warning: guests.g1: is idle\n"
                              "    - {name: g1, memory: {startup: 2 GiB}}\n"
                              "      ^\n");
}
END_TEST

START_TEST (a_file_is_read_and_named)
{
  g_autofree char *folder = g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.yaml", NULL);
  struct vhm_scenario_rules rules = toy_rules (NULL);
  g_autoptr (GError) error = NULL;
  ck_assert (g_file_set_contents (path, "\xef\xbb\xbfhost: 1\n", -1, NULL));
  ck_assert_ptr_null (vhm_scenario_read (path, &rules, &error));
  g_autofree char *expected
      = g_strconcat (path,
                     ":1:7: host: is not a mapping; write KEY: VALUE below it, "
                     "indented\n  host: 1\n        ^",
                     NULL);
  ck_assert_str_eq (error->message, expected);
  g_remove (path);
  g_rmdir (folder);
}
END_TEST

START_TEST (a_gigabyte_a_folder_and_nothing_are_refused)
{
  g_autofree char *folder = g_dir_make_tmp ("vhm-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.yaml", NULL);
  struct vhm_scenario_rules rules = toy_rules (NULL);
  GError *error = NULL;
  ck_assert_ptr_null (vhm_scenario_read (folder, &rules, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  g_clear_error (&error);
  ck_assert_ptr_null (vhm_scenario_read (path, &rules, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_IO));
  g_clear_error (&error);
  int fd = g_open (path, O_CREAT | O_WRONLY, 0600);
  ck_assert_int_eq (ftruncate (fd, (off_t) 1 << 30), 0);
  close (fd);
  ck_assert_ptr_null (vhm_scenario_read (path, &rules, &error));
  ck_assert (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO));
  ck_assert (g_str_has_suffix (
      error->message, ": is larger than 16 MiB; is this the right file?"));
  g_clear_error (&error);
  g_remove (path);
  g_rmdir (folder);
}
END_TEST

START_TEST (a_path_that_holds_control_characters_is_shown_escaped)
{
  struct vhm_scenario_rules rules = toy_rules (NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (
      vhm_scenario_read_text ("a\x1b[1m", "[]", 2, &rules, &error));
  ck_assert (g_str_has_prefix (error->message, "a\\x1b[1m:1:1: is not a"));
}
END_TEST

SUITE ("scenario", tcase_add_test (tc, a_scenario_fills_the_struct);
       tcase_add_test (tc, what_is_not_written_takes_the_default_of_the_table);
       tcase_add_test (tc, the_caller_may_find_more);
       tcase_add_test (tc, a_file_is_read_and_named);
       tcase_add_test (tc, a_gigabyte_a_folder_and_nothing_are_refused);
       tcase_add_test (tc,
                       a_path_that_holds_control_characters_is_shown_escaped);)
