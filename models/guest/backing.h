/* Private to models/guest: which of a guest's frames are in machine memory, and
 * how the others get there. Its files:
 *
 *   backing.c     giving frames, taking them back; what is wrong (audit)
 *   host_fault.c  touches of frames that are not there; who waits for them
 *   swap_out.c    which frames are taken, and writing them
 *   guest_io.c    the hypervisor's own touches, for the guest's disk
 *
 * A frame is backed (mfn), or else swapped (it has a slot), ballooned or
 * untouched. Flags say what is under way.
 */
#ifndef MODELS_GUEST_BACKING_H
#define MODELS_GUEST_BACKING_H

#include <vhm/model/guest.h>
#include <vhm/model/swap_space.h>

#define FRAME_WRITING 1 /* to the swap file; it still has its machine frame */
#define FRAME_READING 2 /* from there; it has one already */
#define FRAME_WANTED 4  /* waits for a machine frame */
#define FRAME_READY 8   /* read ahead and not touched: backed, keeps its slot */
#define FRAME_TOUCHED 16 /* since it last had its turn as a victim */
#define FRAME_BUSY (FRAME_WRITING | FRAME_READING | FRAME_WANTED)

#define NO_GFN UINT32_MAX

enum waiter_kind {
  WAITS_REFERENCE, /* a thread, for the page that it referenced */
  WAITS_KERNEL,    /* a thread, for a page of the kernel on its way in */
  WAITS_FILL,      /* an allocation */
  WAITS_IO,        /* a transfer of the guest */
};

struct guest_transfer;

struct frame_waiter {
  uint32_t gfn;
  enum waiter_kind kind;
  vhm_process *process;
  uint32_t page, thread;
  bool write;
  struct guest_transfer *transfer; /* WAITS_IO */
};

struct swap_transfer {
  vhm_guest *guest;
  bool is_write;
  uint32_t n;
  uint32_t gfns[]; /* NO_GFN: taken out meanwhile */
};

/* Backed frames in order of their turns, for VHM_VICTIMS_CLOCK. */
struct turns {
  uint32_t *next, *prev; /* by gfn; NULL: not kept */
  double *seen;          /* clock R of the page's process at its last turn */
  uint32_t first, last;
};

struct backing {
  const struct vhm_swap_config *swap; /* NULL: never */
  vhm_swap_space *space;              /* NULL: never */
  uint8_t *state; /* by gfn, FRAME_*; NULL: all is backed from the start */
  uint8_t *pins;  /* transfers of the guest that a frame takes part in */
  uint32_t n_backed, n_limit;
  uint32_t n_writing;   /* frames on their way out */
  uint32_t n_submitted; /* those, and the ones kept since for being touched */
  GArray *waiters;      /* struct frame_waiter, in order of waiting */
  GArray *wants;        /* uint32_t gfns, likewise */
  GPtrArray *transfers; /* struct swap_transfer, under way; owned */
  GPtrArray *guest_transfers; /* struct guest_transfer; owned */
  struct turns turns;
  struct vhm_rng rng;
  bool is_full; /* the swap file; the host has been told */
  struct vhm_backing_counts count;
};

/* backing.c */
void vhm_backing_init (vhm_guest *guest);
void vhm_backing_clear (vhm_guest *guest);
void vhm_backing_stop (vhm_guest *guest);
/* Machine frames for [first, first + n), where the host gives at once; where it
 * gives at touch, none. */
void vhm_backing_add (vhm_guest *guest, uint32_t first, uint32_t n);
void vhm_backing_gain (vhm_guest *guest, uint32_t gfn);
/* Returns whether a large page that was mapped had to be split for it. */
bool vhm_backing_lose (vhm_guest *guest, uint32_t gfn);
/* The balloon has the frame: whatever the host keeps for it can go. Returns what
 * vhm_backing_lose does. */
bool vhm_backing_release (vhm_guest *guest, uint32_t gfn);
const char *vhm_backing_audit (const vhm_guest *guest);
uint64_t vhm_backing_bytes (const vhm_guest *guest);

/* host_fault.c */
static inline bool
vhm_backing_is_all_there (const struct backing *b)
{
  return b->state == NULL;
}
/* Is the frame there now? If not it will come, and whoever is put down for it by
 * vhm_backing_wait is told. `process` pays; NULL: the hypervisor touches it. */
bool vhm_backing_touch (vhm_guest *guest, uint32_t gfn, vhm_process *process);
/* A page of the process has been mapped to the frame: what the system did to it
 * first. Returns whether the frame is there. */
bool vhm_backing_arrive (vhm_guest *guest, uint32_t gfn, vhm_process *process,
                         enum vhm_arrival arrival);
void vhm_backing_wait (vhm_guest *guest, const struct frame_waiter *waiter);
bool vhm_backing_waits (const vhm_guest *guest, const vhm_process *process,
                        uint32_t thread);
/* Frames have become free: serves those who want some. */
void vhm_backing_serve (vhm_guest *guest);
/* Nobody needs to wait for the frame any more. */
void vhm_backing_wake (vhm_guest *guest, uint32_t gfn, bool is_there);
/* Takes the frame out of the transfer it takes part in. */
void vhm_backing_take_out (vhm_guest *guest, uint32_t gfn);

/* swap_out.c */
void vhm_backing_make_room (vhm_guest *guest);
/* Its turn comes last. */
void vhm_turns_push (struct backing *backing, uint32_t gfn);
void vhm_turns_remove (struct backing *backing, uint32_t gfn);

/* guest_io.c */
struct guest_transfer;
void vhm_guest_transfer_go_on (struct guest_transfer *transfer);
/* No transfer needs the frame any more. */
void vhm_guest_transfers_without (vhm_guest *guest, uint32_t gfn);

#endif
