/* A workload is one process: threads that issue references in a closed loop,
 * and rules for how much memory it commits, when.
 *
 * An operation of a thread is `references` references; then the thread thinks.
 * A fault blocks the thread; the others go on. For its last references an operation
 * may need the process's lock: threads that want it wait in order, and no processor
 * works for them.
 *
 * Promise: touches only pages it has committed; answers every notice in O(1)
 * calls; keeps all its state in `state` and draws only from its own stream.
 * Life: start -> notice*.
 */
#ifndef VHM_MODEL_WORKLOAD_H
#define VHM_MODEL_WORKLOAD_H

#include <vhm/model/guest.h>

struct vhm_workload_ops {
  /* Adds regions, commits, says how threads run. `state` is zeroed. */
  void (*start) (void *state, const void *config, vhm_process *process);
  /* Optional. See enum vhm_notice. */
  void (*notice) (void *state, vhm_process *process, enum vhm_notice notice);
  /* Bytes of the files it will make (vhm_process_new_file). NULL: none. */
  uint64_t (*file_bytes) (const void *config);
  /* Optional. The program has read a page of a region that `is_loaded`, and is about
   * to touch it for the first time since it was dropped. May drop others. */
  void (*loaded) (void *state, vhm_process *process, uint32_t region,
                  uint32_t page);
  /* Optional: it keeps a cache of its own, as large as it is now. */
  struct vhm_app_cache (*cache) (const void *state, const vhm_process *process);
  /* Optional. Frees what the state holds outside itself; comes last, and also if it
   * was never started. */
  void (*end) (void *state);
};

struct vhm_threads {
  uint32_t n_threads;
  double cycles_per_reference;
  double references; /* an operation */
  double locked;     /* of these, its last ones, with the process's one lock held */
  bool draws;        /* exponential with these means, not all alike */
  uint64_t think_ns; /* mean, exponential; 0 = none */
  double goes_on;    /* chance that the next operation begins without it */
  bool held;         /* until vhm_process_release */
  uint32_t n_sweepers; /* walks at a time; 0 means 1 */
};

/* A walk of a thread of its own over [from, to) of a region, in order. */
struct vhm_walk {
  uint32_t region, from, to;
  double cycles_per_page;
  bool write;
  bool overwrites; /* whole pages: what a file holds there is not read for it */
  uint32_t batch;  /* so many faults may be taken at the same time, if they need
                      not wait; 0 means 1 */
};

/* In start only. */
/* A file of n pages on the guest's virtual disk, after those before it; returns
 * its first page there, for a region_spec's file_at. */
uint64_t vhm_process_new_file (vhm_process *process, uint32_t n_pages);
uint32_t vhm_process_add_region (vhm_process *process,
                                 const struct vhm_region_spec *spec);
void vhm_process_run (vhm_process *process, const struct vhm_threads *threads);

/* Any time. Held threads issue nothing: those that run stop now, those that
 * wait for a page stop when it is there. Released, each begins an operation. */
void vhm_process_hold (vhm_process *process);
void vhm_process_release (vhm_process *process);
/* Regions count from 0, pages from the start of their region. */
bool vhm_process_commit (vhm_process *process, uint32_t n_pages);
void vhm_process_uncommit (vhm_process *process, uint32_t n_pages);
/* First touch of fresh pages by a thread of the process, which waits for frames
 * if there are none; VHM_NOTICE_ALLOCATED when done (perhaps at once, inside
 * the call). One at a time. */
void vhm_process_allocate (vhm_process *process, uint32_t region,
                           uint32_t first, uint32_t n);
bool vhm_process_is_allocating (const vhm_process *process);
void vhm_process_drop (vhm_process *process, uint32_t region, uint32_t first,
                       uint32_t n);
/* Pages of a region that is a file: it ends before them, or has been removed. */
void vhm_process_truncate (vhm_process *process, uint32_t region,
                           uint32_t first, uint32_t n);
void vhm_process_set_active (vhm_process *process, uint32_t region,
                             uint32_t n_active);
/* Sweeper number `sweeper`, which is not at work, walks; VHM_NOTICE_SWEPT when
 * done. Threads that are held for ever leave the clock of references to walks. */
void vhm_process_walk (vhm_process *process, uint32_t sweeper,
                       const struct vhm_walk *walk);
bool vhm_process_is_walking (const vhm_process *process, uint32_t sweeper);
/* The sweeper that VHM_NOTICE_SWEPT is about. */
uint32_t vhm_process_swept (const vhm_process *process);
/* An operation that began at `since_ns` has ended: for workloads whose threads
 * are sweepers. */
void vhm_process_end_operation (vhm_process *process, uint64_t since_ns);
/* Sweeper 0 walks over [from, to). */
void vhm_process_sweep (vhm_process *process, uint32_t region, uint32_t from,
                        uint32_t to, double cycles_per_page, bool write);
bool vhm_process_is_sweeping (const vhm_process *process);
/* VHM_NOTICE_TIMER once after ns; replaces the one before. */
void vhm_process_set_timer (vhm_process *process, uint64_t ns);
/* VHM_NOTICE_REFERENCES once after so many references of the process. */
void vhm_process_set_references (vhm_process *process, double references);
/* References of the process so far, and their number when the last one to the page
 * took place; one that a thread waits for takes place now. */
double vhm_process_clock (const vhm_process *process);
double vhm_process_last_access (vhm_process *process, uint32_t region,
                                uint32_t page);
struct vhm_rng *vhm_process_rng (vhm_process *process);
uint64_t vhm_process_now_ns (const vhm_process *process);
/* Levels of the guest, as an application may ask for them. */
struct vhm_guest_counters vhm_process_memory (const vhm_process *process);
uint32_t vhm_process_visible_pages (const vhm_process *process);

#endif
