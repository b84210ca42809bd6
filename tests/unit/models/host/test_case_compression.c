/* Keys of compression, and a host that compresses. */
#include "host_run.h"
#include "suite.h"

#include <math.h>

#define SCENARIO                                                              \
  "duration: 5 min\nsample: 30 s\n"                                           \
  "host: {memory: 768 MiB, root_reserve: 64 MiB, vm_overhead: 0 B, cpus: 2, " \
  "gives: at-touch, balancer: static, "                                       \
  "reclaim: [swap%s], disks: [{name: d0, model: flash}]}\n"                   \
  "guests: [{name: a, memory: {startup: 256 MiB, minimum: 64 MiB, maximum: "  \
  "256 MiB, limit: 128 MiB}, os: {kind: windows, nonpaged_pool: 16 MiB}, "    \
  "workloads: [{kind: pattern, size: 160 MiB, pattern: uniform, "             \
  "references: 10, cycles_per_reference: 100000}]}]\n"

START_TEST (what_is_not_written_is_what_esx_does)
{
  g_autofree char *text = g_strdup_printf (SCENARIO, "");
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  struct vhm_compression_config config = vhm_case_compression_config (&c->host);
  struct vhm_content_sizes sizes = vhm_case_compressed_sizes (&c->host);
  ck_assert_uint_eq (config.max_ppm, 100000);
  ck_assert_uint_eq (config.max_allocated_ppm, 500000);
  ck_assert_uint_eq (config.compress_ns, 15900);
  ck_assert_uint_eq (config.decompress_ns, 2430);
  ck_assert_uint_eq (sizes.small_ppm, 780000);
  ck_assert_uint_eq (sizes.small_mean_ppm, 270000);
  ck_assert (!vhm_case_reclaims_by (&c->host, VHM_CASE_COMPRESSION));
}
END_TEST

START_TEST (there_is_none_without_swap)
{
  g_autoptr (GError) error = NULL;
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_case_schema, .registry = vhm_all_plugins };
  const char text[]
      = "host: {memory: 2 GiB, reclaim: [compression], disks: [{name: d}]}\n"
        "guests: [{name: a, memory: {startup: 1 GiB, maximum: 2 GiB}, "
        "workloads: [{kind: idle}]}]\n";
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text ("s.yaml", text, strlen (text), &rules, &error);
  ck_assert_ptr_null (s);
  ck_assert_ptr_nonnull (strstr (error->message, "compression without swap"));
}
END_TEST

/* A tenth of 256 MiB, in 13107 pages; what the guest consumes keeps the limit. */
START_TEST (a_host_compresses)
{
  const double most = 25.6 * VHM_MIB, limit = 128.0 * VHM_MIB;
  double read[2], at_s = 300;
  for (int on = 0; on < 2; on++) {
    g_autofree char *text
        = g_strdup_printf (SCENARIO, on ? ", compression" : "");
    struct vhm_result *r = host_run_text (text);
    read[on] = summary_of (r, "a", "host_faults")
               / summary_of (r, "a", "operations_per_s");
    double compressed = sample_at (r, "a", "compressed_bytes", at_s);
    double consumed = sample_at (r, "a", "consumed_bytes", at_s);
    ck_assert_double_le (consumed, limit);
    ck_assert_double_ge (consumed, 0.9 * limit);
    if (on) {
      ck_assert_double_ge (compressed, 1.9 * most);
      ck_assert_double_le (compressed, 2 * most);
      ck_assert_double_gt (summary_of (r, "a", "host_decompressed"), 1000);
      ck_assert_double_eq_tol (summary_of (r, "a", "host_compressed")
                                   - summary_of (r, "a", "host_decompressed")
                                   - summary_of (r, "a", "compressed_evicted"),
                               compressed / VHM_PAGE_BYTES, 0.5);
    } else
      ck_assert_double_eq (compressed, 0);
    double first = sample_at (r, "host", "sum_of_memory", 0);
    ck_assert_double_eq (sample_at (r, "host", "sum_of_memory", at_s), first);
    ck_assert_double_eq (first, 768.0 * VHM_MIB);
    vhm_result_free (r);
  }
  ck_assert_double_lt (read[1], 0.9 * read[0]); /* reads an operation */
}
END_TEST

SUITE ("keys of compression", tcase_set_timeout (tc, 60);
       tcase_add_test (tc, what_is_not_written_is_what_esx_does);
       tcase_add_test (tc, there_is_none_without_swap);
       tcase_add_test (tc, a_host_compresses);)
