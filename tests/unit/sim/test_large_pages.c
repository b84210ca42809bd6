/* Memory for large tables: where it begins, and that advice changes nothing. */
#include "suite.h"

#include <glib.h>
#include <string.h>
#include <vhm/sim/large_pages.h>

#define LARGE ((size_t) 2 << 20)

/* Bytes that differ from what they should be. */
static size_t
n_other (const uint8_t *at, size_t n, uint8_t value)
{
  size_t others = 0;
  for (size_t i = 0; i < n; i++)
    others += at[i] != value;
  return others;
}

START_TEST (new_memory_is_zero_and_aligned)
{
  static const struct {
    size_t bytes, alignment;
  } cases[]
      = { { 64, 64 }, { 4096, 64 }, { LARGE, LARGE }, { 3 * LARGE, LARGE } };
  uint8_t *at = vhm_large_new0 (cases[_i].bytes);
  ck_assert_uint_eq ((uintptr_t) at % cases[_i].alignment, 0);
  ck_assert_uint_eq (n_other (at, cases[_i].bytes, 0), 0);
  g_aligned_free (at);
}
END_TEST

/* Of any size and at any address: what stands there and beside it stays. */
START_TEST (advice_leaves_what_is_there)
{
  g_autofree uint8_t *at = g_malloc (5 * LARGE);
  memset (at, 7, 5 * LARGE);
  static const size_t sizes[] = { 0, 1, LARGE - 1, LARGE, 2 * LARGE + 1 };
  for (size_t from = 0; from < 3; from++)
    for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
      vhm_large_advise (at + from * 4097, sizes[i]);
  ck_assert_uint_eq (n_other (at, 5 * LARGE, 7), 0);
}
END_TEST

SUITE ("large_pages",
       tcase_add_loop_test (tc, new_memory_is_zero_and_aligned, 0, 4);
       tcase_add_test (tc, advice_leaves_what_is_there);)
