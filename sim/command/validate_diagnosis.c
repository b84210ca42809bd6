/* vhm validate diagnosis: random hosts, classified twice.
 *
 *   by counters   the diagnosis of the one run, as vhm run gives it
 *   by slow-down  by running again: operations a second of each guest alone, alone
 *                 and unlimited, here, and of all on a host without what is spare
 *
 *     over-committed     enough guests (all, if there are fewer) are `suffers` times
 *                        slower here than alone with the same settings
 *     under-provisioned  else, a guest is so much slower alone than unlimited
 *     over-provisioned   else, nobody is on a host without the spare memory and
 *                        processors
 *     efficient          else
 *
 * Operations are counted after the guests have settled. Hosts are simulated side by
 * side, each by one thread; the table does not depend on their number.
 *
 * Cost: 2 + 2 x guests runs a host.
 */
#include "diagnose.h"
#include "random_hosts.h"
#include "validate.h"

#include <math.h>
#include <string.h>

#include <vhm/sim/progress.h>

#define PPM 1e6

struct patient {
  struct ward *ward;
  uint64_t number;
  enum vhm_class by_counters, by_slowdown;
  double contention, under_provision, smaller; /* worst of each */
  guint n_runs;
  GError *error;
};

struct ward {
  const struct random_hosts *hosts;
  const struct vhm_rules *rules;
  GMutex lock; /* of n_left */
  GCond ended;
  guint n_left;
};

/* --- one host ------------------------------------------------------------------ */

static double
settled_per_s (const struct vhm_result *r, const char *guest, double settle_s)
{
  const struct vhm_series *s = vhm_result_find (r, guest, "throughput_per_s");
  double sum = 0, n = 0;
  for (size_t i = 0; s && i < r->n_samples; i++)
    if ((double) i * r->interval_s > settle_s && !isnan (s->values[i])) {
      sum += s->values[i];
      n++;
    }
  return n > 0 ? sum / n : 0;
}

static double
slower (double than_per_s, double now_per_s)
{
  if (than_per_s <= 0)
    return 1;
  return now_per_s > 0 ? than_per_s / now_per_s : (double) INFINITY;
}

static struct again *
run (struct patient *p, const struct again_scene *scene, char *const *set,
     const char *only)
{
  struct again *again = again_new (scene, set, NULL, only, &p->error);
  if (again && !again_run_one (again)) {
    g_propagate_error (&p->error, g_steal_pointer (&again->error));
    g_clear_pointer (&again, again_free);
  }
  p->n_runs += again != NULL;
  return again;
}

/* Adds what one guest tells; false on an error. */
static bool
examine (struct patient *p, const struct again_scene *scene, const char *guest,
         const struct again *here, const struct again *less, guint *n_suffer)
{
  const struct vhm_rules *rules = p->ward->rules;
  double settle_s = (double) rules->settle_ns / 1e9;
  g_auto (GStrv) most
      = diagnose_unlimited (scene->base, diagnose_line (scene->base, guest));
  g_auto (GStrv) own
      = diagnose_alone (scene->base, diagnose_line (scene->base, guest));
  struct again *alone = run (p, scene, own, guest);
  struct again *free = alone ? run (p, scene, most, guest) : NULL;
  if (free) {
    double alone_per_s = settled_per_s (alone->result, guest, settle_s);
    double contention
        = slower (alone_per_s, settled_per_s (here->result, guest, settle_s));
    *n_suffer += contention >= rules->slowdown.suffers;
    p->contention = fmax (p->contention, contention);
    p->under_provision = fmax (
        p->under_provision,
        slower (settled_per_s (free->result, guest, settle_s), alone_per_s));
    p->smaller = fmax (
        p->smaller,
        slower (alone_per_s, settled_per_s (less->result, guest, settle_s)));
  }
  bool fine = free != NULL;
  again_free (alone);
  again_free (free);
  return fine;
}

static bool
judge (struct patient *p, const struct again_scene *scene,
       const struct again *here, const struct again *less)
{
  const struct vhm_rule_slowdown *rule = &p->ward->rules->slowdown;
  g_autoptr (GPtrArray) names = again_guests (scene->base);
  guint n_suffer = 0;
  for (guint i = 0; i < names->len; i++)
    if (!examine (p, scene, names->pdata[i], here, less, &n_suffer))
      return false;
  if (n_suffer >= MIN (rule->n_guests, names->len))
    p->by_slowdown = VHM_CLASS_OVER_COMMITTED;
  else if (p->under_provision >= rule->suffers)
    p->by_slowdown = VHM_CLASS_UNDER_PROVISIONED;
  else
    p->by_slowdown = p->smaller < rule->suffers ? VHM_CLASS_OVER_PROVISIONED
                                                : VHM_CLASS_EFFICIENT;
  return command_diagnose (p->ward->rules, scene->base, here->result,
                           &p->error);
}

static void
diagnose_host (struct patient *p)
{
  g_autofree char *text = random_host_text (p->ward->hosts, p->number);
  const struct vhm_embedded file = { "host", text, strlen (text) };
  const struct command_version v = { .file = &file };
  g_autoptr (vhm_scenario) s = command_read_version ("host", &v, &p->error);
  if (!s)
    return;
  const struct again_scene scene
      = { .path = "host", .file = &file, .base = command_case (s) };
  g_auto (GStrv) set = diagnose_less_host (scene.base, p->ward->rules);
  struct again *here = run (p, &scene, NULL, NULL);
  struct again *less = here ? run (p, &scene, set, NULL) : NULL;
  if (less && judge (p, &scene, here, less))
    p->by_counters = here->result->diagnosis->overall;
  again_free (here);
  again_free (less);
}

static void
visit (gpointer data, gpointer unused)
{
  (void) unused;
  struct patient *p = data;
  if (!command_caught_signal ())
    diagnose_host (p);
  g_mutex_lock (&p->ward->lock);
  p->ward->n_left--;
  g_cond_signal (&p->ward->ended);
  g_mutex_unlock (&p->ward->lock);
}

/* --- all of them ------------------------------------------------------------------ */

static void
watch (struct ward *ward, guint n, bool is_quiet)
{
  const struct vhm_progress_options options
      = { .mode = is_quiet ? VHM_PROGRESS_OFF : VHM_PROGRESS_AUTO };
  g_autoptr (vhm_progress) progress = vhm_progress_new ("diagnosing", &options);
  g_mutex_lock (&ward->lock);
  while (ward->n_left > 0) {
    g_cond_wait (&ward->ended, &ward->lock);
    g_autofree char *text
        = g_strdup_printf ("%u of %u hosts", n - ward->n_left, n);
    vhm_progress_update (progress, (double) (n - ward->n_left) / n, text);
  }
  g_mutex_unlock (&ward->lock);
}

static bool
visit_all (struct ward *ward, GArray *patients,
           const struct validate_options *options, GError **error)
{
  guint n = patients->len;
  ward->n_left = n;
  g_mutex_init (&ward->lock);
  g_cond_init (&ward->ended);
  GThreadPool *pool = g_thread_pool_new (
      visit, NULL, (int) MAX (1, MIN (options->n_jobs, n)), FALSE, NULL);
  for (guint i = 0; i < n; i++)
    g_thread_pool_push (pool, &g_array_index (patients, struct patient, i),
                        NULL);
  watch (ward, n, options->is_quiet);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_cond_clear (&ward->ended);
  g_mutex_clear (&ward->lock);
  for (guint i = 0; i < n; i++) {
    struct patient *p = &g_array_index (patients, struct patient, i);
    if (!p->error)
      continue;
    g_propagate_prefixed_error (error, g_steal_pointer (&p->error),
                                "host %" G_GUINT64_FORMAT ": ", p->number);
    return false;
  }
  return !command_caught_signal ();
}

/* --- answer ------------------------------------------------------------------------- */

static char *
confusion (const GArray *patients)
{
  guint n[VHM_N_CLASSES][VHM_N_CLASSES] = { { 0 } };
  for (guint i = 0; i < patients->len; i++) {
    const struct patient *p = &g_array_index (patients, struct patient, i);
    n[p->by_slowdown][p->by_counters]++;
  }
  GString *out = g_string_new (
      "\nBY SLOW-DOWN \\ BY COUNTERS     over-committed  under-provisioned  "
      "efficient  over-provisioned\n");
  for (int t = 0; t < VHM_N_CLASSES; t++)
    g_string_append_printf (out, "%-29s  %14u  %17u  %9u  %16u\n",
                            vhm_class_name ((enum vhm_class) t), n[t][0],
                            n[t][1], n[t][2], n[t][3]);
  return g_string_free (out, FALSE);
}

static guint
append_differences (GString *out, const GArray *patients)
{
  guint n_agree = 0;
  for (guint i = 0; i < patients->len; i++) {
    const struct patient *p = &g_array_index (patients, struct patient, i);
    n_agree += p->by_slowdown == p->by_counters;
    if (p->by_slowdown == p->by_counters)
      continue;
    g_string_append_printf (
        out,
        "host %" G_GUINT64_FORMAT ": by slow-down %s, by counters %s; worst "
        "contention %.2f, under-provision %.2f, on the smaller host %.2f\n",
        p->number, vhm_class_name (p->by_slowdown),
        vhm_class_name (p->by_counters), p->contention, p->under_provision,
        p->smaller);
  }
  return n_agree;
}

static void
answer (const struct vhm_embedded *file, const struct random_hosts *hosts,
        const GArray *patients, struct validated *ret)
{
  g_autoptr (GString) after = g_string_new (NULL);
  guint n_agree = append_differences (after, patients);
  struct vhm_validation *v = vhm_validation_new ();
  v->name = validate_name (file);
  v->title = g_strdup (hosts->title);
  v->source = g_strdup (hosts->source);
  struct vhm_validation_row row = {
    .name = g_strdup_printf ("both classes agree, of %u hosts", patients->len),
    .unit = VHM_UNIT_PERCENT,
    .published = (double) NAN,
    .printed = g_strdup ("asked for"),
    .simulated = 100.0 * n_agree / patients->len,
    .half_width = (double) NAN,
    .low = 100 * (double) hosts->agree_ppm / PPM,
    .high = (double) INFINITY,
    .tolerance = (double) NAN,
  };
  g_array_append_val (v->rows, row);
  *ret = (struct validated){ .validation = v,
                             .before = confusion (patients),
                             .after = g_strdup (after->str) };
  for (guint i = 0; i < patients->len; i++)
    ret->n_runs += g_array_index (patients, struct patient, i).n_runs;
}

bool
validate_diagnosis (const struct vhm_embedded *file,
                    const struct validate_options *options,
                    struct validated *ret, GError **error)
{
  const struct vhm_scenario_rules how
      = { .schema = &random_hosts_schema, .overrides = options->set };
  g_autoptr (vhm_scenario) s = vhm_scenario_read_text (file->name, file->text,
                                                       file->size, &how, error);
  g_autoptr (vhm_scenario) rules = s ? vhm_rules_read (NULL, error) : NULL;
  if (!rules)
    return false;
  const struct random_hosts *hosts = s->config;
  struct ward ward = { .hosts = hosts, .rules = rules->config };
  g_autoptr (GArray) patients
      = g_array_new (FALSE, TRUE, sizeof (struct patient));
  g_array_set_size (patients, (guint) hosts->n_hosts);
  for (guint i = 0; i < patients->len; i++)
    g_array_index (patients, struct patient, i)
        = (struct patient){ .ward = &ward, .number = i };
  if (!visit_all (&ward, patients, options, error))
    return false;
  answer (file, hosts, patients, ret);
  return true;
}
