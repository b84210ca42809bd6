/* The keys of a file of rules: signals, sums over guests, decisions.
 *
 * What a file says wrong is told with its place, as of a scenario. Names of
 * signals in decisions must be those of signals; expressions are parsed here, and
 * checked against counters when there is a run to ask.
 */
#include <vhm/sim/diagnosis.h>

#include <string.h>

#include <vhm/sim/embedded.h>
#include <vhm/sim/expect.h>

#include "diagnosis_text.h"

#define N(table) .params = table, .n_params = G_N_ELEMENTS (table)

static const char *const class_keys[]
    = { [VHM_CLASS_OVER_COMMITTED] = "over-committed-host",
        [VHM_CLASS_UNDER_PROVISIONED] = "under-provisioned-guest",
        [VHM_CLASS_EFFICIENT] = "efficient-host",
        [VHM_CLASS_OVER_PROVISIONED] = "over-provisioned-host",
        [VHM_N_CLASSES] = NULL };
static const char *const of_keys[]
    = { [VHM_RULE_OF_HOST] = "host", [VHM_RULE_OF_GUEST] = "guest", NULL };
static const char *const is_keys[]
    = { [VHM_RULE_ABOVE] = "above", [VHM_RULE_BELOW] = "below", NULL };
static const char *const hosts_keys[]
    = { [VHM_RULE_ALL_HOSTS] = "all",
        [VHM_RULE_BALLOONING_HOSTS] = "ballooning",
        [VHM_RULE_SWAPPING_HOSTS] = "swapping",
        NULL };

/* Whether it is an expression at all, whatever the counters. */
static void
check_value (const char *value, vhm_schema_complain complain, void *reader)
{
  static const struct vhm_diagnosed_guest any
      = { .name = (char *) "guest", .disk = (char *) "disk" };
  g_autofree char *text = vhm_rule_text (value, &any);
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_expect) compiled = vhm_expect_parse_samples (text, &error);
  if (!compiled)
    complain (
        reader, "value", error->message,
        "counters, such as {guest}.pressure or balancer.available_memory");
}

/* --- signals ---------------------------------------------------------------- */

#define AT(field) offsetof (struct vhm_rule_signal, field)
static const struct vhm_param signal_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .help = "by which decisions call it" },
  { .key = "counter",
    .type = VHM_PARAM_TEXT,
    .offset = AT (counter),
    .help = "as the field's tools name what is looked at" },
  { .key = "of",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (of),
    .choices = of_keys,
    .help = "whether each guest has its own" },
  { .key = "value",
    .type = VHM_PARAM_TEXT,
    .offset = AT (value),
    .help = "expression over counters, one number a sample" },
  { .key = "is",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (is),
    .choices = is_keys,
    .fallback = "above",
    .help = "side of the threshold on which it holds" },
  { .key = "threshold",
    .type = VHM_PARAM_TEXT,
    .offset = AT (threshold),
    .help = "with its unit" },
  { .key = "for",
    .type = VHM_PARAM_TIME,
    .offset = AT (for_ns),
    .fallback = "1 min",
    .min = "0 s",
    .max = "1 d",
    .help = "it must hold unbroken for so long" },
  { .key = "over",
    .type = VHM_PARAM_TIME,
    .offset = AT (over_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "1 d",
    .help
    = "the value is averaged over the last so much time; 0 s: as sampled" },
  { .key = "hosts",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (hosts),
    .choices = hosts_keys,
    .fallback = "all",
    .help = "that take memory so: with the guests' help alone, or without it, "
            "too" },
  { .key = "points_to",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (points_to),
    .choices = class_keys,
    .help = "class that it is a sign of" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .help = "who gives threshold and meaning" },
  { .key = "confidence",
    .type = VHM_PARAM_TEXT,
    .offset = AT (confidence),
    .help = "high, medium or low" },
  { .key = "note",
    .type = VHM_PARAM_TEXT,
    .offset = AT (note),
    .fallback = "",
    .help = "where it departs from its source, and why" },
  { .key = "told",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_told),
    .fallback = "true",
    .help = "shown when it fires; one that is not serves decisions alone" },
};
#undef AT

static void
check_signal (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_rule_signal *s = config;
  check_value (s->value, complain, reader);
  if (s->of == VHM_RULE_OF_HOST && strchr (s->value, '{'))
    complain (reader, "value", "names a guest, and the signal is of the host",
              "of: guest, or a sum: {name: NAME, value: ...} and sum.NAME");
}

static const struct vhm_schema signal_schema
    = { .name = "signal",
        .help = "a sign, by a counter and a threshold",
        .size = sizeof (struct vhm_rule_signal),
        .check = check_signal,
        N (signal_params) };

#define AT(field) offsetof (struct vhm_rule_sum, field)
static const struct vhm_param sum_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .help = "sum.NAME in expressions" },
  { .key = "value",
    .type = VHM_PARAM_TEXT,
    .offset = AT (value),
    .help = "of a guest; one that is off adds nothing" },
};
#undef AT

static void
check_sum (const void *config, vhm_schema_complain complain, void *reader)
{
  check_value (((const struct vhm_rule_sum *) config)->value, complain, reader);
}

static const struct vhm_schema sum_schema
    = { .name = "sum",
        .help = "a sum over guests",
        .size = sizeof (struct vhm_rule_sum),
        .check = check_sum,
        N (sum_params) };

/* --- decisions --------------------------------------------------------------- */

#define AT(field) offsetof (struct vhm_rule_decision, field)
#define SIGNALS(k, field, text)                                             \
  {                                                                         \
    .key = k, .type = VHM_PARAM_TEXT, .offset = AT (field), .fallback = "", \
    .help = text                                                            \
  }
static const struct vhm_param decision_params[] = {
  { .key = "class",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (class),
    .choices = class_keys,
    .help = "of an interval in which all that follows is so" },
  SIGNALS ("host", host, "signals of the host that all fire"),
  SIGNALS ("no_host", no_host, "signals of the host of which none fires"),
  SIGNALS ("guest", guest, "a guest counts if one of these fires"),
  SIGNALS ("also", also, "and one of these, if there are any"),
  SIGNALS ("not_also", not_also, "and none of these"),
  SIGNALS ("no_guest", no_guest, "signals that fire for no guest"),
  { .key = "guests",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_guests),
    .fallback = "0",
    .max = "1000",
    .help = "at least so many such guests" },
  { .key = "why",
    .type = VHM_PARAM_TEXT,
    .offset = AT (why),
    .help = "in words" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .fallback = "",
    .help = "who says so" },
};
#undef AT

static const struct vhm_schema decision_schema
    = { .name = "decision",
        .help = "a class, and the signals that make it",
        .size = sizeof (struct vhm_rule_decision),
        N (decision_params) };

#define AT(field) offsetof (struct vhm_rule_slowdown, field)
static const struct vhm_param slowdown_params[] = {
  { .key = "suffers",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (suffers),
    .fallback = "1.25",
    .min = "1.01",
    .max = "100",
    .help = "a guest so many times slower than alone suffers",
    .source = "assumed: no source draws the line; a quarter is felt" },
  { .key = "guests",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_guests),
    .fallback = "1",
    .min = "1",
    .max = "1000",
    .help = "so many guests that suffer from each other make an over-committed "
            "host",
    .source = "Friedman: pressure near 100 for one or more guests" },
  { .key = "spare",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (spare_ppm),
    .fallback = "40 %",
    .min = "1 %",
    .max = "90 %",
    .help
    = "an over-provisioned host can lose so much of memory and processors "
      "and nobody suffers",
    .source = "Friedman: more than 40 % of memory available" },
};
#undef AT

static const struct vhm_schema slowdown_schema
    = { .name = "slowdown",
        .help = "what re-running decides",
        .size = sizeof (struct vhm_rule_slowdown),
        N (slowdown_params) };

/* --- the file ------------------------------------------------------------------ */

#define AT(field) offsetof (struct vhm_rules, field)
#define SHARE(k, class, text, share)                                           \
  {                                                                            \
    .key = k, .type = VHM_PARAM_FRACTION,                                      \
    .offset = AT (share_ppm) + sizeof (uint64_t) * (class), .fallback = share, \
    .max = "100 %", .help = text, .source = "assumed"                          \
  }
static const struct vhm_param params[] = {
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .help = "of the rules, for reports" },
  { .key = "interval",
    .type = VHM_PARAM_TIME,
    .offset = AT (interval_ns),
    .fallback = "5 min",
    .min = "1 s",
    .max = "1 d",
    .help = "stretch of the run that has one class" },
  { .key = "settle",
    .type = VHM_PARAM_TIME,
    .offset = AT (settle_ns),
    .fallback = "3 min",
    .min = "0 s",
    .max = "1 d",
    .help = "intervals that begin earlier do not count for the overall class: "
            "guests boot" },
  { .key = "fires",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (fires_ppm),
    .fallback = "50 %",
    .min = "0.1 %",
    .max = "100 %",
    .help = "part of an interval in which a signal that counts in it fires" },
  SHARE ("over_committed_share", VHM_CLASS_OVER_COMMITTED,
         "of the intervals that make the host over-committed overall", "20 %"),
  SHARE ("under_provisioned_share", VHM_CLASS_UNDER_PROVISIONED,
         "the same for an under-provisioned guest; those of an over-committed "
         "host count as well",
         "20 %"),
  SHARE ("over_provisioned_share", VHM_CLASS_OVER_PROVISIONED,
         "the same for an over-provisioned host", "90 %"),
  { .key = "slowdown",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (slowdown),
    .fallback = "{}",
    .help = "what re-running decides",
    .child = &slowdown_schema },
  { .key = "sums",
    .type = VHM_PARAM_LIST,
    .offset = AT (sums),
    .fallback = "",
    .help = "over guests",
    .child = &sum_schema },
  { .key = "signals",
    .type = VHM_PARAM_LIST,
    .offset = AT (signals),
    .help = "signs",
    .child = &signal_schema },
  { .key = "decide",
    .type = VHM_PARAM_LIST,
    .offset = AT (decisions),
    .help = "the first that holds in an interval is its class; none: efficient",
    .child = &decision_schema },
};
#undef AT

static bool
is_signal (const struct vhm_rules *rules, const char *name, int of)
{
  const struct vhm_rule_signal *signals = rules->signals.items;
  for (size_t i = 0; i < rules->signals.n; i++)
    if (strcmp (signals[i].name, name) == 0 && signals[i].of == of)
      return true;
  return false;
}

static void
check_names (const struct vhm_rules *rules, const char *names, int of,
             vhm_schema_complain complain, void *reader)
{
  g_auto (GStrv) list = g_strsplit (vhm_rule_or_nothing (names), " ", -1);
  for (char **name = list; *name; name++) {
    if (!**name || is_signal (rules, *name, of))
      continue;
    g_autofree char *wrong = g_strdup_printf (
        "there is no signal \"%s\" of a %s", *name, of_keys[of]);
    complain (reader, "decide", wrong, "names of signals, with blanks between");
  }
}

static void
check_rules (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_rules *rules = config;
  const struct vhm_rule_decision *d = rules->decisions.items;
  for (size_t i = 0; i < rules->decisions.n; i++) {
    const char *of_host[] = { d[i].host, d[i].no_host };
    const char *of_guest[]
        = { d[i].guest, d[i].also, d[i].not_also, d[i].no_guest };
    for (size_t k = 0; k < G_N_ELEMENTS (of_host); k++)
      check_names (rules, of_host[k], VHM_RULE_OF_HOST, complain, reader);
    for (size_t k = 0; k < G_N_ELEMENTS (of_guest); k++)
      check_names (rules, of_guest[k], VHM_RULE_OF_GUEST, complain, reader);
  }
}

const struct vhm_schema vhm_rules_schema = { .name = "rules",
                                             .help = "how a host is diagnosed",
                                             .size = sizeof (struct vhm_rules),
                                             .check = check_rules,
                                             N (params) };

struct vhm_scenario *
vhm_rules_read_text (const char *name, const char *text, size_t size,
                     GError **error)
{
  const struct vhm_scenario_rules rules = { .schema = &vhm_rules_schema };
  return vhm_scenario_read_text (name, text, size, &rules, error);
}

struct vhm_scenario *
vhm_rules_read (const char *path, GError **error)
{
  const struct vhm_embedded *own = vhm_embedded_rules;
  if (!path)
    return vhm_rules_read_text (own->name, own->text, own->size, error);
  const struct vhm_scenario_rules rules = { .schema = &vhm_rules_schema };
  return vhm_scenario_read (path, &rules, error);
}
