/* The atoms of an expectation: numbers, series, calls and times; the parser's
 * hands. What may be called is one table. */
#include "expect_parser.h"

#include <math.h>
#include <string.h>

struct node *
vhm_expect_node_new (enum node_kind kind, uint32_t column)
{
  struct node *node = g_new0 (struct node, 1);
  node->kind = kind;
  node->column = column;
  node->children
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vhm_expect_node_free);
  return node;
}

void
vhm_expect_node_free (vhm_expect_node *node)
{
  if (!node)
    return;
  g_ptr_array_unref (node->children);
  g_free (node);
}

bool
vhm_expect_advance (struct parser *p)
{
  return vhm_expect_lex (p->text, &p->cursor, &p->token, p->error);
}

bool
vhm_expect_is_at (const struct parser *p, enum token_kind kind,
                  const char *text)
{
  return p->token.kind == kind && p->token.length == strlen (text)
         && strncmp (p->token.start, text, p->token.length) == 0;
}

/* "found X; expected Y" at the next token. */
bool
vhm_expect_refuse (struct parser *p, const char *expected)
{
  if (p->token.kind == TOKEN_END)
    return vhm_expect_fail (p->error, p->token.column,
                            "the expression ends here; expected %s", expected);
  return vhm_expect_fail (p->error, p->token.column,
                          "found \"%.*s\"; expected %s", (int) p->token.length,
                          p->token.start, expected);
}

bool
vhm_expect_consume (struct parser *p, const char *sign)
{
  g_autofree char *expected = g_strdup_printf ("\"%s\"", sign);
  return vhm_expect_is_at (p, TOKEN_SIGN, sign)
             ? vhm_expect_advance (p)
             : vhm_expect_refuse (p, expected);
}

/* The rest of "1 h 30 min". */
static bool
parse_more_time (struct parser *p, struct when *when)
{
  while (p->token.kind == TOKEN_NUMBER && p->token.unit == VHM_UNIT_SECONDS) {
    when->seconds += p->token.number;
    if (!vhm_expect_advance (p))
      return false;
  }
  return true;
}

bool
vhm_expect_parse_when (struct parser *p, struct when *when)
{
  const struct token *t = &p->token;
  when->column = t->column;
  when->seconds = t->number;
  if (t->kind == TOKEN_CLOCK)
    when->kind = WHEN_CLOCK;
  else if ((t->kind == TOKEN_NUMBER && t->unit == VHM_UNIT_SECONDS)
           || vhm_expect_is_at (p, TOKEN_WORD, "start"))
    when->kind = WHEN_SINCE_START;
  else if (vhm_expect_is_at (p, TOKEN_WORD, "end"))
    when->kind = WHEN_END;
  else
    return vhm_expect_refuse (
        p, "a clock time (13:20), a time since the start (2 h), "
           "start or end");
  if (!vhm_expect_advance (p))
    return false;
  return when->kind != WHEN_SINCE_START || parse_more_time (p, when);
}

/* --- primaries ------------------------------------------------------- */

static struct node *
parse_number (struct parser *p)
{
  g_autoptr (vhm_expect_node) node
      = vhm_expect_node_new (NODE_CONSTANT, p->token.column);
  node->number = p->token.number;
  node->unit = p->token.unit;
  node->is_constant = true;
  return vhm_expect_advance (p) ? g_steal_pointer (&node) : NULL;
}

static struct node *
parse_series (struct parser *p)
{
  g_autofree char *word = g_strndup (p->token.start, p->token.length);
  char *dot = strrchr (word, '.');
  if (!dot || dot == word || !dot[1]) {
    vhm_expect_refuse (
        p, "a number, a function or a series written instance.counter");
    return NULL;
  }
  struct vhm_expect_name name = { g_strndup (word, (gsize) (dot - word)),
                                  g_strdup (dot + 1), p->token.column };
  g_array_append_val (p->expect->names, name);
  g_autoptr (vhm_expect_node) node
      = vhm_expect_node_new (NODE_SERIES, p->token.column);
  node->name = p->expect->names->len - 1;
  node->is_series = true;
  return vhm_expect_advance (p) ? g_steal_pointer (&node) : NULL;
}

struct function {
  const char *name;
  enum node_kind kind;
  enum aggregate aggregate;
  bool wants_condition;
};

static const struct function functions[] = {
  { "abs", NODE_ABS, N_AGGREGATES, false },
  { "greatest", NODE_GREATEST, N_AGGREGATES, false },
  { "least", NODE_LEAST, N_AGGREGATES, false },
  { "mean", NODE_AGGREGATE, AGGREGATE_MEAN, false },
  { "min", NODE_AGGREGATE, AGGREGATE_MIN, false },
  { "max", NODE_AGGREGATE, AGGREGATE_MAX, false },
  { "first", NODE_AGGREGATE, AGGREGATE_FIRST, false },
  { "last", NODE_AGGREGATE, AGGREGATE_LAST, false },
  { "sum", NODE_AGGREGATE, AGGREGATE_SUM, false },
  { "range", NODE_AGGREGATE, AGGREGATE_RANGE, false },
  { "rise", NODE_AGGREGATE, AGGREGATE_RISE, false },
  { "cv", NODE_AGGREGATE, AGGREGATE_CV, false },
  { "time", NODE_AGGREGATE, AGGREGATE_TIME, true },
  { "longest", NODE_AGGREGATE, AGGREGATE_LONGEST, true },
  { "first_time", NODE_AGGREGATE, AGGREGATE_FIRST_TIME, true },
  { "gap", NODE_AGGREGATE, AGGREGATE_GAP, false },
  { "advances", NODE_AGGREGATE, AGGREGATE_ADVANCES, false },
  { "at", NODE_AGGREGATE, AGGREGATE_AT, false },
};

static bool
is_percentile (const struct token *token, double *ret_part)
{
  if (token->length < 2 || *token->start != 'p'
      || !g_ascii_isdigit (token->start[1]))
    return false;
  char *behind;
  g_autofree char *digits = g_strndup (token->start + 1, token->length - 1);
  double percent = g_ascii_strtod (digits, &behind);
  *ret_part = percent / 100;
  return *behind == 0 && percent <= 100;
}

static struct node *
new_call (struct parser *p, bool *ret_wants_condition)
{
  static const struct function percentile
      = { "p", NODE_AGGREGATE, AGGREGATE_PERCENTILE, false };
  const struct function *found = NULL;
  double part = 0;
  if (is_percentile (&p->token, &part))
    found = &percentile;
  for (size_t i = 0; !found && i < G_N_ELEMENTS (functions); i++)
    if (vhm_expect_is_at (p, TOKEN_WORD, functions[i].name))
      found = &functions[i];
  if (!found) {
    vhm_expect_refuse (
        p, "a function: mean min max first last sum range rise cv p50 time "
           "longest first_time gap advances at abs greatest least");
    return NULL;
  }
  struct node *node = vhm_expect_node_new (found->kind, p->token.column);
  node->aggregate = found->aggregate;
  node->number = part;
  *ret_wants_condition = found->wants_condition;
  return node;
}

/* The length in advances(x, 1 min), the time in at(x, 16:31). */
static bool
parse_parameter (struct parser *p, struct node *node)
{
  if (!vhm_expect_consume (p, ","))
    return false;
  if (node->aggregate == AGGREGATE_AT)
    return vhm_expect_parse_when (p, &node->window.from);
  if (p->token.kind != TOKEN_NUMBER || p->token.unit != VHM_UNIT_SECONDS
      || !(p->token.number > 0))
    return vhm_expect_refuse (p, "a length of time such as 1 min");
  node->number = p->token.number;
  return vhm_expect_advance (p);
}

static bool
check_aggregated (struct parser *p, const struct node *call,
                  bool wants_condition)
{
  const struct node *argument = vhm_expect_child (call, 0);
  if (!argument->is_series)
    return vhm_expect_fail (p->error, argument->column,
                            "one number where a series is needed; expected "
                            "one such as guest1.pressure");
  if (wants_condition && !argument->is_condition)
    return vhm_expect_fail (p->error, argument->column,
                            "expected a condition such as "
                            "guest1.pressure > 100");
  return true;
}

static bool
parse_arguments (struct parser *p, struct node *call, parse_fn inner)
{
  bool is_list = call->kind == NODE_GREATEST || call->kind == NODE_LEAST;
  do {
    struct node *argument = vhm_expect_advance (p) ? inner (p) : NULL;
    if (!argument)
      return false;
    g_ptr_array_add (call->children, argument);
    call->is_series |= argument->is_series;
  } while (is_list && vhm_expect_is_at (p, TOKEN_SIGN, ","));
  if (is_list && call->children->len < 2)
    return vhm_expect_refuse (p, "\",\" and a second argument");
  return true;
}

static struct node *
parse_call (struct parser *p, parse_fn inner)
{
  bool wants_condition;
  g_autoptr (vhm_expect_node) call = new_call (p, &wants_condition);
  if (!call || !vhm_expect_advance (p))
    return NULL;
  if (!parse_arguments (p, call, inner))
    return NULL;
  bool is_aggregate = call->kind == NODE_AGGREGATE;
  if (is_aggregate && !check_aggregated (p, call, wants_condition))
    return NULL;
  bool has_parameter = is_aggregate
                       && (call->aggregate == AGGREGATE_AT
                           || call->aggregate == AGGREGATE_ADVANCES);
  if (has_parameter && !parse_parameter (p, call))
    return NULL;
  if (is_aggregate)
    call->is_series = false;
  return vhm_expect_consume (p, ")") ? g_steal_pointer (&call) : NULL;
}

static bool
is_call (const struct parser *p)
{
  const char *c = p->cursor;
  while (g_ascii_isspace (*c))
    c++;
  return *c == '(';
}

struct node *
vhm_expect_parse_atom (struct parser *p, parse_fn inner)
{
  if (p->token.kind == TOKEN_NUMBER)
    return parse_number (p);
  if (p->token.kind == TOKEN_WORD)
    return is_call (p) ? parse_call (p, inner) : parse_series (p);
  vhm_expect_refuse (p, "a number, a series or a function");
  return NULL;
}
