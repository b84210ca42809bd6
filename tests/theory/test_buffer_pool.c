/* A database's buffer pool: does it miss as often as theory and as drawing every
 * look-up say, and does it come to rest where its rules say?
 *
 * Misses: Che's formula for independent look-ups (pool.c), and every look-up drawn
 * one by one with LRU as a linked list (every_reference.h). Batches after a warm-up;
 * 99.9 % for all comparisons together (Bonferroni), and 0.5 % for Che's formula,
 * which is an approximation itself. Both modes of reference.
 *
 * Rest: with R pages of RAM, K of kernel, H of the high-memory threshold and a
 * growth of G a second, the pool ends in R - K - H + [0, G), follows memory that is
 * added, and keeps still to the page while available memory lies between the
 * thresholds. Fixed seeds. */
#include "every_reference.h"
#include "suite.h"
#include "world.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>

#define S VHM_NS_PER_S
#define MIB_PAGES 256
#define N_PAGES (40 * MIB_PAGES)
#define DATABASE "database: 40 MiB, "
#define N_BATCHES 40
#define FAMILY_ERROR 0.001
#define CHE_TOLERANCE 0.005
#define N_MISSES 200000.0
#define N_BRUTE 4000000.0 /* look-ups drawn one by one */

static const struct {
  const char *name, *keys;
  struct vhm_region_spec spec;
} patterns[] = {
  { "zipf 0.8",
    "exponent: 0.8",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 0.8 } },
  { "zipf 1.1",
    "exponent: 1.1",
    { .pattern = VHM_PATTERN_ZIPF, .exponent = 1.1 } },
  { "hot/cold",
    "pattern: hot-cold, hot: 20 %, hot_weight: 80 %",
    { .pattern = VHM_PATTERN_HOT_COLD, .hot = 0.2, .hot_weight = 0.8 } },
};

static const uint32_t pools_mib[] = { 4, 20, 36 };

#define N_CASES ((int) (G_N_ELEMENTS (patterns) * G_N_ELEMENTS (pools_mib)))

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

struct che {
  double time, miss;
};

static struct che
che_formula (const struct vhm_region_spec *spec, double capacity)
{
  g_autofree double *p = g_new (double, N_PAGES);
  double sum = 0, low = 1, high = 1e12, miss = 0;
  for (uint32_t i = 0; i < N_PAGES; i++)
    sum += p[i] = every_weight (spec, i);
  while (high / low > 1 + 1e-9) {
    double middle = sqrt (low * high), held = 0;
    miss = 0;
    for (uint32_t i = 0; i < N_PAGES; i++) {
      double old = exp (-p[i] / sum * middle);
      held += 1 - old;
      miss += p[i] / sum * old;
    }
    *(held < capacity ? &low : &high) = middle;
  }
  return (struct che){ low, miss };
}

/* Runs on until it has looked up so many pages; returns its misses. */
static double
look_up (struct world *w, vhm_guest *guest, double n)
{
  vhm_guest_sync (guest);
  struct vhm_app_cache c = vhm_guest_app_cache (guest);
  double until = c.n_lookups + n, before = (double) c.n_misses;
  while (c.n_lookups < until) {
    world_run (w, 20 * S);
    vhm_guest_sync (guest);
    c = vhm_guest_app_cache (guest);
  }
  return ((double) c.n_misses - before) / (n + c.n_lookups - until);
}

/* A guest with enough memory for a pool of just this size. */
static struct batches
run_pool (const char *keys, uint32_t pool_mib, struct che che, double length)
{
  struct world w;
  double ratio[N_BATCHES];
  world_open_ideal (&w, 1, "");
  g_autofree char *yaml = g_strdup_printf (
      DATABASE "minimum: %u MiB, maximum: %u MiB, threads: 1, "
               "cycles_per_reference: 100, references: 1000000, %s",
      pool_mib, pool_mib, keys);
  world_workload (&w, "buffer_pool", yaml);
  vhm_guest *guest = world_boot (&w, 1, 60 * MIB_PAGES, 60 * MIB_PAGES);
  look_up (&w, guest, 4 * che.time);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages,
                     pool_mib * MIB_PAGES);
  for (int i = 0; i < N_BATCHES; i++)
    ratio[i] = look_up (&w, guest, length);
  world_close (&w);
  return summary (ratio);
}

static struct batches
run_brute (const struct vhm_region_spec *spec, uint32_t pool_mib, uint64_t seed)
{
  struct every e;
  double ratio[N_BATCHES], length = N_BRUTE / N_BATCHES;
  uint32_t capacity = pool_mib * MIB_PAGES;
  every_init (&e, seed, "brute");
  every_add_region (&e, spec);
  every_run_lru (&e, capacity, 500000);
  for (int i = 0; i < N_BATCHES; i++)
    ratio[i] = (double) every_run_lru (&e, capacity, e.clock + length) / length;
  every_clear (&e);
  return summary (ratio);
}

START_TEST (misses_as_often_as_che_and_brute_force)
{
  size_t k = (size_t) _i / G_N_ELEMENTS (pools_mib);
  uint32_t mib = pools_mib[(size_t) _i % G_N_ELEMENTS (pools_mib)];
  struct vhm_region_spec spec = patterns[k].spec;
  spec.n_pages = spec.n_active = N_PAGES;
  spec.share = 1;
  struct che che = che_formula (&spec, mib * MIB_PAGES);
  struct batches fast
      = run_pool (patterns[k].keys, mib, che, N_MISSES / che.miss / N_BATCHES);
  struct batches slow = run_brute (&spec, mib, (uint64_t) _i);
  double t = (fast.mean - slow.mean) / hypot (fast.error, slow.error);
  double limit = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2 / N_CASES, N_BATCHES - 1);
  printf ("%s, %u of 40 MiB: hit ratio Che %.6f, pool %.6f +- %.6f, every "
          "look-up %.6f +- %.6f (t %+.2f)\n",
          patterns[k].name, mib, 1 - che.miss, 1 - fast.mean, fast.error,
          1 - slow.mean, slow.error, t);
  ck_assert_msg (fabs (fast.mean - che.miss)
                     < CHE_TOLERANCE * che.miss + limit * fast.error,
                 "%s, %u MiB: %g is not Che's %g", patterns[k].name, mib,
                 fast.mean, che.miss);
  ck_assert_msg (fabs (t) < limit, "%s, %u MiB: t = %g against every look-up",
                 patterns[k].name, mib, t);
}
END_TEST

/* The mode of every reference is the same pool. */
START_TEST (every_reference_mode_misses_as_often)
{
  struct vhm_region_spec spec = patterns[0].spec;
  spec.n_pages = spec.n_active = N_PAGES;
  spec.share = 1;
  struct che che = che_formula (&spec, 20 * MIB_PAGES);
  world_is_every = true;
  struct batches fast = run_pool (patterns[0].keys, 20, che, 20000);
  world_is_every = false;
  struct batches slow = run_brute (&spec, 20, 77);
  double t = (fast.mean - slow.mean) / hypot (fast.error, slow.error);
  double limit = gsl_cdf_tdist_Qinv (FAMILY_ERROR / 2, N_BATCHES - 1);
  ck_assert_msg (fabs (t) < limit, "t = %g", t);
}
END_TEST

#define RAM_MIB 256
#define KERNEL_MIB 8
#define LOW_MIB 32 /* an eighth of the RAM */
#define GROW_MIB 4

static uint64_t
available (vhm_guest *guest)
{
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  return c.free_pages + c.standby_pages;
}

static void
at_rest (struct world *w, vhm_guest *guest, uint64_t most_pages)
{
  uint64_t held = vhm_guest_app_cache (guest).held_pages;
  printf ("at rest: %.2f MiB, at most %.2f and less than %u below\n",
          (double) held / MIB_PAGES, (double) most_pages / MIB_PAGES, GROW_MIB);
  ck_assert_uint_le (held, most_pages);
  ck_assert_uint_gt (held + GROW_MIB * MIB_PAGES, most_pages);
  ck_assert_uint_eq (available (guest) + held + KERNEL_MIB * MIB_PAGES,
                     vhm_guest_held_pages (guest));
  world_run (w, 100 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, held);
}

START_TEST (it_comes_to_rest_between_the_thresholds)
{
  struct world w;
  world_open (&w, 2, 200000);
  world_os (&w, "windows", "nonpaged_pool: 8 MiB, page_file: 1 GiB");
  world_workload (&w, "buffer_pool",
                  "database: 1 GiB, minimum: 16 MiB, grow: 4 MiB, exponent: 0, "
                  "threads: 4");
  vhm_guest *guest
      = world_boot (&w, 2, RAM_MIB * MIB_PAGES, 2 * RAM_MIB * MIB_PAGES);
  const uint32_t high_mib = 3 * LOW_MIB;
  uint64_t rest = (RAM_MIB - KERNEL_MIB - high_mib + GROW_MIB) * MIB_PAGES;
  world_run (&w, 1000 * S); /* the disk brings 100 pages a second */
  at_rest (&w, guest, rest);
  /* 40 MiB taken: available memory stays between the thresholds */
  uint64_t before = vhm_guest_app_cache (guest).held_pages;
  vhm_guest_inflate (guest, 40 * MIB_PAGES, 0);
  world_run (&w, 300 * S);
  ck_assert_uint_eq (vhm_guest_app_cache (guest).held_pages, before);
  ck_assert_uint_eq (vhm_guest_counters (guest).pages_output, 0);
  /* given back, and 64 MiB added: of more RAM the low threshold is the 32 MiB that
   * the rule says, and it was already */
  vhm_guest_deflate (guest, 40 * MIB_PAGES, 0);
  vhm_guest_hot_add (guest, 64 * MIB_PAGES);
  world_run (&w, 1000 * S);
  at_rest (&w, guest, rest + 64 * MIB_PAGES);
  world_close (&w);
}
END_TEST

SUITE ("buffer pool",
       tcase_add_loop_test (tc, misses_as_often_as_che_and_brute_force, 0,
                            N_CASES);
       tcase_add_test (tc, every_reference_mode_misses_as_often);
       tcase_add_test (tc, it_comes_to_rest_between_the_thresholds);)
