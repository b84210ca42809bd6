/* How fast is the next-fault core? Exact LRU over one zipf region of 10^6
 * pages: (a) faults with eviction a second at half the pages in memory, (b)
 * references simulated a second, whatever they cost, at a miss ratio of 10^-4,
 * (c) looks a fault and bytes a page. Runs on the processor clock of the
 * caller; prints the achieved miss ratio beside Che's. */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <vhm/model/reference.h>

#define N_PAGES 1000000
#define EXPONENT 1.0

struct lru_bench {
  vhm_refs *refs;
  vhm_ages *ages;
  uint32_t capacity;
};

static double
seconds (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
serve (struct lru_bench *bench)
{
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

static void
measure (const char *name, uint32_t capacity, double expected,
         uint64_t n_faults)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, name);
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  struct vhm_region_spec spec = { .pattern = VHM_PATTERN_ZIPF,
                                  .n_pages = N_PAGES,
                                  .n_active = N_PAGES,
                                  .share = 1,
                                  .write = 0.3,
                                  .exponent = EXPONENT };
  vhm_refs_add_region (refs, &spec);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  struct lru_bench bench = { refs, ages, capacity };
  uint64_t warm_up = capacity + n_faults / 2;
  for (uint64_t i = 0; i < warm_up; i++)
    serve (&bench);
  double start = seconds (), from = vhm_refs_clock (refs);
  uint64_t redraws = vhm_ages_n_redraws (ages);
  for (uint64_t i = 0; i < n_faults; i++)
    serve (&bench);
  double took = seconds () - start, passed = vhm_refs_clock (refs) - from;
  printf ("%s: %.2f M faults/s, %.3g references/s, miss ratio %.6g (Che %.6g), "
          "%.2f looks a fault, %.1f bytes a page\n",
          name, 1e-6 * (double)n_faults / took, passed / took,
          (double)n_faults / passed, expected,
          (double)(vhm_ages_n_redraws (ages) - redraws) / (double)n_faults,
          (double)vhm_refs_bytes (refs) / N_PAGES);
}

void bench_reference (void);

void
bench_reference (void)
{
  double capacity, miss;
  measure ("lru, half in memory", 500000, 0.068945, 3000000);
  che (time_for_miss (1e-4), &capacity, &miss);
  measure ("lru, miss ratio 1e-4", (uint32_t)lround (capacity), miss, 100000);
}

#ifdef BENCH_ALONE
int
main (void)
{
  bench_reference ();
  return 0;
}
#endif
