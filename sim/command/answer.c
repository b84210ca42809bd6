/* What `vhm run` prints for a person: the guests in a few numbers, then what
 * was expected. Means are over the time in which the guest was on. Names come
 * from the scenario and are letters, digits, _ . - [ ]. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vhm/base/units.h>

enum { COLUMNS = 7 };

struct line {
  char *cells[COLUMNS];
};

static void
clear_line (gpointer data)
{
  struct line *line = data;
  for (int i = 0; i < COLUMNS; i++)
    g_free (line->cells[i]);
}

/* A counter without a sample while the guest is off. */
#define KEY_WHILE_ON "visible_memory"

static double
mean (const struct vhm_result *r, const char *who, const char *key)
{
  const struct vhm_series *s = vhm_result_find (r, who, key);
  const struct vhm_series *on = vhm_result_find (r, who, KEY_WHILE_ON);
  double sum = 0, n = 0;
  for (size_t i = 0; s && on && i < r->n_samples; i++)
    if (!isnan (s->values[i]) && !isnan (on->values[i])) {
      sum += s->values[i];
      n++;
    }
  return n > 0 ? sum / n : NAN;
}

static double
summary (const struct vhm_result *r, const char *who, const char *key)
{
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    if (strcmp (row->instance, who) == 0 && strcmp (row->key, key) == 0)
      return row->value;
  }
  return NAN;
}

static char *
number (double value, const char *format)
{
  g_autofree char *text = g_strdup_printf ("%.*f", value < 10 ? 1 : 0, value);
  return isnan (value) ? g_strdup ("-") : g_strdup_printf (format, text);
}

static char *
duration (double s)
{
  static const struct {
    double least_s;
    const char *format;
  } scales[] = { { 3600, "%s h" },
                 { 60, "%s min" },
                 { 1, "%s s" },
                 { 1e-3, "%s ms" },
                 { 1e-6, "%s us" } };
  for (size_t i = 0; i < G_N_ELEMENTS (scales); i++)
    if (s >= scales[i].least_s)
      return number (s / scales[i].least_s, scales[i].format);
  return g_strdup (s == 0 ? "0 s" : isnan (s) ? "-" : "< 1 us");
}

static struct line
line_of (const struct vhm_result *r, const char *who)
{
  return (struct line){ {
      g_strdup (who),
      duration (summary (r, who, "time_on")),
      number (mean (r, who, "physical_memory") / (double) VHM_MIB, "%s MiB"),
      number (mean (r, who, "pressure"), "%s %%"),
      number (summary (r, who, "operations_per_s"), "%s /s"),
      duration (summary (r, who, "latency_p50")),
      duration (summary (r, who, "latency_p99")),
  } };
}

static void
print_lines (const GArray *lines)
{
  int widths[COLUMNS] = { 0 };
  for (guint i = 0; i < lines->len; i++)
    for (int k = 0; k < COLUMNS; k++) {
      const char *cell = g_array_index (lines, struct line, i).cells[k];
      widths[k] = MAX (widths[k], (int) strlen (cell));
    }
  for (guint i = 0; i < lines->len; i++) {
    const struct line *line = &g_array_index (lines, struct line, i);
    printf ("%-*s", widths[0], line->cells[0]);
    for (int k = 1; k < COLUMNS; k++)
      printf ("  %*s", widths[k], line->cells[k]);
    putchar ('\n');
  }
}

/* Every guest has one row of this key in the summary. */
#define KEY_OF_EACH_GUEST "time_on"

void
command_print_guests (const struct vhm_result *r)
{
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (struct line));
  g_array_set_clear_func (lines, clear_line);
  static const char *const titles[COLUMNS] = {
    "GUEST", "ON", "MEMORY HELD", "PRESSURE", "OPERATIONS", "P50", "P99"
  };
  struct line heading;
  for (int k = 0; k < COLUMNS; k++)
    heading.cells[k] = g_strdup (titles[k]);
  g_array_append_val (lines, heading);
  for (guint i = 0; i < r->summary->len; i++) {
    const struct vhm_summary_row *row = r->summary->pdata[i];
    if (strcmp (row->key, KEY_OF_EACH_GUEST) != 0)
      continue;
    struct line line = line_of (r, row->instance);
    g_array_append_val (lines, line);
  }
  print_lines (lines);
}
