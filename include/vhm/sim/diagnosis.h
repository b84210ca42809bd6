/* Diagnosis: which class a host was in, when, by which signs, and who suffered.
 *
 *   rules    data (scenarios/diagnosis/rules.yaml, or a file of the user's):
 *            signals, each a counter expression with a threshold and how long it
 *            must hold; decisions, each a class and the signals that make it
 *   signal   fires for one instance while its condition, on a mean over so much time
 *            if it asks for one, holds unbroken for as long as it asks
 *   interval a stretch of the run; a signal that fires in a good part of it
 *            counts, and the first decision that holds is the interval's class
 *   overall  the most severe class that enough intervals have
 *
 * What only re-running tells (how far guests are from running alone, what would
 * relieve the host) comes from somebody else, who fills `guests` and `remedies`.
 *
 * In expressions {guest} stands for the guest's name and {maximum}, {minimum},
 * {vcpus}, {disk} for its settings; `sum.NAME` for a sum over guests that the rules define.
 */
#ifndef VHM_SIM_DIAGNOSIS_H
#define VHM_SIM_DIAGNOSIS_H

#include <glib.h>
#include <stdbool.h>

#include <vhm/sim/result.h>
#include <vhm/sim/scenario.h>

/* In order of severity. */
enum vhm_class {
  VHM_CLASS_OVER_COMMITTED,
  VHM_CLASS_UNDER_PROVISIONED,
  VHM_CLASS_EFFICIENT,
  VHM_CLASS_OVER_PROVISIONED,
  VHM_N_CLASSES
};
/* "over-committed host"; and as a key: "over_committed". */
const char *vhm_class_name (enum vhm_class c);
const char *vhm_class_key (enum vhm_class c);
/* Of counter `class_KEY` of the host: 1 where the host is in that class. */
extern const struct vhm_counter vhm_class_counters[VHM_N_CLASSES];

/* --- rules ------------------------------------------------------------------ */

enum vhm_rule_of { VHM_RULE_OF_HOST, VHM_RULE_OF_GUEST };
enum vhm_rule_is { VHM_RULE_ABOVE, VHM_RULE_BELOW };
/* Hosts that it is asked of. */
enum vhm_rule_hosts {
  VHM_RULE_ALL_HOSTS,
  VHM_RULE_BALLOONING_HOSTS, /* take memory with the guests' help alone */
  VHM_RULE_SWAPPING_HOSTS    /* ESX, KVM: also without */
};

struct vhm_rule_signal {
  const char *name, *counter, *value, *threshold, *source, *confidence, *note;
  int of, is, hosts, points_to; /* enum vhm_rule_of ...; enum vhm_class */
  uint64_t for_ns, over_ns;
  bool is_told; /* shown when it fires; else it serves decisions alone */
};

/* Sum over guests of an expression; one that is off adds nothing. */
struct vhm_rule_sum {
  const char *name, *value;
};

/* Lists are names of signals, separated by blanks. */
struct vhm_rule_decision {
  int class;                          /* enum vhm_class */
  const char *host, *no_host;         /* all of these fire; none of those does */
  const char *guest, *also, *not_also; /* a guest with one of these, one of
                                          those (if any), none of the last */
  const char *no_guest;               /* no guest has any of these */
  uint64_t n_guests;                  /* at least so many such guests */
  const char *why, *source;
};

/* Slow-downs: what counts as one, and what remedies aim at. */
struct vhm_rule_slowdown {
  double suffers;     /* times slower than alone */
  uint64_t n_guests;  /* that make a host over-committed */
  uint64_t spare_ppm; /* of memory and processors that can go without harm */
};

struct vhm_rules {
  const char *title;
  uint64_t interval_ns, settle_ns, fires_ppm;
  uint64_t share_ppm[VHM_N_CLASSES];
  struct vhm_rule_slowdown slowdown;
  struct vhm_list sums;      /* struct vhm_rule_sum */
  struct vhm_list signals;   /* struct vhm_rule_signal */
  struct vhm_list decisions; /* struct vhm_rule_decision */
};

extern const struct vhm_schema vhm_rules_schema;

/* Of the file at `path`, or those of the program if it is NULL. The scenario's
 * config is a struct vhm_rules. */
struct vhm_scenario *vhm_rules_read (const char *path, GError **error);
/* The same for text in memory. */
struct vhm_scenario *vhm_rules_read_text (const char *name, const char *text,
                                          size_t size, GError **error);

/* --- what is diagnosed ------------------------------------------------------- */

struct vhm_diagnosed_guest {
  char *name, *disk; /* of the host, that holds its page file */
  double maximum_bytes, minimum_bytes, n_vcpus;
};

struct vhm_diagnosed {
  GArray *guests; /* struct vhm_diagnosed_guest */
  bool swaps;     /* the host takes memory without the guests' help, too */
};

/* --- diagnosis ---------------------------------------------------------------- */

struct vhm_spell {
  double from_s, to_s; /* since the start */
};

/* A signal of one instance. */
struct vhm_signal {
  char *name, *instance, *counter, *value, *source, *confidence, *note;
  char *threshold_text;
  enum vhm_class points_to;
  enum vhm_unit unit;
  bool is_of_guest, is_above, is_told;
  bool is_part; /* a plain ratio, shown in percent */
  double threshold, for_s;
  double worst, mean; /* while it fires; NAN: it does not */
  double longest_s, total_s;
  GArray *spells; /* struct vhm_spell */
  bool *fires;    /* one a sample */
};

/* Class of a stretch of the run, and the decision that made it. */
struct vhm_class_interval {
  double from_s, to_s;
  enum vhm_class class;
  int decision; /* -1: none held */
  bool is_settled;
};

/* A guest that made the class of some interval. */
struct vhm_sufferer {
  char *guest;
  enum vhm_class class;
  double total_s;
};

/* Cycles an operation, by account. */
struct vhm_account_cost {
  const char *account;
  double here_cyc, alone_cyc, unlimited_cyc;
};

/* How far a guest is from running alone. */
struct vhm_alone {
  char *guest;
  double here_per_s, alone_per_s, unlimited_per_s; /* operations */
  double contention;      /* alone / here; NAN: does no operations */
  double under_provision; /* unlimited / alone */
  GArray *accounts;       /* struct vhm_account_cost */
};

/* A change that was tried. */
struct vhm_remedy {
  char *what, *set; /* in words; as --set says it, or NULL */
  double worst;     /* greatest slow-down of the guests that stay */
  char *worst_guest;
  double under_provision; /* NAN: not asked */
  enum vhm_class class;
  bool relieves;
};

struct vhm_diagnosis {
  char *rules; /* title of the rules */
  enum vhm_class overall;
  double share[VHM_N_CLASSES]; /* of the intervals that count */
  double interval_s, settle_s, fires;
  double needed[VHM_N_CLASSES]; /* shares that make a class the overall one */
  GPtrArray *signals;     /* struct vhm_signal *, those of rules in order */
  GArray *intervals;      /* struct vhm_class_interval */
  GArray *sufferers;      /* struct vhm_sufferer */
  GPtrArray *why;         /* char *: of each decision, as the rules have it */
  GPtrArray *why_sources; /* char * */
  GArray *alone;          /* struct vhm_alone; empty: not re-run */
  GArray *remedies;       /* struct vhm_remedy */
  double suffers;         /* slow-down that counts */
  guint n_runs;           /* made for alone and remedies */
};

/* Adds nothing to the result; see vhm_diagnosis_add_series. NULL with an error of
 * an expression that does not fit the run. */
struct vhm_diagnosis *vhm_diagnosis_new (const struct vhm_rules *rules,
                                         const struct vhm_diagnosed *what,
                                         const struct vhm_result *result,
                                         GError **error);
void vhm_diagnosis_free (struct vhm_diagnosis *diagnosis);
/* The classes as series of `host`, for expectations, figures and tables. */
void vhm_diagnosis_add_series (const struct vhm_diagnosis *diagnosis,
                               struct vhm_result *result);

struct vhm_diagnosed *vhm_diagnosed_new (void);
void vhm_diagnosed_free (struct vhm_diagnosed *what);

typedef struct vhm_diagnosis vhm_diagnosis;
typedef struct vhm_diagnosed vhm_diagnosed;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_diagnosis, vhm_diagnosis_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_diagnosed, vhm_diagnosed_free)

#endif
