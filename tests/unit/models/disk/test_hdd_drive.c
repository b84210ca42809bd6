/* A magnetic disk as a whole behind its queue, cache and all: nothing is lost,
 * nothing is done twice, and what the arm does by itself is done in time. */
#include "hdd_config.h"
#include "hdd_drive.h"
#include "suite.h"

#define HZ UINT64_C (2400000000)
#define N_REQUESTS 3000
#define CACHE (UINT64_C (4) * VHM_MIB)

/* The plug-in, but that the test sees its state. */
static struct hdd_drive *drive;

static void
init_and_show (void *state, const void *config, const struct vhm_rng *rng)
{
  const struct vhm_disk_ops *ops = vhm_disk_hdd.ops;
  drive = state;
  ops->init (state, config, rng);
}

struct world {
  vhm_engine *engine;
  vhm_disk *disk;
  struct vhm_disk_ops ops;
  struct vhm_plugin plugin;
  void *config;
  struct vhm_rng rng;
  uint64_t n_submitted, n_done, written_bytes, past_bytes;
  bool is_done[N_REQUESTS + 1];
};

static const struct setting worlds[][6] = {
  { { "queue_depth", 32 }, { "reads_first", true }, { "max_wait", 100000000 } },
  { { "queue_depth", 1 }, { "destage_after", 0 }, { "max_wait", 0 } },
  { { "queue_depth", 8 }, { "order", HDD_ORDER_ELEVATOR } },
  { { "queue_depth", 8 }, { "order", HDD_ORDER_ARRIVAL } },
  { { "queue_depth", 8 },
    { "segments", 8 },
    { "read_ahead", 64 * VHM_KIB },
    { "read_ahead_minimum", 16 * VHM_KIB } },
};

static void
open_world (struct world *w, const struct setting *settings)
{
  struct vhm_rng rng;
  *w = (struct world){ .engine = vhm_engine_new (),
                       .ops = *(const struct vhm_disk_ops *) vhm_disk_hdd.ops,
                       .plugin = vhm_disk_hdd,
                       .config = hdd_config () };
  w->ops.init = init_and_show;
  w->plugin.ops = &w->ops;
  plugin_config_set (&vhm_disk_hdd, w->config, "cache", CACHE);
  plugin_config_set (&vhm_disk_hdd, w->config, "write_cache", true);
  for (; settings->key; settings++)
    plugin_config_set (&vhm_disk_hdd, w->config, settings->key,
                       settings->value);
  struct vhm_plugin_choice choice = { &w->plugin, w->config };
  vhm_rng_init (&w->rng, 1, "requests");
  vhm_rng_init (&rng, 1, "disk");
  w->disk = vhm_disk_new (w->engine, HZ, "d", &choice, &rng);
}

static void
close_world (struct world *w)
{
  vhm_disk_free (w->disk);
  vhm_engine_free (w->engine);
  g_free (w->config);
}

static void
check_drive (const struct world *w)
{
  const struct hdd_cache *cache = &drive->cache;
  ck_assert_uint_eq (cache->accepted_bytes,
                     cache->absorbed_bytes + cache->dirty.bytes
                         + cache->flight_bytes + cache->destaged_bytes);
  ck_assert_uint_le (cache->dirty.bytes + cache->flight_bytes,
                     cache->room_bytes);
  ck_assert_uint_le (vhm_engine_n_pending (w->engine),
                     N_REQUESTS - w->n_submitted + 3); /* two in it, again */
}

static void
note_done (void *context, uint64_t tag)
{
  struct world *w = context;
  ck_assert (!w->is_done[tag]);
  w->is_done[tag] = true;
  w->n_done++;
  check_drive (w);
}

static void
submit (struct world *w, uint64_t at_bytes, uint64_t size_bytes, bool is_write)
{
  struct vhm_disk_request request = { .at_bytes = at_bytes,
                                      .size_bytes = size_bytes,
                                      .is_write = is_write,
                                      .done = note_done,
                                      .context = w,
                                      .tag = w->n_submitted++ };
  if (is_write)
    *(size_bytes > CACHE ? &w->past_bytes : &w->written_bytes) += size_bytes;
  vhm_disk_submit (w->disk, &request);
}

/* Near each other, so that they merge, overlap and hit; one in a hundred is
 * larger than the cache. */
static void
submit_random (void *context)
{
  struct world *w = context;
  uint64_t at = vhm_rng_below (&w->rng, 4000) * VHM_PAGE_BYTES;
  uint64_t size = vhm_rng_below (&w->rng, 17) * VHM_PAGE_BYTES;
  bool is_large = vhm_rng_chance (&w->rng, .01);
  submit (w, at, is_large ? CACHE + VHM_PAGE_BYTES : size,
          vhm_rng_chance (&w->rng, .6));
}

/* A last read far away, long after, makes the drive catch up. */
static void
let_rest (struct world *w)
{
  uint64_t end_cyc = vhm_engine_now (w->engine).raw + 100 * HZ;
  vhm_engine_run (w->engine, vhm_cycles_make (end_cyc));
  submit (w, VHM_TIB / 2, VHM_PAGE_BYTES, false);
  vhm_engine_run (w->engine, vhm_cycles_make (end_cyc + HZ));
}

START_TEST (what_is_written_is_destaged_once_or_overwritten)
{
  struct world w;
  open_world (&w, worlds[_i]);
  for (uint64_t i = 0; i < N_REQUESTS; i++)
    vhm_engine_schedule (w.engine,
                         vhm_cycles_make (vhm_rng_below (&w.rng, 10 * HZ)),
                         VHM_PRIORITY_NORMAL, submit_random, &w);
  vhm_engine_run (w.engine, vhm_cycles_make (10 * HZ));
  let_rest (&w);
  ck_assert_uint_eq (w.n_done, N_REQUESTS + 1);
  const struct hdd_cache *cache = &drive->cache;
  ck_assert_uint_eq (cache->accepted_bytes, w.written_bytes);
  ck_assert_uint_eq (cache->dirty.bytes + cache->flight_bytes, 0);
  ck_assert_uint_eq (cache->destaged_bytes + cache->absorbed_bytes,
                     w.written_bytes);
  ck_assert_uint_gt (cache->absorbed_bytes, 0);
  ck_assert_uint_gt (w.past_bytes, 0);
  close_world (&w);
}
END_TEST

START_TEST (same_bytes_are_written_whatever_the_order_of_writes)
{
  uint64_t destaged[2];
  for (uint64_t turn = 0; turn < 2; turn++) {
    struct world w;
    open_world (&w, worlds[0]);
    for (uint64_t i = 0; i < 100; i++)
      submit (&w, (turn == 0 ? i : 99 - i) * 3 * VHM_PAGE_BYTES,
              4 * VHM_PAGE_BYTES, true);
    let_rest (&w);
    destaged[turn] = drive->cache.destaged_bytes + drive->cache.absorbed_bytes;
    close_world (&w);
  }
  ck_assert_uint_eq (destaged[0], destaged[1]);
}
END_TEST

/* A small write that would find room does not pass one that waits for it. */
START_TEST (writes_enter_the_cache_in_order)
{
  struct world w;
  open_world (&w, worlds[0]);
  plugin_config_set (&vhm_disk_hdd, w.config, "max_wait", VHM_NS_PER_MIN);
  for (uint64_t i = 0; i < 4; i++)
    submit (&w, i * VHM_GIB, VHM_MIB - VHM_PAGE_BYTES, true);
  submit (&w, 5 * VHM_GIB, VHM_MIB, true);
  submit (&w, 6 * VHM_GIB, VHM_PAGE_BYTES, true);
  while (w.n_done < 5)
    vhm_engine_run (w.engine,
                    vhm_cycles_make (vhm_engine_now (w.engine).raw + 100));
  ck_assert (w.is_done[4] && !w.is_done[5]);
  close_world (&w);
}
END_TEST

START_TEST (what_is_written_past_the_cache_is_not_destaged_after_it)
{
  struct world w;
  open_world (&w, worlds[0]);
  submit (&w, VHM_GIB, VHM_MIB, true);
  submit (&w, VHM_GIB + VHM_MIB / 2, CACHE + 1, true);
  let_rest (&w);
  ck_assert_uint_eq (drive->cache.absorbed_bytes, VHM_MIB / 2);
  ck_assert_uint_eq (drive->cache.destaged_bytes, VHM_MIB / 2);
  close_world (&w);
}
END_TEST

/* Even where it destages as soon as it has nothing else to do. */
START_TEST (what_is_to_be_read_ahead_is_read_before_the_arm_destages)
{
  static const struct setting settings[] = { { "segments", 2 },
                                             { "read_ahead", VHM_MIB },
                                             { "destage_after", 0 },
                                             { NULL, 0 } };
  struct world w;
  open_world (&w, settings);
  submit (&w, VHM_GIB, VHM_PAGE_BYTES, false);
  submit (&w, 5 * VHM_GIB, VHM_PAGE_BYTES, true);
  let_rest (&w);
  uint64_t begin = VHM_GIB + VHM_PAGE_BYTES;
  ck_assert (hdd_ahead_holds (&drive->ahead,
                              (struct hdd_extent){ begin, begin + VHM_MIB }));
  ck_assert_uint_eq (drive->cache.destaged_bytes, VHM_PAGE_BYTES);
  close_world (&w);
}
END_TEST

/* The queue asks again once when a destaged range ends, not more often. */
START_TEST (destaging_needs_no_events_of_its_own)
{
  struct world w;
  open_world (&w, worlds[0]);
  for (uint64_t i = 0; i < 100; i++)
    submit (&w, i * VHM_GIB, VHM_PAGE_BYTES, true);
  let_rest (&w);
  ck_assert_uint_eq (drive->cache.destaged_bytes, 100 * VHM_PAGE_BYTES);
  ck_assert_uint_eq (vhm_engine_n_events (w.engine), 101);
  close_world (&w);
}
END_TEST

SUITE ("hdd drive",
       tcase_add_loop_test (tc, what_is_written_is_destaged_once_or_overwritten,
                            0, G_N_ELEMENTS (worlds));
       tcase_add_test (tc, same_bytes_are_written_whatever_the_order_of_writes);
       tcase_add_test (tc, writes_enter_the_cache_in_order);
       tcase_add_test (tc,
                       what_is_written_past_the_cache_is_not_destaged_after_it);
       tcase_add_test (
           tc, what_is_to_be_read_ahead_is_read_before_the_arm_destages);
       tcase_add_test (tc, destaging_needs_no_events_of_its_own);)
