/* Does an observer see the same accessed bits, ages and dirty bits as when
 * every reference is drawn?
 *
 * Many short histories of a small memory under LRU, the same in both modes: the
 * rates change on the way (share, active pages), a sweep passes, somebody
 * clears accessed bits at R0 and looks again at R1. Each history gives one
 * observation of one page: its accessed bit, its dirty bit and its age, as one
 * of some 50 outcomes. The two tables of counts are compared by a chi-square
 * test of homogeneity; 99.9 % for all cases together (Bonferroni); fixed seeds.
 * One clock in place of two fails it (tried: p < 1e-12).
 */
#include "every_reference.h"
#include "suite.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>

#define N_HISTORIES 10000
#define N_AGES 12                   /* equal steps, the last one open */
#define N_OUTCOMES (4 * N_AGES + 1) /* the last one: not mapped */
#define FAMILY_ERROR 0.001
#define LEAST_COUNT 10.0 /* outcomes rarer than this are pooled */
#define N_ZIPF 60
#define N_FLAT 40

static const struct {
  const char *name;
  double write;
  uint32_t capacity;
  double until;     /* R at which the page is observed */
  uint32_t watched; /* the page observed */
  double age_step;  /* width of an outcome, references */
  bool changes;     /* of rates, half way */
  bool sweeps;
  bool looks_early; /* the observer looks at R0 as well (clears the bit) */
  bool hides;       /* a hypervisor takes frames away meanwhile */
  bool protects;    /* a hypervisor shares frames copy-on-write meanwhile */
} cases[] = {
  { "cold page, plain", 0.2, 80, 1200, 50, 35, false, false, false, false,
    false },
  { "cold page, cleared", 0.2, 80, 1200, 50, 35, false, false, true, false,
    false },
  { "hot page, through cohorts", 0.0, 60, 2000, 1, 4, false, false, false,
    false, false },
  { "warm page, through cohorts", 0.0, 85, 3000, 9, 15, false, false, true,
    false, false },
  { "warm page, dirtied", 0.5, 85, 3000, 9, 15, false, false, true, false,
    false },
  { "hot page, seldom written", 0.01, 85, 1500, 3, 10, false, false, true,
    false, false },
  { "cold page, changes", 0.2, 80, 1200, 35, 35, true, false, true, false,
    false },
  { "warm page, changes", 0.0, 85, 3000, 9, 15, true, false, true, false,
    false },
  { "flat page, changes", 0.1, 80, 1500, 80, 40, true, false, false, false,
    false },
  { "cold page, swept", 0.2, 80, 1200, 50, 5, false, true, true, false, false },
  { "warm page, swept through cohorts", 0.0, 85, 1500, 9, 15, false, true,
    false, false, false },
  { "warm page, all", 0.3, 80, 1500, 30, 8, true, true, true, false, false },
  { "cold page, hidden", 0.2, 80, 1200, 50, 35, false, false, true, true,
    false },
  { "warm page, hidden from cohorts", 0.0, 85, 3000, 9, 15, false, false, false,
    true, false },
  { "warm page, all, hidden", 0.3, 80, 1500, 30, 8, true, true, true, true,
    false },
  { "cold page, protected", 0.2, 80, 1200, 50, 35, false, false, true, false,
    true },
  { "warm page, protected", 0.2, 85, 3000, 9, 15, false, false, true, false,
    true },
  { "warm page, only written, protected", 1.0, 85, 3000, 9, 15, false, false,
    true, false, true },
  { "hot page, protected in cohorts", 0.0, 60, 2000, 1, 4, false, false, false,
    false, true },
  { "warm page, swept, protected", 0.5, 80, 1500, 30, 5, false, true, true,
    false, true },
  { "warm page, all, protected", 0.3, 80, 1500, 30, 8, true, true, true, true,
    true },
};

static struct vhm_region_spec
zipf_region (double write)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_ZIPF,
                                   .n_pages = N_ZIPF,
                                   .n_active = N_ZIPF,
                                   .share = 3,
                                   .write = write,
                                   .exponent = 0.9 };
}

static struct vhm_region_spec
flat_region (double write)
{
  return (struct vhm_region_spec){ .pattern = VHM_PATTERN_UNIFORM,
                                   .n_pages = N_FLAT,
                                   .n_active = N_FLAT,
                                   .share = 1,
                                   .write = write };
}

/* Stations of a history, as parts of its length. */
#define CHANGE_AT 0.6
#define CLEAR_AT 0.9
#define SWEEP_AT 0.92
#define SWEEP_RATE 1.0
#define NEW_SHARE 2.0
#define NEW_ACTIVE 40
#define HIDDEN_PART 0.4
#define PROTECTED_PART 0.8

struct observed {
  bool mapped, accessed, dirty;
  double age;
};

static int
outcome (const struct observed *o, double age_step)
{
  if (!o->mapped)
    return N_OUTCOMES - 1;
  int age = (int) MIN (o->age / age_step, N_AGES - 1);
  return (o->accessed ? 2 * N_AGES : 0) + (o->dirty ? N_AGES : 0) + age;
}

static struct observed
observe_every (int k, struct every *e)
{
  double until = cases[k].until;
  uint32_t capacity = cases[k].capacity;
  every_run_lru (e, capacity, CHANGE_AT * until);
  if (cases[k].changes) {
    e->regions[1].spec.share = NEW_SHARE;
    every_set_active (e, 0, NEW_ACTIVE);
    every_new_rates (e);
  }
  every_run_lru (e, capacity, CLEAR_AT * until);
  struct every_page *p = &e->pages[cases[k].watched];
  p->accessed = false;
  every_run_lru (e, capacity, SWEEP_AT * until);
  if (cases[k].sweeps)
    every_sweep (e, 0, 0, N_ZIPF, SWEEP_RATE);
  every_run_lru (e, capacity, until);
  return (struct observed){ p->mapped, p->accessed, p->dirty, until - p->last };
}

/* The guest goes on as if nothing had happened, so it must look like that. */
static void
meddle (int k, vhm_refs *refs, struct vhm_rng *hiding)
{
  for (uint32_t page = 0; cases[k].protects && page < N_ZIPF + N_FLAT; page++)
    if (!vhm_refs_traps (refs, page) && !vhm_refs_is_protected (refs, page)
        && vhm_rng_chance (hiding, PROTECTED_PART))
      vhm_refs_protect (refs, page);
  for (uint32_t page = 0; cases[k].hides && page < N_ZIPF + N_FLAT; page++)
    if (!vhm_refs_traps (refs, page) && vhm_rng_chance (hiding, HIDDEN_PART))
      vhm_refs_hide (refs, page);
}

static struct observed
observe_next_fault (int k, vhm_refs *refs, vhm_ages *ages,
                    struct vhm_rng *hiding)
{
  double until = cases[k].until, cleared = CLEAR_AT * until;
  uint32_t capacity = cases[k].capacity, page = cases[k].watched;
  next_fault_run_lru (refs, ages, capacity, CHANGE_AT * until);
  meddle (k, refs, hiding);
  if (cases[k].changes) {
    vhm_refs_set_share (refs, 1, NEW_SHARE);
    vhm_refs_set_active (refs, 0, NEW_ACTIVE);
  }
  next_fault_run_lru (refs, ages, capacity, cleared);
  meddle (k, refs, hiding);
  if (cases[k].looks_early && vhm_refs_is_mapped (refs, page))
    vhm_refs_look (refs, page);
  next_fault_run_lru (refs, ages, capacity, SWEEP_AT * until);
  meddle (k, refs, hiding);
  if (cases[k].sweeps)
    vhm_refs_sweep (refs, 0, 0, N_ZIPF, SWEEP_RATE, cases[k].write);
  next_fault_run_lru (refs, ages, capacity, until);
  if (!vhm_refs_is_mapped (refs, page))
    return (struct observed){ .mapped = false };
  double last = vhm_refs_look (refs, page);
  return (struct observed){ true, last > cleared,
                            vhm_refs_is_dirty (refs, page), until - last };
}

static void
add_every (int k, uint64_t seed, double *counts)
{
  struct every e;
  struct vhm_region_spec zipf = zipf_region (cases[k].write);
  struct vhm_region_spec flat = flat_region (cases[k].write);
  every_init (&e, seed, "every");
  every_add_region (&e, &zipf);
  every_add_region (&e, &flat);
  struct observed o = observe_every (k, &e);
  counts[outcome (&o, cases[k].age_step)]++;
  every_clear (&e);
}

static void
add_next_fault (int k, uint64_t seed, double *counts)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, "next-fault");
  struct vhm_region_spec zipf = zipf_region (cases[k].write);
  struct vhm_region_spec flat = flat_region (cases[k].write);
  g_autoptr (vhm_refs) refs = vhm_refs_new (&rng);
  vhm_refs_add_region (refs, &zipf);
  vhm_refs_add_region (refs, &flat);
  g_autoptr (vhm_ages) ages = vhm_ages_new (refs, false);
  struct vhm_rng hiding;
  vhm_rng_init (&hiding, seed, "hiding");
  struct observed o = observe_next_fault (k, refs, ages, &hiding);
  counts[outcome (&o, cases[k].age_step)]++;
}

/* Chance of tables that differ at least as much, if their law is the same. */
static double
homogeneity (const double *a, const double *b, double *ret_chi2, int *ret_n)
{
  double chi2 = 0, rest_a = 0, rest_b = 0;
  int n = 0;
  for (int i = 0; i < N_OUTCOMES; i++) {
    if (a[i] + b[i] < LEAST_COUNT) {
      rest_a += a[i];
      rest_b += b[i];
      continue;
    }
    chi2 += (a[i] - b[i]) * (a[i] - b[i]) / (a[i] + b[i]);
    n++;
  }
  if (rest_a + rest_b >= LEAST_COUNT) {
    chi2 += (rest_a - rest_b) * (rest_a - rest_b) / (rest_a + rest_b);
    n++;
  }
  *ret_chi2 = chi2;
  *ret_n = n;
  return n > 1 ? gsl_cdf_chisq_Q (chi2, n - 1) : 1;
}

START_TEST (shows_the_bits_that_drawing_every_reference_shows)
{
  double every[N_OUTCOMES] = { 0 }, next[N_OUTCOMES] = { 0 }, chi2;
  int n;
  for (uint64_t i = 0; i < N_HISTORIES; i++) {
    uint64_t seed = (uint64_t) _i * N_HISTORIES + i;
    add_every (_i, seed, every);
    add_next_fault (_i, seed, next);
  }
  double p = homogeneity (every, next, &chi2, &n);
  printf ("%-34s %2d outcomes, chi-square %6.1f, p = %.4f\n", cases[_i].name, n,
          chi2, p);
  ck_assert_int_gt (n, 5);
  ck_assert_msg (p > FAMILY_ERROR / (double) G_N_ELEMENTS (cases), "%s: p = %g",
                 cases[_i].name, p);
}
END_TEST

SUITE ("accessed_bits",
       tcase_add_loop_test (tc,
                            shows_the_bits_that_drawing_every_reference_shows,
                            0, (int) G_N_ELEMENTS (cases));)
