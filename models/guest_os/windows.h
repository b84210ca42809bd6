/* Private records of the Windows model; its files divide as follows:
 *
 *   windows.c         boot, faults, balloon, hot-add, counters
 *   windows_commit.c  commit charge, its limit, growth of the page file
 *   windows_frames.c  frame lists: free, modified; who owns a frame
 *   windows_standby.c standby lists by priority, lifetime
 *   windows_paging.c  page file: slots, reads in clusters, modified-page writer
 *   windows_files.c   files: read ahead, lazy writer, what is dropped
 *   windows_sets.c    working sets: ageing, trimming, memory notifications
 *   windows_zeroing.c zeroing of free frames
 *   windows_superfetch.c  programs read into free memory
 *   windows_keys.c    keys of a scenario
 */
#ifndef MODELS_GUEST_OS_WINDOWS_H
#define MODELS_GUEST_OS_WINDOWS_H

#include "files.h"
#include "slots.h"

#include <vhm/model/guest_os.h>

/* Priorities of standby pages; the counters of Windows lump them together. */
#define WINDOWS_PRIORITIES 8
#define FIRST_NORMAL 4
#define FIRST_CORE 6

struct superfetch_config {
  bool enabled;
  uint64_t programs_bytes, rate, leaves_bytes, request_bytes, idle_ns;
  uint64_t priority;
};

struct windows_config {
  uint64_t nonpaged_bytes, page_file_bytes, page_file_max_bytes, volume_bytes;
  uint64_t extend_at_ppm, extend_after_ns, low_commit_ppm;
  uint64_t ageing_ns, zeroing_bytes_per_s;
  uint64_t low_memory_bytes, low_memory_cap_bytes, low_memory_per_bytes;
  uint64_t high_memory_factor;
  uint64_t trim_below_ppm, trim_to_ppm;
  uint64_t writer_starts_at, writer_stops_ppm;
  uint64_t write_cluster, read_cluster, n_writes;
  uint64_t steal_slots_ppm;
  uint64_t granule_bytes, lazy_part;
  uint64_t soft_fault_ns, zero_fault_ns, hard_fault_ns;
  uint64_t priority, sequential_priority; /* of standby pages */
  uint64_t lifetime_over_ns, lifetime_most_ns;
  struct superfetch_config superfetch;
};

/* What has become of a virtual page. */
enum page_state {
  PAGE_UNTOUCHED, /* no contents; the next touch gets a zeroed frame */
  PAGE_ACTIVE,    /* in a working set, mapped */
  PAGE_STANDBY,   /* frame still there, contents also on the disk */
  PAGE_MODIFIED,  /* frame still there, contents nowhere else */
  PAGE_WRITING,   /* on its way to the disk */
  PAGE_OUT,       /* on the disk only */
  PAGE_READING,   /* on its way back */
  N_PAGE_STATES
};

/* Owners of a frame that are no virtual page. */
#define FRAME_FREE UINT32_C (0xffffffff)
#define FRAME_KERNEL UINT32_C (0xfffffffe)
#define FRAME_BALLOON UINT32_C (0xfffffffd)
#define FRAME_IO UINT32_C (0xfffffffc) /* under I/O, its page was dropped */
#define FRAME_IMAGE UINT32_C (0xfffffffb) /* standby: a page of no process */
#define FRAME_FIRST_SPECIAL FRAME_IMAGE

#define NONE UINT32_MAX

struct frame {
  uint32_t owner;      /* virtual page or FRAME_* */
  uint32_t prev, next; /* in the list of its state */
};

struct frame_list {
  uint32_t head, tail, n;
};

struct page {
  uint32_t gfn;       /* NONE without a frame */
  uint32_t slot : 29; /* NO_SLOT without a copy in the page file */
  uint32_t state : 3;
};
#define NO_SLOT UINT32_C (0x1fffffff)
#define IN_FILE UINT32_C (0x1ffffffe) /* a page of a file: that is its place */

/* What a transfer reads; SuperFetch fetches. */
enum reads { READS_PAGE_FILE, READS_FILE, FETCHES_FILE, FETCHES_IMAGE };

/* A transfer between frames and consecutive slots, or pages of the virtual disk. */
struct transfer {
  struct windows *windows;
  bool is_write, is_file;
  enum reads reads; /* unless it writes */
  uint32_t n;
  uint64_t first; /* slot, or page of the disk */
  struct {
    uint32_t page; /* NONE: nobody's, or taken out of the transfer meanwhile */
    uint32_t gfn;  /* NONE: went with it */
  } at[];
};

struct waiting {
  struct vhm_fault fault;
  uint32_t page; /* of the guest */
};

/* Fading sums, see windows_standby.c. */
struct standby_life {
  double page_seconds, lost;
  uint64_t lost_before;
};

/* Where SuperFetch is, see windows_superfetch.c. */
struct superfetch {
  uint64_t at;       /* of the programs, page of the virtual disk */
  uint32_t n, next;  /* their pages; which comes next */
  uint32_t n_cached; /* of them, on standby */
  guint file;        /* of the guest's, and its page, to look at next */
  uint32_t file_page;
  uint32_t n_left;    /* to look at until all have been since memory was free */
  uint64_t lost_before; /* when that was last begun */
  bool has_looked;
  struct vhm_guest_timer wait;
  uint64_t due_bytes; /* not read yet, of what the rate allows */
  uint64_t quiet_since_cyc; /* nobody else's transfer has ended since */
};

struct windows {
  const struct windows_config *config;
  vhm_guest *guest;
  struct frame *frames;
  uint32_t n_frames, n_frames_allocated;
  uint8_t *priority; /* of frames on standby */
  struct frame_list free, modified, dirty_files;
  struct frame_list standby[WINDOWS_PRIORITIES];
  uint32_t n_standby;
  struct standby_life life;
  struct superfetch fetch;
  struct page *pages;
  uint32_t n_pages;
  GArray *ages;       /* vhm_ages *, by process */
  GArray *for_page;   /* struct waiting: for a read to end */
  GArray *for_frame;  /* struct waiting: for any frame */
  /* page file */
  struct slots slots;
  GArray *active_slots; /* uint32_t: slots whose page came back, and may have
                           left again since; each once */
  uint64_t *slot_listed; /* bitmap; set: in active_slots */
  uint32_t n_slots_max;
  GPtrArray *transfers; /* under way; owns them */
  uint32_t n_writing, n_slots_peak;
  bool in_burst; /* of the modified-page writer */
  /* files */
  GArray *files; /* struct os_file */
  uint32_t n_file_writes; /* under way */
  uint32_t n_to_flush;    /* pages that the lazy writer has yet to write */
  uint64_t filling_since_ns; /* commit beyond extend_at; UINT64_MAX: not */
  /* commit */
  uint64_t commit_pages, kernel_pages, balloon_pages;
  uint32_t n_active, n_reading;
  uint32_t zeroed_to, n_to_zero; /* frames to look at, from there on */
  uint64_t soft_fault_cyc, zero_fault_cyc, hard_fault_cyc;
  bool low, high, in_relief;
  struct vhm_guest_timer tick;
  struct vhm_guest_counters count; /* the cumulative ones */
};

/* windows_frames.c */
void windows_list_push (struct windows *w, struct frame_list *list,
                        uint32_t gfn);
void windows_list_remove (struct windows *w, struct frame_list *list,
                          uint32_t gfn);
void windows_free_frame (struct windows *w, uint32_t gfn);
/* A frame to fill, from the free list or else the oldest standby page; NONE. */
uint32_t windows_take_frame (struct windows *w);
static inline uint32_t
windows_available (const struct windows *w)
{
  return w->free.n + w->n_standby;
}
const char *windows_audit_frames (const struct windows *w);

/* windows_standby.c */
void windows_standby_push (struct windows *w, uint32_t gfn, uint32_t priority);
void windows_standby_remove (struct windows *w, uint32_t gfn);
/* The frame of the page that matters least, without its page; NONE. */
uint32_t windows_standby_take (struct windows *w);
void windows_standby_tick (struct windows *w, double seconds); /* gone by */
uint64_t windows_standby_lifetime_ns (const struct windows *w);
void windows_standby_count (const struct windows *w,
                            struct vhm_guest_counters *counters);
const char *windows_audit_standby (const struct windows *w);

/* windows_paging.c */
void windows_page_file_resize (struct windows *w, uint32_t n_slots);
void windows_free_slot (struct windows *w, uint32_t page);
/* A page with a slot is in a working set again: it gives the slot up if few are
 * left. */
void windows_spare_slot (struct windows *w, uint32_t page);
/* Starts reading the page and its neighbours; gfn is where it goes. */
void windows_read (struct windows *w, const struct vhm_fault *fault,
                   uint32_t page, uint32_t gfn);
/* From the page file or a file; pages [v, v + n) of the guest, or those of the
 * slots. */
void windows_start_read (struct windows *w, enum reads what, uint64_t first,
                         uint32_t v, uint32_t n, const uint32_t *gfns);
/* Pages [v, v + n) of a file, in state PAGE_WRITING and on no list. */
void windows_start_write (struct windows *w, uint64_t first, uint32_t v,
                          uint32_t n);
void windows_write_modified (struct windows *w);
/* The page was dropped: nobody waits for it any more. */
void windows_wake_waiters (struct windows *w, uint32_t page);
void windows_abandon_transfer (struct windows *w, uint32_t page,
                               bool leave_frame);
/* Frames of dropped pages whose transfer has not ended; those of the page file
 * have slots as well. */
uint32_t windows_n_left_over (const struct windows *w, bool of_page_file);
const char *windows_audit_slots (const struct windows *w);

/* n pages of the virtual disk that are no process's, into these frames. */
void windows_start_fetch (struct windows *w, uint64_t at, uint32_t n,
                          const uint32_t *gfns);

/* windows_superfetch.c */
void windows_superfetch_boot (struct windows *w);
void windows_superfetch (struct windows *w); /* for one period of ageing */
/* A transfer has ended that read so, or wrote (READS_FILE), and is gone. */
void windows_superfetch_ended (struct windows *w, enum reads what);
void windows_fetched (struct windows *w, uint32_t gfn);
uint64_t windows_superfetch_bytes (const void *config);

/* windows_files.c */
/* Of a page that goes to standby. */
uint32_t windows_priority_of (const struct windows *w, uint32_t page);
void windows_add_files (struct windows *w, vhm_process *process, uint32_t first,
                        uint32_t n);
/* Starts reading the page of a file, and what its reader wants next. */
void windows_file_read (struct windows *w, uint32_t page, uint32_t gfn);
void windows_file_hit (struct windows *w, uint32_t page);
/* As far as the lazy writer's share goes, or all if memory is low. */
void windows_write_files (struct windows *w);
void windows_flush (struct windows *w); /* for one period of ageing */
void windows_drop_file_page (struct windows *w, vhm_process *process,
                             uint32_t own);
void windows_truncate (void *state, vhm_process *process, uint32_t first,
                       uint32_t n);

/* Fetches pages that are out, from this one of the file on, into free frames: how
 * many. */
uint32_t windows_file_fetch (struct windows *w, const struct os_file *file,
                             uint32_t from, uint32_t most);

/* windows_sets.c */
/* A mapped page leaves its working set; its contents stay somewhere. */
void windows_leave_set (struct windows *w, vhm_process *process, uint32_t own);
void windows_map (struct windows *w, vhm_process *process, uint32_t page,
                  bool write, enum vhm_arrival arrival);
/* Takes pages out of working sets if available memory is low. */
void windows_trim (struct windows *w);
void windows_start_ticking (struct windows *w);
/* Serves whoever waits for a frame, as far as frames go. */
void windows_relieve (struct windows *w);

/* windows_commit.c */
uint64_t windows_page_file_bytes (const void *config, uint64_t ram_bytes);
uint64_t windows_commit_limit (const struct windows *w);
bool windows_has_room (const struct windows *w, uint32_t n_pages);
bool windows_commit (void *state, uint32_t n_pages);
void windows_uncommit (void *state, uint32_t n_pages);
void windows_watch_commit (struct windows *w, uint64_t now_ns);
enum vhm_commit_condition windows_commit_condition (const struct windows *w);

/* windows_zeroing.c */
void windows_zero (struct windows *w); /* for one period of ageing */

/* windows.c */
/* Its frame is free, or will be when its transfer has ended. */
void windows_release (struct windows *w, vhm_process *process, uint32_t own);
static inline struct frame_list *
windows_modified_list (struct windows *w, uint32_t page)
{
  return w->pages[page].slot == IN_FILE ? &w->dirty_files : &w->modified;
}
enum served { SERVED_NOW, SERVED_LATER, SERVED_NO_FRAME };
enum served windows_serve (struct windows *w, const struct vhm_fault *fault);
vhm_process *windows_owner (const struct windows *w, uint32_t page,
                            uint32_t *ret_own);
uint32_t windows_low_mark (const struct windows *w);
extern const struct vhm_guest_os_ops vhm_windows_ops;

#endif
