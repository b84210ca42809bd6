/* Curves of versions side by side: a panel a guest, a line a version.
 *
 * Data: a block (gnuplot index) a panel; a row a moment: seconds since the start,
 * divided by time_unit, then a column a version. Versions may last differently
 * long: a line ends where its version does. Relative charts are percent of the
 * mean of the guest's curve in the first version; without one there is no line.
 */
#include "comparison_drawing.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

#define PANEL_PIXELS 250
#define FRAME_PIXELS 90 /* title and key */
#define PANELS_A_LINE 2
#define LETTER_PIXELS 8
#define SAMPLE_PIXELS 70 /* the line in the key, and the space round it */
#define AXIS_PIXELS 80   /* beside a panel */
#define KEY_PIXELS 17    /* a line of the key */
#define WIDE_PIXELS 60   /* a panel alone is a little higher */

static const struct vhm_comparison_curve *
find_curve (const struct vhm_comparison *c, guint chart, guint version,
            const char *guest)
{
  for (guint i = 0; i < c->curves->len; i++) {
    const struct vhm_comparison_curve *curve
        = &g_array_index (c->curves, struct vhm_comparison_curve, i);
    if (curve->chart == chart && curve->version == version
        && strcmp (curve->guest, guest) == 0)
      return curve;
  }
  return NULL;
}

static double
value_at (const struct vhm_comparison_curve *curve, guint i)
{
  return curve && i < curve->values->len
             ? g_array_index (curve->values, double, i)
             : (double) NAN;
}

static double
mean_of (const struct vhm_comparison_curve *curve)
{
  double sum = 0, n = 0;
  for (guint i = 0; curve && i < curve->values->len; i++)
    if (!isnan (value_at (curve, i))) {
      sum += value_at (curve, i);
      n++;
    }
  return n > 0 ? sum / n : (double) NAN;
}

/* What the values of a panel are divided by. */
static double
divisor_of (const struct vhm_comparison *c, guint chart, const char *guest,
            double scale)
{
  if (!g_array_index (c->charts, struct vhm_comparison_chart, chart)
           .is_relative)
    return scale;
  double mean = mean_of (find_curve (c, chart, 0, guest));
  return mean > 0 ? mean / 100 : (double) NAN;
}

/* Is there more than nothing to see? */
static bool
has_values (const struct vhm_comparison *c, guint chart, const char *guest)
{
  double divisor = divisor_of (c, chart, guest, 1);
  for (guint v = 0; v < comparison_drawn_versions (c); v++) {
    const struct vhm_comparison_curve *curve = find_curve (c, chart, v, guest);
    for (guint i = 0; curve && i < curve->values->len; i++)
      if (value_at (curve, i) / divisor > 0)
        return true;
  }
  return false;
}

static GPtrArray *
panels_of (const struct vhm_comparison *c, guint chart)
{
  GPtrArray *guests = comparison_drawn_guests (c);
  for (guint i = guests->len; i-- > 0;)
    if (!has_values (c, chart, guests->pdata[i]))
      g_ptr_array_remove_index (guests, i);
  return guests;
}

bool
comparison_has_curves (const struct vhm_comparison *c, guint chart)
{
  g_autoptr (GPtrArray) panels = panels_of (c, chart);
  return panels->len > 0;
}

/* --- data ------------------------------------------------------------------------- */

struct extent {
  double most, end_s;
};

static struct extent
extent_of (const struct vhm_comparison *c, guint chart)
{
  struct extent extent = { 0 };
  for (guint i = 0; i < c->curves->len; i++) {
    const struct vhm_comparison_curve *curve
        = &g_array_index (c->curves, struct vhm_comparison_curve, i);
    if (curve->chart != chart)
      continue;
    extent.end_s
        = fmax (extent.end_s, curve->step_s * (double) curve->values->len);
    for (guint k = 0; k < curve->values->len; k++)
      if (value_at (curve, k) > extent.most)
        extent.most = value_at (curve, k);
  }
  return extent;
}

/* A line a version, one after the other, as each may have moments of its own. */
static void
append_panel (GString *data, const struct vhm_comparison *c, guint chart,
              const char *guest, double scale, double time_unit)
{
  double divisor = divisor_of (c, chart, guest, scale);
  guint n_versions = comparison_drawn_versions (c);
  for (guint v = 0; v < n_versions; v++) {
    const struct vhm_comparison_curve *curve = find_curve (c, chart, v, guest);
    for (guint i = 0; curve && i < curve->values->len; i++) {
      g_string_append_printf (data, "%u", v + 1);
      comparison_put_number (data,
                             ((double) i + 0.5) * curve->step_s / time_unit);
      comparison_put_number (data, value_at (curve, i) / divisor);
      g_string_append_c (data, '\n');
    }
    if (!curve || curve->values->len == 0)
      g_string_append_printf (data, "%u\t0\tNaN\n", v + 1);
    g_string_append (data, "\n\n"); /* a block a line */
  }
}

static guint
chart_of (const struct vhm_comparison *c, const char *id)
{
  guint i = 0;
  while (
      strcmp (g_array_index (c->charts, struct vhm_comparison_chart, i).id, id)
      != 0)
    i++;
  return i;
}

/* Lines that the key takes: as many columns as the longest name leaves in the
 * width of a panel. */
static guint
key_lines (const GPtrArray *names, guint n_panels)
{
  glong longest = 1;
  for (guint i = 0; i < names->len; i++)
    longest = MAX (longest, g_utf8_strlen (names->pdata[i], -1));
  glong width = COMPARISON_WIDTH / n_panels - AXIS_PIXELS;
  guint n_columns
      = (guint) MAX (1, width / (longest * LETTER_PIXELS + SAMPLE_PIXELS));
  return (names->len + n_columns - 1) / n_columns;
}

struct comparison_size
comparison_draw_curves (const struct vhm_comparison *c, const char *id,
                        GString *data, GString *commands)
{
  guint n = chart_of (c, id);
  const struct vhm_comparison_chart *chart
      = &g_array_index (c->charts, struct vhm_comparison_chart, n);
  struct extent extent = extent_of (c, n);
  struct quantity_scale scale
      = chart->is_relative ? (struct quantity_scale){ 1, "%" }
                           : vhm_quantity_scale_of (extent.most, chart->unit);
  struct quantity_scale time
      = vhm_quantity_scale_of (extent.end_s, VHM_UNIT_SECONDS);
  g_autoptr (GPtrArray) panels = panels_of (c, n);
  g_autoptr (GPtrArray) names = comparison_short_names (c);
  for (guint i = 0; i < panels->len; i++)
    append_panel (data, c, n, panels->pdata[i], scale.divisor, time.divisor);
  comparison_put_names (commands, "panel", panels);
  comparison_put_names (commands, "line", names);
  g_autofree char *y
      = g_strconcat (chart->axis, *scale.name ? ", " : "", scale.name, NULL);
  g_autofree char *x = g_strconcat ("time since the start, ", time.name, NULL);
  g_autofree char *end = vhm_quantity_decimal (extent.end_s / time.divisor, 6);
  comparison_put_text (commands, "y_label", y);
  comparison_put_text (commands, "x_label", x);
  guint n_columns = MIN (panels->len, PANELS_A_LINE);
  guint n_key = key_lines (names, n_columns);
  guint n_lines = (panels->len + n_columns - 1) / n_columns;
  g_string_append_printf (commands,
                          "x_end = %s\npanel_columns = %u\npanel_lines = %u\n"
                          "key_lines = %u\n",
                          end, n_columns, n_lines, n_key);
  return (struct comparison_size){ COMPARISON_WIDTH,
                                   FRAME_PIXELS + n_lines * PANEL_PIXELS
                                       + (n_key - 1) * KEY_PIXELS
                                       + (panels->len == 1 ? WIDE_PIXELS : 0) };
}
