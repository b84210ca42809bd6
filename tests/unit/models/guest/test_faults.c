/* Faults block their threads and are charged. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* Nine frames for ten pages: every tenth reference faults. With one thread every
 * fault stops the guest for a disk access; with four the others go on. */
START_TEST (a_fault_blocks_its_thread_alone)
{
  struct vhm_disk_counts disk;
  double references[2];
  for (int k = 0; k < 2; k++) {
    struct world w;
    world_open_ideal (&w, 1, "");
    struct puppet p = a_puppet (1000, 0, k ? 4 : 1, 1000000, 10, 0);
    world_puppet (&w, &p);
    vhm_guest *guest = world_boot (&w, 1, 900, 1000);
    world_run (&w, 10 * S);
    vhm_guest_sync (guest);
    double before = vhm_guest_references (guest);
    uint64_t blocked = world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING);
    uint64_t n_reads = vhm_guest_counters (guest).page_reads;
    world_run (&w, 100 * S);
    blocked = world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING) - blocked;
    n_reads = vhm_guest_counters (guest).page_reads - n_reads;
    references[k] = vhm_guest_references (guest) - before;
    disk = vhm_disk_counts (w.disk);
    if (k == 0) /* each read blocks the processor for its 10 ms, no more */
      ck_assert_double_eq_tol ((double) blocked,
                               (double) (n_reads * WORLD_DISK_NS),
                               (double) WORLD_DISK_NS);
    else
      ck_assert_uint_lt (blocked, n_reads * WORLD_DISK_NS / 2);
    world_close (&w);
  }
  ck_assert_uint_eq (disk.n_writes, 0); /* nothing is written */
  ck_assert_double_gt (references[1], references[0]);
}
END_TEST

/* Kernel time of a fault comes out of the process's progress. */
START_TEST (fault_handling_is_charged)
{
  struct world w;
  world_open_ideal (&w, 1, "zero_fault: 1 ms");
  struct puppet p = a_puppet (200, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  world_run (&w, 10 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 200);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_GUEST_FAULT), 200000000);
  double due = (10.0 * (double) S - 2e8) / 1000;
  ck_assert_double_eq_tol (vhm_guest_references (guest), due, due * 1e-5);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("faults", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_test (tc, a_fault_blocks_its_thread_alone);
             tcase_add_test (tc, fault_handling_is_charged);)
