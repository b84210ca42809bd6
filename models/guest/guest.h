/* Private records of a guest and its processes. The rule of this folder: every
 * entry from outside goes through vhm_guest_begin / vhm_guest_end, which
 * bring the clocks up to now first and arm the next alarm last. */
#ifndef MODELS_GUEST_GUEST_H
#define MODELS_GUEST_GUEST_H

#include "backing.h"
#include "blocks.h"
#include "entries.h"
#include "history.h"
#include "overheads.h"
#include "share.h"
#include "translate.h"

#include <vhm/model/guest.h>
#include <vhm/model/guest_os.h>
#include <vhm/model/workload.h>

enum thread_state {
  THREAD_SLEEPING, /* thinks */
  THREAD_RUNNING,
  THREAD_FAULTED, /* waits for a page */
  THREAD_SWAPPED, /* waits for a frame that the host has taken */
  THREAD_STALLED, /* waits for frames to allocate into */
  THREAD_QUEUED,  /* waits for the lock */
  THREAD_DEAD,
};

struct thread {
  vhm_process *process;
  uint32_t index;
  enum thread_state state;
  uint32_t page; /* that it waits for; VHM_NO_PAGE: for none */
  double left; /* references to the end of its operation, or to the lock */
  uint64_t started_cyc;  /* when the operation began */
  struct vhm_guest_timer wake;
};

/* Who holds the process's lock and who waits for it, in order. */
struct lock {
  uint32_t holder; /* or NOBODY */
  uint32_t first, n, room; /* in the ring */
  uint32_t *ring;    /* threads; room for all of them */
};

/* A walk over pages by a thread of its own. */
struct sweep {
  bool active, waits; /* waits: for a page, at `next` or a little on */
  bool is_swapped;    /* because the host has taken its frame */
  uint32_t next, end; /* pages of the process */
  uint32_t target;    /* first trapping page at or after next, or end */
  double pages_ahead; /* part of a page already walked */
  double cycles_per_page;
  double write;
  bool overwrites; /* whole pages */
  uint32_t batch;  /* pages whose faults may be taken in one event */
};

struct allocation {
  bool active;
  uint32_t next, end;
  uint32_t thread; /* the stalled one, or VHM_NO_PAGE */
};

/* Numbers of threads that are none of the process's own. */
#define SWEEPER UINT32_C (0x80000000) /* + its number */
#define FILLER UINT32_MAX             /* whoever allocates */

/* A page that has been mapped to a frame that is not there. */
struct unbacked {
  uint32_t page, gfn;
};

/* A region that is mapped from a file of the guest. */
struct file {
  uint32_t first, n; /* pages of the process */
  uint64_t at;       /* page of the virtual disk */
};

/* A region that the program reads in itself (loads.c). */
struct loaded_region {
  uint32_t first, n; /* pages of the process */
  uint64_t at;       /* page of the virtual disk */
  uint64_t *there;   /* bitmap: read in, and not dropped since */
};

/* Somebody who waits until a page has been read in. */
struct load_waiter {
  uint32_t page, thread;
};

struct vhm_process {
  vhm_guest *guest;
  const struct vhm_plugin *plugin;
  const void *config;
  void *state;
  uint32_t number, first_page;
  vhm_refs *refs;
  struct vhm_rng rng;
  GArray *regions; /* uint32_t: first page of each */
  GArray *active;  /* uint32_t: pages of each that are referenced */
  GArray *files;   /* struct file */
  GArray *loaded;  /* struct loaded_region; NULL: none */
  GArray *loading; /* struct load_waiter */
  struct vhm_threads how;
  struct thread *threads;
  struct lock lock;
  uint32_t n_running;
  bool held, killed;
  bool was_refused; /* a commit, and an incident says so */
  uint64_t n_committed; /* pages */
  double trap_left;  /* references; INFINITY if nothing traps */
  bool trap_stale;   /* draw trap_left afresh */
  double alarm_left; /* references to VHM_NOTICE_REFERENCES */
  double surplus;    /* references that the last service was too much */
  uint64_t debt_cyc[VHM_N_ACCOUNTS]; /* kernel time still to be served */
  uint64_t debt_total_cyc;
  struct sweep *sweeps;
  uint32_t n_sweeps, swept; /* swept: the one that ended last */
  struct allocation allocation;
  GArray *unbacked; /* struct unbacked: since somebody last waited for them */
  struct vhm_guest_timer timer;
  double n_references;
  uint32_t n_active; /* pages that are referenced, of all regions */
  struct vhm_translation *translation; /* NULL: costs nothing */
  struct vhm_history history; /* of R, if there are other processes */
  struct process_content content; /* what its pages hold */
  double sampled_from; /* R when the sampling period began */
  uint64_t n_operations;
};

/* What comes up while a guest stands still, and waits until it runs (pause.c). */
struct still {
  uint64_t since_cyc, past_cyc; /* host's clock; before, in all */
  GPtrArray *timers;    /* struct vhm_guest_timer *, borrowed: they fired */
  GPtrArray *transfers; /* struct guest_transfer *, borrowed: they ended */
  GArray *waiters; /* struct frame_waiter: their frames came */
};

/* Frames written since somebody asked last (dirty.c). */
struct dirty {
  uint64_t *bits; /* by gfn; NULL: nobody asks */
  uint64_t fault_cyc, n_faults; /* of a first write */
  double kernel_clock[2]; /* struct kernel_frames, when last asked */
  struct vhm_rng rng;
};

struct vhm_guest {
  struct vhm_guest_config config;
  struct vhm_guest_surroundings around;
  uint16_t owner; /* its number among frame owners */
  bool running;
  uint32_t entity; /* of the scheduler */
  const struct vhm_guest_os_ops *os;
  void *os_state;
  GPtrArray *processes;
  /* physical memory */
  uint32_t *mfn; /* by gfn; VHM_NO_FRAME = not backed */
  uint32_t n_visible;
  struct vhm_blocks blocks; /* which of it the host maps large */
  struct vhm_entries entries; /* which of it the host's table maps */
  struct backing backing;     /* which of it is there */
  struct share share;         /* and which of that is shared */
  GArray *ballooned; /* uint32_t gfns, last taken first given back */
  /* clocks */
  uint64_t synced_cyc, booted_cyc, on_cyc, service_cyc;
  uint64_t switch_cyc, slowed_cyc; /* of the scheduler's counts, charged */
  uint64_t spare_cyc; /* service not yet dealt out to processes */
  uint32_t n_runnable, n_busy; /* threads; processors at work */
  uint32_t n_stopped; /* processors that stand still, and not for threads */
  bool is_blocked;    /* all do: the host has stopped it */
  bool is_paused;     /* all do, and its clock: somebody wants it so */
  struct still still;
  struct dirty dirty;
  uint32_t depth;
  struct vhm_ledger ledger;
  struct guest_overheads overheads;
  struct vhm_histogram latency_ns;
  struct vhm_rng sampling; /* which frames */
  uint64_t image_end; /* pages of the virtual disk that files take */
  uint64_t first_ns[VHM_FIRST_OPERATIONS]; /* what they took */
  struct vhm_operation_swap first_swap[VHM_FIRST_OPERATIONS];
  struct vhm_operation_swap swap_before; /* cumulative, when the last one ended */
  uint32_t n_first;
};

/* memory.c */
/* n of the host's large pages have been broken. */
void vhm_guest_charge_splits (vhm_guest *guest, uint32_t n);
const char *vhm_guest_audit_frames (const vhm_guest *guest);
const char *vhm_guest_audit_uses (const vhm_guest *guest);

/* guest.c */
void vhm_guest_alarm (void *guest);

/* lock.c */
/* NULL, or what is wrong with who waits for the process's lock. */
const char *vhm_lock_audit (const vhm_process *process);

/* dirty.c */
/* The frame is not in the log, and belongs there if it is written. */
bool vhm_dirty_wants (const vhm_guest *guest, uint32_t gfn);
void vhm_dirty_mark (vhm_guest *guest, uint32_t gfn);
/* A write to it has trapped; `process` pays if it did for the log. */
void vhm_dirty_write_faulted (vhm_guest *guest, uint32_t gfn,
                              vhm_process *process);
void vhm_dirty_clear (vhm_guest *guest);
const char *vhm_dirty_audit (const vhm_guest *guest);

/* pause.c */
void vhm_guest_still_init (vhm_guest *guest);
void vhm_guest_still_clear (vhm_guest *guest);
/* It will not go on: what waited ends without it. */
void vhm_guest_still_drop (vhm_guest *guest);

/* process.c */
vhm_process *vhm_process_new (vhm_guest *guest, uint32_t number,
                              const struct vhm_plugin_choice *workload);
void vhm_process_free (vhm_process *process);
void vhm_process_start (vhm_process *process);
void vhm_process_stop (vhm_process *process);
/* Threads that want a processor: the mutators that run, and the sweepers. */
uint32_t vhm_process_n_runnable (const vhm_process *process);
uint32_t vhm_process_n_blocked (const vhm_process *process);
/* Uses up service of its threads; returns how much of it went to debts. */
void vhm_process_advance (vhm_process *process, uint64_t threads_cyc,
                          uint64_t sweep_cyc, struct vhm_ledger *ledger);
/* Cycles of a thread a reference, translation included. */
double vhm_process_pace_cyc (const vhm_process *process);
/* Notes for vhm_process_time_of where R stands now. */
void vhm_process_note_time (vhm_process *process);
/* Service that all threads together (sweepers: each of them) need to the next thing
 * that happens; INFINITY if nothing will. */
double vhm_process_threads_need_cyc (vhm_process *process);
double vhm_process_sweep_need_cyc (vhm_process *process);
/* Threads that wait for frames which the host has taken; of those blocked. */
uint32_t vhm_process_n_swapped (const vhm_process *process);
/* The frame of a mapped page goes; it is there again (gfn), for a reference to
 * it (accessed) or by the way. */
void vhm_process_hide (vhm_process *process, uint32_t page);
void vhm_process_show (vhm_process *process, uint32_t page, uint32_t gfn,
                       bool write, bool accessed);
/* Write-protects the page, which is mapped in the frame, if it must be or if
 * somebody wants to know of the first write. */
void vhm_process_guard (vhm_process *process, uint32_t page, uint32_t gfn);
/* Nobody who came beside others wants it so any more. */
void vhm_process_unguard (vhm_process *process, uint32_t page, uint32_t gfn);
/* Its write, which trapped for that, is served. */
void vhm_process_wrote (vhm_process *process, uint32_t page);
/* What somebody of the process waited for is there, or gone for good. */
void vhm_process_frame_came (vhm_process *process,
                             const struct frame_waiter *waiter);
/* Does everything that is due now. */
void vhm_process_run_due (vhm_process *process);

#endif
