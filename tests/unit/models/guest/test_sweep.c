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

/* --- several at a time --------------------------------------------------------- */

#define N_SWEEPERS 3

static struct puppet
a_held_puppet (uint32_t n_pages, uint32_t n_sweepers)
{
  struct puppet p = a_puppet (n_pages, 0, 1, 1000, 100, 0);
  p.regions[0].n_active = 0;
  p.threads.held = true;
  p.threads.n_sweepers = n_sweepers;
  return p;
}

static uint32_t first_swept, n_swept;

static void
note_swept (struct puppet *p, enum vhm_notice notice)
{
  if (notice != VHM_NOTICE_SWEPT)
    return;
  if (n_swept++ == 0)
    first_swept = vhm_process_swept (p->process);
}

/* Three walks over 1000 pages that are there, at 1, 2 and 3 us a page, share one
 * processor: the first ends after 3 x 1 ms; then two share it. */
START_TEST (sweepers_share_the_processor)
{
  struct world w;
  world_open_ideal (&w, 1, "zero_fault: 0 ns");
  struct puppet p = a_held_puppet (3000, N_SWEEPERS);
  p.notice = note_swept;
  n_swept = 0;
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 4000, 4000);
  vhm_process_allocate (p.process, 0, 0, 3000);
  for (uint32_t i = 0; i < N_SWEEPERS; i++) {
    const struct vhm_walk walk = { .from = i * 1000,
                                   .to = (i + 1) * 1000,
                                   .cycles_per_page = 1000.0 * (i + 1) };
    vhm_process_walk (p.process, i, &walk);
  }
  const uint64_t ends[] = { 3000000, 5000000, 6000000 };
  for (uint32_t i = 0; i < N_SWEEPERS; i++) {
    uint64_t now = vhm_engine_now (w.engine).raw;
    world_run (&w, ends[i] - 100 - now);
    ck_assert (vhm_process_is_walking (p.process, i));
    world_run (&w, 200);
    ck_assert (!vhm_process_is_walking (p.process, i));
    ck_assert_uint_eq (n_swept, i + 1);
  }
  ck_assert_uint_eq (first_swept, 0);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_COMPUTE), 6000000);
  world_close (&w);
}
END_TEST

/* While one waits for the disk the other one walks. */
START_TEST (one_sweeper_waits_and_another_walks)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_held_puppet (2000, 2);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, 1000, 1000);
  vhm_process_allocate (p.process, 0, 0, 2000); /* the first half is out */
  world_run (&w, 40 * S);
  const struct vhm_walk out = { .from = 0, .to = 1, .cycles_per_page = 1 };
  const struct vhm_walk there
      = { .from = 1900, .to = 2000, .cycles_per_page = 1e5 };
  vhm_process_walk (p.process, 0, &out);
  vhm_process_walk (p.process, 1, &there); /* 10 ms, as a read takes */
  world_run (&w, 9 * S / 1000);
  ck_assert (vhm_process_is_walking (p.process, 0));
  ck_assert (vhm_process_is_walking (p.process, 1));
  ck_assert_uint_gt (world_account (guest, VHM_ACCOUNT_COMPUTE), 8 * S / 1000);
  world_run (&w, S);
  ck_assert (!vhm_process_is_walking (p.process, 0));
  ck_assert (!vhm_process_is_walking (p.process, 1));
  world_close (&w);
}
END_TEST

/* Threads held for ever: the clock of references counts pages of sweeps. Else it
 * is that of the threads alone. */
START_TEST (pages_are_references_where_nothing_else_is)
{
  struct world w;
  world_open_ideal (&w, 1, "");
  struct puppet p = a_held_puppet (1000, 1);
  p.threads.held = _i == 0;
  world_puppet (&w, &p);
  world_boot (&w, 1, 4000, 4000);
  vhm_process_sweep (p.process, 0, 0, 1000, 1000, true);
  world_run (&w, S);
  double clock = vhm_refs_clock (vhm_process_refs (p.process));
  vhm_process_sweep (p.process, 0, 0, 500, 1e5, false);
  world_run (&w, S);
  double clock_then = vhm_refs_clock (vhm_process_refs (p.process));
  if (_i == 0) {
    ck_assert_double_eq_tol (clock, 1000, 1e-6);
    ck_assert_double_eq_tol (clock_then, 1500, 1e-6);
    double last = vhm_refs_look (vhm_process_refs (p.process), 499);
    double other = vhm_refs_look (vhm_process_refs (p.process), 500);
    ck_assert_double_gt (last, 1000);
    ck_assert_double_le (other, 1000);
  } else
    ck_assert_double_gt (clock_then, 1.5 * clock);
  world_close (&w);
}
END_TEST

/* Faults taken together are as many, and take as long. */
START_TEST (a_batch_of_faults_costs_what_they_cost)
{
  uint64_t ends[2];
  for (int i = 0; i < 2; i++) {
    struct world w;
    world_open_ideal (&w, 1, "zero_fault: 2 us");
    struct puppet p = a_held_puppet (1000, 1);
    world_puppet (&w, &p);
    vhm_guest *guest = world_boot (&w, 1, 4000, 4000);
    const struct vhm_walk walk = { .to = 1000,
                                   .cycles_per_page = 1000,
                                   .write = true,
                                   .batch = i == 0 ? 1 : 16 };
    vhm_process_walk (p.process, 0, &walk);
    ends[i] = 0;
    while (vhm_process_is_walking (p.process, 0)) {
      world_run (&w, 1000);
      ends[i] += 1000;
    }
    ck_assert_uint_eq (vhm_guest_counters (guest).demand_zero_faults, 1000);
    ck_assert_uint_ge (ends[i], 3000000);
    for (uint32_t page = 0; page < 1000; page++)
      ck_assert (vhm_refs_is_dirty (vhm_process_refs (p.process), page));
    world_close (&w);
  }
  ck_assert_double_eq_tol ((double) ends[0], (double) ends[1], 20000);
}
END_TEST

SUITE_TWICE (
    "sweep", "every reference", world_every_reference, world_next_fault,
    tcase_add_test (tc,
                    a_sweep_visits_every_page_and_faults_on_those_that_trap);
    tcase_add_test (tc, a_sweep_passes_pages_that_others_have_brought_in);
    tcase_add_test (tc, a_sweep_takes_its_cycles_a_page);
    tcase_add_test (tc, a_sweep_waits_for_the_disk);
    tcase_add_test (tc, sweepers_share_the_processor);
    tcase_add_test (tc, one_sweeper_waits_and_another_walks);
    tcase_add_loop_test (tc, pages_are_references_where_nothing_else_is, 0, 2);
    tcase_add_test (tc, a_batch_of_faults_costs_what_they_cost);)
