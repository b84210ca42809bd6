/* Which figures a comparison can fill, and their data and commands.
 *
 *   compare-differences   how many times as much as in the first version, with
 *                         the interval: work and latency of each guest
 *   compare-ledger        where the time of each guest went, version by version
 *   the charts            curves, a panel a guest, a line a version
 *
 * Names go in as arrays of quoted texts, never as commands. Long names of versions
 * are cut, with their number before them. At most COMPARISON_MAX_GUESTS guests and
 * COMPARISON_MAX_VERSIONS versions are drawn; captions tell how many are not.
 */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include "comparison_drawing.h"
#include "picture.h"
#include "quantity.h"

#define LIMIT_S 60 /* a picture takes a second */
#define LONGEST_NAME 32

#define WORK_KEY "operations_per_s"

/* --- what is drawn ---------------------------------------------------------------- */

/* How far apart two versions are in the work that a guest does; 0 if that cannot
 * be told. */
static double
distance (const struct vhm_comparison *c, const char *guest)
{
  double most = 0;
  for (guint v = 1; v < c->versions->len; v++) {
    const struct vhm_comparison_row *row
        = comparison_find (c, v, guest, WORK_KEY);
    if (!row || row->n_missing > 0 || !row->is_shown)
      continue;
    double ratio = row->paired.mean[1] / row->paired.mean[0];
    double d = ratio > 0 ? fabs (log (ratio)) : (double) INFINITY;
    most = MAX (most, d);
  }
  return most;
}

/* Of equals the last is least. */
static guint
least_of (const double *distances, const bool *is_out, guint n)
{
  guint least = n;
  for (guint i = 0; i < n; i++)
    if (!is_out[i] && (least == n || distances[i] <= distances[least]))
      least = i;
  return least;
}

GPtrArray *
comparison_drawn_guests (const struct vhm_comparison *c)
{
  g_autoptr (GPtrArray) all = comparison_guests (c);
  g_autofree double *distances = g_new (double, all->len + 1);
  g_autofree bool *is_out = g_new0 (bool, all->len + 1);
  GPtrArray *guests = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++)
    distances[i] = distance (c, all->pdata[i]);
  for (guint n = all->len; n > COMPARISON_MAX_GUESTS; n--)
    is_out[least_of (distances, is_out, all->len)] = true;
  for (guint i = 0; i < all->len; i++)
    if (!is_out[i])
      g_ptr_array_add (guests, all->pdata[i]);
  return guests;
}

guint
comparison_drawn_versions (const struct vhm_comparison *c)
{
  return MIN (c->versions->len, COMPARISON_MAX_VERSIONS);
}

char *
comparison_short_name (const struct vhm_comparison *c, guint version)
{
  const char *name = comparison_name (c, version);
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  if (g_utf8_strlen (valid, -1) <= LONGEST_NAME)
    return g_steal_pointer (&valid);
  g_autofree char *begin = g_utf8_substring (valid, 0, LONGEST_NAME);
  return g_strdup_printf ("%u: %s...", version + 1, begin);
}

/* --- commands --------------------------------------------------------------------- */

void
comparison_put_text (GString *out, const char *variable, const char *text)
{
  g_autofree char *quoted = vhm_gnuplot_quote (text);
  g_string_append_printf (out, "%s = %s\n", variable, quoted);
}

void
comparison_put_ticks (GString *out, const char *prefix, const GPtrArray *names)
{
  g_autoptr (GPtrArray) formats = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (GString) format = g_string_new (names->pdata[i]);
    g_string_replace (format, "%", "%%", 0);
    g_ptr_array_add (formats, g_strdup (format->str));
  }
  comparison_put_names (out, prefix, formats);
}

void
comparison_put_names (GString *out, const char *prefix, const GPtrArray *names)
{
  g_string_append_printf (out, "%s_n = %u\narray %s_name[%u]\n", prefix,
                          names->len, prefix, MAX (1, names->len));
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *variable = g_strdup_printf ("%s_name[%u]", prefix, i + 1);
    comparison_put_text (out, variable, names->pdata[i]);
  }
}

void
comparison_put_number (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (
      out, "\t%s",
      isfinite (value) ? g_ascii_formatd (buffer, sizeof buffer, "%.7g", value)
                       : "NaN");
}

GPtrArray *
comparison_short_names (const struct vhm_comparison *c)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (guint v = 0; v < comparison_drawn_versions (c); v++)
    g_ptr_array_add (names, comparison_short_name (c, v));
  return names;
}

/* What the theme wants of every figure. */
static void
put_frame (GString *out, const char *title)
{
  comparison_put_text (out, "fig_title", title);
  g_string_append (out, "x_from = 0\nx_to = 1\nx_step = 1\nx_format = '%g'\n");
}

/* --- the list --------------------------------------------------------------------- */

static void
free_figure (gpointer data)
{
  struct comparison_figure *figure = data;
  g_free (figure->id);
  g_free (figure->title);
  g_free (figure->caption);
  g_free (figure->svg);
  g_free (figure);
}

static void
add_figure (GPtrArray *figures, const struct vhm_comparison *c, const char *id,
            const char *title, const char *caption)
{
  g_autoptr (GPtrArray) all = comparison_guests (c);
  g_autoptr (GPtrArray) drawn = comparison_drawn_guests (c);
  guint n_versions = c->versions->len - comparison_drawn_versions (c);
  g_autoptr (GString) text = g_string_new (caption);
  g_string_append_printf (text, " Means of %u runs.", c->n_runs);
  if (all->len > drawn->len)
    g_string_append_printf (
        text, " Not drawn: %u guests that differ less in the work they do.",
        all->len - drawn->len);
  if (n_versions > 0)
    g_string_append_printf (text, " Not drawn: the last %u versions.",
                            n_versions);
  struct comparison_figure *figure = g_new0 (struct comparison_figure, 1);
  figure->id = g_strdup (id);
  figure->title = g_strdup (title);
  figure->caption = g_strdup (text->str);
  g_ptr_array_add (figures, figure);
}

GPtrArray *
comparison_figures_new (const struct vhm_comparison *c)
{
  GPtrArray *figures = g_ptr_array_new_with_free_func (free_figure);
  g_autoptr (GPtrArray) guests = comparison_guests (c);
  if (guests->len == 0)
    return figures;
  if (comparison_has_differences (c))
    add_figure (
        figures, c, COMPARISON_DIFFERENCES,
        "Differences from the first version",
        "Work and latency of each guest beside the first version; whiskers are "
        "the intervals of the table. Higher work and "
        "lower latency are better.");
  add_figure (
      figures, c, COMPARISON_LEDGER, "Where did the time go",
      "Every cycle of each guest's virtual processors, by account; each "
      "bar is the whole of it.");
  for (guint i = 0; i < c->charts->len; i++) {
    const struct vhm_comparison_chart *chart
        = &g_array_index (c->charts, struct vhm_comparison_chart, i);
    if (comparison_has_curves (c, i))
      add_figure (figures, c, chart->id, chart->title, chart->caption);
  }
  return figures;
}

/* --- drawing ---------------------------------------------------------------------- */

static bool
draw (const struct vhm_comparison *c, struct comparison_figure *figure,
      const struct gnuplot *gnuplot, const char *out_dir, GError **error)
{
  g_autoptr (GString) data = g_string_new (NULL);
  g_autoptr (GString) before = g_string_new (NULL);
  put_frame (before, figure->title);
  struct comparison_size size;
  const char *script;
  if (strcmp (figure->id, COMPARISON_LEDGER) == 0) {
    size = comparison_draw_ledger (c, data, before);
    script = "compare-ledger.gp";
  } else if (strcmp (figure->id, COMPARISON_DIFFERENCES) == 0) {
    size = comparison_draw_differences (c, data, before);
    script = "compare-differences.gp";
  } else {
    size = comparison_draw_curves (c, figure->id, data, before);
    script = "compare-curves.gp";
  }
  g_autofree char *commands
      = g_strconcat (before->str, vhm_picture_script ("theme.gp"), "\n",
                     vhm_picture_script (script), "\n", NULL);
  const struct picture picture
      = { figure->id, data->str, commands, size.width, size.height };
  return vhm_picture_draw (&picture, gnuplot, out_dir, &figure->svg, error);
}

bool
comparison_figures_draw (const struct vhm_comparison *c, GPtrArray *figures,
                         const char *out_dir, GError **error)
{
  g_autofree char *path = vhm_gnuplot_find (error);
  if (!path)
    return false;
  const struct gnuplot gnuplot = { path, LIMIT_S };
  bool is_fine = true;
  for (guint i = 0; i < figures->len; i++)
    if (!draw (c, figures->pdata[i], &gnuplot, out_dir, is_fine ? error : NULL))
      is_fine = false;
  return is_fine;
}
