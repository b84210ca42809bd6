/* The quantum scheduler against schedules written out by hand, and against its
 * own invariants through random histories. */
#include "suite.h"

#include <vhm/model/scheduler.h>
#include <vhm/sim/rng.h>

#define MAX_GUESTS 8
#define QUANTUM UINT64_C (1000)

struct client {
  vhm_engine *engine;
  uint32_t number;
  uint64_t at_cyc;
  int n_alarms;
};

struct world {
  vhm_engine *engine;
  vhm_scheduler *scheduler;
  struct client clients[MAX_GUESTS];
  uint32_t n_clients;
};

static void
note_alarm (void *context)
{
  struct client *client = context;
  client->at_cyc = vhm_engine_now (client->engine).raw;
  client->n_alarms++;
}

static void
open_world (struct world *w, const struct vhm_scheduler_config *how)
{
  *w = (struct world){ .engine = vhm_engine_new () };
  struct vhm_scheduler_config config = *how;
  config.kind = VHM_SCHEDULER_QUANTUM;
  config.quantum_cyc = QUANTUM;
  w->scheduler = vhm_scheduler_new (w->engine, &config);
}

static void
close_world (struct world *w)
{
  vhm_scheduler_free (w->scheduler);
  ck_assert_uint_eq (vhm_engine_n_pending (w->engine), 0);
  vhm_engine_free (w->engine);
}

static uint32_t
add (struct world *w, struct vhm_scheduler_entity entity)
{
  struct client *client = &w->clients[w->n_clients];
  client->engine = w->engine;
  entity.name = "g";
  entity.alarm = note_alarm;
  entity.context = client;
  if (entity.weight == 0)
    entity.weight = 100;
  if (entity.cap_ppm == 0)
    entity.cap_ppm = VHM_PPM;
  client->number = vhm_scheduler_add (w->scheduler, &entity);
  w->n_clients++;
  return client->number;
}

static uint32_t
add_plain (struct world *w, uint32_t n_vps)
{
  return add (w, (struct vhm_scheduler_entity){ .n_vps = n_vps });
}

static void
run_to (struct world *w, uint64_t cyc)
{
  vhm_engine_run (w->engine, vhm_cycles_make (cyc));
  ck_assert (vhm_scheduler_is_valid (w->scheduler));
}

static void
want (struct world *w, uint32_t guest, uint32_t n_busy)
{
  vhm_scheduler_set_demand (w->scheduler, guest, n_busy);
  ck_assert (vhm_scheduler_is_valid (w->scheduler));
}

static uint64_t
service (struct world *w, uint32_t guest)
{
  return vhm_scheduler_service_cyc (w->scheduler, guest);
}

static struct vhm_scheduler_counts
counts (struct world *w, uint32_t guest)
{
  return vhm_scheduler_counts (w->scheduler, guest);
}

START_TEST (uncontended_service_is_elapsed_time_and_takes_no_turns)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 4 });
  add_plain (&w, 2);
  add_plain (&w, 2);
  want (&w, 0, 2);
  run_to (&w, 12345);
  want (&w, 1, 2);
  run_to (&w, UINT64_C (70000000000001));
  ck_assert_uint_eq (service (&w, 0), UINT64_C (70000000000001));
  ck_assert_uint_eq (service (&w, 1), UINT64_C (70000000000001) - 12345);
  ck_assert_uint_eq (counts (&w, 0).waited_cyc, 0);
  ck_assert_uint_eq (counts (&w, 0).dispatches, 2);
  ck_assert_uint_eq (vhm_engine_n_events (w.engine), 0);
  close_world (&w);
}
END_TEST

/* A on, B and C wait; turns A B C A B C ... */
START_TEST (equal_guests_take_turns_in_order)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 1 });
  for (uint32_t i = 0; i < 3; i++)
    add_plain (&w, 1);
  for (uint32_t i = 0; i < 3; i++)
    want (&w, i, 1);
  run_to (&w, 2500); /* A had a turn, B too, C half of one */
  ck_assert_uint_eq (service (&w, 0), 1000);
  ck_assert_uint_eq (service (&w, 1), 1000);
  ck_assert_uint_eq (service (&w, 2), 500);
  ck_assert_uint_eq (vhm_scheduler_n_waiting (w.scheduler, 0), 1);
  ck_assert_uint_eq (vhm_scheduler_n_waiting (w.scheduler, 2), 0);
  run_to (&w, 9000);
  for (uint32_t i = 0; i < 3; i++)
    ck_assert_uint_eq (service (&w, i), 3000);
  /* first waits 0, 1000, 2000; each other one is two turns of others */
  ck_assert_uint_eq (counts (&w, 0).waited_cyc, 2 * 2000 + 2000);
  ck_assert_uint_eq (counts (&w, 2).waited_cyc, 2000 + 2 * 2000);
  close_world (&w);
}
END_TEST

START_TEST (a_switch_to_another_guest_costs_its_time)
{
  struct world w;
  open_world (&w,
              &(struct vhm_scheduler_config){ .n_cpus = 1, .switch_cyc = 100 });
  add_plain (&w, 1);
  add_plain (&w, 1);
  want (&w, 0, 1);
  want (&w, 1, 1);
  run_to (&w, 4000); /* A, switch B, switch A, switch B */
  ck_assert_uint_eq (service (&w, 0), 1000 + 900);
  ck_assert_uint_eq (service (&w, 1), 2 * 900);
  ck_assert_uint_eq (counts (&w, 0).switch_cyc, 100);
  ck_assert_uint_eq (counts (&w, 1).switch_cyc, 200);
  close_world (&w);
}
END_TEST

/* Of one guest: no other one's entries are in the way. */
START_TEST (a_switch_within_a_guest_is_free)
{
  struct world w;
  open_world (&w,
              &(struct vhm_scheduler_config){ .n_cpus = 1, .switch_cyc = 100 });
  add_plain (&w, 2);
  want (&w, 0, 2);
  run_to (&w, 4000);
  ck_assert_uint_eq (service (&w, 0), 2000); /* of each, half of the time */
  ck_assert_uint_eq (counts (&w, 0).switch_cyc, 0);
  close_world (&w);
}
END_TEST

START_TEST (weights_change_how_often_a_turn_comes)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 1 });
  add (&w, (struct vhm_scheduler_entity){ .n_vps = 1, .weight = 300 });
  add (&w, (struct vhm_scheduler_entity){ .n_vps = 1, .weight = 100 });
  want (&w, 0, 1);
  want (&w, 1, 1);
  run_to (&w, 400000);
  ck_assert_uint_le (service (&w, 0), 300000 + QUANTUM);
  ck_assert_uint_ge (service (&w, 0), 300000 - QUANTUM);
  ck_assert_uint_eq (service (&w, 0) + service (&w, 1), 400000);
  close_world (&w);
}
END_TEST

/* Weight cannot give one VP more than a processor; the others share the rest. */
START_TEST (no_virtual_processor_runs_faster_than_a_processor)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 2 });
  add (&w, (struct vhm_scheduler_entity){ .n_vps = 1, .weight = 10000 });
  add_plain (&w, 1);
  add_plain (&w, 1);
  for (uint32_t i = 0; i < 3; i++)
    want (&w, i, 1);
  run_to (&w, 200000);
  ck_assert_uint_ge (service (&w, 0), 200000 - 2 * QUANTUM);
  ck_assert_uint_ge (service (&w, 1), 100000 - 2 * QUANTUM);
  ck_assert_uint_ge (service (&w, 2), 100000 - 2 * QUANTUM);
  close_world (&w);
}
END_TEST

START_TEST (a_cap_holds_even_when_processors_are_idle)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 2 });
  add (&w, (struct vhm_scheduler_entity){ .n_vps = 1, .cap_ppm = 250000 });
  want (&w, 0, 1);
  run_to (&w, 400000);
  ck_assert_uint_ge (service (&w, 0), 100000);
  ck_assert_uint_le (service (&w, 0), 100000 + QUANTUM);
  close_world (&w);
}
END_TEST

/* 2 processors, 2 x 2 VPs, reserve 50 % of its VPs for the first: 1 processor
 * and half of the other; as a floor, 1 as by weight. */
START_TEST (a_reserve_comes_first_or_is_a_floor)
{
  for (int rule = 0; rule < 2; rule++) {
    struct world w;
    open_world (
        &w, &(struct vhm_scheduler_config){
                .n_cpus = 2, .reserve_rule = (enum vhm_reserve_rule) rule });
    add (&w,
         (struct vhm_scheduler_entity){ .n_vps = 2, .reserve_ppm = 500000 });
    add_plain (&w, 2);
    want (&w, 0, 2);
    want (&w, 1, 2);
    run_to (&w, 400000);
    uint64_t fair = rule == VHM_RESERVE_FIRST ? 300000 : 200000; /* a VP */
    ck_assert_uint_ge (service (&w, 0), fair - 2 * QUANTUM);
    ck_assert_uint_le (service (&w, 0), fair + 2 * QUANTUM);
    close_world (&w);
  }
}
END_TEST

START_TEST (affinity_is_kept)
{
  struct world w;
  const uint64_t second[] = { 1 };
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 2 });
  for (int i = 0; i < 2; i++)
    add (&w, (struct vhm_scheduler_entity){
                 .n_vps = 1, .affinity = second, .n_affinity = 1 });
  want (&w, 0, 1);
  want (&w, 1, 1);
  run_to (&w, 10000); /* the first processor idles */
  ck_assert_uint_eq (service (&w, 0), 5000);
  ck_assert_uint_eq (service (&w, 1), 5000);
  close_world (&w);
}
END_TEST

START_TEST (busy_neighbours_slow_a_processor)
{
  const struct vhm_scheduler_speed speeds[] = { { 1, 1000000 }, { 3, 800000 } };
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){
                      .n_cpus = 3, .speeds = speeds, .n_speeds = 2 });
  add_plain (&w, 1);
  add_plain (&w, 1);
  want (&w, 0, 1);
  run_to (&w, 1000); /* alone */
  want (&w, 1, 1);
  run_to (&w, 2000); /* two of them: 90 % */
  ck_assert_uint_eq (service (&w, 0), 1900);
  ck_assert_uint_eq (service (&w, 1), 900);
  ck_assert_uint_eq (counts (&w, 0).slowed_cyc, 100);
  close_world (&w);
}
END_TEST

START_TEST (an_alarm_rings_at_the_first_full_cycle)
{
  struct world w;
  open_world (&w,
              &(struct vhm_scheduler_config){ .n_cpus = 1, .switch_cyc = 100 });
  add_plain (&w, 1);
  add_plain (&w, 1);
  want (&w, 0, 1);
  want (&w, 1, 1);
  vhm_scheduler_arm (w.scheduler, 1, 950); /* 900 in its first turn */
  run_to (&w, 10000);
  ck_assert_int_eq (w.clients[1].n_alarms, 1);
  ck_assert_uint_eq (w.clients[1].at_cyc, 3000 + 100 + 50);
  ck_assert_int_eq (w.clients[0].n_alarms, 0);
  close_world (&w);
}
END_TEST

START_TEST (who_wakes_brings_no_claims_along)
{
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 1 });
  add_plain (&w, 1);
  add_plain (&w, 1);
  want (&w, 0, 1);
  run_to (&w, 100000);
  want (&w, 1, 1);
  run_to (&w, 120000);
  ck_assert_uint_eq (service (&w, 1), 10000);
  close_world (&w);
}
END_TEST

/* Busy VPs x elapsed = service + switches + slowness + waiting, at any time, as
 * far as waiting has ended. */
START_TEST (every_cycle_is_accounted_for)
{
  const struct vhm_scheduler_speed speeds[] = { { 1, 1000000 }, { 4, 700000 } };
  struct vhm_rng rng;
  vhm_rng_init (&rng, (uint64_t) _i, "histories");
  struct world w;
  open_world (&w, &(struct vhm_scheduler_config){
                      .n_cpus = 3,
                      .switch_cyc = 37,
                      .speeds = speeds,
                      .n_speeds = 2,
                      .reserve_rule = (enum vhm_reserve_rule) (_i % 2) });
  uint64_t wanted[4] = { 0 }, ran[4] = { 0 }, last[4] = { 0 };
  uint32_t busy[4] = { 0 };
  for (uint32_t i = 0; i < 4; i++)
    add (&w,
         (struct vhm_scheduler_entity){ .n_vps = 1 + i,
                                        .weight = 100 + 100 * i,
                                        .first_cpu = i,
                                        .cap_ppm = i == 3 ? 300000 : VHM_PPM,
                                        .reserve_ppm = i == 2 ? 200000 : 0 });
  uint64_t now = 0;
  for (int step = 0; step < 3000; step++) {
    uint64_t dt = vhm_rng_below (&rng, 3000);
    now += dt;
    run_to (&w, now);
    for (uint32_t i = 0; i < 4; i++) {
      uint64_t s = service (&w, i);
      wanted[i] += dt * busy[i];
      ran[i] += (s - last[i]) * busy[i];
      last[i] = s;
    }
    uint32_t i = (uint32_t) vhm_rng_below (&rng, 4);
    busy[i] = (uint32_t) vhm_rng_below (&rng, i + 2);
    want (&w, i, busy[i]);
  }
  for (uint32_t i = 0; i < 4; i++) {
    want (&w, i, 0); /* the last waits end */
    struct vhm_scheduler_counts c = counts (&w, i);
    uint64_t sum = ran[i] + c.switch_cyc + c.slowed_cyc + c.waited_cyc;
    ck_assert_uint_le (sum, wanted[i] + 3000);
    ck_assert_uint_ge (sum + UINT64_C (3000) * 4, wanted[i]);
    ck_assert_uint_gt (c.waited_cyc, 0);
    ck_assert_uint_gt (c.switch_cyc, 0);
    ck_assert_uint_gt (c.slowed_cyc, 0);
  }
  close_world (&w);
}
END_TEST

START_TEST (misuse_is_a_bug)
{
  struct world w;
  const uint64_t none[] = { 7 };
  open_world (&w, &(struct vhm_scheduler_config){ .n_cpus = 1 });
  switch (_i) {
  case 0:
    add_plain (&w, 1);
    want (&w, 0, 2);
    break;
  case 1:
    want (&w, 0, 1);
    break;
  case 2:
    add (&w, (struct vhm_scheduler_entity){
                 .n_vps = 1, .affinity = none, .n_affinity = 1 });
    break;
  }
}
END_TEST

SUITE ("quantum",
       tcase_add_test (tc,
                       uncontended_service_is_elapsed_time_and_takes_no_turns);
       tcase_add_test (tc, equal_guests_take_turns_in_order);
       tcase_add_test (tc, a_switch_to_another_guest_costs_its_time);
       tcase_add_test (tc, a_switch_within_a_guest_is_free);
       tcase_add_test (tc, weights_change_how_often_a_turn_comes);
       tcase_add_test (tc, no_virtual_processor_runs_faster_than_a_processor);
       tcase_add_test (tc, a_cap_holds_even_when_processors_are_idle);
       tcase_add_test (tc, a_reserve_comes_first_or_is_a_floor);
       tcase_add_test (tc, affinity_is_kept);
       tcase_add_test (tc, busy_neighbours_slow_a_processor);
       tcase_add_test (tc, an_alarm_rings_at_the_first_full_cycle);
       tcase_add_test (tc, who_wakes_brings_no_claims_along);
       tcase_add_loop_test (tc, every_cycle_is_accounted_for, 0, 8);
       if (suite_can_fork ())
           tcase_add_loop_test_raise_signal (tc, misuse_is_a_bug, SIGABRT, 0,
                                             3);)
