/* Sums of the cycle ledger, and what the figure gets of them. */
#include "ledger.h"
#include "suite.h"

static void
add (struct vhm_result *result, const char *guest, const char *account,
     uint64_t cycles)
{
  struct vhm_ledger_row *row = g_new0 (struct vhm_ledger_row, 1);
  *row = (struct vhm_ledger_row){ g_strdup (guest), account, cycles };
  g_ptr_array_add (result->ledger, row);
}

static struct vhm_result *
two_guests (void)
{
  struct vhm_result *result = vhm_result_new ();
  add (result, "web", "compute", 300);
  add (result, "web", "idle", 100);
  add (result, "it's", "idle", 0);
  add (result, "it's", "ready", 0);
  add (result, "web", "compute", 600); /* a second row of the same */
  return result;
}

START_TEST (names_stand_in_order_of_first_appearance)
{
  struct vhm_result *result = two_guests ();
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  g_autoptr (GPtrArray) accounts = vhm_report_ledger_accounts (result);
  ck_assert_uint_eq (guests->len, 2);
  ck_assert_str_eq (guests->pdata[0], "web");
  ck_assert_str_eq (guests->pdata[1], "it's");
  ck_assert_uint_eq (accounts->len, 3);
  ck_assert_str_eq (accounts->pdata[0], "compute");
  ck_assert_str_eq (accounts->pdata[2], "ready");
  vhm_result_free (result);
}
END_TEST

START_TEST (sums_by_guest_by_account_and_in_all)
{
  struct vhm_result *result = two_guests ();
  ck_assert_uint_eq (vhm_report_ledger_cycles (result, "web", "compute"), 900);
  ck_assert_uint_eq (vhm_report_ledger_cycles (result, "web", NULL), 1000);
  ck_assert_uint_eq (vhm_report_ledger_cycles (result, NULL, "idle"), 100);
  ck_assert_uint_eq (vhm_report_ledger_cycles (result, NULL, NULL), 1000);
  ck_assert_uint_eq (vhm_report_ledger_cycles (result, "web", "ready"), 0);
  vhm_result_free (result);
}
END_TEST

START_TEST (the_figure_gets_percent_even_of_nothing)
{
  struct vhm_result *result = two_guests ();
  g_autofree char *data = vhm_report_ledger_data (result);
  ck_assert_str_eq (data, "1\t90.00000\t10.00000\t0.00000\n"
                          "2\t0.00000\t0.00000\t0.00000\n");
  vhm_result_free (result);
}
END_TEST

START_TEST (names_reach_the_figure_quoted)
{
  struct vhm_result *result = two_guests ();
  g_autofree char *preamble = vhm_report_ledger_preamble (result);
  ck_assert (strstr (preamble, "s1_n = 3\narray s1_name[3]\n"
                               "s1_name[1] = "));
  ck_assert (strstr (preamble, "guest_n = 2\narray guest_name[2]\n"));
  ck_assert (strstr (preamble, "it's") == NULL); /* as it stands: unquoted */
  vhm_result_free (result);
}
END_TEST

START_TEST (has_room_for_so_many_bars)
{
  struct vhm_result *result = vhm_result_new ();
  for (int i = 0; i < LEDGER_MAX_BARS + 3; i++) {
    g_autofree char *name = g_strdup_printf ("g%d", i);
    add (result, name, "idle", 1);
  }
  g_autofree char *data = vhm_report_ledger_data (result);
  g_auto (GStrv) lines = g_strsplit (data, "\n", -1);
  ck_assert_uint_eq (g_strv_length (lines), LEDGER_MAX_BARS + 1);
  g_autofree char *preamble = vhm_report_ledger_preamble (result);
  ck_assert (strstr (preamble, "guest_n = 16\n"));
  vhm_result_free (result);
}
END_TEST

START_TEST (an_empty_ledger_is_no_error)
{
  struct vhm_result *result = vhm_result_new ();
  g_autofree char *data = vhm_report_ledger_data (result);
  g_autofree char *preamble = vhm_report_ledger_preamble (result);
  ck_assert_str_eq (data, "");
  ck_assert_str_eq (preamble, "s1_n = 0\narray s1_name[1]\n"
                              "guest_n = 0\narray guest_name[1]\n");
  vhm_result_free (result);
}
END_TEST

SUITE ("ledger", tcase_add_test (tc, names_stand_in_order_of_first_appearance);
       tcase_add_test (tc, sums_by_guest_by_account_and_in_all);
       tcase_add_test (tc, the_figure_gets_percent_even_of_nothing);
       tcase_add_test (tc, names_reach_the_figure_quoted);
       tcase_add_test (tc, has_room_for_so_many_bars);
       tcase_add_test (tc, an_empty_ledger_is_no_error);)
