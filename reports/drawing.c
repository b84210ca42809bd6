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
#include "translation.h"

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
  if (drawing->others) {
    g_free (drawing->others->instance);
    g_free (drawing->others->values);
    g_free (drawing->others);
  }
  g_free (drawing);
}

/* --- series of a pattern --------------------------------------------- */

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
  g_autofree char *instance = g_strndup (pattern, (gsize) (dot - pattern));
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
  double highest = (double) NAN;
  for (size_t i = 0; i < result->n_samples; i++) {
    double t = (double) i * result->interval_s;
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

/* A series and how high it reaches. */
struct ranked {
  struct vhm_series *series;
  double peak;
};

/* Index of the one that reaches least high; ties go to the last. */
static guint
lowest (const GArray *ranking)
{
  guint index = 0;
  for (guint i = 1; i < ranking->len; i++)
    if (g_array_index (ranking, struct ranked, i).peak
        <= g_array_index (ranking, struct ranked, index).peak)
      index = i;
  return index;
}

static GArray *
rank_series (const char *pattern, const struct vhm_result *result,
             const struct vhm_figure_request *request)
{
  GArray *ranking = g_array_new (FALSE, FALSE, sizeof (struct ranked));
  for (guint i = 0; i < result->series->len; i++) {
    struct ranked r = { result->series->pdata[i], 0 };
    if (!matches (pattern, r.series)
        || !is_asked_for (request, r.series->instance))
      continue;
    r.peak = peak (r.series, result, request->from_s, request->to_s);
    if (!isnan (r.peak))
      g_array_append_val (ranking, r);
  }
  return ranking;
}

/* Series with at least one sample in the window, in their own order. */
static GPtrArray *
select_series (const char *pattern, const struct vhm_result *result,
               const struct vhm_figure_request *request, unsigned limit,
               unsigned *n_left_out)
{
  g_autoptr (GArray) ranking = rank_series (pattern, result, request);
  for (; ranking->len > limit; (*n_left_out)++)
    g_array_remove_index (ranking, lowest (ranking));
  GPtrArray *group = g_ptr_array_new ();
  for (guint i = 0; i < ranking->len; i++)
    g_ptr_array_add (group, g_array_index (ranking, struct ranked, i).series);
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

/* --- drawings -------------------------------------------------------- */

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

static bool
has_some (const GPtrArray *group, const struct vhm_result *result,
          const struct vhm_figure_request *request)
{
  for (guint i = 0; i < group->len; i++)
    if (peak (group->pdata[i], result, request->from_s, request->to_s) > 0)
      return true;
  return false;
}

static void
select_groups (struct drawing *drawing, const struct vhm_result *result,
               const struct vhm_figure_request *request)
{
  const struct figure *figure = drawing->figure;
  unsigned limit = figure->is_each      ? 1
                   : figure->holds_gaps ? MAX_INSTANCES - 1
                                        : MAX_INSTANCES;
  unsigned ignored = 0;
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
  if (figure->needs_some && first && !has_some (first, result, request))
    g_ptr_array_set_size (first, 0);
}

static void
add_samples (double *sum, const double *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isnan (values[i]))
      sum[i] = isnan (sum[i]) ? values[i] : sum[i] + values[i];
}

/* A stack without some of its guests would lie about its height: what is left
 * out goes in as one band. */
static void
add_others (struct drawing *drawing, const struct vhm_result *result,
            const struct vhm_figure_request *request)
{
  GPtrArray *group = drawing->groups->pdata[0];
  const char *pattern = drawing->figure->patterns->pdata[0];
  unsigned none = 0;
  g_autoptr (GPtrArray) all
      = select_series (pattern, result, request, G_MAXUINT, &none);
  struct vhm_series *others = g_new0 (struct vhm_series, 1);
  others->instance = g_strdup_printf ("%u others", drawing->n_left_out);
  others->values = g_new (double, result->n_samples);
  for (size_t i = 0; i < result->n_samples; i++)
    others->values[i] = (double) NAN;
  for (guint i = 0; i < all->len; i++) {
    const struct vhm_series *series = all->pdata[i];
    others->counter = series->counter;
    if (!g_ptr_array_find (group, series, NULL))
      add_samples (others->values, series->values, result->n_samples);
  }
  drawing->others = others;
  drawing->n_left_out = 0;
  g_ptr_array_add (group, others);
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
  if (drawing->figure->is_translation)
    return g_strdup_printf ("%s Drawn are the first %d guests; %u others are "
                            "left out.",
                            caption, TRANSLATION_MAX_GUESTS,
                            drawing->n_left_out);
  return g_strdup_printf ("%s Drawn are the %d that reach highest; %u others "
                          "are left out.",
                          caption, MAX_INSTANCES, drawing->n_left_out);
}

static unsigned
n_bars_left_out (const struct vhm_result *result)
{
  g_autoptr (GPtrArray) guests = vhm_report_ledger_guests (result);
  return guests->len - MIN (guests->len, LEDGER_MAX_BARS);
}

static bool
has_no_data (const struct drawing *drawing, const struct vhm_result *result)
{
  if (drawing->figure->is_ledger)
    return result->ledger->len == 0;
  if (drawing->figure->is_translation)
    return result->translation->len == 0;
  return !has_needed (drawing);
}

static void
add_drawing (GPtrArray *drawings, const struct figure *figure,
             const struct vhm_result *result,
             const struct vhm_figure_request *request)
{
  struct drawing *drawing = g_new0 (struct drawing, 1);
  drawing->figure = figure;
  drawing->groups
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  drawing->from_s = request->from_s;
  drawing->to_s = request->to_s;
  select_groups (drawing, result, request);
  if (figure->is_ledger)
    drawing->n_left_out = n_bars_left_out (result);
  if (figure->is_translation)
    drawing->n_left_out = vhm_report_translation_left_out (result);
  if (has_no_data (drawing, result)) {
    free_drawing (drawing);
    return;
  }
  if (figure->holds_gaps && drawing->n_left_out > 0)
    add_others (drawing, result, request);
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

static void
add_requested (GPtrArray *drawings, const GPtrArray *figures,
               const struct vhm_result *result,
               const struct vhm_figure_request *request)
{
  struct vhm_figure_request inside = bounded (request, result);
  for (guint i = 0; i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    if (strcmp (figure->id, inside.id) == 0
        || find_published (figure, inside.id))
      add_drawing (drawings, figure, result, &inside);
  }
}

static bool
is_drawn (const GPtrArray *drawings, const struct figure *figure)
{
  for (guint i = 0; i < drawings->len; i++)
    if (((const struct drawing *) drawings->pdata[i])->figure == figure)
      return true;
  return false;
}

GPtrArray *
vhm_drawing_list_new (const GPtrArray *figures, const struct vhm_result *result,
                      const struct vhm_report_options *options,
                      GString *missing)
{
  GPtrArray *drawings = g_ptr_array_new_with_free_func (free_drawing);
  for (guint i = 0; options->n_figures == 0 && i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    struct vhm_figure_request all = { .id = figure->id };
    all = bounded (&all, result);
    add_drawing (drawings, figure, result, &all);
  }
  for (size_t k = 0; k < options->n_figures; k++) {
    guint n_before = drawings->len;
    add_requested (drawings, figures, result, &options->figures[k]);
    if (drawings->len == n_before)
      g_string_append_printf (missing, "%s%s", missing->len ? ", " : "",
                              options->figures[k].id);
  }
  for (guint i = 0; options->n_figures > 0 && i < figures->len; i++) {
    const struct figure *figure = figures->pdata[i];
    struct vhm_figure_request all = { .id = figure->id };
    all = bounded (&all, result);
    if (figure->is_diagnosis && !is_drawn (drawings, figure))
      add_drawing (drawings, figure, result, &all);
  }
  return drawings;
}
