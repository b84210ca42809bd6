#include <string.h>
#include <suite.h>
#include <toy_schema.h>

static const char *const texts[] = {
  "host: {memory: 1 GiB}\n",
  "host: {preset: big}\n",
  "host: {preset: huge, balancer: static, disks: []}\n",
  "question: 'no'\nhost: {memory: 1500 kB, disks: [{name: '1', model: {rpm: "
  "0}}]}\n",
  "question: \"a \\\" b \\\\ : # {\"\nstart: 9:05\nfactor: 0.1\ndebug: true\n"
  "host: {memory: 1 B, clock: 2.45 GHz}\n"
  "guests: [{name: g1, os: windows, memory: {startup: 1 TiB, buffer: 12.5 "
  "%}, workloads: [idle, {kind: zipf, size: 1 B, exponent: 0.3333}]}]\n"
  "expect: {a: [1, {b: ~}, [[]], \"x\\ny\"], '': {}, ? c}\n",
};

START_TEST (every_default_is_written_out)
{
  g_autoptr (vhm_scenario) s = toy_read (
      "host: {memory: 1.5 GiB}\nguests: [{name: g1, memory: {startup: 1 "
      "GiB}}]\n",
      NULL, NULL);
  g_autofree char *text = vhm_scenario_resolved_yaml (s);
  ck_assert_str_eq (text, "start: \"00:00\"\n"
                          "duration: 1 h\n"
                          "factor: 1\n"
                          "debug: false\n"
                          "host:\n"
                          "  memory: 1536 MiB\n"
                          "  cpus: 1\n"
                          "  clock: 2400 MHz\n"
                          "  balancer:\n"
                          "    kind: static\n"
                          "  disks:\n"
                          "    - name: d0\n"
                          "      model:\n"
                          "        kind: hdd\n"
                          "        rpm: 7200\n"
                          "      rate: 120 MiB/s\n"
                          "guests:\n"
                          "  - name: g1\n"
                          "    os: linux\n"
                          "    memory:\n"
                          "      startup: 1 GiB\n"
                          "      minimum: 512 MiB\n"
                          "      maximum: 1 TiB\n"
                          "      buffer: 20 %\n"
                          "    workloads: []\n");
}
END_TEST

static void
expect_same_guest (const struct toy_guest *a, const struct toy_guest *b)
{
  ck_assert_str_eq (a->name, b->name);
  ck_assert_int_eq (a->os, b->os);
  ck_assert_mem_eq (&a->memory, &b->memory, sizeof a->memory);
  ck_assert_uint_eq (a->workloads.n, b->workloads.n);
  const struct vhm_plugin_choice *v = a->workloads.items,
                                 *w = b->workloads.items;
  for (size_t i = 0; i < a->workloads.n; i++) {
    ck_assert_ptr_eq (v[i].plugin, w[i].plugin);
    ck_assert_mem_eq (v[i].config, w[i].config, v[i].plugin->config.size);
  }
}

static void
expect_same (const struct toy *a, const struct toy *b)
{
  ck_assert_pstr_eq (a->question, b->question);
  ck_assert_uint_eq (a->start_ns, b->start_ns);
  ck_assert_uint_eq (a->duration_ns, b->duration_ns);
  ck_assert (a->factor == b->factor && a->is_debug == b->is_debug);
  ck_assert_uint_eq (a->host.memory_bytes, b->host.memory_bytes);
  ck_assert_uint_eq (a->host.cpus, b->host.cpus);
  ck_assert_uint_eq (a->host.clock_hz, b->host.clock_hz);
  ck_assert_ptr_eq (a->host.balancer.plugin, b->host.balancer.plugin);
  ck_assert_mem_eq (a->host.balancer.config, b->host.balancer.config,
                    a->host.balancer.plugin->config.size);
  ck_assert_uint_eq (a->host.disks.n, b->host.disks.n);
  ck_assert_uint_eq (a->guests.n, b->guests.n);
  for (size_t i = 0; i < a->guests.n; i++)
    expect_same_guest ((const struct toy_guest *) a->guests.items + i,
                       (const struct toy_guest *) b->guests.items + i);
  ck_assert ((a->expect == NULL) == (b->expect == NULL));
}

START_TEST (the_text_reads_back_as_the_same_struct_and_text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = toy_read (texts[_i], NULL, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  g_autofree char *once = vhm_scenario_resolved_yaml (s);
  ck_assert_ptr_null (strstr (once, "preset")); /* all its keys are there */
  g_autoptr (vhm_scenario) back = toy_read (once, NULL, &error);
  ck_assert_msg (back != NULL, "%s\n%s", error ? error->message : "", once);
  expect_same (s->config, back->config);
  g_autofree char *twice = vhm_scenario_resolved_yaml (back);
  ck_assert_str_eq (once, twice);
}
END_TEST

SUITE ("scenario_resolved", tcase_add_test (tc, every_default_is_written_out);
       tcase_add_loop_test (tc, the_text_reads_back_as_the_same_struct_and_text,
                            0, G_N_ELEMENTS (texts));)
