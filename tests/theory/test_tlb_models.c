/* Do TLBs hit as often as theory says?
 *
 *   inclusion   a hit in n entries is a hit in more (Mattson et al. 1970),
 *               access by access
 *   Mattson     fully associative: hits = accesses with stack distance < n,
 *               exactly (the distance counts other pages since the last visit)
 *   Che         fully associative, independent references: the sum over pages
 *               of p (1 - e^(-p T)), with T from sum (1 - e^(-p T)) = n. The
 *               formula itself is near: within 0.5 % of the misses beside the
 *               confidence interval of batch means
 *   Smith       set-associative: a visit at stack distance d misses in S sets of
 *               A ways with P[Binomial (d, 1/S) >= A] (Smith 1978; Hill and
 *               Smith 1989), summed over the measured distances. Pages lie at
 *               random, anew for each of the replications; a two-sided t test
 *
 * Confidence 99.9 % for all comparisons of a kind together (Bonferroni). Fixed
 * seeds. All counts come from whole accesses: vhm_mmu_run. */
#include "cpu_config.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vhm/model/translation.h>
#include <vhm/sim/rng.h>

#define FAMILY_ERROR 0.001
#define N_PAGES 6000
#define N_ACCESSES 60000

/* --- streams -------------------------------------------------------------- */

static double *
zipf_chances (uint32_t n, double exponent)
{
  double *p = g_new (double, n), sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += p[i] = pow (i + 1.0, -exponent);
  for (uint32_t i = 0; i < n; i++)
    p[i] /= sum;
  return p;
}

static uint32_t *
draw_stream (struct vhm_rng *rng, const double *p, uint32_t n_pages, size_t n)
{
  g_autofree double *upto = g_new (double, n_pages);
  uint32_t *stream = g_new (uint32_t, n);
  double sum = 0;
  for (uint32_t i = 0; i < n_pages; i++)
    upto[i] = sum += p[i];
  for (size_t i = 0; i < n; i++) {
    double u = vhm_rng_uniform (rng) * sum;
    uint32_t low = 0, high = n_pages - 1;
    while (low < high) {
      uint32_t middle = (low + high) / 2;
      if (upto[middle] > u)
        high = middle;
      else
        low = middle + 1;
    }
    stream[i] = low;
  }
  return stream;
}

/* Where the pages of a stream lie: at different random page numbers. */
static uint64_t *
scatter_pages (struct vhm_rng *rng, uint32_t n_pages)
{
  uint64_t *vpns = g_new (uint64_t, n_pages);
  uint64_t step = (UINT64_C (1) << 31) / n_pages;
  for (uint32_t i = 0; i < n_pages; i++)
    vpns[i] = i * step + vhm_rng_below (rng, step);
  return vpns;
}

/* --- one TLB array, asked through whole accesses -------------------------- */

struct one_tlb {
  struct vhm_cpu_tlb array;
  struct vhm_cpu_config cpu;
  vhm_llc *llc;
  vhm_mmu *mmu;
};

static void
one_tlb_init (struct one_tlb *tlb, uint64_t entries, uint64_t ways)
{
  tlb->array = (struct vhm_cpu_tlb){ .level = 2,
                                     .holds = VHM_TLB_BOTH,
                                     .holds_size = { true, false, false },
                                     .entries = entries,
                                     .ways = ways };
  tlb->cpu = forgetful_config ();
  tlb->cpu.tlbs = (struct vhm_list){ &tlb->array, 1 };
  tlb->llc = vhm_llc_new (&tlb->cpu);
  tlb->mmu = vhm_mmu_new (&tlb->cpu, tlb->llc);
}

static void
one_tlb_clear (struct one_tlb *tlb)
{
  vhm_mmu_free (tlb->mmu);
  vhm_llc_free (tlb->llc);
}

static uint64_t
misses_of (struct one_tlb *tlb, const uint64_t *vpns, const uint32_t *stream,
           size_t n)
{
  const struct vhm_space native
      = { .paging = VHM_PAGING_NATIVE, .guest_levels = 4 };
  const struct vhm_pace pace = { 10, 10, true };
  g_autofree struct vhm_access *accesses = g_new0 (struct vhm_access, n);
  struct vhm_cost cost = { 0 };
  for (size_t i = 0; i < n; i++)
    accesses[i].vpn = (uint32_t) vpns[stream[i]];
  vhm_mmu_run (tlb->mmu, &native, &pace, accesses, n, &cost);
  return cost.l2_misses;
}

/* --- stack distances, by moving to the front of a list -------------------- */

#define NEVER UINT32_MAX

static uint32_t *
stack_distances (const uint32_t *stream, size_t n)
{
  g_autofree uint32_t *stack = g_new (uint32_t, n + 1);
  uint32_t *distances = g_new (uint32_t, n), depth = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t at = 0;
    while (at < depth && stack[at] != stream[i])
      at++;
    distances[i] = at < depth ? at : NEVER;
    depth += at == depth;
    memmove (stack + 1, stack, at * sizeof *stack);
    stack[0] = stream[i];
  }
  return distances;
}

/* --- inclusion and Mattson ------------------------------------------------ */

static const struct {
  const char *name;
  double exponent;
} streams[] = { { "uniform", 0 }, { "zipf 0.8", .8 }, { "zipf 1.2", 1.2 } };

static const uint64_t sizes[]
    = { 1, 4, 15, 16, 17, 24, 64, 72, 100, 512, 1024, 1536, 3000 };

static uint32_t *
stream_number (size_t i, uint64_t **ret_vpns)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, i, "stream");
  g_autofree double *p = zipf_chances (N_PAGES, streams[i].exponent);
  *ret_vpns = scatter_pages (&rng, N_PAGES);
  return draw_stream (&rng, p, N_PAGES, N_ACCESSES);
}

START_TEST (a_hit_is_a_hit_in_more_entries_too)
{
  uint64_t *all;
  g_autofree uint32_t *stream = stream_number ((size_t) _i, &all);
  g_autofree uint64_t *vpns = all;
  struct one_tlb tlbs[G_N_ELEMENTS (sizes)];
  uint64_t n_differ = 0;
  for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++)
    one_tlb_init (&tlbs[k], sizes[k], 0);
  for (size_t i = 0; i < N_ACCESSES; i++) {
    bool was_hit = false;
    for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++) {
      bool is_hit = misses_of (&tlbs[k], vpns, stream + i, 1) == 0;
      ck_assert_msg (is_hit || !was_hit,
                     "%s: access %zu hits %" PRIu64 " entries, not %" PRIu64,
                     streams[_i].name, i, sizes[k - (k > 0)], sizes[k]);
      n_differ += is_hit && !was_hit && k > 0;
      was_hit = is_hit;
    }
  }
  ck_assert_uint_gt (n_differ, 1000); /* else nothing was compared */
  for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++)
    one_tlb_clear (&tlbs[k]);
}
END_TEST

START_TEST (misses_are_those_of_the_stack_distances)
{
  uint64_t *all;
  g_autofree uint32_t *stream = stream_number ((size_t) _i, &all);
  g_autofree uint64_t *vpns = all;
  g_autofree uint32_t *distances = stack_distances (stream, N_ACCESSES);
  for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++) {
    struct one_tlb tlb;
    uint64_t expected = 0;
    for (size_t i = 0; i < N_ACCESSES; i++)
      expected += distances[i] >= sizes[k];
    one_tlb_init (&tlb, sizes[k], 0);
    uint64_t misses = misses_of (&tlb, vpns, stream, N_ACCESSES);
    printf ("%-8s %4" PRIu64 " entries: %5" PRIu64 " misses, Mattson %5" PRIu64
            "\n",
            streams[_i].name, sizes[k], misses, expected);
    ck_assert_uint_eq (misses, expected);
    one_tlb_clear (&tlb);
  }
}
END_TEST

/* --- Che ------------------------------------------------------------------ */

#define CHE_PAGES 20000
#define CHE_BATCHES 40
#define CHE_BATCH 20000
#define CHE_TOLERANCE 0.005 /* of the miss ratio: the formula's own error */

static const struct {
  double exponent;
  uint64_t entries;
} che_cases[] = { { 0, 1536 },  { .8, 64 },  { .8, 512 },
                  { .8, 1536 }, { 1.2, 64 }, { 1.2, 1536 } };

static double
che_misses (const double *p, double entries)
{
  double low = 1, high = 1e9, miss = 0;
  while (high / low > 1 + 1e-12) {
    double time = sqrt (low * high), inside = 0;
    miss = 0;
    for (uint32_t i = 0; i < CHE_PAGES; i++) {
      inside -= expm1 (-p[i] * time);
      miss += p[i] * exp (-p[i] * time);
    }
    if (inside < entries)
      low = time;
    else
      high = time;
  }
  return miss;
}

struct summary {
  double mean, error; /* of the mean */
};

static struct summary
summarize (const double *x, int n)
{
  double sum = 0, squares = 0;
  for (int i = 0; i < n; i++)
    sum += x[i];
  for (int i = 0; i < n; i++)
    squares += (x[i] - sum / n) * (x[i] - sum / n);
  return (struct summary){ sum / n, sqrt (squares / (n - 1) / n) };
}

START_TEST (misses_as_often_as_che_says)
{
  struct vhm_rng rng;
  struct one_tlb tlb;
  double ratios[CHE_BATCHES];
  g_autofree double *p = zipf_chances (CHE_PAGES, che_cases[_i].exponent);
  vhm_rng_init (&rng, (uint64_t) _i, "che");
  g_autofree uint64_t *vpns = scatter_pages (&rng, CHE_PAGES);
  one_tlb_init (&tlb, che_cases[_i].entries, 0);
  for (int i = -1; i < CHE_BATCHES; i++) { /* one to warm up */
    g_autofree uint32_t *stream = draw_stream (&rng, p, CHE_PAGES, CHE_BATCH);
    uint64_t misses = misses_of (&tlb, vpns, stream, CHE_BATCH);
    if (i >= 0)
      ratios[i] = (double) misses / CHE_BATCH;
  }
  struct summary s = summarize (ratios, CHE_BATCHES);
  double che = che_misses (p, (double) che_cases[_i].entries);
  double t = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / G_N_ELEMENTS (che_cases),
                                 CHE_BATCHES - 1);
  printf ("zipf %.1f, %4" PRIu64 " entries: miss ratio %.5f +- %.5f, Che %.5f "
          "(%+.2f %%)\n",
          che_cases[_i].exponent, che_cases[_i].entries, s.mean, t * s.error,
          che, 100 * (s.mean / che - 1));
  ck_assert_double_le (fabs (s.mean - che), t * s.error + CHE_TOLERANCE * che);
  ck_assert_double_lt (t * s.error,
                       0.03 * che); /* the interval says something */
  one_tlb_clear (&tlb);
}
END_TEST

/* --- Smith ---------------------------------------------------------------- */

#define N_PLACEMENTS 30

static const struct {
  uint64_t entries, ways;
  size_t stream;
} smith_cases[] = {
  { 1536, 12, 1 }, { 1536, 12, 0 }, { 1024, 8, 1 }, { 512, 4, 1 },
  { 2048, 8, 1 },  { 64, 4, 2 },    { 1536, 6, 2 }, { 256, 1, 1 },
};

static double
smith_misses (const uint32_t *distances, uint64_t sets, uint64_t ways)
{
  g_autofree double *chance = g_new (double, N_PAGES);
  double misses = 0;
  for (unsigned d = 0; d < N_PAGES; d++)
    chance[d]
        = gsl_cdf_binomial_Q ((unsigned) ways - 1, 1.0 / (double) sets, d);
  for (size_t i = 0; i < N_ACCESSES; i++)
    misses += distances[i] == NEVER ? 1 : chance[distances[i]];
  return misses / N_ACCESSES;
}

START_TEST (misses_as_often_as_smith_says)
{
  uint64_t entries = smith_cases[_i].entries, ways = smith_cases[_i].ways;
  uint64_t *all;
  g_autofree uint32_t *stream = stream_number (smith_cases[_i].stream, &all);
  g_free (all);
  g_autofree uint32_t *distances = stack_distances (stream, N_ACCESSES);
  double ratios[N_PLACEMENTS];
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) _i, "smith");
  for (int i = 0; i < N_PLACEMENTS; i++) {
    struct one_tlb tlb;
    g_autofree uint64_t *vpns = scatter_pages (&rng, N_PAGES);
    one_tlb_init (&tlb, entries, ways);
    ratios[i]
        = (double) misses_of (&tlb, vpns, stream, N_ACCESSES) / N_ACCESSES;
    one_tlb_clear (&tlb);
  }
  struct summary s = summarize (ratios, N_PLACEMENTS);
  double smith = smith_misses (distances, entries / ways, ways);
  double limit = gsl_cdf_tdist_Qinv (
      FAMILY_ERROR / 2 / G_N_ELEMENTS (smith_cases), N_PLACEMENTS - 1);
  double t = (s.mean - smith) / s.error;
  uint64_t full = 0;
  for (size_t i = 0; i < N_ACCESSES; i++)
    full += distances[i] >= entries;
  printf ("%-8s %4" PRIu64 " entries, %2" PRIu64 " ways: miss ratio %.5f +- "
          "%.5f, Smith %.5f (t %+.2f), fully associative %.5f\n",
          streams[smith_cases[_i].stream].name, entries, ways, s.mean, s.error,
          smith, t, (double) full / N_ACCESSES);
  ck_assert_msg (fabs (t) < limit, "t = %g", t);
  ck_assert_double_lt (s.error, 0.005 * smith);
}
END_TEST

SUITE ("tlb_models",
       tcase_add_loop_test (tc, a_hit_is_a_hit_in_more_entries_too, 0,
                            G_N_ELEMENTS (streams));
       tcase_add_loop_test (tc, misses_are_those_of_the_stack_distances, 0,
                            G_N_ELEMENTS (streams));
       tcase_add_loop_test (tc, misses_as_often_as_che_says, 0,
                            G_N_ELEMENTS (che_cases));
       tcase_add_loop_test (tc, misses_as_often_as_smith_says, 0,
                            G_N_ELEMENTS (smith_cases));)
