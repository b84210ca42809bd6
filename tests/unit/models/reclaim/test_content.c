/* What pages hold: who shares what with whom, in which parts. */
#include "suite.h"

#include <math.h>
#include <string.h>

#include <vhm/model/content.h>

#define CYCLE 1000u

static const struct vhm_content_class mixture[] = {
  { .kind = VHM_CONTENT_ZEROS, .part_ppm = 70000 },
  { .kind = VHM_CONTENT_IMAGE, .part_ppm = 545000, .image = "redhat" },
  { .kind = VHM_CONTENT_UNIQUE, .part_ppm = 60000, .n_copies = 3 },
};

static struct vhm_content
a_mixture (const char *owner)
{
  struct vhm_content c;
  vhm_content_init (&c, mixture, G_N_ELEMENTS (mixture),
                    vhm_content_owner (1, owner));
  return c;
}

static int
compare_keys (const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
  return (x > y) - (x < y);
}

static GArray *
sorted_keys (const struct vhm_content *c, uint32_t n)
{
  GArray *keys = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  for (uint32_t p = 0; p < n; p++) {
    uint64_t key = vhm_content_filled (c, p);
    g_array_append_val (keys, key);
  }
  g_array_sort (keys, compare_keys);
  return keys;
}

/* Keys of b that a has, too; both sorted, b without zeros. */
static uint32_t
n_common (const GArray *a, const GArray *b)
{
  uint32_t n = 0;
  for (uint32_t i = 0, k = 0; i < b->len; i++) {
    uint64_t key = g_array_index (b, uint64_t, i);
    while (k < a->len && g_array_index (a, uint64_t, k) < key)
      k++;
    n += key != VHM_CONTENT_ZERO && k < a->len
         && g_array_index (a, uint64_t, k) == key;
  }
  return n;
}

START_TEST (two_guests_have_the_image_in_common_and_nothing_else)
{
  struct vhm_content c1 = a_mixture ("guest1"), c2 = a_mixture ("guest2");
  g_autoptr (GArray) a = sorted_keys (&c1, 4 * CYCLE);
  g_autoptr (GArray) b = sorted_keys (&c2, 4 * CYCLE);
  ck_assert_uint_eq (n_common (a, b), 4 * 545);
}
END_TEST

START_TEST (whole_cycles_hold_each_part_exactly)
{
  struct vhm_content c = a_mixture ("guest1");
  g_autoptr (GArray) keys = sorted_keys (&c, 3 * CYCLE);
  uint32_t runs[8] = { 0 }, n_zero = 0;
  for (uint32_t i = 0, n; i < keys->len; i += n) {
    uint64_t key = g_array_index (keys, uint64_t, i);
    for (n = 1;
         i + n < keys->len && g_array_index (keys, uint64_t, i + n) == key;)
      n++;
    if (key == VHM_CONTENT_ZERO)
      n_zero = n;
    else
      runs[n]++;
  }
  ck_assert_uint_eq (n_zero, 3 * 70);
  ck_assert_uint_eq (runs[1], 3 * (545 + 325));
  ck_assert_uint_eq (runs[2], 0);
  ck_assert_uint_eq (runs[3], 60);
}
END_TEST

/* Any run of pages, hot ones at the start above all, holds its part; dealt at
 * random it would be off by 15 and more somewhere. */
START_TEST (classes_are_spread_evenly)
{
  struct vhm_content c = a_mixture ("guest1");
  for (uint32_t first = 0; first < 2 * CYCLE; first += 37) {
    uint32_t n_zero = 0;
    for (uint32_t n = 1; n <= 500; n++) {
      n_zero += vhm_content_filled (&c, first + n - 1) == VHM_CONTENT_ZERO;
      ck_assert_double_le (fabs (n_zero - .07 * n), 5.5);
    }
  }
}
END_TEST

/* Of an image of which one holds 2180 pages and the other 300. */
START_TEST (tables_of_all_sizes_hold_the_same_image)
{
  const struct vhm_content_class other[] = {
    { .kind = VHM_CONTENT_UNIQUE, .part_ppm = 400000 },
    { .kind = VHM_CONTENT_IMAGE, .part_ppm = 300000, .image = "redhat" },
    { .kind = VHM_CONTENT_IMAGE, .part_ppm = 300000, .image = "suse" },
  };
  struct vhm_content c1 = a_mixture ("guest1"), c2;
  vhm_content_init (&c2, other, 3, vhm_content_owner (1, "guest2"));
  g_autoptr (GArray) a = sorted_keys (&c1, 4 * CYCLE);
  g_autoptr (GArray) b = sorted_keys (&c2, CYCLE);
  ck_assert_uint_eq (n_common (a, b), 300);
}
END_TEST

static bool
add_once (GHashTable *keys, uint64_t key)
{
  return g_hash_table_add (keys, g_memdup2 (&key, sizeof key));
}

/* As a virtual disk: one class, all of it an image. */
START_TEST (an_image_alone_has_each_of_its_pages_once)
{
  const struct vhm_content_class disk
      = { .kind = VHM_CONTENT_IMAGE, .part_ppm = 1000000, .image = "disk" };
  struct vhm_content c[2];
  vhm_content_init (&c[0], &disk, 1, vhm_content_owner (1, "guest1"));
  vhm_content_init (&c[1], &disk, 1, vhm_content_owner (1, "guest2"));
  g_autoptr (GHashTable) keys
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (uint32_t at = 0; at < 5 * CYCLE + 7; at++) {
    uint64_t key = vhm_content_filled (&c[0], at);
    ck_assert_uint_eq (key, vhm_content_filled (&c[1], at));
    ck_assert (add_once (keys, key));
  }
}
END_TEST

START_TEST (a_write_makes_a_page_unlike_any_other)
{
  enum { PAGES = 200, VERSIONS = 100 };
  struct vhm_content c[2] = { a_mixture ("guest1"), a_mixture ("guest2") };
  g_autoptr (GHashTable) keys
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (uint32_t p = 0; p < PAGES; p++)
    add_once (keys, vhm_content_filled (&c[0], p));
  for (int g = 0; g < 2; g++)
    for (uint32_t p = 0; p < PAGES; p++)
      for (uint32_t v = 0; v < VERSIONS; v++) {
        uint64_t key = vhm_content_written (&c[g], p, v);
        ck_assert_uint_eq (key, vhm_content_written (&c[g], p, v));
        ck_assert (!vhm_content_is_zero (key));
        ck_assert (add_once (keys, key));
      }
}
END_TEST

START_TEST (keys_differ_between_owners_and_seeds)
{
  ck_assert_uint_ne (vhm_content_owner (1, "guest1"),
                     vhm_content_owner (1, "guest2"));
  ck_assert_uint_ne (vhm_content_owner (1, "guest1"),
                     vhm_content_owner (2, "guest1"));
}
END_TEST

START_TEST (salt_keeps_groups_apart)
{
  struct vhm_content c = a_mixture ("guest1");
  for (uint32_t p = 0; p < CYCLE; p++) {
    uint64_t key = vhm_content_filled (&c, p);
    uint64_t one = vhm_content_salted (key, 1);
    ck_assert_uint_eq (vhm_content_salted (key, 0), key);
    ck_assert_uint_eq (vhm_content_salted (key, 1), one);
    ck_assert_uint_ne (vhm_content_salted (key, 2), one);
    ck_assert_uint_ne (key, one);
    ck_assert (vhm_content_is_zero (one) == (key == VHM_CONTENT_ZERO));
  }
}
END_TEST

/* d = 0.2, 50,000 pages: differ in one 0.2, in both 0.04, each within five
 * standard deviations (0.0018, 0.0009). */
START_TEST (pages_differ_from_the_image_in_each_guest_on_its_own)
{
  enum { N = 50000 };
  const struct vhm_content_class same
      = { .kind = VHM_CONTENT_IMAGE, .part_ppm = 1000000, .image = "redhat" };
  struct vhm_content_class patched = same;
  patched.differs_ppm = 200000;
  struct vhm_content image, c[2];
  vhm_content_init (&image, &same, 1, 0);
  vhm_content_init (&c[0], &patched, 1, vhm_content_owner (1, "guest1"));
  vhm_content_init (&c[1], &patched, 1, vhm_content_owner (1, "guest2"));
  uint32_t n_one = 0, n_both = 0;
  for (uint32_t p = 0; p < N; p++) {
    uint64_t key = vhm_content_filled (&image, p);
    uint64_t k0 = vhm_content_filled (&c[0], p);
    uint64_t k1 = vhm_content_filled (&c[1], p);
    n_one += k0 != key;
    n_both += k0 != key && k1 != key;
    ck_assert (k0 != k1 || k0 == key);
  }
  ck_assert_double_eq_tol (n_one / (double) N, .2, .009);
  ck_assert_double_eq_tol (n_both / (double) N, .04, .0045);
}
END_TEST

static const struct {
  uint32_t small_ppm, mean_ppm, least, most;
} sizes[] = {
  { 780000, 270000, 163, 2048 }, /* mean 1105.5, lo = 2211 - 2048 */
  { 300000, 200000, 1, 1637 },   /* mean 819, hi = 1638 - 1 */
  { 500000, 400000, 1228, 2048 },  { 0, 250000, 2049, 4096 },
  { 1000000, 500000, 2048, 2048 },
};

/* 100,000 pages: the share within 5 standard deviations, 0.008; the mean within
 * 1 % (5 of them at most). */
START_TEST (pages_shrink_as_asked)
{
  enum { N = 100000 };
  const struct vhm_content_sizes s
      = { sizes[_i].small_ppm, sizes[_i].mean_ppm };
  struct vhm_content c = a_mixture ("guest1");
  uint32_t n_small = 0, least = 4097, most = 0;
  double sum = 0;
  for (uint32_t p = 0; p < N; p++) {
    uint64_t key = vhm_content_written (&c, p, 0);
    uint32_t bytes = vhm_content_bytes (key, &s);
    ck_assert_uint_eq (bytes, vhm_content_bytes (key, &s));
    ck_assert (bytes >= 1 && bytes <= VHM_PAGE_BYTES);
    if (bytes > VHM_PAGE_BYTES / 2)
      continue;
    n_small++;
    sum += bytes;
    least = MIN (least, bytes);
    most = MAX (most, bytes);
  }
  ck_assert_double_eq_tol (n_small / (double) N, s.small_ppm / 1e6, .008);
  if (n_small == 0)
    return;
  ck_assert_double_eq_tol (sum / n_small / 4096 / (s.small_mean_ppm / 1e6), 1,
                           .01);
  ck_assert_uint_ge (least, sizes[_i].least);
  ck_assert_uint_le (most, sizes[_i].most);
  ck_assert_uint_le (least, sizes[_i].least + 10);
  ck_assert_uint_eq (vhm_content_bytes (VHM_CONTENT_ZERO, &s), 1);
}
END_TEST

/* The same numbers on every machine: worked out apart, from the
 * formulas. */
START_TEST (keys_do_not_change)
{
  struct vhm_content c = a_mixture ("guest1");
  ck_assert_uint_eq (vhm_content_filled (&c, 0), VHM_CONTENT_ZERO);
  ck_assert_uint_eq (vhm_content_filled (&c, 1),
                     UINT64_C (6628163009210424935));
  ck_assert_uint_eq (vhm_content_filled (&c, 2),
                     UINT64_C (13094364071565436989));
  ck_assert_uint_eq (vhm_content_written (&c, 1, 7),
                     UINT64_C (7990213163592102187));
}
END_TEST

static const struct {
  struct vhm_content_class classes[2];
  const char *wrong;
} mistakes[] = {
  { { { .kind = VHM_CONTENT_IMAGE, .part_ppm = 1 } }, "does not name" },
  { { { .kind = VHM_CONTENT_UNIQUE, .image = "x" } }, "no image names" },
  { { { .kind = VHM_CONTENT_IMAGE, .image = "x", .differs_ppm = 1000001 } },
    "more pages of an image differ" },
  { { { .kind = VHM_CONTENT_UNIQUE, .differs_ppm = 1 } }, "can differ" },
  { { { .kind = VHM_CONTENT_ZEROS, .n_copies = 2 } }, "no copies" },
  { { { .part_ppm = 600000 }, { .part_ppm = 400001 } }, "more than the whole" },
};

START_TEST (mistakes_are_named)
{
  const char *wrong = vhm_content_check (mistakes[_i].classes, 2);
  ck_assert_ptr_nonnull (wrong);
  ck_assert_msg (strstr (wrong, mistakes[_i].wrong), "%s", wrong);
}
END_TEST

START_TEST (good_classes_pass)
{
  ck_assert_ptr_null (vhm_content_check (mixture, G_N_ELEMENTS (mixture)));
  ck_assert_ptr_null (vhm_content_check (NULL, 0));
  const struct vhm_content_class many[17] = { { .part_ppm = 1 } };
  ck_assert_ptr_null (vhm_content_check (many, 16));
  ck_assert_ptr_nonnull (vhm_content_check (many, 17));
}
END_TEST

SUITE ("content",
       tcase_add_test (tc,
                       two_guests_have_the_image_in_common_and_nothing_else);
       tcase_add_test (tc, whole_cycles_hold_each_part_exactly);
       tcase_add_test (tc, classes_are_spread_evenly);
       tcase_add_test (tc, tables_of_all_sizes_hold_the_same_image);
       tcase_add_test (tc, an_image_alone_has_each_of_its_pages_once);
       tcase_add_test (tc, a_write_makes_a_page_unlike_any_other);
       tcase_add_test (tc, keys_differ_between_owners_and_seeds);
       tcase_add_test (tc, salt_keeps_groups_apart);
       tcase_add_test (tc,
                       pages_differ_from_the_image_in_each_guest_on_its_own);
       tcase_add_loop_test (tc, pages_shrink_as_asked, 0, G_N_ELEMENTS (sizes));
       tcase_add_test (tc, keys_do_not_change);
       tcase_add_loop_test (tc, mistakes_are_named, 0, G_N_ELEMENTS (mistakes));
       tcase_add_test (tc, good_classes_pass);)
