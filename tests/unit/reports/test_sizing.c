/* How much memory a guest needs, as table, sentences, files and page. */
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vhm/base/units.h>
#include <vhm/report/sizing.h>

/* 1 to 4 GiB: 300, 110, 0, 0 pages/s; 400 %, 20 %, 3 %, 0 %. */
static struct vhm_sizing *
four_sizes (void)
{
  static const double paging[] = { 300, 110, 0, 0 };
  static const double slowdown[] = { 4, 0.2, 0.03, 0 };
  struct vhm_sizing *s = vhm_sizing_new ();
  s->scenario = g_strdup ("s.yaml");
  s->guest = g_strdup ("web");
  s->question = g_strdup ("<b>how much</b>");
  s->version = "1";
  s->work = "page references";
  s->seed = 7;
  s->n_runs = 3;
  s->n_group = 1;
  s->confidence = 0.95;
  s->enough_from = 0.01;
  s->enough_to = 0.25;
  s->from_s = 3600;
  s->to_s = 7200;
  s->host_bytes = s->host_most_bytes = 8 * VHM_GIB;
  s->maximum_bytes = s->ample_bytes = 4 * VHM_GIB;
  s->is_ample = true;
  for (guint i = 0; i < 4; i++) {
    struct vhm_sizing_row row = {
      .bytes = (i + 1) * VHM_GIB,
      .n_runs = i == 0 ? 1 : 3,
      .paging_per_s = { paging[i], 1 },
      .worst_hour_per_s = { paging[i], 1 },
      .slowdown = { slowdown[i], i == 0 ? (double) NAN : 0.01 },
      .latency_p95_s = { 0.002, 0 },
    };
    struct vhm_sizing_point point = { .bytes = row.bytes,
                                      .paging_per_s = paging[i],
                                      .slowdown = slowdown[i],
                                      .half_width = i == 0 ? 0 : 0.01 };
    g_array_append_val (s->rows, row);
    g_array_append_val (s->points, point);
  }
  s->asked = (struct vhm_sizing_question){ .least_bytes = VHM_GIB,
                                           .most_bytes = 4 * VHM_GIB,
                                           .step_bytes = VHM_GIB,
                                           .bound = 0.05,
                                           .usable = 1,
                                           .n_coarse = 3 };
  s->answer = vhm_sizing_answer (&s->asked, s->points);
  return s;
}

static void
has (const char *text, const char *part)
{
  ck_assert_msg (strstr (text, part) != NULL, "no \"%s\" in:\n%.3000s", part,
                 text);
}

static void
has_not (const char *text, const char *part)
{
  ck_assert_msg (strstr (text, part) == NULL, "\"%s\" in:\n%.3000s", part,
                 text);
}

START_TEST (table_marks_answer_and_knee)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  g_autofree char *table = vhm_sizing_table (s);
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  ck_assert_uint_eq (g_strv_length (lines), 2 + 4 + 1);
  has (lines[2], "|########################");
  has (lines[2], "400.00     -"); /* one run has no interval */
  has (lines[3], "|#########");
  has_not (lines[3], "##########");
  has (lines[4], "50.0  | <- answer, knee"); /* line 55, curve 0, fall 110 */
  has_not (lines[5], "<-");
}
END_TEST

START_TEST (words_tell_what_was_found)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  g_autofree char *words = vhm_sizing_words (s);
  has (words, "Smallest size within 5 % of slow-down: 3072 MiB (3 GiB)");
  has (words, "leave no other size open, at 95 % confidence");
  has (words, "Knee of the paging curve: 3072 MiB (3 GiB);");
  has (words, "from 3072 MiB (3 GiB) on, of the sizes looked at");
  has_not (words, "refused");
  has_not (words, "more than the guest's maximum");
  g_autofree char *none = vhm_sizing_doubts (s);
  ck_assert_str_eq (none, "");
  g_autofree char *method = vhm_sizing_method (s);
  has (method, "Judged from 01:00:00 to 02:00:00.");
  has (method, "seeds (7 to 9)");
  has_not (method, "in place of");
}
END_TEST

START_TEST (words_tell_what_speaks_against_it)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  g_array_index (s->rows, struct vhm_sizing_row, 2).n_refused = 12;
  g_array_index (s->points, struct vhm_sizing_point, 2).is_refused = true;
  g_array_index (s->points, struct vhm_sizing_point, 0).slowdown = 0;
  g_array_index (s->points, struct vhm_sizing_point, 2).half_width = 0.03;
  s->answer = vhm_sizing_answer (&s->asked, s->points);
  s->maximum_bytes = VHM_GIB;
  s->host_most_bytes = 9 * VHM_GIB;
  s->is_ample = false;
  g_autofree char *words = vhm_sizing_words (s);
  has (words, "12 requests for memory a run are refused");
  has (words, "none are from 4096 MiB (4 GiB)");
  has (words, "leave open 3072 MiB (3 GiB) to 4096 MiB (4 GiB)");
  has (words, "more than the guest's maximum, 1024 MiB (1 GiB)");
  g_autofree char *doubts = vhm_sizing_doubts (s);
  has (doubts, "A smaller size passes and a larger one fails");
  has (doubts, "it is not ample");
  g_autofree char *method = vhm_sizing_method (s);
  has (method, "The host has 9 GiB in place of 8 GiB");
}
END_TEST

START_TEST (nothing_is_within_the_bound)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  for (guint i = 0; i < 4; i++) {
    g_array_index (s->points, struct vhm_sizing_point, i).slowdown = 1;
    g_array_index (s->points, struct vhm_sizing_point, i).paging_per_s = 5;
  }
  s->answer = vhm_sizing_answer (&s->asked, s->points);
  g_autofree char *words = vhm_sizing_words (s);
  has (words, "No size up to 4096 MiB (4 GiB) keeps web within 5 %");
  has (words, "No knee");
  size_t size;
  g_autofree char *json = vhm_sizing_json (s, &size);
  has (json, "\"bytes\": null");
  has (json, "\"knee_bytes\": null");
}
END_TEST

START_TEST (files_hold_every_number)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  g_autofree char *csv = vhm_sizing_csv (s);
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  ck_assert_uint_eq (g_strv_length (lines), 1 + 4 + 1);
  for (int i = 0; i < 5; i++) {
    g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
    ck_assert_uint_eq (g_strv_length (cells), 2 + 13 + 1);
  }
  has (lines[2], "2147483648,3,110,1,110,0.2,0.01,");
  has (lines[1], "1073741824,1,300,1,300,4,,"); /* no interval: empty */
  size_t size;
  g_autofree char *json = vhm_sizing_json (s, &size);
  ck_assert_uint_eq (size, strlen (json));
  has (json, "\"schema\": \"vhm-size/1\"");
  has (json, "\"knee_bytes\": 3221225472");
  has (json, "\"low_bytes\": 3221225472");
}
END_TEST

START_TEST (page_keeps_text_as_text)
{
  g_autoptr (vhm_sizing) s = four_sizes ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("vhm-XXXXXX", NULL);
  ck_assert (vhm_sizing_write (s, folder, true, &error));
  g_autofree char *path = g_build_filename (folder, "report.html", NULL);
  g_autofree char *page = NULL;
  ck_assert (g_file_get_contents (path, &page, NULL, NULL));
  has (page, "&lt;b&gt;how much&lt;/b&gt;");
  has_not (page, "<b>how much");
  has (page, "Smallest size within 5 % of slow-down: 3072 MiB (3 GiB)");
  has (page, "answer, knee");
  has (page, "Not drawn: --no-figures.");
  const char *const names[] = { "report.html", "size.csv", "size.json" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *file = g_build_filename (folder, names[i], NULL);
    ck_assert_int_eq (remove (file), 0);
  }
  ck_assert_int_eq (remove (folder), 0);
}
END_TEST

SUITE ("sizing", tcase_add_test (tc, table_marks_answer_and_knee);
       tcase_add_test (tc, words_tell_what_was_found);
       tcase_add_test (tc, words_tell_what_speaks_against_it);
       tcase_add_test (tc, nothing_is_within_the_bound);
       tcase_add_test (tc, files_hold_every_number);
       tcase_add_test (tc, page_keeps_text_as_text);)
