/* The numbers behind the figures: the cycle ledger as a table, and sums that a
 * person can check with a pocket calculator. */
#include "page.h"

#include <math.h>

#include "html.h"
#include "ledger.h"
#include "quantity.h"

static char *
share_text (uint64_t part, uint64_t all)
{
  g_autofree char *number
      = vhm_quantity_decimal (all ? 100 * (double) part / (double) all : 0, 2);
  return g_strconcat (number, " %", NULL);
}

static void
append_account (GString *out, const struct vhm_result *result,
                const GPtrArray *guests, const char *account)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (cells, g_strdup (account ? account : "all cycles"));
  for (guint g = 0; g < guests->len; g++) {
    uint64_t all = vhm_report_ledger_cycles (result, guests->pdata[g], NULL);
    uint64_t part
        = vhm_report_ledger_cycles (result, guests->pdata[g], account);
    g_ptr_array_add (
        cells, account ? share_text (part, all)
                       : vhm_quantity_text ((double) all, VHM_UNIT_CYCLES));
  }
  g_ptr_array_add (cells, NULL);
  vhm_html_row (out, "td", 1, (const char *const *) cells->pdata);
}

void
vhm_report_page_ledger (GString *out, const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  g_autoptr (GPtrArray) accounts = vhm_report_ledger_accounts (result);
  if (guests->len == 0) {
    vhm_html_element (out, "p", NULL, "The run kept no ledger.");
    return;
  }
  g_autoptr (GPtrArray) headings = g_ptr_array_new ();
  g_ptr_array_add (headings, (char *) "account");
  for (guint g = 0; g < guests->len; g++)
    g_ptr_array_add (headings, guests->pdata[g]);
  g_ptr_array_add (headings, NULL);
  vhm_report_page_table_begin (out, 1, (const char *const *) headings->pdata);
  for (guint a = 0; a < accounts->len; a++)
    append_account (out, result, guests, accounts->pdata[a]);
  append_account (out, result, guests, NULL);
  vhm_report_page_table_end (out);
}

/* --- by hand --------------------------------------------------------- */

/* The value of a counter at a moment; NAN if there is none. */
static double
value_at (const struct vhm_result *result, const char *instance,
          const char *key, size_t i)
{
  const struct vhm_series *series = vhm_result_find (result, instance, key);
  return series ? series->values[i] : (double) NAN;
}

static void
append_sum (GString *out, const char *what, const char *sum, double computed,
            double reported, enum vhm_unit unit)
{
  g_autofree char *a = vhm_quantity_text (computed, unit);
  g_autofree char *b = vhm_quantity_text (reported, unit);
  g_autofree char *difference = vhm_quantity_text (reported - computed, unit);
  const char *cells[] = { what, sum, a, b, difference, NULL };
  vhm_html_row (out, "td", 2, cells);
}

static void
append_pressure (GString *out, const struct vhm_result *result,
                 const char *guest, size_t i)
{
  double committed = value_at (result, guest, "committed_bytes", i);
  double visible = value_at (result, guest, "visible_memory", i);
  double pressure = value_at (result, guest, "pressure", i);
  if (isnan (committed) || isnan (visible) || isnan (pressure))
    return;
  g_autofree char *a = vhm_quantity_text (committed, VHM_UNIT_BYTES);
  g_autofree char *b = vhm_quantity_text (visible, VHM_UNIT_BYTES);
  g_autofree char *what = g_strdup_printf ("pressure of %s", guest);
  g_autofree char *sum
      = g_strdup_printf ("100 x committed / visible = 100 x %s / %s", a, b);
  append_sum (out, what, sum, 100 * committed / visible, pressure,
              VHM_UNIT_PERCENT);
}

static void
append_limit (GString *out, const struct vhm_result *result, const char *guest,
              size_t i)
{
  double visible = value_at (result, guest, "visible_memory", i);
  double file = value_at (result, guest, "page_file_bytes", i);
  double limit = value_at (result, guest, "commit_limit", i);
  if (isnan (visible) || isnan (file) || isnan (limit))
    return;
  g_autofree char *a = vhm_quantity_text (visible, VHM_UNIT_BYTES);
  g_autofree char *b = vhm_quantity_text (file, VHM_UNIT_BYTES);
  g_autofree char *what = g_strdup_printf ("commit limit of %s", guest);
  g_autofree char *sum
      = g_strdup_printf ("visible + page files = %s + %s", a, b);
  append_sum (out, what, sum, visible + file, limit, VHM_UNIT_BYTES);
}

static void
append_processors (GString *out, const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  double elapsed = result->duration_s * (double) result->clock_hz;
  for (guint g = 0; g < guests->len && elapsed > 0; g++) {
    double all
        = (double) vhm_report_ledger_cycles (result, guests->pdata[g], NULL);
    g_autofree char *a = vhm_quantity_text (all, VHM_UNIT_CYCLES);
    g_autofree char *b = vhm_quantity_text (elapsed, VHM_UNIT_CYCLES);
    g_autofree char *what = g_strdup_printf (
        "processors of %s, from its ledger", (char *) guests->pdata[g]);
    g_autofree char *sum
        = g_strdup_printf ("all accounts / (seconds x clock) = %s / %s", a, b);
    g_autofree char *n = vhm_quantity_text (all / elapsed, VHM_UNIT_NONE);
    const char *cells[] = { what, sum, n, "", "", NULL };
    vhm_html_row (out, "td", 2, cells);
  }
}

void
vhm_report_page_by_hand (GString *out, const struct vhm_result *result)
{
  static const char *const headings[]
      = { "number", "arithmetic", "by hand", "reported", "difference", NULL };
  if (result->n_samples == 0)
    return;
  size_t i = result->n_samples / 2;
  g_autofree char *clock
      = vhm_quantity_clock (result->start_s + (double) i * result->interval_s);
  g_autofree char *intro = g_strdup_printf (
      "At %s, the middle of the run. A guest that was not sampled then has no "
      "row; a difference is what moved within the moment of sampling, or a "
      "balancer that defines the number otherwise.",
      clock);
  vhm_html_element (out, "h2", NULL, "Numbers to check by hand");
  vhm_html_element (out, "p", NULL, intro);
  vhm_report_page_table_begin (out, 2, headings);
  for (guint k = 0; k < result->series->len; k++) {
    const struct vhm_series *series = result->series->pdata[k];
    if (!g_str_equal (series->counter->key, "committed_bytes"))
      continue;
    append_pressure (out, result, series->instance, i);
    append_limit (out, result, series->instance, i);
  }
  append_processors (out, result);
  vhm_report_page_table_end (out);
}
