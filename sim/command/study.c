/* Studies of address translation in words and rows. */
#include "study.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>

static bool
parse_size (const char *text, size_t n, enum vhm_page_size *ret_size)
{
  for (int i = 0; i < VHM_N_PAGE_SIZES; i++) {
    const char *name = vhm_page_size_name ((enum vhm_page_size) i);
    if (strlen (name) == n && g_ascii_strncasecmp (name, text, n) == 0) {
      *ret_size = (enum vhm_page_size) i;
      return true;
    }
  }
  return false;
}

bool
command_parse_pages (const char *text, enum vhm_page_size *ret_guest,
                     enum vhm_page_size *ret_host)
{
  const char *plus = strchr (text, '+');
  if (!plus) {
    bool fine = parse_size (text, strlen (text), ret_guest);
    *ret_host = fine ? *ret_guest : *ret_host;
    return fine;
  }
  return parse_size (text, (size_t) (plus - text), ret_guest)
         && parse_size (plus + 1, strlen (plus + 1), ret_host);
}

bool
command_parse_paging (const char *text, enum vhm_paging *ret_paging)
{
  for (int i = 0; i < VHM_N_PAGINGS; i++)
    if (g_ascii_strcasecmp (text, vhm_paging_name ((enum vhm_paging) i)) == 0) {
      *ret_paging = (enum vhm_paging) i;
      return true;
    }
  return false;
}

char *
command_pages_text (const struct vhm_study *study)
{
  const char *guest = vhm_page_size_name (study->guest_size);
  if (study->paging == VHM_PAGING_NATIVE
      || study->guest_size == study->host_size)
    return g_strdup (guest);
  return g_strdup_printf ("%s+%s", guest,
                          vhm_page_size_name (study->host_size));
}

static double
ratio (double above, double below)
{
  return below > 0 ? above / below : 0;
}

/* The exposed cycles, in proportion to the latencies that cause them. */
static void
split_exposed (const struct vhm_cost *cost, struct vhm_walks_row *row)
{
  double all = cost->l2_tlb_cyc + cost->guest_cyc + cost->host_cyc;
  row->l2_tlb_cyc = row->exposed_cyc * ratio (cost->l2_tlb_cyc, all);
  row->guest_cyc = row->exposed_cyc * ratio (cost->guest_cyc, all);
  row->host_cyc = row->exposed_cyc * ratio (cost->host_cyc, all);
}

void
command_walks_row (const struct vhm_study *study, const struct vhm_measured *m,
                   struct vhm_walks_row *row)
{
  const struct vhm_cost *cost = &m->cost;
  double n = (double) cost->accesses, walks = (double) cost->l2_misses;
  *row = (struct vhm_walks_row){
    .paging = vhm_paging_name (study->paging),
    .pages = command_pages_text (study),
    .has_host = study->paging == VHM_PAGING_SLAT,
    .guest_levels = study->guest_levels,
    .host_levels = study->host_levels,
    .n_visits = m->n_visits,
    .n_warm_up = m->n_warm_up,
    .is_warm = m->is_warm,
    .is_precise = m->is_precise,
    .total_cyc = m->total.mean,
    .total_half_cyc = m->total.half_width,
    .exposed_cyc = m->exposed.mean,
    .exposed_half_cyc = m->exposed.half_width,
    .l1_miss = ratio ((double) cost->l1_misses, n),
    .l2_miss = ratio (walks, n),
    .walk_cyc = NAN,
    .references = NAN,
    .dram = NAN,
    .ratio = NAN,
  };
  if (walks > 0) {
    row->walk_cyc = (cost->guest_cyc + cost->host_cyc) / walks;
    row->references = (double) cost->references / walks;
    row->dram = (double) cost->dram / walks;
  }
  split_exposed (cost, row);
  for (int g = 0; g < VHM_WALK_LEVELS; g++)
    for (int h = 0; h < VHM_WALK_LEVELS; h++) {
      row->step_cyc[g][h] = ratio (cost->step_cyc[g][h], walks);
      row->step_references[g][h]
          = ratio ((double) cost->step_references[g][h], walks);
    }
}

/* --- in words --------------------------------------------------------------- */

static char *
size_text (uint64_t bytes)
{
  static const struct {
    uint64_t bytes;
    const char *name;
  } units[] = { { VHM_TIB, "TiB" },
                { VHM_GIB, "GiB" },
                { VHM_MIB, "MiB" },
                { VHM_KIB, "KiB" } };
  size_t i = 0;
  while (i + 1 < G_N_ELEMENTS (units) && bytes < units[i].bytes)
    i++;
  return g_strdup_printf ("%.4g %s", (double) bytes / (double) units[i].bytes,
                          units[i].name);
}

static char *
pattern_text (const struct vhm_footprint_config *v)
{
  const char *name = vhm_footprint_pattern_names[v->pattern];
  switch ((enum vhm_footprint_pattern) v->pattern) {
  case VHM_FOOTPRINT_ZIPF:
    return g_strdup_printf ("%s %g", name, v->exponent);
  case VHM_FOOTPRINT_HOT_COLD:
    return g_strdup_printf ("%s %g %% : %g %%", name, (double) v->hot_ppm / 1e4,
                            (double) v->hot_weight_ppm / 1e4);
  case VHM_FOOTPRINT_UNIFORM:
  case VHM_FOOTPRINT_SCAN:
  case VHM_FOOTPRINT_CHASE:
  case VHM_N_FOOTPRINT_PATTERNS:
    break;
  }
  return g_strdup (name);
}

static char *
trace_text (const struct vhm_footprint_config *v, const struct vhm_trace *trace)
{
  g_autofree char *name = g_path_get_basename (trace->path);
  g_autofree char *size
      = size_text ((uint64_t) trace->totals.n_pages << trace->page_shift);
  return g_strdup_printf ("%" G_GUINT64_FORMAT
                          " visits of %s to %s, again and again, "
                          "%g instructions a visit",
                          trace->totals.n_visits, name, size, v->instructions);
}

char *
command_visits_text (const struct vhm_footprint_config *v,
                     const struct vhm_trace *trace)
{
  if (trace)
    return trace_text (v, trace);
  g_autofree char *pattern = pattern_text (v),
                  *size = size_text (v->size_bytes);
  return g_strdup_printf ("%s over %s, %g %% writes, %g instructions a visit",
                          pattern, size, (double) v->write_ppm / 1e4,
                          v->instructions);
}
