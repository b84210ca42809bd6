/* The bytes of a small trace, one by one as scenarios/TRACE-FORMAT.md says. */
#include "suite.h"
#include "trace_bytes.h"
#include "trace_format.h"

static const struct test_visit small[] = {
  { 0x401a, 1, VHM_TRACE_FETCH },                         /* page 0 */
  { 0x1fff000, 3, VHM_TRACE_LOAD },                       /* page 1 */
  { 0x401a, 258, VHM_TRACE_FETCH },                       /* page 0 again */
  { 0x1ffefff, 70000, VHM_TRACE_LOAD | VHM_TRACE_STORE }, /* page 2 */
};

START_TEST (writes_the_documented_bytes)
{
  g_autoptr (GByteArray) bytes = trace_bytes (small, G_N_ELEMENTS (small));
  const uint8_t *b = bytes->data;
  ck_assert_mem_eq (b, "\x89VHMTRC\n\x01\x00\x0c\x07\0\0\0\0", 16);
  ck_assert (trace_get_64 (b + 16) == trace_sum (TRACE_SUM_SEED, b, 16));
  b += 24;
  ck_assert_uint_eq (trace_get_32 (b), 4);      /* visits */
  ck_assert_uint_eq (trace_get_32 (b + 4), 3);  /* new pages */
  ck_assert_uint_eq (trace_get_32 (b + 8), 11); /* bytes of numbers */
  ck_assert_uint_eq (trace_get_32 (b + 12), 8); /* bytes of names */
  /* page in one byte; run code; kinds */
  const uint8_t control[]
      = { 4 << 4, 1 << 4 | 1 << 2, 4 << 4 | 2 << 2, 3 << 4 | 3 << 2 };
  ck_assert_mem_eq (b + 24, control, sizeof control);
  /* 0; +1, 2 more accesses; -1, 257 more; +2, 69999 more */
  const uint8_t numbers[] = { 0, 2, 2, 1, 1, 1, 4, 0x6f, 0x11, 1, 0 };
  ck_assert_mem_eq (b + 28, numbers, sizeof numbers);
}
END_TEST

START_TEST (numbers_pages_as_they_come_up)
{
  g_autoptr (GByteArray) bytes = trace_bytes (small, G_N_ELEMENTS (small));
  g_autoptr (vhm_source) source
      = vhm_source_from_memory ("t", bytes->data, bytes->len);
  g_autoptr (vhm_trace) trace = vhm_trace_load (source, NULL);
  static const uint32_t pages[] = { 0, 1, 0, 2 };
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    ck_assert_uint_eq (trace->visits[i].page, pages[i]);
  ck_assert (trace->original[0] == 0x401a && trace->original[1] == 0x1fff000
             && trace->original[2] == 0x1ffefff);
}
END_TEST

/* Without a sink nothing is written, and the count is the same. */
START_TEST (counts_without_writing)
{
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (NULL, 12, VHM_TRACE_ALL_KINDS);
  size_t n = 3 * TRACE_BLOCK_VISITS / 2;
  for (size_t i = 0; i < n; i++)
    ck_assert (vhm_trace_write (writer, i % 70000, 2, VHM_TRACE_LOAD, NULL));
  ck_assert (vhm_trace_finish (writer, 2 * n, 0, 0, NULL));
  struct vhm_trace_totals t = vhm_trace_written (writer);
  ck_assert_uint_eq (t.n_visits, n);
  ck_assert_uint_eq (t.n_pages, 70000);
  ck_assert_uint_eq (t.n_accesses, 2 * n);
}
END_TEST

START_TEST (refuses_totals_that_do_not_sum)
{
  g_autoptr (vhm_trace_writer) writer
      = vhm_trace_writer_new (NULL, 12, VHM_TRACE_ALL_KINDS);
  vhm_trace_write (writer, 1, 2, VHM_TRACE_LOAD, NULL);
  vhm_trace_finish (writer, 1, 0, 0, NULL);
}
END_TEST

SUITE ("trace_write", tcase_add_test (tc, writes_the_documented_bytes);
       tcase_add_test (tc, numbers_pages_as_they_come_up);
       tcase_add_test (tc, counts_without_writing); if (suite_can_fork ())
           tcase_add_test_raise_signal (tc, refuses_totals_that_do_not_sum,
                                        SIGABRT);)
