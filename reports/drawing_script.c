/* Makes the data and the commands of one drawing.
 *
 * Data: one row a moment, tab-separated: wall clock in seconds, then the series
 * pattern by pattern, already divided by their scale. More moments than a
 * picture has pixels are thinned: each bucket of moments keeps every series'
 * least and greatest sample, in their order, so no spike is lost; a series that
 * misses samples in it gets a row without one behind these, so that no gap is
 * lost either.
 *
 * Commands before the script (N counts the patterns from 1):
 *   sN_n, sN_col, sN_name[i], sN_label   how many series, the column of the
 *                                        first, their instances, axis label
 *   fig_title, x_from, x_to, x_step, mark    the time axis; a point every so
 *                                        many rows
 *   size_unit                            what bytes are divided by
 * and for the ledger: s1_n accounts, s1_name[i], guest_n, guest_name[i]; for the
 * cost of translation likewise, with parts for accounts and bars for guests.
 */
#include "figure.h"

#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "ledger.h"
#include "picture.h"
#include "quantity.h"
#include "translation.h"

#define MAX_BUCKETS 400   /* two rows each: about one a pixel */
#define MARKS_PER_LINE 12 /* points that tell lines apart */
#define THEME_NAME "theme.gp"
#define WIDTH 900
#define HEIGHT 420

/* --- scale ----------------------------------------------------------- */

/* Greatest value of all series of one unit: they share a scale. */
static double
largest (const struct drawing *drawing, size_t n_samples, enum vhm_unit unit)
{
  double most = 0;
  for (guint g = 0; g < drawing->groups->len; g++) {
    const GPtrArray *group = drawing->groups->pdata[g];
    for (guint i = 0; i < group->len; i++) {
      const struct vhm_series *series = group->pdata[i];
      for (size_t k = 0; series->counter->unit == unit && k < n_samples; k++)
        if (series->values[k] > most)
          most = series->values[k];
    }
  }
  return most;
}

struct scales {
  struct quantity_scale of[VHM_N_UNITS];
};

static struct scales
find_scales (const struct drawing *drawing, const struct vhm_result *result)
{
  struct scales scales;
  for (int unit = 0; unit < VHM_N_UNITS; unit++)
    scales.of[unit] = vhm_quantity_scale_of (
        largest (drawing, result->n_samples, (enum vhm_unit) unit),
        (enum vhm_unit) unit);
  return scales;
}

/* --- data ------------------------------------------------------------ */

static void
append_value (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (isfinite (value))
    g_string_append (out,
                     g_ascii_formatd (buffer, sizeof buffer, "%.7g", value));
  else
    g_string_append (out, "NaN");
}

/* A stretch of moments that becomes one row, or two. */
struct bucket {
  size_t from, to; /* without `to` */
};

/* Its least and greatest sample, in the order in which they came. */
static void
extremes (const double *values, struct bucket bucket, double ret_pair[2])
{
  size_t least = bucket.from, most = bucket.from;
  for (size_t i = bucket.from; i < bucket.to; i++) {
    if (!(values[least] <= values[i]) && !isnan (values[i]))
      least = i;
    if (!(values[most] >= values[i]) && !isnan (values[i]))
      most = i;
  }
  ret_pair[0] = values[MIN (least, most)];
  ret_pair[1] = values[MAX (least, most)];
}

/* The sample before a gap; 0 before the first and after the last. */
static double
held (const double *values, size_t n_samples, size_t i)
{
  size_t before = i, after = i;
  while (before > 0 && isnan (values[before]))
    before--;
  while (after + 1 < n_samples && isnan (values[after]))
    after++;
  bool is_gap = !isnan (values[before]) && !isnan (values[after]);
  return is_gap ? values[before] : 0;
}

/* Samples are missing in the bucket, and there are some before and after. */
static bool
has_gap (const double *values, size_t n_samples, struct bucket bucket)
{
  size_t before = bucket.from, after = bucket.to;
  bool misses = false;
  for (size_t i = bucket.from; i < bucket.to; i++)
    misses = misses || isnan (values[i]);
  while (misses && before > 0 && isnan (values[before]))
    before--;
  while (misses && after < n_samples && isnan (values[after]))
    after++;
  return misses && after < n_samples && !isnan (values[before]);
}

/* A row for the first sample, one for the second, one behind them that breaks the
 * lines that have a gap. Returns whether there are any. */
static bool
append_bucket (GString *rows[3], const struct drawing *drawing,
               const struct vhm_result *result, const struct scales *scales,
               struct bucket bucket)
{
  bool breaks = false, holds = drawing->figure->holds_gaps;
  for (guint g = 0; g < drawing->groups->len; g++) {
    const GPtrArray *group = drawing->groups->pdata[g];
    for (guint i = 0; i < group->len; i++) {
      const struct vhm_series *series = group->pdata[i];
      double values[3], divisor = scales->of[series->counter->unit].divisor;
      extremes (series->values, bucket, values);
      bool has = !holds && has_gap (series->values, result->n_samples, bucket);
      values[2] = has ? (double) NAN : values[1];
      breaks = breaks || has;
      for (int k = 0; k < 3; k++) {
        if (holds && isnan (values[k]))
          values[k] = held (series->values, result->n_samples, bucket.from);
        g_string_append_c (rows[k], '\t');
        append_value (rows[k], values[k] / divisor);
      }
    }
  }
  return breaks;
}

static void
append_moments (GString *out, const struct drawing *drawing,
                const struct vhm_result *result, const struct scales *scales,
                struct bucket bucket)
{
  g_autoptr (GString) first = g_string_new (NULL);
  g_autoptr (GString) second = g_string_new (NULL);
  g_autoptr (GString) behind = g_string_new (NULL);
  GString *rows[3] = { first, second, behind };
  size_t middle = bucket.from + (bucket.to - bucket.from) / 2;
  size_t times[3] = { bucket.from, middle, middle };
  bool breaks = append_bucket (rows, drawing, result, scales, bucket);
  int n = bucket.to - bucket.from == 1 ? 1 : breaks ? 3 : 2;
  for (int k = 0; k < n; k++) {
    append_value (out,
                  result->start_s + (double) times[k] * result->interval_s);
    g_string_append_printf (out, "%s\n", rows[k]->str);
  }
}

static struct bucket
samples_of (const struct drawing *drawing, const struct vhm_result *result)
{
  double interval = result->interval_s;
  struct bucket all = { 0, result->n_samples };
  while (all.from < all.to && (double) all.from * interval < drawing->from_s)
    all.from++;
  while (all.to > all.from && (double) (all.to - 1) * interval > drawing->to_s)
    all.to--;
  return all;
}

static size_t
bucket_length (struct bucket all)
{
  size_t n = all.to - all.from;
  return n <= 2 * MAX_BUCKETS ? 1 : (n + MAX_BUCKETS - 1) / MAX_BUCKETS;
}

char *
vhm_drawing_data (const struct drawing *drawing,
                  const struct vhm_result *result)
{
  if (drawing->figure->is_ledger)
    return vhm_report_ledger_data (result);
  if (drawing->figure->is_translation)
    return vhm_report_translation_data (result);
  struct scales scales = find_scales (drawing, result);
  struct bucket all = samples_of (drawing, result);
  size_t length = bucket_length (all);
  GString *out = g_string_new (NULL);
  for (size_t i = all.from; i < all.to; i += length) {
    struct bucket bucket = { i, MIN (i + length, all.to) };
    append_moments (out, drawing, result, &scales, bucket);
  }
  return g_string_free (out, FALSE);
}

/* --- commands -------------------------------------------------------- */

/* Seconds between labels of the time axis: at most ten of them. */
static double
tick_step (double span_s)
{
  static const double steps[]
      = { 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400 };
  for (size_t i = 0; i < G_N_ELEMENTS (steps); i++)
    if (span_s / steps[i] <= 10)
      return steps[i];
  return 86400;
}

static void
append_axis (GString *out, const struct drawing *drawing,
             const struct vhm_result *result)
{
  struct bucket all = samples_of (drawing, result);
  size_t n = (all.to - all.from) / bucket_length (all);
  double step = tick_step (drawing->to_s - drawing->from_s);
  g_autofree char *title = vhm_gnuplot_quote (drawing->title);
  g_autofree char *from
      = vhm_quantity_decimal (result->start_s + drawing->from_s, 3);
  g_autofree char *to
      = vhm_quantity_decimal (result->start_s + drawing->to_s, 3);
  g_string_append_printf (out,
                          "fig_title = %s\nx_from = %s\nx_to = %s\n"
                          "x_step = %d\nx_format = '%s'\nmark = %d\n",
                          title, from, to, (int) step,
                          step < 60 ? "%H:%M:%S" : "%H:%M",
                          (int) (n / MARKS_PER_LINE) + 1);
}

static void
append_group (GString *out, guint number, const GPtrArray *group, guint column,
              const struct scales *scales)
{
  g_string_append_printf (out, "s%u_n = %u\ns%u_col = %u\narray s%u_name[%u]\n",
                          number, group->len, number, column, number,
                          MAX (1, group->len));
  for (guint i = 0; i < group->len; i++) {
    const struct vhm_series *series = group->pdata[i];
    g_autofree char *name = vhm_gnuplot_quote (series->instance);
    g_string_append_printf (out, "s%u_name[%u] = %s\n", number, i + 1, name);
  }
  const struct vhm_series *first = group->len ? group->pdata[0] : NULL;
  const char *unit = first ? scales->of[first->counter->unit].name : "";
  g_autofree char *label = g_strdup_printf (
      "%s%s%s", first ? first->counter->title : "", *unit ? ", " : "", unit);
  g_autofree char *quoted = vhm_gnuplot_quote (label);
  g_string_append_printf (out, "s%u_label = %s\n", number, quoted);
}

char *
vhm_drawing_preamble (const struct drawing *drawing,
                      const struct vhm_result *result)
{
  GString *out = g_string_new (NULL);
  append_axis (out, drawing, result);
  if (drawing->figure->is_ledger || drawing->figure->is_translation) {
    g_autofree char *names = drawing->figure->is_ledger
                                 ? vhm_report_ledger_preamble (result)
                                 : vhm_report_translation_preamble (result);
    g_string_append (out, names);
    return g_string_free (out, FALSE);
  }
  struct scales scales = find_scales (drawing, result);
  g_string_append_printf (out, "size_unit = '%s'\n",
                          scales.of[VHM_UNIT_BYTES].name);
  guint column = 2;
  for (guint g = 0; g < drawing->groups->len; g++) {
    const GPtrArray *group = drawing->groups->pdata[g];
    append_group (out, g + 1, group, column, &scales);
    column += group->len;
  }
  return g_string_free (out, FALSE);
}

/* --- drawing --------------------------------------------------------- */

bool
vhm_drawing_draw (struct drawing *drawing, const struct vhm_result *result,
                  const struct gnuplot *gnuplot, const char *out_dir,
                  GError **error)
{
  g_autofree char *data = vhm_drawing_data (drawing, result);
  g_autofree char *preamble = vhm_drawing_preamble (drawing, result);
  g_autofree char *commands
      = g_strconcat (preamble, vhm_picture_script (THEME_NAME), "\n",
                     drawing->figure->script, "\n", NULL);
  const struct picture picture
      = { drawing->name, data, commands, WIDTH, HEIGHT };
  g_clear_pointer (&drawing->svg, g_free);
  return vhm_picture_draw (&picture, gnuplot, out_dir, &drawing->svg, error);
}
