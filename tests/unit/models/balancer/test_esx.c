/* `esx`: targets by taxed shares, taken and handed on as memory states say. */
#include "suite.h"
#include "view.h"

/* Shares without a tax, or the tax after a minute; 10 000 MB of machine: the aim
 * is 600 MB, soft below 400, out of soft at 660. */
#define UNTAXED "states: percent, tax: 0 %"
#define TAXED "states: percent, tax_from: 60 s"

/* A guest that holds so much, maximum 4000 MB, and has sampled touched of 100
 * pages in a period that has just ended. */
static struct vhm_vm_view
holds (uint32_t id, uint64_t held_mib, uint32_t touched)
{
  struct vhm_vm_view vm = a_vm (id, 100, held_mib);
  vm.maximum_bytes = 4000 * MB;
  vm.sampled_pages = 100;
  vm.touched_pages = touched;
  vm.sampling_ended = true;
  return vm;
}

static void
look (struct balancer *b, uint64_t now_s, uint64_t available_mib,
      const struct vhm_vm_view *vms, uint32_t n, uint64_t *ret_targets)
{
  const struct vhm_balance_view view = { .now_ns = now_s * VHM_NS_PER_S,
                                         .available_bytes = available_mib * MB,
                                         .n = n,
                                         .vms = vms,
                                         .machine_bytes = 10000 * MB };
  b->ops->balance (b->state, b->scenario->config, &view, ret_targets);
}

#define NEAR(bytes, mib) \
  ck_assert_double_eq_tol ((double) (bytes) / MB, (mib), .02)

/* 3000 + 1000 held, 600 free: all of 4000 is shared equally, one must give. */
START_TEST (equal_shares_get_equal_memory)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 3000, 10), holds (1, 1000, 90) };
  look (&b, 0, 600, vms, 2, t);
  NEAR (t[0], 2000);
  NEAR (t[1], 1000); /* nothing beyond the aim yet */
  vms[0].held_bytes = 2400 * MB;
  look (&b, 1, 1200, vms, 2, t);
  NEAR (t[0], 2000);
  NEAR (t[1], 1600); /* what has come */
  vms[0].held_bytes = 2000 * MB;
  vms[1].held_bytes = 1600 * MB;
  look (&b, 2, 1000, vms, 2, t);
  NEAR (t[1], 2000);
  balancer_clear (&b);
}
END_TEST

START_TEST (weights_are_shares)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 2000, 10), holds (1, 2000, 90) };
  vms[0].weight = 3000;
  vms[1].weight = 1000;
  look (&b, 0, 600, vms, 2, t);
  NEAR (t[1], 1400); /* 1000, but no more than 65 % of 4000 are ballooned */
  vms[0].weight = 5000;
  vms[1].weight = 3000;
  look (&b, 15, 600, vms, 2, t);
  NEAR (t[1], 1500);
  balancer_clear (&b);
}
END_TEST

/* 4000 MB, actives 200 and 1800, k = 4:
 * 200 + (x - 200) / 4 + 1800 + (x - 1800) / 4 = 4000: x = 5000, 1400 and 2600. */
START_TEST (the_tax_is_levied_from_its_time_on)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", TAXED ", balloon_cap: 90 %");
  struct vhm_vm_view vms[] = { holds (0, 2000, 10), holds (1, 2000, 90) };
  look (&b, 0, 600, vms, 2, t);
  NEAR (t[0], 2000);
  look (&b, 59, 600, vms, 2, t);
  NEAR (t[0], 2000);
  look (&b, 60, 600, vms, 2, t); /* at once, not at the next period */
  NEAR (t[0], 1400);
  NEAR (t[1], 2000);
  balancer_clear (&b);
}
END_TEST

/* Activity falls from 90 to 10 %: the slow average, 0.9 - 0.2 x 0.8 = 0.74, is
 * what counts: 1480 and 1800 active, x = 200 + ... */
START_TEST (activity_is_forgotten_slowly)
{
  uint64_t t[2];
  struct balancer b
      = named_balancer ("esx", "states: percent, balloon_cap: 90 %");
  struct vhm_vm_view vms[] = { holds (0, 2000, 90), holds (1, 2000, 90) };
  look (&b, 0, 600, vms, 2, t);
  NEAR (t[0], 2000);
  vms[0].touched_pages = 10;
  look (&b, 15, 600, vms, 2, t);
  /* (A1 + A2) 3/4 + x / 2 = 4000: x = 3080; 0.75 x 1480 + 770 = 1880 */
  NEAR (t[0], 1880);
  balancer_clear (&b);
}
END_TEST

/* Nobody is short: both have their maximum. Between 400 and 600 nothing is
 * taken, below 400 until 660 are free. */
START_TEST (states_decide_whether_memory_is_taken)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED ", step: 4 KiB");
  struct vhm_vm_view vms[] = { holds (0, 4000, 10), holds (1, 4000, 90) };
  look (&b, 0, 500, vms, 2, t);
  NEAR (t[0], 4000);
  NEAR (t[1], 4000);
  look (&b, 1, 390, vms, 2, t);
  NEAR (t[0], 3865); /* half of 660 - 390 each */
  NEAR (t[1], 3865);
  vms[0].held_bytes = vms[1].held_bytes = 3900 * MB;
  look (&b, 16, 590, vms, 2, t); /* not yet enough */
  NEAR (t[0], 3865);
  vms[0].held_bytes = vms[1].held_bytes = 3865 * MB;
  look (&b, 31, 660, vms, 2, t); /* high again: 60 are beyond the aim */
  NEAR (t[0], 3895);
  balancer_clear (&b);
}
END_TEST

START_TEST (targets_stand_until_the_period_is_over)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 2000, 10), holds (1, 2000, 90) };
  look (&b, 0, 600, vms, 2, t);
  vms[0].weight = 10000;
  look (&b, 14, 600, vms, 2, t);
  NEAR (t[1], 2000);
  look (&b, 15, 600, vms, 2, t);
  NEAR (t[1], 1400);
  balancer_clear (&b);
}
END_TEST

/* A guest that waits to start is made room for at once, and one that has come
 * is all active until a period has ended. */
START_TEST (a_new_guest_is_made_room_for)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", "states: percent");
  struct vhm_vm_view vms[] = { holds (0, 3000, 10), holds (1, 0, 0) };
  look (&b, 0, 600, vms, 1, t);
  NEAR (t[0], 3000);
  vms[1].minimum_bytes = vms[1].maximum_bytes = 1000 * MB;
  vms[1].sampled_pages = 0;
  look (&b, 1, 600, vms, 2, t);
  NEAR (t[0], 2000);
  vms[0].held_bytes = 2000 * MB; /* the other has started, maximum 4000 */
  vms[1] = holds (1, 1000, 0);
  vms[1].sampled_pages = 0;
  vms[1].sampling_ended = false;
  look (&b, 2, 600, vms, 2, t);
  /* 200 + (x - 200) / 4 + 1000 + (x - 1000) / 4 = 3000: x = 4200, but the
   * balloon's cap stops the first at 1400 */
  NEAR (t[0], 1400);
  balancer_clear (&b);
}
END_TEST

/* Each is entitled to 2000 of 4000. The second will touch 900 by itself, so it is
 * short of 100; all of 1000 if a balloon has them. */
START_TEST (what_is_untouched_is_not_missing)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 3000, 10), holds (1, 1000, 90) };
  vms[1].untouched_bytes = 900 * MB;
  look (&b, 0, 600, vms, 2, t);
  NEAR (t[0], 2900);
  vms[1].untouched_bytes = 0;
  look (&b, 15, 600, vms, 2, t);
  NEAR (t[0], 2000);
  balancer_clear (&b);
}
END_TEST

/* It grows by touching between two redistributions: left alone while nothing is
 * to be taken, sent back to its target when something is. */
START_TEST (who_grows_by_itself_may_until_memory_is_short)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 2500, 10), holds (1, 500, 90) };
  vms[1].untouched_bytes = 3500 * MB;
  look (&b, 0, 1600, vms, 2, t);
  vms[0].held_bytes = 2600 * MB;
  look (&b, 1, 1500, vms, 2, t);
  NEAR (t[0], 2600);
  look (&b, 2, 350, vms, 2, t); /* soft: 310 are missing of 660 */
  NEAR (t[0], 2290);
  vms[0].held_bytes = 2700 * MB;
  look (&b, 3, 350, vms, 2, t);
  NEAR (t[0], 2290);
  balancer_clear (&b);
}
END_TEST

/* With balloons from the state hard on, below 200 MB, and only what is missing of
 * the 440 MB at which it is left; without, whenever something is to be taken.
 * Balloons leave 35 % of 4000, swap reaches entitlement. */
START_TEST (swaps_where_balloons_are_too_slow_or_none_are)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[] = { holds (0, 1500, 10), holds (1, 1500, 90) };
  vms[0].minimum_bytes = 1200 * MB;
  struct vhm_balance_view view = { .available_bytes = 190 * MB,
                                   .n = 2,
                                   .vms = vms,
                                   .machine_bytes = 10000 * MB,
                                   .can_balloon = true };
#define SWAP(i) b.ops->swap_to_bytes (b.state, (i))
  b.ops->balance (b.state, b.scenario->config, &view, t);
  ck_assert_uint_eq (SWAP (0), UINT64_MAX); /* it cannot */
  NEAR (t[0], 1400);
  view.can_swap = true;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  NEAR (t[0], 1400);
  NEAR (SWAP (0), 1375); /* half of 440 - 190 each */
  NEAR (SWAP (1), 1375);
  view.available_bytes = 390 * MB; /* at the next look 200 have come free */
  vms[0].held_bytes = vms[1].held_bytes = 1400 * MB;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  NEAR (SWAP (0), 1375); /* still hard, and the same */
  view.available_bytes = 450 * MB;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  ck_assert_uint_eq (SWAP (0), UINT64_MAX);
  view.can_balloon = false;
  view.now_ns = 15 * VHM_NS_PER_S;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  NEAR (t[0], 1295); /* half of 660 - 450 each */
  ck_assert_uint_eq (SWAP (0), t[0]);
  view.available_bytes = 700 * MB;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  ck_assert_uint_eq (SWAP (0), UINT64_MAX);
#undef SWAP
  balancer_clear (&b);
}
END_TEST

/* A third guest with more shares a page than the first two gives nothing: what is
 * swapped is taken where a page pays least. */
START_TEST (swap_is_taken_where_a_page_pays_least)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("esx", UNTAXED);
  struct vhm_vm_view vms[]
      = { holds (0, 1500, 10), holds (1, 1500, 90), holds (2, 900, 10) };
  struct vhm_balance_view view = { .available_bytes = 190 * MB,
                                   .n = 3,
                                   .vms = vms,
                                   .machine_bytes = 10000 * MB,
                                   .can_balloon = true,
                                   .can_swap = true };
  b.ops->balance (b.state, b.scenario->config, &view, t);
  NEAR (b.ops->swap_to_bytes (b.state, 0), 1375);
  NEAR (b.ops->swap_to_bytes (b.state, 1), 1375);
  ck_assert_uint_eq (b.ops->swap_to_bytes (b.state, 2), UINT64_MAX);
  balancer_clear (&b);
}
END_TEST

/* What the states ask for beside targets, on the way down and up: stopping in low
 * alone, which is left with the margin; large pages. */
static const struct {
  const char *scheme;
  uint64_t machine_mib;
  struct {
    uint64_t free_mib;
    bool blocks;
    enum vhm_large_pages large;
  } looks[10];
} walks[] = {
  /* 600, 400, 200, 100 MB */
  { "states: percent",
    10000,
    { { 700, false, VHM_LARGE_STAY },
      { 390, false, VHM_LARGE_STAY },
      { 190, false, VHM_LARGE_BROKEN },
      { 101, false, VHM_LARGE_BROKEN },
      { 99, true, VHM_LARGE_BROKEN },
      { 210, true, VHM_LARGE_BROKEN }, /* hard at 220 */
      { 221, false, VHM_LARGE_BROKEN },
      { 430, false, VHM_LARGE_BROKEN }, /* soft at 440 */
      { 441, false, VHM_LARGE_STAY },
      { 99, true, VHM_LARGE_BROKEN } } },
  /* minFree 245.76: 983.04, 245.76, 157.29, 78.64, 39.32 MB */
  { "states: sliding",
    4096,
    { { 984, false, VHM_LARGE_STAY },
      { 982, false, VHM_LARGE_BROKEN_AT_SCAN },
      { 246, false, VHM_LARGE_BROKEN_AT_SCAN },
      { 245, false, VHM_LARGE_BROKEN },
      { 40, false, VHM_LARGE_BROKEN },
      { 39, true, VHM_LARGE_BROKEN },
      { 86, true, VHM_LARGE_BROKEN }, /* hard at 86.5 */
      { 87, false, VHM_LARGE_BROKEN },
      { 1081, false, VHM_LARGE_BROKEN }, /* high at 1081.3 */
      { 1082, false, VHM_LARGE_STAY } } },
};

START_TEST (low_stops_guests_and_shortage_breaks_large_pages)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("esx", walks[_i].scheme);
  struct vhm_vm_view vms[] = { holds (0, 1500, 10), holds (1, 1500, 90) };
  struct vhm_balance_view view = { .n = 2,
                                   .vms = vms,
                                   .machine_bytes = walks[_i].machine_mib * MB,
                                   .can_balloon = true,
                                   .can_swap = true };
  for (size_t k = 0; k < G_N_ELEMENTS (walks[_i].looks); k++) {
    view.available_bytes = walks[_i].looks[k].free_mib * MB;
    b.ops->balance (b.state, b.scenario->config, &view, t);
    ck_assert_msg (b.ops->blocks (b.state) == walks[_i].looks[k].blocks,
                   "look %zu", k);
    ck_assert_msg (b.ops->large_pages (b.state) == walks[_i].looks[k].large,
                   "look %zu", k);
    view.now_ns += VHM_NS_PER_S;
  }
  view.available_bytes = 0;
  view.can_swap = false;
  b.ops->balance (b.state, b.scenario->config, &view, t);
  for (uint32_t i = 0; i < 2; i++) /* blocked for what? */
    ck_assert (b.ops->swap_to_bytes (b.state, i) == UINT64_MAX);
  balancer_clear (&b);
}
END_TEST

START_TEST (asks_for_samples)
{
  struct balancer b = named_balancer ("esx", "sample_period: 30 s, samples: 7");
  struct vhm_balance_sampling s = b.ops->sampling (b.scenario->config);
  ck_assert_uint_eq (s.period_ns, 30 * VHM_NS_PER_S);
  ck_assert_uint_eq (s.n_pages, 7);
  ck_assert_uint_eq (b.ops->period_ns (b.scenario->config), VHM_NS_PER_S);
  balancer_clear (&b);
}
END_TEST

SUITE ("esx", tcase_add_test (tc, equal_shares_get_equal_memory);
       tcase_add_test (tc, weights_are_shares);
       tcase_add_test (tc, the_tax_is_levied_from_its_time_on);
       tcase_add_test (tc, activity_is_forgotten_slowly);
       tcase_add_test (tc, states_decide_whether_memory_is_taken);
       tcase_add_test (tc, targets_stand_until_the_period_is_over);
       tcase_add_test (tc, a_new_guest_is_made_room_for);
       tcase_add_test (tc, what_is_untouched_is_not_missing);
       tcase_add_test (tc, who_grows_by_itself_may_until_memory_is_short);
       tcase_add_test (tc, swaps_where_balloons_are_too_slow_or_none_are);
       tcase_add_loop_test (tc,
                            low_stops_guests_and_shortage_breaks_large_pages, 0,
                            (int) G_N_ELEMENTS (walks));
       tcase_add_test (tc, swap_is_taken_where_a_page_pays_least);
       tcase_add_test (tc, asks_for_samples);)
