/* Measures what a visit costs: warms up, then runs until the mean is known as
 * well as asked, or until it has cost enough.
 *
 * The source runs visits and adds up what they cost; it goes on where it
 * stopped. Everything else (what warm means, how neighbours depend, when to
 * stop) is decided here. Deterministic: same source, same options, same answer.
 *
 * No allocation. Not thread-safe.
 */
#ifndef VHM_MODEL_MEASURE_H
#define VHM_MODEL_MEASURE_H

#include <vhm/model/translation.h>
#include <vhm/sim/stats.h>

struct vhm_measure_source {
  /* Runs n visits and adds to *cost: at least accesses, total_cyc and
   * exposed_cyc. */
  void (*run) (void *context, uint64_t n, struct vhm_cost *cost);
  void *context;
};

struct vhm_measure_options {
  double relative_error; /* half width of the interval / mean */
  double confidence;     /* 0.95 */
  uint64_t least_warm_up; /* visits; see vhm_measure_warm_up */
  uint64_t most;         /* visits in all, warm-up included */
  uint64_t batch;        /* visits a batch to begin with; 0: 1000 */
};

struct vhm_measured {
  /* Cycles a visit. `exposed` decides when to stop. */
  struct vhm_interval exposed, total;
  uint64_t n_warm_up, n_visits; /* those after it */
  bool is_warm;    /* false: `most` cut the warm-up short */
  bool is_precise; /* false: `most` came before the asked error */
  struct vhm_cost cost; /* of the n_visits */
};

void vhm_measure (const struct vhm_measure_source *source,
                  const struct vhm_measure_options *options,
                  struct vhm_measured *ret);

/* Interval of the mean from n means of like batches in order: put together in
 * groups until neighbours hardly depend, and widened by the dependence that is
 * left. False if that is still too much to rely on. */
bool vhm_measure_interval (const double *means, size_t n, double confidence,
                           struct vhm_interval *ret);

/* Visits that can fill TLBs, paging-structure caches and data caches: as many
 * as all of them have entries and lines. The warm-up is at least thrice that. */
uint64_t vhm_measure_warm_up (const struct vhm_cpu_config *cpu);

#endif
