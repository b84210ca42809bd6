/* A guest that stands still: a twin that never did is its oracle. */
#include "linux_guest.h"
#include "suite.h"

#include <vhm/model/reclaim.h>

#define MS (S / 1000)

static const char *const systems[] = { "ideal-lru", "windows", "linux" };
#define N_SYSTEMS ((int) G_N_ELEMENTS (systems))

/* Four threads that think; with less memory than pages they fault, too. */
static vhm_guest *
open_guest (struct world *w, struct puppet *p, int system, uint32_t n_pages)
{
  world_open (w, 2, 20000);
  world_os (w, systems[system], "");
  *p = a_puppet (n_pages, 0.3, 4, 2e4, 300, 5 * MS);
  world_puppet (w, p);
  return world_boot (w, 2, 8000, 9000);
}

static double
clock_of (const struct puppet *p)
{
  return vhm_refs_clock (vhm_process_refs (p->process));
}

/* Up to the same time of the guest's own clock both have done exactly the same,
 * and the one has beside that paused for so long. */
START_TEST (its_clock_and_timers_stand_still_and_nothing_else_changes)
{
  struct world w[2];
  struct puppet p[2];
  vhm_guest *guest[2];
  static const uint64_t pauses[] = { 1, 7 * MS, 3 * S, 600 * S };
  uint64_t paused = 0;
  for (int i = 0; i < 2; i++) {
    guest[i] = open_guest (&w[i], &p[i], _i, 2000);
    world_run (&w[i], 2 * S);
    vhm_process_set_timer (p[i].process, 100 * S);
  }
  for (size_t k = 0; k < G_N_ELEMENTS (pauses); k++) {
    ck_assert_uint_eq (vhm_guest_n_under_way (guest[0]), 0);
    vhm_guest_pause (guest[0]);
    ck_assert (vhm_guest_is_paused (guest[0]));
    double before = clock_of (&p[0]);
    world_run (&w[0], pauses[k]);
    ck_assert_double_eq (clock_of (&p[0]), before);
    vhm_guest_resume (guest[0]);
    paused += pauses[k];
    vhm_guest_begin (guest[1]); /* where the other stopped, and went on */
    vhm_guest_end (guest[1]);
    vhm_guest_begin (guest[1]);
    vhm_guest_end (guest[1]);
    for (int i = 0; i < 2; i++)
      world_run (&w[i], 30 * S);
    ck_assert_uint_eq (vhm_guest_now_cyc (guest[0]),
                       vhm_guest_now_cyc (guest[1]));
    ck_assert_double_eq (clock_of (&p[0]), clock_of (&p[1]));
    ck_assert_uint_eq (p[0].n_notices[VHM_NOTICE_TIMER],
                       p[1].n_notices[VHM_NOTICE_TIMER]);
  }
  ck_assert_uint_eq (p[0].n_notices[VHM_NOTICE_TIMER], 1);
  ck_assert_uint_gt (vhm_guest_operations (guest[0]), 1000);
  struct vhm_ledger l[2]
      = { vhm_guest_ledger (guest[0]), vhm_guest_ledger (guest[1]) };
  ck_assert_uint_eq (l[0].cyc[VHM_ACCOUNT_PAUSED], 2 * paused);
  l[0].cyc[VHM_ACCOUNT_PAUSED] = 0;
  ck_assert_mem_eq (&l[0], &l[1], sizeof l[0]);
  struct vhm_guest_counters c[2]
      = { vhm_guest_counters (guest[0]), vhm_guest_counters (guest[1]) };
  ck_assert_mem_eq (&c[0], &c[1], sizeof c[0]);
  for (uint64_t ppm = 100000; ppm < 1000000; ppm += 100000)
    ck_assert_uint_eq (
        vhm_histogram_quantile (vhm_guest_latency_ns (guest[0]), ppm),
        vhm_histogram_quantile (vhm_guest_latency_ns (guest[1]), ppm));
  world_close (&w[0]);
  world_close (&w[1]);
}
END_TEST

/* The disk ends what it has begun, the guest learns of it later and asks for
 * nothing meanwhile. */
START_TEST (transfers_under_way_end_and_the_guest_learns_of_it_later)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = open_guest (&w, &p, _i, 9000);
  world_run (&w, 2 * S);
  int n_seen = 0;
  for (int k = 0; k < 40; k++) {
    world_run (&w, 37 * MS);
    uint32_t n = vhm_guest_n_under_way (guest);
    n_seen += n > 0;
    struct vhm_disk_counts before = vhm_disk_counts (w.disk);
    vhm_guest_pause (guest);
    struct vhm_guest_counters c = vhm_guest_counters (guest);
    world_run (&w, 2 * S); /* some 100 requests at 10 ms */
    struct vhm_disk_counts after = vhm_disk_counts (w.disk);
    struct vhm_guest_counters d = vhm_guest_counters (guest);
    ck_assert_uint_eq (after.n_reads + after.n_writes,
                       before.n_reads + before.n_writes + n);
    ck_assert_uint_eq (vhm_guest_n_under_way (guest), 0);
    ck_assert_mem_eq (&c, &d, sizeof c);
    vhm_guest_resume (guest);
  }
  ck_assert_int_gt (n_seen, 10);
  uint64_t done = vhm_guest_operations (guest);
  world_run (&w, 10 * S);
  ck_assert_uint_gt (vhm_guest_operations (guest), done);
  world_close (&w);
}
END_TEST

static const struct vhm_swap_config swap = { .victims = VHM_VICTIMS_CLOCK,
                                             .read_ahead = 4,
                                             .batch = 8,
                                             .n_writes = 4,
                                             .fault_ns = 5000,
                                             .minor_ns = 1000 };

/* The host takes frames from it and gives what was asked for; who waited goes on
 * when the guest does. */
START_TEST (the_host_goes_on_swapping_and_nobody_of_the_guest_notices)
{
  struct world w;
  world_open (&w, 2, 20000);
  world_os (&w, systems[_i], "");
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  w.kernel = (struct vhm_kernel_touches){ .touches = 20,
                                          .hot_ppm = 100000,
                                          .hot_touches_ppm = 900000,
                                          .fault_hot_touches_ppm = 900000 };
  struct puppet p = a_puppet (6000, 0.3, 4, 2e4, 300, 5 * MS);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 2, 8000, 9000);
  world_run (&w, S);
  vhm_guest_set_limit (guest, 5000);
  for (int k = 0; k < 60; k++) {
    world_run (&w, 83 * MS);
    vhm_guest_pause (guest);
    double before = clock_of (&p);
    uint64_t done = vhm_guest_operations (guest);
    vhm_guest_set_limit (guest, 5000 - (uint32_t) k * 50);
    world_run (&w, 10 * S);
    ck_assert_double_eq (clock_of (&p), before);
    ck_assert_uint_eq (vhm_guest_operations (guest), done);
    ck_assert_uint_le (vhm_guest_backed_pages (guest),
                       5000 - (uint32_t) k * 50);
    vhm_guest_resume (guest);
  }
  uint64_t done = vhm_guest_operations (guest);
  world_run (&w, 10 * S);
  ck_assert_uint_gt (vhm_guest_operations (guest), done);
  world_close (&w);
}
END_TEST

START_TEST (its_balloon_driver_stands_still_with_it)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = open_guest (&w, &p, 0, 2000);
  const struct vhm_balloon_config config = {
    .latency_ns = 100 * MS,
    .rate_bytes_per_s = 1000 * VHM_PAGE_BYTES,
    .step_ns = S,
    .unit_bytes = 2 * VHM_MIB,
  };
  vhm_balloon *balloon = vhm_balloon_new (w.machine, &config, guest, 9000);
  vhm_balloon_remove (balloon, 2000);
  world_run (&w, 60 * MS);
  vhm_guest_pause (guest);
  ck_assert_uint_eq (vhm_balloon_add (balloon, 512), 512);
  world_run (&w, 60 * S);
  ck_assert_uint_eq (vhm_guest_visible_pages (guest), 8000);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 8000);
  ck_assert_uint_eq (vhm_balloon_promised (balloon), 512);
  vhm_guest_resume (guest);
  world_run (&w, 40 * MS - 1);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 8000);
  world_run (&w, 1);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 7000);
  world_run (&w, 60 * MS);
  ck_assert_uint_eq (vhm_guest_held_pages (guest), 7512);
  vhm_balloon_free (balloon);
  world_close (&w);
}
END_TEST

START_TEST (it_can_be_switched_off_while_it_stands_still)
{
  struct world w;
  struct puppet p;
  vhm_guest *guest = open_guest (&w, &p, _i, 9000);
  world_run (&w, 2 * S);
  while (vhm_guest_n_under_way (guest) == 0)
    world_run (&w, MS);
  vhm_guest_pause (guest);
  world_run (&w, S);
  vhm_guest_stop (guest);
  ck_assert (!vhm_guest_is_paused (guest));
  world_run (&w, 100 * S);
  ck_assert_uint_eq (vhm_machine_n_free (w.machine), 20000);
  world_close (&w);
}
END_TEST

SUITE_TWICE ("pause", "every reference", world_every_reference,
             world_next_fault,
             tcase_add_loop_test (
                 tc, its_clock_and_timers_stand_still_and_nothing_else_changes,
                 0, N_SYSTEMS);
             tcase_add_loop_test (
                 tc, transfers_under_way_end_and_the_guest_learns_of_it_later,
                 0, N_SYSTEMS);
             tcase_add_loop_test (
                 tc, the_host_goes_on_swapping_and_nobody_of_the_guest_notices,
                 0, N_SYSTEMS);
             tcase_add_test (tc, its_balloon_driver_stands_still_with_it);
             tcase_add_loop_test (tc,
                                  it_can_be_switched_off_while_it_stands_still,
                                  0, N_SYSTEMS);)
