/* Versions side by side in one table. */
#include "suite.h"

#include <math.h>
#include <string.h>

#include <vhm/report/comparison.h>

static void
add_row (struct vhm_comparison *c, guint other, const char *instance,
         const char *key, enum vhm_unit unit, double first, double second,
         bool is_shown)
{
  struct vhm_comparison_row row = { .other = other,
                                    .instance = g_strdup (instance),
                                    .key = g_strdup (key),
                                    .unit = unit,
                                    .is_shown = is_shown };
  row.paired.mean[0] = first;
  row.paired.mean[1] = second;
  row.paired.difference = second - first;
  g_array_append_val (c->rows, row);
}

static void
add_zero (struct vhm_comparison *c, guint other, const char *instance,
          const char *key, enum vhm_unit unit)
{
  struct vhm_comparison_row row = { .other = other,
                                    .instance = g_strdup (instance),
                                    .key = g_strdup (key),
                                    .unit = unit };
  g_array_append_val (c->zeros, row);
}

/* Versions a, b, c; what is 0 in both of a pair is among the zeros. */
static struct vhm_comparison *
three_versions (void)
{
  static const char *const names[] = { "a", "b", "c" };
  struct vhm_comparison *c = vhm_comparison_new ();
  c->version = "1.2.3";
  c->n_runs = 4;
  c->confidence = 0.95;
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    struct vhm_comparison_version version
        = { g_strdup (names[i]), NULL, g_strdup ("seed: 1\n") };
    g_array_append_val (c->versions, version);
  }
  add_row (c, 1, "web", "latency", VHM_UNIT_SECONDS, 0.002, 0.003, true);
  add_row (c, 1, "web", "mean reads", VHM_UNIT_PER_S, 200, 150, true);
  add_row (c, 1, "db", "mean reads", VHM_UNIT_PER_S, 100, 101, false);
  add_row (c, 2, "web", "latency", VHM_UNIT_SECONDS, 0.002, 0.002, false);
  add_row (c, 2, "web", "mean reads", VHM_UNIT_PER_S, 200, 201, false);
  add_row (c, 2, "db", "mean reads", VHM_UNIT_PER_S, 100, 0, true);
  add_row (c, 2, "db", "faults", VHM_UNIT_NONE, 0, 7, true);
  add_row (c, 2, "web", "faults", VHM_UNIT_NONE, 0, 0, false);
  struct vhm_comparison_row *row
      = &g_array_index (c->rows, struct vhm_comparison_row, c->rows->len - 1);
  row->n_missing = 1;
  row->paired.mean[1] = (double) NAN;
  add_zero (c, 1, "db", "faults", VHM_UNIT_NONE);
  add_zero (c, 1, "web", "faults", VHM_UNIT_NONE);
  return c;
}

#define NOTE                                                                \
  "Means of 4 runs each, and the difference from the first version; =: no " \
  "difference\nshown (Holm, 95 %, together with all quantities compared "   \
  "unasked, or with all\nothers).\n"

START_TEST (a_column_each_version)
{
  g_autoptr (vhm_comparison) c = three_versions ();
  const char *const keys[] = { "reads", "latency", NULL };
  g_autofree char *text = vhm_comparison_side_by_side (c, keys);
  ck_assert_str_eq (
      text,
      "QUANTITY    WHO       a       b                c\n"
      "mean reads  web  200 /s  150 /s  -25.0 %  201 /s         =\n"
      "mean reads  db   100 /s  101 /s        =    0 /s  -100.0 %\n"
      "latency     web    2 ms    3 ms  +50.0 %    2 ms         =\n" NOTE);
}
END_TEST

START_TEST (nothing_has_no_parts_and_what_is_missing_no_value)
{
  g_autoptr (vhm_comparison) c = three_versions ();
  const char *const keys[] = { "faults", NULL };
  g_autofree char *text = vhm_comparison_side_by_side (c, keys);
  ck_assert_str_eq (text, "QUANTITY  WHO  a  b     c\n"
                          "faults    db   0  0  =  7  higher\n"
                          "faults    web  0  0  =  -\n" NOTE);
}
END_TEST

START_TEST (a_key_of_nothing_is_named)
{
  g_autoptr (vhm_comparison) c = three_versions ();
  const char *const keys[] = { "read\ns", NULL };
  g_autofree char *text = vhm_comparison_side_by_side (c, keys);
  ck_assert_ptr_nonnull (
      strstr (text, "\": no quantity of this comparison.\n" NOTE));
  ck_assert_ptr_null (strstr (text, "read\ns"));
}
END_TEST

/* A version without the mechanism has no such number, and is not the same as one
 * whose number is 0. */
START_TEST (what_a_version_does_not_have_is_not_nothing)
{
  g_autoptr (vhm_comparison) c = three_versions ();
  add_row (c, 2, "web", "shared", VHM_UNIT_BYTES, NAN, 4096, false);
  g_array_index (c->rows, struct vhm_comparison_row, c->rows->len - 1).n_missing
      = 4;
  const char *const keys[] = { "shared", NULL };
  g_autofree char *text = vhm_comparison_side_by_side (c, keys);
  ck_assert_str_eq (text, "QUANTITY  WHO  a  b        c\n"
                          "shared    web  -  -    4 KiB\n" NOTE);
}
END_TEST

/* 0 everywhere is an answer, for those who asked; 0 in one pair is told above. */
START_TEST (what_was_zero_in_all_versions_comes_last)
{
  g_autoptr (vhm_comparison) c = three_versions ();
  static const char *const who[] = { "db", "mail" };
  for (size_t i = 0; i < G_N_ELEMENTS (who); i++)
    for (guint other = 1; other < c->versions->len; other++)
      add_zero (c, other, who[i], "mean reads", VHM_UNIT_PER_S);
  const char *const keys[] = { "reads", NULL };
  g_autofree char *text = vhm_comparison_side_by_side (c, keys);
  ck_assert_str_eq (
      text,
      "QUANTITY    WHO        a       b                c\n"
      "mean reads  web   200 /s  150 /s  -25.0 %  201 /s         =\n"
      "mean reads  db    100 /s  101 /s        =    0 /s  -100.0 %\n"
      "mean reads  mail    0 /s    0 /s        =    0 /s         =\n" NOTE);
}
END_TEST

SUITE ("comparison, side by side",
       tcase_add_test (tc, what_was_zero_in_all_versions_comes_last);
       tcase_add_test (tc, what_a_version_does_not_have_is_not_nothing);
       tcase_add_test (tc, a_column_each_version);
       tcase_add_test (tc, nothing_has_no_parts_and_what_is_missing_no_value);
       tcase_add_test (tc, a_key_of_nothing_is_named);)
