/* Who goes next, for each way to choose: a thread that stands still, sweeps over
 * its pages, and every victim asked for by hand. */
#include "guest.h"
#include "suite.h"
#include "world.h"

#include <unistd.h>

#define S VHM_NS_PER_S
#define N 64

static struct vhm_swap_config swap
    = { .read_ahead = 8, .batch = 4, .n_writes = 1, .cluster = 1 };

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

static void
open_scene (struct scene *s, enum vhm_victims victims, uint32_t n_machine)
{
  swap.victims = victims;
  swap.keeps_slots = swap.ahead_is_free = victims == VHM_VICTIMS_TWO_LISTS;
  world_open (&s->w, 1, n_machine);
  world_os (&s->w, "ideal-lru", "");
  s->w.swap = &swap;
  s->w.swap_bytes = 16 * VHM_MIB;
  s->w.backed_at_touch = true;
  s->p = a_puppet (N, 0.5, 1, 1e7, 1e9, 0);
  s->p.threads.held = true;
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, N, N);
}

static void
sweep (struct scene *s, uint32_t from, uint32_t to)
{
  vhm_process_sweep (s->p.process, 0, from, to, 1e6, false);
  world_run (&s->w, 5 * S);
  ck_assert (!vhm_process_is_sweeping (s->p.process));
}

static uint32_t
frame_of (const struct scene *s, uint32_t page)
{
  const struct vhm_reference r = { .page = page & VHM_REFERENCE_PAGES };
  uint32_t gfn;
  s->guest->os->frames (s->guest->os_state, s->p.process, 1, &r, &gfn);
  return gfn;
}

static void
forget_touches (struct scene *s)
{
  for (uint32_t gfn = 0; gfn < N; gfn++)
    s->guest->backing.state[gfn] &= (uint8_t) ~FRAME_TOUCHED;
}

/* All touched alike: in turn they go in the order of their first touch. */
static uint32_t
next_victim (vhm_guest *g)
{
  uint64_t looks = UINT64_MAX;
  uint32_t gfn = vhm_victims_next (g, &looks);
  ck_assert_uint_lt (looks, UINT64_MAX);
  looks = 0;
  ck_assert_uint_eq (vhm_victims_next (g, &looks), NO_GFN); /* none, none */
  return gfn;
}

START_TEST (all_alike_go_in_order)
{
  static const enum vhm_victims in_order[]
      = { VHM_VICTIMS_CLOCK, VHM_VICTIMS_TWO_LISTS };
  struct scene s;
  open_scene (&s, in_order[_i], 4000);
  sweep (&s, 0, N);
  vhm_guest_begin (s.guest);
  for (uint32_t page = 0; page < N; page++)
    ck_assert_uint_eq (next_victim (s.guest), frame_of (&s, page));
  ck_assert_uint_eq (next_victim (s.guest), NO_GFN);
  _exit (0);
}
END_TEST

/* One that has been touched since it was last looked at outlives the others. */
START_TEST (what_is_touched_again_stays)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_TWO_LISTS, 4000);
  sweep (&s, 0, N);
  vhm_guest_begin (s.guest);
  ck_assert_uint_eq (next_victim (s.guest), frame_of (&s, 0));
  forget_touches (&s);
  uint32_t hot = 2; /* in inactive by now, with the first batch */
  ck_assert_int_eq (
      vhm_frame_lists_of (s.guest->backing.lists, frame_of (&s, hot)),
      VHM_FRAME_INACTIVE);
  s.guest->backing.state[frame_of (&s, hot)] |= FRAME_TOUCHED;
  for (uint32_t page = 1; page < N - 1; page++)
    ck_assert_uint_ne (next_victim (s.guest), frame_of (&s, hot));
  ck_assert_uint_eq (next_victim (s.guest), frame_of (&s, hot));
  _exit (0);
}
END_TEST

START_TEST (pinned_and_busy_frames_stay)
{
  struct scene s;
  open_scene (&s, (enum vhm_victims) _i, 4000);
  sweep (&s, 0, N);
  vhm_guest_begin (s.guest);
  struct backing *b = &s.guest->backing;
  b->pins[frame_of (&s, 3)]++;
  b->state[frame_of (&s, 7)] |= FRAME_WANTED;
  for (uint32_t n = 0; n < N - 2; n++) {
    uint32_t gfn = next_victim (s.guest);
    ck_assert_uint_ne (gfn, NO_GFN);
    ck_assert_uint_ne (gfn, frame_of (&s, 3));
    ck_assert_uint_ne (gfn, frame_of (&s, 7));
    b->state[gfn] |= FRAME_WRITING; /* it is on its way */
  }
  ck_assert_uint_eq (next_victim (s.guest), NO_GFN);
  _exit (0);
}
END_TEST

/* New frames are active, those read back inactive, those read with them ahead. */
START_TEST (frames_enter_the_list_of_their_kind)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_TWO_LISTS, 4000);
  sweep (&s, 0, N);
  const vhm_frame_lists *lists = s.guest->backing.lists;
  for (uint32_t page = 0; page < N; page++)
    ck_assert_int_eq (vhm_frame_lists_of (lists, frame_of (&s, page)),
                      VHM_FRAME_ACTIVE);
  vhm_guest_set_limit (s.guest, 16);
  world_run (&s.w, 5 * S);
  vhm_guest_set_limit (s.guest, UINT32_MAX);
  sweep (&s, 3, 5);
  for (uint32_t page = 0; page < 8; page++)
    ck_assert_int_eq (vhm_frame_lists_of (lists, frame_of (&s, page)),
                      page == 3 || page == 4 ? VHM_FRAME_INACTIVE
                                             : VHM_FRAME_AHEAD);
  ck_assert_uint_eq (vhm_guest_backing (s.guest).ahead, 6);
  world_close (&s.w);
}
END_TEST

/* Where the machine is short, what was read ahead goes first, unwritten; for a
 * limit's sake it does not go at all. */
START_TEST (a_short_machine_takes_what_was_read_ahead)
{
  struct scene s;
  open_scene (&s, VHM_VICTIMS_TWO_LISTS, 32);
  vhm_process_sweep (s.p.process, 0, 0, N, 1e6, true);
  world_run (&s.w, 20 * S);
  ck_assert (!vhm_process_is_sweeping (s.p.process));
  vhm_guest_inflate (s.guest, 0, 0);
  vhm_guest_set_limit (s.guest, 8); /* for the sake of which others go */
  world_run (&s.w, 5 * S);
  vhm_guest_set_limit (s.guest, UINT32_MAX);
  uint32_t first = 0;
  while (vhm_swap_space_slot (s.guest->backing.space, frame_of (&s, first)) % 8
         != 0)
    first++;
  sweep (&s, first, first + 1);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_gt (c.ahead, 4);
  vhm_guest_begin (s.guest);
  for (uint32_t gfn = 0; gfn < 40; gfn++) /* more wait than can be had */
    vhm_backing_want (s.guest, gfn);
  ck_assert (vhm_backing_is_short (s.guest));
  for (uint64_t n = 0; n < c.ahead; n++) {
    for (uint32_t gfn = 0; gfn < 40; gfn++)
      s.guest->backing.state[gfn] &= (uint8_t) ~FRAME_WANTED;
    uint32_t gfn = next_victim (s.guest);
    ck_assert (s.guest->backing.state[gfn] & FRAME_READY);
  }
  ck_assert_uint_eq (vhm_guest_backing (s.guest).ahead, 0);
  g_array_set_size (s.guest->backing.wants, 0);
  ck_assert (!vhm_backing_is_short (s.guest));
  _exit (0);
}
END_TEST

SUITE_TWICE ("victims", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_loop_exit_test (tc, all_alike_go_in_order, 0, 0, 2);
             tcase_add_exit_test (tc, what_is_touched_again_stays, 0);
             tcase_add_loop_exit_test (tc, pinned_and_busy_frames_stay, 0, 0,
                                       VHM_N_VICTIMS);
             tcase_add_test (tc, frames_enter_the_list_of_their_kind);
             tcase_add_exit_test (tc, a_short_machine_takes_what_was_read_ahead,
                                  0);)
