/* Every order in every state. */
#include "suite.h"

#include "order_rule.h"

#include <string.h>

/* In the order of enum vhm_case_order: start, shutdown, restart, pause, resume,
 * migrate_out; x: done, w: withdrawn, -: refused. */
static const char *const table[VHM_N_VM_STATES] = {
  [VHM_VM_OFF] = "x-----",    [VHM_VM_WAITS] = "-w----",
  [VHM_VM_ON] = "-xxx-x",     [VHM_VM_STOPPING] = "------",
  [VHM_VM_PAUSED] = "----x-", [VHM_VM_MIGRATING] = "------",
  [VHM_VM_MOVED] = "------",
};

START_TEST (the_whole_table)
{
  static const char letter[VHM_N_ORDER_ANSWERS] = { [VHM_ORDER_DONE] = 'x',
                                                    [VHM_ORDER_WITHDRAWS] = 'w',
                                                    [VHM_ORDER_REFUSED] = '-' };
  for (int s = 0; s < VHM_N_VM_STATES; s++)
    for (int o = 0; o < VHM_N_CASE_ORDERS; o++) {
      const char *why = "?";
      enum vhm_order_answer got = vhm_order_decide (
          (enum vhm_vm_state) s, (enum vhm_case_order) o, &why);
      ck_assert_msg (letter[got] == table[s][o], "state %d, order %d", s, o);
      if (got == VHM_ORDER_DONE)
        ck_assert_ptr_null (why);
      else
        ck_assert_uint_gt (strlen (why), 5);
    }
}
END_TEST

/* A refusal names the state, each by words of its own. */
START_TEST (a_refusal_says_why)
{
  for (int s = 0; s < VHM_N_VM_STATES; s++)
    for (int t = 0; t < s; t++) {
      const char *a, *b;
      vhm_order_decide ((enum vhm_vm_state) s, VHM_CASE_RESTART, &a);
      vhm_order_decide ((enum vhm_vm_state) t, VHM_CASE_RESTART, &b);
      if (s != VHM_VM_ON && t != VHM_VM_ON)
        ck_assert_str_ne (a, b);
    }
  const char *why;
  vhm_order_decide (VHM_VM_ON, VHM_CASE_RESUME, &why);
  ck_assert_str_eq (why, "it is not paused");
  vhm_order_decide (VHM_VM_ON, VHM_CASE_START, &why);
  ck_assert_str_eq (why, "it is on already");
}
END_TEST

SUITE ("orders in states", tcase_add_test (tc, the_whole_table);
       tcase_add_test (tc, a_refusal_says_why);)
