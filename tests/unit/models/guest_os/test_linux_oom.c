/* Without memory: who is killed, and what the balloon gets. */
#include "linux_guest.h"
#include "suite.h"

struct two {
  struct world w;
  struct puppet p[2];
  vhm_guest *guest;
};

static void
open_two (struct two *t, const char *yaml)
{
  world_open (&t->w, 2, 20000);
  world_os (&t->w, "linux", yaml);
  for (int i = 0; i < 2; i++) {
    t->p[i] = a_still_puppet (20000, false);
    world_puppet (&t->w, &t->p[i]);
  }
  t->guest = world_boot (&t->w, 2, 8192, 8192);
}

START_TEST (the_process_with_the_most_pages_is_killed)
{
  struct two t;
  open_two (&t, BARE "swap: 0 B");
  int large = _i, small = 1 - _i;
  allocate (&t.w, &t.p[large], 0, 5000);
  uint32_t notices = t.p[large].n_notices[VHM_NOTICE_ALLOCATED];
  allocate (&t.w, &t.p[small], 0, 4000); /* more than there is */
  world_run (&t.w, 10 * S);
  struct vhm_guest_counters c = counters (t.guest);
  ck_assert_uint_eq (c.oom_kills, 1);
  ck_assert_uint_eq (c.working_set_pages, 4000);
  ck_assert_uint_eq (c.active_anon_pages + c.inactive_anon_pages, 4000);
  vhm_process_notify (t.p[large].process, VHM_NOTICE_TIMER);
  ck_assert_uint_eq (t.p[large].n_notices[VHM_NOTICE_TIMER], 0);
  ck_assert_uint_eq (t.p[large].n_notices[VHM_NOTICE_ALLOCATED], notices);
  visit (&t.w, &t.p[small], 0, 4000, true); /* the other one lives */
  world_close (&t.w);
}
END_TEST

/* What the balloon holds is enough for both: whoever may have it back kills
 * nobody. A host that has given the frames away cannot give them back. */
static const struct {
  bool deflates;
  uint32_t spare; /* frames of the host */
  uint32_t kills, back;
} deflations[] = {
  { false, 5000, 1, 0 },
  /* 3500 wanted; 8192 - 256 - 3000 - 3000 there, of which 181 are kept */
  { true, 5000, 0, (3500 - (1936 - 181) + 255) / 256 * 256 },
  { true, 600, 1, 600 },
};

START_TEST (a_balloon_that_deflates_saves_the_processes)
{
  struct two t;
  open_two (&t, deflations[_i].deflates ? BARE "swap: 0 B, deflate_on_oom: true"
                                        : BARE "swap: 0 B");
  allocate (&t.w, &t.p[0], 0, 3000);
  uint32_t took = vhm_guest_inflate (t.guest, 3000, 0);
  ck_assert_uint_eq (took, 3000);
  uint32_t away = vhm_machine_n_free (t.w.machine) - deflations[_i].spare;
  vhm_machine_take (t.w.machine, VHM_OWNER_ROOT, 0, away, NULL);
  vhm_process_allocate (t.p[1].process, 0, 0, 3500);
  world_run (&t.w, 20 * S);
  ck_assert_uint_eq (counters (t.guest).oom_kills, deflations[_i].kills);
  ck_assert_uint_eq (took - vhm_guest_ballooned_pages (t.guest),
                     deflations[_i].back);
  ck_assert_ptr_null (vhm_guest_audit (t.guest));
  vhm_machine_give_root (t.w.machine, away);
  world_close (&t.w);
}
END_TEST

START_TEST (one_that_waits_for_its_own_memory_may_be_the_one)
{
  struct two t;
  open_two (&t, BARE "swap: 4 MiB");
  allocate (&t.w, &t.p[1], 0, 2000);
  vhm_process_allocate (t.p[0].process, 0, 0, 12000);
  world_run (&t.w, 60 * S);
  struct vhm_guest_counters c = counters (t.guest);
  ck_assert_uint_eq (c.oom_kills, 1);
  ck_assert (!vhm_process_is_allocating (t.p[0].process));
  ck_assert_uint_lt (c.working_set_pages, 2001);
  visit (&t.w, &t.p[1], 0, 2000, true);
  ck_assert_uint_eq (counters (t.guest).working_set_pages, 2000);
  ck_assert_uint_eq (counters (t.guest).demand_zero_faults
                         - c.demand_zero_faults,
                     0); /* it has lost nothing */
  world_close (&t.w);
}
END_TEST

START_TEST (a_fault_of_the_victim_is_forgotten)
{
  struct two t;
  open_two (&t, BARE "swap: 0 B");
  allocate (&t.w, &t.p[1], 0, 500);
  vhm_process_sweep (t.p[0].process, 0, 0, 12000, 1000, true);
  world_run (&t.w, 10 * S);
  struct vhm_guest_counters c = counters (t.guest);
  ck_assert_uint_eq (c.oom_kills, 1);
  ck_assert_uint_eq (c.working_set_pages, 500);
  ck_assert (!vhm_process_is_sweeping (t.p[0].process));
  world_close (&t.w);
}
END_TEST

/* It waits for a frame for a page of a file, which would be read for nobody. */
START_TEST (nothing_is_read_for_a_victim)
{
  struct world w;
  struct puppet p = a_still_puppet (8000, false);
  p.n_regions = 2;
  p.regions[1] = (struct vhm_region_spec){ .pattern = VHM_PATTERN_UNIFORM,
                                           .n_pages = 100,
                                           .is_file = true };
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  allocate (&w, &p, 0, 8192 - 256 - 181); /* all but the reserve */
  vhm_process_sweep (p.process, 1, 0, 100, 1000, false);
  world_run (&w, 10 * S);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.oom_kills, 1);
  ck_assert_uint_eq (c.working_set_pages, 0);
  ck_assert_uint_eq (c.pages_input, 0);
  world_close (&w);
}
END_TEST

/* Threads that fault, not allocations: two busy processes, one is enough. */
START_TEST (busy_threads_of_the_victim_stop_for_good)
{
  struct world w;
  struct puppet p[2];
  world_open (&w, 2, 20000);
  world_os (&w, "linux", BARE "swap: 1 MiB");
  for (int i = 0; i < 2; i++) {
    p[i] = a_puppet (5000, 1, 3, 1e4, 1000, i == 0 ? 0 : 1000);
    world_puppet (&w, &p[i]);
  }
  vhm_guest *guest = world_boot (&w, 2, 8192, 8192);
  world_run (&w, 60 * S);
  struct vhm_guest_counters c = counters (guest);
  ck_assert_uint_eq (c.oom_kills, 1);
  ck_assert_uint_eq (c.working_set_pages, 5000);
  double before[2], after[2];
  for (int i = 0; i < 2; i++)
    before[i] = vhm_refs_clock (vhm_process_refs (p[i].process));
  world_run (&w, 10 * S);
  for (int i = 0; i < 2; i++)
    after[i] = vhm_refs_clock (vhm_process_refs (p[i].process));
  int victim = after[0] == before[0] ? 0 : 1;
  ck_assert (after[victim] == before[victim]);
  ck_assert (after[1 - victim] > before[1 - victim]);
  vhm_guest_stop (guest);
  world_close (&w);
}
END_TEST

/* Its threads wait for frames that the hypervisor has swapped out. */
START_TEST (a_victim_may_wait_for_the_hypervisor)
{
  static const struct vhm_swap_config swap = { .read_ahead = 8,
                                               .batch = 32,
                                               .n_writes = 4,
                                               .fault_ns = 5000,
                                               .minor_ns = 1000 };
  struct world w;
  world_open (&w, 2, 20000);
  w.seed = (uint64_t) _i;
  w.swap = &swap;
  w.swap_bytes = 64 * VHM_MIB;
  world_os (&w, "linux", BARE "swap: 0 B");
  struct puppet p[2];
  for (int i = 0; i < 2; i++) {
    p[i] = a_puppet (2500, 0.5, 8, 1e4, 1000, 0);
    world_puppet (&w, &p[i]);
  }
  vhm_guest *guest = world_boot (&w, 2, 4000, 4000);
  vhm_guest_set_limit (guest, 1000 + 500 * (uint32_t) _i);
  for (int i = 0; i < 60 && counters (guest).oom_kills == 0; i++)
    world_run (&w, 10 * S);
  ck_assert_uint_eq (counters (guest).oom_kills, 1);
  ck_assert_uint_le (counters (guest).working_set_pages, 2500);
  uint64_t references = (uint64_t) vhm_guest_references (guest);
  world_run (&w, 60 * S);
  ck_assert_uint_gt ((uint64_t) vhm_guest_references (guest), references);
  world_close (&w);
}
END_TEST

/* Swap space is full and its pages go in and out: that makes no room. */
START_TEST (a_full_swap_space_is_no_hope)
{
  struct world w;
  struct puppet p[2];
  world_open (&w, 2, 20000);
  world_os (&w, "linux", BARE "swap: 4 MiB");
  p[0] = a_puppet (6000, 1, 4, 1e4, 1000, 0);
  p[1] = a_still_puppet (8000, false);
  for (int i = 0; i < 2; i++)
    world_puppet (&w, &p[i]);
  vhm_guest *guest = world_boot (&w, 2, 8192, 8192);
  world_run (&w, S);
  vhm_process_allocate (p[1].process, 0, 0, 5000);
  world_run (&w, 20 * S);
  ck_assert_uint_eq (counters (guest).oom_kills, 1);
  ck_assert (!vhm_process_is_allocating (p[1].process));
  world_close (&w);
}
END_TEST

START_TEST (nobody_is_killed_while_the_disk_makes_room)
{
  struct two t;
  open_two (&t, BARE "swap: 64 MiB");
  allocate (&t.w, &t.p[0], 0, 10000);
  allocate (&t.w, &t.p[1], 0, 10000);
  ck_assert_uint_eq (counters (t.guest).oom_kills, 0);
  ck_assert_uint_eq (counters (t.guest).demand_zero_faults, 20000);
  world_close (&t.w);
}
END_TEST

/* 8192 frames: min mark 181. */
START_TEST (the_balloon_takes_free_pages_then_what_reclaim_yields)
{
  struct world w;
  struct puppet p = a_still_puppet (3000, true);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  visit (&w, &p, 0, 3000, false);
  uint32_t free = (uint32_t) counters (guest).free_pages;
  ck_assert_uint_eq (vhm_guest_inflate (guest, free - 181, 0), free - 181);
  ck_assert_uint_eq (counters (guest).pages_scanned, 0);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 1000, 0), 1000);
  ck_assert_uint_ge (counters (guest).pages_stolen, 1000);
  ck_assert_uint_eq (counters (guest).oom_kills, 0);
  world_audit (&w);
  vhm_guest_deflate (guest, free - 181, 0);
  ck_assert_uint_ge (counters (guest).free_pages, free - 181);
  world_audit (&w);
  world_close (&w);
}
END_TEST

START_TEST (the_balloon_stops_where_nothing_can_be_reclaimed)
{
  struct world w;
  struct puppet p = a_still_puppet (4000, false);
  vhm_guest *guest = boot_linux (&w, &p, BARE "swap: 0 B", 8192);
  allocate (&w, &p, 0, 4000);
  ck_assert_uint_eq (vhm_guest_inflate (guest, 8000, 0),
                     8192 - 256 - 4000 - 181);
  ck_assert_uint_eq (counters (guest).oom_kills, 0);
  /* whoever allocates now pays for it */
  vhm_process_allocate (p.process, 0, 0, 4000);
  ck_assert (!vhm_process_is_allocating (p.process)); /* all there already */
  world_close (&w);
}
END_TEST

SUITE ("linux out of memory",
       tcase_add_loop_test (tc, the_process_with_the_most_pages_is_killed, 0,
                            2);
       tcase_add_loop_test (tc, a_balloon_that_deflates_saves_the_processes, 0,
                            G_N_ELEMENTS (deflations));
       tcase_add_test (tc, one_that_waits_for_its_own_memory_may_be_the_one);
       tcase_add_test (tc, a_fault_of_the_victim_is_forgotten);
       tcase_add_test (tc, nothing_is_read_for_a_victim);
       tcase_add_test (tc, busy_threads_of_the_victim_stop_for_good);
       tcase_add_loop_test (tc, a_victim_may_wait_for_the_hypervisor, 0, 5);
       tcase_add_test (tc, a_full_swap_space_is_no_hope);
       tcase_add_test (tc, nobody_is_killed_while_the_disk_makes_room);
       tcase_add_test (tc,
                       the_balloon_takes_free_pages_then_what_reclaim_yields);
       tcase_add_test (tc, the_balloon_stops_where_nothing_can_be_reclaimed);)
