/* "What virtualization costs here": native, SLAT and shadow paging side by side
 * for each process, so that every number can be checked by hand. */
#include "page.h"

#include "html.h"
#include "quantity.h"
#include "translation.h"

static char *
decimal (double value, const char *unit)
{
  g_autofree char *number = vhm_quantity_decimal (value, 2);
  return g_strconcat (number, unit, NULL);
}

static void
append_row (GString *out, const struct vhm_translation_row *row)
{
  double sum = vhm_report_translation_sum (row);
  double all = row->compute_cyc + sum;
  g_autofree char *paging
      = g_strconcat (row->paging, row->is_in_force ? " (this run)" : "", NULL);
  g_autofree char *compute = decimal (row->compute_cyc, "");
  g_autofree char *l2 = decimal (row->l2_tlb_cyc, "");
  g_autofree char *guest = decimal (row->guest_walk_cyc, "");
  g_autofree char *host = decimal (row->host_walk_cyc, "");
  g_autofree char *change = decimal (row->vm_switch_cyc, "");
  g_autofree char *upkeep = decimal (row->upkeep_cyc, "");
  g_autofree char *total = decimal (sum, "");
  g_autofree char *width = decimal (row->half_width_cyc, "");
  g_autofree char *interval = g_strconcat (total, " ± ", width, NULL);
  g_autofree char *share = decimal (100 * sum / all, " %");
  g_autofree char *slower = vhm_quantity_decimal (all / row->compute_cyc, 3);
  g_autofree char *issued = decimal ((double) row->n_issued / 1e6, " M");
  const char *cells[]
      = { row->guest, row->process, paging,   compute, l2,     guest,  host,
          change,     upkeep,       interval, share,   slower, issued, NULL };
  vhm_html_row (out, "td", 3, cells);
}

void
vhm_report_page_translation (GString *out, const struct vhm_result *result)
{
  static const char *const headings[] = {
    "guest",         "process",      "paging",    "computing", "TLB",
    "guest's table", "host's table", "VM switch", "upkeep",    "translation",
    "share of time", "slow-down",    "issued",    NULL
  };
  if (result->translation->len == 0)
    return;
  vhm_html_element (
      out, "p", NULL,
      "Cycles a page reference, for every process when its guest stopped or "
      "the "
      "run ended, with what it had in memory then and the other guests at its "
      "side. The same references went through like processors with empty TLBs "
      "and caches, once for each kind of paging; after a warm-up the mean of "
      "batches was taken, ± half of its interval. Computing is what a "
      "reference "
      "takes when its address is translated for nothing. Translation is the "
      "sum "
      "of the five columns before it, as far as the processor cannot hide it; "
      "share of time is translation / (computing + translation), and slow-down "
      "(computing + translation) / computing. Upkeep is what a shadow table "
      "costs "
      "to follow the guest's own table, as often as that changed in this run, "
      "a synchronization for each entry gained and an exit for each lost. "
      "Issued are the references of the process since its guest was started, "
      "in "
      "millions: times cycles a reference they are what it spent. "
      "A few cycles between native and shadow "
      "also come from where the tables happen to lie in the caches, which the "
      "interval does not know.");
  vhm_report_page_table_begin (out, 3, headings);
  for (guint i = 0; i < result->translation->len; i++)
    append_row (out, result->translation->pdata[i]);
  vhm_report_page_table_end (out);
}
