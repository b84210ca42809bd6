/* A diagnosis on a terminal. The names in it come from scenarios and rules; control
 * characters are shown as "?". */
#include "diagnosis.h"

#include <string.h>

/* More rows of a table stand in the report. */
#define MOST_ROWS 24
/* Sources are long; the report has them whole. */
#define MOST_WIDTH 60

static char *
printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);
  glong n = 0;
  for (const char *c = valid; *c; c = g_utf8_next_char (c), n++) {
    gunichar character = g_utf8_get_char (c);
    if (n == MOST_WIDTH - 3 && g_utf8_strlen (c, -1) > 3) {
      g_string_append (out, "...");
      break;
    }
    g_string_append_unichar (out,
                             g_unichar_isprint (character) ? character : '?');
  }
  return g_string_free (out, FALSE);
}

static void
append_row (GString *out, char *const *row, const glong *widths,
            const struct cells *c)
{
  for (guint k = 0; c->headings[k]; k++) {
    int pad = (int) (widths[k] - g_utf8_strlen (row[k], -1));
    bool is_number = k >= c->first_number && k < c->end_number;
    g_string_append_printf (out, "%s%*s%s%*s", k ? "  " : "",
                            is_number ? pad : 0, "", row[k],
                            is_number ? 0 : pad, "");
  }
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

static void
append_cells (GString *out, const struct cells *c)
{
  guint n = g_strv_length ((char **) c->headings);
  guint shown = MIN (c->rows->len, MOST_ROWS);
  g_autofree glong *widths = g_new0 (glong, n);
  g_autoptr (GPtrArray) rows
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  for (guint i = 0; i <= shown; i++) {
    char *const *from
        = i == 0 ? (char *const *) c->headings : c->rows->pdata[i - 1];
    char **row = g_new0 (char *, n + 1);
    for (guint k = 0; k < n; k++) {
      row[k] = printable (from[k]);
      widths[k] = MAX (widths[k], g_utf8_strlen (row[k], -1));
    }
    g_ptr_array_add (rows, row);
  }
  g_string_append_c (out, '\n');
  for (guint i = 0; i < rows->len; i++)
    append_row (out, rows->pdata[i], widths, c);
  if (shown < c->rows->len)
    g_string_append_printf (out, "... and %u more, in the report\n",
                            c->rows->len - shown);
}

static void
append_and_free (GString *out, struct cells *c)
{
  if (c)
    append_cells (out, c);
  vhm_cells_free (c);
}

char *
vhm_diagnosis_text (const struct vhm_result *r)
{
  const struct vhm_diagnosis *d = r->diagnosis;
  g_autofree char *line = vhm_diagnosis_line (r), *why = vhm_diagnosis_why (r);
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "Diagnosis: %s\n", line);
  if (why)
    g_string_append_printf (out, "Because: %s.\n", why);
  append_and_free (out, vhm_diagnosis_strip (r));
  append_and_free (out, vhm_diagnosis_sufferers (r));
  append_and_free (out, vhm_diagnosis_signals (r));
  append_and_free (out, vhm_diagnosis_alone (r));
  for (guint i = 0; i < d->alone->len; i++) {
    const struct vhm_alone *a = &g_array_index (d->alone, struct vhm_alone, i);
    g_string_append_printf (out, "\nCycles an operation of %s\n", a->guest);
    g_autoptr (GString) table = g_string_new (NULL);
    append_and_free (table, vhm_diagnosis_accounts (a));
    g_string_append (out, table->str + (table->len > 0));
  }
  append_and_free (out, vhm_diagnosis_remedies (r));
  return g_string_free (out, FALSE);
}
