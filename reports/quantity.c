/* Chooses how a number is shown: a divisor and a name by its size, and so many
 * decimals that three to four digits count. Sizes are binary. Independent of
 * the locale. */
#include "quantity.h"

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>
#include <vhm/base/units.h>

struct step {
  double from; /* used for values of at least this much */
  struct quantity_scale scale;
};

static const struct step bytes[] = {
  { (double) VHM_GIB, { (double) VHM_GIB, "GiB" } },
  { (double) VHM_MIB, { (double) VHM_MIB, "MiB" } },
  { (double) VHM_KIB, { (double) VHM_KIB, "KiB" } },
  { 0, { 1, "B" } },
};
/* A scale is left only when the next has a few of its own units to show. */
static const struct step seconds[] = {
  { 2 * 3600, { 3600, "h" } }, { 2 * 60, { 60, "min" } }, { 1, { 1, "s" } },
  { 1e-3, { 1e-3, "ms" } },    { 1e-6, { 1e-6, "us" } },  { 0, { 1e-9, "ns" } },
};
static const struct step cycles[] = {
  { 1e12, { 1e12, "T cycles" } },
  { 1e9, { 1e9, "G cycles" } },
  { 1e6, { 1e6, "M cycles" } },
  { 0, { 1, "cycles" } },
};
static const struct step percent[] = { { 0, { 1, "%" } } };
static const struct step rate[] = { { 0, { 1, "/s" } } };
static const struct step plain[] = { { 0, { 1, "" } } };

struct quantity_scale
vhm_quantity_scale_of (double largest, enum vhm_unit unit)
{
  static const struct step *const tables[VHM_N_UNITS]
      = { plain, bytes, percent, rate, seconds, cycles };
  VHM_REQUIRE (unit < VHM_N_UNITS);
  if (unit == VHM_UNIT_SECONDS && !(largest > 0))
    return (struct quantity_scale){ 1, "s" };
  const struct step *step = tables[unit];
  while (step->from > 0 && !(largest >= step->from))
    step++;
  return step->scale;
}

char *
vhm_quantity_decimal (double value, int decimals)
{
  char format[16], buffer[G_ASCII_DTOSTR_BUF_SIZE * 10];
  g_snprintf (format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd (buffer, sizeof buffer, format, value);
  /* "-0.0" is 0.0 */
  bool is_zero = strspn (buffer, "-0.") == strlen (buffer);
  return g_strdup (is_zero && *buffer == '-' ? buffer + 1 : buffer);
}

/* From here on a part in percent tells less than a factor. */
#define MANY_PERCENT 1000

char *
vhm_quantity_relative (double difference, double of, int decimals)
{
  double part = 100 * difference / fabs (of);
  if (!isfinite (part))
    return g_strdup ("-");
  bool is_factor = fabs (part) >= MANY_PERCENT;
  double shown = is_factor ? (of + difference) / of : part;
  int digits = !is_factor ? decimals : fabs (shown) < 1000 ? 1 : 0;
  g_autofree char *number = vhm_quantity_decimal (shown, digits);
  if (is_factor)
    return g_strconcat ("x ", number, NULL);
  return g_strconcat (part > 0 ? "+" : "", number, " %", NULL);
}

/* Decimals that make three to four digits count. */
static int
decimals_of (double value)
{
  double size = fabs (value);
  if (size >= 1000 || size == floor (size))
    return 0;
  return size >= 100 ? 1 : size >= 1 ? 2 : 3;
}

char *
vhm_quantity_text (double value, enum vhm_unit unit)
{
  if (isnan (value))
    return g_strdup ("-");
  if (isinf (value))
    return g_strdup (value > 0 ? "inf" : "-inf");
  struct quantity_scale scale = vhm_quantity_scale_of (fabs (value), unit);
  double shown = value / scale.divisor;
  g_autofree char *number = vhm_quantity_decimal (shown, decimals_of (shown));
  return g_strconcat (number, *scale.name ? " " : "", scale.name, NULL);
}

char *
vhm_quantity_range_text (double low, double high, enum vhm_unit unit)
{
  g_autofree char *from = vhm_quantity_text (low, unit);
  g_autofree char *to = vhm_quantity_text (high, unit);
  if (isinf (low) && isinf (high))
    return g_strdup ("anything");
  if (isinf (high))
    return g_strdup_printf ("at least %s", from);
  if (isinf (low))
    return g_strdup_printf ("at most %s", to);
  if (low == high)
    return g_steal_pointer (&from);
  return g_strdup_printf ("%s to %s", from, to);
}

char *
vhm_quantity_clock (double s)
{
  uint64_t whole = (uint64_t) llround (s);
  return g_strdup_printf ("%02u:%02u:%02u", (unsigned) (whole / 3600 % 24),
                          (unsigned) (whole / 60 % 60),
                          (unsigned) (whole % 60));
}

char *
vhm_quantity_column (const struct vhm_counter *counter)
{
  static const char *const suffixes[VHM_N_UNITS]
      = { "", "_bytes", "_percent", "_per_s", "_seconds", "_cycles" };
  const char *suffix = suffixes[counter->unit];
  bool has_it = g_str_has_suffix (counter->key, suffix);
  return g_strconcat (counter->key, has_it ? "" : suffix, NULL);
}
