/* Checks an expectation against what the run will have: names, dimensions,
 * times.
 *
 *   + - < ... greatest least   same dimension on both sides
 *   a * b     plain x U = U; percent x U = U (that part of it); rate x time =
 *             plain
 *   a / b     U / plain = U; U / U = plain; U / percent = U; plain / time =
 *             rate; plain / rate = time
 *
 * The only conversions: a plain constant stands for percent or a rate, 0 for
 * anything, and a percent constant beside a plain ratio for that part of 1.
 */
#include "expect_node.h"

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

#define SECONDS_PER_DAY 86400.0

const char *
vhm_unit_name (enum vhm_unit unit)
{
  static const char *const names[VHM_N_UNITS]
      = { "none", "bytes", "percent", "per_s", "seconds", "cycles" };
  VHM_REQUIRE (unit < VHM_N_UNITS);
  return names[unit];
}

static const char *
describe (enum vhm_unit unit)
{
  static const char *const words[VHM_N_UNITS]
      = { "a plain number", "bytes", "percent", "a rate", "seconds", "cycles" };
  return words[unit];
}

/* --- pairs ----------------------------------------------------------- */

static bool
refuse_pair (const struct node *node, struct operand left, struct operand right,
             GError **error)
{
  bool is_plain = (left.is_constant && left.unit == VHM_UNIT_NONE)
                  || (right.is_constant && right.unit == VHM_UNIT_NONE);
  return vhm_expect_fail (error, node->column, "%s and %s do not go together%s",
                          describe (left.unit), describe (right.unit),
                          is_plain ? "; write the number with its unit" : "");
}

/* Can this constant stand for a value of dimension `unit`? */
static bool
stands_for (struct operand constant, enum vhm_unit unit, double *ret_factor)
{
  if (!constant.is_constant)
    return false;
  bool is_plain = constant.unit == VHM_UNIT_NONE;
  bool is_part = constant.unit == VHM_UNIT_PERCENT && unit == VHM_UNIT_NONE;
  *ret_factor = is_part ? 0.01 : 1;
  return is_part
         || (is_plain
             && (constant.is_zero || unit == VHM_UNIT_PERCENT
                 || unit == VHM_UNIT_PER_S));
}

static bool
pair_same (const struct node *node, struct operand left, struct operand right,
           struct pairing *ret, GError **error)
{
  *ret = (struct pairing){ left.unit, 1, 1 };
  if (left.unit == right.unit
      || stands_for (right, left.unit, &ret->right_factor))
    return true;
  ret->unit = right.unit;
  return stands_for (left, right.unit, &ret->left_factor)
         || refuse_pair (node, left, right, error);
}

static bool
pair_product (const struct node *node, struct operand left,
              struct operand right, struct pairing *ret, GError **error)
{
  enum vhm_unit a = left.unit, b = right.unit;
  *ret = (struct pairing){ a, 1, 1 };
  if (b == VHM_UNIT_NONE)
    return true;
  if (b == VHM_UNIT_PERCENT && a != VHM_UNIT_NONE) {
    ret->right_factor = 0.01;
    return true;
  }
  ret->unit = b;
  ret->left_factor = a == VHM_UNIT_PERCENT ? 0.01 : 1;
  if (a == VHM_UNIT_NONE || a == VHM_UNIT_PERCENT)
    return true;
  ret->unit = VHM_UNIT_NONE;
  bool is_count = (a == VHM_UNIT_PER_S && b == VHM_UNIT_SECONDS)
                  || (a == VHM_UNIT_SECONDS && b == VHM_UNIT_PER_S);
  return is_count || refuse_pair (node, left, right, error);
}

static bool
pair_quotient (const struct node *node, struct operand left,
               struct operand right, struct pairing *ret, GError **error)
{
  enum vhm_unit a = left.unit, b = right.unit;
  *ret = (struct pairing){ a, 1, 1 };
  if (b == VHM_UNIT_NONE)
    return true;
  if (a == b) {
    ret->unit = VHM_UNIT_NONE;
    return true;
  }
  if (b == VHM_UNIT_PERCENT) {
    ret->right_factor = 0.01;
    return true;
  }
  ret->unit = b == VHM_UNIT_SECONDS ? VHM_UNIT_PER_S : VHM_UNIT_SECONDS;
  bool is_rate
      = a == VHM_UNIT_NONE && (b == VHM_UNIT_SECONDS || b == VHM_UNIT_PER_S);
  return is_rate || refuse_pair (node, left, right, error);
}

static bool
is_comparison (enum node_kind kind)
{
  return kind >= NODE_LESS && kind <= NODE_NOT_EQUAL;
}

bool
vhm_expect_pair (const struct node *node, struct operand left,
                 struct operand right, struct pairing *ret_pairing,
                 GError **error)
{
  if (node->kind == NODE_MULTIPLY)
    return pair_product (node, left, right, ret_pairing, error);
  if (node->kind == NODE_DIVIDE)
    return pair_quotient (node, left, right, ret_pairing, error);
  if (!pair_same (node, left, right, ret_pairing, error))
    return false;
  if (is_comparison (node->kind))
    ret_pairing->unit = VHM_UNIT_NONE;
  return true;
}

enum vhm_unit
vhm_expect_aggregate_unit (enum aggregate aggregate, enum vhm_unit unit)
{
  if (aggregate == AGGREGATE_CV || aggregate == AGGREGATE_ADVANCES)
    return VHM_UNIT_NONE;
  if (aggregate == AGGREGATE_TIME || aggregate == AGGREGATE_LONGEST
      || aggregate == AGGREGATE_FIRST_TIME || aggregate == AGGREGATE_GAP)
    return VHM_UNIT_SECONDS;
  return unit;
}

struct operand
vhm_expect_operand (const struct node *node, enum vhm_unit unit)
{
  return (struct operand){ unit, node->is_constant,
                           node->kind == NODE_CONSTANT && node->number == 0 };
}

/* --- the tree -------------------------------------------------------- */

static bool
check_children (const struct scope *scope, const struct node *node,
                enum vhm_unit *ret_unit, GError **error)
{
  const struct node *child = vhm_expect_child (node, 0);
  enum vhm_unit unit;
  if (!vhm_expect_unit (scope, child, &unit, error))
    return false;
  struct operand left = vhm_expect_operand (child, unit);
  for (guint i = 1; i < node->children->len; i++) {
    struct pairing pairing;
    child = vhm_expect_child (node, i);
    if (!vhm_expect_unit (scope, child, &unit, error)
        || !vhm_expect_pair (node, left, vhm_expect_operand (child, unit),
                             &pairing, error))
      return false;
    left = (struct operand){ pairing.unit,
                             left.is_constant && child->is_constant, false };
  }
  *ret_unit = left.unit;
  return true;
}

bool
vhm_expect_unit (const struct scope *scope, const struct node *node,
                 enum vhm_unit *ret_unit, GError **error)
{
  if (node->kind == NODE_CONSTANT) {
    *ret_unit = node->unit;
    return true;
  }
  if (node->kind == NODE_SERIES) {
    const struct vhm_counter *counter
        = scope->find (scope->context,
                       &g_array_index (scope->expect->names,
                                       struct vhm_expect_name, node->name),
                       error);
    *ret_unit = counter ? counter->unit : VHM_UNIT_NONE;
    return counter != NULL;
  }
  if (!check_children (scope, node, ret_unit, error))
    return false;
  if (node->kind == NODE_AGGREGATE)
    *ret_unit = vhm_expect_aggregate_unit (node->aggregate, *ret_unit);
  return true;
}

/* --- times ----------------------------------------------------------- */

static double
since_start (const struct when *when, double start_s, double duration_s)
{
  if (when->kind == WHEN_END)
    return duration_s;
  if (when->kind == WHEN_SINCE_START)
    return when->seconds;
  double s = when->seconds - fmod (start_s, SECONDS_PER_DAY);
  return s < 0 ? s + SECONDS_PER_DAY : s;
}

bool
vhm_expect_when (const struct when *when, double start_s, double duration_s,
                 double *ret_s, GError **error)
{
  double s = since_start (when, start_s, duration_s);
  if (s > duration_s)
    return vhm_expect_fail (error, when->column,
                            "%.15g s after the start, but the run ends after "
                            "%.15g s",
                            s, duration_s);
  *ret_s = s;
  return true;
}

bool
vhm_expect_window (const struct node *node, double start_s, double duration_s,
                   double *ret_from_s, double *ret_to_s, GError **error)
{
  double from = 0, to = duration_s;
  const struct window *w = &node->window;
  if (w->is_set
      && (!vhm_expect_when (&w->from, start_s, duration_s, &from, error)
          || !vhm_expect_when (&w->to, start_s, duration_s, &to, error)))
    return false;
  if (to < from)
    return vhm_expect_fail (error, w->to.column,
                            "the window ends before it begins");
  *ret_from_s = from;
  *ret_to_s = to;
  return true;
}
