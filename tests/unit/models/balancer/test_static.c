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

START_TEST (a_static_balloon_leaves_so_much)
{
  uint64_t t[3];
  struct balancer b = named_balancer ("static", "guest_memory: 100 MiB");
  struct vhm_vm_view vms[]
      = { a_vm (0, 9000, 900), a_vm (1, 10, 50), a_vm (2, 10, 3000) };
  vms[2].minimum_bytes = 200 * MB;
  decide (&b, 60, 5000, vms, 3, t);
  ck_assert_uint_eq (t[0], MAX (100 * MB, vms[0].minimum_bytes));
  ck_assert_uint_eq (t[1], MAX (100 * MB, vms[1].minimum_bytes));
  ck_assert_uint_eq (t[2], 200 * MB);
  vms[0].minimum_bytes = 0;
  vms[1].maximum_bytes = 60 * MB;
  vms[1].minimum_bytes = 0;
  decide (&b, 90, 5000, vms, 3, t);
  ck_assert_uint_eq (t[0], 100 * MB);
  ck_assert_uint_eq (t[1], 60 * MB);
  balancer_clear (&b);
}
END_TEST

SUITE ("static", tcase_add_test (tc, static_leaves_every_guest_as_it_is);
       tcase_add_test (tc, a_static_balloon_leaves_so_much);)
