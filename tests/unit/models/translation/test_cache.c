/* Where a line is found, and who shares what with whom. */
#include "address.h"
#include "cache_read.h"
#include "cpu_config.h"
#include "suite.h"

#include <vhm/sim/rng.h>

static struct vhm_cpu_config
small_config (void)
{
  struct vhm_cpu_config cpu = skylake_config ();
  cpu.l1d = (struct vhm_cpu_cache){ 8 * 64, 2, 4 };
  cpu.l2 = (struct vhm_cpu_cache){ 32 * 64, 4, 14 };
  cpu.llc = (struct vhm_cpu_cache){ 128 * 64, 8, 60 };
  return cpu;
}

static enum cache_level
caches_access (struct caches *caches, uint64_t line)
{
  static struct cache_reads reads;
  reads.n = 1;
  reads.line[0] = line;
  caches_read (caches, &reads);
  return (enum cache_level) reads.level[0];
}

struct world {
  struct vhm_cpu_config cpu;
  vhm_llc *llc;
  struct caches mine, other;
};

static void
world_init (struct world *world)
{
  world->cpu = small_config ();
  world->llc = vhm_llc_new (&world->cpu);
  caches_init (&world->mine, &world->cpu, world->llc);
  caches_init (&world->other, &world->cpu, world->llc);
}

static void
world_clear (struct world *world)
{
  caches_clear (&world->mine);
  caches_clear (&world->other);
  vhm_llc_free (world->llc);
}

START_TEST (a_line_is_found_where_it_was_left)
{
  struct world w;
  world_init (&w);
  uint64_t line = address_data (1, 5, 3);
  ck_assert_int_eq (caches_access (&w.mine, line), CACHE_DRAM);
  ck_assert_int_eq (caches_access (&w.mine, line), CACHE_L1D);
  /* two others of its set in L1D push it out there, not in L2 */
  caches_access (&w.mine, line + 4);
  caches_access (&w.mine, line + 8);
  ck_assert_int_eq (caches_access (&w.mine, line), CACHE_L2);
  ck_assert_int_eq (caches_access (&w.mine, line), CACHE_L1D);
  world_clear (&w);
}
END_TEST

START_TEST (the_last_level_is_shared_the_others_are_not)
{
  struct world w;
  world_init (&w);
  uint64_t line = address_host_entry (1, 77, 1);
  ck_assert_int_eq (caches_access (&w.mine, line), CACHE_DRAM);
  ck_assert_int_eq (caches_access (&w.other, line), CACHE_LLC);
  ck_assert_int_eq (caches_access (&w.other, line), CACHE_L1D);
  world_clear (&w);
}
END_TEST

/* 32 neighbouring lines fill L2 exactly, 128 the last level; one more page
 * table line pushes data out. */
START_TEST (neighbours_spread_over_the_sets_and_tables_compete_with_data)
{
  struct world w;
  world_init (&w);
  for (unsigned i = 0; i < 128; i++)
    caches_access (&w.mine, address_data (1, i / 64, i % 64));
  for (unsigned i = 0; i < 128; i++)
    ck_assert_int_eq (
        caches_access (&w.other, address_data (1, i / 64, i % 64)), CACHE_LLC);
  caches_access (&w.mine, address_shadow_entry (1, 1, 0, 1));
  unsigned lost = 0;
  for (unsigned i = 0; i < 128; i++) {
    uint64_t line = address_data (1, i / 64, i % 64);
    uint32_t set = assoc_set (&w.llc->cache.wide, cache_index (line));
    lost += !assoc_has (&w.llc->cache.wide, set, line);
  }
  ck_assert_uint_eq (lost, 1);
  world_clear (&w);
}
END_TEST

START_TEST (latencies_are_those_of_the_processor)
{
  struct world w;
  world_init (&w);
  ck_assert_double_eq (w.mine.latency_cyc[CACHE_L1D], 4);
  ck_assert_double_eq (w.mine.latency_cyc[CACHE_L2], 14);
  ck_assert_double_eq (w.mine.latency_cyc[CACHE_LLC], 60);
  ck_assert_double_eq_tol (w.mine.latency_cyc[CACHE_DRAM], 189, 1e-9);
  world_clear (&w);
}
END_TEST

START_TEST (a_cache_of_no_bytes_finds_nothing)
{
  struct vhm_cpu_config cpu = forgetful_config ();
  g_autoptr (vhm_llc) llc = vhm_llc_new (&cpu);
  struct caches caches;
  caches_init (&caches, &cpu, llc);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (caches_access (&caches, address_data (1, 1, 1)),
                      CACHE_DRAM);
  caches_clear (&caches);
}
END_TEST

/* A block of reads ends where its reads one by one do, also with lines that
 * come twice in it. */
START_TEST (a_block_is_its_reads_one_by_one)
{
  struct world block, single;
  struct vhm_rng rng;
  static struct cache_reads reads;
  uint64_t found[CACHE_N_LEVELS] = { 0 };
  world_init (&block);
  world_init (&single);
  vhm_rng_init (&rng, 1, "reads");
  for (int round = 0; round < 200; round++) {
    reads.n = 1 + (uint32_t) vhm_rng_below (&rng, 300);
    for (uint32_t i = 0; i < reads.n; i++)
      reads.line[i]
          = address_data (1, vhm_rng_below (&rng, 1 + (uint64_t) round % 7),
                          (unsigned) vhm_rng_below (&rng, 64));
    caches_read (&block.mine, &reads);
    for (uint32_t i = 0; i < reads.n; i++) {
      ck_assert_int_eq (reads.level[i],
                        caches_access (&single.mine, reads.line[i]));
      found[reads.level[i]]++;
    }
  }
  for (int level = 0; level < CACHE_N_LEVELS; level++)
    ck_assert_uint_gt (found[level], 100);
  world_clear (&block);
  world_clear (&single);
}
END_TEST

/* Lines of data and tables of all spaces have different names. */
START_TEST (names_of_lines_are_injective)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  static const uint64_t pages[]
      = { 0, 8, 1 << 9, 1 << 18, 1 << 27, (1u << 31) - 1, 511 << 9 };
  uint64_t n = 0;
#define ADD(expression)                                                      \
  do {                                                                       \
    uint64_t line = expression;                                              \
    n += (uint64_t) g_hash_table_add (seen, g_memdup2 (&line, sizeof line)); \
    added++;                                                                 \
  } while (0)
  uint64_t added = 0;
  for (uint16_t vpid = 0; vpid < 3; vpid++) {
    for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
      ADD (address_data (vpid, pages[i], 7));
    for (uint16_t pcid = 0; pcid < 4096; pcid += 1365)
      for (unsigned level = 1; level <= 5; level++) {
        ADD (address_shadow_entry (vpid, pcid, 0, level));
        ADD (address_shadow_entry (vpid, pcid, (1u << 31) - 1, level)
             + (level > 3)); /* all upper entries of 8 TiB are in one line */
        uint64_t table = address_table (pcid, 0, level);
        ADD (address_guest_entry (vpid, table, 0, level));
      }
    for (unsigned level = 1; level <= 5; level++)
      ADD (address_host_entry (vpid, 0, level));
  }
  ck_assert_uint_eq (n, added);
}
END_TEST

/* Tables of one process, counted through: no two levels or places share a
 * frame, and the first 4 GiB need 2048 + 4 + 1 + 1 of them. */
START_TEST (guest_tables_have_frames_of_their_own)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  uint64_t lowest = UINT64_MAX, highest = 0;
  for (uint64_t vpn = 0; vpn < 1 << 20; vpn += 512)
    for (unsigned level = 1; level <= 4; level++) {
      uint64_t table = address_table (3, vpn, level);
      g_hash_table_add (seen, g_memdup2 (&table, sizeof table));
      lowest = MIN (lowest, table);
      highest = MAX (highest, table);
    }
  ck_assert_uint_eq (g_hash_table_size (seen), 2048 + 4 + 1 + 1);
  ck_assert_uint_eq (lowest >> 18, highest >> 18); /* all in one GiB */
  uint64_t last = address_table (3, (UINT64_C (1) << 31) - 1, 1);
  ck_assert_uint_lt (last, address_table (4, 0, 5));
  ck_assert_uint_lt (address_table (3, (UINT64_C (1) << 31) - 1, 2),
                     address_table (3, 0, 1));
}
END_TEST

SUITE ("cache", tcase_add_test (tc, a_line_is_found_where_it_was_left);
       tcase_add_test (tc, the_last_level_is_shared_the_others_are_not);
       tcase_add_test (
           tc, neighbours_spread_over_the_sets_and_tables_compete_with_data);
       tcase_add_test (tc, latencies_are_those_of_the_processor);
       tcase_add_test (tc, a_cache_of_no_bytes_finds_nothing);
       tcase_add_test (tc, a_block_is_its_reads_one_by_one);
       tcase_add_test (tc, names_of_lines_are_injective);
       tcase_add_test (tc, guest_tables_have_frames_of_their_own);)
