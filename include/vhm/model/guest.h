/* A guest: virtual processors, guest physical memory, an operating system,
 * processes. Three parties meet here:
 *
 *   the host         boots it, asks for memory back, adds memory, samples it
 *   the guest OS     owns every guest frame and serves faults (guest_os.h)
 *   the workloads    are processes: threads that issue references (workload.h)
 *
 * Pages: a process numbers its virtual pages from 0 (reference.h); the guest
 * numbers all its processes' pages through, page = process->first_page + own.
 *
 * Guest physical memory: gfns [0, n_visible) exist for the guest. Backed ones
 * have a machine frame; ballooned ones have none and are pinned by the driver.
 * held = n_visible - n_ballooned, always: what the guest's system has to work
 * with. Backed (the host's word: consumed) is what of that lies in machine memory;
 * the two differ where a host swaps, or backs at first touch.
 */
#ifndef VHM_MODEL_GUEST_H
#define VHM_MODEL_GUEST_H

#include <vhm/model/backing.h>
#include <vhm/model/compression.h>
#include <vhm/model/content.h>
#include <vhm/model/disk.h>
#include <vhm/model/ledger.h>
#include <vhm/model/machine.h>
#include <vhm/model/overheads.h>
#include <vhm/model/processors.h>
#include <vhm/model/reference.h>
#include <vhm/model/scheduler.h>
#include <vhm/sim/plugin.h>
#include <vhm/sim/stats.h>

typedef struct vhm_guest vhm_guest;
typedef struct vhm_process vhm_process;
typedef struct vhm_shared_memory vhm_shared_memory; /* shared_memory.h */
typedef struct vhm_global_reclaim vhm_global_reclaim; /* global_reclaim.h */

struct vhm_guest_config {
  const char *name;
  uint32_t n_vps, weight;
  uint64_t cap_ppm, reserve_ppm;
  uint32_t startup_pages, maximum_pages;
  struct vhm_plugin_choice os;
  const struct vhm_plugin_choice *workloads;
  size_t n_workloads;
  vhm_disk *disk;          /* where its page file lies */
  uint64_t disk_at_bytes;  /* and where on it */
  uint64_t image_at_bytes; /* where its virtual disk begins, on the same disk */
  uint32_t first_vp; /* its virtual processors stand on the logical ones in
                        order, from this one on, round and round */
  const uint64_t *affinity; /* logical processors they may run on, in place of
                               all, where they are dispatched; borrowed */
  size_t n_affinity;
  /* its own mappings: so many of its blocks of virtual memory are mapped with
   * one page of this size, while they are in memory */
  enum vhm_page_size page_size;
  uint64_t page_size_ppm;
  bool every_reference;    /* its processes' references are drawn one by one */
  bool backed_at_touch;    /* it gets machine frames as it touches its own, */
  bool large_at_touch;     /* whole blocks where there is nothing in them yet, */
  uint64_t large_ns; /* for so much processor time of whoever touches one */
  uint32_t limit_pages;    /* vhm_guest_set_limit, from boot on; 0: none */
  /* Frames may be taken away to a swap file; NULL: never. */
  const struct vhm_swap_config *swap;
  vhm_disk *swap_disk;
  uint64_t swap_at_bytes, swap_bytes; /* where the file lies; its size */
  /* What its kernel's pages hold, and those of processes that do not say. */
  const struct vhm_content_class *content;
  uint32_t n_content;
  const char *image;   /* its virtual disk is a copy of this; NULL: its own */
  uint64_t share_salt; /* of keys (vhm_content_salted): who may share with it */
  /* With a swap file: pages on their way there that shrink to half stay in
   * memory, compressed; NULL: none. */
  const struct vhm_compression_config *compression;
  struct vhm_content_sizes compressed_sizes;
  struct vhm_kernel_touches kernel; /* of no account without a swap file */
  /* What the hypervisor costs it beside translation; NULL: nothing. */
  const struct vhm_overheads_config *overheads;
  bool is_enlightened;
  uint64_t tick_hz; /* its system's clock, of each processor that runs */
};

/* What a guest stands on; owned by the host. */
struct vhm_guest_surroundings {
  /* A swap file is full and frames must go; comes once a guest. May be NULL. */
  void (*out_of_swap) (void *host, vhm_guest *guest);
  void *host;
  vhm_engine *engine;
  vhm_machine *machine;
  vhm_scheduler *scheduler;
  uint64_t clock_hz;
  uint64_t seed;
  vhm_shared_memory *shared;   /* NULL: pages are not shared */
  vhm_global_reclaim *reclaim; /* NULL: who waits for frames gives some up */
  vhm_processors *processors; /* NULL: translating addresses costs nothing */
  /* Its collector (collector.h), which began at since_ns, has taken a sample.
   * May be NULL. */
  void (*collected) (void *host, vhm_guest *guest, uint64_t since_ns);
  /* Told of what befalls a guest and belongs in the result; may be NULL. */
  void (*incident) (void *host, const char *guest, const char *what);
};

/* Cycles a reference that perfect translation would save. */
enum vhm_exposed {
  VHM_EXPOSED_L2_TLB,
  VHM_EXPOSED_GUEST_WALK,
  VHM_EXPOSED_HOST_WALK,
  VHM_EXPOSED_VM_SWITCH,
  VHM_N_EXPOSED
};

struct vhm_exposure {
  double cyc[VHM_N_EXPOSED];
  double half_width_cyc; /* of their sum */
  uint64_t n_references; /* it rests on, without the warm-up */
};

/* Events of Windows of the same names; one holds, or none. */
enum vhm_commit_condition {
  VHM_COMMIT_LOW,
  VHM_COMMIT_NEITHER,
  VHM_COMMIT_HIGH,    /* near the limit, which can still grow */
  VHM_COMMIT_MAXIMUM, /* near the limit, which cannot */
  VHM_N_COMMIT_CONDITIONS
};

/* Cumulative counts and present levels, under the operating system's terms.
 * All zero while the guest is off. */
struct vhm_guest_counters {
  uint64_t committed_pages, commit_limit_pages, page_file_pages;
  uint64_t pool_nonpaged_pages, free_pages, standby_pages, modified_pages;
  uint64_t working_set_pages;
  uint64_t page_faults, transition_faults, demand_zero_faults;
  uint64_t page_reads, pages_input, page_writes, pages_output;
  uint64_t refused_commits; /* requests beyond the commit limit */
  bool low_memory, high_memory;
  /* Systems that keep lists by use (guest_os.h, has_lists); others leave these
   * zero. Pairs: anonymous pages, pages of files. */
  uint64_t inactive_anon_pages, active_anon_pages;
  uint64_t inactive_file_pages, active_file_pages;
  uint64_t swap_used_pages;
  uint64_t major_faults, swapped_in, swapped_out; /* pages */
  uint64_t pages_scanned, pages_stolen, allocation_stalls;
  uint64_t refaults[2], activations[2]; /* pages that came back; at once active */
  uint64_t oom_kills;                   /* processes */
  /* Systems that keep standby pages by priority (has_priorities). */
  uint64_t standby_reserve_pages, standby_normal_pages, standby_core_pages;
  uint64_t standby_lifetime_ns; /* on average, over long */
  uint64_t repurposed_pages;    /* standby pages lost to somebody else */
  uint64_t cache_faults;        /* on pages of files */
  uint64_t page_file_used_pages, page_file_peak_pages;
  enum vhm_commit_condition commit_condition;
};

/* What a cache of an application's own holds and should hold, and its look-ups since
 * the start. */
struct vhm_app_cache {
  uint64_t held_pages, target_pages;
  double n_lookups;
  uint64_t n_misses;
};

/* What a guest's system reads and writes. */
enum vhm_guest_file {
  VHM_FILE_PAGING, /* its page file, or swap space */
  VHM_FILE_IMAGE,  /* its virtual disk: programs, files */
  VHM_N_GUEST_FILES
};

struct vhm_guest_io {
  enum vhm_guest_file file;
  uint64_t at; /* page of the file */
  uint32_t n;  /* pages */
  const uint32_t *gfns; /* n, borrowed for the call: overwritten whole, or read;
                           NULL: a buffer that is always there */
  bool is_write;
  vhm_disk_fn done;
  void *context;
  uint64_t tag;
};

/* How the contents of a frame came about that a page has just been mapped to. */
enum vhm_arrival {
  VHM_ARRIVAL_ZEROED, /* the system has overwritten it whole */
  VHM_ARRIVAL_READ,   /* vhm_guest_io has */
  VHM_ARRIVAL_KEPT,   /* they were in the frame all the time */
  VHM_N_ARRIVALS
};

/* --- host's side ---------------------------------------------------------- */

vhm_guest *vhm_guest_new (const struct vhm_guest_config *config, uint16_t number,
                          const struct vhm_guest_surroundings *around);
void vhm_guest_free (vhm_guest *guest);
/* Takes startup_pages of machine memory (the host has made sure they are free),
 * unless it is backed at touch, and starts the operating system and the
 * workloads. */
void vhm_guest_boot (vhm_guest *guest);
/* Stops at once; all machine frames go back. The guest stays readable. */
void vhm_guest_stop (vhm_guest *guest);
bool vhm_guest_is_running (const vhm_guest *guest);
const char *vhm_guest_name (const vhm_guest *guest);
uint32_t vhm_guest_number (const vhm_guest *guest); /* as vhm_guest_new had it */

uint32_t vhm_guest_visible_pages (const vhm_guest *guest);
uint32_t vhm_guest_ballooned_pages (const vhm_guest *guest);
uint32_t vhm_guest_held_pages (const vhm_guest *guest);
/* By machine frames of its own; what it uses of shared ones is not in it. */
uint32_t vhm_guest_backed_pages (const vhm_guest *guest);
uint32_t vhm_guest_shared_pages (const vhm_guest *guest);
uint32_t vhm_guest_swapped_pages (const vhm_guest *guest);
/* Machine frames of the guest's compressed pages; they count in its limit. */
uint32_t vhm_guest_compressed_frames (const vhm_guest *guest);
struct vhm_backing_counts vhm_guest_backing (const vhm_guest *guest);
/* The system overwrites a frame that is nobody's; one that it has never touched
 * is given machine memory. False: none is free, or the guest has all it may. */
bool vhm_guest_zero_frame (vhm_guest *guest, uint32_t gfn);
/* From now on the host swaps out what the guest has backed beyond this, and gives
 * it no frame more; UINT32_MAX: no limit. Only with a swap file. */
void vhm_guest_set_limit (vhm_guest *guest, uint32_t n_pages);
/* From now on its virtual processors stand still, or run again; its balloon driver
 * does with them. */
void vhm_guest_block (vhm_guest *guest, bool blocks);
bool vhm_guest_is_blocked (const vhm_guest *guest);
/* From now on its virtual processors and its clock stand still; they go on where
 * they were. Of a guest that runs; of one that is paused. */
void vhm_guest_pause (vhm_guest *guest);
void vhm_guest_resume (vhm_guest *guest);
bool vhm_guest_is_paused (const vhm_guest *guest);
/* From now on it is known which of its frames are written; a first write costs its
 * thread an exit of so long. Of a guest that runs. */
void vhm_guest_begin_dirty_log (vhm_guest *guest, uint64_t fault_ns);
/* How many frames that are in memory now have been written, or have come, since
 * this was last asked or the log began; none has from now on. */
uint32_t vhm_guest_take_dirty (vhm_guest *guest);
void vhm_guest_end_dirty_log (vhm_guest *guest);
uint64_t vhm_guest_dirty_faults (const vhm_guest *guest); /* first writes */
/* What a host sends that migrates it: frames in machine memory, shared with others
 * or not, or compressed there. */
uint32_t vhm_guest_n_in_memory (const vhm_guest *guest);
bool vhm_guest_in_memory (const vhm_guest *guest, uint32_t gfn);
/* Pages that its disk has read since it stands still, of which it does not know
 * yet. */
uint32_t vhm_guest_n_kept_reads (const vhm_guest *guest);
/* Its processors do work of the host for so long. */
void vhm_guest_charge_exits (vhm_guest *guest, uint64_t cyc);
/* Transfers of its system and of the host's swapping that the disk works on. */
uint32_t vhm_guest_n_under_way (const vhm_guest *guest);
struct vhm_guest_counters vhm_guest_counters (const vhm_guest *guest);
/* Of all its applications that keep one, together. */
struct vhm_app_cache vhm_guest_app_cache (const vhm_guest *guest);
/* Brings the ledger and the clocks up to now. */
void vhm_guest_sync (vhm_guest *guest);
struct vhm_ledger vhm_guest_ledger (const vhm_guest *guest);
uint64_t vhm_guest_booted_cyc (const vhm_guest *guest); /* elapsed while on */
uint32_t vhm_guest_n_vps (const vhm_guest *guest);
/* Threads that want to run and for which it has no virtual processor. */
uint32_t vhm_guest_n_queued (const vhm_guest *guest);
struct vhm_scheduler_counts vhm_guest_dispatching (const vhm_guest *guest);
/* Now, or when it stopped. */
uint64_t vhm_guest_last_cyc (const vhm_guest *guest);
/* How often that has happened since it was booted; 0 where nothing is charged for
 * it. Ticks are those that have passed whole. */
uint64_t vhm_guest_overheads (const vhm_guest *guest, enum vhm_overhead kind);
/* References issued and operations finished by all processes, up to the last
 * sync. */
double vhm_guest_references (const vhm_guest *guest);
uint64_t vhm_guest_operations (const vhm_guest *guest);
const struct vhm_histogram *vhm_guest_latency_ns (const vhm_guest *guest);
/* What the k-th operation to finish took, of the first ones; 0: not yet. */
#define VHM_FIRST_OPERATIONS 16
uint64_t vhm_guest_operation_ns (const vhm_guest *guest, uint32_t k);
/* And what befell the guest meanwhile, in pages: since the one before it ended; the
 * first one, since it began. */
struct vhm_operation_swap {
  uint64_t faults, swapped_in, swapped_out; /* struct vhm_backing_counts */
};
struct vhm_operation_swap vhm_guest_operation_swap (const vhm_guest *guest,
                                                    uint32_t k);

/* 2 MiB blocks that the host maps with a large page now, and those it has broken
 * since the guest was booted. */
uint32_t vhm_guest_large_blocks (const vhm_guest *guest);
uint32_t vhm_guest_broken_blocks (const vhm_guest *guest);
/* Breaks them all; what sharing has noted in them is shared now. */
void vhm_guest_break_blocks (vhm_guest *guest);
/* From now on the host gives no whole blocks at first touch, or does again. */
void vhm_guest_hold_large (vhm_guest *guest, bool hold);
/* SLAT violations since it was booted; 0 where the host maps what it gives. */
uint64_t vhm_guest_violations (const vhm_guest *guest);

/* Activity as a hypervisor samples it: n of the guest's frames, drawn from those
 * it holds; returns how many have been touched since sampling last began. */
void vhm_guest_begin_sampling (vhm_guest *guest);
uint32_t vhm_guest_sample_touched (vhm_guest *guest, uint32_t n);

/* The balloon driver takes up to n pages now; the machine frames behind them
 * are free afterwards. Returns how many it got. */
uint32_t vhm_guest_inflate (vhm_guest *guest, uint32_t n, uint64_t cyc_per_page);
/* Gives n of the balloon's pages back, backed by free machine frames. */
void vhm_guest_deflate (vhm_guest *guest, uint32_t n, uint64_t cyc_per_page);
/* Its system takes up to n pages back from the balloon unasked: as many as there
 * are, and where the host gives memory at once, as there are frames to spare.
 * Returns how many. */
uint32_t vhm_guest_take_back (vhm_guest *guest, uint32_t n);
/* Frames [first, first + n) lie free: a host that gives memory at touch takes what is
 * behind them. */
void vhm_guest_report_free (vhm_guest *guest, uint32_t first, uint32_t n);
/* Hot-add: the guest sees n more pages, backed by free machine frames. */
void vhm_guest_hot_add (vhm_guest *guest, uint32_t n);

/* NULL if all invariants hold, else a sentence. Walks everything. */
const char *vhm_guest_audit (const vhm_guest *guest);
/* Bytes of state held for the guest, and the pages they describe. */
uint64_t vhm_guest_state_bytes (const vhm_guest *guest);

/* --- operating system's side ---------------------------------------------- */

/* Around whatever the operating system does on its own events (timers, I/O
 * completions): begin brings the clocks up to now, end arms the next alarm.
 * They nest. */
void vhm_guest_begin (vhm_guest *guest);
void vhm_guest_end (vhm_guest *guest);
/* The guest's own clock, which stands still with it. */
uint64_t vhm_guest_now_cyc (const vhm_guest *guest);
/* A timer on it; all zero: not set. It must stay where it is while it is set. */
struct vhm_guest_timer {
  vhm_guest *guest;
  vhm_engine_fn fn;
  void *context;
  vhm_event event;
  uint64_t due_cyc; /* on the guest's clock */
  bool is_kept; /* it fired while the guest stood still */
};
/* In so many cycles; replaces what it was set to. */
void vhm_guest_timer_set (struct vhm_guest_timer *timer, vhm_guest *guest,
                          uint64_t cyc, vhm_engine_fn fn, void *context);
void vhm_guest_timer_cancel (struct vhm_guest_timer *timer);
bool vhm_guest_timer_is_set (const struct vhm_guest_timer *timer);
uint64_t vhm_guest_clock_hz (const vhm_guest *guest);
struct vhm_rng vhm_guest_stream (const vhm_guest *guest, const char *name);
/* A sample of the guest's counters is there, begun at since_ns. */
void vhm_guest_collected (vhm_guest *guest, uint64_t since_ns);
uint32_t vhm_guest_n_processes (const vhm_guest *guest);
vhm_process *vhm_guest_process (const vhm_guest *guest, uint32_t i);
/* Ends the process: its threads stop for good, no fault of it is answered any
 * more, what it committed is uncommitted. Its pages are for the system to drop.
 * Not from within its own fault. */
void vhm_process_kill (vhm_process *process);
/* A new file of so many pages on its virtual disk, which no process has: its first
 * page there. */
uint64_t vhm_guest_new_file (vhm_guest *guest, uint32_t n_pages);
/* Reads pages into frames or writes them from there. */
void vhm_guest_io (vhm_guest *guest, const struct vhm_guest_io *io);
/* Charges kernel time to whoever runs next in the process. */
void vhm_process_charge (vhm_process *process, enum vhm_account account,
                         uint64_t cyc);
vhm_refs *vhm_process_refs (const vhm_process *process);
/* Whether the page is one of a file, and then which page of the virtual disk. */
bool vhm_process_is_file (const vhm_process *process, uint32_t page,
                          uint64_t *ret_at);
/* Host time, in cycles, of the process's reference number `clock`; good for
 * comparing processes of one guest. */
double vhm_process_time_of (const vhm_process *process, double clock);
uint32_t vhm_process_number (const vhm_process *process); /* in its guest */
uint32_t vhm_process_first_page (const vhm_process *process);
/* The page fault of `thread` (from struct vhm_fault) has been served: it runs
 * again. */
void vhm_process_fault_served (vhm_process *process, uint32_t thread);
/* Frames have become free: goes on with an allocation that was short. */
void vhm_process_frames_ready (vhm_process *process);
bool vhm_process_wants_frames (const vhm_process *process);
/* The page no longer traps and lies in the frame (call after vhm_refs_map). */
void vhm_process_page_mapped (vhm_process *process, uint32_t page, uint32_t gfn,
                              enum vhm_arrival arrival);
/* The page has begun to trap (call after vhm_refs_unmap). */
void vhm_process_page_lost (vhm_process *process, uint32_t page);
/* What translation costs it now (zero in every-reference mode and where it costs
 * nothing), and what measuring that took: how often, and references. */
struct vhm_exposure vhm_process_exposure (const vhm_process *process);
double vhm_process_cycles_per_reference (const vhm_process *process);
vhm_guest *vhm_process_guest (const vhm_process *process);
const char *vhm_process_kind (const vhm_process *process); /* of workload */
uint64_t vhm_process_n_measurements (const vhm_process *process);
uint64_t vhm_process_n_measured (const vhm_process *process);
/* When that cost was measured, in cycles of the host, and whether the error asked
 * for was met; of a process with n_measurements > 0. */
uint64_t vhm_process_measured_cyc (const vhm_process *process);
bool vhm_process_is_precise (const vhm_process *process);

enum vhm_notice {
  VHM_NOTICE_LOW_MEMORY,  /* repeated once a second while it lasts */
  VHM_NOTICE_HIGH_MEMORY, /* likewise */
  VHM_NOTICE_TIMER,
  VHM_NOTICE_REFERENCES,
  VHM_NOTICE_SWEPT,
  VHM_NOTICE_ALLOCATED,
  VHM_N_NOTICES
};
void vhm_process_notify (vhm_process *process, enum vhm_notice notice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_guest, vhm_guest_free)

#endif
