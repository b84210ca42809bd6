/* What would relieve a host, by trying it.
 *
 * Guests suffer from each other: more host memory or processors (the least that
 * relieves), each guest moved away, each minimum lowered that holds memory its guest
 * does not need (pressure below 60 at the minimum; to the most it ever committed, and
 * its buffer), all of these together. A guest suffers from its own settings: a
 * higher maximum, more virtual processors (the least that relieves). Nobody suffers:
 * a host with less memory and processors.
 *
 * A change relieves if afterwards no guest that stays is `suffers` times slower than
 * it was alone on the host as it is, and, where a guest's own settings were changed,
 * that guest not so much slower than alone and unlimited.
 *
 * The least: tried is the most that makes sense, then three values between the
 * highest that did not and the lowest that did, until they are a step apart. That
 * takes for granted that more never hurts. Memory and processors are searched only
 * if cycles an operation grew by waiting for pages, or for a processor.
 *
 * Cost: a run each; about ten for a search.
 */
#include "diagnose.h"

#include <math.h>
#include <string.h>

#include <vhm/base/units.h>
#include <vhm/model/ledger.h>

#define LEAST_STEP (64 * VHM_MIB) /* that an administrator would care about */
#define STEPS 32                  /* of a search */
#define FAN 3                     /* values tried at once */
/* Of the growth of cycles an operation, what makes an account worth a remedy. */
#define GREW 0.1

enum kind { HOST_MEMORY, HOST_CPUS, GUEST_MAXIMUM, GUEST_VCPUS };

/* A change to be tried. */
struct trial {
  char *what;
  char **set;        /* or NULL */
  const char *gone;  /* guest moved away, or NULL */
  const char *grown; /* guest whose settings are raised, or NULL */
};

struct doctor {
  const struct again_scene *scene;
  const struct vhm_rules *rules;
  struct vhm_diagnosis *d;
  const struct vhm_result *here;
  const GPtrArray *names; /* of all guests */
};

static void
free_trial (gpointer data)
{
  struct trial *trial = data;
  g_free (trial->what);
  g_strfreev (trial->set);
  g_free (trial);
}

/* --- judging ----------------------------------------------------------------- */

/* A guest that no longer does anything is infinitely slow. */
static double
times_slower (double wanted_per_s, double now_per_s)
{
  return isnan (now_per_s) ? INFINITY : wanted_per_s / now_per_s;
}

static void
judge_guests (const struct doctor *x, const struct trial *trial,
              const struct vhm_result *r, struct vhm_remedy *m)
{
  for (guint i = 0; i < x->d->alone->len; i++) {
    const struct vhm_alone *a
        = &g_array_index (x->d->alone, struct vhm_alone, i);
    double now = again_operations (r, a->guest);
    if (trial->gone && strcmp (a->guest, trial->gone) == 0)
      continue;
    double slower = times_slower (a->alone_per_s, now);
    if (isnan (m->worst) || slower > m->worst) {
      m->worst = slower;
      g_free (m->worst_guest);
      m->worst_guest = g_strdup (a->guest);
    }
    if (trial->grown && strcmp (a->guest, trial->grown) == 0)
      m->under_provision = times_slower (a->unlimited_per_s, now);
  }
}

static bool
judge (const struct doctor *x, const struct trial *trial,
       const struct again *run, struct vhm_remedy *ret, GError **error)
{
  *ret = (struct vhm_remedy){ .what = g_strdup (trial->what),
                              .worst = NAN,
                              .under_provision = NAN };
  ret->set = trial->set ? g_strjoinv (", ", trial->set) : NULL;
  judge_guests (x, trial, run->result, ret);
  ret->relieves = !(ret->worst >= x->d->suffers)
                  && !(ret->under_provision >= x->d->suffers);
  g_autoptr (vhm_diagnosed) what = diagnose_what (&run->config);
  g_autoptr (vhm_diagnosis) then
      = vhm_diagnosis_new (x->rules, what, run->result, error);
  ret->class = then ? then->overall : VHM_CLASS_EFFICIENT;
  return then != NULL;
}

/* Runs all; a struct vhm_remedy each. Trials that the scenario's own checks refuse
 * (a guest larger than the machine) are no remedies: relieves is false. */
static bool
try_all (struct doctor *x, const GPtrArray *trials, GArray *remedies,
         GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (again_free);
  for (guint i = 0; i < trials->len; i++) {
    const struct trial *t = trials->pdata[i];
    struct again *run = again_new (x->scene, t->set, t->gone, NULL, error);
    if (!run)
      return false;
    g_ptr_array_add (runs, run);
  }
  if (!again_run (x->scene, runs, error))
    return false;
  x->d->n_runs += runs->len;
  for (guint i = 0; i < trials->len; i++) {
    struct vhm_remedy m;
    bool fine = judge (x, trials->pdata[i], runs->pdata[i], &m, error);
    g_array_append_val (remedies, m);
    if (!fine)
      return false;
  }
  return true;
}

/* --- searching -------------------------------------------------------------------- */

struct search {
  enum kind kind;
  const struct vhm_case_guest *line;
  const char *guest; /* that it is for, or NULL */
  uint64_t low, high, step;
};

static char *
size_text (uint64_t bytes)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT " MiB", bytes / VHM_MIB);
}

static struct trial *
trial_of (const struct search *s, uint64_t value)
{
  struct trial *t = g_new0 (struct trial, 1);
  GPtrArray *set = g_ptr_array_new ();
  g_autofree char *size = size_text (value);
  const char *name = s->line ? s->line->name : "";
  t->grown = s->guest;
  switch (s->kind) {
  case HOST_MEMORY:
    t->what = g_strdup_printf ("%s of host memory", size);
    g_ptr_array_add (set, diagnose_set_bytes (NULL, "host.memory", value));
    break;
  case HOST_CPUS:
    t->what
        = g_strdup_printf ("%" G_GUINT64_FORMAT " logical processors", value);
    g_ptr_array_add (set,
                     g_strdup_printf ("host.cpus=%" G_GUINT64_FORMAT, value));
    break;
  case GUEST_MAXIMUM:
    t->what = g_strdup_printf ("maximum of %s: %s", name, size);
    diagnose_set_maximum (set, s->line, value);
    break;
  case GUEST_VCPUS:
    t->what = g_strdup_printf ("virtual processors of %s: %" G_GUINT64_FORMAT,
                               name, value);
    g_ptr_array_add (set, g_strdup_printf ("guests.%s.vcpus=%" G_GUINT64_FORMAT,
                                           name, value));
    break;
  }
  g_ptr_array_add (set, NULL);
  t->set = (char **) g_ptr_array_free (set, FALSE);
  return t;
}

static void
clear_remedy (gpointer data)
{
  struct vhm_remedy *m = data;
  g_free (m->what);
  g_free (m->set);
  g_free (m->worst_guest);
}

static GArray *
remedies_new (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (struct vhm_remedy));
  g_array_set_clear_func (list, clear_remedy);
  return list;
}

static void
keep (struct doctor *x, const struct vhm_remedy *m)
{
  struct vhm_remedy copy = *m;
  copy.what = g_strdup (m->what);
  copy.set = g_strdup (m->set);
  copy.worst_guest = g_strdup (m->worst_guest);
  g_array_append_val (x->d->remedies, copy);
}

/* Values strictly between the bounds, on steps from `low`; at most FAN. */
static guint
between (const struct search *s, uint64_t values[FAN])
{
  uint64_t n = (s->high - s->low - 1) / s->step; /* steps inside */
  guint k = 0;
  for (guint i = 1; i <= FAN && n > 0; i++) {
    uint64_t at = n <= FAN ? i : i * (n + 1) / (FAN + 1);
    uint64_t value = s->low + at * s->step;
    if (at <= n && value < s->high && (k == 0 || value > values[k - 1]))
      values[k++] = value;
  }
  return k;
}

/* One round: false with *ret_done when nothing is left between the bounds. */
static bool
narrow (struct doctor *x, struct search *s, struct vhm_remedy *best,
        bool *ret_done, GError **error)
{
  uint64_t values[FAN];
  guint n = between (s, values);
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func (free_trial);
  g_autoptr (GArray) found = remedies_new ();
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (trials, trial_of (s, values[i]));
  *ret_done = n == 0;
  if (n == 0 || !try_all (x, trials, found, error))
    return n == 0;
  for (guint i = 0; i < n; i++) {
    struct vhm_remedy *m = &g_array_index (found, struct vhm_remedy, i);
    if (!m->relieves) {
      s->low = values[i];
      continue;
    }
    s->high = values[i];
    clear_remedy (best);
    *best = *m;
    *m = (struct vhm_remedy){ 0 };
    break;
  }
  return true;
}

static bool
search_least (struct doctor *x, struct search s, GError **error)
{
  if (s.high <= s.low)
    return true;
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func (free_trial);
  g_autoptr (GArray) found = remedies_new ();
  g_ptr_array_add (trials, trial_of (&s, s.high));
  if (!try_all (x, trials, found, error))
    return false;
  struct vhm_remedy best = g_array_index (found, struct vhm_remedy, 0);
  g_array_index (found, struct vhm_remedy, 0) = (struct vhm_remedy){ 0 };
  bool fine = true, is_done = !best.relieves;
  while (fine && !is_done)
    fine = narrow (x, &s, &best, &is_done, error);
  if (fine)
    keep (x, &best);
  clear_remedy (&best);
  return fine;
}

static uint64_t
step_of (uint64_t low, uint64_t high)
{
  uint64_t step = (high - MIN (low, high)) / STEPS;
  return (step + LEAST_STEP - 1) / LEAST_STEP * LEAST_STEP
         + (step == 0) * LEAST_STEP;
}

/* --- over-commitment ----------------------------------------------------------------- */

/* Does an account of this kind explain part of what guests lose to each other? */
static bool
grew (const struct doctor *x, bool by_ready)
{
  const char *ready = vhm_account_name (VHM_ACCOUNT_READY);
  for (guint i = 0; i < x->d->alone->len; i++) {
    const struct vhm_alone *a
        = &g_array_index (x->d->alone, struct vhm_alone, i);
    double all = 0, own = 0;
    for (guint k = 0; k < a->accounts->len; k++) {
      const struct vhm_account_cost *c
          = &g_array_index (a->accounts, struct vhm_account_cost, k);
      all += c->here_cyc - c->alone_cyc;
      own += (strcmp (c->account, ready) == 0) == by_ready
                 ? c->here_cyc - c->alone_cyc
                 : 0;
    }
    if (a->contention >= x->d->suffers && own > GREW * all)
      return true;
  }
  return false;
}

static uint64_t
enough_memory (const struct vhm_case *c)
{
  struct vhm_case_host host = c->host;
  const struct vhm_case_guest *g = c->guests.items;
  uint64_t sum = 0;
  for (size_t i = 0; i < c->guests.n; i++) {
    struct vhm_case_guest large = g[i];
    large.memory.startup_bytes = large.memory.maximum_bytes;
    sum += g[i].count
           * (g[i].memory.maximum_bytes
              + vhm_case_overhead_bytes (&c->host, &large));
  }
  /* the root takes its part of what is added */
  for (int round = 0; round < 2; round++)
    host.memory_bytes = sum + vhm_case_root_bytes (&host);
  return (host.memory_bytes + LEAST_STEP - 1) / LEAST_STEP * LEAST_STEP;
}

static uint64_t
enough_cpus (const struct vhm_case *c)
{
  const struct vhm_case_guest *g = c->guests.items;
  uint64_t sum = 0;
  for (size_t i = 0; i < c->guests.n; i++)
    sum += g[i].count * g[i].n_vcpus;
  return sum;
}

static bool
try_more_host (struct doctor *x, GError **error)
{
  const struct vhm_case *c = x->scene->base;
  struct search memory = { .kind = HOST_MEMORY,
                           .low = c->host.memory_bytes,
                           .high = enough_memory (c) };
  memory.step = step_of (memory.low, memory.high);
  struct search cpus = {
    .kind = HOST_CPUS, .low = c->host.n_cpus, .high = enough_cpus (c), .step = 1
  };
  return (!grew (x, false) || search_least (x, memory, error))
         && (!grew (x, true) || search_least (x, cpus, error));
}

static void
add_departures (const struct doctor *x, GPtrArray *trials)
{
  for (guint i = 0; i < x->names->len && x->names->len > 1; i++) {
    struct trial *t = g_new0 (struct trial, 1);
    t->gone = x->names->pdata[i];
    t->what = g_strdup_printf ("%s moved away", t->gone);
    g_ptr_array_add (trials, t);
  }
}

/* What a line's members ever committed, with the buffer; 0: not known. */
static uint64_t
needs (const struct doctor *x, const struct vhm_case_guest *line)
{
  double most = 0;
  for (uint64_t k = 0; k < line->count; k++) {
    g_autofree char *name = vhm_case_guest_name (line, k);
    const struct vhm_series *s
        = vhm_result_find (x->here, name, "memory_demand");
    for (size_t i = 0; s && i < x->here->n_samples; i++)
      if (s->values[i] > most)
        most = s->values[i];
  }
  most *= 1 + (double) line->memory.buffer_ppm / (double) VHM_PPM;
  return ((uint64_t) most + LEAST_STEP - 1) / LEAST_STEP * LEAST_STEP;
}

#define SIGNAL_HOLDS "minimum-holds"

static bool
has_signal (const struct doctor *x, const struct vhm_case_guest *line,
            const char *signal)
{
  for (guint i = 0; i < x->d->signals->len; i++) {
    const struct vhm_signal *s = x->d->signals->pdata[i];
    if (strcmp (s->name, signal) == 0 && s->spells->len > 0
        && diagnose_line (x->scene->base, s->instance) == line)
      return true;
  }
  return false;
}

static void
add_minimums (const struct doctor *x, GPtrArray *trials)
{
  const struct vhm_case *c = x->scene->base;
  const struct vhm_case_guest *lines = c->guests.items;
  GPtrArray *all = g_ptr_array_new ();
  for (size_t i = 0; i < c->guests.n; i++) {
    uint64_t least = needs (x, &lines[i]);
    if (!has_signal (x, &lines[i], SIGNAL_HOLDS) || least == 0
        || least >= lines[i].memory.minimum_bytes)
      continue;
    g_autofree char *size = size_text (least);
    struct trial *t = g_new0 (struct trial, 1);
    t->what = g_strdup_printf ("minimum of %s: %s", lines[i].name, size);
    t->set = g_new0 (char *, 2);
    t->set[0] = diagnose_set_bytes (lines[i].name, ".memory.minimum", least);
    g_ptr_array_add (all, g_strdup (t->set[0]));
    g_ptr_array_add (trials, t);
  }
  bool is_several = all->len > 1;
  g_ptr_array_add (all, NULL);
  if (is_several) {
    struct trial *t = g_new0 (struct trial, 1);
    t->what = g_strdup ("all these minimums");
    t->set = (char **) g_ptr_array_free (all, FALSE);
    g_ptr_array_add (trials, t);
  } else
    g_strfreev ((char **) g_ptr_array_free (all, FALSE));
}

static bool
try_and_keep (struct doctor *x, const GPtrArray *trials, GError **error)
{
  g_autoptr (GArray) found = remedies_new ();
  if (!try_all (x, trials, found, error))
    return false;
  for (guint i = 0; i < found->len; i++)
    keep (x, &g_array_index (found, struct vhm_remedy, i));
  return true;
}

/* --- the rest ------------------------------------------------------------------------ */

static bool
try_settings (struct doctor *x, const struct vhm_alone *a, GError **error)
{
  const struct vhm_case *c = x->scene->base;
  const struct vhm_case_guest *line = diagnose_line (c, a->guest);
  struct search maximum = { .kind = GUEST_MAXIMUM,
                            .line = line,
                            .guest = a->guest,
                            .low = line->memory.maximum_bytes,
                            .high = diagnose_most_bytes (c, line) };
  maximum.step = step_of (maximum.low, maximum.high);
  struct search vcpus = { .kind = GUEST_VCPUS,
                          .line = line,
                          .guest = a->guest,
                          .low = line->n_vcpus,
                          .high = c->host.n_cpus,
                          .step = 1 };
  return search_least (x, maximum, error) && search_least (x, vcpus, error);
}

static bool
try_less_host (struct doctor *x, GError **error)
{
  const struct vhm_case *c = x->scene->base;
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func (free_trial);
  struct trial *t = g_new0 (struct trial, 1);
  t->set = diagnose_less_host (c, x->rules);
  t->what = g_strdup ("a smaller host");
  g_ptr_array_add (trials, t);
  return try_and_keep (x, trials, error);
}

static bool
try_for_all (struct doctor *x, GError **error)
{
  g_autoptr (GPtrArray) trials = g_ptr_array_new_with_free_func (free_trial);
  if (!try_more_host (x, error))
    return false;
  add_departures (x, trials);
  add_minimums (x, trials);
  return try_and_keep (x, trials, error);
}

bool
diagnose_remedies (const struct again_scene *scene,
                   const struct vhm_rules *rules, struct vhm_result *result,
                   GError **error)
{
  g_autoptr (GPtrArray) names = again_guests (scene->base);
  struct doctor x = { scene, rules, result->diagnosis, result, names };
  bool contends = false, is_short = false, fine = true;
  for (guint i = 0; i < x.d->alone->len; i++) {
    const struct vhm_alone *a
        = &g_array_index (x.d->alone, struct vhm_alone, i);
    contends |= a->contention >= x.d->suffers;
    is_short |= a->under_provision >= x.d->suffers;
  }
  if (contends)
    fine = try_for_all (&x, error);
  for (guint i = 0; fine && i < x.d->alone->len; i++) {
    const struct vhm_alone *a
        = &g_array_index (x.d->alone, struct vhm_alone, i);
    if (a->under_provision >= x.d->suffers)
      fine = try_settings (&x, a, error);
  }
  if (fine && !contends && !is_short)
    fine = try_less_host (&x, error);
  return fine;
}
