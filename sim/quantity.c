/* Reads and writes values with units, exactly.
 *
 * A number is digits [. digits], kept as mantissa / 10^decimals in integers;
 * the value is mantissa x unit / 10^decimals in 128 bits, and must be whole and
 * fit 64 bits. So "1.5 GiB" is 1610612736, "0.1 B" is an error, and no double
 * takes part (NUMBER alone is a double, by nature).
 *
 * Canonical text: the largest unit that divides the value, FRACTION always in
 * per cent with its decimals (12.5 %), NUMBER the shortest of 15 to 17 digits
 * that reads back the same. Underscores may stand between digits.
 */
#include <vhm/sim/quantity.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <vhm/base/error.h>
#include <vhm/base/require.h>
#include <vhm/base/units.h>
#include <vhm/sim/diagnostics.h>

enum {
  MAX_DECIMALS = 18, /* 10^18 is the largest power of ten in 64 bits, nearly */
  MAX_NAME = 64,
  PPM_DECIMALS = 4, /* 1 ppm = 0.0001 % */
};

#define NS_PER_US UINT64_C (1000)
#define NS_PER_MS UINT64_C (1000000)
#define NS_PER_HOUR (60 * VHM_NS_PER_MIN)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define KILO UINT64_C (1000)
#define MEGA (KILO * KILO)
#define GIGA (KILO * MEGA)
#define TERA (KILO * GIGA)
#define PPM_PER_PERCENT (VHM_PPM / 100)

struct unit {
  const char *name;
  uint64_t size;     /* in the base unit */
  bool is_canonical; /* vhm_quantity_format may choose it */
};

/* Each table from large to small. */
static const struct unit fractions[] = { { "%", PPM_PER_PERCENT, true },
                                         { "ppm", 1, false },
                                         { NULL, 0, false } };
static const struct unit bytes[] = { { "TiB", VHM_TIB, true },
                                     { "TB", TERA, false },
                                     { "GiB", VHM_GIB, true },
                                     { "GB", GIGA, false },
                                     { "MiB", VHM_MIB, true },
                                     { "MB", MEGA, false },
                                     { "pages", VHM_PAGE_BYTES, false },
                                     { "page", VHM_PAGE_BYTES, false },
                                     { "KiB", VHM_KIB, true },
                                     { "kB", KILO, false },
                                     { "B", 1, true },
                                     { NULL, 0, false } };
static const struct unit times[] = { { "d", NS_PER_DAY, false },
                                     { "h", NS_PER_HOUR, true },
                                     { "min", VHM_NS_PER_MIN, true },
                                     { "s", VHM_NS_PER_S, true },
                                     { "ms", NS_PER_MS, true },
                                     { "us", NS_PER_US, true },
                                     { "\xc2\xb5s", NS_PER_US, false },
                                     { "ns", 1, true },
                                     { NULL, 0, false } };
static const struct unit hertz[] = { { "GHz", GIGA, true },
                                     { "MHz", MEGA, true },
                                     { "kHz", KILO, true },
                                     { "Hz", 1, true },
                                     { NULL, 0, false } };
static const struct unit rates[]
    = { { "TiB/s", VHM_TIB, true }, { "TB/s", TERA, false },
        { "GiB/s", VHM_GIB, true }, { "GB/s", GIGA, false },
        { "MiB/s", VHM_MIB, true }, { "MB/s", MEGA, false },
        { "KiB/s", VHM_KIB, true }, { "kB/s", KILO, false },
        { "B/s", 1, true },         { NULL, 0, false } };
static const struct unit counts[] = { { "", 1, true }, { NULL, 0, false } };

/* One row a type: how it is called and written. */
static const struct {
  const char *what, *forms;
  const struct unit *units; /* NULL: no amount with units */
} types[VHM_N_PARAM_TYPES] = {
  [VHM_PARAM_BOOL] = { "a yes or no", "true, false", NULL },
  [VHM_PARAM_COUNT] = { "a whole number", "12, 10_000", counts },
  [VHM_PARAM_NUMBER] = { "a number", "0.8, 12, 1e-3", NULL },
  [VHM_PARAM_FRACTION] = { "a fraction", "20 %, 1500 ppm", fractions },
  [VHM_PARAM_BYTES]
  = { "an amount of memory", "4 GiB, 512 MiB, 1500 kB, 7 pages", bytes },
  [VHM_PARAM_TIME] = { "a time", "8 h, 15 min, 30 s, 4.2 ms, 90 ns", times },
  [VHM_PARAM_HERTZ] = { "a frequency", "2.4 GHz, 800 MHz", hertz },
  [VHM_PARAM_RATE] = { "a transfer rate", "120 MiB/s, 1.5 GB/s", rates },
  [VHM_PARAM_CLOCK] = { "a time of day", "13:20, 13:20:05", NULL },
  [VHM_PARAM_NAME] = { "a name",
                       "web-1 (letters, digits, _ . -, at most 64, not "
                       "starting with . or -)",
                       NULL },
  [VHM_PARAM_TEXT] = { "a text", "what a person would say, on one line", NULL },
  [VHM_PARAM_CHOICE] = { "a choice", "one of its names", NULL },
  [VHM_PARAM_CHOICES] = { "a list of choices", "[NAME, ...]", NULL },
  [VHM_PARAM_OBJECT] = { "a mapping", "key: value, ...", NULL },
  [VHM_PARAM_LIST] = { "a list of mappings", "[{key: value}, ...]", NULL },
  [VHM_PARAM_PLUGIN] = { "a model", "NAME or {kind: NAME, key: value}", NULL },
  [VHM_PARAM_PLUGINS]
  = { "a list of models", "[NAME, {kind: NAME, key: value}, ...]", NULL },
  [VHM_PARAM_TREE] = { "a tree", "any YAML", NULL },
  [VHM_PARAM_TRACE] = { "a file", "traces/web.vhmt.zst", NULL },
};

const char *
vhm_quantity_what (enum vhm_param_type type)
{
  VHM_REQUIRE (type < VHM_N_PARAM_TYPES);
  return types[type].what;
}

const char *
vhm_quantity_forms (enum vhm_param_type type)
{
  VHM_REQUIRE (type < VHM_N_PARAM_TYPES);
  return types[type].forms;
}

char *
vhm_quantity_units (enum vhm_param_type type)
{
  VHM_REQUIRE (type < VHM_N_PARAM_TYPES);
  const struct unit *units = types[type].units;
  if (!units || units == counts)
    return NULL;
  const struct unit *end = units;
  while (end->name)
    end++;
  GString *out = g_string_new (NULL);
  for (; end > units; end--) /* the tables go from large to small */
    g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", end[-1].name);
  return g_string_free (out, FALSE);
}

bool
vhm_quantity_is_scalar (enum vhm_param_type type)
{
  return type <= VHM_PARAM_TEXT;
}

/* Always false, so that a reader can end with it. `wrong` follows the text. */
static bool
refuse (enum vhm_param_type type, const char *text, const char *wrong,
        GError **error)
{
  g_autofree char *quoted = vhm_quote (text);
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO, "%s %s; write %s like %s",
               quoted, wrong, types[type].what, types[type].forms);
  return false;
}

struct decimal {
  uint64_t mantissa;
  unsigned decimals;
};

enum scan { SCAN_OK, SCAN_NO_NUMBER, SCAN_TOO_LARGE, SCAN_TOO_FINE };

static bool
push_digit (struct decimal *number, char digit)
{
  return !__builtin_mul_overflow (number->mantissa, 10, &number->mantissa)
         && !__builtin_add_overflow (number->mantissa, (uint64_t) (digit - '0'),
                                     &number->mantissa);
}

/* Where digits and underscores between them end. Zeros at the end of decimals
 * say nothing and would only cost range: they lie behind *ret_significant. */
static const char *
end_of_digits (const char *p, bool is_fraction, const char **ret_significant)
{
  *ret_significant = p;
  for (; g_ascii_isdigit (*p) || (*p == '_' && g_ascii_isdigit (p[1])); p++)
    if (!is_fraction || (*p != '0' && *p != '_'))
      *ret_significant = p + 1;
  return p;
}

/* Reads digits from *p on into number; leaves *p behind them. */
static enum scan
scan_digits (const char **p, bool is_fraction, struct decimal *number)
{
  const char *significant;
  const char *end = end_of_digits (*p, is_fraction, &significant);
  if (!g_ascii_isdigit (**p))
    return SCAN_NO_NUMBER;
  for (const char *q = *p; q < significant; q++) {
    if (*q == '_')
      continue;
    if (is_fraction && ++number->decimals > MAX_DECIMALS)
      return SCAN_TOO_FINE;
    if (!push_digit (number, *q))
      return is_fraction ? SCAN_TOO_FINE : SCAN_TOO_LARGE;
  }
  *p = end;
  return SCAN_OK;
}

static enum scan
scan_number (const char **p, struct decimal *number)
{
  *number = (struct decimal){ 0, 0 };
  enum scan scan = scan_digits (p, false, number);
  if (scan == SCAN_OK && **p == '.') {
    (*p)++;
    scan = scan_digits (p, true, number);
  }
  return scan;
}

static const struct unit *
find_unit (const struct unit *units, const char *name)
{
  for (; units->name; units++)
    if (strcmp (units->name, name) == 0)
      return units;
  return NULL;
}

static bool
refuse_unit (enum vhm_param_type type, const char *text, const char *unit,
             GError **error)
{
  if (*unit == '\0')
    return refuse (type, text, "has no unit", error);
  if (types[type].units == counts)
    return refuse (type, text, "is no whole number", error);
  g_autofree char *quoted = vhm_quote (unit);
  g_autofree char *wrong = g_strdup_printf ("has the unknown unit %s", quoted);
  return refuse (type, text, wrong, error);
}

static bool
multiply (enum vhm_param_type type, const char *text, struct decimal number,
          const struct unit *unit, uint64_t *ret_amount, GError **error)
{
  unsigned __int128 product = (unsigned __int128) number.mantissa * unit->size;
  unsigned __int128 divisor = 1;
  for (unsigned i = 0; i < number.decimals; i++)
    divisor *= 10;
  /* 1.9 GiB is no whole number of bytes: the nearest is meant. Parts of the
   * smallest unit itself are a mistake. */
  if (unit->size == 1 && product % divisor != 0)
    return refuse (type, text,
                   unit->name[0] == '\0'
                       ? "is no whole number"
                       : "is no whole number of the smallest unit",
                   error);
  product = (product + divisor / 2) / divisor;
  if (product > UINT64_MAX)
    return refuse (type, text, "is too large", error);
  *ret_amount = (uint64_t) product;
  return true;
}

static bool
parse_amount (enum vhm_param_type type, const char *text,
              union vhm_value *ret_value, GError **error)
{
  const char *p = text;
  struct decimal number;
  switch (scan_number (&p, &number)) {
  case SCAN_NO_NUMBER:
    return refuse (type, text,
                   *text == '-' && g_ascii_isdigit (text[1])
                       ? "is negative"
                       : "does not start with a number",
                   error);
  case SCAN_TOO_LARGE:
    return refuse (type, text, "is too large", error);
  case SCAN_TOO_FINE:
    return refuse (type, text, "has too many digits", error);
  case SCAN_OK:
    break;
  }
  while (*p == ' ')
    p++;
  const struct unit *unit = find_unit (types[type].units, p);
  if (!unit)
    return refuse_unit (type, text, p, error);
  return multiply (type, text, number, unit, &ret_value->amount, error);
}

/* Two digits below 60 behind a colon, or -1. */
static int
sixtieth (const char *p)
{
  if (p[0] != ':' || !g_ascii_isdigit (p[1]) || !g_ascii_isdigit (p[2])
      || p[1] > '5')
    return -1;
  return (p[1] - '0') * 10 + (p[2] - '0');
}

static bool
parse_clock (const char *text, union vhm_value *ret_value, GError **error)
{
  const char *p = text;
  int hour = 0, second = 0;
  for (; g_ascii_isdigit (*p) && p < text + 2; p++)
    hour = hour * 10 + (*p - '0');
  int minute = p > text ? sixtieth (p) : -1;
  if (minute >= 0 && p[3] != '\0') {
    second = sixtieth (p + 3);
    p += 3;
  }
  if (hour > 23 || minute < 0 || second < 0 || p[3] != '\0')
    return refuse (VHM_PARAM_CLOCK, text, "is no time of day", error);
  ret_value->amount = (uint64_t) hour * NS_PER_HOUR
                      + (uint64_t) minute * VHM_NS_PER_MIN
                      + (uint64_t) second * VHM_NS_PER_S;
  return true;
}

/* [-] digits [. digits] [e [+-] digits]: strtod alone would take "inf", hex. */
static bool
is_decimal (const char *p)
{
  p += *p == '-';
  size_t whole = strspn (p, "0123456789");
  p += whole;
  if (whole > 0 && *p == '.')
    p += 1 + strspn (p + 1, "0123456789");
  if (whole > 0 && (*p == 'e' || *p == 'E')) {
    p += 1 + (p[1] == '+' || p[1] == '-');
    whole = strspn (p, "0123456789");
    p += whole;
  }
  return whole > 0 && *p == '\0';
}

static bool
parse_number (const char *text, union vhm_value *ret_value, GError **error)
{
  if (!is_decimal (text))
    return refuse (VHM_PARAM_NUMBER, text, "is no number", error);
  double number = g_ascii_strtod (text, NULL);
  if (!isfinite (number))
    return refuse (VHM_PARAM_NUMBER, text, "is too large", error);
  ret_value->number = number;
  return true;
}

static bool
parse_bool (const char *text, union vhm_value *ret_value, GError **error)
{
  bool is_true = strcmp (text, "true") == 0;
  if (!is_true && strcmp (text, "false") != 0)
    return refuse (VHM_PARAM_BOOL, text, "is neither true nor false", error);
  ret_value->flag = is_true;
  return true;
}

static bool
parse_name (const char *text, union vhm_value *ret_value, GError **error)
{
  size_t n = strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-");
  if (n == 0 || n > MAX_NAME || text[n] != '\0' || strchr (".-", *text))
    return refuse (VHM_PARAM_NAME, text, "is no name", error);
  ret_value->text = text;
  return true;
}

static bool
parse_text (const char *text, union vhm_value *ret_value, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (VHM_PARAM_TEXT, text, "is not UTF-8", error);
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)) && *p != '\t')
      return refuse (
          VHM_PARAM_TEXT, text,
          *p == '\n' ? "has a line break" : "has a control character", error);
  ret_value->text = text;
  return true;
}

bool
vhm_quantity_parse (enum vhm_param_type type, const char *text,
                    union vhm_value *ret_value, GError **error)
{
  VHM_REQUIRE (vhm_quantity_is_scalar (type));
  if (types[type].units)
    return parse_amount (type, text, ret_value, error);
  if (type == VHM_PARAM_CLOCK)
    return parse_clock (text, ret_value, error);
  if (type == VHM_PARAM_NUMBER)
    return parse_number (text, ret_value, error);
  if (type == VHM_PARAM_BOOL)
    return parse_bool (text, ret_value, error);
  if (type == VHM_PARAM_NAME)
    return parse_name (text, ret_value, error);
  return parse_text (text, ret_value, error);
}

static char *
format_amount (const struct unit *unit, uint64_t amount)
{
  while (!unit->is_canonical
         || (unit->size > 1 && (amount % unit->size != 0 || amount == 0)))
    unit++;
  return g_strdup_printf ("%" PRIu64 "%s%s", amount / unit->size,
                          unit->name[0] ? " " : "", unit->name);
}

static char *
format_fraction (uint64_t ppm)
{
  g_autofree char *decimals
      = g_strdup_printf ("%0*" PRIu64, PPM_DECIMALS, ppm % PPM_PER_PERCENT);
  size_t n = PPM_DECIMALS;
  while (n > 0 && decimals[n - 1] == '0')
    n--;
  decimals[n] = '\0';
  return g_strdup_printf ("%" PRIu64 "%s%s %%", ppm / PPM_PER_PERCENT,
                          n > 0 ? "." : "", decimals);
}

static char *
format_clock (uint64_t ns)
{
  unsigned seconds = (unsigned) (ns / VHM_NS_PER_S);
  unsigned minutes = seconds / 60;
  return seconds % 60 == 0
             ? g_strdup_printf ("%02u:%02u", minutes / 60, minutes % 60)
             : g_strdup_printf ("%02u:%02u:%02u", minutes / 60, minutes % 60,
                                seconds % 60);
}

static char *
format_number (double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  static const char *const precisions[] = { "%.15g", "%.16g", "%.17g" };
  for (size_t i = 0; i < G_N_ELEMENTS (precisions); i++) {
    g_ascii_formatd (text, sizeof text, precisions[i], number);
    double back = g_ascii_strtod (text, NULL);
    if (memcmp (&back, &number, sizeof back) == 0)
      break;
  }
  return g_strdup (text);
}

char *
vhm_quantity_format (enum vhm_param_type type, union vhm_value value)
{
  VHM_REQUIRE (vhm_quantity_is_scalar (type));
  if (type == VHM_PARAM_FRACTION)
    return format_fraction (value.amount);
  if (types[type].units)
    return format_amount (types[type].units, value.amount);
  if (type == VHM_PARAM_CLOCK)
    return format_clock (value.amount);
  if (type == VHM_PARAM_NUMBER)
    return format_number (value.number);
  if (type == VHM_PARAM_BOOL)
    return g_strdup (value.flag ? "true" : "false");
  return g_strdup (value.text);
}

int
vhm_quantity_compare (enum vhm_param_type type, union vhm_value a,
                      union vhm_value b)
{
  if (type == VHM_PARAM_NUMBER)
    return (a.number > b.number) - (a.number < b.number);
  VHM_REQUIRE (types[type].units || type == VHM_PARAM_CLOCK);
  return (a.amount > b.amount) - (a.amount < b.amount);
}

static char *
units_pattern (const struct unit *units)
{
  g_autoptr (GString) pattern
      = g_string_new ("^[0-9][0-9_]*(\\.[0-9][0-9_]*)? *(");
  for (const struct unit *unit = units; unit->name; unit++)
    g_string_append_printf (pattern, "%s%s", unit == units ? "" : "|",
                            unit->name);
  return g_strdup_printf ("%s)$", pattern->str);
}

char *
vhm_quantity_pattern (enum vhm_param_type type)
{
  VHM_REQUIRE (type < VHM_N_PARAM_TYPES);
  if (types[type].units)
    return units_pattern (types[type].units);
  if (type == VHM_PARAM_CLOCK)
    return g_strdup ("^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$");
  if (type == VHM_PARAM_NAME)
    return g_strdup ("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$");
  return NULL;
}
