/* A few keys in order of use, the one used last first: finds a key and puts it
 * in front. Those before its place (all, if it was not there) move up by one,
 * the last one falls out. Empty places are 0 and last; no key is 0.
 *
 * With vectors that is a comparison and a shift under a mask: no branch depends
 * on where the key was, and what is loaded and stored is known early, so that
 * look-ups in other sets overlap. The three ways to do it give the same result;
 * which one it is follows from the processor that the file is compiled for.
 *
 * Keys begin at a cache line and fill whole ones. */
#ifndef VHM_MODELS_TRANSLATION_NEWEST_FIRST_H
#define VHM_MODELS_TRANSLATION_NEWEST_FIRST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#define NEWEST_AVX512
#elif defined(__AVX2__)
#define NEWEST_AVX2
#endif
#if defined(NEWEST_AVX512) || defined(NEWEST_AVX2)
#include <immintrin.h>
#endif

#define NEWEST_KEYS 8  /* 64-bit keys of a cache line */
#define NEWEST_TAGS 16 /* 32-bit ones */

/* The bits up to the lowest one that is set, inclusive; all, if none is. */
static inline uint32_t
newest_upto (uint32_t bits)
{
  return bits ^ (bits - 1);
}

#if defined(NEWEST_AVX512)

static inline uint32_t
newest_equal (__m512i keys, __m512i wanted)
{
  return _mm512_cmpeq_epi64_mask (keys, wanted);
}

/* Those of the mask are what their neighbour was, the first one is the last of
 * `before`. */
static inline void
newest_shift (uint64_t *keys, __m512i old, __m512i before, uint32_t mask)
{
  _mm512_store_si512 (keys, _mm512_mask_alignr_epi64 (old, (__mmask8) mask,
                                                      old, before, 7));
}

/* Up to 8 keys. */
static inline bool
newest_access_8 (uint64_t *keys, uint32_t n, uint64_t key)
{
  __m512i wanted = _mm512_set1_epi64 ((int64_t) key);
  __m512i old = _mm512_load_si512 (keys);
  uint32_t found = newest_equal (old, wanted);
  newest_shift (keys, old, wanted, newest_upto (found | 1U << (n - 1)));
  return found != 0;
}

/* Up to 16 keys. */
static inline bool
newest_access_16 (uint64_t *keys, uint32_t n, uint64_t key)
{
  __m512i wanted = _mm512_set1_epi64 ((int64_t) key);
  __m512i low = _mm512_load_si512 (keys);
  __m512i high = _mm512_load_si512 (keys + NEWEST_KEYS);
  uint32_t found
      = newest_equal (low, wanted) | newest_equal (high, wanted) << NEWEST_KEYS;
  uint32_t upto = newest_upto (found | 1U << (n - 1));
  newest_shift (keys, low, wanted, upto);
  newest_shift (keys + NEWEST_KEYS, high, low, upto >> NEWEST_KEYS);
  return found != 0;
}

/* Any number of keys. */
static inline bool
newest_access (uint64_t *keys, uint32_t n, uint64_t key)
{
  __m512i wanted = _mm512_set1_epi64 ((int64_t) key), before = wanted;
  for (uint32_t i = 0; i < n; i += NEWEST_KEYS) {
    __m512i old = _mm512_load_si512 (keys + i);
    uint32_t found = newest_equal (old, wanted);
    uint32_t last = n - i < NEWEST_KEYS ? 1U << (n - i - 1) : 0;
    newest_shift (keys + i, old, before, newest_upto (found | last));
    if (found != 0)
      return true;
    before = old;
  }
  return false;
}

/* The same for up to 16 tags of 32 bits. */
static inline bool
newest_access_tag (uint32_t *tags, uint32_t n, uint32_t tag)
{
  __m512i wanted = _mm512_set1_epi32 ((int32_t) tag);
  __m512i old = _mm512_load_si512 (tags);
  uint32_t found = _mm512_cmpeq_epi32_mask (old, wanted);
  uint32_t upto = newest_upto (found | 1U << (n - 1));
  _mm512_store_si512 (tags, _mm512_mask_alignr_epi32 (old, (__mmask16) upto,
                                                      old, wanted, 15));
  return found != 0;
}

#elif defined(NEWEST_AVX2)

#define NEWEST_HALF 4 /* keys of a vector */

static inline uint32_t
newest_equal (__m256i keys, __m256i wanted)
{
  __m256i equal = _mm256_cmpeq_epi64 (keys, wanted);
  return (uint32_t) _mm256_movemask_pd (_mm256_castsi256_pd (equal));
}

/* The first upto + 1 are what their neighbour was, the first one is the last of
 * `before`. */
static inline void
newest_shift (uint64_t *keys, __m256i old, __m256i before, int64_t upto)
{
  __m256i turned = _mm256_permute4x64_epi64 (old, 0x93); /* 3 0 1 2 */
  __m256i carry = _mm256_permute4x64_epi64 (before, 0x93);
  __m256i moved = _mm256_blend_epi32 (turned, carry, 3);
  __m256i stays = _mm256_cmpgt_epi64 (_mm256_set_epi64x (3, 2, 1, 0),
                                      _mm256_set1_epi64x (upto));
  _mm256_store_si256 ((__m256i *) (void *) keys,
                      _mm256_blendv_epi8 (moved, old, stays));
}

__attribute__ ((always_inline)) static inline bool
newest_access_few (uint64_t *keys, uint32_t n, uint64_t key, int n_vectors)
{
  __m256i wanted = _mm256_set1_epi64x ((int64_t) key), old[NEWEST_HALF];
  uint32_t found = 0;
  for (int i = 0; i < n_vectors; i++) {
    const uint64_t *at = keys + NEWEST_HALF * i;
    old[i] = _mm256_load_si256 ((const __m256i *) (const void *) at);
    found |= newest_equal (old[i], wanted) << (NEWEST_HALF * i);
  }
  int64_t upto = __builtin_ctz (found | 1U << (n - 1));
  for (int i = 0; i < n_vectors; i++)
    newest_shift (keys + NEWEST_HALF * i, old[i], i == 0 ? wanted : old[i - 1],
                  upto - NEWEST_HALF * i);
  return found != 0;
}

static inline bool
newest_access_8 (uint64_t *keys, uint32_t n, uint64_t key)
{
  return newest_access_few (keys, n, key, 2);
}

static inline bool
newest_access_16 (uint64_t *keys, uint32_t n, uint64_t key)
{
  return newest_access_few (keys, n, key, 4);
}

static inline bool
newest_access (uint64_t *keys, uint32_t n, uint64_t key)
{
  __m256i wanted = _mm256_set1_epi64x ((int64_t) key), before = wanted;
  for (uint32_t i = 0; i < n; i += NEWEST_HALF) {
    __m256i old
        = _mm256_load_si256 ((const __m256i *) (const void *) (keys + i));
    uint32_t found = newest_equal (old, wanted);
    uint32_t last = n - i < NEWEST_HALF ? n - i - 1 : NEWEST_HALF - 1;
    newest_shift (keys + i, old, before, __builtin_ctz (found | 1U << last));
    if (found != 0)
      return true;
    before = old;
  }
  return false;
}

static inline bool
newest_access_tag (uint32_t *tags, uint32_t n, uint32_t tag)
{
  __m256i *at = (__m256i *) (void *) tags;
  __m256i wanted = _mm256_set1_epi32 ((int32_t) tag), before = wanted, old[2];
  __m256i turn = _mm256_set_epi32 (6, 5, 4, 3, 2, 1, 0, 7);
  __m256i place = _mm256_set_epi32 (7, 6, 5, 4, 3, 2, 1, 0);
  uint32_t found = 0;
  for (int i = 0; i < 2; i++) {
    old[i] = _mm256_load_si256 (at + i);
    __m256i equal = _mm256_cmpeq_epi32 (old[i], wanted);
    found |= (uint32_t) _mm256_movemask_ps (_mm256_castsi256_ps (equal))
             << (8 * i);
  }
  __m256i upto = _mm256_set1_epi32 (__builtin_ctz (found | 1U << (n - 1)));
  for (int i = 0; i < 2; i++) {
    __m256i turned = _mm256_permutevar8x32_epi32 (old[i], turn);
    __m256i carry = _mm256_permutevar8x32_epi32 (before, turn);
    __m256i moved = _mm256_blend_epi32 (turned, carry, 1);
    __m256i stays = _mm256_cmpgt_epi32 (place, upto);
    _mm256_store_si256 (at + i, _mm256_blendv_epi8 (moved, old[i], stays));
    before = old[i];
    place = _mm256_add_epi32 (place, _mm256_set1_epi32 (8));
  }
  return found != 0;
}

#else

static inline bool
newest_access (uint64_t *keys, uint32_t n, uint64_t key)
{
  uint64_t before = key;
  for (uint32_t i = 0; i < n; i++) {
    uint64_t old = keys[i];
    keys[i] = before;
    if (old == key)
      return true;
    before = old;
  }
  return false;
}

static inline bool
newest_access_8 (uint64_t *keys, uint32_t n, uint64_t key)
{
  return newest_access (keys, n, key);
}

static inline bool
newest_access_16 (uint64_t *keys, uint32_t n, uint64_t key)
{
  return newest_access (keys, n, key);
}

static inline bool
newest_access_tag (uint32_t *tags, uint32_t n, uint32_t tag)
{
  uint32_t before = tag;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t old = tags[i];
    tags[i] = before;
    if (old == tag)
      return true;
    before = old;
  }
  return false;
}

#endif
#endif
