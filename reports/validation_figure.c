/* Published numbers against simulated ones, as a figure.
 *
 * Where rows are points of series: a panel a unit; of each series the published
 * points, hollow, on a thin line, and the simulated ones, filled, on a thick one, in
 * one colour. A panel shows at most MAX_SERIES. Data: a block (gnuplot index) a
 * series; a row a point: x, published, simulated, accepted from, to.
 *
 * Else: a line a row, what is simulated in percent of what is published, on a bar
 * of what is accepted. Rows without a published number are left out. Data: place,
 * error, accepted from, to, all in percent; does it pass. A bar is cut off at
 * MOST_PERCENT, an error beyond stands at the edge.
 */
#include <vhm/report/validation.h>

#include <math.h>
#include <string.h>

#include <vhm/base/error.h>

#include "gnuplot.h"
#include "picture.h"
#include "quantity.h"

#define LIMIT_S 60
#define WIDTH 900
#define PANEL_PIXELS 330
#define KEY_PIXELS 18
#define ROW_PIXELS 28
#define FRAME_PIXELS 110
#define MAX_SERIES 8
#define TITLE_LETTERS 72 /* of a line */
#define MOST_PERCENT 100.0

static const struct vhm_validation_row *
row_at (const struct vhm_validation *v, guint i)
{
  return &g_array_index (v->rows, struct vhm_validation_row, i);
}

static void
put_text (GString *out, const char *variable, const char *text)
{
  g_autofree char *quoted = vhm_gnuplot_quote (text);
  g_string_append_printf (out, "%s = %s\n", variable, quoted);
}

static void
put_number (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (
      out, "\t%s",
      isfinite (value) ? g_ascii_formatd (buffer, sizeof buffer, "%.7g", value)
                       : "NaN");
}

/* A long title takes two lines. */
static void
put_title (GString *out, const char *title)
{
  g_autofree char *valid = g_utf8_make_valid (title, -1);
  const char *cut = NULL;
  if (g_utf8_strlen (valid, -1) > TITLE_LETTERS)
    cut = g_utf8_strrchr (
        valid, g_utf8_offset_to_pointer (valid, TITLE_LETTERS) - valid, ' ');
  g_autofree char *first
      = cut ? g_strndup (valid, (gsize) (cut - valid)) : g_strdup (valid);
  g_autofree char *quoted = vhm_gnuplot_quote (first);
  g_autofree char *rest = vhm_gnuplot_quote (cut ? cut + 1 : "");
  g_string_append_printf (out, "fig_title = %s%s%s\n", quoted,
                          cut ? ".\"\\n\"." : "", cut ? rest : "");
}

/* What the theme wants of every figure. */
static void
put_frame (GString *out, const struct vhm_validation *v)
{
  put_title (out, v->title ? v->title : v->name);
  g_string_append (out, "x_from = 0\nx_to = 1\nx_step = 1\nx_format = '%g'\n");
}

/* --- series ----------------------------------------------------------------------- */

struct series {
  const char *name;
  enum vhm_unit unit;
};

static GArray *
series_of (const struct vhm_validation *v)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (struct series));
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row = row_at (v, i);
    bool is_known = !row->series;
    for (guint k = 0; k < all->len && !is_known; k++) {
      const struct series *s = &g_array_index (all, struct series, k);
      is_known = s->unit == row->unit && strcmp (s->name, row->series) == 0;
    }
    struct series s = { row->series, row->unit };
    if (!is_known)
      g_array_append_val (all, s);
  }
  return all;
}

static bool
is_point (const struct vhm_validation_row *row, const struct series *s)
{
  return row->series && row->unit == s->unit
         && strcmp (row->series, s->name) == 0;
}

static struct quantity_scale
scale_of (const struct vhm_validation *v, enum vhm_unit unit)
{
  double most = 0;
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row = row_at (v, i);
    if (!row->series || row->unit != unit)
      continue;
    most = fmax (most, fmax (row->published, row->simulated));
  }
  return vhm_quantity_scale_of (most, unit);
}

static void
append_series (GString *data, const struct vhm_validation *v,
               const struct series *s)
{
  double divisor = scale_of (v, s->unit).divisor;
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row = row_at (v, i);
    if (!is_point (row, s))
      continue;
    g_string_append_c (data, '0');
    put_number (data, row->x);
    put_number (data, row->published / divisor);
    put_number (data, row->simulated / divisor);
    g_string_append_c (data, '\n');
  }
  g_string_append (data, "\n\n");
}

/* Of numbers without a unit: over what they are, if all are over the same. */
static char *
number_label (const struct vhm_validation *v)
{
  const char *over = NULL;
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row = row_at (v, i);
    if (!row->series || row->unit != VHM_UNIT_NONE)
      continue;
    if (!row->over || (over && strcmp (over, row->over) != 0))
      return g_strdup ("number");
    over = row->over;
  }
  return g_strconcat ("relative to ", over, NULL);
}

/* Numbers of series by panel, and the panel's axis. */
static guint
append_panels (GString *data, GString *commands, const struct vhm_validation *v,
               const GArray *all)
{
  guint n_panels = 0, n_series = 0;
  g_autoptr (GString) rest = g_string_new (NULL);
  for (int unit = 0; unit < VHM_N_UNITS; unit++) {
    guint from = n_series;
    for (guint k = 0; k < all->len; k++) {
      const struct series *s = &g_array_index (all, struct series, k);
      if (s->unit != (enum vhm_unit) unit || n_series - from == MAX_SERIES)
        continue;
      append_series (data, v, s);
      g_autofree char *variable = g_strdup_printf ("line_name[%u]", ++n_series);
      put_text (rest, variable, s->name);
    }
    if (n_series == from)
      continue;
    const char *name = scale_of (v, (enum vhm_unit) unit).name;
    g_autofree char *variable = g_strdup_printf ("panel_unit[%u]", ++n_panels);
    g_autofree char *label = *name ? g_strdup (name) : number_label (v);
    put_text (rest, variable, label);
    g_string_append_printf (rest, "panel_from[%u] = %u\npanel_to[%u] = %u\n",
                            n_panels, from + 1, n_panels, n_series);
  }
  g_string_append_printf (commands,
                          "panel_n = %u\narray line_name[%u]\narray "
                          "panel_unit[%u]\narray panel_from[%u]\narray "
                          "panel_to[%u]\n%s",
                          n_panels, n_series, n_panels, n_panels, n_panels,
                          rest->str);
  return n_panels;
}

/* --- rows ------------------------------------------------------------------------- */

static double
percent (double value, const struct vhm_validation_row *row)
{
  double p = 100 * (value / row->published - 1);
  return isnan (p) ? p : CLAMP (p, -MOST_PERCENT, MOST_PERCENT);
}

/* Returns how many there are. */
static guint
append_rows (GString *data, GString *commands, const struct vhm_validation *v)
{
  guint n = 0;
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < v->rows->len; i++) {
    const struct vhm_validation_row *row = row_at (v, i);
    if (isnan (row->published) || row->published == 0)
      continue;
    g_string_append_printf (data, "%u", ++n);
    put_number (data, percent (row->simulated, row));
    put_number (data, percent (row->low, row));
    put_number (data, percent (row->high, row));
    enum vhm_expect_state state = vhm_validation_state (row);
    g_string_append_printf (data, "\t%d\n",
                            state == VHM_EXPECT_PASS
                                || state == VHM_EXPECT_SURPRISE);
    g_autoptr (GString) name = g_string_new (row->name);
    g_string_replace (name, "%", "%%", 0); /* labels of an axis are formats */
    g_autofree char *variable = g_strdup_printf ("row_name[%u]", n);
    put_text (names, variable, name->str);
  }
  g_string_append_printf (commands, "row_n = %u\narray row_name[%u]\n%s", n,
                          MAX (1, n), names->str);
  return n;
}

/* --- drawing ---------------------------------------------------------------------- */

bool
vhm_validation_draw (const struct vhm_validation *v, const char *out_dir,
                     GError **error)
{
  g_autofree char *path = vhm_gnuplot_find (error);
  if (!path)
    return false;
  const struct gnuplot gnuplot = { path, LIMIT_S };
  g_autoptr (GString) data = g_string_new (NULL);
  g_autoptr (GString) before = g_string_new (NULL);
  g_autoptr (GArray) series = series_of (v);
  put_frame (before, v);
  unsigned height = FRAME_PIXELS;
  if (series->len > 0) {
    put_text (before, "x_label", v->axis ? v->axis : "");
    height += append_panels (data, before, v, series) * PANEL_PIXELS
              + series->len * KEY_PIXELS;
  } else {
    guint n = append_rows (data, before, v);
    if (n == 0)
      return true;
    height += n * ROW_PIXELS;
  }
  g_autofree char *commands
      = g_strconcat (before->str, vhm_picture_script ("theme.gp"), "\n",
                     vhm_picture_script (series->len > 0 ? "validate-series.gp"
                                                         : "validate-rows.gp"),
                     "\n", NULL);
  const struct picture picture
      = { v->name, data->str, commands, WIDTH, height };
  return vhm_picture_draw (&picture, &gnuplot, out_dir, NULL, error);
}
