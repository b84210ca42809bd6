/* The expectations as a table on a terminal: state, value, what is accepted,
 * what was published. Columns are as wide as their widest cell, counted in
 * characters, not bytes; control characters of names are shown as "?", so that
 * a scenario cannot steer the terminal. */
#include <vhm/report/report.h>

#include <string.h>

#include <vhm/base/require.h>

#include "quantity.h"

enum column {
  COLUMN_STATE,
  COLUMN_NAME,
  COLUMN_VALUE,
  COLUMN_ACCEPTED,
  COLUMN_PUBLISHED,
  COLUMN_FIGURE,
  N_COLUMNS
};

struct row {
  char *cells[N_COLUMNS];
  enum vhm_expect_state state;
};

const char *
vhm_expect_state_name (enum vhm_expect_state state)
{
  static const char *const names[]
      = { "PASS", "FAIL", "KNOWN MISS", "SURPRISE" };
  VHM_REQUIRE (state < G_N_ELEMENTS (names));
  return names[state];
}

static char *
printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  GString *out = g_string_new (NULL);
  for (const char *c = valid; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);
    g_string_append_unichar (out,
                             g_unichar_isprint (character) ? character : '?');
  }
  return g_string_free (out, FALSE);
}

static struct row
heading (void)
{
  return (struct row){ { g_strdup ("STATE"), g_strdup ("EXPECTATION"),
                         g_strdup ("VALUE"), g_strdup ("ACCEPTED"),
                         g_strdup ("PUBLISHED"), g_strdup ("FIGURE") },
                       VHM_EXPECT_PASS };
}

static struct row
row_of (const struct vhm_expectation *e)
{
  enum vhm_expect_state state = vhm_expectation_state (e);
  return (struct row){ { g_strdup (vhm_expect_state_name (state)),
                         printable (e->name ? e->name : e->that),
                         vhm_quantity_text (e->value, e->unit),
                         vhm_quantity_range_text (e->low, e->high, e->unit),
                         printable (e->published), printable (e->figure) },
                       state };
}

static void
clear_row (void *item)
{
  struct row *row = item;
  for (int c = 0; c < N_COLUMNS; c++)
    g_free (row->cells[c]);
}

static void
measure (const GArray *rows, glong widths[N_COLUMNS])
{
  for (guint i = 0; i < rows->len; i++)
    for (int c = 0; c < N_COLUMNS; c++) {
      const char *cell = g_array_index (rows, struct row, i).cells[c];
      widths[c] = MAX (widths[c], g_utf8_strlen (cell, -1));
    }
}

static void
append_padded (GString *out, const char *text, glong width, bool is_right)
{
  int pad = (int) (width - g_utf8_strlen (text, -1));
  if (is_right)
    g_string_append_printf (out, "%*s%s", pad, "", text);
  else
    g_string_append_printf (out, "%s%*s", text, pad, "");
}

static const char *
color_of (enum vhm_expect_state state)
{
  static const char *const colors[]
      = { "\033[32m", "\033[31m", "\033[33m", "\033[35m" };
  return colors[state];
}

static void
append_row (GString *out, const struct row *row, const glong widths[N_COLUMNS],
            bool color)
{
  for (int c = 0; c < N_COLUMNS; c++) {
    bool is_colored = color && c == COLUMN_STATE;
    g_string_append (out, is_colored ? color_of (row->state) : "");
    append_padded (out, row->cells[c], widths[c], c == COLUMN_VALUE);
    g_string_append (out, is_colored ? "\033[0m" : "");
    g_string_append (out, c + 1 < N_COLUMNS ? "  " : "");
  }
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

char *
vhm_report_table (const struct vhm_result *result, bool color)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (struct row));
  g_array_set_clear_func (rows, clear_row);
  struct row head = heading ();
  g_array_append_val (rows, head);
  for (guint i = 0; i < result->expectations->len; i++) {
    struct row row = row_of (result->expectations->pdata[i]);
    g_array_append_val (rows, row);
  }
  glong widths[N_COLUMNS] = { 0 };
  measure (rows, widths);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++)
    append_row (out, &g_array_index (rows, struct row, i), widths,
                color && i > 0);
  return g_string_free (out, FALSE);
}
