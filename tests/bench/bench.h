/* What the parts of vhm-bench share: how a figure is measured and printed.
 *
 * A part is a function in a file of its own and one line in the table of
 * main.c. It measures with bench_median and prints rows with bench_print.
 */
#ifndef VHM_TESTS_BENCH_H
#define VHM_TESTS_BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct bench_options {
  bool is_quick;  /* a tenth of the work: a smoke test, not a measurement */
  double load_ns; /* of one dependent load from memory, on this machine */
};

struct bench_row {
  const char *name;
  const char *unit;  /* of a rate, if there is a floor: more is better */
  double value;      /* median of the repetitions */
  double floor;      /* below it something is broken; 0: none */
  double aim;        /* what the part is meant to reach; 0: none */
  double load_ratio; /* ns an operation / load_ns; 0: not an operation */
};

/* One measurement of `n` operations: operations a second, or what the row
 * shows. */
typedef double (*bench_fn) (uint64_t n, void *context);

double bench_seconds (void); /* monotonic */
double bench_median (bench_fn measure, uint64_t n, void *context);
void bench_print (const struct bench_row *row);
/* A row of a rate, in millions a second. Returns 1 below the floor, else 0. */
int bench_print_rate (const struct bench_options *options, const char *name,
                      double per_s, double floor_mega, double aim_mega);

/* The parts. Each returns how many of its rows are below their floor. */
int bench_engine (const struct bench_options *options);
int bench_reference (const struct bench_options *options);
int bench_every (const struct bench_options *options);
int bench_host (const struct bench_options *options);
int bench_trace (const struct bench_options *options);
int bench_disk (const struct bench_options *options);
int bench_translation (const struct bench_options *options);

/* Latency of one dependent load in ns. */
double bench_load_ns (const struct bench_options *options);

#endif
