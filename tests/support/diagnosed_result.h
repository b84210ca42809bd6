/* A result with a diagnosis whose numbers a person can follow: an hour, of which
 * the second half is over-committed; one guest, three times slower than alone. */
#ifndef VHM_TESTS_DIAGNOSED_RESULT_H
#define VHM_TESTS_DIAGNOSED_RESULT_H

#include <math.h>
#include <string.h>

#include <vhm/sim/diagnosis.h>

#define DIAGNOSED_RULES                                                        \
  "title: toy\ninterval: 15 min\nsettle: 10 min\nsignals: [{name: paging, "    \
  "counter: 'Memory\\Pages Input/sec', of: guest, value: "                     \
  "'{guest}.pages_input_per_s', threshold: '10', for: 1 min, points_to: "      \
  "over-committed-host, source: a book, confidence: high}]\ndecide: [{class: " \
  "over-committed-host, guest: paging, guests: 1, why: it pages}]\n"

static const struct vhm_counter diagnosed_counter
    = { "pages_input_per_s", "Pages Input/sec", "Memory", VHM_UNIT_PER_S, "" };

static void
diagnosed_add_alone (struct vhm_diagnosis *d)
{
  struct vhm_alone alone = { .guest = g_strdup ("db<1>"),
                             .here_per_s = 10,
                             .alone_per_s = 30,
                             .unlimited_per_s = 33,
                             .contention = 3,
                             .under_provision = 1.1,
                             .accounts = g_array_new (
                                 FALSE, FALSE, sizeof (struct vhm_account_cost)) };
  const struct vhm_account_cost accounts[] = {
    { "compute", 100, 100, 100 },
    { "blocked on guest paging", 230, 10, 0 },
  };
  g_array_append_vals (alone.accounts, accounts, G_N_ELEMENTS (accounts));
  g_array_append_val (d->alone, alone);
  struct vhm_remedy remedy = { .what = g_strdup ("8 GiB of host memory"),
                               .set = g_strdup ("host.memory=8 GiB"),
                               .worst = 1.04,
                               .worst_guest = g_strdup ("db<1>"),
                               .under_provision = (double) NAN,
                               .class = VHM_CLASS_EFFICIENT,
                               .relieves = true };
  g_array_append_val (d->remedies, remedy);
}

static struct vhm_result *
diagnosed_result (void)
{
  struct vhm_result *r = vhm_result_new ();
  r->start_s = 12 * 3600;
  r->interval_s = 60;
  r->duration_s = 3600;
  r->n_samples = 61;
  struct vhm_series *s
      = vhm_result_add_series (r, "db", &diagnosed_counter);
  for (size_t i = 0; i < r->n_samples; i++)
    s->values[i] = i < 30 ? 1 : 40 + (double) (i % 2) * 20;
  g_autoptr (vhm_diagnosed) what = vhm_diagnosed_new ();
  struct vhm_diagnosed_guest guest = { g_strdup ("db"), g_strdup ("d"), 4e9, 1e9, 2 };
  g_array_append_val (what->guests, guest);
  g_autoptr (vhm_scenario) rules = vhm_rules_read_text (
      "rules", DIAGNOSED_RULES, strlen (DIAGNOSED_RULES), NULL);
  r->diagnosis = vhm_diagnosis_new (rules->config, what, r, NULL);
  if (r->diagnosis) {
    diagnosed_add_alone (r->diagnosis);
    vhm_diagnosis_add_series (r->diagnosis, r);
  }
  return r;
}

#endif
