/* Where every cycle of every virtual processor went. Each cycle is charged to
 * exactly one account, so the accounts of a guest sum to its virtual processors
 * x elapsed cycles, exactly. */
#ifndef VHM_MODEL_LEDGER_H
#define VHM_MODEL_LEDGER_H

#include <stdint.h>

enum vhm_account {
  VHM_ACCOUNT_COMPUTE,        /* the guest's own work */
  VHM_ACCOUNT_GUEST_FAULT,    /* its kernel serving page faults */
  VHM_ACCOUNT_BALLOON_DRIVER, /* the balloon driver taking or returning pages */
  VHM_ACCOUNT_READY,          /* wants to run, waits for a processor */
  VHM_ACCOUNT_BLOCKED_PAGING, /* nothing to run but threads waiting for pages */
  VHM_ACCOUNT_IDLE,           /* nothing to run */
  VHM_N_ACCOUNTS
};

struct vhm_ledger {
  uint64_t cyc[VHM_N_ACCOUNTS];
};

const char *vhm_account_name (enum vhm_account account);
uint64_t vhm_ledger_sum (const struct vhm_ledger *ledger);

#endif
