/* What translation costs, as tables for a terminal. Numbers of one column have
 * one unit and the same decimals, so that they can be compared down. */
#include <vhm/report/walks.h>

#include <vhm/report/grid.h>

struct vhm_walks *
vhm_walks_new (void)
{
  struct vhm_walks *walks = g_new0 (struct vhm_walks, 1);
  walks->rows = g_array_new (FALSE, TRUE, sizeof (struct vhm_walks_row));
  return walks;
}

void
vhm_walks_free (struct vhm_walks *walks)
{
  if (!walks)
    return;
  for (guint i = 0; i < walks->rows->len; i++)
    g_free (g_array_index (walks->rows, struct vhm_walks_row, i).pages);
  g_array_unref (walks->rows);
  g_free (walks->cpu);
  g_free (walks->visits);
  g_free (walks->inputs);
  g_free (walks);
}

static const char *const headings[][2] = {
  { "PAGING", "" },       { "PAGES", "" },
  { "VISIT", "cycles" },  { "TRANSLATION", "cycles" },
  { "+-", "cycles" },     { "OF TIME", "%" },
  { "L1 MISS", "%" },     { "L2 MISS", "%" },
  { "WALK", "cycles" },   { "READS", "a walk" },
  { "MEMORY", "a walk" }, { "RATIO", "to native" },
};
#define ALIGNMENT "llrrrrrrrrrr"

static void
add_row (vhm_grid *grid, const struct vhm_walks_row *row)
{
  vhm_grid_add (grid, row->paging);
  vhm_grid_add (grid, row->pages);
  vhm_grid_add_number (grid, row->total_cyc, 1);
  vhm_grid_add_number (grid, row->exposed_cyc, 2);
  vhm_grid_add_number (grid, row->exposed_half_cyc, 2);
  vhm_grid_add_number (grid, 100 * row->exposed_cyc / row->total_cyc, 1);
  vhm_grid_add_number (grid, 100 * row->l1_miss, 2);
  vhm_grid_add_number (grid, 100 * row->l2_miss, 2);
  vhm_grid_add_number (grid, row->walk_cyc, 1);
  vhm_grid_add_number (grid, row->references, 2);
  vhm_grid_add_number (grid, row->dram, 2);
  vhm_grid_add_number (grid, row->ratio, 2);
}

char *
vhm_walks_table (const struct vhm_walks *walks)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new (ALIGNMENT);
  for (int line = 0; line < 2; line++)
    for (size_t c = 0; c < G_N_ELEMENTS (headings); c++)
      vhm_grid_add (grid, headings[c][line]);
  for (guint i = 0; i < walks->rows->len; i++)
    add_row (grid, &g_array_index (walks->rows, struct vhm_walks_row, i));
  return vhm_grid_text (grid);
}

/* --- walks by step ---------------------------------------------------------- */

static void
add_last_rows (vhm_grid *grid, const struct vhm_walks_row *row, double steps)
{
  const char *const names[] = { "look-ups", "walk" };
  const double cyc[] = { row->walk_cyc - steps, row->walk_cyc };
  for (int i = 0; i < 2; i++) {
    vhm_grid_add (grid, names[i]);
    for (unsigned h = 0; h <= row->host_levels; h++)
      vhm_grid_add (grid, "");
    vhm_grid_add_number (grid, cyc[i], 2);
    vhm_grid_end_row (grid);
  }
}

static void
add_steps (GString *out, const struct vhm_walks_row *row)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new ("lrrrrrrr");
  double all = 0;
  vhm_grid_add (grid, "");
  for (unsigned h = row->host_levels; h >= 1; h--) {
    g_autofree char *name = g_strdup_printf ("host %u", h);
    vhm_grid_add (grid, name);
  }
  vhm_grid_add (grid, "entry");
  vhm_grid_add (grid, "sum");
  vhm_grid_end_row (grid);
  for (unsigned g = row->guest_levels + 1; g-- > 0;) {
    g_autofree char *name
        = g ? g_strdup_printf ("guest %u", g) : g_strdup ("data page");
    double sum = 0;
    vhm_grid_add (grid, name);
    for (unsigned h = row->host_levels + 1; h-- > 0;) {
      sum += row->step_cyc[g][h];
      if (row->step_references[g][h] > 0)
        vhm_grid_add_number (grid, row->step_cyc[g][h], 2);
      else
        vhm_grid_add (grid, "-");
    }
    vhm_grid_add_number (grid, sum, 2);
    vhm_grid_end_row (grid);
    all += sum;
  }
  /* what is no reference: caches of entries asked, the walker started */
  add_last_rows (grid, row, all);
  g_autofree char *text = vhm_grid_text (grid);
  g_string_append_printf (out, "%s%s %s, mean cycles of a walk by step:\n%s",
                          out->len > 0 ? "\n" : "", row->paging, row->pages,
                          text);
}

char *
vhm_walks_steps_table (const struct vhm_walks *walks)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < walks->rows->len; i++) {
    const struct vhm_walks_row *row
        = &g_array_index (walks->rows, struct vhm_walks_row, i);
    if (row->has_host && row->references > 0)
      add_steps (out, row);
  }
  return g_string_free (out, FALSE);
}
