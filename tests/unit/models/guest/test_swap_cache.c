/* Frames that are in memory and keep their slot, on a disk that takes 10 ms a
 * request. A thread that stands still, and sweeps over its pages. */
#include "guest.h"
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define N 256
#define STRETCH 8

static struct vhm_swap_config swap = { .victims = VHM_VICTIMS_TWO_LISTS,
                                       .read_ahead = STRETCH,
                                       .batch = 8,
                                       .n_writes = 4,
                                       .cluster = 16,
                                       .fault_ns = 5000,
                                       .minor_ns = 1000 };

struct scene {
  struct world w;
  struct puppet p;
  vhm_guest *guest;
};

/* All N pages have been written, and the first half has been swapped out. */
static void
open_scene_with (struct scene *s, uint64_t n_slots, bool keeps_slots,
                 bool ahead_is_free)
{
  swap.keeps_slots = keeps_slots;
  swap.ahead_is_free = ahead_is_free;
  world_open (&s->w, 1, 4000);
  world_os (&s->w, "ideal-lru", "");
  s->w.swap = &swap;
  s->w.swap_bytes = n_slots * 4 * VHM_KIB;
  s->p = a_puppet (N, 0.5, 1, 1e7, 1e9, 0);
  s->p.threads.held = true;
  world_puppet (&s->w, &s->p);
  s->guest = world_boot (&s->w, 1, N, N);
  vhm_process_sweep (s->p.process, 0, 0, N, 1e6, true);
  world_run (&s->w, S);
  vhm_guest_set_limit (s->guest, N / 2 + 8);
  world_run (&s->w, S);
}

static void
open_scene (struct scene *s, bool keeps_slots, bool ahead_is_free)
{
  open_scene_with (s, 16 * N, keeps_slots, ahead_is_free);
}

static void
sweep (struct scene *s, uint32_t from, uint32_t to, bool write)
{
  vhm_process_sweep (s->p.process, 0, from, to, 1e6, write);
  world_run (&s->w, 10 * S);
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

static uint32_t
slot_of (const struct scene *s, uint32_t page)
{
  return vhm_swap_space_slot (s->guest->backing.space, frame_of (s, page));
}

static bool
keeps (const struct scene *s, uint32_t page)
{
  return vhm_backing_keeps_slot (&s->guest->backing, frame_of (s, page));
}

/* A page of which the whole stretch is swapped out and holds pages of its own
 * order. */
static uint32_t
find_stretch (const struct scene *s)
{
  for (uint32_t page = 0; page + STRETCH <= N; page++) {
    uint32_t first = slot_of (s, page), n = 0;
    if (first == VHM_NO_SLOT || first % STRETCH != 0)
      continue;
    while (n < STRETCH && slot_of (s, page + n) == first + n
           && s->guest->mfn[frame_of (s, page + n)] == VHM_NO_FRAME)
      n++;
    if (n == STRETCH)
      return page;
  }
  ck_abort_msg ("no page begins a stretch");
  return 0;
}

START_TEST (what_a_fault_asked_for_gives_its_slot_up)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s), first = slot_of (&s, page);
  sweep (&s, page + 2, page + STRETCH, false);
  ck_assert_uint_eq (slot_of (&s, page + 2), VHM_NO_SLOT);
  for (uint32_t k = 3; k < STRETCH; k++) {
    ck_assert (keeps (&s, page + k));
    ck_assert_uint_eq (slot_of (&s, page + k), first + k);
  }
  for (uint32_t k = 0; k < 2; k++) { /* there, and not used */
    ck_assert_uint_ne (s.guest->mfn[frame_of (&s, page + k)], VHM_NO_FRAME);
    ck_assert (!keeps (&s, page + k));
    ck_assert_uint_eq (slot_of (&s, page + k), first + k);
  }
  world_close (&s.w);
}
END_TEST

START_TEST (what_keeps_its_slot_goes_back_there)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s), first = slot_of (&s, page);
  sweep (&s, page, page + STRETCH, false);
  uint64_t out = vhm_guest_backing (s.guest).swapped_out;
  vhm_guest_set_limit (s.guest, 4);
  world_run (&s.w, 10 * S);
  ck_assert_uint_ge (vhm_guest_backing (s.guest).swapped_out, out + N / 2);
  ck_assert_uint_ne (slot_of (&s, page), first);
  for (uint32_t k = 1; k < STRETCH; k++) {
    ck_assert_uint_eq (s.guest->mfn[frame_of (&s, page + k)], VHM_NO_FRAME);
    ck_assert_uint_eq (slot_of (&s, page + k), first + k);
  }
  world_close (&s.w);
}
END_TEST

/* The first write traps, is charged as a minor fault, and takes the slot away. */
START_TEST (a_write_gives_the_slot_up)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s);
  sweep (&s, page, page + STRETCH, false);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  uint64_t charged = vhm_guest_ledger (s.guest).cyc[VHM_ACCOUNT_HOST_FAULT];
  sweep (&s, page, page + 4, true);
  struct vhm_backing_counts d = vhm_guest_backing (s.guest);
  for (uint32_t k = 0; k < STRETCH; k++) {
    ck_assert_int_eq (keeps (&s, page + k), k >= 4);
    ck_assert_int_eq (slot_of (&s, page + k) != VHM_NO_SLOT, k >= 4);
  }
  ck_assert_uint_eq (d.minor_faults - c.minor_faults, 3);
  ck_assert_uint_eq (d.faults, c.faults);
  sweep (&s, page, page + 4, true); /* once */
  ck_assert_uint_eq (vhm_guest_backing (s.guest).minor_faults, d.minor_faults);
  vhm_process_release (s.p.process); /* what is charged is served */
  world_run (&s.w, S);
  charged = vhm_guest_ledger (s.guest).cyc[VHM_ACCOUNT_HOST_FAULT] - charged;
  ck_assert_uint_ge (charged, 3 * swap.minor_ns);
  world_close (&s.w);
}
END_TEST

/* A write that finds the page read ahead and unused needs no fault beside. */
START_TEST (what_is_written_first_keeps_no_slot)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  sweep (&s, page, page + STRETCH, true);
  for (uint32_t k = 0; k < STRETCH; k++)
    ck_assert_uint_eq (slot_of (&s, page + k), VHM_NO_SLOT);
  struct vhm_backing_counts d = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (d.faults - c.faults, 1);
  ck_assert_uint_eq (d.minor_faults - c.minor_faults, STRETCH - 1);
  world_close (&s.w);
}
END_TEST

/* The hypervisor reads a frame to write it to the guest's disk, or is about to
 * overwrite it. */
START_TEST (the_hypervisor_reads_or_writes)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s);
  sweep (&s, page, page + 1, false);
  bool writes = _i == 1;
  vhm_guest_begin (s.guest);
  ck_assert (vhm_backing_touch (s.guest, frame_of (&s, page + 1), NULL, false));
  ck_assert (keeps (&s, page + 1));
  ck_assert (
      vhm_backing_touch (s.guest, frame_of (&s, page + 1), NULL, writes));
  ck_assert_int_eq (keeps (&s, page + 1), !writes);
  ck_assert (
      vhm_backing_touch (s.guest, frame_of (&s, page + 2), NULL, writes));
  ck_assert_int_eq (keeps (&s, page + 2), !writes);
  vhm_guest_end (s.guest);
  world_audit (&s.w);
  world_close (&s.w);
}
END_TEST

START_TEST (without_the_rule_none_keeps_its_slot)
{
  struct scene s;
  open_scene (&s, false, _i == 1);
  uint32_t page = find_stretch (&s);
  sweep (&s, page, page + STRETCH, false);
  for (uint32_t k = 0; k < STRETCH; k++)
    ck_assert_uint_eq (slot_of (&s, page + k), VHM_NO_SLOT);
  world_close (&s.w);
}
END_TEST

/* 120 pages or so are swapped out: less than half of 300 slots, more of 200. */
START_TEST (more_than_half_full_the_file_keeps_none)
{
  struct scene s;
  open_scene_with (&s, _i == 0 ? 300 : 200, true, true);
  uint32_t page = find_stretch (&s);
  sweep (&s, page, page + STRETCH, false);
  for (uint32_t k = 1; k < STRETCH; k++)
    ck_assert_int_eq (slot_of (&s, page + k) != VHM_NO_SLOT, _i == 0);
  world_close (&s.w);
}
END_TEST

/* --- limits ------------------------------------------------------------------------ */

/* Frames read ahead do not count, so none of them goes for the limit's sake; used,
 * they do, and others go. */
START_TEST (what_is_read_ahead_counts_when_it_is_used)
{
  struct scene s;
  open_scene (&s, true, true);
  for (uint32_t page = 0; page < N; page++) {
    vhm_process_sweep (s.p.process, 0, page, page + 1, 1e6, false);
    for (int i = 0; i < 5; i++) {
      world_run (&s.w, 10 * MS);
      struct vhm_backing_counts c = vhm_guest_backing (s.guest);
      ck_assert_uint_le (vhm_guest_backed_pages (s.guest) - c.ahead, N / 2 + 8);
    }
  }
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  sweep (&s, 0, N, false);
  struct vhm_backing_counts d = vhm_guest_backing (s.guest);
  /* each page that had to be read was read once */
  ck_assert_uint_le (d.swapped_in - c.swapped_in, N);
  ck_assert_uint_eq (d.swapped_in - c.swapped_in + c.ahead - d.ahead,
                     d.faults - c.faults + d.minor_faults - c.minor_faults);
  world_close (&s.w);
}
END_TEST

/* A sweep that finds all read ahead still waits for others to be written. */
START_TEST (to_use_what_was_read_ahead_takes_room)
{
  struct scene s;
  open_scene (&s, true, true);
  uint32_t page = find_stretch (&s);
  sweep (&s, page, page + 1, false);
  struct vhm_backing_counts c = vhm_guest_backing (s.guest);
  ck_assert_uint_eq (c.ahead, STRETCH - 1);
  for (uint32_t gfn = 0; gfn < N; gfn++) /* nothing can go */
    s.guest->backing.pins[gfn]++;
  vhm_process_sweep (s.p.process, 0, page, page + STRETCH, 1e6, false);
  vhm_guest_set_limit (s.guest, vhm_guest_backed_pages (s.guest)
                                    - (uint32_t) c.ahead + 2);
  vhm_engine_run (s.w.engine, vhm_cycles_add (vhm_engine_now (s.w.engine),
                                              vhm_cycles_make (S)));
  ck_assert (vhm_process_is_sweeping (s.p.process));
  ck_assert_uint_eq (vhm_guest_backing (s.guest).ahead, STRETCH - 1 - 2);
  for (uint32_t gfn = 0; gfn < N; gfn++)
    s.guest->backing.pins[gfn]--;
  vhm_guest_set_limit (s.guest, N / 2);
  world_run (&s.w, S);
  ck_assert (!vhm_process_is_sweeping (s.p.process));
  ck_assert_uint_eq (vhm_guest_backing (s.guest).ahead, 0);
  ck_assert_uint_eq (vhm_guest_backing (s.guest).faults, c.faults);
  for (uint32_t k = 1; k < STRETCH; k++)
    ck_assert (keeps (&s, page + k));
  world_close (&s.w);
}
END_TEST

SUITE_TWICE ("frames that keep their slot", "every reference",
             world_every_reference, world_next_fault,
             tcase_add_test (tc, what_a_fault_asked_for_gives_its_slot_up);
             tcase_add_test (tc, what_keeps_its_slot_goes_back_there);
             tcase_add_test (tc, a_write_gives_the_slot_up);
             tcase_add_test (tc, what_is_written_first_keeps_no_slot);
             tcase_add_loop_test (tc, the_hypervisor_reads_or_writes, 0, 2);
             tcase_add_loop_test (tc, without_the_rule_none_keeps_its_slot, 0,
                                  2);
             tcase_add_loop_test (tc, more_than_half_full_the_file_keeps_none,
                                  0, 2);
             tcase_add_test (tc, what_is_read_ahead_counts_when_it_is_used);
             tcase_add_test (tc, to_use_what_was_read_ahead_takes_room);)
