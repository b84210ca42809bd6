/* Finds signals in the series of a run.
 *
 * A signal holds at a sample if its value lies on its side of the threshold; a
 * sample that is missing holds nothing. It fires in every unbroken spell that is
 * as long as it asks, a sample lasting until the next one. A counter that is an
 * instant's, such as the length of a queue, is averaged first.
 *
 * Cost: O(samples) an instance and signal, times the samples of a mean; each guest's expressions see its own
 * series and those of the host, so a look-up does not grow with the guests.
 */
#include "diagnosis_text.h"

#include <math.h>
#include <string.h>

#include <vhm/sim/expect.h>

/* --- text ------------------------------------------------------------------- */

static void
replace (GString *text, const char *mark, const char *by)
{
  g_string_replace (text, mark, by, 0);
}

static void
replace_number (GString *text, const char *mark, double value, const char *unit)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (digits, sizeof digits, "%.0f", value);
  g_autofree char *by = g_strconcat (digits, unit, NULL);
  replace (text, mark, by);
}

char *
vhm_rule_text (const char *value, const struct vhm_diagnosed_guest *guest)
{
  GString *text = g_string_new (value);
  if (guest) {
    replace (text, "{guest}", guest->name);
    replace (text, "{disk}", guest->disk);
    replace_number (text, "{maximum}", guest->maximum_bytes, " bytes");
    replace_number (text, "{minimum}", guest->minimum_bytes, " bytes");
    replace_number (text, "{vcpus}", guest->n_vcpus, "");
  }
  return g_string_free (text, FALSE);
}

/* --- views: the series that one expression can name --------------------------- */

static bool
is_of_host (const struct vhm_series *series, GHashTable *guests)
{
  return !g_hash_table_contains (guests, series->instance);
}

/* One view a guest, and that of the host last; all share what is the host's. */
static GPtrArray *
views_of (const struct vhm_diagnosed *what, const struct vhm_result *result)
{
  GPtrArray *views
      = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GHashTable) guests = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint g = 0; g <= what->guests->len; g++) {
    g_ptr_array_add (views, g_ptr_array_new ());
    if (g < what->guests->len)
      g_hash_table_insert (
          guests,
          g_array_index (what->guests, struct vhm_diagnosed_guest, g).name,
          views->pdata[g]);
  }
  for (guint i = 0; i < result->series->len; i++) {
    struct vhm_series *series = result->series->pdata[i];
    GPtrArray *own = g_hash_table_lookup (guests, series->instance);
    if (own)
      g_ptr_array_add (own, series);
    for (guint v = 0; !own && v < views->len; v++)
      if (is_of_host (series, guests))
        g_ptr_array_add (views->pdata[v], series);
  }
  return views;
}

/* --- values --------------------------------------------------------------------- */

static bool
evaluate (const char *value, const struct vhm_diagnosed_guest *guest,
          const struct vhm_result *view, double *ret, enum vhm_unit *ret_unit,
          GError **error)
{
  g_autofree char *text = vhm_rule_text (value, guest);
  g_autoptr (vhm_expect) compiled = vhm_expect_parse_samples (text, error);
  if (compiled && vhm_expect_samples (compiled, view, ret, ret_unit, error))
    return true;
  g_prefix_error (error, "rules: %s: ", text);
  return false;
}

struct sums {
  GArray *counters;  /* struct vhm_counter */
  GPtrArray *series; /* struct vhm_series *, with values */
};

static void
free_sum (gpointer data)
{
  struct vhm_series *series = data;
  g_free (series->instance);
  g_free (series->values);
  g_free (series);
}

static bool
add_up (const struct vhm_rule_sum *sum, const struct vhm_diagnosed *what,
        const GPtrArray *views, const struct vhm_result *result,
        struct vhm_series *ret, enum vhm_unit *ret_unit, GError **error)
{
  g_autofree double *one = g_new (double, MAX (result->n_samples, 1));
  for (guint g = 0; g < what->guests->len; g++) {
    struct vhm_result view = *result;
    view.series = views->pdata[g];
    if (!evaluate (sum->value,
                   &g_array_index (what->guests, struct vhm_diagnosed_guest, g),
                   &view, one, ret_unit, error))
      return false;
    for (size_t i = 0; i < result->n_samples; i++)
      ret->values[i] += isnan (one[i]) ? 0 : one[i];
  }
  return true;
}

/* Fills sums and puts them into the host's view, which is the last. */
static bool
find_sums (const struct vhm_rules *rules, const struct vhm_diagnosed *what,
           const GPtrArray *views, const struct vhm_result *result,
           struct sums *sums, GError **error)
{
  const struct vhm_rule_sum *sum = rules->sums.items;
  g_array_set_size (sums->counters, (guint) rules->sums.n);
  for (size_t k = 0; k < rules->sums.n; k++) {
    struct vhm_counter *counter
        = &g_array_index (sums->counters, struct vhm_counter, k);
    struct vhm_series *series = g_new0 (struct vhm_series, 1);
    g_ptr_array_add (sums->series, series);
    series->instance = g_strdup ("sum");
    series->values = g_new0 (double, MAX (result->n_samples, 1));
    series->counter = counter;
    enum vhm_unit unit = VHM_UNIT_NONE;
    if (!add_up (&sum[k], what, views, result, series, &unit, error))
      return false;
    *counter = (struct vhm_counter){ .key = sum[k].name,
                                     .title = sum[k].name,
                                     .unit = unit,
                                     .help = sum[k].value };
    g_ptr_array_add (views->pdata[views->len - 1], series);
  }
  return true;
}

/* --- spells ------------------------------------------------------------------------ */

static void
take_spell (struct vhm_signal *s, const double *values, size_t from, size_t to,
            const struct vhm_result *result, double *sum, double *n)
{
  struct vhm_spell spell
      = { (double) from * result->interval_s,
          fmin ((double) to * result->interval_s, result->duration_s) };
  double length_s = spell.to_s - spell.from_s;
  if (to == from || length_s < s->for_s)
    return;
  g_array_append_val (s->spells, spell);
  s->longest_s = fmax (s->longest_s, length_s);
  s->total_s += length_s;
  for (size_t i = from; i < to; i++) {
    s->fires[i] = true;
    s->worst = isnan (s->worst) ? values[i]
               : s->is_above    ? fmax (s->worst, values[i])
                                : fmin (s->worst, values[i]);
    *sum += values[i];
    ++*n;
  }
}

static void
find_spells (struct vhm_signal *s, const double *values,
             const struct vhm_result *result)
{
  double sum = 0, n = 0;
  size_t from = 0;
  for (size_t i = 0; i <= result->n_samples; i++) {
    bool holds = i < result->n_samples && !isnan (values[i])
                 && (s->is_above ? values[i] > s->threshold
                                 : values[i] < s->threshold);
    if (holds)
      continue;
    take_spell (s, values, from, i, result, &sum, &n);
    from = i + 1;
  }
  s->mean = n > 0 ? sum / n : (double) NAN;
}

/* Each value becomes the mean of the last n, of those that are there; missing ones
 * stay missing. */
static void
average (double *values, size_t n_samples, double n)
{
  size_t length = (size_t) (n + 0.5);
  for (size_t i = length > 1 ? n_samples : 0; i-- > 0;) {
    double sum = 0, there = 0;
    for (size_t k = i + 1 - MIN (length, i + 1); k <= i; k++)
      if (!isnan (values[k])) {
        sum += values[k];
        there++;
      }
    values[i] = isnan (values[i]) ? values[i] : sum / there;
  }
}

/* --- signals ------------------------------------------------------------------------- */

static void
free_signal (gpointer data)
{
  struct vhm_signal *s = data;
  g_free (s->name);
  g_free (s->instance);
  g_free (s->counter);
  g_free (s->value);
  g_free (s->source);
  g_free (s->confidence);
  g_free (s->note);
  g_free (s->threshold_text);
  g_array_unref (s->spells);
  g_free (s->fires);
  g_free (s);
}

static struct vhm_signal *
new_signal (const struct vhm_rule_signal *rule,
            const struct vhm_diagnosed_guest *guest, size_t n_samples)
{
  struct vhm_signal *s = g_new0 (struct vhm_signal, 1);
  s->name = g_strdup (rule->name);
  s->instance = g_strdup (guest ? guest->name : "host");
  s->counter = g_strdup (rule->counter);
  s->value = vhm_rule_text (rule->value, guest);
  s->source = g_strdup (rule->source);
  s->confidence = g_strdup (rule->confidence);
  s->note = g_strdup (rule->note);
  s->threshold_text = g_strdup (rule->threshold);
  s->points_to = (enum vhm_class) rule->points_to;
  s->is_of_guest = guest != NULL;
  s->is_above = rule->is == VHM_RULE_ABOVE;
  s->is_told = rule->is_told;
  s->for_s = (double) rule->for_ns / 1e9;
  s->worst = s->mean = (double) NAN;
  s->spells = g_array_new (FALSE, FALSE, sizeof (struct vhm_spell));
  s->fires = g_new0 (bool, MAX (n_samples, 1));
  return s;
}

static bool
find_signal (GPtrArray *found, const struct vhm_rule_signal *rule,
             const struct vhm_diagnosed_guest *guest,
             const struct vhm_result *view, GError **error)
{
  struct vhm_signal *s = new_signal (rule, guest, view->n_samples);
  g_ptr_array_add (found, s);
  g_autofree double *values = g_new (double, MAX (view->n_samples, 1));
  if (!evaluate (rule->value, guest, view, values, &s->unit, error))
    return false;
  if (!vhm_expect_bound (rule->threshold, s->unit, &s->threshold, error)) {
    g_prefix_error (error, "rules: threshold of %s: ", rule->name);
    return false;
  }
  average (values, view->n_samples,
           (double) rule->over_ns / 1e9 / view->interval_s);
  s->is_part = s->unit == VHM_UNIT_NONE && strchr (rule->threshold, '%');
  find_spells (s, values, view);
  return true;
}

static bool
is_asked (const struct vhm_rule_signal *rule, const struct vhm_diagnosed *what)
{
  return rule->hosts == VHM_RULE_ALL_HOSTS
         || (rule->hosts == VHM_RULE_SWAPPING_HOSTS) == what->swaps;
}

static bool
find_all (const struct vhm_rules *rules, const struct vhm_diagnosed *what,
          const GPtrArray *views, const struct vhm_result *result,
          GPtrArray *found, GError **error)
{
  const struct vhm_rule_signal *rule = rules->signals.items;
  for (size_t k = 0; k < rules->signals.n; k++) {
    bool of_guest = rule[k].of == VHM_RULE_OF_GUEST;
    guint first = of_guest ? 0 : what->guests->len;
    guint end = of_guest ? what->guests->len : first + 1;
    for (guint g = first; is_asked (&rule[k], what) && g < end; g++) {
      struct vhm_result view = *result;
      view.series = views->pdata[g];
      const struct vhm_diagnosed_guest *guest
          = of_guest
                ? &g_array_index (what->guests, struct vhm_diagnosed_guest, g)
                : NULL;
      if (!find_signal (found, &rule[k], guest, &view, error))
        return false;
    }
  }
  return true;
}

GPtrArray *
vhm_signals_find (const struct vhm_rules *rules,
                  const struct vhm_diagnosed *what,
                  const struct vhm_result *result, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (free_signal);
  g_autoptr (GPtrArray) views = views_of (what, result);
  g_autoptr (GArray) counters
      = g_array_new (FALSE, TRUE, sizeof (struct vhm_counter));
  g_autoptr (GPtrArray) series = g_ptr_array_new_with_free_func (free_sum);
  struct sums sums = { counters, series };
  if (find_sums (rules, what, views, result, &sums, error)
      && find_all (rules, what, views, result, found, error))
    return g_steal_pointer (&found);
  return NULL;
}
