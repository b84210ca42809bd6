/* How fast is the next-fault core? Exact LRU over one zipf region of 10^6
 * pages: faults with eviction a second at half the pages in memory, references
 * simulated a second, whatever they cost, at a miss ratio of 10^-4; looks a
 * fault, bytes a page, and the miss ratio beside Che's.
 */
#include "bench.h"

#include <math.h>

#include <vhm/model/reference.h>

#define N_PAGES 1000000
#define EXPONENT 1.0
#define N_FAULTS UINT64_C (500000)
#define N_RARE UINT64_C (20000) /* at the low miss ratio */
#define QUICK_FACTOR 10
#define LOW_MISS 1e-4
#define TRACE_SIMULATOR 7.3 /* M requests/s, a trace-driven LRU simulator */

struct lru_bench {
  vhm_refs *refs;
  vhm_ages *ages;
  uint32_t capacity;
  uint64_t n_faults;
};

static void
serve (struct lru_bench *bench)
{
  bench->n_faults++;
  bool write;
  uint32_t victim;
  double accessed;
  vhm_refs_advance (bench->refs, vhm_refs_next (bench->refs));
  uint32_t page = vhm_refs_trap (bench->refs, &write);
  if (vhm_ages_n (bench->ages) >= bench->capacity
      && vhm_ages_pop (bench->ages, &victim, &accessed))
    vhm_refs_unmap (bench->refs, victim);
  vhm_refs_map (bench->refs, page, write, true);
  vhm_ages_insert (bench->ages, page);
}

static double
weight (uint32_t i)
{
  return pow (i + 1.0, -EXPONENT);
}

/* Che: the sum over pages of the chance to be in memory at characteristic time
 * `t` is the capacity. */
static void
che (double t, double *ret_capacity, double *ret_miss)
{
  double sum = 0, capacity = 0, miss = 0;
  for (uint32_t i = 0; i < N_PAGES; i++)
    sum += weight (i);
  for (uint32_t i = 0; i < N_PAGES; i++) {
    double p = weight (i) / sum;
    capacity -= expm1 (-p * t);
    miss += p * exp (-p * t);
  }
  *ret_capacity = capacity;
  *ret_miss = miss;
}

static double
time_for_miss (double wanted)
{
  double low = 1, high = 1e10, capacity, miss;
  for (int i = 0; i < 60; i++) {
    double middle = sqrt (low * high);
    che (middle, &capacity, &miss);
    if (miss > wanted)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static double
faults_per_s (uint64_t n, void *context)
{
  double start = bench_seconds ();
  for (uint64_t i = 0; i < n; i++)
    serve (context);
  return (double) n / (bench_seconds () - start);
}

static void
print_figure (const char *name, const char *unit, double value)
{
  bench_print (
      &(struct bench_row){ .name = name, .unit = unit, .value = value });
}

struct measured {
  double per_s, miss, looks;
};

static struct measured
measure (uint32_t capacity, uint64_t n_faults, double *ret_bytes)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "bench");
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  struct vhm_region_spec spec = { .pattern = VHM_PATTERN_ZIPF,
                                  .n_pages = N_PAGES,
                                  .n_active = N_PAGES,
                                  .share = 1,
                                  .write = 0.3,
                                  .exponent = EXPONENT };
  vhm_refs_add_region (refs, &spec);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  struct lru_bench bench = { refs, ages, capacity, 0 };
  faults_per_s (capacity + n_faults, &bench); /* into the steady state */
  double from = vhm_refs_clock (refs);
  uint64_t looks = vhm_ages_n_redraws (ages);
  bench.n_faults = 0;
  double per_s = bench_median (faults_per_s, n_faults, &bench);
  looks = vhm_ages_n_redraws (ages) - looks;
  *ret_bytes = (double) vhm_refs_bytes (refs) / N_PAGES;
  return (struct measured){
    .per_s = per_s,
    .miss = (double) bench.n_faults / (vhm_refs_clock (refs) - from),
    .looks = (double) looks / (double) bench.n_faults,
  };
}

int
bench_reference (const struct bench_options *options)
{
  uint64_t cut = options->is_quick ? QUICK_FACTOR : 1;
  double capacity, miss, bytes;
  struct measured half = measure (N_PAGES / 2, N_FAULTS / cut, &bytes);
  int n_slow = bench_print_rate (options, "LRU fault + eviction, 10^6 pages",
                                 half.per_s, 1.5, 3);
  print_figure ("  miss ratio (Che: 6.8945 %)", "%", 100 * half.miss);
  print_figure ("  looks a fault", "looks", half.looks);
  print_figure ("  state of a page", "bytes", bytes);
  che (time_for_miss (LOW_MISS), &capacity, &miss);
  struct measured low
      = measure ((uint32_t) lround (capacity), N_RARE / cut, &bytes);
  n_slow += bench_print_rate (options, "references at a miss ratio of 10^-4",
                              low.per_s / low.miss, 300 * TRACE_SIMULATOR,
                              3000 * TRACE_SIMULATOR);
  print_figure ("  miss ratio, times 10^4 (Che: 1)", "", 1e4 * low.miss);
  print_figure ("  looks a fault", "looks", low.looks);
  print_figure ("  state of a page", "bytes", bytes);
  return n_slow;
}
