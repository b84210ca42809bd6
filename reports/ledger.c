/* Sums the rows of the cycle ledger. Cost: O(rows) a sum; there are some
 * hundred rows. */
#include "ledger.h"

#include <string.h>

#include "gnuplot.h"
#include "quantity.h"

static void
add_once (GPtrArray *names, const char *name)
{
  for (guint i = 0; i < names->len; i++)
    if (strcmp (names->pdata[i], name) == 0)
      return;
  g_ptr_array_add (names, (char *) name);
}

GPtrArray *
vhm_report_ledger_guests (const struct vhm_result *result)
{
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < result->ledger->len; i++) {
    const struct vhm_ledger_row *row = result->ledger->pdata[i];
    add_once (names, row->guest);
  }
  return names;
}

GPtrArray *
vhm_report_ledger_accounts (const struct vhm_result *result)
{
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < result->ledger->len; i++) {
    const struct vhm_ledger_row *row = result->ledger->pdata[i];
    add_once (names, row->account);
  }
  return names;
}

uint64_t
vhm_report_ledger_cycles (const struct vhm_result *result, const char *guest,
                          const char *account)
{
  uint64_t sum = 0;
  for (guint i = 0; i < result->ledger->len; i++) {
    const struct vhm_ledger_row *row = result->ledger->pdata[i];
    if ((!guest || strcmp (row->guest, guest) == 0)
        && (!account || strcmp (row->account, account) == 0))
      sum += row->cycles;
  }
  return sum;
}

char *
vhm_report_ledger_data (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  g_autoptr (GPtrArray) accounts = vhm_report_ledger_accounts (result);
  GString *out = g_string_new (NULL);
  for (guint g = 0; g < MIN (guests->len, LEDGER_MAX_BARS); g++) {
    double all
        = (double) vhm_report_ledger_cycles (result, guests->pdata[g], NULL);
    g_string_append_printf (out, "%u", g + 1);
    for (guint a = 0; a < accounts->len; a++) {
      double part = (double) vhm_report_ledger_cycles (result, guests->pdata[g],
                                                       accounts->pdata[a]);
      g_autofree char *percent
          = vhm_quantity_decimal (all > 0 ? 100 * part / all : 0, 5);
      g_string_append_printf (out, "\t%s", percent);
    }
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

static void
append_names (GString *out, const char *prefix, const GPtrArray *names)
{
  g_string_append_printf (out, "%s_n = %u\narray %s_name[%u]\n", prefix,
                          names->len, prefix, MAX (1, names->len));
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *name = vhm_gnuplot_quote (names->pdata[i]);
    g_string_append_printf (out, "%s_name[%u] = %s\n", prefix, i + 1, name);
  }
}

char *
vhm_report_ledger_preamble (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  g_autoptr (GPtrArray) accounts = vhm_report_ledger_accounts (result);
  GString *out = g_string_new (NULL);
  append_names (out, "s1", accounts);
  g_ptr_array_set_size (guests, (int) MIN (guests->len, LEDGER_MAX_BARS));
  append_names (out, "guest", guests);
  return g_string_free (out, FALSE);
}
