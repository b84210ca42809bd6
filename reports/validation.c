/* Published numbers beside simulated ones, as table and JSON. A row passes when the
 * simulated value is within what is accepted; a miss that the data explain is shown
 * as one. */
#include <vhm/report/validation.h>

#include <math.h>

#include <vhm/report/grid.h>
#include <vhm/report/report.h>
#include <vhm/sim/expect.h>

#include "quantity.h"

static void
clear_row (gpointer data)
{
  struct vhm_validation_row *row = data;
  g_free (row->name);
  g_free (row->place);
  g_free (row->known_miss);
  g_free (row->printed);
  g_free (row->series);
  g_free (row->over);
}

struct vhm_validation *
vhm_validation_new (void)
{
  struct vhm_validation *v = g_new0 (struct vhm_validation, 1);
  v->place_heading = "SOURCE";
  v->rows = g_array_new (FALSE, TRUE, sizeof (struct vhm_validation_row));
  g_array_set_clear_func (v->rows, clear_row);
  return v;
}

void
vhm_validation_free (struct vhm_validation *v)
{
  if (!v)
    return;
  g_array_unref (v->rows);
  g_free (v->name);
  g_free (v->title);
  g_free (v->source);
  g_free (v->reading);
  g_free (v->axis);
  g_free (v);
}

enum vhm_expect_state
vhm_validation_state (const struct vhm_validation_row *row)
{
  bool passes = row->simulated >= row->low && row->simulated <= row->high;
  if (row->known_miss)
    return passes ? VHM_EXPECT_SURPRISE : VHM_EXPECT_KNOWN_MISS;
  return passes ? VHM_EXPECT_PASS : VHM_EXPECT_FAIL;
}

double
vhm_validation_error (const struct vhm_validation_row *row)
{
  double error = row->simulated / row->published - 1;
  return isfinite (error) ? error : (double) NAN;
}

/* A row that fails is called a miss here: nothing was asked for, something was
 * published. */
static const char *
state_name (const struct vhm_validation_row *row)
{
  enum vhm_expect_state state = vhm_validation_state (row);
  return state == VHM_EXPECT_FAIL ? "MISS" : vhm_expect_state_name (state);
}

/* --- the table -------------------------------------------------------------------- */

/* Decimals that published and simulated number share. */
static int
decimals_of (const struct vhm_validation_row *row)
{
  double size = fmax (fabs (row->published), fabs (row->simulated));
  return size >= 100 ? 0 : size >= 10 ? 1 : 2;
}

static char *
value_text (const struct vhm_validation_row *row, double value, int more)
{
  if (isnan (value))
    return g_strdup ("-");
  if (row->unit != VHM_UNIT_NONE)
    return vhm_quantity_text (value, row->unit);
  return vhm_quantity_decimal (value, decimals_of (row) + more);
}

static char *
published_text (const struct vhm_validation_row *row)
{
  return isnan (row->published) && row->printed
             ? g_strdup (row->printed)
             : value_text (row, row->published, 0);
}

static char *
error_text (const struct vhm_validation_row *row)
{
  double error = vhm_validation_error (row);
  if (isnan (error))
    return g_strdup ("-");
  g_autofree char *number = vhm_quantity_decimal (100 * error, 1);
  return g_strconcat (error >= 0 && *number != '-' ? "+" : "", number, " %",
                      NULL);
}

static char *
accepted_text (const struct vhm_validation_row *row)
{
  return isnan (row->tolerance)
             ? vhm_quantity_range_text (row->low, row->high, row->unit)
             : g_strdup_printf ("%g %%", 100 * row->tolerance);
}

static void
add_row (vhm_grid *grid, const struct vhm_validation_row *row)
{
  g_autofree char *published = published_text (row);
  g_autofree char *simulated = value_text (row, row->simulated, 0);
  g_autofree char *half = value_text (row, row->half_width, 1);
  g_autofree char *interval = isnan (row->half_width)
                                  ? g_strdup ("")
                                  : g_strconcat ("+- ", half, NULL);
  g_autofree char *error = error_text (row);
  g_autofree char *accepted = accepted_text (row);
  const char *const cells[] = {
    state_name (row),
    row->name,
    published,
    simulated,
    interval,
    error,
    accepted,
    row->is_fitted ? "fitted" : "predicted",
    row->place ? row->place : "",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++)
    vhm_grid_add (grid, cells[i]);
}

static const struct vhm_validation_row *
row_at (const struct vhm_validation *v, guint i)
{
  return &g_array_index (v->rows, struct vhm_validation_row, i);
}

char *
vhm_validation_table (const struct vhm_validation *v)
{
  const char *const heading[]
      = { "",      "ROW",       "PUBLISHED", "SIMULATED",     "",
          "ERROR", "TOLERANCE", "",          v->place_heading };
  g_autoptr (vhm_grid) grid = vhm_grid_new ("llrrlrrll");
  for (size_t i = 0; i < G_N_ELEMENTS (heading); i++)
    vhm_grid_add (grid, heading[i]);
  for (guint i = 0; i < v->rows->len; i++)
    add_row (grid, row_at (v, i));
  g_autofree char *text = vhm_grid_text (grid);
  GString *out = g_string_new (text);
  for (guint i = 0; i < v->rows->len; i++)
    if (row_at (v, i)->known_miss)
      g_string_append_printf (out, "%s: %s\n", row_at (v, i)->name,
                              row_at (v, i)->known_miss);
  return g_string_free (out, FALSE);
}

/* --- JSON ------------------------------------------------------------------------- */

static void
put_text (struct vhm_json *json, const char *key, const char *text)
{
  vhm_json_key (json, key);
  vhm_json_string (json, text);
}

static void
put_number (struct vhm_json *json, const char *key, double value)
{
  vhm_json_key (json, key);
  vhm_json_number (json, value);
}

static void
put_row (struct vhm_json *json, const struct vhm_validation_row *row)
{
  vhm_json_begin_object (json);
  put_text (json, "name", row->name);
  put_text (json, "unit", vhm_unit_name (row->unit));
  put_number (json, "published", row->published);
  put_text (json, "printed", row->printed);
  put_number (json, "simulated", row->simulated);
  put_number (json, "half_width", row->half_width);
  put_number (json, "error", vhm_validation_error (row));
  put_number (json, "tolerance", row->tolerance);
  put_number (json, "at_least", row->low);
  put_number (json, "at_most", row->high);
  put_text (json, "role", row->is_fitted ? "fitted" : "predicted");
  put_text (json, "verdict", state_name (row));
  if (row->series) {
    put_text (json, "series", row->series);
    put_number (json, "x", row->x);
  }
  if (row->known_miss)
    put_text (json, "known_miss", row->known_miss);
  vhm_json_end (json);
}

void
vhm_validation_put_json (struct vhm_json *json, const struct vhm_validation *v)
{
  vhm_json_begin_object (json);
  put_text (json, "name", v->name);
  put_text (json, "title", v->title);
  put_text (json, "source", v->source);
  vhm_json_key (json, "rows");
  vhm_json_begin_array (json);
  for (guint i = 0; i < v->rows->len; i++)
    put_row (json, row_at (v, i));
  vhm_json_end (json);
  vhm_json_end (json);
}
