/* Diagnosis: rules as data, signals with their spells, classes of intervals and of
 * the run. The results are small enough to be judged by hand. */
#include "suite.h"

#include <math.h>
#include <string.h>

#include <vhm/sim/diagnosis.h>

#define N 12 /* samples, one a minute */

static const struct vhm_counter counters[] = {
  { "pressure", "Pressure", NULL, VHM_UNIT_PERCENT, "" },
  { "memory", "Memory", NULL, VHM_UNIT_BYTES, "" },
  { "free", "Free", NULL, VHM_UNIT_BYTES, "" },
};
enum { PRESSURE, MEMORY, FREE };

static void
add (struct vhm_result *r, const char *who, int counter, const double *values)
{
  struct vhm_series *s = vhm_result_add_series (r, who, &counters[counter]);
  for (int i = 0; i < N; i++)
    s->values[i] = values[i];
}

#define MIB 1048576.0

static struct vhm_result *
two_guests (void)
{
  const double no = (double) NAN;
  struct vhm_result *r = vhm_result_new ();
  r->n_samples = N;
  r->interval_s = 60;
  r->duration_s = 60 * (N - 1);
  /* above 100 for 3, 1, 2 and 2 minutes, a gap between the last two */
  add (r, "a", PRESSURE,
       (double[]){ 90, 101, 120, 110, 90, 150, 80, 130, 140, no, 101, 102 });
  add (r, "b", PRESSURE,
       (double[]){ 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50 });
  add (
      r, "a", MEMORY,
      (double[]){ MIB, MIB, MIB, MIB, MIB, MIB, MIB, MIB, MIB, MIB, MIB, MIB });
  add (r, "b", MEMORY,
       (double[]){ no, no, no, no, no, no, MIB, MIB, MIB, MIB, MIB, MIB });
  add (r, "host", FREE,
       (double[]){ 0, 0, 0, 0, 0, 0, 9 * MIB, 9 * MIB, 9 * MIB, 9 * MIB,
                   9 * MIB, 9 * MIB });
  return r;
}

static struct vhm_diagnosed *
settings (void)
{
  struct vhm_diagnosed *what = vhm_diagnosed_new ();
  struct vhm_diagnosed_guest a
      = { g_strdup ("a"), g_strdup ("d"), 2 * MIB, MIB, 1 };
  struct vhm_diagnosed_guest b
      = { g_strdup ("b"), g_strdup ("d"), 4 * MIB, MIB, 2 };
  g_array_append_val (what->guests, a);
  g_array_append_val (what->guests, b);
  return what;
}

#define HEAD "title: t\ninterval: 3 min\nsettle: 0 s\n"
#define FULL                                                                   \
  "{name: full, counter: P, of: guest, value: '{guest}.pressure', threshold: " \
  "100 %, for: 2 min, points_to: over-committed-host, source: s, confidence: " \
  "high}"
#define SHORT                                                                 \
  "{name: short, counter: F, of: host, value: host.free, is: below, "         \
  "threshold: 1 MiB, for: 1 min, points_to: over-committed-host, source: s, " \
  "confidence: high}"

static struct vhm_diagnosis *
diagnose (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) rules
      = vhm_rules_read_text ("rules", text, strlen (text), &error);
  ck_assert_msg (rules != NULL, "%s", error ? error->message : "");
  g_autoptr (vhm_diagnosed) what = settings ();
  struct vhm_result *r = two_guests ();
  struct vhm_diagnosis *d = vhm_diagnosis_new (rules->config, what, r, &error);
  ck_assert_msg (d != NULL, "%s", error ? error->message : "");
  vhm_result_free (r);
  return d;
}

static const struct vhm_signal *
signal_of (const struct vhm_diagnosis *d, const char *name, const char *who)
{
  for (guint i = 0; i < d->signals->len; i++) {
    const struct vhm_signal *s = d->signals->pdata[i];
    if (strcmp (s->name, name) == 0 && strcmp (s->instance, who) == 0)
      return s;
  }
  ck_abort_msg ("no signal %s of %s", name, who);
  return NULL;
}

START_TEST (a_signal_fires_while_it_holds_long_enough)
{
  g_autoptr (vhm_diagnosis) d
      = diagnose (HEAD "signals: [" FULL "]\ndecide: []\n");
  const struct vhm_signal *a = signal_of (d, "full", "a");
  /* the one minute at sample 5 is too short; the last sample ends with the run,
   * so that the last spell is one minute, too */
  ck_assert_uint_eq (a->spells->len, 2);
  const struct vhm_spell *first
      = &g_array_index (a->spells, struct vhm_spell, 0);
  const struct vhm_spell *second
      = &g_array_index (a->spells, struct vhm_spell, 1);
  ck_assert_double_eq (first->from_s, 60);
  ck_assert_double_eq (first->to_s, 240);
  ck_assert_double_eq (second->from_s, 420);
  ck_assert_double_eq (second->to_s, 540);
  ck_assert_double_eq (a->longest_s, 180);
  ck_assert_double_eq (a->total_s, 300);
  ck_assert_double_eq (a->worst, 140);
  ck_assert_double_eq_tol (a->mean, (101 + 120 + 110 + 130 + 140) / 5.0, 1e-9);
  ck_assert_uint_eq (signal_of (d, "full", "b")->spells->len, 0);
}
END_TEST

START_TEST (means_are_taken_before_a_signal_holds)
{
  g_autoptr (vhm_diagnosis) d = diagnose (
      HEAD
      "signals: [{name: mean, counter: P, of: guest, value: "
      "'{guest}.pressure', "
      "threshold: 110 %, for: 0 s, over: 2 min, points_to: efficient-host, "
      "source: s, confidence: high}]\ndecide: []\n");
  const struct vhm_signal *a = signal_of (d, "mean", "a");
  /* means of two: 90 95.5 110.5 115 100 120 115 105 135 - 101 101.5; the sample
   * behind the gap has nobody beside it */
  static const bool fires[N]
      = { [2] = true, [3] = true, [5] = true, [6] = true, [8] = true };
  for (int i = 0; i < N; i++)
    ck_assert_msg (a->fires[i] == fires[i], "sample %d", i);
  ck_assert_double_eq (a->worst, 135);
}
END_TEST

START_TEST (settings_and_sums_stand_in_expressions)
{
  g_autoptr (vhm_diagnosis) d = diagnose (
      HEAD
      "sums: [{name: held, value: '{guest}.memory'}]\n"
      "signals:\n"
      "- {name: half, counter: M, of: guest, value: '{guest}.memory / "
      "{maximum}',"
      " threshold: 40 %, for: 0 s, points_to: efficient-host, source: s, "
      "confidence: high}\n"
      "- {name: much, counter: S, of: host, value: sum.held, threshold: 1.5 "
      "MiB,"
      " for: 0 s, points_to: efficient-host, source: s, confidence: high}\n"
      "- {name: some, counter: S, of: host, value: sum.held, threshold: 0.5 "
      "MiB,"
      " for: 0 s, points_to: efficient-host, source: s, confidence: high}\n"
      "decide: []\n");
  /* a holds 1 of 2 MiB, b 1 of 4 */
  ck_assert_uint_eq (signal_of (d, "half", "a")->spells->len, 1);
  ck_assert (signal_of (d, "half", "a")->is_part);
  ck_assert_uint_eq (signal_of (d, "half", "b")->spells->len, 0);
  /* 2 MiB together from sample 6 on, when b is on */
  const struct vhm_signal *s = signal_of (d, "much", "host");
  ck_assert_uint_eq (s->spells->len, 1);
  ck_assert_double_eq (g_array_index (s->spells, struct vhm_spell, 0).from_s,
                       360);
  /* 1 MiB of a alone before: b is off, and adds nothing */
  const struct vhm_signal *some = signal_of (d, "some", "host");
  ck_assert_uint_eq (some->spells->len, 1);
  ck_assert_double_eq (g_array_index (some->spells, struct vhm_spell, 0).from_s,
                       0);
}
END_TEST

static const struct {
  const char *decide;
  const char *classes; /* of the four intervals: o u e p */
} decisions[] = {
  /* full of a counts in intervals 0 (2 of 3 samples) and 2 (2 of 3) */
  { "[{class: over-committed-host, guest: full, guests: 1, why: w}]", "oeoe" },
  { "[{class: over-committed-host, guest: full, guests: 2, why: w}]", "eeee" },
  { "[{class: over-committed-host, host: short, guest: full, guests: 1, why: "
    "w}]",
    "oeee" },
  { "[{class: over-committed-host, host: short, guest: full, guests: 1, why: "
    "w}, {class: under-provisioned-guest, guest: full, guests: 1, why: w}]",
    "oeue" },
  { "[{class: over-provisioned-host, no_host: short, no_guest: full, why: w}]",
    "eeep" },
  { "[{class: over-provisioned-host, no_host: short, why: w}]", "eepp" },
  { "[{class: over-committed-host, guest: full, not_also: half, guests: 1, "
    "why: w}]",
    "eeee" },
  { "[{class: over-committed-host, guest: full, also: half, guests: 1, why: "
    "w}]",
    "oeoe" },
};

#define HALF                                                                  \
  "{name: half, counter: M, of: guest, value: '{guest}.memory / {maximum}', " \
  "threshold: 40 %, for: 0 s, points_to: efficient-host, source: s, "         \
  "confidence: high}"

START_TEST (the_first_decision_that_holds_is_the_class)
{
  static const char letters[VHM_N_CLASSES + 1] = "ouep";
  g_autofree char *text
      = g_strconcat (HEAD "signals: [" FULL ", " SHORT ", " HALF "]\ndecide: ",
                     decisions[_i].decide, "\n", NULL);
  g_autoptr (vhm_diagnosis) d = diagnose (text);
  char got[8] = "";
  for (guint i = 0; i < d->intervals->len; i++)
    got[i] = letters[g_array_index (d->intervals, struct vhm_class_interval, i)
                         .class];
  ck_assert_str_eq (got, decisions[_i].classes);
}
END_TEST

static const struct {
  const char *shares;
  enum vhm_class overall;
} overalls[] = {
  /* over-committed 1 of 4, under-provisioned 1 of 4 */
  { "over_committed_share: 25 %", VHM_CLASS_OVER_COMMITTED },
  { "over_committed_share: 26 %\nunder_provisioned_share: 50 %",
    VHM_CLASS_UNDER_PROVISIONED },
  { "over_committed_share: 26 %\nunder_provisioned_share: 51 %",
    VHM_CLASS_EFFICIENT },
};

START_TEST (worse_intervals_count_for_milder_classes)
{
  g_autofree char *text = g_strconcat (
      HEAD, overalls[_i].shares,
      "\nsignals: [" FULL ", " SHORT "]\ndecide: ", decisions[3].decide, "\n",
      NULL);
  g_autoptr (vhm_diagnosis) d = diagnose (text);
  ck_assert_int_eq (d->overall, overalls[_i].overall);
  ck_assert_double_eq (d->share[VHM_CLASS_OVER_COMMITTED], 0.25);
  ck_assert_double_eq (d->share[VHM_CLASS_UNDER_PROVISIONED], 0.25);
  ck_assert_uint_eq (d->sufferers->len, 2);
  const struct vhm_sufferer *s
      = &g_array_index (d->sufferers, struct vhm_sufferer, 0);
  ck_assert_str_eq (s->guest, "a");
  ck_assert_double_eq (s->total_s, 180);
}
END_TEST

START_TEST (classes_become_series_of_the_host)
{
  struct vhm_result *r = two_guests ();
  g_autoptr (vhm_diagnosis) d
      = diagnose (HEAD "signals: [" FULL
                       "]\ndecide: [{class: over-committed-host, guest: full, "
                       "guests: 1, why: w}]\n");
  vhm_diagnosis_add_series (d, r);
  const struct vhm_series *over
      = vhm_result_find (r, "host", "class_over_committed");
  const struct vhm_series *fine
      = vhm_result_find (r, "host", "class_efficient");
  for (int i = 0; i < N; i++) {
    bool is_over = i / 3 % 2 == 0;
    ck_assert_double_eq (over->values[i], is_over);
    ck_assert_double_eq (fine->values[i], !is_over);
  }
  vhm_result_free (r);
}
END_TEST

static const struct {
  const char *text, *message;
} mistakes[] = {
  { HEAD "signals: [" FULL "]\ndecide: [{class: over-committed-host, guest: "
         "ful, why: w}]\n",
    "there is no signal \"ful\" of a guest" },
  { HEAD "signals: [" FULL "]\ndecide: [{class: over-committed-host, host: "
         "full, why: w}]\n",
    "there is no signal \"full\" of a host" },
  { HEAD "signals: [{name: x, counter: c, of: host, value: '{guest}.pressure', "
         "threshold: 1 %, points_to: efficient-host, source: s, confidence: "
         "high}]\ndecide: []\n",
    "names a guest, and the signal is of the host" },
  { HEAD "signals: [{name: x, counter: c, of: guest, value: '{guest}.a +', "
         "threshold: 1 %, points_to: efficient-host, source: s, confidence: "
         "high}]\ndecide: []\n",
    "rules:4:" },
  { HEAD "signals: [{name: x, counter: c, of: host, value: 'mean(host.free)', "
         "threshold: 1 MiB, points_to: efficient-host, source: s, confidence: "
         "high}]\ndecide: []\n",
    "expected one number a sample" },
};

START_TEST (mistakes_in_rules_are_told)
{
  const char *text = mistakes[_i].text;
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) rules
      = vhm_rules_read_text ("rules", text, strlen (text), &error);
  ck_assert_ptr_null (rules);
  ck_assert_msg (strstr (error->message, mistakes[_i].message) != NULL,
                 "%s\nin\n%s", mistakes[_i].message, error->message);
}
END_TEST

START_TEST (a_counter_that_is_not_there_is_told)
{
  const char *text = HEAD
      "signals: [{name: x, counter: c, of: host, value: host.nothing, "
      "threshold: 1 %, points_to: efficient-host, source: s, confidence: "
      "high}]\ndecide: []\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) rules
      = vhm_rules_read_text ("rules", text, strlen (text), &error);
  g_autoptr (vhm_diagnosed) what = settings ();
  struct vhm_result *r = two_guests ();
  ck_assert_ptr_null (vhm_diagnosis_new (rules->config, what, r, &error));
  ck_assert_ptr_nonnull (strstr (error->message, "no series \"host.nothing\""));
  vhm_result_free (r);
}
END_TEST

START_TEST (the_programs_own_rules_are_right)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) rules = vhm_rules_read (NULL, &error);
  ck_assert_msg (rules != NULL, "%s", error ? error->message : "");
  const struct vhm_rules *r = rules->config;
  const struct vhm_rule_signal *s = r->signals.items;
  ck_assert_uint_gt (r->signals.n, 20);
  for (size_t i = 0; i < r->signals.n; i++)
    ck_assert_msg (*s[i].source && *s[i].confidence, "%s has no source",
                   s[i].name);
}
END_TEST

SUITE ("diagnosis",
       tcase_add_test (tc, a_signal_fires_while_it_holds_long_enough);
       tcase_add_test (tc, means_are_taken_before_a_signal_holds);
       tcase_add_test (tc, settings_and_sums_stand_in_expressions);
       tcase_add_loop_test (tc, the_first_decision_that_holds_is_the_class, 0,
                            (int) G_N_ELEMENTS (decisions));
       tcase_add_loop_test (tc, worse_intervals_count_for_milder_classes, 0,
                            (int) G_N_ELEMENTS (overalls));
       tcase_add_test (tc, classes_become_series_of_the_host);
       tcase_add_loop_test (tc, mistakes_in_rules_are_told, 0,
                            (int) G_N_ELEMENTS (mistakes));
       tcase_add_test (tc, a_counter_that_is_not_there_is_told);
       tcase_add_test (tc, the_programs_own_rules_are_right);)
