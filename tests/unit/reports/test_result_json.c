/* result.json: the whole text of a small result. */
#include "suite.h"

#include "synthetic_result.h"

#include <vhm/report/report.h>

START_TEST (carries_everything_but_the_samples)
{
  struct vhm_result *result = vhm_result_new ();
  result->question = g_strdup ("Why \"so\"?");
  result->version = g_strdup ("0.1.0");
  result->seed = 42;
  result->clock_hz = 1000000000;
  result->interval_s = 1;
  synthetic_add_expectation (result, "row 1", "max(a.b)", 3, 1,
                             (double) INFINITY, "why not");
  struct vhm_ledger_row *row = g_new0 (struct vhm_ledger_row, 1);
  *row = (struct vhm_ledger_row){ g_strdup ("a"), "compute", UINT64_MAX };
  g_ptr_array_add (result->ledger, row);
  struct vhm_translation_row *cost = g_new0 (struct vhm_translation_row, 1);
  *cost = (struct vhm_translation_row){ .guest = g_strdup ("a"),
                                        .process = g_strdup ("1 idle"),
                                        .paging = "SLAT",
                                        .is_in_force = true,
                                        .compute_cyc = 2000,
                                        .l2_tlb_cyc = 0.5,
                                        .guest_walk_cyc = 60,
                                        .host_walk_cyc = 30.25,
                                        .vm_switch_cyc = 1,
                                        .half_width_cyc = 2,
                                        .upkeep_cyc = 3,
                                        .n_references = 4096,
                                        .n_issued = 1234567 };
  g_ptr_array_add (result->translation, cost);
  size_t size;
  g_autofree char *json = vhm_report_json (result, "vhm run x", &size);
  ck_assert_str_eq (json, "{\n"
                          "  \"schema\": \"vhm-result/1\",\n"
                          "  \"question\": \"Why \\\"so\\\"?\",\n"
                          "  \"source\": null,\n"
                          "  \"reading\": null,\n"
                          "  \"provenance\": {\n"
                          "    \"program\": \"vhm\",\n"
                          "    \"version\": \"0.1.0\",\n"
                          "    \"scenario\": null,\n"
                          "    \"command\": \"vhm run x\",\n"
                          "    \"seed\": 42\n"
                          "  },\n"
                          "  \"clock_hz\": 1000000000,\n"
                          "  \"start_s\": 0,\n"
                          "  \"duration_s\": 0,\n"
                          "  \"interval_s\": 1,\n"
                          "  \"counts\": {\n"
                          "    \"events\": 0,\n"
                          "    \"references\": 0,\n"
                          "    \"faults\": 0,\n"
                          "    \"measured_references\": 0,\n"
                          "    \"samples\": 0,\n"
                          "    \"series\": 0\n"
                          "  },\n"
                          "  \"expectations\": [\n"
                          "    {\n"
                          "      \"name\": \"row 1\",\n"
                          "      \"that\": \"max(a.b)\",\n"
                          "      \"value\": 3,\n"
                          "      \"low\": 1,\n"
                          "      \"high\": null,\n"
                          "      \"unit\": \"percent\",\n"
                          "      \"published\": \"> 100\",\n"
                          "      \"source\": \"case study, figure 19\",\n"
                          "      \"figure\": \"fig. 19\",\n"
                          "      \"pass\": true,\n"
                          "      \"known_miss\": \"why not\",\n"
                          "      \"state\": \"SURPRISE\"\n"
                          "    }\n"
                          "  ],\n"
                          "  \"summary\": [],\n"
                          "  \"ledger\": [\n"
                          "    {\n"
                          "      \"guest\": \"a\",\n"
                          "      \"account\": \"compute\",\n"
                          "      \"cycles\": 18446744073709551615\n"
                          "    }\n"
                          "  ],\n"
                          "  \"translation\": [\n"
                          "    {\n"
                          "      \"guest\": \"a\",\n"
                          "      \"process\": \"1 idle\",\n"
                          "      \"paging\": \"SLAT\",\n"
                          "      \"in_force\": true,\n"
                          "      \"compute_cycles\": 2000,\n"
                          "      \"l2_tlb_cycles\": 0.5,\n"
                          "      \"guest_walk_cycles\": 60,\n"
                          "      \"host_walk_cycles\": 30.25,\n"
                          "      \"vm_switch_cycles\": 1,\n"
                          "      \"half_width_cycles\": 2,\n"
                          "      \"shadow_upkeep_cycles\": 3,\n"
                          "      \"references\": 4096,\n"
                          "      \"issued_references\": 1234567\n"
                          "    }\n"
                          "  ],\n"
                          "  \"incidents\": [],\n"
                          "  \"assumptions\": [],\n"
                          "  \"resolved_scenario\": null\n"
                          "}\n");
  ck_assert_uint_eq (size, strlen (json));
  vhm_result_free (result);
}
END_TEST

SUITE ("result_json", tcase_add_test (tc, carries_everything_but_the_samples);)
