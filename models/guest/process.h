/* What the files of a process tell each other; guest.h has its record, and what
 * the rest of the guest calls. */
#ifndef MODELS_GUEST_PROCESS_H
#define MODELS_GUEST_PROCESS_H

#include "guest.h"

/* A need of fewer cycles than this is due: alarms are rounded up to whole
 * cycles of one VP, and dealing out loses less than one cycle a process. */
#define SLACK_CYC 4.0

/* How a fault ends for its thread. */
enum vhm_after { GOES_ON, WAITS_FOR_GUEST, WAITS_FOR_HOST };

/* advance.c */
/* What was issued goes through the translation structures. */
void vhm_process_translate (vhm_process *process);
void vhm_process_issue (vhm_process *process, double references);
/* Every reference: nothing traps as far as references are drawn. */
void vhm_process_go_on_issuing (vhm_process *process);
bool vhm_process_is_due (const vhm_process *process, double references);

/* faults.c */
void vhm_process_trap (vhm_process *process);
enum vhm_after vhm_process_serve_fault (vhm_process *process,
                                        const struct vhm_fault *fault);
/* The thread waits for the frames of pages that the system has mapped for it, if
 * some are not there. */
bool vhm_process_wait_for_frames (vhm_process *process, uint32_t thread,
                                  enum waiter_kind kind, bool rewrites);
/* Somebody in the system waits for a frame of the system's own, if one that it
 * touches is not there. */
bool vhm_process_wait_for_kernel (vhm_process *process,
                                  struct frame_waiter waiter);

/* loads.c */
void vhm_loads_add_region (vhm_process *process,
                           const struct vhm_region_spec *spec, uint32_t first);
void vhm_loads_clear (vhm_process *process);
/* The thread has come to a page that traps. Returns whether it must wait for the
 * program to read it. */
bool vhm_loads_begin (vhm_process *process, const struct vhm_fault *fault);
/* Whether the page is one that the program has read in. */
bool vhm_loads_is_loaded (const vhm_process *process, uint32_t page);
void vhm_loads_forget (vhm_process *process, uint32_t first, uint32_t n);

/* operations.c */
struct thread *vhm_thread_any_running (vhm_process *process);
void vhm_thread_stop (vhm_process *process, struct thread *thread,
                      enum thread_state state);
/* After a wait, unless the process has been held meanwhile. */
void vhm_thread_go_on (vhm_process *process, struct thread *thread);
void vhm_process_finish_due_operations (vhm_process *process);
/* A frame that the end of an operation waited for has come. */
void vhm_process_go_on_leaving (vhm_process *process,
                                const struct frame_waiter *waiter);

/* lock.c */
#define NOBODY UINT32_MAX
void vhm_lock_init (struct lock *lock, uint32_t n_threads);
void vhm_lock_clear (struct lock *lock);
/* True if the thread has it; else it waits in line. */
bool vhm_lock_take (struct lock *lock, uint32_t thread);
/* The one that has it now, or NOBODY. */
uint32_t vhm_lock_pass_on (struct lock *lock);
/* Nobody has it or waits for it any more. */
void vhm_lock_forget (struct lock *lock);

/* sweep.c */
/* So many sweepers, none of which is at work. */
void vhm_sweeps_init (vhm_process *process, uint32_t n);
uint32_t vhm_sweeps_n_walking (const vhm_process *process);
/* For anything, or for frames that the host has taken. */
uint32_t vhm_sweeps_n_waiting (const vhm_process *process, bool for_host);
void vhm_sweeps_stop (vhm_process *process);
/* Service of all together, dealt out equally. */
void vhm_sweeps_walk (vhm_process *process, uint64_t cyc);
/* Nobody can walk on over a page that traps. */
void vhm_sweeps_stop_before (vhm_process *process, uint32_t page);
/* The next steps of those for whom one is due. */
void vhm_sweeps_step (vhm_process *process);
/* What it waited for is there. */
void vhm_sweep_go_on (vhm_process *process, uint32_t number);

/* regions.c */
uint32_t vhm_process_region_first (const vhm_process *process, uint32_t region);
/* The allocation goes on as far as there are frames. */
void vhm_process_fill (vhm_process *process);

#endif
