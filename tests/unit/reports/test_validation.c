/* Published beside simulated: verdicts, table, JSON, figures. */
#include "report_folder.h"
#include "suite.h"

#include <math.h>

#include <vhm/report/validation.h>

static struct vhm_validation_row *
add_row (struct vhm_validation *v, const char *name, enum vhm_unit unit,
         double published, double simulated, double low, double high)
{
  struct vhm_validation_row row = { .name = g_strdup (name),
                                    .place = g_strdup ("fig. 7"),
                                    .unit = unit,
                                    .published = published,
                                    .simulated = simulated,
                                    .half_width = NAN,
                                    .low = low,
                                    .high = high,
                                    .tolerance = NAN };
  g_array_append_val (v->rows, row);
  return &g_array_index (v->rows, struct vhm_validation_row, v->rows->len - 1);
}

static struct vhm_validation *
four_rows (void)
{
  struct vhm_validation *v = vhm_validation_new ();
  v->name = g_strdup ("tax");
  v->title = g_strdup ("It's a tax");
  v->source = g_strdup ("Waldspurger");
  struct vhm_validation_row *row
      = add_row (v, "ratio", VHM_UNIT_NONE, 2, 2.25, 1.5, 2.5);
  row->tolerance = 0.25;
  row->half_width = 0.0312;
  row->is_fitted = true;
  add_row (v, "time 100 %", VHM_UNIT_SECONDS, 20, 26, 16, 24);
  row = add_row (v, "words", VHM_UNIT_PER_S, NAN, 7, 0, INFINITY);
  row->printed = g_strdup ("more than 30 %");
  row = add_row (v, "known", VHM_UNIT_BYTES, 1 << 20, 1 << 22, 0, 1 << 21);
  row->known_miss = g_strdup ("because of the moon");
  return v;
}

static const struct {
  double simulated;
  bool is_known;
  enum vhm_expect_state state;
} states[] = {
  { 1, false, VHM_EXPECT_PASS },        { 2, false, VHM_EXPECT_PASS },
  { 0.99, false, VHM_EXPECT_FAIL },     { 2.01, false, VHM_EXPECT_FAIL },
  { NAN, false, VHM_EXPECT_FAIL },      { 3, true, VHM_EXPECT_KNOWN_MISS },
  { NAN, true, VHM_EXPECT_KNOWN_MISS }, { 1.5, true, VHM_EXPECT_SURPRISE }
};

START_TEST (what_is_accepted_passes)
{
  const struct vhm_validation_row row
      = { .simulated = states[_i].simulated,
          .low = 1,
          .high = 2,
          .known_miss = states[_i].is_known ? "why" : NULL };
  ck_assert_int_eq (vhm_validation_state (&row), states[_i].state);
}
END_TEST

START_TEST (the_table_shows_misses_and_why)
{
  g_autoptr (vhm_validation) v = four_rows ();
  g_autofree char *text = vhm_validation_table (v);
  ck_assert_str_eq (text,
                    "            ROW              PUBLISHED  SIMULATED         "
                    "      ERROR      TOLERANCE             SOURCE\n"
                    "PASS        ratio                 2.00       2.25  +- "
                    "0.031   +12.5 %           25 %  fitted     fig. 7\n"
                    "MISS        time 100 %            20 s       26 s         "
                    "    +30.0 %   16 s to 24 s  predicted  fig. 7\n"
                    "PASS        words       more than 30 %       7 /s         "
                    "          -  at least 0 /s  predicted  fig. 7\n"
                    "KNOWN MISS  known                1 MiB      4 MiB         "
                    "   +300.0 %   0 B to 2 MiB  predicted  fig. 7\n"
                    "known: because of the moon\n");
}
END_TEST

START_TEST (json_has_every_number)
{
  g_autoptr (vhm_validation) v = four_rows ();
  struct vhm_json json;
  size_t size;
  vhm_json_init (&json);
  vhm_validation_put_json (&json, v);
  g_autofree char *text = vhm_json_finish (&json, &size);
  static const char *const parts[] = {
    "\"name\": \"tax\"",       "\"error\": 0.125,",
    "\"tolerance\": 0.25,",    "\"role\": \"fitted\"",
    "\"verdict\": \"MISS\"",   "\"printed\": \"more than 30 %\"",
    "\"published\": null",     "\"at_least\": 16,",
    "\"half_width\": 0.0312,", "\"known_miss\": \"because of the moon\""
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    ck_assert_msg (strstr (text, parts[i]) != NULL, "%s\nin\n%s", parts[i],
                   text);
}
END_TEST

/* What gnuplot gets. */
static char *
seen_of (const struct vhm_validation *v)
{
  g_autofree char *folder = new_folder (), *out = new_folder ();
  g_autofree char *seen = g_build_filename (out, "seen", NULL);
  g_autofree char *script = g_strdup_printf (
      "cat script.gp data.txt >>%s; : >figure.svg; : >figure.png\n", seen);
  g_autofree char *tool = fake_gnuplot (script);
  g_autoptr (GError) error = NULL;
  bool fine = vhm_validation_draw (v, folder, &error);
  ck_assert_msg (fine, "%s", error ? error->message : "");
  char *text = content (out, "seen");
  remove_folder (folder);
  remove_folder (out);
  remove_folder (tool);
  return text;
}

static void
expect (const char *text, const char *const *parts)
{
  for (; *parts; parts++)
    ck_assert_msg (strstr (text, *parts) != NULL, "%s", *parts);
}

START_TEST (without_series_the_figure_is_of_rows)
{
  g_autoptr (vhm_validation) v = four_rows ();
  g_autofree char *seen = seen_of (v);
  static const char *const parts[]
      = { "fig_title = 'It''s a tax'\n", "row_n = 3\n",
          "row_name[2] = 'time 100 %%'\n",
          /* passes; misses; cut off at a hundred percent */
          "1\t12.5\t-25\t25\t1\n2\t30\t-20\t20\t0\n3\t100\t-100\t100\t0\n",
          NULL };
  expect (seen, parts);
}
END_TEST

START_TEST (series_are_panels_by_unit)
{
  g_autoptr (vhm_validation) v = four_rows ();
  static const char *const names[] = { "swap", "balloon", "swap" };
  v->axis = g_strdup ("pass");
  for (int i = 0; i < 3; i++) {
    struct vhm_validation_row *row
        = add_row (v, "pass", VHM_UNIT_SECONDS, 40 - i, 30 + 60 * i, 0, 100);
    row->series = g_strdup (names[i]);
    row->x = i + 1;
  }
  struct vhm_validation_row *row
      = add_row (v, "writes", VHM_UNIT_NONE, 5, 6, 0, 10);
  row->series = g_strdup ("swap");
  row->x = 1;
  g_autofree char *seen = seen_of (v);
  static const char *const parts[]
      = { "x_label = 'pass'\n", "panel_n = 2\n", "panel_unit[1] = 'number'\n",
          "panel_unit[2] = 'min'\n", "line_name[1] = 'swap'\n",
          "line_name[3] = 'balloon'\n", "panel_from[2] = 2\npanel_to[2] = 3\n",
          /* a block a series; x, published, simulated; seconds as minutes */
          "0\t1\t5\t6\n\n\n0\t1\t0.6666667\t0.5\n0\t3\t0.6333333\t2.5\n\n\n"
          "0\t2\t0.65\t1.5\n",
          NULL };
  expect (seen, parts);
}
END_TEST

/* Quotients say over what they are, where it is one thing. */
START_TEST (quotients_have_an_axis_of_their_own)
{
  g_autoptr (vhm_validation) v = four_rows ();
  for (int i = 0; i < 2; i++) {
    struct vhm_validation_row *row
        = add_row (v, "speed", VHM_UNIT_NONE, 1, 0.9, 0, 1);
    row->series = g_strdup ("swap");
    row->x = i + 1;
    row->over = g_strdup (_i == 1 && i == 1 ? "b'256" : "b'512");
  }
  g_autofree char *seen = seen_of (v);
  const char *const parts[]
      = { _i == 0 ? "panel_unit[1] = 'relative to b''512'\n"
                  : "panel_unit[1] = 'number'\n",
          NULL };
  expect (seen, parts);
}
END_TEST

START_TEST (long_titles_take_two_lines)
{
  g_autoptr (vhm_validation) v = four_rows ();
  g_free (v->title);
  v->title = g_strdup ("What does a tax on idle memory take from an idle "
                       "guest, and what does the busy one gain?");
  g_autofree char *seen = seen_of (v);
  ck_assert_ptr_nonnull (
      strstr (seen, "fig_title = 'What does a tax on idle memory take from an "
                    "idle guest, and what does'.\"\\n\".'the busy one "
                    "gain?'\n"));
}
END_TEST

START_TEST (nothing_to_draw_is_no_mistake)
{
  g_autoptr (vhm_validation) v = vhm_validation_new ();
  v->name = g_strdup ("none");
  g_autofree char *seen = seen_of (v);
  ck_assert_ptr_null (seen);
}
END_TEST

SUITE ("validation", tcase_add_loop_test (tc, what_is_accepted_passes, 0,
                                          G_N_ELEMENTS (states));
       tcase_add_test (tc, the_table_shows_misses_and_why);
       tcase_add_test (tc, json_has_every_number);
       tcase_add_test (tc, without_series_the_figure_is_of_rows);
       tcase_add_test (tc, series_are_panels_by_unit);
       tcase_add_loop_test (tc, quotients_have_an_axis_of_their_own, 0, 2);
       tcase_add_test (tc, long_titles_take_two_lines);
       tcase_add_test (tc, nothing_to_draw_is_no_mistake);)
