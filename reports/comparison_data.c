/* Versions side by side, as files for programs: JSON with everything, CSV for
 * spreadsheets. Base units; the unit is a column. Same numbers, same bytes. */
#include <vhm/report/comparison.h>

#include <math.h>
#include <string.h>

#include <vhm/sim/atomic_file.h>
#include <vhm/sim/json.h>

#define SCHEMA "vhm-compare/1"

static const char *const units[VHM_N_UNITS]
    = { "", "bytes", "percent", "per_s", "seconds", "cycles" };

static const struct vhm_comparison_row *
row_at (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

static const struct vhm_comparison_version *
version_at (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->versions, struct vhm_comparison_version, i);
}

/* The numbers of a row in the order of columns of both files. */
enum { N_NUMBERS = 6 };
static const char *const number_keys[N_NUMBERS]
    = { "first_mean", "other_mean", "difference",
        "half_width", "relative",   "p_adjusted" };

static void
numbers_of (const struct vhm_comparison_row *row, double numbers[N_NUMBERS])
{
  const struct vhm_paired *paired = &row->paired;
  const double all[N_NUMBERS] = { paired->mean[0],
                                  paired->mean[1],
                                  paired->difference,
                                  paired->half_width,
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
  put_string (json, "first", version_at (c, 0)->name);
  put_string (json, "other", version_at (c, row->other)->name);
  put_string (json, "instance", row->instance);
  put_string (json, "quantity", row->key);
  put_string (json, "help", row->help);
  put_string (json, "unit", units[row->unit]);
  for (int i = 0; i < N_NUMBERS; i++) {
    vhm_json_key (json, number_keys[i]);
    vhm_json_number (json, numbers[i]);
  }
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
    vhm_json_begin_object (json);
    put_string (json, "name", version_at (c, i)->name);
    put_string (json, "inputs", version_at (c, i)->inputs);
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
    put_row (&json, c, row_at (c, i));
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
    const struct vhm_comparison_row *row = row_at (c, r);
    append_text (out, version_at (c, 0)->name);
    append_text (out, version_at (c, row->other)->name);
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
                      GError **error)
{
  size_t size;
  return write_text (out_dir, "compare.csv", vhm_comparison_csv (c), error)
         && write_text (out_dir, "compare.json", vhm_comparison_json (c, &size),
                        error);
}
