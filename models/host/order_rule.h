/* What an order of the timeline does to a guest in the state it is in. Private to
 * this folder. */
#ifndef MODELS_HOST_ORDER_RULE_H
#define MODELS_HOST_ORDER_RULE_H

#include <vhm/host/case.h>

enum vhm_vm_state {
  VHM_VM_OFF,
  VHM_VM_WAITS,     /* for memory to start with */
  VHM_VM_ON,
  VHM_VM_STOPPING,  /* shuts down, or restarts */
  VHM_VM_PAUSED,
  VHM_VM_MIGRATING,
  VHM_VM_MOVED,     /* runs on another host */
  VHM_N_VM_STATES
};

enum vhm_order_answer {
  VHM_ORDER_DONE,      /* or begun */
  VHM_ORDER_WITHDRAWS, /* the start that it waits for is given up */
  VHM_ORDER_REFUSED,
  VHM_N_ORDER_ANSWERS
};

/* Of a refusal or a withdrawal, *ret_why says why, as in "told to start, but ...";
 * else it is NULL. */
enum vhm_order_answer vhm_order_decide (enum vhm_vm_state state,
                                        enum vhm_case_order order,
                                        const char **ret_why);

#endif
