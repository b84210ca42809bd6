/* Which rows the figure of translation shows, and what gnuplot gets. */
#include "suite.h"
#include "translation.h"

#include <string.h>

static void
put (struct vhm_result *result, const char *guest, const char *process,
     const char *paging, double guest_cyc, double host_cyc)
{
  struct vhm_translation_row *row = g_new0 (struct vhm_translation_row, 1);
  *row = (struct vhm_translation_row){ .guest = g_strdup (guest),
                                       .process = g_strdup (process),
                                       .paging = paging,
                                       .is_in_force
                                       = strcmp (paging, "SLAT") == 0,
                                       .n_issued = 1000000,
                                       .compute_cyc = 1000,
                                       .l2_tlb_cyc = 1,
                                       .guest_walk_cyc = guest_cyc,
                                       .host_walk_cyc = host_cyc,
                                       .vm_switch_cyc = 0.5,
                                       .upkeep_cyc = 2 };
  g_ptr_array_add (result->translation, row);
}

static struct vhm_result *
two_guests (void)
{
  struct vhm_result *r = vhm_result_new ();
  put (r, "web", "1 idle", "native", 10, 0);
  put (r, "web", "1 idle", "SLAT", 12, 5);
  put (r, "web", "2 soaker", "native", 20, 0);
  put (r, "web", "2 soaker", "SLAT", 24, 16);
  put (r, "it's", "1 idle", "native", 7, 0);
  put (r, "it's", "1 idle", "SLAT", 8, 3);
  return r;
}

START_TEST (the_sum_is_of_all_five_parts)
{
  struct vhm_result *r = two_guests ();
  ck_assert_double_eq (vhm_report_translation_sum (r->translation->pdata[3]),
                       1 + 24 + 16 + 0.5 + 2);
  vhm_result_free (r);
}
END_TEST

START_TEST (each_guest_is_shown_by_its_dearest_process)
{
  struct vhm_result *r = two_guests ();
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_uint_eq (bars->len, 4);
  ck_assert_ptr_eq (bars->pdata[0], r->translation->pdata[2]);
  ck_assert_ptr_eq (bars->pdata[1], r->translation->pdata[3]);
  ck_assert_ptr_eq (bars->pdata[2], r->translation->pdata[4]);
  ck_assert_ptr_eq (bars->pdata[3], r->translation->pdata[5]);
  vhm_result_free (r);
}
END_TEST

static struct vhm_translation_row *
row_at (struct vhm_result *r, guint i)
{
  return r->translation->pdata[i];
}

/* What a run spends: cost under its own paging x references issued. */
START_TEST (the_process_that_does_the_work_counts_not_the_dearest_reference)
{
  struct vhm_result *r = two_guests ();
  row_at (r, 0)->n_issued = row_at (r, 1)->n_issued = 3000000;
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_uint_eq (bars->len, 4);
  ck_assert_ptr_eq (bars->pdata[0], row_at (r, 0));
  ck_assert_ptr_eq (bars->pdata[1], row_at (r, 1));
  vhm_result_free (r);
}
END_TEST

START_TEST (kinds_of_paging_not_in_force_do_not_count)
{
  struct vhm_result *r = two_guests ();
  row_at (r, 0)->guest_walk_cyc = 1e6; /* idle, native: nobody paid that */
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_ptr_eq (bars->pdata[0], row_at (r, 2));
  vhm_result_free (r);
}
END_TEST

START_TEST (all_lives_of_a_guest_count)
{
  struct vhm_result *r = two_guests (); /* soaker 43.5, idle 20.5 */
  put (r, "web", "1 idle", "native", 10, 0);
  put (r, "web", "1 idle", "SLAT", 30, 5); /* and 38.5 */
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_uint_eq (bars->len, 4);
  ck_assert_ptr_eq (bars->pdata[0], row_at (r, 6));
  ck_assert_ptr_eq (bars->pdata[1], row_at (r, 7));
  vhm_result_free (r);
}
END_TEST

START_TEST (of_two_lives_the_last_is_shown)
{
  struct vhm_result *r = two_guests ();
  put (r, "it's", "1 idle", "native", 70, 0);
  put (r, "it's", "1 idle", "SLAT", 80, 30);
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_uint_eq (bars->len, 4);
  ck_assert_ptr_eq (bars->pdata[2], r->translation->pdata[6]);
  ck_assert_ptr_eq (bars->pdata[3], r->translation->pdata[7]);
  vhm_result_free (r);
}
END_TEST

START_TEST (gnuplot_gets_parts_and_names)
{
  struct vhm_result *r = two_guests ();
  g_autofree char *data = vhm_report_translation_data (r);
  ck_assert_str_eq (data, "1\t1.0000\t20.0000\t0.0000\t0.5000\t2.0000\n"
                          "2\t1.0000\t24.0000\t16.0000\t0.5000\t2.0000\n"
                          "3\t1.0000\t7.0000\t0.0000\t0.5000\t2.0000\n"
                          "4\t1.0000\t8.0000\t3.0000\t0.5000\t2.0000\n");
  g_autofree char *preamble = vhm_report_translation_preamble (r);
  ck_assert (strstr (preamble, "s1_n = 5\n"));
  ck_assert (strstr (preamble, "guest_n = 4\n"));
  ck_assert (strstr (preamble, "guest_name[2] = 'web 2 soaker, SLAT'\n"));
  ck_assert (strstr (preamble, "guest_name[3] = 'it''s 1 idle, native'\n"));
  vhm_result_free (r);
}
END_TEST

START_TEST (guests_beyond_the_sixth_are_counted_out)
{
  struct vhm_result *r = vhm_result_new ();
  g_autofree char *nothing = vhm_report_translation_data (r);
  ck_assert_str_eq (nothing, "");
  for (int i = 0; i < TRANSLATION_MAX_GUESTS + 2; i++) {
    g_autofree char *name = g_strdup_printf ("g%d", i);
    put (r, name, "1 idle", "native", 1, 0);
  }
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (r);
  ck_assert_uint_eq (bars->len, TRANSLATION_MAX_GUESTS);
  ck_assert_uint_eq (vhm_report_translation_left_out (r), 2);
  vhm_result_free (r);
}
END_TEST

SUITE ("translation", tcase_add_test (tc, the_sum_is_of_all_five_parts);
       tcase_add_test (tc, each_guest_is_shown_by_its_dearest_process);
       tcase_add_test (
           tc, the_process_that_does_the_work_counts_not_the_dearest_reference);
       tcase_add_test (tc, kinds_of_paging_not_in_force_do_not_count);
       tcase_add_test (tc, all_lives_of_a_guest_count);
       tcase_add_test (tc, of_two_lives_the_last_is_shown);
       tcase_add_test (tc, gnuplot_gets_parts_and_names);
       tcase_add_test (tc, guests_beyond_the_sixth_are_counted_out);)
