/* Paging rate and slow-down against size, one above the other. Data: a row a size:
 * size, pages/s, half width, slow-down in percent, half width (0 where there is
 * none). The slow-down's axis ends where more would only flatten what lies near
 * the bound; what lies above is drawn at its edge. */
#include "sizing.h"

#include <math.h>

#include "gnuplot.h"
#include "picture.h"
#include "quantity.h"

#define LIMIT_S 60 /* a picture takes a second */
#define WIDTH 900
#define HEIGHT 720
#define AXIS_BOUNDS 6 /* the slow-down's axis ends at so many bounds */

/* Sizes in a unit that suits the largest. */
static struct quantity_scale
scale_of (const struct vhm_sizing *s)
{
  return vhm_quantity_scale_of ((double) s->asked.most_bytes, VHM_UNIT_BYTES);
}

static double
scaled (const struct vhm_sizing *s, uint64_t bytes)
{
  return (double) bytes / scale_of (s).divisor;
}

static void
append_number (GString *out, double value)
{
  g_autofree char *text = vhm_quantity_decimal (value, 6);
  g_string_append_printf (out, "\t%s", text);
}

static double
or_none (double half_width)
{
  return isfinite (half_width) ? half_width : 0;
}

static char *
data_of (const struct vhm_sizing *s)
{
  GString *out = g_string_new (NULL);
  double end = 100 * AXIS_BOUNDS * s->asked.bound;
  for (guint i = 0; i < s->rows->len; i++) {
    const struct vhm_sizing_row *row = sizing_row (s, i);
    append_number (out, scaled (s, row->bytes));
    append_number (out, row->paging_per_s.mean);
    append_number (out, or_none (row->paging_per_s.half_width));
    double slowdown = 100 * row->slowdown.mean;
    append_number (out, MIN (slowdown, 100 * end)); /* beyond the edge */
    append_number (out, 100 * or_none (row->slowdown.half_width));
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

static void
put_number (GString *out, const char *variable, double value)
{
  g_autofree char *text = vhm_quantity_decimal (value, 6);
  g_string_append_printf (out, "%s = %s\n", variable, text);
}

static void
put_text (GString *out, const char *variable, const char *text)
{
  g_autofree char *quoted = vhm_gnuplot_quote (text);
  g_string_append_printf (out, "%s = %s\n", variable, quoted);
}

/* A little above the largest rate; 1 where there is none. */
static double
paging_end (const struct vhm_sizing *s)
{
  double most = 0;
  for (guint i = 0; i < s->rows->len; i++)
    most = MAX (most, sizing_row (s, i)->paging_per_s.mean);
  return most > 0 ? 1.08 * most : 1;
}

/* Where the axis of sizes begins: at nothing, unless that would leave much of the
 * figure empty. */
static double
left_of (double first_x, double last_x)
{
  return first_x < last_x / 4 ? 0 : first_x - (last_x - first_x) / 20;
}

static char *
commands_of (const struct vhm_sizing *s)
{
  const struct vhm_sizing_answer *a = &s->answer;
  const struct vhm_sizing_row *first = sizing_row (s, 0);
  const struct vhm_sizing_row *begin
      = a->has_knee ? sizing_find (s, a->line_bytes) : first;
  const struct vhm_sizing_row *last = sizing_row (s, s->rows->len - 1);
  g_autoptr (GString) out
      = g_string_new ("x_from = 0\nx_to = 1\nx_step = 1\nx_format = '%g'\n");
  g_autofree char *title
      = g_strdup_printf ("How much memory does %s need?", s->guest);
  g_autofree char *answer = sizing_bytes_text (a->bytes);
  g_autofree char *knee = sizing_bytes_text (a->knee_bytes);
  g_autofree char *answer_text = g_strconcat ("answer ", answer, NULL);
  g_autofree char *knee_text = g_strconcat ("knee ", knee, NULL);
  g_autofree char *bound_text = g_strdup_printf ("%g %%", 100 * s->asked.bound);
  put_text (out, "fig_title", title);
  put_text (out, "size_unit", scale_of (s).name);
  put_text (out, "answer_text", answer_text);
  put_text (out, "knee_text", knee_text);
  put_text (out, "bound_text", bound_text);
  g_string_append_printf (out, "has_answer = %d\nhas_knee = %d\n",
                          a->has_answer, a->has_knee);
  put_number (out, "answer_x", scaled (s, a->bytes));
  put_number (out, "low_x", scaled (s, a->low_bytes));
  put_number (out, "high_x",
              scaled (s, a->high_bytes > 0 ? a->high_bytes : last->bytes));
  put_number (out, "knee_x", scaled (s, a->knee_bytes));
  put_number (out, "knee_y",
              a->has_knee ? sizing_find (s, a->knee_bytes)->paging_per_s.mean
                          : 0);
  double first_x = scaled (s, first->bytes), last_x = scaled (s, last->bytes);
  put_number (out, "first_x", scaled (s, begin->bytes));
  put_number (out, "last_x", last_x);
  put_number (out, "left_x", left_of (first_x, last_x));
  put_number (out, "first_y", begin->paging_per_s.mean);
  put_number (out, "last_y", last->paging_per_s.mean);
  put_number (out, "paging_end", paging_end (s));
  put_number (out, "bound", 100 * s->asked.bound);
  put_number (out, "slow_end", 100 * AXIS_BOUNDS * s->asked.bound);
  return g_strconcat (out->str, vhm_picture_script ("theme.gp"), "\n",
                      vhm_picture_script ("sizing.gp"), "\n", NULL);
}

char *
sizing_draw (const struct vhm_sizing *s, const char *out_dir, GError **error)
{
  g_autofree char *path = vhm_gnuplot_find (error);
  if (!path)
    return NULL;
  const struct gnuplot gnuplot = { path, LIMIT_S };
  g_autofree char *data = data_of (s);
  g_autofree char *commands = commands_of (s);
  const struct picture picture
      = { SIZING_FIGURE, data, commands, WIDTH, HEIGHT };
  char *svg = NULL;
  if (!vhm_picture_draw (&picture, &gnuplot, out_dir, &svg, error))
    return NULL;
  return svg;
}
