/* Where every cycle of every virtual processor went. Each cycle is charged to
 * exactly one account, so the accounts of a guest sum to its virtual processors
 * x elapsed cycles, exactly. */
#ifndef VHM_MODEL_LEDGER_H
#define VHM_MODEL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum vhm_account {
  VHM_ACCOUNT_COMPUTE,        /* the guest's own work */
  VHM_ACCOUNT_L2_TLB,         /* waiting for the second-level TLB */
  VHM_ACCOUNT_GUEST_WALK,     /* walks: entries of the guest's (or shadow) table */
  VHM_ACCOUNT_HOST_WALK,      /* walks: entries of the host's table */
  VHM_ACCOUNT_GUEST_FAULT,    /* its kernel serving page faults */
  VHM_ACCOUNT_HOST_FAULT,     /* VM exits, faults on the host's table */
  VHM_ACCOUNT_SHADOW,         /* keeping shadow tables in step */
  VHM_ACCOUNT_VM_SWITCH,      /* going from one guest to another */
  VHM_ACCOUNT_BALLOON_DRIVER, /* the balloon driver taking or returning pages */
  VHM_ACCOUNT_SHARING,        /* the host looking for pages that are alike */
  VHM_ACCOUNT_COW,            /* writes to pages that are shared */
  VHM_ACCOUNT_COMPRESSION,    /* the host compressing its pages, and back */
  VHM_ACCOUNT_INTERCEPTS, /* the hypervisor doing what the guest meant to do to
                             its hardware */
  VHM_ACCOUNT_INTERRUPTS, /* the hypervisor delivering interrupts */
  VHM_ACCOUNT_HYPERCALLS, /* the hypervisor doing what it was asked for */
  VHM_ACCOUNT_ROOT_IO,    /* emulated devices, and the root partition passing on
                             requests of disks */
  VHM_ACCOUNT_SLOWED,         /* on a processor that others slow down */
  VHM_ACCOUNT_READY,          /* wants to run, waits for a processor */
  VHM_ACCOUNT_BLOCKED_PAGING, /* nothing to run but threads waiting for pages */
  VHM_ACCOUNT_BLOCKED_SWAP,   /* the same, for frames that the host has taken, or
                                 stopped by it until it has taken enough */
  VHM_ACCOUNT_PAUSED,         /* the guest stands still because somebody wants it */
  VHM_ACCOUNT_IDLE,           /* nothing to run */
  VHM_N_ACCOUNTS
};

struct vhm_ledger {
  uint64_t cyc[VHM_N_ACCOUNTS];
};

const char *vhm_account_name (enum vhm_account account);
/* Charged for translation, and empty where it costs nothing. */
bool vhm_account_is_translation (enum vhm_account account);
/* Charged for what the hypervisor and the root do (overheads.h). */
bool vhm_account_is_overhead (enum vhm_account account);
uint64_t vhm_ledger_sum (const struct vhm_ledger *ledger);

#endif
