/* The samples as a table: one row a moment, one column a series.
 *
 * The first column is seconds since the start, the second the wall clock; a
 * missing sample is an empty cell. Names that need it are quoted (RFC 4180).
 * Whole numbers are exact; others have ten significant digits, finer than any
 * counter that a hypervisor shows. Cost: about 0.1 us for a whole number, 0.6
 * us for another.
 */
#include <vhm/report/report.h>

#include <math.h>
#include <string.h>

#include "quantity.h"

#define FORMAT "%.10g"
/* Beyond this a double need not be a whole number any more. */
#define MAX_WHOLE 1e15

static void
append_cell (GString *out, const char *text)
{
  if (!strpbrk (text, ",\"\r\n")) {
    g_string_append (out, text);
    return;
  }
  g_string_append_c (out, '"');
  for (const char *c = text; *c; c++) {
    if (*c == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *c);
  }
  g_string_append_c (out, '"');
}

static void
append_header (GString *out, const struct vhm_result *result)
{
  g_string_append (out, "time_s,clock");
  for (guint i = 0; i < result->series->len; i++) {
    const struct vhm_series *series = result->series->pdata[i];
    g_autofree char *column = vhm_quantity_column (series->counter);
    g_autofree char *name = g_strdup_printf ("%s.%s", series->instance, column);
    g_string_append_c (out, ',');
    append_cell (out, name);
  }
  g_string_append_c (out, '\n');
}

static void
append_whole (GString *out, uint64_t value)
{
  char digits[20]; /* 2^64 has 20 */
  size_t n = sizeof digits;
  do
    digits[--n] = (char) ('0' + value % 10);
  while ((value /= 10) > 0);
  g_string_append_len (out, digits + n, (gssize) (sizeof digits - n));
}

static void
append_number (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (value >= 0 && value < MAX_WHOLE && value == floor (value)) {
    append_whole (out, (uint64_t) value);
    return;
  }
  g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, FORMAT, value));
}

static void
append_row (GString *out, const struct vhm_result *result, size_t row)
{
  double t = (double) row * result->interval_s;
  g_autofree char *clock = vhm_quantity_clock (result->start_s + t);
  append_number (out, t);
  g_string_append_printf (out, ",%s", clock);
  for (guint i = 0; i < result->series->len; i++) {
    const struct vhm_series *series = result->series->pdata[i];
    g_string_append_c (out, ',');
    if (isfinite (series->values[row]))
      append_number (out, series->values[row]);
  }
  g_string_append_c (out, '\n');
}

char *
vhm_report_csv (const struct vhm_result *result, size_t *ret_size)
{
  GString *out = g_string_new (NULL);
  append_header (out, result);
  for (size_t row = 0; row < result->n_samples; row++)
    append_row (out, result, row);
  *ret_size = out->len;
  return g_string_free (out, FALSE);
}
