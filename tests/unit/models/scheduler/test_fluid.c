/* The fluid scheduler against arithmetic done by hand, and against a brute
 * force that goes cycle by cycle. */
#include <math.h>

#include "suite.h"

#include <vhm/model/scheduler.h>
#include <vhm/sim/rng.h>

#define MAX_GUESTS 8

/* A host with guests whose alarms are counted and checked. */
struct world {
  vhm_engine *engine;
  vhm_scheduler *scheduler;
  struct client {
    struct world *world;
    uint32_t number;
    uint64_t at_cyc, target_cyc;
    int n_alarms, rank;
    uint64_t again_cyc; /* arm again, this much later */
    bool flips;         /* and want 1 VP and 2 in turn */
  } clients[MAX_GUESTS];
  int n_alarms;
};

static void
note_alarm (void *context)
{
  struct client *client = context;
  client->at_cyc = vhm_engine_now (client->world->engine).raw;
  client->rank = client->world->n_alarms++;
  client->n_alarms++;
  vhm_scheduler *scheduler = client->world->scheduler;
  if (client->flips)
    vhm_scheduler_set_demand (
        scheduler, client->number,
        1 + (uint32_t) (client->n_alarms + (int) client->number) % 2);
  if (client->again_cyc > 0)
    vhm_scheduler_arm (scheduler, client->number,
                       vhm_scheduler_service_cyc (scheduler, client->number)
                           + client->again_cyc);
}

static void
open_world (struct world *w, uint32_t n_cpus)
{
  *w = (struct world){ .engine = vhm_engine_new () };
  w->scheduler = vhm_scheduler_new (
      w->engine, &(struct vhm_scheduler_config){ .n_cpus = n_cpus });
}

static void
close_world (struct world *w)
{
  vhm_scheduler_free (w->scheduler);
  ck_assert_uint_eq (vhm_engine_n_pending (w->engine), 0);
  vhm_engine_free (w->engine);
}

static uint32_t
add_guest (struct world *w, uint32_t n_vps, uint32_t weight, uint64_t cap_ppm,
           uint64_t reserve_ppm)
{
  struct client *client = w->clients;
  while (client->world)
    client++;
  client->world = w;
  const struct vhm_scheduler_entity entity = {
    .name = "g",
    .n_vps = n_vps,
    .weight = weight,
    .cap_ppm = cap_ppm,
    .reserve_ppm = reserve_ppm,
    .alarm = note_alarm,
    .context = client,
  };
  client->number = vhm_scheduler_add (w->scheduler, &entity);
  return client->number;
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

static void
assert_service (struct world *w, uint32_t guest, uint64_t cyc)
{
  ck_assert_uint_eq (vhm_scheduler_service_cyc (w->scheduler, guest), cyc);
}

START_TEST (uncontended_service_is_elapsed_time)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 2, 100, VHM_PPM, 0);
  add_guest (&w, 2, 9000, VHM_PPM, 0);
  want (&w, 0, 2);
  run_to (&w, 12345);
  want (&w, 1, 2);
  run_to (&w, UINT64_C (70000000000001));
  assert_service (&w, 0, UINT64_C (70000000000001));
  assert_service (&w, 1, UINT64_C (70000000000001) - 12345);
  ck_assert_uint_eq (vhm_scheduler_rate_ppm (w.scheduler, 0), VHM_PPM);
  close_world (&w);
}
END_TEST

START_TEST (guests_share_in_proportion_to_weight)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 8, 100, VHM_PPM, 0);
  add_guest (&w, 8, 300, VHM_PPM, 0);
  want (&w, 0, 8);
  want (&w, 1, 8);
  run_to (&w, 8000);
  assert_service (&w, 0, 1000); /* 1 processor over 8 VPs */
  assert_service (&w, 1, 3000);
  ck_assert_uint_eq (vhm_scheduler_rate_ppm (w.scheduler, 0), 125000);
  ck_assert_uint_eq (vhm_scheduler_rate_ppm (w.scheduler, 1), 375000);
  close_world (&w);
}
END_TEST

START_TEST (no_virtual_processor_runs_faster_than_a_processor)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 1, 10000, VHM_PPM, 0);
  add_guest (&w, 8, 1, VHM_PPM, 0);
  want (&w, 0, 1);
  want (&w, 1, 8);
  run_to (&w, 8000);
  assert_service (&w, 0, 8000);
  assert_service (&w, 1, 3000); /* the other three processors */
  close_world (&w);
}
END_TEST

START_TEST (a_cap_holds_even_when_processors_are_idle)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 4, 100, VHM_PPM / 4, 0);
  add_guest (&w, 4, 100, VHM_PPM, 0);
  want (&w, 0, 4);
  run_to (&w, 4000);
  assert_service (&w, 0, 1000);
  want (&w, 1, 4);
  run_to (&w, 8000);
  assert_service (&w, 0, 2000);
  assert_service (&w, 1, 3000); /* what the cap leaves over */
  want (&w, 0, 1);              /* one VP gets the whole of the cap */
  run_to (&w, 9000);
  assert_service (&w, 0, 3000);
  close_world (&w);
}
END_TEST

START_TEST (a_reserve_is_a_floor)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 4, 1, VHM_PPM, VHM_PPM / 2);
  add_guest (&w, 4, 999, VHM_PPM, 0);
  want (&w, 0, 4);
  want (&w, 1, 4);
  run_to (&w, 4000);
  assert_service (&w, 0, 2000);
  assert_service (&w, 1, 2000);
  want (&w, 0, 1); /* a floor is no more than can be used */
  run_to (&w, 8000);
  assert_service (&w, 0, 6000);
  assert_service (&w, 1, 5000);
  close_world (&w);
}
END_TEST

START_TEST (a_floor_and_a_ceiling_may_balance)
{
  struct world w;
  open_world (&w, 3);
  add_guest (&w, 4, 100, VHM_PPM, 312500); /* floor 1.25 */
  add_guest (&w, 1, 100, 750000, 0);       /* ceiling 0.75 */
  add_guest (&w, 2, 100, VHM_PPM, 0);      /* 1, the level, all the same */
  for (uint32_t i = 0; i < 3; i++)
    want (&w, i, i == 1 ? 1 : 2);
  run_to (&w, 8000);
  assert_service (&w, 0, 5000);
  assert_service (&w, 1, 6000);
  assert_service (&w, 2, 4000);
  close_world (&w);
}
END_TEST

START_TEST (reserves_beyond_the_processors_are_scaled_down)
{
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 6, 1, VHM_PPM, VHM_PPM);
  add_guest (&w, 2, 999, VHM_PPM, VHM_PPM);
  want (&w, 0, 6);
  want (&w, 1, 2);
  run_to (&w, 4000);
  assert_service (&w, 0, 2000);
  assert_service (&w, 1, 2000);
  close_world (&w);
}
END_TEST

START_TEST (the_remainder_is_never_lost)
{
  struct world w;
  open_world (&w, 1);
  for (int i = 0; i < 3; i++)
    want (&w, add_guest (&w, 1, 100, VHM_PPM, 0), 1);
  /* The level changes at odd moments; each third adds up all the same. */
  uint32_t other = add_guest (&w, 1, 7, VHM_PPM, 0);
  for (uint64_t round = 0; round < 1000; round++) {
    run_to (&w, 100 * round + 1);
    want (&w, other, 1);
    run_to (&w, 100 * round + 62); /* 61 cycles: 100/307 to each guest */
    want (&w, other, 0);
  }
  run_to (&w, 100000);
  /* 1000 rounds: 39 / 3 alone, 61 x 100 / 307 beside the other one */
  uint64_t expected = (uint64_t) (1000 * (39.0 / 3 + 6100.0 / 307));
  for (uint32_t i = 0; i < 3; i++)
    assert_service (&w, i, expected);
  assert_service (&w, other, (uint64_t) (1000 * 427.0 / 307));
  close_world (&w);
}
END_TEST

START_TEST (thirds_add_up_to_a_whole_cycle)
{
  struct world w;
  open_world (&w, 1);
  for (int i = 0; i < 3; i++)
    want (&w, add_guest (&w, 1, 100, VHM_PPM, 0), 1);
  vhm_scheduler_arm (w.scheduler, 0, 1000);
  uint32_t other = add_guest (&w, 3, 100, VHM_PPM, 0);
  for (uint64_t cyc = 1; cyc <= 7; cyc++) { /* 7 cycles of 1/4 are lost to it */
    run_to (&w, 10 * cyc);
    want (&w, other, 3);
    run_to (&w, 10 * cyc + 1);
    want (&w, other, 0);
  }
  /* 7/4 beside the other one, then 1000 - 7/4 at one third: 2994.75 + 7 */
  run_to (&w, 5000);
  ck_assert_int_eq (w.clients[0].n_alarms, 1);
  ck_assert_uint_eq (w.clients[0].at_cyc, 3002);
  vhm_scheduler_arm (w.scheduler, 1, 2000 - 1); /* 5997.75 + 1.75 = 5998.75 */
  run_to (&w, 6000);
  ck_assert_uint_eq (w.clients[1].at_cyc, 5999);
  close_world (&w);
}
END_TEST

START_TEST (whole_cycles_never_exceed_what_the_processors_gave)
{
  struct world w;
  struct vhm_rng rng;
  uint64_t n_vps = 0;
  open_world (&w, 3);
  vhm_rng_init (&rng, 1, "conservation");
  for (uint32_t i = 0; i < MAX_GUESTS; i++) {
    add_guest (&w, 1 + i, 1 + 37 * i, VHM_PPM, i == 2 ? VHM_PPM / 10 : 0);
    want (&w, i, 1 + i);
    n_vps += 1 + i;
  }
  for (uint64_t cyc = 0; cyc < 100000; cyc += 1 + vhm_rng_below (&rng, 99)) {
    uint64_t sum = 0;
    run_to (&w, cyc);
    for (uint32_t i = 0; i < MAX_GUESTS; i++)
      sum += (1 + i) * vhm_scheduler_service_cyc (w.scheduler, i);
    ck_assert_uint_le (sum, 3 * cyc);
    ck_assert_uint_gt (sum + n_vps,
                       3 * cyc); /* less than one each is missing */
  }
  close_world (&w);
}
END_TEST

START_TEST (an_alarm_rings_at_the_first_full_cycle)
{
  static const struct {
    uint32_t n_busy;
    uint64_t service_cyc, at_cyc;
  } cases[] = {
    { 2, 1000, 1000 },              /* uncontended */
    { 4, 999, 999 },                /* just full */
    { 5, 1000, 1250 },              /* 4 over 5 */
    { 6, 1000, 1500 }, { 7, 4, 7 }, /* exactly */
    { 7, 1, 2 },       { 7, 5, 9 }, /* 1.75, 8.75: rounded up */
    { 7, 0, 0 },                    /* at once */
  };
  struct world w;
  open_world (&w, 4);
  add_guest (&w, 8, 100, VHM_PPM, 0);
  want (&w, 0, cases[_i].n_busy);
  vhm_scheduler_arm (w.scheduler, 0, cases[_i].service_cyc);
  run_to (&w, 100000);
  ck_assert_int_eq (w.clients[0].n_alarms, 1);
  ck_assert_uint_eq (w.clients[0].at_cyc, cases[_i].at_cyc);
  close_world (&w);
}
END_TEST

START_TEST (an_alarm_waits_while_nothing_is_wanted)
{
  struct world w;
  open_world (&w, 1);
  add_guest (&w, 1, 100, VHM_PPM, 0);
  add_guest (&w, 1, 100, VHM_PPM, 0);
  vhm_scheduler_arm (w.scheduler, 0, 100);
  run_to (&w, 1000);
  want (&w, 0, 1);
  run_to (&w, 1060);
  want (&w, 0, 0);
  run_to (&w, 2000);
  ck_assert_int_eq (w.clients[0].n_alarms, 0);
  want (&w, 1, 1);
  want (&w, 0, 1); /* 40 left, at half speed */
  run_to (&w, 3000);
  ck_assert_uint_eq (w.clients[0].at_cyc, 2080);
  ck_assert_int_eq (w.clients[0].n_alarms, 1);
  close_world (&w);
}
END_TEST

START_TEST (a_disarmed_alarm_is_silent_and_a_new_one_replaces_it)
{
  struct world w;
  open_world (&w, 1);
  for (uint32_t i = 0; i < 2; i++) {
    add_guest (&w, 1, 100, VHM_PPM, 0);
    want (&w, i, 1);
    vhm_scheduler_arm (w.scheduler, i, 100);
  }
  vhm_scheduler_disarm (w.scheduler, 0);
  vhm_scheduler_arm (w.scheduler, 1, 300);
  run_to (&w, 1000);
  ck_assert_int_eq (w.clients[0].n_alarms, 0);
  ck_assert_int_eq (w.clients[1].n_alarms, 1);
  ck_assert_uint_eq (w.clients[1].at_cyc, 600);
  close_world (&w);
}
END_TEST

START_TEST (an_alarm_out_of_reach_does_not_overflow)
{
  /* Times 4 VPs, the second one exceeds 128 binary digits by 4 cycles. */
  static const uint64_t at_cyc[] = { UINT64_MAX, (UINT64_C (1) << 62) + 1 };
  struct world w;
  open_world (&w, 1);
  for (uint32_t i = 0; i < 2; i++) {
    add_guest (&w, 4, 1 + 9999 * i, i ? VHM_PPM : 1, 0);
    vhm_scheduler_arm (w.scheduler, i, at_cyc[_i]);
    want (&w, i, 4);
  }
  run_to (&w, UINT64_C (1) << 50);
  ck_assert_int_eq (w.clients[0].n_alarms + w.clients[1].n_alarms, 0);
  close_world (&w);
}
END_TEST

START_TEST (equal_alarms_ring_in_the_order_of_numbers)
{
  struct world w;
  open_world (&w, 1);
  for (uint32_t i = 0; i < 3; i++)
    want (&w, add_guest (&w, 1, 100, VHM_PPM, 0), 1);
  for (uint32_t i = 3; i-- > 0;)
    vhm_scheduler_arm (w.scheduler, i, 100);
  run_to (&w, 300);
  for (int i = 0; i < 3; i++) {
    ck_assert_uint_eq (w.clients[i].at_cyc, 300);
    ck_assert_int_eq (w.clients[i].rank, i);
  }
  close_world (&w);
}
END_TEST

START_TEST (an_alarm_may_arm_and_change_demand)
{
  struct world w;
  open_world (&w, 1);
  for (uint32_t i = 0; i < 2; i++) {
    w.clients[add_guest (&w, 2, 100, VHM_PPM, 0)].again_cyc = 10;
    want (&w, i, 1 + i);
    vhm_scheduler_arm (w.scheduler, i, 10);
  }
  /* Guest 0 rings each 20 cycles; guest 1, with 2 VPs, each 40 at first. Each
   * ring turns 1 VP into 2 and back: 20 + 40 cycles for two rings. */
  w.clients[0].flips = w.clients[1].flips = true;
  run_to (&w, 6000);
  ck_assert_int_eq (w.clients[0].n_alarms, 200);
  ck_assert_int_eq (w.clients[1].n_alarms, 200);
  ck_assert_uint_eq (w.clients[0].at_cyc, 6000);
  ck_assert_uint_eq (w.clients[1].at_cyc, 6000);
  close_world (&w);
}
END_TEST

START_TEST (misuse_is_a_bug)
{
  struct world w;
  open_world (&w, 1);
  add_guest (&w, 2, 100, VHM_PPM, 0);
  switch (_i) {
  case 0:
    vhm_scheduler_set_demand (w.scheduler, 0, 3);
    break;
  case 1:
    vhm_scheduler_set_demand (w.scheduler, 1, 1);
    break;
  case 2:
    add_guest (&w, 2, 0, VHM_PPM, 0);
    break;
  case 3:
    add_guest (&w, 2, 10001, VHM_PPM, 0);
    break;
  case 4:
    add_guest (&w, 2, 100, 1000, 1001);
    break;
  case 5:
    add_guest (&w, 1 << 20, 100, VHM_PPM, 0);
    break;
  case 6:
    add_guest (&w, 0, 100, VHM_PPM, 0);
    break;
  }
}
END_TEST

/* --- against brute force ------------------------------------------------- */

struct brute {
  uint32_t n, n_cpus;
  struct {
    double n_vps, weight, cap, reserve, n_busy, rate, service;
  } g[MAX_GUESTS];
};

static double
share_at (const struct brute *b, uint32_t i, double level)
{
  double ceiling = fmin (b->g[i].n_busy, b->g[i].cap * b->g[i].n_vps);
  double floor_ = fmin (ceiling, b->g[i].reserve * b->g[i].n_vps);
  return fmax (floor_, fmin (ceiling, b->g[i].weight * level));
}

static double
sum_at (const struct brute *b, double level)
{
  double sum = 0;
  for (uint32_t i = 0; i < b->n; i++)
    sum += share_at (b, i, level);
  return sum;
}

/* The level by bisection: slow, and nothing like the product's way. */
static void
solve (struct brute *b)
{
  double low = 0, high = 2 * b->n_cpus;
  for (int i = 0; i < 200; i++) {
    double middle = (low + high) / 2;
    *(sum_at (b, middle) > b->n_cpus ? &high : &low) = middle;
  }
  for (uint32_t i = 0; i < b->n; i++)
    b->g[i].rate
        = b->g[i].n_busy > 0 ? share_at (b, i, low) / b->g[i].n_busy : 0;
}

static uint64_t
pick (struct vhm_rng *rng, uint64_t low, uint64_t high)
{
  return low + vhm_rng_below (rng, high - low + 1);
}

static void
add_random_guest (struct world *w, struct brute *b, struct vhm_rng *rng)
{
  uint64_t n_vps = pick (rng, 1, 6), weight = pick (rng, 1, 500);
  uint64_t cap = pick (rng, 0, 2) ? VHM_PPM : pick (rng, 200000, VHM_PPM);
  /* reserves fit together: at most one sixth of a VP each */
  uint64_t reserve = pick (rng, 0, 1) ? 0 : pick (rng, 0, VHM_PPM / 6 / n_vps);
  uint32_t i = add_guest (w, (uint32_t) n_vps, (uint32_t) weight, cap,
                          MIN (reserve, cap));
  b->n = i + 1;
  b->g[i].n_vps = (double) n_vps;
  b->g[i].weight = (double) weight;
  b->g[i].cap = (double) cap / VHM_PPM;
  b->g[i].reserve = (double) MIN (reserve, cap) / VHM_PPM;
}

/* Rounding of the brute force itself, cycles. */
#define TOLERANCE 1e-6

static void
compare_cycle (struct world *w, struct brute *b)
{
  double given = 0;
  for (uint32_t i = 0; i < b->n; i++) {
    struct client *client = &w->clients[i];
    uint64_t service = vhm_scheduler_service_cyc (w->scheduler, i);
    double before = b->g[i].service;
    b->g[i].service += b->g[i].rate;
    ck_assert_uint_ge (service, (uint64_t) (b->g[i].service - TOLERANCE));
    ck_assert_uint_le (service, (uint64_t) (b->g[i].service + TOLERANCE));
    if (client->n_alarms > 0) { /* this very cycle, neither late nor early */
      ck_assert_uint_ge (service, client->target_cyc);
      ck_assert (before < (double) client->target_cyc + TOLERANCE);
    } else if (client->target_cyc > 0)
      ck_assert_uint_lt (service, client->target_cyc);
    given += b->g[i].rate * b->g[i].n_busy;
  }
  ck_assert (given < b->n_cpus + TOLERANCE);
}

static void
change_something (struct world *w, struct brute *b, struct vhm_rng *rng)
{
  uint32_t i = (uint32_t) vhm_rng_below (rng, b->n);
  uint32_t n_busy = (uint32_t) pick (rng, 0, (uint64_t) b->g[i].n_vps);
  want (w, i, n_busy);
  b->g[i].n_busy = n_busy;
  solve (b);
}

static void
arm_again (struct world *w, uint32_t n, struct vhm_rng *rng)
{
  for (uint32_t i = 0; i < n; i++) {
    struct client *client = &w->clients[i];
    if (client->n_alarms == 0 && client->target_cyc > 0)
      continue;
    client->n_alarms = 0;
    client->target_cyc
        = vhm_scheduler_service_cyc (w->scheduler, i) + pick (rng, 1, 50);
    vhm_scheduler_arm (w->scheduler, i, client->target_cyc);
  }
}

START_TEST (agrees_with_brute_force_at_every_cycle)
{
  struct vhm_rng rng;
  struct world w;
  struct brute b = { 0 };
  vhm_rng_init (&rng, (uint64_t) _i, "test_fluid");
  b.n_cpus = (uint32_t) pick (&rng, 1, 6);
  open_world (&w, b.n_cpus);
  uint64_t n = pick (&rng, 1, MAX_GUESTS);
  for (uint64_t i = 0; i < n; i++)
    add_random_guest (&w, &b, &rng);
  for (uint64_t cyc = 1; cyc <= 3000; cyc++) {
    if (vhm_rng_chance (&rng, 0.2))
      change_something (&w, &b, &rng);
    arm_again (&w, b.n, &rng);
    run_to (&w, cyc);
    compare_cycle (&w, &b);
  }
  close_world (&w);
}
END_TEST

SUITE ("fluid", tcase_add_test (tc, uncontended_service_is_elapsed_time);
       tcase_add_test (tc, guests_share_in_proportion_to_weight);
       tcase_add_test (tc, no_virtual_processor_runs_faster_than_a_processor);
       tcase_add_test (tc, a_cap_holds_even_when_processors_are_idle);
       tcase_add_test (tc, a_reserve_is_a_floor);
       tcase_add_test (tc, a_floor_and_a_ceiling_may_balance);
       tcase_add_test (tc, reserves_beyond_the_processors_are_scaled_down);
       tcase_add_test (tc, the_remainder_is_never_lost);
       tcase_add_test (tc, thirds_add_up_to_a_whole_cycle);
       tcase_add_test (tc, whole_cycles_never_exceed_what_the_processors_gave);
       tcase_add_loop_test (tc, an_alarm_rings_at_the_first_full_cycle, 0, 8);
       tcase_add_test (tc, an_alarm_waits_while_nothing_is_wanted);
       tcase_add_test (tc,
                       a_disarmed_alarm_is_silent_and_a_new_one_replaces_it);
       tcase_add_loop_test (tc, an_alarm_out_of_reach_does_not_overflow, 0, 2);
       tcase_add_test (tc, equal_alarms_ring_in_the_order_of_numbers);
       tcase_add_test (tc, an_alarm_may_arm_and_change_demand);
       if (suite_can_fork ())
           tcase_add_loop_test_raise_signal (tc, misuse_is_a_bug, SIGABRT, 0,
                                             7);
       tcase_add_loop_test (tc, agrees_with_brute_force_at_every_cycle, 0, 40);)
