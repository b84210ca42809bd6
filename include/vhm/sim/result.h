/* What a run answers: the numbers that go into result.json, series.csv, the
 * figures and the report. Models fill it through series and tables; reports
 * read it and know nothing else.
 *
 * Series: sampled at times common to all, one double a sample. The counter row
 * (struct vhm_counter) is the one place for a counter's name, unit and meaning:
 * the CSV header, the axis label and the report all read it.
 */
#ifndef VHM_SIM_RESULT_H
#define VHM_SIM_RESULT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Dimension of a number. Values are kept in the base unit. */
enum vhm_unit {
  VHM_UNIT_NONE,      /* count, ratio      */
  VHM_UNIT_BYTES,     /* shown in MiB/GiB  */
  VHM_UNIT_PERCENT,   /* 100 = whole       */
  VHM_UNIT_PER_S,     /* events a second   */
  VHM_UNIT_SECONDS,   /* shown fitting     */
  VHM_UNIT_CYCLES,
  VHM_N_UNITS
};

/* One row of a counter table. */
struct vhm_counter {
  const char *key;     /* in expressions and figures: "physical_memory" */
  const char *title;   /* as the field's tools name it: "Physical Memory" */
  const char *object;  /* their object: "Hyper-V Dynamic Memory VM" or NULL */
  enum vhm_unit unit;
  const char *help;
};

/* A sampled counter of one instance ("guest5", "host", "balancer"). */
struct vhm_series {
  char *instance;
  const struct vhm_counter *counter;
  double *values; /* result->n_samples of them; NAN = no sample */
};

enum vhm_expect_state {
  VHM_EXPECT_PASS,
  VHM_EXPECT_FAIL,
  VHM_EXPECT_KNOWN_MISS, /* fails, and the scenario says why it must */
  VHM_EXPECT_SURPRISE,   /* a declared miss that passed: the reason is stale */
};

struct vhm_expectation {
  char *name;      /* "row 7" or the scenario's name */
  char *that;      /* the expression as written */
  char *published; /* as printed there, or NULL */
  char *source;    /* or NULL */
  char *figure;    /* "fig. 10", or NULL */
  char *known_miss; /* the reason given in the scenario, or NULL */
  enum vhm_unit unit;
  double value, low, high; /* base unit; low/high may be infinite */
  bool pass;
};

/* One account of the cycle ledger for one guest. */
struct vhm_ledger_row {
  char *guest;
  const char *account; /* "compute", "blocked on guest paging" ... */
  uint64_t cycles;
};

/* What translating addresses would cost a process under one kind of paging:
 * cycles a page reference. */
struct vhm_translation_row {
  char *guest, *process;
  const char *paging; /* "native", "slat", "shadow" */
  bool is_in_force;   /* the run's own kind */
  double compute_cyc; /* the reference itself, translated for nothing */
  double l2_tlb_cyc, guest_walk_cyc, host_walk_cyc, vm_switch_cyc;
  double half_width_cyc; /* of the sum of these four */
  double upkeep_cyc;     /* of the shadow table, as often as this run changed it */
  uint64_t n_references; /* measured */
  uint64_t n_issued;     /* by the process's threads in this life of its guest */
};

/* A note about the run in words: something refused, something short. */
struct vhm_incident {
  double at_s;   /* simulated seconds from the start */
  char *who;     /* instance */
  char *what;    /* one sentence */
};

struct vhm_assumption {
  char *key, *value, *why;
};

/* A named number of the summary (throughput, latency percentile ...). */
struct vhm_summary_row {
  char *instance, *key, *help;
  enum vhm_unit unit;
  double value;
};

struct vhm_diagnosis;

struct vhm_result {
  char *scenario_path, *question, *source, *reading;
  char *resolved_yaml; /* the scenario with every default written out */
  char *version;
  uint64_t seed;
  uint64_t clock_hz;
  double start_s;      /* wall clock of sample 0: seconds after midnight */
  double interval_s;   /* between samples */
  double duration_s;
  size_t n_samples;    /* times are start_s + i * interval_s */
  uint64_t n_events, n_references, n_faults;
  GPtrArray *series;       /* struct vhm_series *, in order of creation */
  GPtrArray *expectations; /* struct vhm_expectation * */
  GPtrArray *ledger;       /* struct vhm_ledger_row * */
  GPtrArray *translation;  /* struct vhm_translation_row *, by guest and process */
  uint64_t n_measured;     /* references drawn to measure translation, in the run */
  GPtrArray *incidents;    /* struct vhm_incident * */
  GPtrArray *assumptions;  /* struct vhm_assumption * */
  GPtrArray *summary;      /* struct vhm_summary_row * */
  struct vhm_diagnosis *diagnosis; /* see diagnosis.h; NULL: not made */
};

struct vhm_result *vhm_result_new (void);
void vhm_result_free (struct vhm_result *result);
/* Adds a series of n_samples NANs; `counter` must outlive the result. */
struct vhm_series *vhm_result_add_series (struct vhm_result *result,
                                          const char *instance,
                                          const struct vhm_counter *counter);
const struct vhm_series *vhm_result_find (const struct vhm_result *result,
                                          const char *instance,
                                          const char *key);
enum vhm_expect_state vhm_expectation_state (const struct vhm_expectation *e);

#endif
