/* Do the intervals of measured translation costs cover the true cost as often as
 * they say? The true cost of a host is the mean of a very long measurement, whose
 * own interval is a small part of those that are tested; then many short ones,
 * one after the other as a host makes them, from streams of their own, each with
 * the structures as the one before left them.
 *
 * Of N intervals with confidence c, the number that cover is binomial; fewer than
 * would come in one of 1000 of such tests (with c = 90 %) fails. Costs of several
 * guests on one processor depend on whose turn it was before.
 */
#include "cpu_config.h"
#include "suite.h"
#include "world.h"

#include <gsl/gsl_cdf.h>
#include <vhm/model/exposure.h>

#include <math.h>
#include <stdio.h>

#define N_INTERVALS 200
#define CONFIDENCE 0.9
#define CHANCE 0.001
#define MOST_GUESTS 8
#define LONG 30000000
#define NEVER 1e-9 /* an error that is never met */

static const struct {
  const char *name;
  uint32_t n_guests, n_pages;
  uint64_t most;
  double error; /* 0: all references are used; else it stops when it may */
} cases[] = {
  { "one guest, 8000 pages", 1, 8000, 40000, 0 },
  { "two guests, 3000 pages each", 2, 3000, 70000, 0 },
  { "eight guests, 1000 pages each", 8, 1000, 260000, 0 },
  { "one guest, to 1 %", 1, 8000, 400000, 0.01 },
  { "eight guests, to 0.5 %", 8, 1000, 1000000, 0.005 },
};

static double
cost_of (const vhm_process *p)
{
  struct vhm_exposure x = vhm_process_exposure (p);
  double sum = 0;
  for (int e = 0; e < VHM_N_EXPOSED; e++)
    sum += x.cyc[e];
  return sum;
}

START_TEST (they_cover_as_often_as_they_say)
{
  struct world w;
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.llc.size_bytes = 256 * VHM_KIB; /* warm soon */
  cpu.llc.ways = 8;
  struct puppet puppets[MOST_GUESTS];
  vhm_guest *guests[MOST_GUESTS];
  uint32_t n = cases[_i].n_guests;
  world_open (&w, 1, 60000);
  world_translates (&w, &cpu, 1, VHM_PAGING_SLAT, VHM_PAGE_4K);
  world_os (&w, "ideal-lru", "");
  for (uint32_t i = 0; i < n; i++) {
    puppets[i] = a_puppet (cases[_i].n_pages, 0, 1, 500, 1e6, 0);
    world_puppet (&w, &puppets[i]);
    guests[i] = world_boot (&w, 1, cases[_i].n_pages + 1000,
                            cases[_i].n_pages + 1000);
  }
  world_run (&w, 2 * VHM_NS_PER_S);
  struct vhm_exposure_config config
      = { .error = NEVER, .confidence = CONFIDENCE, .most = cases[_i].most };
  vhm_guests_measure (guests, n, &config); /* turns are as long as it says */
  config.most = LONG;
  vhm_guests_measure (guests, n, &config);
  double truth[MOST_GUESTS], width = 0, long_width = 0;
  for (uint32_t i = 0; i < n; i++) {
    truth[i] = cost_of (puppets[i].process);
    long_width += vhm_process_exposure (puppets[i].process).half_width_cyc;
  }
  config.most = cases[_i].most;
  config.error = fmax (cases[_i].error, NEVER);
  uint32_t covers = 0;
  for (uint32_t k = 0; k < N_INTERVALS; k++) {
    vhm_guests_measure (guests, n, &config);
    const vhm_process *p = puppets[k % n].process;
    double half = vhm_process_exposure (p).half_width_cyc;
    covers += fabs (cost_of (p) - truth[k % n]) <= half;
    width += half / N_INTERVALS;
  }
  double chance = gsl_cdf_binomial_P (covers, CONFIDENCE, N_INTERVALS);
  printf ("%-32s %u of %d intervals at %.0f %% cover %.3f; mean half-width "
          "%.3f, of the long one %.3f; chance %.3g\n",
          cases[_i].name, covers, N_INTERVALS, 100 * CONFIDENCE, truth[0],
          width, long_width / n, chance);
  fflush (stdout);
  ck_assert_double_lt (long_width / n, width / 4);
  ck_assert_double_lt (width, 0.2 * truth[0]);
  ck_assert_double_ge (chance, CHANCE);
  world_close (&w);
}
END_TEST

SUITE ("measured intervals",
       tcase_add_loop_test (tc, they_cover_as_often_as_they_say, 0,
                            G_N_ELEMENTS (cases));)
