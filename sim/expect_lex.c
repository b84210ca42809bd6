/* Splits an expectation into tokens: numbers with their unit, clock times,
 * words, signs.
 *
 * A word is a run of letters, digits, "_ . [ ]" and of "-" between two of
 * those, so that names with a hyphen need no quotes and a subtraction of two
 * names needs spaces. A run that begins with a digit is a number if it reads as
 * one, with or without a unit; else it is a name.
 */
#include "expect_node.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>

static const struct {
  const char *name;
  enum vhm_unit unit;
  double factor;
} units[] = {
  { "%", VHM_UNIT_PERCENT, 1 },
  { "B", VHM_UNIT_BYTES, 1 },
  { "bytes", VHM_UNIT_BYTES, 1 },
  { "KiB", VHM_UNIT_BYTES, (double) VHM_KIB },
  { "MiB", VHM_UNIT_BYTES, (double) VHM_MIB },
  { "GiB", VHM_UNIT_BYTES, (double) VHM_GIB },
  { "TiB", VHM_UNIT_BYTES, (double) VHM_TIB },
  { "pages", VHM_UNIT_BYTES, (double) VHM_PAGE_BYTES },
  { "ns", VHM_UNIT_SECONDS, 1e-9 },
  { "us", VHM_UNIT_SECONDS, 1e-6 },
  { "ms", VHM_UNIT_SECONDS, 1e-3 },
  { "s", VHM_UNIT_SECONDS, 1 },
  { "min", VHM_UNIT_SECONDS, 60 },
  { "h", VHM_UNIT_SECONDS, 3600 },
  { "d", VHM_UNIT_SECONDS, 86400 },
  { "cycles", VHM_UNIT_CYCLES, 1 },
};

/* Words that may follow a number without being its unit. */
static const char *const keywords[] = { "and", "or", "from", "to" };

bool
vhm_expect_fail (GError **error, uint32_t column, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, VHM_ERROR, VHM_ERROR_SCENARIO, "column %u: %s", column,
               message);
  return false;
}

static bool
is_word_char (char c)
{
  return g_ascii_isalnum (c) || (c != 0 && strchr ("_.[]", c));
}

static size_t
run_length (const char *start)
{
  size_t n = 0;
  while (is_word_char (start[n])
         || (n > 0 && start[n] == '-' && is_word_char (start[n + 1])))
    n++;
  return n;
}

static size_t
digits_length (const char *start)
{
  size_t n = 0;
  while (g_ascii_isdigit (start[n]) || (n > 0 && start[n] == '_'))
    n++;
  return n;
}

/* Length of a decimal number: digits, fraction, exponent. */
static size_t
number_length (const char *start)
{
  size_t n = digits_length (start);
  if (start[n] == '.' && g_ascii_isdigit (start[n + 1]))
    n += 1 + digits_length (start + n + 1);
  size_t e = n;
  if (start[e] == 'e' || start[e] == 'E') {
    e++;
    if (start[e] == '+' || start[e] == '-')
      e++;
    if (g_ascii_isdigit (start[e]))
      n = e + digits_length (start + e);
  }
  return n;
}

static bool
is_word (const char *start, size_t length, const char *word)
{
  return strlen (word) == length && strncmp (start, word, length) == 0;
}

static bool
find_unit (const char *start, size_t length, struct token *token)
{
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    if (is_word (start, length, units[i].name)) {
      token->unit = units[i].unit;
      token->number *= units[i].factor;
      return true;
    }
  return false;
}

static bool
is_keyword (const char *start, size_t length)
{
  for (size_t i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (is_word (start, length, keywords[i]))
      return true;
  return false;
}

static bool
refuse_unit (const struct token *token, const char *start, size_t length,
             GError **error)
{
  return vhm_expect_fail (
      error, token->column + (uint32_t) (start - token->start),
      "unknown unit \"%.*s\"; known are %% B KiB MiB GiB TiB pages ns us ms s "
      "min h d cycles",
      (int) length, start);
}

/* The unit right behind a number, or behind spaces. */
static bool
lex_unit (const char *behind, struct token *token, GError **error)
{
  const char *start = behind;
  while (g_ascii_isspace (*start))
    start++;
  size_t length = *start == '%' ? 1 : 0;
  if (length == 0 && g_ascii_isalpha (*start))
    length = run_length (start);
  token->length = (size_t) (behind - token->start);
  if (length == 0 || (start > behind && is_keyword (start, length)))
    return true;
  if (!find_unit (start, length, token))
    return refuse_unit (token, start, length, error);
  token->length = (size_t) (start + length - token->start);
  return true;
}

static bool
lex_number (struct token *token, size_t length, GError **error)
{
  g_autoptr (GString) digits = g_string_new_len (token->start, (gssize) length);
  g_string_replace (digits, "_", "", 0);
  token->kind = TOKEN_NUMBER;
  token->number = g_ascii_strtod (digits->str, NULL);
  token->unit = VHM_UNIT_NONE;
  if (!isfinite (token->number))
    return vhm_expect_fail (error, token->column, "the number is too large");
  return lex_unit (token->start + length, token, error);
}

static int
two_digits (const char *start)
{
  return (start[0] - '0') * 10 + start[1] - '0';
}

/* H:MM, HH:MM or HH:MM:SS. */
static bool
lex_clock (struct token *token, size_t hour_length, GError **error)
{
  const char *c = token->start + hour_length;
  int hour = hour_length == 1   ? token->start[0] - '0'
             : hour_length == 2 ? two_digits (token->start)
                                : 99;
  int part[2] = { 0, 0 };
  size_t n = 0;
  for (; n < 2 && c[0] == ':' && digits_length (c + 1) == 2; n++, c += 3)
    part[n] = two_digits (c + 1);
  if (n == 0 || *c == ':' || hour > 23 || part[0] > 59 || part[1] > 59)
    return vhm_expect_fail (error, token->column,
                            "no clock time; expected one such as 13:20 or "
                            "13:20:05");
  token->kind = TOKEN_CLOCK;
  token->number = hour * 3600 + part[0] * 60 + part[1];
  token->length = (size_t) (c - token->start);
  return true;
}

/* "3guest.pressure" is a name: something follows the number that is neither a
 * unit nor the end of the run, and a counter follows a dot. */
static bool
is_name (const char *start, size_t run, size_t number)
{
  if (number == run)
    return false;
  for (size_t i = number; i + 1 < run; i++)
    if (start[i] == '.' && g_ascii_isalpha (start[i + 1]))
      return true;
  return false;
}

static bool
lex_sign (struct token *token, GError **error)
{
  static const char *const signs[]
      = { "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", "," };
  token->kind = TOKEN_SIGN;
  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strncmp (token->start, signs[i], strlen (signs[i])) == 0) {
      token->length = strlen (signs[i]);
      return true;
    }
  if (g_ascii_isgraph (*token->start))
    return vhm_expect_fail (error, token->column, "unexpected \"%c\"",
                            *token->start);
  return vhm_expect_fail (error, token->column,
                          "unexpected character; only plain ASCII is used");
}

static bool
lex_here (struct token *token, GError **error)
{
  size_t run = run_length (token->start);
  if (*token->start == 0)
    return true;
  if (run == 0)
    return lex_sign (token, error);
  size_t number
      = g_ascii_isdigit (*token->start) ? number_length (token->start) : 0;
  if (number > 0 && token->start[number] == ':')
    return lex_clock (token, number, error);
  if (number > 0 && !is_name (token->start, run, number))
    return lex_number (token, number, error);
  token->kind = TOKEN_WORD;
  token->length = run;
  return true;
}

bool
vhm_expect_lex (const char *text, const char **cursor, struct token *ret_token,
                GError **error)
{
  while (g_ascii_isspace (**cursor))
    (*cursor)++;
  struct token token = { .kind = TOKEN_END,
                         .start = *cursor,
                         .column = (uint32_t) (*cursor - text) + 1 };
  if (!lex_here (&token, error))
    return false;
  *cursor += token.length;
  *ret_token = token;
  return true;
}
