/* Evaluates an expectation on a result, bottom up: a node gives one number or
 * one a sample.
 *
 * A missing sample (NAN) makes every elementwise outcome of its moment missing;
 * aggregates (expect_aggregate.c) skip it. Cost: O(samples) a node.
 */
#include "expect_node.h"

#include <math.h>

#include <vhm/base/require.h>

struct run {
  const vhm_expect *expect;
  const struct vhm_result *result;
  double duration_s;
  GError **error;
};

/* `samples` is NULL for one number. */
struct value {
  double number;
  double *samples;
  enum vhm_unit unit;
};

static bool evaluate (struct run *run, const struct node *node,
                      struct value *ret);

static double
sample (const struct value *value, size_t i)
{
  return value->samples ? value->samples[i] : value->number;
}

/* --- elementwise ----------------------------------------------------- */

static double
calculate (enum node_kind kind, double a, double b)
{
  if (isnan (a) || isnan (b))
    return (double) NAN;
  switch (kind) {
  case NODE_ADD:
    return a + b;
  case NODE_SUBTRACT:
    return a - b;
  case NODE_MULTIPLY:
    return a * b;
  case NODE_DIVIDE:
    return a / b;
  case NODE_LESS:
    return a < b;
  case NODE_LESS_EQUAL:
    return a <= b;
  case NODE_GREATER:
    return a > b;
  case NODE_GREATER_EQUAL:
    return a >= b;
  case NODE_EQUAL:
    return a == b;
  case NODE_NOT_EQUAL:
    return a != b;
  case NODE_AND:
    return a != 0 && b != 0;
  case NODE_OR:
    return a != 0 || b != 0;
  case NODE_GREATEST:
    return a > b ? a : b;
  case NODE_LEAST:
    return a < b ? a : b;
  /* of one operand: b is not used */
  case NODE_NEGATE:
    return -a;
  case NODE_NOT:
    return a == 0;
  case NODE_ABS:
    return fabs (a);
  case NODE_CONSTANT:
  case NODE_SERIES:
  case NODE_AGGREGATE:
  case N_NODES:
    break;
  }
  VHM_REQUIRE (false && "an elementwise node");
  return 0;
}

/* left = left op right, sample by sample if either is a series. */
static void
combine (size_t n, enum node_kind kind, struct value *left,
         const struct value *right, const struct pairing *pairing)
{
  double f = pairing->left_factor, g = pairing->right_factor;
  left->unit = pairing->unit;
  if (!left->samples && !right->samples) {
    left->number = calculate (kind, f * left->number, g * right->number);
    return;
  }
  double *out = left->samples ? left->samples : g_new (double, n);
  for (size_t i = 0; i < n; i++)
    out[i] = calculate (kind, f * sample (left, i), g * sample (right, i));
  left->samples = out;
}

static bool
fold_child (struct run *run, const struct node *node, guint i,
            bool left_is_constant, struct value *left)
{
  const struct node *child = vhm_expect_child (node, i);
  struct value right;
  if (!evaluate (run, child, &right))
    return false;
  G_GNUC_UNUSED g_autofree double *owned = right.samples;
  struct operand a
      = vhm_expect_operand (vhm_expect_child (node, 0), left->unit);
  a.is_constant = left_is_constant;
  a.is_zero = a.is_zero && i == 1;
  struct pairing pairing;
  if (!vhm_expect_pair (node, a, vhm_expect_operand (child, right.unit),
                        &pairing, run->error))
    return false;
  combine (run->result->n_samples, node->kind, left, &right, &pairing);
  return true;
}

static bool
evaluate_operator (struct run *run, const struct node *node, struct value *ret)
{
  static const struct value nothing = { 0 };
  const struct node *child = vhm_expect_child (node, 0);
  struct value left;
  if (!evaluate (run, child, &left))
    return false;
  if (node->children->len == 1) {
    struct pairing same = { left.unit, 1, 1 };
    combine (run->result->n_samples, node->kind, &left, &nothing, &same);
  }
  bool is_constant = child->is_constant;
  for (guint i = 1; i < node->children->len; i++) {
    if (!fold_child (run, node, i, is_constant, &left)) {
      g_free (left.samples);
      return false;
    }
    is_constant &= vhm_expect_child (node, i)->is_constant;
  }
  *ret = left;
  return true;
}

/* --- aggregates ------------------------------------------------------ */

static bool
set_window (struct run *run, const struct node *node, struct samples *s)
{
  if (node->aggregate == AGGREGATE_AT)
    return vhm_expect_when (&node->window.from, run->result->start_s,
                            run->duration_s, &s->to_s, run->error);
  return vhm_expect_window (node, run->result->start_s, run->duration_s,
                            &s->from_s, &s->to_s, run->error);
}

static bool
check_samples (struct run *run, const struct node *node,
               const struct samples *s)
{
  if (s->n == 0)
    return vhm_expect_fail (run->error, node->column,
                            "no sample between %.15g s and %.15g s after the "
                            "start",
                            s->from_s, s->to_s);
  if (node->aggregate == AGGREGATE_ADVANCES
      && (node->number < s->interval_s || node->number > s->to_s - s->from_s))
    return vhm_expect_fail (run->error, node->column,
                            "expected a length between one sample (%.15g s) "
                            "and the window (%.15g s)",
                            s->interval_s, s->to_s - s->from_s);
  return true;
}

static bool
evaluate_aggregate (struct run *run, const struct node *node, struct value *ret)
{
  struct value argument;
  struct samples s = { 0 };
  if (!set_window (run, node, &s)
      || !evaluate (run, vhm_expect_child (node, 0), &argument))
    return false;
  G_GNUC_UNUSED g_autofree double *owned = argument.samples;
  vhm_expect_gather (run->result, argument.samples, &s);
  G_GNUC_UNUSED g_autofree double *values = s.values;
  G_GNUC_UNUSED g_autofree double *times = s.times_s;
  if (!check_samples (run, node, &s))
    return false;
  enum vhm_unit unit
      = vhm_expect_aggregate_unit (node->aggregate, argument.unit);
  *ret = (struct value){ vhm_expect_aggregate (node, &s), NULL, unit };
  return true;
}

/* --- the tree -------------------------------------------------------- */

static bool
evaluate_series (struct run *run, const struct node *node, struct value *ret)
{
  const struct vhm_expect_name *name
      = &g_array_index (run->expect->names, struct vhm_expect_name, node->name);
  const struct vhm_series *series
      = vhm_result_find (run->result, name->instance, name->key);
  VHM_REQUIRE (series != NULL); /* vhm_expect_check came first */
  double *copy = g_new (double, run->result->n_samples);
  for (size_t i = 0; i < run->result->n_samples; i++)
    copy[i] = series->values[i];
  *ret = (struct value){ 0, copy, series->counter->unit };
  return true;
}

static bool
evaluate (struct run *run, const struct node *node, struct value *ret)
{
  if (node->kind == NODE_CONSTANT) {
    *ret = (struct value){ node->number, NULL, node->unit };
    return true;
  }
  if (node->kind == NODE_SERIES)
    return evaluate_series (run, node, ret);
  if (node->kind == NODE_AGGREGATE)
    return evaluate_aggregate (run, node, ret);
  return evaluate_operator (run, node, ret);
}

static struct run
run_of (const vhm_expect *expect, const struct vhm_result *result,
        GError **error)
{
  double last = result->n_samples > 0
                    ? (double) (result->n_samples - 1) * result->interval_s
                    : 0;
  return (struct run){ expect, result, fmax (result->duration_s, last), error };
}

bool
vhm_expect_evaluate_tree (const vhm_expect *expect,
                          const struct vhm_result *result, double *ret_value,
                          enum vhm_unit *ret_unit, GError **error)
{
  struct run run = run_of (expect, result, error);
  struct value value;
  if (!evaluate (&run, expect->root, &value))
    return false;
  VHM_REQUIRE (value.samples == NULL);
  if (isnan (value.number))
    return vhm_expect_fail (error, expect->root->column,
                            "the value is not a number (0 divided by 0)");
  *ret_value = value.number;
  *ret_unit = value.unit;
  return true;
}

bool
vhm_expect_evaluate_samples (const vhm_expect *expect,
                             const struct vhm_result *result,
                             double *ret_values, enum vhm_unit *ret_unit,
                             GError **error)
{
  struct run run = run_of (expect, result, error);
  struct value value;
  if (!evaluate (&run, expect->root, &value))
    return false;
  VHM_REQUIRE (value.samples != NULL);
  for (size_t i = 0; i < result->n_samples; i++)
    ret_values[i] = value.samples[i];
  g_free (value.samples);
  *ret_unit = value.unit;
  return true;
}
