/* The answer in words: which version is better, by how much, and why, from the
 * numbers alone.
 *
 * A guest does better in a version when it finishes more operations a second than
 * in the first; when no such difference is shown, when an operation takes less
 * time: on average, then at the 99th percentile. Differences below 1 % are none
 * here, though the table shows them. A version is better if some guests do better
 * and none does worse, worse the other way round, and mixed if both happen. The
 * guest that changes most is told. If nothing is shown, and some guest's work may
 * yet differ by 1 % within its interval, that is said. Why: the account of its cycles, beside computing
 * and idling, that grew most if it does worse, shrank most if it does better.
 */
#include "comparison.h"

#include <math.h>
#include <string.h>

#include "html.h"
#include "quantity.h"

#define LEAST_SHARE 0.01 /* smaller differences matter to nobody */

/* What tells whether a guest does better, in this order. */
static const struct {
  const char *key;
  bool more_is_better;
  const char *more, *less;
} signs[] = {
  { "operations_per_s", true, "does %s more work", "does %s less work" },
  { "latency_mean", false, "takes %s longer for an operation on average",
    "takes %s less time for an operation on average" },
  { "latency_p99", false,
    "takes %s longer for the slowest 1 % of its operations",
    "takes %s less time for the slowest 1 % of its operations" },
};

struct effect {
  const char *guest;
  int way; /* 1 better, -1 worse, 0: no difference */
  size_t sign;
  const struct vhm_comparison_row *row;
  double share; /* of the first's mean; INFINITY of nothing */
};

static struct effect
effect_of (const struct vhm_comparison *c, guint version, const char *guest)
{
  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++) {
    const struct vhm_comparison_row *row
        = comparison_find (c, version, guest, signs[i].key);
    if (!row || !row->is_shown)
      continue;
    double d = row->paired.difference;
    double share = fabs (d) / fabs (row->paired.mean[0]);
    if (share >= LEAST_SHARE)
      return (struct effect){ guest,
                              (d > 0) == signs[i].more_is_better ? 1 : -1, i,
                              row, share };
  }
  return (struct effect){ .guest = guest };
}

enum verdict {
  VERDICT_BETTER,
  VERDICT_WORSE,
  VERDICT_MIXED,
  VERDICT_NONE,
  VERDICT_OPEN, /* no difference shown, and room for one in the intervals */
  N_VERDICTS
};

struct answer {
  guint version, n_better, n_worse, n_absent, n_guests;
  struct effect best, worst; /* way is 0 if there is none */
  enum verdict verdict;
  const char *roomy; /* guest whose interval leaves most room, or NULL */
  double room;
};

/* In some run of one of the two it was not there. */
static bool
is_absent (const struct vhm_comparison *c, guint version, const char *guest)
{
  const struct vhm_comparison_row *row
      = comparison_find (c, version, guest, signs[0].key);
  return row && row->n_missing > 0;
}

/* How far the guest's work may be from the first's within the interval, where no
 * difference is shown; share of it. */
static double
room_of (const struct vhm_comparison *c, guint version, const char *guest)
{
  const struct vhm_comparison_row *row
      = comparison_find (c, version, guest, signs[0].key);
  if (!row || row->n_missing > 0 || row->is_shown)
    return 0;
  double room = (fabs (row->paired.difference) + row->half_width)
                / fabs (row->paired.mean[0]);
  return isnan (room) ? 0 : room;
}

static struct answer
answer_of (const struct vhm_comparison *c, guint version)
{
  struct answer a = { .version = version };
  g_autoptr (GPtrArray) guests = comparison_guests (c);
  a.n_guests = guests->len;
  for (guint g = 0; g < guests->len; g++) {
    struct effect e = effect_of (c, version, guests->pdata[g]);
    a.n_absent += is_absent (c, version, guests->pdata[g]);
    double room = room_of (c, version, guests->pdata[g]);
    if (room >= LEAST_SHARE && room > a.room) {
      a.room = room;
      a.roomy = guests->pdata[g];
    }
    a.n_better += e.way > 0;
    a.n_worse += e.way < 0;
    if (e.way > 0 && (a.best.way == 0 || e.share > a.best.share))
      a.best = e;
    if (e.way < 0 && (a.worst.way == 0 || e.share > a.worst.share))
      a.worst = e;
  }
  a.verdict = a.n_better > 0  ? (a.n_worse > 0 ? VERDICT_MIXED : VERDICT_BETTER)
              : a.n_worse > 0 ? VERDICT_WORSE
              : a.roomy       ? VERDICT_OPEN
                              : VERDICT_NONE;
  return a;
}

/* --- the headline ----------------------------------------------------------------- */

/* "a", "a and b", "a, b and c", each in quotation marks. */
static void
append_names (GString *out, const struct vhm_comparison *c,
              const struct answer *answers, guint n, enum verdict verdict)
{
  guint n_left = 0;
  for (guint i = 0; i < n; i++)
    n_left += answers[i].verdict == verdict;
  for (guint i = 0, k = 0; i < n; i++) {
    if (answers[i].verdict != verdict)
      continue;
    g_string_append (out, k == 0 ? "" : k + 1 == n_left ? " and " : ", ");
    g_string_append (out, "“");
    vhm_html_text (out, comparison_name (c, answers[i].version));
    g_string_append (out, "”");
    k++;
  }
}

static const char *
predicate (enum verdict verdict, bool is_plural)
{
  static const char *const words[N_VERDICTS][2]
      = { { "is better", "are better" },
          { "is worse", "are worse" },
          { "is better for some guests and worse for others",
            "are better for some guests and worse for others" },
          { "shows no difference that matters",
            "show no difference that matters" },
          { "shows no difference, but too few runs leave room for one",
            "show no difference, but too few runs leave room for one" } };
  return words[verdict][is_plural];
}

static void
append_headline (GString *out, const struct vhm_comparison *c,
                 const struct answer *answers, guint n)
{
  g_string_append (out, "<p><strong>Compared with “");
  vhm_html_text (out, comparison_name (c, 0));
  g_string_append (out, "”, ");
  const char *between = "";
  for (int v = 0; v < N_VERDICTS; v++) {
    guint n_such = 0;
    for (guint i = 0; i < n; i++)
      n_such += answers[i].verdict == (enum verdict) v;
    if (n_such == 0)
      continue;
    g_string_append (out, between);
    append_names (out, c, answers, n, (enum verdict) v);
    g_string_append_printf (out, " %s",
                            predicate ((enum verdict) v, n_such > 1));
    between = "; ";
  }
  g_string_append (out, ".</strong></p>\n");
}

/* --- by how much ------------------------------------------------------------------ */

static char *
share_text (double share)
{
  double percent = 100 * share;
  int decimals = percent >= 10 ? 1 : percent < 0.005 ? 0 : 2;
  g_autofree char *number = vhm_quantity_decimal (percent, decimals);
  return g_strconcat (number, " %", NULL);
}

static void
append_effect (GString *out, const struct vhm_comparison *c,
               const struct effect *e)
{
  const struct vhm_paired *paired = &e->row->paired;
  g_autofree char *share
      = isfinite (e->share) ? share_text (e->share) : g_strdup ("infinitely");
  bool is_more = paired->difference > 0;
  g_auto (GStrv) parts = g_strsplit (
      is_more ? signs[e->sign].more : signs[e->sign].less, "%s", 2);
  g_autofree char *first = vhm_quantity_text (paired->mean[0], e->row->unit);
  g_autofree char *other = vhm_quantity_text (paired->mean[1], e->row->unit);
  g_autofree char *d = vhm_quantity_text (paired->difference, e->row->unit);
  g_autofree char *half = vhm_quantity_text (e->row->half_width, e->row->unit);
  vhm_html_text (out, e->guest);
  g_string_append_printf (
      out, " %s<b>%s</b>%s (%s instead of %s: %s%s ± %s at %g %% confidence)",
      parts[0], share, parts[1], other, first, is_more ? "+" : "", d, half,
      100 * c->confidence);
}

/* --- why -------------------------------------------------------------------------- */

static double
share_of (const struct vhm_comparison *c, guint version, const char *guest,
          const char *account)
{
  double all = comparison_cycles (c, version, guest, NULL);
  return all > 0 ? comparison_cycles (c, version, guest, account) / all : 0;
}

static bool
is_shown (const struct vhm_comparison *c, guint version, const char *guest,
          const char *account)
{
  g_autofree char *key = g_strconcat ("ledger: ", account, NULL);
  const struct vhm_comparison_row *row
      = comparison_find (c, version, guest, key);
  return row && row->is_shown;
}

/* The account that took so much more (way -1) or less (1) of the guest's time, as
 * share of it; NULL: none did. */
static const char *
reason_of (const struct vhm_comparison *c, guint version, const char *guest,
           int way)
{
  g_autoptr (GPtrArray) accounts = comparison_accounts (c);
  const char *best = NULL;
  double most = LEAST_SHARE;
  for (guint i = 0; i < accounts->len; i++) {
    const char *account = accounts->pdata[i];
    if (strcmp (account, "compute") == 0 || strcmp (account, "idle") == 0
        || !is_shown (c, version, guest, account))
      continue;
    double grown = -way
                   * (share_of (c, version, guest, account)
                      - share_of (c, 0, guest, account));
    if (grown >= most) {
      most = grown;
      best = account;
    }
  }
  return best;
}

static void
append_reason (GString *out, const struct vhm_comparison *c, guint version,
               const struct effect *e)
{
  const char *account = reason_of (c, version, e->guest, e->way);
  if (!account) {
    g_string_append (out,
                     " No account of its cycles changed by more than 1 % of "
                     "its time in a way that explains it.");
    return;
  }
  g_autofree char *now = share_text (share_of (c, version, e->guest, account));
  g_autofree char *before = share_text (share_of (c, 0, e->guest, account));
  g_string_append (out, " Why: <b>");
  vhm_html_text (out, account);
  g_string_append_printf (
      out, "</b> takes %s of its processors’ time instead of %s.", now, before);
}

/* --- one version ------------------------------------------------------------------ */

/* "Of 3 guests, 1 does better, 1 does worse and 1 shows ..." */
static void
append_counts (GString *out, const struct answer *a)
{
  const struct {
    guint n;
    const char *one, *many;
  } parts[] = {
    { a->n_better, "does better", "do better" },
    { a->n_worse, "does worse", "do worse" },
    { a->n_absent, "is not there in every run of both",
      "are not there in every run of both" },
    { a->n_guests - a->n_better - a->n_worse - a->n_absent,
      "shows no difference above 1 %", "show no difference above 1 %" },
  };
  guint n_parts = 0, k = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    n_parts += parts[i].n > 0;
  if (a->n_guests < 2 && a->n_absent == 0)
    return;
  g_string_append_printf (out, " Of %u guests, ", a->n_guests);
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (parts[i].n == 0)
      continue;
    g_string_append (out, k == 0 ? "" : k + 1 == n_parts ? " and " : ", ");
    g_string_append_printf (out, "%u %s", parts[i].n,
                            parts[i].n == 1 ? parts[i].one : parts[i].many);
    k++;
  }
  g_string_append_c (out, '.');
}

static void
append_room (GString *out, const struct vhm_comparison *c,
             const struct answer *a)
{
  g_string_append (out, "no difference shown; but the work of ");
  vhm_html_text (out, a->roomy);
  if (isfinite (a->room)) {
    g_autofree char *share = share_text (a->room);
    g_string_append_printf (out, " may differ by up to %s", share);
  } else
    g_string_append (out, " may differ by anything");
  g_string_append_printf (
      out, " within its interval of %u runs; more runs (--runs) tell more.",
      c->n_runs);
}

static void
append_answer (GString *out, const struct vhm_comparison *c,
               const struct answer *a)
{
  g_string_append (out, "<p>“");
  vhm_html_text (out, comparison_name (c, a->version));
  g_string_append (out, "”: ");
  const struct effect *effects[] = { &a->worst, &a->best };
  for (size_t i = 0; i < G_N_ELEMENTS (effects); i++) {
    if (effects[i]->way == 0)
      continue;
    g_string_append (out, i > 0 && effects[0]->way != 0 ? " " : "");
    append_effect (out, c, effects[i]);
    g_string_append_c (out, '.');
    append_reason (out, c, a->version, effects[i]);
  }
  if (a->verdict == VERDICT_OPEN)
    append_room (out, c, a);
  if (a->verdict == VERDICT_NONE && a->n_absent == 0)
    g_string_append (out, "no difference shown, or less than 1 %, in the work "
                          "and the latency of any guest.");
  else if (a->verdict != VERDICT_OPEN)
    append_counts (out, a);
  g_string_append (out, "</p>\n");
}

char *
vhm_comparison_verdict_html (const struct vhm_comparison *c)
{
  GString *out = g_string_new (NULL);
  guint n = c->versions->len > 0 ? c->versions->len - 1 : 0;
  g_autofree struct answer *answers = g_new0 (struct answer, n + 1);
  for (guint i = 0; i < n; i++)
    answers[i] = answer_of (c, i + 1);
  if (n > 0)
    append_headline (out, c, answers, n);
  for (guint i = 0; i < n; i++)
    append_answer (out, c, &answers[i]);
  return g_string_free (out, FALSE);
}
