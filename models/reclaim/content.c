/* Computes what a page holds: a key from class, owner, number and version.
 *
 * The classes of a region are dealt out to its pages in cycles of 1000:
 *
 *   v = 617 p mod 1000        a permutation of the cycle; the class is the one
 *                             in whose stretch of [0, 1000) v lies
 *   k = width (p / 1000) + v - start      number of the page in its class
 *
 * 617 / 1000 is near the golden ratio, so any run of pages holds about its part
 * of each class and heat (pages of low number are often hot) is independent of
 * content; a whole cycle holds each class exactly. k counts the pages of a
 * class without gaps over whole cycles, so regions of different sizes and
 * tables hold the same first pages of an image, and k / n_copies repeats pages.
 *
 * A key is a chain of one-to-one mixings of 64 bits, the lowest bit set unless
 * the page is zero. Pages of an image that differ are drawn independently for
 * each owner; a part that is the same everywhere is a smaller part of `image`.
 *
 * Compressed sizes are uniform: of small pages on [lo, hi] around their mean m,
 * lo = max (1, 2 m - 2048), hi = 2 m - lo; of others on [2049, 4096].
 *
 * Assumes that writes never bring back a content that was there before.
 * Cost: two to four multiplications a page; no state.
 * Source: mixing by D. Stafford's variant 13 of the 64-bit finalizer of
 * MurmurHash3, as in S. Vigna's splitmix64 (public domain).
 */
#include <vhm/base/require.h>
#include <vhm/model/content.h>
#include <vhm/sim/rng.h>

#include <glib.h>

#define CYCLE 1000u /* positions; a part is rounded to a thousandth */
#define STRIDE 617u /* prime, hence a permutation; 1000 x golden ratio */
#define HALF ((uint32_t) (VHM_PAGE_BYTES / 2))

/* What a key is derived for; keeps the chains apart. */
enum { TAG_IMAGE = 1, TAG_UNIQUE, TAG_WRITTEN, TAG_DIFFERS, TAG_SIZE };

static uint64_t
mix (uint64_t z)
{
  z += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t
chain (uint64_t base, uint64_t x)
{
  return mix (base ^ mix (x));
}

static bool
chance (uint64_t hash, uint32_t ppm)
{
  return (uint64_t) (((unsigned __int128) hash * VHM_PPM) >> 64) < ppm;
}

uint64_t
vhm_content_owner (uint64_t seed, const char *name)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, seed, name);
  return vhm_rng_u64 (&rng);
}

const char *
vhm_content_check (const struct vhm_content_class *classes, uint32_t n)
{
  uint64_t sum_ppm = 0;
  if (n > VHM_CONTENT_MAX_CLASSES)
    return "there are more than 16 classes of content";
  for (uint32_t i = 0; i < n; i++) {
    const struct vhm_content_class *c = &classes[i];
    sum_ppm += c->part_ppm;
    if (c->kind == VHM_CONTENT_IMAGE && (!c->image || !*c->image))
      return "a class of an image does not name the image";
    if (c->kind != VHM_CONTENT_IMAGE && c->image)
      return "a class that is no image names one";
    if (c->differs_ppm > VHM_PPM)
      return "more pages of an image differ than it has";
    if (c->kind != VHM_CONTENT_IMAGE && c->differs_ppm > 0)
      return "pages can differ from an image only";
    if (c->kind == VHM_CONTENT_ZEROS && c->n_copies > 1)
      return "zero pages are all alike, they have no copies";
  }
  return sum_ppm > VHM_PPM ? "the classes are more than the whole" : NULL;
}

static uint64_t
base_of (const struct vhm_content_class *c, uint32_t i, uint64_t owner)
{
  if (c->kind == VHM_CONTENT_IMAGE)
    return chain (TAG_IMAGE, vhm_content_owner (0, c->image));
  return chain (chain (owner, TAG_UNIQUE), i);
}

void
vhm_content_init (struct vhm_content *content,
                  const struct vhm_content_class *classes, uint32_t n,
                  uint64_t owner)
{
  const struct vhm_content_class rest = { .kind = VHM_CONTENT_UNIQUE };
  uint64_t sum_ppm = 0;
  uint32_t end = 0;
  VHM_REQUIRE (vhm_content_check (classes, n) == NULL);
  *content = (struct vhm_content){ .owner = owner, .n = n + 1 };
  for (uint32_t i = 0; i <= n; i++) {
    const struct vhm_content_class *c = i < n ? &classes[i] : &rest;
    sum_ppm = i < n ? sum_ppm + c->part_ppm : VHM_PPM;
    uint32_t next = (uint32_t) ((sum_ppm * CYCLE + VHM_PPM / 2) / VHM_PPM);
    content->parts[i] = (struct vhm_content_part){
      .base = base_of (c, i, owner),
      .kind = c->kind,
      .end = next,
      .width = next - end,
      .differs_ppm = c->differs_ppm,
      .n_copies = MAX (c->n_copies, 1),
    };
    end = next;
  }
}

static uint32_t
position (uint32_t page)
{
  return page % CYCLE * STRIDE % CYCLE;
}

static const struct vhm_content_part *
part_of (const struct vhm_content *content, uint32_t page)
{
  const struct vhm_content_part *part = content->parts;
  while (position (page) >= part->end)
    part++;
  return part;
}

enum vhm_content_kind
vhm_content_kind (const struct vhm_content *content, uint32_t page)
{
  return part_of (content, page)->kind;
}

uint64_t
vhm_content_filled (const struct vhm_content *content, uint32_t page)
{
  const struct vhm_content_part *part = part_of (content, page);
  uint32_t v = position (page);
  if (part->kind == VHM_CONTENT_ZEROS)
    return VHM_CONTENT_ZERO;
  uint64_t k
      = (uint64_t) (page / CYCLE) * part->width + v - (part->end - part->width);
  uint64_t key = chain (part->base, k / part->n_copies);
  if (part->differs_ppm > 0) {
    uint64_t own = chain (chain (content->owner, TAG_DIFFERS), key);
    if (chance (own, part->differs_ppm))
      key = chain (own, page);
  }
  return key | 1;
}

uint64_t
vhm_content_written (const struct vhm_content *content, uint32_t page,
                     uint32_t version)
{
  uint64_t base = chain (content->owner, TAG_WRITTEN);
  return chain (base, (uint64_t) version << 32 | page) | 1;
}

uint64_t
vhm_content_salted (uint64_t key, uint64_t salt)
{
  if (salt == 0)
    return key;
  return (chain (salt, key) & ~UINT64_C (1)) | (key & 1);
}

uint32_t
vhm_content_bytes (uint64_t key, const struct vhm_content_sizes *sizes)
{
  if (key == VHM_CONTENT_ZERO)
    return 1;
  uint64_t hash = chain (TAG_SIZE, key);
  uint64_t place = mix (hash) >> 32; /* uniform on 32 bits */
  uint32_t lo = HALF + 1, hi = (uint32_t) VHM_PAGE_BYTES;
  if (chance (hash, sizes->small_ppm)) {
    uint32_t twice
        = (uint32_t) vhm_scale_ppm (VHM_PAGE_BYTES * 2, sizes->small_mean_ppm);
    lo = twice > HALF ? twice - HALF : 1;
    hi = MAX (twice, 2) - lo;
  }
  return lo + (uint32_t) ((place * (hi - lo + 1)) >> 32);
}
