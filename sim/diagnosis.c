/* Decides the class of each interval, and of the run.
 *
 * A signal counts in an interval if it fires in at least `fires` of its samples. The
 * first decision of the rules that holds is the interval's class; if none holds
 * the host is efficiently provisioned. A decision holds if all its signals of the
 * host count, none of those it excludes does, no guest shows what no guest may
 * show, and enough guests show one of `guest`, one of `also` and none of
 * `not_also`; these guests are the ones that suffer.
 *
 * Overall, of intervals that do not begin while guests boot: the most severe class
 * that enough intervals have; worse ones count for a milder class as well (but for
 * over-provisioned, which is no matter of degree). Else efficient.
 *
 * Cost: O(intervals x decisions x signals).
 */
#include <vhm/sim/diagnosis.h>

#include <math.h>
#include <string.h>

#include "diagnosis_text.h"

#define PPM 1e6

static const struct {
  const char *name, *key;
} classes[VHM_N_CLASSES] = {
  [VHM_CLASS_OVER_COMMITTED] = { "over-committed host", "over_committed" },
  [VHM_CLASS_UNDER_PROVISIONED]
  = { "under-provisioned guest", "under_provisioned" },
  [VHM_CLASS_EFFICIENT] = { "efficiently provisioned host", "efficient" },
  [VHM_CLASS_OVER_PROVISIONED]
  = { "over-provisioned host", "over_provisioned" },
};

#define TITLE "Class of the host"
#define HELP "1 in intervals in which the host is "
const struct vhm_counter vhm_class_counters[VHM_N_CLASSES] = {
  [VHM_CLASS_OVER_COMMITTED]
  = { "class_over_committed", TITLE, NULL, VHM_UNIT_NONE,
      HELP "over-committed, by the rules of the diagnosis" },
  [VHM_CLASS_UNDER_PROVISIONED]
  = { "class_under_provisioned", TITLE, NULL, VHM_UNIT_NONE,
      "1 in intervals in which a guest is under-provisioned" },
  [VHM_CLASS_EFFICIENT] = { "class_efficient", TITLE, NULL, VHM_UNIT_NONE,
                            HELP "efficiently provisioned" },
  [VHM_CLASS_OVER_PROVISIONED] = { "class_over_provisioned", TITLE, NULL,
                                   VHM_UNIT_NONE, HELP "over-provisioned" },
};

const char *
vhm_class_name (enum vhm_class c)
{
  return classes[c].name;
}

const char *
vhm_class_key (enum vhm_class c)
{
  return classes[c].key;
}

/* --- what is diagnosed -------------------------------------------------------- */

static void
clear_guest (gpointer data)
{
  struct vhm_diagnosed_guest *guest = data;
  g_free (guest->name);
  g_free (guest->disk);
}

struct vhm_diagnosed *
vhm_diagnosed_new (void)
{
  struct vhm_diagnosed *what = g_new0 (struct vhm_diagnosed, 1);
  what->guests
      = g_array_new (FALSE, FALSE, sizeof (struct vhm_diagnosed_guest));
  g_array_set_clear_func (what->guests, clear_guest);
  return what;
}

void
vhm_diagnosed_free (struct vhm_diagnosed *what)
{
  g_array_unref (what->guests);
  g_free (what);
}

/* --- which signals count in an interval ---------------------------------------- */

struct stretch {
  const struct vhm_diagnosis *d;
  size_t from, to; /* samples, without `to` */
};

static bool
counts (const struct stretch *at, const struct vhm_signal *s)
{
  size_t n = 0;
  for (size_t i = at->from; i < at->to; i++)
    n += s->fires[i];
  return n > 0 && (double) n >= at->d->fires * (double) (at->to - at->from);
}

/* Does this signal of this instance (NULL: of anybody) count? */
static bool
has_signal (const struct stretch *at, const char *name, const char *instance)
{
  for (guint i = 0; i < at->d->signals->len; i++) {
    const struct vhm_signal *s = at->d->signals->pdata[i];
    if (strcmp (s->name, name) == 0
        && (!instance || strcmp (s->instance, instance) == 0) && counts (at, s))
      return true;
  }
  return false;
}

/* How many of the named signals count. */
static guint
n_of (const struct stretch *at, const char *names, const char *instance,
      guint *ret_of)
{
  g_auto (GStrv) list = g_strsplit (vhm_rule_or_nothing (names), " ", -1);
  guint n = 0, of = 0;
  for (char **name = list; *name; name++)
    if (**name) {
      of++;
      n += has_signal (at, *name, instance);
    }
  if (ret_of)
    *ret_of = of;
  return n;
}

/* --- decisions ------------------------------------------------------------------- */

static bool
guest_counts (const struct stretch *at, const struct vhm_rule_decision *d,
              const char *guest)
{
  guint n_also, also = n_of (at, d->also, guest, &n_also);
  return n_of (at, d->guest, guest, NULL) > 0 && (n_also == 0 || also > 0)
         && n_of (at, d->not_also, guest, NULL) == 0;
}

/* Puts the names of the guests that count into `sufferers`. */
static bool
holds (const struct stretch *at, const struct vhm_rule_decision *d,
       const struct vhm_diagnosed *what, GPtrArray *sufferers)
{
  guint of_host, host = n_of (at, d->host, "host", &of_host);
  if (host < of_host || n_of (at, d->no_host, "host", NULL) > 0
      || n_of (at, d->no_guest, NULL, NULL) > 0)
    return false;
  for (guint g = 0; g < what->guests->len; g++) {
    const struct vhm_diagnosed_guest *guest
        = &g_array_index (what->guests, struct vhm_diagnosed_guest, g);
    if (guest_counts (at, d, guest->name))
      g_ptr_array_add (sufferers, guest->name);
  }
  return sufferers->len >= d->n_guests;
}

static void
add_sufferer (struct vhm_diagnosis *d, const char *guest, enum vhm_class class,
              double length_s)
{
  for (guint i = 0; i < d->sufferers->len; i++) {
    struct vhm_sufferer *s
        = &g_array_index (d->sufferers, struct vhm_sufferer, i);
    if (s->class == class && strcmp (s->guest, guest) == 0) {
      s->total_s += length_s;
      return;
    }
  }
  struct vhm_sufferer s = { g_strdup (guest), class, length_s };
  g_array_append_val (d->sufferers, s);
}

static void
decide (struct vhm_diagnosis *d, const struct vhm_rules *rules,
        const struct vhm_diagnosed *what, const struct stretch *at,
        double interval_s, double duration_s)
{
  struct vhm_class_interval x = {
    .from_s = (double) at->from * interval_s,
    .to_s = fmin ((double) at->to * interval_s, duration_s),
    .class = VHM_CLASS_EFFICIENT,
    .decision = -1,
    .is_settled = (double) at->from * interval_s >= d->settle_s,
  };
  const struct vhm_rule_decision *list = rules->decisions.items;
  for (size_t i = 0; i < rules->decisions.n && x.decision < 0; i++) {
    g_autoptr (GPtrArray) sufferers = g_ptr_array_new ();
    if (!holds (at, &list[i], what, sufferers))
      continue;
    x.decision = (int) i;
    x.class = (enum vhm_class) list[i].class;
    for (guint k = 0; k < sufferers->len; k++)
      add_sufferer (d, sufferers->pdata[k], x.class, x.to_s - x.from_s);
  }
  g_array_append_val (d->intervals, x);
}

/* --- overall ------------------------------------------------------------------------ */

static void
sum_up (struct vhm_diagnosis *d)
{
  double n = 0, of[VHM_N_CLASSES] = { 0 };
  for (guint i = 0; i < d->intervals->len; i++) {
    const struct vhm_class_interval *x
        = &g_array_index (d->intervals, struct vhm_class_interval, i);
    of[x->class] += x->is_settled ? 1 : 0;
    n += x->is_settled ? 1 : 0;
  }
  for (int c = 0; c < VHM_N_CLASSES; c++)
    d->share[c] = n > 0 ? of[c] / n : 0;
  double bad = d->share[VHM_CLASS_OVER_COMMITTED];
  d->overall = VHM_CLASS_EFFICIENT;
  if (bad > 0 && bad >= d->needed[VHM_CLASS_OVER_COMMITTED])
    d->overall = VHM_CLASS_OVER_COMMITTED;
  else if (bad + d->share[VHM_CLASS_UNDER_PROVISIONED] > 0
           && bad + d->share[VHM_CLASS_UNDER_PROVISIONED]
                  >= d->needed[VHM_CLASS_UNDER_PROVISIONED])
    d->overall = VHM_CLASS_UNDER_PROVISIONED;
  else if (d->share[VHM_CLASS_OVER_PROVISIONED] > 0
           && d->share[VHM_CLASS_OVER_PROVISIONED]
                  >= d->needed[VHM_CLASS_OVER_PROVISIONED])
    d->overall = VHM_CLASS_OVER_PROVISIONED;
}

/* --- the whole ------------------------------------------------------------------------ */

static void
clear_sufferer (gpointer data)
{
  g_free (((struct vhm_sufferer *) data)->guest);
}

static void
clear_alone (gpointer data)
{
  struct vhm_alone *alone = data;
  g_free (alone->guest);
  g_array_unref (alone->accounts);
}

static void
clear_remedy (gpointer data)
{
  struct vhm_remedy *remedy = data;
  g_free (remedy->what);
  g_free (remedy->set);
  g_free (remedy->worst_guest);
}

static GArray *
list_of (guint size, GDestroyNotify clear)
{
  GArray *list = g_array_new (FALSE, FALSE, size);
  if (clear)
    g_array_set_clear_func (list, clear);
  return list;
}

static struct vhm_diagnosis *
new_empty (const struct vhm_rules *rules)
{
  struct vhm_diagnosis *d = g_new0 (struct vhm_diagnosis, 1);
  d->rules = g_strdup (rules->title);
  d->interval_s = (double) rules->interval_ns / 1e9;
  d->settle_s = (double) rules->settle_ns / 1e9;
  d->fires = (double) rules->fires_ppm / PPM;
  d->suffers = rules->slowdown.suffers;
  for (int c = 0; c < VHM_N_CLASSES; c++)
    d->needed[c] = (double) rules->share_ppm[c] / PPM;
  d->intervals = list_of (sizeof (struct vhm_class_interval), NULL);
  d->sufferers = list_of (sizeof (struct vhm_sufferer), clear_sufferer);
  d->alone = list_of (sizeof (struct vhm_alone), clear_alone);
  d->remedies = list_of (sizeof (struct vhm_remedy), clear_remedy);
  d->why = g_ptr_array_new_with_free_func (g_free);
  d->why_sources = g_ptr_array_new_with_free_func (g_free);
  const struct vhm_rule_decision *list = rules->decisions.items;
  for (size_t i = 0; i < rules->decisions.n; i++) {
    g_ptr_array_add (d->why, g_strdup (list[i].why));
    g_ptr_array_add (d->why_sources,
                     g_strdup (vhm_rule_or_nothing (list[i].source)));
  }
  return d;
}

void
vhm_diagnosis_free (struct vhm_diagnosis *d)
{
  if (!d)
    return;
  g_free (d->rules);
  if (d->signals)
    g_ptr_array_unref (d->signals);
  g_array_unref (d->intervals);
  g_array_unref (d->sufferers);
  g_array_unref (d->alone);
  g_array_unref (d->remedies);
  g_ptr_array_unref (d->why);
  g_ptr_array_unref (d->why_sources);
  g_free (d);
}

struct vhm_diagnosis *
vhm_diagnosis_new (const struct vhm_rules *rules,
                   const struct vhm_diagnosed *what,
                   const struct vhm_result *result, GError **error)
{
  g_autoptr (vhm_diagnosis) d = new_empty (rules);
  d->signals = vhm_signals_find (rules, what, result, error);
  if (!d->signals)
    return NULL;
  /* at least a sample an interval; the last one may be shorter */
  size_t length = (size_t) fmax (1, round (d->interval_s / result->interval_s));
  for (size_t from = 0; from < result->n_samples; from += length) {
    struct stretch at = { d, from, MIN (from + length, result->n_samples) };
    if (from > 0 && at.to - at.from < length / 2)
      break; /* too little to tell: it belongs to the one before */
    if (result->n_samples - at.to < length / 2)
      at.to = result->n_samples;
    decide (d, rules, what, &at, result->interval_s, result->duration_s);
  }
  sum_up (d);
  return g_steal_pointer (&d);
}

void
vhm_diagnosis_add_series (const struct vhm_diagnosis *d,
                          struct vhm_result *result)
{
  for (int c = 0; c < VHM_N_CLASSES && result->n_samples > 0; c++) {
    struct vhm_series *s
        = vhm_result_add_series (result, "host", &vhm_class_counters[c]);
    for (guint k = 0; k < d->intervals->len; k++) {
      const struct vhm_class_interval *x
          = &g_array_index (d->intervals, struct vhm_class_interval, k);
      bool is_last = k + 1 == d->intervals->len;
      size_t to = is_last ? result->n_samples
                          : (size_t) round (x->to_s / result->interval_s);
      for (size_t i = (size_t) round (x->from_s / result->interval_s);
           i < to && i < result->n_samples; i++)
        s->values[i] = x->class == (enum vhm_class) c;
    }
  }
}
