/* What translation costs, as figures. Data and commands for the two scripts
 * walk-parts.gp and walk-steps.gp; names go in as arrays of quoted texts.
 *
 * Parts: one row a configuration, number and five columns in cycles a visit:
 * work and data, L2 TLB, guest's dimension, host's dimension, half width of the
 * interval.
 * Steps: one block (gnuplot index) a configuration of two dimensions; a row a
 * step: column of the host level from the left, guest level, cycles, shown text.
 */
#include <vhm/report/walks.h>

#include <string.h>

#include <vhm/base/error.h>
#include <vhm/sim/atomic_file.h>

#include "gnuplot.h"
#include "picture.h"
#include "quantity.h"

#define LIMIT_S 60 /* a picture takes a second */
#define ROW_PIXELS 30
#define FRAME_PIXELS 150 /* title, axis, key */
#define WIDTH 900
#define PANEL_PIXELS 260
#define PANELS_A_LINE 2

static const struct vhm_walks_row *
row_at (const struct vhm_walks *walks, guint i)
{
  return &g_array_index (walks->rows, struct vhm_walks_row, i);
}

static void
append_number (GString *out, double value)
{
  g_autofree char *text = vhm_quantity_decimal (value, 4);
  g_string_append_printf (out, "\t%s", text);
}

static void
append_name (GString *out, guint number, const struct vhm_walks_row *row)
{
  g_autofree char *name = g_strdup_printf ("%s %s", row->paging, row->pages);
  g_autofree char *quoted = vhm_gnuplot_quote (name);
  g_string_append_printf (out, "row_name[%u] = %s\n", number, quoted);
}

/* --- where the cycles go ---------------------------------------------------- */

static char *
parts_data (const struct vhm_walks *walks)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < walks->rows->len; i++) {
    const struct vhm_walks_row *row = row_at (walks, i);
    g_string_append_printf (out, "%u", i + 1);
    append_number (out, row->total_cyc - row->exposed_cyc);
    append_number (out, row->l2_tlb_cyc);
    append_number (out, row->guest_cyc);
    append_number (out, row->host_cyc);
    append_number (out, row->total_half_cyc);
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

/* What the theme wants of every figure, and the title. */
static void
append_title (GString *out, const struct vhm_walks *walks)
{
  g_autofree char *title
      = g_strdup_printf ("%s: %s", walks->cpu, walks->visits);
  g_autofree char *quoted = vhm_gnuplot_quote (title);
  g_string_append_printf (out,
                          "fig_title = %s\nx_from = 0\nx_to = 1\nx_step = 1\n"
                          "x_format = '%%g'\n",
                          quoted);
}

static bool
draw (const struct gnuplot *gnuplot, const struct picture *picture,
      GString *before, const char *script, const char *out_dir, GError **error)
{
  g_autofree char *commands
      = g_strconcat (before->str, vhm_picture_script ("theme.gp"), "\n",
                     vhm_picture_script (script), "\n", NULL);
  struct picture whole = *picture;
  whole.commands = commands;
  return vhm_picture_draw (&whole, gnuplot, out_dir, NULL, error);
}

static bool
draw_parts (const struct vhm_walks *walks, const struct gnuplot *gnuplot,
            const char *out_dir, GError **error)
{
  g_autofree char *data = parts_data (walks);
  g_autoptr (GString) before = g_string_new (NULL);
  append_title (before, walks);
  g_string_append_printf (before, "row_n = %u\narray row_name[%u]\n",
                          walks->rows->len, MAX (1, walks->rows->len));
  for (guint i = 0; i < walks->rows->len; i++)
    append_name (before, i + 1, row_at (walks, i));
  const struct picture picture
      = { .name = "translate-parts",
          .data = data,
          .width = WIDTH,
          .height = FRAME_PIXELS + ROW_PIXELS * walks->rows->len };
  return draw (gnuplot, &picture, before, "walk-parts.gp", out_dir, error);
}

/* --- step by step ----------------------------------------------------------- */

static void
append_steps (GString *out, const struct vhm_walks_row *row)
{
  for (unsigned g = 0; g <= row->guest_levels; g++)
    for (unsigned h = 0; h <= row->host_levels; h++) {
      bool is_read = row->step_references[g][h] > 0;
      g_autofree char *text
          = is_read ? vhm_quantity_decimal (row->step_cyc[g][h],
                                            row->step_cyc[g][h] < 10 ? 1 : 0)
                    : g_strdup ("");
      g_string_append_printf (out, "%u\t%u", row->host_levels - h, g);
      append_number (out, row->step_cyc[g][h]);
      g_string_append_printf (out, "\t\"%s\"\n", text);
    }
  g_string_append (out, "\n\n");
}

static bool
draw_steps (const struct vhm_walks *walks, const struct gnuplot *gnuplot,
            const char *out_dir, GError **error)
{
  g_autoptr (GString) data = g_string_new (NULL), names = g_string_new (NULL);
  guint n = 0;
  double most = 0;
  for (guint i = 0; i < walks->rows->len; i++) {
    const struct vhm_walks_row *row = row_at (walks, i);
    if (!row->has_host || !(row->references > 0))
      continue;
    append_name (names, ++n, row);
    g_string_append_printf (names, "guest_top[%u] = %u\nhost_top[%u] = %u\n", n,
                            row->guest_levels, n, row->host_levels);
    append_steps (data, row);
    for (unsigned g = 0; g <= row->guest_levels; g++)
      for (unsigned h = 0; h <= row->host_levels; h++)
        most = MAX (most, row->step_cyc[g][h]);
  }
  if (n == 0)
    return true;
  g_autoptr (GString) before = g_string_new (NULL);
  append_title (before, walks);
  g_autofree char *largest = vhm_quantity_decimal (MAX (most, 1), 3);
  unsigned lines = (n + PANELS_A_LINE - 1) / PANELS_A_LINE;
  g_string_append_printf (
      before,
      "row_n = %u\narray row_name[%u]\narray guest_top[%u]\n"
      "array host_top[%u]\npanel_lines = %u\n"
      "panel_columns = %u\nmost = %s\n%s",
      n, n, n, n, lines, MIN (n, PANELS_A_LINE), largest, names->str);
  const struct picture picture = { .name = "translate-steps",
                                   .data = data->str,
                                   .width = WIDTH,
                                   .height = 60 + PANEL_PIXELS * lines };
  return draw (gnuplot, &picture, before, "walk-steps.gp", out_dir, error);
}

bool
vhm_walks_draw (const struct vhm_walks *walks, const char *out_dir,
                GError **error)
{
  g_autofree char *path = vhm_gnuplot_find (error);
  if (!path)
    return false;
  const struct gnuplot gnuplot = { path, LIMIT_S };
  return draw_parts (walks, &gnuplot, out_dir, error)
         && draw_steps (walks, &gnuplot, out_dir, error);
}

static bool
write_text (const char *out_dir, const char *name, char *text, GError **error)
{
  g_autofree char *owned = text;
  return vhm_atomic_write (out_dir, name, owned, strlen (owned), error);
}

bool
vhm_walks_write (const struct vhm_walks *walks, const char *out_dir,
                 bool skip_figures, GError **error)
{
  size_t size;
  return write_text (out_dir, "translate.csv", vhm_walks_csv (walks), error)
         && write_text (out_dir, "translate-steps.csv",
                        vhm_walks_steps_csv (walks), error)
         && write_text (out_dir, "translate.json",
                        vhm_walks_json (walks, &size), error)
         && (skip_figures || vhm_walks_draw (walks, out_dir, error));
}
