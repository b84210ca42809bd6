/* Reads an expectation by recursive descent:
 *
 *   whole      = or [window]
 *   or         = and { "or" and }
 *   and        = not { "and" not }
 *   not        = "not" not | comparison
 *   comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
 *   sum        = product { ("+" | "-") product }
 *   product    = unary { ("*" | "/") unary }
 *   unary      = "-" unary | primary [window]
 *   primary    = number | series | "(" or ")" | function "(" or {"," or} ")"
 *   window     = "from" when "to" when
 *
 * The invariant: every node knows whether it is one number or one a sample, and
 * whether it is a condition, so that what makes no sense is refused here, with
 * its column. Depth and length are bounded (names come from files that anybody
 * may write), so the recursion is, too.
 */
#include "expect_parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_LENGTH 4096

static struct node *parse_or (struct parser *p);

static bool
is_sign (const struct parser *p, const char *sign)
{
  return vhm_expect_is_at (p, TOKEN_SIGN, sign);
}

static bool
enter (struct parser *p)
{
  if (++p->depth <= MAX_DEPTH)
    return true;
  return vhm_expect_fail (p->error, p->token.column, "nested more than %d deep",
                          MAX_DEPTH);
}

/* --- windows --------------------------------------------------------- */

static bool
parse_window (struct parser *p, struct window *window)
{
  if (!vhm_expect_advance (p) || !vhm_expect_parse_when (p, &window->from))
    return false;
  if (!vhm_expect_is_at (p, TOKEN_WORD, "to"))
    return vhm_expect_refuse (p, "\"to\" and the end of the window");
  if (!vhm_expect_advance (p) || !vhm_expect_parse_when (p, &window->to))
    return false;
  window->is_set = true;
  if (p->token.kind == TOKEN_END)
    p->final = *window;
  return true;
}

/* Gives the window to every aggregate that has none, and counts them. */
static unsigned
apply_window (struct node *node, const struct window *window)
{
  unsigned n = 0;
  if (node->kind == NODE_AGGREGATE && !node->window.is_set
      && node->aggregate != AGGREGATE_AT) {
    node->window = *window;
    n++;
  }
  for (guint i = 0; i < node->children->len; i++)
    n += apply_window (vhm_expect_child (node, i), window);
  return n;
}

static bool
wants_window (const struct node *node)
{
  if (node->kind == NODE_AGGREGATE && !node->window.is_set
      && node->aggregate != AGGREGATE_AT)
    return true;
  for (guint i = 0; i < node->children->len; i++)
    if (wants_window (vhm_expect_child (node, i)))
      return true;
  return false;
}

static struct node *
parse_bracket (struct parser *p)
{
  if (!vhm_expect_advance (p))
    return NULL;
  g_autoptr (vhm_expect_node) inside = parse_or (p);
  if (!inside || !vhm_expect_consume (p, ")"))
    return NULL;
  return g_steal_pointer (&inside);
}

static struct node *
parse_primary (struct parser *p)
{
  if (is_sign (p, "("))
    return parse_bracket (p);
  return vhm_expect_parse_atom (p, parse_or);
}

/* --- operators ------------------------------------------------------- */

static struct node *
wrap (enum node_kind kind, uint32_t column, struct node *operand)
{
  struct node *node = vhm_expect_node_new (kind, column);
  node->is_series = operand->is_series;
  node->is_constant = operand->is_constant;
  g_ptr_array_add (node->children, operand);
  return node;
}

static struct node *
parse_unary (struct parser *p)
{
  uint32_t column = p->token.column;
  if (is_sign (p, "-")) {
    g_autoptr (vhm_expect_node) operand
        = enter (p) && vhm_expect_advance (p) ? parse_unary (p) : NULL;
    p->depth--;
    return operand ? wrap (NODE_NEGATE, column, g_steal_pointer (&operand))
                   : NULL;
  }
  g_autoptr (vhm_expect_node) node = parse_primary (p);
  if (!node)
    return NULL;
  struct window window = { 0 };
  if (vhm_expect_is_at (p, TOKEN_WORD, "from") && wants_window (node)) {
    if (!parse_window (p, &window))
      return NULL;
    apply_window (node, &window);
  }
  return g_steal_pointer (&node);
}

/* One row an operator of one precedence. */
struct operation {
  enum token_kind token;
  const char *text;
  enum node_kind kind;
};

static const struct operation products[]
    = { { TOKEN_SIGN, "*", NODE_MULTIPLY }, { TOKEN_SIGN, "/", NODE_DIVIDE } };
static const struct operation sums[]
    = { { TOKEN_SIGN, "+", NODE_ADD }, { TOKEN_SIGN, "-", NODE_SUBTRACT } };
static const struct operation comparisons[] = {
  { TOKEN_SIGN, "<", NODE_LESS },    { TOKEN_SIGN, "<=", NODE_LESS_EQUAL },
  { TOKEN_SIGN, ">", NODE_GREATER }, { TOKEN_SIGN, ">=", NODE_GREATER_EQUAL },
  { TOKEN_SIGN, "==", NODE_EQUAL },  { TOKEN_SIGN, "!=", NODE_NOT_EQUAL }
};
static const struct operation ands[] = { { TOKEN_WORD, "and", NODE_AND } };
static const struct operation ors[] = { { TOKEN_WORD, "or", NODE_OR } };

static const struct operation *
find_operator (const struct parser *p, const struct operation *table, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (vhm_expect_is_at (p, table[i].token, table[i].text))
      return &table[i];
  return NULL;
}

static bool
check_condition (struct parser *p, const struct node *node)
{
  return node->is_condition
         || vhm_expect_fail (p->error, node->column,
                             "and, or, not join conditions; expected one such "
                             "as guest1.pressure > 100");
}

static struct node *
join (struct parser *p, const struct operation *operation, uint32_t column,
      struct node *left, struct node *right)
{
  g_autoptr (vhm_expect_node) node
      = vhm_expect_node_new (operation->kind, column);
  g_ptr_array_add (node->children, left);
  g_ptr_array_add (node->children, right);
  node->is_series = left->is_series || right->is_series;
  node->is_constant = left->is_constant && right->is_constant;
  node->is_condition = operation->kind >= NODE_LESS;
  bool is_logic = operation->token == TOKEN_WORD;
  if (is_logic && (!check_condition (p, left) || !check_condition (p, right)))
    return NULL;
  return g_steal_pointer (&node);
}

/* operand { operator operand }, left to right; a comparison only once. */
static struct node *
parse_chain (struct parser *p, parse_fn operand, const struct operation *table,
             size_t n)
{
  g_autoptr (vhm_expect_node) left = operand (p);
  const struct operation *operation = NULL;
  bool is_first = true;
  while (left && (operation = find_operator (p, table, n))) {
    if (table == comparisons && !is_first) {
      vhm_expect_refuse (p, "\"and\": comparisons do not chain");
      return NULL;
    }
    uint32_t column = p->token.column;
    struct node *right = vhm_expect_advance (p) ? operand (p) : NULL;
    if (!right)
      return NULL;
    left = join (p, operation, column, g_steal_pointer (&left), right);
    is_first = false;
  }
  return g_steal_pointer (&left);
}

static struct node *
parse_product (struct parser *p)
{
  return parse_chain (p, parse_unary, products, G_N_ELEMENTS (products));
}

static struct node *
parse_sum (struct parser *p)
{
  return parse_chain (p, parse_product, sums, G_N_ELEMENTS (sums));
}

static struct node *
parse_not (struct parser *p)
{
  if (!vhm_expect_is_at (p, TOKEN_WORD, "not"))
    return parse_chain (p, parse_sum, comparisons, G_N_ELEMENTS (comparisons));
  uint32_t column = p->token.column;
  g_autoptr (vhm_expect_node) operand
      = enter (p) && vhm_expect_advance (p) ? parse_not (p) : NULL;
  p->depth--;
  if (!operand || !check_condition (p, operand))
    return NULL;
  struct node *node = wrap (NODE_NOT, column, g_steal_pointer (&operand));
  node->is_condition = true;
  return node;
}

static struct node *
parse_and (struct parser *p)
{
  return parse_chain (p, parse_not, ands, G_N_ELEMENTS (ands));
}

static struct node *
parse_or (struct parser *p)
{
  g_autoptr (vhm_expect_node) node = NULL;
  if (enter (p))
    node = parse_chain (p, parse_and, ors, G_N_ELEMENTS (ors));
  p->depth--;
  return g_steal_pointer (&node);
}

/* --- the whole ------------------------------------------------------- */

/* A window at the very end also serves the aggregates before it. */
static bool
parse_final_window (struct parser *p, struct node *root)
{
  struct window window = { 0 };
  if (vhm_expect_is_at (p, TOKEN_WORD, "from")) {
    if (!wants_window (root))
      return vhm_expect_refuse (
          p, "the end: nothing is left for this window to bound");
    if (!parse_window (p, &window))
      return false;
  }
  if (p->final.is_set)
    apply_window (root, &p->final);
  return true;
}

static bool
check_root (struct parser *p, const struct node *root, bool wants_samples)
{
  if (p->token.kind != TOKEN_END)
    return vhm_expect_refuse (p, "an operator or the end");
  if (wants_samples && !root->is_series)
    return vhm_expect_fail (p->error, root->column,
                            "one number; expected one number a sample, such "
                            "as a counter");
  if (!wants_samples && root->is_series)
    return vhm_expect_fail (p->error, root->column,
                            "one number a sample; expected one number, such "
                            "as mean(...) or max(...) of it");
  return true;
}

static vhm_expect *
parse (const char *text, bool wants_samples, GError **error)
{
  if (strlen (text) > MAX_LENGTH) {
    vhm_expect_fail (error, MAX_LENGTH, "longer than %d characters",
                     MAX_LENGTH);
    return NULL;
  }
  g_autoptr (vhm_expect) expect = g_new0 (vhm_expect, 1);
  expect->names = g_array_new (FALSE, FALSE, sizeof (struct vhm_expect_name));
  struct parser p
      = { .text = text, .cursor = text, .expect = expect, .error = error };
  if (!vhm_expect_advance (&p) || !(expect->root = parse_or (&p))
      || !parse_final_window (&p, expect->root)
      || !check_root (&p, expect->root, wants_samples))
    return NULL;
  return g_steal_pointer (&expect);
}

vhm_expect *
vhm_expect_parse (const char *text, GError **error)
{
  return parse (text, false, error);
}

vhm_expect *
vhm_expect_parse_samples (const char *text, GError **error)
{
  return parse (text, true, error);
}
