/* One host fault at a time, on a disk that takes 10 ms a request. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S
#define MS (S / 1000)
#define N 256
#define LIMIT 128

static struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                       .read_ahead = 8,
                                       .batch = 8,
                                       .n_writes = 4,
                                       .fault_ns = 5000,
                                       .minor_ns = 1000 };

/* One thread walks over its pages, round and round, a page in 10 ms. */
static vhm_guest *
boot (struct world *w, struct puppet *p, uint32_t read_ahead, bool held)
{
  swap.read_ahead = read_ahead;
  world_open (w, 1, 4000);
  world_os (w, "ideal-lru", "");
  w->swap = &swap;
  w->swap_bytes = 16 * VHM_MIB;
  *p = a_puppet (N, 0, 1, 1e7, 1e9, 0);
  p->regions[0].pattern = VHM_PATTERN_SCAN;
  p->regions[0].cyclic = true;
  p->threads.held = held;
  world_puppet (w, p);
  return world_boot (w, 1, N, N);
}

/* In turn, a walk over more than there is finds nothing but what was read ahead:
 * pages go in the order of the walk, lie in the file so, and come back so. */
START_TEST (a_walk_faults_once_a_stretch)
{
  struct world w;
  struct puppet p;
  uint32_t read_ahead = _i == 0 ? 1 : 8;
  vhm_guest *guest = boot (&w, &p, read_ahead, false);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, 60 * S);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  double clock = vhm_refs_clock (vhm_process_refs (p.process));
  world_run (&w, 60 * S);
  struct vhm_backing_counts d = vhm_guest_backing (guest);
  double passed = vhm_refs_clock (vhm_process_refs (p.process)) - clock;
  double faults = (double) (d.faults - c.faults);
  ck_assert_double_eq_tol (faults, passed / read_ahead, 0.02 * passed + 1);
  ck_assert_double_eq_tol ((double) (d.minor_faults - c.minor_faults),
                           passed - faults, 0.02 * passed + 1);
  ck_assert_uint_eq (d.swap_reads - c.swap_reads, d.faults - c.faults);
  ck_assert_double_eq_tol ((double) (d.swapped_in - c.swapped_in), passed,
                           0.03 * passed);
  world_close (&w);
}
END_TEST

/* What is on its way out is still there: whoever touches it waits for nobody. */
START_TEST (a_touch_keeps_what_is_being_written)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, 8, false);
  world_run (&w, 6 * S); /* all touched */
  struct vhm_ledger before = vhm_guest_ledger (guest);
  vhm_guest_set_limit (guest, N - 6);
  world_audit (&w);
  ck_assert_uint_eq (vhm_guest_backed_pages (guest), N); /* not yet */
  ck_assert_uint_gt (vhm_guest_swapped_pages (guest), 0);
  vhm_process_sweep (p.process, 0, 0, N, 10, false);
  world_run (&w, MS); /* the write takes ten */
  ck_assert (!vhm_process_is_sweeping (p.process));
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  ck_assert_uint_gt (c.minor_faults, 0);
  ck_assert_uint_eq (c.faults, 0);
  ck_assert_uint_eq (vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_BLOCKED_SWAP],
                     before.cyc[VHM_ACCOUNT_BLOCKED_SWAP]);
  ck_assert_uint_ge (vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_HOST_FAULT],
                     c.minor_faults * 1000);
  world_run (&w, S); /* others went */
  ck_assert_uint_le (vhm_guest_backed_pages (guest), N - 6);
  world_close (&w);
}
END_TEST

/* A thread that faults waits for the disk once, and is charged the fault. */
START_TEST (a_fault_takes_one_read)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, 8, false);
  world_run (&w, 6 * S);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, S);
  vhm_guest_set_limit (guest, UINT32_MAX);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  struct vhm_ledger before = vhm_guest_ledger (guest);
  world_run (&w, 4 * S);
  struct vhm_backing_counts d = vhm_guest_backing (guest);
  struct vhm_ledger after = vhm_guest_ledger (guest);
  uint64_t faults = d.faults - c.faults;
  ck_assert_uint_gt (faults, 5);
  ck_assert_uint_eq (after.cyc[VHM_ACCOUNT_BLOCKED_SWAP]
                         - before.cyc[VHM_ACCOUNT_BLOCKED_SWAP],
                     faults * 10 * MS);
  ck_assert_uint_eq (after.cyc[VHM_ACCOUNT_HOST_FAULT]
                         - before.cyc[VHM_ACCOUNT_HOST_FAULT],
                     faults * 5000 + (d.minor_faults - c.minor_faults) * 1000);
  ck_assert_uint_eq (vhm_guest_swapped_pages (guest), 0);
  world_close (&w);
}
END_TEST

/* A page that the system zeroes in a swapped frame: the frame is read first. */
START_TEST (a_false_read_makes_the_first_touch_wait)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = boot (&w, &p, 1, true);
  vhm_guest_set_limit (guest, 64); /* before anything was touched */
  world_run (&w, S);
  vhm_guest_set_limit (guest, UINT32_MAX);
  vhm_process_release (p.process);
  world_run (&w, 20 * S);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  ck_assert_uint_ge (c.free_out, N - 64);
  ck_assert_uint_eq (c.false_reads, c.faults);
  ck_assert_uint_eq (c.false_reads, c.free_out);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, N);
  ck_assert_uint_eq (vhm_guest_ledger (guest).cyc[VHM_ACCOUNT_BLOCKED_SWAP],
                     c.faults * 10 * MS);
  world_close (&w);
}
END_TEST

/* --- who stands still ---------------------------------------------------------- */

#define FRESH 100
#define N_WAYS (2 * VHM_N_ASYNCHRONOUS)

/* On one processor a thread computes on a page of its own; a walk touches pages
 * that are fresh and lie in swapped frames, so that the guest's system zeroes them,
 * or pages that were mapped when their frames went. The disk takes 10 ms; writes
 * that make room stand before some reads. */
START_TEST (the_processor_stands_still_as_faults_are_asynchronous)
{
  int how = _i % VHM_N_ASYNCHRONOUS;
  bool fresh = _i >= VHM_N_ASYNCHRONOUS;
  bool stops = how == VHM_ASYNCHRONOUS_NEVER
               || (how == VHM_ASYNCHRONOUS_USER && fresh);
  struct world w;
  swap.asynchronous = how;
  swap.read_ahead = 1;
  world_open (&w, 1, 4000);
  world_os (&w, "ideal-lru", "");
  w.swap = &swap;
  w.swap_bytes = 16 * VHM_MIB;
  struct puppet p = a_puppet (1, 0, 1, 1e5, 1e9, 0);
  p.n_regions = 2;
  p.regions[1] = (struct vhm_region_spec){ .n_pages = N };
  p.commit_pages = N + 1;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 4 * N, 4 * N);
  if (!fresh)
    vhm_process_allocate (p.process, 1, 0, N);
  vhm_guest_set_limit (guest, LIMIT);
  world_run (&w, 30 * S);
  struct vhm_backing_counts c = vhm_guest_backing (guest);
  uint64_t before = world_account (guest, VHM_ACCOUNT_BLOCKED_SWAP);
  uint64_t computed = world_account (guest, VHM_ACCOUNT_COMPUTE);
  vhm_process_sweep (p.process, 1, 0, FRESH, 1000, true);
  world_run (&w, 20 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  struct vhm_backing_counts d = vhm_guest_backing (guest);
  uint64_t waited = world_account (guest, VHM_ACCOUNT_BLOCKED_SWAP) - before;
  computed = world_account (guest, VHM_ACCOUNT_COMPUTE) - computed;
  uint64_t faults = d.faults - c.faults;
  ck_assert_uint_gt (faults, FRESH / 2);
  ck_assert_uint_eq (d.false_reads - c.false_reads > 0, fresh);
  if (stops)
    ck_assert_uint_ge (waited, faults * 10 * MS);
  else
    ck_assert_uint_le (waited, S / 10);
  ck_assert_double_eq_tol ((double) (computed + waited) / S, 20, 0.1);
  swap.asynchronous = VHM_ASYNCHRONOUS_ALWAYS;
  world_close (&w);
}
END_TEST

SUITE_TWICE ("host faults", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_loop_test (tc, a_walk_faults_once_a_stretch, 0, 2);
             tcase_add_loop_test (
                 tc, the_processor_stands_still_as_faults_are_asynchronous, 0,
                 N_WAYS);
             tcase_add_test (tc, a_touch_keeps_what_is_being_written);
             tcase_add_test (tc, a_fault_takes_one_read);
             tcase_add_test (tc, a_false_read_makes_the_first_touch_wait);)
