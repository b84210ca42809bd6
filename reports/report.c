/* Writes the whole report: data first, then what needs another program, then
 * the page, so that a missing gnuplot costs the figures and nothing else. */
#include <vhm/report/report.h>

#include <string.h>

#include <vhm/sim/atomic_file.h>

#include "gnuplot.h"
#include "page.h"

static bool
write_data (const struct vhm_result *result, const char *out_dir,
            const char *command, GError **error)
{
  size_t json_size, csv_size;
  g_autofree char *json = vhm_report_json (result, command, &json_size);
  if (!vhm_atomic_write (out_dir, "result.json", json, json_size, error))
    return false;
  g_autofree char *csv = vhm_report_csv (result, &csv_size);
  return vhm_atomic_write (out_dir, "series.csv", csv, csv_size, error);
}

#define DEFAULT_LIMIT_S 60

/* Draws what it can; the error is the first. */
static bool
draw_all (GPtrArray *drawings, const struct vhm_result *result,
          const char *out_dir, unsigned limit_s, GError **error)
{
  g_autofree char *path = vhm_gnuplot_find (error);
  if (!path)
    return false;
  struct gnuplot gnuplot = { path, limit_s ? limit_s : DEFAULT_LIMIT_S };
  bool is_fine = true;
  for (guint i = 0; i < drawings->len; i++)
    if (!vhm_drawing_draw (drawings->pdata[i], result, &gnuplot, out_dir,
                           is_fine ? error : NULL))
      is_fine = false;
  return is_fine;
}

char **
vhm_report_figure_ids (void)
{
  g_autoptr (GPtrArray) figures = vhm_figure_list_new ();
  GPtrArray *ids = g_ptr_array_new ();
  for (guint i = 0; i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    g_ptr_array_add (ids, g_strdup (figure->id));
    for (guint k = 0; k < figure->published->len; k++) {
      const struct published *published = figure->published->pdata[k];
      g_ptr_array_add (ids, g_strdup (published->id));
    }
  }
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (ids, FALSE);
}

char *
vhm_report_figure_title (const char *id)
{
  g_autoptr (GPtrArray) figures = vhm_figure_list_new ();
  for (guint i = 0; i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    if (strcmp (figure->id, id) == 0)
      return g_strdup (figure->title);
    for (guint k = 0; k < figure->published->len; k++) {
      const struct published *published = figure->published->pdata[k];
      if (strcmp (published->id, id) == 0)
        return g_strdup_printf ("%s, as published", figure->title);
    }
  }
  return NULL;
}

/* What the page says of figures that are not there; NULL if all are. */
static char *
describe_trouble (const GError *trouble, const GString *missing)
{
  g_autofree char *absent
      = missing->len
            ? g_strdup_printf ("Not drawn for want of data: %s.", missing->str)
            : NULL;
  if (trouble && absent)
    return g_strdup_printf ("%s. %s", trouble->message, absent);
  return trouble ? g_strdup (trouble->message) : g_steal_pointer (&absent);
}

static bool
write_page (const struct vhm_result *result, const char *out_dir,
            const GPtrArray *drawings, const char *command, const char *trouble,
            GError **error)
{
  g_autofree char *page
      = vhm_report_page_new (result, drawings, command, trouble);
  return vhm_atomic_write (out_dir, "report.html", page, strlen (page), error);
}

bool
vhm_report_write (const struct vhm_result *result, const char *out_dir,
                  const struct vhm_report_options *options, GError **error)
{
  static const struct vhm_report_options none = { 0 };
  options = options ? options : &none;
  if (!write_data (result, out_dir, options->command, error))
    return false;
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autoptr (GPtrArray) figures = vhm_figure_list_new ();
  g_autoptr (GPtrArray) drawings
      = vhm_drawing_list_new (figures, result, options, missing);
  g_autoptr (GError) trouble = NULL;
  bool is_drawn
      = options->skip_figures
        || draw_all (drawings, result, out_dir, options->limit_s, &trouble);
  g_autofree char *words = describe_trouble (trouble, missing);
  if (!write_page (result, out_dir, drawings, options->command, words, error))
    return false;
  if (!is_drawn)
    g_propagate_error (error, g_steal_pointer (&trouble));
  return is_drawn;
}
