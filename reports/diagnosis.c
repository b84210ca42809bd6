/* Tables of a diagnosis: class over time, sufferers, signals with their evidence,
 * distance from running alone, remedies. Terminal and page show the same cells.
 *
 * Each number that decides stands beside what it is compared with, so that a reader
 * can check the conclusion by hand.
 */
#include "diagnosis.h"

#include <math.h>
#include <string.h>

#include "quantity.h"

static struct cells *
cells_new (const char *const *headings, unsigned first_number,
           unsigned end_number)
{
  struct cells *c = g_new0 (struct cells, 1);
  c->headings = headings;
  c->first_number = first_number;
  c->end_number = end_number;
  c->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return c;
}

void
vhm_cells_free (struct cells *c)
{
  if (!c)
    return;
  g_ptr_array_unref (c->rows);
  g_free (c);
}

/* Takes the texts. */
static void
add_row (struct cells *c, char *const *texts)
{
  guint n = g_strv_length ((char **) c->headings);
  char **row = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    row[i] = texts[i];
  g_ptr_array_add (c->rows, row);
}

static struct cells *
if_any (struct cells *c)
{
  if (c->rows->len > 0)
    return c;
  vhm_cells_free (c);
  return NULL;
}

static char *
clock_of (const struct vhm_result *r, double at_s)
{
  return vhm_quantity_clock (r->start_s + at_s);
}

static char *
factor (double value)
{
  return isnan (value) ? g_strdup ("-") : vhm_quantity_decimal (value, 2);
}

/* --- class over time ---------------------------------------------------------- */

static char *
why_text (const struct vhm_diagnosis *d, int decision)
{
  return g_strdup (decision < 0 ? "no decision of the rules holds"
                                : (const char *) d->why->pdata[decision]);
}

struct cells *
vhm_diagnosis_strip (const struct vhm_result *r)
{
  static const char *const headings[]
      = { "FROM", "TO", "INTERVALS", "CLASS", "BECAUSE", NULL };
  const struct vhm_diagnosis *d = r->diagnosis;
  struct cells *c = cells_new (headings, 2, 3);
  for (guint i = 0; i < d->intervals->len;) {
    const struct vhm_class_interval *x
        = &g_array_index (d->intervals, struct vhm_class_interval, i);
    const struct vhm_class_interval *last = x;
    guint n = 0;
    for (; i < d->intervals->len; i++, n++) {
      const struct vhm_class_interval *y
          = &g_array_index (d->intervals, struct vhm_class_interval, i);
      if (y->class != x->class || y->decision != x->decision)
        break;
      last = y;
    }
    char *texts[]
        = { clock_of (r, x->from_s), clock_of (r, last->to_s),
            g_strdup_printf ("%u", n), g_strdup (vhm_class_name (x->class)),
            why_text (d, x->decision) };
    add_row (c, texts);
  }
  return if_any (c);
}

static guint
n_counted (const struct vhm_diagnosis *d)
{
  guint n = 0;
  for (guint i = 0; i < d->intervals->len; i++)
    n += g_array_index (d->intervals, struct vhm_class_interval, i).is_settled;
  return n;
}

char *
vhm_diagnosis_line (const struct vhm_result *r)
{
  const struct vhm_diagnosis *d = r->diagnosis;
  g_autofree char *length = vhm_quantity_text (d->interval_s, VHM_UNIT_SECONDS);
  guint n = n_counted (d);
  GString *out = g_string_new (vhm_class_name (d->overall));
  out->str[0] = g_ascii_toupper (out->str[0]);
  g_string_append_printf (out, ". Of %u intervals of %s ", n, length);
  const char *separator = "";
  for (int k = 0; k < VHM_N_CLASSES; k++) {
    guint of = (guint) round (d->share[k] * n);
    if (of == 0)
      continue;
    g_string_append_printf (out, "%s%u %s", separator, of,
                            vhm_class_name ((enum vhm_class) k));
    separator = ", ";
  }
  if (n == 0)
    g_string_append (out, "none is after the guests' start");
  g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

char *
vhm_diagnosis_why (const struct vhm_result *r)
{
  const struct vhm_diagnosis *d = r->diagnosis;
  GString *out = g_string_new (NULL);
  for (guint k = 0; k < d->why->len; k++) {
    guint n = 0;
    for (guint i = 0; i < d->intervals->len; i++) {
      const struct vhm_class_interval *x
          = &g_array_index (d->intervals, struct vhm_class_interval, i);
      n += x->is_settled && x->class == d->overall && x->decision == (int) k;
    }
    const char *source = d->why_sources->pdata[k];
    if (n > 0)
      g_string_append_printf (out, "%s%u x %s%s%s%s", out->len ? "; " : "", n,
                              (char *) d->why->pdata[k], *source ? " (" : "",
                              source, *source ? ")" : "");
  }
  bool is_empty = out->len == 0;
  char *text = g_string_free (out, is_empty);
  return is_empty ? NULL : text;
}

/* --- who suffers ------------------------------------------------------------------ */

struct cells *
vhm_diagnosis_sufferers (const struct vhm_result *r)
{
  static const char *const headings[]
      = { "SUFFERS", "WHILE THE HOST HAS AN", "FOR", NULL };
  const struct vhm_diagnosis *d = r->diagnosis;
  struct cells *c = cells_new (headings, 2, 3);
  for (guint i = 0; i < d->sufferers->len; i++) {
    const struct vhm_sufferer *s
        = &g_array_index (d->sufferers, struct vhm_sufferer, i);
    char *texts[] = { g_strdup (s->guest),
                      g_strdup (s->class == VHM_CLASS_OVER_COMMITTED
                                    ? "over-commitment"
                                    : vhm_class_name (s->class)),
                      vhm_quantity_text (s->total_s, VHM_UNIT_SECONDS) };
    add_row (c, texts);
  }
  return if_any (c);
}

/* --- signals ------------------------------------------------------------------------ */

static char *
value_text (const struct vhm_signal *s, double value)
{
  return s->is_part ? vhm_quantity_text (100 * value, VHM_UNIT_PERCENT)
                    : vhm_quantity_text (value, s->unit);
}

static char *
limit_text (const struct vhm_signal *s)
{
  g_autofree char *lasting = vhm_quantity_text (s->for_s, VHM_UNIT_SECONDS);
  return g_strdup_printf ("%s %s for %s", s->is_above ? "above" : "below",
                          s->threshold_text, lasting);
}

static char *
first_and_last (const struct vhm_result *r, const struct vhm_signal *s)
{
  const struct vhm_spell *first
      = &g_array_index (s->spells, struct vhm_spell, 0);
  const struct vhm_spell *last
      = &g_array_index (s->spells, struct vhm_spell, s->spells->len - 1);
  g_autofree char *from = clock_of (r, first->from_s),
                  *to = clock_of (r, last->to_s);
  return g_strdup_printf ("%s - %s", from, to);
}

struct cells *
vhm_diagnosis_signals (const struct vhm_result *r)
{
  static const char *const headings[]
      = { "WHO",   "COUNTER", "MEAN",      "WORST",     "LONGEST", "IN ALL",
          "TIMES", "FIRES",   "FROM - TO", "POINTS TO", "SOURCE",  NULL };
  const struct vhm_diagnosis *d = r->diagnosis;
  struct cells *c = cells_new (headings, 2, 7);
  for (guint i = 0; i < d->signals->len; i++) {
    const struct vhm_signal *s = d->signals->pdata[i];
    if (!s->is_told || s->spells->len == 0)
      continue;
    char *texts[]
        = { g_strdup (s->instance),
            g_strdup (s->counter),
            value_text (s, s->mean),
            value_text (s, s->worst),
            vhm_quantity_text (s->longest_s, VHM_UNIT_SECONDS),
            vhm_quantity_text (s->total_s, VHM_UNIT_SECONDS),
            g_strdup_printf ("%u", s->spells->len),
            limit_text (s),
            first_and_last (r, s),
            g_strdup (vhm_class_name (s->points_to)),
            g_strdup_printf ("%s; %s confidence", s->source, s->confidence) };
    add_row (c, texts);
  }
  return if_any (c);
}

/* --- alone ------------------------------------------------------------------------------ */

struct cells *
vhm_diagnosis_alone (const struct vhm_result *r)
{
  static const char *const headings[]
      = { "GUEST",           "HERE", "ALONE", "ALONE, UNLIMITED", "CONTENTION",
          "UNDER-PROVISION", NULL };
  struct cells *c = cells_new (headings, 1, 6);
  for (guint i = 0; i < r->diagnosis->alone->len; i++) {
    const struct vhm_alone *a
        = &g_array_index (r->diagnosis->alone, struct vhm_alone, i);
    char *texts[] = { g_strdup (a->guest),
                      vhm_quantity_text (a->here_per_s, VHM_UNIT_PER_S),
                      vhm_quantity_text (a->alone_per_s, VHM_UNIT_PER_S),
                      vhm_quantity_text (a->unlimited_per_s, VHM_UNIT_PER_S),
                      factor (a->contention),
                      factor (a->under_provision) };
    add_row (c, texts);
  }
  return if_any (c);
}

struct cells *
vhm_diagnosis_accounts (const struct vhm_alone *a)
{
  static const char *const headings[] = {
    "ACCOUNT",           "HERE", "ALONE", "ALONE, UNLIMITED", "HERE - ALONE",
    "OF THE DIFFERENCE", NULL
  };
  struct cells *c = cells_new (headings, 1, 6);
  double here = 0, alone = 0, unlimited = 0;
  for (guint i = 0; i < a->accounts->len; i++) {
    const struct vhm_account_cost *x
        = &g_array_index (a->accounts, struct vhm_account_cost, i);
    here += x->here_cyc;
    alone += x->alone_cyc;
    unlimited += x->unlimited_cyc;
  }
  for (guint i = 0; i <= a->accounts->len; i++) {
    struct vhm_account_cost sum = { "all", here, alone, unlimited };
    const struct vhm_account_cost *x
        = i < a->accounts->len
              ? &g_array_index (a->accounts, struct vhm_account_cost, i)
              : &sum;
    double difference = x->here_cyc - x->alone_cyc, of = here - alone;
    char *texts[]
        = { g_strdup (x->account),
            vhm_quantity_text (x->here_cyc, VHM_UNIT_CYCLES),
            vhm_quantity_text (x->alone_cyc, VHM_UNIT_CYCLES),
            vhm_quantity_text (x->unlimited_cyc, VHM_UNIT_CYCLES),
            vhm_quantity_text (difference, VHM_UNIT_CYCLES),
            vhm_quantity_text (of != 0 ? 100 * difference / of : (double) NAN,
                               VHM_UNIT_PERCENT) };
    add_row (c, texts);
  }
  return if_any (c);
}

/* --- remedies ------------------------------------------------------------------------------ */

struct cells *
vhm_diagnosis_remedies (const struct vhm_result *r)
{
  static const char *const headings[]
      = { "REMEDY TRIED",    "RELIEVES",   "WORST CONTENTION", "OF",
          "UNDER-PROVISION", "CLASS THEN", "AS AN OPTION",     NULL };
  struct cells *c = cells_new (headings, 2, 3);
  for (guint i = 0; i < r->diagnosis->remedies->len; i++) {
    const struct vhm_remedy *m
        = &g_array_index (r->diagnosis->remedies, struct vhm_remedy, i);
    char *texts[] = { g_strdup (m->what),
                      g_strdup (m->relieves ? "yes" : "no"),
                      factor (m->worst),
                      g_strdup (m->worst_guest ? m->worst_guest : "-"),
                      factor (m->under_provision),
                      g_strdup (vhm_class_name (m->class)),
                      g_strdup (m->set ? m->set : "-") };
    add_row (c, texts);
  }
  return if_any (c);
}
