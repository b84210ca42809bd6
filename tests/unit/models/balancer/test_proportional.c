/* `proportional`: by demand. */
#include "suite.h"
#include "view.h"

START_TEST (proportional_shares_by_demand)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("proportional", "");
  struct vhm_vm_view vms[]
      = { a_vm (0, 1000, 100), a_vm (1, 3000, 2000), a_vm (2, 2000, 900) };
  decide (&b, 60, 3000, vms, 3, t);
  ck_assert_uint_eq (t[0], 1000 * MB);
  ck_assert_uint_eq (t[1], 3000 * MB);
  ck_assert_uint_eq (t[2], 2000 * MB);
  balancer_clear (&b);
}
END_TEST

SUITE ("proportional", tcase_add_test (tc, proportional_shares_by_demand);)
