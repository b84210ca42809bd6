/* Private to models/guest: which of a guest's frames are in machine memory, and
 * how the others get there. Its files:
 *
 *   backing.c     giving frames, taking them back; what is wrong (audit)
 *   large.c       whole blocks at first touch
 *   host_fault.c  touches of frames that are not there; who waits for them
 *   swap_out.c    taking frames, and writing them
 *   victims.c     which ones
 *   swap_cache.c  frames in memory that still have a slot
 *   compressed.c  which of these stay in memory, compressed
 *   kernel_frames.c  the guest's system touching its own
 *   guest_io.c    the hypervisor's own touches, for the guest's disk
 *   share.c       frames shared with other pages, in this guest or others
 *   share_key.c   what a frame holds
 *   global_reclaim.c  from whom, where all guests are to give
 *   short_start.c a guest that starts with less than it sees
 *
 * A frame is backed (mfn), or else swapped (it has a slot), compressed, ballooned
 * or untouched. Flags say what is under way.
 */
#ifndef MODELS_GUEST_BACKING_H
#define MODELS_GUEST_BACKING_H

#include <vhm/model/guest.h>
#include <vhm/model/frame_lists.h>
#include <vhm/model/swap_space.h>

#define FRAME_WRITING 1 /* to the swap file; it still has its machine frame */
#define FRAME_READING 2 /* from there; it has one already */
#define FRAME_WANTED 4  /* waits for a machine frame */
#define FRAME_READY 8   /* read ahead and not touched: backed, keeps its slot */
#define FRAME_TOUCHED 16 /* since it last had its turn as a victim */
#define FRAME_KEEPS 32   /* backed, used and not written: keeps its slot */
#define FRAME_SHARED 64  /* its machine frame is one of the shared */
#define FRAME_FILLED 128 /* somebody has written into it since it was given */
#define FRAME_BUSY (FRAME_WRITING | FRAME_READING | FRAME_WANTED)

#define NO_GFN UINT32_MAX

enum waiter_kind {
  WAITS_REFERENCE, /* a thread, for the page that it referenced */
  WAITS_KERNEL,    /* a thread's page fault, for a page of the kernel */
  WAITS_CALL,      /* the end of a thread's operation, likewise */
  WAITS_COMPLETION, /* the end of a transfer of the guest, likewise */
  WAITS_FILL,      /* an allocation */
  WAITS_IO,        /* a transfer of the guest */
};

struct guest_transfer;

/* Touches of frames of the system's own that are yet to come: [1] of the hot
 * ones, [0] of the others. */
struct kernel_visit {
  double touches[2];
};

struct frame_waiter {
  uint32_t gfn;
  enum waiter_kind kind;
  vhm_process *process;
  uint32_t page, thread;
  bool write;
  bool in_system; /* the guest's system touches it, for itself or the thread */
  struct kernel_visit left; /* when the frame is there */
  struct guest_transfer *transfer; /* WAITS_IO, WAITS_COMPLETION */
};

struct swap_transfer {
  vhm_guest *guest;
  bool is_write;
  uint32_t n;
  uint32_t gfns[]; /* NO_GFN: taken out meanwhile */
};

/* A frame that must be written, to this slot. */
struct frame_out {
  uint32_t gfn, slot;
};

struct compressed {
  vhm_compression *cache; /* NULL: none */
  GArray *frames;         /* uint32_t mfns that it takes */
  struct vhm_content content; /* of the pages offered to it */
  uint32_t n_drawn, bytes;    /* how often; how far the last one shrinks */
  uint64_t charged_ns;
};

/* The frames that the guest's system uses itself, which stay the same from boot
 * on; the first n_hot of them are hot. Away: taken by the host. */
struct kernel_frames {
  uint32_t n, n_hot;
  uint32_t *gfns;    /* ascending */
  uint32_t *place;   /* among those away, by index; NO_GFN: not away */
  uint32_t *away[2]; /* indices; [1]: of the hot ones */
  uint32_t n_away[2];
  double clock[2]; /* touches so far, likewise */
  double *seen; /* by index: clock at its last turn; NULL: victims by chance */
  struct vhm_rng rng;
};

struct backing {
  const struct vhm_swap_config *swap; /* NULL: never */
  vhm_swap_space *space;              /* NULL: never */
  uint8_t *state; /* by gfn, FRAME_*; NULL: all is backed from the start */
  uint8_t *pins;  /* transfers of the guest that a frame takes part in */
  uint32_t n_backed, n_shared, n_limit;
  /* bit a frame: came with its block, and nobody has touched it; NULL: the host
   * gives no blocks */
  uint64_t *unused;
  uint32_t n_unused;
  bool holds_large; /* gives no whole blocks at present */
  uint32_t n_writing;   /* frames on their way out */
  uint32_t n_submitted; /* those, and the ones kept since for being touched */
  GArray *waiters;      /* struct frame_waiter, in order of waiting */
  GArray *wants;        /* uint32_t gfns, likewise */
  GArray *outs; /* struct frame_out: taken, their write not yet submitted */
  GPtrArray *transfers; /* struct swap_transfer, under way; owned */
  GPtrArray *guest_transfers; /* struct guest_transfer; owned */
  vhm_frame_lists *lists; /* NULL: victims by chance */
  double *seen; /* by gfn: clock R of the page's process at its last turn */
  struct compressed compressed;
  struct kernel_frames kernel;
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
void vhm_backing_gain (vhm_guest *guest, uint32_t gfn,
                       enum vhm_frame_list list);
/* Returns whether a large page that was mapped had to be split for it. */
bool vhm_backing_lose (vhm_guest *guest, uint32_t gfn);
/* The balloon has the frame: whatever the host keeps for it can go. Returns what
 * vhm_backing_lose does. */
bool vhm_backing_release (vhm_guest *guest, uint32_t gfn);
const char *vhm_backing_audit (const vhm_guest *guest);
uint64_t vhm_backing_bytes (const vhm_guest *guest);

/* large.c */
/* The first touch of the frame, for which there is room: true if it has got it
 * with all of its block. */
bool vhm_large_come (vhm_guest *guest, uint32_t gfn, vhm_process *process);
static inline bool
vhm_large_is_unused (const struct backing *b, uint32_t gfn)
{
  return b->unused && b->unused[gfn / 64] >> (gfn % 64) & 1;
}
/* The frame has been touched, or goes: it is not there for nothing. */
static inline void
vhm_large_used (struct backing *b, uint32_t gfn)
{
  if (!vhm_large_is_unused (b, gfn))
    return;
  b->unused[gfn / 64] ^= UINT64_C (1) << (gfn % 64);
  b->n_unused--;
}
/* The frame, which lies in a large block or not, is to be taken or shared: the
 * block is broken first. */
void vhm_large_break (vhm_guest *guest, uint32_t gfn);

/* host_fault.c */
static inline bool
vhm_backing_is_all_there (const struct backing *b)
{
  return b->state == NULL;
}
/* Is the frame there now? If not it will come, and whoever is put down for it by
 * vhm_backing_wait is told. `process` pays; NULL: the hypervisor touches it. */
bool vhm_backing_touch (vhm_guest *guest, uint32_t gfn, vhm_process *process,
                        bool write);
/* It is written; where it kept its slot that is a fault, which `process` pays. */
void vhm_backing_write_faulted (vhm_guest *guest, uint32_t gfn,
                                vhm_process *process);
/* A page of the process has been mapped to the frame: what the system did to it
 * first. Returns whether the frame is there. */
bool vhm_backing_arrive (vhm_guest *guest, uint32_t gfn, vhm_process *process,
                         enum vhm_arrival arrival);
/* Machine frames that the guest can have now. */
uint32_t vhm_backing_room (const vhm_guest *guest);
/* Can a frame be had at once? If not it can be wanted, and whoever waits for it is
 * told. */
bool vhm_backing_has_room (const vhm_guest *guest);
void vhm_backing_want (vhm_guest *guest, uint32_t gfn);
void vhm_backing_make_room_but (vhm_guest *guest, uint32_t gfn);
void vhm_backing_wait (vhm_guest *guest, const struct frame_waiter *waiter);
bool vhm_backing_waits (const vhm_guest *guest, const vhm_process *process,
                        uint32_t thread);
/* Processors of the guest that stand still for a frame, of which *ret_alone for no
 * thread that waits: for the system alone, or for the emulator of its disk. */
uint32_t vhm_backing_n_stopped (const vhm_guest *guest, uint32_t *ret_alone);
/* Frames have become free: serves those who want some. */
void vhm_backing_serve (vhm_guest *guest);
/* Nobody needs to wait for the frame any more. */
void vhm_backing_wake (vhm_guest *guest, uint32_t gfn, bool is_there);
/* Takes the frame out of the transfer it takes part in. */
void vhm_backing_take_out (vhm_guest *guest, uint32_t gfn);

/* global_reclaim.c */
void vhm_global_join (vhm_guest *guest); /* it runs now, or no more */
void vhm_global_leave (vhm_guest *guest);
bool vhm_global_is_short (const vhm_global_reclaim *reclaim);
void vhm_global_take (vhm_global_reclaim *reclaim);
void vhm_global_freed (vhm_global_reclaim *reclaim); /* frames are free */

/* swap_out.c */
/* Frames on their way out, which need not be waited for. */
static inline uint32_t
vhm_backing_n_going (const struct backing *b)
{
  return b->swap->until_free ? 0 : b->n_writing;
}
/* Takes a batch at most, after so many looks at most, of which it takes off those
 * it made. */
uint32_t vhm_backing_take (vhm_guest *guest, uint64_t *looks);
void vhm_backing_make_room (vhm_guest *guest);
/* Does the machine have too few frames for those who wait? */
bool vhm_backing_is_short (const vhm_guest *guest);

/* victims.c */
void vhm_victims_init (vhm_guest *guest);
void vhm_victims_clear (struct backing *backing);
uint64_t vhm_victims_bytes (const vhm_guest *guest);
/* The frame is backed, or stays so after all; its turn comes last in the list. */
void vhm_victims_came (struct backing *backing, uint32_t gfn,
                       enum vhm_frame_list list);
void vhm_victims_gone (struct backing *backing, uint32_t gfn);
/* NO_GFN: none can be taken. */
uint32_t vhm_victims_next (vhm_guest *guest, uint64_t *looks);
const char *vhm_victims_audit (const vhm_guest *guest);

/* swap_cache.c */
static inline bool
vhm_backing_keeps_slot (const struct backing *b, uint32_t gfn)
{
  return b->state && b->state[gfn] & FRAME_KEEPS;
}
/* The frame, which is there and has a slot, is used. */
void vhm_backing_used (vhm_guest *guest, uint32_t gfn, bool write);
/* It is written, or its page lives elsewhere: it keeps no slot any more. */
void vhm_backing_wrote (vhm_guest *guest, uint32_t gfn);
/* It has been read ahead and counts in no limit. */
bool vhm_backing_is_ahead (const struct backing *backing, uint32_t gfn);
/* From now on it counts; false: it waits for room. */
bool vhm_backing_admit (vhm_guest *guest, uint32_t gfn);
static inline uint32_t
vhm_backing_n_ahead (const struct backing *b)
{
  return b->lists ? vhm_frame_lists_n (b->lists, VHM_FRAME_AHEAD) : 0;
}

/* compressed.c */
void vhm_compressed_init (vhm_guest *guest);
void vhm_compressed_clear (vhm_guest *guest);
void vhm_compressed_stop (vhm_guest *guest);
static inline bool
vhm_compressed_has (const struct backing *b, uint32_t gfn)
{
  return b->compressed.cache && vhm_compression_has (b->compressed.cache, gfn);
}
static inline uint32_t
vhm_backing_n_compressed_frames (const struct backing *b)
{
  return b->compressed.cache ? b->compressed.frames->len : 0;
}
/* Frames that count in the guest's limit. */
static inline uint32_t
vhm_backing_n_counted (const struct backing *b)
{
  return b->n_backed - vhm_backing_n_ahead (b)
         + vhm_backing_n_compressed_frames (b);
}
/* Compresses a victim, if there is a cache to keep it in: does it shrink enough?
 * Then, if the cache is full, evict one; and put it. */
bool vhm_compressed_accepts (vhm_guest *guest, uint32_t gfn);
bool vhm_compressed_is_full (const vhm_guest *guest);
void vhm_compressed_put (vhm_guest *guest, uint32_t gfn);
/* Decompresses the oldest page into a machine frame, of which one is free. */
uint32_t vhm_compressed_oldest (const vhm_guest *guest);
void vhm_compressed_evict (vhm_guest *guest);
bool vhm_compressed_is_over (const vhm_guest *guest);
void vhm_compressed_follow_limit (vhm_guest *guest);
/* It must be there. `process` pays; NULL: whoever runs next. */
void vhm_compressed_take (vhm_guest *guest, uint32_t gfn, vhm_process *process);
/* Its contents are of no use any more, if it is there. */
void vhm_compressed_drop (vhm_guest *guest, uint32_t gfn);
void vhm_compressed_count (const vhm_guest *guest,
                           struct vhm_backing_counts *count);
const char *vhm_compressed_audit (const vhm_guest *guest);
uint64_t vhm_compressed_bytes (const struct backing *backing);

/* kernel_frames.c */
/* The system has booted. */
void vhm_kernel_init (vhm_guest *guest);
void vhm_kernel_clear (struct kernel_frames *kernel);
/* Which they are, if nobody has asked yet. */
void vhm_kernel_list (vhm_guest *guest);
/* Somebody enters the system, by a page fault or else: how long it touches frames
 * of its own, on clocks that run one a touch in the mean. */
struct kernel_visit vhm_kernel_enter (vhm_guest *guest, bool by_fault);
/* These touches, or what is left of them: true if one waits for *ret_gfn, then
 * *left is what remains. */
bool vhm_kernel_touch (vhm_guest *guest, vhm_process *process,
                       struct kernel_visit *left, uint32_t *ret_gfn);
/* The host takes the frame; it is there again. Nothing if it is no such frame. */
void vhm_kernel_went (struct kernel_frames *kernel, uint32_t gfn);
void vhm_kernel_came (struct kernel_frames *kernel, uint32_t gfn);
/* Whether the frame, one of the system's that was there all the time, has been
 * touched since this was last asked. */
bool vhm_kernel_was_touched (vhm_guest *guest, uint32_t gfn);
const char *vhm_kernel_audit (const vhm_guest *guest);
uint64_t vhm_kernel_bytes (const struct kernel_frames *kernel);

/* What somebody waited for is there, or gone for good. */
void vhm_backing_answer (const struct frame_waiter *waiter);

/* guest_io.c */
struct guest_transfer;
uint32_t vhm_guest_transfer_reads (const struct guest_transfer *transfer);
/* The disk has done it. */
void vhm_guest_transfer_done (struct guest_transfer *transfer);
/* The transfer has ended; `left` of the kernel's touches remain. */
void vhm_guest_transfer_end (struct guest_transfer *transfer,
                             struct kernel_visit left);
void vhm_guest_transfer_go_on (struct guest_transfer *transfer);
/* No transfer needs the frame any more. */
void vhm_guest_transfers_without (vhm_guest *guest, uint32_t gfn);

#endif
