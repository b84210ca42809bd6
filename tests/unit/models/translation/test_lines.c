/* Lines in 32 bits against a plain model of whole names: a list a set, newest
 * first. */
#include "address.h"
#include "cache_read.h"
#include "cpu_config.h"
#include "suite.h"

#include <string.h>
#include <vhm/sim/rng.h>

#define N_STEPS 40000
#define MAX_SETS 192
#define REGION_LINES (UINT64_C (1) << LINES_REGION_BITS)

static const struct {
  uint32_t n_sets, ways;
} shapes[] = {
  { 64, 1 }, { 64, 4 }, { 65, 11 }, { 128, 16 }, { 191, 13 },
};

static uint64_t plain[MAX_SETS][LINES_STRIDE];

static bool
plain_access (uint32_t set, uint32_t ways, uint64_t key)
{
  uint32_t place = 0;
  while (place < ways - 1 && plain[set][place] != key)
    place++;
  bool is_hit = plain[set][place] == key;
  memmove (plain[set] + 1, plain[set], place * sizeof key);
  plain[set][0] = key;
  return is_hit;
}

/* Names close together and far apart, the first and last lines of regions among
 * them. */
static uint64_t
draw_key (struct vhm_rng *rng)
{
  uint64_t region = (uint64_t) ADDRESS_GUEST << 38 | vhm_rng_below (rng, 3)
                    | vhm_rng_below (rng, 3) << 7
                    | vhm_rng_below (rng, 2) << 30;
  uint64_t line = vhm_rng_below (rng, 600) * vhm_rng_below (rng, 2);
  if (vhm_rng_below (rng, 2))
    line = REGION_LINES - 1 - line;
  return region << LINES_REGION_BITS | line;
}

START_TEST (lines_are_found_as_if_by_their_whole_names)
{
  struct lines lines;
  struct lines_regions regions;
  struct vhm_rng rng;
  uint64_t n_hits = 0;
  vhm_rng_init (&rng, 1, "lines");
  lines_init (&lines, shapes[_i].n_sets, shapes[_i].ways);
  lines_regions_init (&regions);
  memset (plain, 0, sizeof plain);
  for (uint32_t i = 0; i < N_STEPS; i++) {
    uint64_t key = draw_key (&rng);
    uint32_t set, tag;
    lines_find (&lines, &regions, key, &set, &tag);
    ck_assert_uint_eq (set, cache_index (key) % shapes[_i].n_sets);
    bool is_hit = newest_access_tag (lines_set (&lines, set), lines.ways, tag);
    ck_assert_int_eq (is_hit, plain_access (set, lines.ways, key));
    n_hits += is_hit;
  }
  ck_assert_uint_gt (n_hits, N_STEPS / 100);
  ck_assert_uint_lt (n_hits, N_STEPS);
  for (uint32_t set = 0; set < lines.n_sets; set++)
    for (uint32_t place = 0; place < lines.ways; place++)
      ck_assert_uint_eq (lines_at (&lines, &regions, set, place),
                         plain[set][place]);
  lines_regions_clear (&regions);
  lines_clear (&lines);
}
END_TEST

START_TEST (sets_that_cannot_tell_lines_apart_do_not_suit)
{
  ck_assert (lines_suit (LINES_MIN_SETS, 1));
  ck_assert (lines_suit (LINES_MIN_SETS, LINES_STRIDE));
  ck_assert (!lines_suit (LINES_MIN_SETS - 1, 8));
  ck_assert (!lines_suit (LINES_MIN_SETS, 0));
  ck_assert (!lines_suit (LINES_MIN_SETS, LINES_STRIDE + 1));
}
END_TEST

static bool
is_in_memory (struct caches *caches, uint64_t key)
{
  static struct cache_reads reads;
  reads.n = 1;
  reads.line[0] = key;
  caches_read (caches, &reads);
  return reads.level[0] == CACHE_DRAM;
}

/* One cache meets more regions than there are numbers; another with as many
 * lines in a set begins with whole names. */
START_TEST (more_regions_than_numbers_make_no_difference)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.l1d = cpu.l2 = (struct vhm_cpu_cache){ 0 };
  cpu.llc = (struct vhm_cpu_cache){ 64 * 8 * 64, 8, 60 };
  g_autoptr (vhm_llc) llc = vhm_llc_new (&cpu);
  struct assoc whole;
  struct caches caches;
  struct vhm_rng rng;
  uint64_t n_hits = 0;
  caches_init (&caches, &cpu, llc);
  assoc_init (&whole, 64 * 8, 8);
  vhm_rng_init (&rng, 1, "regions");
  ck_assert (llc->cache.lines.tags != NULL);
  for (uint64_t i = 0; i < 2 * LINES_MAX_REGIONS; i++) {
    uint64_t region = i - MIN (i, vhm_rng_below (&rng, 12));
    uint64_t key
        = ADDRESS_VALID | region << LINES_REGION_BITS | vhm_rng_below (&rng, 2);
    bool is_hit
        = assoc_access (&whole, assoc_set (&whole, cache_index (key)), key);
    ck_assert_int_eq (is_in_memory (&caches, key), !is_hit);
    n_hits += is_hit;
  }
  ck_assert (llc->cache.lines.tags == NULL);
  ck_assert_uint_gt (n_hits, LINES_MAX_REGIONS / 100);
  assoc_clear (&whole);
  caches_clear (&caches);
}
END_TEST

SUITE ("lines",
       tcase_add_loop_test (tc, lines_are_found_as_if_by_their_whole_names, 0,
                            G_N_ELEMENTS (shapes));
       tcase_add_test (tc, sets_that_cannot_tell_lines_apart_do_not_suit);
       tcase_add_test (tc, more_regions_than_numbers_make_no_difference);)
