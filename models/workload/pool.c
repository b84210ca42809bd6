/* A pool of buffers in front of a database: which pages it holds.
 *
 * The process has one region, as large as the database; page i of it is the buffer
 * that holds page i of the database, if there is one. So
 *
 *   a look-up of a page that has a buffer    is a reference to it (a hit), which may
 *                                            fault if the system has paged it out
 *   a look-up of one that has none           waits for a read of the database's file
 *                                            past the system's cache (a miss)
 *
 * and after a read the pool takes a page more if it may (one page is committed), or
 * gives up the buffer that was used longest ago, exactly (lru.c). By the independent
 * reference model with rates p_i its hit ratio is Che's: with C buffers
 *
 *   h = sum p_i (1 - exp (-p_i T)),   T from   sum (1 - exp (-p_i T)) = C.
 *
 * Operations are transactions of so many look-ups, so their rate follows from h.
 *
 * Invariant: held <= target, but least pages at least are committed; committed =
 * max (least, held). Cost: an event a miss, nothing a hit; 16 bytes a buffer.
 * Left out: pages of 8 KiB (one of 4 KiB is read at a time), changed pages written
 * back, the log, reading ahead. Approximations: buffers lie at addresses as far apart
 * as the pages in the database, which translation sees; a buffer that changes hands
 * goes through the system's free list, which costs a demand-zero fault a miss.
 */
#include "pool.h"

#include <vhm/base/require.h>

enum { DATABASE };

const char *const pool_patterns[] = { [VHM_PATTERN_UNIFORM] = "uniform",
                                      [VHM_PATTERN_ZIPF] = "zipf",
                                      [VHM_PATTERN_HOT_COLD] = "hot-cold",
                                      NULL };

static double
fraction (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

bool
pool_start (struct pool *pool, const struct pool_config *c,
            const struct pace *pace, vhm_process *p)
{
  uint32_t n = (uint32_t) vhm_bytes_to_pages (c->database_bytes);
  pool->database = n;
  pool->least = MIN ((uint32_t) vhm_bytes_to_pages (c->minimum_bytes), n);
  pool->most = MIN ((uint32_t) vhm_bytes_to_pages (c->maximum_bytes), n);
  const struct vhm_content_class content
      = { .kind = VHM_CONTENT_UNIQUE, .part_ppm = VHM_PPM };
  const struct vhm_region_spec spec = {
    .pattern = (enum vhm_pattern) c->pattern,
    .n_pages = n,
    .share = 1,
    .write = pace_write (pace),
    .exponent = c->exponent,
    .hot = fraction (c->hot_ppm),
    .hot_weight = fraction (c->hot_weight_ppm),
    .is_loaded = true,
    .file_at = vhm_process_new_file (p, n),
    .content = &content,
    .n_content = 1,
  };
  vhm_process_add_region (p, &spec);
  const struct vhm_threads threads = pace_threads (pace);
  vhm_process_run (p, &threads);
  return pool_open (pool, p);
}

bool
pool_open (struct pool *pool, vhm_process *p)
{
  if (!vhm_process_commit (p, pool->least))
    return false;
  pool->target = pool->least;
  vhm_process_set_active (p, DATABASE, pool->database);
  return true;
}

static double
last_use (void *process, uint32_t page)
{
  return vhm_process_last_access (process, DATABASE, page);
}

static void
give_up_one (struct pool *pool, vhm_process *p)
{
  uint32_t page = lru_take (&pool->order, last_use, p);
  vhm_process_drop (p, DATABASE, page, 1);
  pool->held--;
}

void
pool_loaded (struct pool *pool, vhm_process *p, uint32_t page)
{
  pool->n_misses++;
  bool may_grow = pool->held < pool->target;
  if (may_grow && pool->held >= pool->least)
    may_grow = vhm_process_commit (p, 1);
  if (!may_grow)
    give_up_one (pool, p);
  lru_add (&pool->order, page, vhm_process_clock (p));
  pool->held++;
}

void
pool_aim (struct pool *pool, vhm_process *p, uint64_t n_pages)
{
  if (!pool_is_open (pool))
    return;
  pool->target = (uint32_t) CLAMP (n_pages, pool->least, pool->most);
  uint32_t n = 0;
  for (; pool->held > pool->target; n++)
    give_up_one (pool, p);
  if (n > 0)
    vhm_process_uncommit (p, n);
}

struct vhm_app_cache
pool_levels (const struct pool *pool, const vhm_process *p)
{
  return (struct vhm_app_cache){ .held_pages = pool->held,
                                 .target_pages = pool->target,
                                 .n_lookups = vhm_process_clock (p),
                                 .n_misses = pool->n_misses };
}

void
pool_check (const struct pool_config *c, vhm_schema_complain complain,
            void *reader)
{
  if (c->maximum_bytes < c->minimum_bytes)
    complain (reader, "maximum", "below minimum", "at least minimum");
  if (c->database_bytes < c->minimum_bytes)
    complain (reader, "database", "smaller than minimum", "at least minimum");
}
