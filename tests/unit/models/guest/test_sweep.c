/* Sweeps: a helper thread walks over pages. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

START_TEST (a_sweep_visits_every_page_and_faults_on_those_that_trap)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_puppet (3000, 0, 1, 1000, 100, 0);
  p.regions[0].n_active = 0; /* nobody else comes here */
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 4000, 4000);
  vhm_process_allocate (p.process, 0, 100, 50); /* the first 50 are there */
  vhm_process_sweep (p.process, 0, 100, 2100, 5000, true);
  world_run (&w, 4 * S); /* half the processor: the other thread computes */
  ck_assert_int_eq (vhm_process_is_sweeping (p.process), false);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_SWEPT], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 2000);
  vhm_refs *refs = vhm_process_refs (p.process);
  for (uint32_t page = 0; page < 3000; page++) {
    bool visited = page >= 100 && page < 2100;
    ck_assert_int_eq (vhm_refs_is_mapped (refs, page), visited);
    if (visited)
      ck_assert (vhm_refs_is_dirty (refs, page));
  }
  world_close (&w);
}
END_TEST

/* The threads touch the pages that the sweep is on its way to. */
START_TEST (a_sweep_passes_pages_that_others_have_brought_in)
{
  struct world w;
  world_open_ideal (&w, 2, "");
  struct puppet p = a_puppet (100, 0, 1, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 1000, 1000);
  vhm_process_sweep (p.process, 0, 0, 100, 1e6, true);
  world_run (&w, S / 2);
  ck_assert_uint_eq (p.n_notices[VHM_NOTICE_SWEPT], 1);
  ck_assert_uint_eq (vhm_guest_counters (guest).page_faults, 100);
  for (uint32_t page = 0; page < 100; page++)
    ck_assert (vhm_refs_is_dirty (vhm_process_refs (p.process), page));
  world_close (&w);
}
END_TEST

START_TEST (a_sweep_takes_its_cycles_a_page)
{
  struct world w;
  world_open_ideal (&w, 2, "");
  struct puppet p = a_puppet (1000, 0, 1, 1000, 1e9, 0);
  world_puppet (&w, &p);
  world_boot (&w, 2, 4000, 4000);
  vhm_process_allocate (p.process, 0, 0, 1000);
  vhm_process_sweep (p.process, 0, 0, 1000, 10000, false); /* 10 ms in all */
  world_run (&w, 10000000 - 100);
  ck_assert (vhm_process_is_sweeping (p.process));
  world_run (&w, 200);
  ck_assert (!vhm_process_is_sweeping (p.process));
  world_close (&w);
}
END_TEST

/* A sweep through memory that is mostly paged out reads it all back. */
START_TEST (a_sweep_waits_for_the_disk)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_puppet (2000, 0, 1, 1000, 100, 0);
  p.regions[0].n_active = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 1000, 1000);
  vhm_process_allocate (p.process, 0, 0, 2000); /* the first half is out */
  vhm_process_sweep (p.process, 0, 0, 1000, 1000, false);
  world_run (&w, S);
  ck_assert (vhm_process_is_sweeping (p.process));
  ck_assert_uint_gt (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING),
                     S * 9 / 10);
  world_run (&w, 40 * S);
  ck_assert (!vhm_process_is_sweeping (p.process));
  ck_assert_uint_eq (vhm_guest_counters (guest).page_reads, 1000);
  world_close (&w);
}
END_TEST

SUITE_TWICE (
    "sweep", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc,
                    a_sweep_visits_every_page_and_faults_on_those_that_trap);
    tcase_add_test (tc, a_sweep_passes_pages_that_others_have_brought_in);
    tcase_add_test (tc, a_sweep_takes_its_cycles_a_page);
    tcase_add_test (tc, a_sweep_waits_for_the_disk);)
