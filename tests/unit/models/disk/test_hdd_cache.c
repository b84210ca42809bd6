/* The write-back cache of a magnetic disk. The oracle is a disk of a few pages
 * that knows for each how often it was written by the host since it was last
 * written to the platters. */
#include "hdd_cache.h"
#include "suite.h"

#include <vhm/base/units.h>

#define N_PAGES 300
#define PAGE VHM_PAGE_BYTES
#define ROOM_PAGES 60

struct rig {
  struct hdd_config config;
  struct hdd_arm arm;
  struct hdd_cache cache;
  uint64_t n_writes[N_PAGES]; /* not on the platters yet */
  uint64_t n_accepted, n_destaged, n_absorbed, n_dirty; /* pages */
};

static void
open_rig (struct rig *rig, uint64_t window_bytes)
{
  *rig = (struct rig){
    .config
    = { .capacity_bytes = N_PAGES * PAGE, .window_bytes = window_bytes },
    .cache = { .room_bytes = ROOM_PAGES * PAGE },
  };
  rig->arm.config = &rig->config;
}

static void
write_pages (struct rig *rig, struct hdd_extent extent)
{
  hdd_cache_write (&rig->cache, extent);
  for (uint64_t at = extent.begin_bytes; at < extent.end_bytes; at += PAGE) {
    uint64_t *n = &rig->n_writes[at / PAGE];
    rig->n_accepted++;
    *(*n == 0 ? &rig->n_dirty : &rig->n_absorbed) += 1;
    (*n)++;
  }
}

/* Every page of it must be dirty: it reaches the platters once. */
static void
destage (struct rig *rig, struct hdd_extent extent)
{
  ck_assert_uint_lt (extent.begin_bytes, extent.end_bytes);
  hdd_cache_take (&rig->cache, extent);
  for (uint64_t at = extent.begin_bytes; at < extent.end_bytes; at += PAGE) {
    ck_assert_uint_gt (rig->n_writes[at / PAGE], 0);
    rig->n_writes[at / PAGE] = 0;
    rig->n_dirty--;
    rig->n_destaged++;
  }
  hdd_cache_land (&rig->cache);
  rig->arm.head_bytes = extent.end_bytes;
}

static bool
is_dirty (const struct rig *rig, uint64_t page)
{
  return page < N_PAGES && rig->n_writes[page] > 0;
}

/* Pages to go from the head to the nearest place where a range can begin: at
 * the head or behind it any dirty page, before it the first of a range. */
static uint64_t
least_distance (const struct rig *rig)
{
  uint64_t head = rig->arm.head_bytes / PAGE, least = UINT64_MAX;
  for (uint64_t page = 0; page < N_PAGES; page++) {
    if (!is_dirty (rig, page))
      continue;
    if (page >= head)
      least = MIN (least, page - head);
    else if (page == 0 || !is_dirty (rig, page - 1))
      least = MIN (least, head - page);
  }
  return least;
}

static void
check_next (const struct rig *rig)
{
  struct hdd_extent next = hdd_cache_next (&rig->cache, &rig->arm);
  uint64_t head = rig->arm.head_bytes, begin = next.begin_bytes;
  uint64_t distance = (begin > head ? begin - head : head - begin) / PAGE;
  uint64_t window = rig->config.window_bytes / PAGE;
  bool is_sequential = begin >= head && distance <= window;
  for (uint64_t ahead = 0; ahead <= window && !is_sequential; ahead++)
    ck_assert (!is_dirty (rig, head / PAGE + ahead));
  if (!is_sequential)
    ck_assert_uint_eq (distance, least_distance (rig));
  ck_assert (!is_dirty (rig, next.end_bytes / PAGE)
             || next.end_bytes - next.begin_bytes == VHM_MIB);
}

static void
check_sums (const struct rig *rig)
{
  const struct hdd_cache *cache = &rig->cache;
  ck_assert_uint_eq (cache->accepted_bytes, rig->n_accepted * PAGE);
  ck_assert_uint_eq (cache->absorbed_bytes, rig->n_absorbed * PAGE);
  ck_assert_uint_eq (cache->destaged_bytes, rig->n_destaged * PAGE);
  ck_assert_uint_eq (cache->dirty.bytes, rig->n_dirty * PAGE);
}

static struct hdd_extent
draw (struct vhm_rng *rng)
{
  uint64_t page = vhm_rng_below (rng, N_PAGES - 8);
  uint64_t n = 1 + vhm_rng_below (rng, 8);
  return (struct hdd_extent){ page * PAGE, (page + n) * PAGE };
}

START_TEST (what_is_written_reaches_the_platters_once_the_nearest_first)
{
  struct rig rig;
  struct vhm_rng rng;
  uint64_t n_full = 0;
  open_rig (&rig, (uint64_t) _i * PAGE);
  vhm_rng_init (&rng, 1, "cache");
  for (int i = 0; i < 20000; i++) {
    struct hdd_extent extent = draw (&rng);
    if (hdd_cache_has_room (&rig.cache, extent))
      write_pages (&rig, extent);
    else
      n_full++;
    if (rig.n_dirty > 0 && vhm_rng_chance (&rng, .4)) {
      check_next (&rig);
      destage (&rig, hdd_cache_next (&rig.cache, &rig.arm));
    }
    ck_assert_uint_le (rig.n_dirty, ROOM_PAGES);
    check_sums (&rig);
  }
  ck_assert_uint_gt (n_full, 1000);
  while (rig.n_dirty > 0)
    destage (&rig, hdd_cache_next (&rig.cache, &rig.arm));
  check_sums (&rig);
  hdd_cache_clear (&rig.cache);
}
END_TEST

START_TEST (room_is_full_to_the_last_byte_and_rewriting_takes_none)
{
  struct rig rig;
  open_rig (&rig, 0);
  struct hdd_extent all = { 0, ROOM_PAGES * PAGE };
  struct hdd_extent one = { 100 * PAGE, 101 * PAGE };
  ck_assert (hdd_cache_can_hold (&rig.cache, ROOM_PAGES * PAGE));
  ck_assert (!hdd_cache_can_hold (&rig.cache, ROOM_PAGES * PAGE + 1));
  ck_assert (hdd_cache_has_room (&rig.cache, all));
  write_pages (&rig, all);
  ck_assert (hdd_cache_has_room (&rig.cache, all));
  ck_assert (!hdd_cache_has_room (&rig.cache, one));
  ck_assert (hdd_cache_holds (&rig.cache, all));
  ck_assert (!hdd_cache_holds (&rig.cache, one));
  /* on its way it still takes its room */
  hdd_cache_take (&rig.cache, (struct hdd_extent){ 0, PAGE });
  ck_assert (!hdd_cache_has_room (&rig.cache, one));
  hdd_cache_land (&rig.cache);
  ck_assert (hdd_cache_has_room (&rig.cache, one));
  hdd_cache_clear (&rig.cache);
}
END_TEST

START_TEST (what_is_superseded_is_not_written)
{
  struct rig rig;
  open_rig (&rig, 0);
  write_pages (&rig, (struct hdd_extent){ 10 * PAGE, 20 * PAGE });
  hdd_cache_supersede (&rig.cache, (struct hdd_extent){ 5 * PAGE, 15 * PAGE });
  ck_assert_uint_eq (rig.cache.absorbed_bytes, 5 * PAGE);
  ck_assert_uint_eq (rig.cache.dirty.bytes, 5 * PAGE);
  struct hdd_extent next = hdd_cache_next (&rig.cache, &rig.arm);
  ck_assert_uint_eq (next.begin_bytes, 15 * PAGE);
  hdd_cache_clear (&rig.cache);
}
END_TEST

SUITE ("hdd cache",
       tcase_add_loop_test (
           tc, what_is_written_reaches_the_platters_once_the_nearest_first, 0,
           4);
       tcase_add_test (tc,
                       room_is_full_to_the_last_byte_and_rewriting_takes_none);
       tcase_add_test (tc, what_is_superseded_is_not_written);)
