/* `equal`: the same for everybody. */
#include "suite.h"
#include "view.h"

START_TEST (equal_gives_everybody_the_same)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("equal", "");
  struct vhm_vm_view vms[]
      = { a_vm (0, 9000, 100), a_vm (1, 10, 3000), a_vm (2, 0, 500) };
  decide (&b, 60, 2400, vms, 3, t);
  for (int i = 0; i < 3; i++)
    ck_assert_uint_eq (t[i], 2000 * MB);
  vms[1].minimum_bytes = 3000 * MB;
  decide (&b, 90, 2400, vms, 3, t);
  ck_assert_uint_eq (t[0], 1500 * MB);
  ck_assert_uint_eq (t[1], 3000 * MB);
  balancer_clear (&b);
}
END_TEST

START_TEST (the_period_is_that_of_the_config)
{
  struct balancer b = named_balancer ("equal", "period: 7 s");
  ck_assert_uint_eq (b.ops->period_ns (b.scenario->config), 7 * VHM_NS_PER_S);
  balancer_clear (&b);
}
END_TEST

SUITE ("equal", tcase_add_test (tc, equal_gives_everybody_the_same);
       tcase_add_test (tc, the_period_is_that_of_the_config);)
