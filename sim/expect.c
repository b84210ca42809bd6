/* Ties the expectation language together: what it names, whether it fits the
 * run, bounds in its dimension, its value.
 *
 * A name that is not known is answered with the nearest one that is, by edit
 * distance (Levenshtein). Cost of that: O(known x length^2), on errors only.
 */
#include "expect_node.h"

#include <math.h>
#include <string.h>

#include <vhm/base/require.h>

/* A suggestion further away than this part of the name is none. */
#define MAX_DISTANCE_PART 0.5

void
vhm_expect_free (vhm_expect *expect)
{
  if (!expect)
    return;
  for (guint i = 0; i < expect->names->len; i++) {
    struct vhm_expect_name *name
        = &g_array_index (expect->names, struct vhm_expect_name, i);
    g_free (name->instance);
    g_free (name->key);
  }
  g_array_unref (expect->names);
  vhm_expect_node_free (expect->root);
  g_free (expect);
}

const struct vhm_expect_name *
vhm_expect_names (const vhm_expect *expect, size_t *ret_n)
{
  *ret_n = expect->names->len;
  return (const struct vhm_expect_name *) (void *) expect->names->data;
}

/* --- names ----------------------------------------------------------- */

/* Insertions, deletions and changes that turn a into b. */
static size_t
edit_distance (const char *a, const char *b)
{
  size_t n = strlen (b);
  g_autofree size_t *row = g_new (size_t, n + 1);
  for (size_t j = 0; j <= n; j++)
    row[j] = j;
  for (size_t i = 1; *a; a++, i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t change = diagonal + (*a != b[j - 1]);
      diagonal = row[j];
      row[j] = MIN (change, MIN (row[j - 1], row[j]) + 1);
    }
  }
  return row[n];
}

struct known_list {
  const struct vhm_expect_known *known;
  size_t n;
};

static char *
find_nearest (const struct known_list *list, const char *wanted)
{
  size_t best = (size_t) ((double) strlen (wanted) * MAX_DISTANCE_PART) + 1;
  char *nearest = NULL;
  for (size_t i = 0; i < list->n; i++) {
    g_autofree char *name = g_strdup_printf ("%s.%s", list->known[i].instance,
                                             list->known[i].counter->key);
    size_t distance = edit_distance (wanted, name);
    if (distance < best) {
      best = distance;
      g_free (nearest);
      nearest = g_steal_pointer (&name);
    }
  }
  return nearest;
}

static const struct vhm_counter *
find_counter (const void *context, const struct vhm_expect_name *name,
              GError **error)
{
  const struct known_list *list = context;
  for (size_t i = 0; i < list->n; i++)
    if (strcmp (list->known[i].instance, name->instance) == 0
        && strcmp (list->known[i].counter->key, name->key) == 0)
      return list->known[i].counter;
  g_autofree char *wanted
      = g_strdup_printf ("%s.%s", name->instance, name->key);
  g_autofree char *nearest = find_nearest (list, wanted);
  vhm_expect_fail (error, name->column, "no series \"%s\"%s%s%s", wanted,
                   nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
  return NULL;
}

bool
vhm_expect_check (const vhm_expect *expect,
                  const struct vhm_expect_known *known, size_t n_known,
                  enum vhm_unit *ret_unit, GError **error)
{
  struct known_list list = { known, n_known };
  struct scope scope = { expect, find_counter, &list };
  return vhm_expect_unit (&scope, expect->root, ret_unit, error);
}

/* --- windows --------------------------------------------------------- */

static bool
check_node_windows (const struct node *node, double start_s, double duration_s,
                    GError **error)
{
  double from, to;
  bool is_at = node->kind == NODE_AGGREGATE && node->aggregate == AGGREGATE_AT;
  if (is_at
      && !vhm_expect_when (&node->window.from, start_s, duration_s, &from,
                           error))
    return false;
  if (!vhm_expect_window (node, start_s, duration_s, &from, &to, error))
    return false;
  for (guint i = 0; i < node->children->len; i++)
    if (!check_node_windows (vhm_expect_child (node, i), start_s, duration_s,
                             error))
      return false;
  return true;
}

bool
vhm_expect_check_windows (const vhm_expect *expect, double start_s,
                          double duration_s, GError **error)
{
  return check_node_windows (expect->root, start_s, duration_s, error);
}

/* --- values ---------------------------------------------------------- */

static bool
evaluate_constant (const char *text, struct operand *ret_operand,
                   double *ret_value, GError **error)
{
  static const struct vhm_result nothing = { 0 };
  g_autoptr (vhm_expect) expect = vhm_expect_parse (text, error);
  if (!expect)
    return false;
  if (!expect->root->is_constant)
    return vhm_expect_fail (error, expect->root->column,
                            "a bound is a number with its unit");
  enum vhm_unit unit;
  if (!vhm_expect_evaluate_tree (expect, &nothing, ret_value, &unit, error))
    return false;
  *ret_operand = vhm_expect_operand (expect->root, unit);
  ret_operand->is_zero = *ret_value == 0;
  return true;
}

bool
vhm_expect_bound (const char *text, enum vhm_unit unit, double *ret_value,
                  GError **error)
{
  static const struct node sum = { .kind = NODE_ADD, .column = 1 };
  bool is_negative = strcmp (text, "-inf") == 0;
  if (is_negative || strcmp (text, "inf") == 0) {
    *ret_value = is_negative ? -(double) INFINITY : (double) INFINITY;
    return true;
  }
  struct operand wanted = { unit, false, false }, bound;
  struct pairing pairing;
  double value;
  if (!evaluate_constant (text, &bound, &value, error)
      || !vhm_expect_pair (&sum, wanted, bound, &pairing, error))
    return false;
  *ret_value = value * pairing.right_factor;
  return true;
}

static bool
check_against (const vhm_expect *expect, const struct vhm_result *result,
               GError **error)
{
  g_autofree struct vhm_expect_known *known
      = g_new (struct vhm_expect_known, result->series->len);
  for (guint i = 0; i < result->series->len; i++) {
    const struct vhm_series *series = result->series->pdata[i];
    known[i] = (struct vhm_expect_known){ series->instance, series->counter };
  }
  enum vhm_unit unit;
  return vhm_expect_check (expect, known, result->series->len, &unit, error);
}

bool
vhm_expect_evaluate (const vhm_expect *expect, const struct vhm_result *result,
                     double *ret_value, enum vhm_unit *ret_unit, GError **error)
{
  return check_against (expect, result, error)
         && vhm_expect_evaluate_tree (expect, result, ret_value, ret_unit,
                                      error);
}

bool
vhm_expect_samples (const vhm_expect *expect, const struct vhm_result *result,
                    double *ret_values, enum vhm_unit *ret_unit, GError **error)
{
  return check_against (expect, result, error)
         && vhm_expect_evaluate_samples (expect, result, ret_values, ret_unit,
                                         error);
}
