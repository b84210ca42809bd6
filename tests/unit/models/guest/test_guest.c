/* A guest's clocks: processors into progress, cycles into accounts, memory in
 * and out. */
#include "suite.h"
#include "world.h"

#define S VHM_NS_PER_S

/* 2000 frames, ideal LRU, one puppet. */
static vhm_guest *
boot_puppet (struct world *w, uint32_t n_cpus, uint32_t n_vps,
             struct puppet *puppet)
{
  world_open (w, n_cpus, 4000);
  world_os (w, "ideal-lru", "");
  world_puppet (w, puppet);
  return world_boot (w, n_vps, 2000, 3000);
}

static const struct {
  uint32_t n_cpus, n_vps, n_threads, n_busy; /* n_busy: processors at work */
} shapes[] = {
  { 4, 2, 1, 1 }, { 4, 2, 2, 2 }, { 4, 2, 5, 2 }, { 1, 2, 5, 1 }, { 3, 4, 4, 3 }
};

/* Nothing faults any more after the first touches, which cost nothing. */
START_TEST (throughput_is_cycles_over_cycles_a_reference)
{
  struct world w;
  struct puppet p = a_puppet (50, 0.5, shapes[_i].n_threads, 1000, 100, 0);
  vhm_guest *guest = boot_puppet (&w, shapes[_i].n_cpus, shapes[_i].n_vps, &p);
  world_run (&w, 10 * S);
  double due = 10.0 * (double) S * shapes[_i].n_busy / 1000;
  /* an alarm is late by up to a cycle of each processor */
  double late = world_is_every ? 3e-6 : 1e-6;
  ck_assert_double_eq_tol (vhm_guest_references (guest), due, due * late);
  double operations = (double) vhm_guest_operations (guest);
  ck_assert_double_eq_tol (operations, due / 100,
                           shapes[_i].n_threads + due * 1e-8);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_COMPUTE),
                     10 * S * shapes[_i].n_busy);
  world_close (&w);
}
END_TEST

START_TEST (an_operation_takes_as_long_as_its_references)
{
  struct world w;
  struct puppet p = a_puppet (1, 0, 1, 1000, 500, 0);
  vhm_guest *guest = boot_puppet (&w, 1, 1, &p);
  world_run (&w, S + 1000); /* the last one may end a cycle late */
  const struct vhm_histogram *latency = vhm_guest_latency_ns (guest);
  ck_assert_uint_eq (latency->count, 2000);
  ck_assert_double_eq_tol (vhm_histogram_mean (latency), 500000, 1);
  world_close (&w);
}
END_TEST

START_TEST (idle_and_ready_are_what_is_left)
{
  struct world w;
  struct puppet p = a_puppet (10, 0, 3, 1000, 1e6, 0);
  vhm_guest *guest = boot_puppet (&w, 2, 4, &p); /* 3 of 4 VPs, 2 processors */
  world_run (&w, 10 * S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_IDLE), 10 * S);
  uint64_t ready = world_account (guest, VHM_ACCOUNT_READY);
  ck_assert_uint_le (ready, 10 * S + 30);
  ck_assert_uint_ge (ready, 10 * S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BLOCKED_PAGING), 0);
  world_close (&w);
}
END_TEST

/* Three threads on two processors, blocked for a second: what could run waits for
 * the host, what could not is idle as ever, and nothing is lost. */
START_TEST (a_blocked_guest_stands_still)
{
  struct world w;
  struct puppet p = a_puppet (50, 0.5, _i == 0 ? 3 : 1, 1000, 100, 0);
  uint64_t n_vps = 2, n_could = _i == 0 ? 2 : 1;
  vhm_guest *guest = boot_puppet (&w, 2, (uint32_t) n_vps, &p);
  world_run (&w, S);
  uint64_t n = vhm_guest_operations (guest);
  vhm_guest_block (guest, true);
  vhm_guest_block (guest, true); /* as it is */
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_operations (guest), n);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BLOCKED_SWAP),
                     n_could * S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_IDLE),
                     2 * (n_vps - n_could) * S);
  uint64_t done = world_account (guest, VHM_ACCOUNT_COMPUTE);
  ck_assert_uint_eq (done, n_could * S);
  vhm_guest_block (guest, false);
  world_run (&w, S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_COMPUTE), 2 * done);
  ck_assert_uint_ge (vhm_guest_operations (guest), 2 * n - 1);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BLOCKED_SWAP),
                     n_could * S);
  vhm_guest_block (guest, true);
  vhm_guest_stop (guest);
  ck_assert (!vhm_guest_is_blocked (guest));
  world_close (&w);
}
END_TEST

/* Memory pressure, thinking, sweeps of two guests on two processors; looked at
 * at odd times. */
START_TEST (the_ledger_sums_to_processors_times_elapsed_exactly)
{
  struct world w;
  world_open (&w, 2, 20000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, writer_starts_at: 50");
  vhm_guest *guests[2];
  struct puppet a = a_puppet (5000, 0.5, 3, 2000, 100, 3000000),
                b = a_puppet (3000, 0.1, 1, 1000, 1000, 0),
                c = a_puppet (4000, 0.9, 2, 3000, 50, 0);
  world_puppet (&w, &a);
  world_puppet (&w, &b);
  guests[0] = world_boot (&w, 3, 5000, 9000);
  world_puppet (&w, &c);
  guests[1] = world_boot (&w, 1, 5000, 9000);
  struct vhm_rng rng;
  vhm_rng_init (&rng, 9, "ledger");
  for (int i = 0; i < 60; i++) {
    world_run (&w, 1 + vhm_rng_below (&rng, S / 7));
    if (!vhm_process_is_sweeping (a.process))
      vhm_process_sweep (a.process, 0, 10, 4000, 700, i % 2);
    if (i % 7 == 3)
      vhm_guest_inflate (guests[1], 300, 77);
    if (i % 7 == 6)
      vhm_guest_deflate (guests[1], vhm_guest_ballooned_pages (guests[1]) / 2,
                         77);
    for (int g = 0; g < 2; g++) {
      struct vhm_ledger ledger = vhm_guest_ledger (guests[g]);
      ck_assert_uint_eq (vhm_ledger_sum (&ledger),
                         vhm_guest_booted_cyc (guests[g])
                             * vhm_guest_n_vps (guests[g]));
    }
  }
  ck_assert_uint_gt (world_account (guests[0], VHM_ACCOUNT_GUEST_FAULT), 0);
  ck_assert_uint_gt (world_account (guests[0], VHM_ACCOUNT_BLOCKED_PAGING), 0);
  ck_assert_uint_gt (world_account (guests[1], VHM_ACCOUNT_BALLOON_DRIVER), 0);
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_driver_is_charged_for_each_page)
{
  struct world w;
  struct puppet p = a_puppet (10, 0, 1, 1000, 1e6, 0);
  vhm_guest *guest = boot_puppet (&w, 1, 1, &p);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 100, 5000), 100);
  world_run (&w, S);
  vhm_guest_deflate (guest, 40, 5000);
  world_run (&w, S);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_BALLOON_DRIVER),
                     140 * 5000);
  ck_assert_uint_eq (world_account (guest, VHM_ACCOUNT_COMPUTE),
                     3 * S - 140 * 5000);
  world_close (&w);
}
END_TEST

START_TEST (memory_leaves_and_comes_back)
{
  struct world w;
  struct puppet p = a_puppet (1500, 0.5, 1, 100000, 100, 0);
  vhm_guest *guest = boot_puppet (&w, 1, 1, &p);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 2000);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 700, 0), 700);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 1300);
  ck_assert_uint_eq (vhm_guest_visible_pages (guest), 2000);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 2700);
  vhm_guest_hot_add (guest, 1000);
  ck_assert_uint_eq (vhm_guest_visible_pages (guest), 3000);
  vhm_guest_deflate (guest, 700, 0);
  world_run (&w, S);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 3000);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 1000);
  world_close (&w);
}
END_TEST

START_TEST (a_stop_gives_all_frames_back_and_stops_the_clocks)
{
  struct world w;
  struct puppet p = a_puppet (1500, 0.5, 2, 100000, 100, 1000000);
  vhm_guest *guest = boot_puppet (&w, 1, 1, &p);
  world_run (&w, 3 * S);
  vhm_guest_inflate (guest, 200, 0);
  vhm_guest_stop (guest);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 4000);
  uint64_t n = vhm_guest_operations (guest);
  ck_assert_uint_gt (n, 0);
  world_run (&w, 3 * S);
  ck_assert_uint_eq (vhm_guest_operations (guest), n);
  ck_assert_uint_eq (vhm_guest_booted_cyc (guest), 3 * S);
  ck_assert_uint_eq (vhm_guest_last_cyc (guest), 3 * S);
  ck_assert_uint_eq (vhm_guest_counters (guest).committed_pages, 0);
  struct puppet again = a_puppet (1500, 0.5, 2, 100000, 100, 1000000);
  world_puppet (&w, &again); /* in its place: all memory is there */
  vhm_guest *second = world_boot (&w, 1, 4000, 4000);
  world_run (&w, 3 * S);
  ck_assert_uint_gt (vhm_guest_operations (second), 0);
  vhm_guest_stop (second);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 4000);
  world_close (&w);
}
END_TEST

/* Its disk transfers end after it was stopped. */
START_TEST (a_stop_in_the_middle_of_paging_is_survived)
{
  struct world w;
  world_open (&w, 1, 8000);
  world_os (&w, "windows", "nonpaged_pool: 1 MiB, writer_starts_at: 10");
  struct puppet p = a_puppet (4000, 0.9, 4, 1000, 100, 0);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 3000, 3000);
  world_run (&w, S);
  ck_assert_uint_gt (vhm_disk_counts (w.disk).queue_length, 0);
  vhm_guest_stop (guest);
  world_run (&w, 5 * S);
  ck_assert_uint_eq (vhm_disk_counts (w.disk).queue_length, 0);
  world_close (&w);
}
END_TEST

START_TEST (the_same_seed_gives_the_same_run)
{
  uint64_t n[2], faults[2], compute[2];
  for (int k = 0; k < 2; k++) {
    struct world w;
    world_open (&w, 2, 8000);
    world_os (&w, "windows", "nonpaged_pool: 1 MiB");
    struct puppet p = a_puppet (4000, 0.5, 4, 1000, 100, 500000);
    world_puppet (&w, &p);
    vhm_guest *guest = world_boot (&w, 2, 3000, 3000);
    world_run (&w, 5 * S);
    n[k] = vhm_guest_operations (guest);
    faults[k] = vhm_guest_counters (guest).page_faults;
    compute[k] = world_account (guest, VHM_ACCOUNT_COMPUTE);
    world_close (&w);
  }
  ck_assert_uint_eq (n[0], n[1]);
  ck_assert_uint_eq (faults[0], faults[1]);
  ck_assert_uint_eq (compute[0], compute[1]);
}
END_TEST

START_TEST (every_account_has_a_name)
{
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    ck_assert_str_ne (vhm_account_name ((enum vhm_account) a), "");
}
END_TEST

SUITE_TWICE (
    "guest", "every reference", world_every_reference, world_next_fault,
    tcase_add_loop_test (tc, throughput_is_cycles_over_cycles_a_reference, 0,
                         G_N_ELEMENTS (shapes));
    tcase_add_test (tc, an_operation_takes_as_long_as_its_references);
    tcase_add_test (tc, idle_and_ready_are_what_is_left);
    tcase_add_loop_test (tc, a_blocked_guest_stands_still, 0, 2);
    tcase_add_test (tc, the_ledger_sums_to_processors_times_elapsed_exactly);
    tcase_add_test (tc, the_balloon_driver_is_charged_for_each_page);
    tcase_add_test (tc, memory_leaves_and_comes_back);
    tcase_add_test (tc, a_stop_gives_all_frames_back_and_stops_the_clocks);
    tcase_add_test (tc, a_stop_in_the_middle_of_paging_is_survived);
    tcase_add_test (tc, the_same_seed_gives_the_same_run);
    tcase_add_test (tc, every_account_has_a_name);)
