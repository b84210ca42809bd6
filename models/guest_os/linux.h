/* Private records of the Linux model; its files divide as follows:
 *
 *   linux.c          boot, commit, faults, first touch, counters
 *   linux_drop.c     what processes give back
 *   linux_keys.c     its parameters
 *   linux_frames.c   frames and their lists, owners, invariants
 *   linux_buddy.c    free frames: which one is handed out next
 *   linux_scan.c     the two lists of either kind: which page is given up
 *   linux_reclaim.c  watermarks, kswapd, direct reclaim, who waits for a frame
 *   linux_refault.c  pages that come back too soon
 *   linux_io.c       transfers to and from swap space and files
 *   linux_swap.c     swap space: slots, the window read round a fault
 *   linux_files.c    files: the window read ahead of a reader
 *   linux_flush.c    files: when what is dirty is written
 *   linux_oom.c      the killer, the balloon
 *   linux_report.c   free blocks that the host is told of
 */
#ifndef MODELS_GUEST_OS_LINUX_H
#define MODELS_GUEST_OS_LINUX_H

#include "files.h"
#include "slots.h"

#include <vhm/model/guest_os.h>

struct linux_config {
  uint64_t kernel_bytes, page_struct_bytes, swap_bytes;
  uint64_t min_free_bytes, scale_ppm;
  uint64_t swappiness, page_cluster, read_ahead_bytes;
  uint64_t expire_ns, flush_ns, dirty_ppm;
  uint64_t kswapd_ns, scan_ns, minor_ns, zero_ns, major_ns;
  uint64_t report_ns;
  bool deflate_on_oom;
};

/* What has become of a virtual page. */
enum linux_state {
  LINUX_UNTOUCHED, /* anonymous: no contents; the next touch gets zeroes */
  LINUX_MAPPED,
  LINUX_CACHED,  /* frame still there, mapped by nobody */
  LINUX_WRITING, /* on its way out, mapped by nobody */
  LINUX_READING,
  LINUX_OUT, /* in its slot, or in its file */
  LINUX_N_STATES
};

/* Owners of a frame that are no virtual page. */
#define LINUX_FREE UINT32_C (0xffffffff)
#define LINUX_KERNEL UINT32_C (0xfffffffe)
#define LINUX_BALLOON UINT32_C (0xfffffffd)
#define LINUX_IO UINT32_C (0xfffffffc) /* under I/O, its page was dropped */
#define LINUX_FIRST_SPECIAL LINUX_IO

#define LINUX_NONE UINT32_MAX
#define LINUX_NO_SLOT UINT32_C (0x1fffffff)
/* Pages handled together: SWAP_CLUSTER_MAX of mm/vmscan.c. */
#define LINUX_BATCH 32

/* Flags of a frame, after those of struct page. */
enum {
  LINUX_FILE = 1,        /* of a file; else anonymous */
  LINUX_ACTIVE = 2,      /* on, or bound for, the active list */
  LINUX_REFERENCED = 4,  /* found accessed once on the inactive list */
  LINUX_WORKINGSET = 8,  /* has been active */
  LINUX_DIRTY = 16,      /* cached, and its contents are nowhere else */
  LINUX_PREFETCHED = 32, /* read round a fault in swap, not used yet */
  LINUX_MARKER = 64,     /* a reader that comes here wants the next window */
};

struct linux_frame {
  double young_after;  /* clock R at which its accessed bit was cleared */
  uint32_t owner;      /* virtual page or LINUX_* */
  uint32_t prev, next; /* head to tail */
  uint32_t flags;
};

struct linux_list {
  uint32_t head, tail, n; /* reclaim looks at the tail */
};

/* Blocks of 2^0 to 2^10 frames: MAX_ORDER. */
#define LINUX_ORDERS 11

/* Whether the processor's caches may still hold what it held. */
enum linux_warmth { LINUX_HOT, LINUX_COLD };

struct linux_free {
  uint32_t n;                             /* frames, here and there */
  struct linux_list own;                  /* the processor's */
  struct linux_list blocks[LINUX_ORDERS]; /* by their first frames */
  uint32_t batch, high;                   /* frames, of `own` */
};

enum linux_lru {
  LINUX_INACTIVE_ANON,
  LINUX_ACTIVE_ANON,
  LINUX_INACTIVE_FILE,
  LINUX_ACTIVE_FILE,
  LINUX_N_LRUS
};

struct linux_page {
  uint32_t where;     /* its frame; while it is out, when it went (or NONE) */
  uint32_t slot : 29; /* NO_SLOT without a copy in swap space */
  uint32_t state : 3;
};

struct linux_process {
  vhm_process *process;
  uint32_t first; /* page of the guest */
  uint32_t n_mapped, n_swapped;
  bool killed;
};

/* A region of a process that is a file, and how it is being read. */
struct linux_transfer {
  struct linux_os *os;
  bool is_write, is_file;
  bool stays; /* cached when it has been written, come what may */
  uint64_t at; /* slot, or page of the virtual disk */
  uint32_t n;
  struct {
    uint32_t page; /* NONE: taken out of the transfer meanwhile */
    uint32_t gfn;  /* NONE: went with it */
  } of[];
};

struct linux_waiting {
  struct vhm_fault fault;
  uint32_t page; /* of the guest */
};

/* A page of a file that waits to be written. */
struct linux_dirtied {
  uint64_t since_cyc;
  uint32_t page;
};

/* Pages that reclaim has unmapped and that must be written first. */
struct linux_dirty {
  uint32_t page[LINUX_BATCH], n, n_anon;
};

struct linux_os {
  const struct linux_config *config;
  vhm_guest *guest;
  struct linux_frame *frames;
  uint32_t n_frames, n_frames_allocated;
  struct linux_free free;
  struct linux_list lru[LINUX_N_LRUS];
  struct linux_page *pages;
  uint32_t n_pages;
  GArray *processes; /* struct linux_process */
  GArray *files;     /* struct os_file */
  GArray *for_page, *for_frame; /* struct linux_waiting */
  GPtrArray *transfers;         /* under way; owns them */
  uint32_t n_writing, n_reading; /* pages; n_writing: to be freed */
  uint32_t n_flushing;           /* written, and to stay */
  GArray *dirty;         /* struct linux_dirtied, the oldest first */
  uint32_t n_dirty_gone; /* of these, written or forgotten */
  struct vhm_guest_timer flusher;
  /* swap space */
  struct slots slots;
  uint32_t ra_last, ra_hits, ra_window; /* slots, see linux_swap.c */
  /* reclaim */
  uint32_t min, low, high; /* watermarks, pages */
  uint64_t cost[2];        /* of giving up anonymous, file pages */
  uint64_t refaults_seen[2];
  uint32_t n_failures; /* of kswapd in a row */
  uint64_t n_looks;    /* at accessed bits */
  vhm_process *waker;  /* of kswapd */
  bool kswapd_runs, in_relief, killer_comes;
  struct vhm_guest_timer kswapd, killer, reporter;
  uint32_t evictions; /* the clock of refault distances */
  uint64_t commit_pages, kernel_pages, balloon_pages;
  uint32_t n_mapped, n_cached;
  uint64_t scan_cyc, minor_cyc, zero_cyc, major_cyc;
  struct vhm_guest_counters count; /* the cumulative ones */
};

/* linux_frames.c */
void linux_push_head (struct linux_os *s, struct linux_list *list,
                      uint32_t gfn);
void linux_push_tail (struct linux_os *s, struct linux_list *list,
                      uint32_t gfn);
void linux_remove (struct linux_os *s, struct linux_list *list, uint32_t gfn);
void linux_add_frames (struct linux_os *s, uint32_t first, uint32_t n);
/* The list that its flags say. */
struct linux_list *linux_lru_of (struct linux_os *s, uint32_t gfn);
struct linux_process *linux_owner (const struct linux_os *s, uint32_t page,
                                   uint32_t *ret_own);
const char *linux_audit_frames (const struct linux_os *s);

/* linux_buddy.c */
void linux_buddy_init (struct linux_os *s);
/* Frames [first, first + n) exist from now on, and are free. */
void linux_buddy_add (struct linux_os *s, uint32_t first, uint32_t n);
void linux_free_frame (struct linux_os *s, uint32_t gfn,
                       enum linux_warmth warmth);
/* Hot: it will be written at once; cold: by a disk. Or NONE. */
uint32_t linux_pop_free (struct linux_os *s, enum linux_warmth warmth);
/* Up to `most` free blocks of an order that have not been named as they are, from
 * the end of the list; they have been, from now on. Returns how many. */
uint32_t linux_name_blocks (struct linux_os *s, uint32_t order, uint32_t most,
                            uint32_t *ret_gfns);
const char *linux_audit_buddy (const struct linux_os *s);

/* linux_report.c */
void linux_start_reporting (struct linux_os *s);

/* linux_scan.c */
struct linux_scan {
  uint32_t wanted;    /* pages */
  uint32_t reclaimed; /* freed, or on their way to the disk */
};
/* One pass: looks at a 2^-priority part of the lists. */
void linux_shrink (struct linux_os *s, struct linux_scan *scan, int priority);
void linux_note_cost (struct linux_os *s, bool is_file, uint64_t cost);
/* It has been used, and is not mapped: mark_page_accessed of mm/swap.c. */
void linux_mark_accessed (struct linux_os *s, uint32_t gfn);
/* Looks at the accessed bit of a page on a list, and clears it. */
bool linux_is_young (struct linux_os *s, uint32_t gfn);

/* linux_reclaim.c */
void linux_set_watermarks (struct linux_os *s);
/* A frame for `process`; NONE if none can be had now. May reclaim. */
uint32_t linux_take_frame (struct linux_os *s, vhm_process *process,
                           enum linux_warmth warmth);
/* The same for a page that nobody waits for. */
uint32_t linux_take_spare_frame (struct linux_os *s, enum linux_warmth warmth);
/* Serves whoever waits for a frame, as far as frames go. */
void linux_relieve (struct linux_os *s);
/* Reclaims once for an allocation that is short; pages freed or being written. */
uint32_t linux_reclaim (struct linux_os *s, vhm_process *process);
/* Whether frames will come without anybody's doing. */
bool linux_has_hope (const struct linux_os *s);
void linux_wake_kswapd (struct linux_os *s, vhm_process *waker);
void linux_wait_for_frame (struct linux_os *s, const struct vhm_fault *fault);

/* linux_refault.c */
void linux_went_out (struct linux_os *s, uint32_t page, uint32_t flags);
/* A page that is out gets this frame: is it active at once? */
void linux_came_back (struct linux_os *s, uint32_t page, uint32_t gfn);

/* linux_io.c */
void linux_read (struct linux_os *s, uint64_t at, bool is_file, uint32_t n,
                 const uint32_t *pages, const uint32_t *gfns);
void linux_write (struct linux_os *s, struct linux_dirty *dirty);
/* Writes pages of files that are LINUX_WRITING and on no list; sorts them. */
void linux_flush (struct linux_os *s, uint32_t *pages, uint32_t n);
/* The page is wanted again, or dropped with `leave_frame`, while under I/O. */
void linux_abandon_transfer (struct linux_os *s, uint32_t page,
                             bool leave_frame);
/* Frames of dropped pages whose transfer has not ended. */
uint32_t linux_n_left_over (const struct linux_os *s);
void linux_wake_waiters (struct linux_os *s, uint32_t page);

/* linux_swap.c */
void linux_swap_init (struct linux_os *s, uint32_t n_slots);
void linux_free_slot (struct linux_os *s, uint32_t page);
/* A run of up to `want` free slots, taken; its length, 0 if there is none. */
uint32_t linux_take_slots (struct linux_os *s, uint32_t want,
                           uint32_t *ret_first);
void linux_give_slots (struct linux_os *s, uint32_t first, uint32_t n);
void linux_swap_in (struct linux_os *s, uint32_t page, uint32_t gfn);
const char *linux_audit_slots (const struct linux_os *s);

/* linux_files.c */
void linux_add_files (struct linux_os *s, vhm_process *process,
                      uint32_t first, uint32_t n);
struct os_file *linux_file_of (const struct linux_os *s, uint32_t page);
void linux_file_read (struct linux_os *s, uint32_t page, uint32_t gfn);
/* A page of a file is asked for that is there, or coming. */
void linux_file_hit (struct linux_os *s, uint32_t page);

/* linux_flush.c */
void linux_flusher_init (struct linux_os *s);
void linux_flusher_stop (struct linux_os *s);
/* A cached page of a file, which nobody maps, is LINUX_DIRTY from now on. */
void linux_became_dirty (struct linux_os *s, uint32_t page);

/* linux_oom.c */
void linux_call_killer (struct linux_os *s);
uint32_t linux_balloon (void *state, uint32_t n, uint32_t *ret_gfns);
void linux_unballoon (void *state, const uint32_t *gfns, uint32_t n);

/* linux_drop.c */
void linux_drop (void *state, vhm_process *process, uint32_t first, uint32_t n);
void linux_truncate (void *state, vhm_process *process, uint32_t first,
                     uint32_t n);

/* linux.c */
enum linux_served { LINUX_SERVED, LINUX_LATER, LINUX_NO_FRAME };
enum linux_served linux_serve (struct linux_os *s,
                               const struct vhm_fault *fault);
/* The page lies in its frame and no longer traps. */
void linux_map (struct linux_os *s, uint32_t page, bool write,
                enum vhm_arrival arrival);
/* Takes the page from its process; whether its contents are in its frame only. */
bool linux_unmap (struct linux_os *s, uint32_t page);
/* Nobody maps the page; its frame, on no list so far, joins one. */
void linux_cache (struct linux_os *s, uint32_t page, bool at_tail);
/* A frame of its own for the page, on no list yet. */
void linux_place (struct linux_os *s, uint32_t page, uint32_t gfn);

extern const struct vhm_guest_os_ops vhm_linux_ops;

#endif
