/* How much memory a guest needs, as a table for a terminal and in words.
 *
 * A bar shows the paging rate of each size, so that the column is the curve on its
 * side. */
#include "sizing.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/report/grid.h>

#include "quantity.h"

/* Pages Input/s of an hour from which on a guest is short of memory. Source:
 * Microsoft's memory performance guide, "hourly mean of 10 or more". */
#define SHORT_PER_S 10
#define BAR_CHARACTERS 24

struct vhm_sizing *
vhm_sizing_new (void)
{
  struct vhm_sizing *s = g_new0 (struct vhm_sizing, 1);
  s->rows = g_array_new (FALSE, TRUE, sizeof (struct vhm_sizing_row));
  s->points = g_array_new (FALSE, TRUE, sizeof (struct vhm_sizing_point));
  return s;
}

void
vhm_sizing_free (struct vhm_sizing *s)
{
  if (!s)
    return;
  g_array_unref (s->rows);
  g_array_unref (s->points);
  g_free (s->scenario);
  g_free (s->guest);
  g_free (s->question);
  g_free (s);
}

const struct vhm_sizing_row *
sizing_row (const struct vhm_sizing *s, guint i)
{
  return &g_array_index (s->rows, struct vhm_sizing_row, i);
}

const struct vhm_sizing_row *
sizing_find (const struct vhm_sizing *s, uint64_t bytes)
{
  for (guint i = 0; i < s->rows->len; i++)
    if (sizing_row (s, i)->bytes == bytes)
      return sizing_row (s, i);
  return NULL;
}

/* Mebibytes without decimals where they are whole. */
static char *
mebibytes (uint64_t bytes)
{
  return vhm_quantity_decimal ((double) bytes / (double) VHM_MIB,
                               bytes % VHM_MIB == 0 ? 0 : 3);
}

char *
sizing_bytes_text (uint64_t bytes)
{
  g_autofree char *mib = mebibytes (bytes);
  g_autofree char *text = vhm_quantity_text ((double) bytes, VHM_UNIT_BYTES);
  if (bytes < VHM_GIB)
    return g_strconcat (mib, " MiB", NULL);
  return g_strdup_printf ("%s MiB (%s)", mib, text);
}

/* --- the table ----------------------------------------------------------------- */

static const char *const headings[][2] = {
  { "SIZE", "MiB" },  { "RUNS", "" },         { "PAGES IN", "/s" },
  { "+-", "/s" },     { "WORST HOUR", "/s" }, { "SLOW-DOWN", "%" },
  { "+-", "%" },      { "OPERATIONS", "/s" }, { "+-", "/s" },
  { "P95", "" },      { "REFUSED", "" },      { "BELOW LINE", "%" },
  { "PAGES IN", "" },
};
#define ALIGNMENT "rrrrrrrrrrrrl"

static void
add_percent (vhm_grid *grid, double share)
{
  g_autofree char *text = isinf (share) ? g_strdup ("inf")
                                        : vhm_quantity_decimal (100 * share, 2);
  vhm_grid_add (grid, isnan (share) ? "-" : text);
}

static char *
bar (double value, double most)
{
  int n = most > 0 ? (int) ceil (BAR_CHARACTERS * value / most) : 0;
  return g_strnfill ((gsize) CLAMP (n, 0, BAR_CHARACTERS), '#');
}

static void
add_bar (vhm_grid *grid, const struct vhm_sizing *s,
         const struct vhm_sizing_row *row)
{
  double most = 0;
  for (guint i = 0; i < s->rows->len; i++)
    most = MAX (most, sizing_row (s, i)->paging_per_s.mean);
  g_autofree char *hashes = bar (row->paging_per_s.mean, most);
  bool is_knee = s->answer.has_knee && row->bytes == s->answer.knee_bytes;
  bool is_answer = s->answer.has_answer && row->bytes == s->answer.bytes;
  g_autofree char *text
      = g_strdup_printf ("|%s%s%s", hashes, is_answer ? " <- answer" : "",
                         is_knee && is_answer ? ", knee"
                         : is_knee            ? " <- knee"
                                              : "");
  vhm_grid_add (grid, text);
}

static void
add_row (vhm_grid *grid, const struct vhm_sizing *s, guint i)
{
  const struct vhm_sizing_row *row = sizing_row (s, i);
  g_autofree char *size = mebibytes (row->bytes);
  g_autofree char *p95
      = vhm_quantity_text (row->latency_p95_s.mean, VHM_UNIT_SECONDS);
  vhm_grid_add (grid, size);
  vhm_grid_add_number (grid, row->n_runs, 0);
  vhm_grid_add_number (grid, row->paging_per_s.mean, 1);
  vhm_grid_add_number (grid, row->paging_per_s.half_width, 1);
  vhm_grid_add_number (grid, row->worst_hour_per_s.mean, 1);
  add_percent (grid, row->slowdown.mean);
  add_percent (grid, row->slowdown.half_width);
  vhm_grid_add_number (grid, row->operations_per_s.mean, 2);
  vhm_grid_add_number (grid, row->operations_per_s.half_width, 2);
  vhm_grid_add (grid, p95);
  vhm_grid_add_number (grid, row->n_refused, 0);
  vhm_grid_add_number (grid,
                       100 * vhm_sizing_distance (&s->asked, s->points, i), 1);
  add_bar (grid, s, row);
}

char *
vhm_sizing_table (const struct vhm_sizing *s)
{
  g_autoptr (vhm_grid) grid = vhm_grid_new (ALIGNMENT);
  for (int line = 0; line < 2; line++)
    for (size_t c = 0; c < G_N_ELEMENTS (headings); c++)
      vhm_grid_add (grid, headings[c][line]);
  for (guint i = 0; i < s->rows->len; i++)
    add_row (grid, s, i);
  return vhm_grid_text (grid);
}

/* --- in words ----------------------------------------------------------------------- */

static void
say_answer (GString *out, const struct vhm_sizing *s)
{
  const struct vhm_sizing_answer *a = &s->answer;
  g_autofree char *most = sizing_bytes_text (s->asked.most_bytes);
  if (!a->has_answer) {
    g_string_append_printf (
        out, "No size up to %s keeps %s within %g %% of slow-down.\n", most,
        s->guest, 100 * s->asked.bound);
    return;
  }
  g_autofree char *size = sizing_bytes_text (a->bytes);
  g_autofree char *step = sizing_bytes_text (s->asked.step_bytes);
  g_string_append_printf (
      out,
      "Smallest size within %g %% of slow-down: %s, to a resolution of %s.\n",
      100 * s->asked.bound, size, step);
  if (a->bytes == s->asked.least_bytes)
    g_string_append (out, "It is the smallest that was looked at: less may do "
                          "(--least).\n");
  if (a->bytes > s->maximum_bytes) {
    g_autofree char *maximum = sizing_bytes_text (s->maximum_bytes);
    g_string_append_printf (out, "It is more than the guest's maximum, %s.\n",
                            maximum);
  }
  if (s->n_runs < 2)
    return;
  g_autofree char *low = sizing_bytes_text (a->low_bytes);
  g_autofree char *high = a->high_bytes > 0
                              ? sizing_bytes_text (a->high_bytes)
                              : g_strdup ("more than was looked at");
  if (a->low_bytes == a->high_bytes)
    g_string_append_printf (out,
                            "Its runs leave no other size open, at %g %% "
                            "confidence.\n",
                            100 * s->confidence);
  else
    g_string_append_printf (out,
                            "Its runs leave open %s to %s, at %g %% "
                            "confidence.\n",
                            low, high, 100 * s->confidence);
}

static void
say_refused (GString *out, const struct vhm_sizing *s)
{
  const struct vhm_sizing_answer *a = &s->answer;
  const struct vhm_sizing_row *row
      = a->has_answer ? sizing_find (s, a->bytes) : NULL;
  if (!row || row->n_refused <= 0 || a->unrefused_bytes == a->bytes)
    return;
  g_autofree char *from = sizing_bytes_text (a->unrefused_bytes);
  g_string_append_printf (
      out,
      "There %.0f requests for memory a run are refused (commit limit: memory "
      "and "
      "page file are\nfull), and programs make do with less; %s%s.\n",
      row->n_refused,
      a->unrefused_bytes > 0 ? "none are from " : "some are at every size",
      a->unrefused_bytes > 0 ? from : "");
}

static void
say_knee (GString *out, const struct vhm_sizing *s)
{
  const struct vhm_sizing_answer *a = &s->answer;
  if (!a->has_knee) {
    g_string_append (out, "No knee: paging does not fall with memory.\n");
    return;
  }
  g_autofree char *size = sizing_bytes_text (a->knee_bytes);
  g_autofree char *begin = sizing_bytes_text (a->line_bytes);
  g_string_append_printf (
      out,
      "Knee of the paging curve: %s; there it lies furthest below the straight "
      "line\nfrom %s, where slow-down is at most %g %%, to its end: by %.1f %% "
      "of "
      "their difference (BELOW LINE).\n",
      size, begin, 100 * s->asked.usable, 100 * a->knee_distance);
}

/* The first row from which on no hour is short. */
static void
say_guide (GString *out, const struct vhm_sizing *s)
{
  guint i = s->rows->len;
  while (i > 0 && sizing_row (s, i - 1)->worst_hour_per_s.mean < SHORT_PER_S)
    i--;
  if (i == s->rows->len)
    return;
  g_autofree char *size = sizing_bytes_text (sizing_row (s, i)->bytes);
  g_string_append_printf (
      out,
      "No hour reads %d pages/s or more (Microsoft's guide) from %s on, of the "
      "sizes looked at.\n",
      SHORT_PER_S, size);
}

char *
vhm_sizing_words (const struct vhm_sizing *s)
{
  GString *out = g_string_new (NULL);
  say_answer (out, s);
  say_refused (out, s);
  say_knee (out, s);
  say_guide (out, s);
  return g_string_free (out, FALSE);
}

char *
vhm_sizing_doubts (const struct vhm_sizing *s)
{
  GString *out = g_string_new (NULL);
  if (!s->answer.is_certain)
    g_string_append (
        out,
        "A smaller size passes and a larger one fails: slow-down does not "
        "fall steadily with\nmemory here, and sizes between those looked at "
        "may pass, too (--grid looks at all).\n");
  if (!s->is_ample)
    g_string_append (
        out,
        "Even the size that slow-downs are against pages or refuses memory: "
        "it is not ample.\n");
  if (s->n_runs < 2)
    g_string_append (out, "One run of each size: what chance does is not known "
                          "(--runs).\n");
  return g_string_free (out, FALSE);
}

static void
say_runs (GString *out, const struct vhm_sizing *s)
{
  if (s->n_runs < 2) {
    g_string_append_printf (
        out, "with the same seed (%" G_GUINT64_FORMAT ").\n", s->seed);
    return;
  }
  g_string_append_printf (out,
                          "run by run with the same seeds (%" G_GUINT64_FORMAT
                          " to %" G_GUINT64_FORMAT
                          ").\nOne run is enough where it is slowed down by "
                          "less than %g %% or more than %g %%.\n",
                          s->seed, s->seed + s->n_runs - 1,
                          100 * s->enough_from, 100 * s->enough_to);
}

char *
vhm_sizing_method (const struct vhm_sizing *s)
{
  g_autofree char *most = sizing_bytes_text (s->asked.most_bytes);
  g_autofree char *ample = sizing_bytes_text (s->ample_bytes);
  g_autofree char *least = sizing_bytes_text (s->asked.least_bytes);
  g_autofree char *from = vhm_quantity_clock (s->from_s);
  g_autofree char *to = vhm_quantity_clock (s->to_s);
  g_autofree char *before
      = vhm_quantity_text ((double) s->host_bytes, VHM_UNIT_BYTES);
  g_autofree char *after
      = vhm_quantity_text ((double) s->host_most_bytes, VHM_UNIT_BYTES);
  GString *out = g_string_new (NULL);
  g_string_append_printf (
      out,
      "Judged from %s to %s. Sizes from %s to %s;\nslow-down is the work (%s) "
      "done with ample memory, %s, over\nthat done with the size, less 1, ",
      from, to, least, most, s->work, ample);
  say_runs (out, s);
  if (s->n_group > 1)
    g_string_append_printf (
        out,
        "All %u guests of the group have that size; the first is judged.\n",
        s->n_group);
  g_string_append_printf (
      out, "Its memory is fixed at each size: startup = minimum = maximum%s.\n",
      s->is_alone ? "; the other guests are left out" : "");
  if (s->host_most_bytes > s->host_bytes)
    g_string_append_printf (out,
                            "The host has %s in place of %s where that is "
                            "needed, so that every guest "
                            "can have its maximum.\n",
                            after, before);
  return g_string_free (out, FALSE);
}
