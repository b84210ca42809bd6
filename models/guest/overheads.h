/* What a guest owes the hypervisor; see overheads.c. */
#ifndef MODELS_GUEST_OVERHEADS_H
#define MODELS_GUEST_OVERHEADS_H

#include <vhm/model/guest.h>

/* Accounts that an overhead can go to. */
enum overhead_part {
  PART_INTERCEPTS,
  PART_INTERRUPTS,
  PART_HYPERCALLS,
  PART_ROOT_IO,
  PART_DISPATCH,
  N_PARTS
};

struct guest_overheads {
  bool is_charged;
  uint64_t cost_cyc[VHM_N_OVERHEADS][N_PARTS]; /* of one event */
  double stretch; /* of a time, by the ticks in it */
  unsigned __int128 tick_carry[N_PARTS]; /* cycles x clock, not yet charged */
  unsigned __int128 tick_time;           /* cycles x rate */
  uint64_t owed_cyc[N_PARTS];            /* until somebody runs */
  uint64_t n[VHM_N_OVERHEADS];
};

void vhm_overheads_init (vhm_guest *guest);
/* Its processors have run so long: moves what their clock's ticks cost out of
 * compute, and returns it. */
uint64_t vhm_overheads_tick (vhm_guest *guest, uint64_t ran_cyc);
/* n events of the kind; whoever runs next pays. */
void vhm_overheads_note (vhm_guest *guest, enum vhm_overhead kind, uint64_t n);
/* So many processors will be busy from now on: those that halt, or begin to run,
 * and what has been noted are charged for. */
void vhm_overheads_charge (vhm_guest *guest, uint32_t n_busy);

#endif
