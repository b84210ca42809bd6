/* What vhm compare looks at: the one place that says which numbers of a run are
 * compared when nobody asks for more, and which curves are drawn.
 *
 * The fewer numbers are judged together, the smaller a difference may be and
 * still be shown (Holm); numbers about the measuring, and numbers that repeat
 * others, would only cost that. */
#ifndef SIM_COMMAND_MEASURES_H
#define SIM_COMMAND_MEASURES_H

#include <stdbool.h>

#include <vhm/report/comparison.h>

enum measure_kind {
  MEASURE_SUMMARY, /* a row of the summary */
  MEASURE_MEAN,    /* of a counter, over time */
  MEASURE_LEDGER,  /* an account */
};

/* Throughput, latency, faults, input and output, accounts. */
bool measure_is_usual (enum measure_kind kind, const char *key);

/* Curves side by side. `keys` are counters that are added up; one that the run
 * does not have is left out. */
enum { MEASURE_N_CHARTS = 3, MEASURE_N_KEYS = 3 };
struct measure_chart {
  struct vhm_comparison_chart chart;
  const char *keys[MEASURE_N_KEYS];
};
extern const struct measure_chart measure_charts[MEASURE_N_CHARTS];

#endif
