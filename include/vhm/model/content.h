/* What a page holds, as a model: a 64-bit key that stands for its 4096 bytes.
 * Equal keys, equal pages. Keys are derived, not stored: the owner of a page
 * needs to know nothing but its number in its region and how often it changed.
 *
 *   as first filled   by the classes of the region: zero, part of a common
 *                     image, or unique
 *   after a write     a key that nobody else has
 *   after zeroing     VHM_CONTENT_ZERO
 *
 * Salting keeps keys of different groups apart; a zero page stays one that can
 * be told by its key. How far a page shrinks follows from its key, too.
 *
 * Promise: same classes, owner, page and version, same key, on every machine;
 * keys that should differ are equal with a chance of 2^-63 a pair.
 */
#ifndef VHM_MODEL_CONTENT_H
#define VHM_MODEL_CONTENT_H

#include <vhm/base/units.h>
#include <vhm/sim/param.h>

#define VHM_CONTENT_ZERO UINT64_C(0)
#define VHM_CONTENT_MAX_CLASSES 16 /* a table this long is read at a glance */

enum vhm_content_kind {
  VHM_CONTENT_ZEROS,  /* never filled, or filled with zeros */
  VHM_CONTENT_IMAGE,  /* page k of the image `image`, whoever holds it */
  VHM_CONTENT_UNIQUE, /* nobody else's */
  VHM_N_CONTENT_KINDS
};

struct vhm_content_class {
  enum vhm_content_kind kind;
  uint32_t part_ppm;    /* of the region's pages; all together at most 10^6, the
                           rest is unique. Rounded to a page in 1000 */
  const char *image;    /* IMAGE: its name. Classes of one name hold the same
                           pages, in whatever region or guest */
  uint32_t differs_ppm; /* IMAGE: chance that a page of this owner is not what
                           the image has there (relocated, patched) */
  uint32_t n_copies;    /* IMAGE, UNIQUE: each page so many times in the
                           region; 0 means 1 */
};

/* A class as a scenario writes it, and the rows for its keys: a config holds a
 * vhm_list of these (models/reclaim/content_keys.c). */
struct vhm_content_key {
  int kind; /* enum vhm_content_kind */
  uint64_t part_ppm, differs_ppm, n_copies;
  const char *image;
  struct vhm_mark mark;
};
extern const struct vhm_schema vhm_content_schema;
/* Returns how many there are, at most VHM_CONTENT_MAX_CLASSES. */
uint32_t vhm_content_classes (const struct vhm_list *keys,
                              struct vhm_content_class *ret);
/* Complains about a list under `key` that is no whole. */
void vhm_content_check_keys (const struct vhm_list *keys, const char *key,
                             vhm_schema_complain complain, void *reader);

/* The classes of one region of one owner, ready for use. */
struct vhm_content {
  uint64_t owner;
  uint32_t n;
  struct vhm_content_part {
    uint64_t base; /* start of the key: name of the image, or owner and class */
    enum vhm_content_kind kind;
    uint32_t end, width; /* of the 1000 positions */
    uint32_t differs_ppm, n_copies;
  } parts[VHM_CONTENT_MAX_CLASSES + 1];
};

/* Number of whoever holds pages of its own, from its full name: "guest3/web/0".
 * Another seed draws other pages that differ; the images stay. */
uint64_t vhm_content_owner (uint64_t seed, const char *name);

/* NULL, or what is wrong with the classes, as a sentence. */
const char *vhm_content_check (const struct vhm_content_class *classes,
                               uint32_t n);
/* The classes must pass the check; they are not needed any longer afterwards. */
void vhm_content_init (struct vhm_content *content,
                       const struct vhm_content_class *classes, uint32_t n,
                       uint64_t owner);

/* The page (from 0, of the region) as it was first filled. */
uint64_t vhm_content_filled (const struct vhm_content *content, uint32_t page);
/* The kind of the class it is in. */
enum vhm_content_kind vhm_content_kind (const struct vhm_content *content,
                                        uint32_t page);
/* The page after a write. Any number that changes with each write the model
 * knows of will do as version; the same version, the same key. */
uint64_t vhm_content_written (const struct vhm_content *content, uint32_t page,
                              uint32_t version);

/* Equal afterwards if key and salt were equal. 0 leaves a key as it is: pages
 * are compared among all; a number of the guest, among its own; of a group,
 * among the group. */
uint64_t vhm_content_salted (uint64_t key, uint64_t salt);

static inline bool
vhm_content_is_zero (uint64_t key) /* salted or not */
{
  return (key & 1) == 0;
}

/* How pages shrink. A page shrinks to half or less with the chance small_ppm,
 * then to small_mean_ppm of a page in the mean; others stay above half. Zero
 * pages shrink to next to nothing and are not drawn.
 * 780,000 and 270,000 make a ratio of 2.66 over all, between the 2.63 and 2.77
 * reported for lz4 and lzo in zram (notes.xeome.dev/notes/Zram). */
struct vhm_content_sizes {
  uint32_t small_ppm;      /* 0 .. 10^6 */
  uint32_t small_mean_ppm; /* 1000 .. 500,000 */
};
/* Bytes of the compressed page, 1 .. 4096; of the key before salting. */
uint32_t vhm_content_bytes (uint64_t key,
                            const struct vhm_content_sizes *sizes);

#endif
