/* Versions side by side, and which of their differences may be called one.
 *
 * All usual rows, of all versions, are one family, the others a second one: after
 * Holm the chance that any row of a family is called a difference where there is
 * none is at most e = 1 - confidence. Holm asks of the row of the k-th least p of m
 * that p be at most e / (m - k + 1), and stops at the first that fails, number
 * n + 1. The interval of a row is as wide as its test: of confidence
 * 1 - e / (m - k + 1), or 1 - e / (m - n) where no difference is shown. So it leaves
 * out 0 exactly where one is. Equal p have the least k. A row that lacks a value in
 * some pair is listed, and not judged: leaving pairs out could favour one side.
 * Cost: O(rows log rows).
 */
#include <vhm/report/comparison.h>

#include <math.h>

#include <string.h>

#include <vhm/base/require.h>

#include "comparison.h"

static void
clear_version (gpointer data)
{
  struct vhm_comparison_version *version = data;
  g_free (version->name);
  g_free (version->changes);
  g_free (version->inputs);
}

static void
clear_row (gpointer data)
{
  struct vhm_comparison_row *row = data;
  g_free (row->instance);
  g_free (row->key);
  g_free (row->help);
}

static void
clear_curve (gpointer data)
{
  struct vhm_comparison_curve *curve = data;
  g_free (curve->guest);
  g_array_unref (curve->values);
}

static void
clear_account (gpointer data)
{
  g_free (((struct vhm_comparison_account *) data)->guest);
}

struct vhm_comparison *
vhm_comparison_new (void)
{
  struct vhm_comparison *c = g_new0 (struct vhm_comparison, 1);
  c->versions
      = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_version));
  c->rows = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_row));
  c->charts = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_chart));
  c->curves = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_curve));
  c->accounts
      = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_account));
  g_array_set_clear_func (c->versions, clear_version);
  g_array_set_clear_func (c->curves, clear_curve);
  g_array_set_clear_func (c->accounts, clear_account);
  g_array_set_clear_func (c->rows, clear_row);
  c->zeros = g_array_new (FALSE, TRUE, sizeof (struct vhm_comparison_row));
  g_array_set_clear_func (c->zeros, clear_row);
  return c;
}

void
vhm_comparison_free (struct vhm_comparison *c)
{
  if (!c)
    return;
  g_array_unref (c->versions);
  g_array_unref (c->rows);
  g_array_unref (c->zeros);
  g_array_unref (c->charts);
  g_array_unref (c->curves);
  g_array_unref (c->accounts);
  g_clear_pointer (&c->places, g_hash_table_unref);
  g_free (c->scenario);
  g_free (c->question);
  g_free (c);
}

/* --- judging ---------------------------------------------------------------------- */

/* Half width of an interval of n values whose standard error is 1. */
static double
width_at (guint n, double confidence)
{
  const struct vhm_moments moments
      = { .n = n, .m2 = (double) n * (double) (n - 1) };
  return vhm_interval_of (&moments, confidence).half_width;
}

/* The interval of a row by itself, made as wide as a test at e / m asks. */
static double
widen (const struct vhm_comparison *c, double half_width, size_t m)
{
  if (!isfinite (half_width) || half_width == 0 || m <= 1)
    return half_width;
  double e = 1 - c->confidence;
  return half_width * width_at (c->n_runs, 1 - e / (double) m)
         / width_at (c->n_runs, c->confidence);
}

static bool
is_judged (const struct vhm_comparison_row *row, bool is_usual)
{
  return row->is_usual == is_usual && row->n_missing == 0;
}

static int
compare_numbers (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Of n numbers in ascending order, those that are less than `p`. */
static size_t
n_below (const double *sorted, size_t n, double p)
{
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (sorted[middle] < p)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void
judge_family (struct vhm_comparison *c, bool is_usual)
{
  g_autofree double *p = g_new (double, c->rows->len + 1);
  g_autofree double *sorted = g_new (double, c->rows->len + 1);
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  for (guint i = 0; i < c->rows->len; i++) {
    struct vhm_comparison_row *row
        = &g_array_index (c->rows, struct vhm_comparison_row, i);
    if (!is_judged (row, is_usual))
      continue;
    p[rows->len] = sorted[rows->len] = row->paired.p;
    g_ptr_array_add (rows, row);
  }
  size_t n_shown = 0;
  qsort (sorted, rows->len, sizeof *sorted, compare_numbers);
  vhm_holm_adjust (p, rows->len, p);
  for (guint i = 0; i < rows->len; i++) {
    struct vhm_comparison_row *row = rows->pdata[i];
    row->p = p[i];
    row->is_shown = row->p <= 1 - c->confidence;
    n_shown += row->is_shown;
  }
  for (guint i = 0; i < rows->len; i++) {
    struct vhm_comparison_row *row = rows->pdata[i];
    size_t n_before
        = row->is_shown ? n_below (sorted, rows->len, row->paired.p) : n_shown;
    row->half_width = widen (c, row->paired.half_width, rows->len - n_before);
  }
}

static char *
id_of (guint other, const char *who, const char *key)
{
  return g_strdup_printf ("%u\n%s\n%s", other, who, key);
}

/* The first of equals is found. */
static void
note_places (struct vhm_comparison *c)
{
  g_clear_pointer (&c->places, g_hash_table_unref);
  c->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = c->rows->len; i-- > 0;) {
    const struct vhm_comparison_row *row = comparison_row (c, i);
    g_hash_table_insert (c->places, id_of (row->other, row->instance, row->key),
                         GUINT_TO_POINTER (i + 1));
  }
}

void
vhm_comparison_judge (struct vhm_comparison *c)
{
  for (guint i = 0; i < c->rows->len; i++) {
    struct vhm_comparison_row *row
        = &g_array_index (c->rows, struct vhm_comparison_row, i);
    row->p = row->half_width = (double) NAN;
    row->is_shown = false;
  }
  note_places (c);
  judge_family (c, true);
  judge_family (c, false);
}

/* --- looking things up ------------------------------------------------------------ */

const struct vhm_comparison_row *
comparison_row (const struct vhm_comparison *c, guint i)
{
  return &g_array_index (c->rows, struct vhm_comparison_row, i);
}

const struct vhm_comparison_row *
comparison_find (const struct vhm_comparison *c, guint other, const char *who,
                 const char *key)
{
  VHM_REQUIRE (c->places);
  g_autofree char *id = id_of (other, who, key);
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (c->places, id));
  return place > 0 ? comparison_row (c, place - 1) : NULL;
}

const char *
comparison_name (const struct vhm_comparison *c, guint version)
{
  VHM_REQUIRE (version < c->versions->len);
  return g_array_index (c->versions, struct vhm_comparison_version, version)
      .name;
}

double
comparison_cycles (const struct vhm_comparison *c, guint version,
                   const char *guest, const char *account)
{
  double sum = 0;
  for (guint i = 0; i < c->accounts->len; i++) {
    const struct vhm_comparison_account *a
        = &g_array_index (c->accounts, struct vhm_comparison_account, i);
    if (a->version == version && strcmp (a->guest, guest) == 0
        && (!account || strcmp (a->account, account) == 0))
      sum += a->cyc;
  }
  return sum;
}

/* In order of first appearance; `seen` is for look-up only. */
static void
add_once (GPtrArray *names, GHashTable *seen, const char *name)
{
  if (g_hash_table_add (seen, (gpointer) name))
    g_ptr_array_add (names, (gpointer) name);
}

GPtrArray *
comparison_guests (const struct vhm_comparison *c)
{
  GPtrArray *names = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < c->accounts->len; i++)
    add_once (
        names, seen,
        g_array_index (c->accounts, struct vhm_comparison_account, i).guest);
  return names;
}

GPtrArray *
comparison_accounts (const struct vhm_comparison *c)
{
  GPtrArray *names = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < c->accounts->len; i++) {
    const struct vhm_comparison_account *a
        = &g_array_index (c->accounts, struct vhm_comparison_account, i);
    if (a->cyc > 0)
      add_once (names, seen, a->account);
  }
  return names;
}
