/* Two lists step by step against arrays that are shifted by hand; and what follows
 * from two queues. */
#include "suite.h"

#include <vhm/model/frame_lists.h>
#include <vhm/sim/rng.h>

#define N 200
#define BATCH 8

/* --- the same, written naively ----------------------------------------------------- */

struct naive {
  uint32_t in[VHM_N_FRAME_LISTS][N], n[VHM_N_FRAME_LISTS];
  bool is_at_active;
  uint32_t n_looked; /* in this part of the round */
};

static enum vhm_frame_list
naive_of (const struct naive *o, uint32_t frame)
{
  for (int list = 0; list < VHM_N_FRAME_LISTS; list++)
    for (uint32_t i = 0; i < o->n[list]; i++)
      if (o->in[list][i] == frame)
        return (enum vhm_frame_list) list;
  return VHM_N_FRAME_LISTS;
}

static void
naive_remove (struct naive *o, uint32_t frame)
{
  enum vhm_frame_list list = naive_of (o, frame);
  if (list == VHM_N_FRAME_LISTS)
    return;
  uint32_t i = 0;
  while (o->in[list][i] != frame)
    i++;
  for (; i + 1 < o->n[list]; i++)
    o->in[list][i] = o->in[list][i + 1];
  o->n[list]--;
}

static void
naive_put (struct naive *o, uint32_t frame, enum vhm_frame_list list)
{
  naive_remove (o, frame);
  o->in[list][o->n[list]++] = frame;
}

/* A part of a round ends after BATCH looks or when its list is empty. */
static uint32_t
naive_next (struct naive *o)
{
  const uint32_t *n = o->n;
  if (n[VHM_FRAME_INACTIVE] + n[VHM_FRAME_ACTIVE] == 0)
    return VHM_NO_LISTED;
  for (;;) {
    int list = o->is_at_active ? VHM_FRAME_ACTIVE : VHM_FRAME_INACTIVE;
    if (o->n_looked < BATCH && n[list] > 0) {
      o->n_looked++;
      return o->in[list][0];
    }
    o->n_looked = 0;
    o->is_at_active
        = !o->is_at_active && n[VHM_FRAME_INACTIVE] < n[VHM_FRAME_ACTIVE];
    if (!o->is_at_active && n[VHM_FRAME_INACTIVE] == 0)
      o->is_at_active = true; /* a round that found nothing inactive */
  }
}

static void
compare (const vhm_frame_lists *l, const struct naive *o)
{
  for (int list = 0; list < VHM_N_FRAME_LISTS; list++) {
    ck_assert_uint_eq (vhm_frame_lists_n (l, (enum vhm_frame_list) list),
                       o->n[list]);
    ck_assert_uint_eq (vhm_frame_lists_oldest (l, (enum vhm_frame_list) list),
                       o->n[list] > 0 ? o->in[list][0] : VHM_NO_LISTED);
  }
  for (uint32_t f = 0; f < N; f++)
    ck_assert_int_eq (vhm_frame_lists_of (l, f), naive_of (o, f));
  ck_assert_ptr_null (vhm_frame_lists_audit (l));
}

START_TEST (agrees_with_arrays_step_by_step)
{
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) _i, "lists");
  g_autoptr (vhm_frame_lists) l = vhm_frame_lists_new (N, BATCH);
  struct naive o = { 0 };
  uint32_t n_seen[VHM_N_FRAME_LISTS] = { 0 };
  for (int step = 0; step < 20000; step++) {
    bool looks = vhm_rng_chance (&rng, 0.7);
    uint32_t frame = (uint32_t) vhm_rng_below (&rng, N);
    if (looks) {
      frame = vhm_frame_lists_next (l);
      ck_assert_uint_eq (frame, naive_next (&o));
      if (frame == VHM_NO_LISTED)
        continue;
      n_seen[vhm_frame_lists_of (l, frame)]++;
    }
    uint64_t to = vhm_rng_below (&rng, looks ? 3 : 6);
    if (to < VHM_N_FRAME_LISTS) {
      vhm_frame_lists_put (l, frame, (enum vhm_frame_list) to);
      naive_put (&o, frame, (enum vhm_frame_list) to);
    } else if (to == VHM_N_FRAME_LISTS) {
      vhm_frame_lists_remove (l, frame);
      naive_remove (&o, frame);
    }
    if (step % 50 == 0)
      compare (l, &o);
  }
  ck_assert_uint_gt (n_seen[VHM_FRAME_INACTIVE], 1000);
  ck_assert_uint_gt (n_seen[VHM_FRAME_ACTIVE], 1000);
  ck_assert_uint_eq (n_seen[VHM_FRAME_AHEAD], 0); /* they are nobody's turn */
}
END_TEST

/* --- what follows ------------------------------------------------------------------ */

/* Frames 0 to N - 1 come in order, room for some; each is used once, as it comes.
 * Each is looked at thrice, and they go in the order in which they came. */
START_TEST (a_sweep_goes_in_the_order_in_which_it_came)
{
  g_autoptr (vhm_frame_lists) l = vhm_frame_lists_new (N, BATCH);
  bool used[N] = { false };
  uint32_t room = 50, n_there = 0, n_gone = 0, n_looks = 0;
  for (uint32_t f = 0; f < 20 * N; f++, n_there++) {
    while (n_there == room) {
      uint32_t at = vhm_frame_lists_next (l);
      bool is_active = vhm_frame_lists_of (l, at) == VHM_FRAME_ACTIVE;
      bool stays = used[at] || is_active;
      n_looks++;
      if (stays)
        vhm_frame_lists_put (l, at,
                             is_active ? VHM_FRAME_INACTIVE : VHM_FRAME_ACTIVE);
      used[at] = false;
      if (stays)
        continue;
      ck_assert_uint_eq (at, n_gone++ % N);
      vhm_frame_lists_remove (l, at);
      n_there--;
    }
    used[f % N] = true;
    vhm_frame_lists_put (l, f % N, VHM_FRAME_INACTIVE);
  }
  ck_assert_uint_eq (n_gone, 20 * N - room);
  ck_assert_uint_ge (n_looks, 3 * n_gone);
  ck_assert_uint_le (n_looks, 3 * (n_gone + room));
}
END_TEST

/* What is used all the time stays, whatever passes by; of the others only those
 * that stand in active while that is no longer than inactive. */
START_TEST (what_is_used_again_outlives_what_is_not)
{
  g_autoptr (vhm_frame_lists) l = vhm_frame_lists_new (N, BATCH);
  for (uint32_t f = 0; f < 60; f++)
    vhm_frame_lists_put (l, f, VHM_FRAME_ACTIVE);
  for (uint32_t f = 60, n = 0; n < 5000; n++) {
    uint32_t at = vhm_frame_lists_next (l);
    bool is_active = vhm_frame_lists_of (l, at) == VHM_FRAME_ACTIVE;
    if (is_active) {
      vhm_frame_lists_put (l, at, VHM_FRAME_INACTIVE);
    } else if (at < 20) {
      vhm_frame_lists_put (l, at, VHM_FRAME_ACTIVE);
    } else {
      vhm_frame_lists_remove (l, at);
      vhm_frame_lists_put (l, f, VHM_FRAME_INACTIVE);
      f = f + 1 < N ? f + 1 : 60;
    }
  }
  uint32_t n_idle = 0;
  for (uint32_t f = 0; f < 20; f++)
    ck_assert_int_ne (vhm_frame_lists_of (l, f), VHM_N_FRAME_LISTS);
  for (uint32_t f = 20; f < 60; f++)
    n_idle += vhm_frame_lists_of (l, f) != VHM_N_FRAME_LISTS;
  ck_assert_uint_le (n_idle, 30 - 20);
}
END_TEST

/* Active is looked at only while it is the longer one, a batch at a time. */
START_TEST (inactive_is_filled_to_half)
{
  g_autoptr (vhm_frame_lists) l = vhm_frame_lists_new (N, BATCH);
  for (uint32_t f = 0; f < N; f++)
    vhm_frame_lists_put (l, f, VHM_FRAME_ACTIVE);
  for (int n = 0; n < 10 * N; n++)
    vhm_frame_lists_put (l, vhm_frame_lists_next (l), VHM_FRAME_INACTIVE);
  ck_assert_uint_le (vhm_frame_lists_n (l, VHM_FRAME_ACTIVE), N / 2);
  ck_assert_uint_gt (vhm_frame_lists_n (l, VHM_FRAME_ACTIVE), N / 2 - BATCH);
}
END_TEST

/* A batch of each in turn. */
START_TEST (lists_take_turns_by_the_batch)
{
  g_autoptr (vhm_frame_lists) l = vhm_frame_lists_new (N, BATCH);
  for (uint32_t f = 0; f < N; f++)
    vhm_frame_lists_put (l, f,
                         f < N / 4 ? VHM_FRAME_INACTIVE : VHM_FRAME_ACTIVE);
  uint32_t inactive = 0, active = N / 4;
  for (uint32_t n = 0; n < 4 * BATCH; n++) {
    uint32_t at = vhm_frame_lists_next (l);
    bool is_active = n / BATCH % 2 == 1;
    ck_assert_uint_eq (at, is_active ? active++ : inactive++);
    vhm_frame_lists_put (l, at, VHM_FRAME_INACTIVE);
  }
}
END_TEST

SUITE ("lists of frames",
       tcase_add_loop_test (tc, agrees_with_arrays_step_by_step, 0, 4);
       tcase_add_test (tc, a_sweep_goes_in_the_order_in_which_it_came);
       tcase_add_test (tc, what_is_used_again_outlives_what_is_not);
       tcase_add_test (tc, inactive_is_filled_to_half);
       tcase_add_test (tc, lists_take_turns_by_the_batch);)
