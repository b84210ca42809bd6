/* Picks and sums the rows that say what translation would cost under each kind
 * of paging. The figure shows of each guest the process in which the run spent
 * most cycles on translation: cost a reference under the paging in force x
 * references issued, over all lives of the guest; of that process the last life.
 * Cost: O(rows^2) for some hundred rows. */
#include "translation.h"

#include <string.h>

#include "gnuplot.h"
#include "quantity.h"

enum { N_PARTS = 5 };

static const char *const part_names[N_PARTS]
    = { "second-level TLB", "walks: guest's table", "walks: host's table",
        "VM switch", "upkeep of the shadow" };

static double
part_of (const struct vhm_translation_row *row, int part)
{
  const double parts[N_PARTS]
      = { row->l2_tlb_cyc, row->guest_walk_cyc, row->host_walk_cyc,
          row->vm_switch_cyc, row->upkeep_cyc };
  return parts[part];
}

double
vhm_report_translation_sum (const struct vhm_translation_row *row)
{
  double sum = 0;
  for (int i = 0; i < N_PARTS; i++)
    sum += part_of (row, i);
  return sum;
}

static bool
is_same_process (const struct vhm_translation_row *a,
                 const struct vhm_translation_row *b)
{
  return strcmp (a->guest, b->guest) == 0
         && strcmp (a->process, b->process) == 0;
}

/* Cycles that the run spent on translation in the row's process. */
static double
spent_cyc (const struct vhm_result *result,
           const struct vhm_translation_row *row)
{
  double sum = 0;
  for (guint i = 0; i < result->translation->len; i++) {
    const struct vhm_translation_row *r = result->translation->pdata[i];
    if (r->is_in_force && is_same_process (r, row))
      sum += vhm_report_translation_sum (r) * (double) r->n_issued;
  }
  return sum;
}

/* A row of the guest's process that spent most; of equals the first. */
static const struct vhm_translation_row *
dearest (const struct vhm_result *result, const char *guest)
{
  const struct vhm_translation_row *best = NULL;
  double most_cyc = 0;
  for (guint i = 0; i < result->translation->len; i++) {
    const struct vhm_translation_row *row = result->translation->pdata[i];
    if (strcmp (row->guest, guest) != 0)
      continue;
    double cyc = spent_cyc (result, row);
    if (!best || cyc > most_cyc) {
      best = row;
      most_cyc = cyc;
    }
  }
  return best;
}

static GPtrArray *
guests_of (const struct vhm_result *result)
{
  GPtrArray *guests = g_ptr_array_new ();
  for (guint i = 0; i < result->translation->len; i++) {
    struct vhm_translation_row *row = result->translation->pdata[i];
    bool is_known = false;
    for (guint k = 0; k < guests->len; k++)
      is_known = is_known || strcmp (guests->pdata[k], row->guest) == 0;
    if (!is_known)
      g_ptr_array_add (guests, row->guest);
  }
  return guests;
}

GPtrArray *
vhm_report_translation_bars (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = guests_of (result);
  GPtrArray *bars = g_ptr_array_new ();
  for (guint g = 0; g < MIN (guests->len, TRANSLATION_MAX_GUESTS); g++) {
    const struct vhm_translation_row *best = dearest (result, guests->pdata[g]);
    guint first = bars->len;
    for (guint i = 0; i < result->translation->len; i++) {
      struct vhm_translation_row *row = result->translation->pdata[i];
      if (!is_same_process (row, best))
        continue;
      bool begins_again
          = bars->len > first
            && strcmp (
                   row->paging,
                   ((struct vhm_translation_row *) bars->pdata[first])->paging)
                   == 0;
      if (begins_again) /* a later life of the guest: the last one counts */
        g_ptr_array_set_size (bars, (gint) first);
      g_ptr_array_add (bars, row);
    }
  }
  return bars;
}

unsigned
vhm_report_translation_left_out (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = guests_of (result);
  return guests->len - MIN (guests->len, TRANSLATION_MAX_GUESTS);
}

char *
vhm_report_translation_data (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (result);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < bars->len; i++) {
    g_string_append_printf (out, "%u", i + 1);
    for (int part = 0; part < N_PARTS; part++) {
      g_autofree char *cycles
          = vhm_quantity_decimal (part_of (bars->pdata[i], part), 4);
      g_string_append_printf (out, "\t%s", cycles);
    }
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

char *
vhm_report_translation_preamble (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) bars = vhm_report_translation_bars (result);
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "s1_n = %d\narray s1_name[%d]\n", N_PARTS,
                          N_PARTS);
  for (int i = 0; i < N_PARTS; i++) {
    g_autofree char *name = vhm_gnuplot_quote (part_names[i]);
    g_string_append_printf (out, "s1_name[%d] = %s\n", i + 1, name);
  }
  g_string_append_printf (out, "guest_n = %u\narray guest_name[%u]\n",
                          bars->len, MAX (1, bars->len));
  for (guint i = 0; i < bars->len; i++) {
    const struct vhm_translation_row *row = bars->pdata[i];
    g_autofree char *text
        = g_strdup_printf ("%s %s, %s", row->guest, row->process, row->paging);
    g_autofree char *name = vhm_gnuplot_quote (text);
    g_string_append_printf (out, "guest_name[%u] = %s\n", i + 1, name);
  }
  return g_string_free (out, FALSE);
}
