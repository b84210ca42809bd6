/* How fast is it to draw every reference? Exact LRU over a zipf region of 10^6
 * pages, half of them in memory: references a second with all bits set, faults
 * and evictions among them; and drawing alone.
 */
#include "bench.h"

#include <vhm/model/reference.h>

#define N_PAGES 1000000
#define EXPONENT 0.8
#define N_REFERENCES UINT64_C (20000000)
#define N_WARM_UP UINT64_C (10000000)
#define QUICK_FACTOR 10
#define N_BURST 4096

struct every_bench {
  vhm_refs *refs;
  vhm_ages *ages;
  vhm_sampler *sampler;
};

static void
serve (struct every_bench *bench, uint32_t page, bool write)
{
  uint32_t victim;
  double accessed;
  if (vhm_ages_n (bench->ages) >= N_PAGES / 2
      && vhm_ages_pop (bench->ages, &victim, &accessed))
    vhm_refs_unmap (bench->refs, victim);
  vhm_refs_map (bench->refs, page, write, true);
  vhm_ages_insert (bench->ages, page);
}

static double
references_per_s (uint64_t n, void *context)
{
  struct every_bench *bench = context;
  double start = bench_seconds (), clock = vhm_refs_clock (bench->refs);
  while (vhm_refs_clock (bench->refs) - clock < (double) n) {
    bool write;
    vhm_refs_advance (bench->refs, vhm_refs_next (bench->refs));
    uint32_t page = vhm_refs_trap (bench->refs, &write);
    if (page != VHM_NO_PAGE)
      serve (bench, page, write);
  }
  return (vhm_refs_clock (bench->refs) - clock) / (bench_seconds () - start);
}

static double
draws_per_s (uint64_t n, void *context)
{
  struct every_bench *bench = context;
  struct vhm_reference drawn[N_BURST];
  double start = bench_seconds ();
  for (uint64_t done = 0; done < n; done += N_BURST)
    vhm_sampler_draw (bench->sampler, N_BURST, drawn);
  return (double) n / (bench_seconds () - start);
}

int
bench_every (const struct bench_options *options)
{
  uint64_t cut = options->is_quick ? QUICK_FACTOR : 1;
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "bench");
  g_autoptr (vhm_refs) refs = vhm_refs_new_every (&rng);
  const struct vhm_region_spec spec = { .pattern = VHM_PATTERN_ZIPF,
                                        .n_pages = N_PAGES,
                                        .n_active = N_PAGES,
                                        .share = 1,
                                        .write = 0.3,
                                        .exponent = EXPONENT };
  vhm_refs_add_region (refs, &spec);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  g_autoptr (vhm_sampler) sampler = vhm_sampler_new (refs, &rng);
  struct every_bench bench = { refs, ages, sampler };
  references_per_s (N_WARM_UP / cut, &bench);
  int n_slow = bench_print_rate (
      options, "every reference: bare LRU, zipf 0.8, 10^6 pages, half resident",
      bench_median (references_per_s, N_REFERENCES / cut, &bench), 15, 30);
  bench_print_rate (options, "  drawing alone",
                    bench_median (draws_per_s, N_REFERENCES / cut, &bench), 0,
                    0);
  return n_slow;
}
