/* The hypervisor's own touches, for a guest's disk: what the guest does while they
 * wait. */
#include "linux_guest.h"
#include "suite.h"

#define MS (S / 1000)
#define VISIBLE 2048
#define LIMIT 1024
#define FILE_PAGES 300

static struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                       .read_ahead = 1,
                                       .batch = 8,
                                       .n_writes = 4,
                                       .fault_ns = 5000,
                                       .minor_ns = 1000 };

/* One thread computes on a page, which is never away for long, on one processor.
 * Free frames have been swapped out; then a file is read into them. */
static vhm_guest *
read_into_swapped_frames (struct world *w, struct puppet *p,
                          enum vhm_emulator emulator)
{
  swap.emulator = emulator;
  world_open (w, 1, 4000);
  world_os (w, "linux", BARE "swap: 0 B, read_ahead: 0 B");
  w->swap = &swap;
  w->swap_bytes = 16 * VHM_MIB;
  *p = a_puppet (1, 0, 1, 1e5, 1e9, 0);
  p->n_regions = 2;
  p->regions[1]
      = (struct vhm_region_spec){ .n_pages = FILE_PAGES, .is_file = true };
  world_puppet (w, p);
  vhm_guest *guest = world_boot (w, 1, VISIBLE, VISIBLE);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (w, 20 * S);
  return guest;
}

static uint64_t
blocked (vhm_guest *guest)
{
  return world_account (guest, VHM_ACCOUNT_BLOCKED_SWAP);
}

/* Runs beside: the thread computes all the time. Stops: the guest stands still for
 * each frame, 10 ms at least, and not while its disk reads the file. */
START_TEST (a_guest_stands_still_for_its_emulator_if_it_must)
{
  bool stops = _i == VHM_EMULATOR_STOPS_GUEST;
  struct world w;
  struct puppet p;
  vhm_guest *guest = read_into_swapped_frames (&w, &p, (enum vhm_emulator) _i);
  ck_assert_uint_gt (vhm_guest_swapped_pages (guest), 900);
  uint64_t before = blocked (guest),
           stale = vhm_guest_backing (guest).stale_reads;
  uint64_t computed = world_account (guest, VHM_ACCOUNT_COMPUTE);
  vhm_process_sweep (p.process, 1, 0, FILE_PAGES, 1000, false);
  world_run (&w, 20 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  stale = vhm_guest_backing (guest).stale_reads - stale;
  ck_assert_uint_gt (stale, FILE_PAGES / 3);
  uint64_t waited = blocked (guest) - before;
  computed = world_account (guest, VHM_ACCOUNT_COMPUTE) - computed;
  if (stops) {
    ck_assert_uint_ge (waited, stale * 10 * MS);
    ck_assert_uint_le (waited, stale * 40 * MS); /* writes stand before reads */
    ck_assert_double_eq_tol ((double) (computed + waited) / S, 20, 0.3);
  } else {
    ck_assert_uint_le (waited, S / 4); /* for its page, now and then */
    ck_assert_double_eq_tol ((double) computed / S, 20, 0.3);
  }
  world_close (&w);
}
END_TEST

/* A guest that is stopped for good while it stands still. */
START_TEST (it_can_be_switched_off_meanwhile)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest
      = read_into_swapped_frames (&w, &p, VHM_EMULATOR_STOPS_GUEST);
  vhm_process_sweep (p.process, 1, 0, FILE_PAGES, 1000, false);
  world_run (&w, 105 * MS);
  ck_assert_uint_gt (vhm_guest_backing (guest).stale_reads, 0);
  vhm_guest_stop (guest);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), 0);
  world_close (&w);
}
END_TEST

SUITE ("guest I/O",
       tcase_add_loop_test (tc,
                            a_guest_stands_still_for_its_emulator_if_it_must, 0,
                            VHM_N_EMULATORS);
       tcase_add_test (tc, it_can_be_switched_off_meanwhile);)
