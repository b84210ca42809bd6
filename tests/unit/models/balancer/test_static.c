/* `static` never moves anything. */
#include "suite.h"
#include "view.h"

START_TEST (static_leaves_every_guest_as_it_is)
{
  uint64_t t[2];
  struct balancer b = named_balancer ("static", "");
  struct vhm_vm_view vms[] = { a_vm (0, 9000, 100), a_vm (1, 10, 3000) };
  decide (&b, 60, 5000, vms, 2, t);
  ck_assert_uint_eq (t[0], 100 * MB);
  ck_assert_uint_eq (t[1], 3000 * MB);
  balancer_clear (&b);
}
END_TEST

SUITE ("static", tcase_add_test (tc, static_leaves_every_guest_as_it_is);)
