/* How fast are translation structures simulated? One processor like Skylake-SP
 * goes round five guests of 4 GiB, 1000 accesses each in turn: zipf 0.8 over
 * pages in random order, 4K pages under SLAT on 4K, every access with its data
 * line. Beside the rate: how much work an access was.
 */
#include "bench.h"
#include "cpu_config.h"

#include <math.h>

#include <vhm/model/translation.h>
#include <vhm/sim/rng.h>

#define N_SPACES 5
#define N_PAGES (UINT32_C (1) << 20) /* 4 GiB */
#define N_DRAWN UINT64_C (1000000)   /* accesses of a space, drawn before */
#define N_ACCESSES UINT64_C (5000000)
#define TURN 1000
#define EXPONENT 0.8
#define QUICK_FACTOR 10
#define FLOOR_MEGA 10.0
#define AIM_MEGA 16.7 /* 60 ns each */

struct translation_bench {
  vhm_mmu *mmu;
  struct vhm_access *accesses[N_SPACES];
  uint64_t n_drawn, at;
  struct vhm_cost cost;
};

static uint32_t *
shuffled_pages (struct vhm_rng *rng)
{
  uint32_t *pages = g_new (uint32_t, N_PAGES);
  for (uint32_t i = 0; i < N_PAGES; i++) {
    uint32_t j = (uint32_t) vhm_rng_below (rng, i + 1);
    pages[i] = pages[j];
    pages[j] = i;
  }
  return pages;
}

static uint32_t
draw_rank (struct vhm_rng *rng, const double *upto)
{
  double u = vhm_rng_uniform (rng) * upto[N_PAGES - 1];
  uint32_t low = 0, high = N_PAGES - 1;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (upto[middle] > u)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static struct vhm_access *
draw_accesses (struct vhm_rng *rng, const double *upto, uint64_t n)
{
  g_autofree uint32_t *page_of = shuffled_pages (rng);
  g_autofree uint32_t *frame_of = shuffled_pages (rng);
  struct vhm_access *accesses = g_new (struct vhm_access, n);
  for (uint64_t i = 0; i < n; i++) {
    uint32_t page = page_of[draw_rank (rng, upto)];
    accesses[i]
        = (struct vhm_access){ .vpn = page,
                               .gfn = frame_of[page],
                               .line = (uint8_t) vhm_rng_below (rng, 64) };
  }
  return accesses;
}

static double *
zipf_upto (void)
{
  double *upto = g_new (double, N_PAGES), sum = 0;
  for (uint32_t i = 0; i < N_PAGES; i++)
    upto[i] = sum += pow (i + 1.0, -EXPONENT);
  return upto;
}

static struct vhm_space
space_number (uint64_t i)
{
  return (struct vhm_space){ .paging = VHM_PAGING_SLAT,
                             .vpid = (uint16_t) (i % N_SPACES + 1),
                             .guest_levels = 4,
                             .host_levels = 4 };
}

static double
accesses_per_s (uint64_t n, void *context)
{
  struct translation_bench *bench = context;
  const struct vhm_pace pace = { 100, 100, true };
  double start = bench_seconds ();
  for (uint64_t done = 0; done < n; done += TURN, bench->at++) {
    struct vhm_space from = space_number (bench->at + N_SPACES - 1);
    struct vhm_space to = space_number (bench->at);
    uint64_t first = bench->at / N_SPACES * TURN % bench->n_drawn;
    vhm_mmu_switch (bench->mmu, &from, &to);
    vhm_mmu_run (bench->mmu, &to, &pace,
                 bench->accesses[bench->at % N_SPACES] + first, TURN,
                 &bench->cost);
  }
  return (double) n / (bench_seconds () - start);
}

static void
print_figure (const char *name, const char *unit, double value)
{
  bench_print (
      &(struct bench_row){ .name = name, .unit = unit, .value = value });
}

int
bench_translation (const struct bench_options *options)
{
  uint64_t cut = options->is_quick ? QUICK_FACTOR : 1;
  struct vhm_cpu_config cpu = skylake_config ();
  g_autoptr (vhm_llc) llc = vhm_llc_new (&cpu);
  g_autoptr (vhm_mmu) mmu = vhm_mmu_new (&cpu, llc);
  struct translation_bench bench = { .mmu = mmu, .n_drawn = N_DRAWN / cut };
  g_autofree double *upto = zipf_upto ();
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "translation");
  for (int i = 0; i < N_SPACES; i++)
    bench.accesses[i] = draw_accesses (&rng, upto, bench.n_drawn);
  accesses_per_s (N_ACCESSES / cut, &bench); /* warm */
  bench.cost = (struct vhm_cost){ 0 };
  double per_s = bench_median (accesses_per_s, N_ACCESSES / cut, &bench);
  int n_slow = bench_print_rate (options, "translation: accesses, SLAT 4K+4K",
                                 per_s, FLOOR_MEGA, AIM_MEGA);
  double n = (double) bench.cost.accesses;
  print_figure ("  walks", "%", 100 * (double) bench.cost.l2_misses / n);
  print_figure ("  references a walk", "refs",
                (double) bench.cost.references / (double) bench.cost.l2_misses);
  print_figure ("  of these from memory", "refs",
                (double) bench.cost.dram / (double) bench.cost.l2_misses);
  print_figure ("  cycles of an access", "cycles", bench.cost.total_cyc / n);
  print_figure ("  of these exposed translation", "cycles",
                bench.cost.exposed_cyc / n);
  for (int i = 0; i < N_SPACES; i++)
    g_free (bench.accesses[i]);
  return n_slow;
}
