/* Which page does the next reference visit? A draw from all pages in proportion
 * to weight, in O(1) and without a table by page.
 *
 * Pages of nearly one weight stand in buckets: one for a uniform region, one
 * each for the runs of hot and of cold pages, and for zipf the first 64 ranks
 * one by one and then 64 equal parts of each power of two. A bucket is proposed
 * with chance ~ n x bound (an alias table), a page of it uniformly, and
 * accepted with chance weight / bound; if not, all begins again, so that page i
 * comes with chance
 *   ~ n_b bound_b x 1 / n_b x w_i / bound_b = w_i,   exactly.
 * Within a bucket of ranks [a, b) weights fall by no more than (a / b)^s, b / a
 * <= 65 / 64: for s = 1 all but 1.6 % of the proposals are settled by comparing
 * with the least weight of the bucket (the squeeze); only these want a pow.
 *
 * A region's masses are scaled by share / (sum of its weights), the sum that
 * the stream keeps, so one table holds all regions. A scan is a bucket of its
 * own, with a cursor.
 *
 * Cost: two random numbers and two loads from tables of some 64 KiB for 10^6
 * zipf pages; building them, two pow a bucket. Left out: sweeps, which come on
 * top of the process's references. Source: alias method, A. J. Walker 1977, in
 * the form of M. D. Vose, IEEE TSE 17(9), 1991; squeeze, G. Marsaglia 1977.
 */
#include "every.h"

#include <math.h>
#include <vhm/base/require.h>

#define N_PARTS 64 /* of a power of two of ranks: see above */
#define TWO_64 0x1.0p64
#define FIRST_CAPACITY ((uint32_t) VHM_FIRST_CAPACITY (64))

/* A chance as a limit for 64 random bits, never too large: what lies at or
 * above it is looked at more closely. */
static uint64_t
limit_of (double chance)
{
  double limit = chance * TWO_64;
  return limit >= TWO_64 ? UINT64_MAX : (uint64_t) limit;
}

static void
reserve (struct draw_table *table)
{
  if (table->n < table->capacity)
    return;
  table->capacity = MAX (2 * table->capacity, FIRST_CAPACITY);
  table->bucket = g_renew (struct draw_bucket, table->bucket, table->capacity);
  table->shape = g_renew (struct draw_shape, table->shape, table->capacity);
  table->mass = g_renew (double, table->mass, table->capacity);
}

/* `factor` is the chance of a page of weight 1. */
static void
add (struct draw_table *table, const struct draw_bucket *bucket,
     const struct draw_shape *shape, double factor)
{
  double mass = factor * shape->bound * MAX (bucket->n, 1);
  if (!(mass > 0))
    return;
  reserve (table);
  table->bucket[table->n] = *bucket;
  table->shape[table->n] = *shape;
  table->mass[table->n++] = mass;
}

/* --- buckets of one region ------------------------------------------------ */

/* Pages [from, from + n) of the region, all of one weight, wrapping round. */
static void
add_ring (struct draw_table *table, const struct region *region, uint32_t from,
          uint32_t n, double weight, double factor)
{
  uint32_t first = from % region->n_active;
  uint32_t before_end = MIN (n, region->n_active - first);
  struct draw_shape shape = { .bound = weight };
  struct draw_bucket bucket = { .first = region->first + first,
                                .n = before_end,
                                .squeeze = UINT64_MAX,
                                .write = region->spec.write };
  if (before_end > 0)
    add (table, &bucket, &shape, factor);
  bucket.first = region->first;
  bucket.n = n - before_end;
  if (bucket.n > 0)
    add (table, &bucket, &shape, factor);
}

static void
add_zipf (struct draw_table *table, const struct region *region, double factor)
{
  double s = region->spec.exponent;
  uint32_t last = region->n_active;
  for (uint32_t rank = 1, n = 1; rank <= last; rank += n) {
    if (rank >= 2 * N_PARTS * n)
      n *= 2;
    uint32_t members = MIN (n, last + 1 - rank);
    double first = pow (rank, -s), end = pow (rank + members - 1.0, -s);
    double bound = fmax (first, end);
    add (table,
         &(struct draw_bucket){ .first = region->first + rank - 1,
                                .n = members,
                                .squeeze = limit_of (fmin (first, end) / bound),
                                .write = region->spec.write },
         &(struct draw_shape){ .exponent = s, .bound = bound, .rank = rank },
         factor);
  }
}

static bool
scan_is_over (const struct region *region, double clock)
{
  const struct cursor *c = &region->cursor;
  return c->lap == 0 || (!c->cyclic && cursor_done (c, clock) >= c->lap);
}

static void
add_region (struct draw_table *table, const vhm_refs *refs, uint32_t number,
            bool with_scans)
{
  const struct region *region = &refs->regions[number];
  const struct vhm_region_spec *spec = &region->spec;
  double share = spec->share;
  if (spec->pattern == VHM_PATTERN_SCAN) {
    if (with_scans && !scan_is_over (region, refs->clock))
      add (table,
           &(struct draw_bucket){ .first = number, .write = spec->write },
           &(struct draw_shape){ .bound = 1 }, share);
    return;
  }
  if (region->weight_sum == 0)
    return;
  double factor
      = share / ((double) region->weight_sum / region->trapping.scale);
  uint32_t n = region->n_active, n_hot = region->n_hot;
  if (spec->pattern == VHM_PATTERN_ZIPF) {
    add_zipf (table, region, factor);
  } else if (spec->pattern == VHM_PATTERN_HOT_COLD) {
    uint32_t start = region->hot_start % n;
    add_ring (table, region, start, n_hot, region->hot_weight, factor);
    add_ring (table, region, start + n_hot, n - n_hot, region->cold_weight,
              factor);
  } else {
    add_ring (table, region, 0, n, 1, factor);
  }
}

/* --- the alias table ------------------------------------------------------ */

/* Buckets of less than average mass are filled up with the rest of one of
 * more. */
static void
make_aliases (struct draw_table *table)
{
  uint32_t n = table->n, n_small = 0, n_large = 0;
  double sum = 0, *mass = table->mass;
  for (uint32_t i = 0; i < n; i++)
    sum += mass[i];
  table->alias = g_renew (struct draw_alias, table->alias, n);
  g_autofree uint32_t *small = g_new (uint32_t, n);
  g_autofree uint32_t *large = g_new (uint32_t, n);
  for (uint32_t i = 0; i < n; i++) {
    mass[i] *= n / sum;
    table->alias[i] = (struct draw_alias){ UINT64_MAX, i };
    if (mass[i] < 1)
      small[n_small++] = i;
    else
      large[n_large++] = i;
  }
  while (n_small > 0 && n_large > 0) {
    uint32_t i = small[--n_small], rich = large[n_large - 1];
    table->alias[i] = (struct draw_alias){ limit_of (mass[i]), rich };
    mass[rich] -= 1 - mass[i];
    if (mass[rich] < 1) {
      n_large--;
      small[n_small++] = rich;
    }
  }
}

void
draw_table_build (struct draw_table *table, const vhm_refs *refs,
                  bool with_scans)
{
  draw_table_clear (table);
  for (uint32_t i = 0; i < refs->n_regions; i++)
    add_region (table, refs, i, with_scans);
  if (table->n > 0)
    make_aliases (table);
  g_clear_pointer (&table->mass, g_free);
}

void
draw_table_clear (struct draw_table *table)
{
  g_free (table->bucket);
  g_free (table->shape);
  g_free (table->alias);
  g_free (table->mass);
  *table = (struct draw_table){ 0 };
}

/* The proposal that the squeeze left open. */
bool
draw_accepts (const struct draw_shape *shape, uint32_t offset, uint64_t random)
{
  if (shape->exponent == 0)
    return true;
  double weight = pow (shape->rank + (double) offset, -shape->exponent);
  return (double) random < weight / shape->bound * TWO_64;
}

/* --- the sampler ---------------------------------------------------------- */

struct scan {
  uint32_t first, stride, lap, place;
};

struct vhm_sampler {
  struct vhm_rng rng;
  struct draw_table table;
  struct scan *scans; /* by region */
  struct replay replay;
};

vhm_sampler *
vhm_sampler_new (const vhm_refs *refs, const struct vhm_rng *rng)
{
  vhm_sampler *sampler = g_new0 (vhm_sampler, 1);
  sampler->rng = *rng;
  draw_table_build (&sampler->table, refs, true);
  sampler->scans = g_new0 (struct scan, refs->n_regions);
  for (uint32_t i = 0; i < refs->n_regions; i++) {
    const struct region *region = &refs->regions[i];
    const struct cursor *c = &region->cursor;
    if (region->spec.pattern != VHM_PATTERN_SCAN || c->lap == 0)
      continue;
    sampler->scans[i] = (struct scan){
      .first = region->first,
      .stride = c->stride,
      .lap = c->lap,
      .place = (uint32_t) (cursor_done (c, refs->clock) % c->lap),
    };
  }
  if (refs->every != NULL && refs->every->replay.visits
      && refs->regions[0].n_active > 0)
    sampler->replay = replay_rewound (refs->every);
  return sampler;
}

void
vhm_sampler_free (vhm_sampler *sampler)
{
  draw_table_clear (&sampler->table);
  g_free (sampler->scans);
  g_free (sampler);
}

/* A scan that comes to its end begins again. */
static uint32_t
scan_on (struct scan *scan)
{
  uint32_t page = scan->first + scan->place * scan->stride;
  scan->place = scan->place + 1 < scan->lap ? scan->place + 1 : 0;
  return page;
}

size_t
vhm_sampler_draw (vhm_sampler *sampler, size_t n, struct vhm_reference *ret)
{
  if (sampler->replay.visits)
    return replay_copy (&sampler->replay, n, ret);
  if (sampler->table.n == 0)
    return 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t page = 0;
    const struct draw_bucket *b
        = draw_page (&sampler->table, &sampler->rng, &page);
    if (b->n == 0)
      page = scan_on (&sampler->scans[b->first]);
    ret[i].page = page & INT32_MAX;
    ret[i].write = draw_write (b->write, &sampler->rng);
  }
  return n;
}
