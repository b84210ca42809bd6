/* Page sharing, step by step and against tables of GLib. */
#include "suite.h"

#include <signal.h>

#include <vhm/model/content.h>
#include <vhm/model/sharing.h>
#include <vhm/sim/rng.h>

#define N_FRAMES 1200u

static const struct vhm_sharing_config esx = {
  .hash_ns = 1000,
  .compare_ns = 300,
  .copy_ns = 500,
};
static const struct vhm_sharing_config ksm
    = { .stable_scans = 1, .last = VHM_SHARING_LAST_COPIES };

/* What frames hold: an array of keys. */
static uint64_t
key_in (void *context, uint32_t frame)
{
  return ((const uint64_t *) context)[frame];
}

struct scene {
  uint64_t keys[N_FRAMES];
  vhm_sharing *s;
};

static void
open_scene (struct scene *c, const struct vhm_sharing_config *config)
{
  for (uint32_t f = 0; f < N_FRAMES; f++)
    c->keys[f] = 2 * f + 10001; /* each its own */
  c->s = vhm_sharing_new (config, N_FRAMES, key_in, c->keys);
}

static void
close_scene (struct scene *c)
{
  const char *wrong = vhm_sharing_audit (c->s);
  ck_assert_msg (wrong == NULL, "%s", wrong);
  vhm_sharing_free (c->s);
}

static void
expect (struct scene *c, uint32_t frame, enum vhm_sharing_outcome outcome,
        uint32_t into)
{
  struct vhm_sharing_scan got = vhm_sharing_scan (c->s, frame, c->keys[frame]);
  ck_assert_int_eq ((int) got.outcome, (int) outcome);
  ck_assert_uint_eq (got.into, into);
}

START_TEST (the_second_of_two_equal_pages_finds_the_hint)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 4, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_PAIRED, 3);
  ck_assert_uint_eq (vhm_sharing_n_users (c.s, 3), 2);
  ck_assert (!vhm_sharing_is_shared (c.s, 7));
  ck_assert (!vhm_sharing_is_shared (c.s, 4));
  struct vhm_sharing_counts k = vhm_sharing_counts (c.s);
  ck_assert_uint_eq (k.n_shared, 2);
  ck_assert_uint_eq (k.n_frames, 1);
  ck_assert_uint_eq (k.n_reclaimed, 1);
  ck_assert_uint_eq (k.n_hints, 1);
  ck_assert_uint_eq (k.n_paired, 1);
  close_scene (&c);
}
END_TEST

START_TEST (others_join_the_shared_frame)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = c.keys[8] = c.keys[9] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_PAIRED, 3);
  expect (&c, 8, VHM_SHARING_JOINED, 3);
  expect (&c, 9, VHM_SHARING_JOINED, 3);
  expect (&c, 3, VHM_SHARING_SHARED, VHM_NO_FRAME);
  struct vhm_sharing_counts k = vhm_sharing_counts (c.s);
  ck_assert_uint_eq (k.n_shared, 4);
  ck_assert_uint_eq (k.n_reclaimed, 3);
  ck_assert_uint_eq (k.n_joined, 2);
  ck_assert_uint_eq (k.n_scanned, 5);
  /* four hashed, three compared */
  ck_assert_uint_eq (k.work_ns, 4 * 1000 + 3 * 300);
  close_scene (&c);
}
END_TEST

/* The hint's page was written since; only asking it tells. */
START_TEST (a_stale_hint_is_found_out_and_replaced)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = c.keys[9] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  c.keys[3] = 77;
  expect (&c, 7, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_stale_hints, 1);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_hints, 1);
  expect (&c, 9, VHM_SHARING_PAIRED, 7);
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  close_scene (&c);
}
END_TEST

START_TEST (a_page_scanned_anew_takes_its_hint_along)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  c.keys[3] = 7;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_hints, 1);
  c.keys[4] = 5;
  expect (&c, 4, VHM_SHARING_HINT, VHM_NO_FRAME);
  c.keys[5] = 7;
  expect (&c, 5, VHM_SHARING_PAIRED, 3);
  close_scene (&c);
}
END_TEST

/* KSM: the first scan only remembers. A shared frame is joined at once. */
START_TEST (an_unstable_page_waits_a_scan)
{
  struct scene c;
  open_scene (&c, &ksm);
  c.keys[3] = c.keys[7] = c.keys[8] = 5;
  expect (&c, 3, VHM_SHARING_UNSTABLE, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_UNSTABLE, VHM_NO_FRAME);
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_PAIRED, 3);
  expect (&c, 8, VHM_SHARING_JOINED, 3);
  c.keys[4] = 99;
  expect (&c, 4, VHM_SHARING_UNSTABLE, VHM_NO_FRAME);
  c.keys[4] = 97;
  expect (&c, 4, VHM_SHARING_UNSTABLE, VHM_NO_FRAME);
  expect (&c, 4, VHM_SHARING_HINT, VHM_NO_FRAME);
  c.keys[4] = 95;
  expect (&c, 4, VHM_SHARING_UNSTABLE, VHM_NO_FRAME);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_hints, 0);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_unstable, 5);
  close_scene (&c);
}
END_TEST

START_TEST (out_of_turn_stability_does_not_count)
{
  struct scene c;
  open_scene (&c, &ksm);
  c.keys[3] = c.keys[7] = 5;
  ck_assert_int_eq ((int) vhm_sharing_try (c.s, 3, 5).outcome,
                    VHM_SHARING_HINT);
  struct vhm_sharing_scan got = vhm_sharing_try (c.s, 7, 5);
  ck_assert_int_eq ((int) got.outcome, VHM_SHARING_PAIRED);
  ck_assert_uint_eq (got.into, 3);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_tried, 2);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_scanned, 0);
  close_scene (&c);
}
END_TEST

START_TEST (a_write_takes_a_page_off_the_shared_frame)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = c.keys[8] = 5;
  for (uint32_t f = 0; f < 10; f++)
    vhm_sharing_scan (c.s, f, c.keys[f]);
  uint64_t work_ns = vhm_sharing_counts (c.s).work_ns;
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 4), VHM_SHARING_PRIVATE);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_COPIED);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_COPIED);
  ck_assert (vhm_sharing_is_shared (c.s, 3));
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_reclaimed, 0);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_KEPT);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_PRIVATE);
  struct vhm_sharing_counts k = vhm_sharing_counts (c.s);
  ck_assert_uint_eq (k.n_breaks, 3);
  ck_assert_uint_eq (k.n_copied, 2);
  ck_assert_uint_eq (k.work_ns - work_ns, 2 * 500);
  ck_assert_uint_eq (k.n_shared + k.n_frames, 0);
  close_scene (&c);
}
END_TEST

START_TEST (the_last_page_may_be_copied_too)
{
  struct vhm_sharing_config config = esx;
  struct scene c;
  config.last = VHM_SHARING_LAST_COPIES;
  open_scene (&c, &config);
  c.keys[3] = c.keys[7] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_PAIRED, 3);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_COPIED);
  ck_assert_int_eq ((int) vhm_sharing_break (c.s, 3), VHM_SHARING_COPIED_LAST);
  ck_assert (!vhm_sharing_is_shared (c.s, 3));
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_copied, 2);
  close_scene (&c);
}
END_TEST

START_TEST (a_frame_is_free_when_its_last_page_leaves)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = c.keys[8] = 5;
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  expect (&c, 7, VHM_SHARING_PAIRED, 3);
  ck_assert (!vhm_sharing_leave (c.s, 3));
  expect (&c, 8, VHM_SHARING_JOINED, 3);
  ck_assert (!vhm_sharing_leave (c.s, 3));
  ck_assert (vhm_sharing_leave (c.s, 3));
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_breaks, 0);
  ck_assert (vhm_sharing_leave (c.s, 100)); /* was private */
  c.keys[9] = c.keys[10] = 7;
  expect (&c, 9, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert (vhm_sharing_leave (c.s, 9)); /* with its hint */
  expect (&c, 10, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_stale_hints, 0);
  close_scene (&c);
}
END_TEST

START_TEST (zero_pages_are_counted_salted_or_not)
{
  struct scene c;
  open_scene (&c, &esx);
  for (uint32_t f = 0; f < 3; f++)
    c.keys[f] = VHM_CONTENT_ZERO;
  for (uint32_t f = 3; f < 8; f++)
    c.keys[f] = vhm_content_salted (VHM_CONTENT_ZERO, 9);
  c.keys[8] = c.keys[9] = 5;
  for (uint32_t f = 0; f < 12; f++)
    vhm_sharing_scan (c.s, f, c.keys[f]);
  struct vhm_sharing_counts k = vhm_sharing_counts (c.s);
  ck_assert_uint_eq (k.n_zero, 8);
  ck_assert_uint_eq (k.n_shared, 10);
  ck_assert_uint_eq (k.n_frames, 3);
  vhm_sharing_break (c.s, 0);
  vhm_sharing_break (c.s, 8);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_zero, 7);
  close_scene (&c);
}
END_TEST

START_TEST (large_backing_keeps_hashes_and_shares_nothing)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = c.keys[8] = 5;
  ck_assert (!vhm_sharing_note (c.s, 3, 5));
  ck_assert (!vhm_sharing_note (c.s, 7, 5));
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_hints, 0);
  expect (&c, 8, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert (vhm_sharing_note (c.s, 7, 5));
  ck_assert (vhm_sharing_is_noted (c.s, 7, 5));
  ck_assert (!vhm_sharing_is_noted (c.s, 7, 6));
  ck_assert (!vhm_sharing_is_noted (c.s, 9, c.keys[9]));
  /* the block is broken */
  ck_assert_int_eq ((int) vhm_sharing_try (c.s, 3, 5).outcome,
                    VHM_SHARING_PAIRED);
  ck_assert (!vhm_sharing_is_noted (c.s, 3, 5));
  ck_assert_int_eq ((int) vhm_sharing_try (c.s, 7, 5).outcome,
                    VHM_SHARING_JOINED);
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_noted, 3);
  close_scene (&c);
}
END_TEST

/* A small page whose backing becomes large takes its hint back. */
START_TEST (a_note_takes_the_hint_back)
{
  struct scene c;
  open_scene (&c, &esx);
  expect (&c, 3, VHM_SHARING_HINT, VHM_NO_FRAME);
  ck_assert (!vhm_sharing_note (c.s, 3, c.keys[3]));
  ck_assert_uint_eq (vhm_sharing_counts (c.s).n_hints, 0);
  close_scene (&c);
}
END_TEST

START_TEST (an_unscanned_zero_page_is_not_noted)
{
  struct scene c;
  open_scene (&c, &esx);
  ck_assert (!vhm_sharing_is_noted (c.s, 3, VHM_CONTENT_ZERO));
  vhm_sharing_note (c.s, 3, VHM_CONTENT_ZERO);
  ck_assert (vhm_sharing_is_noted (c.s, 3, VHM_CONTENT_ZERO));
  close_scene (&c);
}
END_TEST

START_TEST (a_hint_costs_16_bytes_a_place)
{
  const uint32_t n = 1000000;
  g_autoptr (vhm_sharing) s = vhm_sharing_new (&esx, n, key_in, NULL);
  for (uint32_t f = 0; f < 780000; f++) /* three quarters of 2^20 and less */
    vhm_sharing_scan (s, f, 2 * (uint64_t) f + 1);
  ck_assert_uint_le (vhm_sharing_bytes (s), (16u << 20) + 8 * n + 512);
  ck_assert_uint_ge (vhm_sharing_bytes (s), (16u << 20) + 8 * n);
}
END_TEST

START_TEST (a_frame_beyond_the_machine_is_a_bug)
{
  struct scene c;
  open_scene (&c, &esx);
  vhm_sharing_leave (c.s, N_FRAMES);
}
END_TEST

START_TEST (noting_a_shared_frame_is_a_bug)
{
  struct scene c;
  open_scene (&c, &esx);
  c.keys[3] = c.keys[7] = 5;
  vhm_sharing_scan (c.s, 3, 5);
  vhm_sharing_scan (c.s, 7, 5);
  vhm_sharing_note (c.s, 3, 5);
}
END_TEST

SUITE (
    "sharing",
    tcase_add_test (tc, the_second_of_two_equal_pages_finds_the_hint);
    tcase_add_test (tc, others_join_the_shared_frame);
    tcase_add_test (tc, a_stale_hint_is_found_out_and_replaced);
    tcase_add_test (tc, a_page_scanned_anew_takes_its_hint_along);
    tcase_add_test (tc, an_unstable_page_waits_a_scan);
    tcase_add_test (tc, out_of_turn_stability_does_not_count);
    tcase_add_test (tc, a_write_takes_a_page_off_the_shared_frame);
    tcase_add_test (tc, the_last_page_may_be_copied_too);
    tcase_add_test (tc, a_frame_is_free_when_its_last_page_leaves);
    tcase_add_test (tc, zero_pages_are_counted_salted_or_not);
    tcase_add_test (tc, large_backing_keeps_hashes_and_shares_nothing);
    tcase_add_test (tc, a_note_takes_the_hint_back);
    tcase_add_test (tc, an_unscanned_zero_page_is_not_noted);
    tcase_add_test (tc, a_hint_costs_16_bytes_a_place); if (suite_can_fork ()) {
      tcase_add_test_raise_signal (tc, a_frame_beyond_the_machine_is_a_bug,
                                   SIGABRT);
      tcase_add_test_raise_signal (tc, noting_a_shared_frame_is_a_bug, SIGABRT);
    })
