/* A whole trace in memory. */
#include "suite.h"
#include "trace_bytes.h"

START_TEST (keeps_pages_writes_and_names)
{
  static const char *const names[] = { "t.vhmt", "t.vhmt.zst" };
  size_t n = 150000; /* more than two blocks */
  g_autofree struct test_visit *visits = trace_random (3, n);
  g_autofree char *folder = trace_folder ();
  g_autofree char *path = g_build_filename (folder, names[_i], NULL);
  trace_save (path, visits, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_source) source = vhm_source_open (path, &error);
  g_autoptr (vhm_trace) trace = vhm_trace_load (source, &error);
  ck_assert_msg (trace != NULL, "%s", error ? error->message : "");
  ck_assert_uint_eq (trace->page_shift, 12);
  ck_assert_uint_eq (trace->kinds, VHM_TRACE_ALL_KINDS);
  ck_assert_uint_eq (trace->totals.n_visits, n);
  ck_assert_uint_eq (trace->totals.n_loads, trace->totals.n_accesses);
  for (size_t i = 0; i < n; i++) {
    struct vhm_reference r = trace->visits[i];
    ck_assert_uint_lt (r.page, trace->totals.n_pages);
    ck_assert (trace->original[r.page] == visits[i].original);
    ck_assert_int_eq (r.write, (visits[i].kinds & VHM_TRACE_STORE) != 0);
  }
  trace_folder_remove (folder);
}
END_TEST

START_TEST (a_damaged_one_is_not_loaded)
{
  g_autofree struct test_visit *visits = trace_random (3, 100);
  g_autoptr (GByteArray) bytes = trace_bytes (visits, 100);
  bytes->data[bytes->len - 1] ^= 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_source) source
      = vhm_source_from_memory ("t", bytes->data, bytes->len);
  ck_assert_ptr_null (vhm_trace_load (source, &error));
  ck_assert (strstr (error->message, "checksum"));
}
END_TEST

SUITE ("trace", tcase_add_loop_test (tc, keeps_pages_writes_and_names, 0, 2);
       tcase_add_test (tc, a_damaged_one_is_not_loaded);)
