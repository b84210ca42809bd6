/* Which page traps: a draw in proportion to weight among the trapping pages of
 * a region, in O(1).
 *
 * Pages stand in classes of nearly one weight, two to a power of two. A draw
 * chooses a class in proportion to the sum of its weights, then members
 * uniformly until one is accepted with chance weight / bound, 5 times in 6 on
 * average. A class is an array without order, so a page comes and goes by a
 * swap with the last one; the page's `slot` is its place.
 *
 * Invariant: `sum` is exactly the sum of the fixed-point weights of the pages
 * in the arrays; integers, so that it never drifts however often pages come and
 * go. Weights are floats of 24 bits, and fixed point has some 60 below the sum
 * of all weights, so nothing is lost for weights above 2^-36 of that sum.
 *
 * The two random numbers of a draw are taken one draw ahead, only to fetch what
 * it will most likely read: a draw is two dependent loads that miss the caches.
 * Their meaning is settled when they are used, so the law is that of the
 * moment.
 *
 * Cost: 4 bytes a page; a draw adds up a few classes, lightest first, since
 * light pages are the ones that trap, and reads 1.2 page records. Tried:
 * Fenwick tree over the classes, slower below 100 classes.
 */
#include "refs.h"

#include <math.h>
#include <vhm/base/require.h>

#define FIXED_BITS 61 /* the sum of all weights stays below 2^62 */
#define FIRST_CAPACITY ((uint32_t) VHM_FIRST_CAPACITY (16))
#define SPARSE 4       /* a class that empties gives back half its room */
#define CLASS_SHIFT 22 /* a float's exponent and one bit of mantissa */
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
  for (uint32_t i = 0; i < trapping->n_classes; i++)
    g_free (trapping->classes[i].page);
  g_free (trapping->classes);
}

uint64_t
trapping_fixed (const struct trapping *trapping, float weight)
{
  if (weight <= 0)
    return 0;
  return MAX ((uint64_t) ((double) weight * trapping->scale), 1);
}

union float_bits {
  float value;
  uint32_t bits;
};

static unsigned
class_number (float weight)
{
  union float_bits u = { .value = weight };
  return u.bits >> CLASS_SHIFT;
}

static struct weight_class *
class_of (const struct trapping *trapping, float weight)
{
  return &trapping->classes[trapping->class_of[class_number (weight)] - 1];
}

/* The class for `weight`, made at need. */
static struct weight_class *
need_class (struct trapping *trapping, float weight)
{
  unsigned number = class_number (weight);
  if (trapping->class_of[number] == 0) {
    union float_bits bound = { .bits = (number + 1) << CLASS_SHIFT };
    trapping->classes = g_renew (struct weight_class, trapping->classes,
                                 trapping->n_classes + 1);
    trapping->classes[trapping->n_classes] = (struct weight_class){
      .bound = trapping_fixed (trapping, bound.value),
    };
    trapping->class_of[number] = (uint16_t) ++trapping->n_classes;
  }
  return class_of (trapping, weight);
}

static void
resize (struct weight_class *c, uint32_t capacity)
{
  c->capacity = capacity;
  c->page = g_renew (uint32_t, c->page, capacity);
}

/* A page that is mapped and stands here all the same is hidden or protected. */
static void
set_place (const struct trapping *trapping, struct page *pages, uint32_t page,
           uint32_t place)
{
  if (pages[page].mapped)
    trapping->side_place[page] = place;
  else
    pages[page].slot = place & SLOT_MASK;
}

static uint32_t
place_of (const struct trapping *trapping, const struct page *pages,
          uint32_t page)
{
  return pages[page].mapped ? trapping->side_place[page] : pages[page].slot;
}

void
trapping_add (struct trapping *trapping, struct page *pages, uint32_t page)
{
  float weight = pages[page].weight;
  if (weight <= 0)
    return;
  if (trapping->only_sums) {
    trapping->sum += trapping_fixed (trapping, weight);
    return;
  }
  struct weight_class *c = need_class (trapping, weight);
  if (c->n == c->capacity) {
    c->capacity = MAX (2 * c->capacity, (uint32_t) VHM_FIRST_CAPACITY (16));
    c->page = g_renew (uint32_t, c->page, c->capacity);
  }
  uint64_t fixed = trapping_fixed (trapping, weight);
  c->sum += fixed;
  trapping->sum += fixed;
  c->page[c->n] = page;
  set_place (trapping, pages, page, c->n++);
}

void
trapping_remove (struct trapping *trapping, struct page *pages, uint32_t page)
{
  float weight = pages[page].weight;
  if (weight <= 0)
    return;
  if (trapping->only_sums) {
    trapping->sum -= trapping_fixed (trapping, weight);
    return;
  }
  struct weight_class *c = class_of (trapping, weight);
  uint32_t place = place_of (trapping, pages, page);
  VHM_ASSERT (c->page[place] == page);
  uint64_t fixed = trapping_fixed (trapping, weight);
  c->sum -= fixed;
  trapping->sum -= fixed;
  uint32_t last = c->page[--c->n];
  c->page[place] = last;
  set_place (trapping, pages, last, place);
  if (c->n < c->capacity / SPARSE && c->capacity > FIRST_CAPACITY)
    resize (c, c->capacity / 2);
}

/* The class in which the part `random` / 2^64 of the sum lies. */
static uint32_t
class_at (const struct trapping *trapping, uint64_t random)
{
  uint64_t point
      = (uint64_t) ((unsigned __int128) random * trapping->sum >> U64_BITS);
  uint32_t i = trapping->n_classes - 1;
  for (; point >= trapping->classes[i].sum; i--)
    point -= trapping->classes[i].sum;
  return i;
}

/* Takes the random numbers of the next draw and fetches the place that they
 * point to now. */
static void
look_ahead (struct trapping *trapping, struct vhm_rng *rng)
{
  trapping->ahead[0] = vhm_rng_u64 (rng);
  trapping->ahead[1] = vhm_rng_u64 (rng);
  trapping->has_ahead = true;
  trapping->next_class = class_at (trapping, trapping->ahead[0]);
  const struct weight_class *c = &trapping->classes[trapping->next_class];
  trapping->next_place
      = (uint32_t) ((unsigned __int128) trapping->ahead[1] * c->n >> U64_BITS);
  __builtin_prefetch (&c->page[trapping->next_place]);
}

void
trapping_prefetch (const struct trapping *trapping, const struct page *pages)
{
  if (!trapping->has_ahead)
    return;
  const struct weight_class *c = &trapping->classes[trapping->next_class];
  if (trapping->next_place < c->n)
    __builtin_prefetch (&pages[c->page[trapping->next_place]], 1);
}

/* One 64-bit number gives the member (high half of the product) and, from what
 * is left over (low half), the acceptance. */
uint32_t
trapping_draw (struct trapping *trapping, const struct page *pages,
               struct vhm_rng *rng)
{
  VHM_REQUIRE (trapping->sum > 0);
  if (!trapping->has_ahead)
    look_ahead (trapping, rng);
  const struct weight_class *c
      = &trapping->classes[class_at (trapping, trapping->ahead[0])];
  uint64_t random = trapping->ahead[1];
  for (;;) {
    unsigned __int128 product = (unsigned __int128) random * c->n;
    uint32_t page = c->page[(uint32_t) (product >> U64_BITS)];
    uint64_t level
        = (uint64_t) ((unsigned __int128) (uint64_t) product * c->bound
                      >> U64_BITS);
    if (level < trapping_fixed (trapping, pages[page].weight)) {
      look_ahead (trapping, rng);
      return page;
    }
    random = vhm_rng_u64 (rng);
  }
}

/* Gives back room that was made for growing. */
void
trapping_trim (struct trapping *trapping)
{
  for (uint32_t i = 0; i < trapping->n_classes; i++)
    resize (&trapping->classes[i], trapping->classes[i].n);
}

uint64_t
trapping_bytes (const struct trapping *trapping)
{
  uint64_t bytes = trapping->n_classes * sizeof (struct weight_class);
  for (uint32_t i = 0; i < trapping->n_classes; i++)
    bytes += trapping->classes[i].capacity * sizeof (uint32_t);
  return bytes;
}
