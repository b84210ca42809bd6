/* Reading a recorded trace: what was written comes back; what is damaged or
 * ill-made is refused with its byte. */
#include "suite.h"
#include "trace_bytes.h"
#include "trace_format.h"

#include <vhm/base/error.h>

START_TEST (round_trip)
{
  static const size_t sizes[]
      = { 0, 1, 5, TRACE_BLOCK_VISITS, TRACE_BLOCK_VISITS + 1, 200000 };
  size_t n = sizes[_i];
  g_autofree struct test_visit *visits = trace_random ((uint64_t) _i, n);
  g_autoptr (GByteArray) bytes = trace_bytes (visits, n);
  g_autoptr (GArray) back
      = g_array_new (FALSE, FALSE, sizeof (struct test_visit));
  g_autoptr (GError) error = NULL;
  ck_assert_msg (trace_read_bytes ("t", bytes->data, bytes->len, back, &error),
                 "%s", error ? error->message : "");
  ck_assert_uint_eq (back->len, n);
  for (size_t i = 0; i < n; i++) {
    const struct test_visit *b = &g_array_index (back, struct test_visit, i);
    ck_assert_msg (b->original == visits[i].original
                       && b->n_accesses == visits[i].n_accesses
                       && b->kinds == visits[i].kinds,
                   "visit %zu", i);
  }
}
END_TEST

static void
check_refused (const char *what, const uint8_t *bytes, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree uint8_t *exact = g_malloc (MAX (size, 1)); /* overruns show */
  memcpy (exact, bytes, size);
  ck_assert_msg (!trace_read_bytes ("t", exact, size, NULL, &error), "%s",
                 what);
  ck_assert_msg (g_error_matches (error, VHM_ERROR, VHM_ERROR_SCENARIO)
                     && g_str_has_prefix (error->message, "t: byte "),
                 "%s: %s", what, error->message);
}

START_TEST (every_cut_is_refused)
{
  g_autofree struct test_visit *visits = trace_random (7, 50);
  g_autoptr (GByteArray) bytes = trace_bytes (visits, 50);
  for (size_t n = 0; n < bytes->len; n++)
    check_refused ("cut", bytes->data, n);
}
END_TEST

START_TEST (every_flipped_byte_is_refused)
{
  g_autofree struct test_visit *visits = trace_random (8, 50);
  g_autoptr (GByteArray) bytes = trace_bytes (visits, 50);
  for (size_t i = 0; i < bytes->len; i++)
    for (unsigned mask = 1; mask < 256; mask = 3 * mask + 1) {
      bytes->data[i] ^= (uint8_t) mask;
      check_refused ("flip", bytes->data, bytes->len);
      bytes->data[i] ^= (uint8_t) mask;
    }
}
END_TEST

/* Makes the checksums right again, so that what is behind them is tried. */
static void
reseal (uint8_t *b)
{
  trace_put_64 (b + 16, trace_sum (TRACE_SUM_SEED, b, 16));
  for (uint32_t n = 1; n > 0;) {
    b += 24;
    n = trace_get_32 (b);
    uint32_t data = trace_get_32 (b + 8), names = trace_get_32 (b + 12);
    uint64_t sum = trace_sum (TRACE_SUM_SEED, b, 16);
    sum = trace_sum (sum, b + 24, n);
    sum = trace_sum (sum, b + 24 + n, data);
    sum = trace_sum (sum, b + 24 + n + data, names);
    trace_put_64 (b + 16, sum);
    b += n + data + names;
  }
}

/* Visits to pages 0, 1, 0 of 1, 2, 1 accesses: head 0-23, block head 24-47,
 * control 48-50, numbers 51-54, names 55-58, end block 59-82, totals 83-130. */
static const struct test_visit three[] = {
  { 300, 1, VHM_TRACE_LOAD },
  { 500, 2, VHM_TRACE_LOAD },
  { 300, 1, VHM_TRACE_LOAD },
};

static const struct {
  size_t at;
  uint8_t value;
  const char *message;
} faults[] = {
  { 0, 'V',
    "t: byte 0: this is no recorded trace; a file made by `vhm "
    "import`" },
  { 8, 2, "t: byte 8: version 2 of the format; version 1" },
  { 10, 11, "t: byte 10: pages of 2^11 bytes; 2^12 to 2^30" },
  { 10, 31, "t: byte 10: pages of 2^31 bytes; 2^12 to 2^30" },
  { 11, 0, "t: byte 11: unknown kinds of accesses (0); 1 to 7" },
  { 11, 8, "t: byte 11: unknown kinds of accesses (8); 1 to 7" },
  { 11, 6,
    "t: byte 48: control byte 0x10: a visit of kinds that the head does "
    "not name (0x6)" },
  { 12, 1, "t: byte 12: a reserved field is used; zero" },
  { 28, 1, "t: byte 48: 2 pages are new in a block that names 1" },
  { 49, 0x04,
    "t: byte 49: control byte 0x04: a visit of kinds that the head "
    "does not name (0x7)" },
  { 50, 0x90,
    "t: byte 50: control byte 0x90: a visit of kinds that the head "
    "does not name (0x7)" },
  { 50, 0x11, "t: byte 54: a visit reaches beyond its block" },
  { 49, 0x10, "t: byte 54: bytes left over after the block's visits" },
  { 51, 2,
    "t: byte 51: page number 1 out of range; below 0, or 0 for a new "
    "one" },
  { 52, 4,
    "t: byte 52: page number 2 out of range; below 1, or 1 for a new "
    "one" },
  { 54, 3,
    "t: byte 54: page number 4294967295 out of range; below 2, or 2 "
    "for a new one" },
  { 53, 0,
    "t: byte 52: a number that is longer than it need be; the shortest "
    "form" },
  { 56, 0, "t: byte 55: the name of a page is cut short or overlong" },
  { 58, 0x83, "t: byte 57: the name of a page is cut short or overlong" },
  { 55, 0x08, "t: byte 57: bytes left over" },
  { 83, 4, "t: byte 83: the totals are not those of the visits" },
  { 91, 5, "t: byte 83: the totals are not those of the visits" },
  { 123, 1, "t: byte 83: the totals are not those of the visits" },
  { 107, 1,
    "t: byte 99: loads, stores and fetches do not sum to the accesses" },
};

START_TEST (says_what_is_wrong_behind_a_right_checksum)
{
  g_autoptr (GByteArray) bytes = trace_bytes (three, G_N_ELEMENTS (three));
  ck_assert_uint_eq (bytes->len, 131);
  bytes->data[faults[_i].at] = faults[_i].value;
  reseal (bytes->data);
  g_autoptr (GError) error = NULL;
  ck_assert (!trace_read_bytes ("t", bytes->data, bytes->len, NULL, &error));
  ck_assert_msg (g_str_has_prefix (error->message, faults[_i].message), "%s",
                 error->message);
}
END_TEST

START_TEST (a_run_beyond_the_limit_is_refused)
{
  const struct test_visit one = { 1, VHM_TRACE_MAX_RUN, VHM_TRACE_LOAD };
  g_autoptr (GByteArray) bytes = trace_bytes (&one, 1);
  ck_assert (trace_read_bytes ("t", bytes->data, bytes->len, NULL, NULL));
  trace_put_32 (bytes->data + 50, VHM_TRACE_MAX_RUN);
  reseal (bytes->data);
  g_autoptr (GError) error = NULL;
  ck_assert (!trace_read_bytes ("t", bytes->data, bytes->len, NULL, &error));
  ck_assert_str_eq (error->message, "t: byte 49: a run of 536870912 accesses; "
                                    "at most 536870912");
}
END_TEST

START_TEST (nothing_may_follow_the_end)
{
  g_autoptr (GByteArray) bytes = trace_bytes (three, G_N_ELEMENTS (three));
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  g_autoptr (GError) error = NULL;
  ck_assert (!trace_read_bytes ("t", bytes->data, bytes->len, NULL, &error));
  ck_assert_str_eq (error->message,
                    "t: byte 131: bytes after the end of the trace; nothing");
}
END_TEST

START_TEST (foreign_files_are_known_as_such)
{
  g_autoptr (GError) error = NULL;
  ck_assert (!trace_read_bytes ("t", "I  0401ab70,3\n", 14, NULL, &error));
  ck_assert_str_eq (error->message, "t: byte 0: this is no recorded trace; a "
                                    "file made by `vhm import`");
  g_clear_error (&error);
  ck_assert (
      !trace_read_bytes ("t", "\x28\xb5\x2f\xfd and more", 13, NULL, &error));
  ck_assert_str_eq (error->message, "t: byte 0: compressed by Zstandard; give "
                                    "it a name that ends in .zst");
}
END_TEST

SUITE ("trace_read", tcase_add_loop_test (tc, round_trip, 0, 6);
       tcase_add_test (tc, every_cut_is_refused);
       tcase_add_test (tc, every_flipped_byte_is_refused);
       tcase_add_loop_test (tc, says_what_is_wrong_behind_a_right_checksum, 0,
                            G_N_ELEMENTS (faults));
       tcase_add_test (tc, a_run_beyond_the_limit_is_refused);
       tcase_add_test (tc, nothing_may_follow_the_end);
       tcase_add_test (tc, foreign_files_are_known_as_such);)
