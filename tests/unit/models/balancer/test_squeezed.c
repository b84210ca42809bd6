/* `squeezed`: passes that free memory first, and leave out who does not move. */
#include "suite.h"
#include "view.h"

/* Slush 10 MB, all else as it is. */
#define KEYS "slush: 10 MiB, tolerance: 1 MiB"

static struct vhm_vm_view
between (uint32_t id, uint64_t minimum, uint64_t maximum, uint64_t held)
{
  struct vhm_vm_view vm = a_vm (id, 100, held);
  vm.minimum_bytes = minimum * MB;
  vm.maximum_bytes = maximum * MB;
  return vm;
}

#define IS(bytes, mib) ck_assert_uint_eq ((bytes), (uint64_t) (mib) *MB)

/* 1000 + 500 held, 10 free and 10 to be kept so: 1500 for ranges 200 to 1200 and
 * 200 to 1200: 750 each. First one frees, then the other gets. */
START_TEST (memory_is_freed_first_and_handed_out_second)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 1000), between (1, 200, 1200, 500) };
  decide (&b, 0, 10, vms, 2, t);
  IS (t[0], 750);
  IS (t[1], 500);
  vms[0].held_bytes = 800 * MB;
  decide (&b, 1, 210, vms, 2, t);
  IS (t[0], 750);
  IS (t[1], 500);
  vms[0].held_bytes = 750 * MB;
  decide (&b, 2, 260, vms, 2, t);
  IS (t[0], 750);
  IS (t[1], 750);
  balancer_clear (&b);
}
END_TEST

/* Least 100 and 300, ranges 300 and 900, 1000 to share: gamma 1/2. Demand and
 * weight are of no account. */
START_TEST (what_guests_need_plays_no_part)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 100, 400, 350), between (1, 300, 1200, 650) };
  vms[0].demand_bytes = 4000 * MB;
  vms[1].demand_bytes = 1 * MB;
  vms[0].weight = 10000;
  decide (&b, 0, 10, vms, 2, t);
  IS (t[0], 250);
  IS (t[1], 650);
  vms[0].held_bytes = 250 * MB;
  decide (&b, 1, 110, vms, 2, t);
  IS (t[1], 750);
  balancer_clear (&b);
}
END_TEST

/* Nothing for 10 s after a pass, then again. */
START_TEST (passes_follow_each_other_after_a_pause)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 750), between (1, 200, 1200, 750) };
  decide (&b, 0, 10, vms, 2, t); /* as it should be: over at once */
  vms[0].held_bytes = 700 * MB;
  decide (&b, 9, 60, vms, 2, t);
  IS (t[0], 700);
  decide (&b, 10, 60, vms, 2, t);
  IS (t[0], 750);
  balancer_clear (&b);
}
END_TEST

START_TEST (a_pass_begins_when_guests_come_and_go)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 750), between (1, 200, 1200, 750),
          between (2, 450, 450, 0) };
  decide (&b, 0, 10, vms, 2, t);
  decide (&b, 1, 760, vms, 1, t); /* the second has gone */
  IS (t[0], 1200);
  vms[0].held_bytes = 1200 * MB;
  decide (&b, 2, 310, vms, 1, t);
  /* another stands in line for 450: 1200 + 10 + 750 - 10 - 450 are left for two */
  struct vhm_vm_view three[] = { vms[0], vms[1], vms[2] };
  three[2].demand_bytes = 450 * MB;
  decide (&b, 3, 10, three, 3, t);
  IS (t[0], 750);
  IS (t[1], 750);
  balancer_clear (&b);
}
END_TEST

/* Three of 200 to 1200 hold 1000, 1000, 400 of 2400: 800 each. The first does
 * not move: after 5 s the others share the 1400 left, 700 each. */
START_TEST (who_does_not_move_is_made_up_for)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 1000), between (1, 200, 1200, 1000),
          between (2, 200, 1200, 400) };
  decide (&b, 0, 10, vms, 3, t);
  vms[1].held_bytes = 800 * MB;
  for (uint64_t now = 1; now < 5; now++) {
    decide (&b, now, 210, vms, 3, t);
    IS (t[0], 800);
    IS (t[1], 800);
    IS (t[2], 400);
  }
  decide (&b, 5, 210, vms, 3, t);
  IS (t[0], 1000);
  IS (t[1], 700);
  IS (t[2], 400);
  vms[1].held_bytes = 700 * MB;
  decide (&b, 6, 310, vms, 3, t);
  IS (t[2], 700);
  vms[2].held_bytes = 700 * MB;
  decide (&b, 7, 10, vms, 3, t); /* over */
  decide (&b, 16, 10, vms, 3, t);
  IS (t[0], 1000);
  decide (&b, 17, 10, vms, 3, t); /* another chance */
  IS (t[0], 800);
  balancer_clear (&b);
}
END_TEST

/* Slow, but on its way; and the one that waits for it is not late. */
START_TEST (who_moves_is_waited_for)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 1000), between (1, 200, 1200, 500) };
  for (uint64_t now = 0; now < 40; now += 4) {
    vms[0].held_bytes = (1000 - now) * MB;
    decide (&b, now, 10 + now, vms, 2, t);
    IS (t[0], 750);
    IS (t[1], 500);
  }
  vms[0].held_bytes = 750 * MB;
  decide (&b, 40, 260, vms, 2, t);
  IS (t[1], 750);
  balancer_clear (&b);
}
END_TEST

/* When one is lost the way of the others is another: 5 s from then. */
START_TEST (a_new_target_is_a_new_beginning)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 1000), between (1, 200, 1200, 1000),
          between (2, 200, 1200, 400) };
  decide (&b, 0, 10, vms, 3, t);
  vms[1].held_bytes = 850 * MB; /* 50 to go; from 5 s on 150 */
  decide (&b, 4, 160, vms, 3, t);
  decide (&b, 5, 160, vms, 3, t);
  IS (t[1], 700);
  vms[1].held_bytes = 760 * MB;
  decide (&b, 9, 250, vms, 3, t);
  IS (t[1], 700);
  balancer_clear (&b);
}
END_TEST

START_TEST (who_has_not_reported_has_no_driver)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 1000), between (1, 200, 1200, 500) };
  vms[0].demand_bytes = 0;
  decide (&b, 0, 110, vms, 2, t);
  IS (t[0], 1000);
  IS (t[1], 600);
  vms[1].held_bytes = 600 * MB;
  decide (&b, 1, 10, vms, 2, t);
  IS (t[0], 1000);
  vms[0].demand_bytes = MB; /* it has now */
  decide (&b, 2, 10, vms, 2, t);
  IS (t[0], 800);
  balancer_clear (&b);
}
END_TEST

START_TEST (small_differences_are_left)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("squeezed", KEYS);
  struct vhm_vm_view vms[]
      = { between (0, 200, 1200, 751), between (1, 200, 1200, 749),
          between (2, 200, 1200, 750) };
  decide (&b, 0, 10, vms, 3, t);
  IS (t[0], 751);
  IS (t[1], 749);
  vms[0].held_bytes = 753 * MB;
  vms[1].held_bytes = 746 * MB;
  vms[2].held_bytes = 751 * MB;
  decide (&b, 10, 10, vms, 3, t);
  IS (t[0], 750);
  IS (t[1], 746); /* waits */
  IS (t[2], 751);
  vms[0].held_bytes = 751 * MB; /* near enough: nobody waits for it */
  decide (&b, 11, 12, vms, 3, t);
  IS (t[0], 751);
  IS (t[1], 750); /* what those near enough keep is taken from the slush */
  balancer_clear (&b);
}
END_TEST

SUITE ("squeezed",
       tcase_add_test (tc, memory_is_freed_first_and_handed_out_second);
       tcase_add_test (tc, what_guests_need_plays_no_part);
       tcase_add_test (tc, passes_follow_each_other_after_a_pause);
       tcase_add_test (tc, a_pass_begins_when_guests_come_and_go);
       tcase_add_test (tc, who_does_not_move_is_made_up_for);
       tcase_add_test (tc, who_moves_is_waited_for);
       tcase_add_test (tc, a_new_target_is_a_new_beginning);
       tcase_add_test (tc, who_has_not_reported_has_no_driver);
       tcase_add_test (tc, small_differences_are_left);)
