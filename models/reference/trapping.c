/* Which page traps: a draw in proportion to weight among the trapping pages of
 * a region, in O(1).
 *
 * Pages stand in classes by powers of two of their weight. A draw chooses a
 * class in proportion to the sum of its weights, then members uniformly until
 * one is accepted with chance weight / bound, which is at least one half. A
 * class is an array without order, so a page comes and goes by a swap with the
 * last one; the page's `slot` is its place.
 *
 * Invariant: `sum` is exactly the sum of the fixed-point weights of the pages
 * in the arrays; integers, so that it never drifts however often pages come and
 * go. Weights are floats of 24 bits, and fixed point has some 60 below the sum
 * of all weights, so nothing is lost for weights above 2^-36 of that sum.
 *
 * Cost: 4 bytes a page; a draw reads classes (about 20 for zipf) and 1.4 page
 * records. Tried: Fenwick tree over classes - slower below 100 classes.
 */
#include "refs.h"

#include <math.h>
#include <vhm/base/require.h>

#define FIXED_BITS 61 /* the sum of all weights stays below 2^62 */
#define FLOAT_MANTISSA_BITS 23
#define FLOAT_BIAS 127
#define U64_BITS 64

void
trapping_init (struct trapping *trapping, double largest_sum)
{
  *trapping = (struct trapping){ 0 };
  trapping->scale = ldexp (1, FIXED_BITS - ilogb (largest_sum) - 1);
}

void
trapping_clear (struct trapping *trapping)
{
  for (unsigned i = 0; i < trapping->n_classes; i++)
    g_free (trapping->classes[i].page);
  g_free (trapping->classes);
}

uint64_t
trapping_fixed (const struct trapping *trapping, float weight)
{
  if (weight <= 0)
    return 0;
  return MAX ((uint64_t)((double)weight * trapping->scale), 1);
}

static unsigned
exponent_of (float weight)
{
  union {
    float value;
    uint32_t bits;
  } u = { .value = weight };
  return u.bits >> FLOAT_MANTISSA_BITS;
}

static struct weight_class *
class_of (const struct trapping *trapping, float weight)
{
  return &trapping->classes[trapping->class_of[exponent_of (weight)] - 1];
}

/* The class for `weight`, made at need. */
static struct weight_class *
need_class (struct trapping *trapping, float weight)
{
  unsigned exponent = exponent_of (weight);
  if (trapping->class_of[exponent] == 0) {
    int bits = (int)exponent - FLOAT_BIAS + 1 + ilogb (trapping->scale);
    trapping->classes = g_renew (struct weight_class, trapping->classes,
                                 trapping->n_classes + 1);
    trapping->classes[trapping->n_classes]
        = (struct weight_class){ .bits = (unsigned)MAX (bits, 1) };
    trapping->class_of[exponent] = (uint8_t)++trapping->n_classes;
  }
  return class_of (trapping, weight);
}

void
trapping_add (struct trapping *trapping, struct page *pages, uint32_t page)
{
  float weight = pages[page].weight;
  if (weight <= 0)
    return;
  struct weight_class *c = need_class (trapping, weight);
  if (c->n == c->capacity) {
    c->capacity = MAX (2 * c->capacity, (uint32_t)VHM_FIRST_CAPACITY (16));
    c->page = g_renew (uint32_t, c->page, c->capacity);
  }
  uint64_t fixed = trapping_fixed (trapping, weight);
  c->sum += fixed;
  trapping->sum += fixed;
  c->page[c->n] = page;
  pages[page].slot = c->n++ & SLOT_MASK;
}

void
trapping_remove (struct trapping *trapping, struct page *pages, uint32_t page)
{
  float weight = pages[page].weight;
  if (weight <= 0)
    return;
  struct weight_class *c = class_of (trapping, weight);
  VHM_ASSERT (c->page[pages[page].slot] == page);
  uint64_t fixed = trapping_fixed (trapping, weight);
  c->sum -= fixed;
  trapping->sum -= fixed;
  uint32_t last = c->page[--c->n];
  c->page[pages[page].slot] = last;
  pages[last].slot = pages[page].slot;
}

static const struct weight_class *
draw_class (const struct trapping *trapping, struct vhm_rng *rng)
{
  uint64_t point = vhm_rng_below (rng, trapping->sum);
  const struct weight_class *c = trapping->classes;
  while (point >= c->sum) {
    point -= c->sum;
    c++;
  }
  return c;
}

/* One 64-bit draw gives the member (high half of the product) and, from what
 * is left over (low half), the acceptance. */
uint32_t
trapping_draw (const struct trapping *trapping, const struct page *pages,
               struct vhm_rng *rng)
{
  VHM_REQUIRE (trapping->sum > 0);
  const struct weight_class *c = draw_class (trapping, rng);
  for (;;) {
    unsigned __int128 product = (unsigned __int128)vhm_rng_u64 (rng) * c->n;
    uint32_t page = c->page[(uint32_t)(product >> U64_BITS)];
    uint64_t rest = (uint64_t)product >> (U64_BITS - c->bits);
    if (rest < trapping_fixed (trapping, pages[page].weight))
      return page;
  }
}

uint64_t
trapping_bytes (const struct trapping *trapping)
{
  uint64_t bytes = trapping->n_classes * sizeof (struct weight_class);
  for (unsigned i = 0; i < trapping->n_classes; i++)
    bytes += trapping->classes[i].capacity * sizeof (uint32_t);
  return bytes;
}
