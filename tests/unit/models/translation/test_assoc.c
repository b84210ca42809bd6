/* Set-associative arrays against a plain model: a list a set, newest first. */
#include "assoc.h"
#include "suite.h"

#include <string.h>
#include <vhm/sim/rng.h>

#define N_STEPS 60000
#define MAX_ENTRIES 2048

struct plain {
  uint32_t n_sets, ways;
  uint64_t keys[MAX_ENTRIES]; /* newest first within a set; 0 = empty */
};

static bool
plain_take (struct plain *plain, uint32_t set, uint64_t key)
{
  uint64_t *keys = plain->keys + set * plain->ways;
  for (uint32_t i = 0; i < plain->ways; i++)
    if (keys[i] == key) {
      memmove (keys + i, keys + i + 1, (plain->ways - 1 - i) * sizeof *keys);
      keys[plain->ways - 1] = 0;
      return true;
    }
  return false;
}

static void
plain_put (struct plain *plain, uint32_t set, uint64_t key)
{
  uint64_t *keys = plain->keys + set * plain->ways;
  memmove (keys + 1, keys, (plain->ways - 1) * sizeof *keys);
  keys[0] = key;
}

static bool
plain_access (struct plain *plain, uint32_t set, uint64_t key)
{
  bool found = plain_take (plain, set, key);
  plain_put (plain, set, key);
  return found;
}

static uint64_t
plain_drop (struct plain *plain, const struct assoc_rule *rule)
{
  uint64_t n = 0;
  for (uint32_t set = 0; set < plain->n_sets; set++)
    for (uint32_t i = 0; i < plain->ways;) {
      uint64_t key = plain->keys[set * plain->ways + i];
      bool spared
          = rule->spared_mask != 0 && (key & rule->spared_mask) == rule->spared;
      if (key != 0 && (key & rule->mask) == rule->value && !spared)
        n += plain_take (plain, set, key);
      else
        i++;
    }
  return n;
}

static const struct {
  uint32_t entries, ways;
} geometries[] = {
  { 1, 1 },   { 4, 0 },    { 64, 4 },   { 32, 8 },   { 55, 11 },  { 1536, 12 },
  { 39, 13 }, { 120, 15 }, { 64, 16 },  { 48, 16 },  { 34, 17 },  { 60, 20 },
  { 24, 0 },  { 72, 0 },   { 1536, 0 }, { 320, 32 }, { 1024, 8 },
};

/* Keys of which some differ in high bits alone. */
static uint64_t
draw_key (struct vhm_rng *rng, uint32_t entries)
{
  uint64_t low = 1 + vhm_rng_below (rng, entries + entries / 2 + 2);
  return low | vhm_rng_below (rng, 2) << 63 | vhm_rng_below (rng, 2) << 40;
}

START_TEST (does_what_a_list_a_set_does)
{
  uint32_t entries = geometries[_i].entries, ways = geometries[_i].ways;
  struct assoc a;
  struct vhm_rng rng;
  g_autofree struct plain *plain = g_new0 (struct plain, 1);
  assoc_init (&a, entries, ways);
  plain->ways = ways == 0 ? entries : ways;
  plain->n_sets = entries / plain->ways;
  ck_assert_uint_eq (a.n_sets, plain->n_sets);
  vhm_rng_init (&rng, 1, "assoc");
  for (int i = 0; i < N_STEPS; i++) {
    uint64_t key = draw_key (&rng, entries), u = vhm_rng_below (&rng, 1000);
    uint32_t set = (uint32_t) key % plain->n_sets;
    ck_assert_uint_eq (assoc_set (&a, (uint32_t) key), set);
    if (u == 0) {
      struct assoc_rule rule = { .mask = 7, .value = key & 7 };
      rule.spared_mask = i % 2 == 0 ? UINT64_C (1) << 40 : 0;
      rule.spared = key & rule.spared_mask;
      ck_assert_uint_eq (assoc_drop (&a, &rule), plain_drop (plain, &rule));
      ck_assert_ptr_null (assoc_audit (&a));
    } else if (u < 50) {
      ck_assert (assoc_remove (&a, set, key) == plain_take (plain, set, key));
    } else {
      ck_assert (assoc_access (&a, set, key) == plain_access (plain, set, key));
    }
  }
  ck_assert_ptr_null (assoc_audit (&a));
  assoc_clear (&a);
}
END_TEST

START_TEST (drops_everything_by_an_empty_rule)
{
  struct assoc a;
  assoc_init (&a, 64, 4);
  for (uint32_t key = 1; key <= 40; key++)
    assoc_access (&a, assoc_set (&a, key), key);
  const struct assoc_rule all = { 0 };
  ck_assert_uint_eq (assoc_drop (&a, &all), 40);
  ck_assert_uint_eq (assoc_drop (&a, &all), 0);
  assoc_clear (&a);
}
END_TEST

/* A remainder by multiplication is exact for all indices. */
START_TEST (finds_the_set_by_the_remainder)
{
  static const uint32_t n_sets[] = { 1, 2, 3, 7, 13, 26624, 53248, 65535 };
  static const uint32_t edges[]
      = { 0, 1, 2, 53247, 53248, 1u << 31, UINT32_MAX - 1, UINT32_MAX };
  struct vhm_rng rng;
  vhm_rng_init (&rng, 1, "sets");
  for (size_t i = 0; i < G_N_ELEMENTS (n_sets); i++) {
    struct assoc a;
    assoc_init (&a, n_sets[i], 1);
    for (size_t j = 0; j < G_N_ELEMENTS (edges); j++)
      ck_assert_uint_eq (assoc_set (&a, edges[j]), edges[j] % n_sets[i]);
    for (int j = 0; j < 100000; j++) {
      uint32_t index = (uint32_t) vhm_rng_u64 (&rng);
      ck_assert_uint_eq (assoc_set (&a, index), index % n_sets[i]);
    }
    assoc_clear (&a);
  }
}
END_TEST

START_TEST (refuses_ways_that_do_not_divide_the_entries)
{
  struct assoc a;
  assoc_init (&a, 64, 5);
}
END_TEST

SUITE ("assoc", tcase_add_loop_test (tc, does_what_a_list_a_set_does, 0,
                                     G_N_ELEMENTS (geometries));
       tcase_add_test (tc, drops_everything_by_an_empty_rule);
       tcase_add_test (tc, finds_the_set_by_the_remainder);
       if (suite_can_fork ()) tcase_add_test_raise_signal (
           tc, refuses_ways_that_do_not_divide_the_entries, SIGABRT);)
