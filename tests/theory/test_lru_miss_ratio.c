/* Does exact LRU miss as often as theory and as drawing every reference say, in
 * next-fault mode and in the program's own every-reference mode?
 *
 * Theory: Che's formula for independent references. The characteristic time T
 * solves sum (1 - e^(-p T)) = capacity, and the miss ratio is sum p e^(-p T);
 * within 0.5 % relative. Drawing every reference: a two-sided t test of the
 * means of batches (Welch), 99.9 % for all 36 comparisons together
 * (Bonferroni). Fixed seeds. */
#include "every_reference.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>

#define N_PAGES 100000
#define N_BATCHES 40
#define FAMILY_ERROR 0.001
#define CHE_TOLERANCE 0.005
#define N_FAULTS 800000.0
#define N_REFERENCES 1600000.0

static const struct {
  const char *name;
  struct vhm_region_spec spec;
} patterns[] = {
  { "zipf 0.6", { .pattern = VHM_PATTERN_ZIPF, .exponent = 0.6 } },
  { "zipf 0.8", { .pattern = VHM_PATTERN_ZIPF, .exponent = 0.8 } },
  { "zipf 1.0", { .pattern = VHM_PATTERN_ZIPF, .exponent = 1.0 } },
  { "zipf 1.2", { .pattern = VHM_PATTERN_ZIPF, .exponent = 1.2 } },
  { "uniform", { .pattern = VHM_PATTERN_UNIFORM } },
  { "hot/cold",
    { .pattern = VHM_PATTERN_HOT_COLD, .hot = 0.2, .hot_weight = 0.8 } },
};

static const double capacities[] = { 0.1, 0.5, 0.9 };

#define N_CASES ((int) (G_N_ELEMENTS (patterns) * G_N_ELEMENTS (capacities)))

struct che {
  double time, miss;
};

static void
che_at (const double *p, double time, double *ret_capacity, double *ret_miss)
{
  double capacity = 0, miss = 0;
  for (uint32_t i = 0; i < N_PAGES; i++) {
    double old = exp (-p[i] * time);
    capacity += 1 - old;
    miss += p[i] * old;
  }
  *ret_capacity = capacity;
  *ret_miss = miss;
}

static struct che
che_formula (const double *p, double capacity)
{
  double low = 1, high = 1e12, in_memory, miss = 0;
  while (high / low > 1 + 1e-9) {
    double middle = sqrt (low * high);
    che_at (p, middle, &in_memory, &miss);
    if (in_memory < capacity)
      low = middle;
    else
      high = middle;
  }
  return (struct che){ low, miss };
}

/* The chance of each page in one reference. */
static double *
chances (const struct vhm_region_spec *spec)
{
  double *p = g_new (double, N_PAGES), sum = 0;
  for (uint32_t i = 0; i < N_PAGES; i++)
    sum += p[i] = every_weight (spec, i);
  for (uint32_t i = 0; i < N_PAGES; i++)
    p[i] /= sum;
  return p;
}

struct batches {
  double mean, error; /* of the mean */
};

static struct batches
summary (const double *x)
{
  double sum = 0, squares = 0;
  for (int i = 0; i < N_BATCHES; i++)
    sum += x[i];
  double mean = sum / N_BATCHES;
  for (int i = 0; i < N_BATCHES; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  return (struct batches){ mean, sqrt (squares / (N_BATCHES - 1) / N_BATCHES) };
}

/* In either mode, from `refs` without regions. */
static struct batches
run_stream (vhm_refs *refs, const struct vhm_region_spec *spec,
            uint32_t capacity, struct che che, double length)
{
  double ratio[N_BATCHES];
  vhm_refs_add_region (refs, spec);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  next_fault_run_lru (refs, ages, capacity, 3 * che.time);
  for (int i = 0; i < N_BATCHES; i++) {
    double until = vhm_refs_clock (refs) + length;
    ratio[i]
        = (double) next_fault_run_lru (refs, ages, capacity, until) / length;
  }
  return summary (ratio);
}

static struct batches
run_next_fault (const struct vhm_region_spec *spec, uint32_t capacity,
                struct che che, uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "next-fault");
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  return run_stream (refs, spec, capacity, che,
                     N_FAULTS / che.miss / N_BATCHES);
}

static struct batches
run_every_mode (const struct vhm_region_spec *spec, uint32_t capacity,
                struct che che, uint64_t seed)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "every mode");
  g_autoptr (vhm_refs) refs = vhm_refs_new_every (&rng);
  return run_stream (refs, spec, capacity, che, N_REFERENCES / N_BATCHES);
}

struct stationary {
  double age;
  uint32_t page;
};

static int
oldest_first (const void *a, const void *b)
{
  double x = ((const struct stationary *) a)->age;
  double y = ((const struct stationary *) b)->age;
  return (x < y) - (x > y);
}

/* The stationary LRU stack: pages in order of independent exponential ages. */
static void
fill_stationary (struct every *e, const double *p, uint32_t capacity)
{
  g_autofree struct stationary *page = g_new (struct stationary, N_PAGES);
  for (uint32_t i = 0; i < N_PAGES; i++)
    page[i] = (struct stationary){ vhm_rng_exp (&e->rng) / p[i], i };
  qsort (page, N_PAGES, sizeof *page, oldest_first);
  for (uint32_t i = N_PAGES - capacity; i < N_PAGES; i++)
    every_map (e, page[i].page, false);
}

static struct batches
run_every (const struct vhm_region_spec *spec, const double *p,
           uint32_t capacity, uint64_t seed)
{
  struct every e;
  double ratio[N_BATCHES], length = N_REFERENCES / N_BATCHES;
  every_init (&e, seed, "every");
  every_add_region (&e, spec);
  fill_stationary (&e, p, capacity);
  for (int i = 0; i < N_BATCHES; i++)
    ratio[i] = (double) every_run_lru (&e, capacity, e.clock + length) / length;
  every_clear (&e);
  return summary (ratio);
}

START_TEST (misses_as_often_as_che_and_every_reference)
{
  size_t k = (size_t) _i / G_N_ELEMENTS (capacities);
  double part = capacities[(size_t) _i % G_N_ELEMENTS (capacities)];
  struct vhm_region_spec spec = patterns[k].spec;
  spec.n_pages = spec.n_active = N_PAGES;
  spec.share = 1;
  uint32_t capacity = (uint32_t) lround (part * N_PAGES);
  g_autofree double *p = chances (&spec);
  struct che che = che_formula (p, capacity);
  struct batches fast = run_next_fault (&spec, capacity, che, (uint64_t) _i);
  struct batches slow = run_every (&spec, p, capacity, (uint64_t) _i);
  struct batches mode = run_every_mode (&spec, capacity, che, (uint64_t) _i);
  double t = (fast.mean - slow.mean) / hypot (fast.error, slow.error);
  double t_mode = (mode.mean - slow.mean) / hypot (mode.error, slow.error);
  double limit
      = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / (2 * N_CASES), N_BATCHES - 1);
  printf ("%-9s %.1f in memory: miss ratio Che %.6f, next-fault %.6f "
          "(%+.3f %%), every %.6f +- %.6f (t %+.2f), every-reference mode "
          "%.6f (t %+.2f)\n",
          patterns[k].name, part, che.miss, fast.mean,
          100 * (fast.mean / che.miss - 1), slow.mean, slow.error, t, mode.mean,
          t_mode);
  ck_assert_msg (fabs (fast.mean / che.miss - 1) < CHE_TOLERANCE,
                 "%s, %.1f: %g is not Che's %g", patterns[k].name, part,
                 fast.mean, che.miss);
  ck_assert_msg (fabs (t) < limit && fabs (t_mode) < limit,
                 "%s, %.1f: t = %g and %g against every reference",
                 patterns[k].name, part, t, t_mode);
}
END_TEST

SUITE ("lru_miss_ratio",
       tcase_add_loop_test (tc, misses_as_often_as_che_and_every_reference, 0,
                            N_CASES);)
