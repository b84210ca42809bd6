/* series.csv: header, cells, quoting. */
#include "suite.h"

#include <math.h>

#include <vhm/report/report.h>

static const struct vhm_counter counters[] = {
  { "physical_memory", "", NULL, VHM_UNIT_BYTES, "" },
  { "committed_bytes", "", NULL, VHM_UNIT_BYTES, "" },
  { "pressure", "", NULL, VHM_UNIT_PERCENT, "" },
  { "pages_input_per_s", "", NULL, VHM_UNIT_PER_S, "" },
  { "add_operations", "", NULL, VHM_UNIT_NONE, "" },
};

static struct vhm_result *
result_of (const char *instance)
{
  struct vhm_result *result = vhm_result_new ();
  result->start_s = 86400 - 1;
  result->interval_s = 0.5;
  result->n_samples = 3;
  for (size_t i = 0; i < G_N_ELEMENTS (counters); i++) {
    double *v = vhm_result_add_series (result, instance, &counters[i])->values;
    v[0] = 1.0 / 3;
    v[2] = 858993459200 + (double) i;
  }
  return result;
}

START_TEST (has_the_unit_once_in_each_column_and_empty_cells_for_gaps)
{
  struct vhm_result *result = result_of ("guest5");
  size_t size;
  g_autofree char *csv = vhm_report_csv (result, &size);
  ck_assert_str_eq (
      csv, "time_s,clock,guest5.physical_memory_bytes,guest5.committed_bytes,"
           "guest5.pressure_percent,guest5.pages_input_per_s,"
           "guest5.add_operations\n"
           "0,23:59:59,0.3333333333,0.3333333333,0.3333333333,0.3333333333,"
           "0.3333333333\n"
           "0.5,00:00:00,,,,,\n"
           "1,00:00:00,858993459200,858993459201,858993459202,858993459203,"
           "858993459204\n");
  ck_assert_uint_eq (size, strlen (csv));
  vhm_result_free (result);
}
END_TEST

START_TEST (quotes_names_that_need_it)
{
  struct vhm_result *result = result_of ("a,\"b\"\nc");
  size_t size;
  g_autofree char *csv = vhm_report_csv (result, &size);
  ck_assert (g_str_has_prefix (
      csv, "time_s,clock,\"a,\"\"b\"\"\nc.physical_memory_bytes\","));
  vhm_result_free (result);
}
END_TEST

SUITE ("series_csv",
       tcase_add_test (
           tc, has_the_unit_once_in_each_column_and_empty_cells_for_gaps);
       tcase_add_test (tc, quotes_names_that_need_it);)
