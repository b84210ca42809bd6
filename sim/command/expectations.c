/* Expectations of a scenario and of its variants: whether they can be evaluated,
 * and their values and bounds after a run.
 *
 * Bounds are at_least and at_most, or value -+ tolerance of it. An expectation with
 * `over` is a quotient: its bounds and its published value have no unit.
 */
#include "command.h"

#include <math.h>
#include <string.h>

#include <vhm/host/host.h>
#include <vhm/sim/diagnosis.h>
#include <vhm/sim/expect.h>

#define PPM 1e6

static bool
is_set (const char *text)
{
  return text && *text;
}

static GArray *
known_series (GPtrArray *series)
{
  GArray *known = g_array_new (FALSE, FALSE, sizeof (struct vhm_expect_known));
  for (guint i = 0; i < series->len; i++) {
    const struct vhm_series *one = series->pdata[i];
    struct vhm_expect_known k = { one->instance, one->counter };
    g_array_append_val (known, k);
  }
  for (int i = 0; i < VHM_N_CLASSES; i++) { /* come with the diagnosis */
    struct vhm_expect_known k = { "host", &vhm_class_counters[i] };
    g_array_append_val (known, k);
  }
  return known;
}

const struct vhm_case_variant *
command_variant (const struct vhm_case *c, const char *name)
{
  const struct vhm_case_variant *variants = c->variants.items;
  for (size_t i = 0; name && i < c->variants.n; i++)
    if (strcmp (variants[i].name, name) == 0)
      return &variants[i];
  return NULL;
}

/* --- before the run --------------------------------------------------------------- */

struct check {
  struct vhm_scenario *scenario;
  const struct vhm_case *config;
  const GArray *known;
  const char *prefix; /* path of the list */
  bool is_variant;
};

static void
complain (const struct check *check, size_t i, const char *key,
          const char *wrong, const char *right)
{
  g_autofree char *path = g_strdup_printf ("%s.%zu.%s", check->prefix, i, key);
  vhm_scenario_complain (check->scenario, (struct vhm_mark){ 0 }, path, wrong,
                         right);
}

static void
check_number (const struct check *check, size_t i, const char *key,
              const char *text, enum vhm_unit unit)
{
  g_autoptr (GError) error = NULL;
  double value;
  if (is_set (text) && !vhm_expect_bound (text, unit, &value, &error))
    complain (check, i, key, error->message, NULL);
}

static void
check_over (const struct check *check, size_t i, const char *over)
{
  if (!is_set (over))
    return;
  if (!check->is_variant)
    complain (check, i, "over", "this expectation is of no variant",
              "leave it out, or put it into `expect` of a variant");
  else if (!command_variant (check->config, over)) {
    g_autofree char *wrong
        = g_strdup_printf ("there is no variant \"%s\"", over);
    complain (check, i, "over", wrong, "the name of a variant");
  }
}

static void
check_one (const struct check *check, size_t i, const struct vhm_case_expect *e)
{
  const struct vhm_case *c = check->config;
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_expect) compiled = vhm_expect_parse (e->that, &error);
  enum vhm_unit unit;
  check_over (check, i, e->over);
  if (!compiled
      || !vhm_expect_check (compiled, (const void *) check->known->data,
                            check->known->len, &unit, &error)
      || !vhm_expect_check_windows (compiled, (double) c->start_ns / 1e9,
                                    (double) c->duration_ns / 1e9, &error)) {
    complain (check, i, "that", error->message, NULL);
    return;
  }
  unit = is_set (e->over) ? VHM_UNIT_NONE : unit;
  check_number (check, i, "at_least", e->low, unit);
  check_number (check, i, "at_most", e->high, unit);
  check_number (check, i, "value", e->value, unit);
}

void
command_check_expectations (struct vhm_scenario *scenario,
                            const struct vhm_case *c, const char *variant)
{
  const struct vhm_case_variant *v = command_variant (c, variant);
  const struct vhm_list *list = v ? &v->expect : &c->expect;
  const struct vhm_case_variant *variants = c->variants.items;
  g_autofree char *prefix
      = v ? g_strdup_printf ("variants.%zu.expect", (size_t) (v - variants))
          : g_strdup ("expect");
  g_autoptr (GPtrArray) series = vhm_host_series (c);
  g_autoptr (GArray) known = known_series (series);
  const struct check check = { scenario, c, known, prefix, v != NULL };
  const struct vhm_case_expect *expect = list->items;
  for (size_t i = 0; i < list->n; i++)
    check_one (&check, i, &expect[i]);
}

/* --- after the run ---------------------------------------------------------------- */

static char *
copy_if_set (const char *text)
{
  return is_set (text) ? g_strdup (text) : NULL;
}

static bool
bound (const char *text, enum vhm_unit unit, double absent, double *ret_value,
       GError **error)
{
  *ret_value = absent;
  return !is_set (text) || vhm_expect_bound (text, unit, ret_value, error);
}

/* A series without a sample in the window (a guest that never started) gives no
 * value, and the run goes on. */
bool
command_evaluate (const char *that, const struct vhm_case *c,
                  const struct vhm_result *result, double *ret_value,
                  enum vhm_unit *ret_unit, GError **error)
{
  g_autoptr (vhm_expect) compiled = vhm_expect_parse (that, error);
  if (!compiled)
    return false;
  g_autoptr (GError) none = NULL;
  if (vhm_expect_evaluate (compiled, result, ret_value, ret_unit, &none))
    return true;
  g_autoptr (GPtrArray) series = vhm_host_series (c);
  g_autoptr (GArray) known = known_series (series);
  *ret_value = (double) NAN;
  return vhm_expect_check (compiled, (const void *) known->data, known->len,
                           ret_unit, error);
}

static bool
bounds (const struct vhm_case_expect *from, struct vhm_expectation *e,
        GError **error)
{
  double value;
  if (!bound (from->low, e->unit, -INFINITY, &e->low, error)
      || !bound (from->high, e->unit, INFINITY, &e->high, error)
      || !bound (from->value, e->unit, NAN, &value, error))
    return false;
  if (from->tolerance_ppm > 0) {
    double width = fabs (value) * (double) from->tolerance_ppm / PPM;
    e->low = value - width;
    e->high = value + width;
  }
  return true;
}

bool
command_expect (const struct vhm_list *list, const struct vhm_case *c,
                struct vhm_result *result, GError **error)
{
  const struct vhm_case_expect *expect = list->items;
  for (size_t i = 0; i < list->n; i++) {
    const struct vhm_case_expect *from = &expect[i];
    struct vhm_expectation *e = g_new0 (struct vhm_expectation, 1);
    g_ptr_array_add (result->expectations, e);
    e->name = g_strdup (from->name);
    e->that = g_strdup (from->that);
    e->published = copy_if_set (from->published);
    e->source = copy_if_set (from->source);
    e->figure = copy_if_set (from->figure);
    e->known_miss = copy_if_set (from->known_miss);
    if (!command_evaluate (from->that, c, result, &e->value, &e->unit, error))
      return false;
    e->unit = is_set (from->over) ? VHM_UNIT_NONE : e->unit;
    if (!bounds (from, e, error))
      return false;
    e->pass = e->value >= e->low && e->value <= e->high;
  }
  return true;
}
