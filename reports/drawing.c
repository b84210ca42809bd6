/* Decides which figures a result can fill, and with which series.
 *
 * A pattern is instance.counter; "*" in place of the instance stands for the
 * guests (everything but host, balancer and disks) and "disk.*" for the disks.
 * Without requests every figure is drawn once, over the whole run; one that
 * shows a single guest shows the guest whose first series reaches highest. With
 * requests exactly those are drawn. More than MAX_INSTANCES lines cannot be
 * told apart: the ones that reach highest stay, and the caption says so.
 */
#include "figure.h"

#include <math.h>
#include <string.h>

#include "ledger.h"

#define MAX_INSTANCES 10

static void
free_drawing (void *item)
{
  struct drawing *drawing = item;
  g_free (drawing->name);
  g_free (drawing->title);
  g_free (drawing->caption);
  g_free (drawing->mapping);
  g_free (drawing->svg);
  g_ptr_array_unref (drawing->groups);
  g_free (drawing);
}

/* --- series of a pattern ---------------------------------------------------
 */

static bool
is_guest (const char *instance)
{
  return strcmp (instance, "host") != 0 && strcmp (instance, "balancer") != 0
         && !g_str_has_prefix (instance, "disk.");
}

static bool
matches (const char *pattern, const struct vhm_series *series)
{
  const char *dot = strrchr (pattern, '.');
  if (strcmp (dot + 1, series->counter->key) != 0)
    return false;
  g_autofree char *instance = g_strndup (pattern, (gsize)(dot - pattern));
  if (strcmp (instance, "*") == 0)
    return is_guest (series->instance);
  if (strcmp (instance, "disk.*") == 0)
    return g_str_has_prefix (series->instance, "disk.");
  return strcmp (instance, series->instance) == 0;
}

/* Highest sample in the window; NAN if there is none. */
static double
peak (const struct vhm_series *series, const struct vhm_result *result,
      double from_s, double to_s)
{
  double highest = (double)NAN;
  for (size_t i = 0; i < result->n_samples; i++) {
    double t = (double)i * result->interval_s;
    if (t >= from_s && t <= to_s && isfinite (series->values[i]))
      highest = fmax (highest, series->values[i]);
  }
  return highest;
}

static bool
is_asked_for (const struct vhm_figure_request *request, const char *instance)
{
  return !request->instances || !is_guest (instance)
         || g_strv_contains (request->instances, instance);
}

/* Index of the series that reaches least high; ties go to the last. */
static guint
lowest (const GPtrArray *group, const struct vhm_result *result,
        const struct vhm_figure_request *request)
{
  guint index = 0;
  double least = (double)INFINITY;
  for (guint i = 0; i < group->len; i++) {
    double p = peak (group->pdata[i], result, request->from_s, request->to_s);
    if (p <= least) {
      least = p;
      index = i;
    }
  }
  return index;
}

/* Series with at least one sample in the window, in their own order. */
static GPtrArray *
select_series (const char *pattern, const struct vhm_result *result,
               const struct vhm_figure_request *request, unsigned limit,
               unsigned *n_left_out)
{
  GPtrArray *group = g_ptr_array_new ();
  for (guint i = 0; i < result->series->len; i++) {
    struct vhm_series *series = result->series->pdata[i];
    if (matches (pattern, series) && is_asked_for (request, series->instance)
        && !isnan (peak (series, result, request->from_s, request->to_s)))
      g_ptr_array_add (group, series);
  }
  for (; group->len > limit; (*n_left_out)++)
    g_ptr_array_remove_index (group, lowest (group, result, request));
  return group;
}

/* The same guests in every group as in the first. */
static GPtrArray *
select_same (const char *pattern, const struct vhm_result *result,
             const struct vhm_figure_request *request, const GPtrArray *first)
{
  unsigned none = 0;
  GPtrArray *group = select_series (pattern, result, request, G_MAXUINT, &none);
  for (guint i = group->len; pattern[0] == '*' && i-- > 0;) {
    const struct vhm_series *series = group->pdata[i];
    bool is_there = false;
    for (guint k = 0; k < first->len; k++) {
      const struct vhm_series *other = first->pdata[k];
      is_there |= strcmp (other->instance, series->instance) == 0;
    }
    if (!is_there)
      g_ptr_array_remove_index (group, i);
  }
  return group;
}

/* --- drawings --------------------------------------------------------------
 */

/* Letters, digits, "-" and "_"; different from all names before. */
static char *
file_name (const char *wanted, const GPtrArray *drawings)
{
  g_autofree char *base = g_strdup (wanted);
  for (char *c = base; *c; c++)
    if (!g_ascii_isalnum (*c) && *c != '-')
      *c = '_';
  char *name = g_strdup (base);
  guint i = 0;
  for (guint n = 2; i < drawings->len;) {
    const struct drawing *other = drawings->pdata[i++];
    if (strcmp (other->name, name) != 0)
      continue;
    g_free (name);
    name = g_strdup_printf ("%s-%u", base, n++);
    i = 0;
  }
  return name;
}

static const struct published *
find_published (const struct figure *figure, const char *id)
{
  for (guint i = 0; i < figure->published->len; i++) {
    const struct published *published = figure->published->pdata[i];
    if (strcmp (published->id, id) == 0)
      return published;
  }
  return NULL;
}

/* "9" of "fig-09". */
static const char *
shown_number (const char *id)
{
  id += strlen ("fig-");
  return id + strspn (id, "0");
}

/* What is said of the published figures: of the one asked for, or of all. */
static char *
mapping (const struct figure *figure, const char *id)
{
  const struct published *one = find_published (figure, id);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < figure->published->len; i++) {
    const struct published *published = figure->published->pdata[i];
    if (!one || published == one)
      g_string_append_printf (out, "%sFigure %s: %s", out->len ? " " : "",
                              shown_number (published->id), published->meaning);
  }
  return g_string_free (out, out->len == 0);
}

static bool
has_needed (const struct drawing *drawing)
{
  const struct figure *figure = drawing->figure;
  for (guint i = 0; i < figure->patterns->len; i++) {
    const GPtrArray *group = drawing->groups->pdata[i];
    if (g_array_index (figure->is_needed, bool, i) && group->len == 0)
      return false;
  }
  return true;
}

static void
select_groups (struct drawing *drawing, const struct vhm_result *result,
               const struct vhm_figure_request *request)
{
  const struct figure *figure = drawing->figure;
  unsigned limit = figure->is_each ? 1 : MAX_INSTANCES, ignored = 0;
  unsigned *n_left_out = figure->is_each ? &ignored : &drawing->n_left_out;
  GPtrArray *first = NULL;
  for (guint i = 0; i < figure->patterns->len; i++) {
    const char *pattern = figure->patterns->pdata[i];
    GPtrArray *group
        = first ? select_same (pattern, result, request, first)
                : select_series (pattern, result, request, limit, n_left_out);
    g_ptr_array_add (drawing->groups, group);
    first = first ? first : group;
  }
}

static char *
drawing_title (const struct drawing *drawing,
               const struct vhm_figure_request *request)
{
  const char *title = request->title ? request->title : drawing->figure->title;
  if (request->title || !drawing->figure->is_each)
    return g_strdup (title);
  const GPtrArray *first = drawing->groups->pdata[0];
  const struct vhm_series *series = first->pdata[0];
  return g_strdup_printf ("%s of %s", title, series->instance);
}

static char *
drawing_caption (const struct drawing *drawing)
{
  const char *caption = drawing->figure->caption;
  if (drawing->n_left_out == 0)
    return g_strdup (caption);
  if (drawing->figure->is_ledger)
    return g_strdup_printf ("%s Drawn are the first %d guests; %u others are "
                            "left out.",
                            caption, LEDGER_MAX_BARS, drawing->n_left_out);
  return g_strdup_printf ("%s Drawn are the %d that reach highest; %u others "
                          "are left out.",
                          caption, MAX_INSTANCES, drawing->n_left_out);
}

static unsigned
n_bars_left_out (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = ledger_guests (result);
  return guests->len - MIN (guests->len, LEDGER_MAX_BARS);
}

static void
add_drawing (GPtrArray *drawings, const struct figure *figure,
             const struct vhm_result *result,
             const struct vhm_figure_request *request)
{
  struct drawing *drawing = g_new0 (struct drawing, 1);
  drawing->figure = figure;
  drawing->groups
      = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  drawing->from_s = request->from_s;
  drawing->to_s = request->to_s;
  select_groups (drawing, result, request);
  if (figure->is_ledger)
    drawing->n_left_out = n_bars_left_out (result);
  bool is_empty
      = figure->is_ledger ? result->ledger->len == 0 : !has_needed (drawing);
  if (is_empty) {
    free_drawing (drawing);
    return;
  }
  drawing->name = file_name (request->id, drawings);
  drawing->title = drawing_title (drawing, request);
  drawing->caption = drawing_caption (drawing);
  drawing->mapping = mapping (figure, request->id);
  g_ptr_array_add (drawings, drawing);
}

/* A request with its window inside the run. */
static struct vhm_figure_request
bounded (const struct vhm_figure_request *request,
         const struct vhm_result *result)
{
  struct vhm_figure_request r = *request;
  r.from_s = fmax (0, r.from_s);
  if (!(r.to_s > r.from_s) || r.to_s > result->duration_s)
    r.to_s = result->duration_s;
  return r;
}

GPtrArray *
drawing_list_new (const GPtrArray *figures, const struct vhm_result *result,
                  const struct vhm_report_options *options)
{
  GPtrArray *drawings = g_ptr_array_new_with_free_func (free_drawing);
  for (guint i = 0; options->n_figures == 0 && i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    struct vhm_figure_request all = { .id = figure->id };
    all = bounded (&all, result);
    add_drawing (drawings, figure, result, &all);
  }
  for (size_t k = 0; k < options->n_figures; k++)
    for (guint i = 0; i < figures->len; i++) {
      const struct figure *figure = figures->pdata[i];
      const char *id = options->figures[k].id;
      if (strcmp (figure->id, id) != 0 && !find_published (figure, id))
        continue;
      struct vhm_figure_request request
          = bounded (&options->figures[k], result);
      add_drawing (drawings, figure, result, &request);
    }
  return drawings;
}
