#include <suite.h>
#include <vhm/sim/suggest.h>

static const struct {
  const char *a, *b;
  size_t limit, distance;
} pairs[] = {
  { "", "", 5, 0 },
  { "memory", "memory", 5, 0 },
  { "memory", "MEMORY", 5, 0 },
  { "memroy", "memory", 5, 1 }, /* one swap */
  { "memry", "memory", 5, 1 },
  { "memoryy", "memory", 5, 1 },
  { "kitten", "sitting", 5, 3 },
  { "kitten", "sitting", 2, 3 }, /* "more than two" */
  { "", "abc", 5, 3 },
  { "ca", "abc", 5, 3 }, /* no letter is edited twice */
};

START_TEST (distance_counts_slips)
{
  ck_assert_uint_eq (
      vhm_suggest_distance (pairs[_i].a, pairs[_i].b, pairs[_i].limit),
      pairs[_i].distance);
  ck_assert_uint_eq (
      vhm_suggest_distance (pairs[_i].b, pairs[_i].a, pairs[_i].limit),
      pairs[_i].distance);
}
END_TEST

START_TEST (the_nearest_name_wins_and_far_ones_never)
{
  static const char *const names[] = { "minimum", "maximum", "memory", "os" };
  ck_assert_str_eq (vhm_suggest ("memry", names, 4), "memory");
  ck_assert_str_eq (vhm_suggest ("minimun", names, 4), "minimum");
  ck_assert_str_eq (vhm_suggest ("Maximum", names, 4), "maximum");
  ck_assert_str_eq (vhm_suggest ("so", names, 4), "os");
  ck_assert_ptr_null (vhm_suggest ("disk", names, 4));
  ck_assert_ptr_null (vhm_suggest ("memory", names, 0));
}
END_TEST

START_TEST (of_equally_near_names_the_first_is_taken)
{
  static const char *const names[] = { "cat", "bat" };
  ck_assert_str_eq (vhm_suggest ("rat", names, 2), "cat");
}
END_TEST

START_TEST (an_endless_word_is_not_compared)
{
  g_autofree char *word = g_strnfill (1 << 20, 'a');
  static const char *const names[] = { "aaaa" };
  ck_assert_ptr_null (vhm_suggest (word, names, 1));
}
END_TEST

SUITE ("suggest",
       tcase_add_loop_test (tc, distance_counts_slips, 0, G_N_ELEMENTS (pairs));
       tcase_add_test (tc, the_nearest_name_wins_and_far_ones_never);
       tcase_add_test (tc, of_equally_near_names_the_first_is_taken);
       tcase_add_test (tc, an_endless_word_is_not_compared);)
