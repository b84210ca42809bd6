/* The keys of a scenario and what they forbid. */
#include "host_run.h"
#include "suite.h"

#define GUEST(memory) \
  "guests: [{name: a, memory: " memory ", workloads: [{kind: idle}]}]\n"
#define HOST "host: {memory: 2 GiB, disks: [{name: d0}]}\n"
#define MEMORY "{startup: 1 GiB, minimum: 512 MiB, maximum: 2 GiB}"

static const struct {
  const char *text, *says;
} wrong[] = {
  { HOST GUEST ("{startup: 1 GiB, minimum: 3 GiB, maximum: 2 GiB}"),
    "above maximum" },
  { HOST GUEST ("{startup: 1 GiB, minimum: 1500 MiB, maximum: 2 GiB}"),
    "below minimum" },
  { HOST GUEST ("{startup: 3 GiB, maximum: 2 GiB}"), "above maximum" },
  { "host: {memory: 512 MiB, root_reserve: 512 MiB, disks: [{name: "
    "d}]}\n" GUEST (MEMORY),
    "no larger than what the root keeps" },
  { "host: {memory: 2 GiB, disks: []}\n" GUEST (MEMORY), "empty" },
  { "host: {memory: 16 TiB, disks: [{name: d}]}\n" GUEST (MEMORY), "8 TiB" },
  { HOST "guests: [{name: a, memory: " MEMORY ", workloads: []}]\n",
    "at least one" },
  { HOST "guests: [{name: a, memory: " MEMORY
         ", workloads: [{kind: idle}], cpu: {cap: 10 %, reserve: 20 %}}]\n",
    "above cap" },
  { HOST GUEST (MEMORY) "timeline: [{at: \"10:00\"}]\n",
    "one of shutdown, start and restart" },
  { HOST GUEST (MEMORY) "expect: [{name: x, that: \"max(a.pressure)\"}]\n",
    "no bound" },
  { HOST "guests: [{name: a, os: linux, image: 1 GiB, memory: " MEMORY
         ", workloads: [{kind: pattern, size: 600 MiB, file: true}, "
         "{kind: pattern, size: 600 MiB, file: true}]}]\n",
    "guests.a.image: smaller than the files of the workloads" },
  { HOST "guests: [{name: a, os: {kind: windows, superfetch: {enabled: true}}, "
         "image: 16 GiB, memory: " MEMORY
         ", workloads: [{kind: pattern, size: 1 MiB, file: true}]}]\n",
    "guests.a.image: smaller than the files of the workloads and what the "
    "system reads of it" },
};

START_TEST (contradictions_are_refused)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_case_schema, .registry = vhm_all_plugins };
  const char *text = wrong[_i].text;
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, &error);
  ck_assert_msg (s == NULL, "accepted: %s", text);
  ck_assert_msg (strstr (error->message, wrong[_i].says) != NULL, "%s says: %s",
                 text, error->message);
}
END_TEST

START_TEST (what_is_not_written_has_its_default)
{
  g_autoptr (vhm_scenario) s
      = host_scenario ("duration: 1 h\n" HOST GUEST (MEMORY));
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guest = c->guests.items;
  ck_assert_uint_eq (c->host.n_cpus, 4);
  ck_assert_uint_eq (c->host.report_ns, VHM_NS_PER_S);
  ck_assert_str_eq (c->host.balancer.plugin->name, "hyperv");
  ck_assert_str_eq (guest->os.plugin->name, "windows");
  ck_assert_uint_eq (guest->memory.buffer_ppm, 200000);
  ck_assert_uint_eq (guest->n_vcpus, 1);
  ck_assert_uint_eq (guest->count, 1);
}
END_TEST

/* Scenario, guest: is every reference drawn? */
static const struct {
  const char *scenario, *guest;
  bool every;
} references[] = {
  { "", "", false },
  { "reference: next-fault\n", "", false },
  { "reference: every\n", "", true },
  { "reference: every\n", ", reference: as-scenario", true },
  { "reference: every\n", ", reference: next-fault", false },
  { "", ", reference: every", true },
};

START_TEST (a_guest_may_simulate_references_its_own_way)
{
  g_autofree char *text = g_strdup_printf (
      "%sduration: 1 h\n" HOST "guests: [{name: a, memory: " MEMORY
      ", workloads: [{kind: idle}]%s}]\n",
      references[_i].scenario, references[_i].guest);
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  ck_assert_int_eq (vhm_case_every_reference (c, c->guests.items),
                    references[_i].every);
}
END_TEST

START_TEST (the_root_keeps_384_mib_and_30_a_gib)
{
  struct vhm_case_host h = { .memory_bytes = 12 * VHM_GIB,
                             .root_base_bytes = 384 * VHM_MIB,
                             .root_per_gib_bytes = 30 * VHM_MIB };
  ck_assert_uint_eq (vhm_case_root_bytes (&h), 744 * VHM_MIB);
  h.root_reserve_bytes = 2 * VHM_GIB;
  ck_assert_uint_eq (vhm_case_root_bytes (&h), 2 * VHM_GIB);
}
END_TEST

START_TEST (a_guest_costs_32_mib_and_8_for_each_further_gib)
{
  static const uint64_t cases[][2] = { /* startup, overhead: MiB */
                                       { 512, 32 },
                                       { 1024, 32 },
                                       { 1025, 40 },
                                       { 2048, 40 },
                                       { 4096, 56 }
  };
  const struct vhm_case_host h = { .vm_overhead_bytes = 32 * VHM_MIB,
                                   .vm_overhead_per_gib_bytes = 8 * VHM_MIB };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const struct vhm_case_guest g
        = { .memory.startup_bytes = cases[i][0] * VHM_MIB };
    ck_assert_uint_eq (vhm_case_overhead_bytes (&h, &g), cases[i][1] * VHM_MIB);
  }
}
END_TEST

START_TEST (a_guest_of_a_group_is_numbered)
{
  struct vhm_case_guest g = { .name = "web", .count = 1 };
  g_autofree char *alone = vhm_case_guest_name (&g, 0);
  g.count = 3;
  g_autofree char *third = vhm_case_guest_name (&g, 2);
  ck_assert_str_eq (alone, "web");
  ck_assert_str_eq (third, "web[3]");
}
END_TEST

SUITE ("case", tcase_add_loop_test (tc, contradictions_are_refused, 0,
                                    G_N_ELEMENTS (wrong));
       tcase_add_test (tc, what_is_not_written_has_its_default);
       tcase_add_loop_test (tc, a_guest_may_simulate_references_its_own_way, 0,
                            G_N_ELEMENTS (references));
       tcase_add_test (tc, the_root_keeps_384_mib_and_30_a_gib);
       tcase_add_test (tc, a_guest_costs_32_mib_and_8_for_each_further_gib);
       tcase_add_test (tc, a_guest_of_a_group_is_numbered);)
