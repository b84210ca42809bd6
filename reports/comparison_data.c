/* Versions side by side, as files for programs: JSON with everything, CSV for
 * spreadsheets. Base units; the unit is a column. Same numbers, same bytes. */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include <vhm/sim/atomic_file.h>
#include <vhm/sim/json.h>

#define SCHEMA "vhm-compare/1"

static const char *const units[VHM_N_UNITS]
    = { "", "bytes", "percent", "per_s", "seconds", "cycles" };

/* The numbers of a row in the order of columns of both files. */
enum { N_NUMBERS = 7 };
static const char *const number_keys[N_NUMBERS]
    = { "first_mean",          "other_mean", "difference", "half_width",
        "half_width_adjusted", "relative",   "p_adjusted" };

static void
numbers_of (const struct vhm_comparison_row *row, double numbers[N_NUMBERS])
{
  const struct vhm_paired *paired = &row->paired;
  const double all[N_NUMBERS] = { paired->mean[0],
                                  paired->mean[1],
                                  paired->difference,
                                  paired->half_width,
                                  row->half_width,
                                  paired->difference / fabs (paired->mean[0]),
                                  row->p };
  for (int i = 0; i < N_NUMBERS; i++)
    numbers[i] = row->n_missing > 0 ? (double) NAN : all[i];
}

/* --- JSON ----------------------------------------------------------------------- */

static void
put_string (struct vhm_json *json, const char *key, const char *value)
{
  vhm_json_key (json, key);
  vhm_json_string (json, value);
}

static void
put_count (struct vhm_json *json, const char *key, uint64_t value)
{
  vhm_json_key (json, key);
  vhm_json_count (json, value);
}

static void
put_row (struct vhm_json *json, const struct vhm_comparison *c,
         const struct vhm_comparison_row *row)
{
  double numbers[N_NUMBERS];
  numbers_of (row, numbers);
  vhm_json_begin_object (json);
  put_string (json, "first", comparison_name (c, 0));
  put_string (json, "other", comparison_name (c, row->other));
  put_string (json, "instance", row->instance);
  put_string (json, "quantity", row->key);
  put_string (json, "help", row->help);
  put_string (json, "unit", units[row->unit]);
  for (int i = 0; i < N_NUMBERS; i++) {
    vhm_json_key (json, number_keys[i]);
    vhm_json_number (json, numbers[i]);
  }
  vhm_json_key (json, "by_default");
  vhm_json_bool (json, row->is_usual);
  vhm_json_key (json, "difference_shown");
  vhm_json_bool (json, row->is_shown);
  put_count (json, "pairs_without_value", row->n_missing);
  vhm_json_end (json);
}

static void
put_versions (struct vhm_json *json, const struct vhm_comparison *c)
{
  vhm_json_key (json, "versions");
  vhm_json_begin_array (json);
  for (guint i = 0; i < c->versions->len; i++) {
    const struct vhm_comparison_version *version
        = &g_array_index (c->versions, struct vhm_comparison_version, i);
    vhm_json_begin_object (json);
    put_string (json, "name", version->name);
    put_string (json, "changes", version->changes);
    put_string (json, "inputs", version->inputs);
    vhm_json_end (json);
  }
  vhm_json_end (json);
}

char *
vhm_comparison_json (const struct vhm_comparison *c, size_t *ret_size)
{
  struct vhm_json json;
  vhm_json_init (&json);
  vhm_json_begin_object (&json);
  put_string (&json, "schema", SCHEMA);
  put_string (&json, "version", c->version);
  put_string (&json, "scenario", c->scenario);
  put_string (&json, "question", c->question);
  put_count (&json, "seed", c->seed);
  put_count (&json, "runs", c->n_runs);
  vhm_json_key (&json, "confidence");
  vhm_json_number (&json, c->confidence);
  put_count (&json, "quantities_always_zero", c->n_zero);
  vhm_json_key (&json, "differences");
  vhm_json_begin_array (&json);
  for (guint i = 0; i < c->rows->len; i++)
    put_row (&json, c, comparison_row (c, i));
  vhm_json_end (&json);
  put_versions (&json, c);
  vhm_json_end (&json);
  return vhm_json_finish (&json, ret_size);
}

/* --- CSV ------------------------------------------------------------------------ */

/* In quotation marks, inner ones doubled (RFC 4180): names hold commas. */
static void
append_text (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text; text++) {
    if (*text == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *text);
  }
  g_string_append (out, "\",");
}

char *
vhm_comparison_csv (const struct vhm_comparison *c)
{
  GString *out = g_string_new ("first,other,instance,quantity,unit");
  for (int i = 0; i < N_NUMBERS; i++)
    g_string_append_printf (out, ",%s", number_keys[i]);
  g_string_append (out, ",difference_shown\n");
  for (guint r = 0; r < c->rows->len; r++) {
    const struct vhm_comparison_row *row = comparison_row (c, r);
    append_text (out, comparison_name (c, 0));
    append_text (out, comparison_name (c, row->other));
    append_text (out, row->instance);
    append_text (out, row->key);
    g_string_append (out, units[row->unit]);
    double numbers[N_NUMBERS];
    numbers_of (row, numbers);
    char buffer[VHM_DOUBLE_TEXT_SIZE];
    for (int i = 0; i < N_NUMBERS; i++) /* empty: no number */
      g_string_append_printf (
          out, ",%s",
          isfinite (numbers[i]) ? vhm_double_text (numbers[i], buffer) : "");
    g_string_append_printf (out, ",%s\n", row->is_shown ? "true" : "false");
  }
  return g_string_free (out, FALSE);
}

/* One row a moment of a curve, the middle of its stretch. */
char *
vhm_comparison_series_csv (const struct vhm_comparison *c)
{
  GString *out
      = g_string_new ("version,guest,curve,unit,since_start_s,value\n");
  for (guint i = 0; i < c->curves->len; i++) {
    const struct vhm_comparison_curve *curve
        = &g_array_index (c->curves, struct vhm_comparison_curve, i);
    const struct vhm_comparison_chart *chart
        = &g_array_index (c->charts, struct vhm_comparison_chart, curve->chart);
    for (guint k = 0; k < curve->values->len; k++) {
      double value = g_array_index (curve->values, double, k);
      char at[VHM_DOUBLE_TEXT_SIZE], buffer[VHM_DOUBLE_TEXT_SIZE];
      append_text (out, comparison_name (c, curve->version));
      append_text (out, curve->guest);
      g_string_append_printf (
          out, "%s,%s,%s,%s\n", chart->id, units[chart->unit],
          vhm_double_text (((double) k + 0.5) * curve->step_s, at),
          isfinite (value) ? vhm_double_text (value, buffer) : "");
    }
  }
  return g_string_free (out, FALSE);
}

/* --- all files ------------------------------------------------------------------ */

static bool
write_text (const char *folder, const char *name, char *text, GError **error)
{
  bool fine = vhm_atomic_write (folder, name, text, strlen (text), error);
  g_free (text);
  return fine;
}

bool
vhm_comparison_write (const struct vhm_comparison *c, const char *out_dir,
                      bool skip_figures, GError **error)
{
  size_t size;
  g_autoptr (GPtrArray) figures = comparison_figures_new (c);
  g_autoptr (GError) trouble = NULL;
  if (!write_text (out_dir, "compare.csv", vhm_comparison_csv (c), error)
      || !write_text (out_dir, "compare-series.csv",
                      vhm_comparison_series_csv (c), error)
      || !write_text (out_dir, "compare.json", vhm_comparison_json (c, &size),
                      error))
    return false;
  bool is_drawn
      = skip_figures || comparison_figures_draw (c, figures, out_dir, &trouble);
  char *page
      = comparison_page_new (c, figures, trouble ? trouble->message : NULL);
  if (!write_text (out_dir, "report.html", page, error))
    return false;
  if (!is_drawn)
    g_propagate_error (error, g_steal_pointer (&trouble));
  return is_drawn;
}
