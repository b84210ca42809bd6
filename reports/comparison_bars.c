/* Bars of versions side by side.
 *
 * Accounts: a row a guest and version: place, then each account in percent of all
 * cycles. Guests stand apart.
 *
 * Differences: a block a version but the first; a row a guest and quantity: place,
 * value, low and high end of the interval, all of them divided by the mean of the
 * first version. While everything lies between a half and twice, the axis shows the
 * difference in percent, else the quotient on a logarithmic axis, from which what
 * reaches 0 is cut off. Rows without a value in the first version are left out.
 */
#include "comparison_drawing.h"

#include <math.h>

#include "quantity.h"

#define ROW_PIXELS 22
#define FRAME_PIXELS 130

/* --- where the time went ---------------------------------------------------------- */

static void
append_bar (GString *data, const struct vhm_comparison *c, guint version,
            const char *guest, const GPtrArray *accounts, double place)
{
  double all = comparison_cycles (c, version, guest, NULL);
  g_string_append_printf (data, "0");
  comparison_put_number (data, place);
  for (guint a = 0; a < accounts->len; a++) {
    double cyc = comparison_cycles (c, version, guest, accounts->pdata[a]);
    comparison_put_number (data, all > 0 ? 100 * cyc / all : 0);
  }
  g_string_append_c (data, '\n');
}

struct comparison_size
comparison_draw_ledger (const struct vhm_comparison *c, GString *data,
                        GString *commands)
{
  g_autoptr (GPtrArray) guests = comparison_drawn_guests (c);
  g_autoptr (GPtrArray) accounts = comparison_accounts (c);
  g_autoptr (GPtrArray) bars = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) places = g_string_new (NULL);
  guint n_versions = comparison_drawn_versions (c);
  double place = 0;
  for (guint g = 0; g < guests->len; g++, place += 0.5)
    for (guint v = 0; v < n_versions; v++) {
      g_autofree char *name = comparison_short_name (c, v);
      g_autofree char *at = vhm_quantity_decimal (++place, 1);
      append_bar (data, c, v, guests->pdata[g], accounts, place);
      g_ptr_array_add (
          bars,
          g_strdup_printf ("%s: %s", (const char *) guests->pdata[g], name));
      g_string_append_printf (places, "bar_at[%u] = %s\n", bars->len, at);
    }
  comparison_put_names (commands, "s1", accounts);
  comparison_put_ticks (commands, "bar", bars);
  g_string_append_printf (commands, "array bar_at[%u]\n%s", MAX (1, bars->len),
                          places->str);
  return (struct comparison_size){
    COMPARISON_WIDTH,
    FRAME_PIXELS + MAX (ROW_PIXELS * (unsigned) ceil (place), 240)
  };
}

/* --- differences ------------------------------------------------------------------ */

static const struct {
  const char *key, *title;
} quantities[] = { { "operations_per_s", "work" },
                   { "latency_p50", "latency, median" },
                   { "latency_p95", "latency, 95 %" },
                   { "latency_p99", "latency, 99 %" } };

struct ratio {
  double value, low, high; /* NAN: none */
};

static struct ratio
ratio_of (const struct vhm_comparison *c, guint version, const char *guest,
          size_t quantity)
{
  const struct vhm_comparison_row *row
      = comparison_find (c, version, guest, quantities[quantity].key);
  if (!row || row->n_missing > 0 || !(row->paired.mean[0] > 0))
    return (struct ratio){ NAN, NAN, NAN };
  double first = row->paired.mean[0], other = row->paired.mean[1];
  return (struct ratio){ other / first, (other - row->half_width) / first,
                         (other + row->half_width) / first };
}

static bool
has_ratio (const struct vhm_comparison *c, const char *guest, size_t quantity)
{
  for (guint v = 1; v < comparison_drawn_versions (c); v++)
    if (ratio_of (c, v, guest, quantity).value > 0)
      return true;
  return false;
}

/* A guest and a quantity that is drawn. */
struct line {
  const char *guest;
  size_t quantity;
};

static GArray *
lines_of (const struct vhm_comparison *c)
{
  g_autoptr (GPtrArray) guests = comparison_drawn_guests (c);
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (struct line));
  for (guint g = 0; g < guests->len; g++)
    for (size_t q = 0; q < G_N_ELEMENTS (quantities); q++) {
      struct line line = { guests->pdata[g], q };
      if (has_ratio (c, line.guest, q))
        g_array_append_val (lines, line);
    }
  return lines;
}

bool
comparison_has_differences (const struct vhm_comparison *c)
{
  g_autoptr (GArray) lines = lines_of (c);
  return lines->len > 0;
}

#define MARGIN 1.15 /* of a logarithmic axis */
#define FLOOR 0.1   /* of the least value: where intervals are cut off */

struct axis {
  double least, most;
  bool is_log;
};

static struct axis
axis_of (const struct vhm_comparison *c, const GArray *lines)
{
  struct axis axis = { 1, 1, false };
  double least_value = 1;
  for (guint v = 1; v < comparison_drawn_versions (c); v++)
    for (guint i = 0; i < lines->len; i++) {
      const struct line *line = &g_array_index (lines, struct line, i);
      struct ratio r = ratio_of (c, v, line->guest, line->quantity);
      if (isnan (r.value))
        continue;
      axis.least = fmin (axis.least, r.low);
      axis.most = fmax (axis.most, fmax (r.high, r.value));
      if (r.value > 0)
        least_value = fmin (least_value, r.value);
    }
  axis.is_log = axis.least < 0.5 || axis.most > 2;
  if (axis.is_log) {
    axis.least = fmax (axis.least, FLOOR * least_value) / MARGIN;
    axis.most *= MARGIN;
  }
  return axis;
}

static double
on_axis (const struct axis *axis, double ratio)
{
  return axis->is_log ? fmax (ratio, axis->least) : 100 * (ratio - 1);
}

static void
append_version (GString *data, const struct vhm_comparison *c, guint version,
                const GArray *lines, const struct axis *axis)
{
  guint n = comparison_drawn_versions (c) - 1;
  for (guint i = 0; i < lines->len; i++) {
    const struct line *line = &g_array_index (lines, struct line, i);
    struct ratio r = ratio_of (c, version, line->guest, line->quantity);
    g_string_append_c (data, '0');
    comparison_put_number (
        data, i + 1 + ((double) version - (n + 1) / 2.0) * 0.8 / n);
    comparison_put_number (data, on_axis (axis, r.value));
    comparison_put_number (data, isinf (r.low) ? NAN : on_axis (axis, r.low));
    comparison_put_number (data, on_axis (axis, r.high));
    g_string_append_c (data, '\n');
  }
  g_string_append (data, "\n\n");
}

/* Ticks of a logarithmic axis: the more of each power of ten, the shorter it is. */
static void
put_ticks (GString *out, const struct axis *axis)
{
  static const double all[3][6]
      = { { 1 }, { 1, 2, 5 }, { 1, 1.5, 2, 3, 5, 7 } };
  static const size_t n_all[] = { 1, 3, 6 };
  double decades = log10 (axis->most / axis->least);
  int density = decades > 3 ? 0 : decades > 1 ? 1 : 2;
  g_string_append (out, "set xtics (");
  const char *comma = "";
  for (int power = (int) floor (log10 (axis->least));
       power <= (int) ceil (log10 (axis->most)); power++)
    for (size_t i = 0; i < n_all[density]; i++) {
      double at = all[density][i] * pow (10, power);
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];
      if (at < axis->least || at > axis->most)
        continue;
      g_ascii_formatd (buffer, sizeof buffer, "%.10g", at);
      g_string_append_printf (out, "%s'%s x' %s", comma, buffer, buffer);
      comma = ", ";
    }
  g_string_append (out, ")\n");
}

static void
put_axis (GString *out, const struct axis *axis)
{
  g_string_append_printf (out, "is_log = %d\n", axis->is_log);
  g_string_append (out, "x_axis = \"");
  if (axis->is_log) {
    g_autoptr (GString) range = g_string_new (NULL);
    comparison_put_number (range, axis->least);
    g_string_append (range, " :");
    comparison_put_number (range, axis->most);
    g_strdelimit (range->str, "\t", ' ');
    g_string_append_printf (out, "set xrange [%s]; ", range->str);
    g_autoptr (GString) ticks = g_string_new (NULL);
    put_ticks (ticks, axis);
    g_string_truncate (ticks, ticks->len - 1);
    g_string_append (out, ticks->str);
  }
  g_string_append (out, "\"\n");
}

struct comparison_size
comparison_draw_differences (const struct vhm_comparison *c, GString *data,
                             GString *commands)
{
  g_autoptr (GArray) lines = lines_of (c);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = comparison_short_names (c);
  struct axis axis = axis_of (c, lines);
  guint n_versions = comparison_drawn_versions (c);
  for (guint v = 1; v < n_versions; v++)
    append_version (data, c, v, lines, &axis);
  for (guint i = 0; i < lines->len; i++) {
    const struct line *line = &g_array_index (lines, struct line, i);
    g_ptr_array_add (rows, g_strdup_printf ("%s: %s", line->guest,
                                            quantities[line->quantity].title));
  }
  comparison_put_ticks (commands, "row", rows);
  comparison_put_text (commands, "first_name", names->pdata[0]);
  g_ptr_array_remove_index (names, 0);
  comparison_put_names (commands, "line", names);
  put_axis (commands, &axis);
  return (struct comparison_size){
    COMPARISON_WIDTH,
    FRAME_PIXELS + lines->len * (ROW_PIXELS + 5 * (n_versions - 1))
  };
}
