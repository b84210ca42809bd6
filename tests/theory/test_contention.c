/* Threads that sleep, share processors and queue for a lock, against the Markov chain
 * of the same network solved to the end: throughput and the processors' busy time.
 *
 * A state is how many threads run without the lock (free) and how many have it or
 * wait for it (locked). With all parts exponential and the processors shared equally
 * by those who run, one event moves one thread:
 *
 *   asleep -> free            (N - free - locked) / Z
 *   free -> locked            free r / S,    r = min (1, B / (free + [locked > 0]))
 *   locked -> asleep          r / L          if locked > 0
 *
 * Without a lock that is M/M/B//N, with threads no more than processors the lock alone
 * is M/M/1//N: those two, by their textbook formulas, check the chain itself.
 */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define MOST 8
#define STATES ((MOST + 1) * (MOST + 1))

struct network {
  uint32_t n, b;  /* threads, processors */
  double z, s, l; /* ms asleep, without and with the lock */
};

static uint32_t
at (uint32_t free, uint32_t locked)
{
  return free * (MOST + 1) + locked;
}

static double
pace (const struct network *w, uint32_t free, uint32_t locked)
{
  uint32_t run = free + (locked > 0);
  return run > w->b ? (double) w->b / run : 1;
}

/* Operations a millisecond, by relaxation of the balance equations. */
static double
solve (const struct network *w)
{
  double p[STATES] = { 0 }, sum = 0;
  p[at (0, 0)] = 1;
  for (int round = 0; round < 40000; round++) {
    double next[STATES] = { 0 };
    double step = 0.9 / (w->n / w->z + w->b / w->s + 1 / w->l);
    for (uint32_t f = 0; f <= w->n; f++)
      for (uint32_t k = 0; f + k <= w->n; k++) {
        double here = p[at (f, k)] * step, r = pace (w, f, k);
        double wake = here * (w->n - f - k) / w->z;
        double take = w->l > 0 ? here * f * r / w->s : 0;
        double end = k > 0 ? here * r / w->l : 0;
        if (f + k < w->n)
          next[at (f + 1, k)] += wake;
        if (f > 0)
          next[at (f - 1, k + 1)] += take;
        if (k > 0)
          next[at (f, k - 1)] += end;
        next[at (f, k)] += p[at (f, k)] - wake - take - end;
      }
    memcpy (p, next, sizeof p);
  }
  for (uint32_t f = 0; f <= w->n; f++)
    for (uint32_t k = 1; f + k <= w->n; k++)
      sum += p[at (f, k)] * pace (w, f, k) / w->l;
  return sum;
}

/* M/M/c//n: arrivals 1 / z each, service s. */
static double
finite_source (uint32_t n, uint32_t c, double z, double s)
{
  double p = 1, all = 1, served = 0;
  for (uint32_t k = 1; k <= n; k++) {
    p *= (n - k + 1) * s / z / MIN (k, c);
    all += p;
    served += p * MIN (k, c);
  }
  return served / all / s;
}

START_TEST (the_chain_is_the_machine_repair_model_where_it_must_be)
{
  const struct network lock = { .n = 6, .b = 6, .z = 2, .s = 0.02, .l = 0.5 };
  ck_assert_double_eq_tol (solve (&lock), finite_source (6, 1, 2.02, 0.5),
                           1e-3);
  const struct network cpus = { .n = 8, .b = 3, .z = 2, .s = 1, .l = 0.01 };
  ck_assert_double_eq_tol (solve (&cpus), finite_source (8, 3, 2, 1.01), 3e-3);
}
END_TEST

static const struct network networks[] = {
  { .n = 4, .b = 4, .z = 0.3, .s = 0.8, .l = 0.2 },
  { .n = 4, .b = 2, .z = 0.3, .s = 0.8, .l = 0.2 },
  { .n = 4, .b = 1, .z = 2, .s = 0.8, .l = 0.2 },
  { .n = 8, .b = 4, .z = 0.5, .s = 0.7, .l = 0.3 },
  { .n = 8, .b = 2, .z = 1, .s = 0.7, .l = 0.3 },
  { .n = 6, .b = 3, .z = 0.1, .s = 0.3, .l = 0.7 },
};

/* A reference is a microsecond, an operation a millisecond in the mean. */
START_TEST (throughput_is_that_of_the_markov_chain)
{
  const struct network *n = &networks[_i];
  struct world w;
  world_open_ideal (&w, n->b, "");
  g_autofree char *yaml = g_strdup_printf (
      "size: 1 MiB, references: 1000, cycles_per_reference: 1000, threads: %u, "
      "locked: %.0f %%, think: %.0f us",
      n->n, 100 * n->l, 1000 * n->z);
  world_workload (&w, "contention", yaml);
  vhm_guest *g = world_boot (&w, n->b, 1000, 1000);
  world_run (&w, 200 * S);
  double expected = solve (n), ms = 200000;
  vhm_guest_sync (g);
  double got = (double) vhm_guest_operations (g) / ms;
  ck_assert_double_eq_tol (got / expected, 1, 0.006);
  double busy = (double) world_account (g, VHM_ACCOUNT_COMPUTE) / 1e6 / ms;
  ck_assert_double_eq_tol (busy / (expected * (n->s + n->l)), 1, 0.006);
  world_close (&w);
}
END_TEST

SUITE ("contention against theory", tcase_set_timeout (tc, 60);
       tcase_add_test (tc,
                       the_chain_is_the_machine_repair_model_where_it_must_be);
       tcase_add_loop_test (tc, throughput_is_that_of_the_markov_chain, 0,
                            G_N_ELEMENTS (networks));)
