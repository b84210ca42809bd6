/* Exact order of last use, against a list of the last uses themselves. */
#include "lru.h"
#include "suite.h"

#include <vhm/sim/rng.h>

#define N 500

struct uses {
  double last[N];
  uint32_t n_asked;
};

static double
look (void *context, uint32_t page)
{
  struct uses *u = context;
  u->n_asked++;
  return u->last[page];
}

static uint32_t
oldest (const struct uses *u, const bool *is_in)
{
  uint32_t best = N;
  for (uint32_t i = 0; i < N; i++)
    if (is_in[i] && (best == N || u->last[i] < u->last[best]))
      best = i;
  return best;
}

START_TEST (takes_what_was_used_longest_ago)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, 3, "uses");
  struct lru lru = { 0 };
  struct uses uses = { 0 };
  bool is_in[N] = { false };
  double now = 0;
  uint32_t n_taken = 0;
  for (int step = 0; step < 200000; step++) {
    /* squared: some pages are used much more often than others */
    double u = vhm_rng_uniform (&rng);
    uint32_t page = (uint32_t) (u * u * N);
    now += 1;
    if (is_in[page]) {
      uses.last[page] = now;
      continue;
    }
    if (lru.n == N / 4) {
      uint32_t victim = lru_take (&lru, look, &uses);
      ck_assert_uint_eq (victim, oldest (&uses, is_in));
      is_in[victim] = false;
      n_taken++;
    }
    is_in[page] = true;
    uses.last[page] = now;
    lru_add (&lru, page, now);
  }
  ck_assert_uint_gt (n_taken, 10000);
  ck_assert_uint_lt (uses.n_asked, 10 * n_taken);
  lru_clear (&lru);
}
END_TEST

/* A page on its way in: what is known of it is from an earlier stay. */
START_TEST (a_page_counts_as_used_when_it_was_added)
{
  struct lru lru = { 0 };
  struct uses uses = { .last = { [0] = 1, [1] = 5, [2] = -1 } };
  lru_add (&lru, 2, 9);
  lru_add (&lru, 1, 2);
  lru_add (&lru, 0, 1);
  ck_assert_uint_eq (lru_take (&lru, look, &uses), 0);
  ck_assert_uint_eq (lru_take (&lru, look, &uses), 1);
  ck_assert_uint_eq (lru_take (&lru, look, &uses), 2);
  lru_clear (&lru);
}
END_TEST

SUITE ("order of last use",
       tcase_add_test (tc, takes_what_was_used_longest_ago);
       tcase_add_test (tc, a_page_counts_as_used_when_it_was_added);)
