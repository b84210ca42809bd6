/* The compression cache, step by step and against a queue of GLib. */
#include "suite.h"

#include <signal.h>

#include <vhm/model/compression.h>
#include <vhm/sim/rng.h>

#define N_GFNS 1000u

static const struct vhm_compression_config config = {
  .max_ppm = 100000,
  .max_allocated_ppm = 500000,
  .compress_ns = 16000,
  .decompress_ns = 2000,
};

static void
assert_clean (const vhm_compression *c)
{
  const char *wrong = vhm_compression_audit (c);
  ck_assert_msg (wrong == NULL, "%s", wrong);
}

/* Of a guest of 1000 frames that holds `allocated`. */
static vhm_compression *
a_cache (uint64_t allocated)
{
  vhm_compression *c = vhm_compression_new (&config, N_GFNS);
  vhm_compression_set_limit (c, N_GFNS, allocated);
  return c;
}

START_TEST (takes_a_tenth_of_the_guest_or_half_of_what_it_holds)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  ck_assert_uint_eq (vhm_compression_limit_frames (c), 100);
  vhm_compression_set_limit (c, 1000, 150);
  ck_assert_uint_eq (vhm_compression_limit_frames (c), 75);
  vhm_compression_set_limit (c, 500, 500);
  ck_assert_uint_eq (vhm_compression_limit_frames (c), 50);
}
END_TEST

START_TEST (keeps_what_shrinks_to_half)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  ck_assert (vhm_compression_accepts (c, 2048));
  ck_assert (!vhm_compression_accepts (c, 2049));
  ck_assert (!vhm_compression_accepts (c, 4096));
  ck_assert (vhm_compression_accepts (c, 1));
  struct vhm_compression_counts k = vhm_compression_counts (c);
  ck_assert_uint_eq (k.n_refused, 2);
  ck_assert_uint_eq (k.work_ns, 4 * 16000);
}
END_TEST

START_TEST (compresses_nothing_where_nothing_may_be_kept)
{
  g_autoptr (vhm_compression) c = vhm_compression_new (&config, N_GFNS);
  ck_assert (!vhm_compression_accepts (c, 1));
  ck_assert (vhm_compression_is_full (c));
  ck_assert_uint_eq (vhm_compression_counts (c).work_ns, 0);
}
END_TEST

START_TEST (two_pages_share_a_frame)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  for (uint32_t gfn = 0; gfn < 5; gfn++) {
    ck_assert_uint_eq (vhm_compression_counts (c).n_frames, (gfn + 1) / 2);
    vhm_compression_put (c, gfn, 1000);
  }
  vhm_compression_take (c, 1);
  ck_assert_uint_eq (vhm_compression_counts (c).n_frames, 2);
  vhm_compression_drop (c, 2);
  ck_assert_uint_eq (vhm_compression_counts (c).n_frames, 2);
  ck_assert_uint_eq (vhm_compression_counts (c).bytes, 3000);
  ck_assert_uint_eq (vhm_compression_counts (c).in_bytes, 5000);
  assert_clean (c);
}
END_TEST

/* Limit 2 frames, 4 pages. Page 1 was touched meanwhile. */
START_TEST (the_oldest_goes_when_it_is_full)
{
  g_autoptr (vhm_compression) c = a_cache (4);
  ck_assert_uint_eq (vhm_compression_limit_frames (c), 2);
  for (uint32_t gfn = 0; gfn < 4; gfn++) {
    ck_assert (!vhm_compression_is_full (c));
    vhm_compression_put (c, gfn, 100 + gfn);
  }
  ck_assert (vhm_compression_is_full (c) && !vhm_compression_is_over (c));
  ck_assert_uint_eq (vhm_compression_evict (c), 0);
  ck_assert (!vhm_compression_is_full (c) && !vhm_compression_has (c, 0));
  vhm_compression_take (c, 1);
  vhm_compression_put (c, 9, 1);
  vhm_compression_put (c, 0, 1);
  ck_assert_uint_eq (vhm_compression_evict (c), 2);
  ck_assert_uint_eq (vhm_compression_evict (c), 3);
  ck_assert_uint_eq (vhm_compression_evict (c), 9);
  ck_assert_uint_eq (vhm_compression_evict (c), 0);
  assert_clean (c);
}
END_TEST

START_TEST (a_lower_limit_sends_the_oldest_on)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  for (uint32_t gfn = 0; gfn < 20; gfn++)
    vhm_compression_put (c, gfn, 5);
  vhm_compression_set_limit (c, 30, 1000);
  ck_assert_uint_eq (vhm_compression_limit_frames (c), 3);
  uint32_t next = 0;
  while (vhm_compression_is_over (c))
    ck_assert_uint_eq (vhm_compression_evict (c), next++);
  ck_assert_uint_eq (next, 14);
  ck_assert_uint_eq (vhm_compression_counts (c).n_frames, 3);
}
END_TEST

START_TEST (work_is_counted_for_each_way_out)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  for (uint32_t gfn = 0; gfn < 4; gfn++)
    vhm_compression_put (c, gfn, 5);
  vhm_compression_drop (c, 3);
  ck_assert_uint_eq (vhm_compression_counts (c).work_ns, 0);
  vhm_compression_take (c, 2);
  ck_assert_uint_eq (vhm_compression_counts (c).work_ns, 2000);
  vhm_compression_evict (c);
  ck_assert_uint_eq (vhm_compression_counts (c).work_ns, 4000);
  vhm_compression_reset (c);
  struct vhm_compression_counts k = vhm_compression_counts (c);
  ck_assert_uint_eq (k.work_ns, 4000);
  ck_assert_uint_eq (k.n_pages, 0);
  ck_assert_uint_eq (k.n_dropped, 2);
  assert_clean (c);
}
END_TEST

START_TEST (putting_a_page_twice_is_a_bug)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  vhm_compression_put (c, 5, 5);
  vhm_compression_put (c, 5, 5);
}
END_TEST

START_TEST (putting_above_the_limit_is_a_bug)
{
  g_autoptr (vhm_compression) c = a_cache (2);
  for (uint32_t gfn = 0; gfn < 3; gfn++)
    vhm_compression_put (c, gfn, 5);
}
END_TEST

START_TEST (taking_what_is_not_there_is_a_bug)
{
  g_autoptr (vhm_compression) c = a_cache (1000);
  vhm_compression_take (c, 5);
}
END_TEST

/* --- the twin ------------------------------------------------------------- */

struct twin {
  GQueue pages; /* gfns, oldest first */
  uint32_t bytes[N_GFNS];
  struct vhm_compression_counts counts;
  uint64_t limit;
};

static void
twin_remove (struct twin *t, uint32_t gfn)
{
  ck_assert (g_queue_remove (&t->pages, GUINT_TO_POINTER (gfn)));
  t->counts.n_pages--;
  t->counts.bytes -= t->bytes[gfn];
}

static void
evict_while (struct twin *t, vhm_compression *c, uint64_t n_most)
{
  while (t->counts.n_pages > n_most) {
    uint32_t gfn = GPOINTER_TO_UINT (g_queue_peek_head (&t->pages));
    ck_assert_uint_eq (vhm_compression_evict (c), gfn);
    twin_remove (t, gfn);
    t->counts.n_evicted++;
    t->counts.work_ns += config.decompress_ns;
  }
}

static void
put_both (struct twin *t, vhm_compression *c, uint32_t gfn, uint32_t bytes)
{
  bool fits = bytes <= 2048 && t->limit > 0;
  ck_assert (vhm_compression_accepts (c, bytes) == fits);
  t->counts.work_ns += t->limit > 0 ? config.compress_ns : 0;
  t->counts.n_refused += bytes > 2048 && t->limit > 0;
  if (!fits)
    return;
  ck_assert (vhm_compression_is_full (c)
             == (t->counts.n_pages >= 2 * t->limit));
  evict_while (t, c, 2 * t->limit - 1);
  vhm_compression_put (c, gfn, bytes);
  g_queue_push_tail (&t->pages, GUINT_TO_POINTER (gfn));
  t->bytes[gfn] = bytes;
  t->counts.n_pages++;
  t->counts.n_in++;
  t->counts.bytes += bytes;
  t->counts.in_bytes += bytes;
}

static void
remove_both (struct twin *t, vhm_compression *c, uint32_t gfn, bool touched)
{
  if (touched) {
    vhm_compression_take (c, gfn);
    t->counts.work_ns += config.decompress_ns;
  } else
    vhm_compression_drop (c, gfn);
  twin_remove (t, gfn);
  t->counts.n_out += touched;
  t->counts.n_dropped += !touched;
}

static void
limit_both (struct twin *t, vhm_compression *c, uint64_t visible)
{
  vhm_compression_set_limit (c, visible, N_GFNS);
  t->limit = visible / 10;
  ck_assert (vhm_compression_is_over (c) == (t->counts.n_pages > 2 * t->limit));
  evict_while (t, c, 2 * t->limit);
}

START_TEST (random_calls_agree_with_a_queue)
{
  g_autoptr (vhm_compression) c = a_cache (N_GFNS);
  struct twin t = { .pages = G_QUEUE_INIT, .limit = 100 };
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) _i, "calls");
  for (int i = 0; i < 30000; i++) {
    uint32_t gfn = (uint32_t) vhm_rng_below (&rng, N_GFNS);
    bool in = g_queue_find (&t.pages, GUINT_TO_POINTER (gfn)) != NULL;
    ck_assert (vhm_compression_has (c, gfn) == in);
    if (vhm_rng_chance (&rng, .002))
      limit_both (&t, c, vhm_rng_below (&rng, N_GFNS + 1));
    else if (in)
      remove_both (&t, c, gfn, vhm_rng_chance (&rng, .7));
    else
      put_both (&t, c, gfn, 1 + (uint32_t) vhm_rng_below (&rng, 3000));
    if (i % 100 == 0)
      assert_clean (c);
  }
  struct vhm_compression_counts k = vhm_compression_counts (c);
  t.counts.n_frames = (t.counts.n_pages + 1) / 2;
  ck_assert_mem_eq (&k, &t.counts, sizeof k);
  ck_assert_uint_gt (k.n_evicted, 1000);
  g_queue_clear (&t.pages);
}
END_TEST

SUITE (
    "compression",
    tcase_add_test (tc, takes_a_tenth_of_the_guest_or_half_of_what_it_holds);
    tcase_add_test (tc, keeps_what_shrinks_to_half);
    tcase_add_test (tc, compresses_nothing_where_nothing_may_be_kept);
    tcase_add_test (tc, two_pages_share_a_frame);
    tcase_add_test (tc, the_oldest_goes_when_it_is_full);
    tcase_add_test (tc, a_lower_limit_sends_the_oldest_on);
    tcase_add_test (tc, work_is_counted_for_each_way_out);
    tcase_add_loop_test (tc, random_calls_agree_with_a_queue, 0, 4);
    if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, putting_a_page_twice_is_a_bug, SIGABRT);
      tcase_add_test_raise_signal (tc, putting_above_the_limit_is_a_bug,
                                   SIGABRT);
      tcase_add_test_raise_signal (tc, taking_what_is_not_there_is_a_bug,
                                   SIGABRT);
    })
